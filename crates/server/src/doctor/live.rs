//! Asks a running deployment what a page would ask, and says what comes between the page and the API.
//!
//! Every answer of concierge carries the request's id and the CORS headers, its failures are problem details. Whatever
//! lacks them was made or changed on the way. Nothing that is asked changes anything: the visitor cookie lives in the
//! answer alone, and a logout without a session only expires cookies. What a limit of requests answers (429) is not
//! provoked: it would lock out whoever shares the address.

mod asks;
mod examiner;
mod judge;
mod set_cookie;
mod trouble;

#[cfg(test)]
mod tests;

pub(crate) use examiner::{Course, Examiner, Symptom};
