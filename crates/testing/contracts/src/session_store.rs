//! The law of [`SessionStore`](concierge_tokens::SessionStore).

#![expect(missing_docs, reason = "the cases are named as sentences")]

use std::time::Duration;

use concierge_kernel::{Clock, Timestamp, UserId};
use concierge_tokens::{
    CsrfToken, Delivery, Device, RefreshToken, Revocation, RevocationReason, Rotation, RotationOutcome,
    Session, SessionId, TokenId,
};

use crate::doubles::{ManualClock, SeededEntropy};
use crate::{Stores, race, user_store};

/// Makes a `#[test]` of every case; `$stores` is a function that makes the [`Stores`] of an empty database.
#[macro_export]
macro_rules! session_store_suite {
    ($stores:path) => {
        $crate::session_store_suite! { @cases $stores;
            a_created_session_is_found_as_it_was_given,
            an_unknown_session_is_neither_found_nor_rotated_nor_revoked,
            the_living_token_makes_its_successor_the_living_one,
            the_direct_predecessor_of_the_living_token_is_answered_however_late,
            a_token_used_within_the_grace_is_answered_with_the_living_one,
            three_tabs_out_of_step_all_end_with_the_living_token,
            a_token_used_twice_after_the_grace_revokes_its_session,
            a_token_that_the_session_never_had_revokes_it,
            a_token_of_another_session_revokes_the_session_it_claims,
            nothing_rotates_after_a_logout_not_even_within_the_grace,
            the_first_revocation_stays,
            what_was_revoked_since_a_moment_is_told_with_its_moment,
            a_token_presented_the_wrong_way_changes_nothing,
            twenty_racing_refreshes_of_one_token_make_one_successor,
            racing_refreshes_and_a_logout_leave_the_session_ended,
            a_thousand_rotations_keep_the_chain_whole,
            expired_sessions_are_deleted_and_living_ones_stay,
        }
        $crate::session_devices_suite!($stores);
    };
    (@cases $stores:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::run($crate::session_store::$case, $stores());
            }
        )+
    };
}

/// The grace all cases use.
const GRACE: Duration = Duration::from_secs(10);
const TTL: Duration = Duration::from_secs(2_592_000);

/// One session under test, with the clock and the ids that its tokens come from.
pub(crate) struct Subject<'a> {
    pub(crate) stores: &'a Stores,
    pub(crate) clock: ManualClock,
    pub(crate) entropy: SeededEntropy,
    pub(crate) session: Session,
    pub(crate) first: RefreshToken,
}

impl<'a> Subject<'a> {
    pub(crate) fn open(stores: &'a Stores) -> Self {
        let user = user_store::sample_user("alice");
        stores.users.insert(&user, &user_store::sample_hash("one")).expect("a first user can be inserted");
        Self::open_for(stores, user.id, 0)
    }

    /// Another session of a user, with ids of its own for every `seed`.
    pub(crate) fn open_for(stores: &'a Stores, user_id: UserId, seed: u32) -> Self {
        let (clock, entropy) = (ManualClock::default(), SeededEntropy::from_seed(seed));
        let now = clock.now();
        let session = Session {
            id: SessionId::generate(now, &entropy),
            user_id,
            delivery: Delivery::Cookie,
            remember: true,
            csrf_token: CsrfToken::generate(&entropy),
            created_at: now,
            authenticated_at: now,
            revocation: None,
        };
        let first = token(&clock, TokenId::generate(now, &entropy), None);
        stores.sessions.create(&session, &Device::default(), &first).expect("a session can be created");
        Self { stores, clock, entropy, session, first }
    }

    pub(crate) fn rotation(&self, presented: TokenId) -> Rotation {
        let next = TokenId::generate(self.clock.now(), &self.entropy);
        Rotation {
            session_id: self.session.id,
            presented,
            delivery: self.session.delivery,
            device: Device::default(),
            successor: token(&self.clock, next, Some(presented)),
            now: self.clock.now(),
            grace: GRACE,
        }
    }

