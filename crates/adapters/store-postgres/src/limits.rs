//! How long statements may take, told to the server once a session, or where sessions are nobody's own, in each transaction.

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, CacheSize, SimpleConnection as _, TransactionManager as _};
use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel::{Connection as _, PgConnection, QueryResult, RunQueryDsl as _};

use crate::failure::Failure;

/// In these all statements see the same state of the database and change nothing.
pub(crate) const SNAPSHOT: &str = "ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// In these each statement sees what others have committed until then.
pub(crate) const COMMITTED: &str = "ISOLATION LEVEL READ COMMITTED";

/// The limits of a connection's statements.
#[derive(Debug)]
pub(crate) enum Limits {
    /// The session is ours, and keeps what it was told first.
    Session(String),
    /// Each transaction may have another session: it is told as it begins, which takes no round trip of its own, and leaves
    /// nothing behind.
    Transaction(String),
}

impl Limits {
    /// For sessions of our own.
    pub(crate) fn of_sessions(patience: Duration) -> Self {
        let millis = patience.as_millis();
        // English where the server lets us choose: some of its refusals can be told apart by their words alone.
        Self::Session(format!(
            "SET statement_timeout = {millis}; SET lock_timeout = {millis}; \
             SET idle_in_transaction_session_timeout = {millis}; \
             DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false); \
             EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
        ))
    }

    /// For transactions of a pooler. Whether they may choose the language is tried out on `connection`.
    pub(crate) fn of_transactions(patience: Duration, connection: &mut PgConnection) -> Self {
        let english = "; SET LOCAL lc_messages = 'C'";
        let may = connection.transaction(|connection| connection.batch_execute(&english[2..])).is_ok();
        let millis = patience.as_millis();
        Self::Transaction(format!(
            "; SET LOCAL statement_timeout = {millis}; SET LOCAL lock_timeout = {millis}; \
             SET LOCAL idle_in_transaction_session_timeout = {millis}{}",
            if may { english } else { "" }
        ))
    }

    /// Readies a new connection. What is prepared in a session of the pooler's is not found in the next, so nothing is.
    pub(crate) fn ready(&self, connection: &mut PgConnection) -> QueryResult<()> {
        match self {
            Self::Session(settings) => connection.batch_execute(settings),
            Self::Transaction(_) => {
                connection.set_prepared_statement_cache_size(CacheSize::Disabled);
                Ok(())
            }
        }
    }

    /// Whether a connection keeps its session.
    pub(crate) fn are_of_sessions(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    /// Begins a transaction of this mode. A pooler has it wait for a session.
    pub(crate) fn begin(&self, connection: &mut PgConnection, mode: &str) -> QueryResult<()> {
        let limits = match self {
            Self::Session(_) => "",
            Self::Transaction(settings) => settings,
        };
        AnsiTransactionManager::begin_transaction_sql(connection, &format!("BEGIN {mode}{limits}"))
    }
}

/// Runs `work` in the transaction that has begun, and ends it.
pub(crate) fn finish<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match work(connection) {
        Ok(done) => {
            AnsiTransactionManager::commit_transaction(connection)?;
            Ok(done)
        }
        Err(failure) => match AnsiTransactionManager::rollback_transaction(connection) {
            // The failure itself tells more of why the connection has gone.
            Ok(()) | Err(diesel::result::Error::BrokenTransactionManager) => Err(failure),
            Err(error) => Err(error.into()),
        },
    }
}

/// Whether two connections have met in one session, as behind a pooler that hands sessions out by the transaction. Seen
/// where it hands out the one that was used last, as poolers do, and nobody else asks for it just then.
pub(crate) fn share_a_session(one: &mut PgConnection, other: &mut PgConnection) -> bool {
    let met = "current_setting('concierge.session', true) IS NOT DISTINCT FROM 'taken'";
    let taken = one.batch_execute("SET concierge.session = 'taken'");
    let met = taken.and_then(|()| diesel::select(sql::<Bool>(met)).get_result(other));
    met.unwrap_or_default() && one.batch_execute("RESET concierge.session").is_ok()
}
