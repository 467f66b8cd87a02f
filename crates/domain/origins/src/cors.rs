//! Whether a page may call and read the answer: the one rule of CORS (Fetch standard, section 3.3), free of any server.

use crate::{OriginHeader, RefusedOrigin, RouteKind};

/// The methods that a frontend may use on every route.
pub const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// The request headers that a frontend may send, beyond what the Fetch standard allows unasked; operators may add more.
pub const REQUEST_HEADERS: [&str; 8] = [
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "X-CSRF-Token",
    "X-Request-Id",
    "traceparent",
    "tracestate",
];

/// What an operator has chosen beyond the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorsPolicy {
    /// Whether the public routes answer to any origin at all.
    pub open_public_routes: bool,
    /// Whether a request of an origin that may not call is refused, rather than answered without CORS headers.
    pub reject_unknown_origins: bool,
}

/// What of a request CORS decides by.
#[derive(Clone, Copy, Debug)]
pub struct CorsRequest<'a> {
    /// The `Origin` header.
    pub origin: OriginHeader<'a>,
    /// What the path is for.
    pub route: RouteKind,
    /// Whether it is a preflight: OPTIONS with an `Origin` and the method that is asked for.
    pub preflight: bool,
}

/// What becomes of a request, as far as CORS cares.
#[derive(Clone, Copy, Debug)]
pub enum Sharing<'a> {
    /// It has no `Origin`: it comes from no browser, or from a page of the API's own that only reads. It is answered
    /// without CORS headers.
    NotAsked,
    /// It has no `Origin` and its route is open to the world: the answer may be shared with `*`, without credentials.
    World,
    /// Its route is open to the world: whatever its origin is, the answer is shared with it.
    AnyOrigin,
    /// It comes from one of the API's own origins: the answer is shared with it.
    Own,
    /// It comes from an origin that may call: the answer is shared with it.
    Allowed,
    /// It is answered without CORS headers, so that the browser keeps the answer from the page.
    Withheld(Stranger<'a>),
    /// It is answered 403, without CORS headers.
    Refused(Stranger<'a>),
}

/// Whoever may not call.
#[derive(Clone, Copy, Debug)]
pub enum Stranger<'a> {
    /// An origin that is neither the API's own nor allowed.
    Origin(RefusedOrigin<'a>),
    /// Several `Origin` headers, where browsers send one.
    SeveralOrigins,
}

impl CorsPolicy {
    /// Judges a request.
    pub fn judge<'a>(self, request: &CorsRequest<'a>) -> Sharing<'a> {
        use crate::Decision::{Allowed, Own, Refused};

        let open = self.open_public_routes && request.route == RouteKind::Public;
        let stranger = match request.origin {
            OriginHeader::Absent if open => return Sharing::World,
            OriginHeader::Absent => return Sharing::NotAsked,
            OriginHeader::Several => Stranger::SeveralOrigins,
            OriginHeader::One(_) if open => return Sharing::AnyOrigin,
            OriginHeader::One(Own) => return Sharing::Own,
            OriginHeader::One(Allowed) => return Sharing::Allowed,
            OriginHeader::One(Refused(refused)) => Stranger::Origin(refused),
        };
        // A preflight that is refused ends here, so that the request it asks for is never sent.
        if request.preflight || self.reject_unknown_origins {
            Sharing::Refused(stranger)
        } else {
            Sharing::Withheld(stranger)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, Registry, parse_list};

    fn name(sharing: Sharing<'_>) -> &'static str {
        match sharing {
            Sharing::NotAsked => "not asked",
            Sharing::World => "world",
            Sharing::AnyOrigin => "any origin",
            Sharing::Own => "own",
            Sharing::Allowed => "allowed",
            Sharing::Withheld(_) => "withheld",
            Sharing::Refused(_) => "refused",
        }
    }

    #[test]
    fn an_answer_is_shared_with_those_who_may_call_and_with_everybody_where_the_public_group_is_open() {
        let own = Origin::parse("https://api.example.com").unwrap();
        let registry = Registry::new(vec![own], parse_list("https://app.example.com").unwrap());
        // Each row: the Origin headers; then the outcome for an actual request and a preflight to an ordinary route, and to
        // a public one that is open.
        for (origins, expected) in [
            (vec![], ["not asked", "not asked", "world", "world"]),
            (vec!["https://api.example.com"], ["own", "own", "any origin", "any origin"]),
            (vec!["https://app.example.com"], ["allowed", "allowed", "any origin", "any origin"]),
            (vec!["null"], ["withheld", "refused", "any origin", "any origin"]),
            (vec!["https://app.example.com", "null"], ["withheld", "refused", "withheld", "refused"]),
        ] {
            let judge = |open_public_routes, reject_unknown_origins, route, preflight| {
                let origin = OriginHeader::read(&registry, origins.iter().map(|origin| origin.as_bytes()));
                let policy = CorsPolicy { open_public_routes, reject_unknown_origins };
                name(policy.judge(&CorsRequest { origin, route, preflight }))
            };
            let found = [
                judge(true, false, RouteKind::Ordinary, false),
                judge(true, false, RouteKind::Ordinary, true),
                judge(true, false, RouteKind::Public, false),
                judge(true, false, RouteKind::Public, true),
            ];
            assert_eq!(found, expected, "{origins:?}");
            let closed = |preflight| judge(false, false, RouteKind::Public, preflight);
            assert_eq!([closed(false), closed(true)], expected[..2], "{origins:?}, closed");
            let rejecting = |route| judge(true, true, route, false);
            let expected = expected.map(|outcome| if outcome == "withheld" { "refused" } else { outcome });
            assert_eq!(rejecting(RouteKind::ChangesWhenRead), expected[0], "{origins:?}, rejecting");
            assert_eq!(rejecting(RouteKind::Public), expected[2], "{origins:?}, rejecting");
        }
    }
}
