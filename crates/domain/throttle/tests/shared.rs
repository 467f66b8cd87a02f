//! Two processes that share their limits, with what they share present, gone and back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends in a panic when something is wrong")]

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use concierge_contracts::doubles::{ManualClock, PlainKnownNetworks, PlainLimiter};
use concierge_kernel::StoreFailure;
use concierge_throttle::{
    ClientNetwork, Key, KnownNetworks, Limit, LoginAdmission, Lookout, Quotas, RateLimiter, SharedLimits,
    ThrottleError, ThrottleLogins, ThrottleRefreshes, ThrottleRegistrations, Throttled,
};

fn quotas() -> Quotas {
    let quota = |text: &str| text.parse().unwrap();
    Quotas {
        login_pair: quota("10/900"),
        login_address: quota("50/900"),
        login_account: quota("100/3600"),
        register_address: quota("20/3600"),
        refresh_session: quota("60/300"),
        visitor_address: quota("300/3600"),
    }
}

/// What is told of the shared limits.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Lookout for Told {
    fn gone(&self, why: &StoreFailure) {
        self.0.lock().unwrap().push(format!("gone: {why}"));
    }

    fn back(&self) {
        self.0.lock().unwrap().push("back".to_owned());
    }
}

/// What processes share.
struct World {
    clock: Arc<ManualClock>,
    limiter: Arc<PlainLimiter>,
    known: Arc<PlainKnownNetworks>,
}

/// One process.
struct Process {
    own: Arc<PlainLimiter>,
    shared: Arc<SharedLimits>,
    told: Arc<Told>,
    logins: ThrottleLogins,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let limiter = Arc::new(PlainLimiter::new(clock.clone(), quotas()));
        Self { clock, limiter, known: Arc::default() }
    }

    fn process(&self) -> Process {
        let own = Arc::new(PlainLimiter::new(self.clock.clone(), quotas()));
        let told = Arc::new(Told::default());
        let shared = Arc::new(SharedLimits::new(
            self.limiter.clone(),
            self.known.clone(),
            self.clock.clone(),
            Duration::from_millis(250),
            told.clone(),
        ));
        let logins = ThrottleLogins::new(own.clone(), Arc::new(PlainKnownNetworks::default()));
        Process { own, logins: logins.sharing(shared.clone()), shared, told }
    }

    /// Takes away what is shared.
    fn part(&self) {
        self.limiter.fault.break_all(|| StoreFailure::Unavailable("gone".into()));
    }

    /// Brings it back, and has `processes` notice.
    fn join(&self, processes: &[&Process]) {
        self.limiter.fault.mend();
        for process in processes {
            process.shared.look();
        }
    }
}

impl Process {
    fn fail(&self, from: ClientNetwork) -> Result<(), Throttled> {
        throttled(self.logins.admit(from, Some("alice"), None)).map(drop::<LoginAdmission>)
    }

    fn succeed(&self, from: ClientNetwork) -> Result<(), Throttled> {
        throttled(self.logins.admit(from, Some("alice"), None))
            .map(|login| self.logins.succeeded(login).unwrap())
    }

    /// How many wrong passwords can be tried here now.
    fn guesses(&self) -> usize {
        (0..1000).take_while(|_| self.fail(client(1)).is_ok()).count()
    }
}

#[track_caller]
fn throttled<T>(admitted: Result<T, ThrottleError>) -> Result<T, Throttled> {
    admitted.map_err(|error| match error {
        ThrottleError::Throttled(throttled) => throttled,
        ThrottleError::Store(failure) => panic!("the limiter broke: {failure}"),
    })
}

fn client(number: u32) -> ClientNetwork {
    ClientNetwork::of(Some(Ipv4Addr::from_bits(0x0a00_0000 + number).into()))
}

/// How many cells of a limiter `client(1)` can still use on alice.
fn left(limiter: &PlainLimiter) -> usize {
    let pair = Key::pair(Key::account("alice"), Key::network(client(1)));
    let taken = (0..1000).take_while(|_| limiter.take(Limit::LoginPair, pair).unwrap().allowed).count();
    for _ in 0..taken {
        limiter.give_back(Limit::LoginPair, pair).unwrap();
    }
    taken
}