    fn perform(&self, rotation: &Rotation) -> RotationOutcome {
        self.stores.sessions.rotate(rotation).expect("a rotation is judged")
    }

    pub(crate) fn present(&self, presented: TokenId) -> RotationOutcome {
        self.perform(&self.rotation(presented))
    }

    /// Rotates the living token and returns the one that lives next.
    pub(crate) fn step(&self, living: TokenId) -> TokenId {
        let rotation = self.rotation(living);
        assert_eq!(self.perform(&rotation), RotationOutcome::Rotated(self.session.clone()));
        rotation.successor.id
    }

    pub(crate) fn wait(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }

    fn living(&self) -> TokenId {
        let state = self.stores.sessions.find(self.session.id).expect("find works");
        state.expect("the session exists").living.id
    }

    pub(crate) fn revocation(&self) -> Option<Revocation> {
        let state = self.stores.sessions.find(self.session.id).expect("find works");
        state.expect("the session exists").session.revocation
    }

    fn ended(&self, at: Timestamp, reason: RevocationReason) -> Session {
        Session { revocation: Some(Revocation { at, reason }), ..self.session.clone() }
    }

    fn assert_replayed(&self, presented: TokenId, living: TokenId) {
        match self.present(presented) {
            RotationOutcome::Replayed(_, token) => assert_eq!(token.id, living),
            other => panic!("expected the living token, got {other:?}"),
        }
        assert_eq!(self.living(), living);
    }

    fn assert_theft(&self, presented: TokenId) {
        let now = self.clock.now();
        let ended = self.ended(now, RevocationReason::Reuse);
        assert_eq!(self.present(presented), RotationOutcome::Reused(ended.clone()));
        assert_eq!(self.revocation(), ended.revocation);
        assert_eq!(self.present(presented), RotationOutcome::Revoked(ended));
    }
}

fn token(clock: &ManualClock, id: TokenId, predecessor: Option<TokenId>) -> RefreshToken {
    let issued_at = clock.now().floor_to_secs();
    RefreshToken { id, predecessor, issued_at, expires_at: issued_at.plus(TTL), first_used_at: None }
}

// Cases

pub fn a_created_session_is_found_as_it_was_given(stores: &Stores) {
    let subject = Subject::open(stores);
    let found = stores.sessions.find(subject.session.id).unwrap().expect("the session exists");
    assert_eq!(found.session, subject.session);
    assert_eq!(found.living, subject.first);
}

pub fn an_unknown_session_is_neither_found_nor_rotated_nor_revoked(stores: &Stores) {
    let subject = Subject::open(stores);
    let unknown = SessionId::generate(subject.clock.now(), &subject.entropy);
    let rotation = Rotation { session_id: unknown, ..subject.rotation(subject.first.id) };
    assert_eq!(stores.sessions.find(unknown).unwrap(), None);
    assert_eq!(subject.perform(&rotation), RotationOutcome::UnknownSession);
    assert!(!stores.sessions.revoke(unknown, subject.clock.now(), RevocationReason::Logout).unwrap());
    assert_eq!(subject.living(), subject.first.id);
}

pub fn the_living_token_makes_its_successor_the_living_one(stores: &Stores) {
    let subject = Subject::open(stores);
    subject.wait(700);
    let rotation = subject.rotation(subject.first.id);
    assert_eq!(subject.perform(&rotation), RotationOutcome::Rotated(subject.session.clone()));
    let state = stores.sessions.find(subject.session.id).unwrap().expect("the session exists");
    assert_eq!(state.living, rotation.successor);
    assert_eq!(state.session, subject.session);
}

pub fn the_direct_predecessor_of_the_living_token_is_answered_however_late(stores: &Stores) {
    let subject = Subject::open(stores);
    let second = subject.step(subject.first.id);
    subject.wait(1_000_000);
    subject.assert_replayed(subject.first.id, second);
    // The answer did not use the living token up.
    subject.step(second);
}

