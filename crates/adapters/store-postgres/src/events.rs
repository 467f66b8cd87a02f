//! Events in Postgres.

use concierge_audit::{Act, Actor, Event, EventId, EventQuery, EventStore};
use concierge_kernel::{StoreFailure, UserId};
use diesel::data_types::PgTimestamp;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
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

/// "events", as the number of the lock that orders them.
///
/// Whoever adds an event shares it, from before its number is drawn until its row can be seen; whoever reads holds it alone. So
/// no number below one that was read comes into view later, and those who add do not wait for each other's commits.
const LOCK: i64 = 0x6576_656e_7473;
const SHARE: &str = "SELECT pg_advisory_xact_lock_shared($1)";
const ALONE: &str = "SELECT pg_advisory_xact_lock($1)";

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
        self.database.write(move |connection| {
            lock(connection, SHARE)?;
            Ok(diesel::insert_into(events::table).values(&row).execute(connection)?)
        })?;
        Ok(())
    }

    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure> {
        let query = query.clone();
        // Each statement sees what there is when it begins, so the first that reads sees all that was added before the lock was
        // had. Nothing is added while it is held.
        let rows = self.database.write(move |connection| {
            lock(connection, ALONE)?;
            let end = query.before.map(|id| place(connection, id)).transpose()?;
            match query.user {
                None => Ok(newest(&query, end).load(connection)?),
                Some(user) => of_user(connection, &query, end, user),
            }
        })?;
        rows.into_iter().map(|(_, row)| row.event()).collect()
    }
}

/// Takes the lock until the transaction ends.
fn lock(connection: &mut PgConnection, statement: &str) -> Result<(), Failure> {
    diesel::sql_query(statement).bind::<BigInt, _>(LOCK).execute(connection)?;
    Ok(())
}

type Found<'a> = diesel::dsl::IntoBoxed<
    'a,
    diesel::dsl::Select<events::table, (events::seq, diesel::dsl::AsSelect<EventRow, Pg>)>,
    Pg,
>;

/// The place of this event in the order of all; of one that is not there, the place before the first.
fn place(connection: &mut PgConnection, id: EventId) -> Result<i64, Failure> {
    let found = events::table.filter(events::id.eq(Uuid::from_bytes(*id.as_bytes()))).select(events::seq);
    Ok(found.first(connection).optional()?.unwrap_or(0))
}

/// The newest events that `query` asks for before the place `end`, whoever their user is.
fn newest(query: &EventQuery, end: Option<i64>) -> Found<'static> {
    let mut found = events::table.select((events::seq, EventRow::as_select())).into_boxed();
    if let Some(end) = end {
        found = found.filter(events::seq.lt(end));
    }
    if let Some(kind) = query.kind {
        found = found.filter(events::kind.eq(kind.as_str()));
    }
    found.order(events::seq.desc()).limit(query.limit.into())
}

/// Two looks, each along an index of its own that has the order already; one look with an OR would sort all of a user's
/// events for every page.
fn of_user(
    connection: &mut PgConnection,
    query: &EventQuery,
    end: Option<i64>,
    user: UserId,
) -> Result<Vec<(i64, EventRow)>, Failure> {
    let user = Uuid::from_bytes(*user.as_bytes());
    let mut rows: Vec<(i64, EventRow)> =
        newest(query, end).filter(events::actor_id.eq(user)).load(connection)?;
    rows.extend(newest(query, end).filter(events::subject.eq(user)).load::<(i64, EventRow)>(connection)?);
    rows.sort_unstable_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    rows.dedup_by_key(|(seq, _)| *seq);
    rows.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
    Ok(rows)
}
