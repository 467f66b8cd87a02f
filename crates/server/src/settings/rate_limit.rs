//! `[rate_limit]`: how often somebody may guess.

use concierge_throttle::{MalformedQuota, Quota, Quotas};

use super::parse::{boolean, parsed, whole};
use super::reader::{Read, Reader};

/// How often somebody may guess.
#[derive(Clone, Debug)]
pub struct RateLimit {
    /// Whether anything is limited.
    pub enabled: bool,
    /// The limits.
    pub quotas: Quotas,
    /// How many keys each limit remembers, 1 000 to 10 000 000.
    pub max_keys: usize,
}

impl RateLimit {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let enabled = reader.required("rate_limit.enabled", boolean);
        let login_pair = reader.required("rate_limit.login_pair", parsed(quota));
        let login_address = reader.required("rate_limit.login_address", parsed(quota));
        let login_account = reader.required("rate_limit.login_account", parsed(quota));
        let register_address = reader.required("rate_limit.register_address", parsed(quota));
        let refresh_session = reader.required("rate_limit.refresh_session", parsed(quota));
        let visitor_address = reader.required("rate_limit.visitor_address", parsed(quota));
        let max_keys = reader.required("rate_limit.max_keys", whole(1_000..=10_000_000_u32));
        if let (Ok(pair), Ok(account)) = (&login_pair, &login_account)
            && !account.outlasts(pair)
        {
            let problem = format!(
                "must have more than rate_limit.login_pair ({pair}), which come back no slower: or one address could lock a \
                 user out everywhere else"
            );
            reader.refuse("rate_limit.login_account", problem);
        }
        Ok(Self {
            enabled: enabled?,
            quotas: Quotas {
                login_pair: login_pair?,
                login_address: login_address?,
                login_account: login_account?,
                register_address: register_address?,
                refresh_session: refresh_session?,
                visitor_address: visitor_address?,
            },
            // Every machine this runs on has pointers of four bytes or more.
            max_keys: usize::try_from(max_keys?).unwrap_or(usize::MAX),
        })
    }
}

fn quota(text: &str) -> Result<Quota, String> {
    text.parse().map_err(|error: MalformedQuota| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::super::support::{faults, production, settings, with};

    #[test]
    fn production_limits_and_those_who_develop_or_test_are_not_limited() {
        assert!(production(&[]).unwrap().rate_limit.enabled);
        assert!(!with(&[]).unwrap().rate_limit.enabled);
        assert!(!settings(Environment::Test, &[]).unwrap().rate_limit.enabled);
        assert!(with(&[("RATE_LIMIT__ENABLED", "true")]).unwrap().rate_limit.enabled);
    }

    #[test]
    fn a_quota_is_how_many_in_how_many_seconds() {
        let limits = with(&[("RATE_LIMIT__LOGIN_PAIR", " 3/600 "), ("RATE_LIMIT__MAX_KEYS", "1000")])
            .unwrap()
            .rate_limit;
        assert_eq!(limits.quotas.login_pair.to_string(), "3/600");
        assert_eq!(limits.quotas.login_address.to_string(), "50/900");
        assert_eq!(limits.max_keys, 1000);
    }

    #[test]
    fn each_key_has_its_range() {
        let expected = "expected how many in how many seconds, such as 10/900";
        for key in [
            "LOGIN_PAIR",
            "LOGIN_ADDRESS",
            "LOGIN_ACCOUNT",
            "REGISTER_ADDRESS",
            "REFRESH_SESSION",
            "VISITOR_ADDRESS",
        ] {
            for value in ["0/900", "10/0", "100001/900", "10/86401", "10", "ten/900"] {
                let faults = faults(&[(&format!("RATE_LIMIT__{key}"), value)]);
                assert_eq!(faults.len(), 1, "{key} = {value}: {faults:?}");
                assert!(faults[0].contains(expected), "{faults:?}");
            }
        }
        for value in ["999", "10000001"] {
            let faults = faults(&[("RATE_LIMIT__MAX_KEYS", value)]);
            assert!(faults[0].ends_with("from 1000 to 10000000"), "{faults:?}");
        }
    }

    #[test]
    fn one_address_must_not_be_able_to_lock_a_user_out() {
        for account in ["10/900", "10/60", "11/3600"] {
            let faults = faults(&[("RATE_LIMIT__LOGIN_ACCOUNT", account)]);
            assert!(faults[0].contains("one address could lock a user out"), "{account}: {faults:?}");
        }
        assert!(with(&[("RATE_LIMIT__LOGIN_ACCOUNT", "11/990")]).is_ok());
    }
}
