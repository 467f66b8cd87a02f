//! A database whose standby takes its place, while concierge goes on without a restart.

use concierge_test_servers::Postgres;

use crate::writers::Writers;
use crate::{RESUMED, launch, token, within};

const WRITES: usize = 50;

#[test]
fn a_standby_that_is_promoted_has_all_that_was_acknowledged_and_is_found_without_a_restart() {
    goes_on_after(Postgres::kill);
}

#[test]
fn a_standby_that_is_promoted_is_found_though_the_former_primary_only_hangs() {
    goes_on_after(Postgres::freeze);
}

fn goes_on_after(fail: fn(&mut Postgres)) {
    let Some(mut primary) = Postgres::start() else { return };
    let standby = primary.standby();
    let server = launch(&Postgres::url_of(&[&primary, &standby])).serve();
    let alice = server.register("alice");
    let writers = Writers::start(&server, 0);
    writers.acknowledged(WRITES);

    fail(&mut primary);
    standby.promote();
    within(RESUMED, "writes are taken again", || {
        server.post("/auth/refresh").bearer(token(&alice, "refresh_token")).send().status == 201
    });
    writers.acknowledged(WRITES);
    writers.check(&server);
    within(RESUMED, "it is ready", || server.get("/health/ready").send().status == 200);
}
