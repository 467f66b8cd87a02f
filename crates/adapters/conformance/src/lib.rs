//! The conformance kit: tables of requests and what has to come back, run against any deployment.
//!
//! The rows are data (`conformance/*.toml`, described in the README beside them). A [`Table`] holds them; a [`Kit`] runs them
//! over a [`Transport`], which the caller brings, and makes a [`Report`]. Nothing here opens a connection, so that every rule
//! of judging is tested without a network.
//!
//! - To check something more: add a row to a file in `conformance/`.
//! - To judge in a new way: add a field to `expect.rs`, its judgement to `judge/`, a line to the README, and a row that needs it.
//! - To know something new about a deployment (a placeholder): teach `fill.rs` its name and `scene.rs` its value.

mod account;
mod cookie;
mod expect;
mod fill;
mod glob;
mod http;
mod judge;
mod kit;
mod patience;
mod report;
mod row;
mod scene;
mod table;

#[cfg(test)]
mod support;
#[cfg(test)]
mod tables_tests;

pub use http::{Answer, NoAnswer, Request, Silence, Transport};
pub use kit::{Kit, NoReport};
pub use report::{Fault, Outcome, Report, Totals, Verdict};
pub use row::{Row, Source};
pub use table::{Table, TableError};
