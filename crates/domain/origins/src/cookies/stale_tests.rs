//! Tests: which leftovers are expired, and how.

use proptest::prelude::*;

use crate::{
    Browser, Call, CookieAttributes, CookieDomain, CookieOverrides, CookiePrefix, CookieProfile,
    FormerScopes, Origin, SameSite, Verdict,
};

const API: &str = "https://api.example.com";

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn shown(cookie: &CookieAttributes<'_>) -> String {
    let domain = cookie.domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
    let secure = if cookie.secure { "; Secure" } else { "" };
    let partitioned = if cookie.partitioned { "; Partitioned" } else { "" };
    format!("{}x; {}; {}{domain}{secure}{partitioned}", cookie.prefix.as_str(), cookie.path, cookie.same_site)
}

/// The leftovers of a cookie at `path` for a request with so many cookies of each prefix: none, `__Secure-`, `__Host-`.
fn stale(
    profile: &CookieProfile,
    api: &str,
    path: &str,
    former: &FormerScopes,
    came: [usize; 3],
) -> Vec<String> {
    let variants = profile.stale_variants(&origin(api), path, &[], former, |prefix| came[prefix as usize]);
    variants.iter().map(shown).collect()
}

fn near(api: &str) -> CookieProfile {
    CookieProfile::for_same_site(&origin(api), &CookieOverrides::default())
}

fn far(api: &str) -> CookieProfile {
    CookieProfile::for_cross_site(&origin(api), &CookieOverrides::default()).unwrap()
}

#[test]
fn where_nothing_but_todays_cookie_came_nothing_is_expired() {
    for came in [[0, 0, 0], [0, 0, 1]] {
        assert_eq!(stale(&near(API), API, "/", &FormerScopes::default(), came), [""; 0]);
        assert_eq!(stale(&far(API), API, "/", &FormerScopes::default(), came), [""; 0]);
    }
}

#[test]
fn a_cookie_under_another_prefix_is_expired_wherever_it_may_stand() {
    let former = FormerScopes { domains: vec![CookieDomain::parse("example.com").unwrap()], paths: vec![] };
    assert_eq!(
        stale(&near(API), API, "/", &former, [1, 0, 1]),
        [
            "x; /; Lax; Secure",
            "x; /; None; Secure; Partitioned",
            "x; /; Lax; Domain=example.com; Secure",
            "x; /; None; Domain=example.com; Secure; Partitioned",
        ]
    );
    assert_eq!(
        stale(&far(API), API, "/", &FormerScopes::default(), [0, 1, 1]),
        ["__Secure-x; /; None; Secure", "__Secure-x; /; None; Secure; Partitioned"]
    );
}

#[test]
fn a_second_cookie_of_todays_name_is_expired_and_todays_is_kept() {
    assert_eq!(
        stale(&far(API), API, "/", &FormerScopes::default(), [0, 0, 2]),
        ["__Host-x; /; None; Secure"]
    );
    assert_eq!(
        stale(&near(API), API, "/", &FormerScopes::default(), [0, 0, 2]),
        ["__Host-x; /; None; Secure; Partitioned"]
    );
}

#[test]
fn former_paths_and_domains_count_where_browsers_would_take_them() {
    let domains = ["example.com", "com", "other.com"].map(|text| CookieDomain::parse(text).unwrap());
    let former = FormerScopes { paths: vec!["/".to_owned(), "/auth".to_owned()], domains: domains.to_vec() };
    assert_eq!(
        stale(&near(API), API, "/auth", &former, [0, 2, 0]),
        [
            "__Secure-x; /auth; None; Secure; Partitioned",
            "__Secure-x; /auth; Lax; Domain=example.com; Secure",
            "__Secure-x; /auth; None; Domain=example.com; Secure; Partitioned",
            "__Secure-x; /; Lax; Secure",
            "__Secure-x; /; None; Secure; Partitioned",
            "__Secure-x; /; Lax; Domain=example.com; Secure",
            "__Secure-x; /; None; Domain=example.com; Secure; Partitioned",
        ]
    );
    // Neither the public suffix nor a path other than `/` goes with `__Host-`.
    assert_eq!(
        stale(&near(API), API, "/auth", &former, [0, 0, 1]),
        ["__Host-x; /; Lax; Secure", "__Host-x; /; None; Secure; Partitioned"]
    );
}

#[test]
fn over_http_only_what_a_browser_would_heed_is_expired() {
    let former = FormerScopes { paths: vec!["/auth".to_owned()], domains: vec![] };
    let lan = "http://10.0.0.7:5000";
    assert_eq!(stale(&near(lan), lan, "/", &former, [2, 1, 1]), ["x; /auth; Lax"]);
    let here = "http://localhost:5000";
    assert_eq!(
        stale(&near(here), here, "/", &former, [2, 0, 1]),
        [
            "x; /; None; Secure; Partitioned",
            "x; /auth; Lax",
            "x; /auth; None; Secure; Partitioned",
            "__Host-x; /; Lax; Secure",
            "__Host-x; /; None; Secure; Partitioned",
        ]
    );
}

fn overrides() -> impl Strategy<Value = CookieOverrides> {
    let same_site = prop::option::of(prop::sample::select(vec![SameSite::Lax, SameSite::None]));
    let domain = prop::option::of(Just(CookieDomain::parse("example.com").unwrap()));
    let prefix = prop::option::of(prop::sample::select(CookiePrefix::ALL.to_vec()));
    (same_site, any::<Option<bool>>(), domain, any::<Option<bool>>(), prefix).prop_map(
        |(same_site, secure, domain, partitioned, prefix)| CookieOverrides {
            same_site,
            secure,
            domain,
            partitioned,
            prefix,
        },
    )
}

proptest! {
    #[test]
    fn todays_cookie_is_never_expired_and_chromium_heeds_every_end(
        overrides in overrides(),
        frontend in prop::sample::select(vec![API, "https://app.example.com", "https://app.example.org"]),
        path in prop::sample::select(vec!["/", "/auth"]),
        came in prop::array::uniform3(0_usize..4),
    ) {
        let (api, frontend) = (origin(API), origin(frontend));
        let profile = CookieProfile::between(&api, &frontend, &overrides).unwrap();
        let today = profile.attributes(path);
        let verdict = |cookie: &CookieAttributes<'_>| Browser::Chrome.judge(cookie, Call { api: &api, frontend: &frontend });
        if let Verdict::Dropped(_) = verdict(&today) {
            return Ok(());
        }
        let former = FormerScopes {
            paths: vec!["/".to_owned()],
            domains: vec![CookieDomain::parse("api.example.com").unwrap()],
        };
        for variant in profile.stale_variants(&api, path, &[], &former, |prefix| came[prefix as usize]) {
            let place = |c: &CookieAttributes<'_>| (c.prefix, c.path.to_owned(), c.domain.cloned(), c.partitioned);
            prop_assert_ne!(place(&variant), place(&today));
            prop_assert!(!matches!(verdict(&variant), Verdict::Dropped(_)), "{}", shown(&variant));
        }
    }
}
