//! Which origins may call: asked once per request, so it neither parses nor allocates.

use std::collections::HashMap;

use crate::wildcard::WildcardPattern;
use crate::{Origin, OriginPattern, RefusedOrigin};

/// The API's own origins and those it lets in. CORS and CSRF ask here and nowhere else.
#[derive(Clone, Debug)]
pub struct Registry {
    own: Vec<Origin>,
    allowed: Vec<OriginPattern>,
    exact: HashMap<Box<[u8]>, Standing>,
    /// Those that were let in once: they change no decision, only what is said of it.
    expired: Vec<OriginPattern>,
}

#[derive(Clone, Copy, Debug)]
enum Standing {
    Own,
    Allowed,
}

/// What the registry says of the text of an `Origin` header.
#[derive(Clone, Copy, Debug)]
pub enum Decision<'a> {
    /// One of the API's own origins.
    Own,
    /// Listed, or let in by a pattern.
    Allowed,
    /// Neither; it can be asked why.
    Refused(RefusedOrigin<'a>),
}

impl Registry {
    /// The registry of the API's own origins and the operator's list. An origin in both is the API's own.
    pub fn new(own: Vec<Origin>, allowed: Vec<OriginPattern>) -> Self {
        let listed = allowed.iter().filter_map(|pattern| match pattern {
            OriginPattern::Exact(origin) => Some((origin, Standing::Allowed)),
            OriginPattern::Wildcard(_) => None,
        });
        // The API's own come last, so that they win.
        let exact = listed
            .chain(own.iter().map(|origin| (origin, Standing::Own)))
            .map(|(origin, standing)| (origin.to_string().into_bytes().into_boxed_slice(), standing))
            .collect();
        Self { own, allowed, exact, expired: Vec::new() }
    }

    /// Remembers entries of the list whose time is over, to tell their pages why they are refused.
    #[must_use]
    pub fn remembering(self, expired: Vec<OriginPattern>) -> Self {
        Self { expired, ..self }
    }

    /// Decides about the value of an `Origin` header: exactly as it came, for a browser has one spelling only.
    pub fn decide<'a>(&'a self, origin: &'a [u8]) -> Decision<'a> {
        match self.exact.get(origin) {
            Some(Standing::Own) => Decision::Own,
            Some(Standing::Allowed) => Decision::Allowed,
            None if self.patterns().any(|pattern| pattern.matches(origin)) => Decision::Allowed,
            None => Decision::Refused(RefusedOrigin::new(self, origin)),
        }
    }

    /// Whether an origin is let in by its own name, and not by a pattern, which fits more than anybody has listed.
    pub fn names(&self, origin: &[u8]) -> bool {
        self.exact.contains_key(origin)
    }

    /// The API's own origins.
    pub fn own(&self) -> &[Origin] {
        &self.own
    }

    /// The operator's list, in its order.
    pub fn allowed(&self) -> &[OriginPattern] {
        &self.allowed
    }

    /// Every origin that is let in by its own name, the operator's list first.
    pub(crate) fn exact(&self) -> impl Iterator<Item = &Origin> {
        let listed = self.allowed.iter().filter_map(|pattern| match pattern {
            OriginPattern::Exact(origin) => Some(origin),
            OriginPattern::Wildcard(_) => None,
        });
        listed.chain(&self.own)
    }

    /// Whether the time of an entry that let this origin in is over.
    pub(crate) fn let_in_once(&self, origin: &Origin) -> bool {
        self.expired.iter().any(|pattern| pattern.matches(origin))
    }

    pub(crate) fn patterns(&self) -> impl Iterator<Item = &WildcardPattern> {
        self.allowed.iter().filter_map(|pattern| match pattern {
            OriginPattern::Exact(_) => None,
            OriginPattern::Wildcard(wildcard) => Some(wildcard),
        })
    }

    pub(crate) fn lets_in(&self, origin: &str) -> bool {
        !matches!(self.decide(origin.as_bytes()), Decision::Refused(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reason, parse_list};

    fn verdict(registry: &Registry, origin: &str) -> &'static str {
        match registry.decide(origin.as_bytes()) {
            Decision::Own => "own",
            Decision::Allowed => "allowed",
            Decision::Refused(_) => "refused",
        }
    }

    #[test]
    fn an_origin_is_own_allowed_or_refused_by_its_exact_text() {
        let own = Origin::parse("https://api.example.com").unwrap();
        let list = "https://api.example.com, https://app.example.com, https://*.preview.example.com, \
                    https://app-*.example.org:8443";
        let registry = Registry::new(vec![own], parse_list(list).unwrap());
        for (origin, expected) in [
            ("https://api.example.com", "own"),
            ("https://app.example.com", "allowed"),
            ("https://a.preview.example.com", "allowed"),
            ("https://app-7.example.org:8443", "allowed"),
            ("https://app.example.com/", "refused"),
            ("https://APP.example.com", "refused"),
            ("https://app.example.com:443", "refused"),
            ("http://app.example.com", "refused"),
            ("https://app.example.com.evil.example", "refused"),
            ("https://evil.example?.preview.example.com", "refused"),
            ("https://a.b.preview.example.com", "refused"),
            ("https://preview.example.com", "refused"),
            ("https://.preview.example.com", "refused"),
            ("https://*.preview.example.com", "refused"),
            ("https://A.preview.example.com", "refused"),
            ("https://a.preview.example.com:8443", "refused"),
            ("https://app-.example.org:8443", "refused"),
            ("https://app-7.example.org", "refused"),
            ("null", "refused"),
            ("*", "refused"),
            ("", "refused"),
        ] {
            assert_eq!(verdict(&registry, origin), expected, "{origin}");
        }
        assert!(registry.names(b"https://app.example.com") && registry.names(b"https://api.example.com"));
        assert!(!registry.names(b"https://a.preview.example.com") && !registry.names(b"null"));
    }

    #[test]
    fn an_entry_whose_time_is_over_lets_nobody_in_and_is_named_as_the_reason() {
        let list = |text| parse_list(text).unwrap();
        let registry = Registry::new(vec![], list("https://app.example.com"))
            .remembering(list("https://pr-7.example.com, https://*.preview.example.com"));
        for (origin, expected) in [
            ("https://pr-7.example.com", Reason::Expired),
            ("https://a.preview.example.com", Reason::Expired),
            ("https://b.example.org", Reason::NotListed),
        ] {
            let Decision::Refused(refused) = registry.decide(origin.as_bytes()) else {
                panic!("{origin} is let in");
            };
            assert_eq!(refused.explain().reason(), &expected, "{origin}");
        }
    }

    #[test]
    fn an_empty_registry_refuses_everyone() {
        assert_eq!(verdict(&Registry::new(vec![], vec![]), "https://app.example.com"), "refused");
    }
}
