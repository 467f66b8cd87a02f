//! Configurations of reverse proxies that make the API same-origin with a frontend.
//!
//! A browser that blocks third-party cookies keeps the API's once it meets them at the frontend's own origin. So the proxy
//! hands over exactly the API's paths, under their own names. There is no prefix: the refresh cookie's path is `/auth`, so
//! that a browser would send it to no `/api/auth`, and not every proxy can rewrite cookies.
//!
//! To add a proxy: a module here that writes its configuration, and a variant of [`Target`] that says where to put it.

mod advice;
mod apache;
mod caddy;
mod netlify;
mod nginx;
mod vercel;
mod vite;

use clap::ValueEnum;
use concierge_kernel::Timestamp;
use concierge_origins::{Origin, OriginPattern};

use crate::settings::Settings;

/// The largest body that is handed over: as much as the API reads, so that it is the API that answers 413.
const LARGEST_BODY: u32 = 16 << 20;

/// What is to be configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// nginx, 1.18 or later.
    Nginx,
    /// Caddy, 2.5 or later.
    Caddy,
    /// Apache httpd, 2.4.
    Apache,
    /// Vite's development server.
    Vite,
    /// Netlify.
    Netlify,
    /// Vercel.
    Vercel,
}

/// Who is in front of whom.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    /// Where browsers find the frontend, and from now on the API.
    frontend: Origin,
    /// Where the proxy finds the API.
    upstream: Origin,
    /// Where it finds more replicas of it.
    others: Vec<Origin>,
    /// Whether that is where browsers find it too, as on https on another machine, whatever the settings say of it. Whatever
    /// serves it there picks the site by the `Host`, so it must be that one; else the API is told the browser's.
    front_door: bool,
}

/// What is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Where to put it and which settings go with it, a line each.
    pub(crate) remarks: Vec<String>,
    /// What begins a comment; `None` for a format without them.
    pub(crate) comment: Option<&'static str>,
    /// The configuration.
    pub(crate) configuration: String,
}

/// Why there is no such configuration. Each says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("which frontend? origins.allowed names none exactly: add --frontend https://app.example.com")]
    NoFrontend,
    #[error("where is the API? server.port is 0: add --upstream http://127.0.0.1:PORT")]
    NoUpstream,
    #[error("{0} is the proxy itself: name with --upstream where the API listens behind it")]
    Circular(Origin),
    #[error(
        "{target} reaches the API over the internet: name its public https origin with --upstream, not {upstream}"
    )]
    Unreachable { target: &'static str, upstream: Origin },
    #[error(
        "browsers drop Secure cookies that come over http, as they would from {0}: serve the frontend over https"
    )]
    InsecureFrontend(Origin),
    #[error(
        "Vite serves what is being developed: name it, as by --frontend http://localhost:5173, instead of {0}"
    )]
    NotDeveloped(Origin),
    #[error(
        "{target} hands over to one API: name one --upstream, a proxy that shares out among the replicas, such as nginx"
    )]
    One { target: &'static str },
    #[error("several replicas are reached over http: name each by where it listens, and not {0}")]
    OneOfSeveral(Origin),
    #[error("browsers drop cookies of the domain {domain} that come from {frontend}: unset cookies.domain")]
    CookieDomain { domain: String, frontend: Origin },
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Apache => "Apache",
            Self::Vite => "Vite",
            Self::Netlify => "Netlify",
            Self::Vercel => "Vercel",
        }
    }

    /// Whether it shares out among several replicas.
    fn shares_out(self) -> bool {
        matches!(self, Self::Nginx | Self::Caddy)
    }

    /// Whether it is somebody else's machines, all over the internet.
    fn is_platform(self) -> bool {
        matches!(self, Self::Netlify | Self::Vercel)
    }

    fn comment(self) -> Option<&'static str> {
        match self {
            Self::Nginx | Self::Caddy | Self::Apache | Self::Netlify => Some("#"),
            Self::Vite => Some("//"),
            Self::Vercel => None,
        }
    }

    /// Where to put it, and what to mind there.
    fn place(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => nginx::PLACE,
            Self::Caddy => caddy::PLACE,
            Self::Apache => apache::PLACE,
            Self::Vite => vite::PLACE,
            Self::Netlify => netlify::PLACE,
            Self::Vercel => vercel::PLACE,
        }
    }

    fn configuration(self, proxy: &Proxy) -> String {
        match self {
            Self::Nginx => nginx::configuration(proxy),
            Self::Caddy => caddy::configuration(proxy),
            Self::Apache => apache::configuration(proxy),
            Self::Vite => vite::configuration(proxy),
            Self::Netlify => netlify::configuration(proxy),
            Self::Vercel => vercel::configuration(proxy),
        }
    }
}

