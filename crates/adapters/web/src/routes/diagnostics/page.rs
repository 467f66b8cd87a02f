//! The page `/diagnostics`, filled in.

use std::fmt::Write as _;

use actix_web::HttpRequest;
use concierge_origins::{Browser, Call, CookieProfile, Origin, OriginPattern, Registry, Topology};

use crate::cookies::CookieKind;
use crate::services::Services;
use crate::tally::Counted;

const TEMPLATE: &str = include_str!("page.html");

/// The page for whoever sends `request`.
pub(super) fn html(services: &Services, registry: &Registry, request: &HttpRequest) -> String {
    let (api, _) = services.cookies.api(request);
    // The counters last: what strangers have sent as an origin must not be taken for a place to fill in.
    TEMPLATE
        .replace("{{api}}", &escape(&api.to_string()))
        .replace("{{frontends}}", &frontends(services, registry))
        .replace("{{counters}}", &counters(&services.tally.read()))
}

fn frontends(services: &Services, registry: &Registry) -> String {
    let mut html = String::new();
    for pattern in registry.allowed() {
        let Some(example) = pattern.example() else { continue };
        let Some(api) = nearest(registry, &example) else { continue };
        let profile = services.cookies.profile_between(api, &example);
        // Writing to a string does not fail.
        _ = write!(html, "{}", frontend(pattern, &example, api, profile));
    }
    if html.is_empty() {
        return "<p>None may call: list them in <code>origins.allowed</code>.</p>".to_owned();
    }
    html
}

/// The name of the API that is nearest to a frontend, by which it had better call.
fn nearest<'a>(registry: &'a Registry, frontend: &Origin) -> Option<&'a Origin> {
    registry.own().iter().min_by_key(|api| match Topology::between(api, frontend) {
        Topology::SameOrigin => 0,
        Topology::SameSite => 1,
        Topology::CrossSite => 2,
    })
}

fn frontend(pattern: &OriginPattern, example: &Origin, api: &Origin, profile: &CookieProfile) -> String {
    let topology = match Topology::between(api, example) {
        Topology::SameOrigin => "the API’s own origin",
        Topology::SameSite => "of the API’s site",
        Topology::CrossSite => "of another site",
    };
    let attributes = profile.attributes(CookieKind::Probe.path());
    let line = CookieKind::Probe.line("…", &attributes, None);
    let verdicts: String = Browser::ALL
        .iter()
        .filter_map(|browser| {
            let dropped = browser.judge(&attributes, Call { api, frontend: example }).drop_reason()?;
            Some(format!(
                "<p>{browser} drops it (<code>{}</code>): {}.</p>",
                dropped.code(),
                escape(&dropped.to_string())
            ))
        })
        .collect();
    let verdicts = if verdicts.is_empty() { "<p>Every browser keeps it.</p>".to_owned() } else { verdicts };
    let (pattern, api) = (escape(&pattern.to_string()), escape(&api.to_string()));
    let line = escape(&line);
    format!(
        "<article>\n<h3>{pattern}<span>{topology}</span></h3>\n<p>Cookies as in <code>{line}</code></p>\n{verdicts}\n\
         <details><summary>What to paste</summary>\n\
         <pre><code>document.head.append(Object.assign(document.createElement('script'), {{ src: '{api}/diagnostics.js', \
         onerror: () =&gt; console.error('It does not load: {api} cannot be reached, or this page forbids its script') }}))</code></pre>\n\
         <pre><code>&lt;script src=\"{api}/diagnostics.js\"&gt;&lt;/script&gt;</code></pre>\n</details>\n</article>\n"
    )
}

fn counters(counted: &[Counted]) -> String {
    if counted.is_empty() {
        return "<p>No origin has called yet.</p>".to_owned();
    }
    let number = |value: u64, is_bad: bool| {
        let class = if is_bad && value > 0 { "number warn" } else { "number" };
        format!("<td class=\"{class}\">{value}</td>")
    };
    let rows: String = counted
        .iter()
        .map(|row| {
            let cells = [
                number(row.answered, false),
                number(row.refused, true),
                number(row.cookies_set, false),
                number(row.cookies_seen, false),
                number(row.cookies_never_seen, true),
            ];
            format!("<tr><th scope=\"row\">{}</th>{}</tr>\n", escape(&row.origin), cells.concat())
        })
        .collect();
    let heads = ["Answered", "Refused", "Cookies set", "Seen", "Never seen"]
        .map(|head| format!("<th scope=\"col\" class=\"number\">{head}</th>"));
    format!(
        "<div class=\"wide\"><table id=\"origins\">\n<thead><tr><th scope=\"col\">Origin</th>{}</tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>",
        heads.concat()
    )
}

/// Text as HTML shows it, in attributes too.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_sends_as_an_origin_is_shown_and_not_run() {
        let row = Counted {
            origin: "<script>alert('x')</script>\"&".to_owned(),
            answered: 0,
            refused: 1,
            cookies_set: 0,
            cookies_seen: 0,
            cookies_never_seen: 0,
        };
        let html = counters(&[row]);
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}
