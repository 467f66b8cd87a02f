//! What libpq reads in a URL: its parameters, and the hosts that it connects to.

/// The hosts that libpq connects to by its URL `url` and the variables of the process, of which `variable` tells: their
/// addresses where it is told any, else their names, with the ports that stand beside them. An empty one is the socket of
/// this machine's server.
pub fn hosts(url: &str, variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let said = |name| parameter(url, name).map(decoded);
    let beside = authority(url).split('/').next().filter(|hosts| !hosts.is_empty()).map(decoded);
    let addresses = said("hostaddr").or_else(|| variable("PGHOSTADDR")).unwrap_or_default();
    let names = said("host").or(beside).or_else(|| variable("PGHOST")).unwrap_or_default();
    if addresses.is_empty() {
        return names.split(',').map(str::to_owned).collect();
    }
    let names = names.split(',').chain(std::iter::repeat(""));
    let one = |(address, name): (&str, &str)| if address.is_empty() { name } else { address }.to_owned();
    addresses.split(',').zip(names).map(one).collect()
}

/// What of the URL says where the database is: hosts and its name.
pub(super) fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let before = rest.split_once('?').map_or(rest, |(before, _)| before);
    before.rsplit_once('@').map_or(before, |(_, place)| place)
}

/// What libpq's URL `url` says of this parameter, percent-encoded as it is there.
pub fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let said = query.split('&').filter_map(|parameter| parameter.split_once('='));
    // Of two of one name, libpq heeds the last.
    said.rev().find(|(said, _)| *said == name).map(|(_, value)| value)
}

/// The text with its percent-encoded bytes as they are meant. What is no UTF-8 then is replaced.
pub fn decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let digits = piece.get(..2).filter(|two| two.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&piece.as_bytes()[2..]);
            }
            None => bytes.extend([b"%", piece.as_bytes()].concat()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(url: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let told = |name: &str| variables.iter().find(|(known, _)| *known == name);
        hosts(url, |name| told(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn hosts_are_those_that_libpq_connects_to() {
        for (url, expected) in [
            ("postgres://me:a,b@one:5433,[::1]/x", &["one:5433", "[::1]"][..]),
            ("postgres://one/x?host=/run/one,%2Frun%2Ftwo", &["/run/one", "/run/two"]),
            ("postgres://localhost/x?hostaddr=10.0.0.1%2C::1", &["10.0.0.1", "::1"]),
            ("postgres://one,two/x?hostaddr=,10.0.0.2", &["one", "10.0.0.2"]),
            ("postgres:///x?hostaddr=10.0.0.1", &["10.0.0.1"]),
            ("postgres://one/x?hostaddr=", &["one"]),
            ("postgres:///x", &[""]),
        ] {
            assert_eq!(found(url, &[]), expected, "{url}");
        }
    }

    #[test]
    fn what_the_url_leaves_open_the_variables_say() {
        let (name, address) = (("PGHOST", "one,two"), ("PGHOSTADDR", "10.0.0.1,10.0.0.2"));
        assert_eq!(found("postgres://me@/x", &[name]), ["one", "two"]);
        assert_eq!(found("postgres://db/x", &[name]), ["db"]);
        // To libpq an address is another thing than a name, so the name in the URL does not overrule it.
        assert_eq!(found("postgres://one,two/x", &[address]), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(found("postgres://db/x?hostaddr=::1", &[name, address]), ["::1"]);
    }

    #[test]
    fn what_is_percent_encoded_is_read_as_it_is_meant() {
        for (text, meant) in
            [("a%2Cb%2f", "a,b/"), ("%C3%A9%", "é%"), ("%zz%4", "%zz%4"), ("%FF", "\u{fffd}")]
        {
            assert_eq!(decoded(text), meant);
        }
    }
}
