//! `[log]`: what is logged, and in which form.

use tracing_subscriber::EnvFilter;

use super::parse::{one_of, parsed};
use super::reader::{Read, Reader};

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Log {
    /// Which events are logged.
    pub filter: LogFilter,
    /// The form of a line.
    pub format: LogFormat,
}

/// Tracing directives that were found to be well-formed, such as `info,access=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

impl LogFilter {
    fn parse(text: &str) -> Result<Self, String> {
        match EnvFilter::try_new(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(format!("expected tracing directives such as \"info,access=debug\": {error}")),
        }
    }

    /// The directives as they were written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let filter = reader.required("log.filter", parsed(LogFilter::parse));
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let format = reader.required("log.format", one_of(&formats));
        Ok(Self { filter: filter?, format: format? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with};
    use super::*;

    #[test]
    fn directives_and_format_are_read() {
        let log = with(&[("LOG__FILTER", "warn,access=trace"), ("LOG__FORMAT", "json")]).unwrap().log;
        assert_eq!(log.filter.as_str(), "warn,access=trace");
        assert_eq!(log.format, LogFormat::Json);
    }

    #[test]
    fn broken_directives_and_unknown_formats_are_refused() {
        let faults = faults(&[("LOG__FILTER", "access=loudly"), ("LOG__FORMAT", "xml")]);
        assert!(faults[0].contains("expected tracing directives such as"), "{faults:?}");
        assert!(faults[1].ends_with(r#"expected "text" or "json""#), "{faults:?}");
    }
}
