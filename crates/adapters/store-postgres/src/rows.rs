//! Reading what rows hold back into domain types, and blaming a corrupt one by table, column and key.

use std::str::FromStr;

use concierge_kernel::{BoxError, StoreFailure, Timestamp};
use diesel::data_types::PgTimestamp;
use uuid::Uuid;

/// Postgres counts microseconds from the year 2000 (at midnight UTC); this is how many came before since 1970.
const FROM_1970_TO_2000: i64 = 946_684_800_000_000;

/// A moment as Postgres keeps it.
pub(crate) fn stamp(moment: Timestamp) -> PgTimestamp {
    PgTimestamp(moment.as_micros() - FROM_1970_TO_2000)
}

/// One row on its way into a domain type.
pub(crate) struct Row {
    pub(crate) table: &'static str,
    pub(crate) key: Uuid,
}

impl Row {
    /// Parses a column, or blames it.
    pub(crate) fn parse<T, E: Into<BoxError>>(
        &self,
        column: &'static str,
        parsed: Result<T, E>,
    ) -> Result<T, StoreFailure> {
        parsed.map_err(|error| StoreFailure::Corrupt {
            table: self.table,
            column,
            key: self.key.to_string(),
            source: error.into(),
        })
    }

    /// Reads a name that must be one of a few.
    pub(crate) fn one_of<T>(&self, column: &'static str, found: Option<T>) -> Result<T, StoreFailure> {
        self.parse(column, found.ok_or("not one of the names concierge writes"))
    }

    /// Reads an id, which is of version 7 if concierge has written it.
    pub(crate) fn id<T>(&self, column: &'static str, id: Uuid) -> Result<T, StoreFailure>
    where
        T: FromStr<Err: Into<BoxError>>,
    {
        self.parse(column, id.to_string().parse())
    }

    /// Reads an id that need not be there.
    pub(crate) fn id_or_none<T>(
        &self,
        column: &'static str,
        id: Option<Uuid>,
    ) -> Result<Option<T>, StoreFailure>
    where
        T: FromStr<Err: Into<BoxError>>,
    {
        id.map(|id| self.id(column, id)).transpose()
    }

    /// Reads a moment. What Postgres calls infinity is none.
    pub(crate) fn moment(&self, column: &'static str, at: PgTimestamp) -> Result<Timestamp, StoreFailure> {
        let moment = at.0.checked_add(FROM_1970_TO_2000).and_then(Timestamp::from_micros);
        self.parse(column, moment.ok_or("not a moment from 1970 to 9999"))
    }

    /// Reads a moment that may not have come.
    pub(crate) fn moment_or_none(
        &self,
        column: &'static str,
        at: Option<PgTimestamp>,
    ) -> Result<Option<Timestamp>, StoreFailure> {
        at.map(|at| self.moment(column, at)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_survives_and_what_postgres_adds_is_blamed() {
        let row = Row { table: "users", key: Uuid::nil() };
        for moment in [Timestamp::EPOCH, Timestamp::MAX] {
            assert_eq!(row.moment("created_at", stamp(moment)).unwrap(), moment);
        }
        for strange in [i64::MAX, i64::MIN, -FROM_1970_TO_2000 - 1] {
            let blamed = row.moment("created_at", PgTimestamp(strange));
            assert!(matches!(blamed, Err(StoreFailure::Corrupt { column: "created_at", .. })), "{blamed:?}");
        }
    }
}
