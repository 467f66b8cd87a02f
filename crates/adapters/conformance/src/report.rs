//! What came of a run.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::row::{Row, Source};

/// A difference between what has to come and what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What has to come.
    pub expected: String,
    /// What came.
    pub came: String,
}

/// What came of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// All that it expects came.
    Passed,
    /// Something else came.
    Failed {
        /// Every difference.
        faults: Vec<Fault>,
    },
    /// Nothing can be said.
    Skipped {
        /// Why, in a sentence without a full stop.
        reason: String,
    },
}

/// A row and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The row's name.
    pub id: String,
    /// What it checks.
    pub checks: String,
    /// Where that is written.
    pub source: Source,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How many rows came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All that was expected came.
    pub passed: usize,
    /// Something else came.
    pub failed: usize,
    /// Nothing can be said.
    pub skipped: usize,
}

/// What came of a run. Displays for people, serialises for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Who was asked.
    pub target: String,
    /// In whose name; `None` without a frontend.
    pub origin: Option<String>,
    /// How many came to which end.
    pub totals: Totals,
    /// Every row in the order they ran.
    pub rows: Vec<Verdict>,
}

impl Fault {
    pub(crate) fn new(expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self { expected: expected.into(), came: came.into() }
    }
}

impl Verdict {
    pub(crate) fn new(row: &Row, outcome: Outcome) -> Self {
        Self { id: row.id.clone(), checks: row.checks.clone(), source: row.source.clone(), outcome }
    }
}

impl Report {
    pub(crate) fn new(target: String, origin: Option<String>, rows: Vec<Verdict>) -> Self {
        let mut totals = Totals::default();
        for verdict in &rows {
            match verdict.outcome {
                Outcome::Passed => totals.passed += 1,
                Outcome::Failed { .. } => totals.failed += 1,
                Outcome::Skipped { .. } => totals.skipped += 1,
            }
        }
        Self { target, origin, totals, rows }
    }

    /// Whether something ran, and all that ran passed.
    pub fn is_success(&self) -> bool {
        self.totals.failed == 0 && self.totals.passed > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons = BTreeMap::<&str, usize>::new();
        for verdict in &self.rows {
            match &verdict.outcome {
                Outcome::Passed => {}
                Outcome::Failed { faults } => {
                    let told = |fault: &Fault| format!("expected {}; came {}", fault.expected, fault.came);
                    let faults = faults.iter().map(told).collect::<Vec<_>>().join(". Also ");
                    writeln!(f, "FAILED  {}: {faults} [{}]", verdict.id, verdict.source)?;
                }
                Outcome::Skipped { reason } => *reasons.entry(reason).or_default() += 1,
            }
        }
        for (reason, count) in reasons {
            writeln!(f, "skipped {count}: {reason}")?;
        }
        let Totals { passed, failed, skipped } = self.totals;
        let by = self.origin.as_deref().map_or_else(String::new, |origin| format!(", called from {origin}"));
        writeln!(f, "{}{by}: {passed} passed, {failed} failed, {skipped} skipped", self.target)
    }
}
