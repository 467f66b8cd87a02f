//! The rules of the house as code: who may depend on whom, where each crate lives, and which crate alone may
//! name diesel, actix, argon2, jsonwebtoken or config. `tests/house.rs` asks them of the real workspace,
//! `tests/planted.rs` feeds them graphs that break one rule each, so that no rule is one that cannot fail.
//!
//! `server -> adapters -> domain -> kernel`: a crate sees the layers below its own and nothing beside it.
//!
//! - To add a crate: one line in [`HOUSE`], with its layer; the folder follows from the layer.
//! - To let an outside package in where it is not yet: a line in `outside.rs`, and a reason beside it.
//! - To add a rule: a variant of [`Violation`], a case in [`violations`], a planted graph that breaks it.

mod graph;
mod layer;
mod outside;
mod rules;
mod violation;

pub use graph::{Crate, Dependency, Graph, Kind};
pub use layer::{HOUSE, Layer};
pub use rules::violations;
pub use violation::{Edge, Violation};
