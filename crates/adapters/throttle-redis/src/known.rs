//! The networks that accounts were logged in to from, in Redis.

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::StoreFailure;
use concierge_throttle::{Key, KnownNetworks};
use redis::{Script, cmd};

use crate::RedisConnections;

/// As many as the memory of a process keeps together.
const NETWORKS_OF_AN_ACCOUNT: usize = 16;

/// An account that is used is used from somewhere in this time.
const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);

/// [`KnownNetworks`] that all know who have the same server and key prefix: the latest sixteen of each account, until it has
/// been logged in to from nowhere for thirty days.
pub struct RedisKnownNetworks {
    connections: Arc<RedisConnections>,
    prefix: String,
    script: Arc<Script>,
}

impl RedisKnownNetworks {
    /// Remembers in keys whose names begin with `prefix`.
    pub fn new(connections: Arc<RedisConnections>, prefix: &str) -> Self {
        let script = Arc::new(Script::new(include_str!("remember.lua")));
        Self { connections, prefix: format!("{prefix}known:"), script }
    }

    fn name(&self, account: Key) -> String {
        format!("{}{:032x}", self.prefix, u128::from_be_bytes(*account.as_bytes()))
    }
}

impl KnownNetworks for RedisKnownNetworks {
    fn remember(&self, account: Key, network: Key) -> Result<(), StoreFailure> {
        let (script, name) = (Arc::clone(&self.script), self.name(account));
        self.connections.run(move |connection| {
            script
                .key(&name)
                .arg(network.as_bytes())
                .arg(NETWORKS_OF_AN_ACCOUNT)
                .arg(REMEMBERED.as_secs() * 1000)
                .invoke(connection)
        })
    }

    fn knows(&self, account: Key, network: Key) -> Result<bool, StoreFailure> {
        let mut call = cmd("ZSCORE");
        call.arg(self.name(account)).arg(network.as_bytes());
        self.connections.run(move |connection| match call.query::<Option<f64>>(connection) {
            // Something else is there: it knows nobody.
            Err(error) if error.code() == Some("WRONGTYPE") => Ok(false),
            last => last.map(|last| last.is_some()),
        })
    }
}
