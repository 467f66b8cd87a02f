//! What is asked: a request for every way in which the API answers, and the status it should have.

use concierge_origins::Origin;
use concierge_probe::Request;

/// One request of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) target: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: Body,
    /// The status of the API's own answer.
    pub(super) status: u16,
}

#[derive(Clone, Copy, Debug)]
enum Body {
    None,
    /// JSON that is none.
    Broken,
    /// More than the API takes.
    Huge,
}

/// A little more than the MiB that the API takes.
const HUGE: usize = (1 << 20) + 1024;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const PREFLIGHT: (&str, &str) = ("Access-Control-Request-Headers", "content-type,x-csrf-token");

const fn ask(method: &'static str, target: &'static str, status: u16) -> Ask {
    Ask { method, target, headers: &[], body: Body::None, status }
}

/// Asked of every deployment, preflights first: without them nothing else matters.
pub(super) const ASKS: [Ask; 8] = [
    Ask {
        headers: &[("Access-Control-Request-Method", "POST"), PREFLIGHT],
        ..ask("OPTIONS", "/auth/login", 204)
    },
    Ask {
        headers: &[("Access-Control-Request-Method", "DELETE"), PREFLIGHT],
        ..ask("OPTIONS", "/auth/sessions", 204)
    },
    ask("GET", "/health/live", 200),
    Ask { headers: &[JSON], body: Body::Broken, ..ask("POST", "/greet", 400) },
    ask("GET", "/secure", 401),
    ask("GET", "/no/such/page", 404),
    ask("DELETE", "/greet", 405),
    Ask { headers: &[JSON], body: Body::Huge, ..ask("POST", "/greet", 413) },
];

/// Sets the visitor cookie.
pub(super) const SET_COOKIE: Ask = ask("GET", "/set-cookie", 200);
/// Wants it back.
pub(super) const GET_COOKIE: Ask = ask("GET", "/get-cookie", 200);
/// Expires the cookies of a session.
pub(super) const LOGOUT: Ask = ask("POST", "/auth/logout", 200);
/// The one answer that caches may keep.
pub(super) const PUBLIC: Ask = ask("GET", "/.well-known/jwks.json", 200);

impl Ask {
    /// The request as a page of `origin` makes it.
    pub(super) fn request(&self, origin: &Origin, id: &str) -> Request {
        let own = [("Origin", origin.to_string()), ("X-Request-Id", id.to_owned())];
        let headers = self.headers.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(own);
        Request {
            method: self.method.to_owned(),
            target: self.target.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.into_bytes())).collect(),
            body: match self.body {
                Body::None => (self.method == "POST").then(Vec::new),
                Body::Broken => Some(b"{".to_vec()),
                Body::Huge => Some(vec![b' '; HUGE]),
            },
        }
    }

    /// Whether a browser asks this before what a page wants.
    pub(super) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
    }

    /// How the report names it: the same path is asked for different answers.
    pub(super) fn name(&self) -> String {
        match self.body {
            Body::Huge => format!("{} {} of 1 MiB and more", self.method, self.target),
            _ => format!("{} {}", self.method, self.target),
        }
    }
}
