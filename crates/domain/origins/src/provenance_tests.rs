//! The rule of provenance, sentence by sentence.

use crate::{
    Decision, Distrust, FetchSite, Origin, OriginHeader, Provenance, Registry, RouteKind, Trust, parse_list,
};

const OWN: &[u8] = b"https://api.example.com";
const ALLOWED: &[u8] = b"https://app.example.com";
const STRANGER: &[u8] = b"https://evil.example";

const SAFE: [&str; 4] = ["GET", "HEAD", "OPTIONS", "TRACE"];
const UNSAFE: [&str; 6] = ["POST", "PUT", "PATCH", "DELETE", "get", "BREW"];

fn registry() -> Registry {
    Registry::new(
        vec![Origin::parse("https://api.example.com").unwrap()],
        parse_list("https://app.example.com").unwrap(),
    )
}

fn write<'a>(registry: &'a Registry, origins: &[&'a [u8]], fetch_sites: &[&[u8]]) -> Provenance<'a> {
    Provenance {
        method: "POST",
        route: RouteKind::Ordinary,
        bearer: false,
        origin: OriginHeader::read(registry, origins.iter().copied()),
        fetch_site: FetchSite::read(fetch_sites.iter().copied()),
    }
}

#[test]
fn an_origin_that_may_call_passes_whatever_the_fetch_metadata_says() {
    let registry = registry();
    for site in ["same-origin", "same-site", "cross-site", "none", "", "martian"] {
        let judged = |origin| write(&registry, &[origin], &[site.as_bytes()]).judge().unwrap();
        assert_eq!((judged(OWN), judged(ALLOWED)), (Trust::OwnOrigin, Trust::AllowedOrigin), "{site}");
    }
}

#[test]
fn any_other_origin_is_refused_whatever_the_fetch_metadata_says() {
    let registry = registry();
    for site in ["same-origin", "none", "cross-site"] {
        for origin in [STRANGER, b"null", b"", b"https://app.example.com/", b"\xff"] {
            let judged = write(&registry, &[origin], &[site.as_bytes()]).judge().err();
            assert!(matches!(judged, Some(Distrust::Origin(_))), "{origin:?} {site}: {judged:?}");
        }
        let judged = write(&registry, &[OWN, OWN], &[site.as_bytes()]).judge().err();
        assert!(matches!(judged, Some(Distrust::SeveralOrigins)), "{site}: {judged:?}");
    }
}

#[test]
fn without_an_origin_the_fetch_metadata_decides() {
    let registry = registry();
    let judge = |sites: &[&[u8]]| match write(&registry, &[], sites).judge() {
        Ok(trust) => Ok(trust),
        Err(Distrust::FetchSite(site)) => Err(site),
        Err(other) => panic!("{other}"),
    };
    assert_eq!(judge(&[]), Ok(Trust::NoBrowser));
    assert_eq!(judge(&[b"same-origin"]), Ok(Trust::SameOrigin));
    assert_eq!(judge(&[b"none"]), Ok(Trust::User));
    assert_eq!(judge(&[b"same-site"]), Err(FetchSite::SameSite));
    assert_eq!(judge(&[b"cross-site"]), Err(FetchSite::CrossSite));
    for unknown in [&b""[..], b"SAME-ORIGIN", b"same-origin, none", b"same-origin;a", b"martian", b"\xff"] {
        assert_eq!(judge(&[unknown]), Err(FetchSite::Unknown), "{unknown:?}");
    }
    assert_eq!(judge(&[b"same-origin", b"same-origin"]), Err(FetchSite::Unknown));
}

#[test]
fn only_what_changes_something_is_judged_by_where_it_comes_from() {
    let registry = registry();
    let from_stranger =
        |method, route| Provenance { method, route, ..write(&registry, &[STRANGER], &[b"cross-site"]) };
    for method in SAFE {
        assert_eq!(from_stranger(method, RouteKind::Ordinary).judge().unwrap(), Trust::ReadsOnly, "{method}");
        let refused = from_stranger(method, RouteKind::ChangesWhenRead).judge().is_err();
        assert_eq!(refused, matches!(method, "GET" | "HEAD"), "{method}");
    }
    for method in UNSAFE {
        for route in [RouteKind::Ordinary, RouteKind::ChangesWhenRead] {
            assert!(from_stranger(method, route).judge().is_err(), "{method}");
        }
    }
    for method in SAFE.into_iter().chain(UNSAFE) {
        assert_eq!(from_stranger(method, RouteKind::Public).judge().unwrap(), Trust::Public, "{method}");
    }
}

#[test]
fn a_bearer_is_never_forged() {
    let registry = registry();
    for origin in [STRANGER, b"null", OWN] {
        let request = Provenance { bearer: true, ..write(&registry, &[origin], &[b"cross-site"]) };
        assert_eq!(request.judge().unwrap(), Trust::Bearer);
    }
}

#[test]
fn a_refused_origin_still_tells_why() {
    let registry = registry();
    match write(&registry, &[b"http://app.example.com"], &[]).judge() {
        Err(Distrust::Origin(refused)) => {
            assert_eq!(refused.explain().nearest(), Some("https://app.example.com"));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(registry.decide(ALLOWED), Decision::Allowed));
}
