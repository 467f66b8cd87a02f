//! The use case of somebody who looks for users: page by page, in the order of their names.

use std::sync::Arc;

use concierge_kernel::StoreFailure;

use crate::{User, UserStore, Username, UsernamePrefix};

/// Which users, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserQuery {
    /// Those whose names begin so.
    pub prefix: UsernamePrefix,
    /// Those whose names come after this one.
    pub after: Option<Username>,
    /// At most so many.
    pub limit: u32,
}

impl UserQuery {
    /// Where the names begin that it asks for: after the name returned, or else at the prefix itself.
    ///
    /// One bound instead of two: a database would follow one of them through its index and read past the other.
    pub fn after_the_prefix(&self) -> Option<&Username> {
        self.after.as_ref().filter(|after| after.as_str() >= self.prefix.as_str())
    }

    /// Whether it asks for this name.
    pub fn asks_for(&self, username: &Username) -> bool {
        self.prefix.begins(username) && self.after.as_ref().is_none_or(|after| username > after)
    }
}

/// Some users in the order of their names, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPage {
    /// The users.
    pub users: Vec<User>,
    /// The last name of this page, to ask for what comes after; `None` when nothing does.
    pub next: Option<Username>,
}

/// Lists users.
pub struct ListUsers {
    store: Arc<dyn UserStore>,
}

impl ListUsers {
    /// A look into `store`.
    pub fn new(store: Arc<dyn UserStore>) -> Self {
        Self { store }
    }

    /// The first users that `query` asks for. Who goes on after the last name of each page meets everybody once who is
    /// there all the time, whoever else comes meanwhile.
    pub fn page(&self, query: UserQuery) -> Result<UserPage, StoreFailure> {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        // One more than asked for tells whether there is more.
        let mut users = self.store.page(&UserQuery { limit: query.limit.saturating_add(1), ..query })?;
        let more = users.len() > limit;
        users.truncate(limit);
        let next = users.last().filter(|_| more).map(|user| user.username.clone());
        Ok(UserPage { users, next })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::Credentials;
    use crate::fakes::{FakeStore, hash_of, user};

    fn names(page: &UserPage) -> Vec<&str> {
        page.users.iter().map(|user| user.username.as_str()).collect()
    }

    #[test]
    fn pages_follow_each_other_and_the_last_says_so() {
        let users = ["bob", "carol", "alice", "alan"].map(|name| {
            let password_hash = hash_of("new", "x");
            Credentials { user: user(name), password_hash }
        });
        let store = FakeStore { users: Mutex::new(users.to_vec()), ..FakeStore::default() };
        let list = ListUsers::new(Arc::new(store));
        let page = |prefix: &str, after: Option<Username>, limit| {
            let prefix = UsernamePrefix::parse(prefix).unwrap();
            list.page(UserQuery { prefix, after, limit }).unwrap()
        };
        let first = page("", None, 3);
        assert_eq!(names(&first), ["alan", "alice", "bob"]);
        let rest = page("", first.next, 3);
        assert_eq!((names(&rest), &rest.next), (vec!["carol"], &None));
        let exactly = page("", None, 4);
        assert_eq!((exactly.users.len(), exactly.next), (4, None));
        assert_eq!(names(&page("AL", None, 3)), ["alan", "alice"]);
    }

    #[test]
    fn of_two_beginnings_the_later_counts() {
        let query = |prefix: &str, after: &str| UserQuery {
            prefix: UsernamePrefix::parse(prefix).unwrap(),
            after: Some(Username::parse(after).unwrap()),
            limit: 1,
        };
        assert_eq!(query("bo", "alice").after_the_prefix(), None);
        let after_bob = query("bo", "bob");
        assert_eq!(after_bob.after_the_prefix().map(Username::as_str), Some("bob"));
        assert!(!after_bob.asks_for(&Username::parse("bob").unwrap()));
        assert!(after_bob.asks_for(&Username::parse("bobby").unwrap()));
        assert!(!after_bob.asks_for(&Username::parse("carol").unwrap()));
    }
}
