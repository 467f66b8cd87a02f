//! `concierge keys` beside a running server: it takes up what the folder says, and no session is lost by it.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use serde_json::{Value, json};
use support::{Forged, Launch, PASSWORD, SECRET, Server};

fn launch() -> Launch {
    Launch::new().set("TOKENS__SECRET", SECRET).set("TOKENS__KEYS_DIR", "keys")
}

/// Runs `concierge keys`, which must succeed, and returns the first word it says: a kid.
fn keys(launch: &Launch, arguments: &[&str]) -> String {
    let finished = launch.run(&[&["keys"], arguments].concat());
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    finished.stdout.split_whitespace().next().unwrap().to_owned()
}

/// Runs `concierge keys`, which must fail with code 1, and returns what it says.
fn refused(launch: &Launch, arguments: &[&str]) -> String {
    let finished = launch.run(&[&["keys"], arguments].concat());
    assert_eq!((finished.code(), &*finished.stdout), (1, ""), "{}", finished.stderr);
    finished.stderr
}

struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn of(body: &Value) -> Self {
        let token = |name: &str| body["tokens"][name].as_str().unwrap().to_owned();
        Self { access: token("access_token"), refresh: token("refresh_token") }
    }

    fn log_in(server: &Server) -> Self {
        let form = json!({"username": "alice", "password": PASSWORD, "delivery": "body"});
        Self::of(&server.post("/auth/login").json(&form).send().json())
    }

    /// Checks that both are signed by this key.
    #[track_caller]
    fn assert_by(&self, kid: &str) {
        for token in [&self.access, &self.refresh] {
            assert_eq!(Forged::from(token).headed("kid"), kid);
        }
    }

    /// What the refresh token is exchanged for.
    #[track_caller]
    fn refresh(&self, server: &Server) -> Self {
        let response = server.post("/auth/refresh").bearer(&self.refresh).send();
        assert_eq!(response.status, 201, "{}", response.text());
        Self::of(&response.json())
    }
}

#[track_caller]
fn assert_good(server: &Server, tokens: &Tokens) {
    let response = server.get("/secure").bearer(&tokens.access).send();
    assert_eq!(response.status, 200, "{}", response.text());
}

#[track_caller]
fn assert_of_no_key(server: &Server, tokens: &Tokens) {
    let requests =
        [server.get("/secure").bearer(&tokens.access), server.post("/auth/refresh").bearer(&tokens.refresh)];
    for request in requests {
        let response = request.send();
        assert_eq!(response.status, 401, "{}", response.text());
        assert!(response.problem().detail.contains("was not signed with a key of this service"));
    }
}

