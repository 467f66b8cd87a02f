//! Bringing the schema up to date, one process at a time.

use std::time::Duration;

use concierge_kernel::BoxError;
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::migration::{Migration, MigrationConnection as _, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{Connection as _, PgConnection, QueryResult, QueryableByName, RunQueryDsl as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../../migrations/postgres");

/// "concierg", as the number by which the server knows the lock. It is the same for every version.
const LOCK: i64 = 0x636f_6e63_6965_7267;

/// How long the lock is waited for in one go. Whoever waits has a snapshot, and `CREATE INDEX CONCURRENTLY`, which another
/// may be at under the lock, waits for all of those to go; in less time than the server takes to call that a deadlock.
const SLICE: Duration = Duration::from_millis(500);

type Pending = Vec<Box<dyn Migration<Pg>>>;

/// Why the schema is not what this version needs.
pub(crate) enum MigrateFailure {
    /// The lock was not to be had.
    Lock(BoxError),
    /// Migrations have been applied that this version does not know.
    Ahead(Vec<String>),
    /// These are missing, and whoever is connected may not apply them.
    NotPermitted(Vec<String>),
    /// A migration failed, and has been undone.
    Migration(BoxError),
}

impl From<diesel::result::Error> for MigrateFailure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Migration(error.into())
    }
}

/// Whether this version has nothing that the database has not.
pub(crate) fn is_up_to_date(connection: &mut PgConnection) -> Result<bool, MigrateFailure> {
    Ok(pending(connection)?.is_empty())
}

/// Applies what is pending; its names. Whoever else migrates this database waits, for `patience` at most. Where nothing is
/// pending, nothing is locked or written.
///
/// The lock is that of a transaction on `connection`, so that it holds behind a pooler too, where a session is nobody's
/// own. The migrations have transactions of their own on the connection that `another` makes.
pub(crate) fn migrate(
    connection: &mut PgConnection,
    another: impl FnOnce() -> Result<PgConnection, BoxError>,
    patience: Duration,
) -> Result<Vec<String>, MigrateFailure> {
    let missing = pending(connection)?;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    if !may_migrate(connection)? {
        return Err(MigrateFailure::NotPermitted(names(&missing)));
    }
    lock(connection, patience).map_err(|error| MigrateFailure::Lock(error.into()))?;
    let applied = another().map_err(MigrateFailure::Migration).and_then(|mut another| {
        // Another process may have been at it in the meantime.
        let pending = pending(&mut another)?;
        apply(&mut another, &pending, patience).map_err(MigrateFailure::Migration)?;
        Ok(names(&pending))
    });
    let unlocked = AnsiTransactionManager::rollback_transaction(connection);
    let applied = applied?;
    unlocked?;
    Ok(applied)
}

fn names(migrations: &Pending) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

/// What this version has and the database has not, the oldest first.
fn pending(connection: &mut PgConnection) -> Result<Pending, MigrateFailure> {
    let applied = applied(connection)?;
    let mut known: Pending =
        MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(MigrateFailure::Migration)?;
    known.sort_by(|one, other| one.name().version().cmp(&other.name().version()));
    let is_known =
        |version: &&String| known.iter().any(|known| known.name().version() == version.as_str().into());
    let unknown: Vec<_> = applied.iter().filter(|version| !is_known(version)).cloned().collect();
    if !unknown.is_empty() {
        return Err(MigrateFailure::Ahead(unknown));
    }
    known.retain(|migration| {
        !applied.iter().any(|version| migration.name().version() == version.as_str().into())
    });
    Ok(known)
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The versions that have been applied. It is looked before it is read: whoever may not make the table can read it.
fn applied(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    if !yes(connection, "to_regclass('__diesel_schema_migrations') IS NOT NULL")? {
        return Ok(Vec::new());
    }
    let rows = diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
        .load(connection)?;
    Ok(rows.into_iter().map(|row: Applied| row.version).collect())
}

/// Whether whoever is connected owns what there is and may add to it. Without this, older servers would let anybody make
/// the tables of their own, and newer ones refuse half-way.
fn may_migrate(connection: &mut PgConnection) -> QueryResult<bool> {
    let adds = "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";
    let owns = "coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class \
                WHERE oid = to_regclass('__diesel_schema_migrations')), true)";
    yes(connection, &format!("{adds} AND {owns}"))
}

fn yes(connection: &mut PgConnection, condition: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::sql::<Bool>(condition)).get_result(connection)
}

/// Begins a transaction that has the lock.
fn lock(connection: &mut PgConnection, patience: Duration) -> QueryResult<()> {
    let mut left = patience;
    loop {
        let slice = left.min(SLICE);
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; \
             SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = {}",
            slice.as_millis().max(1)
        );
        AnsiTransactionManager::begin_transaction_sql(connection, &begin)?;
        let locked =
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(connection);
        let Err(refusal) = locked else { return Ok(()) };
        AnsiTransactionManager::rollback_transaction(connection)?;
        left = left.saturating_sub(slice);
        if left.is_zero() {
            return Err(refusal);
        }
    }
}

fn apply(connection: &mut PgConnection, pending: &Pending, patience: Duration) -> Result<(), BoxError> {
    if pending.is_empty() {
        return Ok(());
    }
    connection.setup()?;
    // How long a migration itself may take is for whoever wrote it to say; what it waits for a table's lock is bounded,
    // for everybody who wants that table waits behind it.
    let limits =
        format!("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {}", patience.as_millis().max(1));
    for migration in pending {
        if migration.metadata().run_in_transaction() {
            connection.transaction(|connection| {
                connection.batch_execute(&limits)?;
                connection.run_migration(migration).map(drop)
            })?;
        } else {
            connection.run_migration(migration)?;
        }
    }
    Ok(())
}
