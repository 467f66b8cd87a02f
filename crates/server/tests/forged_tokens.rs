//! An adversary who has everything but a key of the service: whatever they sign is answered 401, with every
//! algorithm, as an access token and as a refresh token.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use support::{Forged, Launch, SECRET, Server};

/// An algorithm, by the names that a token, the command line and nobody but these tests know.
#[derive(Clone, Copy)]
struct Scheme {
    alg: &'static str,
    option: &'static str,
    read: fn(&[u8]) -> EncodingKey,
    /// What stands before the numbers of a public key in DER (RFC 5280, section 4.1), and behind them.
    around: (&'static [u8], &'static [u8]),
}

const EDDSA: Scheme = Scheme {
    alg: "EdDSA",
    option: "eddsa",
    read: |pem| EncodingKey::from_ed_pem(pem).unwrap(),
    around: (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", b""),
};
const ES256: Scheme = Scheme {
    alg: "ES256",
    option: "es256",
    read: |pem| EncodingKey::from_ec_pem(pem).unwrap(),
    around: (
        b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04",
        b"",
    ),
};
const RS256: Scheme = Scheme {
    alg: "RS256",
    option: "rs256",
    read: |pem| EncodingKey::from_rsa_pem(pem).unwrap(),
    around: (
        b"\x30\x82\x01\xa2\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x8f\x00\
          \x30\x82\x01\x8a\x02\x82\x01\x81\x00",
        b"\x02\x03\x01\x00\x01",
    ),
};

/// A key of the service, one of the adversary, and the service's public key as a JWK, if there is one.
struct Keys {
    ours: EncodingKey,
    theirs: EncodingKey,
    public: Option<Value>,
}

fn launch() -> Launch {
    Launch::new().set("TOKENS__SECRET", SECRET)
}

/// Makes a key in a folder and returns its kid.
fn rotate(launch: &Launch, scheme: Scheme) -> String {
    let finished = launch.run(&["keys", "rotate", "--algorithm", scheme.option]);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    finished.stdout.split_whitespace().next().unwrap().to_owned()
}

fn private(launch: &Launch, kid: &str, scheme: Scheme) -> EncodingKey {
    (scheme.read)(&std::fs::read(launch.folder().join(format!("keys/{kid}.pem"))).unwrap())
}

fn with_pair(scheme: Scheme) {
    let [launch, elsewhere] = [(); 2].map(|()| launch().set("TOKENS__KEYS_DIR", "keys"));
    let kid = rotate(&launch, scheme);
    let theirs = private(&elsewhere, &rotate(&elsewhere, scheme), scheme);
    let ours = private(&launch, &kid, scheme);
    let server = launch.serve();
    server.wait_for_log(&format!("signing=\"{kid}\""));
    let mut set = server.get("/.well-known/jwks.json").send().json();
    assert_eq!(set["keys"][0]["kid"], *kid);
    let public = set["keys"][0].take();
    check(&server, &Keys { ours, theirs, public: Some(public) }, Some(scheme));
}

#[test]
fn no_forgery_passes_where_hs256_signs() {
    let ours = EncodingKey::from_secret(SECRET.as_bytes());
    let theirs = EncodingKey::from_secret(b"a secret of the adversary, long enough");
    check(&launch().serve(), &Keys { ours, theirs, public: None }, None);
}

#[test]
fn no_forgery_passes_where_eddsa_signs() {
    with_pair(EDDSA);
}

#[test]
fn no_forgery_passes_where_es256_signs() {
    with_pair(ES256);
}

#[test]
fn no_forgery_passes_where_rs256_signs() {
    with_pair(RS256);
}

fn check(server: &Server, keys: &Keys, scheme: Option<Scheme>) {
    let tokens = &server.register("alice")["tokens"];
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access, refresh) = (token("access_token"), token("refresh_token"));
    let alg = scheme.map_or("HS256", |scheme| scheme.alg);
    assert_eq!(Forged::from(&access).headed("alg"), alg);
    // The forger's tools are sound: what is signed with the real key passes.
    let genuine = Forged::from(&access).sign_by(&keys.ours);
    assert_eq!(server.get("/secure").bearer(genuine).send().status, 200);

    let mut faults = Vec::new();
    for (method, path, token, other) in
        [("GET", "/secure", &access, &refresh), ("POST", "/auth/refresh", &refresh, &access)]
    {
        let mut forgeries = forgeries(token, other, keys);
        if let (Some(scheme), Some(public)) = (scheme, &keys.public) {
            forgeries.extend(confusions(token, scheme, public));
        }
        assert!(forgeries.len() >= 30, "only {}", forgeries.len());
        for (name, forged) in forgeries {
            let response = server.request(method, path).bearer(forged).send();
            if response.status != 401 {
                faults.push(format!("{path}: {name}: {}", response.status));
            }
        }
    }
    assert_eq!(faults, [""; 0]);
    // Nothing of it has ended the session.
    assert_eq!(server.post("/auth/refresh").bearer(&refresh).send().status, 201);
}

