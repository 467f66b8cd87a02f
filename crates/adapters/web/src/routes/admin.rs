//! `/admin/…`: what takes the role admin.

mod events;
mod explain;
mod users;

use actix_web::web::ServiceConfig;

use super::endpoint;

pub(super) fn configure(config: &mut ServiceConfig) {
    users::configure(config);
    events::configure(config);
    explain::configure(config);
}
