//! Administration: who sees and changes users, what a change ends, and what is refused.

use actix_web::test::TestRequest;
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::StoreFailure;
use concierge_tokens::{Delivery, Device, OpenedSession};
use concierge_users::{Role, RolesChange, User, UserChange, UserStore as _};
use serde_json::{Value, json};

use crate::support::{
    Answer, Api, Demoting, Tokens, World, cookies, credentials, get, post, post_json, with_bearer,
};

/// A world in which alice administers and bob does not.
fn world() -> (World, User) {
    let world = World::with_alice();
    world.promote("alice");
    let bob = sample_user("bob");
    world.add_user(&bob, &sample_hash("bob"));
    (world, bob)
}

fn open(world: &World, user: &User) -> OpenedSession {
    world.opener().open(user.id, Delivery::Cookie, false, &Device::default()).unwrap()
}

fn by(tokens: &Tokens, request: TestRequest) -> TestRequest {
    cookies(request, &[("access_token", &tokens.access)]).insert_header(("X-CSRF-Token", &*tokens.csrf))
}

fn patch(tokens: &Tokens, id: impl ToString, body: &Value) -> TestRequest {
    by(tokens, TestRequest::patch().uri(&format!("/admin/users/{}", id.to_string()))).set_json(body)
}

fn end_sessions(tokens: &Tokens, id: impl ToString) -> TestRequest {
    by(tokens, TestRequest::delete().uri(&format!("/admin/users/{}/sessions", id.to_string())))
}

async fn list(api: &Api, tokens: &Tokens, query: &str) -> Value {
    let listed = api.ask(by(tokens, get(&format!("/admin/users{query}")))).await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    listed.json()
}

