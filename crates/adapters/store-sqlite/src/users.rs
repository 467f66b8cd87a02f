//! Users in SQLite.

mod directory;

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_users::{
    ChangeUserError, Changed, Credentials, InsertUserError, PasswordHash, Role, Roles, User, UserChange,
    UserQuery, UserStore, Username,
};
use diesel::prelude::*;
use diesel::result::Error;

use crate::SqliteDatabase;
use crate::failure::{Failure, violates_uniqueness_of};
use crate::rows::Row;
use crate::schema::{user_roles, users};

/// A [`UserStore`] on SQLite.
pub struct SqliteUserStore {
    database: SqliteDatabase,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = users)]
#[diesel(check_for_backend(diesel::sqlite::Sqlite))]
struct UserRow {
    id: String,
    username: String,
    password_hash: String,
    created_at: i64,
    disabled_at: Option<i64>,
}

impl UserRow {
    fn credentials(self, roles: Vec<String>) -> Result<Credentials, StoreFailure> {
        let row = Row { table: "users", key: &self.id };
        let role_row = Row { table: "user_roles", key: &self.id };
        let role = |name: String| role_row.parse("role", name.parse::<Role>());
        let user = User {
            id: row.parse("id", self.id.parse())?,
            username: row.parse("username", Username::from_canonical(&self.username))?,
            roles: roles.into_iter().map(role).collect::<Result<Roles, _>>()?,
            created_at: row.moment("created_at", self.created_at)?,
            disabled_at: row.moment_or_none("disabled_at", self.disabled_at)?,
        };
        let password_hash = row.parse("password_hash", PasswordHash::parse(&self.password_hash))?;
        Ok(Credentials { user, password_hash })
    }
}

/// An insert's failure on its way out of its transaction.
enum InsertFailure {
    Store(Failure),
    UsernameTaken,
}

impl From<Error> for InsertFailure {
    fn from(error: Error) -> Self {
        if violates_uniqueness_of("users.username", &error) {
            Self::UsernameTaken
        } else {
            Self::Store(error.into())
        }
    }
}

impl From<StoreFailure> for InsertFailure {
    fn from(failure: StoreFailure) -> Self {
        Self::Store(failure.into())
    }
}

impl SqliteUserStore {
    pub(crate) fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }

    fn load(
        &self,
        find: impl FnOnce(&mut SqliteConnection) -> QueryResult<Option<UserRow>>,
    ) -> Result<Option<Credentials>, StoreFailure> {
        self.database.read(|connection| {
            connection.transaction(|connection| {
                let Some(row) = find(connection)? else { return Ok(None) };
                let roles = roles_of(connection, &row.id)?;
                Ok(Some(row.credentials(roles)?))
            })
        })
    }
}

fn roles_of(connection: &mut SqliteConnection, id: &str) -> QueryResult<Vec<String>> {
    user_roles::table.filter(user_roles::user_id.eq(id)).select(user_roles::role).load(connection)
}

/// Keeps the roles of a user that has none there. Every user has the role `user`; rows are kept for what goes beyond it.
fn insert_roles(connection: &mut SqliteConnection, user: &User) -> QueryResult<()> {
    let id = user.id.to_string();
    let extra_roles = user.roles.iter().filter(|role| *role != Role::User);
    let rows: Vec<_> =
        extra_roles.map(|role| (user_roles::user_id.eq(&id), user_roles::role.eq(role.as_str()))).collect();
    diesel::insert_into(user_roles::table).values(&rows).execute(connection)?;
    Ok(())
}

impl UserStore for SqliteUserStore {
    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError> {
        let row = UserRow {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            password_hash: password_hash.as_str().to_owned(),
            created_at: user.created_at.as_micros(),
            disabled_at: user.disabled_at.map(Timestamp::as_micros),
        };
        let inserted = self.database.write::<_, InsertFailure>(|connection| {
            diesel::insert_into(users::table).values(&row).execute(connection)?;
            insert_roles(connection, user)?;
            Ok(())
        });
        inserted.map_err(|failure| match failure {
            InsertFailure::UsernameTaken => InsertUserError::UsernameTaken,
            InsertFailure::Store(failure) => InsertUserError::Store(failure.into()),
        })
    }

    fn find(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        let found = self.load(|connection| {
            users::table.find(id.to_string()).select(UserRow::as_select()).first(connection).optional()
        })?;
        Ok(found.map(|credentials| credentials.user))
    }

    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure> {
        self.load(|connection| {
            users::table
                .filter(users::username.eq(username.as_str()))
                .select(UserRow::as_select())
                .first(connection)
                .optional()
        })
    }

    fn replace_password_hash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreFailure> {
        let replaced = self.database.write::<_, Failure>(|connection| {
            let row = users::table.find(id.to_string()).filter(users::password_hash.eq(expected.as_str()));
            Ok(diesel::update(row).set(users::password_hash.eq(new.as_str())).execute(connection)?)
        })?;
        Ok(replaced == 1)
    }

    fn set_password_hash(&self, id: UserId, new: &PasswordHash) -> Result<bool, StoreFailure> {
        let set = self.database.write::<_, Failure>(|connection| {
            let row = users::table.find(id.to_string());
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
