use actix_web::test::TestRequest;
use concierge_origins::{CookieDomain, CookieOverrides, Origin};

use super::*;

const HTTPS: &str = "https://api.example.com";
const HTTP: &str = "http://localhost:5000";

fn overridden(api: &str, overrides: &CookieOverrides, former: FormerScopes) -> Cookies {
    Cookies::new(Profiles::new(&Origin::parse(api).unwrap(), &[], overrides), former)
}

fn cookies(api: &str) -> Cookies {
    overridden(api, &CookieOverrides::default(), FormerScopes::default())
}

fn request(headers: &[(&'static str, &str)]) -> HttpRequest {
    let append = |request: TestRequest, header: &(&'static str, &str)| request.append_header(*header);
    headers.iter().fold(TestRequest::get(), append).to_http_request()
}

fn set(cookies: &Cookies, headers: &[(&'static str, &str)], kind: CookieKind) -> Vec<String> {
    let lines = cookies.set(&request(headers), kind, "v", Some(Duration::from_secs(60)));
    lines.map(|line| line.to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_frontend_of_the_same_site_gets_lax_cookies_with_the_strongest_prefix_that_fits() {
    let cookies = cookies(HTTPS);
    let lines =
        CookieKind::ALL.map(|kind| set(&cookies, &[("Origin", "https://app.example.com")], kind).concat());
    let expected = [
        "__Host-access_token=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60",
        "__Secure-refresh_token=v; HttpOnly; SameSite=Lax; Secure; Path=/auth; Max-Age=60",
        "__Host-csrf_token=v; SameSite=Lax; Secure; Path=/; Max-Age=60",
        "__Host-visitor=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn one_server_gives_frontends_of_other_sites_partitioned_cookies_of_the_same_names() {
    let cookies = cookies(HTTPS);
    for headers in [[("Origin", "https://app.example.org")], [("Sec-Fetch-Site", "cross-site")]] {
        let lines = CookieKind::ALL.map(|kind| set(&cookies, &headers, kind).concat());
        let expected = [
            "__Host-access_token=v; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=60; Partitioned",
            "__Secure-refresh_token=v; HttpOnly; SameSite=None; Secure; Path=/auth; Max-Age=60; Partitioned",
            "__Host-csrf_token=v; SameSite=None; Secure; Path=/; Max-Age=60; Partitioned",
            "__Host-visitor=v; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=60; Partitioned",
        ];
        assert_eq!(lines, expected, "{headers:?}");
    }
}

#[test]
fn over_http_there_is_neither_prefix_nor_secure_but_between_two_names_of_this_machine() {
    let cookies = cookies(HTTP);
    let access =
        |origin| set(&cookies, &[("Host", "localhost:5000"), ("Origin", origin)], CookieKind::Access);
    let near = access("http://localhost:5173");
    assert_eq!(near, ["access_token=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"]);
    let far = access("http://127.0.0.1:5173");
    assert_eq!(far, ["access_token=v; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=60; Partitioned"]);
}

#[test]
fn clearing_repeats_every_attribute_of_setting() {
    let domain = CookieDomain::parse("example.com").ok();
    let wide = overridden(HTTPS, &CookieOverrides { domain, ..Default::default() }, FormerScopes::default());
    for (cookies, kind) in [cookies(HTTPS), cookies(HTTP), wide]
        .iter()
        .flat_map(|cookies| CookieKind::ALL.map(|kind| (cookies, kind)))
    {
        for origin in ["https://app.example.com", "https://app.example.org", "http://localhost:5173"] {
            let request = request(&[("Origin", origin)]);
            let text = |lines: Vec<HeaderValue>| lines[0].to_str().unwrap().to_owned();
            let set = text(cookies.set(&request, kind, "", Some(Duration::from_secs(7))).collect());
            let cleared = text(cookies.clear(&request, kind).collect());
            assert_eq!(cleared, set.replace("Max-Age=7", "Max-Age=0"));
        }
    }
}

#[test]
fn without_an_age_a_cookie_ends_with_the_browser() {
    let mut lines = cookies(HTTPS).set(&request(&[]), CookieKind::Access, "v", None);
    assert!(!lines.next().unwrap().to_str().unwrap().contains("Max-Age"));
}

#[test]
fn what_an_earlier_profile_has_left_is_expired_before_the_new_cookie_is_set() {
    // The operator has given the cookies a Domain before; the browser sends two of today's name.
    let former =
        FormerScopes { domains: vec![CookieDomain::parse("example.com").unwrap()], ..Default::default() };
    let cookies = overridden(HTTPS, &CookieOverrides::default(), former);
    let twice = [("Cookie", "__Secure-refresh_token=a; __Secure-refresh_token=b")];
    let lines = set(&cookies, &twice, CookieKind::Refresh);
    let (last, expired) = lines.split_last().unwrap();
    assert_eq!(last, "__Secure-refresh_token=v; HttpOnly; SameSite=Lax; Secure; Path=/auth; Max-Age=60");
    let expires = |line: &String| line.starts_with("__Secure-refresh_token=;") && line.contains("Max-Age=0");
    assert!(expired.iter().all(expires), "{expired:?}");
    assert!(expired.iter().any(|line| line.contains("Domain=example.com")), "{expired:?}");
    assert!(expired.iter().any(|line| line.contains("Partitioned")), "{expired:?}");
    // One cookie of today's name may be the living one.
    assert_eq!(set(&cookies, &[("Cookie", "__Secure-refresh_token=a")], CookieKind::Refresh).len(), 1);
    // One of yesterday's name never is.
    let old_name =
        set(&cookies, &[("Cookie", "refresh_token=a; __Secure-refresh_token=b")], CookieKind::Refresh);
    assert!(old_name.iter().any(|line| line.starts_with("refresh_token=;")), "{old_name:?}");
}

/// The lines before the last, when the browser sends two cookies of the name from a page at `origin`.
fn expired_for(overrides: &CookieOverrides, origin: &'static str, kind: CookieKind) -> Vec<String> {
    let cookies = overridden(HTTPS, overrides, FormerScopes::default());
    let name = set(&cookies, &[], kind).concat().split('=').next().unwrap().to_owned();
    let jar = format!("{name}=one; {name}=other");
    let mut lines = set(&cookies, &[("Origin", origin), ("Cookie", &jar)], kind);
    lines.pop();
    lines
}

#[test]
fn a_login_of_one_topology_never_expires_that_of_another() {
    let (near, far) = ("https://app.example.com", "https://app.example.org");
    let none = CookieOverrides { same_site: Some(SameSite::None), ..Default::default() };
    for kind in CookieKind::ALL {
        // From a page of another site the login within the API's own comes along if it is SameSite=None, and lives.
        assert_eq!(expired_for(&none, far, kind), [""; 0]);
        // A Lax one does not come along, so what does is left from before.
        let left = expired_for(&CookieOverrides::default(), far, kind);
        assert!(left.len() == 1 && !left[0].contains("Partitioned"), "{left:?}");
        // From a page of its own site the partitions of other sites are out of reach.
        for overrides in [&none, &CookieOverrides::default()] {
            let left = expired_for(overrides, near, kind);
            assert!(left.iter().all(|line| line.contains("Partitioned")), "{left:?}");
        }
    }
}

#[test]
fn every_cookie_of_the_name_is_found_and_no_other() {
    let jar = request(&[
        ("Cookie", "a=1; access_token=x; xaccess_token=no;access_token=y; access_token=; =; ;"),
        ("Cookie", "access_token=z=z; __Host-access_token=other"),
    ]);
    let plain = cookies(HTTP);
    let found: Vec<_> = plain.values(&jar, CookieKind::Access).collect();
    assert_eq!(found, ["x", "y", "z=z"]);
    let secure = cookies(HTTPS);
    let found: Vec<_> = secure.values(&jar, CookieKind::Access).collect();
    assert_eq!(found, ["other"]);
}

#[test]
fn whatever_is_set_is_read_again_by_whatever_name_and_from_whatever_page_the_api_is_called() {
    const OWN: [&str; 6] = [
        "https://api.example.com",
        "http://localhost:6140",
        "https://app.example.org",
        "http://10.0.0.7:5000",
        "https://localhost:5173",
        "http://api.example.com:8080",
    ];
    let hosts: Vec<_> = OWN.iter().filter_map(|own| Some(own.split_once("://")?.1)).collect();
    let hosts = || hosts.iter().copied().chain(["unknown.example"]);
    let pages = || OWN.into_iter().chain(["https://other.example", "http://localhost:3000", "null"]);
    let own = |text| Origin::parse(text).unwrap();
    for (public, alias) in OWN.iter().flat_map(|public| OWN.map(|alias| (*public, alias))) {
        let profiles = Profiles::new(&own(public), &[own(alias)], &CookieOverrides::default());
        let cookies = Cookies::new(profiles, FormerScopes::default());
        for (host, page) in hosts().flat_map(|host| pages().map(move |page| (host, page))) {
            for site in ["same-origin", "same-site", "cross-site", "none"] {
                let call = [("Host", host), ("Origin", page), ("Sec-Fetch-Site", site)];
                for kind in CookieKind::ALL {
                    let line = set(&cookies, &call, kind).concat();
                    let cookie = line.split(';').next().unwrap();
                    let next = request(&[call[0], call[1], call[2], ("Cookie", cookie)]);
                    let found: Vec<_> = cookies.values(&next, kind).collect();
                    assert_eq!(found, ["v"], "{public} {alias} {call:?} {line}");
                }
            }
        }
    }
}
