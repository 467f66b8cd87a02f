//! The rows that are compiled in, and what keeps a row from being one.

use std::collections::HashSet;

use crate::table::Table;

const ROW: &str = "[[row]]
id = 'a-row'
checks = 'Something.'
source = { title = 'Fetch', section = '3', url = 'https://fetch.spec.whatwg.org/' }
request = { method = 'GET', path = '/' }
expect.status = 200
";

fn refusal(text: &str) -> String {
    Table::default().add("rows.toml", text).unwrap_err().to_string()
}

#[test]
fn the_rows_that_are_compiled_in_are_many_and_each_is_whole() {
    let table = Table::built_in().unwrap();
    assert!(table.rows().len() >= 150, "{}", table.rows().len());
    let ids: HashSet<_> = table.rows().iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), table.rows().len());
    for row in table.rows() {
        assert!(row.checks.ends_with('.'), "{}: what it checks is no sentence", row.id);
        assert!(row.source.url.starts_with("https://") && !row.source.section.is_empty(), "{}", row.id);
        // Each says what would fail, beyond that an answer comes.
        assert!(row.expect.status.is_some(), "{}", row.id);
    }
}

#[test]
fn no_two_rows_ask_and_expect_the_same() {
    let table = Table::built_in().unwrap();
    let mut seen = HashSet::new();
    for row in table.rows() {
        let whole = format!("{:?} {:?} {:?} {:?}", row.needs, row.before, row.request, row.expect);
        assert!(seen.insert(whole), "{} is another row once more", row.id);
    }
}

#[test]
fn a_row_is_read_strictly() {
    Table::default().add("rows.toml", ROW).unwrap();
    for (from, to, complaint) in [
        ("checks", "check", "unknown field `check`"),
        ("path = '/'", "path = '/', port = 5", "unknown field `port`"),
        ("expect.status", "expect.statuses", "unknown field `statuses`"),
        ("expect.status = 200", "expect.headers.Vary = { is = 'x' }", "unknown field `is`"),
        (
            "expect.status = 200",
            "expect.cookies = [{ name = 'a', HttpOnly = true }]",
            "unknown field `HttpOnly`",
        ),
        ("expect.status = 200", "", "missing field `expect`"),
        ("expect.status = 200", "expect.absent = ['X']", "it expects no status"),
        ("section = '3', ", "", "missing field `section`"),
        ("section = '3'", "section = ''", "its source names no section"),
        ("https://fetch", "http://fetch", "does not begin with https://"),
        ("a-row", "A row", "an id is lower-case words with dashes"),
        ("request =", "needs = ['luck']\nrequest =", "unknown variant `luck`"),
        ("path = '/'", "path = '/{origin}'", "asks for [Origin] among the row's needs"),
        ("path = '/'", "path = '/{nonsense}'", "{nonsense} is no placeholder"),
    ] {
        let broken = ROW.replacen(from, to, 1);
        assert_ne!(broken, ROW, "{from}");
        assert!(refusal(&broken).contains(complaint), "{complaint}: {}", refusal(&broken));
    }
}

#[test]
fn an_id_is_taken_once() {
    assert_eq!(refusal(&ROW.repeat(2)), "rows.toml: row \"a-row\": its id is taken");
}

#[test]
fn rows_are_picked_by_their_names() {
    let table = Table::built_in().unwrap().only("preflight-of-*");
    assert!(!table.rows().is_empty() && table.rows().iter().all(|row| row.id.starts_with("preflight-of-")));
}

#[test]
fn the_format_is_documented_to_the_last_key() {
    let readme = include_str!("../../../../conformance/README.md");
    for key in [
        "id",
        "checks",
        "source",
        "needs",
        "before",
        "request",
        "expect",
        "status",
        "absent",
        "headers",
        "body",
        "cookies",
        "equals",
        "once",
        "contains",
        "lacks",
        "media_type",
        "directive",
        "range",
        "empty",
        "types",
        "hides",
        "becomes",
        "has",
        "values",
        "max_age",
        "prefix",
        "keeps_prefix",
        "mirrors",
        "fill",
        "origin",
        "http",
        "https",
        "same_site",
        "cross_site",
        "write",
        "account",
        "session",
        "fresh_session",
        "tokens",
    ] {
        assert!(readme.contains(&format!("`{key}`")), "{key}");
    }
    for (placeholder, _) in crate::fill::KNOWN {
        assert!(readme.contains(&format!("`{{{placeholder}}}`")), "{placeholder}");
    }
}
