//! Parsers of single values. Each yields the value, or what was expected of it as one sentence.
//!
//! Files have types, variables are text: a number or a boolean in quotes is refused in a file and read in a variable.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use config::ValueKind;

use super::layers::{Entry, Layer};
use super::shown::shown;

/// An item of a list that is none.
#[derive(Clone, Debug)]
pub(super) struct BadItem {
    pub(super) shown: String,
    pub(super) problem: String,
}

/// A whole number in `range`.
pub(super) fn whole<T>(range: RangeInclusive<T>) -> impl Fn(&Entry) -> Result<T, String>
where
    T: TryFrom<i64> + PartialOrd + Display,
{
    move |entry| {
        let number = number(entry).and_then(|number| T::try_from(number).ok());
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("expected a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A duration in whole seconds in `range`.
pub(super) fn seconds(range: RangeInclusive<u64>) -> impl Fn(&Entry) -> Result<Duration, String> {
    let expected = format!("expected whole seconds from {} to {}", range.start(), range.end());
    let whole = whole(range);
    move |entry| whole(entry).map(Duration::from_secs).map_err(|_| expected.clone())
}

/// `true` or `false`.
pub(super) fn boolean(entry: &Entry) -> Result<bool, String> {
    match (&entry.value, &entry.layer) {
        (ValueKind::Boolean(value), _) => Ok(*value),
        (ValueKind::String(text), Layer::Variable(_)) => text.trim().parse().map_err(|_| ()),
        _ => Err(()),
    }
    .map_err(|()| "expected true or false".to_owned())
}

/// Text that is not blank, as it was written.
pub(super) fn text(entry: &Entry) -> Result<String, String> {
    match &entry.value {
        ValueKind::String(text) if text.trim().is_empty() => Err("expected text, not blanks".to_owned()),
        ValueKind::String(text) => Ok(text.clone()),
        _ => Err("expected text".to_owned()),
    }
}

/// Text that `parse` makes a value of; blanks around it do not count.
pub(super) fn parsed<T>(parse: impl Fn(&str) -> Result<T, String>) -> impl Fn(&Entry) -> Result<T, String> {
    move |entry| parse(text(entry)?.trim())
}

/// One of the words, which are few.
pub(super) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl Fn(&Entry) -> Result<T, String> {
    move |entry| {
        let word = text(entry).ok();
        let found = words.iter().find(|(known, _)| word.as_deref().map(str::trim) == Some(known));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            format!("expected {}", words.join(" or "))
        })
    }
}

/// The items of a list; an item of an array that is no text stands as what is wrong with it. Between two commas
/// there is an item, if an empty one, for its parser to judge.
pub(super) fn items(entry: &Entry) -> Result<Vec<Result<String, BadItem>>, String> {
    match &entry.value {
        ValueKind::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        ValueKind::String(text) => Ok(text.split(',').map(|item| Ok(item.trim().to_owned())).collect()),
        ValueKind::Array(items) => Ok(items
            .iter()
            .map(|item| match &item.kind {
                ValueKind::String(text) => Ok(text.clone()),
                other => Err(BadItem { shown: shown(other), problem: "expected text".to_owned() }),
            })
            .collect()),
        _ => Err("expected a list: an array of texts, or one text with commas".to_owned()),
    }
}

fn number(entry: &Entry) -> Option<i64> {
    match (&entry.value, &entry.layer) {
        (ValueKind::I64(number), _) => Some(*number),
        (ValueKind::String(text), Layer::Variable(_)) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file(value: impl Into<ValueKind>) -> Entry {
        Entry { value: value.into(), layer: Layer::Default }
    }

    fn in_variable(text: &str) -> Entry {
        Entry { value: text.into(), layer: Layer::Variable("CONCIERGE__A__B".to_owned()) }
    }

    #[test]
    fn numbers_stop_at_both_ends_of_their_range() {
        let port = whole::<u16>(1..=9);
        for (value, expected) in
            [(0, None), (1, Some(1)), (9, Some(9)), (10, None), (-1, None), (70_000, None)]
        {
            assert_eq!(port(&in_file(value)).ok(), expected, "{value}");
        }
        assert_eq!(port(&in_file(0)), Err("expected a whole number from 1 to 9".to_owned()));
        assert!(port(&in_file(1.0)).is_err());
    }

    #[test]
    fn numbers_and_booleans_are_text_in_variables_alone() {
        assert_eq!(whole::<u16>(1..=9)(&in_variable(" 5 ")), Ok(5));
        assert!(whole::<u16>(1..=9)(&in_file("5")).is_err());
        assert_eq!(boolean(&in_variable("true")), Ok(true));
        assert!(boolean(&in_file("true")).is_err());
        assert!(boolean(&in_variable("yes")).is_err());
        assert!(boolean(&in_file(1)).is_err());
    }

    #[test]
    fn durations_are_whole_seconds() {
        assert_eq!(seconds(1..=60)(&in_file(5)), Ok(Duration::from_secs(5)));
        let expected = Err("expected whole seconds from 1 to 60".to_owned());
        assert_eq!(seconds(1..=60)(&in_variable("5s")), expected);
    }

    #[test]
    fn a_word_outside_the_few_is_answered_with_them() {
        let sizes = [("small", 1), ("large", 2)];
        assert_eq!(one_of(&sizes)(&in_file("large")), Ok(2));
        let expected = Err(r#"expected "small" or "large""#.to_owned());
        assert_eq!(one_of(&sizes)(&in_file("Large")), expected);
        assert_eq!(one_of(&sizes)(&in_file(2)), expected);
    }

    #[test]
    fn lists_come_as_arrays_or_with_commas_and_blanks() {
        let texts = |entry| items(&entry).unwrap().into_iter().filter_map(Result::ok).collect::<Vec<_>>();
        assert_eq!(texts(in_variable(" a ,\tb")), ["a", "b"]);
        assert_eq!(texts(in_variable("a,,b")), ["a", "", "b"]);
        assert_eq!(texts(in_variable("")), [""; 0]);
        assert_eq!(texts(in_file(vec!["a", "b"])), ["a", "b"]);
        assert!(items(&in_file(5)).is_err());
        assert_eq!(items(&in_file(vec![5])).unwrap()[0].as_ref().unwrap_err().shown, "5");
    }
}
