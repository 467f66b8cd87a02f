//! Looks for the allowed origin that was probably meant, by rules first and by spelling last.

use strsim::osa_distance;

use crate::{Origin, Reason, Registry};

/// Longer origins, in bytes, are not compared by spelling: the work grows with the square of the length.
const LONGEST_TO_SPELL: usize = 100;
/// No more than so many allowed origins of a similar length are compared by spelling.
const MOST_TO_SPELL: usize = 64;
/// How many typing errors (a letter added, left out, replaced, or two swapped) still make a likely mistake.
const MOST_ERRORS: usize = 3;

/// Why `origin`, which is well-formed, is refused, and what was probably meant.
pub(crate) fn find(registry: &Registry, origin: &Origin) -> (Reason, Option<String>) {
    if registry.let_in_once(origin) {
        return (Reason::Expired, None);
    }
    let let_in = |origin: Origin| Some(origin.to_string()).filter(|text| registry.lets_in(text));
    let by_rule = let_in(origin.with_other_scheme())
        .map(|meant| (Reason::OtherScheme, meant))
        .or_else(|| Some((Reason::OtherLoopback, origin.loopback_aliases().into_iter().find_map(let_in)?)))
        .or_else(|| Some((Reason::Www, www(registry, origin)?)))
        .or_else(|| Some((Reason::OtherPort, other_port(registry, origin)?)))
        .or_else(|| Some((Reason::OtherSchemeAndPort, other_port(registry, &origin.with_other_scheme())?)))
        .or_else(|| Some((Reason::BesidePattern, beside_pattern(registry, origin)?)));
    match by_rule {
        Some((reason, meant)) => (reason, Some(meant)),
        None => (Reason::NotListed, by_spelling(registry, &origin.to_string())),
    }
}

/// Among the origins that are listed by name alone: a pattern lets in any `www.`, which says nothing.
fn www(registry: &Registry, origin: &Origin) -> Option<String> {
    let meant = origin.with_www_toggled()?;
    registry.exact().any(|listed| *listed == meant).then(|| meant.to_string())
}

/// The same scheme and host with the closest port: a development server takes the next one when its own is in use.
fn other_port(registry: &Registry, origin: &Origin) -> Option<String> {
    let listed = registry
        .exact()
        .filter(|listed| listed.scheme() == origin.scheme() && listed.host_str() == origin.host_str());
    let covered =
        registry.patterns().filter(|pattern| pattern.scheme() == origin.scheme()).filter_map(|pattern| {
            let moved = origin.with_port(pattern.port());
            pattern.matches(moved.to_string().as_bytes()).then_some(moved)
        });
    let ported = listed.cloned().chain(covered);
    ported.min_by_key(|meant| meant.port().abs_diff(origin.port())).map(|meant| meant.to_string())
}

fn beside_pattern(registry: &Registry, origin: &Origin) -> Option<String> {
    let mut patterns = registry.patterns();
    let beside = patterns.find(|pattern| {
        pattern.scheme() == origin.scheme()
            && pattern.port() == origin.port()
            // Under a public suffix the neighbours are strangers, and no typing errors.
            && pattern.open_suffix().is_none()
            && pattern.shares_domain_with(origin.host_str())
    });
    beside.map(ToString::to_string)
}

