use super::*;

/// One act of every kind, and more where they differ in their parts.
fn acts() -> Vec<Act> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut acts = vec![
        Act::UserRegistered,
        Act::LoginSucceeded,
        Act::LoginThrottled { limit: "login-pair".to_owned() },
        Act::RefreshTokenReused,
        Act::SessionRevoked { reason: "logout".to_owned() },
        Act::SessionsRevoked { reason: "device".to_owned(), sessions: u64::MAX },
        Act::PasswordChanged,
        Act::PasswordChangeFailed,
        Act::UserCreated { roles: names(&["user"]) },
        Act::UserCreated { roles: Vec::new() },
        Act::RolesChanged { before: names(&["user", "admin"]), after: names(&["user"]) },
        Act::UserDisabled,
        Act::UserEnabled,
        Act::PasswordSet,
    ];
    acts.extend(LoginFailure::ALL.map(|reason| Act::LoginFailed { reason }));
    acts
}

#[test]
fn every_act_comes_back_from_its_name_and_details() {
    for act in acts() {
        assert_eq!(Act::restore(act.name(), act.details()), act);
    }
    for kind in Kind::ALL {
        assert!(acts().iter().any(|act| act.name() == kind.as_str()), "{kind} is tested");
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
    assert_eq!("Login_failed".parse::<Kind>(), Err(crate::UnknownKind));
}

#[test]
fn what_this_version_does_not_know_loses_neither_name_nor_details() {
    let text = |name: &str, text: &str| (name.to_owned(), Detail::Text(text.to_owned()));
    let wrong_type = (SESSIONS.to_owned(), Detail::Names(vec!["seven".to_owned()]));
    let table = [
        ("user_beamed_up", vec![text("by", "scotty")]),
        ("", vec![]),
        // Known, but with a part more, a part less, or a part that says what this version cannot read.
        ("login_succeeded", vec![text("by", "passkey")]),
        ("session_revoked", vec![text(REASON, "logout"), text("by", "passkey")]),
        ("session_revoked", vec![]),
        ("login_failed", vec![text(REASON, "moonstruck")]),
        ("sessions_revoked", vec![text(REASON, "device"), wrong_type]),
    ];
    for (name, details) in table {
        let details = Details::from_iter(details);
        let act = Act::restore(name, details.clone());
        assert!(matches!(act, Act::Unknown(_)), "{act:?}");
        assert_eq!((act.name(), act.details()), (name, details));
    }
}