#[test]
fn a_guess_at_one_is_a_guess_at_all() {
    let world = World::new();
    let (here, there) = (world.process(), world.process());
    for _ in 0..5 {
        here.fail(client(1)).unwrap();
        there.fail(client(1)).unwrap();
    }
    for process in [&here, &there] {
        let told = process.fail(client(1)).unwrap_err();
        assert_eq!((told.limit, told.retry_after), (Limit::LoginPair, Duration::from_secs(90)));
    }
    assert_eq!(here.fail(client(1)).unwrap_err().limit, Limit::LoginPair);
}

#[test]
fn a_login_that_succeeds_costs_nothing_here_or_there() {
    let world = World::new();
    let (here, there) = (world.process(), world.process());
    for _ in 0..100 {
        here.succeed(client(1)).unwrap();
        there.succeed(client(1)).unwrap();
    }
    assert_eq!([left(&here.own), left(&there.own), left(&world.limiter)], [10; 3]);
}

#[test]
fn what_a_limit_refuses_costs_the_other_limits_nothing_here_or_there() {
    let world = World::new();
    let (here, there) = (world.process(), world.process());
    assert_eq!(there.guesses(), 10);
    for _ in 0..100 {
        assert!(here.fail(client(1)).is_err());
    }
    assert_eq!(left(&here.own), 10);
    let others = (2..1000).take_while(|number| here.fail(client(*number)).is_ok());
    assert_eq!(others.count(), 90, "a hundred less the ten that were let in there");
}

#[test]
fn without_what_they_share_each_goes_on_by_its_own_and_nobody_gets_fresh_tries() {
    let world = World::new();
    let (here, there) = (world.process(), world.process());
    assert_eq!(here.guesses(), 10);
    for _ in 0..3 {
        there.succeed(client(1)).unwrap_err();
    }
    world.part();
    assert_eq!(here.guesses(), 0, "they were counted here all along");
    assert_eq!(there.guesses(), 10, "as on servers that share nothing");
    assert_eq!((here.guesses(), there.guesses()), (0, 0));
}

#[test]
fn what_comes_back_with_nothing_in_it_frees_nobody() {
    let world = World::new();
    let here = world.process();
    assert_eq!(here.guesses(), 10);
    world.part();
    assert!(here.fail(client(1)).is_err());
    world.join(&[&here]);
    let pair = Key::pair(Key::account("alice"), Key::network(client(1)));
    for _ in 0..10 {
        world.limiter.give_back(Limit::LoginPair, pair).unwrap();
    }
    assert_eq!(left(&world.limiter), 10);
    assert_eq!(here.guesses(), 0);
    world.clock.advance(Duration::from_secs(90));
    assert_eq!(here.guesses(), 1);
}

#[test]
fn what_was_taken_alone_is_not_given_back_to_all() {
    let world = World::new();
    let (here, there) = (world.process(), world.process());
    assert_eq!(there.guesses(), 10);
    world.part();
    let alone: Vec<_> = (0..5).map(|_| here.logins.admit(client(1), Some("alice"), None).unwrap()).collect();
    world.join(&[&here, &there]);
    for login in alone {
        here.logins.succeeded(login).unwrap();
    }
    assert_eq!((left(&world.limiter), left(&here.own)), (0, 10));
}

#[test]
fn what_was_taken_of_all_and_cannot_be_given_back_is_given_back_here() {
    let world = World::new();
    let here = world.process();
    let login = here.logins.admit(client(1), Some("alice"), None).unwrap();
    world.part();
    here.logins.succeeded(login).unwrap();
    world.join(&[&here]);
    assert_eq!((left(&world.limiter), left(&here.own)), (9, 10));
}

#[test]
fn a_take_that_fails_half_way_is_one_of_its_own_alone() {
    let world = World::new();
    let here = world.process();
    world.limiter.fault.break_only("give_back", || StoreFailure::Unavailable("gone".into()));
    here.succeed(client(1)).unwrap();
    assert!(here.shared.check().is_err());
    here.succeed(client(1)).unwrap();
    assert_eq!(left(&here.own), 10);
}

