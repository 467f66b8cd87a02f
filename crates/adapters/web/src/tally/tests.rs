use std::time::Duration;

use concierge_contracts::doubles::{ManualClock, SeededEntropy};

use super::*;

const FRONTEND: &str = "http://localhost:5173";

fn tally() -> (Arc<ManualClock>, Tally) {
    let clock = Arc::new(ManualClock::default());
    (clock.clone(), Tally::new(clock))
}

fn of(tally: &Tally, origin: &str) -> Option<Counted> {
    tally.read().into_iter().find(|counted| counted.origin == origin)
}

/// Set, seen and never seen.
fn cookies(tally: &Tally) -> [u64; 3] {
    let counted = of(tally, FRONTEND).unwrap();
    [counted.cookies_set, counted.cookies_seen, counted.cookies_never_seen]
}

#[test]
fn a_cookie_is_seen_once_or_never_seen_after_ten_minutes() {
    let (clock, tally) = tally();
    let entropy = SeededEntropy::default();
    let session = || SessionId::generate(clock.now(), &entropy);
    let (first, second) = (session(), session());
    tally.cookies_seen(first);
    for session in [first, second] {
        tally.cookies_set(FRONTEND, Rank::Named, session);
    }
    assert_eq!(cookies(&tally), [2, 0, 0]);
    clock.advance(Duration::from_secs(599));
    tally.cookies_seen(first);
    tally.cookies_seen(first);
    assert_eq!(cookies(&tally), [2, 1, 0]);
    clock.advance(Duration::from_secs(1));
    tally.cookies_seen(second);
    assert_eq!(cookies(&tally), [2, 1, 1]);
    assert_eq!(tally.awaited.count.load(Ordering::Acquire), 0);
}

#[test]
fn what_is_waited_for_is_bounded_and_the_oldest_is_given_up() {
    let (clock, tally) = tally();
    let entropy = SeededEntropy::default();
    for _ in 0..10_003 {
        tally.cookies_set(FRONTEND, Rank::Named, SessionId::generate(clock.now(), &entropy));
    }
    assert_eq!(cookies(&tally), [10_003, 0, 3]);
    assert_eq!(tally.awaited.count.load(Ordering::Acquire), 10_000);
}

#[test]
fn strangers_push_out_each_other_and_nobody_else() {
    let (clock, tally) = tally();
    tally.answered(FRONTEND, Rank::Named);
    tally.answered("https://pr-1.example.com", Rank::Matched);
    for number in 0..1_500 {
        clock.advance(Duration::from_secs(1));
        tally.refused(&format!("https://{number}.example.org"));
    }
    assert_eq!(tally.read().len(), 1_000);
    assert_eq!(tally.read()[0].origin, FRONTEND, "those that may call come first");
    assert!(of(&tally, "https://pr-1.example.com").is_some());
    assert_eq!(of(&tally, "https://1499.example.org").unwrap().refused, 1);
    assert!(of(&tally, "https://0.example.org").is_none(), "the one that was silent longest went");
    for number in 0..1_500 {
        tally.answered(&format!("https://pr-{number}.example.com"), Rank::Matched);
    }
    assert!(of(&tally, FRONTEND).is_some());
    tally.refused("https://late.example.org");
    assert!(of(&tally, "https://late.example.org").is_none(), "there is no room below those that may call");
}

#[test]
fn an_origin_that_is_listed_later_keeps_its_counters_and_takes_its_place() {
    let (_, tally) = tally();
    tally.refused(FRONTEND);
    tally.answered(FRONTEND, Rank::Named);
    let counted = of(&tally, FRONTEND).unwrap();
    assert_eq!((counted.refused, counted.answered), (1, 1));
}
