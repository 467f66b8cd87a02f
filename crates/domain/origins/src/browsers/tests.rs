//! Tests: the table of verdicts. Lines marked Chromium 156 are what that browser did with our own server.

use proptest::prelude::*;

use super::DropReason::{self, *};
use crate::{
    Browser, Call, CookieAttributes, CookieDomain, CookieOverrides, CookiePrefix, CookieProfile, Origin,
    SameSite, Verdict,
};

const HERE: &str = "http://localhost:5000";
const API: &str = "https://api.example.com";

const PLAIN: CookieAttributes<'_> = CookieAttributes {
    prefix: CookiePrefix::None,
    path: "/",
    domain: None,
    same_site: SameSite::Lax,
    secure: false,
    partitioned: false,
};
const SECURE: CookieAttributes<'_> = CookieAttributes { secure: true, ..PLAIN };
const NONE: CookieAttributes<'_> = CookieAttributes { same_site: SameSite::None, ..SECURE };
const PARTITIONED: CookieAttributes<'_> = CookieAttributes { partitioned: true, ..NONE };
const SECURE_PREFIX: CookieAttributes<'_> = CookieAttributes { prefix: CookiePrefix::Secure, ..SECURE };
const HOST_PREFIX: CookieAttributes<'_> = CookieAttributes { prefix: CookiePrefix::Host, ..SECURE };

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

/// The verdicts of Chrome, Firefox and Safari, by their codes.
fn verdicts(cookie: &CookieAttributes<'_>, api: &str, frontend: &str) -> [&'static str; 3] {
    let (api, frontend) = (origin(api), origin(frontend));
    Browser::ALL.map(|browser| match browser.judge(cookie, Call { api: &api, frontend: &frontend }) {
        Verdict::Kept => "kept",
        Verdict::KeptPartitioned => "partitioned",
        Verdict::Dropped(reason) => reason.code(),
    })
}

