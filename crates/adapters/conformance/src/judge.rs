//! Compares what came with what has to come. Every difference is told, not the first alone.

mod body;
mod cookies;
mod headers;

use crate::cookie::SetCookie;
use crate::expect::Expect;
use crate::http::Answer;
use crate::report::Fault;

/// Puts in what placeholders of an expectation stand for.
pub(crate) type Filler<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Every difference between an answer and what a row expects of it.
///
/// # Errors
/// A placeholder that nothing is known for, so that nothing can be said.
pub(crate) fn judge(
    expect: &Expect,
    answer: &Answer,
    earlier: &[SetCookie],
    fill: Filler<'_>,
) -> Result<Vec<Fault>, String> {
    let mut faults = Vec::new();
    if !expect.allows(answer.status) {
        let allowed = expect.status.iter().flat_map(|status| status.as_slice()).map(u16::to_string);
        let allowed = allowed.collect::<Vec<_>>().join(" or ");
        faults.push(Fault::new(format!("status {allowed}"), told_status(answer)));
    }
    faults.extend(headers::absent(&expect.absent, answer));
    for (name, rule) in &expect.headers {
        faults.extend(headers::faults(name, rule, answer, fill)?);
    }
    faults.extend(body::faults(&expect.body, answer, fill)?);
    for rule in &expect.cookies {
        faults.extend(cookies::faults(rule, answer, earlier));
    }
    Ok(faults)
}

/// The status, and the problem's code where there is one: what a reader wants to know first.
fn told_status(answer: &Answer) -> String {
    let code = answer.json().and_then(|body| body["code"].as_str().map(str::to_owned));
    code.map_or_else(|| answer.status.to_string(), |code| format!("{} {code}", answer.status))
}

#[cfg(test)]
mod tests;
