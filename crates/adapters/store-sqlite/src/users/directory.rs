//! Users as those who administer see them: page by page, and changed in one step.

use std::collections::HashMap;

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_users::{ChangeUserError, Changed, Role, User, UserChange, UserQuery};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sqlite::Sqlite;

use super::{UserRow, insert_roles, roles_of};
use crate::SqliteDatabase;
use crate::failure::Failure;
use crate::schema::{user_roles, users};

/// SQLite compares texts byte by byte unless told otherwise, which in UTF-8 is the order of code points.
pub(super) fn page(database: &SqliteDatabase, query: &UserQuery) -> Result<Vec<User>, StoreFailure> {
    database.read(|connection| {
        connection.transaction(|connection| {
            let rows: Vec<UserRow> = asked_for(query).load(connection)?;
            let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
            let pairs: Vec<(String, String)> =
                user_roles::table.filter(user_roles::user_id.eq_any(ids)).load(connection)?;
            let mut roles: HashMap<String, Vec<String>> = HashMap::new();
            for (id, role) in pairs {
                roles.entry(id).or_default().push(role);
            }
            let user = |row: UserRow| {
                let roles = roles.remove(&row.id).unwrap_or_default();
                Ok(row.credentials(roles)?.user)
            };
            rows.into_iter().map(user).collect()
        })
    })
}

fn asked_for(
    query: &UserQuery,
) -> users::BoxedQuery<'_, Sqlite, diesel::helper_types::AsSelect<UserRow, Sqlite>> {
    let names = users::table.select(UserRow::as_select()).order(users::username).into_boxed();
    let begun = match query.after_the_prefix() {
        Some(after) => names.filter(users::username.gt(after.as_str())),
        None => names.filter(users::username.ge(query.prefix.as_str())),
    };
    begun.filter(users::username.lt(query.prefix.end())).limit(query.limit.into())
}

/// A change's failure on its way out of its transaction.
enum ChangeFailure {
    Store(Failure),
    UnknownUser,
    NotPermitted,
    LastAdmin,
}

impl From<Error> for ChangeFailure {
    fn from(error: Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<StoreFailure> for ChangeFailure {
    fn from(failure: StoreFailure) -> Self {
        Self::Store(failure.into())
    }
}

pub(super) fn change(
    database: &SqliteDatabase,
    id: UserId,
    change: &UserChange,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<Changed, ChangeUserError> {
    // The right to write is held from the start: who administers stays so until this is done.
    let changed = database.write::<_, ChangeFailure>(|connection| {
        let key = id.to_string();
        let before = user(connection, &key)?.ok_or(ChangeFailure::UnknownUser)?;
        let changed = Changed { after: change.apply(&before, at), before };
        if let Some(by) = change.takes_an_admin(&changed, by)
            && !user(connection, &by.to_string())?.is_some_and(|by| by.administers())
        {
            return Err(ChangeFailure::NotPermitted);
        }
        if changed.costs_an_admin() && !another_administers(connection, &key)? {
            return Err(ChangeFailure::LastAdmin);
        }
        keep(connection, &key, &changed)?;
        Ok(changed)
    });
    changed.map_err(|failure| match failure {
        ChangeFailure::UnknownUser => ChangeUserError::UnknownUser,
        ChangeFailure::NotPermitted => ChangeUserError::NotPermitted,
        ChangeFailure::LastAdmin => ChangeUserError::LastAdmin,
        ChangeFailure::Store(failure) => ChangeUserError::Store(failure.into()),
    })
}

/// The user of this id, if there is one.
fn user(connection: &mut SqliteConnection, id: &str) -> Result<Option<User>, ChangeFailure> {
    let row: Option<UserRow> =
        users::table.find(id).select(UserRow::as_select()).first(connection).optional()?;
    let Some(row) = row else { return Ok(None) };
    let roles = roles_of(connection, id)?;
    Ok(Some(row.credentials(roles)?.user))
}

/// [`User::administers`], of anybody but this user.
fn another_administers(connection: &mut SqliteConnection, id: &str) -> QueryResult<bool> {
    let others = user_roles::table
        .inner_join(users::table)
        .filter(user_roles::role.eq(Role::Admin.as_str()))
        .filter(users::disabled_at.is_null())
        .filter(users::id.ne(id));
    diesel::select(diesel::dsl::exists(others)).get_result(connection)
}

fn keep(connection: &mut SqliteConnection, id: &str, changed: &Changed) -> QueryResult<()> {
    let Changed { before, after } = changed;
    if before.disabled_at != after.disabled_at {
        let disabled_at = after.disabled_at.map(Timestamp::as_micros);
        diesel::update(users::table.find(id)).set(users::disabled_at.eq(disabled_at)).execute(connection)?;
    }
    if before.roles != after.roles {
        diesel::delete(user_roles::table.filter(user_roles::user_id.eq(id))).execute(connection)?;
        insert_roles(connection, after)?;
    }
    Ok(())
}
