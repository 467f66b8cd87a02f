//! Caddy: a site of a Caddyfile.

use concierge_web::{API_PATHS, ApiPath};

use super::{LARGEST_BODY, Proxy};

pub(super) const PLACE: &[&str] = &[
    "Put it into /etc/caddy/Caddyfile, and let `root` name the folder of the built frontend. Caddy fetches the certificate.",
    "It tells the API the client's address alone, unless its own `trusted_proxies` says to believe others.",
];

/// A site. Caddy checks the API's certificate, rewrites nothing and tells the browser's `Host` by itself.
pub(super) fn configuration(proxy: &Proxy) -> String {
    let Proxy { frontend, upstream, .. } = proxy;
    let paths: Vec<_> = API_PATHS.iter().map(|path| matcher(*path)).collect();
    let options = match proxy.own_host() {
        Some(host) => format!(" {{\n\t\t\theader_up Host {host}\n\t\t}}"),
        None => String::new(),
    };
    format!(
        "{frontend} {{
\t@api path {paths}
\thandle @api {{
\t\trequest_body {{
\t\t\tmax_size {LARGEST_BODY}
\t\t}}
\t\treverse_proxy {upstream}{options}
\t}}
\thandle {{
\t\troot * /var/www/app
\t\ttry_files {{path}} /index.html
\t\tfile_server
\t}}
}}
",
        paths = paths.join(" "),
    )
}

fn matcher(path: ApiPath) -> String {
    match path {
        ApiPath::Exact(path) => path.to_owned(),
        ApiPath::Below(path) => format!("{path}/*"),
    }
}
