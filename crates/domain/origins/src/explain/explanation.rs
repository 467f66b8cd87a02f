//! What an explanation consists of.

use std::fmt;

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Each rule in the order in which it is asked; after one that stops the request none is.
    pub steps: Vec<Step>,
    /// What becomes of the request.
    pub outcome: Outcome,
}

/// What one rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule.
    pub rule: Rule,
    /// Whether it lets the request go on.
    pub passes: bool,
    /// Why, in a sentence; of one that stops the request, with what to do.
    pub because: String,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Who asks.
    Origin,
    /// Whether a browser asks first, and what it makes of the answer.
    Preflight,
    /// With whom the answer is shared.
    Cors,
    /// Whether another site's page may be behind it.
    CsrfOrigin,
    /// Whether it needs the session's CSRF token.
    CsrfToken,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It reaches its route, and the page can read the answer.
    Answered,
    /// It reaches its route, but the browser keeps the answer from the page.
    AnsweredUnread,
    /// The browser never sends it.
    NotSent,
    /// It is answered 403.
    Refused,
}

impl Rule {
    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Preflight => "preflight",
            Self::Cors => "cors",
            Self::CsrfOrigin => "csrf_origin",
            Self::CsrfToken => "csrf_token",
        }
    }
}

impl Outcome {
    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::AnsweredUnread => "answered_unread",
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "The request reaches its route, and the page can read the answer.",
            Self::AnsweredUnread => {
                "The request reaches its route, but the browser keeps the answer from the page."
            }
            Self::NotSent => "The browser does not send the request.",
            Self::Refused => "The request is answered 403.",
        })
    }
}
