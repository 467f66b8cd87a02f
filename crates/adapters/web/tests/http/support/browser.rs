//! What clients do again and again: log in, carry tokens along.

use serde_json::{Value, json};

use super::{Answer, Api, PASSWORD, USERNAME, cookies, get, post, post_json, with_csrf};

/// The tokens of a session.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) csrf: String,
}

impl Tokens {
    /// The tokens that an answer's cookies carry.
    pub(crate) fn of_cookies(answer: &Answer) -> Self {
        let cookie = |name| answer.cookie(name).unwrap_or_else(|| panic!("no {name}: {}", answer.body));
        Self { access: cookie("access_token"), refresh: cookie("refresh_token"), csrf: cookie("csrf_token") }
    }

    /// The tokens that an answer's body carries.
    pub(crate) fn of_body(answer: &Answer) -> Self {
        let body = answer.json();
        let token = |name| body["tokens"][name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned();
        let csrf = body["csrf_token"].as_str().unwrap().to_owned();
        Self { access: token("access_token"), refresh: token("refresh_token"), csrf }
    }
}

/// Alice's credentials, and `more` fields.
pub(crate) fn credentials(more: Value) -> Value {
    let mut body = json!({"username": USERNAME, "password": PASSWORD});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

impl Api {
    /// Logs alice in as a browser does.
    pub(crate) async fn log_in(&self) -> Tokens {
        Tokens::of_cookies(&self.log_in_with(json!({})).await)
    }

    /// Logs alice in as a client does that is no browser.
    pub(crate) async fn log_in_for_body(&self) -> Tokens {
        Tokens::of_body(&self.log_in_with(json!({"delivery": "body"})).await)
    }

    pub(crate) async fn log_in_with(&self, more: Value) -> Answer {
        let answer = self.ask(post_json("/auth/login", &credentials(more))).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer
    }

    /// Refreshes as a page does that was just loaded: it asks for its CSRF token first, where there is one to be had.
    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        let jar = [("refresh_token", refresh_token)];
        let told = self.ask(cookies(get("/auth/csrf"), &jar)).await;
        let refresh = cookies(post("/auth/refresh"), &jar);
        match told.json()["csrf_token"].as_str() {
            Some(token) => self.ask(with_csrf(refresh, token)).await,
            None => self.ask(refresh).await,
        }
    }

    /// Looks the session up as a browser does.
    pub(crate) async fn session(&self, access_token: &str) -> Answer {
        self.ask(cookies(get("/auth/session"), &[("access_token", access_token)])).await
    }
}
