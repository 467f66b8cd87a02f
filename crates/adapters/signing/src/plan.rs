//! When each key signs and verifies: what the folder's `keys.json` says.
//!
//! Everything here is a matter of dates, so that instances which read one plan agree without talking to each
//! other, and a rotation that is written down now begins a little later, when all have read it.

mod wire;

use std::time::Duration;

use concierge_kernel::Timestamp;

use crate::KeyAlgorithm;
pub use wire::Kid;
use wire::{Entry, Moment};

/// How long after it was decided a rotation begins. Running servers read the plan once a second, and none may
/// meet a token of a key that it has not read about.
const LEAD: Duration = Duration::from_secs(3);

/// For how long an instance may go on signing with the old key because it could not read the plan.
const LATE: Duration = Duration::from_secs(3600);

/// Which keys there are and when each of them counts. The token secret is one of them: it signs until a key
/// pair does.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(crate) keys: Vec<Entry>,
    /// `None` while it signs.
    secret_verifies_until: Option<Moment>,
}

/// Who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// The token secret, with HS256.
    Secret,
    /// A key pair.
    Key(Kid),
}

/// What the plan says of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Who signs.
    pub signing: SignedBy,
    /// The other key pairs that verify.
    pub verifying: Vec<Kid>,
    /// Whether the token secret verifies.
    pub secret_verifies: bool,
}

/// What a key is to the service at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has never signed. It is published and verifies already.
    Standby,
    /// It signs from this moment on.
    Next(Timestamp),
    /// It signs.
    Signing(Timestamp),
    /// It has signed, and verifies until this moment.
    Verifying(Timestamp),
    /// The last token it signed has expired.
    Expired(Timestamp),
}

/// One key of the plan, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Its name; `None` for the token secret.
    pub kid: Option<Kid>,
    /// What a key pair is for; `None` for the token secret, which is for HS256.
    pub algorithm: Option<KeyAlgorithm>,
    /// When it was made; `None` for the token secret, which was there before.
    pub created: Option<Timestamp>,
    /// What it is.
    pub standing: Standing,
}

/// Why the plan does not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no such key.
    #[error("there is no key {0}; `concierge keys list` shows those there are")]
    NoSuchKey(String),
    /// The key is there already.
    #[error("the key {0} is there already")]
    Present(Kid),
    /// It is the signing key already, or about to be.
    #[error("{0} is the signing key already")]
    AlreadySigning(String),
    /// It signs.
    #[error("{0} signs: make another the signing key first, with `concierge keys rotate`")]
    Signs(String),
    /// It signs until a rotation begins.
    #[error("{kid} signs until {until}, when the rotation begins: try again then")]
    SignsUntil {
        /// The key.
        kid: String,
        /// When the rotation begins.
        until: Timestamp,
    },
    /// Sessions depend on it.
    #[error(
        "{kid} is needed until {until}, when the last token it signed expires. Retire it then, or now with --now, \
         which ends every session that has not been refreshed since the rotation"
    )]
    StillNeeded {
        /// The key.
        kid: String,
        /// When it is no longer needed.
        until: Timestamp,
    },
}

/// How the token secret is called where a key is named.
pub(crate) const SECRET: &str = "secret";

impl Plan {
    /// Who signs and who verifies at `now`.
    pub fn duty(&self, now: Timestamp) -> Duty {
        let signing = self.signing(now).map(|entry| entry.kid.clone());
        let verifies = |entry: &&Entry| {
            Some(&entry.kid) != signing.as_ref() && entry.verifies_until.is_none_or(|until| until.0 > now)
        };
        Duty {
            verifying: self.keys.iter().filter(verifies).map(|entry| entry.kid.clone()).collect(),
            secret_verifies: signing.is_none()
                || self.secret_verifies_until.is_none_or(|until| until.0 > now),
            signing: signing.map_or(SignedBy::Secret, SignedBy::Key),
        }
    }

    /// Every key and its standing at `now`, the token secret first.
    pub fn list(&self, now: Timestamp) -> Vec<ListedKey> {
        let standing = match (self.signing(now), self.secret_verifies_until) {
            (Some(_), Some(until)) => ended(until.0, now),
            _ => Standing::Signing(Timestamp::EPOCH),
        };
        let secret = ListedKey { kid: None, algorithm: None, created: None, standing };
        let pairs = self.keys.iter().map(|entry| ListedKey {
            kid: Some(entry.kid.clone()),
            algorithm: Some(entry.algorithm.0),
            created: Some(entry.created.0),
            standing: self.standing(entry, now),
        });
        std::iter::once(secret).chain(pairs).collect()
    }

