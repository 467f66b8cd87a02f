//! The wiring.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use concierge_contracts::doubles::{Breakable, FakeSigner, ManualClock, PlainHasher, SeededEntropy};
use concierge_contracts::user_store::sample_user;
use concierge_greeting::Greeter;
use concierge_kernel::Clock;
use concierge_origins::{Origin, Registry, parse_list};
use concierge_store_memory::{MemorySessionStore, MemoryUserStore};
use concierge_tokens::{
    EndSession, InspectSession, IssueAccess, ListSessions, OpenSession, Revocations, RotateRefresh,
    TokenPolicy, VerifyAccess,
};
use concierge_users::{
    Authenticate, ChangePassword, FindUser, Password, PasswordHash, PasswordHasher as _, Register,
    StrengthFloor, User, UserStore as _,
};
use concierge_web::{
    Blocking, CookieOptions, Cookies, CorsOptions, LiveOrigins, Readiness, RequestIds, SameSite, Services,
    TrustedProxies, WebOptions, app,
};

use super::{Answer, FRONTEND, OWN, PASSWORD, USERNAME};

/// The doubles behind an API, and what an operator chose. APIs made from one world share its doubles.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    /// The clock by which greetings are timed; `None` for the same.
    pub(crate) greeters_clock: Option<Arc<dyn Clock>>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) users: Arc<Breakable<MemoryUserStore>>,
    pub(crate) sessions: Arc<Breakable<MemorySessionStore>>,
    pub(crate) hasher: Arc<PlainHasher>,
    pub(crate) signer: Arc<FakeSigner>,
    pub(crate) policy: TokenPolicy,
    pub(crate) fresh_for: Duration,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) web: WebOptions,
    pub(crate) readiness: Vec<Readiness>,
    /// How many calls may block at once.
    pub(crate) blocking: usize,
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
            sessions: Arc::default(),
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
            web: WebOptions {
                cors: CorsOptions {
                    open_public_routes: false,
                    max_age: secs(60),
                    extra_headers: Vec::new(),
                    reject_unknown_origins: false,
                },
                cookies: CookieOptions {
                    secure: false,
                    same_site: SameSite::Lax,
                    domain: None,
                    prefixed: false,
                },
                https: false,
                visitor_key: [7; 64],
            },
            readiness: Vec::new(),
            blocking: 8,
        }
    }

    /// A world in which alice is registered.
    pub(crate) fn with_alice() -> Self {
        let world = Self::new();
        let hash = world.hasher.hash(&Password::parse(PASSWORD).unwrap()).unwrap();
        world.add_user(&sample_user(USERNAME), &hash);
        world
    }

    pub(crate) fn add_user(&self, user: &User, hash: &PasswordHash) {
        self.users.inner.insert(user, hash).unwrap();
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
        let (users, sessions) = (self.users.clone(), self.sessions.clone());
        let (hasher, signer) = (self.hasher.clone(), self.signer.clone());
        let revocations = Arc::new(Revocations::new(&policy));
        Services {
            greeter: Greeter::new(self.greeters_clock.clone().unwrap_or_else(|| clock.clone())),
            register: Register::new(users.clone(), hasher.clone(), clock.clone(), entropy.clone()),
            authenticate: Authenticate::new(users.clone(), hasher.clone()),
            change_password: ChangePassword::new(users.clone(), hasher),
            find_user: FindUser::new(users),
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
            end_session: EndSession::new(sessions, signer, clock.clone(), revocations),
            password_floor: StrengthFloor::new(0).unwrap(),
            public_keys: Arc::new(|| r#"{"keys":[]}"#.into()),
            fresh_for: self.fresh_for,
            trusted_proxies: self.trusted_proxies.clone(),
            readiness: self.readiness.clone(),
            blocking: Blocking::new(self.blocking),
            cookies: Cookies::new(self.web.cookies.clone()),
            request_ids: RequestIds::new(entropy.as_ref()),
            clock,
            entropy,
        }
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
        let own = vec![Origin::parse(OWN).unwrap()];
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
