//! Tests: what is told of which deployment, all of it, and in which words.

use proptest::prelude::*;

use crate::{
    CookieDomain, CookieOverrides, CookiePrefix, Deployment, Finding, Origin, SameSite, Severity, Subject,
    parse_list,
};

const API: &str = "https://api.example.com";
const HERE: &[&str] = &["http://localhost:5000", "http://127.0.0.1:5000", "http://[::1]:5000"];

fn check(own: &[&str], allowed: &str, overrides: &CookieOverrides) -> Vec<Finding> {
    let own: Vec<_> = own.iter().map(|text| Origin::parse(text).unwrap()).collect();
    let allowed = parse_list(allowed).unwrap();
    let deployment = Deployment {
        public_url: &own[0],
        aliases: &own[1..],
        allowed: &allowed,
        overrides,
        paths: &["/", "/auth"],
    };
    deployment.check()
}

/// Each finding in two words, `!` before what is impossible.
fn codes(findings: &[Finding]) -> Vec<String> {
    let sign = |finding: &Finding| if finding.severity == Severity::Impossible { "!" } else { "?" };
    findings.iter().map(|finding| format!("{}{}", sign(finding), finding.code())).collect()
}

fn none() -> CookieOverrides {
    CookieOverrides::default()
}

fn forced(same_site: SameSite) -> CookieOverrides {
    CookieOverrides { same_site: Some(same_site), ..none() }
}

fn domain(text: &str) -> CookieOverrides {
    CookieOverrides { domain: Some(CookieDomain::parse(text).unwrap()), ..none() }
}

#[test]
fn nothing_is_told_of_deployments_that_work() {
    for (own, allowed) in [
        (&[API][..], ""),
        (&[API], "https://app.example.com, https://*.preview.example.com, https://api.example.com"),
        (&[API], "https://app.example.org"),
        (&[API], "http://localhost:5173"),
        (&["https://api.example.com", "https://api.example.org"], "https://app.example.org"),
        (HERE, "http://localhost:5173, http://127.0.0.1:5173, http://[::1]:8080"),
        (&["http://10.0.0.7:5000"], "http://10.0.0.7:5173"),
        (&["http://api.corp.internal", "http://localhost:5000"], "http://localhost:5173"),
    ] {
        assert_eq!(check(own, allowed, &none()), [], "{own:?} {allowed}");
    }
}

#[test]
fn where_each_frontend_lives_is_judged() {
    for (own, allowed, expected) in [
        (&["http://api.example.com"][..], "http://app.example.org", &["!cross_site_over_http"][..]),
        (&["http://api.example.com"], "http://localhost:5173", &["!cross_site_over_http"]),
        (&["http://localhost:5000"], "http://app.example.com", &["?page_of_the_network"]),
        (HERE, "http://192.168.1.5:5173, http://localhost:5173", &["?page_of_the_network"]),
        (&[HERE[0], "http://192.168.1.5:5000"], "http://192.168.1.5:5173, http://localhost:5173", &[]),
        (&["http://192.168.1.5:5000", HERE[0]], "http://192.168.1.5:5173, http://localhost:5173", &[]),
        (&["http://localhost:5000"], "https://app.example.com", &["?mixed_content"]),
        (&["http://api.example.com"], "https://app.example.com", &["!mixed_content"]),
        (&["http://api.example.com"], "https://app.example.org", &["!mixed_content"]),
        (&["http://localhost:5000"], "https://localhost:5173", &["?mixed_content"]),
        (&["http://localhost:5000"], "http://127.0.0.1:5173", &["?two_names_of_this_machine"]),
        (HERE, "http://foo.localhost:5173", &["?two_names_of_this_machine"]),
        (HERE, "http://*.localhost:5173", &["?two_names_of_this_machine"]),
        (&["https://localhost:5000"], "https://127.0.0.1:5173", &["?two_names_of_this_machine"]),
        (&[API], "http://app.example.com", &["?insecure_page"]),
        (&[API], "http://app.example.org", &["?insecure_page"]),
        (&[API], "https://*.preview.example.org", &["?pattern_of_another_site"]),
        (&[API], "https://app-*.github.io", &["?pattern_lets_strangers_in", "?pattern_of_another_site"]),
        (&[API], "http://*.preview.example.com", &["?insecure_page"]),
        (&["http://api.example.com"], "http://*.preview.example.org", &["!cross_site_over_http"]),
        (
            &["http://api.example.com"],
            "http://app.example.org, http://ok.example.com, https://app.example.com",
            &["!cross_site_over_http", "!mixed_content"],
        ),
    ] {
        assert_eq!(codes(&check(own, allowed, &none())), expected, "{own:?} {allowed}");
    }
}

