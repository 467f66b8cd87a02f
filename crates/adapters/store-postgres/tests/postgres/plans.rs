//! How the server finds what the stores ask for, in tables that are large enough for it to matter.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::House;

/// 5000 users with a session each, of which one in ten is revoked, with a living and a used token; 20000 events.
const CROWD: &str = "
INSERT INTO users (id, username, password_hash, created_at)
SELECT gen_random_uuid(), 'user' || number, 'x', now() FROM generate_series(1, 5000) AS number;
INSERT INTO user_roles SELECT id, 'admin' FROM users LIMIT 5;
INSERT INTO user_roles SELECT id, 'auditor' FROM users;
INSERT INTO sessions (id, user_id, delivery, remember, csrf_token, created_at, authenticated_at, expires_at, last_used_at)
SELECT gen_random_uuid(), id, 'cookie', true, 'x', now(), now(), now() + random() * interval '30 days', now() FROM users;
UPDATE sessions SET revoked_at = now() - random() * interval '30 days', revocation_reason = 'logout' WHERE random() < 0.1;
INSERT INTO refresh_tokens (id, session_id, issued_at, expires_at) SELECT gen_random_uuid(), id, now(), now() FROM sessions;
INSERT INTO refresh_tokens (id, session_id, issued_at, expires_at, first_used_at)
SELECT gen_random_uuid(), id, now(), now(), now() FROM sessions;
INSERT INTO events (id, at, kind, details, actor, actor_id, subject)
SELECT gen_random_uuid(), now(), 'kind' || number % 20, '{}', 'user', gen_random_uuid(), gen_random_uuid()
FROM generate_series(1, 20000) AS number;
ANALYZE users, user_roles, sessions, refresh_tokens, events;
";

const ID: &str = "'019aa2b4-5c00-7000-8000-000000000001'";

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

fn plan(connection: &mut PgConnection, query: &str) -> String {
    let steps: Vec<Step> =
        diesel::sql_query(format!("EXPLAIN (COSTS OFF) {query}")).load(connection).unwrap();
    steps.into_iter().map(|step| step.text + "\n").collect()
}

