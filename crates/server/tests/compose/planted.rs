//! Planted faults, to see that the rules find them.

use crate::file::{Stack, text};
use crate::rules::violations;

/// Expects exactly this to be found once `right` is `wrong`, wherever it stands.
#[track_caller]
fn assert_found(right: &str, wrong: &str, expected: &[&str]) {
    let text = text();
    assert!(text.contains(right), "{right:?} is nowhere in the file");
    assert_eq!(violations(&Stack::parse(&text.replace(right, wrong))), expected, "{wrong}");
}

#[test]
fn every_service_is_judged() {
    let all = ["api", "api-2", "api-3", "nginx", "postgres", "redis"];
    let each = |broken: &str| all.map(|service| format!("{service} {broken}"));
    for (right, wrong, broken) in [
        ("read_only: true", "read_only: false", "may write to its root file system"),
        ("cap_drop: [ALL]", "cap_drop: [CHOWN]", "keeps capabilities"),
        ("no-new-privileges:true", "no-new-privileges:false", "may gain privileges"),
        ("restart: unless-stopped", "restart: \"no\"", "does not come back"),
    ] {
        let found = violations(&Stack::parse(&text().replace(right, wrong)));
        assert_eq!(found, each(broken));
    }
}

#[test]
fn each_fault_of_one_service_is_named() {
    let root = "runs as root, or as a user whose number the image decides";
    for user in ["0:0", "70:0", "postgres", "70"] {
        assert_found("user: \"70:70\"", &format!("user: {user:?}"), &[&format!("postgres {root}")]);
    }
    assert_found("127.0.0.1:8080:8080", "8080:8080", &["nginx is published to the network"]);
    assert_found("127.0.0.1:8080:8080", "0.0.0.0:8080:8080", &["nginx is published to the network"]);
    assert_found("redis:7.2.10-alpine", "redis:7-alpine", &["redis has an image of no certain version"]);
    assert_found("redis:7.2.10-alpine", "redis", &["redis has an image of no certain version"]);
    assert_found("[\"CMD\", \"wget\",", "[\"NONE\", \"wget\",", &["nginx has no health check"]);
    assert_found(
        "./deploy/redis.conf:/redis.conf:ro",
        "./deploy/redis.conf:/redis.conf",
        &["redis may write to ./deploy/redis.conf"],
    );
    assert_found(
        "./deploy/redis.conf:",
        "./deploy/gone:",
        &["redis mounts ./deploy/gone, which is not there"],
    );
    assert_found("- redis:/data", "- other:/data", &["redis keeps /data in other, which is no volume"]);
    assert_found(
        "networks: [back]",
        "networks: [bakc]",
        &["postgres is in bakc, which is defined nowhere", "redis is in bakc, which is defined nowhere"],
    );
    assert_found(
        "api: {condition: service_healthy}",
        "api: {condition: service_started}",
        &["nginx does not wait until api is healthy"],
    );
    assert_found(
        "api-2: {condition: service_healthy, required: false}",
        "api-2: {condition: service_healthy}",
        &["nginx depends on api-2, which may not be started"],
    );
}

#[test]
fn secrets_in_the_environment_are_named() {
    assert_found(
        "POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password",
        "POSTGRES_PASSWORD: hunter2",
        &["postgres is told a secret by POSTGRES_PASSWORD"],
    );
    assert_found(
        "POSTGRES_INITDB_ARGS: --encoding=UTF8",
        "ELSEWHERE: postgres://me:hunter2@postgres/db --encoding=UTF8",
        &["postgres is told a secret by ELSEWHERE"],
    );
    assert_found(
        "secrets: [redis_auth]",
        "secrets: [redis_key]",
        &["redis has the secret redis_key, which is defined nowhere"],
    );
    assert_found(
        "[postgres_password, database_password]",
        "[database_password]",
        &["postgres reads /run/secrets/postgres_password, which is not among its secrets"],
    );
}

#[test]
#[should_panic(expected = "privileged")]
fn what_is_not_judged_is_not_read() {
    Stack::parse(&text().replace("read_only: true", "read_only: true\n  privileged: true"));
}
