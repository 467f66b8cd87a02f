//! What surrounds every route; see the crate's documentation for the order.

pub(crate) mod cors;
pub(crate) mod csrf;
pub(crate) mod envelope;
pub(crate) mod guard;
pub(crate) mod problems;
