//! A row of the table: a request, and the problem it is answered with.

use super::support::Request;

/// A case.
pub(crate) struct Row {
    name: &'static str,
    request: Request,
    status: u16,
    code: &'static str,
    /// A part of the problem's `detail`.
    detail: &'static str,
    next: Option<&'static str>,
    /// What must come back neither in a header nor in the body.
    secret: Option<String>,
}

/// A row that expects the problem `code` with this status and a `detail` that contains `detail`.
pub(crate) fn row(
    name: &'static str,
    request: Request,
    (status, code, detail): (u16, &'static str, &'static str),
) -> Row {
    Row { name, request, status, code, detail, next: None, secret: None }
}

impl Row {
    /// Expects this `next` as well.
    pub(crate) fn next(self, next: &'static str) -> Self {
        Self { next: Some(next), ..self }
    }

    /// Expects that `secret` does not come back.
    pub(crate) fn never_repeats(self, secret: impl Into<String>) -> Self {
        let secret = secret.into();
        let could_be_an_id = secret.len() < 8 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!could_be_an_id, "a request id may contain {secret} by chance");
        Self { secret: Some(secret), ..self }
    }

    /// Sends the request; an error says what is wrong with the answer.
    pub(crate) fn check(&self) -> Result<(), String> {
        let fault = |what: String| Err(format!("* {}: {what}", self.name));
        let response = match self.request.try_send() {
            Ok(response) => response,
            Err(error) => return fault(format!("no answer: {error}")),
        };
        let problem = match response.check_problem() {
            Ok(problem) => problem,
            Err(what) => return fault(format!("{}, {what}: {}", response.status, response.text())),
        };
        let as_expected = response.status == self.status
            && problem.code == self.code
            && problem.detail.contains(self.detail)
            && (self.next.is_none() || problem.next.as_deref() == self.next);
        if !as_expected {
            let Self { status, code, detail, next, .. } = self;
            return fault(format!("{} instead of {status} {code} '{detail}' {next:?}", problem.body));
        }
        match &self.secret {
            Some(secret) if response.everything().contains(secret.as_str()) => {
                fault(format!("{secret:?} comes back: {response:?}"))
            }
            _ => Ok(()),
        }
    }
}
