//! The report for people.

use std::io::{self, Write};

use concierge_origins::{Browser, Finding, Severity, Topology, Verdict};

use super::live::Course;
use super::report::{CookieReport, FrontendReport, Report};

/// Writes the report.
pub(crate) fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    if let Some((public_url, aliases)) = report.own.split_first() {
        let aliases: String = aliases.iter().map(|alias| format!(", also {alias}")).collect();
        writeln!(out, "The API is at {public_url}{aliases}.")?;
    }
    for fault in &report.faults {
        line(out, "WRONG", fault)?;
    }
    for aside in &report.asides {
        line(out, "doubt", aside)?;
    }
    findings(&report.findings, out)?;
    for frontend in &report.frontends {
        writeln!(out)?;
        write_frontend(frontend, report, out)?;
    }
    writeln!(out)?;
    match (report.works(), report.doubts()) {
        (false, _) => writeln!(out, "It cannot work like this: see what is WRONG."),
        (true, 0) => writeln!(out, "It works."),
        (true, 1) => writeln!(out, "It works, with one doubt."),
        (true, doubts) => writeln!(out, "It works, with {doubts} doubts."),
    }
}

fn write_frontend(frontend: &FrontendReport, report: &Report, out: &mut impl Write) -> io::Result<()> {
    let FrontendReport { pattern, page, api, .. } = frontend;
    write!(out, "{pattern}")?;
    if pattern.to_string() != page.to_string() {
        write!(out, ", for example {page},")?;
    }
    match frontend.topology {
        Topology::SameOrigin => write!(out, " is the API's own origin")?,
        Topology::SameSite => write!(out, " is of the same site as the API at {api}")?,
        Topology::CrossSite => write!(out, " is of another site than the API at {api}")?,
    }
    if report.own.first() != Some(api) {
        write!(out, ", the name it does best to call")?;
    }
    writeln!(out, ":")?;
    for cookie in &frontend.cookies {
        line(out, "sets", &cookie.line)?;
    }
    for browser in Browser::ALL {
        for told in verdicts(&frontend.cookies, browser) {
            line(out, &browser.to_string(), &format!("{told} ({})", browser.evidence().as_str()))?;
        }
    }
    findings(&frontend.findings, out)?;
    frontend.course.as_ref().map_or(Ok(()), |course| write_course(course, out))
}

/// What a browser does with each cookie; what it does with all of them in one sentence.
fn verdicts(cookies: &[CookieReport], browser: Browser) -> Vec<String> {
    let mut groups: Vec<(Verdict, Vec<&str>)> = Vec::new();
    for cookie in cookies {
        let verdicts = cookie.verdicts.iter().filter(|(judge, _)| *judge == browser);
        for (_, verdict) in verdicts {
            match groups.iter_mut().find(|(known, _)| known == verdict) {
                Some((_, names)) => names.push(cookie.base_name),
                None => groups.push((*verdict, vec![cookie.base_name])),
            }
        }
    }
    let told = |(verdict, names): &(Verdict, Vec<&str>)| {
        let names = if names.len() == cookies.len() { "them".to_owned() } else { names.join(", ") };
        match verdict {
            Verdict::Kept => format!("keeps {names}"),
            Verdict::KeptPartitioned => {
                format!("keeps {names}, apart for each site that stands in the address bar")
            }
            Verdict::Dropped(reason) => format!("drops {names}: {reason}"),
        }
    };
    groups.iter().map(told).collect()
}

fn findings(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    findings.iter().try_for_each(|finding| line(out, word(finding.severity), &finding.to_string()))
}

fn write_course(course: &Course, out: &mut impl Write) -> io::Result<()> {
    for symptom in &course.symptoms {
        let told = format!("{}: {}", symptom.at.join(", "), symptom.trouble);
        line(out, word(symptom.trouble.severity()), &told)?;
    }
    let count = match course.asked {
        0 => return Ok(()),
        1 => "one request".to_owned(),
        asked => format!("{asked} requests"),
    };
    let all_well = if course.symptoms.is_empty() { ": all is as it should be" } else { "" };
    line(out, "asked", &format!("{count} by HTTP/1.1, as this page makes them{all_well}"))
}

/// A severity as it stands before a sentence.
fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Doubtful => "doubt",
        Severity::Impossible => "WRONG",
    }
}

fn line(out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {label:<7}  {text}")
}
