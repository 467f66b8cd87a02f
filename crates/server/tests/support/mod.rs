//! The real binary under test: started with settings of its own in a folder of its own, spoken to byte by byte.
//!
//! [`Launch`] starts it, [`Server`] is one that listens, [`Request`] and [`Response`] speak to it, and a
//! [`Jar`] keeps cookies the way a browser would. Nothing here sleeps: every wait is for something that
//! happens, and bounded by [`PATIENCE`].

#![expect(dead_code, reason = "each test file uses a part of this")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends in a panic when something is wrong")]

mod forge;
mod front;
mod jar;
mod launch;
mod output;
mod problem;
mod process;
mod request;
mod response;
mod server;

use std::time::Duration;

#[expect(unused_imports, reason = "each test file uses a part of this")]
pub(crate) use {
    forge::Forged,
    front::{Front, advised, printed},
    jar::Jar,
    launch::{Launch, SECRET},
    process::{Finished, Process},
    request::Request,
    response::Response,
    server::Server,
};

/// How long anything may take. Far more than it does: a machine under load is no failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A password that nobody guesses.
pub(crate) const PASSWORD: &str = "plinth-ocelot-vermilion-94";