pub fn a_token_used_within_the_grace_is_answered_with_the_living_one(stores: &Stores) {
    let subject = Subject::open(stores);
    let second = subject.step(subject.first.id);
    subject.wait(5);
    let third = subject.step(second);
    subject.wait(5);
    subject.assert_replayed(subject.first.id, third);
}

pub fn three_tabs_out_of_step_all_end_with_the_living_token(stores: &Stores) {
    let subject = Subject::open(stores);
    // One tab is two rotations ahead, one is one ahead, one still holds the first token.
    let second = subject.step(subject.first.id);
    subject.wait(1);
    let third = subject.step(second);
    subject.wait(1);
    subject.assert_replayed(subject.first.id, third);
    subject.assert_replayed(second, third);
    let fourth = subject.step(third);
    subject.assert_replayed(subject.first.id, fourth);
    assert_eq!(subject.revocation(), None);
}

pub fn a_token_used_twice_after_the_grace_revokes_its_session(stores: &Stores) {
    let subject = Subject::open(stores);
    let second = subject.step(subject.first.id);
    subject.step(second);
    subject.wait(11);
    subject.assert_theft(subject.first.id);
}

pub fn a_token_that_the_session_never_had_revokes_it(stores: &Stores) {
    let subject = Subject::open(stores);
    subject.assert_theft(TokenId::generate(subject.clock.now(), &subject.entropy));
}

pub fn a_token_of_another_session_revokes_the_session_it_claims(stores: &Stores) {
    let subject = Subject::open(stores);
    let other = Subject::open_for(stores, subject.session.user_id, 1);
    subject.assert_theft(other.first.id);
    assert_eq!(other.revocation(), None);
    other.step(other.first.id);
}

pub fn nothing_rotates_after_a_logout_not_even_within_the_grace(stores: &Stores) {
    let subject = Subject::open(stores);
    let second = subject.step(subject.first.id);
    let now = subject.clock.now();
    assert!(stores.sessions.revoke(subject.session.id, now, RevocationReason::Logout).unwrap());
    let ended = subject.ended(now, RevocationReason::Logout);
    for presented in [subject.first.id, second] {
        assert_eq!(subject.present(presented), RotationOutcome::Revoked(ended.clone()));
    }
    assert_eq!(subject.living(), second);
}

pub fn the_first_revocation_stays(stores: &Stores) {
    let subject = Subject::open(stores);
    let first = subject.clock.now();
    assert!(stores.sessions.revoke(subject.session.id, first, RevocationReason::Logout).unwrap());
    subject.wait(5);
    let later = subject.clock.now();
    assert!(!stores.sessions.revoke(subject.session.id, later, RevocationReason::Reuse).unwrap());
    assert_eq!(subject.revocation(), Some(Revocation { at: first, reason: RevocationReason::Logout }));
}

pub fn what_was_revoked_since_a_moment_is_told_with_its_moment(stores: &Stores) {
    let subject = Subject::open(stores);
    let living = Subject::open_for(stores, subject.session.user_id, 1);
    let stolen = Subject::open_for(stores, subject.session.user_id, 2);
    let at = subject.clock.now();
    stores.sessions.revoke(subject.session.id, at, RevocationReason::Logout).unwrap();
    stolen.wait(7);
    stolen.assert_theft(living.first.id);
    let told = |since| {
        let mut told = stores.sessions.revoked_since(since).unwrap();
        told.sort_unstable();
        told
    };
    let later = stolen.clock.now();
    let mut both = vec![(subject.session.id, at), (stolen.session.id, later)];
    both.sort_unstable();
    assert_eq!(told(Timestamp::EPOCH), both);
    assert_eq!(told(at), both);
    assert_eq!(told(at.plus(Duration::from_micros(1))), [(stolen.session.id, later)]);
    assert_eq!(told(later.plus(Duration::from_micros(1))), []);
}

