//! `concierge users list`.

use std::io::{self, Write};

use clap::Args;
use concierge_users::{Role, User, UserQuery, UsernamePrefix};
use serde_json::{Value, json};

use super::{UserError, role_names};
use crate::wiring::Desk;

/// Which users, and how they are shown.
#[derive(Args)]
pub(crate) struct ListCommand {
    /// Those alone whose names begin so, in any case.
    #[arg(long, default_value = "", hide_default_value = true)]
    query: String,
    /// At most so many.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// As a JSON array, with the fields of GET /admin/users.
    #[arg(long)]
    json: bool,
}

pub(super) fn list(desk: &Desk<'_>, command: &ListCommand) -> Result<(), UserError> {
    let prefix = UsernamePrefix::parse(&command.query)?;
    let page = desk.list_users().page(UserQuery { prefix, after: None, limit: command.limit })?;
    let mut out = io::stdout().lock();
    if command.json {
        writeln!(out, "{}", page.users.iter().map(as_json).collect::<Value>())?;
    } else {
        table(&page.users, &mut out)?;
        if page.next.is_some() {
            writeln!(out, "There are more: raise --limit, or narrow them down with --query.")?;
        }
    }
    Ok(out.flush()?)
}

fn table(users: &[User], out: &mut impl Write) -> io::Result<()> {
    let rows = users.iter().map(|user| {
        let state = match user.disabled_at {
            Some(since) => format!("disabled since {since}"),
            None => "enabled".to_owned(),
        };
        [user.username.to_string(), role_names(user), user.created_at.to_string(), user.id.to_string(), state]
    });
    let titles = ["NAME", "ROLES", "CREATED", "ID", "STATE"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(titles).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    for [name, roles, created, id, state] in &rows {
        let [name_width, roles_width, created_width, id_width] = widths;
        writeln!(
            out,
            "{name:name_width$}  {roles:roles_width$}  {created:created_width$}  {id:id_width$}  {state}"
        )?;
    }
    Ok(())
}

fn as_json(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "username": user.username.as_str(),
        "roles": user.roles.iter().map(Role::as_str).collect::<Vec<_>>(),
        "disabled": user.disabled_at.is_some(),
        "created_at": user.created_at.to_string(),
        "disabled_at": user.disabled_at.map(|moment| moment.to_string()),
    })
}
