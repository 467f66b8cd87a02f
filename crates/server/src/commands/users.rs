//! `concierge users`.

mod list;

use std::io;

use clap::Subcommand;
use concierge_audit::Act;
use concierge_hashing::HashingSettingsError;
use concierge_kernel::StoreFailure;
use concierge_tokens::RevocationReason;
use concierge_users::{
    ChangeUserError, InvalidStrengthFloor, NewPassword, NewPasswordError, RegisterError, Registration,
    RegistrationError, Role, Roles, RolesChange, SetPasswordError, User, UserChange, Username, UsernameError,
    UsernamePrefixError,
};
use secrecy::ExposeSecret as _;

use super::prompt::{PromptError, new_password};
use super::record::{record, record_change, record_end_of_all, roles_of};
use super::sessions::ended_sessions;
use super::tell;
use crate::wiring::Desk;

/// What can be done with users.
#[derive(Subcommand)]
pub(super) enum UsersCommand {
    /// Add a user. The password is asked for, or is the first line of standard input.
    Create {
        /// The username.
        name: String,
        /// Give the role admin as well.
        #[arg(long)]
        admin: bool,
    },
    /// Show users in the order of their names.
    List(list::ListCommand),
    /// Give the role admin. Sessions have it from their next refresh on.
    Promote {
        /// The username.
        name: String,
    },
    /// Take the role admin, and end all sessions of the user. The last enabled admin keeps it.
    Demote {
        /// The username.
        name: String,
    },
    /// Forbid to log in, and end all sessions of the user. The last enabled admin stays.
    Disable {
        /// The username.
        name: String,
    },
    /// Allow to log in again.
    Enable {
        /// The username.
        name: String,
    },
    /// Set another password, and end all sessions of the user. It is asked for, or is the first line of standard input.
    SetPassword {
        /// The username.
        name: String,
    },
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum UserError {
    #[error(transparent)]
    Name(#[from] UsernameError),
    #[error("there is no user {0}; `concierge users list` shows who there is")]
    Unknown(String),
    #[error("the username {0} is taken; `concierge users promote {0}` would make its user an admin")]
    Taken(Username),
    #[error(transparent)]
    Prompt(#[from] PromptError),
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error("{0} is the last enabled admin; make another one first: `concierge users promote NAME`")]
    LastAdmin(Username),
    #[error("cannot search")]
    Query(#[from] UsernamePrefixError),
    #[error("cannot create the user")]
    Register(#[source] RegisterError),
    #[error("cannot change the user")]
    Change(#[source] ChangeUserError),
    #[error("cannot set the password")]
    SetPassword(#[source] SetPasswordError),
    #[error("passwords cannot be hashed by these settings")]
    Hashing(#[from] HashingSettingsError),
    #[error(transparent)]
    Strength(#[from] InvalidStrengthFloor),
    #[error(transparent)]
    Store(#[from] StoreFailure),
    #[error("standard output is closed")]
    Output(#[from] io::Error),
}

pub(super) fn run(command: &UsersCommand, desk: &Desk<'_>) -> Result<(), UserError> {
    let said = match command {
        UsersCommand::Create { name, admin } => create(desk, name, *admin)?,
        UsersCommand::List(command) => return list::list(desk, command),
        UsersCommand::Promote { name } => {
            let change = UserChange::of_roles(RolesChange::Give(Role::Admin));
            format!("{}; sessions have the role from their next refresh on", changed(desk, name, &change)?)
        }
        UsersCommand::Demote { name } => {
            changed(desk, name, &UserChange::of_roles(RolesChange::Take(Role::Admin)))?
        }
        UsersCommand::Disable { name } => changed(desk, name, &UserChange::disable())?,
        UsersCommand::Enable { name } => changed(desk, name, &UserChange::enable())?,
        UsersCommand::SetPassword { name } => set_password(desk, name)?,
    };
    tell(&said);
    Ok(())
}

/// The user of this name, in whatever spelling.
pub(super) fn named(desk: &Desk<'_>, name: &str) -> Result<User, UserError> {
    let unknown = || UserError::Unknown(name.to_owned());
    // What is no username is nobody's.
    let username = Username::parse(name).map_err(|_| unknown())?;
    desk.find_user().named(&username)?.ok_or_else(unknown)
}

fn create(desk: &Desk<'_>, name: &str, admin: bool) -> Result<String, UserError> {
    // Before anybody types a password for nothing.
    let username = Username::parse(name)?;
    if desk.find_user().named(&username)?.is_some() {
        return Err(UserError::Taken(username));
    }
    let password = new_password()?;
    let registration = Registration::parse(name, password.expose_secret(), desk.password_floor()?)?;
    let roles = if admin { Roles::member().with(Role::Admin) } else { Roles::member() };
    let created = desk.create_user()?.create(registration, roles).map_err(|error| match error {
        RegisterError::UsernameTaken => UserError::Taken(username),
        other => UserError::Register(other),
    })?;
    record(desk, created.id, Act::UserCreated { roles: roles_of(&created) });
    Ok(format!("{}, id {}", describe(&created), created.id))
}

/// Changes a user and ends what must end; what they are then.
fn changed(desk: &Desk<'_>, name: &str, change: &UserChange) -> Result<String, UserError> {
    let user = named(desk, name)?;
    let changed = desk.change_user().change(user.id, change, None).map_err(|error| match error {
        ChangeUserError::UnknownUser => UserError::Unknown(name.to_owned()),
        ChangeUserError::LastAdmin => UserError::LastAdmin(user.username),
        other => UserError::Change(other),
    })?;
    record_change(desk, &changed);
    let reason = match (change.disables(), change.takes_roles()) {
        (true, _) => RevocationReason::Disabled,
        (false, true) => RevocationReason::RolesChanged,
        (false, false) => return Ok(describe(&changed.after)),
    };
    // After the change, and even if it changed nothing: the first try may have failed here.
    let ended = desk.end_session().end_all(user.id, reason)?;
    record_end_of_all(desk, user.id, reason, ended.len());
    Ok(format!("{}; {}", describe(&changed.after), ended_sessions(ended.len())))
}

fn set_password(desk: &Desk<'_>, name: &str) -> Result<String, UserError> {
    let user = named(desk, name)?;
    let password = new_password()?;
    let password = NewPassword::parse(password.expose_secret(), &user.username, desk.password_floor()?)?;
    desk.set_password()?.set(user.id, &password).map_err(|error| match error {
        SetPasswordError::UnknownUser => UserError::Unknown(name.to_owned()),
        other => UserError::SetPassword(other),
    })?;
    record(desk, user.id, Act::PasswordSet);
    let ended = desk.end_session().end_all(user.id, RevocationReason::PasswordSet)?;
    record_end_of_all(desk, user.id, RevocationReason::PasswordSet, ended.len());
    Ok(format!("{} has another password; {}", user.username, ended_sessions(ended.len())))
}

fn describe(user: &User) -> String {
    let may = if user.disabled_at.is_some() { "disabled" } else { "enabled" };
    format!("{}: {}, {may}", user.username, role_names(user))
}

fn role_names(user: &User) -> String {
    roles_of(user).join("+")
}
