//! Guessing, and being guessed at, with a clock that is moved by hand.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends in a panic when something is wrong")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use concierge_contracts::doubles::{ManualClock, PlainKnownNetworks, PlainLimiter};
use concierge_contracts::race;
use concierge_kernel::StoreFailure;
use concierge_throttle::{
    ClientNetwork, Limit, LoginAdmission, Quotas, ThrottleError, ThrottleLogins, ThrottleRefreshes,
    ThrottleRegistrations, ThrottleVisitors, Throttled,
};

/// What an operator gets who sets nothing.
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

struct World {
    clock: Arc<ManualClock>,
    limiter: Arc<PlainLimiter>,
    logins: ThrottleLogins,
}

impl World {
    fn new() -> Self {
        Self::of(quotas())
    }

    fn of(quotas: Quotas) -> Self {
        let clock = Arc::new(ManualClock::default());
        let limiter = Arc::new(PlainLimiter::new(clock.clone(), quotas));
        let logins = ThrottleLogins::new(limiter.clone(), Arc::new(PlainKnownNetworks::default()));
        Self { clock, limiter, logins }
    }

    fn wait(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }

    /// A login with a wrong password.
    fn fail(&self, from: ClientNetwork, account: &str) -> Result<(), Throttled> {
        throttled(self.logins.admit(from, Some(account), None)).map(drop::<LoginAdmission>)
    }

    /// The same, of somebody who does not mind being refused.
    fn try_to_fail(&self, from: ClientNetwork, account: &str) {
        let _: Result<(), Throttled> = self.fail(from, account);
    }

    /// A login with the right password.
    fn succeed(&self, from: ClientNetwork, account: &str) -> Result<(), Throttled> {
        throttled(self.logins.admit(from, Some(account), None))
            .map(|login| self.logins.succeeded(login).unwrap())
    }

    /// How many wrong passwords can be tried now.
    fn guesses(&self, from: ClientNetwork, account: &str) -> usize {
        (0..1000).take_while(|_| self.fail(from, account).is_ok()).count()
    }
}

#[track_caller]
fn throttled<T>(admitted: Result<T, ThrottleError>) -> Result<T, Throttled> {
    admitted.map_err(|error| match error {
        ThrottleError::Throttled(throttled) => throttled,
        ThrottleError::Store(failure) => panic!("the limiter broke: {failure}"),
    })
}

/// A client on the net; all have different addresses.
fn client(number: u32) -> ClientNetwork {
    ClientNetwork::of(Some(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number))))
}

const HOME: u32 = 1_000_000;
const ELSEWHERE: u32 = 2_000_000;

#[test]
fn one_account_has_ten_guesses_from_one_address_and_then_one_in_ninety_seconds() {
    let world = World::new();
    assert_eq!(world.guesses(client(1), "alice"), 10);
    let told = world.fail(client(1), "alice").unwrap_err();
    let expected = (Limit::LoginPair, quotas().login_pair, Duration::from_secs(90));
    assert_eq!((told.limit, told.quota, told.retry_after), expected);
    world.wait(90);
    assert_eq!(world.guesses(client(1), "alice"), 1);
    world.wait(900);
    assert_eq!(world.guesses(client(1), "alice"), 10);
}

#[test]
fn one_address_has_fifty_guesses_whatever_the_names() {
    let world = World::new();
    let guess = |number: u32| world.fail(client(1), &format!("user-{number}"));
    assert_eq!((0..1000).take_while(|number| guess(*number).is_ok()).count(), 50);
    assert_eq!(guess(7).unwrap_err().limit, Limit::LoginAddress);
    assert!(world.fail(client(2), "user-7").is_ok());
}

#[test]
fn one_account_has_a_hundred_guesses_from_all_addresses_together() {
    let world = World::new();
    let guessed = (0..1000).take_while(|number| world.fail(client(*number), "alice").is_ok()).count();
    assert_eq!(guessed, 100);
    let told = world.fail(client(5000), "alice").unwrap_err();
    assert_eq!((told.limit, told.retry_after), (Limit::LoginAccount, Duration::from_secs(36)));
    assert!(world.fail(client(5000), "bob").is_ok());
    world.wait(36);
    assert!(world.fail(client(5000), "alice").is_ok());
}

#[test]
fn what_a_limit_refuses_costs_the_other_limits_nothing() {
    let world = World::new();
    for _ in 0..1000 {
        world.try_to_fail(client(1), "alice");
    }
    let others = (0..1000).take_while(|number| world.fail(client(1), &format!("user-{number}")).is_ok());
    assert_eq!(others.count(), 40, "fifty less the ten that were let in");
}

