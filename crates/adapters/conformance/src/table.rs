//! Tables of rows: those that are compiled in, and those an operator brings.

use std::collections::HashSet;

use serde::Deserialize;

use crate::fill;
use crate::glob::fits;
use crate::row::{Ask, Body, Row};

/// The rows that are compiled in, by their file's name.
const BUILT_IN: &[(&str, &str)] = &[
    ("conformance/preflights.toml", include_str!("../../../../conformance/preflights.toml")),
    ("conformance/sharing.toml", include_str!("../../../../conformance/sharing.toml")),
    ("conformance/strangers.toml", include_str!("../../../../conformance/strangers.toml")),
    ("conformance/forgery.toml", include_str!("../../../../conformance/forgery.toml")),
    ("conformance/cookies.toml", include_str!("../../../../conformance/cookies.toml")),
    ("conformance/sessions.toml", include_str!("../../../../conformance/sessions.toml")),
    ("conformance/bodies.toml", include_str!("../../../../conformance/bodies.toml")),
    ("conformance/headers.toml", include_str!("../../../../conformance/headers.toml")),
];

/// Rows in the order they run.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

/// Why a file is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It does not read as one.
    #[error("{file} is no table of rows: {problem}")]
    Unreadable {
        /// The file's name.
        file: String,
        /// What is wrong, and where.
        problem: String,
    },
    /// A row of it cannot be used.
    #[error("{file}: row {id:?}: {problem}")]
    Row {
        /// The file's name.
        file: String,
        /// The row.
        id: String,
        /// What is wrong with it.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    row: Vec<Row>,
}

impl Table {
    /// The rows that are compiled in.
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn built_in() -> Result<Self, TableError> {
        let mut table = Self::default();
        for (file, text) in BUILT_IN {
            table.add(file, text)?;
        }
        Ok(table)
    }

    /// Adds the rows of a file.
    ///
    /// # Errors
    /// It is no table, a row of it is incomplete, or its id is taken.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), TableError> {
        let read: File = toml::from_str(text).map_err(|error| TableError::Unreadable {
            file: file.to_owned(),
            problem: error.to_string().trim().to_owned(),
        })?;
        let mut taken: HashSet<String> = self.rows.iter().map(|row| row.id.clone()).collect();
        for row in read.row {
            let fault =
                if taken.insert(row.id.clone()) { fault(&row) } else { Some("its id is taken".to_owned()) };
            match fault {
                Some(problem) => return Err(TableError::Row { file: file.to_owned(), id: row.id, problem }),
                None => self.rows.push(row),
            }
        }
        Ok(())
    }

    /// Keeps the rows whose id fits a pattern with `*` and `?`.
    #[must_use]
    pub fn only(mut self, pattern: &str) -> Self {
        self.rows.retain(|row| fits(pattern, &row.id));
        self
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// What is wrong with a row by itself.
fn fault(row: &Row) -> Option<String> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rules = [
        (!row.id.split('-').all(is_word), "an id is lower-case words with dashes between them"),
        (row.checks.trim().is_empty(), "it does not say what it checks"),
        (!row.source.url.starts_with("https://"), "its source's url does not begin with https://"),
        (row.source.title.trim().is_empty(), "its source has no title"),
        (row.source.section.trim().is_empty(), "its source names no section"),
        (row.expect.status.is_none(), "it expects no status"),
    ];
    let broken = rules.into_iter().find(|(broken, _)| *broken).map(|(_, rule)| rule.to_owned());
    broken.or_else(|| {
        let asks = row.before.iter().chain([&row.request]);
        let asked = asks.flat_map(texts).map(|text| (text, false));
        let expected = row.expect.texts().into_iter().map(|text| (text, true));
        asked.chain(expected).find_map(|(text, expected)| fill::fault(text, &row.needs, expected))
    })
}

fn texts(ask: &Ask) -> Vec<&str> {
    let mut texts = vec![ask.method.as_str(), ask.path.as_str()];
    texts.extend(ask.headers.iter().map(|(_, value)| value.as_str()));
    if let Some(Body::Text(text)) = &ask.body {
        texts.push(text);
    }
    texts
}
