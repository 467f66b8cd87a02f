//! Vite's development server: a part of its configuration.

use concierge_web::{API_PATHS, ApiPath};

use super::Proxy;

pub(super) const PLACE: &[&str] = &[
    "Put it into vite.config.ts, beside the plugins that are there. For development; what is built needs another proxy.",
];

/// A configuration of the server alone.
pub(super) fn configuration(proxy: &Proxy) -> String {
    let Proxy { frontend, upstream, .. } = proxy;
    let parts: Vec<_> = API_PATHS.iter().map(|path| part(*path)).collect();
    format!(
        "import {{ defineConfig }} from 'vite'

export default defineConfig({{
  server: {{
    host: '{host}',
    port: {port},
    strictPort: true,
    proxy: {{
      // Vite holds the pattern against path and query.
      '^({parts})': {{
        target: '{upstream}',
        // The API is told {whose} Host.
        changeOrigin: {change_origin},
        configure: (proxy) => {{
          proxy.on('proxyReq', (outgoing, incoming) => {{
            // The address alone: what clients say of theirs before is made up.
            outgoing.setHeader('X-Forwarded-For', incoming.socket.remoteAddress ?? '')
          }})
        }},
      }},
    }},
  }},
}})
",
        host = frontend.host_str().trim_matches(['[', ']']),
        port = frontend.port(),
        parts = parts.join("|"),
        whose = if proxy.front_door { "its own" } else { "the browser's" },
        change_origin = proxy.front_door,
    )
}

/// As a regular expression in a string.
fn part(path: ApiPath) -> String {
    match path {
        ApiPath::Exact(path) => format!(r"{}(\\?|$)", path.replace('.', r"\\.")),
        ApiPath::Below(path) => format!("{}/", path.replace('.', r"\\.")),
    }
}
