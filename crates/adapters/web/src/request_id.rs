//! A name for every request, to find its log lines by.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::HttpMessage as _;
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue};
use concierge_kernel::Entropy;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The most characters of a client's own id that is kept.
const MAX_CHARS: usize = 64;

/// Makes ids that are unique across restarts and replicas: random bits of the process, then a count.
pub struct RequestIds {
    process: u64,
    next: AtomicU64,
}

/// The id of the request at hand, as the header carries it.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

impl RequestIds {
    /// A source whose ids differ from those of every other process.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut process = [0; 8];
        entropy.fill(&mut process);
        Self { process: u64::from_le_bytes(process), next: AtomicU64::new(0) }
    }

    /// The client's own id, if it has 1 to 64 of `[A-Za-z0-9_-]`, else a new one.
    pub(crate) fn keep_or_make(&self, offered: Option<&HeaderValue>) -> RequestId {
        match offered.filter(|offered| is_acceptable(offered.as_bytes())) {
            Some(offered) => RequestId(offered.clone()),
            None => {
                let count = self.next.fetch_add(1, Ordering::Relaxed);
                let id = format!("{:016x}-{count:x}", self.process);
                RequestId(HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("unnamed")))
            }
        }
    }
}

impl RequestId {
    /// The id of `request`; `-` before the envelope has given it one.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or(Self(HeaderValue::from_static("-")))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("-")
    }
}

fn is_acceptable(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=MAX_CHARS).contains(&id.len()) && id.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use concierge_contracts::doubles::SeededEntropy;

    use super::*;

    fn kept(offered: &str) -> String {
        let ids = RequestIds::new(&SeededEntropy::default());
        ids.keep_or_make(Some(&HeaderValue::from_str(offered).unwrap())).as_str().to_owned()
    }

    #[test]
    fn a_clients_own_id_is_kept_if_it_is_harmless() {
        let longest = "a".repeat(64);
        for id in ["a", "Trace_id-42", longest.as_str()] {
            assert_eq!(kept(id), id);
        }
        for id in ["", "a b", "a\tb", "<script>", "a".repeat(65).as_str()] {
            assert_ne!(kept(id), id);
        }
    }

    #[test]
    fn ids_that_are_made_differ() {
        let ids = RequestIds::new(&SeededEntropy::default());
        assert_ne!(ids.keep_or_make(None).as_str(), ids.keep_or_make(None).as_str());
    }
}
