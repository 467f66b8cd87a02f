//! A server that goes away, falls silent, comes back, and takes no writes for a while.

use std::error::Error as _;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::StoreFailure;
use concierge_store_postgres::{PostgresDatabase, PostgresOptions};
use concierge_test_servers::Postgres;
use concierge_users::{InsertUserError, UserStore as _};
use diesel::connection::SimpleConnection as _;

use crate::support::{OPTIONS, raw};

/// How often something is tried that is to come about. One that fails takes half a second.
const TRIES: usize = 60;

#[test]
fn without_a_server_the_store_is_unavailable_and_when_it_is_back_all_goes_on() {
    let Some(mut server) = Postgres::start() else { return };
    let options = PostgresOptions { connect_timeout: Duration::from_secs(1), ..OPTIONS };
    let database = PostgresDatabase::open(&server.url(), options).unwrap();
    let (users, alice) = (database.users(), sample_user("alice"));
    users.insert(&alice, &sample_hash("one")).unwrap();

    server.stop();
    for refused in [users.find(alice.id).map(drop), database.ping()] {
        assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    }

    server.resume();
    let found = (0..TRIES).find_map(|_| users.find(alice.id).ok());
    assert_eq!(found, Some(Some(alice)));
    users.insert(&sample_user("bob"), &sample_hash("one")).unwrap();
}

#[test]
fn a_server_that_falls_silent_is_given_up_and_when_it_speaks_again_all_goes_on() {
    let Some(mut server) = Postgres::start() else { return };
    let options = PostgresOptions {
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(3),
        ..OPTIONS
    };
    let database = PostgresDatabase::open(&server.url(), options).unwrap();
    let (users, alice) = (database.users(), sample_user("alice"));
    users.insert(&alice, &sample_hash("one")).unwrap();

    // Somebody waits for an answer already, for longer than a connection is waited for.
    let lock = server.lock("users");
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| users.find(alice.id));
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        while !waiting.is_finished() && server.run(waits) == "0" {}
        server.freeze();
        waiting.join().unwrap()
    });
    assert!(matches!(waiting, Err(StoreFailure::Unavailable(_))), "{waiting:?}");
    // More than there may be connections: none is waited for twice.
    for _ in 0..2 * OPTIONS.pool_size {
        let refused = users.find(alice.id);
        assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    }

    server.thaw();
    drop(lock);
    let found = (0..TRIES).find_map(|_| users.find(alice.id).ok());
    assert_eq!(found, Some(Some(alice)));
}

/// Listens where the server did, which has to be stopped.
fn in_the_place_of(server: &Postgres) -> UnixListener {
    let url = server.url();
    let folder = url.split("host=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
    UnixListener::bind(format!("{folder}/.s.PGSQL.5432")).unwrap()
}

#[test]
fn the_pauses_between_attempts_to_connect_do_not_grow_with_the_outage() {
    let Some(mut server) = Postgres::start() else { return };
    let options = PostgresOptions { pool_size: 1, connect_timeout: Duration::from_secs(60), ..OPTIONS };
    let database = PostgresDatabase::open(&server.url(), options).unwrap();
    server.stop();
    let refusing = in_the_place_of(&server);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| database.ping());
        // They would fill minutes if each pause were twice the one before.
        for attempt in 0..12 {
            drop(refusing.accept().unwrap());
            assert!(!waiting.is_finished(), "given up after {attempt} attempts");
        }
        drop(refusing);
        server.resume();
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn whoever_listens_and_says_nothing_is_waited_for_no_longer_than_connecting_may_take() {
    let Some(mut server) = Postgres::start() else { return };
    let options = PostgresOptions { connect_timeout: Duration::from_secs(1), ..OPTIONS };
    let database = PostgresDatabase::open(&server.url(), options).unwrap();
    server.stop();
    let silent = in_the_place_of(&server);
    for _ in 0..2 * OPTIONS.pool_size {
        let refused = database.ping();
        assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    }
    drop(silent);
    server.resume();
    assert!((0..TRIES).any(|_| database.ping().is_ok()));
}

#[test]
fn a_connection_that_takes_no_writes_any_more_is_not_used_again() {
    let Some(server) = Postgres::start() else { return };
    let options = PostgresOptions { pool_size: 1, ..OPTIONS };
    let database = PostgresDatabase::open(&server.url(), options).unwrap();
    let backends = || {
        server.run("SELECT pid FROM pg_stat_activity WHERE query LIKE '%transaction_read_only%' AND pid <> pg_backend_pid()")
    };
    database.ping().unwrap();
    let first = backends();
    assert!(!first.is_empty() && !first.contains('\n'), "{first:?}");
    database.ping().unwrap();
    assert_eq!(backends(), first, "a good one is kept");

    server.run("ALTER SYSTEM SET default_transaction_read_only = on");
    server.run("SELECT pg_reload_conf()");
    while database.ping().is_ok() {}
    server.run("ALTER SYSTEM RESET default_transaction_read_only");
    server.run("SELECT pg_reload_conf()");
    while database.ping().is_err() {}
    assert_ne!(backends(), first);
}

#[test]
fn a_server_that_takes_no_writes_is_unavailable_until_it_does() {
    let Some(server) = Postgres::start() else { return };
    let database = PostgresDatabase::open(&server.url(), OPTIONS).unwrap();
    let set = |value: &str| {
        let mut connection = raw(&server.url());
        connection
            .batch_execute(&format!("ALTER SYSTEM SET default_transaction_read_only = {value}"))
            .unwrap();
        connection.batch_execute("SELECT pg_reload_conf()").unwrap();
    };
    set("on");
    while database.ping().is_ok() {}
    let ping = database.ping();
    assert!(matches!(ping, Err(StoreFailure::Unavailable(_))), "{ping:?}");
    let insert = || database.users().insert(&sample_user("alice"), &sample_hash("one"));
    // The ping and the insert may go by different connections, which hear of the change one after the other.
    let refused = (0..TRIES).find_map(|_| insert().err());
    assert!(matches!(refused, Some(InsertUserError::Store(StoreFailure::Unavailable(_)))), "{refused:?}");
    set("off");
    while database.ping().is_err() {}
}

#[test]
fn of_several_hosts_the_one_that_is_there_and_takes_writes_is_used() {
    let (Some(mut away), Some(reading), Some(writing)) =
        (Postgres::start(), Postgres::start(), Postgres::start())
    else {
        return;
    };
    away.stop();
    raw(&reading.url()).batch_execute("ALTER SYSTEM SET default_transaction_read_only = on").unwrap();
    raw(&reading.url()).batch_execute("SELECT pg_reload_conf()").unwrap();
    while PostgresDatabase::open(&reading.url(), OPTIONS).is_ok() {}

    let url = Postgres::url_of(&[&away, &reading, &writing]);
    let database = PostgresDatabase::open(&url, OPTIONS).unwrap();
    database.users().insert(&sample_user("alice"), &sample_hash("one")).unwrap();
    let beside = PostgresDatabase::open(&writing.url(), OPTIONS).unwrap();
    assert_eq!(beside.users().find(sample_user("alice").id).unwrap(), Some(sample_user("alice")));

    let none = PostgresDatabase::open(&Postgres::url_of(&[&away, &reading]), OPTIONS).err().unwrap();
    let cause = none.source().unwrap().to_string();
    assert!(cause.contains("session is read-only"), "{cause}");
}
