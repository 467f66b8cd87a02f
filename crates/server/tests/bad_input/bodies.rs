//! Bodies that are no JSON object of the right fields, sent to `/greet`, and in part to every other route with
//! a body.

use serde_json::json;

use super::row::{Row, row};
use super::support::Server;

const MISSING: (u16, &str, &str) = (400, "missing_body", "Missing request body");
const TOO_LARGE: (u16, &str, &str) = (413, "payload_too_large", "Payload too large");
const NOT_JSON: (u16, &str, &str) = (415, "unsupported_media_type", "application/json");
const NOT_AN_OBJECT: (u16, &str, &str) = (400, "malformed_json", "must be a JSON object");

fn malformed(detail: &'static str) -> (u16, &'static str, &'static str) {
    (400, "malformed_json", detail)
}

fn invalid(detail: &'static str) -> (u16, &'static str, &'static str) {
    (400, "invalid_field", detail)
}

/// More than sockets hold on to: all of it is only sent if all of it is read.
const FAR_TOO_LARGE: usize = 15 << 20;

pub(crate) fn rows(server: &Server) -> Vec<Row> {
    [syntax(server), sizes(server), kinds(server), fields(server), every_route(server)]
        .into_iter()
        .flatten()
        .collect()
}

fn syntax(server: &Server) -> Vec<Row> {
    let greet = |text: &[u8]| server.post("/greet").json_text(text);
    let nested = |open: &str, close: &str, depth| [open.repeat(depth), close.repeat(depth)].concat();
    vec![
        row("no body", server.post("/greet"), MISSING),
        row("no body but a type", server.post("/greet").header("Content-Type", "application/json"), MISSING),
        row("an empty body", greet(b""), MISSING),
        row("an empty body in chunks", greet(b"").chunked(), MISSING),
        row("blanks alone", greet(b" \n\t"), malformed("line 2 column")),
        row("JSON that is cut", greet(br#"{"name":"Al"#), malformed("line 1 column 11")),
        row("JSON with a comma too many", greet(b"{\"name\":\"Alice\",\n}"), malformed("line 2 column 1")),
        row("JSON with something behind", greet(br#"{"name":"Alice"}{}"#), malformed("trailing characters")),
        row("JSON with a comment", greet(br#"{"name":"Alice"/**/}"#), malformed("line 1 column")),
        row("JSON with single quotes", greet(b"{'name':'Alice'}"), malformed("line 1 column 2")),
        row("no JSON at all", greet(b"name=Alice"), malformed("line 1 column")),
        row("bytes that are no UTF-8", greet(b"{\"name\":\"\xff\xfe\"}"), malformed("unicode")),
        row("an overlong encoding", greet(b"{\"name\":\"\xc0\xaf\"}"), malformed("unicode")),
        row("an encoded surrogate", greet(b"{\"name\":\"\xed\xa0\x80\"}"), malformed("unicode")),
        row("half of an escaped pair", greet(br#"{"name":"\ud800"}"#), malformed("line 1 column")),
        row("an unknown escape", greet(br#"{"name":"\x41"}"#), malformed("invalid escape")),
        row("UTF-16", greet(b"\xff\xfe{\0}\0"), malformed("line 1 column")),
        row("a byte order mark", greet(b"\xef\xbb\xbf{\"name\":\"Alice\"}"), malformed("line 1 column 1")),
        row("a raw line break in text", greet(b"{\"name\":\"a\nb\"}"), malformed("control character")),
        row("a raw NUL in text", greet(b"{\"name\":\"a\0b\"}"), malformed("control character")),
        row("NaN", greet(br#"{"name":NaN}"#), malformed("line 1 column")),
        row("a number out of range", greet(br#"{"name":1e999}"#), malformed("out of range")),
        row("arrays 100000 deep", greet(nested("[", "]", 100_000).as_bytes()), malformed("recursion limit")),
        row(
            "objects 100000 deep",
            greet(r#"{"a":"#.repeat(100_000).as_bytes()),
            malformed("recursion limit"),
        ),
        row(
            "a field that stands twice",
            greet(br#"{"name":"Alice","name":"Bob"}"#),
            malformed("the field 'name' stands twice at line 1 column 22"),
        ),
        row("one that is spelt differently", greet(br#"{"x":1,"\u0078":1}"#), malformed("'x' stands twice")),
        row(
            "a long one that stands twice",
            greet(format!(r#"{{"{0}":1,"{0}":1}}"#, "x".repeat(33)).as_bytes()),
            malformed("a field stands twice"),
        ),
        row("a deep name", greet(nested(r#"{"name":"#, "}", 1000).as_bytes()), malformed("recursion limit")),
    ]
}

fn sizes(server: &Server) -> Vec<Row> {
    let largest = 1 << 20;
    let greet = |length: usize| server.post("/greet").json_text(vec![b' '; length]);
    vec![
        row("a body of exactly 1 MiB", greet(largest), malformed("EOF")),
        row("a body of 1 MiB and a byte", greet(largest + 1), TOO_LARGE),
        row("the same in chunks", greet(largest + 1).chunked(), TOO_LARGE),
        row("a body of 15 MiB", greet(FAR_TOO_LARGE), TOO_LARGE),
        row("the same in chunks", greet(FAR_TOO_LARGE).chunked(), TOO_LARGE),
        row("a large body of no type", server.post("/greet").body(vec![b'x'; largest + 1]), TOO_LARGE),
        row(
            "a large body to log in with",
            server.post("/auth/login").json_text(vec![b' '; largest + 1]),
            TOO_LARGE,
        ),
        row(
            "a large registration",
            server.post("/auth/register").json_text(vec![b' '; largest + 1]),
            TOO_LARGE,
        ),
    ]
}

fn kinds(server: &Server) -> Vec<Row> {
    let typed = |kind: &str| server.post("/greet").header("Content-Type", kind).body(br#"{"name":"Alice"}"#);
    let json = || server.post("/greet").json(&json!({"name": "Alice"}));
    let encoded = (415, "unsupported_media_type", "must not be compressed");
    vec![
        row("a body of no type", server.post("/greet").body(b"{}"), NOT_JSON),
        row("an empty type", typed(""), NOT_JSON),
        row("plain text", typed("text/plain"), NOT_JSON),
        row("plain text that mentions JSON", typed("text/plain; a=application/json"), NOT_JSON),
        row("a form", typed("application/x-www-form-urlencoded"), NOT_JSON),
        row("a form with files", typed("multipart/form-data; boundary=x"), NOT_JSON),
        row("a type that begins like JSON", typed("application/jsonp"), NOT_JSON),
        row("JSON of another kind", typed("application/merge-patch+json"), NOT_JSON),
        row("a list of types", typed("application/json, text/plain"), NOT_JSON),
        row("a type of raw bytes", typed("\u{ff}\u{fe}"), NOT_JSON),
        row("two types", json().header("Content-Type", "text/plain"), NOT_JSON),
        row("the same type twice", json().header("Content-Type", "application/json"), NOT_JSON),
        row("gzip", json().header("Content-Encoding", "gzip"), encoded),
        row("an unknown encoding", json().header("Content-Encoding", "x"), encoded),
        row("gzip behind identity", json().header("Content-Encoding", "identity, gzip"), encoded),
        row(
            "UTF-16 by its name",
            typed("application/json; charset=utf-16").body(b"\xff\xfe{\0}\0"),
            malformed("line 1"),
        ),
    ]
}

fn fields(server: &Server) -> Vec<Row> {
    let greet = |text: &str| server.post("/greet").json_text(text);
    let no_name = (400, "missing_field", "Missing required field: 'name'");
    let empty = (400, "invalid_name", "Field 'name' cannot be empty");
    let no_text = invalid("Field 'name' must be a string");
    let endless = "n".repeat(10_000);
    vec![
        row("null", greet("null"), NOT_AN_OBJECT),
        row("an array", greet(r#"[{"name":"Alice"}]"#), NOT_AN_OBJECT),
        row("a text", greet(r#""Alice""#), NOT_AN_OBJECT),
        row("a number", greet("-0.0"), NOT_AN_OBJECT),
        row("no name", greet("{}"), no_name),
        row("a name in capitals", greet(r#"{"NAME":"Alice"}"#), no_name),
        row("a name that is null", greet(r#"{"name":null}"#), no_text),
        row("a name that is a number", greet(r#"{"name":7}"#), no_text),
        row("a name that is a huge number", greet(r#"{"name":123456789012345678901234567890}"#), no_text),
        row("a name that is true", greet(r#"{"name":true}"#), no_text),
        row("a name that is an array", greet(r#"{"name":["Alice"]}"#), no_text),
        row("a name that is an object", greet(r#"{"name":{"name":"Alice"}}"#), no_text),
        row("an empty name", greet(r#"{"name":""}"#), empty),
        row("a name of blanks", greet(r#"{"name":" \t\u3000\u00a0 "}"#), empty),
        row(
            "a name of 10000 characters",
            greet(&json!({"name": endless}).to_string()),
            (400, "invalid_name", "cannot be longer than 1000 characters"),
        )
        .never_repeats(endless),
        row(
            "a language that is null",
            greet(r#"{"name":"A","lang":null}"#),
            invalid("'lang' must be a string"),
        ),
        row(
            "a language that is a number",
            greet(r#"{"name":"A","lang":1}"#),
            invalid("'lang' must be a string"),
        ),
        row(
            "a language nobody speaks",
            greet(r#"{"name":"A","lang":"foo"}"#),
            (400, "unsupported_language", "Invalid or unsupported language selection: 'foo'"),
        ),
        row(
            "no language",
            greet(r#"{"name":"A","lang":""}"#),
            (400, "unsupported_language", "Invalid or unsupported language selection: ''"),
        ),
        row(
            "a language of 10000 characters",
            greet(&json!({"name": "A", "lang": "l".repeat(10_000)}).to_string()),
            (400, "unsupported_language", "Invalid or unsupported language selection: 'llll"),
        )
        .never_repeats("l".repeat(100)),
        row(
            "a language with a line break",
            greet(r#"{"name":"A","lang":"en\r\nSet-Cookie: a=b"}"#),
            (400, "unsupported_language", "Invalid or unsupported language selection: 'en\r\n"),
        ),
    ]
}

/// One check of each kind wherever else a body is read.
fn every_route(server: &Server) -> Vec<Row> {
    ["/auth/register", "/auth/login"]
        .into_iter()
        .flat_map(|route| {
            let post = |text: &[u8]| server.post(route).json_text(text);
            [
                row("credentials: no body", server.post(route), MISSING),
                row("credentials: an empty body", post(b""), MISSING),
                row("credentials: no type", server.post(route).body(b"{}"), NOT_JSON),
                row("credentials: an array", post(b"[]"), NOT_AN_OBJECT),
                row("credentials: no UTF-8", post(b"{\"username\":\"\xff\"}"), malformed("unicode")),
                row(
                    "credentials: 100000 deep",
                    post("[".repeat(100_000).as_bytes()),
                    malformed("recursion limit"),
                ),
            ]
        })
        .collect()
}
