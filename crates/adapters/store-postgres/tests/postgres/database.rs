//! Connections, limits, locks and corrupt rows.

use std::error::Error as _;
use std::time::Duration;

use concierge_contracts::doubles::{ManualClock, SeededEntropy};
use concierge_contracts::race;
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::{Clock as _, StoreFailure};
use concierge_store_postgres::{OpenError, PostgresDatabase, PostgresOptions};
use concierge_tokens::{
    CsrfToken, Delivery, Device, RefreshToken, RevocationReason, Revoked, Session, SessionId,
    SessionStore as _, TokenId,
};
use concierge_users::UserStore as _;
use diesel::connection::SimpleConnection as _;

use crate::support::{House, OPTIONS, count, name};

#[test]
fn what_was_stored_is_there_after_reopening() {
    let Some(house) = House::build() else { return };
    let alice = sample_user("alice");
    house.database.users().insert(&alice, &sample_hash("one")).unwrap();
    let reopened = PostgresDatabase::open(&house.schema.url(), OPTIONS).unwrap();
    assert_eq!(reopened.users().find(alice.id).unwrap(), Some(alice));
    reopened.ping().unwrap();
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let url = "postgres://me:hunter2@127.0.0.1:1/concierge?password=hunter2";
    let refused = PostgresDatabase::open(url, OPTIONS).err().unwrap();
    assert!(matches!(refused, OpenError::Connect { .. }), "{refused:?}");
    assert_eq!(
        refused.to_string(),
        "cannot connect to the Postgres database postgres://127.0.0.1:1/concierge"
    );
    assert!(!format!("{refused:?} {:?}", refused.source()).contains("hunter2"), "{refused:?}");
}

#[test]
fn of_several_servers_that_are_not_there_all_are_named_without_their_password() {
    let url = "postgres://me:hunter2@127.0.0.1:1,[::1]:2/concierge";
    let refused = PostgresDatabase::open(url, OPTIONS).err().unwrap();
    let sentence = "cannot connect to the Postgres database postgres://127.0.0.1:1,[::1]:2/concierge";
    assert_eq!(refused.to_string(), sentence);
    let cause = refused.source().unwrap().to_string();
    assert!(
        cause.contains("\"127.0.0.1\", port 1 failed") && cause.contains("\"::1\", port 2 failed"),
        "{cause}"
    );
    assert!(!format!("{refused:?} {cause}").contains("hunter2"), "{refused:?}");
}

#[test]
fn a_statement_that_waits_for_too_long_fails_as_unavailable() {
    let Some(house) = House::build() else { return };
    let options = PostgresOptions { statement_timeout: Duration::from_millis(50), ..OPTIONS };
    let database = PostgresDatabase::open(&house.schema.url(), options).unwrap();
    let mut other = house.raw();
    other.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let refused = database.users().find(sample_user("alice").id);
    assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(database.users().find(sample_user("alice").id).unwrap(), None);
}

#[test]
fn whoever_gets_no_connection_in_time_is_told_that_the_store_is_unavailable() {
    let Some(house) = House::build() else { return };
    let options = PostgresOptions { pool_size: 1, connect_timeout: Duration::from_secs(1), ..OPTIONS };
    let database = PostgresDatabase::open(&house.schema.url(), options).unwrap();
    let mut other = house.raw();
    other.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| database.users().find(sample_user("alice").id));
        let holds =
            "SELECT count(*) AS count FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass";
        while count(&mut house.raw(), holds) == 0 {}
        let refused = database.ping();
        assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(waiting.join().unwrap().unwrap(), None);
    });
}

#[test]
fn names_are_compared_by_code_points_whatever_the_databases_language() {
    let Some(house) = House::build() else { return };
    let query = "SELECT collation_name::text AS name FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = 'users' AND column_name = 'username'";
    assert_eq!(name(&mut house.raw(), query), "C");
}

#[test]
fn a_corrupt_row_is_blamed_by_table_column_and_key() {
    let Some(house) = House::build() else { return };
    let alice = sample_user("alice");
    house.database.users().insert(&alice, &sample_hash("one")).unwrap();
    for corruption in ["created_at = 'infinity'", "created_at = '1969-12-31 00:00:00+00'"] {
        house.raw().batch_execute(&format!("UPDATE users SET {corruption}")).unwrap();
        match house.database.users().find(alice.id) {
            Err(StoreFailure::Corrupt { table: "users", column: "created_at", key, .. }) => {
                assert_eq!(key, alice.id.to_string());
            }
            other => panic!("expected a corrupt row, got {other:?}"),
        }
    }
}

