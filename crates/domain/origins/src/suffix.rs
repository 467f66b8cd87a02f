//! Asks the public suffix list whether strangers can register names directly under a domain.

use psl::Psl;

/// Whether names directly under `domain` may belong to anyone: it is a public suffix, of a registry (`co.uk`)
/// or of a private owner who hands out names (`github.io`), or every name under it is (`*.ck`).
///
/// A top-level domain that the list does not know counts as a public suffix, by the list's own default rule:
/// whom `app.internal` belongs to depends on the network that the visitor is in. `localhost` does not count:
/// RFC 6761 keeps every name under it on the visitor's own machine.
pub(crate) fn is_open_to_strangers(domain: &str) -> bool {
    // No rule names this label, so it finds the rules that end in `*`.
    domain != "localhost" && (is_public_suffix(domain) || is_public_suffix(&format!("any-name.{domain}")))
}

fn is_public_suffix(domain: &str) -> bool {
    psl::List.suffix(domain.as_bytes()).is_some_and(|suffix| suffix.as_bytes() == domain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_register_under_registries_hosters_and_unknown_domains() {
        for domain in [
            "com",
            "co.uk",
            "github.io",
            "netlify.app",
            "ck",
            "foo.ck",
            "kawasaki.jp",
            "xn--p1ai",
            "internal",
        ] {
            assert!(is_open_to_strangers(domain), "{domain}");
        }
        for domain in
            ["example.com", "me.github.io", "city.kawasaki.jp", "corp.internal", "localhost", "a.localhost"]
        {
            assert!(!is_open_to_strangers(domain), "{domain}");
        }
    }
}
