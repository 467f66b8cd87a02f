//! Every store on Postgres, through diesel and r2d2: for production, and for many replicas on one database.
//!
//! [`PostgresDatabase::open`] connects, migrates under an advisory lock so that of many replicas that start at once one
//! does it, and pools connections that give up rather than wait for ever. Its [`users`](PostgresDatabase::users),
//! [`sessions`](PostgresDatabase::sessions) and [`events`](PostgresDatabase::events) keep the ports' law.
//!
//! Transactions read what is committed when each of their statements begins. So whatever decides by what it has read
//! locks that first: [`rotate`](concierge_tokens::SessionStore::rotate) the session's row, a change of users the right to
//! change any.
//!
//! To change the schema, see `migrations/README.md`, then bring [`schema`] in line with it.

// Named for their features alone, which have libpq and OpenSSL built from source.
#[cfg(feature = "bundled")]
use openssl_sys as _;
use pq_sys as _;

mod address;
mod advice;
mod database;
mod details;
mod events;
mod failure;
mod limits;
mod line;
mod lines;
mod migrate;
mod open_error;
mod opening;
mod rows;
mod schema;
mod sessions;
mod users;

pub use address::{decoded, hosts, parameter};
pub use database::{PostgresDatabase, PostgresOptions};
pub use events::PostgresEventStore;
pub use open_error::OpenError;
pub use sessions::PostgresSessionStore;
pub use users::PostgresUserStore;
