//! A pooler that is busy, starts again, or waits for a server that says nothing.

use std::time::Duration;

use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::StoreFailure;
use concierge_store_postgres::{PostgresDatabase, PostgresOptions};
use concierge_test_servers::{POOLED_CONNECTIONS, Pooled, Pooler, Postgres};
use concierge_users::{InsertUserError, UserStore as _};
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;

use crate::relay::Relay;
use crate::support::{OPTIONS, count, raw};

const TRIES: usize = 60;
/// More connections than the pooler has, which are not waited for for long.
const SHORT: PostgresOptions =
    PostgresOptions { pooled: true, pool_size: 8, connect_timeout: Duration::from_secs(2), ..OPTIONS };

/// Has so many of the pooler's connections, until they are dropped.
fn taken(url: &str, connections: u32) -> Vec<PgConnection> {
    let taken = (0..connections).map(|_| {
        let mut connection = raw(url);
        connection.batch_execute("BEGIN; SELECT 1").unwrap();
        connection
    });
    taken.collect()
}

#[test]
fn who_waits_in_vain_for_the_poolers_connections_spoils_nobodys_work_and_gets_nothing_done() {
    let Some(pooled) = Pooled::make() else { return };
    let database = PostgresDatabase::open(&pooled.url(), SHORT).unwrap();
    let (users, alice, bob) = (database.users(), sample_user("alice"), sample_user("bob"));
    let mut watch = raw(&pooled.direct_url());
    let mut lock = raw(&pooled.direct_url());
    lock.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    std::thread::scope(|scope| {
        let working = scope.spawn(|| users.insert(&alice, &sample_hash("one")));
        let waits = "SELECT count(*) AS count FROM pg_stat_activity \
                     WHERE wait_event_type = 'Lock' AND datname = current_database()";
        while count(&mut watch, waits) == 0 {
            assert!(!working.is_finished());
        }
        let others = taken(&pooled.url(), POOLED_CONNECTIONS - 1);
        for _ in 0..2 {
            let refused = users.insert(&bob, &sample_hash("one"));
            assert!(
                matches!(refused, Err(InsertUserError::Store(StoreFailure::Unavailable(_)))),
                "{refused:?}"
            );
        }
        assert!(!working.is_finished());
        drop(others);
        lock.batch_execute("ROLLBACK").unwrap();
        working.join().unwrap().unwrap();
    });
    // Who comes last is served last.
    assert_eq!(users.find(bob.id).unwrap(), None);
    assert_eq!(users.find(alice.id).unwrap(), Some(alice));
}

#[test]
fn a_pooler_that_has_started_again_is_no_failure_to_anybody() {
    let Some(server) = Postgres::start() else { return };
    let Some(pooler) = Pooler::before(&server, 5432, "") else { return };
    let database = PostgresDatabase::open(pooler.url(), PostgresOptions { pool_size: 1, ..SHORT }).unwrap();
    for _ in 0..4 {
        database.ping().unwrap();
    }
    drop(pooler);
    let _pooler = Pooler::before(&server, 5432, "").unwrap();
    for _ in 0..4 {
        database.ping().unwrap();
    }
}

#[test]
fn whom_the_pooler_sends_away_from_its_queue_is_told_to_come_again() {
    let Some(server) = Postgres::start() else { return };
    let Some(pooler) = Pooler::before(&server, 5432, "query_wait_timeout = 1") else { return };
    let database = PostgresDatabase::open(pooler.url(), PostgresOptions { pool_size: 1, ..SHORT }).unwrap();
    database.ping().unwrap();
    let others = taken(pooler.url(), POOLED_CONNECTIONS);
    let refused = database.ping();
    assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    drop(others);
    assert!((0..TRIES).any(|_| database.ping().is_ok()));
}

#[test]
fn a_pooler_that_ends_what_says_nothing_serves_again_as_soon_as_the_server_does() {
    let Some(server) = Postgres::start() else { return };
    let relay = Relay::before(&server);
    let Some(pooler) = Pooler::before(&server, 5433, "query_timeout = 3") else { return };
    let database = PostgresDatabase::open(pooler.url(), SHORT).unwrap();
    relay.silence(true);
    while relay.kept() < POOLED_CONNECTIONS as usize {
        let refused = database.ping();
        assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    }
    relay.silence(false);
    let refused = (0..TRIES).map_while(|_| database.ping().err()).collect::<Vec<_>>();
    assert!(refused.iter().all(|refused| matches!(refused, StoreFailure::Unavailable(_))), "{refused:?}");
    assert!(refused.len() < TRIES, "{refused:?}");
}
