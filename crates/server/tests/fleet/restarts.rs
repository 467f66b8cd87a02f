//! Replicas that are killed and restarted while clients go on asking.

use crate::fleet::{Fleet, REPLICAS};
use crate::load::{Account, Load, Told, form, token};

/// How many answers come between one act and the next.
const ANSWERS: usize = 60;

/// Checks that every account can log in and every session goes on.
fn assert_kept(fleet: &Fleet, told: &Told) {
    assert!(!told.accounts.is_empty());
    for Account { username, refresh_token } in &told.accounts {
        let login = fleet.request("POST", "/auth/login").json(&form(username)).send();
        assert_eq!(login.status, 201, "{username} cannot log in: {}", login.text());
        let refreshed = fleet.request("POST", "/auth/refresh").bearer(refresh_token).send();
        assert_eq!(refreshed.status, 201, "{username} lost the session: {}", refreshed.text());
        let access = token(&refreshed.json(), "access_token");
        let secure = fleet.request("GET", "/secure").bearer(access).send();
        assert_eq!(secure.status, 200, "{username}: {}", secure.text());
    }
}

#[test]
fn a_killed_replica_takes_no_answered_write_and_no_session_with_it() {
    let Some(mut fleet) = Fleet::start() else { return };
    let load = Load::on(&fleet);
    for replica in 0..REPLICAS {
        load.wait_for(ANSWERS);
        fleet.kill(replica);
        load.wait_for(ANSWERS);
        fleet.bring_back(replica);
    }
    load.wait_for(ANSWERS);
    let told = load.stop();
    assert_kept(&fleet, &told);
    // Only what one replica was killed over: everything that was not sent yet went to another.
    assert!(told.unanswered.iter().all(|request| request.starts_with("POST ")), "{:?}", told.unanswered);
}

/// How long that takes is in what is printed; it has to be less than anybody's patience.
#[test]
fn a_replica_that_hangs_is_given_up_and_another_answers_a_reader() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.replica(0).halt();
    let hanging = fleet.address(0).to_string();
    loop {
        let answer = fleet.request("GET", "/health/ready").send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let asked = answer.header("X-Upstream").unwrap_or_default();
        assert_ne!(asked, hanging);
        if asked.contains(&hanging) {
            break;
        }
    }
}

#[test]
fn replicas_that_are_restarted_one_after_the_other_leave_no_request_unanswered() {
    let Some(mut fleet) = Fleet::start() else { return };
    let load = Load::on(&fleet);
    for replica in 0..REPLICAS {
        load.wait_for(ANSWERS);
        fleet.stop(replica);
        load.wait_for(ANSWERS);
        fleet.bring_back(replica);
    }
    load.wait_for(ANSWERS);
    let told = load.stop();
    assert_kept(&fleet, &told);
    assert!(told.unanswered.is_empty(), "{:?}", told.unanswered);
}
