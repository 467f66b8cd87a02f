//! Administration: who gets in, who is listed, and the end of a user's sessions.

use actix_web::test::TestRequest;
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::StoreFailure;
use concierge_users::UserStore as _;
use serde_json::{Value, json};

use crate::support::administration::{assert_ended, by, end_sessions, list, names, open, patch, world};
use crate::support::{Tokens, cookies, get, post, post_json, with_bearer};

#[actix_web::test]
async fn users_are_listed_page_by_page_in_the_order_of_their_names() {
    let (world, bob) = world();
    for name in ["bert", "carol", "Βασίλης"] {
        world.add_user(&sample_user(name), &sample_hash("x"));
    }
    let api = world.api().await;
    let tokens = api.log_in().await;
    let first = list(&api, &tokens, "?limit=3").await;
    assert_eq!(names(&first), ["alice", "bert", "bob"]);
    let created_at = "2026-11-20T13:05:27.121465Z";
    let expected = json!({"id": bob.id.to_string(), "username": "bob", "roles": ["user"], "disabled": false,
        "created_at": created_at, "disabled_at": null});
    assert_eq!(first["users"][2], expected);
    assert_eq!(first["users"][0]["roles"], json!(["user", "admin"]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = list(&api, &tokens, &format!("?limit=3&cursor={cursor}")).await;
    assert_eq!((names(&rest), &rest["next_cursor"]), (vec!["carol", "βασίλης"], &Value::Null));
    assert_eq!(names(&list(&api, &tokens, "?query=B").await), ["bert", "bob"]);
    assert_eq!(names(&list(&api, &tokens, "?query=%CE%92%CE%91%CE%A3").await), ["βασίλης"]);
    let second = list(&api, &tokens, &format!("?limit=3&cursor={cursor}&query=b")).await;
    assert_eq!(names(&second), [""; 0]);
    assert_eq!(names(&list(&api, &tokens, "?query=&limit=1").await), ["alice"]);
}

#[actix_web::test]
async fn what_is_no_page_of_users_is_refused_by_name() {
    let (world, _) = world();
    let api = world.api().await;
    let tokens = api.log_in().await;
    for (query, code) in [
        ("limit=0", "invalid_limit"),
        ("limit=101", "invalid_limit"),
        ("cursor=nonsense", "invalid_cursor"),
        // "Alice", and "al".
        ("cursor=QWxpY2U", "invalid_cursor"),
        ("cursor=YWw", "invalid_cursor"),
        ("query=a%20b", "invalid_query"),
        ("query=a&query=a", "invalid_query"),
    ] {
        let refused = api.ask(by(&tokens, get(&format!("/admin/users?{query}")))).await;
        refused.assert_problem(400, code);
    }
}

#[actix_web::test]
async fn nobody_without_the_role_gets_in_and_writing_takes_a_fresh_login_and_a_csrf_token() {
    let (mut world, bob) = world();
    world.fresh_for = std::time::Duration::from_secs(60);
    let api = world.api().await;
    let routes = [
        ("GET", "/admin/users".to_owned()),
        ("PATCH", format!("/admin/users/{}", bob.id)),
        ("DELETE", format!("/admin/users/{}/sessions", bob.id)),
    ];
    let request = |method: &str, path: &str| {
        let request = TestRequest::default().method(method.parse().unwrap()).uri(path);
        request.set_json(json!({"disabled": false}))
    };
    let member = json!({"username": "carol", "password": "a password of carol"});
    let member = Tokens::of_cookies(&api.ask(post_json("/auth/register", &member)).await);
    for (method, path) in &routes {
        api.ask(request(method, path)).await.assert_unauthorized("token_missing", "refresh");
        api.ask(by(&member, request(method, path))).await.assert_problem(403, "forbidden");
    }
    let alice = api.log_in().await;
    for (method, path) in &routes[1..] {
        let forged = cookies(request(method, path), &[("access_token", &alice.access)]);
        api.ask(forged).await.assert_problem(403, "csrf_token_missing");
    }
    world.wait(61);
    for (method, path) in &routes[1..] {
        let stale = api.ask(by(&alice, request(method, path))).await;
        stale.assert_unauthorized("fresh_login_required", "login");
        api.ask(by(&member, request(method, path))).await.assert_problem(403, "forbidden");
    }
    assert_eq!(names(&list(&api, &alice, "").await), ["alice", "bob", "carol"]);
}

#[actix_web::test]
async fn what_is_no_user_is_told_in_one_answer() {
    let (world, _) = world();
    let api = world.api().await;
    let alice = api.log_in().await;
    for id in ["019aa2b4-5c00-7000-8000-000000000001", "x", "%2e%2e", "%ff", "alice"] {
        for body in [json!({"disabled": true}), json!({"roles": ["user"]})] {
            api.ask(patch(&alice, id, &body)).await.assert_problem(404, "user_not_found");
        }
        api.ask(end_sessions(&alice, id)).await.assert_problem(404, "user_not_found");
    }
}

#[actix_web::test]
async fn all_sessions_of_a_user_end_and_of_nobody_else() {
    let (world, bob) = world();
    let (one, other) = (open(&world, &bob), open(&world, &bob));
    let api = world.api().await;
    let alice = api.log_in().await;
    for _ in 0..2 {
        let ended = api.ask(end_sessions(&alice, bob.id)).await;
        assert_eq!((ended.status.as_u16(), ended.body.as_str()), (204, ""));
        assert_eq!(ended.set_cookies(), Vec::<String>::new());
        assert_ended(&api, &one).await;
        assert_ended(&api, &other).await;
        assert_eq!(api.session(&alice.access).await.status, 200);
    }
    let bearer = api.log_in_for_body().await;
    let ended = api.ask(end_sessions(&alice, sample_user("alice").id)).await;
    assert_eq!(ended.status, 204);
    assert_eq!(ended.set_cookies(), api.ask(post("/auth/logout")).await.set_cookies());
    api.session(&alice.access).await.assert_unauthorized("session_ended", "login");
    api.ask(with_bearer(get("/secure"), &bearer.access)).await.assert_unauthorized("session_ended", "login");
}

#[actix_web::test]
async fn a_store_that_fails_changes_nobody() {
    let (world, bob) = world();
    let api = world.api().await;
    let alice = api.log_in().await;
    for (call, request) in [
        ("change", patch(&alice, bob.id, &json!({"disabled": true}))),
        ("find", end_sessions(&alice, bob.id)),
    ] {
        world.users.fault.break_only(call, || StoreFailure::Failed("broken".into()));
        api.ask(request).await.assert_problem(500, "internal_error");
    }
    world.users.fault.break_only("page", || StoreFailure::Unavailable("away".into()));
    api.ask(by(&alice, get("/admin/users"))).await.assert_problem(503, "store_unavailable");
    world.users.fault.mend();
    assert_eq!(world.users.inner.find(bob.id).unwrap(), Some(bob));
}