#[test]
fn two_origins_of_the_api_that_one_host_header_means_are_refused() {
    for (own, expected) in [
        (&["https://api.example.com", "http://api.example.com"][..], 1),
        (&["http://api.example.com:8080", "https://api.example.org", "https://api.example.com:8080"], 1),
        (&["https://api.example.com", "http://api.example.com:443"], 1),
        (&["http://localhost:5000", "https://localhost:5000", HERE[1], "https://127.0.0.1:5000"], 1),
        (&["https://api.example.com", "http://api.example.com:8080"], 0),
        (&["https://api.example.com", "http://api.example.org", "https://api.example.com:80"], 0),
    ] {
        let findings = check(own, "", &none());
        let told = findings.iter().filter(|finding| finding.code() == "one_host_header");
        assert_eq!(
            told.filter(|finding| finding.severity == Severity::Impossible).count(),
            expected,
            "{own:?}"
        );
    }
}

#[test]
fn what_is_set_by_hand_is_judged() {
    let secure = |secure| CookieOverrides { secure: Some(secure), ..none() };
    let prefix = |prefix| CookieOverrides { prefix: Some(prefix), ..none() };
    let partitioned = |partitioned| CookieOverrides { partitioned: Some(partitioned), ..none() };
    for (api, allowed, overrides, expected) in [
        (API, "", forced(SameSite::None), &[][..]),
        (API, "https://app.example.com", forced(SameSite::Strict), &[]),
        (API, "https://app.example.org", forced(SameSite::Lax), &["!same_site_forbids_cross_site"]),
        (API, "https://app.example.org", forced(SameSite::Strict), &["!same_site_forbids_cross_site"]),
        (
            API,
            "http://app.example.com",
            forced(SameSite::Lax),
            &["!same_site_forbids_cross_site", "?insecure_page"],
        ),
        (
            HERE[0],
            "http://127.0.0.1:5173",
            forced(SameSite::Lax),
            &["!same_site_forbids_cross_site", "?two_names_of_this_machine"],
        ),
        (HERE[0], "http://localhost:5173", forced(SameSite::None), &["!same_site_none_without_secure"]),
        (
            API,
            "",
            CookieOverrides { secure: Some(false), ..forced(SameSite::None) },
            &["!same_site_none_without_secure", "?secure_declined"],
        ),
        (API, "", secure(false), &["?secure_declined"]),
        (
            API,
            "https://app.example.org",
            secure(false),
            &["?secure_declined", "?partitioned_without_secure", "!same_site_none_without_secure"],
        ),
        ("http://api.example.com", "", secure(true), &["!secure_over_http"]),
        (HERE[0], "", secure(true), &["?secure_over_http"]),
        (HERE[0], "http://localhost:5173", secure(true), &["?secure_over_http"]),
        (API, "", domain("example.com"), &[]),
        (API, "", domain("other.com"), &["!domain_mismatch"]),
        (API, "", domain("com"), &["!public_suffix_domain"]),
        ("https://me.github.io", "", domain("github.io"), &["!public_suffix_domain"]),
        (
            API,
            "",
            CookieOverrides { prefix: Some(CookiePrefix::Host), ..domain("example.com") },
            &["!host_prefix_with_domain"],
        ),
        ("http://api.example.com", "", prefix(CookiePrefix::Host), &["!prefix_without_secure"]),
        (API, "", prefix(CookiePrefix::None), &[]),
        (
            "http://api.example.com",
            "",
            CookieOverrides { secure: Some(true), ..prefix(CookiePrefix::Secure) },
            &["!prefix_over_http"],
        ),
        (API, "https://app.example.org", partitioned(false), &["?blocked_third_party"]),
        (API, "", partitioned(true), &["?partitioned_without_same_site_none"]),
        ("http://api.example.com", "", partitioned(true), &["!partitioned_without_secure"]),
    ] {
        assert_eq!(codes(&check(&[api], allowed, &overrides)), expected, "{api} {allowed} {overrides:?}");
    }
}

