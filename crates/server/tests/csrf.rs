//! CSRF through the real binary: every combination of `Origin`, `Sec-Fetch-Site`, CSRF token, method and credential,
//! judged by an oracle that is written from the contract's sentences and knows nothing of the code.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::thread;

use serde_json::json;
use support::{Jar, Launch, PASSWORD, Request, Response, Server};

const OWN: &str = "http://localhost:5000";
const FRONTEND: &str = "http://localhost:5173";
const CSRF_HEADER: &str = "X-CSRF-Token";

/// The values of every `Origin` header there is.
const ORIGINS: [&[&str]; 8] = [
    &[],
    &[OWN],
    &[FRONTEND],
    &["https://evil.example"],
    &["http://localhost:5174"],
    &["null"],
    &[""],
    &[FRONTEND, FRONTEND],
];

/// The values of every `Sec-Fetch-Site` header there is.
const FETCH_SITES: [&[&str]; 8] = [
    &[],
    &["same-origin"],
    &["same-site"],
    &["cross-site"],
    &["none"],
    &["elsewhere"],
    &[""],
    &["same-origin", "same-origin"],
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    None,
    /// Of another session.
    Wrong,
    Right,
}

const TOKENS: [Token; 3] = [Token::None, Token::Wrong, Token::Right];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Credential {
    None,
    Cookies,
    /// Beside the cookies of another session.
    Bearer,
    /// Beside good cookies.
    MalformedBearer,
}

const CREDENTIALS: [Credential; 4] =
    [Credential::None, Credential::Cookies, Credential::Bearer, Credential::MalformedBearer];

/// What is asked for.
const REQUESTS: [(&str, &str); 12] = [
    ("POST", "/auth/refresh"),
    ("POST", "/auth/logout"),
    ("POST", "/auth/login"),
    ("GET", "/set-cookie"),
    ("HEAD", "/set-cookie"),
    ("GET", "/delete-cookie"),
    ("OPTIONS", "/delete-cookie"),
    ("GET", "/auth/session"),
    ("GET", "/auth/csrf"),
    ("POST", "/greet"),
    ("DELETE", "/secure"),
    ("PUT", "/nowhere"),
];

struct Row {
    method: &'static str,
    path: &'static str,
    origins: &'static [&'static str],
    fetch_sites: &'static [&'static str],
    token: Token,
    credential: Credential,
}

impl Row {
    /// Every combination for one kind of request.
    fn all((method, path): (&'static str, &'static str)) -> impl Iterator<Item = Self> {
        ORIGINS.into_iter().flat_map(move |origins| {
            FETCH_SITES.into_iter().flat_map(move |fetch_sites| {
                TOKENS.into_iter().flat_map(move |token| {
                    CREDENTIALS.into_iter().map(move |credential| Self {
                        method,
                        path,
                        origins,
                        fetch_sites,
                        token,
                        credential,
                    })
                })
            })
        })
    }

    fn name(&self) -> String {
        let Self { method, path, origins, fetch_sites, token, credential } = self;
        format!(
            "{method} {path}, Origin {origins:?}, Sec-Fetch-Site {fetch_sites:?}, token {token:?}, {credential:?}"
        )
    }

    fn origin_may_call(&self) -> bool {
        matches!(self.origins, [OWN | FRONTEND])
    }

    /// "An `Origin` that is neither one of the API's own nor allowed (empty and `null` included): 403; without
    /// `Origin`, a `Sec-Fetch-Site` other than `same-origin` or `none`, unknown values included: the same."
    fn passes_the_origin_check(&self) -> bool {
        match self.origins {
            [] => matches!(self.fetch_sites, [] | ["same-origin" | "none"]),
            _ => self.origin_may_call(),
        }
    }

    /// "Unsafe methods outside the public group, and GET or HEAD of `/set-cookie` and `/delete-cookie`, which change
    /// state"; "`Authorization: Bearer` is not ambient, so neither CSRF rule applies."
    fn is_subject_to_the_origin_check(&self) -> bool {
        let changes = match self.method {
            "GET" | "HEAD" => matches!(self.path, "/set-cookie" | "/delete-cookie"),
            "OPTIONS" | "TRACE" => false,
            _ => self.path != "/greet",
        };
        changes && !matches!(self.credential, Credential::Bearer | Credential::MalformedBearer)
    }

