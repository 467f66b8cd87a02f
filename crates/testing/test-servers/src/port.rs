//! Ports that nobody uses.

use std::net::{Ipv4Addr, TcpListener};

use crate::NotStarted;

/// How many ports are tried: another program may take one between its being found and its being used.
const TRIES: usize = 10;

/// Starts something on a port of 127.0.0.1 that was free just now, on another one if it was taken meanwhile.
///
/// # Panics
/// It does not start, for whatever other reason.
pub fn on_a_free_port<T>(mut start: impl FnMut(u16) -> Result<T, NotStarted>) -> T {
    let mut last = None;
    for _ in 0..TRIES {
        let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = probe.unwrap_or_else(|error| panic!("127.0.0.1 has no free port: {error}")).port();
        match start(port) {
            Ok(started) => return started,
            Err(failure) if failure.port_was_taken() => last = Some(failure),
            Err(failure) => panic!("{failure}"),
        }
    }
    panic!("every port was taken: {last:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_was_taken_meanwhile_is_followed_by_another() {
        let mut ports = Vec::new();
        let started = on_a_free_port(|port| {
            ports.push(port);
            if ports.len() < 3 {
                Err(NotStarted::saying("bind() failed (98: Address already in use)"))
            } else {
                Ok(port)
            }
        });
        assert_eq!((ports.len(), Some(&started)), (3, ports.last()));
    }
}
