//! What is known of the device a session is used on: enough for its user to recognise it.

use std::fmt;
use std::net::IpAddr;

use concierge_kernel::Timestamp;

/// Where a session's tokens were asked for from. Told by the client or by proxies, so never a proof of anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The client's address, an IPv4 one never in its IPv6-mapped form; `None` where it could not be told.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<UserAgent>,
}

/// When and where a session was last used: opened, or its refresh token rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// The moment.
    pub at: Timestamp,
    /// The device.
    pub device: Device,
}

/// A client's name for itself (RFC 9110, section 10.1.5): 1 to 256 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// The most characters (code points) that are kept.
    pub const MAX_CHARS: usize = 256;

    /// Keeps what of `text` can be shown: control characters are dropped, blanks around it too, and what is too
    /// long is cut. `None` when nothing is left. Cleaning twice changes nothing.
    pub fn clean(text: &str) -> Option<Self> {
        let visible: String = text.chars().filter(|character| !character.is_control()).collect();
        let cut: String = visible.trim().chars().take(Self::MAX_CHARS).collect();
        let kept = cut.trim_end();
        (!kept.is_empty()).then(|| Self(kept.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> Option<String> {
        UserAgent::clean(text).map(|agent| agent.to_string())
    }

    #[test]
    fn a_user_agent_is_kept_without_what_cannot_be_shown() {
        assert_eq!(cleaned("Mozilla/5.0 (X11; Linux)").as_deref(), Some("Mozilla/5.0 (X11; Linux)"));
        assert_eq!(cleaned(" a\u{1b}[31mb\tc\u{7f}\u{9b} ").as_deref(), Some("a[31mbc"));
        for nothing in ["", "  ", "\r\n", " \0 "] {
            assert_eq!(cleaned(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_long_user_agent_is_cut_between_characters_and_cleaning_it_again_changes_nothing() {
        assert_eq!(cleaned(&"é".repeat(256)), Some("é".repeat(256)));
        assert_eq!(cleaned(&"é".repeat(257)), Some("é".repeat(256)));
        let blank_at_the_cut = format!("{} {}", "a".repeat(255), "b".repeat(9));
        let once = cleaned(&blank_at_the_cut).unwrap();
        assert_eq!(once, "a".repeat(255));
        assert_eq!(cleaned(&once), Some(once));
    }
}
