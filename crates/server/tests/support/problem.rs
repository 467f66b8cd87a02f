//! What every failure has: problem details (RFC 9457) and the headers of every answer.

use serde_json::Value;

use super::response::Response;

/// The problem details of an answer.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) code: String,
    pub(crate) detail: String,
    /// What to do about a 401: `refresh` or `login`.
    pub(crate) next: Option<String>,
    /// All of it.
    pub(crate) body: Value,
}

/// The headers that stand on every answer over http.
const ALWAYS: [(&str, &str); 5] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
];

/// Reads them, or says what the contract asks for and they lack.
pub(super) fn check(response: &Response) -> Result<Problem, String> {
    check_headers(response)?;
    let body: Value = serde_json::from_str(&response.text()).map_err(|error| format!("no JSON: {error}"))?;
    let text = |field: &str| match body[field].as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("'{field}' is no text")),
    };
    let (code, detail, next) = (text("code")?, text("detail")?, text("next").ok());
    text("title")?;
    let snake_case = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let rules = [
        (text("type")? == "about:blank", "'type' is not about:blank"),
        (snake_case, "'code' is not in snake_case"),
        (body["status"] == response.status, "'status' is not the answer's status"),
        (text("error")? == detail, "'error' is not 'detail'"),
        (Some(&*text("request_id")?) == response.header("X-Request-Id"), "'request_id' is not X-Request-Id"),
        (next.is_some() == (response.status == 401), "'next' stands on 401 and nowhere else"),
        (matches!(next.as_deref(), None | Some("refresh" | "login")), "'next' is no such thing"),
    ];
    first_broken(rules)?;
    Ok(Problem { code, detail, next, body })
}

fn check_headers(response: &Response) -> Result<(), String> {
    for (name, value) in ALWAYS {
        if response.header(name) != Some(value) {
            return Err(format!("{name} is {:?}", response.header(name)));
        }
    }
    let challenge = (response.status == 401).then_some("Bearer");
    let allow = response.header("Allow");
    first_broken([
        (response.header("Content-Type") == Some("application/problem+json"), "not application/problem+json"),
        (response.header("Vary").is_some_and(|vary| vary.contains("Origin")), "Vary lacks Origin"),
        (response.header("WWW-Authenticate") == challenge, "WWW-Authenticate stands on 401 and nowhere else"),
        (response.status != 405 || allow.is_some_and(|allow| !allow.is_empty()), "405 without Allow"),
    ])
}

fn first_broken<const N: usize>(rules: [(bool, &str); N]) -> Result<(), String> {
    let broken = rules.into_iter().find(|(holds, _)| !holds);
    broken.map_or(Ok(()), |(_, rule)| Err(rule.to_owned()))
}
