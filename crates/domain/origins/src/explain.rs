//! Why a request is let through or not, rule by rule, in sentences: by [`CorsPolicy`] and [`Provenance`], which decide about
//! real requests too. Nothing is decided here.

mod explanation;
mod reasons;

use crate::preflight::{PreflightCauses, method_as_sent};
use crate::profiles::is_called_by;
use crate::{
    CorsPolicy, CorsRequest, Decision, FetchSite, OriginHeader, Provenance, Registry, RouteKind, Sharing,
};
use reasons::{who_asks, why, why_distrusted, why_trusted};

pub use explanation::{Explanation, Outcome, Rule, Step};

/// A request that somebody wonders about.
#[derive(Clone, Debug)]
pub struct Inquiry<'a> {
    /// The method, in the case that a script gives it.
    pub method: &'a str,
    /// What the path is for.
    pub route: RouteKind,
    /// Whether the route compares the session's CSRF token when the session comes from a cookie.
    pub wants_csrf_token: bool,
    /// The headers, `Origin` included. `Host` tells by which of its origins the API is called, the public one without it.
    pub headers: &'a [(String, String)],
}

impl Inquiry<'_> {
    /// Explains what `policy` and `registry` make of the request, where operators also allow `extra_headers`.
    pub fn explain(&self, registry: &Registry, policy: CorsPolicy, extra_headers: &[String]) -> Explanation {
        let mut told = Told::default();
        let outcome = self.tell(registry, policy, extra_headers, &mut told).unwrap_or_else(|stopped| stopped);
        Explanation { steps: told.0, outcome }
    }

    fn tell(
        &self,
        registry: &Registry,
        policy: CorsPolicy,
        extra_headers: &[String],
        told: &mut Told,
    ) -> Result<Outcome, Outcome> {
        let origin = OriginHeader::read(registry, self.values("origin"));
        told.passes(Rule::Origin, who_asks(origin));
        if self.is_of_a_browser() {
            let Some(method) = method_as_sent(self.method) else {
                let because = format!("no script may send {}: fetch throws; use another method", self.method);
                return told.stops(Rule::Preflight, because, Outcome::NotSent);
            };
            if method != self.method {
                return Inquiry { method, ..self.clone() }.judge(
                    origin,
                    registry,
                    policy,
                    extra_headers,
                    told,
                );
            }
        }
        self.judge(origin, registry, policy, extra_headers, told)
    }

    fn judge(
        &self,
        origin: OriginHeader<'_>,
        registry: &Registry,
        policy: CorsPolicy,
        extra_headers: &[String],
        told: &mut Told,
    ) -> Result<Outcome, Outcome> {
        let preflight = self.is_preflight();
        if !preflight {
            let own_page =
                matches!(origin, OriginHeader::One(Decision::Own)) && self.is_of_its_target(registry);
            if own_page || matches!(origin, OriginHeader::Absent) {
                let because = "a browser does not ask before a request to the page's own origin";
                told.passes(Rule::Preflight, because);
            } else {
                self.tell_of_preflight(origin, policy, extra_headers, told)?;
            }
        }
        let sharing = policy.judge(&CorsRequest { origin, route: self.route, preflight });
        let shared = tell_of_sharing(sharing, told)?;
        if preflight {
            return Ok(shared);
        }
        self.tell_of_forgery(origin, told)?;
        Ok(shared)
    }

    /// What a browser would do first, and whether it would go on.
    fn tell_of_preflight(
        &self,
        origin: OriginHeader<'_>,
        policy: CorsPolicy,
        extra_headers: &[String],
        told: &mut Told,
    ) -> Result<(), Outcome> {
        let pairs = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let causes = PreflightCauses::of(self.method, pairs);
        if causes.is_empty() {
            told.passes(Rule::Preflight, "a browser sends it without asking: any form could");
            return Ok(());
        }
        let asked: Vec<_> = causes.method.iter().chain(&causes.headers).map(String::as_str).collect();
        let asked = asked.join(", ");
        let sharing = policy.judge(&CorsRequest { origin, route: self.route, preflight: true });
        if let Sharing::Refused(stranger) = sharing {
            let because =
                format!("a browser asks first because of {asked}, and is refused: {}", why(stranger));
            return told.stops(Rule::Preflight, because, Outcome::NotSent);
        }
        // A group that is open to the world allows whatever headers are asked for.
        let open = matches!(sharing, Sharing::AnyOrigin);
        let missing = causes.missing(if open { &causes.headers } else { extra_headers }).join(", ");
        if !missing.is_empty() {
            let because = format!(
                "a browser asks first because of {asked}, and does not find {missing} in the answer; headers of your own \
                 belong into cors.extra_headers, and methods are written in capital letters"
            );
            return told.stops(Rule::Preflight, because, Outcome::NotSent);
        }
        told.passes(Rule::Preflight, format!("a browser asks first because of {asked}, and may go on"));
        Ok(())
    }

    fn tell_of_forgery(&self, origin: OriginHeader<'_>, told: &mut Told) -> Result<(), Outcome> {
        let bearer = self.values("authorization").any(is_bearer);
        let fetch_site = FetchSite::read(self.values("sec-fetch-site"));
        let provenance = Provenance { method: self.method, route: self.route, bearer, origin, fetch_site };
        let trust = match provenance.judge() {
            Ok(trust) => trust,
            Err(distrust) => {
                return told.stops(Rule::CsrfOrigin, why_distrusted(distrust), Outcome::Refused);
            }
        };
        told.passes(Rule::CsrfOrigin, why_trusted(trust));
        let because = match (self.wants_csrf_token && provenance.changes_something(), bearer) {
            (false, _) => "it needs no CSRF token",
            (true, true) => "it needs no CSRF token: a Bearer is never added by a browser",
            (true, false) if self.values("x-csrf-token").next().is_some() => {
                "with a session cookie its X-CSRF-Token has to be the csrf_token of that session, or it is answered 403"
            }
            (true, false) => {
                "with a session cookie it is answered 403 csrf_token_missing: send the session's csrf_token as X-CSRF-Token"
            }
        };
        told.passes(Rule::CsrfToken, because);
        Ok(())
    }

    fn values<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        let found = self.headers.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_bytes())
    }

    /// Whether its page is of the very origin that it calls: between two of the API's own a browser asks as between any.
    fn is_of_its_target(&self, registry: &Registry) -> bool {
        if FetchSite::read(self.values("sec-fetch-site")) == FetchSite::SameOrigin {
            return true;
        }
        let own = || registry.own().iter().map(ToString::to_string);
        let called = self.values("host").next().and_then(|host| own().find(|own| is_called_by(own, host)));
        let target = called.or_else(|| own().next());
        self.values("origin").next() == target.as_deref().map(str::as_bytes)
    }

    /// Nobody else tells where a request comes from.
    fn is_of_a_browser(&self) -> bool {
        self.values("origin").next().is_some() || self.values("sec-fetch-site").next().is_some()
    }

    fn is_preflight(&self) -> bool {
        let asks = |name| self.values(name).next().is_some();
        self.method == "OPTIONS" && asks("origin") && asks("access-control-request-method")
    }
}