#[test]
fn going_and_return_are_told_once_and_seen_without_a_login() {
    let world = World::new();
    let here = world.process();
    here.shared.look();
    assert!(here.shared.check().is_ok());
    world.part();
    for _ in 0..3 {
        here.shared.look();
        assert!(here.shared.check().is_err());
    }
    world.join(&[&here, &here]);
    assert!(here.shared.check().is_ok());
    assert_eq!(*here.told.0.lock().unwrap(), ["gone: the store is unavailable", "back"]);
    world.part();
    here.succeed(client(1)).unwrap();
    assert_eq!(here.told.0.lock().unwrap().len(), 3);
}

/// Networks on a server that lets nobody write them.
struct Forbidden;

impl KnownNetworks for Forbidden {
    fn remember(&self, _: Key, _: Key) -> Result<(), StoreFailure> {
        Err(StoreFailure::Unavailable("forbidden".into()))
    }

    fn knows(&self, _: Key, _: Key) -> Result<bool, StoreFailure> {
        Ok(false)
    }
}

#[test]
fn what_is_refused_to_one_call_is_seen_by_a_look_and_told_once() {
    let World { clock, limiter, .. } = World::new();
    let told = Arc::new(Told::default());
    let patience = Duration::from_millis(250);
    let shared = SharedLimits::new(limiter, Arc::new(Forbidden), clock, patience, told.clone());
    for _ in 0..3 {
        shared.look();
        assert!(shared.check().is_err());
    }
    assert_eq!(*told.0.lock().unwrap(), ["gone: the store is unavailable"]);
}

#[test]
fn looking_costs_nobody_anything() {
    let world = World::new();
    let here = world.process();
    let refreshes = ThrottleRefreshes::new(here.own.clone()).sharing(here.shared.clone());
    for _ in 0..1000 {
        here.shared.look();
    }
    assert!(here.shared.check().is_ok());
    assert_eq!((0..100).take_while(|_| refreshes.admit(&[7; 16]).is_ok()).count(), 60);
}

#[test]
fn registrations_and_refreshes_are_counted_together_too() {
    let world = World::new();
    let processes = [world.process(), world.process()];
    let both = |process: &Process| {
        let registrations = ThrottleRegistrations::new(process.own.clone()).sharing(process.shared.clone());
        let refreshes = ThrottleRefreshes::new(process.own.clone()).sharing(process.shared.clone());
        let registered = (0..100).take_while(|_| registrations.admit(client(1)).is_ok()).count();
        (registered, (0..100).take_while(|_| refreshes.admit(&[7; 16]).is_ok()).count())
    };
    assert_eq!(processes.each_ref().map(both), [(20, 60), (0, 0)]);
}

#[test]
fn an_owner_is_known_everywhere_and_where_they_were_while_one_was_alone() {
    let world = World::new();
    let (here, there) = (world.process(), world.process());
    here.logins.welcome(client(1), "alice").unwrap();
    world.part();
    here.succeed(client(2)).unwrap();
    world.join(&[&here, &there]);
    for attacker in 1000..4000 {
        let _: Result<(), Throttled> = there.fail(client(attacker));
    }
    assert_eq!(there.fail(client(3)).unwrap_err().limit, Limit::LoginAccount);
    assert!(there.succeed(client(1)).is_ok());
    assert!(here.succeed(client(2)).is_ok(), "nobody else has heard of it");
    let (account, network) = (Key::account("alice"), Key::network(client(2)));
    assert!(world.known.knows(account, network).unwrap(), "until now");
}

#[test]
fn the_log_hears_of_somebody_once_whomever_of_them_they_ask() {
    let world = World::new();
    let (here, there) = (world.process(), world.process());
    let reports = |process: &Process| {
        let told = (0..20).filter_map(|_| process.fail(client(1)).err());
        told.filter(|throttled| throttled.report).count()
    };
    assert_eq!((reports(&here), reports(&there)), (1, 0));
}
