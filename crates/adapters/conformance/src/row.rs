//! One row of a table, as it is written.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::expect::Expect;

/// One request and what has to come back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name, which stays: lower-case words with dashes.
    pub id: String,
    /// What it checks, in a sentence.
    pub checks: String,
    /// Where that is written.
    pub source: Source,
    /// Without what it cannot run.
    #[serde(default)]
    pub(crate) needs: Vec<Need>,
    /// Requests that come first; the cookies they set are there to be sent.
    #[serde(default)]
    pub(crate) before: Vec<Ask>,
    pub(crate) request: Ask,
    pub(crate) expect: Expect,
}

/// Where a rule is written.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document's name.
    pub title: String,
    /// The section, by number or name.
    pub section: String,
    /// Its address.
    pub url: String,
}

/// What a row cannot run without.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Need {
    /// The origin of a frontend that may call.
    Origin,
    /// A target on http.
    Http,
    /// A target on https.
    Https,
    /// A frontend on the target's own site.
    SameSite,
    /// A frontend on another site.
    CrossSite,
    /// Leave to write.
    Write,
    /// A throw-away account.
    Account,
    /// A session by cookies, shared between rows: none may end it.
    Session,
    /// A session by cookies of the row's own.
    FreshSession,
    /// A session by Bearer, shared between rows: none may end it.
    Tokens,
}

/// A request with placeholders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) body: Option<Body>,
}

/// What a request carries.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Body {
    /// A text with placeholders.
    Text(String),
    /// So many bytes of filling.
    Fill { fill: usize },
}

impl Need {
    /// What is said of a row that is skipped for want of it.
    pub(crate) fn missing(self) -> &'static str {
        match self {
            Self::Origin => "it needs a frontend that may call: --origin",
            Self::Http => "it is about http, and the target is on https",
            Self::Https => "it is about https, and the target is on http",
            Self::SameSite => "it is about a frontend on the API's own site",
            Self::CrossSite => "it is about a frontend on another site than the API",
            Self::Write | Self::Account | Self::Session | Self::FreshSession | Self::Tokens => {
                "it needs an account, which is made with --write alone"
            }
        }
    }

    /// Whether it takes the throw-away account.
    pub(crate) fn takes_account(self) -> bool {
        self.writes() && self != Self::Write
    }

    /// Whether it takes leave to write.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Account | Self::Session | Self::FreshSession | Self::Tokens)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.title, self.section, self.url)
    }
}