#[derive(Default)]
struct Told(Vec<Step>);

impl Told {
    fn passes(&mut self, rule: Rule, because: impl Into<String>) {
        self.0.push(Step { rule, passes: true, because: because.into() });
    }

    fn stops<T>(&mut self, rule: Rule, because: String, outcome: Outcome) -> Result<T, Outcome> {
        self.0.push(Step { rule, passes: false, because });
        Err(outcome)
    }
}

/// Whether an `Authorization` header is of the scheme Bearer (RFC 6750, section 2.1), be its token malformed.
pub fn is_bearer(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case(b"bearer")
}

fn tell_of_sharing(sharing: Sharing<'_>, told: &mut Told) -> Result<Outcome, Outcome> {
    let (because, outcome) = match sharing {
        Sharing::NotAsked => {
            ("without an Origin the answer needs no CORS headers".to_owned(), Outcome::Answered)
        }
        Sharing::World => {
            ("the public group is open: the answer is shared with *".to_owned(), Outcome::Answered)
        }
        Sharing::AnyOrigin => {
            ("the public group is open: the answer is shared with any origin".to_owned(), Outcome::Answered)
        }
        Sharing::Own => ("the origin is the API's own".to_owned(), Outcome::Answered),
        Sharing::Allowed => {
            ("the answer is shared with the origin, with credentials".to_owned(), Outcome::Answered)
        }
        Sharing::Withheld(stranger) => {
            let because = format!("the answer carries no CORS headers: {}", why(stranger));
            (because, Outcome::AnsweredUnread)
        }
        Sharing::Refused(stranger) => return told.stops(Rule::Cors, why(stranger), Outcome::Refused),
    };
    told.0.push(Step { rule: Rule::Cors, passes: outcome == Outcome::Answered, because });
    Ok(outcome)
}

#[cfg(test)]
mod tests;