fn names(page: &Value) -> Vec<&str> {
    page["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

async fn assert_ended(api: &Api, opened: &OpenedSession) {
    api.refresh(&opened.refresh_token).await.assert_unauthorized("session_ended", "login");
}

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
async fn a_role_that_is_given_arrives_with_the_next_refresh_and_ends_nothing() {
    let (world, bob) = world();
    let bobs = open(&world, &bob);
    let api = world.api().await;
    let alice = api.log_in().await;
    let changed = api.ask(patch(&alice, bob.id, &json!({"roles": ["admin"]}))).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(
        (&changed.json()["roles"], &changed.json()["disabled"]),
        (&json!(["user", "admin"]), &json!(false))
    );
    assert_eq!(changed.set_cookies(), Vec::<String>::new());
    let refreshed = api.refresh(&bobs.refresh_token).await;
    assert_eq!(refreshed.json()["user"]["roles"], json!(["user", "admin"]));
    assert_eq!(names(&list(&api, &Tokens::of_cookies(&refreshed), "").await), ["alice", "bob"]);
}

#[actix_web::test]
async fn a_role_that_is_taken_ends_every_session_at_once_and_can_be_taken_again() {
    let (world, _) = world();
    let (carol, hers) = register(&world, "carol").await;
    world.promote("carol");
    let api = world.api().await;
    let alice = api.log_in().await;
    let hers = Tokens::of_cookies(&api.refresh(&hers.refresh).await);
    assert_eq!(list(&api, &hers, "").await["users"].as_array().unwrap().len(), 3);
    for _ in 0..2 {
        let changed = api.ask(patch(&alice, &carol, &json!({"roles": ["user"]}))).await;
        assert_eq!((changed.status.as_u16(), &changed.json()["roles"]), (200, &json!(["user"])));
        let listed = api.ask(by(&hers, get("/admin/users"))).await;
        listed.assert_unauthorized("session_ended", "login");
        api.refresh(&hers.refresh).await.assert_unauthorized("session_ended", "login");
    }
    let again = log_in(&api, "carol").await;
    assert_eq!(again.json()["user"]["roles"], json!(["user"]));
    // Who never had the role loses their sessions to it all the same: it cannot be told from a second try.
    api.ask(patch(&alice, &carol, &json!({"roles": []}))).await;
    api.session(&Tokens::of_cookies(&again).access).await.assert_unauthorized("session_ended", "login");
}

/// Registers a user whose password is the name's; their id and tokens.
async fn register(world: &World, name: &str) -> (String, Tokens) {
    let form = json!({"username": name, "password": format!("a password of {name}")});
    let answer = world.api().await.ask(post_json("/auth/register", &form)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    (answer.json()["user"]["id"].as_str().unwrap().to_owned(), Tokens::of_cookies(&answer))
}

async fn log_in(api: &Api, name: &str) -> Answer {
    let form = json!({"username": name, "password": format!("a password of {name}")});
    api.ask(post_json("/auth/login", &form)).await
}

#[actix_web::test]
async fn who_is_disabled_is_out_at_once_until_they_are_enabled() {
    let (world, _) = world();
    let (carol, hers) = register(&world, "carol").await;
    let api = world.api().await;
    let alice = api.log_in().await;
    let mut since = None;
    for _ in 0..2 {
        let changed = api.ask(patch(&alice, &carol, &json!({"disabled": true}))).await.json();
        assert_eq!(changed["disabled"], true);
        let first = since.get_or_insert_with(|| changed["disabled_at"].clone()).clone();
        assert_eq!((first.is_string(), &changed["disabled_at"]), (true, &first));
        api.refresh(&hers.refresh).await.assert_unauthorized("session_ended", "login");
        log_in(&api, "carol").await.assert_unauthorized("invalid_credentials", "login");
        world.wait(5);
    }
    let changed =
        api.ask(patch(&alice, &carol, &json!({"disabled": false, "roles": ["user", "admin"]}))).await;
    assert_eq!((&changed.json()["disabled"], &changed.json()["disabled_at"]), (&json!(false), &Value::Null));
    let back = log_in(&api, "carol").await;
    assert_eq!(back.json()["user"]["roles"], json!(["user", "admin"]));
    api.refresh(&hers.refresh).await.assert_unauthorized("session_ended", "login");
    // What is allowed again ends no session.
    api.ask(patch(&alice, &carol, &json!({"disabled": false}))).await;
    assert_eq!(api.session(&Tokens::of_cookies(&back).access).await.status, 200);
}

#[actix_web::test]
async fn the_last_admin_stays_and_who_demotes_themselves_is_logged_out() {
    let (world, bob) = world();
    let api = world.api().await;
    let alice = api.log_in().await;
    let id = sample_user("alice").id;
    for body in [json!({"roles": ["user"]}), json!({"roles": []}), json!({"disabled": true})] {
        api.ask(patch(&alice, id, &body)).await.assert_problem(409, "last_admin");
    }
    assert_eq!(api.session(&alice.access).await.status, 200);
    api.ask(patch(&alice, bob.id, &json!({"roles": ["admin"]}))).await;
    let demoted = api.ask(patch(&alice, id, &json!({"roles": ["user"]}))).await;
    assert_eq!((demoted.status.as_u16(), &demoted.json()["roles"]), (200, &json!(["user"])));
    assert_eq!(demoted.set_cookies(), api.ask(post("/auth/logout")).await.set_cookies());
    api.session(&alice.access).await.assert_unauthorized("session_ended", "login");
}

#[actix_web::test]
async fn a_change_that_says_nothing_or_nonsense_changes_nothing() {
    let (world, bob) = world();
    let bobs = open(&world, &bob);
    let api = world.api().await;
    let alice = api.log_in().await;
    for (body, code) in [
        (json!({}), "missing_field"),
        (json!({"role": "admin"}), "missing_field"),
        (json!({"roles": "admin"}), "invalid_field"),
        (json!({"roles": null}), "invalid_field"),
        (json!({"roles": [5]}), "invalid_field"),
        (json!({"roles": ["Admin"]}), "invalid_field"),
        (json!({"roles": ["admin", "root"]}), "invalid_field"),
        (json!({"disabled": "true"}), "invalid_field"),
        (json!({"disabled": null, "roles": ["admin"]}), "invalid_field"),
        (json!([]), "malformed_json"),
    ] {
        api.ask(patch(&alice, bob.id, &body)).await.assert_problem(400, code);
    }
    assert_eq!(world.users.inner.find(bob.id).unwrap(), Some(bob));
    assert_eq!(api.refresh(&bobs.refresh_token).await.status, 201);
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
async fn a_change_whose_sessions_could_not_be_ended_can_be_sent_again() {
    let (world, bob) = world();
    let bobs = open(&world, &bob);
    let api = world.api().await;
    let alice = api.log_in().await;
    world.sessions.fault.break_only("revoke_all", || StoreFailure::Unavailable("away".into()));
    for body in [json!({"disabled": true}), json!({"roles": ["user"]})] {
        api.ask(patch(&alice, bob.id, &body)).await.assert_problem(503, "store_unavailable");
    }
    api.ask(end_sessions(&alice, bob.id)).await.assert_problem(503, "store_unavailable");
    world.sessions.fault.mend();
    assert_eq!(api.ask(patch(&alice, bob.id, &json!({"disabled": true}))).await.status, 200);
    assert_ended(&api, &bobs).await;
}

#[actix_web::test]
async fn a_store_that_fails_changes_nobody() {
    let (world, bob) = world();
    let api = world.api().await;
    let alice = api.log_in().await;
    for call in ["change", "find"] {
        world.users.fault.break_only(call, || StoreFailure::Failed("broken".into()));
        let refused = api.ask(patch(&alice, bob.id, &json!({"disabled": true}))).await;
        refused.assert_problem(500, "internal_error");
    }
    world.users.fault.break_only("page", || StoreFailure::Unavailable("away".into()));
    api.ask(by(&alice, get("/admin/users"))).await.assert_problem(503, "store_unavailable");
    world.users.fault.mend();
    assert_eq!(world.users.inner.find(bob.id).unwrap(), Some(bob));
}

#[actix_web::test]
async fn who_was_demoted_elsewhere_changes_nobody_though_this_instance_has_not_heard() {
    let (world, bob) = world();
    let (carol, _) = register(&world, "carol").await;
    world.promote("carol");
    // The two share a store but no memory, and nobody polls.
    let (here, elsewhere) = (world.api().await, world.api().await);
    let hers = Tokens::of_cookies(&log_in(&here, "carol").await);
    let alice = elsewhere.log_in().await;
    // Without the end of the sessions, as if that had failed.
    let demotion = UserChange::of_roles(RolesChange::Take(Role::Admin));
    world.users.inner.change(carol.parse().unwrap(), &demotion, bob.created_at).unwrap();
    let own = patch(&hers, &carol, &json!({"roles": ["admin"]}));
    here.ask(own).await.assert_problem(403, "forbidden");
    assert_eq!(elsewhere.ask(patch(&alice, &carol, &json!({"roles": ["user"]}))).await.status, 200);
    let own = patch(&hers, &carol, &json!({"roles": ["admin"]}));
    here.ask(own).await.assert_unauthorized("session_ended", "login");
    let other = end_sessions(&hers, bob.id);
    here.ask(other).await.assert_unauthorized("session_ended", "login");
}

#[actix_web::test]
async fn a_login_that_races_a_demotion_does_not_keep_the_role() {
    let (mut world, _) = world();
    world.add_user(&sample_user("carol"), &sample_hash("carol"));
    world.promote("carol");
    let demoting = Demoting::of(&world, "alice");
    world.users_asked = Some(demoting.clone());
    let api = world.api().await;
    let answer = api.ask(post_json("/auth/login", &credentials(json!({})))).await;
    assert!(demoting.is_done());
    assert_eq!((answer.status.as_u16(), &answer.json()["user"]["roles"]), (201, &json!(["user"])));
    let tokens = Tokens::of_cookies(&answer);
    api.ask(by(&tokens, get("/admin/users"))).await.assert_problem(403, "forbidden");
    let devices = api.ask(by(&tokens, get("/auth/sessions"))).await.json();
    assert_eq!(devices["sessions"].as_array().unwrap().len(), 1, "the one that was overtaken has ended");
}
