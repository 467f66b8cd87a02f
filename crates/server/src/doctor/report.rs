//! What comes of an examination, as data.

use concierge_origins::{
    Browser, Call, Caller, CookieOverrides, Deployment, FetchSite, Finding, Origin, OriginPattern, Profiles,
    Severity, Topology, Verdict,
};
use concierge_web::CookieKind;

use super::live::Course;
use super::subject::Subject;

/// Stands for a cookie's value.
pub(super) const VALUE: &str = "…";

/// What can be said of a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// The API's own origins, the public one first.
    pub(super) own: Vec<Origin>,
    /// What could not be read and so not be examined, a sentence each.
    pub(super) faults: Vec<String>,
    /// What else is wrong with the settings, a sentence each.
    pub(super) asides: Vec<String>,
    /// What is wrong whoever calls.
    pub(super) findings: Vec<Finding>,
    pub(super) frontends: Vec<FrontendReport>,
}

/// What can be said of one frontend, or of all that a pattern lets in.
#[derive(Clone, Debug)]
pub(crate) struct FrontendReport {
    pub(super) pattern: OriginPattern,
    /// The page that is examined: of a pattern's pages one that stands for all.
    pub(super) page: Origin,
    /// The API's origin by which this frontend does best to call.
    pub(super) api: Origin,
    pub(super) topology: Topology,
    pub(super) cookies: Vec<CookieReport>,
    pub(super) findings: Vec<Finding>,
    /// How it went when the deployment was asked; `None` if it was not.
    pub(super) course: Option<Course>,
}

/// What becomes of one cookie.
#[derive(Clone, Debug)]
pub(crate) struct CookieReport {
    /// Its name without a prefix.
    pub(super) base_name: &'static str,
    /// The value of its `Set-Cookie` header.
    pub(super) line: String,
    pub(super) verdicts: [(Browser, Verdict); 3],
}

impl Report {
    /// Examines a deployment without asking it anything.
    pub(crate) fn of(subject: &Subject) -> Self {
        let Subject { own, frontends, listed, overrides, faults, asides } = subject;
        let mut report = Self {
            own: own.clone(),
            faults: faults.clone(),
            asides: asides.clone(),
            findings: Vec::new(),
            frontends: Vec::new(),
        };
        let Some((public_url, aliases)) = own.split_first() else { return report };
        let paths = CookieKind::ALL.map(CookieKind::path);
        let of = |allowed| Deployment { public_url, aliases, allowed, overrides, paths: &paths };
        report.findings = of(&[]).check();
        report.findings.extend(of(&[]).check_exposure());
        for pattern in frontends {
            let Some(page) = pattern.example() else { continue };
            let mut findings = of(std::slice::from_ref(pattern)).check();
            findings.retain(|finding| !report.findings.contains(finding));
            if !listed && findings.iter().any(is_impossible) {
                report.leave_out_compiled_in(public_url);
                continue;
            }
            report.frontends.push(FrontendReport::of(own, overrides, pattern, page, findings));
        }
        // What follows from where things live is told once, in the words of the finding.
        let told: Vec<_> = report.all_findings().map(ToString::to_string).collect();
        report.asides.retain(|aside| !told.iter().any(|finding| aside.ends_with(finding)));
        report
    }

    /// Development servers that nobody has listed need not work: concierge starts with them anywhere.
    fn leave_out_compiled_in(&mut self, public_url: &Origin) {
        let aside = format!(
            "origins.allowed holds the development servers of this machine, whose pages keep no cookie of \
             {public_url}; list your frontends"
        );
        if !self.asides.contains(&aside) {
            self.asides.push(aside);
        }
    }

    /// Whether nothing is in the way of a login, whatever else there is to say.
    pub(crate) fn works(&self) -> bool {
        self.faults.is_empty()
            && !self.all_findings().any(is_impossible)
            && self.frontends.iter().filter_map(|frontend| frontend.course.as_ref()).all(Course::went_well)
    }

    /// Whether settings that were needed could not be read.
    pub(crate) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// How many doubts there are.
    pub(super) fn doubts(&self) -> usize {
        let courses = self.frontends.iter().filter_map(|frontend| frontend.course.as_ref());
        let findings = self.all_findings().filter(|finding| finding.severity == Severity::Doubtful);
        findings.count() + self.asides.len() + courses.map(Course::doubts).sum::<usize>()
    }

    fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().chain(self.frontends.iter().flat_map(|frontend| &frontend.findings))
    }
}

impl FrontendReport {
    fn of(
        own: &[Origin],
        overrides: &CookieOverrides,
        pattern: &OriginPattern,
        page: Origin,
        findings: Vec<Finding>,
    ) -> Self {
        let ways = own.iter().map(|api| (api, cookies(api, &page, overrides)));
        // Of several that are equally good the first counts.
        let best = ways.min_by_key(|(api, cookies)| (*api != &page, harm(cookies)));
        let (api, cookies) =
            best.map_or_else(|| (page.clone(), Vec::new()), |(api, cookies)| (api.clone(), cookies));
        let topology = Topology::between(&api, &page);
        Self { pattern: pattern.clone(), page, api, topology, cookies, findings, course: None }
    }
}

/// What a call to `api` from `page` sets, by the rule that picks the attributes of a real answer, and what comes of it.
fn cookies(api: &Origin, page: &Origin, overrides: &CookieOverrides) -> Vec<CookieReport> {
    let profiles = Profiles::new(api, &[], overrides);
    let text = page.to_string();
    let caller = Caller { host: None, origin: Some(text.as_bytes()), fetch_site: FetchSite::Absent };
    let profile = profiles.choose(&caller);
    let call = Call { api, frontend: page };
    let report = |kind: CookieKind| {
        let attributes = profile.attributes(kind.path());
        CookieReport {
            base_name: kind.base_name(),
            line: kind.line(VALUE, &attributes, None),
            verdicts: Browser::ALL.map(|browser| (browser, browser.judge(&attributes, call))),
        }
    };
    CookieKind::ALL.into_iter().map(report).collect()
}

fn is_impossible(finding: &Finding) -> bool {
    finding.severity == Severity::Impossible
}

/// How many browsers drop any of the cookies, the most widely used one first of all.
fn harm(cookies: &[CookieReport]) -> (bool, usize) {
    let drops = |wanted: Browser| {
        let verdicts = cookies.iter().flat_map(|cookie| cookie.verdicts);
        let mut drops =
            verdicts.filter(|(browser, verdict)| *browser == wanted && verdict.drop_reason().is_some());
        drops.next().is_some()
    };
    (drops(Browser::Chrome), Browser::ALL.into_iter().filter(|browser| drops(*browser)).count())
}
