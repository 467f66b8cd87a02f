//! What concierge is measured against: its hot routes with nothing around them, and argon2 alone. And what wrk cannot
//! measure: how long single logins take, and refreshes that each need the answer of the one before.
//!
//! `benches/run` starts it beside concierge and prints the comparison; README.md says how to read that. None of our
//! crates stands behind it, or concierge would be measured against itself. To measure another route, answer it in
//! `bare.rs` and add a line to the routes of `benches/run`.

mod args;
mod bare;
mod hashing;
mod realm;
mod refreshes;
mod refusals;
mod wire;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use args::Command;
use realm::Realm;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&*failure);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    match Command::parse(std::env::args().skip(1))? {
        Command::Bare { port, workers } => bare::serve(port, workers, Realm::from_env()?)?,
        Command::Argon2 { threads, seconds } => say(&hashing::measure(threads, seconds)?.to_string()),
        Command::Token => say(&Realm::from_env()?.mint()?),
        Command::Refusals { port, rounds } => {
            let bodies: Vec<_> = io::stdin().lines().collect::<Result<_, _>>()?;
            say(&refusals::measure(port, rounds, &bodies)?.to_string());
        }
        Command::Refreshes { port, seconds } => {
            let sessions: Vec<_> = io::stdin().lines().collect::<Result<_, _>>()?;
            say(&refreshes::measure(port, seconds, &sessions)?.to_string());
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the driver reads this program's standard output")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "a program without a log tells its user here")]
fn complain(failure: &dyn Error) {
    eprintln!("{failure}");
}
