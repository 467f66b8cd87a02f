//! Lists in pages: how much of one a client asks for, and where it goes on.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::query::parameter;

/// A page of a list, as `?limit=&cursor=` ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// The most entries, 1 to 100.
    pub(crate) limit: u32,
    /// What the cursor hides: the key of the last entry that the client has seen.
    after: Option<String>,
}

/// What is wrong with the request for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PageError {
    #[error("Invalid limit: use a number from 1 to {}", PageRequest::MOST)]
    Limit,
    #[error("Invalid cursor: use the next_cursor of the page before, or none for the first page")]
    Cursor,
}

impl PageRequest {
    const DEFAULT: u32 = 20;
    const MOST: u32 = 100;

    /// Reads a request's query.
    pub(crate) fn read(query: &str) -> Result<Self, PageError> {
        let limit = match parameter(query, "limit").map_err(|_| PageError::Limit)? {
            None => Self::DEFAULT,
            Some(text) => limit(&text).ok_or(PageError::Limit)?,
        };
        let cursor = parameter(query, "cursor").map_err(|_| PageError::Cursor)?;
        let after = cursor.map(|cursor| decode(&cursor).ok_or(PageError::Cursor)).transpose()?;
        Ok(Self { limit, after })
    }

    /// The key of the last entry that the client has seen; `None` for the first page.
    pub(crate) fn after<K: FromStr>(&self) -> Result<Option<K>, PageError> {
        let parse = |key: &String| key.parse().map_err(|_| PageError::Cursor);
        self.after.as_ref().map(parse).transpose()
    }
}

/// The `next_cursor` of a page whose last entry has this key. Opaque, so that no client builds one of its own and keys
/// may change.
pub(crate) fn cursor_after(key: impl Display) -> String {
    URL_SAFE_NO_PAD.encode(key.to_string())
}

fn decode(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

fn limit(digits: &str) -> Option<u32> {
    // Else `+5` would pass.
    let limit = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    (1..=PageRequest::MOST).contains(&limit).then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(u32, Option<u64>), PageError> {
        let page = PageRequest::read(query)?;
        Ok((page.limit, page.after()?))
    }

    #[test]
    fn a_page_has_20_entries_unless_1_to_100_are_asked_for() {
        for (query, limit) in [("", 20), ("limit=", 20), ("limit=1", 1), ("limit=100", 100), ("limit=%37", 7)]
        {
            assert_eq!(read(query), Ok((limit, None)), "{query}");
        }
        for text in ["0", "101", "-1", "%2B5", "1.0", "ten", " 5", "4294967297", "5&limit=5"] {
            assert_eq!(read(&format!("limit={text}")), Err(PageError::Limit), "{text}");
        }
    }

    #[test]
    fn a_cursor_goes_on_after_the_key_it_was_made_of() {
        for key in [0, 7, u64::MAX] {
            let query = format!("limit=5&cursor={}", cursor_after(key));
            assert_eq!(read(&query), Ok((5, Some(key))));
        }
        assert_eq!(read("cursor="), Ok((20, None)));
        let name = "ångström & söner/=+";
        let page = PageRequest::read(&format!("cursor={}", cursor_after(name))).unwrap();
        assert_eq!(page.after::<String>(), Ok(Some(name.to_owned())));
    }

    #[test]
    fn what_is_no_cursor_of_this_list_is_refused() {
        let (padded, of_another_list) = (format!("{}=", cursor_after(7)), cursor_after("alice"));
        let twice = format!("{0}&cursor={0}", cursor_after(7));
        for cursor in ["7", "!", "Nx", "_w", &*padded, &*of_another_list, &*twice] {
            assert_eq!(read(&format!("cursor={cursor}")), Err(PageError::Cursor), "{cursor}");
        }
    }
}
