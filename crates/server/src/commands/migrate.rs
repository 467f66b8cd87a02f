//! `concierge migrate`.

use super::tell;
use crate::wiring::Desk;

/// Says what opening the database did.
pub(super) fn migrate(desk: &Desk<'_>) {
    match desk.applied_migrations() {
        [] => tell("The database is up to date."),
        applied => {
            for name in applied {
                tell(&format!("applied {name}"));
            }
        }
    }
}