#[test]
fn everything_is_told_at_once_and_what_is_wrong_with_every_call_only_once() {
    let overrides = domain("other.com");
    let allowed = "https://app.example.com, https://app.example.org, http://app.example.com";
    let findings = check(&["https://api.example.com", "https://api.other.com"], allowed, &overrides);
    // The alias is covered, and so serves the frontends, from another site.
    assert_eq!(codes(&findings), ["!domain_mismatch", "?insecure_page"]);
    let findings = check(&[API], allowed, &CookieOverrides { same_site: Some(SameSite::Lax), ..overrides });
    assert_eq!(
        codes(&findings),
        ["!domain_mismatch", "?insecure_page"],
        "a cookie that is dropped for its Domain is not dropped for its SameSite, too"
    );
}

#[test]
fn what_goes_wrong_at_an_alias_alone_is_doubtful() {
    assert_eq!(codes(&check(HERE, "http://localhost:5173", &domain("localhost"))), ["?domain_mismatch"]);
}

#[test]
fn a_finding_says_what_is_wrong_for_whom_and_what_to_change() {
    let sentence = |own: &[&str], allowed: &str, overrides: &CookieOverrides| {
        let findings = check(own, allowed, overrides);
        (findings[0].to_string(), findings[0].subject())
    };
    for (own, allowed, overrides, expected, subject) in [
        (
            &["http://api.example.com"][..],
            "https://app.example.com",
            none(),
            "browsers drop the cookies of http://api.example.com for https://app.example.com: an https page may not \
             call an http API; serve the API over https",
            Subject::PublicUrl,
        ),
        (
            &["http://api.example.com"],
            "http://*.preview.example.org",
            none(),
            "http://*.preview.example.org is of another site than the API at http://api.example.com, which is http, \
             and browsers keep no cookie between them; serve the API over https, or both from one site",
            Subject::Allowed,
        ),
        (
            &["http://192.168.1.5:5000"],
            "http://192.168.1.5:5173, http://localhost:5173",
            none(),
            "http://localhost:5173 is of another site than the API at http://192.168.1.5:5000, which is http, and \
             browsers keep no cookie between them; serve the API over https, or both from one site, as by \
             server.aliases = http://localhost:5000 if the page reaches the API there",
            Subject::Allowed,
        ),
        (
            &["http://localhost:5000"],
            "http://192.168.1.5:5173",
            none(),
            "http://192.168.1.5:5173 is opened from the network, where http://localhost:5000 is whatever machine opens \
             it; on this one the two are of two sites, between which Safari keeps no cookie; listen there \
             by server.host, name http://192.168.1.5:5000 in server.aliases or as server.public_url, and call the API so",
            Subject::Allowed,
        ),
        (
            &["http://localhost:5000"],
            "http://127.0.0.1:5173",
            none(),
            "to browsers http://127.0.0.1:5173 and http://localhost:5000 are two sites, though one machine: Safari \
             keeps no cookie between them, the others keep them apart; open the page as http://localhost:5173, or \
             name an alias of the API on the page's host",
            Subject::Allowed,
        ),
        (
            &[API, "http://api.example.com"],
            "",
            none(),
            "browsers call https://api.example.com and http://api.example.com by one Host, so that the API cannot tell \
             which of them was called, and their cookies differ; name one of them and redirect the other to it, or give \
             it another port",
            Subject::Aliases,
        ),
        (
            &[API],
            "",
            domain("other.com"),
            "browsers drop the cookies of https://api.example.com: the cookie's Domain does not cover the API's host; \
             name a domain above it, or none",
            Subject::Domain,
        ),
        (
            &["http://localhost:5000"],
            "",
            forced(SameSite::None),
            "Chrome and Firefox drop the cookies of http://localhost:5000: browsers take SameSite=None with Secure \
             alone; make the cookie Secure, which takes https anywhere but on this machine",
            Subject::SameSite,
        ),
        (
            &[API],
            "https://app.example.org",
            CookieOverrides { secure: Some(false), ..forced(SameSite::None) },
            "Chrome and Firefox drop the cookies of https://api.example.com: browsers take SameSite=None with Secure \
             alone, and Secure is declined; make the cookie Secure, which takes https anywhere but on this machine",
            Subject::Secure,
        ),
        (
            &[API],
            "https://*.preview.example.org",
            none(),
            "https://*.preview.example.org lets in pages of another site than the API at https://api.example.com, \
             whose cookies browsers keep apart: a login there does not hold on other frontends; serve the API below \
             the domain of these pages, if they are its main frontends",
            Subject::Allowed,
        ),
    ] {
        assert_eq!(sentence(own, allowed, &overrides), (expected.to_owned(), subject));
    }
}

