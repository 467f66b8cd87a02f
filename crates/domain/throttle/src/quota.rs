//! How much of something is allowed in how much time.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// So many cells at once, and as many again in the course of the window: one cell comes back every window / burst.
///
/// Written as `BURST/SECONDS`, such as `10/900`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    burst: NonZeroU32,
    window_secs: NonZeroU32,
}

/// The text or the numbers are no quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected how many in how many seconds, such as 10/900: from 1 to {}, a slash, from 1 to {}",
    Quota::MOST_CELLS,
    Quota::LONGEST_WINDOW
)]
pub struct MalformedQuota;

impl Quota {
    /// The most cells of a quota.
    pub const MOST_CELLS: u32 = 100_000;
    /// The longest window, in seconds: a day.
    pub const LONGEST_WINDOW: u32 = 86_400;

    /// `burst` cells, 1 to [`Quota::MOST_CELLS`], in `window_secs` seconds, 1 to [`Quota::LONGEST_WINDOW`].
    pub const fn new(burst: u32, window_secs: u32) -> Result<Self, MalformedQuota> {
        match (NonZeroU32::new(burst), NonZeroU32::new(window_secs)) {
            (Some(cells), Some(secs)) if burst <= Self::MOST_CELLS && window_secs <= Self::LONGEST_WINDOW => {
                Ok(Self { burst: cells, window_secs: secs })
            }
            _ => Err(MalformedQuota),
        }
    }

    /// How many cells may be taken at once.
    pub fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    /// The time in which all cells come back, in seconds.
    pub fn window_secs(&self) -> u32 {
        self.window_secs.get()
    }

    /// The time in which one cell comes back, at least ten microseconds.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.window_secs.get().into()) / self.burst.get()
    }

    /// Whether somebody who is held to `other` can never use this up: it has more cells, and they come back as fast.
    pub fn outlasts(&self, other: &Self) -> bool {
        self.burst > other.burst && self.interval() <= other.interval()
    }
}

impl FromStr for Quota {
    type Err = MalformedQuota;

    fn from_str(text: &str) -> Result<Self, MalformedQuota> {
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| plain).ok_or(MalformedQuota)
        };
        let (burst, window) = text.split_once('/').ok_or(MalformedQuota)?;
        Self::new(number(burst)?, number(window)?)
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.burst, self.window_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(text: &str) -> Quota {
        text.parse().unwrap()
    }

    #[test]
    fn a_quota_is_read_as_it_is_written() {
        for text in ["1/1", "10/900", "100000/86400"] {
            assert_eq!(quota(text).to_string(), text);
        }
        assert_eq!(quota("10/900").interval(), Duration::from_secs(90));
    }

    #[test]
    fn what_is_no_quota_is_refused() {
        for text in [
            "", "/", "10", "10/", "/900", "0/900", "10/0", "100001/1", "1/86401", "+1/1", "1 / 1", "1/1/1",
            "-1/1",
        ] {
            assert_eq!(text.parse::<Quota>(), Err(MalformedQuota), "{text:?}");
        }
        assert_eq!(
            MalformedQuota.to_string(),
            "expected how many in how many seconds, such as 10/900: from 1 to 100000, a slash, from 1 to 86400"
        );
    }

    #[test]
    fn a_quota_outlasts_one_with_fewer_cells_that_come_back_no_faster() {
        assert!(quota("100/3600").outlasts(&quota("10/900")));
        assert!(quota("100/3600").outlasts(&quota("99/3600")));
        assert!(!quota("100/3600").outlasts(&quota("100/7200")), "no more cells");
        assert!(!quota("100/3600").outlasts(&quota("10/60")), "they come back slower");
    }
}
