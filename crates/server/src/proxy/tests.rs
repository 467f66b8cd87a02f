//! What is printed for which settings, line by line where lines matter.

use concierge_kernel::Timestamp;
use concierge_web::{API_PATHS, ApiPath};

use super::*;
use crate::settings::Sources;

const ALL: [Target; 6] =
    [Target::Nginx, Target::Caddy, Target::Apache, Target::Vite, Target::Netlify, Target::Vercel];
const SECRET: (&str, &str) = ("TOKENS__SECRET", "kZq2Vw8Yt5Rb1Nc7Lx4Pd9Hs6Jf3Gm0Q");

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn settings(variables: &[(&str, &str)]) -> Settings {
    let variables = [("ENV", "production"), SECRET].iter().chain(variables);
    let named = |(name, value): &(&str, &str)| match *name {
        "ENV" => ("CONCIERGE_ENV".to_owned(), (*value).to_owned()),
        name => (format!("CONCIERGE__{name}"), (*value).to_owned()),
    };
    Settings::load(&Sources {
        env: variables.map(named).collect(),
        config_dir: "/nowhere".into(),
        now: Timestamp::EPOCH,
    })
    .unwrap()
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// An API on another site than its frontend, both over https.
fn apart(more: &[(&str, &str)]) -> Settings {
    let urls = [
        ("SERVER__PUBLIC_URL", "https://api.example.org"),
        ("ORIGINS__ALLOWED", "https://*.preview.example.com, https://app.example.com"),
    ];
    settings(&[&urls, more].concat())
}

fn developed() -> Settings {
    settings(&[("ENV", "development")])
}

fn printed(target: Target, settings: &Settings, frontend: Option<&str>, upstream: Option<&str>) -> Printed {
    let upstreams = upstream.map(origin).into_iter().collect();
    let proxy = Proxy::new(settings, frontend.map(origin), upstreams, now()).unwrap();
    proxy.print(target, settings).unwrap()
}

fn refused(
    target: Target,
    settings: &Settings,
    frontend: Option<&str>,
    upstream: Option<&str>,
) -> ProxyError {
    let upstreams = upstream.map(origin).into_iter().collect();
    let proxy = Proxy::new(settings, frontend.map(origin), upstreams, now());
    proxy.and_then(|proxy| proxy.print(target, settings)).unwrap_err()
}

fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found.trim() == *line), "{line:?} is not in\n{text}");
    }
}

/// The variables that are advised.
fn advised(printed: &Printed) -> Vec<&str> {
    printed.remarks.iter().filter_map(|line| line.strip_prefix("  CONCIERGE__")).collect()
}

#[test]
fn every_path_of_the_api_is_handed_over_by_every_proxy() {
    for target in ALL {
        let frontend = (target == Target::Vite).then_some("https://localhost:5173");
        let configuration = printed(target, &apart(&[]), frontend, None).configuration;
        // In Vite's pattern a dot is escaped.
        let text = configuration.replace(r"\\.", ".");
        for path in API_PATHS {
            let (ApiPath::Exact(path) | ApiPath::Below(path)) = path;
            let reserved = target == Target::Vercel && path.starts_with("/.well-known/");
            assert_eq!(text.contains(path), !reserved, "{target:?} {path}");
        }
    }
}

#[test]
fn nginx_calls_an_api_with_a_front_door_by_its_name_and_checks_its_certificate() {
    let nginx = printed(Target::Nginx, &apart(&[]), None, None).configuration;
    assert_lines(
        &nginx,
        &[
            "listen 443 ssl;",
            "listen [::]:443 ssl;",
            "server_name app.example.com;",
            "location = /greet { proxy_pass https://api.example.org; }",
            "location ^~ /auth/ { proxy_pass https://api.example.org; }",
            "proxy_set_header Host api.example.org;",
            "proxy_set_header X-Forwarded-For $remote_addr;",
            "proxy_read_timeout 15s;",
            "proxy_ssl_server_name on;",
            "proxy_ssl_name api.example.org;",
            "proxy_ssl_verify on;",
            "client_max_body_size 16777216;",
            "proxy_redirect off;",
            "proxy_cookie_path off;",
        ],
    );
}

