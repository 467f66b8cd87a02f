//! What today's browsers do with a cookie that the API sets in an answer to a frontend's call, and why.

mod judge;
mod verdict;

#[cfg(test)]
mod tests;

pub use judge::Call;
pub use verdict::{Browser, DropReason, Evidence, Verdict};
