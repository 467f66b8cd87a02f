//! Bringing the schema up to date, one process at a time.

use std::time::Duration;

use concierge_kernel::BoxError;
use diesel::connection::SimpleConnection as _;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::BigInt;
use diesel::{PgConnection, RunQueryDsl as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../../migrations/postgres");

/// "concierg", as the number by which the server knows the lock. It is the same for every version.
const LOCK: i64 = 0x636f_6e63_6965_7267;

/// Why the schema is not what this version needs.
pub(crate) enum MigrateFailure {
    /// The lock was not to be had.
    Lock(BoxError),
    /// Migrations have been applied that this version does not know.
    Ahead(Vec<String>),
    /// A migration failed, and has been undone.
    Migration(BoxError),
}

/// Applies what is pending; its names. Whoever else migrates this database waits, for `patience` at most. The lock goes
/// with the connection, which is to serve nothing else.
pub(crate) fn migrate(
    connection: &mut PgConnection,
    patience: Duration,
) -> Result<Vec<String>, MigrateFailure> {
    lock(connection, patience).map_err(|error| MigrateFailure::Lock(error.into()))?;
    let unknown = unknown(connection).map_err(MigrateFailure::Migration)?;
    if !unknown.is_empty() {
        return Err(MigrateFailure::Ahead(unknown));
    }
    apply(connection).map_err(MigrateFailure::Migration)
}

fn lock(connection: &mut PgConnection, patience: Duration) -> Result<(), diesel::result::Error> {
    // How long a migration itself may take is for whoever wrote it to say; what it waits for a table's lock is bounded,
    // for everybody who wants that table waits behind it.
    let millis = patience.as_millis();
    connection.batch_execute(&format!("SET statement_timeout = 0; SET lock_timeout = {millis}"))?;
    diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
    Ok(())
}

/// The versions that have been applied and are none of ours.
fn unknown(connection: &mut PgConnection) -> Result<Vec<String>, BoxError> {
    let known: Vec<_> = MigrationSource::<Pg>::migrations(&MIGRATIONS)?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect();
    let applied = connection.applied_migrations()?;
    let unknown = applied.iter().filter(|version| !known.contains(version));
    Ok(unknown.map(ToString::to_string).collect())
}

fn apply(connection: &mut PgConnection) -> Result<Vec<String>, BoxError> {
    let pending = connection.pending_migrations(MIGRATIONS)?;
    connection.run_migrations(&pending)?;
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}
