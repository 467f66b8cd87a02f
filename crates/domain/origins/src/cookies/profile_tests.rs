//! Tests: the derivation, line by line.

use crate::{CookieDomain, CookieOverrides, CookiePrefix, CookieProfile, Origin, SameSite};

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

/// Shows the attributes of a cookie at `/` and of one at `/auth`, as a `Set-Cookie` header would.
fn shown(profile: &CookieProfile) -> String {
    let prefixes = ["/", "/auth"].map(|path| match profile.prefix(path) {
        CookiePrefix::None => "-",
        prefix => prefix.as_str(),
    });
    let mut shown = format!("{} {} {}", prefixes[0], prefixes[1], profile.same_site());
    for (set, name) in [(profile.is_secure(), " Secure"), (profile.is_partitioned(), " Partitioned")] {
        shown.push_str(if set { name } else { "" });
    }
    if let Some(domain) = profile.domain() {
        shown.push_str(&format!(" Domain={domain}"));
    }
    shown
}

fn derive(api: &str, frontend: &str, overrides: &CookieOverrides) -> String {
    match CookieProfile::between(&origin(api), &origin(frontend), overrides) {
        Ok(profile) => shown(&profile),
        Err(impossible) => impossible.to_string(),
    }
}

#[test]
fn attributes_follow_from_where_the_api_and_the_frontend_live() {
    for (api, frontend, expected) in [
        ("https://api.example.com", "https://api.example.com", "__Host- __Secure- Lax Secure"),
        ("https://api.example.com", "https://app.example.com", "__Host- __Secure- Lax Secure"),
        ("https://api.example.com", "https://app.example.org", "__Host- __Secure- None Secure Partitioned"),
        ("https://api.example.com", "http://app.example.com", "__Host- __Secure- None Secure Partitioned"),
        ("http://api.example.com", "http://app.example.com", "- - Lax"),
        ("http://localhost:5000", "http://localhost:5173", "- - Lax"),
        ("http://localhost:5000", "http://127.0.0.1:5173", "- - None Secure Partitioned"),
        ("http://localhost:5000", "http://foo.localhost:5173", "- - None Secure Partitioned"),
        ("http://localhost:5000", "https://localhost:5173", "- - None Secure Partitioned"),
        ("https://localhost:5000", "http://localhost:5173", "__Host- __Secure- None Secure Partitioned"),
    ] {
        assert_eq!(derive(api, frontend, &CookieOverrides::default()), expected, "{api} {frontend}");
    }
}

#[test]
fn over_http_between_sites_nothing_can_be_derived_unless_the_api_is_on_this_machine() {
    for (api, frontend) in [
        ("http://api.example.com", "http://app.example.org"),
        ("http://api.example.com", "http://localhost:5173"),
        ("http://10.0.0.7:5000", "http://10.0.0.8:5173"),
        ("http://api.example.com", "https://api.example.com"),
    ] {
        let expected = format!(
            "{frontend} is of another site than the API at {api}, which is http, and browsers keep no cookie between \
             them; serve the API over https, or both from one site"
        );
        let told = derive(api, frontend, &CookieOverrides::default());
        assert!(told.starts_with(&expected), "{told}");
        assert_eq!(told.contains("server.aliases"), frontend.starts_with("http:"), "{told}");
    }
    for frontend in ["https://app.example.com", "http://app.example.com", "http://127.0.0.1:5173"] {
        let derived = derive("http://localhost:5000", frontend, &CookieOverrides::default());
        assert_eq!(derived, "- - None Secure Partitioned");
    }
}

#[test]
fn what_the_operator_sets_replaces_what_is_derived() {
    let domain = CookieDomain::parse("example.com").unwrap();
    let none = CookieOverrides::default();
    let (api, near, far) = ("https://api.example.com", "https://app.example.com", "https://app.example.org");
    for (overrides, near_by, far_off) in [
        (
            CookieOverrides { same_site: Some(SameSite::Strict), ..none.clone() },
            "__Host- __Secure- Strict Secure",
            "__Host- __Secure- Strict Secure",
        ),
        (
            CookieOverrides { same_site: Some(SameSite::None), ..none.clone() },
            "__Host- __Secure- None Secure",
            "__Host- __Secure- None Secure Partitioned",
        ),
        (CookieOverrides { secure: Some(false), ..none.clone() }, "- - Lax", "- - None Partitioned"),
        (
            CookieOverrides { domain: Some(domain.clone()), ..none.clone() },
            "__Secure- __Secure- Lax Secure Domain=example.com",
            "__Secure- __Secure- None Secure Partitioned Domain=example.com",
        ),
        (
            CookieOverrides { partitioned: Some(false), ..none.clone() },
            "__Host- __Secure- Lax Secure",
            "__Host- __Secure- None Secure",
        ),
        (
            CookieOverrides { partitioned: Some(true), ..none.clone() },
            "__Host- __Secure- Lax Secure Partitioned",
            "__Host- __Secure- None Secure Partitioned",
        ),
        (
            CookieOverrides { prefix: Some(CookiePrefix::None), ..none.clone() },
            "- - Lax Secure",
            "- - None Secure Partitioned",
        ),
        (
            CookieOverrides { prefix: Some(CookiePrefix::Secure), ..none.clone() },
            "__Secure- __Secure- Lax Secure",
            "__Secure- __Secure- None Secure Partitioned",
        ),
        (
            CookieOverrides { prefix: Some(CookiePrefix::Host), domain: Some(domain), ..none.clone() },
            "__Host- __Secure- Lax Secure Domain=example.com",
            "__Host- __Secure- None Secure Partitioned Domain=example.com",
        ),
    ] {
        assert_eq!(derive(api, near, &overrides), near_by);
        assert_eq!(derive(api, far, &overrides), far_off);
    }
}

#[test]
fn secure_by_hand_over_http_brings_no_prefix() {
    let overrides = CookieOverrides { secure: Some(true), ..CookieOverrides::default() };
    assert_eq!(derive("http://localhost:5000", "http://localhost:5173", &overrides), "- - Lax Secure");
}
