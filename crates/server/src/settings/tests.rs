//! The layers as a whole: which one wins, and how every fault is reported.

use concierge_kernel::Timestamp;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::support::{load, production, settings, with, with_local};
use super::*;

const ALL: [Environment; 3] = [Environment::Development, Environment::Test, Environment::Production];

fn bare(env: &[(&str, &str)], folder: &Path) -> Result<Settings, SettingsError> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::load(&Sources { env, config_dir: folder.to_owned(), now: Timestamp::EPOCH })
}

fn lines(result: Result<Settings, SettingsError>) -> Vec<String> {
    result.unwrap_err().faults().iter().map(ToString::to_string).collect()
}

#[test]
fn without_a_folder_or_a_variable_the_compiled_in_development_defaults_hold() {
    let settings = bare(&[], Path::new("/nowhere")).unwrap();
    assert_eq!(settings.environment, Environment::Development);
    assert_eq!((settings.server.host.to_string(), settings.server.port), ("127.0.0.1".to_owned(), 5000));
    assert_eq!(settings.server.drain_delay, Duration::ZERO);
    assert_eq!(settings.server.shutdown_timeout, Duration::from_secs(30));
    assert_eq!(
        settings.log.filter.as_str(),
        "info,actix_server=warn,actix_http::h1::dispatcher=off,actix_session=error,access=debug"
    );
    assert_eq!(settings.database.url, DatabaseUrl::Sqlite { path: "data/concierge.db".into() });
    assert_eq!(settings.origins.allowed.len(), 5);
    assert_eq!(settings.cookies.overrides, concierge_origins::CookieOverrides::default());
    assert_eq!(settings.tokens.refresh_ttl, Duration::from_secs(2_592_000));
    assert!(settings.tokens.secret.is_none());
    assert_eq!(settings.passwords.memory_kib, 19_456);
    assert_eq!(settings.visitor_sessions.store, VisitorSessionStore::Cookie);
    assert!(!settings.rate_limit.enabled);
    assert_eq!(settings.warnings, [""; 0]);
}

#[test]
fn each_environment_has_its_own_file() {
    let test = settings(Environment::Test, &[]).unwrap();
    assert_eq!((test.passwords.memory_kib, test.passwords.iterations), (64, 1));
    assert_eq!(test.origins.allowed.len(), 5);
    let served = production(&[]).unwrap();
    assert_eq!(served.server.host.to_string(), "0.0.0.0");
    assert_eq!(served.log.format, LogFormat::Json);
    assert_eq!(served.warnings, [""; 0]);
    let alone = production(&[("ORIGINS__ALLOWED", "")]).unwrap();
    assert_eq!(alone.origins.allowed.len(), 0);
    assert_eq!(alone.warnings, ["origins.allowed lets nobody in: no frontend on another origin can call"]);
}

#[test]
fn an_environment_of_another_name_is_refused_along_with_everything_else() {
    for name in ["staging", "Production", ""] {
        let faults =
            lines(bare(&[("CONCIERGE_ENV", name), ("CONCIERGE__SERVER__PORT", "x")], Path::new("/nowhere")));
        assert_eq!(
            faults[0],
            format!("CONCIERGE_ENV: expected development, test or production, not {name:?}")
        );
        assert_eq!(faults.len(), 2);
    }
}

#[test]
fn each_layer_overrides_the_former_key_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let load = |variables: &[_]| load(Environment::Test, folder.path(), variables).unwrap();
    let from = |settings: &Settings, key| {
        let registered = settings.sources.get(key).unwrap();
        (registered.value().unwrap().to_owned(), registered.layer().unwrap().clone())
    };

    assert_eq!(from(&load(&[]), "passwords.queue"), ("64".to_owned(), Layer::Default));
    let compiled_in = ("1".to_owned(), Layer::Environment(Environment::Test));
    assert_eq!(from(&load(&[]), "passwords.iterations"), compiled_in);

    let own = folder.path().join("test.toml");
    fs::write(&own, "[passwords]\niterations = 3\nqueue = 3").unwrap();
    assert_eq!(from(&load(&[]), "passwords.iterations"), ("3".to_owned(), Layer::File(own.clone())));
    assert_eq!(from(&load(&[]), "passwords.queue"), ("3".to_owned(), Layer::File(own)));
    assert_eq!(load(&[]).passwords.memory_kib, 64, "keys the file leaves out stay as compiled in");

    let local = folder.path().join("local.toml");
    fs::write(&local, "passwords.iterations = 4").unwrap();
    assert_eq!(from(&load(&[]), "passwords.iterations"), ("4".to_owned(), Layer::File(local)));

    let settings = load(&[("PASSWORDS__ITERATIONS", "5")]);
    let variable = Layer::Variable("CONCIERGE__PASSWORDS__ITERATIONS".to_owned());
    assert_eq!(from(&settings, "passwords.iterations"), ("\"5\"".to_owned(), variable));
    assert_eq!(settings.passwords.iterations, 5);
    assert_eq!(settings.passwords.queue, 3);
}

