//! What every domain needs and nothing else: [`Timestamp`] and the [`Clock`] that tells it, [`Entropy`],
//! the [`UserId`] that domains share, and [`StoreFailure`], the one way a store may break.
//!
//! Domains do not see each other; what two of them must name alike stands here. Before adding to this
//! crate, ask whether one domain could own the thing instead.

mod clock;
mod entropy;
mod id;
mod store_failure;

pub use clock::{Clock, MalformedTimestamp, Timestamp};
pub use entropy::Entropy;
pub use id::{MalformedId, UserId, UuidV7};
pub use store_failure::{BoxError, StoreFailure};