    /// Status and code.
    fn expected(&self) -> (u16, &'static str) {
        if self.is_subject_to_the_origin_check() && !self.passes_the_origin_check() {
            return (403, "origin_not_allowed");
        }
        match (self.method, self.path, self.credential, self.token) {
            // A missing or malformed token is 401 before the CSRF token is looked at.
            ("POST", "/auth/refresh", Credential::None, _) => (401, "token_missing"),
            ("POST", "/auth/refresh", Credential::MalformedBearer, _) => (401, "token_invalid"),
            ("POST", "/auth/refresh", Credential::Bearer, _) => (201, ""),
            // "When the session comes from a cookie, `X-CSRF-Token` must equal the session's token."
            ("POST", "/auth/refresh", Credential::Cookies, Token::None) => (403, "csrf_token_missing"),
            ("POST", "/auth/refresh", Credential::Cookies, Token::Wrong) => (403, "csrf_token_mismatch"),
            ("POST", "/auth/refresh", Credential::Cookies, Token::Right) => (201, ""),
            // "Logout, login and register need the origin check alone, whatever old cookies come along."
            ("POST", "/auth/logout", ..) => (200, ""),
            ("POST", "/auth/login", ..) => (201, ""),
            ("GET" | "HEAD", "/set-cookie" | "/delete-cookie", ..) | ("POST", "/greet", ..) => (200, ""),
            ("GET", "/auth/session" | "/auth/csrf", Credential::None, _) => (401, "token_missing"),
            ("GET", "/auth/session" | "/auth/csrf", Credential::MalformedBearer, _) => (401, "token_invalid"),
            ("GET", "/auth/session" | "/auth/csrf", Credential::Cookies | Credential::Bearer, _) => (200, ""),
            ("PUT", ..) => (404, "not_found"),
            _ => (405, "method_not_allowed"),
        }
    }
}

/// Somebody with a session in cookies, another in bodies, and tokens of CSRF for both kinds of rows.
struct Subject<'a> {
    server: &'a Server,
    username: String,
    jar: Jar,
    bearer: serde_json::Value,
    /// The CSRF token of a session that no row uses.
    others: String,
}

impl<'a> Subject<'a> {
    fn new(server: &'a Server, username: String) -> Self {
        let bearer = server.register(&username);
        let mut subject = Self { server, username, jar: Jar::default(), bearer, others: String::new() };
        subject.log_in();
        subject.others = subject.jar.get("csrf_token").unwrap().to_owned();
        subject.log_in();
        subject
    }

    fn form(&self) -> serde_json::Value {
        json!({"username": self.username, "password": PASSWORD})
    }

    fn log_in(&mut self) {
        let answer = self.server.post("/auth/login").json(&self.form()).send();
        assert_eq!(answer.status, 201, "{}", answer.text());
        self.jar = Jar::of(&answer);
    }

    fn log_in_for_body(&mut self) {
        let mut form = self.form();
        form["delivery"] = json!("body");
        self.bearer = self.server.post("/auth/login").json(&form).send().json();
    }

    fn request(&self, row: &Row) -> Request {
        let mut request = self.server.request(row.method, row.path);
        if row.credential != Credential::None {
            request = request.jar(&self.jar).without(CSRF_HEADER);
        }
        let kind = if row.path == "/auth/refresh" { "refresh_token" } else { "access_token" };
        request = match row.credential {
            Credential::None | Credential::Cookies => request,
            Credential::Bearer => request.bearer(self.bearer["tokens"][kind].as_str().unwrap()),
            Credential::MalformedBearer => request.header("Authorization", "Bearer"),
        };
        request = match row.token {
            Token::None => request,
            Token::Wrong => request.header(CSRF_HEADER, &self.others),
            Token::Right => request.header(CSRF_HEADER, self.jar.get("csrf_token").unwrap()),
        };
        request = row.origins.iter().fold(request, |request, origin| request.header("Origin", origin));
        request =
            row.fetch_sites.iter().fold(request, |request, site| request.header("Sec-Fetch-Site", site));
        match row.path {
            "/auth/login" => request.json(&self.form()),
            "/greet" => request.json(&json!({"name": "Alice"})),
            _ => request,
        }
    }