fn frontends() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "http://localhost:5173",
        "http://127.0.0.1:5173",
        "https://localhost:5173",
        "http://app.example.com",
        "https://app.example.com",
        "https://app.example.org",
        "https://*.preview.example.org",
        "http://*.localhost:5173",
        "https://app-*.github.io",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn an_https_api_that_is_left_alone_suits_every_frontend(allowed in prop::collection::vec(frontends(), 0..6)) {
        let findings = check(&[API], &allowed.join(","), &none());
        prop_assert!(findings.iter().all(|finding| finding.severity == Severity::Doubtful), "{:?}", findings);
    }

    #[test]
    fn no_frontend_hides_what_is_wrong_with_another(
        allowed in prop::collection::vec(frontends(), 0..6),
        own in prop::sample::select(vec![API, "http://api.example.com", "http://localhost:5000"]),
    ) {
        let together = check(&[own], &allowed.join(","), &none());
        let alone: Vec<_> = allowed.iter().flat_map(|one| check(&[own], one, &none())).collect();
        prop_assert_eq!(together, alone);
    }

    #[test]
    fn every_finding_is_one_line_that_says_what_to_change(
        allowed in prop::collection::vec(frontends(), 0..6),
        own in prop::sample::select(vec![API, "http://api.example.com", "http://localhost:5000"]),
        secure in any::<Option<bool>>(),
        partitioned in any::<Option<bool>>(),
    ) {
        let overrides = CookieOverrides { secure, partitioned, ..none() };
        for finding in check(&[own], &allowed.join(","), &overrides) {
            let sentence = finding.to_string();
            prop_assert!(sentence.contains("; ") && !sentence.contains(char::is_control), "{}", sentence);
        }
    }
}

#[test]
fn an_api_that_others_reach_over_http_is_doubtful_to_serve_people_at() {
    let exposed = |own: &[&str]| {
        let own: Vec<_> = own.iter().map(|text| Origin::parse(text).unwrap()).collect();
        let (public_url, aliases) = own.split_first().unwrap();
        let overrides = &none();
        codes(&Deployment { public_url, aliases, allowed: &[], overrides, paths: &["/"] }.check_exposure())
    };
    assert_eq!(exposed(&["http://api.example.com", API]), ["?readable_on_the_way"]);
    assert_eq!(exposed(&[API, "http://10.0.0.7:5000"]), ["?readable_on_the_way"]);
    assert_eq!(exposed(&[HERE, &[API]].concat()), [""; 0]);
}
