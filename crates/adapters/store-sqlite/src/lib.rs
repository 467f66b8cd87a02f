//! Every store on SQLite, through diesel and r2d2: the embedded default, and enough for one machine.
//!
//! [`SqliteDatabase::open`] makes the folder and the file, sets write-ahead logging once, migrates under a
//! file lock, and pools connections that wait for each other rather than fail. Its [`users`](SqliteDatabase::users),
//! [`sessions`](SqliteDatabase::sessions) and [`events`](SqliteDatabase::events) keep the ports' law. [`back_up`] copies the
//! file while others write.
//!
//! To change the schema, add a folder to `migrations/sqlite` (and one of the same name for every other
//! database), then bring [`schema`] in line with it.

mod backup;
mod database;
mod details;
mod events;
mod failure;
mod rows;
mod schema;
mod sessions;
mod users;
mod writers;

pub use backup::{BackupError, back_up};
pub use database::{OpenError, SqliteDatabase, SqliteOptions};
pub use events::SqliteEventStore;
pub use sessions::SqliteSessionStore;
pub use users::SqliteUserStore;
