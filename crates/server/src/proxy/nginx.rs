//! nginx: a server block.

use concierge_origins::{HostKind, Origin};
use concierge_web::{API_PATHS, ApiPath};

use super::{LARGEST_BODY, Proxy, authority};

pub(super) const PLACE: &[&str] = &[
    "Put it into /etc/nginx/conf.d/, and let `root` name the folder of the built frontend. In a server block that is there",
    "already, take over all but `listen`, `server_name`, the certificate and `location /`. nginx looks names up once,",
    "when it starts: reload it when the API's address changes.",
];

/// The name of several replicas.
const GROUP: &str = "concierge";

/// What becomes of requests when a replica is away.
const PASSING_ON: &str = "    # The next replica gets what one has not taken. A POST or PATCH that one may have carried out is not sent again: if that
    # one dies, the client is told 502. A PUT is: a password that was changed already is told to be wrong then.
    proxy_next_upstream error timeout;
    proxy_connect_timeout 2s;
";

/// A server block. What is nginx's default stands here too: another value may be set around it.
pub(super) fn configuration(proxy: &Proxy) -> String {
    let upstream = &proxy.upstream;
    let target = if proxy.others.is_empty() { upstream.to_string() } else { format!("http://{GROUP}") };
    let host = proxy.own_host().unwrap_or_else(|| "$http_host".to_owned());
    let locations: String = API_PATHS.iter().map(|path| location(*path, &target)).collect();
    format!(
        "{group}server {{
{listen}    server_name {name};
{certificate}
    # The API reads up to 1 MiB and answers 413 beyond, in its own words, as far as this lets it.
    client_max_body_size {LARGEST_BODY};
    # Cookies with tokens make large heads.
    large_client_header_buffers 4 32k;
    proxy_buffer_size 32k;
    proxy_buffers 8 32k;
    proxy_http_version 1.1;
    # One connection for each request: one that was kept may go away under a POST, which is not sent again.
    proxy_set_header Connection close;
    # The API answers within about 10 s, unless its database.* timeouts are longer. One that hangs is given up.
    proxy_read_timeout 15s;
    proxy_set_header Host {host};
    # The address alone: what clients say of theirs before is made up.
    proxy_set_header X-Forwarded-For $remote_addr;
    # Answers pass as they are.
    proxy_cache off;
    proxy_redirect off;
    proxy_cookie_domain off;
    proxy_cookie_path off;
    proxy_intercept_errors off;
{passing_on}{tls}
{locations}
    location / {{
        root /var/www/app;
        try_files $uri /index.html;
    }}
}}
",
        group = group(proxy),
        passing_on = if proxy.others.is_empty() { "" } else { PASSING_ON },
        listen = listen(&proxy.frontend),
        name = proxy.frontend.host_str(),
        certificate = certificate(&proxy.frontend),
        tls = tls(upstream),
    )
}

/// On the loopback for a frontend that lives there, else on every interface.
fn listen(frontend: &Origin) -> String {
    let port = frontend.port();
    let ssl = if frontend.is_https() { " ssl" } else { "" };
    match frontend.host_kind() {
        HostKind::Ipv4(address) if address.is_loopback() => format!("    listen {address}:{port}{ssl};\n"),
        HostKind::Ipv6(address) if address.is_loopback() => format!("    listen [{address}]:{port}{ssl};\n"),
        HostKind::Name if frontend.is_loopback() => format!("    listen 127.0.0.1:{port}{ssl};\n"),
        _ => format!("    listen {port}{ssl};\n    listen [::]:{port}{ssl};\n"),
    }
}

fn certificate(frontend: &Origin) -> String {
    if !frontend.is_https() {
        return String::new();
    }
    let folder = format!("/etc/letsencrypt/live/{}", frontend.host_str());
    format!("    ssl_certificate {folder}/fullchain.pem;\n    ssl_certificate_key {folder}/privkey.pem;\n")
}

/// Without these nginx neither says whom it calls nor checks who answers.
fn tls(upstream: &Origin) -> String {
    if !upstream.is_https() {
        return String::new();
    }
    let name = upstream.host_str();
    format!(
        "    proxy_ssl_server_name on;
    proxy_ssl_name {name};
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 5;
    proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
"
    )
}

/// The replicas, if there are several, each in its turn.
fn group(proxy: &Proxy) -> String {
    if proxy.others.is_empty() {
        return String::new();
    }
    let server = |replica| format!("    server {} max_fails=1 fail_timeout=1s;\n", authority(replica));
    let servers: String = proxy.replicas().map(server).collect();
    format!("upstream {GROUP} {{\n    # One that does not answer is left out for a second.\n{servers}}}\n\n")
}

/// Without a path behind it, `proxy_pass` hands the target over as it came.
fn location(path: ApiPath, upstream: &str) -> String {
    let matched = match path {
        ApiPath::Exact(path) => format!("= {path}"),
        ApiPath::Below(path) => format!("^~ {path}/"),
    };
    format!("    location {matched} {{ proxy_pass {upstream}; }}\n")
}