#[test]
fn ids_that_another_hand_has_made_are_blamed() {
    let Some(house) = House::build() else { return };
    let alice = sample_user("alice");
    house.database.users().insert(&alice, &sample_hash("one")).unwrap();
    house.raw().batch_execute("UPDATE users SET id = gen_random_uuid()").unwrap();
    let found = house.database.users().find_credentials(&alice.username);
    assert!(matches!(found, Err(StoreFailure::Corrupt { column: "id", .. })), "{found:?}");
}

#[test]
fn the_database_itself_forbids_a_second_living_token() {
    let Some(house) = House::build() else { return };
    let [session, _] = two_sessions(&house);
    let second = format!(
        "INSERT INTO refresh_tokens (id, session_id, issued_at, expires_at) \
         VALUES (gen_random_uuid(), '{session}', now(), now())"
    );
    let refused = house.raw().batch_execute(&second).unwrap_err();
    assert!(refused.to_string().contains("refresh_tokens_living"), "{refused}");
}

#[test]
fn what_the_server_takes_back_for_a_deadlock_is_done_again() {
    let Some(house) = House::build() else { return };
    let [first, second] = two_sessions(&house);
    let user = sample_user("alice").id;
    let mut other = house.raw();
    // The other one is patient, so that it is ours which is taken back.
    other.batch_execute("SET deadlock_timeout = '60s'; BEGIN").unwrap();
    let lock = |id: SessionId| format!("SELECT 1 FROM sessions WHERE id = '{id}' FOR UPDATE");
    other.batch_execute(&lock(second)).unwrap();
    let ended = std::thread::scope(|scope| {
        let ours = scope.spawn(|| {
            let now = ManualClock::default().now();
            house.database.sessions().revoke_all(user, None, now, RevocationReason::Logout)
        });
        let waits = "SELECT count(*) AS count FROM pg_stat_activity \
                     WHERE wait_event_type = 'Lock' AND query LIKE '%sessions%' AND query LIKE '%FOR NO KEY UPDATE%'";
        while count(&mut house.raw(), waits) == 0 {}
        other.batch_execute(&lock(first)).unwrap();
        other.batch_execute("COMMIT").unwrap();
        ours.join().unwrap().unwrap()
    });
    assert_eq!(ids(&ended), [first, second]);
}

#[test]
fn racing_ends_of_all_sessions_name_each_session_once() {
    let Some(house) = House::build() else { return };
    let [first, second] = two_sessions(&house);
    let user = sample_user("alice").id;
    let sessions = house.database.sessions();
    let now = ManualClock::default().now();
    let ended = race(8, |_| sessions.revoke_all(user, None, now, RevocationReason::Logout).unwrap());
    assert_eq!(ids(&ended.concat()), [first, second]);
}

fn ids(ended: &[Revoked]) -> Vec<SessionId> {
    ended.iter().map(|session| session.id).collect()
}

/// Two sessions of alice, in the order of their ids.
fn two_sessions(house: &House) -> [SessionId; 2] {
    let alice = sample_user("alice");
    house.database.users().insert(&alice, &sample_hash("one")).unwrap();
    let (clock, entropy) = (ManualClock::default(), SeededEntropy::default());
    let now = clock.now();
    let mut ids = [(); 2].map(|()| {
        let session = Session {
            id: SessionId::generate(now, &entropy),
            user_id: alice.id,
            delivery: Delivery::Cookie,
            remember: true,
            csrf_token: CsrfToken::generate(&entropy),
            created_at: now,
            authenticated_at: now,
            revocation: None,
        };
        let token = RefreshToken {
            id: TokenId::generate(now, &entropy),
            predecessor: None,
            issued_at: now,
            expires_at: now.plus(Duration::from_secs(3600)),
            first_used_at: None,
        };
        house.database.sessions().create(&session, &Device::default(), &token).unwrap();
        session.id
    });
    ids.sort();
    ids
}
