//! Tokens and cookies that are cut, swapped, expired, forged or simply too many, sent to every route that asks
//! for one.

use serde_json::{Value, json};

use super::row::{Row, row};
use super::support::{Forged, Jar, PASSWORD, Server};

const NO_ACCESS: (u16, &str, &str) = (401, "token_missing", "No access token came along");
const NO_REFRESH: (u16, &str, &str) = (401, "token_missing", "No refresh token came along");
const BAD_BEARER: (u16, &str, &str) = (401, "token_invalid", "The Authorization header must be one 'Bearer'");
const ENDED: (u16, &str, &str) = (401, "session_ended", "The session has ended");

/// A well-formed id that was never given to anything.
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn invalid(detail: &'static str) -> (u16, &'static str, &'static str) {
    (401, "token_invalid", detail)
}

/// The tokens of somebody who has just registered.
struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn of(server: &Server, username: &str) -> Self {
        let tokens = &server.register(username)["tokens"];
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self { access: token("access_token"), refresh: token("refresh_token") }
    }
}

pub(crate) fn rows(server: &Server) -> Vec<Row> {
    let tokens = Tokens::of(server, "credentials");
    [
        bearers(server, &tokens),
        forgeries(server, &tokens),
        cookies(server, &tokens),
        refreshes(server, &tokens),
        csrf_tokens(server, &tokens),
        ended(server),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn bearers(server: &Server, tokens: &Tokens) -> Vec<Row> {
    let secure = |value: &[u8]| server.get("/secure").header("Authorization", value);
    let twice = secure(b"Bearer a").header("Authorization", "Bearer a");
    let beside_a_cookie = secure(b"Bearer nonsense").cookie("access_token", &tokens.access);
    let malformed = invalid("it is not a well-formed token");
    vec![
        row("no token", server.get("/secure"), NO_ACCESS).next("refresh"),
        row("no token for a session", server.get("/auth/session"), NO_ACCESS).next("login"),
        row("another scheme", secure(b"Basic YWxpY2U6cGFzc3dvcmQ="), NO_ACCESS),
        row("no scheme", secure(tokens.access.as_bytes()), NO_ACCESS),
        row("a Bearer of nothing", secure(b"Bearer"), BAD_BEARER).next("login"),
        row("a Bearer of blanks", secure(b"Bearer   "), BAD_BEARER),
        row("a Bearer of two words", secure(b"Bearer a b"), BAD_BEARER),
        row("a Bearer of raw bytes", secure(b"Bearer \x80\xff"), BAD_BEARER),
        row("two Bearers", twice, BAD_BEARER),
        row("two Bearers in one", secure(b"Bearer a, Bearer b"), BAD_BEARER),
        row("a Bearer that is no token", secure(b"Bearer nonsense"), malformed).next("login"),
        row("a Bearer of dots", secure(b"Bearer .."), malformed),
        row("a Bearer of 9000 characters", secure(&[&b"Bearer "[..], &[b'a'; 9000]].concat()), malformed),
        row("a bad Bearer beside a good cookie", beside_a_cookie, malformed),
    ]
}

fn forgeries(server: &Server, tokens: &Tokens) -> Vec<Row> {
    let secure = |token: &str| server.get("/secure").bearer(token);
    let Tokens { access, refresh } = tokens;
    let genuine = || Forged::from(access);
    let with = |name: &str, value: Value| secure(&genuine().claim(name, value).sign());
    let headed = |name: &str, value: Value| secure(&genuine().header(name, value).sign());
    let none = genuine().header("alg", json!("none"));
    let cut = &access[..access.len() - 1];
    let unsigned = access.rsplit_once('.').unwrap().0;
    let tampered = Forged::from(access).claim("roles", json!(["admin"])).sign_with(&"x".repeat(32));
    let ours = "it was not signed with a key of this service";
    let signature = "its signature is wrong";
    let malformed = "it is not a well-formed token";
    let claims = "it lacks a claim or has one that makes no sense";
    vec![
        row("a token that is cut", secure(cut), invalid("The access token is refused")),
        row("a token without its signature", secure(unsigned), invalid(malformed)),
        row("a token with an empty signature", secure(&format!("{unsigned}.")), invalid(signature)),
        row("a token with one more part", secure(&format!("{access}.x")), invalid(malformed)),
        row("a refresh token for an access token", secure(refresh), invalid("a token of another type")),
        row("the algorithm none", secure(&none.signed_as(b"")), invalid(malformed)).next("login"),
        row("the algorithm none, signed", secure(&none.signed_as(&[0; 32])), invalid(malformed)),
        row(
            "another algorithm",
            headed("alg", json!("HS512")),
            invalid("an algorithm that its key is not for"),
        ),
        row("no kid", headed("kid", Value::Null), invalid(ours)),
        row("another kid", headed("kid", json!("../../dev/null")), invalid(ours)),
        row("no type", headed("typ", Value::Null), invalid("a token of another type")),
        row("the type of any token", headed("typ", json!("JWT")), invalid("a token of another type")),
        row("another secret", secure(&tampered), invalid(signature)).next("login"),
        row("another issuer", with("iss", json!("http://evil.example")), invalid("by another service")),
        row("another audience", with("aud", json!("evil")), invalid("meant for another service")),
        row("no audience", with("aud", Value::Null), invalid("The access token is refused")),
        row("no expiry", with("exp", Value::Null), invalid(claims)),
        row("an expiry that is a text", with("exp", json!("never")), invalid(claims)),
        row("an expiry beyond all time", with("exp", json!(u64::MAX)), invalid(claims)),
        row("an expiry before all time", with("exp", json!(-1)), invalid(claims)),
        row("a subject that is no id", with("sub", json!("admin")), invalid(claims)),
        row("a session that is no id", with("sid", json!("1; DROP TABLE sessions")), invalid(claims)),
        row("roles that are a text", with("roles", json!("admin")), invalid(claims)),
        row("issued in the future", with("iat", json!(9_000_000_000_u64)), invalid("issued in the future")),
        row(
            "an expired token",
            secure(&genuine().expired().sign()),
            (401, "token_expired", "The access token is refused: it has expired"),
        )
        .next("refresh"),
        row(
            "an expired token for a session",
            server.get("/auth/session").bearer(genuine().expired().sign()),
            (401, "token_expired", "The access token is refused: it has expired"),
        )
        .next("refresh"),
        row(
            "a token of a session nobody opened",
            server.get("/auth/session").bearer(genuine().claim("sid", json!(NOBODYS)).sign()),
            ENDED,
        )
        .next("login"),
    ]
}

fn cookies(server: &Server, tokens: &Tokens) -> Vec<Row> {
    let secure = |value: &[u8]| server.get("/secure").cookie("access_token", value);
    let Tokens { access, refresh } = tokens;
    let expired = Forged::from(access).expired().sign();
    let malformed = invalid("it is not a well-formed token");
    let many = (0..3000).fold(server.get("/secure"), |request, _| request.cookie("access_token", "x"));
    let no_visitor = (404, "no_cookie", "No cookie found!");
    let visitor = |value: &[u8]| server.get("/get-cookie").cookie("visitor", value);
    vec![
        row("an empty cookie", secure(b""), NO_ACCESS).next("refresh"),
        row("a cookie that is no token", secure(b"nonsense"), malformed).next("login"),
        row("a cookie in quotes", secure(format!("\"{access}\"").as_bytes()), invalid("The access token")),
        row("a cookie of 5000 bytes", secure(&[b'a'; 5000]), malformed),
        row("a cookie of 60000 bytes", secure(&[b'a'; 60_000]), malformed),
        row("a cookie of raw bytes", secure(b"\x80\xff"), NO_ACCESS),
        row("a cookie under another name", server.get("/secure").cookie("ACCESS_TOKEN", access), NO_ACCESS),
        row("a cookie without a name", server.get("/secure").header("Cookie", access), NO_ACCESS),
        row("separators alone", server.get("/secure").header("Cookie", ";;=;; =;"), NO_ACCESS),
        row("the refresh token in the access cookie", secure(refresh.as_bytes()), invalid("of another type")),
        row("two bad cookies of one name", secure(b"a").cookie("access_token", "b"), malformed),
        row(
            "a bad cookie beside an expired one",
            secure(b"a").cookie("access_token", &expired),
            (401, "token_expired", "it has expired"),
        )
        .next("refresh"),
        row("3000 cookies of one name", many, malformed),
        row(
            "an expired cookie where a refresh cookie would have come along",
            server.get("/auth/session").cookie("access_token", &expired),
            (401, "token_expired", "it has expired"),
        )
        .next("login"),
        row(
            "the same where it did",
            server.get("/auth/session").cookie("access_token", &expired).cookie("refresh_token", refresh),
            (401, "token_expired", "it has expired"),
        )
        .next("refresh"),
        row("no visitor cookie", server.get("/get-cookie"), no_visitor),
        row("a visitor cookie somebody made up", visitor(b"nonsense"), no_visitor),
        row("a visitor cookie of 5000 bytes", visitor(&[b'a'; 5000]), no_visitor),
        row("a visitor cookie of raw bytes", visitor(b"\x80\xff"), no_visitor),
        row("a visitor cookie with broken escapes", visitor(b"%zz%ff%"), no_visitor),
        row("a visitor cookie that is a token", visitor(access.as_bytes()), no_visitor),
    ]
}

fn refreshes(server: &Server, tokens: &Tokens) -> Vec<Row> {
    let refresh = || server.post("/auth/refresh");
    let Tokens { access, refresh: token } = tokens;
    let genuine = || Forged::from(token);
    let expired = (401, "token_expired", "The refresh token is refused: it has expired");
    let other_way = invalid("it was not presented the way it was handed out");
    vec![
        row("refresh: no token", refresh(), NO_REFRESH).next("login"),
        row("refresh: an empty cookie", refresh().cookie("refresh_token", ""), NO_REFRESH),
        row("refresh: nonsense", refresh().cookie("refresh_token", "x"), invalid("not a well-formed"))
            .next("login"),
        row("refresh: the access token", refresh().bearer(access), invalid("of another type")).next("login"),
        row("refresh: malformed Bearer", refresh().header("Authorization", "Bearer"), BAD_BEARER),
        row(
            "refresh: cut",
            refresh().bearer(&token[..token.len() / 2]),
            invalid("The refresh token is refused"),
        ),
        row("refresh: expired", refresh().bearer(genuine().expired().sign()), expired).next("login"),
        row(
            "refresh: the algorithm none",
            refresh().bearer(genuine().header("alg", json!("none")).signed_as(b"")),
            invalid("not a well-formed"),
        ),
        row(
            "refresh: another secret",
            refresh().bearer(genuine().sign_with(&"x".repeat(32))),
            invalid("its signature is wrong"),
        ),
        row("refresh: a token of the body in a cookie", refresh().cookie("refresh_token", token), other_way)
            .next("login"),
        row(
            "refresh: a session nobody opened",
            refresh().bearer(genuine().claim("sid", json!(NOBODYS)).sign()),
            ENDED,
        )
        .next("login"),
    ]
}

/// Who asks for a CSRF token without a session, and who comes without one.
fn csrf_tokens(server: &Server, tokens: &Tokens) -> Vec<Row> {
    let ask = || server.get("/auth/csrf");
    let form = json!({"username": "credentials", "password": PASSWORD});
    let login = server.post("/auth/login").json(&form).send();
    let jar = Jar::of(&login);
    let refresh = || server.post("/auth/refresh").jar(&jar).without("X-CSRF-Token");
    let presenting = |token: &[u8]| refresh().header("X-CSRF-Token", token);
    let genuine = jar.get("csrf_token").unwrap();
    let expired = Forged::from(jar.get("refresh_token").unwrap()).expired().sign();
    let mismatch = (403, "csrf_token_mismatch", "not the csrf_token of this session");
    vec![
        row("csrf: no token", ask(), NO_ACCESS).next("login"),
        row("csrf: nonsense", ask().cookie("refresh_token", "x"), invalid("not a well-formed")).next("login"),
        row("csrf: a malformed Bearer beside good cookies", ask().jar(&jar).bearer(""), BAD_BEARER),
        row("csrf: the refresh token as a Bearer", ask().bearer(&tokens.refresh), invalid("of another type")),
        row(
            "csrf: a token of the body in a cookie",
            ask().cookie("refresh_token", &tokens.refresh),
            invalid("it was not presented the way it was handed out"),
        )
        .next("login"),
        row(
            "csrf: an expired refresh token",
            ask().cookie("refresh_token", &expired),
            (401, "token_expired", "The refresh token is refused: it has expired"),
        )
        .next("login"),
        row("refresh: no CSRF token", refresh(), (403, "csrf_token_missing", "in the header X-CSRF-Token")),
        row("refresh: an empty CSRF token", presenting(b""), mismatch),
        row("refresh: a CSRF token of raw bytes", presenting(b"\x80\xff"), mismatch),
        row("refresh: a CSRF token that is cut", presenting(&genuine.as_bytes()[1..]), mismatch)
            .never_repeats(&genuine[1..]),
        row("refresh: a CSRF token of 10000 characters", presenting(&[b'a'; 10_000]), mismatch),
        row(
            "refresh: two CSRF tokens",
            presenting(genuine.as_bytes()).header("X-CSRF-Token", genuine),
            mismatch,
        )
        .never_repeats(genuine),
    ]
}

/// Tokens that were good until their session ended.
fn ended(server: &Server) -> Vec<Row> {
    let Tokens { access, refresh } = Tokens::of(server, "logged-out");
    assert_eq!(server.post("/auth/logout").bearer(&access).send().status, 200);
    let thief = Tokens::of(server, "robbed");
    let unknown = Forged::from(&thief.refresh).claim("jti", json!(NOBODYS)).sign();
    vec![
        row("the session after a logout", server.get("/auth/session").bearer(access), ENDED).next("login"),
        row("refresh: after a logout", server.post("/auth/refresh").bearer(refresh), ENDED).next("login"),
        row("refresh: a token nobody issued", server.post("/auth/refresh").bearer(unknown), ENDED)
            .next("login"),
        row("refresh: what it revoked", server.post("/auth/refresh").bearer(thief.refresh), ENDED)
            .next("login"),
    ]
}
