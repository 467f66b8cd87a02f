//! `concierge serve`.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};

use actix_web::rt::System;
use actix_web::rt::task::spawn_blocking;
use concierge_origins::Origin;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::background::Background;
use crate::logging;
use crate::origins::FollowOrigins;
use crate::settings::{LogFormat, Settings, Sources};
use crate::stopping::Signals;
use crate::wiring::{Wired, WiringError, wire};

/// How many connections may wait to be accepted; actix-web's own choice for listeners it opens.
const BACKLOG: i32 = 1024;

/// Why serving ended badly.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServeError {
    #[error("cannot listen on {address}; is another program using it? (server.host, server.port)")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot tell where the API lives: set server.public_url")]
    PublicUrl,
    #[error(transparent)]
    Wiring(#[from] WiringError),
    #[error("the server failed")]
    Serving(#[from] io::Error),
}

pub(super) fn serve(settings: &Settings, sources: Sources) -> Result<(), ServeError> {
    logging::start(&settings.log);
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let system = System::new();
    match system.block_on(start_and_serve(settings, sources))? {
        Some(()) => tracing::info!("stopped"),
        None => {
            tracing::info!("stopped before it served");
            // Its end would wait for the wiring, which may wait for a database.
            std::mem::forget(system);
        }
    }
    Ok(())
}

/// `None` when it was to stop before it could serve.
async fn start_and_serve(settings: &Settings, sources: Sources) -> Result<Option<()>, ServeError> {
    let mut signals = Signals::hear()?;
    let wanted = SocketAddr::new(settings.server.host, settings.server.port);
    let refused = |source| ServeError::Listen { address: wanted, source };
    let listener = bind(wanted).map_err(refused)?;
    let address = listener.local_addr()?;
    let lives_at = settings.server.lives_at(address.port()).ok_or(ServeError::PublicUrl)?;
    let Some(wired) = signals.unless_any(wire_aside(settings, &lives_at)).await else { return Ok(None) };
    let Wired { services, origins, web, serve, sessions, keys, follow, limits, clock, stopping } = wired?;
    let _follower = Background::follow(follow)?;
    let keys = keys.map(Background::follow_keys).transpose()?;
    let _limits = limits.map(Background::look_at_limits).transpose()?;
    let _janitor = Background::clean(sessions, clock.clone())?;
    let own = settings.server.own_origins_at(&lives_at, settings.environment);
    let origins_of_files = FollowOrigins::start(sources, settings.clone(), own, clock, origins.clone());
    let _origins = Background::follow_origins(origins_of_files)?;
    #[cfg(unix)]
    if let Some(keys) = keys {
        wake_by_hang_up(keys)?;
    }
    // Who asks before it can answer is refused, and a proxy asks the next replica.
    SockRef::from(&listener).listen(BACKLOG).map_err(refused)?;
    let door = listener.try_clone()?;
    let server = concierge_web::serve(listener, services, origins, web, serve)?;
    announce(settings, address, &lives_at)?;
    stopping.serve(server, door, settings.server.drain_delay, signals).await?;
    Ok(Some(()))
}

/// Wires in another thread, so that signals are heard meanwhile.
async fn wire_aside(settings: &Settings, lives_at: &Origin) -> Result<Wired, ServeError> {
    let (settings, lives_at) = (settings.clone(), lives_at.clone());
    #[expect(clippy::disallowed_methods, reason = "nobody is served yet whom this could keep waiting")]
    let wired = spawn_blocking(move || wire(&settings, &lives_at)).await;
    Ok(wired.map_err(io::Error::other)??)
}

/// Has the folder of keys looked at when SIGHUP comes. Without such a folder the signal does what it does to any
/// program: a terminal that closes ends what was started in it.
#[cfg(unix)]
fn wake_by_hang_up(keys: Background) -> io::Result<()> {
    use actix_web::rt::signal::unix::{SignalKind, signal};

    let mut hang_ups = signal(SignalKind::hangup())?;
    actix_web::rt::spawn(async move {
        while hang_ups.recv().await.is_some() {
            tracing::info!("SIGHUP: looking at the keys");
            keys.wake();
        }
    });
    Ok(())
}

/// Takes the address, on which it does not listen yet.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for the connections of the last run to be forgotten.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Tells who started it where it listens: a person in words and with something to paste, a log collector in
/// one line.
fn announce(settings: &Settings, address: SocketAddr, lives_at: &Origin) -> io::Result<()> {
    let environment = settings.environment.name();
    let origins: Vec<_> = settings.origins.allowed.iter().map(ToString::to_string).collect();
    if settings.log.format == LogFormat::Json {
        tracing::info!(environment, %address, public_url = %lives_at, origins = origins.join(", "), "listening");
        return Ok(());
    }
    let frontends = if origins.is_empty() {
        "none; list them in origins.allowed".to_owned()
    } else {
        origins.join("\n               ")
    };
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "concierge {version} ({environment})\n\
         listening on   http://{address}\n\
         the API is at  {lives_at}\n\
         frontends      {frontends}\n\
         try            curl -i {lives_at}/greet -H 'Content-Type: application/json' -d '{{\"name\":\"Alice\"}}'",
        version = env!("CARGO_PKG_VERSION"),
    )?;
    out.flush()
}
