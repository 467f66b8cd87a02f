//! Finds everything that is wrong at once, by asking what browsers would do.

use std::collections::BTreeMap;

use super::{Finding, Problem, Severity};
use crate::{
    Browser, Call, CookieOverrides, CookieProfile, CrossSiteOverHttp, DropReason, Origin, OriginPattern,
    Topology,
};

/// Where the API and its frontends live, and how the operator wants cookies to be.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// The API's own origin.
    pub public_url: &'a Origin,
    /// Further origins of this same API.
    pub aliases: &'a [Origin],
    /// The frontends that may call.
    pub allowed: &'a [OriginPattern],
    /// What is set by hand.
    pub overrides: &'a CookieOverrides,
    /// The paths of the API's cookies.
    pub paths: &'a [&'a str],
}

/// Which browsers drop the cookies of a call, and why.
type Drops = BTreeMap<DropReason, Vec<Browser>>;

impl Deployment<'_> {
    /// Everything that is wrong, and everything that is doubtful: first about the API's cookies whoever calls, then
    /// about each frontend in turn.
    ///
    /// A frontend may call the API by any of its origins, so it is judged by the one that serves it best. What Chrome
    /// drops is impossible, what only others drop is doubtful; so is what goes wrong at an alias alone.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.check_names(&mut findings);
        for api in self.own() {
            self.check_api(api, &mut findings);
        }
        for pattern in self.allowed {
            findings.extend(pattern.warning().map(Problem::Strangers).map(Finding::doubtful));
            let Some(frontend) = pattern.example() else { continue };
            if self.own().any(|own| *own == frontend) {
                continue;
            }
            let ways = self.own().map(|api| self.check_call(api, &frontend, pattern));
            // Of several that are equally good the first counts.
            let best = ways.min_by_key(|way| way.iter().map(|finding| finding.severity).max());
            let known = |finding: &Finding| self.own().any(|api| self.is_known(finding, api));
            findings.extend(best.into_iter().flatten().filter(|finding| !known(finding)));
        }
        findings
    }

    /// What is doubtful about serving people there at all, cookies aside: it is no fault where people develop.
    pub fn check_exposure(&self) -> Vec<Finding> {
        let exposed = self.own().filter(|api| !api.is_https() && !api.is_loopback());
        exposed.map(|api| Finding::doubtful(Problem::Readable { api: api.clone() })).collect()
    }

    fn own(&self) -> impl Iterator<Item = &Origin> {
        std::iter::once(self.public_url).chain(self.aliases)
    }

    /// Whether a `Host` always tells by which of its origins the API was called.
    fn check_names(&self, findings: &mut Vec<Finding>) {
        let mut told: Vec<&Origin> = Vec::new();
        for (index, api) in self.own().enumerate() {
            let Some(other) = self.own().skip(index + 1).find(|other| api.has_the_host_header_of(other))
            else {
                continue;
            };
            // The names of this machine come together.
            if told.iter().any(|told| told.loopback_aliases().contains(api)) {
                continue;
            }
            told.push(api);
            let problem = Problem::OneHostHeader { api: api.clone(), other: other.clone() };
            findings.push(Finding::impossible(problem));
        }
    }

    /// What becomes of the cookies of calls within the API's own origin, which no frontend can do better.
    fn check_api(&self, api: &Origin, findings: &mut Vec<Finding>) {
        for (reason, browsers) in self.drops(Call { api, frontend: api }) {
            let reported = findings.iter().any(
                |known| matches!(&known.problem, Problem::Dropped { reason: other, .. } if *other == reason),
            );
            if reported {
                continue;
            }
            let mut finding = self.dropped(api, None, reason, browsers);
            if api != self.public_url {
                finding.severity = Severity::Doubtful;
            }
            findings.push(finding);
        }
        if api.is_https() && self.overrides.secure == Some(false) && api == self.public_url {
            findings.push(Finding::doubtful(Problem::SecureDeclined { api: api.clone() }));
        }
    }

    /// Whether the finding is one about the API itself, and so told already.
    fn is_known(&self, finding: &Finding, api: &Origin) -> bool {
        match &finding.problem {
            Problem::Dropped { reason, api: called, .. } if called == api => {
                self.drops(Call { api, frontend: api }).contains_key(reason)
            }
            _ => false,
        }
    }

    fn check_call(&self, api: &Origin, frontend: &Origin, pattern: &OriginPattern) -> Vec<Finding> {
        let text = pattern.to_string();
        let mixed = frontend.is_https() && !api.is_https() && !api.is_loopback();
        // Where the call is not even made, its cookies are no subject.
        if !mixed && CookieProfile::between(api, frontend, self.overrides).is_err() {
            let problem = Problem::CrossSiteOverHttp(CrossSiteOverHttp::new(api, &text, frontend));
            return vec![Finding::impossible(problem)];
        }
        let drops = self.drops(Call { api, frontend });
        let mut findings: Vec<_> = drops
            .into_iter()
            .map(|(reason, browsers)| self.dropped(api, Some(text.clone()), reason, browsers))
            .collect();
        if !Topology::between(api, frontend).is_cross_site() || mixed {
            return findings;
        }
        if api.is_loopback() && frontend.is_loopback() && api.host_str() != frontend.host_str() {
            // It tells of Safari, too.
            findings.retain(|finding| finding.severity == Severity::Impossible);
            let instead = frontend.on_host_of(api).to_string();
            let problem = Problem::TwoNamesOfThisMachine { api: api.clone(), frontend: text, instead };
            findings.push(Finding::doubtful(problem));
            return findings;
        }
        let one_page = matches!(pattern, OriginPattern::Exact(_));
        if one_page
            && api.is_loopback()
            && !frontend.is_loopback()
            && !(api.is_https() || frontend.is_https())
        {
            findings.retain(|finding| finding.severity == Severity::Impossible);
            let instead = api.on_host_of(frontend).to_string();
            let problem = Problem::PageOfTheNetwork { api: api.clone(), frontend: text, instead };
            findings.push(Finding::doubtful(problem));
            return findings;
        }
        if api.is_https() && !frontend.is_https() && !frontend.is_loopback() {
            let problem = Problem::InsecurePage { api: api.clone(), frontend: text.clone() };
            findings.push(Finding::doubtful(problem));
        }
        if matches!(pattern, OriginPattern::Wildcard(_)) && frontend.scheme() == api.scheme() {
            let many_sites = pattern.is_many_sites();
            let problem = Problem::PatternOfAnotherSite { api: api.clone(), pattern: text, many_sites };
            findings.push(Finding::doubtful(problem));
        }
        findings
    }

    fn drops(&self, call: Call<'_>) -> Drops {
        let mut drops = Drops::new();
        // Where no profile can be derived, the mixed content is told by any.
        let profile = CookieProfile::between(call.api, call.frontend, self.overrides)
            .unwrap_or_else(|_| CookieProfile::for_same_site(call.api, self.overrides));
        for path in self.paths {
            for browser in Browser::ALL {
                let verdict = browser.judge(&profile.attributes(path), call);
                if let Some(reason) = verdict.drop_reason() {
                    let browsers = drops.entry(reason).or_default();
                    if !browsers.contains(&browser) {
                        browsers.push(browser);
                    }
                }
            }
        }
        drops
    }

    fn dropped(
        &self,
        api: &Origin,
        frontend: Option<String>,
        reason: DropReason,
        browsers: Vec<Browser>,
    ) -> Finding {
        let impossible = browsers.contains(&Browser::Chrome);
        let secure_declined = self.overrides.secure == Some(false) && reason.is_for_want_of_secure();
        let problem = Problem::Dropped { api: api.clone(), frontend, reason, secure_declined, browsers };
        if impossible { Finding::impossible(problem) } else { Finding::doubtful(problem) }
    }
}
