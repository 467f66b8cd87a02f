//! Failed logins.
//!
//! Three limits hold at once. One account tried from one network has few tries; one network has more, for all accounts
//! together; one account has more still, from all networks together, which is what stands against guessing from
//! thousands of them. That last limit alone would let strangers lock an account's owner out, so it does not hold for
//! networks from which the account was logged in to before, nor for a client that shows a token of a session of the
//! account: those are limited by that session instead.

use std::sync::Arc;

use concierge_kernel::StoreFailure;

use crate::turnstile::Turnstile;
use crate::{Admission, ClientNetwork, Key, KnownNetworks, Limit, RateLimiter, SharedLimits, ThrottleError};

/// Limits failed logins.
pub struct ThrottleLogins {
    turnstile: Turnstile,
    known: Arc<dyn KnownNetworks>,
}

/// A login that may be tried. It counts as failed unless one of the two methods of [`ThrottleLogins`] that take it is
/// called.
#[derive(Debug)]
#[must_use = "whether its cells count depends on how it ends"]
pub struct LoginAdmission {
    cells: Admission,
    /// The account, when the name was one, and the network.
    pair: Option<(Key, Key)>,
}

impl ThrottleLogins {
    /// Limits by `limiter`, and by what `known` remembers.
    pub fn new(limiter: Arc<dyn RateLimiter>, known: Arc<dyn KnownNetworks>) -> Self {
        Self { turnstile: Turnstile::new(limiter), known }
    }

    /// Limits by what others share, too, and knows whom they know.
    #[must_use]
    pub fn sharing(mut self, shared: Arc<SharedLimits>) -> Self {
        self.turnstile.shared = Some(shared);
        self
    }

    /// Takes what a login may cost, before its password is looked at: a thousand guesses at once are a thousand.
    ///
    /// `account` is the canonical username, whether there is such a user or not: who is told to wait learns nothing of
    /// that. It is `None` when what was typed is no username; then the network alone is counted. `shown` is a session of
    /// this very account, ended or not, of which the client has shown an authentic token: it has been logged in before.
    pub fn admit(
        &self,
        client: ClientNetwork,
        account: Option<&str>,
        shown: Option<&[u8; 16]>,
    ) -> Result<LoginAdmission, ThrottleError> {
        let network = Key::network(client);
        let pair = account.map(|name| (Key::account(name), network));
        let mut wanted = Vec::with_capacity(3);
        if let Some((account, network)) = pair {
            wanted.push((Limit::LoginPair, Key::pair(account, network)));
        }
        wanted.push((Limit::LoginAddress, network));
        if let Some((account, network)) = pair
            && !self.knows(account, network)?
        {
            // A token that was stolen must not be worth more guesses than one network is.
            let by_session = |session| (Limit::LoginPair, Key::session(session));
            wanted.push(shown.map_or((Limit::LoginAccount, account), by_session));
        }
        Ok(LoginAdmission { cells: self.turnstile.admit(wanted)?, pair })
    }

    /// Takes what it may cost that somebody who is logged in to `account` shows its password once more, before it is
    /// looked at. Their session alone is counted, as if it were a network: nobody else can use up what it has.
    pub fn admit_within(
        &self,
        session: &[u8; 16],
        client: ClientNetwork,
        account: &str,
    ) -> Result<LoginAdmission, ThrottleError> {
        let cells = self.turnstile.admit(vec![(Limit::LoginPair, Key::session(session))])?;
        Ok(LoginAdmission { cells, pair: Some((Key::account(account), Key::network(client))) })
    }

    /// The password was right: the login costs nothing, and the network is known from now on.
    pub fn succeeded(&self, login: LoginAdmission) -> Result<(), StoreFailure> {
        let remembered = login.pair.map_or(Ok(()), |(account, network)| self.remember(account, network));
        self.turnstile.excuse(login.cells).and(remembered)
    }

    /// The login ended without a word on the password, by no fault of the client's: it costs nothing.
    pub fn excuse(&self, login: LoginAdmission) -> Result<(), StoreFailure> {
        self.turnstile.excuse(login.cells)
    }

    /// The account was made or its session carried on from this network, which is as good as a login.
    pub fn welcome(&self, client: ClientNetwork, account: &str) -> Result<(), StoreFailure> {
        self.remember(Key::account(account), Key::network(client))
    }

    fn remember(&self, account: Key, network: Key) -> Result<(), StoreFailure> {
        if let Some(shared) = &self.turnstile.shared {
            shared.remember(account, network);
        }
        self.known.remember(account, network)
    }

    /// What was remembered while this process was alone, the others may not have heard of.
    fn knows(&self, account: Key, network: Key) -> Result<bool, StoreFailure> {
        let shared = || self.turnstile.shared.as_ref().is_some_and(|shared| shared.knows(account, network));
        Ok(self.known.knows(account, network)? || shared())
    }
}
