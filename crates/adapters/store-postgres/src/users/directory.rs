//! Users as those who administer see them: page by page, and changed in one step.

use std::collections::HashMap;

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_users::{ChangeUserError, Changed, Role, User, UserChange, UserQuery};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::{UserRow, insert_roles, key};
use crate::PostgresDatabase;
use crate::failure::Failure;
use crate::rows::stamp;
use crate::schema::{user_roles, users};

/// "admins", as the number by which the server knows the right to change users.
const LOCK: i64 = 0x6164_6d69_6e73;

/// The column of names is compared by code points, whatever the database's language.
pub(super) fn page(database: &PostgresDatabase, query: &UserQuery) -> Result<Vec<User>, StoreFailure> {
    let query = query.clone();
    let (rows, pairs) = database.read(move |connection| {
        let rows: Vec<UserRow> = asked_for(&query).load(connection)?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let pairs: Vec<(Uuid, String)> =
            user_roles::table.filter(user_roles::user_id.eq_any(ids)).load(connection)?;
        Ok((rows, pairs))
    })?;
    let mut roles: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (id, role) in pairs {
        roles.entry(id).or_default().push(role);
    }
    let user = |row: UserRow| {
        let roles = roles.remove(&row.id).unwrap_or_default();
        Ok(row.credentials(roles)?.user)
    };
    rows.into_iter().map(user).collect()
}

fn asked_for(query: &UserQuery) -> users::BoxedQuery<'_, Pg, diesel::helper_types::AsSelect<UserRow, Pg>> {
    let names = users::table.select(UserRow::as_select()).order(users::username).into_boxed();
    let begun = match query.after_the_prefix() {
        Some(after) => names.filter(users::username.gt(after.as_str())),
        None => names.filter(users::username.ge(query.prefix.as_str())),
    };
    begun.filter(users::username.lt(query.prefix.end())).limit(query.limit.into())
}

/// Why nothing was changed, though the store works.
enum Refusal {
    UnknownUser,
    NotPermitted,
    LastAdmin,
}

pub(super) fn change(
    database: &PostgresDatabase,
    id: UserId,
    change: &UserChange,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<Changed, ChangeUserError> {
    let change = change.clone();
    let changed = database.write(move |connection| {
        // One change at a time, of whomever: who else administers stays so until this is done. To lock the rows of all
        // admins instead would have two that change each other's wait in a circle.
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
        let Some(before) = user(connection, id)? else { return Ok(Err(Refusal::UnknownUser)) };
        let changed = Changed { after: change.apply(&before, at), before };
        if let Some(by) = change.takes_an_admin(&changed, by)
            && !user(connection, by)?.is_some_and(|by| by.administers())
        {
            return Ok(Err(Refusal::NotPermitted));
        }
        if changed.costs_an_admin() && !another_administers(connection, id)? {
            return Ok(Err(Refusal::LastAdmin));
        }
        keep(connection, &changed)?;
        Ok(Ok(changed))
    });
    match changed {
        Ok(Ok(changed)) => Ok(changed),
        Ok(Err(Refusal::UnknownUser)) => Err(ChangeUserError::UnknownUser),
        Ok(Err(Refusal::NotPermitted)) => Err(ChangeUserError::NotPermitted),
        Ok(Err(Refusal::LastAdmin)) => Err(ChangeUserError::LastAdmin),
        Err(failure) => Err(ChangeUserError::Store(failure.into())),
    }
}

/// The user of this id, if there is one. Their row stays as it is until this is done.
fn user(connection: &mut PgConnection, id: UserId) -> Result<Option<User>, Failure> {
    let row = users::table.find(key(id)).select(UserRow::as_select());
    let row: Option<UserRow> = row.for_no_key_update().first(connection).optional()?;
    let Some(row) = row else { return Ok(None) };
    let roles = user_roles::table.filter(user_roles::user_id.eq(row.id)).select(user_roles::role);
    Ok(Some(row.credentials(roles.load(connection)?)?.user))
}

/// [`User::administers`], of anybody but this user.
fn another_administers(connection: &mut PgConnection, id: UserId) -> QueryResult<bool> {
    let others = user_roles::table
        .inner_join(users::table)
        .filter(user_roles::role.eq(Role::Admin.as_str()))
        .filter(users::disabled_at.is_null())
        .filter(users::id.ne(key(id)));
    diesel::select(diesel::dsl::exists(others)).get_result(connection)
}

fn keep(connection: &mut PgConnection, changed: &Changed) -> QueryResult<()> {
    let Changed { before, after } = changed;
    let id = key(after.id);
    if before.disabled_at != after.disabled_at {
        let disabled_at = after.disabled_at.map(stamp);
        diesel::update(users::table.find(id)).set(users::disabled_at.eq(disabled_at)).execute(connection)?;
    }
    if before.roles != after.roles {
        diesel::delete(user_roles::table.filter(user_roles::user_id.eq(id))).execute(connection)?;
        insert_roles(connection, after)?;
    }
    Ok(())
}
