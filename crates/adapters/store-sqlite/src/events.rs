//! Events in SQLite.

use concierge_audit::{Act, Actor, Event, EventId, EventQuery, EventStore};
use concierge_kernel::{StoreFailure, UserId};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use crate::SqliteDatabase;
use crate::details::{from_json, to_json};
use crate::failure::Failure;
use crate::rows::Row;
use crate::schema::events;

/// An [`EventStore`] on SQLite. The table refuses changes and removals, whoever tries.
pub struct SqliteEventStore {
    database: SqliteDatabase,
}

const ANONYMOUS: &str = "anonymous";
const USER: &str = "user";
const COMMAND_LINE: &str = "command_line";

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = events)]
#[diesel(check_for_backend(Sqlite))]
struct EventRow {
    id: String,
    at: i64,
    kind: String,
    details: String,
    actor: String,
    actor_id: Option<String>,
    subject: Option<String>,
    session_id: Option<String>,
    address: Option<String>,
    request_id: Option<String>,
}

impl EventRow {
    fn new(event: &Event) -> Self {
        let (actor, actor_id) = match event.actor {
            Actor::Anonymous => (ANONYMOUS, None),
            Actor::User(id) => (USER, Some(id.to_string())),
            Actor::CommandLine => (COMMAND_LINE, None),
        };
        Self {
            id: event.id.to_string(),
            at: event.at.as_micros(),
            kind: event.act.name().to_owned(),
            details: to_json(&event.act.details()),
            actor: actor.to_owned(),
            actor_id,
            subject: event.subject.map(|id| id.to_string()),
            session_id: event.session.map(|id| id.to_string()),
            address: event.address.map(|address| address.to_string()),
            request_id: event.request_id.clone(),
        }
    }

    fn event(self) -> Result<Event, StoreFailure> {
        let row = Row { table: "events", key: &self.id };
        let actor = match (&*self.actor, &self.actor_id) {
            (ANONYMOUS, _) => Some(Actor::Anonymous),
            (USER, Some(id)) => Some(Actor::User(row.parse("actor_id", id.parse())?)),
            (COMMAND_LINE, _) => Some(Actor::CommandLine),
            _ => None,
        };
        Ok(Event {
            id: row.parse("id", self.id.parse())?,
            at: row.moment("at", self.at)?,
            act: Act::restore(&self.kind, row.parse("details", from_json(&self.details))?),
            actor: row.one_of("actor", actor)?,
            subject: self.subject.map(|id| row.parse("subject", id.parse())).transpose()?,
            session: self.session_id.map(|id| row.parse("session_id", id.parse())).transpose()?,
            address: self.address.map(|address| row.parse("address", address.parse())).transpose()?,
            request_id: self.request_id,
        })
    }
}

impl SqliteEventStore {
    pub(crate) fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }
}

impl EventStore for SqliteEventStore {
    fn append(&self, event: &Event) -> Result<(), StoreFailure> {
        let row = EventRow::new(event);
        self.database.write::<_, Failure>(|connection| {
            diesel::insert_into(events::table).values(row).execute(connection)?;
            Ok(())
        })?;
        Ok(())
    }

    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure> {
        let rows = self.database.read(|connection| {
            connection.transaction(|connection| {
                let end = match query.before {
                    None => None,
                    Some(id) => Some(place(connection, id)?),
                };
                match query.user {
                    None => Ok(newest(query, end).load(connection)?),
                    Some(user) => of_user(connection, query, end, user),
                }
            })
        })?;
        rows.into_iter().map(|(_, row)| row.event()).collect()
    }
}

type Found<'a> = diesel::dsl::IntoBoxed<
    'a,
    diesel::dsl::Select<events::table, (events::seq, diesel::dsl::AsSelect<EventRow, Sqlite>)>,
    Sqlite,
>;

/// The place of this event in the order of all; of one that is not there, the place before the first.
fn place(connection: &mut SqliteConnection, id: EventId) -> Result<i64, Failure> {
    let found = events::table.filter(events::id.eq(id.to_string())).select(events::seq);
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
    connection: &mut SqliteConnection,
    query: &EventQuery,
    end: Option<i64>,
    user: UserId,
) -> Result<Vec<(i64, EventRow)>, Failure> {
    let user = user.to_string();
    let done_by = newest(query, end).filter(events::actor_id.eq(user.clone()));
    let mut rows: Vec<(i64, EventRow)> = done_by.load(connection)?;
    rows.extend(newest(query, end).filter(events::subject.eq(user)).load::<(i64, EventRow)>(connection)?);
    rows.sort_unstable_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    rows.dedup_by_key(|(seq, _)| *seq);
    rows.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
    Ok(rows)
}
