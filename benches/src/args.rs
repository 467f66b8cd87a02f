//! The command line: one command and its numbers.

use std::num::{NonZeroU64, NonZeroUsize};
use std::str::FromStr;

/// What the program was asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Serve the hot routes on 127.0.0.1.
    Bare {
        port: u16,
        /// Threads that answer; as many as actix-web chooses when absent.
        workers: Option<NonZeroUsize>,
    },
    /// Verify passwords for a while and say how many.
    Argon2 { threads: NonZeroUsize, seconds: NonZeroU64 },
    /// Print an access token that `Bare` accepts.
    Token,
    /// Send the logins on standard input, which must be refused, and print how long each took.
    Refusals { port: u16, rounds: NonZeroUsize },
    /// Refresh the sessions on standard input for a while and say how often.
    Refreshes { port: u16, seconds: NonZeroU64 },
}

/// Why the command line makes no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UsageError {
    #[error(
        "usage: concierge-benches bare --port N [--workers N] | argon2 --threads N --seconds S | token \
         | refusals --port N --rounds N | refreshes --port N --seconds S (bare and token read BENCH_SECRET and \
         BENCH_ISSUER, refusals and refreshes a JSON body a line from standard input)"
    )]
    NoSuchCommand,
    #[error("{0} needs a number")]
    NoValue(String),
    #[error("{flag} cannot be '{value}'")]
    BadValue { flag: &'static str, value: String },
    #[error("{0} is required")]
    Required(&'static str),
    #[error("'{0}' is not an option of this command")]
    Unknown(String),
}

impl Command {
    /// Reads the arguments after the program's name.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, UsageError> {
        let name = args.next().ok_or(UsageError::NoSuchCommand)?;
        let mut options = Options::pair_up(args)?;
        let command = match name.as_str() {
            "bare" => Self::Bare { port: options.required("--port")?, workers: options.take("--workers")? },
            "argon2" => Self::Argon2 {
                threads: options.required("--threads")?,
                seconds: options.required("--seconds")?,
            },
            "token" => Self::Token,
            "refusals" => {
                Self::Refusals { port: options.required("--port")?, rounds: options.required("--rounds")? }
            }
            "refreshes" => {
                Self::Refreshes { port: options.required("--port")?, seconds: options.required("--seconds")? }
            }
            _ => return Err(UsageError::NoSuchCommand),
        };
        options.nothing_left()?;
        Ok(command)
    }
}

/// Flags and their values, until a command takes them.
struct Options(Vec<(String, String)>);

impl Options {
    fn pair_up(mut args: impl Iterator<Item = String>) -> Result<Self, UsageError> {
        let mut pairs = Vec::new();
        while let Some(flag) = args.next() {
            match args.next() {
                Some(value) => pairs.push((flag, value)),
                None => return Err(UsageError::NoValue(flag)),
            }
        }
        Ok(Self(pairs))
    }

    fn take<T: FromStr>(&mut self, flag: &'static str) -> Result<Option<T>, UsageError> {
        let Some(index) = self.0.iter().position(|(given, _)| given == flag) else {
            return Ok(None);
        };
        let (_, value) = self.0.remove(index);
        value.parse().map(Some).map_err(|_| UsageError::BadValue { flag, value })
    }

    fn required<T: FromStr>(&mut self, flag: &'static str) -> Result<T, UsageError> {
        self.take(flag)?.ok_or(UsageError::Required(flag))
    }

    fn nothing_left(self) -> Result<(), UsageError> {
        self.0.into_iter().next().map_or(Ok(()), |(flag, _)| Err(UsageError::Unknown(flag)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, UsageError> {
        Command::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn every_command_reads_its_numbers() {
        assert_eq!(parse("bare --port 8080"), Ok(Command::Bare { port: 8080, workers: None }));
        assert_eq!(
            parse("bare --workers 2 --port 8080"),
            Ok(Command::Bare { port: 8080, workers: NonZeroUsize::new(2) })
        );
        let (threads, seconds) = (NonZeroUsize::new(2).unwrap(), NonZeroU64::new(4).unwrap());
        assert_eq!(parse("argon2 --threads 2 --seconds 4"), Ok(Command::Argon2 { threads, seconds }));
        assert_eq!(parse("token"), Ok(Command::Token));
        assert_eq!(
            parse("refusals --port 8080 --rounds 2"),
            Ok(Command::Refusals { port: 8080, rounds: threads })
        );
        assert_eq!(
            parse("refreshes --port 8080 --seconds 4"),
            Ok(Command::Refreshes { port: 8080, seconds })
        );
    }

    #[test]
    fn a_line_that_makes_no_sense_is_refused_with_its_reason() {
        for (line, reason) in [
            ("", UsageError::NoSuchCommand),
            ("fly", UsageError::NoSuchCommand),
            ("bare", UsageError::Required("--port")),
            ("bare --port", UsageError::NoValue("--port".to_owned())),
            ("bare --port 65536", UsageError::BadValue { flag: "--port", value: "65536".to_owned() }),
            ("bare --port 1 --port 2", UsageError::Unknown("--port".to_owned())),
            (
                "argon2 --threads 0 --seconds 1",
                UsageError::BadValue { flag: "--threads", value: "0".to_owned() },
            ),
            ("token --name x", UsageError::Unknown("--name".to_owned())),
        ] {
            assert_eq!(parse(line), Err(reason), "{line}");
        }
    }
}
