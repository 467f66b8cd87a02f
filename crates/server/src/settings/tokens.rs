//! `[tokens]`: how tokens are signed, for whom, and how long they live.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::file::{here_or_in_file, line};
use super::parse::{seconds, text};
use super::reader::{Read, Reader};

/// How tokens are signed and how long they live.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The key that signs, 32 bytes or more. Always set in production.
    pub secret: Option<SecretString>,
    /// The folder of the key pairs that sign; unset, the secret signs.
    pub keys_dir: Option<PathBuf>,
    /// The `iss` claim; unset, it derives from the public URL.
    pub issuer: Option<String>,
    /// The `aud` claim.
    pub audience: String,
    /// How long an access token lives, 1 second to a day.
    pub access_ttl: Duration,
    /// How long a refresh token lives, at most a year and longer than an access token.
    pub refresh_ttl: Duration,
    /// How long after its first use a refresh token may come again, at most 5 minutes.
    pub refresh_grace: Duration,
    /// How old a login may be for what is delicate, such as a change of password; 1 second to a day.
    pub fresh_for: Duration,
    /// How far clocks may differ when expiry is checked, at most 5 minutes.
    pub leeway: Duration,
    /// For how long the store may fail to tell which sessions others have ended before this instance is not ready,
    /// 1 second to 5 minutes.
    pub revocation_lag: Duration,
}

/// The output of SHA-256, below which RFC 7518, section 3.2, allows no key for HS256.
const LEAST_BYTES: usize = 32;

/// 32 random hexadecimal digits have fewer different ones once in ten million times; typed patterns always do.
const FEWEST_DIFFERENT: usize = 8;

/// What secrets that were typed rather than drawn contain.
const TELLTALES: [&str; 5] = ["secret", "changeme", "development", "password", "example"];

impl Tokens {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let secret = secret(reader);
        let keys_dir = reader.optional("tokens.keys_dir", text);
        let issuer = reader.optional("tokens.issuer", text);
        let audience = reader.required("tokens.audience", text);
        let access_ttl = reader.required("tokens.access_ttl", seconds(1..=86_400));
        let refresh_ttl = reader.required("tokens.refresh_ttl", seconds(1..=31_536_000));
        let refresh_grace = reader.required("tokens.refresh_grace", seconds(0..=300));
        let fresh_for = reader.required("tokens.fresh_for", seconds(1..=86_400));
        let leeway = reader.required("tokens.leeway", seconds(0..=300));
        let revocation_lag = reader.required("tokens.revocation_lag", seconds(1..=300));
        if let (Ok(access), Ok(refresh)) = (&access_ttl, &refresh_ttl)
            && refresh <= access
        {
            let problem = format!("must be greater than tokens.access_ttl, which is {}", access.as_secs());
            reader.refuse("tokens.refresh_ttl", problem);
        }
        Ok(Self {
            secret: secret?,
            keys_dir: keys_dir?.map(PathBuf::from),
            issuer: issuer?,
            audience: audience?,
            access_ttl: access_ttl?,
            refresh_ttl: refresh_ttl?,
            refresh_grace: refresh_grace?,
            fresh_for: fresh_for?,
            leeway: leeway?,
            revocation_lag: revocation_lag?,
        })
    }
}

/// The secret, from whichever of its two keys is set, checked.
fn secret(reader: &mut Reader) -> Read<Option<SecretString>> {
    let direct = reader.secret("tokens.secret");
    let file = reader.optional("tokens.secret_file", text);
    let set = here_or_in_file(reader, ("tokens.secret", direct?), ("tokens.secret_file", file?), |content| {
        Ok(line(content).into())
    });
    let Some((key, secret)) = set? else {
        if reader.environment().is_production() {
            let problem =
                "production requires a secret of 32 random bytes or more, here or in tokens.secret_file";
            return Err(reader.missing("tokens.secret", problem));
        }
        return Ok(None);
    };
    match weakness(secret.expose_secret(), reader.environment().is_production()) {
        Some(problem) => Err(reader.refuse(key, problem)),
        None => Ok(Some(secret)),
    }
}

