//! nginx in the stack does what `concierge proxy-config` prints.

use crate::repository;
use crate::support::Launch;

/// The directives, however they are indented, without comments.
fn directives(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// What stands in the n-th block of servers, up to its last brace.
fn server<'a>(directives: &[&'a str], number: usize) -> Vec<&'a str> {
    let mut servers = directives.split(|line| *line == "server {").skip(1 + number);
    servers.next().unwrap().to_vec()
}

#[test]
fn nginx_is_configured_as_is_printed_for_its_replicas() {
    let launch = Launch::new().set("ORIGINS__ALLOWED", "");
    let upstreams = ["--upstream", "http://api:5000", "--upstream", "http://api-2:5000"];
    let frontend = ["proxy-config", "--for", "nginx", "--frontend", "http://localhost:8080"];
    let printed = launch.run(&[&frontend[..], &upstreams].concat()).stdout;
    // Within a container, and by one name for all.
    let printed = printed.replace("listen 127.0.0.1:8080;", "listen 8080;");
    let mut expected = directives(&printed);
    expected.retain(|line| !line.starts_with("server api-2:5000"));

    let file = std::fs::read_to_string(repository("deploy/nginx.conf")).unwrap();
    let written = directives(&file);
    let start = written.iter().position(|line| *line == "upstream concierge {").unwrap();
    assert_eq!(written[start..start + expected.len()], expected);

    // The API at its own origin is handed over the same way, all of it.
    let (beside, alone) = (server(&written, 0), server(&written, 1));
    let how = |server: &[&str]| {
        let how = server.iter().filter(|line| line.starts_with("proxy_") || line.contains("client_"));
        how.map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(how(&alone), how(&beside));
    assert!(alone.contains(&"location / { proxy_pass http://concierge; }"), "{alone:?}");
}
