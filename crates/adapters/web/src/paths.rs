//! Which paths are the API's: what a reverse proxy that shares an origin with a frontend hands over.

/// A part of the API's address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiPath {
    /// This path alone.
    Exact(&'static str),
    /// Every path below this one, which ends in no slash: `/auth` stands for `/auth/login`, not for `/auth` itself.
    Below(&'static str),
}

/// Every path of the API. A test compares it with the routes as they are registered.
pub const API_PATHS: &[ApiPath] = &[
    ApiPath::Exact("/greet"),
    ApiPath::Exact("/set-cookie"),
    ApiPath::Exact("/get-cookie"),
    ApiPath::Exact("/delete-cookie"),
    ApiPath::Below("/auth"),
    ApiPath::Exact("/secure"),
    ApiPath::Below("/admin"),
    ApiPath::Exact("/diagnostics"),
    ApiPath::Exact("/diagnostics.js"),
    ApiPath::Below("/diagnostics"),
    ApiPath::Exact("/.well-known/jwks.json"),
    ApiPath::Below("/health"),
];

impl ApiPath {
    /// Whether a path, or the pattern of a route, is in this part.
    pub fn covers(self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => path == exact,
            Self::Below(parent) => path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_covers_whole_segments_only() {
        let below = ApiPath::Below("/auth");
        for (path, covered) in [
            ("/auth/login", true),
            ("/auth/", true),
            ("/auth", false),
            ("/authors", false),
            ("/x/auth/", false),
        ] {
            assert_eq!(below.covers(path), covered, "{path}");
        }
        assert!(ApiPath::Exact("/greet").covers("/greet") && !ApiPath::Exact("/greet").covers("/greet/"));
    }
}