impl Proxy {
    /// In front of the API of `settings`. The frontend is the first that is listed by its name at `now`, unless it is given; the API
    /// is where browsers find it if others than this machine can, else where it listens, unless that is given, once for each
    /// of its replicas.
    ///
    /// # Errors
    /// It cannot be told who is in front of whom.
    pub(crate) fn new(
        settings: &Settings,
        frontend: Option<Origin>,
        upstreams: Vec<Origin>,
        now: Timestamp,
    ) -> Result<Self, ProxyError> {
        let frontend = frontend.or_else(|| listed(settings, now)).ok_or(ProxyError::NoFrontend)?;
        let server = &settings.server;
        let public = server.public_url.as_ref().filter(|url| !url.is_loopback() && **url != frontend);
        let mut upstreams = upstreams.into_iter();
        let given = upstreams.next();
        let others: Vec<_> = upstreams.collect();
        let upstream = match given.or_else(|| public.cloned()) {
            Some(upstream) => upstream,
            None => server.listener().ok_or(ProxyError::NoUpstream)?,
        };
        let mut replicas = std::iter::once(&upstream).chain(&others);
        if replicas.clone().any(|replica| *replica == frontend) {
            return Err(ProxyError::Circular(frontend));
        }
        if !others.is_empty() {
            return match replicas.find(|replica| replica.is_https()) {
                Some(replica) => Err(ProxyError::OneOfSeveral(replica.clone())),
                None => Ok(Self { frontend, upstream, others, front_door: false }),
            };
        }
        let front_door =
            upstream.is_https() || public == Some(&upstream) || server.aliases.contains(&upstream);
        Ok(Self { frontend, front_door: front_door && !upstream.is_loopback(), upstream, others })
    }

    /// The configuration, and what goes with it.
    ///
    /// # Errors
    /// It would not work.
    pub(crate) fn print(&self, target: Target, settings: &Settings) -> Result<Printed, ProxyError> {
        if target.is_platform() && (!self.upstream.is_https() || self.upstream.is_loopback()) {
            return Err(ProxyError::Unreachable { target: target.name(), upstream: self.upstream.clone() });
        }
        if target == Target::Vite && !self.frontend.is_loopback() {
            return Err(ProxyError::NotDeveloped(self.frontend.clone()));
        }
        if !self.others.is_empty() && !target.shares_out() {
            return Err(ProxyError::One { target: target.name() });
        }
        let server = &settings.server;
        let lives_at = server.lives_at(server.port).unwrap_or(self.upstream.clone());
        let advice = advice::advice(self, target, settings, &lives_at)?;
        let mut remarks = vec![
            format!("{} serves the API at {}, from {}.", target.name(), self.frontend, self.listed()),
            "To browsers both are one origin then, and the API's cookies nobody's third-party cookies."
                .to_owned(),
            String::new(),
        ];
        remarks.extend(target.place().iter().map(|&line| line.to_owned()));
        remarks.push("The frontend calls the API by path alone, fetch('/auth/login', ...), and has no pages of its own".to_owned());
        remarks.push("at the paths that stand here.".to_owned());
        remarks.push(String::new());
        remarks.extend(advice);
        Ok(Printed { remarks, comment: target.comment(), configuration: target.configuration(self) })
    }

    /// Every replica.
    fn replicas(&self) -> impl Iterator<Item = &Origin> {
        std::iter::once(&self.upstream).chain(&self.others)
    }

    fn listed(&self) -> String {
        self.replicas().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The `Host` that the API is told where it is not the browser's.
    fn own_host(&self) -> Option<String> {
        self.front_door.then(|| authority(&self.upstream))
    }
}

/// Host and port as they stand in a `Host` header.
fn authority(origin: &Origin) -> String {
    let text = origin.to_string();
    text.split_once("://").map_or_else(String::new, |(_, authority)| authority.to_owned())
}

fn listed(settings: &Settings, now: Timestamp) -> Option<Origin> {
    let mut living = settings.origins.allowed.iter().filter(|listing| listing.lives(now));
    living.find_map(|listing| match &listing.pattern {
        OriginPattern::Exact(origin) => Some(origin.clone()),
        OriginPattern::Wildcard(_) => None,
    })
}

#[cfg(test)]
mod tests;