#[test]
fn files_of_the_other_environments_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("production.toml"), "nonsense").unwrap();
    fs::write(folder.path().join("default.toml"), "nonsense").unwrap();
    assert!(load(Environment::Test, folder.path(), &[]).is_ok());
}

#[test]
fn all_faults_come_at_once_each_with_its_key_and_layer() {
    let folder = tempfile::tempdir().unwrap();
    let local = folder.path().join("local.toml");
    fs::write(&local, "[server]\nport = \"5000\"\n[tokens]\nleeway = 1.5\n[log]\nlevel = \"info\"").unwrap();
    let variables = [("TOKENS__ACCESS_TTL", "soon"), ("CORS__PUBLIC", "all"), ("TOKENS__SECRT", "hunter2")];
    let error = load(Environment::Development, folder.path(), &variables).unwrap_err();
    let local = local.display();
    let expected = format!(
        "6 settings are wrong:\n  \
         server.port = \"5000\" (from {local}): expected a whole number from 0 to 65535\n  \
         cors.public = \"all\" (from CONCIERGE__CORS__PUBLIC): expected \"listed\" or \"open\"\n  \
         tokens.access_ttl = \"soon\" (from CONCIERGE__TOKENS__ACCESS_TTL): expected whole seconds from 1 to 86400\n  \
         tokens.leeway = 1.5 (from {local}): expected whole seconds from 0 to 300\n  \
         log.level (from {local}): unknown key; known are log.filter, log.format\n  \
         tokens.secrt (from CONCIERGE__TOKENS__SECRT): unknown key; did you mean tokens.secret?"
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_fault_in_one_key_does_not_hide_that_others_cannot_go_together() {
    let faults = lines(production(&[
        ("SERVER__PORT", "x"),
        ("COOKIES__DOMAIN", "other.com"),
        ("TOKENS__LEEWAY", "x"),
        ("TOKENS__REFRESH_TTL", "1"),
        ("PASSWORDS__QUEUE", "x"),
        ("PASSWORDS__PARALLELISM", "16"),
        ("PASSWORDS__MEMORY_KIB", "8"),
    ]));
    assert_eq!(faults.len(), 6, "{faults:?}");
}

#[test]
fn one_fault_is_counted_in_the_singular() {
    let error = with(&[("SERVER__PORT", "x")]).unwrap_err().to_string();
    assert!(error.starts_with("1 setting is wrong:\n  server.port"), "{error}");
}

#[test]
fn every_key_refuses_a_table() {
    for key in with(&[]).unwrap().sources.iter().map(Registered::key) {
        assert!(with_local(&format!("{key}.inner = 1"), &[]).is_err(), "{key}");
    }
}

#[test]
fn every_key_refuses_the_types_it_is_not() {
    let lists = [
        "server.aliases",
        "server.trusted_proxies",
        "origins.allowed",
        "cors.extra_headers",
        "cookies.former_domains",
    ];
    let booleans =
        ["cookies.secure", "cookies.partitioned", "cors.reject_unknown_origins", "rate_limit.enabled"];
    for registered in with(&[]).unwrap().sources.iter() {
        let key = registered.key();
        let mut wrong = vec!["-7", "1.5", "[1.5]"];
        wrong.extend((!lists.contains(&key)).then_some("[]"));
        wrong.extend((!booleans.contains(&key)).then_some("true"));
        // What has no value in default.toml is text.
        let text = registered.value().is_none_or(|value| value.starts_with('"')) || lists.contains(&key);
        wrong.extend((!text).then_some("\"x\""));
        for value in wrong {
            let error = with_local(&format!("{key} = {value}"), &[]).unwrap_err();
            assert_eq!(error.faults().len(), 1, "{key} = {value}: {error}");
        }
    }
}

#[test]
fn a_section_that_is_no_table_is_one_fault() {
    let faults = lines(with_local("server = 5", &[]));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].ends_with("server is a section, not a key; it has keys such as server.public_url"),
        "{faults:?}"
    );
}

#[test]
fn a_quoted_key_with_a_dot_is_no_key_of_a_section() {
    let faults = lines(with_local("\"server.port\" = 6000", &[]));
    assert!(faults[0].starts_with("\"server.port\" (from "), "{faults:?}");
}