#[test]
fn nginx_tells_an_api_that_it_reaches_directly_the_browsers_host() {
    let nginx = printed(Target::Nginx, &apart(&[]), None, Some("http://127.0.0.1:5000")).configuration;
    assert_lines(
        &nginx,
        &["location = /secure { proxy_pass http://127.0.0.1:5000; }", "proxy_set_header Host $http_host;"],
    );
    assert!(!nginx.contains("proxy_ssl"), "{nginx}");
}

#[test]
fn caddy_and_apache_do_as_nginx_does() {
    let caddy = |upstream| printed(Target::Caddy, &apart(&[]), None, upstream).configuration;
    assert_lines(
        &caddy(None),
        &[
            "https://app.example.com {",
            "@api path /greet /set-cookie /get-cookie /delete-cookie /auth/* /secure /admin/* /diagnostics /diagnostics.js /diagnostics/* /.well-known/jwks.json /health/*",
            "reverse_proxy https://api.example.org {",
            "header_up Host api.example.org",
        ],
    );
    assert_lines(&caddy(Some("http://10.0.0.7:5000")), &["reverse_proxy http://10.0.0.7:5000"]);
    let apache = |upstream| printed(Target::Apache, &apart(&[]), None, upstream).configuration;
    assert_lines(
        &apache(None),
        &[
            "<VirtualHost *:443>",
            "ServerName https://app.example.com:443",
            "ProxyPreserveHost Off",
            "SSLProxyVerify require",
            "RequestHeader set X-Forwarded-For \"expr=%{REMOTE_ADDR}\"",
            "ProxyPass \"/auth/\" \"https://api.example.org/auth/\" nocanon",
        ],
    );
    let direct = apache(Some("http://10.0.0.7:5000"));
    assert_lines(
        &direct,
        &["ProxyPreserveHost On", "ProxyPass \"/greet\" \"http://10.0.0.7:5000/greet\" nocanon"],
    );
    assert!(!direct.contains("SSLProxy"), "{direct}");
}

#[test]
fn vite_hands_over_to_the_api_on_the_same_machine_in_development() {
    let vite = printed(Target::Vite, &developed(), None, None).configuration;
    let pattern = r"'^(/greet(\\?|$)|/set-cookie(\\?|$)|/get-cookie(\\?|$)|/delete-cookie(\\?|$)|/auth/|/secure(\\?|$)|/admin/|/diagnostics(\\?|$)|/diagnostics\\.js(\\?|$)|/diagnostics/|/\\.well-known/jwks\\.json(\\?|$)|/health/)': {";
    assert_lines(
        &vite,
        &[
            "host: 'localhost',",
            "port: 5173,",
            pattern,
            "target: 'http://127.0.0.1:5000',",
            "changeOrigin: false,",
        ],
    );
}

#[test]
fn platforms_rewrite_to_the_public_api() {
    let netlify = printed(Target::Netlify, &apart(&[]), None, None).configuration;
    assert_lines(
        &netlify,
        &[
            "from = \"/auth/*\"",
            "to = \"https://api.example.org/auth/:splat\"",
            "status = 200",
            "force = true",
        ],
    );
    let vercel = printed(Target::Vercel, &apart(&[]), None, None);
    assert_eq!(vercel.comment, None);
    let json: serde_json::Value = serde_json::from_str(&vercel.configuration).unwrap();
    let expected = serde_json::json!({
        "source": "/auth/:path*", "destination": "https://api.example.org/auth/:path*",
    });
    assert!(json["rewrites"].as_array().unwrap().contains(&expected), "{json}");
    for target in [Target::Netlify, Target::Vercel] {
        let error = refused(target, &apart(&[]), None, Some("http://127.0.0.1:5000")).to_string();
        assert!(
            error.contains("name its public https origin with --upstream, not http://127.0.0.1:5000"),
            "{error}"
        );
    }
}

