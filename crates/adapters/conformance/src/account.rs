//! The throw-away account, and the sessions that rows are run with.

use concierge_kernel::Entropy;
use serde_json::{Value, json};

use crate::cookie::SetCookie;
use crate::http::{Answer, NoAnswer, Request, Transport};

/// A name and a password that nobody else knows.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// A session by cookies.
#[derive(Clone, Debug)]
pub(crate) struct CookieSession {
    pub(crate) cookies: Vec<SetCookie>,
    pub(crate) csrf: String,
    pub(crate) id: String,
}

/// A session by Bearer.
#[derive(Clone, Debug)]
pub(crate) struct BearerSession {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Why there is none: the target cannot be asked at all, or has said no.
#[derive(Debug)]
pub(crate) enum NoSession {
    NoAnswer(NoAnswer),
    Refused(String),
}

impl Account {
    /// One that is not registered yet.
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        Self { username: random_username(entropy), password: random(entropy) }
    }

    /// Registers it, by cookies from a page of `origin`.
    pub(crate) fn register(
        &self,
        transport: &dyn Transport,
        origin: &str,
    ) -> Result<CookieSession, NoSession> {
        CookieSession::of(&self.ask(transport, "/auth/register", Some(origin))?)
    }

    /// Logs in, by cookies from a page of `origin`.
    pub(crate) fn log_in(&self, transport: &dyn Transport, origin: &str) -> Result<CookieSession, NoSession> {
        CookieSession::of(&self.ask(transport, "/auth/login", Some(origin))?)
    }

    /// Logs in as a client that is no browser.
    pub(crate) fn log_in_for_tokens(&self, transport: &dyn Transport) -> Result<BearerSession, NoSession> {
        let body = self.ask(transport, "/auth/login", None)?.json().unwrap_or_default();
        let token = |name| text(&body, &format!("/tokens/{name}"));
        Ok(BearerSession { access: token("access_token")?, refresh: token("refresh_token")? })
    }

    fn ask(&self, transport: &dyn Transport, path: &str, origin: Option<&str>) -> Result<Answer, NoSession> {
        let mut body = json!({"username": self.username, "password": self.password});
        if origin.is_none() {
            body["delivery"] = json!("body");
        }
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        headers.extend(origin.map(|origin| ("Origin".to_owned(), origin.to_owned())));
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers,
            body: Some(body.to_string().into_bytes()),
        };
        let answer = transport.send(&request).map_err(NoSession::NoAnswer)?;
        if answer.status == 201 {
            return Ok(answer);
        }
        let detail = answer.json().and_then(|body| body["detail"].as_str().map(str::to_owned));
        let detail = detail.map_or_else(String::new, |detail| format!(", {detail:?}"));
        Err(NoSession::Refused(format!(
            "it needs an account, and POST {path} was answered {}{detail}",
            answer.status
        )))
    }
}

impl CookieSession {
    fn of(answer: &Answer) -> Result<Self, NoSession> {
        let body = answer.json().unwrap_or_default();
        let (csrf, id) = (text(&body, "/csrf_token")?, text(&body, "/session/id")?);
        Ok(Self { cookies: SetCookie::all(answer), csrf, id })
    }
}

impl BearerSession {
    /// Ends every session of the account, this one last. What fails here has left nothing that could be used.
    pub(crate) fn end_all(&self, transport: &dyn Transport) {
        for (method, path) in [("DELETE", "/auth/sessions"), ("POST", "/auth/logout")] {
            let headers = vec![("Authorization".to_owned(), format!("Bearer {}", self.access))];
            let request = Request { method: method.to_owned(), path: path.to_owned(), headers, body: None };
            drop(transport.send(&request));
        }
    }
}

/// A name that nobody has.
pub(crate) fn random_username(entropy: &dyn Entropy) -> String {
    format!("kit-{}", &random(entropy)[..20])
}

/// 128 random bits.
pub(crate) fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(body: &Value, pointer: &str) -> Result<String, NoSession> {
    let found = body.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| NoSession::Refused(format!("a session's answer has no {pointer}")))
}
