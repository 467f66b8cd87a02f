//! What the settings are read from, handed in so that nothing here asks the process.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use concierge_kernel::Timestamp;

use super::environment::Environment;

pub(super) const ENVIRONMENT: &str = "CONCIERGE_ENV";
pub(super) const CONFIG_DIR: &str = "CONCIERGE_CONFIG_DIR";

/// What libpq reads beside its URL that says where the server is.
const OF_LIBPQ: [&str; 2] = ["PGHOST", "PGHOSTADDR"];

/// The process's variables and the folder with settings files. Not `Debug`: variables hold secrets.
pub struct Sources {
    /// The variables; all whose names do not matter to concierge are ignored.
    pub env: HashMap<String, String>,
    /// The folder with `development.toml`, `test.toml`, `production.toml` and `local.toml`; it need not exist, nor
    /// need any of them. It must exist when `CONCIERGE_CONFIG_DIR` is among the variables.
    pub config_dir: PathBuf,
    /// The present moment: entries of lists may have ended.
    pub now: Timestamp,
}

impl Sources {
    /// Takes the variables as [`std::env::vars_os`] yields them, and the folder from `CONCIERGE_CONFIG_DIR` among
    /// them, or `./config`.
    ///
    /// Values that are not UTF-8 keep a replacement character, which loading refuses.
    pub fn from_variables(variables: impl IntoIterator<Item = (OsString, OsString)>, now: Timestamp) -> Self {
        let env: HashMap<String, String> = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with("CONCIERGE") || OF_LIBPQ.contains(&name.as_str()))
            .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
            .collect();
        let config_dir = env.get(CONFIG_DIR).map_or("config", String::as_str).into();
        Self { env, config_dir, now }
    }

    /// The files that are read for an environment, if they are there; each over the former.
    pub fn files(&self, environment: Environment) -> [PathBuf; 2] {
        [self.config_dir.join(format!("{environment}.toml")), self.config_dir.join("local.toml")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from<const N: usize>(variables: [(OsString, OsString); N]) -> Sources {
        Sources::from_variables(variables, Timestamp::EPOCH)
    }

    #[test]
    fn the_config_folder_is_config_unless_a_variable_names_another() {
        assert_eq!(from([]).config_dir, PathBuf::from("config"));
        let named = [("CONCIERGE_CONFIG_DIR".into(), "/etc/concierge".into())];
        assert_eq!(from(named).config_dir, PathBuf::from("/etc/concierge"));
    }

    #[test]
    fn other_programs_variables_are_left_alone() {
        let sources = from([("HOME".into(), "/root".into()), ("PGPASSWORD".into(), "hunter2".into())]);
        assert!(sources.env.is_empty());
    }

    #[test]
    fn where_libpq_is_sent_is_known() {
        let sources = from([("PGHOST".into(), "db".into()), ("PGHOSTADDR".into(), "10.0.0.1".into())]);
        assert_eq!(sources.env.len(), 2);
    }
}
