//! Reading events: who may, in which pages, and by which filters.

use concierge_audit::{Act, Actor, Details, Event, EventId, EventStore as _, NewEvent, RecordEvent};
use concierge_contracts::user_store::sample_user;
use concierge_kernel::{Clock as _, StoreFailure, UserId};
use concierge_users::{Password, PasswordHasher as _, Role, Roles, User};
use serde_json::{Value, json};

use crate::support::{Answer, Api, FRONTEND, PASSWORD, Tokens, World, cookies, get, post_json, with_bearer};

/// A world in which alice and the administrator root are registered.
fn world() -> World {
    let world = World::with_alice();
    let root = User { roles: Roles::member().with(Role::Admin), ..sample_user("root") };
    world.add_user(&root, &world.hasher.hash(&Password::parse(PASSWORD).unwrap()).unwrap());
    world
}

fn alice() -> UserId {
    sample_user("alice").id
}

async fn log_in(api: &Api, username: &str) -> Tokens {
    let body = json!({"username": username, "password": PASSWORD});
    Tokens::of_cookies(&api.ask(post_json("/auth/login", &body)).await)
}

/// What an administrator is answered who logged in just now.
async fn read(api: &Api, tokens: &Tokens, query: &str) -> Answer {
    api.ask(cookies(get(&format!("/admin/events{query}")), &[("access_token", &tokens.access)])).await
}

fn record(world: &World, new: NewEvent) -> Event {
    let (store, clock, entropy) = (world.events.clone(), world.clock.clone(), world.entropy.clone());
    world.wait(1);
    RecordEvent::new(store, clock, entropy).record(new).unwrap()
}

