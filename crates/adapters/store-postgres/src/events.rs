//! Events in Postgres.

use concierge_audit::{Act, Actor, Event, EventQuery, EventStore};
use concierge_kernel::{StoreFailure, UserId};
use diesel::data_types::PgTimestamp;
use diesel::pg::Pg;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::PostgresDatabase;
use crate::details::{from_json, to_json};
use crate::failure::Failure;
use crate::rows::{Row, stamp};
use crate::schema::events;

/// An [`EventStore`] on Postgres. The table refuses changes and removals, whoever tries.
pub struct PostgresEventStore {
    database: PostgresDatabase,
}

const ANONYMOUS: &str = "anonymous";
const USER: &str = "user";
const COMMAND_LINE: &str = "command_line";

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = events)]
#[diesel(check_for_backend(Pg))]
struct EventRow {
    id: Uuid,
    at: PgTimestamp,
    kind: String,
    details: Value,
    actor: String,
    actor_id: Option<Uuid>,
    subject: Option<Uuid>,
    session_id: Option<Uuid>,
    address: Option<String>,
    request_id: Option<String>,
}

impl EventRow {
    fn new(event: &Event) -> Self {
        let (actor, actor_id) = match event.actor {
            Actor::Anonymous => (ANONYMOUS, None),
            Actor::User(id) => (USER, Some(Uuid::from_bytes(*id.as_bytes()))),
            Actor::CommandLine => (COMMAND_LINE, None),
        };
        Self {
            id: Uuid::from_bytes(*event.id.as_bytes()),
            at: stamp(event.at),
            kind: event.act.name().to_owned(),
            details: to_json(&event.act.details()),
            actor: actor.to_owned(),
            actor_id,
            subject: event.subject.map(|id| Uuid::from_bytes(*id.as_bytes())),
            session_id: event.session.map(|id| Uuid::from_bytes(*id.as_bytes())),
            address: event.address.map(|address| address.to_string()),
            request_id: event.request_id.clone(),
        }
    }

    fn event(self) -> Result<Event, StoreFailure> {
        let row = Row { table: "events", key: self.id };
        let actor = match (&*self.actor, self.actor_id) {
            (ANONYMOUS, _) => Some(Actor::Anonymous),
            (USER, Some(id)) => Some(Actor::User(row.id("actor_id", id)?)),
            (COMMAND_LINE, _) => Some(Actor::CommandLine),
            _ => None,
        };
        Ok(Event {
            id: row.id("id", self.id)?,
            at: row.moment("at", self.at)?,
            act: Act::restore(&self.kind, row.parse("details", from_json(self.details))?),
            actor: row.one_of("actor", actor)?,
            subject: row.id_or_none("subject", self.subject)?,
            session: row.id_or_none("session_id", self.session_id)?,
            address: self.address.map(|address| row.parse("address", address.parse())).transpose()?,
            request_id: self.request_id,
        })
    }
}

impl PostgresEventStore {
    pub(crate) fn new(database: PostgresDatabase) -> Self {
        Self { database }
    }
}

impl EventStore for PostgresEventStore {
    fn append(&self, event: &Event) -> Result<(), StoreFailure> {
        let row = EventRow::new(event);
        self.database
            .run(|connection| Ok(diesel::insert_into(events::table).values(row).execute(connection)?))?;
        Ok(())
    }

    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure> {
        let rows = match query.user {
            None => self.database.run(|connection| Ok(newest(query).load(connection)?)),
            Some(user) => self.database.read(|connection| of_user(connection, query, user)),
        };
        rows?.into_iter().map(EventRow::event).collect()
    }
}

type Found<'a> =
    diesel::dsl::IntoBoxed<'a, diesel::dsl::Select<events::table, diesel::dsl::AsSelect<EventRow, Pg>>, Pg>;

/// The newest events that `query` asks for, whoever their user is.
fn newest(query: &EventQuery) -> Found<'static> {
    let mut found = events::table.select(EventRow::as_select()).into_boxed();
    if let Some(before) = query.before {
        found = found.filter(events::id.lt(Uuid::from_bytes(*before.as_bytes())));
    }
    if let Some(kind) = query.kind {
        found = found.filter(events::kind.eq(kind.as_str()));
    }
    found.order(events::id.desc()).limit(query.limit.into())
}

/// Two looks, each along an index of its own that has the order already; one look with an OR would sort all of a user's
/// events for every page.
fn of_user(
    connection: &mut PgConnection,
    query: &EventQuery,
    user: UserId,
) -> Result<Vec<EventRow>, Failure> {
    let user = Uuid::from_bytes(*user.as_bytes());
    let mut rows: Vec<EventRow> = newest(query).filter(events::actor_id.eq(user)).load(connection)?;
    rows.extend(newest(query).filter(events::subject.eq(user)).load(connection)?);
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    rows.dedup_by_key(|row| row.id);
    rows.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
    Ok(rows)
}
