//! Real servers for tests: found on the machine or installed, started for one test alone, stopped when it ends.
//!
//! [`Program::find`] looks for a server's binary. Where it is missing, Debian's package is installed if the tests run
//! as root; else a test that needs it is left out, with a sentence that says what to install. In CI (the variable `CI` is
//! set) a missing server is a failure. What tests share without stopping it, [`Schema`] and [`Keyspace`], comes from a
//! container before anything is installed, where docker or podman answers. [`PrivateServer`] is one process of it, and
//! [`on_a_free_port`] finds it a place.
//!
//! [`Postgres`] is a database server of one test's own, which can be made to fail; [`Schema`] is a corner of one that the
//! tests of a process share. [`Pooled`] is a database behind PgBouncer, [`Pooler`] a PgBouncer of a test's own. [`Authority`]
//! certifies servers that speak TLS. [`Redis`] and [`Keyspace`] are the same of Redis.
//!
//! To add a server: a [`Program`] beside [`NGINX`], and the line of its log by which it says that it listens.

#![expect(clippy::panic, reason = "a test ends in a panic when something is wrong")]

mod authority;
mod container;
mod keyspace;
mod port;
mod postgres;
mod private;
mod program;
mod redis;
mod schema;

pub use authority::{Authority, Certified};
pub use keyspace::Keyspace;
pub use port::on_a_free_port;
pub use postgres::{POOLED_CONNECTIONS, Pooled, Pooler, Postgres};
pub use private::{NotStarted, PrivateServer};
pub use program::{NGINX, PGBOUNCER, POSTGRES, Program, REDIS};
pub use redis::Redis;
pub use schema::Schema;
