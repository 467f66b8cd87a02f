//! How long a visitor cookie lasts, as `/set-cookie?lifetime=` asks for it.

use std::time::Duration;

/// How long a visitor cookie lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Until the browser closes.
    Browser,
    /// So many seconds.
    Seconds(u32),
}

/// The lifetime is no lifetime.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid lifetime: use 'browser' or a number of seconds from 1 to {}", Lifetime::MAX_SECONDS)]
pub(crate) struct InvalidLifetime;

impl Lifetime {
    const DEFAULT: Self = Self::Seconds(60);
    /// 365 days.
    const MAX_SECONDS: u32 = 31_536_000;

    pub(crate) fn parse(text: Option<&str>) -> Result<Self, InvalidLifetime> {
        match text {
            None => Ok(Self::DEFAULT),
            Some("browser") => Ok(Self::Browser),
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let seconds = digits.parse().map_err(|_| InvalidLifetime)?;
                let in_range = (1..=Self::MAX_SECONDS).contains(&seconds);
                in_range.then_some(Self::Seconds(seconds)).ok_or(InvalidLifetime)
            }
            Some(_) => Err(InvalidLifetime),
        }
    }

    /// The attribute `Max-Age`; none where the browser's end is the cookie's.
    pub(crate) fn max_age(self) -> Option<Duration> {
        match self {
            Self::Browser => None,
            Self::Seconds(seconds) => Some(Duration::from_secs(seconds.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_the_browsers_or_seconds_within_a_year() {
        assert_eq!(Lifetime::parse(None), Ok(Lifetime::Seconds(60)));
        assert_eq!(Lifetime::parse(Some("browser")), Ok(Lifetime::Browser));
        assert_eq!(Lifetime::parse(Some("1")), Ok(Lifetime::Seconds(1)));
        assert_eq!(Lifetime::parse(Some("31536000")), Ok(Lifetime::Seconds(31_536_000)));
        for text in ["", "0", "-1", "+5", "1.5", "31536001", "99999999999999999999", "Browser", " 60", "1e3"]
        {
            assert_eq!(Lifetime::parse(Some(text)), Err(InvalidLifetime), "{text}");
        }
    }
}
