//! Limits in a real Redis server: the laws of their ports, and what becomes of calls when the server is not well.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod arithmetic;
mod contracts;
mod drip;
mod outage;
mod sharing;
mod support;