#[test]
fn whoever_waits_as_long_as_they_are_told_is_let_in_by_every_limit() {
    let quota = |text: &str| text.parse().unwrap();
    let quotas = Quotas { login_pair: quota("1/2"), login_address: quota("2/900"), ..quotas() };
    let world = World::of(quotas);
    world.fail(client(1), "alice").unwrap();
    world.wait(2);
    world.fail(client(1), "alice").unwrap();
    let told = world.fail(client(1), "alice").unwrap_err();
    assert_eq!((told.limit, told.retry_after), (Limit::LoginAddress, Duration::from_secs(448)));
    world.clock.advance(told.retry_after);
    assert!(world.fail(client(1), "alice").is_ok());
}

#[test]
fn a_login_that_succeeds_costs_nothing_and_forgives_nothing() {
    let world = World::new();
    for _ in 0..9 {
        world.fail(client(1), "alice").unwrap();
    }
    for _ in 0..1000 {
        world.succeed(client(1), "alice").unwrap();
    }
    assert_eq!(world.guesses(client(1), "alice"), 1);
}

#[test]
fn a_login_that_the_server_failed_costs_nothing() {
    let world = World::new();
    for _ in 0..1000 {
        let login = world.logins.admit(client(1), Some("alice"), None).unwrap();
        world.logins.excuse(login).unwrap();
    }
    assert_eq!(world.guesses(client(1), "alice"), 10);
}

#[test]
fn of_a_thousand_guesses_at_once_ten_are_let_in() {
    let world = World::new();
    let let_in = race(50, |_| (0..20).filter(|_| world.fail(client(1), "alice").is_ok()).count());
    assert_eq!(let_in.iter().sum::<usize>(), 10);
}

#[test]
fn what_is_no_username_counts_for_its_address_alone() {
    let world = World::new();
    let guess = || throttled(world.logins.admit(client(1), None, None)).map(drop::<LoginAdmission>);
    assert_eq!((0..1000).take_while(|_| guess().is_ok()).count(), 50);
    assert_eq!(guess().unwrap_err().limit, Limit::LoginAddress);
    assert_eq!(world.fail(client(1), "alice").unwrap_err().limit, Limit::LoginAddress);
}

#[test]
fn the_owner_gets_in_from_a_known_address_while_thousands_attack() {
    let world = World::new();
    world.succeed(client(HOME), "alice").unwrap();
    for hour in 0..24 {
        for attacker in 0..3_000 {
            world.try_to_fail(client(attacker), "alice");
        }
        let elsewhere = world.fail(client(ELSEWHERE), "alice").unwrap_err();
        assert_eq!(elsewhere.limit, Limit::LoginAccount, "hour {hour}");
        assert!(world.fail(client(HOME), "alice").is_ok(), "a slip of the finger is allowed, too");
        assert!(world.succeed(client(HOME), "alice").is_ok(), "hour {hour}");
        world.wait(3600);
    }
}

#[test]
fn a_registration_makes_its_address_known() {
    let world = World::new();
    world.logins.welcome(client(HOME), "alice").unwrap();
    for attacker in 0..3_000 {
        world.try_to_fail(client(attacker), "alice");
    }
    assert!(world.succeed(client(HOME), "alice").is_ok());
}

#[test]
fn a_browser_of_the_owner_gets_in_from_anywhere_while_thousands_attack() {
    let world = World::new();
    for attacker in 0..3_000 {
        world.try_to_fail(client(attacker), "alice");
    }
    let session = [7; 16];
    let admit = |from| throttled(world.logins.admit(client(from), Some("alice"), Some(&session)));
    world.logins.succeeded(admit(HOME).unwrap()).unwrap();
    assert!(world.succeed(client(HOME), "alice").is_ok(), "known from now on");
    let guesses = (0..1000).take_while(|from| admit(ELSEWHERE + from).is_ok()).count();
    assert_eq!(guesses, 10, "a stolen token is worth what one address is");
    assert_eq!(admit(ELSEWHERE + 5000).unwrap_err().limit, Limit::LoginPair);
}

#[test]
fn who_is_logged_in_is_counted_by_their_session_alone() {
    let world = World::new();
    for attacker in 0..3_000 {
        world.try_to_fail(client(attacker), "alice");
    }
    let show = |session: u8| throttled(world.logins.admit_within(&[session; 16], client(1), "alice"));
    assert_eq!((0..1000).take_while(|_| show(1).is_ok()).count(), 10);
    assert_eq!(show(1).unwrap_err().limit, Limit::LoginPair);
    world.logins.succeeded(show(2).unwrap()).unwrap();
    world.wait(900);
    assert!(world.succeed(client(1), "alice").is_ok(), "known from now on");
}

#[test]
fn a_stranger_at_one_address_never_keeps_the_owner_out_elsewhere() {
    let world = World::new();
    for second in 0..100_000 {
        world.try_to_fail(client(1), "alice");
        if second % 600 == 0 {
            assert!(world.succeed(client(ELSEWHERE + second), "alice").is_ok(), "after {second} s");
        }
        world.wait(1);
    }
}

#[test]
fn an_attack_that_stops_leaves_nobody_out() {
    let world = World::new();
    for attacker in 0..3_000 {
        world.try_to_fail(client(attacker), "alice");
    }
    world.wait(36);
    assert!(world.succeed(client(ELSEWHERE), "alice").is_ok());
}

