//! `[visitor_sessions]`: where the sessions of visitors live.

use super::parse::one_of;
use super::reader::{Read, Reader};
use super::{Redis, RedisUrl};

/// Where visitor sessions live.
#[derive(Clone, Debug)]
pub struct VisitorSessions {
    /// The kind of store.
    pub store: VisitorSessionStore,
}

/// The kinds of store there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitorSessionStore {
    /// In the visitor's own cookie.
    Cookie,
    /// In this Redis server.
    Redis(RedisUrl),
}

impl VisitorSessions {
    pub(super) fn read(reader: &mut Reader, redis: &Read<Redis>) -> Read<Self> {
        let in_redis = one_of(&[("cookie", false), ("redis", true)]);
        if !reader.required("visitor_sessions.store", in_redis)? {
            return Ok(Self { store: VisitorSessionStore::Cookie });
        }
        match &redis.as_ref().map_err(|faulted| *faulted)?.url {
            Some(url) => Ok(Self { store: VisitorSessionStore::Redis(url.clone()) }),
            None => {
                let problem =
                    "visitor_sessions.store = \"redis\" needs to know where it is, here or in redis.url_file";
                Err(reader.missing("redis.url", problem))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with};
    use super::*;

    #[test]
    fn a_store_that_is_none_is_refused_with_those_there_are() {
        let faults = faults(&[("VISITOR_SESSIONS__STORE", "disk")]);
        assert!(faults[0].ends_with("expected \"cookie\" or \"redis\""), "{faults:?}");
    }

    #[test]
    fn redis_has_to_be_somewhere() {
        let store = ("VISITOR_SESSIONS__STORE", "redis");
        let expected = "redis.url (not set): visitor_sessions.store = \"redis\" needs to know where it is, here or in \
                        redis.url_file";
        assert_eq!(faults(&[store]), [expected]);
        assert_eq!(faults(&[store, ("REDIS__URL", "localhost")]).len(), 1, "one fault, not two");
        let settings = with(&[store, ("REDIS__URL", "redis://localhost")]).unwrap();
        let Redis { url, .. } = settings.redis;
        assert_eq!(settings.visitor_sessions.store, VisitorSessionStore::Redis(url.unwrap()));
    }
}
