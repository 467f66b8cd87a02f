//! Why a request is let through or not, rule by rule, in sentences: by [`CorsPolicy`] and [`Provenance`], which decide about
//! real requests too. Nothing is decided here.

use std::fmt;

use crate::preflight::PreflightCauses;
use crate::{
    CorsPolicy, CorsRequest, Decision, Distrust, FetchSite, OriginHeader, Provenance, Registry, RouteKind,
    Sharing, Stranger, Trust,
};

/// A request that somebody wonders about.
#[derive(Clone, Debug)]
pub struct Inquiry<'a> {
    /// The method, in the case it is sent in.
    pub method: &'a str,
    /// What the path is for.
    pub route: RouteKind,
    /// Whether the route compares the session's CSRF token when the session comes from a cookie.
    pub wants_csrf_token: bool,
    /// The headers, `Origin` included.
    pub headers: &'a [(String, String)],
}

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Each rule in the order in which it is asked; after one that stops the request none is.
    pub steps: Vec<Step>,
    /// What becomes of the request.
    pub outcome: Outcome,
}

/// What one rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule.
    pub rule: Rule,
    /// Whether it lets the request go on.
    pub passes: bool,
    /// Why, in a sentence; of one that stops the request, with what to do.
    pub because: String,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Who asks.
    Origin,
    /// Whether a browser asks first, and what it makes of the answer.
    Preflight,
    /// With whom the answer is shared.
    Cors,
    /// Whether another site's page may be behind it.
    CsrfOrigin,
    /// Whether it needs the session's CSRF token.
    CsrfToken,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It reaches its route, and the page can read the answer.
    Answered,
    /// It reaches its route, but the browser keeps the answer from the page.
    AnsweredUnread,
    /// The browser never sends it.
    NotSent,
    /// It is answered 403.
    Refused,
}

impl Rule {
    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Preflight => "preflight",
            Self::Cors => "cors",
            Self::CsrfOrigin => "csrf_origin",
            Self::CsrfToken => "csrf_token",
        }
    }
}

impl Outcome {
    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::AnsweredUnread => "answered_unread",
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "The request reaches its route, and the page can read the answer.",
            Self::AnsweredUnread => {
                "The request reaches its route, but the browser keeps the answer from the page."
            }
            Self::NotSent => "The browser does not send the request.",
            Self::Refused => "The request is answered 403.",
        })
    }
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
        let preflight = self.is_preflight();
        if !preflight {
            self.tell_of_preflight(origin, policy, extra_headers, told)?;
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
        if matches!(origin, OriginHeader::Absent | OriginHeader::One(Decision::Own)) {
            told.passes(Rule::Preflight, "a browser does not ask before a request to the page's own origin");
            return Ok(());
        }
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

fn who_asks(origin: OriginHeader<'_>) -> String {
    match origin {
        OriginHeader::Absent => {
            "there is no Origin: no browser, or a page of the API's own that only reads".to_owned()
        }
        OriginHeader::One(Decision::Own) => "the Origin is one of the API's own".to_owned(),
        OriginHeader::One(Decision::Allowed) => "the Origin is in origins.allowed".to_owned(),
        OriginHeader::One(Decision::Refused(refused)) => {
            format!("the Origin may not call: {}", refused.explain())
        }
        OriginHeader::Several => "there are several Origin headers, where browsers send one".to_owned(),
    }
}

fn why(stranger: Stranger<'_>) -> String {
    match stranger {
        Stranger::Origin(refused) => {
            let refusal = refused.explain();
            format!(
                "the origin is not let in (add it to origins.allowed if it is one of your frontends): {refusal}"
            )
        }
        Stranger::SeveralOrigins => "it has several Origin headers, where browsers send one".to_owned(),
    }
}

fn why_distrusted(distrust: Distrust<'_>) -> String {
    match distrust {
        Distrust::Origin(refused) => why(Stranger::Origin(refused)),
        Distrust::SeveralOrigins => why(Stranger::SeveralOrigins),
        Distrust::FetchSite(_) => format!("{distrust}; call from a page of an allowed origin, by fetch"),
    }
}

fn why_trusted(trust: Trust) -> &'static str {
    match trust {
        Trust::Public => "there is nothing to misuse on its path",
        Trust::ReadsOnly => "it changes nothing",
        Trust::Bearer => "it shows a Bearer, which no browser adds by itself",
        Trust::OwnOrigin => "it comes from one of the API's own origins",
        Trust::AllowedOrigin => "it comes from an origin that may call",
        Trust::SameOrigin => "it comes from a page of the API's own, as Sec-Fetch-Site says",
        Trust::User => "it comes from the user, as Sec-Fetch-Site says",
        Trust::NoBrowser => "it has neither Origin nor Sec-Fetch-Site, so no browser of today sent it",
    }
}

#[cfg(test)]
mod tests;
