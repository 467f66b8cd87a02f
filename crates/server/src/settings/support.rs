//! Short ways for tests to load settings from variables and a `local.toml`.

use concierge_kernel::Timestamp;
use std::path::Path;

use super::{Environment, Settings, SettingsError, Sources};

/// What production cannot do without, beside a secret.
pub(super) const URL: (&str, &str) = ("SERVER__PUBLIC_URL", "https://api.example.com");
const SECRET: (&str, &str) = ("TOKENS__SECRET", "kZq2Vw8Yt5Rb1Nc7Lx4Pd9Hs6Jf3Gm0Q");

/// Loads with `variables`, given without their prefix, and the files in `folder`.
pub(super) fn load(
    environment: Environment,
    folder: &Path,
    variables: &[(&str, &str)],
) -> Result<Settings, SettingsError> {
    let prefixed = |(name, value): &(&str, &str)| (format!("CONCIERGE__{name}"), (*value).to_owned());
    let mut env: std::collections::HashMap<_, _> = variables.iter().map(prefixed).collect();
    env.insert("CONCIERGE_ENV".to_owned(), environment.name().to_owned());
    Settings::load(&Sources { env, config_dir: folder.to_owned(), now: Timestamp::EPOCH })
}

/// Loads without a folder.
pub(super) fn settings(
    environment: Environment,
    variables: &[(&str, &str)],
) -> Result<Settings, SettingsError> {
    load(environment, Path::new("/nowhere"), variables)
}

/// Loads in development.
pub(super) fn with(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    settings(Environment::Development, variables)
}

/// A frontend, without which production warns.
const FRONTEND: (&str, &str) = ("ORIGINS__ALLOWED", "https://app.example.com");

/// A proxy, without which production warns.
const PROXY: (&str, &str) = ("SERVER__TRUSTED_PROXIES", "10.0.0.0/8");

/// Loads in production, with what it requires, a frontend and a proxy unless `variables` say otherwise.
pub(super) fn production(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    settings(Environment::Production, &[&[URL, SECRET, FRONTEND, PROXY], variables].concat())
}

/// Loads in development with this `local.toml`.
pub(super) fn with_local(toml: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("local.toml"), toml).unwrap();
    load(Environment::Development, folder.path(), variables)
}

/// The faults of these variables in development, a line each.
pub(super) fn faults(variables: &[(&str, &str)]) -> Vec<String> {
    with(variables).unwrap_err().faults().iter().map(ToString::to_string).collect()
}
