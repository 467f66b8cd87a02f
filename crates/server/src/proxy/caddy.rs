//! Caddy: a site of a Caddyfile.

use concierge_web::{API_PATHS, ApiPath};

use super::{LARGEST_BODY, Proxy};

pub(super) const PLACE: &[&str] = &[
    "Put it into /etc/caddy/Caddyfile, and let `root` name the folder of the built frontend. Caddy fetches the certificate.",
    "It tells the API the client's address alone, unless its own `trusted_proxies` says to believe others.",
];

/// In turn. Whoever cannot be reached is left out for a second, and the next one asked; what one has taken is not sent again.
const SHARED_OUT: &str =
    " {\n\t\t\tlb_policy round_robin\n\t\t\tlb_try_duration 2s\n\t\t\tfail_duration 1s\n\t\t}";

/// A site. Caddy checks the API's certificate, rewrites nothing and tells the browser's `Host` by itself.
pub(super) fn configuration(proxy: &Proxy) -> String {
    let frontend = &proxy.frontend;
    let upstreams: Vec<_> = proxy.replicas().map(ToString::to_string).collect();
    let paths: Vec<_> = API_PATHS.iter().map(|path| matcher(*path)).collect();
    let options = match proxy.own_host() {
        Some(host) => format!(" {{\n\t\t\theader_up Host {host}\n\t\t}}"),
        None if proxy.others.is_empty() => String::new(),
        None => SHARED_OUT.to_owned(),
    };
    format!(
        "{frontend} {{
\t@api path {paths}
\thandle @api {{
\t\trequest_body {{
\t\t\tmax_size {LARGEST_BODY}
\t\t}}
\t\treverse_proxy {upstreams}{options}
\t}}
\thandle {{
\t\troot * /var/www/app
\t\ttry_files {{path}} /index.html
\t\tfile_server
\t}}
}}
",
        paths = paths.join(" "),
        upstreams = upstreams.join(" "),
    )
}

fn matcher(path: ApiPath) -> String {
    match path {
        ApiPath::Exact(path) => path.to_owned(),
        ApiPath::Below(path) => format!("{path}/*"),
    }
}
