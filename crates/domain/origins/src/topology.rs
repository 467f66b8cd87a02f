//! How far a frontend is from the API: what decides which cookies a browser lets pass between them.

use crate::{Origin, Site};

/// How a frontend's origin stands to the API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topology {
    /// They are one origin.
    SameOrigin,
    /// They are two origins of one schemeful site: `https://app.example.com` and `https://api.example.com`.
    SameSite,
    /// They are of two sites. `localhost` and `127.0.0.1` are, and http and https of one host are.
    CrossSite,
}

impl Topology {
    /// How `frontend` stands to `api`.
    pub fn between(api: &Origin, frontend: &Origin) -> Self {
        if api == frontend {
            Self::SameOrigin
        } else if Site::of(api) == Site::of(frontend) {
            Self::SameSite
        } else {
            Self::CrossSite
        }
    }

    /// Whether they are of two sites.
    pub fn is_cross_site(self) -> bool {
        self == Self::CrossSite
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_origins_are_one_or_of_one_site_or_of_two() {
        use Topology::{CrossSite, SameOrigin, SameSite};
        for (api, frontend, expected) in [
            ("https://api.example.com", "https://api.example.com", SameOrigin),
            ("https://api.example.com", "https://app.example.com", SameSite),
            ("https://api.example.com", "https://api.example.com:8443", SameSite),
            ("https://api.example.com", "https://example.com", SameSite),
            ("https://api.example.com", "http://api.example.com", CrossSite),
            ("https://api.example.com", "https://app.example.org", CrossSite),
            ("https://api.example.co.uk", "https://app.other.co.uk", CrossSite),
            ("https://api.github.io", "https://app.github.io", CrossSite),
            ("http://localhost:5000", "http://localhost:5173", SameSite),
            ("http://localhost:5000", "http://127.0.0.1:5173", CrossSite),
            ("http://localhost:5000", "http://foo.localhost:5173", CrossSite),
            ("http://localhost:5000", "https://localhost:5173", CrossSite),
            ("http://127.0.0.1:5000", "http://127.0.0.2:5000", CrossSite),
            ("http://[::1]:5000", "http://[::1]:5173", SameSite),
            ("http://10.0.0.7:5000", "http://10.0.0.7", SameSite),
        ] {
            let [a, b] = [api, frontend].map(|text| Origin::parse(text).unwrap());
            assert_eq!(Topology::between(&a, &b), expected, "{api} {frontend}");
            assert_eq!(Topology::between(&b, &a), expected, "{frontend} {api}");
        }
    }
}
