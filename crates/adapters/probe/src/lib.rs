//! A small HTTP/1.1 client for asking a deployment what it answers: to the byte, and without help.
//!
//! A [`Probe`] sends exactly the method, target, headers and body it is told, over http and https, duplicates and odd
//! values included, and returns an [`Answer`] with every header in its order. It follows no redirect, keeps no
//! cookie, unpacks nothing. An answer has 10 seconds, unless it is told otherwise, and 1 MiB.
//!
//! It writes requests itself, over rustls, and reads with httparse. A client such as ureq was weighed and left: it sends
//! by `http::Uri` and `http::HeaderMap`, which refuse targets that a stranger may well send, mix headers of one
//! name out of their order, and add `Accept` and `User-Agent` unasked. What a kit has to see is what such a client is
//! made to smooth over. rustls brings aws-lc-rs, which signs the tokens anyway; the roots are the operating system's, so
//! that no list of authorities is compiled in, to grow old here.

mod answer;
mod error;
mod line;
mod probe;
mod request;
mod tls;

pub use answer::Answer;
pub use error::ProbeError;
pub use probe::Probe;
pub use request::Request;
pub use tls::{Trust, TrustError};
