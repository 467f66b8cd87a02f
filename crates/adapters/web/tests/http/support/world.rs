//! The wiring.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use concierge_audit::{ListEvents, RecordEvent};
use concierge_contracts::doubles::{
    Breakable, FakeSigner, ManualClock, PlainHasher, PlainKnownNetworks, PlainLimiter, SeededEntropy,
};
use concierge_contracts::user_store::sample_user;
use concierge_greeting::Greeter;
use concierge_kernel::Clock;
use concierge_origins::{CookieOverrides, FormerScopes, Origin, Profiles, Registry, parse_list};
use concierge_store_memory::{MemoryEventStore, MemorySessionStore, MemoryUserStore};
use concierge_throttle::{
    Quotas, ThrottleLogins, ThrottleRefreshes, ThrottleRegistrations, ThrottleVisitors,
};
use concierge_tokens::{
    EndSession, InspectSession, IssueAccess, ListSessions, OpenSession, RecognizeSession, Revocations,
    RotateRefresh, TokenPolicy, VerifyAccess,
};
use concierge_users::{
    Authenticate, ChangePassword, ChangeUser, FindUser, ListUsers, Password, PasswordHash,
    PasswordHasher as _, Register, Role, RolesChange, StrengthFloor, User, UserChange, UserStore, Username,
};
use concierge_web::{
    Blocking, Cookies, CorsOptions, Degradable, DiagnosticsAccess, Estimates, LiveOrigins, Readiness,
    RequestIds, Services, Tally, Throttle, TrustedProxies, VisitorStore, WebOptions, app,
};

use super::{Answer, FRONTEND, OWN, PASSWORD, USERNAME};

/// The doubles behind an API, and what an operator chose. APIs made from one world share its doubles.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    /// The clock by which greetings are timed; `None` for the same.
    pub(crate) greeters_clock: Option<Arc<dyn Clock>>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) users: Arc<Breakable<MemoryUserStore>>,
    /// What is asked for users; `None` for `users` themselves.
    pub(crate) users_asked: Option<Arc<dyn UserStore>>,
    pub(crate) sessions: Arc<Breakable<MemorySessionStore>>,
    pub(crate) events: Arc<Breakable<MemoryEventStore>>,
    pub(crate) hasher: Arc<PlainHasher>,
    pub(crate) signer: Arc<FakeSigner>,
    pub(crate) policy: TokenPolicy,
    pub(crate) fresh_for: Duration,
    pub(crate) trusted_proxies: TrustedProxies,
    /// What is limited; `None` where nothing is.
    pub(crate) limiter: Option<Arc<PlainLimiter>>,
    pub(crate) web: WebOptions,
    pub(crate) readiness: Vec<Readiness>,
    pub(crate) degradable: Vec<Degradable>,
    /// How many calls may block at once.
    pub(crate) blocking: usize,
    /// How many estimates of passwords run at once; none waits.
    pub(crate) estimates: usize,
    /// The score that a new password needs.
    pub(crate) password_floor: u8,
    /// Where the API lives.
    pub(crate) own: &'static str,
    /// What of the cookies is set by hand.
    pub(crate) cookies: CookieOverrides,
}

impl World {
    /// On http, with the settings' defaults.
    pub(crate) fn new() -> Self {
        let secs = Duration::from_secs;
        Self {
            clock: Arc::default(),
            greeters_clock: None,
            entropy: Arc::default(),
            users: Arc::default(),
            users_asked: None,
            sessions: Arc::default(),
            events: Arc::default(),
            hasher: Arc::default(),
            signer: Arc::default(),
            policy: TokenPolicy {
                access_ttl: secs(900),
                refresh_ttl: secs(2_592_000),
                refresh_grace: secs(10),
                leeway: secs(5),
            },
            fresh_for: secs(900),
            trusted_proxies: TrustedProxies::default(),
            limiter: None,
            web: WebOptions {
                cors: CorsOptions {
                    open_public_routes: false,
                    max_age: secs(60),
                    extra_headers: Vec::new(),
                    reject_unknown_origins: false,
                },
                https: false,
                visitor_key: [7; 64],
                visitor_store: VisitorStore::Cookie,
                diagnostics: DiagnosticsAccess::Everybody,
            },
            readiness: Vec::new(),
            degradable: Vec::new(),
            blocking: 8,
            estimates: 8,
            password_floor: 0,
            own: OWN,
            cookies: CookieOverrides::default(),
        }
    }

    /// A world in which alice is registered.
    pub(crate) fn with_alice() -> Self {
        let world = Self::new();
        let hash = world.hasher.hash(&Password::parse(PASSWORD).unwrap()).unwrap();
        world.add_user(&sample_user(USERNAME), &hash);
        world
    }

    /// A world in which alice is registered and guessing is limited.
    pub(crate) fn with_limits(quotas: Quotas) -> Self {
        let world = Self::with_alice();
        let limiter = Arc::new(PlainLimiter::new(world.clock.clone(), quotas));
        Self { limiter: Some(limiter), ..world }
    }

    pub(crate) fn add_user(&self, user: &User, hash: &PasswordHash) {
        self.users.inner.insert(user, hash).unwrap();
    }

    fn own(&self) -> Origin {
        Origin::parse(self.own).unwrap()
    }

