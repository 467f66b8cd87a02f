//! `[visitor_sessions]`: where the sessions of visitors live.

use super::parse::parsed;
use super::reader::{Read, Reader};

/// Where visitor sessions live.
#[derive(Clone, Debug)]
pub struct VisitorSessions {
    /// The kind of store.
    pub store: VisitorSessionStore,
}

/// The kinds of store this version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitorSessionStore {
    /// In the visitor's own cookie.
    Cookie,
}

impl VisitorSessions {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let store = reader.required(
            "visitor_sessions.store",
            parsed(|text| match text {
                "cookie" => Ok(VisitorSessionStore::Cookie),
                "redis" => {
                    Err("this version has no Redis store yet, only \"cookie\" is available".to_owned())
                }
                _ => Err("expected \"cookie\"".to_owned()),
            }),
        );
        Ok(Self { store: store? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::faults;

    #[test]
    fn a_store_other_than_the_cookie_is_refused_with_the_reason() {
        assert!(faults(&[("VISITOR_SESSIONS__STORE", "redis")])[0].ends_with("only \"cookie\" is available"));
        assert!(faults(&[("VISITOR_SESSIONS__STORE", "disk")])[0].ends_with("expected \"cookie\""));
    }
}
