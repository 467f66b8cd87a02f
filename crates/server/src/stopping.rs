//! From the signal to stop until the server does: first no new work, then what there is gets done.
//!
//! A proxy that was let in is owed an answer, for it may not send a request again that may have changed something. The
//! framework closes connections whose requests it has not read yet, so it is told to stop only when there are none.

use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(unix)]
use actix_web::rt::signal::unix::{Signal, SignalKind, signal};
use actix_web::rt::{spawn, time::sleep};
use concierge_kernel::StoreFailure;
use concierge_web::{Readiness, Server};

/// How long those who were let in last have until their requests are read. Less than the second after which TCP knocks
/// again: whoever came meanwhile is refused then.
const READING: Duration = Duration::from_millis(250);

/// Whether the server is about to stop.
#[derive(Clone, Default)]
pub(crate) struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Whether it is, for who wants to know with every answer.
    pub(crate) fn told(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let stopping = self.clone();
        Arc::new(move || stopping.0.load(Ordering::Relaxed))
    }

    /// Not ready once the server is about to stop, for load balancers that ask.
    pub(crate) fn readiness(&self) -> Readiness {
        let stopping = self.told();
        let check = move || match stopping() {
            true => Err(StoreFailure::Unavailable("the server is stopping".into())),
            false => Ok(()),
        };
        Readiness { part: "stopping", check: Arc::new(check) }
    }

    /// Serves until `server` is stopped. By SIGTERM: for `drain_delay` it answers as before, but is not ready and keeps no
    /// connection; then it lets nobody in and finishes what it has begun. SIGINT, the hand of a person, and SIGQUIT stop it at once, whatever it is at.
    ///
    /// # Errors
    /// The server failed.
    #[cfg(unix)]
    pub(crate) async fn serve(
        self,
        server: Server,
        listener: TcpListener,
        drain_delay: Duration,
        signals: Signals,
    ) -> io::Result<()> {
        let Signals { mut terminate, mut hurry } = signals;
        let handle = server.handle();
        spawn(async move {
            terminate.recv().await;
            self.0.store(true, Ordering::Relaxed);
            tracing::info!(drain_delay = drain_delay.as_secs(), "SIGTERM: stopping");
            sleep(drain_delay).await;
            if let Err(error) = close_the_door(&listener) {
                tracing::warn!("who comes while the server stops may be let in and get no answer: {error}");
            }
            sleep(READING).await;
            // Or it would still listen.
            drop(listener);
            handle.stop(true).await;
        });
        // The framework hears no other word while it finishes what it has begun. Dropped, it ends.
        let served = unless(|context| hurry.iter_mut().any(|signal| came(signal, context)), server).await;
        served.unwrap_or_else(|| {
            tracing::info!("stopping at once");
            Ok(())
        })
    }

    /// Serves until a person wants `server` to stop.
    ///
    /// # Errors
    /// The server failed.
    #[cfg(not(unix))]
    pub(crate) async fn serve(
        self,
        server: Server,
        _: TcpListener,
        _: Duration,
        _: Signals,
    ) -> io::Result<()> {
        let handle = server.handle();
        spawn(async move {
            drop(actix_web::rt::signal::ctrl_c().await);
            self.0.store(true, Ordering::Relaxed);
            handle.stop(true).await;
        });
        server.await
    }
}

/// The signals to stop, heard for as long as this is there, whoever asks for them when. The first process of a container has to
/// hear them by itself: the system ends any other that does not.
#[cfg(unix)]
pub(crate) struct Signals {
    terminate: Signal,
    /// SIGINT and SIGQUIT.
    hurry: [Signal; 2],
}

#[cfg(unix)]
impl Signals {
    /// Hears them from now on.
    ///
    /// # Errors
    /// The system does not pass signals on.
    pub(crate) fn hear() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hurry: [signal(SignalKind::interrupt())?, signal(SignalKind::quit())?],
        })
    }

    /// What comes of `work`; `None` if it was to stop before.
    pub(crate) async fn unless_any<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let Self { terminate, hurry: [interrupt, quit] } = self;
        let mut all = [terminate, interrupt, quit];
        unless(move |context| all.iter_mut().any(|signal| came(signal, context)), work).await
    }
}

#[cfg(unix)]
fn came(signal: &mut Signal, context: &mut Context<'_>) -> bool {
    signal.poll_recv(context).is_ready()
}

/// Elsewhere the system ends a process that does not serve yet.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Always there.
    ///
    /// # Errors
    /// None; elsewhere there are some.
    pub(crate) fn hear() -> io::Result<Self> {
        Ok(Self)
    }

    /// What comes of `work`.
    pub(crate) async fn unless_any<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        unless(|_| false, work).await
    }
}

/// What comes of `work`; `None` if it was `called_off` before.
async fn unless<T>(
    mut called_off: impl FnMut(&mut Context<'_>) -> bool,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match called_off(context) {
        true => Poll::Ready(None),
        false => work.as_mut().poll(context).map(Some),
    })
    .await
}

/// Has the kernel drop what would begin a connection, and nothing of those there are. It answers for a listener before the
/// process hears of it, and resets whom it has let in when the listener is closed.
#[cfg(target_os = "linux")]
fn close_the_door(listener: &TcpListener) -> io::Result<()> {
    use socket2::{SockFilter, SockRef};

    // Classic BPF, as in linux/bpf_common.h: the byte of the flags, 13 from the beginning of a TCP header (RFC 9293), and
    // in it the bit SYN.
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_IF_ANY_BIT: u16 = 0x45;
    const RETURN: u16 = 0x06;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, 13),
        SockFilter::new(JUMP_IF_ANY_BIT, 0, 1, 0x02),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

/// Other systems have no such filter: a load balancer has to be told before, by `server.drain_delay`.
#[cfg(all(unix, not(target_os = "linux")))]
fn close_the_door(_: &TcpListener) -> io::Result<()> {
    Ok(())
}
