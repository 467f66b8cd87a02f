//! Says of a deployment whether its cookies and its CORS can work, and asks it whether they do.
//!
//! [`Subject`] is what is examined, [`Report`] what comes of it; [`text`] and [`json`] show it to people and to
//! programs. Nothing of that needs a network. [`live`] asks the real thing, through whatever stands before it.
//!
//! To find something more: in a deployment, add it to `concierge_origins::Deployment`; in an answer, add a
//! [`live::Trouble`] with its sentence, raise it in `live/judge.rs`, and have a broken proxy in `tests/doctor.rs` cause it.

mod json;
mod live;
mod report;
mod subject;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use json::body;
pub(crate) use live::Examiner;
pub(crate) use report::Report;
pub(crate) use subject::Subject;
pub(crate) use text::write;
