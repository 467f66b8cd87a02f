//! Reading the parameters of a query.

use actix_web::web::Query;

/// A parameter comes several times, so that nobody can tell which one is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ambiguous;

/// The value of a parameter, its escapes undone. `None` where it is left out, or empty as forms send a field in which
/// nothing was typed. Parameters of other names are passed over.
pub(crate) fn parameter(query: &str, name: &str) -> Result<Option<String>, Ambiguous> {
    let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|_| Ambiguous)?.into_inner();
    let mut values = pairs.into_iter().filter(|(found, _)| found == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value.filter(|value| !value.is_empty())),
        (_, Some(_)) => Err(Ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_read_without_its_escapes_and_nothing_typed_is_none() {
        let value = |query: &str| parameter(query, "q").unwrap();
        assert_eq!(value("q=a%20b%2Bc+d").as_deref(), Some("a b+c d"));
        assert_eq!(value("other=1&q=x&Q=2").as_deref(), Some("x"));
        for query in ["", "q", "q=", "qq=1", "&&", "other=q"] {
            assert_eq!(value(query), None, "{query}");
        }
    }

    #[test]
    fn one_that_comes_twice_is_ambiguous_even_if_it_says_the_same() {
        for query in ["q=1&q=1", "q=&q=", "q&q=1", "q=1&other=2&%71=3"] {
            assert_eq!(parameter(query, "q"), Err(Ambiguous), "{query}");
        }
    }
}
