//! Origins that differ in their leftmost label alone.

use std::fmt;

use crate::host::{self, LONGEST_LABEL, LONGEST_NAME, is_label_byte};
use crate::syntax::Parts;
use crate::{Fault, Origin, Scheme, Site, suffix};

/// An origin with one `*` in the leftmost label of its host. Made by [`crate::OriginPattern::parse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WildcardPattern {
    scheme: Scheme,
    port: u16,
    /// The host after its leftmost label.
    domain: Box<str>,
    /// The text before the `*`: the scheme and the start of the label.
    before: Box<str>,
    /// The text after the `*`: the end of the label, the domain and the port.
    after: Box<str>,
    /// How many characters the `*` may stand for without making the label or the host too long for DNS.
    longest: usize,
}

impl WildcardPattern {
    pub(crate) fn from_parts(parts: &Parts<'_>) -> Result<Self, Fault> {
        let Parts { scheme, host, port } = *parts;
        if host.starts_with('[') {
            return Err(Fault::WildcardInAddress);
        }
        if host.matches('*').count() > 1 {
            return Err(Fault::SecondWildcard);
        }
        let (label, domain) = host.split_once('.').ok_or(Fault::WildcardWithoutDomain)?;
        let (start, end) = label.split_once('*').ok_or(Fault::WildcardMisplaced)?;
        // With one letter for the `*`, the shortest host that the pattern lets in: it must be a valid name.
        match host::check(&host.replacen('*', "x", 1)) {
            Ok(host::HostKind::Name) => {}
            Ok(_) | Err(Fault::Ipv4Malformed | Fault::Ipv4NotCanonical) => {
                return Err(Fault::WildcardInAddress);
            }
            Err(fault) => return Err(fault),
        }
        let pattern = Self {
            scheme,
            port,
            domain: domain.into(),
            before: format!("{scheme}://{start}").into(),
            after: if port == scheme.default_port() {
                format!("{end}.{domain}").into()
            } else {
                format!("{end}.{domain}:{port}").into()
            },
            // Both lengths count the `*`, which gives way to what it stands for.
            longest: (LONGEST_LABEL + 1 - label.len()).min(LONGEST_NAME + 1 - host.len()),
        };
        if pattern.takes_the_whole_label() && suffix::is_open_to_strangers(domain) {
            return Err(Fault::PublicSuffix { suffix: domain.to_owned() });
        }
        Ok(pattern)
    }

    /// Whether the pattern lets in the origin with this text. Reads it once and allocates nothing.
    pub(crate) fn matches(&self, origin: &[u8]) -> bool {
        let rest = origin.strip_prefix(self.before.as_bytes());
        let star = rest.and_then(|rest| rest.strip_suffix(self.after.as_bytes()));
        star.is_some_and(|star| {
            (1..=self.longest).contains(&star.len()) && star.iter().all(|b| is_label_byte(*b))
        })
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether the host is the pattern's domain or lies anywhere under it.
    pub(crate) fn shares_domain_with(&self, host: &str) -> bool {
        host.strip_suffix(&*self.domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    }

    /// The domain, if strangers can register under it: then the `*` is a part of the label.
    pub(crate) fn open_suffix(&self) -> Option<&str> {
        suffix::is_open_to_strangers(&self.domain).then_some(&*self.domain)
    }

    /// An origin that the pattern lets in, to reason about all of them; the `*` stands for one letter.
    pub(crate) fn example(&self) -> Option<Origin> {
        Origin::parse(&format!("{}x{}", self.before, self.after)).ok()
    }

    /// Whether the domain is a public suffix, so that the label after it makes the site.
    pub(crate) fn is_many_sites(&self) -> bool {
        self.example().is_some_and(|example| Site::of(&example).host() == example.host_str())
    }

    fn takes_the_whole_label(&self) -> bool {
        self.before.ends_with('/') && self.after.starts_with('.')
    }
}

impl fmt::Display for WildcardPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*{}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OriginPattern;

    #[test]
    fn the_star_stops_where_the_label_or_the_host_grows_too_long_for_dns() {
        // 12 bytes of the host after the leftmost label, then 212: there the label's limit binds, here the host's.
        let long = format!("{}example.com", "a.".repeat(100));
        for (domain, longest) in [("example.com", 63 - 4), (&*long, 253 - 212 - 4)] {
            let pattern = OriginPattern::parse(&format!("https://app-*.{domain}")).unwrap();
            for (length, fits) in [(0, false), (1, true), (longest, true), (longest + 1, false)] {
                let text = format!("https://app-{}.{domain}", "x".repeat(length));
                let listed = crate::Registry::new(vec![], vec![pattern.clone()]).lets_in(&text);
                assert_eq!(listed, fits, "{text}");
                // `app-` alone is an origin too, only not one that the pattern means.
                assert_eq!(Origin::parse(&text).is_ok(), fits || length == 0, "{text}");
            }
        }
    }
}
