//! `[visitor_sessions]`: where the sessions of visitors live.

use super::file::here_or_in_file;
use super::parse::{one_of, parsed, text};
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
        let in_redis = reader.required("visitor_sessions.store", in_redis);
        let (key, file_key) = ("visitor_sessions.redis_url", "visitor_sessions.redis_url_file");
        let direct = reader.optional(key, parsed(RedisUrl::parse));
        let file = reader.optional(file_key, text);
        let own = here_or_in_file(reader, (key, direct?), (file_key, file?), RedisUrl::parse)?;
        if !in_redis? {
            return Ok(Self { store: VisitorSessionStore::Cookie });
        }
        if let Some((_, url)) = own {
            return Ok(Self { store: VisitorSessionStore::Redis(url) });
        }
        match &redis.as_ref().map_err(|faulted| *faulted)?.url {
            Some(url) => Ok(Self { store: VisitorSessionStore::Redis(url.clone()) }),
            None => {
                let problem = "visitor_sessions.store = \"redis\" needs to know where it is, here, in redis.url_file or \
                               in visitor_sessions.redis_url";
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
        let expected = "redis.url (not set): visitor_sessions.store = \"redis\" needs to know where it is, here, in \
                        redis.url_file or in visitor_sessions.redis_url";
        assert_eq!(faults(&[store]), [expected]);
        assert_eq!(faults(&[store, ("REDIS__URL", "localhost")]).len(), 1, "one fault, not two");
        let settings = with(&[store, ("REDIS__URL", "redis://localhost")]).unwrap();
        let Redis { url, .. } = settings.redis;
        assert_eq!(settings.visitor_sessions.store, VisitorSessionStore::Redis(url.unwrap()));
    }

    #[test]
    fn a_server_of_their_own_comes_before_the_one_that_others_share() {
        let store = ("VISITOR_SESSIONS__STORE", "redis");
        let own = ("VISITOR_SESSIONS__REDIS_URL", "redis://:hunter2@visitors");
        for variables in [&[store, own][..], &[store, own, ("REDIS__URL", "redis://limits")]] {
            let settings = with(variables).unwrap();
            let VisitorSessionStore::Redis(url) = settings.visitor_sessions.store else { panic!("a cookie") };
            assert_eq!(url.expose(), own.1);
            let shown = settings.sources.get("visitor_sessions.redis_url").unwrap().value();
            assert_eq!(shown, Some(r#""redis://(hidden)@visitors""#));
        }
        let both = faults(&[store, own, ("VISITOR_SESSIONS__REDIS_URL_FILE", "/nowhere")]);
        assert!(both[0].contains("visitor_sessions.redis_url is set as well"), "{both:?}");
        assert_eq!(faults(&[("VISITOR_SESSIONS__REDIS_URL", "visitors")]).len(), 1);
    }
}
