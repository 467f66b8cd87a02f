//! The limits there are, and their quotas.

use crate::Quota;

/// What is limited, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Failed logins to one account from one network, and wrong passwords within one session.
    LoginPair,
    /// Failed logins from one network, to whatever account.
    LoginAddress,
    /// Failed logins to one account from all networks that it has not been logged in to from, by clients that show nothing of it.
    LoginAccount,
    /// Registrations from one network.
    RegisterAddress,
    /// Refreshes of one session.
    RefreshSession,
    /// Sessions that visitors of one network are given.
    VisitorAddress,
    /// Words in the log about one key of one limit.
    Report,
    /// Words in the log about all of them.
    Reports,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 8] = [
        Self::LoginPair,
        Self::LoginAddress,
        Self::LoginAccount,
        Self::RegisterAddress,
        Self::RefreshSession,
        Self::VisitorAddress,
        Self::Report,
        Self::Reports,
    ];

    /// The name that clients and logs are told: lower-case letters and hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Self::LoginPair => "login-pair",
            Self::LoginAddress => "login-address",
            Self::LoginAccount => "login-account",
            Self::RegisterAddress => "register-address",
            Self::RefreshSession => "refresh-session",
            Self::VisitorAddress => "visitor-address",
            Self::Report => "report",
            Self::Reports => "reports",
        }
    }
}

/// A quota for each limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Of [`Limit::LoginPair`].
    pub login_pair: Quota,
    /// Of [`Limit::LoginAddress`].
    pub login_address: Quota,
    /// Of [`Limit::LoginAccount`]. Should outlast `login_pair`, or one network could keep an account's owner out
    /// everywhere else.
    pub login_account: Quota,
    /// Of [`Limit::RegisterAddress`].
    pub register_address: Quota,
    /// Of [`Limit::RefreshSession`].
    pub refresh_session: Quota,
    /// Of [`Limit::VisitorAddress`].
    pub visitor_address: Quota,
}

/// Once in a quarter of an hour for each key, so that it is known who is held off and since when.
const REPORT: Result<Quota, crate::MalformedQuota> = Quota::new(1, 900);
/// And for all keys together no more than a log can bear.
const REPORTS: Result<Quota, crate::MalformedQuota> = Quota::new(60, 60);

impl Quotas {
    /// The quota of a limit.
    pub fn of(&self, limit: Limit) -> Quota {
        match limit {
            Limit::LoginPair => self.login_pair,
            Limit::LoginAddress => self.login_address,
            Limit::LoginAccount => self.login_account,
            Limit::RegisterAddress => self.register_address,
            Limit::RefreshSession => self.refresh_session,
            Limit::VisitorAddress => self.visitor_address,
            Limit::Report => const { valid(REPORT) },
            Limit::Reports => const { valid(REPORTS) },
        }
    }
}

/// Looked at when this is compiled: a constant that is no quota does not build.
const fn valid(quota: Result<Quota, crate::MalformedQuota>) -> Quota {
    match quota {
        Ok(quota) => quota,
        #[expect(clippy::panic, reason = "it stops the compiler, never the program")]
        Err(_) => panic!("a constant is no quota"),
    }
}
