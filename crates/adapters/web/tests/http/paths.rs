//! The list of the API's paths and the routes that are registered are the same.

use concierge_web::API_PATHS;

use crate::support::World;

#[actix_web::test]
async fn every_route_is_in_the_list_of_the_apis_paths() {
    let patterns = World::new().patterns().await;
    let forgotten: Vec<_> =
        patterns.iter().filter(|pattern| !API_PATHS.iter().any(|path| path.covers(pattern))).collect();
    assert!(forgotten.is_empty(), "add {forgotten:?} to API_PATHS, or no proxy hands them over");
}

#[actix_web::test]
async fn nothing_is_in_the_list_of_the_apis_paths_that_no_route_answers() {
    let patterns = World::new().patterns().await;
    for path in API_PATHS {
        assert!(patterns.iter().any(|pattern| path.covers(pattern)), "{path:?} is no route: {patterns:?}");
    }
}
