//! `/diagnostics/cookies`: sets two cookies that hold nothing, tells whether they came back, and clears them.

use std::time::Duration;

use actix_web::http::header::{HOST, HeaderName, HeaderValue, ORIGIN, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use concierge_origins::{Browser, Call, CookieAttributes, Origin, SameSite, Topology, Verdict};
use concierge_tokens::{CsrfError, CsrfToken};
use serde_json::{Value, json};

use crate::cookies::{CookieKind, SEC_FETCH_SITE, header};
use crate::credentials::csrf_token;
use crate::diagnostics::Diagnostician;
use crate::error::ApiError;
use crate::services::Services;

/// A round trip takes seconds. What is left when one breaks off goes by itself.
const LIFETIME: Duration = Duration::from_secs(60);

/// Sets both, and tells what browsers are expected to do with them.
///
/// Their value is the token that clears them: they stand for a session's cookies, whose CSRF token is a page's proof that it
/// may read the API's answers.
pub(super) async fn set(
    services: web::Data<Services>,
    _: Diagnostician,
    request: HttpRequest,
) -> HttpResponse {
    let token = CsrfToken::generate(services.entropy.as_ref());
    let (api, host_is_own) = services.cookies.api(&request);
    let frontend = frontend(&request, api);
    let profile = services.cookies.profile(&request).attributes(CookieKind::Probe.path());
    let mut cookies = vec![expected("profile", CookieKind::Probe, &profile, api, &frontend)];
    let mut response = HttpResponse::Created();
    for line in services.cookies.set(&request, CookieKind::Probe, token.as_str(), Some(LIFETIME)) {
        response.append_header((SET_COOKIE, line));
    }
    if let Some(attributes) = third_party(&services, &request) {
        let kind = CookieKind::ThirdPartyProbe;
        cookies.push(expected("third_party", kind, &attributes, api, &frontend));
        response.append_header((SET_COOKIE, header(kind.line(token.as_str(), &attributes, Some(LIFETIME)))));
    }
    response.json(json!({
        "api": api.to_string(),
        "host_is_own": host_is_own,
        "topology": topology_name(Topology::between(api, &frontend)),
        "saw": {
            "host": text(&request, &HOST),
            "origin": text(&request, &ORIGIN),
            "sec_fetch_site": text(&request, &SEC_FETCH_SITE),
        },
        "cookies": cookies,
        "csrf_token": token.as_str(),
    }))
}

/// Tells which came back. With a token in `X-CSRF-Token` only those count that were set along with it.
pub(super) async fn came_back(
    services: web::Data<Services>,
    _: Diagnostician,
    request: HttpRequest,
) -> HttpResponse {
    let token = csrf_token(&request);
    let came = |kind| {
        let mut values = services.cookies.values(&request, kind);
        values.any(|value| token.as_deref().is_none_or(|token| token == value))
    };
    let (profile, third_party) = (came(CookieKind::Probe), came(CookieKind::ThirdPartyProbe));
    HttpResponse::Ok().json(json!({"came_back": {"profile": profile, "third_party": third_party}}))
}

/// Clears both for a page that shows the token.
pub(super) async fn clear(
    services: web::Data<Services>,
    _: Diagnostician,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let presented = csrf_token(&request);
    let values = services.cookies.values(&request, CookieKind::Probe);
    let mut tokens = values.filter_map(|value| value.parse::<CsrfToken>().ok());
    if !tokens.any(|token| token.check(presented.as_deref()).is_ok()) {
        return Err(presented.map_or(CsrfError::Missing, |_| CsrfError::Mismatch).into());
    }
    let mut response = HttpResponse::Ok();
    for line in services.cookies.clear(&request, CookieKind::Probe) {
        response.append_header((SET_COOKIE, line));
    }
    if let Some(attributes) = third_party(&services, &request) {
        let line = CookieKind::ThirdPartyProbe.line("", &attributes, Some(Duration::ZERO));
        response.append_header((SET_COOKIE, header(line)));
    }
    Ok(response.json(json!({"message": "Probes cleared"})))
}

/// Where the calling page lives: of the API's own origin unless it says otherwise.
fn frontend(request: &HttpRequest, api: &Origin) -> Origin {
    text(request, &ORIGIN).and_then(|origin| Origin::parse(origin).ok()).unwrap_or_else(|| api.clone())
}

/// The attributes of a cookie that a browser keeps for a page of another site if it keeps any third party's; `None`
/// where it would drop it for coming over http.
fn third_party<'a>(services: &'a Services, request: &HttpRequest) -> Option<CookieAttributes<'a>> {
    let (api, _) = services.cookies.api(request);
    let kind = CookieKind::ThirdPartyProbe;
    (api.is_https() || api.is_loopback()).then(|| CookieAttributes {
        // By which it is read again.
        prefix: services.cookies.profile(request).prefix(kind.path()),
        path: kind.path(),
        domain: None,
        same_site: SameSite::None,
        secure: true,
        partitioned: false,
    })
}

/// A cookie, its line with the value left out, and what each browser does with it.
fn expected(
    role: &str,
    kind: CookieKind,
    attributes: &CookieAttributes<'_>,
    api: &Origin,
    frontend: &Origin,
) -> Value {
    let verdicts = Browser::ALL.map(|browser| {
        let verdict = browser.judge(attributes, Call { api, frontend });
        let (word, reason) = match verdict {
            Verdict::Kept => ("kept", None),
            Verdict::KeptPartitioned => ("kept_partitioned", None),
            Verdict::Dropped(reason) => ("dropped", Some(reason)),
        };
        let because = reason.map(|reason| reason.to_string());
        let verdict =
            json!({"verdict": word, "code": reason.map(|reason| reason.code()), "because": because});
        (browser.to_string().to_lowercase(), verdict)
    });
    json!({
        "role": role,
        "name": format!("{}{}", attributes.prefix.as_str(), kind.base_name()),
        "line": kind.line("…", attributes, Some(LIFETIME)),
        "browsers": serde_json::Map::from_iter(verdicts),
    })
}

pub(super) fn topology_name(topology: Topology) -> &'static str {
    match topology {
        Topology::SameOrigin => "same_origin",
        Topology::SameSite => "same_site",
        Topology::CrossSite => "cross_site",
    }
}

fn text<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok())
}
