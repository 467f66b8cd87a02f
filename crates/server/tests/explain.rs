//! What is explained of a request is what becomes of it: every combination is explained, then sent to a real server.

mod support;

use std::time::Duration;

use concierge_origins::{Origin, Outcome, Registry, parse_list};
use concierge_web::{CorsOptions, ExplainRequest};
use support::{Launch, Response, Server};

const ALLOWED: &str = "https://app.example.com, https://*.preview.example.com";
const ORIGINS: [Option<&str>; 10] = [
    None,
    Some("http://localhost:5000"),
    Some("http://127.0.0.1:5000"),
    Some("https://app.example.com"),
    Some("https://a.preview.example.com"),
    Some("https://a.b.preview.example.com"),
    Some("http://app.example.com"),
    Some("https://app.example.com/"),
    Some("null"),
    Some(""),
];
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"];
const PATHS: [&str; 6] =
    ["/greet", "/set-cookie", "/%73et-cookie", "/get-cookie", "/auth/logout", "/nothing/here"];
const HEADERS: [&[(&str, &str)]; 6] = [
    &[],
    &[("Sec-Fetch-Site", "same-site")],
    &[("Sec-Fetch-Site", "same-origin")],
    &[("Authorization", "Bearer abc")],
    &[("X-Mine", "1")],
    &[("X-Other", "1"), ("Content-Type", "application/json")],
];

/// What an operator chose, for the server and for the explanation alike.
struct Choice {
    open: bool,
    reject: bool,
}

impl Choice {
    fn serve(&self) -> Server {
        let launch = Launch::new().set("ORIGINS__ALLOWED", ALLOWED).set("CORS__EXTRA_HEADERS", "X-Mine");
        launch
            .set("CORS__PUBLIC", if self.open { "open" } else { "listed" })
            .set("CORS__REJECT_UNKNOWN_ORIGINS", if self.reject { "true" } else { "false" })
            .serve()
    }

    fn options(&self) -> CorsOptions {
        CorsOptions {
            open_public_routes: self.open,
            reject_unknown_origins: self.reject,
            max_age: Duration::from_secs(60),
            extra_headers: vec!["X-Mine".to_owned()],
        }
    }
}

