//! A database that is away: stopped, so that connecting is refused, or halted, so that it takes everything and says nothing.

use std::time::Duration;

use concierge_test_servers::Postgres;

use crate::load::{Answer, Load};
use crate::support::{Request, Server};
use crate::{BUSY_MACHINE, CONNECT_TIMEOUT, RESUMED, STATEMENT_TIMEOUT, launch, now, token, within};

/// Longer than it takes a pool to make its pauses between attempts to connect as long as they get.
const LONG: Duration = Duration::from_secs(4);

#[test]
fn while_it_is_stopped_tokens_are_good_and_the_rest_is_told_to_come_back() {
    let Some(postgres) = Postgres::start() else { return };
    goes_on_after(postgres, CONNECT_TIMEOUT, Postgres::stop, Postgres::resume);
}

#[test]
fn while_it_is_halted_tokens_are_good_and_the_rest_is_told_to_come_back() {
    let Some(postgres) = Postgres::start() else { return };
    // Who waits for an answer already waits for as long as a statement may take.
    goes_on_after(postgres, CONNECT_TIMEOUT + STATEMENT_TIMEOUT, Postgres::freeze, Postgres::thaw);
}

/// Has the database go and come back under load. What a route that needs it answers meanwhile comes within `promised`.
fn goes_on_after(
    mut postgres: Postgres,
    promised: Duration,
    go: fn(&mut Postgres),
    come_back: fn(&mut Postgres),
) {
    let server = launch(&postgres.url()).serve();
    let alice = server.register("alice");
    let access = token(&alice, "access_token");
    let secure = Load::of(2, &server.get("/secure").bearer(&access));
    // More than there are connections.
    let stored = Load::of(12, &of_the_store(&server, &access));
    let both_answer = || {
        secure.answers(50);
        stored.answers(50);
    };
    both_answer();

    go(&mut postgres);
    let gone = now();
    both_answer();
    while gone.elapsed() < LONG {
        both_answer();
    }
    let ready = server.get("/health/ready").send();
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert!(ready.text().contains("store"), "{}", ready.text());
    come_back(&mut postgres);
    let back = now();
    within(RESUMED, "the store is asked again", || Answer::to(&of_the_store(&server, &access)).status == 200);
    within(RESUMED, "it is ready", || server.get("/health/ready").send().status == 200);
    both_answer();
    let (secure, stored) = (secure.end(), stored.end());

    let slowest = secure.iter().map(|answer| answer.took).max().unwrap();
    assert!(slowest < BUSY_MACHINE, "an answer that needs no store took {slowest:?}");
    assert!(secure.iter().all(|answer| answer.status == 200), "a good token was refused");
    for answer in &stored {
        assert!(answer.status == 200 || answer.says_later(), "{} {}", answer.status, answer.code);
        assert!(answer.took < promised + BUSY_MACHINE, "an answer took {:?}", answer.took);
    }
    let during = |answer: &&Answer| answer.asked > gone && answer.asked + answer.took < back;
    let told = stored.iter().filter(during).filter(|answer| answer.says_later()).count();
    assert!(told >= 50, "only {told} were told to come back");
    assert!(stored.iter().rev().take(1).all(|answer| answer.status == 200));
    assert_eq!(server.post("/auth/refresh").bearer(token(&alice, "refresh_token")).send().status, 201);
}

/// A request that the store has to be asked for.
fn of_the_store(server: &Server, access: &str) -> Request {
    server.get("/auth/session").bearer(access)
}
