//! A connection on which nothing is waited for beyond one deadline.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use concierge_kernel::{Clock, Timestamp};
use concierge_origins::Origin;

use crate::error::ProbeError;

/// A connection and its deadline.
pub(crate) struct Line<'a> {
    socket: TcpStream,
    clock: &'a dyn Clock,
    deadline: Timestamp,
}

impl<'a> Line<'a> {
    /// Connects to the first of the origin's addresses that takes connections.
    pub(crate) fn connect(
        origin: &Origin,
        clock: &'a dyn Clock,
        deadline: Timestamp,
    ) -> Result<Self, ProbeError> {
        let host = bare_host(origin);
        let addresses = (host, origin.port())
            .to_socket_addrs()
            .map_err(|source| ProbeError::NoAddress { origin: origin.clone(), source })?;
        let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses {
            let connected = remaining(clock, deadline)
                .and_then(|patience| TcpStream::connect_timeout(&address, patience))
                .and_then(|socket| socket.set_nodelay(true).map(|()| socket));
            match connected {
                Ok(socket) => return Ok(Self { socket, clock, deadline }),
                Err(error) => failure = error,
            }
        }
        Err(ProbeError::NoConnection { origin: origin.clone(), source: failure })
    }
}

/// The host without the brackets that an IPv6 address has in an origin.
pub(crate) fn bare_host(origin: &Origin) -> &str {
    origin.host_str().trim_start_matches('[').trim_end_matches(']')
}

fn remaining(clock: &dyn Clock, deadline: Timestamp) -> io::Result<Duration> {
    match deadline.since(clock.now()) {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        patience => Ok(patience),
    }
}

impl Read for Line<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(remaining(self.clock, self.deadline)?))?;
        self.socket.read(buffer)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(remaining(self.clock, self.deadline)?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
