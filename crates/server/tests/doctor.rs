//! `concierge doctor` through the binary: what it says of a deployment, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use serde_json::Value;
use support::{Finished, Launch};

fn doctor(launch: &Launch, arguments: &[&str]) -> Finished {
    launch.run(&[&["doctor"], arguments].concat())
}

fn report(launch: &Launch, arguments: &[&str]) -> (i32, Value) {
    let finished = doctor(launch, &[arguments, &["--json"]].concat());
    (finished.code(), serde_json::from_str(&finished.stdout).unwrap())
}

#[test]
fn by_its_settings_a_deployment_is_examined_and_works() {
    let words = doctor(&Launch::new(), &[]);
    assert_eq!(words.code(), 0, "{}{}", words.stdout, words.stderr);
    assert!(
        words.stdout.contains("http://localhost:5173 is of the same site as the API"),
        "{}",
        words.stdout
    );
    assert!(words.stdout.contains("csrf_token=…; SameSite=Lax; Path=/\n"), "{}", words.stdout);
    assert!(words.stdout.contains("It works"), "{}", words.stdout);
    let (code, json) = report(&Launch::new(), &[]);
    assert_eq!((code, &json["works"]), (0, &Value::Bool(true)));
    let frontend = &json["frontends"][0];
    assert_eq!(frontend["topology"], "same_site");
    assert_eq!(frontend["cookies"].as_array().unwrap().len(), 4);
    assert_eq!(frontend["cookies"][0]["verdicts"][0]["verdict"], "kept");
    assert_eq!(frontend["cookies"][0]["verdicts"][0]["source"], "tested");
    assert_eq!(frontend["cookies"][0]["verdicts"][2]["source"], "documented");
}

#[test]
fn what_the_command_line_names_needs_no_settings_to_be_right() {
    let broken = Launch::new()
        .set("SERVER__PUBLIC_URL", "nonsense")
        .set("ORIGINS__ALLOWED", "https://app.example.com/")
        .set("DATABASE__URL", "mysql://x");
    let named = ["--api", "https://api.example.com", "--frontend", "https://app.example.org"];
    let (code, json) = report(&broken, &named);
    assert_eq!(code, 0, "{json:#}");
    let line = &json["frontends"][0]["cookies"][0]["set_cookie"];
    let expected = "__Host-access_token=…; HttpOnly; SameSite=None; Secure; Path=/; Partitioned";
    assert_eq!(line, expected);
}

#[test]
fn settings_with_which_nothing_starts_are_told_and_what_can_be_examined_is() {
    let broken = Launch::new()
        .set("SERVER__PUBLIC_URL", "http://api.example.com")
        .set("ORIGINS__ALLOWED", "http://app.example.com/, http://ok.example.com, http://app.example.org")
        .set("DATABASE__URL", "mysql://x");
    let (code, json) = report(&broken, &[]);
    assert_eq!(code, 78);
    let faults = json["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{json:#}");
    assert!(faults[0].as_str().unwrap().contains("write `http://app.example.com`"), "{json:#}");
    let asides = json["asides"].as_array().unwrap();
    assert!(asides.len() == 1 && asides[0].as_str().unwrap().starts_with("database.url"), "{json:#}");
    let frontends = json["frontends"].as_array().unwrap();
    assert_eq!(frontends.len(), 2);
    assert_eq!(frontends[1]["findings"][0]["code"], "cross_site_over_http");
    assert_eq!(serve(&broken), 78, "the server itself does not start with them");
}

fn serve(launch: &Launch) -> i32 {
    launch.run(&["serve"]).code()
}

#[test]
fn malformed_origins_are_told_all_at_once_with_what_to_write() {
    let arguments =
        ["--api", "api.example.com", "--frontend", "http://localhost:5173/", "HTTPS://app.example.com"];
    let finished = doctor(&Launch::new(), &arguments);
    assert_eq!((finished.code(), finished.stdout.as_str()), (2, ""));
    for told in [
        "--api: `api.example.com` has no scheme; write `https://api.example.com`",
        "--frontend: `http://localhost:5173/` has a trailing slash; write `http://localhost:5173`",
        "--frontend: `HTTPS://app.example.com` has upper-case letters",
    ] {
        assert!(finished.stderr.contains(told), "{told}\n{}", finished.stderr);
    }
    let pattern = doctor(&Launch::new(), &["--frontend", "https://*.example.org"]);
    assert_eq!(pattern.code(), 2, "{}", pattern.stderr);
}

#[test]
fn an_api_may_be_named_as_an_address_bar_shows_it() {
    let named = ["--api", "https://api.example.com/", "--frontend", "https://app.example.com"];
    let (code, json) = report(&Launch::new(), &named);
    assert_eq!((code, &json["api"][0]), (0, &Value::from("https://api.example.com")));
}

#[test]
fn settings_that_do_not_tell_what_to_examine_are_wrong_settings() {
    let broken = Launch::new().unset("SERVER__PUBLIC_URL").set("SERVER__PORT", "abc");
    let finished = doctor(&broken, &[]);
    assert_eq!(finished.code(), 78, "{}", finished.stdout);
    assert!(finished.stdout.contains("WRONG    server.port = \"abc\""), "{}", finished.stdout);
    assert_eq!(finished.stdout.matches("WRONG  ").count(), 1, "{}", finished.stdout);
    let named = ["--api", "https://api.example.com", "--frontend", "https://app.example.com"];
    assert_eq!(doctor(&broken, &named).code(), 0, "none of them is needed");
}

#[test]
fn exit_codes_tell_what_cannot_work_from_what_is_doubtful() {
    for (api, frontend, code) in [
        ("http://localhost:5000", "http://localhost:5173", 0),
        ("http://localhost:5000", "http://127.0.0.1:5173", 0),
        ("https://api.example.com", "http://app.example.com", 0),
        ("http://api.example.com", "http://app.example.org", 1),
        ("http://api.example.com", "https://app.example.com", 1),
    ] {
        let finished = doctor(&Launch::new(), &["--api", api, "--frontend", frontend]);
        assert_eq!(finished.code(), code, "{api} {frontend}\n{}", finished.stdout);
    }
    let domain = Launch::new().set("COOKIES__DOMAIN", "other.com");
    let named = ["--api", "https://api.example.com", "--frontend", "https://app.example.com"];
    let (code, json) = report(&domain, &named);
    assert_eq!((code, &json["findings"][0]["code"]), (1, &Value::from("domain_mismatch")));
    assert_eq!(doctor(&Launch::new(), &["--nonsense"]).code(), 2);
}
