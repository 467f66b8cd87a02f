//! The `Dockerfile`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;

use crate::file::Stack;
use crate::repository;

/// Instructions and their arguments, each on one line.
pub(crate) fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(repository("Dockerfile")).unwrap();
    let lines: String =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let whole = lines.replace("\\\n", " ");
    let instructions = whole.lines().filter_map(|line| line.split_once(' '));
    instructions.map(|(name, rest)| (name.to_owned(), rest.trim().to_owned())).collect()
}

/// What the image's own stage says by an instruction.
pub(crate) fn said(instruction: &str) -> Vec<String> {
    let all = instructions();
    let start = all.iter().rposition(|(name, _)| name == "FROM").unwrap();
    let own = all[start..].iter().filter(|(name, _)| name == instruction);
    own.map(|(_, rest)| rest.clone()).collect()
}

/// The image run by itself, as a stack of one service.
pub(crate) fn alone() -> Stack {
    let variables: Vec<_> =
        said("ENV").iter().flat_map(|line| line.split_whitespace()).map(str::to_owned).collect();
    let words = [words(&said("ENTRYPOINT")[0]), words(&said("CMD")[0])].concat();
    let image = json!({
        "image": "concierge:local",
        "user": said("USER")[0],
        "read_only": true,
        "cap_drop": ["ALL"],
        "restart": "no",
        "networks": [],
        "environment": variables.iter().map(|pair| pair.split_once('=').unwrap()).collect::<BTreeMap<_, _>>(),
        "entrypoint": words,
        "volumes": [format!("data:{}", said("VOLUME")[0])],
        "healthcheck": {"test": Stack::read().service("api").healthcheck.as_ref().unwrap().test},
    });
    // All JSON is YAML.
    let stack =
        json!({"services": {"image": image}, "secrets": {}, "networks": {}, "volumes": {"data": null}});
    Stack::parse(&stack.to_string())
}

/// A list as the exec form writes it.
pub(crate) fn words(list: &str) -> Vec<String> {
    serde_json::from_str(list).unwrap()
}

#[test]
fn the_image_is_built_by_the_version_that_this_is_pinned_to() {
    let toolchain = fs::read_to_string(repository("rust-toolchain.toml")).unwrap();
    let version =
        toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap().trim_matches('"');
    let (_, builder) = instructions().into_iter().find(|(name, _)| name == "FROM").unwrap();
    assert_eq!(builder, format!("rust:{version}-slim-bookworm AS builder"));
    // Both of Debian 12, so that the binary finds its C library.
    assert_eq!(said("FROM"), ["gcr.io/distroless/cc-debian12:nonroot"]);
}

#[test]
fn the_image_runs_as_the_stack_runs_it() {
    let api = Stack::read().service("api").clone();
    assert_eq!(said("USER"), [api.user]);
    assert_eq!(said("STOPSIGNAL"), ["SIGTERM"]);
    let check = said("HEALTHCHECK").remove(0);
    let (_, check) = check.split_once("CMD ").unwrap();
    assert_eq!(words(check), api.healthcheck.unwrap().test[1..]);
    assert_eq!(words(&said("ENTRYPOINT")[0]), ["/usr/local/bin/concierge"]);
    assert_eq!(words(&said("CMD")[0]), ["serve"]);
}

#[test]
fn nothing_but_sources_goes_into_the_build() {
    let ignored = fs::read_to_string(repository(".dockerignore")).unwrap();
    let mut patterns = ignored.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(patterns.next(), Some("*"));
    for pattern in patterns {
        let path = pattern.strip_prefix('!').unwrap_or_else(|| panic!("{pattern} is ignored already"));
        assert!(repository(path).exists(), "{path} is not there");
        assert!(!path.contains("local") && !path.contains("secrets"), "{path}");
    }
}
