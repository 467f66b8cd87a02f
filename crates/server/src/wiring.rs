//! Which adapter stands behind which port. The only place that knows every name.

use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use concierge_greeting::Greeter;
use concierge_hashing::{Argon2Hasher, Argon2Settings, HashingSettingsError};
use concierge_kernel::{Clock, Entropy, StoreFailure};
use concierge_origins::{Origin, Registry};
use concierge_signing::{FolderError, JwtSigner, Key, KeyRing, Secret};
use concierge_store_memory::{MemorySessionStore, MemoryUserStore};
use concierge_store_sqlite::{OpenError, SqliteDatabase, SqliteOptions};
use concierge_throttle::{
    KnownNetworks, RateLimiter, ThrottleLogins, ThrottleRefreshes, ThrottleRegistrations,
};
use concierge_throttle_memory::{MemoryKnownNetworks, MemoryRateLimiter};
use concierge_tokens::{
    EndSession, FollowRevocations, InspectSession, IssueAccess, ListSessions, OpenSession, Revocations,
    RotateRefresh, SessionStore, TokenPolicy, TokenSigner, VerifyAccess,
};
use concierge_users::{
    Authenticate, ChangePassword, FindUser, InvalidStrengthFloor, PasswordHasher, Register, StrengthFloor,
    UserStore,
};
use concierge_web::{
    Blocking, CookieOptions, Cookies, CorsOptions, Readiness, RequestIds, ServeOptions, Services, Throttle,
    TrustedProxies, WebOptions,
};

use crate::keys::FollowKeys;
use crate::settings::{self, DatabaseUrl, PublicCors, Settings};
use crate::system::{SystemClock, SystemEntropy};
use crate::token_secret::{self, TokenSecretError};

/// How many calls may block at once beyond those that wait for a hash: a flood of logins leaves room for these.
const OTHER_BLOCKING_CALLS: usize = 128;

