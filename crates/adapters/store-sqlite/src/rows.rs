//! Reading what rows hold back into domain types, and blaming a corrupt one by table, column and key.

use concierge_kernel::{BoxError, StoreFailure, Timestamp};

/// One row on its way into a domain type.
pub(crate) struct Row<'a> {
    pub(crate) table: &'static str,
    pub(crate) key: &'a str,
}

impl Row<'_> {
    /// Parses a column, or blames it.
    pub(crate) fn parse<T, E: Into<BoxError>>(
        &self,
        column: &'static str,
        parsed: Result<T, E>,
    ) -> Result<T, StoreFailure> {
        parsed.map_err(|error| StoreFailure::Corrupt {
            table: self.table,
            column,
            key: self.key.to_owned(),
            source: error.into(),
        })
    }

    /// Reads a name that must be one of a few.
    pub(crate) fn one_of<T>(&self, column: &'static str, found: Option<T>) -> Result<T, StoreFailure> {
        self.parse(column, found.ok_or("not one of the names concierge writes"))
    }

    /// Reads a moment.
    pub(crate) fn moment(&self, column: &'static str, micros: i64) -> Result<Timestamp, StoreFailure> {
        let moment = Timestamp::from_micros(micros);
        self.parse(column, moment.ok_or("not a number of microseconds from 1970 to 9999"))
    }

    /// Reads a moment that may not have come.
    pub(crate) fn moment_or_none(
        &self,
        column: &'static str,
        micros: Option<i64>,
    ) -> Result<Option<Timestamp>, StoreFailure> {
        micros.map(|micros| self.moment(column, micros)).transpose()
    }
}
