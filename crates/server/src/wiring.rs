//! Which adapter stands behind which port. The only place that knows every name: [`wire`] puts together what serving
//! takes, `Desk` what a command takes that works on the database.

mod desk;
mod stores;

use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use concierge_audit::{ListEvents, RecordEvent};
use concierge_greeting::Greeter;
use concierge_hashing::{Argon2Hasher, Argon2Settings, HashingSettingsError};
use concierge_kernel::{Clock, Entropy, StoreFailure};
use concierge_origins::{Origin, Profiles};
use concierge_signing::{FolderError, JwtSigner, Key, KeyRing, Secret};
use concierge_throttle::{
    KnownNetworks, RateLimiter, ThrottleLogins, ThrottleRefreshes, ThrottleRegistrations,
};
use concierge_throttle_memory::{MemoryKnownNetworks, MemoryRateLimiter};
use concierge_tokens::{
    EndSession, FollowRevocations, InspectSession, IssueAccess, ListSessions, OpenSession, RecognizeSession,
    Revocations, RotateRefresh, SessionStore, TokenPolicy, TokenSigner, VerifyAccess,
};
use concierge_users::{
    Authenticate, ChangePassword, ChangeUser, FindUser, InvalidStrengthFloor, ListUsers, PasswordHasher,
    Register, StrengthFloor,
};
use concierge_web::{
    Blocking, Cookies, CorsOptions, Degradable, Estimates, InvalidRedisUrl, LiveOrigins, Readiness,
    RedisVisitors, RequestIds, ServeOptions, Services, Tally, Throttle, TrustedProxies, VisitorStore,
    WebOptions,
};

use crate::keys::FollowKeys;
use crate::origins::registry;
use crate::settings::{self, DatabaseUrl, PublicCors, Settings, VisitorSessionStore};
use crate::stopping::Stopping;
use crate::system::{SystemClock, SystemEntropy};
use crate::token_secret::{self, TokenSecretError};

pub(crate) use desk::{Desk, DeskError};
use stores::{OpenError, Stores};

/// How many calls may block at once beyond those that wait for a hash: a flood of logins leaves room for these.
const OTHER_BLOCKING_CALLS: usize = 128;

/// Everything that serving takes.
pub struct Wired {
    /// The use cases.
    pub services: Services,
    /// Which origins may call.
    pub origins: Arc<LiveOrigins>,
    /// How answers look.
    pub web: WebOptions,
    /// How the server runs.
    pub serve: ServeOptions,
    /// The sessions, for cleaning up.
    pub sessions: Arc<dyn SessionStore>,
    /// Which keys count, for keeping up with; `None` where the secret is the only one.
    pub keys: Option<FollowKeys>,
    /// What others revoke, for keeping up with.
    pub follow: Arc<FollowRevocations>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whether the server is about to stop.
    pub(crate) stopping: Stopping,
}

