//! The law of [`RateLimiter`].

#![expect(missing_docs, reason = "the cases are named as sentences")]

use std::sync::Arc;
use std::time::Duration;

use concierge_throttle::{Key, Limit, Quotas, RateLimiter, Verdict};

use crate::doubles::ManualClock;
use crate::race;

/// Makes a `#[test]` of every case; `$limiter` is a function that makes an empty limiter of a clock and quotas.
#[macro_export]
macro_rules! rate_limiter_suite {
    ($limiter:path) => {
        $crate::rate_limiter_suite! { @cases $limiter;
            a_burst_passes_and_the_next_is_told_how_long_to_wait,
            cells_come_back_one_after_the_other,
            never_more_than_the_burst_comes_back,
            a_refused_take_makes_nobody_wait_longer,
            a_cell_given_back_can_be_taken_again,
            giving_back_makes_no_more_cells_than_there_are,
            a_cell_given_back_late_is_there_once,
            keys_are_counted_apart,
            limits_are_counted_apart_by_their_own_quotas,
            a_clock_set_back_neither_frees_nor_holds,
            of_racing_takes_exactly_the_burst_passes,
            racing_takes_that_are_given_back_leave_every_cell,
        }
    };
    (@cases $limiter:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::rate_limiter::$case($limiter);
            }
        )+
    };
}

/// Makes a limiter.
pub type Maker = fn(Arc<ManualClock>, Quotas) -> Arc<dyn RateLimiter>;

/// Small quotas, which differ from limit to limit.
pub fn sample_quotas() -> Quotas {
    let quota = |text: &str| text.parse().expect("a sample is a quota");
    Quotas {
        login_pair: quota("3/30"),
        login_address: quota("5/50"),
        login_account: quota("8/80"),
        register_address: quota("2/20"),
        refresh_session: quota("4/4"),
        visitor_address: quota("6/60"),
    }
}

const LIMIT: Limit = Limit::LoginPair;
const BURST: usize = 3;
/// How long one cell of [`LIMIT`] takes to come back.
const INTERVAL: Duration = Duration::from_secs(10);

/// A limiter, its clock and a key.
struct Bench {
    clock: Arc<ManualClock>,
    limiter: Arc<dyn RateLimiter>,
    key: Key,
}

impl Bench {
    fn new(make: Maker) -> Self {
        let clock = Arc::new(ManualClock::default());
        Self { limiter: make(clock.clone(), sample_quotas()), clock, key: Key::account("alice") }
    }

    fn take(&self) -> Verdict {
        self.limiter.take(LIMIT, self.key).expect("taking works")
    }

    /// How many can be taken now.
    fn empty(&self) -> usize {
        (0..100).take_while(|_| self.take().allowed).count()
    }

    fn give_back(&self) {
        self.limiter.give_back(LIMIT, self.key).expect("giving back works");
    }
}

// Cases

pub fn a_burst_passes_and_the_next_is_told_how_long_to_wait(make: Maker) {
    let bench = Bench::new(make);
    assert_eq!(*bench.limiter.quotas(), sample_quotas());
    for remaining in [2, 1, 0] {
        let allowed = Verdict { allowed: true, remaining, retry_after: Duration::ZERO };
        assert_eq!(bench.take(), allowed);
    }
    let refused = Verdict { allowed: false, remaining: 0, retry_after: INTERVAL };
    assert_eq!(bench.take(), refused);
}

pub fn cells_come_back_one_after_the_other(make: Maker) {
    let bench = Bench::new(make);
    assert_eq!(bench.empty(), BURST);
    bench.clock.advance(INTERVAL - Duration::from_secs(1));
    assert_eq!(bench.take().retry_after, Duration::from_secs(1));
    for _ in 0..5 {
        bench.clock.advance(Duration::from_secs(1));
        assert_eq!(bench.empty(), 1);
        bench.clock.advance(INTERVAL - Duration::from_secs(1));
    }
    bench.clock.advance(INTERVAL);
    assert_eq!(bench.empty(), 1, "a second later it is the second");
}

pub fn never_more_than_the_burst_comes_back(make: Maker) {
    let bench = Bench::new(make);
    assert_eq!(bench.empty(), BURST);
    bench.clock.advance(Duration::from_secs(86_400));
    assert_eq!(bench.empty(), BURST);
}

pub fn a_refused_take_makes_nobody_wait_longer(make: Maker) {
    let bench = Bench::new(make);
    assert_eq!(bench.empty(), BURST);
    for _ in 0..1000 {
        assert!(!bench.take().allowed);
    }
    assert_eq!(bench.take().retry_after, INTERVAL);
    bench.clock.advance(INTERVAL);
    assert!(bench.take().allowed);
}

pub fn a_cell_given_back_can_be_taken_again(make: Maker) {
    let bench = Bench::new(make);
    assert_eq!(bench.empty(), BURST);
    bench.give_back();
    bench.give_back();
    assert_eq!(bench.empty(), 2);
    assert_eq!(bench.take().retry_after, INTERVAL);
}

pub fn giving_back_makes_no_more_cells_than_there_are(make: Maker) {
    let bench = Bench::new(make);
    bench.give_back();
    assert_eq!(bench.empty(), BURST);
    for _ in 0..10 {
        bench.give_back();
    }
    assert_eq!(bench.empty(), BURST);
}

pub fn a_cell_given_back_late_is_there_once(make: Maker) {
    let bench = Bench::new(make);
    assert!(bench.take().allowed);
    bench.clock.advance(INTERVAL);
    bench.give_back();
    assert_eq!(bench.empty(), BURST);
}

pub fn keys_are_counted_apart(make: Maker) {
    let bench = Bench::new(make);
    assert_eq!(bench.empty(), BURST);
    let other = Bench { key: Key::account("bob"), ..bench };
    assert_eq!(other.empty(), BURST);
}

pub fn limits_are_counted_apart_by_their_own_quotas(make: Maker) {
    let bench = Bench::new(make);
    for (limit, expected) in [
        (Limit::LoginPair, 3),
        (Limit::LoginAddress, 5),
        (Limit::LoginAccount, 8),
        (Limit::RegisterAddress, 2),
        (Limit::RefreshSession, 4),
        (Limit::VisitorAddress, 6),
        (Limit::Report, 1),
    ] {
        let take = || bench.limiter.take(limit, bench.key).expect("taking works").allowed;
        assert_eq!((0..100).take_while(|_| take()).count(), expected, "{limit:?}");
    }
}

pub fn a_clock_set_back_neither_frees_nor_holds(make: Maker) {
    let bench = Bench::new(make);
    bench.clock.advance(INTERVAL);
    assert_eq!(bench.empty(), BURST);
    bench.clock.set_back(Duration::from_secs(3600));
    assert!(!bench.take().allowed);
    bench.clock.advance(INTERVAL);
    assert_eq!(bench.empty(), 1);
}

pub fn of_racing_takes_exactly_the_burst_passes(make: Maker) {
    let bench = Bench::new(make);
    let passed = race(32, |_| bench.take().allowed);
    assert_eq!(passed.iter().filter(|&&passed| passed).count(), BURST);
}

pub fn racing_takes_that_are_given_back_leave_every_cell(make: Maker) {
    let bench = Bench::new(make);
    race(16, |_| {
        for _ in 0..100 {
            if bench.take().allowed {
                bench.give_back();
            }
        }
    });
    assert_eq!(bench.empty(), BURST);
}