fn by_spelling(registry: &Registry, origin: &str) -> Option<String> {
    if origin.len() > LONGEST_TO_SPELL {
        return None;
    }
    let similar = registry.exact().map(ToString::to_string);
    let similar = similar.filter(|listed| listed.len().abs_diff(origin.len()) <= MOST_ERRORS);
    let measured = similar.take(MOST_TO_SPELL).map(|listed| (osa_distance(&listed, origin), listed));
    measured
        .filter(|(errors, _)| *errors <= MOST_ERRORS)
        .min_by_key(|(errors, _)| *errors)
        .map(|(_, listed)| listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decision, Refusal, parse_list};

    fn explain(registry: &Registry, origin: &[u8]) -> Refusal {
        match registry.decide(origin) {
            Decision::Refused(refused) => refused.explain(),
            other => panic!("{other:?}"),
        }
    }

    fn registry() -> Registry {
        let list = "http://localhost:3000, http://localhost:5173, https://app.example.com, https://www.example.org, \
                    https://*.preview.example.com, https://pr-*.example.net:8443, https://site-*.github.io";
        Registry::new(vec![Origin::parse("https://api.example.com").unwrap()], parse_list(list).unwrap())
    }

    #[test]
    fn the_nearest_origin_is_found_by_rule_and_then_by_spelling() {
        for (origin, reason, nearest) in [
            ("https://localhost:5173", Reason::OtherScheme, Some("http://localhost:5173")),
            ("http://app.example.com", Reason::OtherScheme, Some("https://app.example.com")),
            ("http://a.preview.example.com", Reason::OtherScheme, Some("https://a.preview.example.com")),
            ("http://api.example.com", Reason::OtherScheme, Some("https://api.example.com")),
            ("http://127.0.0.1:5173", Reason::OtherLoopback, Some("http://localhost:5173")),
            ("http://[::1]:3000", Reason::OtherLoopback, Some("http://localhost:3000")),
            ("https://www.app.example.com", Reason::Www, Some("https://app.example.com")),
            ("https://example.org", Reason::Www, Some("https://www.example.org")),
            ("http://localhost:5174", Reason::OtherPort, Some("http://localhost:5173")),
            ("http://localhost", Reason::OtherPort, Some("http://localhost:3000")),
            ("https://pr-9.example.net", Reason::OtherPort, Some("https://pr-9.example.net:8443")),
            ("http://app.example.com:8080", Reason::OtherSchemeAndPort, Some("https://app.example.com")),
            ("https://a.b.preview.example.com", Reason::BesidePattern, Some("https://*.preview.example.com")),
            ("https://preview.example.com", Reason::BesidePattern, Some("https://*.preview.example.com")),
            ("https://rp-9.example.net:8443", Reason::BesidePattern, Some("https://pr-*.example.net:8443")),
            ("https://apq.example.com", Reason::NotListed, Some("https://app.example.com")),
            ("http://loaclhost:5173", Reason::NotListed, Some("http://localhost:5173")),
            ("https://evil.github.io", Reason::NotListed, None),
            ("https://evil.example", Reason::NotListed, None),
            ("http://10.0.0.1", Reason::NotListed, None),
        ] {
            let refusal = explain(&registry(), origin.as_bytes());
            assert_eq!((refusal.reason(), refusal.nearest()), (&reason, nearest), "{origin}");
        }
    }

    #[test]
    fn a_malformed_origin_points_to_the_one_that_it_misspells() {
        let refusal = explain(&registry(), b"http://localhost:5173/");
        assert!(matches!(refusal.reason(), Reason::Malformed(_)));
        assert_eq!(refusal.nearest(), Some("http://localhost:5173"));
        assert_eq!(explain(&registry(), b"https://evil.example/").nearest(), None);
        assert_eq!(explain(&registry(), b"\xff\xfe").nearest(), None);
    }

    #[test]
    fn of_what_browsers_do_send_it_is_not_said_that_none_does() {
        for origin in ["capacitor://localhost", "chrome-extension://abcdef", "http://0.0.0.0:5173"] {
            let refusal = explain(&registry(), origin.as_bytes());
            assert!(refusal.to_string().starts_with(&format!("`{origin}` has ")), "{refusal}");
        }
    }

    #[test]
    fn null_is_a_reason_of_its_own() {
        assert_eq!(explain(&registry(), b"null").reason(), &Reason::Null);
    }

    #[test]
    fn a_refusal_reads_as_a_sentence() {
        assert_eq!(
            explain(&registry(), b"http://localhost:5174").to_string(),
            "the origin is allowed with another port; did you mean http://localhost:5173?"
        );
        assert_eq!(explain(&registry(), b"https://evil.example").to_string(), "the origin is not listed");
    }

    #[test]
    fn long_origins_are_not_compared_by_spelling() {
        let long = format!("https://{}.example", "a.".repeat(60).trim_end_matches('.'));
        let registry = Registry::new(vec![], parse_list(&long).unwrap());
        assert_eq!(explain(&registry, long.replace("example", "exampel").as_bytes()).nearest(), None);
    }
}
