//! Everything concierge answers, with the adapters swapped: stores in memory that break on demand, a clock
//! that is moved by hand, a hasher and a signer that cost nothing. What takes a socket or a process is tested
//! where the binary is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends in a panic when something is wrong")]

mod admin_changes;
mod admin_events;
mod admin_users;
mod audit;
mod bearer;
mod cookies;
mod cors;
mod csrf;
mod delivery;
mod devices;
mod diagnostics;
mod envelope;
mod explain;
mod failures;
mod keys;
mod logout;
mod methods;
mod next_step;
mod overload;
mod panics;
mod password;
mod paths;
mod preflights;
mod refresh;
mod several_cookies;
mod support;
mod throttle;
mod visitor;