fn published(server: &Server) -> Vec<String> {
    let response = server.get("/.well-known/jwks.json").send();
    assert_eq!(response.header("Cache-Control"), Some("public, max-age=300"));
    let set = response.json();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn in_force(signing: &str, verifying: &str, secret: bool) -> String {
    format!("keys in force signing=\"{signing}\" verifying=\"{verifying}\" secret={secret}")
}

#[test]
fn keys_change_under_a_running_server_and_no_session_is_lost() {
    let launch = launch();
    let first = keys(&launch, &["generate"]);
    let server = launch.clone().serve();
    let by_secret = Tokens::of(&server.register("alice"));
    assert_eq!(Forged::from(&by_secret.access).headed("alg"), "HS256");
    assert_eq!(published(&server), [first.as_str()], "it is told before it signs");

    assert_eq!(keys(&launch, &["rotate", &first]), first);
    server.wait_for_log(&in_force(&first, "", true));
    let by_first = Tokens::log_in(&server);
    by_first.assert_by(&first);
    assert_good(&server, &by_secret);
    by_secret.refresh(&server).assert_by(&first);

    // Once more, with another algorithm, and a signal, which must do no harm.
    let second = keys(&launch, &["rotate", "--algorithm", "es256"]);
    server.hang_up();
    server.wait_for_log("SIGHUP");
    server.wait_for_log(&in_force(&second, &first, true));
    let by_second = Tokens::log_in(&server);
    by_second.assert_by(&second);
    assert_eq!(published(&server), [second.as_str(), first.as_str()]);
    for older in [&by_secret, &by_first] {
        assert_good(&server, older);
        older.refresh(&server).assert_by(&second);
    }

    // A key that was stolen goes at once, and its tokens with it; others stay.
    assert!(refused(&launch, &["retire", &second]).contains("make another the signing key first"));
    assert!(refused(&launch, &["retire", &first]).contains("is needed until"));
    keys(&launch, &["retire", &first, "--now"]);
    server.wait_for_log(&in_force(&second, "", true));
    assert_of_no_key(&server, &by_first);
    assert_good(&server, &by_secret);
    keys(&launch, &["retire", "secret", "--now"]);
    server.wait_for_log(&in_force(&second, "", false));
    assert_of_no_key(&server, &by_secret);
    assert_eq!(published(&server), [second.as_str()]);

    // A restart finds everything as it was.
    let server = server.stop().serve();
    assert_good(&server, &by_second);
    assert_of_no_key(&server, &by_first);
}

#[test]
fn a_plan_that_makes_no_sense_changes_nothing_and_is_told() {
    let launch = launch();
    let kid = keys(&launch, &["generate", "--algorithm", "es256"]);
    let server = launch.clone().serve();
    let tokens = Tokens::of(&server.register("alice"));
    let plan = launch.folder().join("keys/keys.json");
    let good = std::fs::read(&plan).unwrap();

    std::fs::write(&plan, "nonsense").unwrap();
    server.wait_for_log("the keys in force stay so");
    server.wait_for_log("keys/keys.json makes no sense");
    assert_good(&server, &tokens);
    assert_eq!(published(&server), [kid.as_str()]);
    std::fs::write(&plan, good).unwrap();
    keys(&launch, &["retire", &kid]);
    server.wait_for_log(&in_force("the secret", "", true));
    assert_good(&server, &tokens);
    assert!(published(&server).is_empty());
}

#[test]
fn without_a_folder_of_keys_the_secret_signs_and_nothing_is_published() {
    let server = Server::spawn();
    let tokens = Tokens::of(&server.register("alice"));
    assert_eq!(Forged::from(&tokens.access).headed("alg"), "HS256");
    assert!(published(&server).is_empty());
    assert!(refused(&Launch::new(), &["list"]).contains("name a folder in tokens.keys_dir"));
}

#[test]
fn a_folder_without_keys_refuses_to_start_and_says_how_to_make_one() {
    let finished = launch().run(&["serve"]);
    assert_eq!(finished.code(), 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("concierge keys generate"), "{}", finished.stderr);
}

#[test]
fn keys_made_elsewhere_are_taken_in_and_every_key_is_listed() {
    let elsewhere = launch();
    let kid = keys(&elsewhere, &["generate"]);
    let file = elsewhere.folder().join("keys").join(format!("{kid}.pem"));
    let launch = launch();
    let path = launch.folder().join("brought.pem");
    std::fs::copy(file, &path).unwrap();
    let import = ["import", path.to_str().unwrap()];
    assert_eq!(keys(&launch, &import), kid);
    assert!(refused(&launch, &import).contains("is there already"));
    std::fs::write(&path, "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n").unwrap();
    assert!(refused(&launch, &import).contains("PKCS#8"));
    assert!(refused(&launch, &["rotate", "nonsense"]).contains("concierge keys list"));

    let next = keys(&launch, &["rotate"]);
    let listed = launch.run(&["keys", "list"]).stdout;
    let line = |start: &str| listed.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
    assert!(line("secret").contains("HS256") && line("secret").ends_with("signing"), "{listed}");
    assert!(line(&kid).contains("EdDSA") && line(&kid).contains("standby"), "{listed}");
    assert!(line(&next).contains("signs from 20"), "{listed}");
}
