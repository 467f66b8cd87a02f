//! Vercel: rewrites of vercel.json.

use concierge_web::{API_PATHS, ApiPath};

use super::Proxy;

pub(super) const PLACE: &[&str] = &[
    "Put it into vercel.json, before any other rewrite. JSON has no comments, so these lines go to standard error. Vercel",
    "calls the API by the API's own Host, and keeps /.well-known to itself: whoever verifies tokens fetches the keys from",
    "the API.",
];

/// What Vercel rewrites nothing of.
const RESERVED: &str = "/.well-known/";

/// A file with nothing but the rewrites.
pub(super) fn configuration(proxy: &Proxy) -> String {
    let rewrite = |path: &ApiPath| {
        let path = match path {
            ApiPath::Exact(path) if path.starts_with(RESERVED) => return None,
            ApiPath::Exact(path) => (*path).to_owned(),
            ApiPath::Below(path) => format!("{path}/:path*"),
        };
        Some(format!("    {{ \"source\": \"{path}\", \"destination\": \"{}{path}\" }}", proxy.upstream))
    };
    let rewrites: Vec<_> = API_PATHS.iter().filter_map(rewrite).collect();
    format!("{{\n  \"rewrites\": [\n{}\n  ]\n}}\n", rewrites.join(",\n"))
}
