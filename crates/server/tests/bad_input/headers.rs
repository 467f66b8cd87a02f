//! Header values that are no origin, no id and nothing anybody should repeat.

use super::row::{Row, row};
use super::support::{Request, Server};

const REFUSED: (u16, &str, &str) = (403, "origin_not_allowed", "may not call this API");
const NO_ACCESS: (u16, &str, &str) = (401, "token_missing", "No access token came along");

pub(crate) fn rows(server: &Server) -> Vec<Row> {
    [preflights(server), changes(server), answers(server)].into_iter().flatten().collect()
}

/// A preflight from an origin that is none, or not ours.
fn preflights(server: &Server) -> Vec<Row> {
    let from = |origin: &[u8]| preflight(server, "/secure").header("Origin", origin);
    let allowed = "http://localhost:5173";
    let endless = [b"http://", &[b'a'; 10_000][..]].concat();
    vec![
        row("an unknown origin", from(b"https://evil.example"), REFUSED),
        row(
            "an unknown origin for the public group",
            preflight(server, "/greet").header("Origin", "https://evil.example"),
            REFUSED,
        ),
        row(
            "an unknown origin for a path that is none",
            preflight(server, "/nowhere").header("Origin", "https://evil.example"),
            REFUSED,
        ),
        row("an empty origin", from(b""), REFUSED),
        row("the origin null", from(b"null"), REFUSED),
        row("a star", from(b"*"), REFUSED),
        row("raw bytes", from(b"http://\x80\xff\xfe"), REFUSED),
        row("an origin of 10000 characters", from(&endless), REFUSED).never_repeats("a".repeat(1000)),
        row("a tab in the origin", from(b"http://localhost:5173\thttp://evil.example"), REFUSED),
        row("a list of origins", from(b"http://localhost:5173, https://evil.example"), REFUSED),
        row("two Origin headers", from(allowed.as_bytes()).header("Origin", "https://evil.example"), REFUSED),
        row("the same origin twice", from(allowed.as_bytes()).header("Origin", allowed), REFUSED),
        row("a path behind the origin", from(b"http://localhost:5173/"), REFUSED),
        row("a user before the host", from(b"http://localhost:5173@evil.example"), REFUSED),
        row("a host that only begins so", from(b"http://localhost:5173.evil.example"), REFUSED),
        row("another scheme", from(b"https://localhost:5173"), REFUSED),
        row("capitals", from(b"HTTP://LOCALHOST:5173"), REFUSED),
        row("escaped line breaks", from(b"http://localhost:5173%0d%0aSet-Cookie:%20a=b"), REFUSED),
        row("markup", from(b"\"><script>alert(1)</script>"), REFUSED),
    ]
}

/// Something is to be changed, and it cannot be told that no other site's page is behind it.
fn changes(server: &Server) -> Vec<Row> {
    let logout = |name: &str, value: &[u8]| server.post("/auth/logout").header(name, value);
    let unclear = (403, "origin_not_allowed", "Another site's page may be behind this request");
    let endless = [b"http://", &[b'a'; 10_000][..]].concat();
    vec![
        row("a change from an unknown origin", logout("Origin", b"https://evil.example"), REFUSED),
        row("a change from no origin to speak of", logout("Origin", b""), REFUSED),
        row("a change from raw bytes", logout("Origin", b"http://\x80\xff"), REFUSED),
        row("a change from 10000 characters", logout("Origin", &endless), REFUSED)
            .never_repeats("a".repeat(1000)),
        row(
            "a change from two origins",
            logout("Origin", b"http://localhost:5173").header("Origin", "http://localhost:5173"),
            unclear,
        ),
        row("a change from another site", logout("Sec-Fetch-Site", b"cross-site"), unclear),
        row("a change from a site of a new kind", logout("Sec-Fetch-Site", b"x-smuggled"), unclear)
            .never_repeats("x-smuggled"),
        row("a change from raw bytes of a site", logout("Sec-Fetch-Site", b"\x80\xff"), unclear),
    ]
}

fn preflight(server: &Server, path: &str) -> Request {
    server.request("OPTIONS", path).header("Access-Control-Request-Method", "GET")
}

/// Requests that fail for another reason, with headers that must not make it worse.
fn answers(server: &Server) -> Vec<Row> {
    let secure = |name: &str, value: &[u8]| server.get("/secure").header(name, value);
    let with_id = |id: &[u8]| secure("X-Request-Id", id);
    let endless = "i".repeat(10_000);
    vec![
        row("an unknown origin that reads", secure("Origin", b"https://evil.example"), NO_ACCESS)
            .never_repeats("evil.example"),
        row("raw bytes for an origin that reads", secure("Origin", b"http://\x80\xff"), NO_ACCESS),
        row("an id with blanks", with_id(b"a b"), NO_ACCESS).never_repeats("a b"),
        row("an id with markup", with_id(b"<script>"), NO_ACCESS).never_repeats("<script>"),
        row("an id of raw bytes", with_id(b"\x80\xff"), NO_ACCESS),
        row("an id of 10000 characters", with_id(endless.as_bytes()), NO_ACCESS)
            .never_repeats(&endless[..65]),
        row("two ids", with_id(b"a").header("X-Request-Id", "b c"), NO_ACCESS),
        row("another Host", secure("X-Forwarded-Host", b"evil.example"), NO_ACCESS).never_repeats("evil"),
        row("a media type nobody speaks", secure("Accept", b"text/\xff"), NO_ACCESS),
        row(
            "90 headers",
            (0..90).fold(server.get("/secure"), |request, _| request.header("X-A", "b")),
            NO_ACCESS,
        ),
        row("a body where none belongs", server.get("/secure").json_text("{"), NO_ACCESS),
    ]
}
