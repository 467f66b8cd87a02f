//! What an operator asks about a request, and the answer, as the command line and `/admin/explain` share them.

use actix_web::dev::Url;
use actix_web::http::{Method, Uri};
use concierge_origins::{Explanation, Inquiry, Registry};
use serde_json::{Value, json};

use crate::options::CorsOptions;
use crate::routes::{kind_of, wants_csrf_token};

/// A request that somebody wonders about, checked to be one.
#[derive(Clone, Debug)]
pub struct ExplainRequest {
    method: Method,
    target: Uri,
    headers: Vec<(String, String)>,
}

/// Why a text describes no request. Displays as a sentence for whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The method has characters that no method has.
    #[error("'{0}' is no HTTP method; write one such as GET or POST")]
    Method(String),
    /// The path does not begin with a slash or cannot be read.
    #[error("'{0}' is no path; write one that begins with a slash, such as /auth/login")]
    Path(String),
    /// The header is not a name, a colon and a value.
    #[error("'{0}' is no header; write a name, a colon and a value, such as 'X-CSRF-Token: abc'")]
    Header(String),
}

impl ExplainRequest {
    /// Reads a request: its method, its path, perhaps an origin, and headers as `Name: value`.
    ///
    /// # Errors
    /// One of them is none.
    pub fn parse<'a>(
        method: &str,
        path: &str,
        origin: Option<&str>,
        headers: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ExplainError> {
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| ExplainError::Method(method.to_owned()))?;
        let target = Some(path).filter(|path| path.starts_with('/')).and_then(|path| path.parse().ok());
        let target = target.ok_or_else(|| ExplainError::Path(path.to_owned()))?;
        let origin = origin.map(|origin| Ok(("Origin".to_owned(), origin.to_owned())));
        let headers = origin.into_iter().chain(headers.into_iter().map(header)).collect::<Result<_, _>>()?;
        Ok(Self { method, target, headers })
    }

    /// What `registry` and `options` make of it.
    pub fn explain(&self, registry: &Registry, options: &CorsOptions) -> Explanation {
        // As routing reads it, with its escapes undone.
        let url = Url::new(self.target.clone());
        let inquiry = Inquiry {
            method: self.method.as_str(),
            route: kind_of(url.path()),
            wants_csrf_token: wants_csrf_token(url.path()),
            headers: &self.headers,
        };
        inquiry.explain(registry, options.policy(), &options.extra_headers)
    }
}

fn header(text: &str) -> Result<(String, String), ExplainError> {
    let is_token = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let pair = text.split_once(':').filter(|(name, _)| is_token(name));
    let (name, value) = pair.ok_or_else(|| ExplainError::Header(text.to_owned()))?;
    Ok((name.to_owned(), value.trim().to_owned()))
}

/// An explanation for programs: `{"outcome", "summary", "steps": [{"rule", "passes", "because"}]}`.
pub fn explanation_body(explanation: &Explanation) -> Value {
    let steps: Vec<_> = explanation
        .steps
        .iter()
        .map(|step| json!({"rule": step.rule.as_str(), "passes": step.passes, "because": step.because}))
        .collect();
    let outcome = explanation.outcome;
    json!({"outcome": outcome.as_str(), "summary": outcome.to_string(), "steps": steps})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_told_with_an_example() {
        let parse = |method, path, headers: &[&'static str]| {
            ExplainRequest::parse(method, path, None, headers.iter().copied()).map(drop)
        };
        assert_eq!(parse("GET", "/", &["X-Mine: a:b", "X-Empty:"]), Ok(()));
        assert_eq!(parse("G ET", "/", &[]), Err(ExplainError::Method("G ET".to_owned())));
        for path in ["", "auth", "https://api.example.com/auth", "/a b"] {
            assert_eq!(parse("GET", path, &[]), Err(ExplainError::Path(path.to_owned())));
        }
        for header in ["X-Mine", ": x", "X Mine: x"] {
            assert_eq!(parse("GET", "/", &[header]), Err(ExplainError::Header(header.to_owned())));
        }
    }
}
