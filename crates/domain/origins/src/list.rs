//! A list of patterns in one line, as a variable of the environment holds it.

use crate::{Fault, OriginError, OriginPattern};

/// Reads patterns between commas. Blanks around a comma do not count; an empty or blank line is an empty list.
///
/// # Errors
/// Every fault of every item in their order, not only the first; an empty item is one.
pub fn parse_list(text: &str) -> Result<Vec<OriginPattern>, Vec<OriginError>> {
    let mut patterns = Vec::new();
    let mut faults = Vec::new();
    if text.trim().is_empty() {
        return Ok(patterns);
    }
    for (index, item) in text.split(',').map(str::trim).enumerate() {
        let parsed = match item {
            "" => Err(OriginError::new(item, Fault::EmptyItem { position: index + 1 }, |_| false)),
            _ => OriginPattern::parse(item),
        };
        match parsed {
            Ok(pattern) => patterns.push(pattern),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(patterns) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        parse_list(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn blanks_around_commas_do_not_count() {
        let list = parse_list(" https://a.example ,\thttps://*.b.example\n,http://localhost:5173 ").unwrap();
        let list: Vec<_> = list.iter().map(ToString::to_string).collect();
        assert_eq!(list, ["https://a.example", "https://*.b.example", "http://localhost:5173"]);
    }

    #[test]
    fn an_empty_line_is_an_empty_list() {
        assert_eq!(parse_list(""), Ok(vec![]));
        assert_eq!(parse_list(" \t "), Ok(vec![]));
    }

    #[test]
    fn every_fault_is_reported_and_not_only_the_first() {
        assert_eq!(
            faults("https://a.example/, https://ok.example,, *"),
            [
                "`https://a.example/` has a trailing slash; write `https://a.example`",
                "the origin is empty: it is item 3 of the list; remove the doubled, leading or trailing comma",
                "`*` would let every site in, and browsers refuse it where cookies are sent; \
                 write each frontend's origin, such as `https://app.example.com`",
            ]
        );
        assert_eq!(faults(",").len(), 2);
        assert_eq!(faults("https://a.example,").len(), 1);
    }
}
