//! What happened, who did it and to whom: the record of administrative acts and security events.
//!
//! * [`RecordEvent`] makes an [`Event`] of a [`NewEvent`] and adds it; [`ListEvents`] reads them in pages, the newest
//!   first. The port is [`EventStore`]. It has no way to change or remove an event.
//! * An [`Act`] says what happened. Its parts stand as a name and [`Details`] in stores and answers; the way there and
//!   back loses nothing, not even of an act that only a later version knows.
//!
//! An event names users and sessions by their ids alone, and outlives both. It never holds what somebody typed:
//! people type passwords where a name is asked for.
//!
//! To add an act, add its [`Kind`] and its [`Act`]; the build breaks where it matters. To add a store, implement
//! [`EventStore`] and run the event suite of the contracts crate against it.

mod act;
mod details;
mod event;
mod kind;
mod list_events;
mod record_event;
mod store;

pub use act::{Act, LoginFailure, UnknownAct};
pub use details::{Detail, Details};
pub use event::{Actor, Event, EventId, NewEvent};
pub use kind::{Kind, UnknownKind};
pub use list_events::{EventPage, ListEvents};
pub use record_event::{NotRecorded, RecordEvent};
pub use store::{EventQuery, EventStore};
