//! What an operator may list: one origin, or a pattern for the leftmost label of many.

use std::fmt;

use crate::syntax::Parts;
use crate::wildcard::WildcardPattern;
use crate::{Fault, Origin, OriginError};

/// One entry of the list of allowed origins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OriginPattern {
    /// This origin alone.
    Exact(Origin),
    /// Every origin whose leftmost label fits.
    Wildcard(WildcardPattern),
}

/// A pattern that is accepted, though its author may not have seen whom it lets in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternWarning {
    /// The `*` is part of a label directly under a public suffix.
    #[error("`{pattern}` also lets in strangers: anyone can register a fitting name under `{suffix}`")]
    UnderPublicSuffix {
        /// The whole pattern.
        pattern: String,
        /// The domain under which anyone can register.
        suffix: String,
    },
}

impl OriginPattern {
    /// Reads an origin, or an origin with one `*` in the leftmost label of its host.
    ///
    /// `https://*.preview.example.com` stands for exactly one label there, `https://app-*.preview.example.com`
    /// for a part of one. The `*` is one or more of `a-z`, `0-9`, `-` and `_`, never a dot, and the label and the
    /// host stay within 63 and 253 bytes.
    ///
    /// # Errors
    /// Everything that [`Origin::parse`] refuses, a `*` elsewhere, and a `*` for the whole label directly under
    /// a public suffix, an unknown top-level domain included (`https://*.github.io`, `http://*.internal`).
    /// `http://*.localhost:5173` is accepted: no stranger can have a name there.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        Self::parse_strictly(text)
            .map_err(|fault| OriginError::new(text, fault, |guess| Self::parse_strictly(guess).is_ok()))
    }

    fn parse_strictly(text: &str) -> Result<Self, Fault> {
        let parts = Parts::split(text)?;
        if parts.host.contains('*') {
            WildcardPattern::from_parts(&parts).map(Self::Wildcard)
        } else {
            Origin::from_parts(&parts).map(Self::Exact)
        }
    }

    /// Whether the pattern lets this origin in.
    pub fn matches(&self, origin: &Origin) -> bool {
        match self {
            Self::Exact(exact) => exact == origin,
            Self::Wildcard(wildcard) => wildcard.matches(origin.to_string().as_bytes()),
        }
    }

    /// An origin that stands for all that the pattern lets in.
    ///
    /// Its site is theirs as a rule. Where strangers can register right below the pattern's domain
    /// (`https://app-*.github.io`) every one is a site of its own, and so is a single name that the public suffix list
    /// names below it. `None` never comes for a pattern that was parsed.
    pub fn example(&self) -> Option<Origin> {
        match self {
            Self::Exact(origin) => Some(origin.clone()),
            Self::Wildcard(wildcard) => wildcard.example(),
        }
    }

    /// Whether every origin that the pattern lets in is a site of its own: `https://app-*.github.io`,
    /// `http://*.localhost:5173`.
    pub(crate) fn is_many_sites(&self) -> bool {
        match self {
            Self::Exact(_) => false,
            Self::Wildcard(wildcard) => wildcard.is_many_sites(),
        }
    }

    /// What the operator should be told about the pattern when concierge starts.
    pub fn warning(&self) -> Option<PatternWarning> {
        match self {
            Self::Exact(_) => None,
            Self::Wildcard(wildcard) => wildcard.open_suffix().map(|suffix| {
                PatternWarning::UnderPublicSuffix { pattern: wildcard.to_string(), suffix: suffix.to_owned() }
            }),
        }
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(origin) => origin.fmt(f),
            Self::Wildcard(wildcard) => wildcard.fmt(f),
        }
    }
}