/// Everything that serving takes.
pub struct Wired {
    /// The use cases.
    pub services: Services,
    /// Which origins may call.
    pub registry: Registry,
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
    /// The strength new passwords need is none.
    #[error(transparent)]
    Strength(#[from] InvalidStrengthFloor),
}

/// Where users and sessions are kept, and how to tell whether they can be reached.
struct Stores {
    users: Arc<dyn UserStore>,
    sessions: Arc<dyn SessionStore>,
    readiness: Vec<Readiness>,
}

/// Where the API lives, for a server that listens on `port`: what the settings say, or else this machine.
pub fn public_url(settings: &Settings, port: u16) -> Option<Origin> {
    let here = if port == 80 { "http://localhost".to_owned() } else { format!("http://localhost:{port}") };
    settings.server.public_url.clone().or_else(|| Origin::parse(&here).ok())
}

/// Puts adapters behind ports as `settings` ask, for an API that lives at `public_url`.
///
/// # Errors
/// The database cannot be opened, or there is no usable token secret.
pub fn wire(settings: &Settings, public_url: &Origin) -> Result<Wired, WiringError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let Stores { users, sessions, mut readiness } = stores(&settings.database)?;
    let secret = secret(settings, entropy.as_ref())?;
    let issuer = settings.tokens.issuer.clone().unwrap_or_else(|| public_url.to_string());
    let web = web_options(settings, public_url, &secret);
    let (jwt_signer, keys) = signer(&settings.tokens, &issuer, secret, &clock)?;
    let signer: Arc<dyn TokenSigner> = jwt_signer.clone();
    let hashing = hashing(settings);
    let blocking_calls = hashing.threads + hashing.queue + OTHER_BLOCKING_CALLS;
    let hasher: Arc<dyn PasswordHasher> = Arc::new(Argon2Hasher::new(hashing, Arc::clone(&entropy))?);
    let policy = policy(&settings.tokens);
    let revocations = Arc::new(Revocations::new(&policy));
    let follow = FollowRevocations::new(sessions.clone(), revocations.clone(), clock.clone());
    // Before the first request: what was revoked before a restart stays so.
    follow.poll()?;
    let follow = Arc::new(follow);
    readiness.push(keeping_up(&follow, settings.tokens.revocation_lag));
    let services = Services {
        greeter: Greeter::new(clock.clone()),
        register: Register::new(users.clone(), hasher.clone(), clock.clone(), entropy.clone()),
        authenticate: Authenticate::new(users.clone(), hasher.clone()),
        change_password: ChangePassword::new(users.clone(), hasher),
        find_user: FindUser::new(users),
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
        end_session: EndSession::new(sessions.clone(), signer, clock.clone(), revocations),
        password_floor: StrengthFloor::new(settings.passwords.min_score)?,
        fresh_for: settings.tokens.fresh_for,
        throttle: throttle(&settings.rate_limit, &clock),
        trusted_proxies: TrustedProxies::new(settings.server.trusted_proxies.clone()),
        cookies: Cookies::new(web.cookies.clone()),
        request_ids: RequestIds::new(entropy.as_ref()),
        public_keys: Arc::new(move || jwt_signer.published_keys()),
        readiness,
        blocking: Blocking::new(blocking_calls),
        clock: clock.clone(),
        entropy,
    };
    let registry = Registry::new(own_origins(settings, public_url), settings.origins.allowed.clone());
    let serve = ServeOptions {
        workers: cores_if_zero(settings.server.workers),
        blocking_threads: blocking_calls,
        shutdown_timeout: settings.server.shutdown_timeout,
    };
    Ok(Wired { services, registry, web, serve, sessions, keys, follow, clock })
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

fn stores(database: &settings::Database) -> Result<Stores, OpenError> {
    match &database.url {
        DatabaseUrl::Memory => Ok(Stores {
            users: Arc::new(MemoryUserStore::default()),
            sessions: Arc::new(MemorySessionStore::default()),
            readiness: Vec::new(),
        }),
        DatabaseUrl::Sqlite { path } => {
            let options =
                SqliteOptions { pool_size: database.pool_size, busy_timeout: database.busy_timeout };
            let database = SqliteDatabase::open(path, options)?;
            Ok(Stores {
                users: Arc::new(database.users()),
                sessions: Arc::new(database.sessions()),
                readiness: vec![Readiness { part: "store", check: Arc::new(move || database.ping()) }],
            })
        }
    }
}

/// The secret of the settings; without one, which only development and test allow, one that is made and kept
/// beside the database, or forgotten with a database that is.
fn secret(settings: &Settings, entropy: &dyn Entropy) -> Result<Secret, WiringError> {
    if let Some(secret) = &settings.tokens.secret {
        return Ok(Secret::new(secret.clone())?);
    }
    match &settings.database.url {
        DatabaseUrl::Sqlite { path } => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            Ok(token_secret::keep_in(folder.unwrap_or(Path::new(".")), entropy)?)
        }
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

fn web_options(settings: &Settings, public_url: &Origin, secret: &Secret) -> WebOptions {
    let secure = settings.cookies.secure.resolve(Some(public_url));
    WebOptions {
        cors: CorsOptions {
            open_public_routes: settings.cors.public == PublicCors::Open,
            max_age: settings.cors.max_age,
            extra_headers: settings.cors.extra_headers.iter().map(|name| name.as_str().to_owned()).collect(),
            reject_unknown_origins: settings.cors.reject_unknown_origins,
        },
        cookies: CookieOptions {
            secure,
            same_site: settings.cookies.same_site,
            domain: settings.cookies.domain.as_ref().map(|domain| domain.as_str().to_owned()),
            // Browsers drop a prefixed cookie that is not `Secure`.
            prefixed: public_url.is_https() && secure,
        },
        https: public_url.is_https(),
        visitor_key: secret.derive("concierge/v1/visitor-cookie"),
    }
}

/// The API's own origins. Where people develop, the names of the loopback host are one.
fn own_origins(settings: &Settings, public_url: &Origin) -> Vec<Origin> {
    let named = std::iter::once(public_url).chain(&settings.server.aliases);
    if settings.environment.is_production() {
        named.cloned().collect()
    } else {
        named.flat_map(Origin::loopback_aliases).collect()
    }
}

fn cores_if_zero(wanted: usize) -> usize {
    match wanted {
        0 => available_parallelism().map_or(1, usize::from),
        wanted => wanted,
    }
}
