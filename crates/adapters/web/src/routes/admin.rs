//! `/admin/…`: what only those with the role admin may see and do.

mod users;

use actix_web::web::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig) {
    users::configure(config);
}
