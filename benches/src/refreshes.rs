//! Sessions that are refreshed again and again, each with the token that the refresh before has brought. wrk cannot send
//! these: it sends one request over and over, which would be answered with the living token and write nothing.

use std::fmt;
use std::io;
use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::wire::Connection;

/// How many refreshes were made, and how fast.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    refreshes: u64,
    per_second: f64,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefreshesError {
    #[error("no session came on standard input: give one answer to a login with body delivery a line")]
    NoSession,
    #[error("'{0}' has no refresh token: it takes a login with \"delivery\":\"body\"")]
    NoToken(String),
    #[error("a refresh was answered '{0}', not 201")]
    Refused(String),
    #[error("the server on port {0} cannot be asked: {1}")]
    Unreachable(u16, #[source] io::Error),
}

#[derive(Deserialize)]
struct Session {
    tokens: Tokens,
}

#[derive(Deserialize)]
struct Tokens {
    refresh_token: String,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refreshes, {:.1} per second", self.refreshes, self.per_second)
    }
}

/// Refreshes each of these sessions, on a connection of its own, for `seconds` seconds. A session is the body that a login
/// was answered with.
pub(crate) fn measure(
    port: u16,
    seconds: NonZeroU64,
    sessions: &[String],
) -> Result<Measured, RefreshesError> {
    if sessions.is_empty() {
        return Err(RefreshesError::NoSession);
    }
    let span = Duration::from_secs(seconds.get());
    let tokens: Vec<_> =
        sessions.iter().map(|body| refresh_token(body.as_bytes())).collect::<Result<_, _>>()?;
    thread::scope(|scope| {
        let running: Vec<_> =
            tokens.into_iter().map(|token| scope.spawn(move || refresh_for(span, port, token))).collect();
        let mut total = Measured::default();
        for thread in running {
            let one = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            total.refreshes += one.refreshes;
            total.per_second += one.per_second;
        }
        Ok(total)
    })
}

#[expect(clippy::disallowed_methods, reason = "this measures real time, and nothing else here tells it")]
fn refresh_for(span: Duration, port: u16, mut token: String) -> Result<Measured, RefreshesError> {
    let unreachable = |error| RefreshesError::Unreachable(port, error);
    let mut connection = Connection::open(port).map_err(unreachable)?;
    let started = Instant::now();
    let mut refreshes = 0_u32;
    while started.elapsed() < span {
        let answer = connection.ask(&request(port, &token)).map_err(unreachable)?;
        if !answer.status.starts_with("HTTP/1.1 201 ") {
            return Err(RefreshesError::Refused(answer.status));
        }
        token = refresh_token(&answer.body)?;
        refreshes += 1;
    }
    let per_second = f64::from(refreshes) / started.elapsed().as_secs_f64();
    Ok(Measured { refreshes: u64::from(refreshes), per_second })
}

fn request(port: u16, token: &str) -> Vec<u8> {
    format!(
        "POST /auth/refresh HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

fn refresh_token(body: &[u8]) -> Result<String, RefreshesError> {
    let session: Result<Session, _> = serde_json::from_slice(body);
    let session = session.map_err(|_| RefreshesError::NoToken(String::from_utf8_lossy(body).into_owned()))?;
    Ok(session.tokens.refresh_token)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;
    use crate::wire::testing::{answer, serve};

    fn session(token: &str) -> String {
        format!(r#"{{"tokens":{{"refresh_token":"{token}"}}}}"#)
    }

    /// Measures one session for a second against a server that answers with this status; the tokens it got.
    fn measured(status: &str) -> (Result<Measured, RefreshesError>, Vec<String>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::scope(|scope| {
            let server = scope.spawn(|| {
                let stream = listener.accept().unwrap().0;
                serve(stream, |number| answer(status, &session(&format!("token-{}", number + 1))))
            });
            let measured = measure(port, NonZeroU64::MIN, &[session("token-0")]);
            let bearer = |head: String| {
                let line = head.lines().find_map(|line| line.strip_prefix("Authorization: Bearer "));
                line.unwrap().to_owned()
            };
            (measured, server.join().unwrap().into_iter().map(|(head, _)| bearer(head)).collect())
        })
    }

    #[test]
    fn every_refresh_shows_the_token_that_the_one_before_has_brought() {
        let (result, seen) = measured("201 Created");
        let result = result.unwrap();
        assert_eq!(usize::try_from(result.refreshes).unwrap(), seen.len());
        assert_eq!(seen[..3], ["token-0", "token-1", "token-2"]);
        // The span is a second, and one refresh may end after it.
        assert!(result.per_second > 0.0 && result.per_second <= seen.len() as f64, "{result}");
    }

    #[test]
    fn a_refresh_that_is_refused_and_sessions_without_tokens_are_errors() {
        let (result, _) = measured("401 Unauthorized");
        assert_eq!(
            result.unwrap_err().to_string(),
            "a refresh was answered 'HTTP/1.1 401 Unauthorized', not 201"
        );
        assert!(matches!(measure(1, NonZeroU64::MIN, &[]), Err(RefreshesError::NoSession)));
        assert!(matches!(measure(1, NonZeroU64::MIN, &["{}".to_owned()]), Err(RefreshesError::NoToken(_))));
    }
}
