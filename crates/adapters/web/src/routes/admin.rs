//! `/admin/…`: what takes the role admin.

mod events;
mod users;

use actix_web::web::ServiceConfig;

use super::endpoint;

pub(super) fn configure(config: &mut ServiceConfig) {
    users::configure(config);
    events::configure(config);
}
