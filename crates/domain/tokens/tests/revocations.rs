//! What one instance revokes, and what it hears of others, by a clock that tests move.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::sync::Arc;
use std::time::Duration;

use concierge_contracts::doubles::{ManualClock, SeededEntropy};
use concierge_kernel::{Clock, UserId};
use concierge_store_memory::MemorySessionStore;
use concierge_tokens::{
    CsrfToken, Delivery, Device, FollowRevocations, RefreshToken, RevocationReason, Revocations, Session,
    SessionId, SessionStore, TokenId, TokenPolicy,
};

const POLICY: TokenPolicy = TokenPolicy {
    access_ttl: Duration::from_secs(900),
    refresh_ttl: Duration::from_secs(2_592_000),
    refresh_grace: Duration::from_secs(10),
    leeway: Duration::from_secs(5),
};

/// One instance with its own clock, on a store that it shares.
struct Instance {
    clock: Arc<ManualClock>,
    revocations: Arc<Revocations>,
    follow: FollowRevocations,
}

impl Instance {
    fn on(store: &Arc<MemorySessionStore>) -> Self {
        Self::ahead(store, Duration::ZERO)
    }

    fn ahead(store: &Arc<MemorySessionStore>, by: Duration) -> Self {
        let clock = Arc::new(ManualClock::default());
        clock.advance(by);
        let revocations = Arc::new(Revocations::new(&POLICY));
        let follow = FollowRevocations::new(store.clone(), revocations.clone(), clock.clone());
        Self { clock, revocations, follow }
    }

    fn hears_of(&self, session: SessionId) -> bool {
        self.follow.poll().unwrap();
        self.revocations.contains(session)
    }
}

fn open(store: &MemorySessionStore, seed: u32) -> SessionId {
    let (clock, entropy) = (ManualClock::default(), SeededEntropy::from_seed(seed));
    let now = clock.now();
    let session = Session {
        id: SessionId::generate(now, &entropy),
        user_id: UserId::generate(&clock, &entropy),
        delivery: Delivery::Cookie,
        remember: false,
        csrf_token: CsrfToken::generate(&entropy),
        created_at: now,
        authenticated_at: now,
        revocation: None,
    };
    let first = RefreshToken {
        id: TokenId::generate(now, &entropy),
        predecessor: None,
        issued_at: now,
        expires_at: now.plus(POLICY.refresh_ttl),
        first_used_at: None,
    };
    store.create(&session, &Device::default(), &first).unwrap();
    session.id
}

fn revoke(store: &MemorySessionStore, session: SessionId, clock: &ManualClock) {
    assert!(store.revoke(session, clock.now(), RevocationReason::Logout).unwrap());
}

#[test]
fn what_others_revoke_is_heard_of_at_the_next_poll_and_nothing_else_is() {
    let store = Arc::new(MemorySessionStore::default());
    let (ended, living) = (open(&store, 1), open(&store, 2));
    let here = Instance::on(&store);
    assert!(!here.hears_of(ended));
    revoke(&store, ended, &here.clock);
    assert!(here.hears_of(ended));
    assert!(!here.revocations.contains(living));
}

#[test]
fn what_was_revoked_before_the_start_is_heard_of_at_the_first_poll() {
    let store = Arc::new(MemorySessionStore::default());
    let session = open(&store, 1);
    revoke(&store, session, &ManualClock::default());
    assert!(Instance::ahead(&store, POLICY.access_ttl).hears_of(session));
}

#[test]
fn a_revocation_by_a_clock_that_is_behind_is_not_missed() {
    let store = Arc::new(MemorySessionStore::default());
    let (first, second) = (open(&store, 1), open(&store, 2));
    let here = Instance::ahead(&store, Duration::from_secs(50));
    revoke(&store, first, &here.clock);
    assert!(here.hears_of(first));
    // Another instance's clock is fifty seconds behind what has been seen already.
    revoke(&store, second, &ManualClock::default());
    assert!(here.hears_of(second));
}

#[test]
fn an_instance_whose_clock_was_set_back_hears_of_what_comes() {
    let store = Arc::new(MemorySessionStore::default());
    let (first, second) = (open(&store, 1), open(&store, 2));
    let here = Instance::ahead(&store, Duration::from_secs(3600));
    revoke(&store, first, &here.clock);
    assert!(here.hears_of(first));
    here.clock.set_back(Duration::from_secs(3600));
    revoke(&store, second, &here.clock);
    assert!(here.hears_of(second));
}

#[test]
fn a_clock_far_ahead_does_not_carry_the_cursor_past_what_comes() {
    let store = Arc::new(MemorySessionStore::default());
    let (first, second) = (open(&store, 1), open(&store, 2));
    let here = Instance::on(&store);
    let far_ahead = ManualClock::default();
    far_ahead.advance(Duration::from_secs(86_400));
    revoke(&store, first, &far_ahead);
    assert!(here.hears_of(first));
    revoke(&store, second, &here.clock);
    assert!(here.hears_of(second));
}

#[test]
fn a_revocation_is_remembered_until_no_access_token_can_be_left() {
    let revocations = Arc::new(Revocations::new(&POLICY));
    // An empty store: nothing but the memory of this instance is under test.
    let (store, clock) = (Arc::new(MemorySessionStore::default()), Arc::new(ManualClock::default()));
    let follow = FollowRevocations::new(store.clone(), revocations.clone(), clock.clone());
    let session = open(&store, 1);
    revocations.add(session, clock.now());
    clock.advance(POLICY.access_ttl + POLICY.leeway);
    follow.poll().unwrap();
    assert!(revocations.contains(session));
    clock.advance(Duration::from_secs(61));
    follow.poll().unwrap();
    assert!(!revocations.contains(session));
}

#[test]
fn the_lag_counts_from_the_last_answer_of_the_store() {
    let here = Instance::on(&Arc::new(MemorySessionStore::default()));
    here.clock.advance(Duration::from_secs(7));
    assert_eq!(here.follow.lag(), Duration::from_secs(7));
    here.follow.poll().unwrap();
    assert_eq!(here.follow.lag(), Duration::ZERO);
}
