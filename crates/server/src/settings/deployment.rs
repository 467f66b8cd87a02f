//! What browsers would make of the API, its frontends and its cookies together: what cannot work is refused.

use concierge_origins::{CookieOverrides, Deployment, Finding, Origin, OriginPattern, Severity, Subject};
use concierge_web::CookieKind;

use super::layers::Layer;
use super::reader::Reader;
use super::{Cookies, Listing, Origins};

const ALLOWED: &str = "origins.allowed";

/// One thing that is wrong, and the key to change first.
pub(crate) struct Judgement {
    pub(crate) key: &'static str,
    pub(crate) severity: Severity,
    pub(crate) sentence: String,
}

/// Checks every frontend, and notes everything that is impossible or doubtful; `own` are the API's own origins.
pub(super) fn check(reader: &mut Reader, own: &[Origin], origins: Option<&Origins>, cookies: &Cookies) {
    let compiled_in = matches!(reader.layer(ALLOWED), Some(Layer::Default | Layer::Environment(_)));
    let listings = origins.map(|origins| &origins.allowed[..]).unwrap_or_default();
    let living = listings.iter().filter(|listing| listing.lives(reader.now()));
    for Judgement { key, severity, sentence } in judge(own, living, compiled_in, &cookies.overrides) {
        match severity {
            Severity::Impossible => drop(reader.refuse(key, sentence)),
            Severity::Doubtful => reader.warn(format!("{key}: {sentence}")),
        }
    }
    for domain in &cookies.former.domains {
        if own.iter().all(|origin| domain.fault(origin).is_some()) {
            reader.warn(format!(
                "cookies.former_domains: no cookie of the API can have had the Domain {domain}"
            ));
        }
    }
}

/// What is wrong with `listings` as frontends of an API whose own origins are `own`. Nobody has listed the development
/// servers of this machine where they are `compiled_in`: they are merely there until somebody lists others.
pub(crate) fn judge<'a>(
    own: &[Origin],
    listings: impl Iterator<Item = &'a Listing>,
    compiled_in: bool,
    overrides: &CookieOverrides,
) -> Vec<Judgement> {
    let Some((public_url, aliases)) = own.split_first() else { return Vec::new() };
    let patterns: Vec<_> = listings.map(|listing| listing.pattern.clone()).collect();
    let findings = |allowed: &[OriginPattern]| findings(public_url, aliases, allowed, overrides);
    let found = findings(&patterns);
    if !compiled_in || found.iter().all(|finding| finding.severity == Severity::Doubtful) {
        return found.iter().map(judgement).collect();
    }
    let about_the_api = findings(&[]);
    let mut judgements: Vec<_> = about_the_api.iter().map(judgement).collect();
    if about_the_api.len() < found.len() {
        let sentence = format!(
            "the development servers of this machine are listed, whose pages keep no cookie of {public_url}; list your \
             frontends"
        );
        judgements.push(Judgement { key: ALLOWED, severity: Severity::Doubtful, sentence });
    }
    judgements
}

fn findings(
    public_url: &Origin,
    aliases: &[Origin],
    allowed: &[OriginPattern],
    overrides: &CookieOverrides,
) -> Vec<Finding> {
    let paths = CookieKind::ALL.map(CookieKind::path);
    Deployment { public_url, aliases, allowed, overrides, paths: &paths }.check()
}

