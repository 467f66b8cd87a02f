//! The law of [`KnownNetworks`].

#![expect(missing_docs, reason = "the cases are named as sentences")]

use std::sync::Arc;
use std::time::Duration;

use concierge_throttle::{ClientNetwork, Key, KnownNetworks};

use crate::doubles::ManualClock;

/// Makes a `#[test]` of every case; `$known` is a function that makes a memory of a clock, with room for some thousands.
#[macro_export]
macro_rules! known_networks_suite {
    ($known:path) => {
        $crate::known_networks_suite! { @cases $known;
            what_was_remembered_is_known_and_nothing_else,
            networks_that_are_used_again_stay_known,
            an_account_that_is_everywhere_does_not_push_all_others_out,
        }
    };
    (@cases $known:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::known_networks::$case($known);
            }
        )+
    };
}

/// Makes an empty memory.
pub type Maker = fn(Arc<ManualClock>) -> Arc<dyn KnownNetworks>;

fn account(number: u32) -> Key {
    Key::account(&format!("user-{number}"))
}

fn network(number: u32) -> Key {
    Key::network(ClientNetwork::of(Some(std::net::Ipv4Addr::from_bits(number).into())))
}

// Cases

pub fn what_was_remembered_is_known_and_nothing_else(make: Maker) {
    let known = make(Arc::default());
    assert!(!known.knows(account(1), network(1)).unwrap());
    known.remember(account(1), network(1)).unwrap();
    known.remember(account(2), network(2)).unwrap();
    assert!(known.knows(account(1), network(1)).unwrap());
    assert!(known.knows(account(1), network(1)).unwrap(), "to be asked changes nothing");
    assert!(known.knows(account(2), network(2)).unwrap());
    assert!(!known.knows(account(1), network(2)).unwrap());
    assert!(!known.knows(account(2), network(1)).unwrap());
}

pub fn networks_that_are_used_again_stay_known(make: Maker) {
    let clock = Arc::new(ManualClock::default());
    let known = make(clock.clone());
    for number in 2..10_000 {
        clock.advance(Duration::from_secs(60));
        known.remember(account(1), network(1)).unwrap();
        known.remember(account(1), network(number)).unwrap();
    }
    assert!(known.knows(account(1), network(1)).unwrap());
}

pub fn an_account_that_is_everywhere_does_not_push_all_others_out(make: Maker) {
    let clock = Arc::new(ManualClock::default());
    let known = make(clock.clone());
    for number in 0..100 {
        known.remember(account(number), network(number)).unwrap();
    }
    clock.advance(Duration::from_secs(60));
    for number in 0..100_000 {
        known.remember(account(1_000), network(number)).unwrap();
    }
    let kept = (0..100).filter(|number| known.knows(account(*number), network(*number)).unwrap()).count();
    assert!(kept > 50, "{kept} of 100");
}