pub fn a_token_presented_the_wrong_way_changes_nothing(stores: &Stores) {
    let subject = Subject::open(stores);
    let rotation = Rotation { delivery: Delivery::Body, ..subject.rotation(subject.first.id) };
    assert_eq!(subject.perform(&rotation), RotationOutcome::WrongDelivery(subject.session.clone()));
    // Not even a token that would be a theft does harm this way.
    let unknown = TokenId::generate(subject.clock.now(), &subject.entropy);
    let rotation = Rotation { delivery: Delivery::Body, ..subject.rotation(unknown) };
    assert_eq!(subject.perform(&rotation), RotationOutcome::WrongDelivery(subject.session.clone()));
    assert_eq!(subject.living(), subject.first.id);
    assert_eq!(subject.revocation(), None);
}

pub fn twenty_racing_refreshes_of_one_token_make_one_successor(stores: &Stores) {
    let subject = Subject::open(stores);
    let rotations: Vec<_> = (0..20).map(|_| subject.rotation(subject.first.id)).collect();
    let outcomes = race(20, |index| subject.perform(&rotations[index]));
    let winners: Vec<_> =
        (0..20).filter(|&index| matches!(outcomes[index], RotationOutcome::Rotated(_))).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let living = rotations[winners[0]].successor.id;
    assert_eq!(subject.living(), living);
    for outcome in outcomes {
        match outcome {
            RotationOutcome::Rotated(_) => {}
            RotationOutcome::Replayed(_, token) => assert_eq!(token.id, living),
            other => panic!("a racing refresh was refused: {other:?}"),
        }
    }
}

pub fn racing_refreshes_and_a_logout_leave_the_session_ended(stores: &Stores) {
    let subject = Subject::open(stores);
    let now = subject.clock.now();
    race(8, |index| {
        if index == 3 {
            stores.sessions.revoke(subject.session.id, now, RevocationReason::Logout).unwrap();
        } else {
            subject.present(subject.first.id);
        }
    });
    let ended = Some(Revocation { at: now, reason: RevocationReason::Logout });
    assert_eq!(subject.revocation(), ended);
    assert!(matches!(subject.present(subject.living()), RotationOutcome::Revoked(_)));
}

pub fn a_thousand_rotations_keep_the_chain_whole(stores: &Stores) {
    let subject = Subject::open(stores);
    let mut living = subject.first.id;
    for _ in 0..1000 {
        subject.wait(700);
        living = subject.step(living);
    }
    assert_eq!(subject.living(), living);
    // By now the first token may have been forgotten; it is a theft all the same.
    subject.assert_theft(subject.first.id);
}

pub fn expired_sessions_are_deleted_and_living_ones_stay(stores: &Stores) {
    let subject = Subject::open(stores);
    subject.wait(700);
    let rotation = subject.rotation(subject.first.id);
    subject.perform(&rotation);
    // The first token has expired at this moment, its successor has not.
    let first_expiry = subject.first.expires_at.plus(Duration::from_secs(1));
    assert_eq!(stores.sessions.delete_expired(first_expiry, 100).unwrap(), 0);
    assert_eq!(subject.living(), rotation.successor.id);
    let second_expiry = rotation.successor.expires_at.plus(Duration::from_secs(1));
    assert_eq!(stores.sessions.delete_expired(second_expiry, 0).unwrap(), 0);
    // Two that have expired by the second's end, and one that has not.
    let other = Subject::open_for(stores, subject.session.user_id, 1);
    let living = Subject::open_for(stores, subject.session.user_id, 2);
    living.wait(1400);
    living.step(living.first.id);
    assert_eq!(stores.sessions.delete_expired(second_expiry, 1).unwrap(), 1);
    assert_eq!(stores.sessions.delete_expired(second_expiry, 100).unwrap(), 1);
    assert_eq!(stores.sessions.delete_expired(second_expiry, 100).unwrap(), 0);
    for gone in [&subject, &other] {
        assert_eq!(stores.sessions.find(gone.session.id).unwrap(), None);
    }
    assert!(stores.sessions.find(living.session.id).unwrap().is_some());
}