/// Why nothing was wired.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// There is no token secret.
    #[error(transparent)]
    Secret(#[from] TokenSecretError),
    /// Servers that share a database share what signs, so none of them can make it up.
    #[error(
        "database.url is a Postgres server, which several concierges may share, and they have to share tokens.secret too: \
         set CONCIERGE__TOKENS__SECRET to text of 32 bytes or more (openssl rand -hex 32)"
    )]
    NoSharedSecret,
    /// The token secret of the settings is too short.
    #[error("tokens.secret cannot be used")]
    ShortSecret(#[from] concierge_signing::SecretTooShort),
    /// The folder of the key pairs cannot be used.
    #[error("cannot use the keys of tokens.keys_dir")]
    Keys(#[from] FolderError),
    /// Passwords cannot be hashed like this.
    #[error(transparent)]
    Hashing(#[from] HashingSettingsError),
    /// The store does not tell what has been revoked.
    #[error("cannot read revocations from the store")]
    Revocations(#[from] StoreFailure),
    /// The Redis server cannot be named so.
    #[error(transparent)]
    Redis(#[from] InvalidRedisUrl),
    /// The strength new passwords need is none.
    #[error(transparent)]
    Strength(#[from] InvalidStrengthFloor),
}

/// Puts adapters behind ports as `settings` ask, for an API that lives at `public_url`.
///
/// # Errors
/// The database cannot be opened, or there is no usable token secret.
pub fn wire(settings: &Settings, public_url: &Origin) -> Result<Wired, WiringError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let Stores { users, sessions, events, mut readiness, .. } = Stores::open(&settings.database)?;
    let secret = secret(settings, entropy.as_ref())?;
    let issuer = settings.tokens.issuer.clone().unwrap_or_else(|| public_url.to_string());
    let visitor_store = visitor_store(settings, &clock)?;
    let degradable = degradable(&visitor_store);
    let web = web_options(settings, public_url, &secret, visitor_store);
    let (jwt_signer, keys) = signer(&settings.tokens, &issuer, secret, &clock)?;
    let signer: Arc<dyn TokenSigner> = jwt_signer.clone();
    let hashing = hashing(settings);
    let (dear_at_once, dear_waiting) = (hashing.threads, hashing.queue);
    // Neither those who hash nor those whose passwords are estimated take the threads that others need.
    let blocking_calls = 2 * (dear_at_once + dear_waiting) + OTHER_BLOCKING_CALLS;
    let hasher: Arc<dyn PasswordHasher> = Arc::new(Argon2Hasher::new(hashing, Arc::clone(&entropy))?);
    let policy = policy(&settings.tokens);
    let revocations = Arc::new(Revocations::new(&policy));
    let follow = FollowRevocations::new(sessions.clone(), revocations.clone(), clock.clone());
    // Before the first request: what was revoked before a restart stays so.
    follow.poll()?;
    let follow = Arc::new(follow);
    let stopping = Stopping::default();
    readiness.push(keeping_up(&follow, settings.tokens.revocation_lag));
    readiness.push(stopping.readiness());
    let services = Services {
        greeter: Greeter::new(clock.clone()),
        register: Register::new(users.clone(), hasher.clone(), clock.clone(), entropy.clone()),
        authenticate: Authenticate::new(users.clone(), hasher.clone()),
        change_password: ChangePassword::new(users.clone(), hasher),
        find_user: FindUser::new(users.clone()),
        list_users: ListUsers::new(users.clone()),
        change_user: ChangeUser::new(users, clock.clone()),
        open_session: OpenSession::new(
            sessions.clone(),
            signer.clone(),
            clock.clone(),
            entropy.clone(),
            policy,
        ),
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
        end_session: EndSession::new(sessions.clone(), clock.clone(), revocations),
        record_event: RecordEvent::new(events.clone(), clock.clone(), entropy.clone()),
        list_events: ListEvents::new(events),
        estimates: Estimates::new(dear_at_once, dear_waiting),
        password_floor: StrengthFloor::new(settings.passwords.min_score)?,
        fresh_for: settings.tokens.fresh_for,
        throttle: throttle(&settings.rate_limit, &clock),
        trusted_proxies: TrustedProxies::new(settings.server.trusted_proxies.clone()),
        cookies: cookies(settings, public_url),
        tally: Tally::new(clock.clone()),
        request_ids: RequestIds::new(entropy.as_ref()),
        public_keys: Arc::new(move || jwt_signer.published_keys()),
        readiness,
        degradable,
        blocking: Blocking::new(blocking_calls),
        clock: clock.clone(),
        entropy,
    };
    let own = settings.server.own_origins_at(public_url, settings.environment);
    let origins = Arc::new(LiveOrigins::new(registry(own, &settings.origins, clock.now())));
    let serve = ServeOptions {
        workers: cores_if_zero(settings.server.workers),
        blocking_threads: blocking_calls,
        shutdown_timeout: settings.server.shutdown_timeout,
    };
    Ok(Wired { services, origins, web, serve, sessions, keys, follow, clock, stopping })
}

/// What signs: the key pairs of the folder that the settings name, or else the secret.
fn signer(
    tokens: &settings::Tokens,
    issuer: &str,
    secret: Secret,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<JwtSigner>, Option<FollowKeys>), FolderError> {
    let with = |ring| Arc::new(JwtSigner::new(ring, issuer, &tokens.audience));
    let Some(folder) = &tokens.keys_dir else {
        return Ok((with(KeyRing::new(Key::hs256(&secret), [])), None));
    };
    let keys = FollowKeys::start(folder, secret, Arc::clone(clock), with)?;
    Ok((keys.signer(), Some(keys)))
}

/// The limits, or none.
fn throttle(settings: &settings::RateLimit, clock: &Arc<dyn Clock>) -> Option<Throttle> {
    if !settings.enabled {
        return None;
    }
    let limiter: Arc<dyn RateLimiter> =
        Arc::new(MemoryRateLimiter::new(clock.clone(), settings.quotas, settings.max_keys));
    let known: Arc<dyn KnownNetworks> = Arc::new(MemoryKnownNetworks::new(clock.clone(), settings.max_keys));
    Some(Throttle {
        logins: ThrottleLogins::new(limiter.clone(), known),
        registrations: ThrottleRegistrations::new(limiter.clone()),
        refreshes: ThrottleRefreshes::new(limiter),
    })
}

/// Not ready when the store has told nothing for too long: sessions that others ended might still pass here.
fn keeping_up(follow: &Arc<FollowRevocations>, longest: Duration) -> Readiness {
    let follow = Arc::clone(follow);
    let check = move || match follow.lag() {
        lag if lag > longest => Err(StoreFailure::Unavailable(
            format!("no revocation could be read for {} seconds", lag.as_secs()).into(),
        )),
        _ => Ok(()),
    };
    Readiness { part: "revocations", check: Arc::new(check) }
}

/// The secret of the settings; without one, which only development and test allow, one that is made and kept
/// beside the database, or forgotten with a database that is. On a database of several servers nobody makes one.
fn secret(settings: &Settings, entropy: &dyn Entropy) -> Result<Secret, WiringError> {
    if let Some(secret) = &settings.tokens.secret {
        return Ok(Secret::new(secret.clone())?);
    }
    match &settings.database.url {
        DatabaseUrl::Sqlite { path } => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            Ok(token_secret::keep_in(folder.unwrap_or(Path::new(".")), entropy)?)
        }
        DatabaseUrl::Postgres(_) => Err(WiringError::NoSharedSecret),
        DatabaseUrl::Memory => Ok(Secret::new(token_secret::generate(entropy).into())?),
    }
}

fn hashing(settings: &Settings) -> Argon2Settings {
    let passwords = &settings.passwords;
    Argon2Settings {
        memory_kib: passwords.memory_kib,
        iterations: passwords.iterations,
        parallelism: passwords.parallelism,
        threads: cores_if_zero(passwords.threads),
        queue: passwords.queue,
    }
}

fn policy(tokens: &settings::Tokens) -> TokenPolicy {
    TokenPolicy {
        access_ttl: tokens.access_ttl,
        refresh_ttl: tokens.refresh_ttl,
        refresh_grace: tokens.refresh_grace,
        leeway: tokens.leeway,
    }
}

/// Where visitor sessions live. Redis need not be there: it is a part that most requests do without.
fn visitor_store(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<VisitorStore, InvalidRedisUrl> {
    match &settings.visitor_sessions.store {
        VisitorSessionStore::Cookie => Ok(VisitorStore::Cookie),
        VisitorSessionStore::Redis(url) => {
            let settings::Redis { key_prefix, timeout, .. } = &settings.redis;
            let visitors = RedisVisitors::new(url.expose(), key_prefix, *timeout, Arc::clone(clock))?;
            Ok(VisitorStore::Redis(visitors))
        }
    }
}

/// What is told at `/health/ready` and keeps no traffic away.
fn degradable(visitor_store: &VisitorStore) -> Vec<Degradable> {
    match visitor_store.clone() {
        VisitorStore::Cookie => Vec::new(),
        VisitorStore::Redis(visitors) => {
            let works = move || visitors.are_within_reach();
            vec![Degradable { part: "visitor_sessions", works: Arc::new(works) }]
        }
    }
}

fn web_options(
    settings: &Settings,
    public_url: &Origin,
    secret: &Secret,
    visitor_store: VisitorStore,
) -> WebOptions {
    WebOptions {
        cors: cors_options(settings),
        https: public_url.is_https(),
        visitor_key: secret.derive("concierge/v1/visitor-cookie"),
        visitor_store,
        diagnostics: settings.diagnostics.access,
    }
}

/// Cookies whose attributes follow from where the API lives, and by which of its names it is called.
fn cookies(settings: &Settings, public_url: &Origin) -> Cookies {
    let own = settings.server.own_origins_at(public_url, settings.environment);
    let aliases: Vec<_> = own.into_iter().filter(|origin| origin != public_url).collect();
    let chosen = &settings.cookies;
    Cookies::new(Profiles::new(public_url, &aliases, &chosen.overrides), chosen.former.clone())
}

/// What CORS allows beyond the registry.
pub(crate) fn cors_options(settings: &Settings) -> CorsOptions {
    CorsOptions {
        open_public_routes: settings.cors.public == PublicCors::Open,
        max_age: settings.cors.max_age,
        extra_headers: settings.cors.extra_headers.iter().map(|name| name.as_str().to_owned()).collect(),
        reject_unknown_origins: settings.cors.reject_unknown_origins,
    }
}

fn cores_if_zero(wanted: usize) -> usize {
    match wanted {
        0 => available_parallelism().map_or(1, usize::from),
        wanted => wanted,
    }
}
