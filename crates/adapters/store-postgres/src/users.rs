//! Users in Postgres.

mod directory;

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_users::{
    ChangeUserError, Changed, Credentials, InsertUserError, PasswordHash, Role, Roles, User, UserChange,
    UserQuery, UserStore, Username,
};
use diesel::data_types::PgTimestamp;
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use crate::PostgresDatabase;
use crate::failure::violates;
use crate::rows::{Row, stamp};
use crate::schema::{user_roles, users};

/// A [`UserStore`] on Postgres.
pub struct PostgresUserStore {
    database: PostgresDatabase,
}

/// The constraint that no two users have one name.
const ONE_USER_PER_NAME: &str = "users_username_key";

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = users)]
#[diesel(check_for_backend(Pg))]
struct UserRow {
    id: Uuid,
    username: String,
    password_hash: String,
    created_at: PgTimestamp,
    disabled_at: Option<PgTimestamp>,
}

impl UserRow {
    fn credentials(self, roles: Vec<String>) -> Result<Credentials, StoreFailure> {
        let row = Row { table: "users", key: self.id };
        let role_row = Row { table: "user_roles", key: self.id };
        let role = |name: String| role_row.parse("role", name.parse::<Role>());
        let user = User {
            id: row.id("id", self.id)?,
            username: row.parse("username", Username::from_canonical(&self.username))?,
            roles: roles.into_iter().map(role).collect::<Result<Roles, _>>()?,
            created_at: row.moment("created_at", self.created_at)?,
            disabled_at: row.moment_or_none("disabled_at", self.disabled_at)?,
        };
        let password_hash = row.parse("password_hash", PasswordHash::parse(&self.password_hash))?;
        Ok(Credentials { user, password_hash })
    }
}

fn key(id: UserId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// Users as one statement reads them: a row for each role beyond the one that every user has, or one without.
type WithRoles = Vec<(UserRow, Option<String>)>;

/// The one user of these rows.
fn single(rows: WithRoles) -> Result<Option<Credentials>, StoreFailure> {
    let mut found = None;
    let mut roles = Vec::new();
    for (row, role) in rows {
        found = Some(row);
        roles.extend(role);
    }
    found.map(|row| row.credentials(roles)).transpose()
}

impl PostgresUserStore {
    pub(crate) fn new(database: PostgresDatabase) -> Self {
        Self { database }
    }
}

/// Keeps the roles of a user that has none there. Every user has the role `user`; rows are kept for what goes beyond it.
fn insert_roles(connection: &mut PgConnection, user: &User) -> QueryResult<()> {
    let id = key(user.id);
    let extra_roles = user.roles.iter().filter(|role| *role != Role::User);
    let rows: Vec<_> =
        extra_roles.map(|role| (user_roles::user_id.eq(id), user_roles::role.eq(role.as_str()))).collect();
    if !rows.is_empty() {
        diesel::insert_into(user_roles::table).values(&rows).execute(connection)?;
    }
    Ok(())
}

impl UserStore for PostgresUserStore {
    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError> {
        let row = UserRow {
            id: key(user.id),
            username: user.username.as_str().to_owned(),
            password_hash: password_hash.as_str().to_owned(),
            created_at: stamp(user.created_at),
            disabled_at: user.disabled_at.map(stamp),
        };
        let user = user.clone();
        let inserted = self.database.write(move |connection| {
            diesel::insert_into(users::table).values(&row).execute(connection)?;
            Ok(insert_roles(connection, &user)?)
        });
        inserted.map_err(|failure| {
            if violates(ONE_USER_PER_NAME, &failure) {
                InsertUserError::UsernameTaken
            } else {
                InsertUserError::Store(failure.into())
            }
        })
    }

    fn find(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        let rows = self.database.run(move |connection| {
            Ok(users::table
                .left_join(user_roles::table)
                .filter(users::id.eq(key(id)))
                .select((UserRow::as_select(), user_roles::role.nullable()))
                .load(connection)?)
        });
        Ok(single(rows?)?.map(|credentials| credentials.user))
    }

    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure> {
        let username = username.clone();
        let rows = self.database.run(move |connection| {
            Ok(users::table
                .left_join(user_roles::table)
                .filter(users::username.eq(username.as_str()))
                .select((UserRow::as_select(), user_roles::role.nullable()))
                .load(connection)?)
        });
        single(rows?)
    }

    fn replace_password_hash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreFailure> {
        let (expected, new) = (expected.clone(), new.clone());
        let replaced = self.database.run(move |connection| {
            let row = users::table.find(key(id)).filter(users::password_hash.eq(expected.as_str()));
            Ok(diesel::update(row).set(users::password_hash.eq(new.as_str())).execute(connection)?)
        })?;
        Ok(replaced == 1)
    }

    fn set_password_hash(&self, id: UserId, new: &PasswordHash) -> Result<bool, StoreFailure> {
        let new = new.clone();
        let set = self.database.run(move |connection| {
            let row = users::table.find(key(id));
            Ok(diesel::update(row).set(users::password_hash.eq(new.as_str())).execute(connection)?)
        })?;
        Ok(set == 1)
    }

    fn page(&self, query: &UserQuery) -> Result<Vec<User>, StoreFailure> {
        directory::page(&self.database, query)
    }

    fn change(
        &self,
        id: UserId,
        change: &UserChange,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<Changed, ChangeUserError> {
        directory::change(&self.database, id, change, by, at)
    }
}