    /// Gives a user the role admin.
    pub(crate) fn promote(&self, username: &str) {
        let found = self.users.inner.find_credentials(&Username::parse(username).unwrap()).unwrap();
        let promotion = UserChange::of_roles(RolesChange::Give(Role::Admin));
        self.users.inner.change(found.unwrap().user.id, &promotion, None, self.clock.now()).unwrap();
    }

    pub(crate) fn wait(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }

    pub(crate) fn opener(&self) -> OpenSession {
        let (sessions, signer) = (self.sessions.clone(), self.signer.clone());
        OpenSession::new(sessions, signer, self.clock.clone(), self.entropy.clone(), self.policy)
    }

    fn services(&self) -> Services {
        let (clock, entropy, policy) = (self.clock.clone(), self.entropy.clone(), self.policy);
        let users = self.users_asked.clone().unwrap_or_else(|| self.users.clone());
        let sessions = self.sessions.clone();
        let (hasher, signer) = (self.hasher.clone(), self.signer.clone());
        let revocations = Arc::new(Revocations::new(&policy));
        Services {
            greeter: Greeter::new(self.greeters_clock.clone().unwrap_or_else(|| clock.clone())),
            register: Register::new(users.clone(), hasher.clone(), clock.clone(), entropy.clone()),
            authenticate: Authenticate::new(users.clone(), hasher.clone()),
            change_password: ChangePassword::new(users.clone(), hasher),
            find_user: FindUser::new(users.clone()),
            list_users: ListUsers::new(users.clone()),
            change_user: ChangeUser::new(users, clock.clone()),
            open_session: self.opener(),
            rotate_refresh: RotateRefresh::new(
                sessions.clone(),
                signer.clone(),
                clock.clone(),
                entropy.clone(),
                revocations.clone(),
                policy,
            ),
            issue_access: IssueAccess::new(signer.clone(), clock.clone(), entropy.clone(), policy),
            verify_access: VerifyAccess::new(signer.clone(), clock.clone(), revocations.clone(), policy),
            inspect_session: InspectSession::new(sessions.clone()),
            list_sessions: ListSessions::new(sessions.clone(), clock.clone()),
            recognize_session: RecognizeSession::new(signer),
            end_session: EndSession::new(sessions, clock.clone(), revocations),
            record_event: RecordEvent::new(self.events.clone(), clock.clone(), entropy.clone()),
            list_events: ListEvents::new(self.events.clone()),
            estimates: Estimates::new(self.estimates, 0),
            password_floor: StrengthFloor::new(self.password_floor).unwrap(),
            public_keys: Arc::new(|| r#"{"keys":[]}"#.into()),
            fresh_for: self.fresh_for,
            trusted_proxies: self.trusted_proxies.clone(),
            throttle: self.throttle(),
            readiness: self.readiness.clone(),
            degradable: self.degradable.clone(),
            stopping: Arc::new(|| false),
            blocking: Blocking::new(self.blocking),
            cookies: Cookies::new(Profiles::new(&self.own(), &[], &self.cookies), FormerScopes::default()),
            request_ids: RequestIds::new(entropy.as_ref()),
            tally: Tally::new(clock.clone()),
            clock,
            entropy,
        }
    }

    fn throttle(&self) -> Option<Throttle> {
        let limiter = self.limiter.clone()?;
        Some(Throttle {
            logins: ThrottleLogins::new(limiter.clone(), Arc::new(PlainKnownNetworks::default())),
            registrations: ThrottleRegistrations::new(limiter.clone()),
            refreshes: ThrottleRefreshes::new(limiter.clone()),
            visitors: Some(ThrottleVisitors::new(limiter)),
        })
    }

    /// The pattern of every route. actix-web tells it to nobody but its own log, so it is read out of there.
    pub(crate) async fn patterns(&self) -> Vec<String> {
        let service = init_service(app(&Data::new(self.services()), &self.origins(), &self.web)).await;
        let response = call_service(&service, TestRequest::get().uri("/secure").to_request()).await;
        let routes = format!("{:?}", response.request().resource_map());
        let quoted = routes.split("patterns: Single(\"").skip(1).filter_map(|rest| rest.split_once('"'));
        quoted.map(|(pattern, _)| pattern.to_owned()).filter(|pattern| !pattern.is_empty()).collect()
    }

    fn origins(&self) -> Arc<LiveOrigins> {
        let own = vec![self.own()];
        let allowed = parse_list(&format!("{FRONTEND}, https://*.preview.example.com")).unwrap();
        Arc::new(LiveOrigins::new(Registry::new(own, allowed)))
    }

    pub(crate) async fn api(&self) -> Api {
        let service = init_service(app(&Data::new(self.services()), &self.origins(), &self.web)).await;
        let service = Rc::new(service);
        Api(Box::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let response = call_service(service.as_ref(), request.to_request()).await;
                let (status, headers) = (response.status(), response.headers().clone());
                let body = String::from_utf8(read_body(response).await.to_vec()).unwrap();
                Answer { status, headers, body }
            })
        }))
    }
}

type Asking = Pin<Box<dyn Future<Output = Answer>>>;

/// One worker of concierge, without a socket.
pub(crate) struct Api(Box<dyn Fn(TestRequest) -> Asking>);

impl Api {
    pub(crate) async fn ask(&self, request: TestRequest) -> Answer {
        (self.0)(request).await
    }
}
