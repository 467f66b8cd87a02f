//! What the URL of a Postgres database looks like.

use std::collections::HashSet;
use std::num::NonZeroU16;

use concierge_store_postgres::decoded;

const PORT: &str =
    "after a host and a colon stands its port, 1 to 65535, and an address with colons stands in brackets";
const PARAMETERS: &str = "after the ? come parameters of libpq, NAME=VALUE with & between them";

/// Refuses what libpq would with a piece of the URL in its sentence, which may be of the password; and what it would
/// understand otherwise than it was meant. Give what comes after `postgres://`.
pub(super) fn check(rest: &str) -> Result<(), &'static str> {
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = before.rsplit_once('@').map_or(before, |(_, place)| place);
    if rest.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '#') {
        return Err("a blank or a # in it is to be percent-encoded");
    }
    if !percent_encoded(rest) {
        return Err("a % in it begins a percent-encoded character: % itself is %25");
    }
    if before.matches('@').count() > 1 || before.matches('/').count() > 1 {
        return Err("a password's @ and / are to be percent-encoded: %40 and %2F");
    }
    if place.contains(['=', '&', ';']) {
        return Err("libpq's parameters come after a ?; before it, =, & and ; are to be percent-encoded");
    }
    match place.split_once('/') {
        Some((hosts, name)) if !name.is_empty() => {
            if !hosts.split(',').all(has_a_port_or_none) {
                return Err(PORT);
            }
        }
        _ => return Err("name the database: postgres://USER@HOST/DATABASE"),
    }
    if query.is_empty() { Ok(()) } else { check_parameters(query) }
}

fn check_parameters(query: &str) -> Result<(), &'static str> {
    let mut names = HashSet::new();
    for parameter in query.split('&') {
        let (name, value) = parameter.split_once('=').ok_or(PARAMETERS)?;
        if name.is_empty() || value.contains('=') {
            return Err("a = in the value of a parameter is to be percent-encoded: %3D");
        }
        // Written otherwise, it would pass by whoever looks for it.
        if name.contains('%') {
            return Err("the names of parameters are not to be percent-encoded");
        }
        if !names.insert(name) {
            return Err("one parameter stands in it twice: libpq would heed the last alone");
        }
        if name == "port" && !decoded(value).split(',').all(is_port) {
            return Err("port= takes ports, 1 to 65535, with commas between them");
        }
    }
    Ok(())
}

fn has_a_port_or_none(host: &str) -> bool {
    let after = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').map(|(_, after)| after),
        None => host.find(':').map_or(Some(""), |colon| host.get(colon..)),
    };
    after.is_some_and(|after| after.is_empty() || after.strip_prefix(':').is_some_and(is_port))
}

/// Whether it is a port, or nothing, which means the usual one to libpq.
fn is_port(text: &str) -> bool {
    let digits = text.bytes().all(|digit| digit.is_ascii_digit());
    digits && (text.is_empty() || text.parse::<NonZeroU16>().is_ok())
}

/// Whether every `%` begins a character, and none is the zero byte.
fn percent_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.get(..2);
        digits.is_some_and(|two| two != "00" && two.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::support::faults;
    use super::*;

    #[test]
    fn a_url_that_libpq_would_not_read_is_refused_with_what_to_do_and_without_its_password() {
        for (url, advice) in [
            ("postgres://me:hunter2@db", "name the database"),
            ("postgres://me:hunter2@db/?sslmode=disable", "name the database"),
            ("postgres://me:hunter2@db:1/", "name the database"),
            ("postgres://me:hunter2@one:1,other:2", "name the database"),
            ("postgres://one:1,me:hunt@er2@other:2/x", "%40 and %2F"),
            ("postgres://me:hunter2%@db/x", "% itself is %25"),
            ("postgres://me:hunter2%00@db/x", "% itself is %25"),
            ("postgres://me:hunt@er2@db/x", "%40 and %2F"),
            ("postgres://me:hunter2/@db/x", "%40 and %2F"),
            ("postgres://me:hunter2#@db/x", "percent-encoded"),
            ("postgres://me@db/x?hunter2&password=hunter2", "NAME=VALUE"),
            ("postgres://me@db/x?password=hunter2=", "%3D"),
            ("postgres://me@db/x?%70assword=hunter2", "names of parameters"),
            ("postgres://me@db/x;password=hunter2", "come after a ?"),
            ("postgres://me@db/x&password=hunter2", "come after a ?"),
            ("postgres://me@db/x?password=hunter2&user=me&password=hunter2", "twice"),
        ] {
            let told = faults(&[("DATABASE__URL", url)]).concat();
            assert!(told.contains(advice), "{url}: {told}");
            assert!(!told.contains("hunt"), "{told}");
        }
    }

    #[test]
    fn ports_are_numbers_and_colons_are_theirs() {
        for hosts in
            ["u:p@h:abc", "h:0", "h:65536", "h:+1", "one:1,two:x", "[::1", "[::1]5432", "::1", "me:hunter2"]
        {
            assert_eq!(check(&format!("{hosts}/x")), Err(PORT), "{hosts}");
        }
        for hosts in ["", "h", "h:", "one:5432,two", "[::1]:5433,[::1]", "%2Frun%2Fpostgresql:5433"] {
            assert_eq!(check(&format!("{hosts}/x")), Ok(()), "{hosts}");
        }
        for ports in ["abc", "5432,x", "5432;5433"] {
            let told = check(&format!("one,two/x?port={ports}")).unwrap_err();
            assert!(told.starts_with("port= takes ports"), "{told}");
        }
        assert_eq!(check("one,two/x?port=5432%2C5433"), Ok(()));
    }
}
