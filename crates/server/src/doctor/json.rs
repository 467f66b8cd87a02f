//! The report for programs. Its words stay the same from version to version; its sentences do not.

use concierge_origins::{Browser, Finding, Severity, Topology, Verdict};
use serde_json::{Value, json};

use super::live::{Course, Symptom};
use super::report::{CookieReport, FrontendReport, Report};

/// The report.
pub(crate) fn body(report: &Report) -> Value {
    json!({
        "works": report.works(),
        "api": report.own.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "faults": report.faults,
        "asides": report.asides,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "frontends": report.frontends.iter().map(frontend).collect::<Vec<_>>(),
    })
}

fn frontend(frontend: &FrontendReport) -> Value {
    let topology = match frontend.topology {
        Topology::SameOrigin => "same_origin",
        Topology::SameSite => "same_site",
        Topology::CrossSite => "cross_site",
    };
    json!({
        "frontend": frontend.pattern.to_string(),
        "page": frontend.page.to_string(),
        "api": frontend.api.to_string(),
        "topology": topology,
        "cookies": frontend.cookies.iter().map(cookie).collect::<Vec<_>>(),
        "findings": frontend.findings.iter().map(finding).collect::<Vec<_>>(),
        "live": frontend.course.as_ref().map(course),
    })
}

fn cookie(cookie: &CookieReport) -> Value {
    let verdicts: Vec<_> = cookie.verdicts.iter().map(|(browser, it)| verdict(*browser, *it)).collect();
    json!({"name": cookie.base_name, "set_cookie": cookie.line, "verdicts": verdicts})
}

fn verdict(browser: Browser, verdict: Verdict) -> Value {
    let word = match verdict {
        Verdict::Kept => "kept",
        Verdict::KeptPartitioned => "kept_partitioned",
        Verdict::Dropped(_) => "dropped",
    };
    let reason = verdict.drop_reason();
    json!({
        "browser": browser.to_string(),
        "verdict": word,
        "reason": reason.map(|reason| reason.code()),
        "because": reason.map(|reason| reason.to_string()),
        "source": browser.evidence().as_str(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({"code": finding.code(), "severity": severity(finding.severity), "problem": finding.to_string()})
}

fn course(course: &Course) -> Value {
    json!({"asked": course.asked, "troubles": course.symptoms.iter().map(symptom).collect::<Vec<_>>()})
}

fn symptom(Symptom { trouble, at }: &Symptom) -> Value {
    let severity = severity(trouble.severity());
    json!({"code": trouble.code(), "severity": severity, "problem": trouble.to_string(), "at": at})
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Doubtful => "doubtful",
        Severity::Impossible => "impossible",
    }
}
