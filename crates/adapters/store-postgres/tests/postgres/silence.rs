//! A server that makes connections and says nothing by them, for ever.

use std::time::Duration;

use concierge_contracts::user_store::sample_user;
use concierge_kernel::StoreFailure;
use concierge_store_postgres::{OpenError, PostgresDatabase, PostgresOptions};
use concierge_test_servers::Postgres;
use concierge_users::UserStore as _;

use crate::relay::Relay;
use crate::support::OPTIONS;

const SHORT: PostgresOptions = PostgresOptions {
    connect_timeout: Duration::from_secs(2),
    statement_timeout: Duration::from_secs(2),
    ..OPTIONS
};

#[test]
fn connections_that_fall_silent_before_their_first_answer_keep_nobody_from_making_others() {
    let Some(server) = Postgres::start() else { return };
    let relay = Relay::before(&server);
    let database = PostgresDatabase::open(relay.url(), SHORT).unwrap();
    relay.silence(true);
    // As many as the pool makes at a time, and the one that it had.
    while relay.kept() < 4 {
        let refused = database.ping();
        assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    }
    relay.silence(false);
    let found = (0..60).find_map(|_| database.users().find(sample_user("alice").id).ok());
    assert_eq!(found, Some(None));
}

#[test]
fn a_database_that_falls_silent_while_it_is_opened_is_given_up() {
    let Some(server) = Postgres::start() else { return };
    let relay = Relay::before(&server);
    relay.silence(true);
    let refused = PostgresDatabase::open(relay.url(), SHORT).err().unwrap();
    assert!(matches!(refused, OpenError::Connect { .. }), "{refused:?}");
    relay.silence(false);
    PostgresDatabase::open(relay.url(), SHORT).unwrap();
}
