//! A whole deployment, checked before it serves: where the API and its frontends live, and what was set by hand.

mod check;
mod finding;

#[cfg(test)]
mod tests;

pub use check::Deployment;
pub use finding::{Finding, Problem, Severity, Subject};