#[test]
fn every_query_on_a_hot_route_uses_an_index() {
    let Some(house) = House::build() else { return };
    let mut connection = house.raw();
    connection.batch_execute(CROWD).unwrap();
    let joined = "sessions INNER JOIN refresh_tokens ON refresh_tokens.session_id = sessions.id";
    for (query, indexes) in [
        (
            format!("SELECT * FROM {joined} WHERE sessions.id = {ID} AND first_used_at IS NULL"),
            &["sessions_pkey", "refresh_tokens_living"][..],
        ),
        (format!("SELECT * FROM sessions WHERE id = {ID} FOR NO KEY UPDATE"), &["sessions_pkey"]),
        (
            format!("SELECT * FROM refresh_tokens WHERE session_id = {ID} AND first_used_at IS NULL LIMIT 1"),
            &["refresh_tokens_living"],
        ),
        (
            format!("SELECT * FROM refresh_tokens WHERE id = {ID} AND session_id = {ID}"),
            &["refresh_tokens_pkey"],
        ),
        (
            format!("DELETE FROM refresh_tokens WHERE session_id = {ID} AND first_used_at < now()"),
            &["refresh_tokens_by_session"],
        ),
        (
            "SELECT id, revoked_at FROM sessions WHERE revoked_at >= now() - interval '1 minute'".to_owned(),
            &["sessions_by_revocation"],
        ),
        (
            format!(
                "SELECT * FROM {joined} WHERE user_id = {ID} AND revoked_at IS NULL \
                 AND sessions.expires_at > now() AND first_used_at IS NULL"
            ),
            &["sessions_living", "refresh_tokens_living"],
        ),
        (
            "SELECT id FROM sessions WHERE expires_at < now() ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED"
                .to_owned(),
            &["sessions_by_expiry"],
        ),
        (
            "SELECT * FROM users LEFT JOIN user_roles ON user_roles.user_id = users.id WHERE username = 'user7'"
                .to_owned(),
            &["users_username_key"],
        ),
        (
            format!("SELECT * FROM users LEFT JOIN user_roles ON user_roles.user_id = users.id WHERE users.id = {ID}"),
            &["users_pkey"],
        ),
        (
            "SELECT * FROM users WHERE username >= 'user1' AND username < 'user1\u{10ffff}' ORDER BY username LIMIT 50"
                .to_owned(),
            &["users_username_key"],
        ),
        (
            "SELECT * FROM users WHERE username > 'user1234' AND username < 'user\u{10ffff}' ORDER BY username LIMIT 50"
                .to_owned(),
            &["users_username_key"],
        ),
        (format!("SELECT * FROM user_roles WHERE user_id = ANY (ARRAY[{ID}, {ID}]::uuid[])"), &["user_roles_pkey"]),
        (
            format!(
                "SELECT EXISTS (SELECT 1 FROM user_roles INNER JOIN users ON user_roles.user_id = users.id \
                 WHERE role = 'admin' AND disabled_at IS NULL AND users.id <> {ID})"
            ),
            &["user_roles_by_role", "users_pkey"],
        ),
        (format!("UPDATE users SET password_hash = 'y' WHERE id = {ID} AND password_hash = 'x'"), &["users_pkey"]),
        (format!("UPDATE refresh_tokens SET first_used_at = now() WHERE id = {ID}"), &["refresh_tokens_pkey"]),
        (format!("UPDATE sessions SET last_used_at = now() WHERE id = {ID}"), &["sessions_pkey"]),
        (
            format!("UPDATE sessions SET revoked_at = now() WHERE id = {ID} AND revoked_at IS NULL RETURNING expires_at"),
            &["sessions_pkey"],
        ),
        (format!("DELETE FROM sessions WHERE id = ANY (ARRAY[{ID}, {ID}]::uuid[])"), &["sessions_pkey"]),
        // What deletes a session's tokens with it.
        (format!("DELETE FROM ONLY refresh_tokens WHERE {ID} = session_id"), &["refresh_tokens_by_session"]),
        (format!("SELECT seq FROM events WHERE id = {ID}"), &["events_id_key"]),
        (
            "SELECT * FROM events WHERE kind = 'a rare one' AND seq < 10000 ORDER BY seq DESC LIMIT 50".to_owned(),
            &["events_by_kind"],
        ),
        ("SELECT * FROM events ORDER BY seq DESC LIMIT 50".to_owned(), &["events_pkey"]),
        ("SELECT * FROM events WHERE seq < 10000 ORDER BY seq DESC LIMIT 50".to_owned(), &["events_pkey"]),
        (
            format!("SELECT * FROM events WHERE actor_id = {ID} AND seq < 10000 ORDER BY seq DESC LIMIT 50"),
            &["events_by_actor"],
        ),
        (
            format!("SELECT * FROM events WHERE subject = {ID} AND seq < 10000 ORDER BY seq DESC LIMIT 50"),
            &["events_by_subject"],
        ),
    ] {
        let plan = plan(&mut connection, &query);
        for index in indexes {
            assert!(plan.contains(&format!("using {index} ")) || plan.contains(&format!("on {index}\n")), "{query}\n{plan}");
        }
        for costly in ["Seq Scan on users", "Seq Scan on sessions", "Seq Scan on refresh", "Seq Scan on events", "Sort"] {
            assert!(!plan.contains(costly), "{query}\n{plan}");
        }
    }
}

#[test]
fn the_sessions_of_a_user_that_are_to_end_are_found_by_an_index_and_then_put_in_order() {
    let Some(house) = House::build() else { return };
    let mut connection = house.raw();
    connection.batch_execute(CROWD).unwrap();
    let query = format!(
        "SELECT id, expires_at FROM sessions WHERE user_id = {ID} AND revoked_at IS NULL AND id <> {ID} \
         ORDER BY id FOR NO KEY UPDATE"
    );
    let plan = plan(&mut connection, &query);
    assert!(plan.contains("using sessions_living ") && !plan.contains("Seq Scan"), "{plan}");
}
