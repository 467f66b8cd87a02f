//! The registry in force, which can be replaced as a whole while requests are answered.

use std::sync::Arc;

use actix_web::{HttpMessage as _, HttpRequest};
use arc_swap::ArcSwap;
use concierge_origins::Registry;

/// Which origins may call, now. A request goes on to its end with the registry that it began with.
pub struct LiveOrigins(ArcSwap<Registry>);

impl LiveOrigins {
    /// Begins with `registry`.
    pub fn new(registry: Registry) -> Self {
        Self(ArcSwap::from_pointee(registry))
    }

    /// Replaces the registry for every request that comes from now on.
    pub fn install(&self, registry: Registry) {
        self.0.store(Arc::new(registry));
    }

    /// The registry in force.
    pub fn registry(&self) -> Arc<Registry> {
        self.0.load_full()
    }

    /// The registry in force, kept for whatever else asks in the course of this request.
    pub(crate) fn pin(&self, request: &HttpRequest) -> Arc<Registry> {
        let registry = self.registry();
        request.extensions_mut().insert(Arc::clone(&registry));
        registry
    }

    /// The registry that was pinned for this request.
    pub(crate) fn pinned(&self, request: &HttpRequest) -> Arc<Registry> {
        pinned(request).unwrap_or_else(|| self.registry())
    }
}

/// The registry that was pinned for this request; there is one once CORS has seen it.
pub(crate) fn pinned(request: &HttpRequest) -> Option<Arc<Registry>> {
    request.extensions().get::<Arc<Registry>>().cloned()
}
