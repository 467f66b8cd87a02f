//! The binary `concierge`.

use std::process::ExitCode;

fn main() -> ExitCode {
    concierge_server::commands::run()
}
