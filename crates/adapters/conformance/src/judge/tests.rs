//! Every rule, kept and broken.

use crate::cookie::SetCookie;
use crate::expect::Expect;
use crate::http::Answer;
use crate::judge::judge;
use crate::support::answer;

fn expect(toml: &str) -> Expect {
    toml::from_str(toml).unwrap()
}

/// What is told of an answer by `rules`.
fn told(rules: &str, answer: &Answer, earlier: &[&str]) -> Vec<String> {
    let lines: Vec<_> = earlier.iter().map(|line| ("Set-Cookie", *line)).collect();
    let earlier = SetCookie::all(&crate::support::answer(200, &lines, ""));
    let fill = |text: &str| Ok(text.replace("{origin}", "https://app.example.com"));
    let faults = judge(&expect(rules), answer, &earlier, &fill).unwrap();
    faults.into_iter().map(|fault| format!("{} / {}", fault.expected, fault.came)).collect()
}

#[track_caller]
fn assert_keeps(rules: &str, answer: &Answer) {
    assert_eq!(told(rules, answer, &[]), [""; 0], "{rules}");
}

#[track_caller]
fn assert_tells(rules: &str, answer: &Answer, expected: &str) {
    assert_eq!(told(rules, answer, &[]), [expected], "{rules}");
}

