//! The three environments concierge runs in, and the file compiled in for each.

use std::fmt;
use std::str::FromStr;

/// Where concierge runs; chosen by `CONCIERGE_ENV`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine; what an unset variable means.
    #[default]
    Development,
    /// Automated tests.
    Test,
    /// Real users; the strictest checks.
    Production,
}

/// The text names none of the three environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected development, test or production")]
pub struct UnknownEnvironment;

impl Environment {
    /// The name, as `CONCIERGE_ENV` and the settings files spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Production => "production",
        }
    }

    /// Whether real users are served.
    pub fn is_production(self) -> bool {
        self == Self::Production
    }

    /// The settings file of this environment as it was when the binary was built.
    pub(super) fn compiled_in(self) -> &'static str {
        match self {
            Self::Development => include_str!("../../../../config/development.toml"),
            Self::Test => include_str!("../../../../config/test.toml"),
            Self::Production => include_str!("../../../../config/production.toml"),
        }
    }
}

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        let all = [Self::Development, Self::Test, Self::Production];
        all.into_iter().find(|environment| environment.name() == text).ok_or(UnknownEnvironment)
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
