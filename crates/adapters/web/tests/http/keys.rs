//! The public keys: a document that caches may keep, and that frontends may read like any other answer.

use serde_json::json;

use crate::support::{FRONTEND, STRANGER, World, cookies, get, post};

const PATH: &str = "/.well-known/jwks.json";

#[actix_web::test]
async fn the_keys_may_be_kept_for_five_minutes_by_anybody() {
    let api = World::new().api().await;
    let jar = [("access_token", "nonsense")];
    for request in [get(PATH), get("/.well-known/jwks.json?fresh"), cookies(get(PATH), &jar)] {
        let answer = api.ask(request).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json(), json!({"keys": []}));
        assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.set_cookies(), [""; 0]);
    }
}

#[actix_web::test]
async fn a_frontend_may_read_the_keys_and_a_stranger_may_not() {
    let api = World::new().api().await;
    let read = api.ask(get(PATH).insert_header(("Origin", FRONTEND))).await;
    assert_eq!(read.header("access-control-allow-origin"), Some(FRONTEND));
    assert!(read.header("vary").is_some_and(|vary| vary.starts_with("Origin")));
    assert!(api.ask(get(PATH).insert_header(("Origin", STRANGER))).await.cors().is_empty());
}

#[actix_web::test]
async fn a_failure_at_the_same_path_is_not_kept() {
    let mut world = World::new();
    world.web.cors.reject_unknown_origins = true;
    let api = world.api().await;
    for request in [post(PATH), get(PATH).insert_header(("Origin", STRANGER))] {
        let answer = api.ask(request).await;
        assert!(answer.status.is_client_error());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