/// What became of a request, seen from outside.
fn outcome(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Outcome {
    let origin = headers.iter().find(|(name, _)| *name == "Origin").map(|(_, value)| *value);
    if origin.is_some_and(|origin| !preflight_passes(server, origin, method, path, headers)) {
        return Outcome::NotSent;
    }
    let request = server.request(method, path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    let response = request.send();
    if response.status == 403 {
        // The answer to HEAD has no body to name the code.
        return Outcome::Refused;
    }
    let shared = response.header("Access-Control-Allow-Origin");
    if origin.is_none_or(|origin| shared == Some(origin)) {
        Outcome::Answered
    } else {
        Outcome::AnsweredUnread
    }
}

/// Does what a browser does before such a request: nothing, if a form could send it or it stays within one origin.
fn preflight_passes(
    server: &Server,
    origin: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> bool {
    let asked: Vec<_> = headers
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !matches!(*name, "Origin" | "Sec-Fetch-Site"))
        .collect();
    let simple = matches!(method, "GET" | "HEAD" | "POST") && asked.is_empty();
    let own_page = match origin {
        "http://localhost:5000" => true,
        "http://127.0.0.1:5000" => headers.contains(&("Sec-Fetch-Site", "same-origin")),
        _ => false,
    };
    if simple || own_page {
        return true;
    }
    asks(server, origin, method, path, &asked)
}

/// Whether the answer to a preflight lets the request go on.
fn asks(server: &Server, origin: &str, method: &str, path: &str, asked: &[&str]) -> bool {
    let request = server.request("OPTIONS", path).header("Origin", origin);
    let request = request.header("Access-Control-Request-Method", method);
    let answer = request.header("Access-Control-Request-Headers", asked.join(",")).send();
    let lists = |name: &str, wanted: &str| {
        answer
            .header(name)
            .is_some_and(|list| list.split(',').any(|item| item.trim().eq_ignore_ascii_case(wanted)))
    };
    // Methods are compared in their case.
    let methods = answer.header("Access-Control-Allow-Methods").unwrap_or_default();
    let method_passes =
        matches!(method, "GET" | "HEAD" | "POST") || methods.split(',').any(|listed| listed.trim() == method);
    allowed(&answer, origin)
        && method_passes
        && asked.iter().all(|name| lists("Access-Control-Allow-Headers", name))
}

fn allowed(answer: &Response, origin: &str) -> bool {
    answer.status == 204 && answer.header("Access-Control-Allow-Origin") == Some(origin)
}

#[test]
fn what_is_explained_of_a_request_is_what_becomes_of_it() {
    let own = Origin::parse("http://localhost:5000").unwrap();
    let mut rows = 0;
    for choice in [
        Choice { open: false, reject: false },
        Choice { open: true, reject: false },
        Choice { open: false, reject: true },
    ] {
        let (server, options) = (choice.serve(), choice.options());
        let registry =
            Registry::new(own.loopback_aliases().into_iter().collect(), parse_list(ALLOWED).unwrap());
        for origin in ORIGINS {
            for (method, path) in METHODS.iter().flat_map(|method| PATHS.map(|path| (*method, path))) {
                for headers in HEADERS {
                    let lines =
                        headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
                    let inquiry =
                        ExplainRequest::parse(method, path, origin, lines.iter().map(String::as_str))
                            .unwrap();
                    let explained = inquiry.explain(&registry, &options);
                    let mut sent = headers.to_vec();
                    sent.extend(origin.map(|origin| ("Origin", origin)));
                    let became = outcome(&server, method, path, &sent);
                    assert_eq!(explained.outcome, became, "{method} {path} {sent:?}: {explained:#?}");
                    rows += 1;
                }
            }
        }
    }
    assert_eq!(rows, 3 * 10 * 7 * 6 * 6);
}

#[test]
fn what_a_browser_makes_of_the_methods_and_headers_of_scripts_is_explained() {
    use Outcome::{Answered, NotSent};
    const APP: &str = "https://app.example.com";
    let choice = Choice { open: false, reject: false };
    let (server, options) = (choice.serve(), choice.options());
    let own = Origin::parse("http://localhost:5000").unwrap();
    let registry = Registry::new(own.loopback_aliases(), parse_list(ALLOWED).unwrap());
    // What a script asks for, what a browser sends for it, and which headers it asks for first.
    for (method, path, header, sent, asked, expected) in [
        ("get", "/get-cookie", None, Some("GET"), &[][..], Answered),
        ("delete", "/auth/sessions", None, Some("DELETE"), &[], Answered),
        ("Put", "/auth/password", None, Some("PUT"), &[], Answered),
        ("options", "/get-cookie", None, Some("OPTIONS"), &[], NotSent),
        ("patch", "/auth/logout", None, Some("patch"), &[], NotSent),
        ("trace", "/get-cookie", None, None, &[], NotSent),
        ("CONNECT", "/get-cookie", None, None, &[], NotSent),
        ("GET", "/get-cookie", Some(("Range", "bytes=0-10")), Some("GET"), &[], Answered),
        ("GET", "/get-cookie", Some(("Range", "bytes=-10")), Some("GET"), &["range"], NotSent),
        ("GET", "/get-cookie", Some(("DNT", "1")), Some("GET"), &[], Answered),
        ("GET", "/get-cookie", Some(("Accept", "a\"b")), Some("GET"), &["accept"], Answered),
        (
            "GET",
            "/get-cookie",
            Some(("Content-Language", "de_CH")),
            Some("GET"),
            &["content-language"],
            NotSent,
        ),
        ("POST", "/auth/logout", Some(("X-HTTP-Method-Override", "TRACE")), Some("POST"), &[], Answered),
        (
            "POST",
            "/auth/logout",
            Some(("X-HTTP-Method-Override", "PUT")),
            Some("POST"),
            &["x-http-method-override"],
            NotSent,
        ),
    ] {
        let lines: Vec<_> = header.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let inquiry = ExplainRequest::parse(method, path, Some(APP), lines.iter().map(String::as_str));
        let explained = inquiry.unwrap().explain(&registry, &options);
        assert_eq!(explained.outcome, expected, "{method} {path} {header:?}: {explained:#?}");
        let Some(sent) = sent else { continue };
        let simple = matches!(sent, "GET" | "HEAD" | "POST") && asked.is_empty();
        let passes = simple || asks(&server, APP, sent, path, asked);
        assert_eq!(passes, expected != NotSent, "{method} {path} {header:?}");
        if passes {
            let answer = server.request(sent, path).header("Origin", APP).send();
            assert_ne!(answer.status, 403, "{method} {path} {answer:?}");
        }
    }
}

#[test]
fn the_command_line_explains_in_words_and_in_json() {
    let ask = |more: &[&str]| {
        let asked =
            ["explain", "--origin", "http://localhost:5174", "--method", "POST", "--path", "/auth/login"];
        Launch::new().run(&[&asked[..], more].concat())
    };
    let words = ask(&[]);
    assert_eq!(words.code(), 0, "{}", words.stderr);
    assert!(words.stdout.contains("STOP  csrf_origin"), "{}", words.stdout);
    assert!(words.stdout.contains("did you mean http://localhost:5173?"), "{}", words.stdout);
    assert!(words.stdout.ends_with("The request is answered 403.\n"), "{}", words.stdout);
    let json: serde_json::Value = serde_json::from_str(&ask(&["--json"]).stdout).unwrap();
    assert_eq!(json["outcome"], "refused");
    assert_eq!(json["steps"][0]["rule"], "origin");

    for (arguments, told) in [
        (
            &["--path", "/", "--header", "nonsense"][..],
            "'nonsense' is no header; write a name, a colon and a value",
        ),
        (&["--path", "secure"], "'secure' is no path; write one that begins with a slash"),
        (&["--path", "/", "--method", ""], "'' is no HTTP method; write one such as GET or POST"),
    ] {
        let wrong = Launch::new().run(&[&["explain"], arguments].concat());
        assert_eq!(wrong.code(), 2, "{}", wrong.stderr);
        assert!(wrong.stderr.contains(told), "{}", wrong.stderr);
    }
}