    /// Takes up what an answer changed.
    fn take_up(&mut self, row: &Row, answer: &Response) {
        match (row.path, row.credential, answer.status) {
            ("/auth/refresh", Credential::Cookies, 201) => self.jar.keep(answer),
            ("/auth/refresh", Credential::Bearer, 201) => self.bearer = answer.json(),
            ("/auth/logout", Credential::Cookies, 200) => self.log_in(),
            ("/auth/logout", Credential::Bearer, 200) => self.log_in_for_body(),
            _ => {}
        }
    }

    /// Sends a row; an error says what is wrong with its answer.
    fn check(&mut self, row: &Row) -> Result<(), String> {
        let answer = self.request(row).send();
        self.take_up(row, &answer);
        let (status, code) = row.expected();
        let fault = |what: String| Err(format!("* {}: {what}: {answer:?}", row.name()));
        if answer.status != status {
            return fault(format!("not {status} {code}"));
        }
        if status >= 400 && row.method != "HEAD" {
            match answer.check_problem() {
                Ok(problem) if problem.code != code => return fault(format!("not {code}")),
                Ok(_) => {}
                Err(what) => return fault(what),
            }
        }
        if status >= 400 && answer.headers("Set-Cookie").next().is_some() {
            return fault("refused, yet it sets a cookie".to_owned());
        }
        // Refused or not, an origin that may call can read the answer, and no other can.
        let allowed = row.origin_may_call().then(|| row.origins[0]);
        if answer.header("Access-Control-Allow-Origin") != allowed || answer.header("Vary") != Some("Origin")
        {
            return fault("not the CORS headers of any answer".to_owned());
        }
        Ok(())
    }

    /// Both sessions live, and can be carried on.
    fn assert_alive(&mut self) {
        assert_eq!(self.server.get("/auth/session").jar(&self.jar).send().status, 200);
        let refreshed = self.server.post("/auth/refresh").jar(&self.jar).send();
        assert_eq!(refreshed.status, 201, "{}", refreshed.text());
        self.jar.keep(&refreshed);
        let token = self.bearer["tokens"]["refresh_token"].as_str().unwrap();
        assert_eq!(self.server.post("/auth/refresh").bearer(token).send().status, 201);
    }
}

fn start() -> Server {
    Launch::new().set("DATABASE__URL", "memory://").serve()
}

#[test]
fn every_combination_is_answered_as_the_contract_says() {
    let server = start();
    let run = |place: usize| {
        let mut subject = Subject::new(&server, format!("subject-{place}"));
        let rows: Vec<Row> = Row::all(REQUESTS[place]).collect();
        let faults: Vec<String> = rows.iter().filter_map(|row| subject.check(row).err()).collect();
        subject.assert_alive();
        (rows.len(), faults)
    };
    let (rows, faults) = thread::scope(|scope| {
        let runs: Vec<_> = (0..REQUESTS.len()).map(|place| scope.spawn(move || run(place))).collect();
        let results = runs.into_iter().map(|run| run.join().unwrap());
        results.fold((0, Vec::new()), |(rows, mut faults), (more_rows, more_faults)| {
            faults.extend(more_faults);
            (rows + more_rows, faults)
        })
    });
    assert_eq!(rows, 12 * 8 * 8 * 3 * 4);
    assert!(
        faults.is_empty(),
        "{} of {rows} rows:\n{}",
        faults.len(),
        faults[..faults.len().min(20)].join("\n")
    );
}

