//! Which adapter stands behind which port. The only place that knows every name: [`wire`] puts together what serving
//! takes, `Desk` what a command takes that works on the database.

mod desk;
mod limits;
mod stores;
mod visitors;

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use concierge_audit::{ListEvents, RecordEvent};
use concierge_greeting::Greeter;
use concierge_hashing::{Argon2Hasher, Argon2Settings, HashingSettingsError};
use concierge_kernel::{Clock, Entropy, StoreFailure};
use concierge_origins::{Origin, Profiles};
use concierge_signing::{FolderError, JwtSigner, Key, KeyRing, Secret};
use concierge_throttle::SharedLimits;
use concierge_tokens::{
    EndSession, FollowRevocations, InspectSession, IssueAccess, ListSessions, OpenSession, RecognizeSession,
    Revocations, RotateRefresh, SessionStore, TokenPolicy, TokenSigner, VerifyAccess,
};
use concierge_users::{
    Authenticate, ChangePassword, ChangeUser, FindUser, InvalidStrengthFloor, ListUsers, PasswordHasher,
    Register, StrengthFloor,
};
use concierge_web::{
    Blocking, Cookies, CorsOptions, Estimates, InvalidRedisUrl, LiveOrigins, Readiness, RequestIds,
    ServeOptions, Services, Tally, TrustedProxies, VisitorStore, WebOptions,
};

use crate::keys::FollowKeys;
use crate::origins::registry;
use crate::settings::{self, DatabaseUrl, PublicCors, Settings};
use crate::stopping::Stopping;
use crate::system::{SystemClock, SystemEntropy};
use crate::token_secret::{self, TokenSecretError};

pub(crate) use desk::{Desk, DeskError};
use limits::Limits;
use stores::{OpenError, Stores};
use visitors::Visitors;

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
    /// The limits that others have in common, for looking after; `None` where there are none.
    pub limits: Option<Arc<SharedLimits>>,
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
    /// The URL of the Redis server is none, by those who keep limits in it.
    #[error("redis.url cannot be used")]
    Limits(#[from] concierge_throttle_redis::InvalidUrl),
    /// The URL of the Redis server is none, by those who keep visitor sessions in it.
    #[error(transparent)]
    Visitors(#[from] InvalidRedisUrl),
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
    let visitors = Visitors::wire(settings, &clock)?;
    let web = web_options(settings, public_url, &secret, visitors.store);
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
    let limits = Limits::wire(settings, &clock)?;
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
        throttle: limits.throttle,
        trusted_proxies: TrustedProxies::new(settings.server.trusted_proxies.clone()),
        cookies: cookies(settings, public_url),
        tally: Tally::new(clock.clone()),
        request_ids: RequestIds::new(entropy.as_ref()),
        public_keys: Arc::new(move || jwt_signer.published_keys()),
        readiness,
        degradable: [limits.degradable, visitors.degradable].concat(),
        stopping: stopping.told(),
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
    let limits = limits.shared;
    Ok(Wired { services, origins, web, serve, sessions, keys, follow, limits, clock, stopping })
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
        DatabaseUrl::Sqlite { path } => Ok(token_secret::keep_at(&token_secret::beside(path), entropy)?),
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
