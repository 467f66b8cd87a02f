//! Tests: what holds for every text, not only for those that someone thought of.

use proptest::prelude::*;

use crate::{Decision, Origin, OriginPattern, Registry, Site, Topology, parse_list};

const LABEL: &str = "[a-z0-9_-]{1,20}";
/// Texts that come near an origin, for the random ones hardly ever do.
const NEAR_ORIGIN: &str =
    r"(https?|HTTP|ws|\*)?(://|:/|//)?([a-zA-Z0-9_*.@%\[\]ü-]|::){0,24}(:[0-9*]{0,6})?[/?# ]?";

fn registry() -> Registry {
    let list = "https://app.example.com, https://*.preview.example.com, https://app-*.example.org:8443";
    Registry::new(vec![Origin::parse("https://api.example.com").unwrap()], parse_list(list).unwrap())
}

fn allowed(registry: &Registry, origin: &str) -> bool {
    matches!(registry.decide(origin.as_bytes()), Decision::Allowed)
}

proptest! {
    #[test]
    fn whatever_parses_displays_as_it_was_written(text in NEAR_ORIGIN) {
        if let Ok(origin) = Origin::parse(&text) {
            prop_assert_eq!(origin.to_string(), &*text);
        }
        if let Ok(pattern) = OriginPattern::parse(&text) {
            prop_assert_eq!(pattern.to_string(), text);
        }
    }

    #[test]
    fn every_name_and_every_address_survives_a_round_trip(
        name in "[a-z][a-z0-9_-]{0,20}(\\.[a-z][a-z0-9_-]{0,20}){0,4}",
        v4 in any::<std::net::Ipv4Addr>().prop_filter("no origin has this", |v4| !v4.is_unspecified()),
        v6 in any::<std::net::Ipv6Addr>().prop_filter("browsers write these otherwise or never", |v6| {
            v6.to_ipv4_mapped().is_none() && !v6.is_unspecified()
        }),
        port in 1..=u16::MAX,
    ) {
        for host in [name, v4.to_string(), format!("[{v6}]")] {
            let port = if port == 443 { String::new() } else { format!(":{port}") };
            let text = format!("https://{host}{port}");
            let origin = Origin::parse(&text);
            prop_assert_eq!(origin.map(|origin| origin.to_string()), Ok(text));
        }
    }

    #[test]
    fn a_suggestion_is_always_valid_where_the_fault_stood(text in NEAR_ORIGIN) {
        if let Err(error) = Origin::parse(&text) {
            prop_assert!(error.instead().is_none_or(|instead| Origin::parse(instead).is_ok()), "{}", error);
        }
        if let Err(error) = OriginPattern::parse(&text) {
            prop_assert!(error.instead().is_none_or(|instead| OriginPattern::parse(instead).is_ok()), "{}", error);
        }
    }

    #[test]
    fn a_pattern_matches_one_label_and_nothing_more(label in LABEL, second in LABEL, port in 1..=u16::MAX) {
        let registry = registry();
        let whole = format!("https://{label}.preview.example.com");
        prop_assert!(allowed(&registry, &whole));
        let second_label = format!("https://{second}.{label}.preview.example.com");
        prop_assert!(!allowed(&registry, &second_label));
        let scheme = format!("http://{label}.preview.example.com");
        prop_assert!(!allowed(&registry, &scheme));
        let ported = format!("https://{label}.preview.example.com:{port}");
        prop_assert!(!allowed(&registry, &ported));
        let longer = format!("https://{label}.preview.example.com.{second}");
        prop_assert!(!allowed(&registry, &longer));
        let glued = format!("https://{label}preview.example.com");
        prop_assert!(!allowed(&registry, &glued));
        prop_assert!(!allowed(&registry, "https://preview.example.com"));

        let part = format!("https://app-{label}.example.org:8443");
        prop_assert!(allowed(&registry, &part));
        let deeper = format!("https://app-{label}.{second}.example.org:8443");
        prop_assert!(!allowed(&registry, &deeper));
        prop_assert_eq!(allowed(&registry, &format!("https://app-{label}.example.org:{port}")), port == 8443);
    }

    #[test]
    fn no_pattern_lets_in_a_second_label_its_bare_domain_or_another_scheme(
        (https, whole) in any::<(bool, bool)>(),
        before in "[a-z0-9]{1,8}-",
        domain in "[a-z]{1,12}(\\.[a-z]{1,12}){0,2}",
        tld in prop::sample::select(vec!["com", "co.uk", "github.io", "internal", "localhost"]),
        port in prop::option::of(1024..=u16::MAX),
        (star, second) in (LABEL, LABEL),
    ) {
        let before = if whole { String::new() } else { before };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let (scheme, other) = if https { ("https", "http") } else { ("http", "https") };
        let domain = format!("{domain}.{tld}");
        let Ok(pattern) = OriginPattern::parse(&format!("{scheme}://{before}*.{domain}{port}")) else {
            // Only where strangers can register below the domain, or the name is too long.
            return Ok(());
        };
        let registry = Registry::new(vec![], vec![pattern.clone()]);
        let fits = format!("{scheme}://{before}{star}.{domain}{port}");
        prop_assert!(allowed(&registry, &fits), "{fits}");
        for stranger in [
            format!("{scheme}://{second}.{before}{star}.{domain}{port}"),
            format!("{scheme}://{before}{star}.{second}.{domain}{port}"),
            format!("{scheme}://{before}.{domain}{port}"),
            format!("{scheme}://.{domain}{port}"),
            format!("{scheme}://{domain}{port}"),
            format!("{scheme}://{tld}{port}"),
            format!("{other}://{before}{star}.{domain}{port}"),
            format!("{scheme}://{before}{star}.{domain}.{second}{port}"),
            format!("{scheme}://{before}{star}.{domain}{port}0"),
            format!("{scheme}://{before}{star}.{domain}{port}/"),
        ] {
            prop_assert!(!allowed(&registry, &stranger), "{pattern} {stranger}");
        }
        let example = pattern.example().map(|example| example.to_string()).unwrap_or_default();
        prop_assert!(allowed(&registry, &example), "{pattern} {example}");
    }

    #[test]
    fn a_pattern_for_a_whole_label_never_spans_the_names_of_strangers(
        name in "[a-z]{1,12}",
        tld in prop::sample::select(vec!["com", "co.uk", "github.io", "vercel.app", "internal", "ck", "kawasaki.jp"]),
    ) {
        let bare = OriginPattern::parse(&format!("https://*.{tld}"));
        prop_assert!(bare.is_err());
        // Directly below a suffix of suffixes every name is a suffix, too.
        let pattern = OriginPattern::parse(&format!("https://*.{name}.{tld}"));
        prop_assert!(pattern.is_err() || !pattern.is_ok_and(|pattern| pattern.is_many_sites()));
    }

    #[test]
    fn a_site_minds_the_scheme_and_the_registrable_domain_and_nothing_else(
        (https, near) in any::<(bool, bool)>(),
        (sub, sibling) in ("([a-z]{1,8}\\.){0,3}", "([a-z]{1,8}\\.){0,3}"),
        name in "[a-z]{3,12}",
        tld in prop::sample::select(vec!["com", "co.uk", "github.io", "internal", "localhost"]),
        (port, other_port) in (1024..=u16::MAX, 1024..=u16::MAX),
    ) {
        let parse = |text: String| Origin::parse(&text).unwrap();
        let domain = if near { name.clone() } else { format!("{name}2") };
        let api = parse(format!("https://{sub}{name}9.{tld}:{port}"));
        let page = parse(format!("{}://{sibling}{domain}9.{tld}:{other_port}", if https { "https" } else { "http" }));
        prop_assert_eq!(Site::of(&api) == Site::of(&page), https && near);
        let topology = Topology::between(&api, &page);
        prop_assert_eq!(topology.is_cross_site(), !(https && near));
        prop_assert_eq!(topology, Topology::between(&page, &api));
        prop_assert_eq!(Topology::between(&api, &api), Topology::SameOrigin);
    }

    #[test]
    fn what_stands_for_the_star_is_a_part_of_a_host(star in any::<String>()) {
        let origin = format!("https://{star}.preview.example.com");
        let label = !star.is_empty() && star.len() <= 63
            && star.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        prop_assert_eq!(allowed(&registry(), &origin), label);
    }

    #[test]
    fn every_allowed_text_is_an_origin_and_its_pattern_agrees(
        length in 1_usize..300,
        domain in "[a-z]{1,60}(\\.[a-z]{1,60}){1,3}",
    ) {
        let Ok(pattern) = OriginPattern::parse(&format!("https://a*.{domain}.example.com")) else {
            return Ok(());
        };
        let text = format!("https://a{}.{domain}.example.com", "b".repeat(length));
        let parsed = Origin::parse(&text);
        // Text and origin agree also at the limits of DNS.
        prop_assert_eq!(allowed(&Registry::new(vec![], vec![pattern.clone()]), &text), parsed.is_ok());
        prop_assert!(parsed.is_err() || parsed.is_ok_and(|origin| pattern.matches(&origin)));
    }

    #[test]
    fn no_header_makes_the_registry_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Decision::Refused(refused) = registry().decide(&bytes) {
            prop_assert!(!refused.explain().to_string().is_empty());
        }
    }

    #[test]
    fn no_near_origin_makes_the_registry_panic_or_point_to_one_it_refuses(text in NEAR_ORIGIN) {
        let registry = registry();
        if let Decision::Refused(refused) = registry.decide(text.as_bytes()) {
            let refusal = refused.explain();
            let listed = |nearest: &str| registry.lets_in(nearest)
                || registry.allowed().iter().any(|pattern| pattern.to_string() == nearest);
            prop_assert!(refusal.nearest().is_none_or(listed), "{}", refusal);
        }
    }
}