#[test]
fn ports_and_addresses_of_every_kind_stand_where_they_belong() {
    for (frontend, listen, name) in [
        ("http://localhost:5173", "listen 127.0.0.1:5173;", "server_name localhost;"),
        ("http://[::1]:8080", "listen [::1]:8080;", "server_name [::1];"),
        ("http://127.0.0.2", "listen 127.0.0.2:80;", "server_name 127.0.0.2;"),
        ("https://[2001:db8::7]:8443", "listen [::]:8443 ssl;", "server_name [2001:db8::7];"),
        ("https://app.example.com:8443", "listen 8443 ssl;", "server_name app.example.com;"),
    ] {
        let nginx = printed(Target::Nginx, &developed(), Some(frontend), Some("http://[::1]:5000"));
        let passes = "location = /greet { proxy_pass http://[::1]:5000; }";
        assert_lines(&nginx.configuration, &[listen, name, passes]);
    }
    let front_door = settings(&[
        ("SERVER__PUBLIC_URL", "https://[2001:db8::5]:5443"),
        ("ORIGINS__ALLOWED", "https://app.example.com:8443"),
    ]);
    let lines = ["proxy_ssl_name [2001:db8::5];", "proxy_set_header Host [2001:db8::5]:5443;"];
    assert_lines(&printed(Target::Nginx, &front_door, None, None).configuration, &lines);
    let apache = printed(Target::Apache, &front_door, None, None).configuration;
    assert_lines(&apache, &["<VirtualHost *:8443>", "ServerName https://app.example.com:8443"]);
    let vite = printed(Target::Vite, &developed(), Some("http://[::1]:3000"), None).configuration;
    assert_lines(&vite, &["host: '::1',", "port: 3000,"]);
}

