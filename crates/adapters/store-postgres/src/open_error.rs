//! Why a database could not be opened.

use std::time::Duration;

use concierge_kernel::BoxError;

use crate::advice::advice;
use crate::migrate::MigrateFailure;

/// Why a database could not be opened. No message holds the password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The server cannot be reached, or refuses.
    #[error("cannot connect to the Postgres database {place}{}", advice.map(|advice| format!(": {advice}")).unwrap_or_default())]
    Connect {
        /// Where it is to be.
        place: String,
        /// What to do about it, where that is known.
        advice: Option<&'static str>,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The database cannot hold every name.
    #[error("the Postgres database {place} keeps text as {encoding}: make one with ENCODING 'UTF8'")]
    Encoding {
        /// Where it is.
        place: String,
        /// What it has instead of UTF-8.
        encoding: String,
    },
    /// Nobody migrated it, as the lock was not to be had.
    #[error(
        "cannot lock the Postgres database {place} for migrations within {} s; another concierge may be at it: wait for it, \
         or see in pg_stat_activity what it does",
        patience.as_secs_f32()
    )]
    Locked {
        /// Where it is.
        place: String,
        /// How long it took.
        patience: Duration,
        /// What the server says.
        #[source]
        source: BoxError,
    },
    /// A newer version has been here.
    #[error(
        "the Postgres database {place} has migrations that this version of concierge does not know ({}): start the version \
         that applied them, or a later one",
        unknown.join(", ")
    )]
    Ahead {
        /// Where it is.
        place: String,
        /// The versions of those migrations.
        unknown: Vec<String>,
    },
    /// Migrations are missing, and not for this user to apply.
    #[error(
        "the Postgres database {place} lacks migrations that its user may not apply ({}): run `concierge migrate` as the \
         owner of its tables, then start again",
        missing.join(", ")
    )]
    NotPermitted {
        /// Where it is.
        place: String,
        /// The names of those migrations.
        missing: Vec<String>,
    },
    /// Something before the server gives each transaction another session.
    #[error(
        "the Postgres database {place} is behind a pooler that gives each transaction another session: set database.pooler \
         to transaction"
    )]
    Pooled {
        /// Where it is.
        place: String,
    },
    /// A migration failed; what it had done has been undone.
    #[error("cannot migrate the Postgres database {place}")]
    Migrate {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}

impl OpenError {
    /// The server cannot be reached.
    pub(crate) fn connect(place: &str, source: BoxError) -> Self {
        Self::Connect { place: place.to_owned(), advice: advice(&source.to_string()), source }
    }

    /// The schema is not what it should be, after so long a wait.
    pub(crate) fn migrate(place: &str, patience: Duration, failure: MigrateFailure) -> Self {
        let place = place.to_owned();
        match failure {
            MigrateFailure::Lock(source) => Self::Locked { place, patience, source },
            MigrateFailure::Ahead(unknown) => Self::Ahead { place, unknown },
            MigrateFailure::NotPermitted(missing) => Self::NotPermitted { place, missing },
            MigrateFailure::Migration(source) => Self::Migrate { place, source },
        }
    }
}
