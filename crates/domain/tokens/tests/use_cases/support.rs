//! The use cases, wired to doubles.

use std::sync::Arc;
use std::time::Duration;

use concierge_contracts::doubles::{Breakable, FakeSigner, ManualClock, SeededEntropy};
use concierge_kernel::{Clock, Timestamp, UserId};
use concierge_store_memory::MemorySessionStore;
use concierge_tokens::{
    Delivery, Device, EndSession, InspectSession, IssueAccess, IssuedAccess, OpenSession, OpenedSession,
    Presentation, Principal, RecognizeSession, RevocationReason, Revocations, RotateError, RotateRefresh,
    RotatedSession, Session, SessionId, SessionStore, TokenPolicy, VerifyAccess,
};

/// The shortest step of a clock.
pub(crate) const MICROSECOND: Duration = Duration::from_micros(1);

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// What the settings say unless an operator says otherwise.
pub(crate) const POLICY: TokenPolicy = TokenPolicy {
    access_ttl: secs(900),
    refresh_ttl: secs(2_592_000),
    refresh_grace: secs(10),
    leeway: secs(5),
};

/// One replica of concierge, as far as tokens go.
pub(crate) struct House {
    pub(crate) policy: TokenPolicy,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) store: Arc<Breakable<MemorySessionStore>>,
    pub(crate) signer: Arc<FakeSigner>,
    pub(crate) revocations: Arc<Revocations>,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(POLICY)
    }

    pub(crate) fn with(policy: TokenPolicy) -> Self {
        Self {
            policy,
            clock: Arc::default(),
            entropy: Arc::default(),
            store: Arc::default(),
            signer: Arc::default(),
            revocations: Arc::new(Revocations::new(&policy)),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn wait(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// Stands still until `moment`, which must not be over.
    pub(crate) fn wait_until(&self, moment: Timestamp) {
        assert!(moment >= self.now(), "{moment} is over");
        self.wait(moment.since(self.now()));
    }

    pub(crate) fn alice(&self) -> Principal {
        Principal {
            user_id: UserId::generate(self.clock.as_ref(), self.entropy.as_ref()),
            username: "alice".to_owned(),
            roles: vec!["user".to_owned()],
        }
    }

    pub(crate) fn opener(&self) -> OpenSession {
        let (store, signer) = (self.store.clone(), self.signer.clone());
        OpenSession::new(store, signer, self.clock.clone(), self.entropy.clone(), self.policy)
    }

    pub(crate) fn open(&self) -> OpenedSession {
        self.open_for(Delivery::Cookie)
    }

    pub(crate) fn open_for(&self, delivery: Delivery) -> OpenedSession {
        self.opener().open(self.alice().user_id, delivery, true, &Device::default()).unwrap()
    }

    pub(crate) fn issue(&self, session: &Session) -> IssuedAccess {
        let (signer, clock) = (self.signer.clone(), self.clock.clone());
        let issuer = IssueAccess::new(signer, clock, self.entropy.clone(), self.policy);
        issuer.issue(session, Principal { user_id: session.user_id, ..self.alice() }).unwrap()
    }

    pub(crate) fn verifier(&self) -> VerifyAccess {
        VerifyAccess::new(self.signer.clone(), self.clock.clone(), self.revocations.clone(), self.policy)
    }

    pub(crate) fn rotator(&self) -> RotateRefresh {
        let (store, signer) = (self.store.clone(), self.signer.clone());
        let (clock, entropy) = (self.clock.clone(), self.entropy.clone());
        RotateRefresh::new(store, signer, clock, entropy, self.revocations.clone(), self.policy)
    }

    pub(crate) fn ender(&self) -> EndSession {
        EndSession::new(self.store.clone(), self.clock.clone(), self.revocations.clone())
    }

    pub(crate) fn recognizer(&self) -> RecognizeSession {
        RecognizeSession::new(self.signer.clone())
    }

    pub(crate) fn inspector(&self) -> InspectSession {
        InspectSession::new(self.store.clone())
    }

    /// Presents a refresh token the way a request does: inspected first, then used.
    pub(crate) fn refresh_as(&self, token: &str, delivery: Delivery) -> Result<RotatedSession, RotateError> {
        let rotator = self.rotator();
        let claims = rotator.inspect(token)?;
        let presentation = match delivery {
            Delivery::Cookie => Presentation::Cookie { csrf_token: self.csrf_token_of(claims.session_id) },
            Delivery::Body => Presentation::Bearer,
        };
        rotator.rotate(&claims, &presentation, Device::default())
    }

    /// What a page of a session knows; `None` where the store knows no such session.
    pub(crate) fn csrf_token_of(&self, id: SessionId) -> Option<String> {
        let state = self.store.inner.find(id).unwrap()?;
        Some(state.session.csrf_token.as_str().to_owned())
    }

    pub(crate) fn refresh(&self, token: &str) -> Result<RotatedSession, RotateError> {
        self.refresh_as(token, Delivery::Cookie)
    }

    /// Presents a token that must be the living one, and returns its successor.
    pub(crate) fn step(&self, token: &str) -> String {
        let rotated = self.refresh(token).unwrap();
        let before = self.rotator().inspect(token).unwrap().id;
        assert_ne!(rotated.refresh.id, before, "the token was not rotated");
        rotated.refresh_token
    }

    /// Presents a token that must be answered with `living`, unchanged.
    #[track_caller]
    pub(crate) fn assert_replayed(&self, token: &str, living: &str) {
        let expected = self.rotator().inspect(living).unwrap();
        assert_eq!(self.refresh(token).unwrap().refresh, expected);
    }

    /// Presents a token that must end its session as stolen.
    #[track_caller]
    pub(crate) fn assert_theft(&self, token: &str) {
        let refused = self.refresh(token).err();
        assert!(matches!(refused, Some(RotateError::Reused(_))), "{refused:?}");
    }

    /// Presents a token whose session must have ended before.
    #[track_caller]
    pub(crate) fn assert_ended(&self, token: &str) {
        let refused = self.refresh(token).err();
        assert!(matches!(refused, Some(RotateError::SessionEnded)), "{refused:?}");
    }

    /// Why a session was ended; `None` while it lives.
    pub(crate) fn reason_of_end(&self, session: &Session) -> Option<RevocationReason> {
        let state = self.store.inner.find(session.id).unwrap().unwrap();
        state.session.revocation.map(|revocation| revocation.reason)
    }

    /// How many sessions the store has kept. Takes them out.
    pub(crate) fn drain_store(&self) -> u32 {
        self.store.inner.delete_expired(Timestamp::MAX, u32::MAX).unwrap()
    }
}