/// Why the secret cannot sign, in words that do not give it away. Production refuses what was not drawn at random.
fn weakness(secret: &str, production: bool) -> Option<String> {
    if secret.len() < LEAST_BYTES {
        return Some(format!("the secret has fewer than {LEAST_BYTES} bytes"));
    }
    if !production {
        return None;
    }
    if secret.chars().collect::<HashSet<_>>().len() < FEWEST_DIFFERENT {
        return Some(
            "production refuses a secret of so few different characters: draw one at random".to_owned(),
        );
    }
    let lower = secret.to_lowercase();
    let telltale = TELLTALES.iter().find(|word| lower.contains(*word))?;
    Some(format!("production refuses a secret that contains the word {telltale}: draw one at random"))
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::super::support::{URL, faults, production, settings, with};
    use super::*;

    const DRAWN: &str = "kZq2Vw8Yt5Rb1Nc7Lx4Pd9Hs6Jf3Gm0Q";

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn a_secret_comes_from_a_variable_or_from_a_file_without_its_newline() {
        let exposed = |name, value: &str| {
            let secret = with(&[(name, value)]).unwrap().tokens.secret.unwrap();
            secret.expose_secret().to_owned()
        };
        assert_eq!(exposed("TOKENS__SECRET", DRAWN), DRAWN);
        for ending in ["", "\n", "\r\n"] {
            let file = file(&format!("{DRAWN}{ending}"));
            assert_eq!(exposed("TOKENS__SECRET_FILE", file.path().to_str().unwrap()), DRAWN);
        }
    }

    #[test]
    fn a_secret_from_both_places_is_refused() {
        let file = file(DRAWN);
        let path = file.path().to_str().unwrap();
        let faults = faults(&[("TOKENS__SECRET", DRAWN), ("TOKENS__SECRET_FILE", path)]);
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].contains("tokens.secret is set as well (from CONCIERGE__TOKENS__SECRET)"),
            "{faults:?}"
        );
        assert!(with(&[("TOKENS__SECRET", ""), ("TOKENS__SECRET_FILE", path)]).is_ok());
    }

    #[test]
    fn a_secret_file_that_cannot_be_read_is_one_fault_also_in_production() {
        let missing = ("TOKENS__SECRET_FILE", "/nowhere/secret");
        let error = settings(Environment::Production, &[URL, missing]).unwrap_err();
        assert_eq!(error.faults().len(), 1, "{error}");
        assert!(error.to_string().contains("the file cannot be read: No such file"), "{error}");
    }

    #[test]
    fn a_short_secret_is_refused_everywhere_and_never_shown() {
        let short = "0123456789012345678901234567890";
        let expected =
            "tokens.secret = (hidden) (from CONCIERGE__TOKENS__SECRET): the secret has fewer than 32 bytes";
        assert_eq!(faults(&[("TOKENS__SECRET", short)]), [expected]);
        let file = file(short);
        let faults = faults(&[("TOKENS__SECRET_FILE", file.path().to_str().unwrap())]);
        assert!(!faults.concat().contains(short), "{faults:?}");
    }

    #[test]
    fn production_refuses_to_go_without_a_secret_or_with_one_from_development() {
        let error = settings(Environment::Production, &[URL]).unwrap_err().to_string();
        assert!(error.contains("tokens.secret (not set): production requires"), "{error}");
        let bad = [
            "a".repeat(40),
            format!("{DRAWN}-ChangeMe"),
            format!("my-SECRET-{DRAWN}"),
            format!("{DRAWN}password"),
            format!("{DRAWN}.example"),
            format!("development{DRAWN}"),
        ];
        for secret in &bad {
            let error = production(&[("TOKENS__SECRET", secret)]).unwrap_err();
            assert_eq!(error.faults().len(), 1, "{error}");
            assert!(!error.to_string().contains(secret), "{error}");
            assert!(with(&[("TOKENS__SECRET", secret)]).is_ok());
        }
        assert!(production(&[("TOKENS__SECRET", DRAWN)]).is_ok());
    }

    #[test]
    fn secrets_never_show_in_debug_or_in_the_registry() {
        let settings = with(&[("TOKENS__SECRET", DRAWN)]).unwrap();
        assert!(!format!("{settings:?}").contains(DRAWN));
        let registered = settings.sources.get("tokens.secret").unwrap();
        assert!(registered.is_secret());
        assert_eq!(registered.value(), Some("(hidden)"));
    }

    #[test]
    fn a_refresh_token_outlives_an_access_token() {
        let faults = faults(&[("TOKENS__ACCESS_TTL", "600"), ("TOKENS__REFRESH_TTL", "600")]);
        let expected = "tokens.refresh_ttl = \"600\" (from CONCIERGE__TOKENS__REFRESH_TTL): must be greater than \
                        tokens.access_ttl, which is 600";
        assert_eq!(faults, [expected]);
        assert!(with(&[("TOKENS__ACCESS_TTL", "600"), ("TOKENS__REFRESH_TTL", "601")]).is_ok());
    }

    #[test]
    fn key_pairs_are_kept_where_a_folder_is_named_and_production_needs_the_secret_all_the_same() {
        assert_eq!(with(&[]).unwrap().tokens.keys_dir, None);
        assert_eq!(with(&[("TOKENS__KEYS_DIR", " ")]).unwrap().tokens.keys_dir, None);
        let keys = ("TOKENS__KEYS_DIR", "/var/lib/concierge/keys");
        let tokens = with(&[keys]).unwrap().tokens;
        assert_eq!(tokens.keys_dir, Some(PathBuf::from("/var/lib/concierge/keys")));
        let refused = settings(Environment::Production, &[URL, keys]).unwrap_err();
        assert!(refused.to_string().contains("tokens.secret (not set)"), "{refused}");
    }

    #[test]
    fn durations_out_of_range_are_refused() {
        let wrong = [
            ("TOKENS__ACCESS_TTL", "0"),
            ("TOKENS__REFRESH_TTL", "31536001"),
            ("TOKENS__REFRESH_GRACE", "301"),
            ("TOKENS__LEEWAY", "-1"),
            ("TOKENS__FRESH_FOR", "86401"),
        ];
        assert_eq!(faults(&wrong).len(), 5);
        assert_eq!(faults(&[("TOKENS__FRESH_FOR", "0")]).len(), 1);
    }

    #[test]
    fn a_login_is_fresh_for_a_quarter_of_an_hour_unless_the_operator_says_otherwise() {
        assert_eq!(with(&[]).unwrap().tokens.fresh_for, Duration::from_secs(900));
        assert_eq!(with(&[("TOKENS__FRESH_FOR", "60")]).unwrap().tokens.fresh_for, Duration::from_secs(60));
    }
}