#[test]
fn a_broken_file_is_a_fault_with_line_and_column_that_quotes_nothing() {
    let faults = lines(with_local("[tokens]\nsecret = \"hunter2", &[("SERVER__PORT", "x")]));
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("local.toml: broken TOML at line 2, column "), "{faults:?}");
    assert!(!faults[0].contains("hunter2") && !faults[0].contains('\n'), "{faults:?}");
}

#[test]
fn a_number_too_large_for_toml_is_a_fault_of_its_file() {
    let faults = lines(with_local("server.port = 99999999999999999999", &[]));
    assert!(faults[0].contains("local.toml: broken TOML: number too large"), "{faults:?}");
}

#[test]
fn what_a_broken_file_may_hold_is_not_called_missing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("production.toml"), "= 5").unwrap();
    assert_eq!(lines(load(Environment::Production, folder.path(), &[])).len(), 1);
    let faults =
        lines(settings(Environment::Production, &[("SERVER_PUBLIC_URL", "https://api.example.com")]));
    assert_eq!(faults.len(), 3, "a malformed variable may be any key: {faults:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("local.toml")).unwrap();
    let faults = lines(load(Environment::Test, folder.path(), &[]));
    assert!(faults[0].contains("local.toml: cannot be read: "), "{faults:?}");
}

#[test]
fn a_folder_that_was_named_must_exist() {
    let faults = lines(bare(&[("CONCIERGE_CONFIG_DIR", "/nowhere")], Path::new("/nowhere")));
    assert_eq!(faults, ["CONCIERGE_CONFIG_DIR: \"/nowhere\" is no folder that can be read"]);
}

#[test]
fn variables_with_a_malformed_rest_are_refused_and_others_ignored() {
    let ignored = [("CONCIERGE_PORT", "x"), ("concierge__server__port", "x"), ("MY_CONCIERGE__A__B", "x")];
    assert!(bare(&ignored, Path::new("/nowhere")).is_ok());
    for name in ["CONCIERGE__PORT", "CONCIERGE__", "CONCIERGE__server__port", "CONCIERGE__TOKENS__SECRET__X"]
    {
        let faults = lines(bare(&[(name, "hunter2")], Path::new("/nowhere")));
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with(&format!("{name}: malformed name")), "{faults:?}");
        assert!(!faults[0].contains("hunter2"), "{faults:?}");
    }
}

#[test]
fn a_value_that_is_not_utf_8_is_refused() {
    let faults = lines(with(&[("TOKENS__AUDIENCE", "a\u{fffd}b")]));
    assert_eq!(faults, ["CONCIERGE__TOKENS__AUDIENCE: its value is not UTF-8"]);
}

#[test]
fn default_toml_names_every_key_there_is_and_no_other() {
    let mut section = "";
    let mut written = Vec::new();
    for line in include_str!("../../../../config/default.toml").lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        }
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| !key.contains(' ')) {
            written.push(format!("{section}.{key}"));
        }
    }
    written.sort();
    let settings = with(&[]).unwrap();
    let mut known: Vec<_> = settings.sources.iter().map(Registered::key).collect();
    known.sort_unstable();
    assert_eq!(written, known);
}

#[test]
fn no_file_in_the_repository_sets_a_secret() {
    for environment in ALL {
        let error = settings(environment, &[]);
        let settings = if environment.is_production() { production(&[]) } else { error }.unwrap();
        for registered in settings.sources.iter().filter(|registered| registered.is_secret()) {
            let from_variable = matches!(registered.layer(), Some(Layer::Variable(_)));
            assert!(registered.layer().is_none() || from_variable, "{registered:?}");
        }
    }
}

#[test]
fn a_secret_of_the_wrong_type_is_not_shown() {
    let error = with_local("tokens.secret = 123456789", &[]).unwrap_err();
    assert!(error.to_string().contains("tokens.secret = (hidden)"), "{error}");
    assert!(!format!("{error} {error:?}").contains("123456789"), "{error}");
}

#[test]
fn blank_text_unsets_a_key_that_may_be_unset() {
    let local = "server.public_url = \"https://api.example.com\"\ncookies.domain = \"example.com\"";
    let settings = with_local(local, &[("SERVER__PUBLIC_URL", ""), ("COOKIES__DOMAIN", " ")]).unwrap();
    assert!(settings.server.public_url.is_none());
    assert!(settings.cookies.overrides.domain.is_none());
}

#[test]
fn the_same_sources_give_the_same_faults_in_the_same_order() {
    let env: HashMap<_, _> = (0..20).map(|n| (format!("CONCIERGE__A__B{n}"), String::new())).collect();
    let load = || {
        lines(Settings::load(&Sources {
            env: env.clone(),
            config_dir: "/nowhere".into(),
            now: Timestamp::EPOCH,
        }))
    };
    assert_eq!(load(), load());
}
