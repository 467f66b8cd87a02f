//! `[redis]`: what replicas share beside the database.

mod url;

use std::time::Duration;

use super::file::{here_or_in_file, holding_a_url};
use super::parse::{parsed, seconds, text};
use super::reader::{Read, Reader};

pub use url::RedisUrl;

/// What replicas share beside the database.
#[derive(Clone, Debug)]
pub struct Redis {
    /// The server; `None` where there is none.
    pub url: Option<RedisUrl>,
    /// What the names of all keys begin with, 1 to 64 visible ASCII characters.
    pub key_prefix: String,
    /// How long whatever is asked may take, connecting included, 1 to 60 seconds.
    pub timeout: Duration,
}

const LONGEST_PREFIX: usize = 64;

impl Redis {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let direct = reader.url("redis.url", RedisUrl::parse);
        let file = reader.optional("redis.url_file", text);
        let key_prefix = reader.required("redis.key_prefix", parsed(prefix));
        let timeout = reader.required("redis.timeout", seconds(1..=60));
        let parse = holding_a_url(RedisUrl::parse);
        let url = here_or_in_file(reader, ("redis.url", direct?), ("redis.url_file", file?), parse);
        Ok(Self { url: url?.map(|(_, url)| url), key_prefix: key_prefix?, timeout: timeout? })
    }
}

fn prefix(text: &str) -> Result<String, String> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    (visible && text.len() <= LONGEST_PREFIX)
        .then(|| text.to_owned())
        .ok_or_else(|| format!("expected 1 to {LONGEST_PREFIX} visible ASCII characters"))
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with};
    use super::*;

    const URL: &str = "redis://:hunter2@cache.example.com/1";

    #[test]
    fn there_is_no_server_unless_one_is_named() {
        let redis = with(&[]).unwrap().redis;
        assert_eq!((redis.url, redis.timeout), (None, Duration::from_secs(1)));
        assert_eq!(redis.key_prefix, "concierge:");
        assert_eq!(with(&[("REDIS__URL", " ")]).unwrap().redis.url, None);
    }

    #[test]
    fn the_url_comes_from_a_variable_or_from_a_file_without_the_blanks_around_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("\n {URL} \n\n")).unwrap();
        let path = file.path().to_str().unwrap();
        for variable in [("REDIS__URL", URL), ("REDIS__URL_FILE", path)] {
            assert_eq!(with(&[variable]).unwrap().redis.url.unwrap().expose(), URL);
        }
        let both = faults(&[("REDIS__URL", URL), ("REDIS__URL_FILE", path)]);
        assert_eq!(both.len(), 1, "{both:?}");
        assert!(
            both[0].ends_with("redis.url is set as well (from CONCIERGE__REDIS__URL): keep one of the two")
        );

        for (content, problem) in [
            ("hunter2 is no URL\n", "the URL in the file: expected redis://"),
            ("\n", "the file is empty"),
            ("\u{feff}redis://:hunter2@localhost", "begins with a byte order mark"),
        ] {
            std::fs::write(file.path(), content).unwrap();
            let wrong = faults(&[("REDIS__URL_FILE", path)]).concat();
            assert!(wrong.starts_with("redis.url_file = ") && wrong.contains(problem), "{wrong}");
            assert!(!wrong.contains("hunter2"), "{wrong}");
        }
        let missing = faults(&[("REDIS__URL_FILE", "/nowhere/redis")]);
        assert!(missing[0].contains("the file cannot be read: No such file"), "{missing:?}");
    }

    #[test]
    fn the_password_never_shows() {
        let settings = with(&[("REDIS__URL", URL)]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        let shown = settings.sources.get("redis.url").unwrap().value();
        assert_eq!(shown, Some(r#""redis://(hidden)@cache.example.com/1""#));
        for url in [
            "10.0.0.1:6379,password=hunter2",
            "redis+unix:///run/redis.sock?pass=hunter2",
            "redis:hunter2",
            "redis-cli -a hunter2",
            "hunter2://x",
        ] {
            let told = faults(&[("REDIS__URL", url)]).concat();
            assert!(told.starts_with("redis.url = (hidden) (from CONCIERGE__REDIS__URL): "), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_prefix_and_a_wait_out_of_range_are_refused() {
        let long = "x".repeat(65);
        for prefix in ["a b", "ä", "a\nb", &long] {
            let faults = faults(&[("REDIS__KEY_PREFIX", prefix)]);
            assert!(faults[0].ends_with("expected 1 to 64 visible ASCII characters"), "{faults:?}");
        }
        for timeout in ["0", "61", "0.5"] {
            assert_eq!(faults(&[("REDIS__TIMEOUT", timeout)]).len(), 1, "{timeout}");
        }
    }
}
