//! Netlify: rewrites of netlify.toml.

use concierge_web::{API_PATHS, ApiPath};

use super::Proxy;

pub(super) const PLACE: &[&str] = &[
    "Put it into netlify.toml, before any other redirect. Netlify calls the API by the API's own Host, adds headers of its own",
    "choice, and gives up after 26 seconds.",
];

/// Status 200 makes a redirect a rewrite, which the browser does not see; `force` lets no file stand before it.
pub(super) fn configuration(proxy: &Proxy) -> String {
    let rewrite = |path: &ApiPath| {
        let (from, to) = match path {
            ApiPath::Exact(path) => ((*path).to_owned(), (*path).to_owned()),
            ApiPath::Below(path) => (format!("{path}/*"), format!("{path}/:splat")),
        };
        let to = format!("{}{to}", proxy.upstream);
        format!("[[redirects]]\n  from = \"{from}\"\n  to = \"{to}\"\n  status = 200\n  force = true\n")
    };
    API_PATHS.iter().map(rewrite).collect::<Vec<_>>().join("\n")
}