/// Tokens that are wrong in one way each, and signed with the real key where that is the point.
fn forgeries(token: &str, other: &str, keys: &Keys) -> Vec<(String, String)> {
    let genuine = || Forged::from(token);
    let kid = genuine().headed("kid").as_str().unwrap().to_owned();
    let claim = |name: &str, value: Value| genuine().claim(name, value).sign_by(&keys.ours);
    let header = |name: &str, value: Value| genuine().header(name, value).sign_by(&keys.ours);
    let brought = |name: &str, value: Value| genuine().header(name, value).sign_by(&keys.theirs);
    let (unsigned, signature) = token.rsplit_once('.').unwrap();
    let (head, claims) = unsigned.split_once('.').unwrap();
    let nested = URL_SAFE_NO_PAD.encode(["[".repeat(2000), "]".repeat(2000)].concat());
    let far = 9_000_000_000_u64;
    let mut forged = vec![
        ("another key", genuine().sign_by(&keys.theirs)),
        ("another key for another user", genuine().claim("sub", json!(kid)).sign_by(&keys.theirs)),
        ("the other type of token", other.to_owned()),
        ("the type of any token", header("typ", json!("JWT"))),
        ("no type", header("typ", Value::Null)),
        ("the type in capitals", header("typ", json!("ACCESS+JWT"))),
        ("an unknown critical extension", header("crit", json!(["b64"]))),
        ("keys elsewhere", brought("jku", json!("https://evil.example/jwks.json"))),
        ("a certificate elsewhere", brought("x5u", json!("https://evil.example/key.pem"))),
        ("expired", genuine().expired().sign_by(&keys.ours)),
        ("from the future", claim("iat", json!(far))),
        ("without expiry", claim("exp", Value::Null)),
        ("for another audience", claim("aud", json!("evil"))),
        ("for no audience", claim("aud", Value::Null)),
        ("of another issuer", claim("iss", json!("https://evil.example"))),
        ("of no issuer", claim("iss", Value::Null)),
        ("huge", claim("sub", json!("a".repeat(10_000)))),
        ("a huge head", format!("{}.{claims}.{signature}", "a".repeat(60_000))),
        ("nested claims", format!("{head}.{nested}.{signature}")),
        ("a nested head", format!("{nested}.{claims}.{signature}")),
        ("without a signature", unsigned.to_owned()),
        ("an empty signature", format!("{unsigned}.")),
        ("a signature cut in half", format!("{unsigned}.{}", &signature[..signature.len() / 2])),
        ("cut in half", token[..token.len() / 2].to_owned()),
        ("a fourth part", format!("{token}.{signature}")),
    ];
    if let Some(public) = &keys.public {
        forged.push(("a key of its own", brought("jwk", public.clone())));
        // The kid of another scheme's key, which is there: that of the secret.
        forged.push(("an unknown kid", header("kid", json!("AAAAAAAAAAA"))));
    }
    let names =
        ["", "../../dev/null", "/etc/passwd", "KID.pem", "../keys/KID", "KID\0", "' OR 1=1 --", "secret"];
    let named = names.iter().map(|name| {
        let name = name.replace("KID", &kid);
        (format!("the kid {name:?}"), header("kid", json!(name)))
    });
    let unnamed = [("no kid".to_owned(), header("kid", Value::Null))];
    let none = ["none", "None", "nOnE", ""].iter().flat_map(|none| {
        let forged = genuine().header("alg", json!(none));
        let signed = |signature: &[u8]| (format!("the algorithm {none:?}"), forged.signed_as(signature));
        [signed(b""), signed(&[0; 64])]
    });
    let forged = forged.into_iter().map(|(name, token)| (name.to_owned(), token));
    forged.chain(named).chain(unnamed).chain(none).collect()
}

/// Tokens signed by HS256 with what everybody knows: the public key, however it is written.
fn confusions(token: &str, scheme: Scheme, public: &Value) -> Vec<(String, String)> {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(public[name].as_str().unwrap_or_default()).unwrap();
    let numbers = [number("n"), number("x"), number("y")].concat();
    let (before, after) = scheme.around;
    let der = [before, &numbers, after].concat();
    let base64 = STANDARD.encode(&der);
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
    let read = match scheme.alg {
        "EdDSA" => jsonwebtoken::DecodingKey::from_ed_pem(pem.as_bytes()),
        "ES256" => jsonwebtoken::DecodingKey::from_ec_pem(pem.as_bytes()),
        _ => jsonwebtoken::DecodingKey::from_rsa_pem(pem.as_bytes()),
    };
    assert!(read.is_ok(), "this is no PEM of a public key:\n{pem}");
    let known = [
        ("PEM", pem.clone().into_bytes()),
        ("PEM without its last newline", pem.trim_end().as_bytes().to_vec()),
        ("DER", der),
        ("numbers", numbers),
        ("JWK", public.to_string().into_bytes()),
        ("kid", public["kid"].as_str().unwrap().as_bytes().to_vec()),
    ];
    let forged = |secret: &[u8], alg: &str| {
        Forged::from(token).header("alg", json!(alg)).sign_by(&EncodingKey::from_secret(secret))
    };
    let all = known.iter().flat_map(|(name, secret)| {
        ["HS256", "HS512"].map(|alg| (format!("{alg} with the public key's {name}"), forged(secret, alg)))
    });
    all.collect()
}