fn knock() -> NewEvent {
    NewEvent::new(Actor::Anonymous, Act::LoginThrottled { limit: "login-pair".to_owned() })
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    let events = body["events"].as_array().unwrap().iter();
    events.map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn an_administrator_reads_what_happened_the_newest_first() {
    let world = world();
    let api = world.api().await;
    let root = log_in(&api, "root").await;
    let session = api.session(&root.access).await.json();
    world.wait(1);
    let act = Act::RolesChanged { before: vec!["user".into()], after: vec!["user".into(), "admin".into()] };
    let changed = NewEvent::new(Actor::CommandLine, act).about(alice());
    let changed = record(&world, changed);
    let body = read(&api, &root, "").await.json();
    assert_eq!(
        body["events"][0],
        json!({
            "id": changed.id.to_string(),
            "at": "2026-11-20T13:05:29.121465Z",
            "kind": "roles_changed",
            "actor": {"kind": "command_line"},
            "subject": alice().to_string(),
            "session_id": null,
            "address": null,
            "request_id": null,
            "details": {"before": ["user"], "after": ["user", "admin"]},
        })
    );
    let login = &body["events"][1];
    let id = &session["user"]["id"];
    assert_eq!(login["actor"], json!({"kind": "user", "id": id}));
    assert_eq!((&login["subject"], &login["session_id"]), (id, &session["session"]["id"]));
    assert_eq!((&login["kind"], &login["details"]), (&json!("login_succeeded"), &json!({})));
    assert!(login["request_id"].is_string());
    assert_eq!(body["next_cursor"], Value::Null);
    assert_eq!(body["events"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn whoever_is_no_administrator_is_refused_before_anything_is_read() {
    let world = world();
    let api = world.api().await;
    let [alice, root] = [log_in(&api, "alice").await, log_in(&api, "root").await];
    world.events.fault.break_all(|| panic!("nobody may get so far"));
    for query in ["", "?limit=0", "?kind=x"] {
        let nobody = api.ask(get(&format!("/admin/events{query}"))).await;
        nobody.assert_unauthorized("token_missing", "refresh");
        let refused = read(&api, &alice, query).await;
        refused.assert_problem(403, "forbidden");
        assert!(refused.json()["detail"].as_str().unwrap().contains("the role admin"));
    }
    let bearer = api.ask(with_bearer(get("/admin/events"), "nonsense")).await;
    bearer.assert_unauthorized("token_invalid", "login");
    world.events.fault.mend();
    // A login need not be fresh to read.
    world.wait(899);
    assert_eq!(read(&api, &root, "").await.status, 200);
    let from_frontend = cookies(get("/admin/events"), &[("access_token", &alice.access)]);
    let refused = api.ask(from_frontend.insert_header(("Origin", FRONTEND))).await;
    assert_eq!(refused.header("access-control-allow-origin"), Some(FRONTEND));
}

#[actix_web::test]
async fn pages_have_every_event_once_though_more_are_added_while_they_are_read() {
    let world = world();
    let api = world.api().await;
    let root = log_in(&api, "root").await;
    for _ in 0..24 {
        record(&world, knock());
    }
    let there = ids(&read(&api, &root, "?limit=100").await);
    assert_eq!(there.len(), 25);
    assert_eq!(ids(&read(&api, &root, "").await), there[..20]);
    for (limit, sizes) in [("10", vec![10, 10, 5]), ("5", vec![5; 5]), ("24", vec![24, 1])] {
        let there = ids(&read(&api, &root, "?limit=100").await);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for size in sizes {
            let page = read(&api, &root, &format!("?limit={limit}&cursor={cursor}")).await;
            let ids = ids(&page);
            let of_before: Vec<_> = ids.iter().filter(|id| there.contains(id)).cloned().collect();
            assert_eq!(of_before, ids);
            seen.extend(ids);
            cursor = page.json()["next_cursor"].as_str().unwrap_or_default().to_owned();
            if seen.len() < 25 {
                assert!(size.to_string() == limit && !cursor.is_empty());
                record(&world, knock());
            }
        }
        assert_eq!(seen[..25], there[..25]);
    }
}

#[actix_web::test]
async fn events_can_be_asked_for_by_user_and_by_kind() {
    let world = world();
    let api = world.api().await;
    let root = log_in(&api, "root").await;
    let root_id: UserId = sample_user("root").id;
    let disabled = record(&world, NewEvent::new(Actor::User(root_id), Act::UserDisabled).about(alice()));
    let enabled = record(&world, NewEvent::new(Actor::CommandLine, Act::UserEnabled).about(alice()));
    let knock = record(&world, knock());
    let login = ids(&read(&api, &root, "?kind=login_succeeded").await);
    assert_eq!(login.len(), 1);
    let id = |event: &Event| event.id.to_string();
    for (query, expected) in [
        (format!("?user={}", alice()), vec![id(&enabled), id(&disabled)]),
        (format!("?user={}", alice().to_string().to_uppercase()), vec![id(&enabled), id(&disabled)]),
        (format!("?user={root_id}"), vec![id(&disabled), login[0].clone()]),
        (format!("?user={root_id}&kind=user_disabled"), vec![id(&disabled)]),
        ("?kind=login_throttled".to_owned(), vec![id(&knock)]),
        ("?kind=password_set".to_owned(), vec![]),
        (
            "?kind=&user=&limit=&cursor=&more=1".to_owned(),
            vec![id(&knock), id(&enabled), id(&disabled), login[0].clone()],
        ),
        (format!("?user={}", knock.id), vec![]),
    ] {
        assert_eq!(ids(&read(&api, &root, &query).await), expected, "{query}");
    }
    let first = read(&api, &root, &format!("?user={}&limit=1", alice())).await;
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let second = read(&api, &root, &format!("?user={}&limit=1&cursor={cursor}", alice())).await;
    assert_eq!((ids(&second), second.json()["next_cursor"].clone()), (vec![id(&disabled)], Value::Null));
}

#[actix_web::test]
async fn a_query_that_makes_no_sense_is_refused_with_a_remedy() {
    let world = world();
    let api = world.api().await;
    let root = log_in(&api, "root").await;
    for (query, code, remedy) in [
        ("limit=0", "invalid_limit", "from 1 to 100"),
        ("limit=101", "invalid_limit", "from 1 to 100"),
        ("limit=x&cursor=x", "invalid_limit", "from 1 to 100"),
        ("cursor=x", "invalid_cursor", "next_cursor"),
        // The key of another list.
        ("cursor=YWxpY2U", "invalid_cursor", "next_cursor"),
        ("user=alice", "invalid_user", "the id"),
        ("user=6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "invalid_user", "version 7"),
        ("kind=login", "invalid_kind", "login_failed"),
        ("kind=login_failed&kind=login_failed", "invalid_kind", "one of"),
    ] {
        let refused = read(&api, &root, &format!("?{query}")).await;
        refused.assert_problem(400, code);
        assert!(refused.json()["detail"].as_str().unwrap().contains(remedy), "{query}: {}", refused.body);
    }
}

#[actix_web::test]
async fn an_event_that_only_a_later_version_knows_is_shown_with_all_it_says() {
    let world = world();
    let api = world.api().await;
    let root = log_in(&api, "root").await;
    let details = Details::from_iter([("by", concierge_audit::Detail::Text("scotty".to_owned()))]);
    world.wait(1);
    let event = Event {
        id: EventId::generate(world.clock.now(), world.entropy.as_ref()),
        at: world.clock.now(),
        act: Act::restore("user_beamed_up", details),
        actor: Actor::Anonymous,
        subject: None,
        session: None,
        address: None,
        request_id: None,
    };
    world.events.inner.append(&event).unwrap();
    let body = read(&api, &root, "").await.json();
    assert_eq!(body["events"][0]["kind"], "user_beamed_up");
    assert_eq!(body["events"][0]["details"], json!({"by": "scotty"}));
    assert_eq!(body["events"][0]["actor"], json!({"kind": "anonymous"}));
}

#[actix_web::test]
async fn a_store_that_cannot_be_read_is_a_503() {
    let world = world();
    let api = world.api().await;
    let root = log_in(&api, "root").await;
    world.events.fault.break_only("page", || StoreFailure::Unavailable("planted-secret".into()));
    let failed = read(&api, &root, "").await;
    failed.assert_problem(503, "store_unavailable");
    assert!(!failed.body.contains("planted-secret"));
}