#[test]
fn to_be_known_for_one_account_is_nothing_for_another() {
    let world = World::new();
    for attacker in 0..3_000 {
        world.succeed(client(attacker), "mallory").unwrap();
        world.try_to_fail(client(attacker), "alice");
    }
    assert_eq!(world.fail(client(1), "alice").unwrap_err().limit, Limit::LoginAccount);
}

#[test]
fn the_addresses_of_one_slash_64_share_their_guesses_and_are_known_together() {
    let world = World::new();
    let within = |number: u64| {
        let address = Ipv6Addr::from_bits((0x2001_0db8_0000_0001_u128 << 64) + u128::from(number));
        ClientNetwork::of(Some(address.into()))
    };
    world.succeed(within(1), "alice").unwrap();
    for attacker in 0..3_000 {
        world.try_to_fail(client(attacker), "alice");
    }
    assert!(world.succeed(within(2), "alice").is_ok());
    assert_eq!((0..100).take_while(|number| world.fail(within(*number), "alice").is_ok()).count(), 10);
}

#[test]
fn visitors_of_one_address_are_three_hundred_an_hour() {
    let world = World::new();
    let visitors = ThrottleVisitors::new(world.limiter.clone());
    let visit = |from| throttled(visitors.admit(client(from)));
    assert_eq!((0..1000).take_while(|_| visit(1).is_ok()).count(), 300);
    assert_eq!(visit(1).unwrap_err().limit, Limit::VisitorAddress);
    assert!(visit(2).is_ok());
    world.wait(12);
    assert!(visit(1).is_ok() && visit(1).is_err());
}

#[test]
fn registrations_are_twenty_an_hour_for_one_address() {
    let world = World::new();
    let registrations = ThrottleRegistrations::new(world.limiter.clone());
    let register = |from| throttled(registrations.admit(client(from)));
    for _ in 0..100 {
        registrations.excuse(register(1).unwrap()).unwrap();
    }
    assert_eq!((0..100).take_while(|_| register(1).is_ok()).count(), 20);
    let told = register(1).unwrap_err();
    assert_eq!((told.limit, told.retry_after), (Limit::RegisterAddress, Duration::from_secs(180)));
    assert!(register(2).is_ok());
    world.wait(180);
    assert!(register(1).is_ok());
}

#[test]
fn refreshes_are_sixty_in_five_minutes_for_one_session() {
    let world = World::new();
    let refreshes = ThrottleRefreshes::new(world.limiter.clone());
    let refresh = |session: u8| throttled(refreshes.admit(&[session; 16]));
    refreshes.excuse(refresh(1).unwrap()).unwrap();
    assert_eq!((0..100).take_while(|_| refresh(1).is_ok()).count(), 60);
    let told = refresh(1).unwrap_err();
    assert_eq!((told.limit, told.retry_after), (Limit::RefreshSession, Duration::from_secs(5)));
    assert!(refresh(2).is_ok());
}

#[test]
fn the_log_hears_of_a_key_once_in_a_quarter_of_an_hour() {
    let world = World::new();
    let reports = |from: u32| {
        let told = (0..100).filter_map(|_| world.fail(client(from), "alice").err());
        told.filter(|throttled| throttled.report).count()
    };
    assert_eq!((reports(1), reports(1), reports(2)), (1, 0, 1));
    world.wait(900);
    assert_eq!(reports(1), 1);
}

#[test]
fn the_log_hears_of_all_keys_sixty_times_a_minute_at_most() {
    let world = World::new();
    let mut reports = 0;
    for from in 0..200 {
        for _ in 0..11 {
            reports +=
                usize::from(world.fail(client(from), &format!("user-{from}")).is_err_and(|t| t.report));
        }
    }
    assert_eq!(reports, 60);
}

#[test]
fn a_key_that_the_log_had_no_room_for_is_told_of_later() {
    let world = World::new();
    let mut knock = |from: u32| {
        let told = (0..11).filter_map(|_| world.fail(client(from), &format!("user-{from}")).err());
        told.filter(|throttled| throttled.report).count()
    };
    assert_eq!((0..60).map(&mut knock).sum::<usize>(), 60);
    assert_eq!(knock(60), 0);
    world.wait(1);
    assert_eq!(knock(60), 1);
}

#[test]
fn a_limiter_that_is_broken_lets_nobody_in_unlimited() {
    let world = World::new();
    let broken = || StoreFailure::Unavailable("gone".into());
    world.limiter.fault.break_all(broken);
    assert!(matches!(world.logins.admit(client(1), Some("alice"), None), Err(ThrottleError::Store(_))));
    world.limiter.fault.mend();
    let login = world.logins.admit(client(1), Some("alice"), None).unwrap();
    world.limiter.fault.break_only("give_back", broken);
    assert!(world.logins.succeeded(login).is_err(), "whoever asks is told, and may let them in all the same");
}
