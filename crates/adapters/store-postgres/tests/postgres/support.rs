//! A database for each test: a schema of its own on a server that they share.

use std::time::Duration;

use concierge_store_postgres::{PostgresDatabase, PostgresOptions};
use concierge_test_servers::Schema;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Nothing that has to work runs into these on a busy machine.
pub(crate) const OPTIONS: PostgresOptions = PostgresOptions {
    pool_size: 4,
    connect_timeout: Duration::from_secs(30),
    statement_timeout: Duration::from_secs(30),
    pooled: false,
    migration_patience: Duration::from_secs(60),
};

/// An open database, and the way around it.
pub(crate) struct House {
    pub(crate) schema: Schema,
    pub(crate) database: PostgresDatabase,
}

impl House {
    /// A new one; `None` where the test is to be left out.
    pub(crate) fn build() -> Option<Self> {
        let schema = Schema::make()?;
        let database = PostgresDatabase::open(&schema.url(), OPTIONS).unwrap();
        Some(Self { schema, database })
    }

    pub(crate) fn raw(&self) -> PgConnection {
        raw(&self.schema.url())
    }
}

pub(crate) fn raw(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

#[derive(QueryableByName)]
pub(crate) struct Named {
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
}

#[derive(QueryableByName)]
pub(crate) struct Counted {
    #[diesel(sql_type = BigInt)]
    pub(crate) count: i64,
}

/// The one text, called `name`, that a query finds.
pub(crate) fn name(connection: &mut PgConnection, query: &str) -> String {
    diesel::sql_query(query).get_result::<Named>(connection).unwrap().name
}

/// The one number, called `count`, that a query finds.
pub(crate) fn count(connection: &mut PgConnection, query: &str) -> i64 {
    diesel::sql_query(query).get_result::<Counted>(connection).unwrap().count
}
