//! `/admin/…`: what takes the role admin.

mod events;

use actix_web::web::ServiceConfig;

use super::endpoint;

pub(super) fn configure(config: &mut ServiceConfig) {
    events::configure(config);
}
