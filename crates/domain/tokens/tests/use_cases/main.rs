//! The use cases of sessions with the adapters swapped: a clock that is moved by hand, stores in memory and
//! a signer without cryptography, so that every boundary of time is met to the microsecond.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends in a panic when something is wrong")]

mod access;
mod devices;
mod end;
mod forgery;
mod open;
mod refresh_after;
mod revocations;
mod rotate;
mod schedules;
mod support;
