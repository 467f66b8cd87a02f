//! Judges headers.

use super::Filler;
use crate::expect::HeaderRule;
use crate::http::Answer;
use crate::report::Fault;

/// What is there of headers that must not be; a `*` at the end of a name stands for whatever follows.
pub(super) fn absent(names: &[String], answer: &Answer) -> Vec<Fault> {
    let forbids = |pattern: &str, name: &str| match pattern.strip_suffix('*') {
        Some(start) => name.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start)),
        None => name.eq_ignore_ascii_case(pattern),
    };
    let found = |pattern: &String| answer.headers.iter().find(|(name, _)| forbids(pattern, name));
    let told = |pattern: &String| {
        found(pattern).map(|(name, value)| Fault::new(format!("no {pattern}"), format!("{name}: {value}")))
    };
    names.iter().filter_map(told).collect()
}

pub(super) fn faults(
    name: &str,
    rule: &HeaderRule,
    answer: &Answer,
    fill: Filler<'_>,
) -> Result<Vec<Fault>, String> {
    let lines: Vec<&str> = answer.values(name).collect();
    let came = || match lines[..] {
        [] => format!("no {name}"),
        _ => format!("{name}: {}", lines.join(" | ")),
    };
    let mut faults = Vec::new();
    let mut check = |holds: bool, expected: String| {
        if !holds {
            faults.push(Fault::new(expected, came()));
        }
    };
    let only_lacks = rule.equals.is_none()
        && !rule.once
        && rule.contains.is_empty()
        && rule.media_type.is_none()
        && rule.range.is_none()
        && !rule.lacks.is_empty();
    if lines.is_empty() && !only_lacks {
        let wanted = rule.equals.as_ref().map(|equals| filled(equals.as_slice(), fill)).transpose()?;
        check(false, wanted.map_or(name.to_owned(), |wanted| format!("{name}: {}", wanted.join(" or "))));
        return Ok(faults);
    }
    if let Some(equals) = &rule.equals {
        let wanted = filled(equals.as_slice(), fill)?;
        let holds = matches!(lines[..], [line] if wanted.iter().any(|wanted| wanted == line));
        check(holds, format!("{name}: {}, once", wanted.join(" or ")));
    }
    check(!rule.once || lines.len() == 1, format!("{name} once"));
    let members = members(&lines);
    // A challenge or a directive is found by its first word, too.
    let has = |member: &str| {
        let first_word =
            |found: &str| found.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case(member));
        members.iter().any(|found| found.eq_ignore_ascii_case(member) || first_word(found))
    };
    for member in &rule.contains {
        check(has(member), format!("{member} in {name}"));
    }
    for member in &rule.lacks {
        check(!has(member), format!("no {member} in {name}"));
    }
    if let Some(types) = &rule.media_type {
        let essence = lines.first().and_then(|line| line.split(';').next()).unwrap_or_default().trim();
        let holds = types.as_slice().iter().any(|wanted| wanted.eq_ignore_ascii_case(essence));
        check(holds, format!("{name} of type {}", types.as_slice().join(" or ")));
    }
    if let Some((least, greatest)) = rule.range {
        let number = number(&lines, rule.directive.as_deref());
        let of = rule.directive.as_deref().map(|directive| format!("{directive} of ")).unwrap_or_default();
        check(
            number.is_some_and(|number| (least..=greatest).contains(&number)),
            format!("{of}{name} from {least} to {greatest}"),
        );
    }
    Ok(faults)
}

fn filled(texts: &[String], fill: Filler<'_>) -> Result<Vec<String>, String> {
    texts.iter().map(|text| fill(text)).collect()
}

/// The members of a list, over all lines (RFC 9110, section 5.3); directives end at `;` as well.
fn members<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines
        .iter()
        .flat_map(|line| line.split([',', ';']))
        .map(str::trim)
        .filter(|member| !member.is_empty())
        .collect()
}

fn number(lines: &[&str], directive: Option<&str>) -> Option<i64> {
    match directive {
        None => lines.first()?.trim().parse().ok(),
        Some(wanted) => members(lines).into_iter().find_map(|member| {
            let (name, value) = member.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').parse().ok())?
        }),
    }
}