#[test]
fn a_status_is_one_of_those_that_may_come() {
    let refused = answer(403, &[], r#"{"code": "origin_not_allowed"}"#);
    assert_keeps("status = 403", &refused);
    assert_keeps("status = [200, 403]", &refused);
    assert_tells("status = [200, 204]", &refused, "status 200 or 204 / 403 origin_not_allowed");
    assert_tells("status = 200", &answer(500, &[], "<html>"), "status 200 / 500");
}

#[test]
fn headers_that_must_not_be_there_are_named() {
    let shared = answer(200, &[("access-control-allow-origin", "*")], "");
    assert_keeps(r#"absent = ["Set-Cookie"]"#, &shared);
    assert_tells(
        r#"absent = ["Access-Control-*"]"#,
        &shared,
        "no Access-Control-* / access-control-allow-origin: *",
    );
}

#[test]
fn equal_means_once_and_exactly() {
    let rule = r#"headers.Access-Control-Allow-Origin = { equals = "{origin}" }"#;
    let name = "access-control-allow-origin";
    let expected = "Access-Control-Allow-Origin: https://app.example.com";
    assert_keeps(rule, &answer(200, &[(name, "https://app.example.com")], ""));
    let came = |values: &[&str]| {
        let headers: Vec<_> = values.iter().map(|value| (name, *value)).collect();
        told(rule, &answer(200, &headers, ""), &[])
    };
    assert_eq!(came(&[]), [format!("{expected} / no Access-Control-Allow-Origin")]);
    assert_eq!(came(&["*"]), [format!("{expected}, once / Access-Control-Allow-Origin: *")]);
    let twice = ["https://app.example.com"; 2];
    assert_eq!(
        came(&twice),
        [format!("{expected}, once / Access-Control-Allow-Origin: {}", twice.join(" | "))]
    );
}

#[test]
fn lists_are_read_over_all_lines_and_in_any_case() {
    let vary = answer(200, &[("Vary", "accept-encoding, ORIGIN"), ("Vary", "X")], "");
    assert_keeps(r#"headers.vary = { contains = ["Origin", "x"], lacks = ["*"] }"#, &vary);
    assert_tells("headers.Vary = { once = true }", &vary, "Vary once / Vary: accept-encoding, ORIGIN | X");
    assert_tells(
        r#"headers.Vary = { contains = ["Y"] }"#,
        &vary,
        "Y in Vary / Vary: accept-encoding, ORIGIN | X",
    );
    assert_tells(
        r#"headers.Vary = { lacks = ["x"] }"#,
        &vary,
        "no x in Vary / Vary: accept-encoding, ORIGIN | X",
    );
    assert_tells(r#"headers.Vary = { contains = ["Origin"] }"#, &answer(200, &[], ""), "Vary / no Vary");
    assert_keeps(r#"headers.Vary = { lacks = ["Origin"] }"#, &answer(200, &[], ""));
    let challenge = answer(401, &[("WWW-Authenticate", "Bearer realm=\"x\", Basic")], "");
    assert_keeps(r#"headers.WWW-Authenticate = { contains = ["Bearer", "Basic"] }"#, &challenge);
}

#[test]
fn types_and_numbers_are_read_out_of_headers() {
    let json = answer(200, &[("Content-Type", "Application/JSON; charset=utf-8"), ("Age", "61")], "");
    assert_keeps(r#"headers.Content-Type = { media_type = "application/json" }"#, &json);
    assert_keeps("headers.Age = { range = [0, 61] }", &json);
    assert_tells("headers.Age = { range = [0, 60] }", &json, "Age from 0 to 60 / Age: 61");
    let hsts = answer(200, &[("Strict-Transport-Security", "includeSubDomains; Max-Age=\"60\"")], "");
    assert_keeps(r#"headers.Strict-Transport-Security = { directive = "max-age", range = [60, 60] }"#, &hsts);
    assert_tells(
        r#"headers.Strict-Transport-Security = { directive = "preload", range = [1, 2] }"#,
        &hsts,
        "preload of Strict-Transport-Security from 1 to 2 / Strict-Transport-Security: includeSubDomains; Max-Age=\"60\"",
    );
}

#[test]
fn bodies_are_judged_by_what_they_hold() {
    let body = answer(200, &[], r#"{"a": {"b": 5, "c": null}, "d": "https://app.example.com"}"#);
    assert_keeps(
        "body = { empty = false, equals = { '/a/b' = 5, '/d' = '{origin}' }, types = { '/a' = 'object', '/a/c' = 'null' }, \
         lacks = ['/e'], hides = ['secret'] }",
        &body,
    );
    assert_tells("body = { equals = { '/a/b' = 6 } }", &body, "/a/b = 6 in the body / 5");
    assert_tells(
        "body = { types = { '/x' = 'array' } }",
        &body,
        "/x of type array in the body / nothing there",
    );
    assert_tells("body = { lacks = ['/a/b'] }", &body, "no /a/b in the body / 5");
    assert_tells("body = { empty = true }", &answer(200, &[], "x\ny"), "an empty body / x y");
    assert_tells("body = { empty = false }", &answer(200, &[], ""), "a body / an empty one");
    let html = answer(502, &[], "<html>");
    assert_tells("body = { equals = { '/a' = 1 } }", &html, "/a = 1 in the body / no JSON: <html>");
    assert_tells("body = { hides = ['html'] }", &html, "a body without \"html\" / <html>");
}

#[test]
fn cookies_are_judged_by_what_becomes_of_them() {
    let line = "__Host-a=secret; Path=/; Secure; HttpOnly; SameSite=lax; Max-Age=60";
    let set = answer(200, &[("Set-Cookie", line)], "");
    assert_keeps(
        "cookies = [{ name = 'a', has = ['HttpOnly', 'secure'], lacks = ['Domain'], values = { Path = '/', SameSite = ['Lax', 'Strict'] }, \
         max_age = [60, 60], prefix = '__Host-', keeps_prefix = true }]",
        &set,
    );
    let came = "__Host-a; Path=/; SameSite=lax; Secure; HttpOnly; Max-Age=60";
    for (rule, expected) in [
        ("lacks = ['HttpOnly']", "no HttpOnly on a"),
        ("has = ['Partitioned']", "Partitioned on a"),
        ("values = { Path = '/auth' }", "Path=/auth on a"),
        ("max_age = [1, 59]", "a Max-Age from 1 to 59 on a"),
        ("prefix = ['', '__Secure-']", "no prefix or __Secure- on a"),
        ("becomes = 'cleared'", "the cookie a cleared"),
        ("becomes = 'untouched'", "no word of the cookie a"),
    ] {
        assert_tells(&format!("cookies = [{{ name = 'a', {rule} }}]"), &set, &format!("{expected} / {came}"));
    }
    assert_tells("cookies = [{ name = 'b' }]", &set, "the cookie b set / no word of it");
    assert_keeps("cookies = [{ name = 'b', becomes = 'untouched' }]", &set);
    let twice = answer(200, &[("Set-Cookie", "a=1"), ("Set-Cookie", "__Host-a=2; Secure; Path=/")], "");
    assert_tells("cookies = [{ name = 'a' }]", &twice, "the cookie a once / 2 times");
    let broken = answer(200, &[("Set-Cookie", "__Host-a=1; Path=/")], "");
    let promise = "Secure on __Host-a, as its prefix promises / __Host-a; Path=/";
    assert_tells("cookies = [{ name = 'a', keeps_prefix = true }]", &broken, promise);
}

#[test]
fn clearing_mirrors_setting_attribute_by_attribute() {
    let rule = "cookies = [{ name = 'a', becomes = 'cleared', mirrors = true }]";
    let earlier = ["a=old; Path=/old", "a=1; Path=/auth; SameSite=Lax; HttpOnly; Max-Age=60"];
    let cleared = |line| told(rule, &answer(200, &[("Set-Cookie", line)], ""), &earlier);
    assert_eq!(cleared("a=; HttpOnly; SameSite=Lax; Path=/auth; Max-Age=0"), [""; 0]);
    assert_eq!(
        cleared("a=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"),
        [
            "the attributes it was set with, a; Path=/auth; SameSite=Lax; HttpOnly / a; Path=/; SameSite=Lax; HttpOnly; Max-Age=0"
        ]
    );
}

#[test]
fn every_difference_is_told() {
    let rules =
        "status = 204\nabsent = ['X']\nheaders.Vary = { contains = ['Origin'] }\nbody = { empty = true }";
    assert_eq!(told(rules, &answer(200, &[("X", "1")], "x"), &[]).len(), 4);
}