#[test]
fn a_refused_request_has_changed_nothing() {
    let server = Launch::new().set("TOKENS__REFRESH_GRACE", "0").serve();
    let mut subject = Subject::new(&server, "alice".to_owned());
    let old = subject.jar.clone();
    for _ in 0..2 {
        let refreshed = server.post("/auth/refresh").jar(&subject.jar).send();
        assert_eq!(refreshed.status, 201, "{}", refreshed.text());
        subject.jar.keep(&refreshed);
    }
    // Shown with the CSRF token, the oldest refresh token would be a theft by now.
    for jar in [&old, &subject.jar] {
        let refresh = || server.post("/auth/refresh").jar(jar).without(CSRF_HEADER);
        let code = |request: Request| request.send().problem().code;
        assert_eq!(code(refresh()), "csrf_token_missing");
        assert_eq!(code(refresh().header(CSRF_HEADER, &subject.others)), "csrf_token_mismatch");
        let stranger = refresh().header(CSRF_HEADER, jar.get("csrf_token").unwrap());
        assert_eq!(code(stranger.header("Origin", "https://evil.example")), "origin_not_allowed");
        let logout = server.post("/auth/logout").jar(jar).header("Sec-Fetch-Site", "cross-site");
        assert_eq!(code(logout), "origin_not_allowed");
    }
    subject.assert_alive();

    let refused = server.get("/set-cookie").header("Sec-Fetch-Site", "same-site").send();
    assert_eq!((refused.status, refused.headers("Set-Cookie").count()), (403, 0));
    let visit = server.get("/set-cookie").header("Origin", FRONTEND).send();
    assert_eq!(visit.status, 200, "{}", visit.text());
    let mut visitor = Jar::of(&visit);
    let refused = server.get("/delete-cookie").jar(&visitor).header("Origin", "null").send();
    assert_eq!(refused.problem().code, "origin_not_allowed");
    visitor.keep(&refused);
    assert_eq!(server.get("/get-cookie").jar(&visitor).send().status, 200);

    let form = json!({"username": "mallory", "password": PASSWORD});
    let register = || server.post("/auth/register").json(&form);
    assert_eq!(register().header("Origin", "https://evil.example").send().status, 403);
    assert_eq!(register().header("Origin", FRONTEND).send().status, 201, "nobody took the name");
}

#[test]
fn a_page_that_was_reloaded_an_hour_later_finds_its_way_back() {
    let server = start();
    let mut subject = Subject::new(&server, "alice".to_owned());
    // The access cookie has expired, and script cannot read the API's cookies: the refresh cookie is all there is.
    let refresh = subject.jar.get("refresh_token").unwrap().to_owned();
    let asked = server.get("/auth/csrf").cookie("refresh_token", &refresh).header("Origin", FRONTEND).send();
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert_eq!(asked.header("Access-Control-Allow-Origin"), Some(FRONTEND));
    let token = asked.json()["csrf_token"].as_str().unwrap().to_owned();
    assert_eq!(subject.jar.get("csrf_token"), Some(&*token));
    let refreshed = server
        .post("/auth/refresh")
        .cookie("refresh_token", &refresh)
        .header("Origin", FRONTEND)
        .header("Sec-Fetch-Site", "same-site")
        .header(CSRF_HEADER, &token)
        .send();
    assert_eq!(refreshed.status, 201, "{}", refreshed.text());
    assert_eq!(refreshed.json()["csrf_token"], *token);
    subject.jar.keep(&refreshed);
    subject.assert_alive();
}

#[test]
fn what_changes_something_by_cookie_needs_the_sessions_csrf_token_and_by_bearer_none() {
    let server = Server::spawn();
    let answer =
        server.post("/auth/register").json(&json!({"username": "alice", "password": PASSWORD})).send();
    let jar = Jar::of(&answer);
    let change = json!({"current_password": PASSWORD, "new_password": "a quiet harbour at dusk"});
    let requests = || {
        let id = answer.json()["session"]["id"].as_str().unwrap().to_owned();
        [
            server.request("DELETE", "/auth/sessions"),
            server.request("DELETE", &format!("/auth/sessions/{id}")),
            server.request("PUT", "/auth/password").json(&change),
        ]
    };
    for request in requests() {
        let without = request.clone().jar(&jar).without("X-CSRF-Token");
        assert_eq!(without.clone().send().problem().code, "csrf_token_missing");
        let wrong = without.header("X-CSRF-Token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(wrong.send().problem().code, "csrf_token_mismatch");
    }
    assert_eq!(server.get("/secure").jar(&jar).send().status, 200);
    let access = server.register("bob")["tokens"]["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.request("DELETE", "/auth/sessions").bearer(&access).send().status, 204);
}
