//! Something between the server and whoever connects, which may keep to itself what the server says.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use concierge_test_servers::Postgres;

/// How a server says that it is ready for the next query: for the first one when a connection has been made.
const READY: &[u8] = b"Z\0\0\0\x05I";

/// Listens beside the server's own socket, as if on another port, for as long as the process runs.
pub(crate) struct Relay {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    silent: AtomicBool,
    kept: AtomicUsize,
}

impl Relay {
    pub(crate) fn before(server: &Postgres) -> Self {
        let url = server.url();
        let folder = url.split("host=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let socket = |port: &str| PathBuf::from(folder).join(format!(".s.PGSQL.{port}"));
        let (there, listener) = (socket("5432"), UnixListener::bind(socket("5433")).unwrap());
        // A pooler is another user.
        fs::set_permissions(socket("5433"), fs::Permissions::from_mode(0o777)).unwrap();
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&there) else { continue };
                let (asks, hears) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut &asks, &mut &hears));
                let state = Arc::clone(&shared);
                thread::spawn(move || state.pass(server, client));
            }
        });
        Self { url: url.replace("port=5432", "port=5433"), state }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets connections be made and no more be said by any of them, or those that are made from now on speak.
    pub(crate) fn silence(&self, silent: bool) {
        self.state.silent.store(silent, Ordering::SeqCst);
    }

    /// How many connections have been made and say nothing, and stay so.
    pub(crate) fn kept(&self) -> usize {
        self.state.kept.load(Ordering::SeqCst)
    }
}

impl State {
    fn pass(&self, mut server: UnixStream, mut client: UnixStream) {
        let (mut buffer, mut made) = ([0; 4096], false);
        while let Ok(length @ 1..) = server.read(&mut buffer) {
            if made && self.silent.load(Ordering::SeqCst) {
                self.kept.fetch_add(1, Ordering::SeqCst);
                // For good: to the one side it is open, and the other is not heard.
                return std::mem::forget(client);
            }
            made |= buffer[..length].windows(READY.len()).any(|said| said == READY);
            if client.write_all(&buffer[..length]).is_err() {
                return;
            }
        }
        drop(client.shutdown(std::net::Shutdown::Both));
    }
}
