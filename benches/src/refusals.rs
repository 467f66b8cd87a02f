//! Logins that are refused, one after the other on one connection: does the time that one takes tell why?

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::wire::Connection;

/// Rounds that are not counted: they open the connection and fill the server's caches and memory.
const WARM_UP: usize = 10;

/// How long each login took, round by round.
#[derive(Debug)]
pub(crate) struct Measured(Vec<Vec<Duration>>);

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefusalsError {
    #[error("no login came on standard input: give one JSON body a line")]
    NoLogin,
    #[error("login {number} was answered '{answer}', not 401")]
    NotRefused { number: usize, answer: String },
    #[error("the server on port {0} cannot be asked: {1}")]
    Unreachable(u16, #[source] io::Error),
}

/// A line for each round: the microseconds of each login, in the order they were given.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |round: &Vec<Duration>| {
            let micros: Vec<_> = round.iter().map(|took| took.as_micros().to_string()).collect();
            micros.join(" ")
        };
        f.write_str(&self.0.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

/// Sends every login of `bodies` once in each of `rounds` to 127.0.0.1. Another one comes first in each round, so that
/// what drifts, and what one login leaves to the next, falls on all alike.
pub(crate) fn measure(port: u16, rounds: NonZeroUsize, bodies: &[String]) -> Result<Measured, RefusalsError> {
    if bodies.is_empty() {
        return Err(RefusalsError::NoLogin);
    }
    let unreachable = |error| RefusalsError::Unreachable(port, error);
    let mut connection = Connection::open(port).map_err(unreachable)?;
    let mut order: Vec<_> = bodies.iter().map(|body| request(port, body)).enumerate().collect();
    let mut round = || {
        let mut times = vec![Duration::ZERO; bodies.len()];
        for (index, request) in &order {
            let (took, answer) = ask(&mut connection, request).map_err(unreachable)?;
            if !answer.starts_with("HTTP/1.1 401 ") {
                return Err(RefusalsError::NotRefused { number: index + 1, answer });
            }
            times[*index] = took;
        }
        order.rotate_left(1);
        Ok(times)
    };
    for _ in 0..WARM_UP {
        round()?;
    }
    (0..rounds.get()).map(|_| round()).collect::<Result<_, _>>().map(Measured)
}

fn request(port: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /auth/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// How long it takes from the request's first byte to the answer's last, and the answer's first line.
#[expect(clippy::disallowed_methods, reason = "this measures real time, and nothing else here tells it")]
fn ask(connection: &mut Connection, request: &[u8]) -> io::Result<(Duration, String)> {
    let started = Instant::now();
    let answer = connection.ask(request)?;
    Ok((started.elapsed(), answer.status))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    use super::*;
    use crate::wire::testing::{answer, serve};

    /// Measures a server that gives every login this status, on one connection; the bodies it got, in their order.
    fn measured(
        status: &str,
        bodies: &[&str],
        rounds: usize,
    ) -> (Result<Measured, RefusalsError>, Vec<String>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let bodies: Vec<_> = bodies.iter().map(|&body| body.to_owned()).collect();
        thread::scope(|scope| {
            let server = scope.spawn(|| {
                let requests = serve(listener.accept().unwrap().0, |_| answer(status, "{}"));
                requests.into_iter().map(|(_, body)| body).collect()
            });
            let measured = measure(port, NonZeroUsize::new(rounds).unwrap(), &bodies);
            (measured, server.join().unwrap())
        })
    }

    #[test]
    fn every_login_is_sent_in_every_round_and_each_begins_one_in_turn() {
        let (result, seen) = measured("401 Unauthorized", &["a", "bb", "ccc"], 4);
        assert_eq!(seen.len(), 3 * (WARM_UP + 4));
        assert_eq!(seen[..9], ["a", "bb", "ccc", "bb", "ccc", "a", "ccc", "a", "bb"]);
        let lines = result.unwrap().to_string();
        assert_eq!(lines.lines().count(), 4);
        assert!(
            lines.lines().all(|line| line.split(' ').filter(|time| time.parse::<u64>().is_ok()).count() == 3)
        );
    }

    #[test]
    fn a_login_that_is_not_refused_and_no_login_at_all_are_errors() {
        let (result, _) = measured("201 Created", &["a"], 1);
        assert_eq!(result.unwrap_err().to_string(), "login 1 was answered 'HTTP/1.1 201 Created', not 401");
        let nothing = measure(1, NonZeroUsize::MIN, &[]);
        assert!(matches!(nothing, Err(RefusalsError::NoLogin)), "{nothing:?}");
    }
}
