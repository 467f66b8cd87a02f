//! Moments, and the port that tells the present one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Tells the time. The only source of it outside the binary; tests advance theirs by hand.
///
/// Implementations MUST return UTC wall-clock time. They MAY step backwards, as wall clocks do: callers
/// compare with [`Timestamp::since`], which saturates.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// A moment in UTC with microsecond precision, from 1970 to the end of the year 9999.
///
/// Displays as RFC 3339 with six fractional digits and a single `Z`: `2026-11-20T13:05:27.121465Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const MICROS_PER_SECOND: i64 = 1_000_000;
/// 9999-12-31T23:59:59.999999Z, the last moment RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999_999;

const RFC_3339_MICROS: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);
    /// The last moment that can be written: the end of the year 9999.
    pub const MAX: Self = Self(LAST);

    /// The moment `micros` microseconds after the Unix epoch; `None` before it or after the year 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        (0..=LAST).contains(&micros).then_some(Self(micros))
    }

    /// The moment `secs` whole seconds after the Unix epoch; `None` after the year 9999.
    pub fn from_secs(secs: u64) -> Option<Self> {
        i64::try_from(secs).ok()?.checked_mul(MICROS_PER_SECOND).and_then(Self::from_micros)
    }

    /// Microseconds since the Unix epoch, never negative.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down: the `NumericDate` of RFC 7519.
    pub fn as_secs(self) -> u64 {
        self.0.unsigned_abs() / MICROS_PER_SECOND.unsigned_abs()
    }

    /// This moment with its fraction of a second cut off.
    #[must_use]
    pub fn floor_to_secs(self) -> Self {
        Self(self.0 - self.0 % MICROS_PER_SECOND)
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// The moment `span` later, no later than [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros).min(LAST))
    }

    /// The moment `span` earlier, no earlier than [`Timestamp::EPOCH`].
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros).max(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1000;
        let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(RFC_3339_MICROS).map_err(|_| fmt::Error)?)
    }
}

/// The text is no moment of RFC 3339 from 1970 to the year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a moment such as 2026-11-20T13:05:27Z")]
pub struct MalformedTimestamp;

impl FromStr for Timestamp {
    type Err = MalformedTimestamp;

    /// Reads RFC 3339 with any offset; what is finer than a microsecond is cut off.
    fn from_str(text: &str) -> Result<Self, MalformedTimestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| MalformedTimestamp)?;
        let micros = moment.unix_timestamp_nanos().div_euclid(1000);
        i64::try_from(micros).ok().and_then(Self::from_micros).ok_or(MalformedTimestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_rfc_3339_with_six_digits_and_one_z() {
        let moment = Timestamp::from_micros(1_795_179_927_121_465).unwrap();
        assert_eq!(moment.to_string(), "2026-11-20T13:05:27.121465Z");
        assert_eq!(Timestamp::EPOCH.to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn a_moment_is_read_from_rfc_3339_with_any_offset() {
        let moment = Timestamp::from_micros(1_795_179_927_121_465).unwrap();
        for text in ["2026-11-20T13:05:27.121465Z", "2026-11-20T14:05:27.1214659+01:00"] {
            assert_eq!(text.parse(), Ok(moment), "{text}");
        }
        for text in
            ["", "2026-11-20", "2026-11-20T13:05:27", "1969-12-31T23:59:59.9999999Z", "2026-13-01T00:00:00Z"]
        {
            assert_eq!(text.parse::<Timestamp>(), Err(MalformedTimestamp), "{text}");
        }
    }

    #[test]
    fn moments_outside_rfc_3339_cannot_be_made() {
        assert_eq!(Timestamp::from_micros(-1), None);
        assert_eq!(Timestamp::from_micros(LAST + 1), None);
        assert_eq!(Timestamp::from_secs(u64::MAX), None);
    }

    #[test]
    fn arithmetic_saturates_instead_of_overflowing() {
        assert_eq!(Timestamp::MAX.plus(Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(Timestamp::EPOCH.minus(Duration::MAX), Timestamp::EPOCH);
        assert_eq!(Timestamp::EPOCH.since(Timestamp::MAX), Duration::ZERO);
    }

    #[test]
    fn seconds_round_down() {
        let moment = Timestamp::from_micros(1_999_999).unwrap();
        assert_eq!(moment.as_secs(), 1);
        assert_eq!(moment.floor_to_secs(), Timestamp::from_secs(1).unwrap());
    }
}
