//! A database that is killed in the middle of writes, by the signal that nobody can answer.

use concierge_test_servers::Postgres;

use crate::launch;
use crate::writers::Writers;

/// How often it is killed, each time on what the last time left behind.
const ROUNDS: usize = 2;
const WRITES_BEFORE_THE_KILL: usize = 50;

#[test]
fn a_kill_amid_registrations_and_refreshes_loses_nothing_that_was_acknowledged() {
    let Some(mut postgres) = Postgres::start_durable() else { return };
    let server = launch(&postgres.url()).serve();
    for round in 0..ROUNDS {
        let writers = Writers::start(&server, round);
        writers.acknowledged(WRITES_BEFORE_THE_KILL);
        postgres.kill();
        postgres.resume();
        writers.acknowledged(WRITES_BEFORE_THE_KILL);
        writers.check(&server);
    }
}