#[test]
fn the_frontend_becomes_one_of_the_apis_own_origins_beside_those_there_are() {
    assert_eq!(
        advised(&printed(Target::Nginx, &apart(&[]), None, Some("http://127.0.0.1:5000"))),
        ["SERVER__ALIASES=https://app.example.com", "SERVER__TRUSTED_PROXIES=127.0.0.1"]
    );
    let more = [("SERVER__ALIASES", "https://www.example.org"), ("SERVER__TRUSTED_PROXIES", "10.0.0.0/8")];
    assert_eq!(
        advised(&printed(Target::Caddy, &apart(&more), None, Some("http://localhost:5000"))),
        [
            "SERVER__ALIASES=https://www.example.org,https://app.example.com",
            "SERVER__TRUSTED_PROXIES=10.0.0.0/8,127.0.0.1,::1"
        ]
    );
    let done =
        [("SERVER__ALIASES", "https://app.example.com"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1/32, ::1")];
    let fitting = printed(Target::Apache, &apart(&done), None, Some("http://[::1]:5000"));
    assert_eq!(fitting.remarks.last().unwrap(), "The API's settings fit already.");
}

#[test]
fn whose_word_about_addresses_counts_is_said_where_it_cannot_be_told() {
    let remarks = |target, upstream| printed(target, &apart(&[]), None, upstream).remarks.join("\n");
    let away = remarks(Target::Nginx, Some("http://10.0.0.7:5000"));
    assert!(away.contains("Name in server.trusted_proxies the addresses"), "{away}");
    let platform = remarks(Target::Netlify, None);
    assert!(platform.contains("server.trusted_proxies cannot name them"), "{platform}");
}

#[test]
fn an_api_over_http_behind_a_frontend_over_https_has_its_origin_as_an_alias() {
    let local = settings(&[("SERVER__PUBLIC_URL", "http://api.internal:5000")]);
    let nginx = printed(Target::Nginx, &local, Some("https://app.example.com"), None);
    assert_eq!(advised(&nginx), ["SERVER__ALIASES=https://app.example.com"]);
    let told = nginx.remarks.join("\n");
    assert!(told.contains("as from http://api.internal:5000, without Secure"), "{told}");
    let one_host = settings(&[("SERVER__PUBLIC_URL", "http://app.example.com"), ("SERVER__PORT", "5001")]);
    let nginx =
        printed(Target::Nginx, &one_host, Some("https://app.example.com"), Some("http://127.0.0.1:5001"));
    assert_eq!(
        advised(&nginx),
        ["SERVER__PUBLIC_URL=https://app.example.com", "SERVER__TRUSTED_PROXIES=127.0.0.1"]
    );
    let moved = settings(&[("SERVER__PUBLIC_URL", "https://app.example.com"), ("SERVER__PORT", "5001")]);
    let nginx = printed(Target::Nginx, &moved, Some("https://app.example.com"), None);
    assert_eq!(advised(&nginx), ["SERVER__TRUSTED_PROXIES=127.0.0.1"]);
    assert_lines(&nginx.configuration, &["location = /greet { proxy_pass http://127.0.0.1:5001; }"]);
}

#[test]
fn what_browsers_would_drop_is_refused() {
    let domain = apart(&[("COOKIES__DOMAIN", "example.org")]);
    let error = refused(Target::Nginx, &domain, None, None).to_string();
    let expected = "browsers drop cookies of the domain example.org that come from https://app.example.com: unset \
                    cookies.domain";
    assert_eq!(error, expected);
    let error = refused(Target::Nginx, &apart(&[]), Some("http://app.example.com"), None);
    assert_eq!(error, ProxyError::InsecureFrontend(origin("http://app.example.com")));
    let here = printed(Target::Vite, &apart(&[]), Some("http://localhost:5173"), None).remarks.join("\n");
    assert!(here.contains("Safari does not"), "{here}");
}

#[test]
fn who_is_in_front_of_whom_is_asked_where_it_cannot_be_told() {
    let patterns = apart(&[("ORIGINS__ALLOWED", "https://*.preview.example.com")]);
    assert_eq!(refused(Target::Nginx, &patterns, None, None), ProxyError::NoFrontend);
    let any_port = settings(&[("ENV", "test"), ("SERVER__PORT", "0")]);
    assert_eq!(refused(Target::Vite, &any_port, None, None), ProxyError::NoUpstream);
    let away = refused(Target::Vite, &apart(&[]), None, None);
    assert_eq!(away, ProxyError::NotDeveloped(origin("https://app.example.com")));
    let circle = refused(Target::Nginx, &apart(&[]), None, Some("https://app.example.com"));
    assert_eq!(circle, ProxyError::Circular(origin("https://app.example.com")));
}

#[test]
fn a_frontend_whose_time_is_over_is_not_chosen() {
    let list = "https://pr-7.example.com until 2026-11-21T12:00:00Z, https://pr-8.example.com until 2026-11-21T12:00:01Z";
    let nginx = printed(Target::Nginx, &apart(&[("ORIGINS__ALLOWED", list)]), None, None).configuration;
    assert_lines(&nginx, &["server_name pr-8.example.com;"]);
    let over = apart(&[("ORIGINS__ALLOWED", "https://pr-7.example.com until 2026-11-21T12:00:00Z")]);
    assert_eq!(refused(Target::Nginx, &over, None, None), ProxyError::NoFrontend);
}

#[test]
fn an_upstream_on_https_elsewhere_is_called_by_its_own_name_whatever_the_settings_say_of_it() {
    let upstream = Some("https://api.example.com");
    let frontend = Some("https://app.example.com");
    for (target, line) in [
        (Target::Nginx, "proxy_set_header Host api.example.com;"),
        (Target::Caddy, "header_up Host api.example.com"),
        (Target::Apache, "ProxyPreserveHost Off"),
    ] {
        assert_lines(&printed(target, &apart(&[]), frontend, upstream).configuration, &[line]);
    }
    let vite = printed(Target::Vite, &developed(), None, upstream);
    assert_lines(&vite.configuration, &["target: 'https://api.example.com',", "changeOrigin: true,"]);
    // The API has to know itself by that name as well as by the frontend's.
    assert_eq!(
        advised(&printed(Target::Nginx, &apart(&[]), frontend, upstream)),
        ["SERVER__ALIASES=https://api.example.com,https://app.example.com"]
    );
    let known = apart(&[("SERVER__ALIASES", "https://app.example.com")]);
    let nginx = printed(Target::Nginx, &known, frontend, upstream);
    assert_eq!(advised(&nginx), ["SERVER__ALIASES=https://app.example.com,https://api.example.com"]);
    assert!(nginx.remarks.contains(&"https://api.example.com is one of the API's own origins:".to_owned()));
    // https on this machine is a listener like any other.
    let here = printed(Target::Nginx, &apart(&[]), frontend, Some("https://localhost:8443")).configuration;
    assert_lines(&here, &["proxy_set_header Host $http_host;"]);
}

fn before_replicas(target: Target, upstreams: &[&str]) -> Result<Printed, ProxyError> {
    let upstreams = upstreams.iter().copied().map(origin).collect();
    let proxy = Proxy::new(&apart(&[]), None, upstreams, now())?;
    proxy.print(target, &apart(&[]))
}

#[test]
fn replicas_take_turns_and_stand_in_for_each_other() {
    let replicas = ["http://10.0.0.7:5000", "http://10.0.0.8:5000", "http://[::1]:5001"];
    let nginx = before_replicas(Target::Nginx, &replicas).unwrap();
    assert_lines(
        &nginx.configuration,
        &[
            "upstream concierge {",
            "server 10.0.0.7:5000 max_fails=1 fail_timeout=1s;",
            "server 10.0.0.8:5000 max_fails=1 fail_timeout=1s;",
            "server [::1]:5001 max_fails=1 fail_timeout=1s;",
            "location = /greet { proxy_pass http://concierge; }",
            "proxy_next_upstream error timeout;",
            "proxy_set_header Connection close;",
            "proxy_set_header Host $http_host;",
        ],
    );
    let remarks = nginx.remarks.join("\n");
    assert!(remarks.contains("Name in server.trusted_proxies the addresses"), "{remarks}");
    let caddy = before_replicas(Target::Caddy, &replicas[..2]).unwrap().configuration;
    assert_lines(
        &caddy,
        &["reverse_proxy http://10.0.0.7:5000 http://10.0.0.8:5000 {", "lb_try_duration 2s"],
    );
    let here = before_replicas(Target::Nginx, &["http://127.0.0.1:5001", "http://[::1]:5002"]).unwrap();
    assert!(advised(&here).contains(&"SERVER__TRUSTED_PROXIES=127.0.0.1,::1"), "{:?}", here.remarks);
    let alone = before_replicas(Target::Nginx, &replicas[..1]).unwrap().configuration;
    assert!(!alone.contains("upstream") && alone.contains("proxy_pass http://10.0.0.7:5000;"), "{alone}");
}

#[test]
fn replicas_that_a_proxy_cannot_share_out_among_are_refused() {
    let replicas = ["http://127.0.0.1:5001", "http://127.0.0.1:5002"];
    for target in [Target::Apache, Target::Netlify, Target::Vercel] {
        let error = before_replicas(target, &replicas).unwrap_err().to_string();
        assert!(error.contains("name one --upstream") || error.contains("https origin"), "{error}");
    }
    let over_tls = before_replicas(Target::Nginx, &["http://127.0.0.1:5001", "https://api.example.com"]);
    assert_eq!(over_tls, Err(ProxyError::OneOfSeveral(origin("https://api.example.com"))));
    let circle = before_replicas(Target::Nginx, &["http://127.0.0.1:5001", "https://app.example.com"]);
    assert_eq!(circle, Err(ProxyError::Circular(origin("https://app.example.com"))));
}