#[track_caller]
fn assert_verdicts(api: &str, frontend: &str, table: &[(CookieAttributes<'_>, [&str; 3])]) {
    for (cookie, expected) in table {
        assert_eq!(verdicts(cookie, api, frontend), *expected, "{cookie:?} of {api} for {frontend}");
    }
}

#[test]
fn on_localhost_safari_alone_drops_what_is_secure_over_http() {
    let http = [SecureOverHttp.code(); 3];
    assert_verdicts(
        HERE,
        "http://localhost:5173",
        // Chromium 156.
        &[
            (PLAIN, ["kept"; 3]),
            (SECURE, ["kept", "kept", http[2]]),
            (SECURE_PREFIX, ["kept", "kept", PrefixOverHttp.code()]),
            (HOST_PREFIX, ["kept", "kept", PrefixOverHttp.code()]),
            (NONE, ["kept", "kept", http[2]]),
            (PARTITIONED, ["partitioned", "partitioned", http[2]]),
        ],
    );
    assert_verdicts(
        "http://foo.localhost:5000",
        "http://foo.localhost:5173",
        &[(SECURE, ["kept", "kept", http[2]])],
    );
    assert_verdicts("http://10.0.0.7:5000", "http://10.0.0.7:5173", &[(PLAIN, ["kept"; 3]), (SECURE, http)]);
}

#[test]
fn localhost_and_127_0_0_1_are_two_sites() {
    for frontend in ["http://127.0.0.1:5173", "http://foo.localhost:5173"] {
        assert_verdicts(
            HERE,
            frontend,
            // Chromium 156.
            &[
                (PLAIN, [SameSiteForbidsCrossSite.code(); 3]),
                (NONE, ["kept", "partitioned", SecureOverHttp.code()]),
                (PARTITIONED, ["partitioned", "partitioned", SecureOverHttp.code()]),
            ],
        );
    }
}

#[test]
fn within_a_site_browsers_keep_whatever_is_well_formed() {
    assert_verdicts(
        API,
        "https://app.example.com",
        // Chromium 156.
        &[
            (PLAIN, ["kept"; 3]),
            (SECURE, ["kept"; 3]),
            (HOST_PREFIX, ["kept"; 3]),
            (NONE, ["kept"; 3]),
            (PARTITIONED, ["partitioned"; 3]),
            (
                CookieAttributes { partitioned: true, ..SECURE },
                ["partitioned", "partitioned", PartitionedWithoutSameSiteNone.code()],
            ),
        ],
    );
}

#[test]
fn between_sites_what_is_partitioned_is_kept_by_all() {
    assert_verdicts(
        API,
        "https://app.example.org",
        // Chromium 156, with third-party cookies allowed; with them blocked it keeps the partitioned one alone.
        &[
            (PLAIN, [SameSiteForbidsCrossSite.code(); 3]),
            (HOST_PREFIX, [SameSiteForbidsCrossSite.code(); 3]),
            (NONE, ["kept", "partitioned", BlockedThirdParty.code()]),
            (PARTITIONED, ["partitioned"; 3]),
            (CookieAttributes { prefix: CookiePrefix::Host, ..PARTITIONED }, ["partitioned"; 3]),
        ],
    );
}

#[test]
fn only_chromium_takes_two_schemes_for_two_sites() {
    assert_verdicts(
        API,
        "http://app.example.com",
        // Chromium 156.
        &[
            (SECURE, [SameSiteForbidsCrossSite.code(), "kept", "kept"]),
            (NONE, ["kept", "kept", "kept"]),
            (PARTITIONED, ["partitioned"; 3]),
        ],
    );
}

#[test]
fn from_an_https_page_an_http_api_can_be_called_on_this_machine_at_most() {
    // Chromium 156.
    assert_verdicts(
        "http://api.example.com",
        "https://app.example.com",
        &[(PLAIN, [MixedContent.code(); 3])],
    );
    for frontend in ["https://app.example.com", "https://localhost:5173"] {
        let safari = MixedContent.code();
        assert_verdicts(HERE, frontend, &[(PARTITIONED, ["partitioned", "partitioned", safari])]);
    }
}

#[test]
fn a_cookie_at_odds_with_itself_is_dropped_for_that_wherever_it_goes() {
    let domain = |text: &str| CookieDomain::parse(text).unwrap();
    let (parent, other, suffix) = (domain("example.com"), domain("example.org"), domain("com"));
    let odd: [(CookieAttributes<'_>, DropReason); 8] = [
        (CookieAttributes { domain: Some(&other), ..SECURE }, DomainMismatch),
        (CookieAttributes { domain: Some(&suffix), ..SECURE }, PublicSuffixDomain),
        (CookieAttributes { domain: Some(&parent), ..HOST_PREFIX }, HostPrefixWithDomain),
        (CookieAttributes { path: "/auth", ..HOST_PREFIX }, HostPrefixWithPath),
        (CookieAttributes { secure: false, ..HOST_PREFIX }, PrefixWithoutSecure),
        (CookieAttributes { secure: false, ..SECURE_PREFIX }, PrefixWithoutSecure),
        (CookieAttributes { partitioned: true, ..PLAIN }, PartitionedWithoutSecure),
        (CookieAttributes { domain: Some(&other), secure: false, ..HOST_PREFIX }, DomainMismatch),
    ];
    for frontend in [API, "https://app.example.com", "https://app.example.org"] {
        for (cookie, reason) in &odd {
            assert_eq!(verdicts(cookie, API, frontend), [reason.code(); 3], "{cookie:?} {frontend}");
        }
    }
    let wide = CookieAttributes { domain: Some(&parent), ..SECURE_PREFIX };
    assert_eq!(verdicts(&wide, API, "https://app.example.com"), ["kept"; 3]);
}

#[test]
fn safari_minds_neither_secure_nor_the_scheme_of_a_same_site_none_cookie() {
    let none = CookieAttributes { secure: false, ..NONE };
    let code = SameSiteNoneWithoutSecure.code();
    assert_verdicts(API, "https://app.example.com", &[(none, [code, code, "kept"])]);
    assert_verdicts(API, "https://app.example.org", &[(none, [code, code, BlockedThirdParty.code()])]);
}

#[test]
fn every_reason_has_a_code_of_its_own_and_a_sentence_that_says_what_to_change() {
    let all = [
        MixedContent,
        DomainMismatch,
        PublicSuffixDomain,
        HostPrefixWithDomain,
        HostPrefixWithPath,
        PrefixWithoutSecure,
        PrefixOverHttp,
        PartitionedWithoutSecure,
        PartitionedWithoutSameSiteNone,
        SameSiteNoneWithoutSecure,
        SecureOverHttp,
        SameSiteForbidsCrossSite,
        BlockedThirdParty,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), all.len());
    for reason in all {
        let sentence = reason.to_string();
        assert!(sentence.split_once("; ").is_some_and(|(_, fix)| fix.len() > 10), "{sentence}");
        assert!(reason.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
}

fn origins() -> impl Strategy<Value = Origin> {
    let host = prop::sample::select(vec![
        "localhost",
        "127.0.0.1",
        "[::1]",
        "foo.localhost",
        "10.0.0.7",
        "api.example.com",
        "example.com",
        "app.example.org",
        "me.github.io",
    ]);
    (any::<bool>(), host, prop::option::of(1000..9000_u16)).prop_map(|(https, host, port)| {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        origin(&format!("{}://{host}{port}", if https { "https" } else { "http" }))
    })
}

proptest! {
    /// The point of deriving: left alone, cookies reach every browser, but for what Safari never keeps on this machine.
    #[test]
    fn whatever_is_derived_is_kept_by_every_browser(
        api in origins(),
        frontend in origins(),
        path in prop::sample::select(vec!["/", "/auth"]),
    ) {
        let Ok(profile) = CookieProfile::between(&api, &frontend, &CookieOverrides::default()) else {
            prop_assert!(!api.is_https());
            return Ok(());
        };
        let cookie = profile.attributes(path);
        for browser in Browser::ALL {
            match browser.judge(&cookie, Call { api: &api, frontend: &frontend }) {
                Verdict::Dropped(reason) => {
                    prop_assert!(browser == Browser::Safari, "{} {} {}: {}", browser, api, frontend, reason);
                    prop_assert!(api.is_loopback() && !api.is_https());
                }
                Verdict::Kept | Verdict::KeptPartitioned => {}
            }
        }
    }
}
