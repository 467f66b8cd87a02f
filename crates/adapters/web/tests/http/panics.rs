//! What panics becomes an answer like any other failure's, and the server goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use concierge_contracts::doubles::ManualClock;
use concierge_kernel::{Clock, Timestamp};
use serde_json::json;

use crate::support::{FRONTEND, World, post_json};

const SECRET: &str = "planted-secret";

/// A clock that panics the first time it is looked at.
#[derive(Default)]
struct PanickingClock {
    calm: AtomicBool,
    clock: ManualClock,
}

impl Clock for PanickingClock {
    fn now(&self) -> Timestamp {
        assert!(self.calm.swap(true, Ordering::SeqCst), "{SECRET}");
        self.clock.now()
    }
}

#[actix_web::test]
async fn a_port_that_panics_in_a_handler_is_a_500_with_cors_headers_and_the_next_request_works() {
    let mut world = World::new();
    world.greeters_clock = Some(Arc::new(PanickingClock::default()));
    let api = world.api().await;
    let greet = || post_json("/greet", &json!({"name": "Alice"})).insert_header(("Origin", FRONTEND));

    let panicked = api.ask(greet()).await;
    panicked.assert_problem(500, "internal_error");
    assert!(!panicked.body.contains(SECRET), "{}", panicked.body);
    assert_eq!(panicked.header("access-control-allow-origin"), Some(FRONTEND));
    assert_eq!(panicked.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(panicked.header("x-content-type-options"), Some("nosniff"));

    let greeted = api.ask(greet()).await;
    assert_eq!((greeted.status.as_u16(), &greeted.json()["greeting"]), (200, &json!("Hello, Alice!")));
}

#[actix_web::test]
async fn a_port_that_panics_where_it_blocks_is_a_500_and_gives_its_place_back() {
    let mut world = World::with_alice();
    world.blocking = 1;
    world.users.fault.break_all(|| panic!("{SECRET}"));
    let api = world.api().await;
    let login = || post_json("/auth/login", &crate::support::credentials(json!({})));
    for _ in 0..3 {
        let panicked = api.ask(login()).await;
        panicked.assert_problem(500, "internal_error");
        assert!(!panicked.body.contains(SECRET), "{}", panicked.body);
    }
    world.users.fault.mend();
    assert_eq!(api.ask(login()).await.status, 201);
}
