//! A user who may read and write rows, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use concierge_contracts::Stores;
use concierge_store_postgres::{OpenError, PostgresDatabase};
use diesel::connection::SimpleConnection as _;

use crate::support::{House, OPTIONS, name};

/// The rights as `migrations/README.md` lists them, to copy from there.
const README: &str = include_str!("../../../../../migrations/README.md");

static NEXT: AtomicU32 = AtomicU32::new(0);

/// An up-to-date database and its URL for a user with these rights; the user is dropped with it.
struct Guest {
    house: House,
    role: String,
    url: String,
}

impl Guest {
    fn invite() -> Option<Self> {
        let house = House::build()?;
        let role = format!("concierge_guest_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let schema = name(&mut house.raw(), "SELECT current_schema()::text AS name");
        let rights = README.split("```sql").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let rights =
            rights.replace("SCHEMA public", &format!("SCHEMA {schema}")).replace("concierge_server", &role);
        house.raw().batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'guest'; {rights}")).unwrap();
        // Of two, libpq heeds the last.
        let url = format!("{}&user={role}&password=guest", house.schema.url());
        Some(Self { house, role, url })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let gone = format!("DROP OWNED BY {0}; DROP ROLE {0}", self.role);
        self.house.raw().batch_execute(&gone).unwrap();
    }
}

fn stores() -> Option<Stores> {
    let guest = Guest::invite()?;
    let database = PostgresDatabase::open(&guest.url, OPTIONS).unwrap();
    Some(Stores {
        users: Arc::new(database.users()),
        sessions: Arc::new(database.sessions()),
        events: Arc::new(database.events()),
        keep: Arc::new(guest),
    })
}

concierge_contracts::user_store_suite!(stores);
concierge_contracts::session_store_suite!(stores);
concierge_contracts::event_store_suite!(stores);

#[test]
fn a_schema_that_is_out_of_date_is_refused_with_who_has_to_migrate_it() {
    let Some(guest) = Guest::invite() else { return };
    let missing = "DELETE FROM __diesel_schema_migrations WHERE version = '20261121000000'";
    guest.house.raw().batch_execute(missing).unwrap();
    let refused = PostgresDatabase::open(&guest.url, OPTIONS).err().unwrap();
    assert!(matches!(refused, OpenError::NotPermitted { .. }), "{refused:?}");
    let sentence = "lacks migrations that its user may not apply (2026-11-21-000000_events): run `concierge migrate` as the \
                    owner of its tables, then start again";
    assert!(refused.to_string().contains(sentence), "{refused}");
}

#[test]
fn an_empty_schema_is_refused_even_where_anybody_may_make_tables_of_their_own() {
    let Some(guest) = Guest::invite() else { return };
    guest.house.raw().batch_execute("DROP TABLE __diesel_schema_migrations").unwrap();
    let refused = PostgresDatabase::open(&guest.url, OPTIONS).err().unwrap();
    assert!(matches!(refused, OpenError::NotPermitted { .. }), "{refused:?}");
}
