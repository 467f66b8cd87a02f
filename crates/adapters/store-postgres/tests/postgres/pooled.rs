//! Behind PgBouncer, which gives each transaction whichever session is free.

use std::sync::Arc;
use std::time::Duration;

use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_contracts::{Stores, race};
use concierge_kernel::StoreFailure;
use concierge_store_postgres::{OpenError, PostgresDatabase, PostgresOptions};
use concierge_test_servers::Pooled;
use concierge_users::UserStore as _;
use diesel::connection::SimpleConnection as _;

use crate::support::{OPTIONS, count, name, raw};

/// More connections than the pooler has.
const THROUGH_A_POOLER: PostgresOptions = PostgresOptions { pooled: true, pool_size: 8, ..OPTIONS };

fn stores() -> Option<Stores> {
    let pooled = Pooled::make()?;
    let database = PostgresDatabase::open(&pooled.url(), THROUGH_A_POOLER).unwrap();
    Some(Stores {
        users: Arc::new(database.users()),
        sessions: Arc::new(database.sessions()),
        events: Arc::new(database.events()),
        keep: Arc::new(pooled),
    })
}

concierge_contracts::user_store_suite!(stores);
concierge_contracts::session_store_suite!(stores);
concierge_contracts::event_store_suite!(stores);

#[test]
fn a_pooler_that_is_not_told_of_is_found_out() {
    let Some(pooled) = Pooled::make() else { return };
    let refused = PostgresDatabase::open(&pooled.url(), OPTIONS).err().unwrap();
    assert!(matches!(refused, OpenError::Pooled { .. }), "{refused:?}");
    assert!(refused.to_string().ends_with("set database.pooler to transaction"), "{refused}");
    PostgresDatabase::open(&pooled.direct_url(), OPTIONS).unwrap().ping().unwrap();
}

#[test]
fn of_ten_that_open_one_new_database_through_it_one_migrates_and_all_serve() {
    let Some(pooled) = Pooled::make() else { return };
    let options = PostgresOptions { pool_size: 1, ..THROUGH_A_POOLER };
    let applied = race(10, |_| {
        let database = PostgresDatabase::open(&pooled.url(), options).unwrap();
        database.ping().unwrap();
        database.applied_migrations().to_vec()
    });
    assert_eq!(applied.iter().filter(|names| !names.is_empty()).count(), 1, "{applied:?}");
}

#[test]
fn a_statement_that_waits_for_too_long_fails_as_unavailable_and_no_other_session_hears_of_it() {
    let Some(pooled) = Pooled::make() else { return };
    let options = PostgresOptions { statement_timeout: Duration::from_millis(50), ..THROUGH_A_POOLER };
    let database = PostgresDatabase::open(&pooled.url(), options).unwrap();
    let users = database.users();
    let mut other = raw(&pooled.direct_url());
    other.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let reads = users.find(sample_user("alice").id);
    assert!(matches!(reads, Err(StoreFailure::Unavailable(_))), "{reads:?}");
    let writes = users.set_password_hash(sample_user("alice").id, &sample_hash("one"));
    assert!(matches!(writes, Err(StoreFailure::Unavailable(_))), "{writes:?}");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(users.find(sample_user("alice").id).unwrap(), None);

    for setting in ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] {
        let query = format!("SELECT current_setting('{setting}') AS name");
        assert_eq!(name(&mut raw(&pooled.url()), &query), "0", "{setting}");
    }
    let prepared = "SELECT count(*) AS count FROM pg_prepared_statements";
    assert_eq!(count(&mut raw(&pooled.url()), prepared), 0);
}

#[test]
fn a_setting_that_it_does_not_pass_on_is_refused_with_what_to_do() {
    let Some(pooled) = Pooled::make() else { return };
    let url = format!("{}&options=-csearch_path%3Delsewhere", pooled.url());
    let refused = PostgresDatabase::open(&url, THROUGH_A_POOLER).err().unwrap();
    assert!(refused.to_string().contains("takes no options= in the URL"), "{refused:?}");
}
