//! Administration: what becomes of users and their sessions when they are changed, and what goes wrong.

use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::{Clock as _, StoreFailure};
use concierge_tokens::SessionStore as _;
use concierge_users::{Role, RolesChange, UserChange, UserStore as _, Username};
use serde_json::{Value, json};

use crate::support::administration::{
    assert_ended, by, end_sessions, list, log_in, names, open, patch, register, world,
};
use crate::support::{Meddling, Tokens, credentials, get, post, post_json};

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
    world.users.inner.change(carol.parse().unwrap(), &demotion, None, bob.created_at).unwrap();
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
    let demoting = Meddling::demoting(&world, "alice");
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

#[actix_web::test]
async fn who_is_demoted_while_their_change_waits_for_its_turn_changes_nothing() {
    for body in [json!({"roles": ["user", "admin"]}), json!({"disabled": false, "roles": ["admin"]})] {
        let (mut world, bob) = world();
        world.promote("bob");
        let demoting = Meddling::demoting_who_changes(&world, "alice");
        world.users_asked = Some(demoting.clone());
        let api = world.api().await;
        let alice = api.log_in().await;
        let own = sample_user("alice").id;
        for id in [own, bob.id] {
            api.ask(patch(&alice, id, &body)).await.assert_problem(403, "forbidden");
            assert!(demoting.is_done());
            assert!(!world.users.inner.find(own).unwrap().unwrap().administers());
        }
    }
}

#[actix_web::test]
async fn who_took_something_from_themselves_can_send_it_again_when_their_sessions_did_not_end() {
    let id = sample_user("alice").id;
    for body in [json!({"roles": ["user"]}), json!({"disabled": true})] {
        let (world, _) = world();
        world.promote("bob");
        let elsewhere = open(&world, &sample_user("alice"));
        let api = world.api().await;
        let alice = api.log_in().await;
        world.sessions.fault.break_only("revoke_all", || StoreFailure::Unavailable("away".into()));
        api.ask(patch(&alice, id, &body)).await.assert_problem(503, "store_unavailable");
        world.sessions.fault.mend();
        // Nothing but that: they administer no longer.
        let back = api.ask(patch(&alice, id, &json!({"roles": ["admin"], "disabled": false}))).await;
        back.assert_problem(403, "forbidden");
        let again = api.ask(patch(&alice, id, &body)).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_ended(&api, &elsewhere).await;
        api.session(&alice.access).await.assert_unauthorized("session_ended", "login");
    }
}

#[actix_web::test]
async fn who_is_disabled_while_they_register_gets_no_session_that_lives() {
    let (mut world, _) = world();
    let disabling = Meddling::disabling_newcomers(&world);
    world.users_asked = Some(disabling.clone());
    let api = world.api().await;
    let form = json!({"username": "carol", "password": "a password of carol"});
    let answer = api.ask(post_json("/auth/register", &form)).await;
    assert!(disabling.is_done());
    answer.assert_unauthorized("session_ended", "login");
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    let carol = Username::parse("carol").unwrap();
    let carol = world.users.inner.find_credentials(&carol).unwrap().unwrap().user;
    assert_eq!(world.sessions.inner.list(carol.id, world.clock.now()).unwrap(), []);
}
