//! Something between a limiter and its server that never ends an answer, and never stops giving one.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use concierge_test_servers::Redis;

/// Well within the patience of any who wait for the next byte.
const BETWEEN_BYTES: Duration = Duration::from_millis(10);

pub(crate) struct Drip {
    address: SocketAddr,
    drips: Arc<(Mutex<bool>, Condvar)>,
}

impl Drip {
    /// It passes on what it hears until it is told to begin.
    pub(crate) fn before(redis: &Redis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let drip = Self { address: listener.local_addr().unwrap(), drips: Arc::default() };
        let (server, drips) = (place(&redis.url()).to_owned(), Arc::clone(&drip.drips));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || pass_on(from, to));
                let drips = Arc::clone(&drips);
                thread::spawn(move || answer(server, client, &drips));
            }
        });
        drip
    }

    /// The server's URL by this way.
    pub(crate) fn url(&self, redis: &Redis) -> String {
        redis.url().replace(place(&redis.url()), &self.address.to_string())
    }

    pub(crate) fn begin(&self) {
        *self.drips.0.lock().unwrap() = true;
    }

    /// Passes on again what it hears. What dripped says nothing more.
    pub(crate) fn end(&self) {
        *self.drips.0.lock().unwrap() = false;
        self.drips.1.notify_all();
    }
}

fn place(url: &str) -> &str {
    url.split_once('@').unwrap().1.trim_end_matches('/')
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    // Either end may go at any time.
    drop(std::io::copy(&mut from, &mut to));
}

fn answer(mut server: TcpStream, mut client: TcpStream, (drips, ended): &(Mutex<bool>, Condvar)) {
    let mut heard = [0; 1024];
    while let Ok(length @ 1..) = server.read(&mut heard) {
        let mut dripping = drips.lock().unwrap();
        if !*dripping {
            if client.write_all(&heard[..length]).is_err() {
                return;
            }
            continue;
        }
        if client.write_all(b"$1000000\r\n").is_err() {
            return;
        }
        while *dripping && client.write_all(b"x").is_ok() {
            dripping = ended.wait_timeout(dripping, BETWEEN_BYTES).unwrap().0;
        }
        return;
    }
}