    pub(crate) fn add(&mut self, kid: Kid, algorithm: KeyAlgorithm, now: Timestamp) -> Result<(), PlanError> {
        if self.keys.iter().any(|entry| entry.kid == kid) {
            return Err(PlanError::Present(kid));
        }
        self.keys.push(Entry {
            kid,
            algorithm: wire::Algorithm(algorithm),
            created: Moment(now),
            signs_from: None,
            verifies_until: None,
        });
        Ok(())
    }

    /// Makes `kid` the signing key a few seconds from `now`. What signs until then verifies on for as long as a
    /// token of it, which lives `lifetime`, can be around. Returns when the rotation begins.
    pub(crate) fn rotate(
        &mut self,
        kid: &str,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<Timestamp, PlanError> {
        let place = self.place(kid)?;
        let last = self.last().and_then(|entry| Some((entry.kid.clone(), entry.signs_from?)));
        // Later than any other, or the two would be the signing key at once.
        let begins = match last {
            Some((last, _)) if last.as_str() == kid => {
                return Err(PlanError::AlreadySigning(kid.to_owned()));
            }
            Some((_, from)) => now.plus(LEAD).max(from.0.plus(Duration::from_secs(1))),
            None => now.plus(LEAD),
        };
        let until = Moment(begins.plus(lifetime).plus(LATE));
        for entry in self.keys.iter_mut().filter(|entry| entry.signs_from.is_some()) {
            entry.verifies_until.get_or_insert(until);
        }
        self.secret_verifies_until.get_or_insert(until);
        if let Some(entry) = self.keys.get_mut(place) {
            entry.signs_from = Some(Moment(begins));
            entry.verifies_until = None;
        }
        Ok(begins)
    }

    /// Takes a key away that no longer signs; one that is still needed only if `at_once`.
    pub(crate) fn retire(&mut self, kid: &str, now: Timestamp, at_once: bool) -> Result<(), PlanError> {
        let place = if kid == SECRET { None } else { Some(self.place(kid)?) };
        let until = match place.and_then(|place| self.keys.get(place)) {
            Some(entry) => entry.verifies_until,
            None => self.secret_verifies_until,
        };
        let named = || kid.to_owned();
        let signing = self.signing(now).map_or(SECRET, |entry| entry.kid.as_str());
        let last = self.last();
        match last.and_then(|entry| entry.signs_from) {
            Some(from) if signing == kid && from.0 > now => {
                return Err(PlanError::SignsUntil { kid: named(), until: from.0 });
            }
            _ if signing == kid || last.is_some_and(|entry| entry.kid.as_str() == kid) => {
                return Err(PlanError::Signs(named()));
            }
            _ => {}
        }
        if let Some(until) = until.filter(|until| until.0 > now && !at_once) {
            return Err(PlanError::StillNeeded { kid: named(), until: until.0 });
        }
        match place {
            Some(place) => drop(self.keys.remove(place)),
            None => self.secret_verifies_until = Some(Moment(now)),
        }
        Ok(())
    }

    fn place(&self, kid: &str) -> Result<usize, PlanError> {
        let place = self.keys.iter().position(|entry| entry.kid.as_str() == kid);
        place.ok_or_else(|| PlanError::NoSuchKey(kid.to_owned()))
    }

    fn signing(&self, now: Timestamp) -> Option<&Entry> {
        let begun = self.keys.iter().filter(|entry| entry.signs_from.is_some_and(|from| from.0 <= now));
        begun.max_by_key(|entry| entry.signs_from)
    }

    /// The key of the last rotation, begun or not.
    fn last(&self) -> Option<&Entry> {
        self.keys.iter().filter(|entry| entry.signs_from.is_some()).max_by_key(|entry| entry.signs_from)
    }

    fn standing(&self, entry: &Entry, now: Timestamp) -> Standing {
        match (entry.signs_from, entry.verifies_until) {
            (None, _) => Standing::Standby,
            (Some(from), _) if from.0 > now => Standing::Next(from.0),
            (Some(from), _) if self.signing(now).is_some_and(|signing| signing.kid == entry.kid) => {
                Standing::Signing(from.0)
            }
            (Some(_), Some(until)) => ended(until.0, now),
            (Some(from), None) => Standing::Verifying(from.0.max(now)),
        }
    }
}

fn ended(until: Timestamp, now: Timestamp) -> Standing {
    if until > now { Standing::Verifying(until) } else { Standing::Expired(until) }
}

#[cfg(test)]
mod tests;
