//! Which settings of the API go with a proxy, and which it cannot go with.

use concierge_origins::{CookieProfile, HostKind, Origin};

use super::{Proxy, ProxyError, Target};
use crate::settings::Settings;

/// What to set, and why; a line each. `lives_at` is where browsers find the API so far.
///
/// # Errors
/// Browsers would drop the cookies.
pub(super) fn advice(
    proxy: &Proxy,
    target: Target,
    settings: &Settings,
    lives_at: &Origin,
) -> Result<Vec<String>, ProxyError> {
    let mut doubts = cookies(proxy, settings)?;
    let mut changes = own_origin(proxy, settings, lives_at);
    match trusted(proxy, target, settings) {
        Trusted::Set(value) => changes.extend([
            "The proxy says whose a request is:".to_owned(),
            format!("  CONCIERGE__SERVER__TRUSTED_PROXIES={value}"),
        ]),
        Trusted::Already => {}
        Trusted::Say(lines) => doubts.extend(lines.iter().map(|&line| line.to_owned())),
    }
    let heading = match changes.len() {
        0 => "The API's settings fit already.",
        _ => "Settings of the API that go with it, as variables:",
    };
    let mut lines = vec![heading.to_owned()];
    lines.extend(changes);
    lines.extend(doubts);
    Ok(lines)
}

/// Whether browsers keep the cookies that come from the frontend's origin, or why some may not.
fn cookies(proxy: &Proxy, settings: &Settings) -> Result<Vec<String>, ProxyError> {
    let frontend = &proxy.frontend;
    let overrides = &settings.cookies.overrides;
    if let Some(domain) = &overrides.domain
        && domain.fault(frontend).is_some()
    {
        let domain = domain.as_str().to_owned();
        return Err(ProxyError::CookieDomain { domain, frontend: frontend.clone() });
    }
    // The API goes by the `Host` it is told.
    let called = if proxy.front_door { &proxy.upstream } else { frontend };
    let secure = CookieProfile::for_same_site(called, overrides).is_secure();
    match (secure && !frontend.is_https(), frontend.is_loopback()) {
        (false, _) if frontend.is_https() && !called.is_https() => Ok(vec![
            format!("The API's cookies are as from {called}, without Secure: name with --upstream"),
            format!("where the API listens instead, and they are as from {frontend}."),
        ]),
        (false, _) => Ok(Vec::new()),
        (true, true) => Ok(vec![
            format!("The API's cookies are Secure, as from {called}. Chrome and Firefox keep such"),
            "cookies from http on this machine; Safari does not.".to_owned(),
        ]),
        (true, false) => Err(ProxyError::InsecureFrontend(frontend.clone())),
    }
}

/// The frontend's origin has to become one of the API's own: requests say it as their `Origin`, and cookies are made for it.
/// So has the front door's, which they say as their `Host`.
fn own_origin(proxy: &Proxy, settings: &Settings, lives_at: &Origin) -> Vec<String> {
    let frontend = &proxy.frontend;
    let server = &settings.server;
    let own = server.own_origins_at(lives_at, settings.environment);
    let front_door = Some(&proxy.upstream).filter(|_| proxy.front_door);
    let mut missing: Vec<_> =
        front_door.into_iter().chain([frontend]).filter(|origin| !own.contains(origin)).collect();
    let mut lines = Vec::new();
    // Of two origins that one `Host` means the API can have one alone.
    if missing.contains(&frontend) && lives_at.has_the_host_header_of(frontend) {
        missing.retain(|origin| *origin != frontend);
        lines.push("The API lives at the frontend's origin from now on:".to_owned());
        lines.push(format!("  CONCIERGE__SERVER__PUBLIC_URL={frontend}"));
    }
    lines.push(match missing[..] {
        [] => return lines,
        [one] if one == frontend => "The frontend's origin is one of the API's own:".to_owned(),
        [one] => format!("{one} is one of the API's own origins:"),
        _ => format!("The frontend's origin and {} are the API's own:", proxy.upstream),
    });
    let aliases = server.aliases.iter().filter(|alias| !alias.has_the_host_header_of(frontend));
    let aliases = joined(aliases.chain(missing)).unwrap_or_default();
    lines.push(format!("  CONCIERGE__SERVER__ALIASES={aliases}"));
    lines
}

enum Trusted {
    Set(String),
    Already,
    Say(&'static [&'static str]),
}

/// Whose `X-Forwarded-For` to believe from now on.
fn trusted(proxy: &Proxy, target: Target, settings: &Settings) -> Trusted {
    if target.is_platform() {
        return Trusted::Say(&[
            "Its addresses are many and change, so server.trusted_proxies cannot name them: to the API every client",
            "has one of them.",
        ]);
    }
    if proxy.replicas().any(|replica| !replica.is_loopback()) {
        return Trusted::Say(&[
            "Name in server.trusted_proxies the addresses from which this proxy reaches the API, and those of any",
            "proxy between the two, or every client has the proxy's address.",
        ]);
    }
    let reached_by = |ipv6: bool| {
        proxy.replicas().any(|replica| match replica.host_kind() {
            HostKind::Name => true,
            HostKind::Ipv4(_) => !ipv6,
            HostKind::Ipv6(_) => ipv6,
        })
    };
    let addresses = [("127.0.0.1", reached_by(false)), ("::1", reached_by(true))];
    let trusted = &settings.server.trusted_proxies;
    let is_trusted = |address: &str| address.parse().is_ok_and(|network| trusted.contains(&network));
    let missing: Vec<_> = addresses
        .into_iter()
        .filter_map(|(address, reached)| (reached && !is_trusted(address)).then_some(address))
        .collect();
    if missing.is_empty() {
        return Trusted::Already;
    }
    let all = trusted.iter().map(ToString::to_string).chain(missing.into_iter().map(ToString::to_string));
    Trusted::Set(all.collect::<Vec<_>>().join(","))
}

fn joined<'a>(origins: impl Iterator<Item = &'a Origin>) -> Option<String> {
    let origins: Vec<_> = origins.map(ToString::to_string).collect();
    (!origins.is_empty()).then(|| origins.join(","))
}
