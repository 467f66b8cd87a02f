//! Limits that several processes share, for as long as they can be reached.

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure};

use crate::circuit::{Circuit, Lookout};
use crate::{Key, KnownNetworks, Limit, RateLimiter, Verdict};

/// A limiter and a memory of networks that other processes use too, beside those that each process has to itself. Both are
/// asked, and whoever is refused by one is refused: neither ever counts more than there was, so neither refuses wrongly.
///
/// When what is shared fails or is slow, each process goes on by its own alone, at once: nothing is asked of it until a
/// [`look`](Self::look) has found it well again. As the own limiter has counted all along, nobody whom it has seen gets
/// fresh tries from an outage, nor from a server that has forgotten everything in it.
pub struct SharedLimits {
    limiter: Arc<dyn RateLimiter>,
    known: Arc<dyn KnownNetworks>,
    circuit: Circuit,
}

/// By which a [`look`](SharedLimits::look) takes its cell: one that no session has.
const LOOK: Limit = Limit::RefreshSession;

impl SharedLimits {
    /// Shares by `limiter` and `known`, which are one server's. When a call takes longer than `patience`, that server counts
    /// as gone from then on; `lookout` is told.
    pub fn new(
        limiter: Arc<dyn RateLimiter>,
        known: Arc<dyn KnownNetworks>,
        clock: Arc<dyn Clock>,
        patience: Duration,
        lookout: Arc<dyn Lookout>,
    ) -> Self {
        Self { limiter, known, circuit: Circuit::new(clock, patience, lookout) }
    }

    /// Finds out whether what is shared works, by all that is ever asked of it, about a key that is nobody's: what one call is
    /// refused would else open the circuit again and again. To be called again and again, by one caller, who may have to wait.
    pub fn look(&self) {
        let key = Key::look();
        self.circuit.trial(&[
            &|| self.limiter.take(LOOK, key).map(drop),
            &|| self.limiter.give_back(LOOK, key),
            &|| self.known.remember(key, key),
            &|| self.known.knows(key, key).map(drop),
        ]);
    }

    /// Whether limits are shared just now. Never blocks.
    ///
    /// # Errors
    /// They are not.
    pub fn check(&self) -> Result<(), StoreFailure> {
        if self.circuit.is_closed() {
            return Ok(());
        }
        Err(StoreFailure::Unavailable("limits are each server's own until what they share is back".into()))
    }

    /// `None` when this process is alone.
    pub(crate) fn take(&self, limit: Limit, key: Key) -> Option<Verdict> {
        self.circuit.call(|| self.limiter.take(limit, key))
    }

    /// What cannot be given back stays taken until it comes back by itself.
    pub(crate) fn give_back(&self, limit: Limit, key: Key) {
        self.circuit.call(|| self.limiter.give_back(limit, key)).unwrap_or_default();
    }

    pub(crate) fn remember(&self, account: Key, network: Key) {
        self.circuit.call(|| self.known.remember(account, network)).unwrap_or_default();
    }

    /// Knows nobody when this process is alone.
    pub(crate) fn knows(&self, account: Key, network: Key) -> bool {
        self.circuit.call(|| self.known.knows(account, network)).unwrap_or_default()
    }
}
