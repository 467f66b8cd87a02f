//! The stores on a real server: the law of their ports, and the database as an operator meets it.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod contracts;
mod database;
mod events;
mod migrations;
mod outage;
mod plans;
mod pooled;
mod queue;
mod relay;
mod rights;
mod silence;
mod support;
mod tls;