fn judgement(finding: &Finding) -> Judgement {
    let key = match finding.subject() {
        Subject::PublicUrl => "server.public_url",
        Subject::Aliases => "server.aliases",
        Subject::Allowed => ALLOWED,
        Subject::SameSite => "cookies.same_site",
        Subject::Secure => "cookies.secure",
        Subject::Partitioned => "cookies.partitioned",
        // The prefix follows from the domain.
        Subject::Domain | Subject::Prefix => "cookies.domain",
    };
    Judgement { key, severity: finding.severity, sentence: finding.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, production, with};

    const API: (&str, &str) = ("SERVER__PUBLIC_URL", "https://api.example.com");
    const HTTP: (&str, &str) = ("SERVER__PUBLIC_URL", "http://api.example.com");
    const NEAR: (&str, &str) = ("ORIGINS__ALLOWED", "https://app.example.com");
    const FAR: (&str, &str) = ("ORIGINS__ALLOWED", "https://app.example.org");

    #[test]
    fn every_impossible_set_is_refused_with_the_key_to_change() {
        for (variables, key, sentence) in [
            (&[API, NEAR, ("COOKIES__DOMAIN", "other.com")][..], "cookies.domain", "other.com"),
            (
                &[
                    ("SERVER__PUBLIC_URL", "https://api.example.co.uk"),
                    ("ORIGINS__ALLOWED", "https://app.example.co.uk"),
                    ("COOKIES__DOMAIN", "co.uk"),
                ],
                "cookies.domain",
                "public suffix",
            ),
            (
                &[API, NEAR, ("COOKIES__SAME_SITE", "none"), ("COOKIES__SECURE", "false")],
                "cookies.secure",
                "Secure is declined",
            ),
            (&[API, FAR, ("COOKIES__SECURE", "false")], "cookies.secure", "Secure is declined"),
            (
                &[HTTP, ("ORIGINS__ALLOWED", "http://app.example.com"), ("COOKIES__SECURE", "true")],
                "cookies.secure",
                "http",
            ),
            (&[HTTP, ("ORIGINS__ALLOWED", "http://app.example.org")], "origins.allowed", "another site"),
            (&[HTTP, NEAR], "server.public_url", "https"),
            (&[API, FAR, ("COOKIES__SAME_SITE", "lax")], "cookies.same_site", "app.example.org"),
            (
                &[API, NEAR, ("SERVER__ALIASES", "http://api.example.com")],
                "server.aliases = \"http://api.example.com\"",
                "redirect the other",
            ),
            (&[API, FAR, ("COOKIES__SAME_SITE", "strict")], "cookies.same_site", "app.example.org"),
        ] {
            let faults = faults(variables);
            assert!(
                faults.iter().any(|fault| fault.starts_with(key) && fault.contains(sentence)),
                "{variables:?} {faults:#?}"
            );
        }
    }

    #[test]
    fn all_that_is_impossible_is_told_at_once() {
        let list = "http://app.example.org, https://app.example.net, http://app.example.com";
        let faults = faults(&[HTTP, ("ORIGINS__ALLOWED", list), ("COOKIES__DOMAIN", "other.com")]);
        let about = |text: &str| faults.iter().filter(|fault| fault.contains(text)).count();
        assert!(about("app.example.org") >= 1 && about("app.example.net") >= 1, "{faults:#?}");
        assert!(about("cookies.domain") >= 1, "{faults:#?}");
    }

    #[test]
    fn what_is_doubtful_is_warned_of() {
        let warnings = |variables: &[_]| production(variables).unwrap().warnings;
        assert_eq!(warnings(&[]), [""; 0]);
        for (variables, key) in [
            (&[("ORIGINS__ALLOWED", "https://app-*.github.io")][..], "origins.allowed: "),
            (&[("ORIGINS__ALLOWED", "http://app.example.com")], "origins.allowed: "),
            (&[("COOKIES__SECURE", "false")], "cookies.secure: "),
        ] {
            let warnings = warnings(variables);
            assert!(warnings.iter().any(|warning| warning.starts_with(key)), "{variables:?} {warnings:#?}");
        }
        let two_names =
            [("SERVER__PUBLIC_URL", "http://localhost:5000"), ("ORIGINS__ALLOWED", "http://127.0.0.1:5173")];
        assert!(warnings(&two_names).iter().any(|warning| warning.contains("two sites")));
        assert_eq!(with(&two_names).unwrap().warnings, [""; 0], "in development both are names of the API");
    }

    #[test]
    fn an_entry_whose_time_is_over_is_warned_of_and_stops_no_start() {
        let list = "http://app.example.com, http://old.example.org until 1970-01-01T00:00:00Z";
        let settings = with(&[HTTP, ("ORIGINS__ALLOWED", list)]).unwrap();
        assert_eq!(settings.warnings.len(), 1, "{:?}", settings.warnings);
        assert!(settings.warnings[0].contains("http://old.example.org"), "{:?}", settings.warnings);
        let warnings =
            production(&[("ORIGINS__ALLOWED", "https://old.example.com until 1970-01-01T00:00:00Z")]);
        assert!(warnings.unwrap().warnings.iter().any(|warning| warning.contains("lets nobody in")));
    }

    #[test]
    fn a_former_domain_that_no_cookie_can_have_had_is_warned_of() {
        let warnings = production(&[("COOKIES__FORMER_DOMAINS", "example.com, other.org")]).unwrap().warnings;
        assert_eq!(
            warnings,
            ["cookies.former_domains: no cookie of the API can have had the Domain other.org"]
        );
    }

    #[test]
    fn frontends_that_nobody_has_listed_stop_no_start() {
        let settings = with(&[HTTP]).unwrap();
        assert_eq!(settings.warnings.len(), 1, "{:?}", settings.warnings);
        assert!(settings.warnings[0].contains("list your frontends"), "{:?}", settings.warnings);
        assert_eq!(with(&[]).unwrap().warnings, [""; 0]);
    }
}
