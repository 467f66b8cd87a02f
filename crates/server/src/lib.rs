//! The parts of the binary `concierge`, as a library so that tests can reach them.
//!
//! * [`settings`]: what the operator wants, from every layer, checked.
//! * [`wiring`]: which adapter stands behind which port; the only place that knows them all.
//! * [`commands`]: what the binary can be told to do.
//! * `doctor`: whether cookies and CORS can work between the API and its frontends, and whether they do.
//! * [`keys`]: the keys of a running server, which change while it serves.
//! * [`origins`]: the origins of a running server, which change while it serves.
//! * [`system`]: the clock and the randomness of the real world.

mod background;
mod causes;
pub mod commands;
mod doctor;
pub mod keys;
mod logging;
pub mod origins;
mod proxy;
pub mod settings;
mod stopping;
pub mod system;
mod token_secret;
pub mod wiring;
