//! `[rate_limit]`: named already, so that scripts that turn it off keep working; there is no limiter yet.

use super::parse::boolean;
use super::reader::{Read, Reader};

/// Whether requests are limited.
#[derive(Clone, Debug)]
pub struct RateLimit {
    /// Always `false` in this version.
    pub enabled: bool,
}

impl RateLimit {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let enabled = reader.required("rate_limit.enabled", |entry| match boolean(entry)? {
            true => Err("this version has no rate limiter, only false is possible".to_owned()),
            false => Ok(false),
        });
        Ok(Self { enabled: enabled? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with};

    #[test]
    fn a_limiter_that_does_not_exist_cannot_be_turned_on() {
        assert!(with(&[("RATE_LIMIT__ENABLED", "false")]).is_ok());
        assert!(faults(&[("RATE_LIMIT__ENABLED", "true")])[0].contains("this version has no rate limiter"));
    }
}
