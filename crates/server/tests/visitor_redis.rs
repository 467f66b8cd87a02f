//! Visitor sessions in Redis: shared by several servers, as long as their visitor asked, and told as away when it is.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::time::{Duration, Instant};

use concierge_test_servers::{Keyspace, Redis};
use redis::{Commands as _, Connection};
use serde_json::{Value, json};
use support::{Jar, Launch, PASSWORD, Response, SECRET, Server};

/// What clients are promised, and `redis.timeout` of the tests.
const PROMISED: Duration = Duration::from_secs(2);
/// On a busy machine a thread may have to wait for its turn; that is no broken promise.
const BUSY_MACHINE: Duration = Duration::from_secs(10);
const ROUTES: [&str; 3] = ["/set-cookie", "/get-cookie", "/delete-cookie"];
const GONE: &str = "visitor sessions are out of reach";
const BACK: &str = "visitor sessions can be reached again";

fn launch(url: &str, prefix: &str) -> Launch {
    let launch = Launch::new().set("VISITOR_SESSIONS__STORE", "redis").set("LOG__FILTER", "info");
    let launch = launch.set("DATABASE__URL", "memory://").set("TOKENS__SECRET", SECRET);
    launch.set("REDIS__URL", url).set("REDIS__KEY_PREFIX", prefix)
}

fn in_keyspace(keyspace: &Keyspace) -> Launch {
    launch(&keyspace.url(), keyspace.prefix())
}

fn connection(url: &str) -> Connection {
    redis::Client::open(url).unwrap().get_connection().unwrap()
}

/// The keys of the visitors, without the one by which servers find out whether they may write.
fn keys(keyspace: &Keyspace) -> Vec<String> {
    let pattern = format!("{}visitor:*", keyspace.prefix());
    let mut keys: Vec<String> = connection(&keyspace.url()).keys(pattern).unwrap();
    keys.retain(|key| !key.ends_with(":probe"));
    keys
}

fn set(server: &Server, query: &str, jar: &mut Jar) -> Response {
    let answer = server.get(&format!("/set-cookie{query}")).jar(jar).send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    jar.keep(&answer);
    answer
}

/// The visitor's token, if the server knows them.
fn token(server: &Server, jar: &Jar) -> Option<String> {
    let answer = server.get("/get-cookie").jar(jar).send();
    match answer.status {
        200 => Some(answer.json()["token"].as_str().unwrap().to_owned()),
        _ => {
            assert_eq!(answer.problem().code, "no_cookie", "{}", answer.text());
            None
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what is promised is a real duration between real processes")]
fn now() -> Instant {
    Instant::now()
}

/// Waits for what is promised to come about by itself.
#[track_caller]
fn soon(server: &Server, mut has_come: impl FnMut() -> bool) {
    let start = now();
    while !has_come() {
        assert!(start.elapsed() < PROMISED + BUSY_MACHINE, "{}", server.log());
    }
}

fn ready(server: &Server) -> Value {
    let answer = server.get("/health/ready").send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn is_degraded(server: &Server) -> bool {
    ready(server) == json!({"status": "ready", "degraded": ["visitor_sessions"]})
}

fn is_whole(server: &Server) -> bool {
    ready(server) == json!({"status": "ready"})
}

#[track_caller]
fn assert_away(server: &Server, path: &str, jar: &Jar) {
    let answer = server.get(path).header("Origin", "http://localhost:5173").jar(jar).send();
    assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("2")), "{path}: {}", answer.text());
    assert_eq!(answer.problem().code, "store_unavailable");
    assert_eq!(answer.headers("Set-Cookie").count(), 0, "{path}");
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("http://localhost:5173"));
    assert!(!answer.everything().contains("edis"), "{}", answer.everything());
}

/// Checks that everything but visitor sessions goes on.
#[track_caller]
fn assert_others_go_on(server: &Server, username: &str) {
    assert_eq!(server.post("/greet").json(&json!({"name": "Alice"})).send().status, 200);
    let access = server.register(username)["tokens"]["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/secure").bearer(access).send().status, 200);
    let form = json!({"username": username, "password": PASSWORD});
    assert_eq!(server.post("/auth/login").json(&form).send().status, 201);
}

/// How often it was logged, once it was.
fn times(server: &Server, line: &str) -> usize {
    server.wait_for_log(line);
    server.log().matches(line).count()
}

#[test]
fn servers_that_share_redis_share_their_visitors() {
    let Some(keyspace) = Keyspace::make() else { return };
    let (here, there) = (in_keyspace(&keyspace).serve(), in_keyspace(&keyspace).serve());
    let mut jar = Jar::default();
    assert_eq!(token(&here, &jar), None);
    set(&here, "", &mut jar);
    let known = token(&here, &jar).unwrap();
    assert_eq!(token(&there, &jar).as_ref(), Some(&known));
    assert_eq!(keys(&keyspace).len(), 1);
    assert!(is_whole(&here));

    let copy = jar.clone();
    let deleted = there.get("/delete-cookie").jar(&jar).send();
    assert_eq!(deleted.json(), json!({"message": "Cookie deleted", "msg": "Cookie deleted"}));
    jar.keep(&deleted);
    assert!(jar.is_empty());
    assert_eq!(keys(&keyspace), [""; 0]);
    assert_eq!((token(&here, &copy), token(&there, &copy)), (None, None), "a copy opens nothing");
    // Without a cookie and with one of nobody the answer is the same.
    for jar in [&jar, &copy] {
        assert_eq!(here.get("/delete-cookie").jar(jar).send().status, 200);
    }
}

#[test]
fn a_session_is_kept_for_as_long_as_its_cookie() {
    let Some(keyspace) = Keyspace::make() else { return };
    let server = in_keyspace(&keyspace).serve();
    for (query, age, seconds) in [
        ("", Some("60"), 60),
        ("?lifetime=1000", Some("1000"), 1000),
        ("?lifetime=31536000", Some("31536000"), 31_536_000),
        ("?lifetime=browser", None, 31_536_000),
    ] {
        let mut jar = Jar::default();
        let answer = set(&server, query, &mut jar);
        let line = answer.header("Set-Cookie").unwrap();
        assert_eq!(
            line.split_once("Max-Age=").map(|(_, rest)| rest.split(';').next().unwrap()),
            age,
            "{line}"
        );
        let [key] = &keys(&keyspace)[..] else { panic!("not one key: {:?}", keys(&keyspace)) };
        let left: i64 = connection(&keyspace.url()).ttl(key).unwrap();
        // However busy the machine, it was set within the last minute.
        assert!((seconds - 59..=seconds).contains(&left), "{query}: {left}");
        assert_eq!(server.get("/delete-cookie").jar(&jar).send().status, 200);
    }
}

#[test]
fn a_session_whose_time_is_over_is_nobodys() {
    let Some(keyspace) = Keyspace::make() else { return };
    let server = in_keyspace(&keyspace).serve();
    let mut jar = Jar::default();
    set(&server, "?lifetime=1", &mut jar);
    soon(&server, || token(&server, &jar).is_none());
    soon(&server, || keys(&keyspace).is_empty());
    set(&server, "", &mut jar);
    assert!(token(&server, &jar).is_some());
}

#[test]
fn a_cookie_that_is_set_anew_leaves_nothing_to_a_copy_of_the_old_one() {
    let Some(keyspace) = Keyspace::make() else { return };
    let server = in_keyspace(&keyspace).serve();
    let mut jar = Jar::default();
    set(&server, "?lifetime=100", &mut jar);
    let (old, old_token) = (jar.clone(), token(&server, &jar));
    set(&server, "?lifetime=1000", &mut jar);
    assert_ne!(token(&server, &jar), old_token);
    assert_eq!(token(&server, &old), None);
    assert_eq!(keys(&keyspace).len(), 1);
}

#[test]
fn of_several_cookies_the_newest_counts() {
    let Some(keyspace) = Keyspace::make() else { return };
    let server = in_keyspace(&keyspace).serve();
    let mut newest = String::new();
    let jars = [(); 3].map(|()| {
        loop {
            let mut jar = Jar::default();
            set(&server, "", &mut jar);
            let token = token(&server, &jar).unwrap();
            // Of those made within a millisecond none is newer.
            if token > newest {
                newest = token;
                break jar;
            }
        }
    });
    let [a, b, c] = jars.each_ref().map(|jar| jar.get("visitor").unwrap());
    for order in [[a, b, c], [c, a, b], [b, c, a]] {
        let request =
            order.iter().fold(server.get("/get-cookie"), |request, value| request.cookie("visitor", value));
        assert_eq!(request.send().json()["token"], *newest);
    }
}

#[test]
fn whoever_comes_with_several_cookies_leaves_none_of_their_sessions_behind() {
    let Some(keyspace) = Keyspace::make() else { return };
    let server = in_keyspace(&keyspace).serve();
    for (path, left) in [("/delete-cookie", 0), ("/set-cookie", 1)] {
        let jars = [(); 3].map(|()| {
            let mut jar = Jar::default();
            set(&server, "", &mut jar);
            jar
        });
        assert_eq!(keys(&keyspace).len(), 3);
        let values = jars.iter().map(|jar| jar.get("visitor").unwrap());
        let all = values.fold(server.get(path), |request, value| request.cookie("visitor", value));
        assert_eq!(all.send().status, 200);
        assert_eq!(keys(&keyspace).len(), left, "{path}");
        for jar in &jars {
            assert_eq!(token(&server, jar), None, "{path}");
        }
    }
}

#[test]
fn what_is_no_session_of_ours_is_none_and_no_outage() {
    let Some(keyspace) = Keyspace::make() else { return };
    let server = in_keyspace(&keyspace).serve();
    let mut operator = connection(&keyspace.url());
    let written = r#"{"token":"5"} {"token":"\"x\"","expires_at":"\"soon\""} {"token":"{"} [] rubbish"#;
    for rubbish in written.split(' ').map(Some).chain([None]) {
        let mut jar = Jar::default();
        set(&server, "", &mut jar);
        let [key] = &keys(&keyspace)[..] else { panic!("not one key: {:?}", keys(&keyspace)) };
        match rubbish {
            Some(text) => operator.set(key, text).unwrap(),
            None => {
                operator.del::<_, ()>(key).unwrap();
                operator.lpush::<_, _, ()>(key, "of another type").unwrap();
            }
        }
        assert_eq!(token(&server, &jar), None, "{rubbish:?}");
        assert_eq!(server.get("/set-cookie").jar(&jar).send().status, 200, "{rubbish:?}");
        assert!(is_whole(&server), "{rubbish:?}");
        for key in keys(&keyspace) {
            operator.del::<_, ()>(key).unwrap();
        }
    }
    assert!(!server.log().contains(GONE), "{}", server.log());
}

#[test]
fn a_cookie_of_the_other_kind_of_store_is_no_cookie() {
    let Some(keyspace) = Keyspace::make() else { return };
    let in_redis = in_keyspace(&keyspace).serve();
    let in_cookies = in_keyspace(&keyspace).set("VISITOR_SESSIONS__STORE", "cookie").serve();
    for (from, to) in [(&in_redis, &in_cookies), (&in_cookies, &in_redis)] {
        let mut jar = Jar::default();
        set(from, "?lifetime=browser", &mut jar);
        assert!(token(from, &jar).is_some());
        assert_eq!(token(to, &jar), None);
        let mut cleared = jar.clone();
        cleared.keep(&to.get("/delete-cookie").jar(&jar).send());
        assert!(cleared.is_empty());
        set(to, "", &mut jar);
        assert!(token(to, &jar).is_some());
    }
    for server in [in_redis, in_cookies] {
        let log = server.log();
        assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    }
}

#[test]
fn while_redis_is_away_visitors_are_told_at_once_and_nobody_else_notices() {
    let Some(mut redis) = Redis::start() else { return };
    let server = launch(&redis.url(), "concierge:").serve();
    let mut jar = Jar::default();
    set(&server, "?lifetime=browser", &mut jar);

    redis.stop();
    // Whoever comes first is no exception.
    assert_away(&server, "/get-cookie", &jar);
    for path in ROUTES {
        assert_away(&server, path, &jar);
        assert_away(&server, path, &Jar::default());
    }
    assert!(is_degraded(&server));
    assert_others_go_on(&server, "alice");
    assert_eq!(times(&server, GONE), 1, "{}", server.log());
    assert!(!server.log().contains(BACK), "{}", server.log());
    assert!(!server.log().contains("unavailable"), "{}", server.log());

    redis.resume();
    soon(&server, || server.get("/set-cookie").send().status == 200);
    assert!(is_whole(&server));
    // It has forgotten its visitors: such a cookie is as good as none.
    assert_eq!(token(&server, &jar), None);
    set(&server, "", &mut jar);
    assert!(token(&server, &jar).is_some());
    assert_eq!((times(&server, GONE), times(&server, BACK)), (1, 1), "{}", server.log());
    server.stop();
}

#[test]
fn while_redis_hangs_hardly_anybody_waits_for_it_and_nobody_long() {
    let Some(redis) = Redis::start() else { return };
    let server = launch(&redis.url(), "concierge:").serve();
    let mut jar = Jar::default();
    set(&server, "?lifetime=browser", &mut jar);
    let known = token(&server, &jar);

    redis.freeze();
    let start = now();
    assert_away(&server, "/get-cookie", &jar);
    assert!(
        start.elapsed() < Duration::from_secs(1) + BUSY_MACHINE,
        "it waited for longer than redis.timeout"
    );
    let start = now();
    for path in ROUTES.repeat(10) {
        assert_away(&server, path, &jar);
    }
    assert!(start.elapsed() < Duration::from_secs(30), "each waited for itself");
    assert!(is_degraded(&server));
    assert_others_go_on(&server, "alice");
    assert_eq!(times(&server, GONE), 1, "{}", server.log());
    assert!(!server.log().contains(BACK), "{}", server.log());

    redis.thaw();
    soon(&server, || server.get("/get-cookie").jar(&jar).send().status == 200);
    assert_eq!(token(&server, &jar), known, "nothing was lost");
    assert!(is_whole(&server));
    assert_eq!((times(&server, GONE), times(&server, BACK)), (1, 1), "{}", server.log());

    redis.freeze();
    assert_away(&server, "/get-cookie", &jar);
    server.stop();
}

#[test]
fn a_server_starts_without_redis_says_so_and_takes_it_up_when_it_comes() {
    let Some(mut redis) = Redis::start() else { return };
    redis.stop();
    let server = launch(&redis.url(), "concierge:").serve();
    server.wait_for_log(GONE);
    assert!(is_degraded(&server));
    for path in ROUTES {
        assert_away(&server, path, &Jar::default());
    }
    assert_others_go_on(&server, "alice");
    redis.resume();
    server.wait_for_log(BACK);
    set(&server, "", &mut Jar::default());
    assert!(is_whole(&server));
}

#[test]
fn a_server_that_refuses_to_write_is_as_good_as_away() {
    let Some(redis) = Redis::start() else { return };
    let server = launch(&redis.url(), "concierge:").serve();
    let mut jar = Jar::default();
    set(&server, "", &mut jar);
    let mut operator = connection(&redis.url());
    for (refuse, allow, reason) in [
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "read only replica"),
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "maxmemory"),
    ] {
        let mut tell = |line: &str| {
            let mut words = line.split(' ');
            let mut command = redis::cmd(words.next().unwrap());
            for word in words {
                command.arg(word);
            }
            command.query::<()>(&mut operator).unwrap();
        };
        tell(refuse);
        soon(&server, || is_degraded(&server));
        assert_away(&server, "/set-cookie", &jar);
        server.wait_for_log(reason);
        tell(allow);
        soon(&server, || server.get("/set-cookie").jar(&jar).send().status == 200);
    }
}

#[test]
fn a_redis_user_needs_few_rights_and_only_on_the_keys_of_the_prefix() {
    let Some(redis) = Redis::start() else { return };
    let mut rules = redis::cmd("ACL");
    rules.arg(&["SETUSER", "concierge", "on", ">hunter2", "~concierge:*"]);
    rules.arg(&["+get", "+set", "+del", "+ping", "+unwatch"]);
    rules.query::<()>(&mut connection(&redis.url())).unwrap();
    let (_, place) = redis.url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let url = format!("redis://concierge:hunter2@{place}");
    let (server, elsewhere) = (launch(&url, "concierge:").serve(), launch(&url, "other:").serve());
    elsewhere.wait_for_log("NOPERM");
    assert!(is_degraded(&elsewhere));
    let mut jar = Jar::default();
    set(&server, "", &mut jar);
    set(&server, "", &mut jar);
    assert!(token(&server, &jar).is_some());
    assert_eq!(server.get("/delete-cookie").jar(&jar).send().status, 200);
    assert!(is_whole(&server));
}

#[test]
fn what_a_deployment_must_answer_it_answers_with_redis_too() {
    let Some(keyspace) = Keyspace::make() else { return };
    let server = in_keyspace(&keyspace).unset("SERVER__PUBLIC_URL").serve();
    let target = format!("http://localhost:{}", server.address().port());
    let asked = ["conformance", "--target", &target, "--origin", "http://localhost:5173", "--write"];
    let finished = Launch::new().run(&asked);
    assert_eq!(finished.code(), 0, "{}{}", finished.stdout, finished.stderr);
}

#[test]
fn over_tls_the_server_has_to_be_who_it_says_it_is() {
    let pem = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../adapters/probe/tests/pem/");
        std::path::PathBuf::from(format!("{folder}{name}"))
    };
    let Some(redis) = Redis::start_over_tls(&pem("localhost.pem"), &pem("localhost.key.pem")) else { return };
    let authority = pem("authority.pem").display().to_string();
    let launch = |url: &str| launch(url, "concierge:").env("SSL_CERT_FILE", &authority);
    let server = launch(&redis.url()).serve();
    let mut jar = Jar::default();
    set(&server, "", &mut jar);
    assert!(token(&server, &jar).is_some() && is_whole(&server));

    let in_the_clear = launch(&redis.url().replace("rediss", "redis")).serve();
    let certificate = pem("localhost.pem").display().to_string();
    let of_another_authority = launch(&redis.url()).env("SSL_CERT_FILE", &certificate).serve();
    of_another_authority.wait_for_log("invalid peer certificate");
    for server in [in_the_clear, of_another_authority] {
        server.wait_for_log(GONE);
        assert_away(&server, "/set-cookie", &Jar::default());
    }
}

#[test]
fn visitors_may_have_a_server_of_their_own_and_filling_it_leaves_the_limits_alone() {
    let (Some(limits), Some(visitors)) = (Redis::start(), Redis::start()) else { return };
    let launch = launch(&limits.url(), "concierge:").set("VISITOR_SESSIONS__REDIS_URL", &visitors.url());
    let launch = launch.set("RATE_LIMIT__ENABLED", "true").set("RATE_LIMIT__VISITOR_ADDRESS", "2/86400");
    let (here, there) = (launch.clone().serve(), launch.clone().serve());
    set(&here, "", &mut Jar::default());
    set(&there, "", &mut Jar::default());
    for server in [&here, &there] {
        assert_eq!(server.get("/set-cookie").send().problem().code, "too_many_requests");
        assert!(is_whole(server));
    }
    let names = |redis: &Redis| connection(&redis.url()).keys::<_, Vec<String>>("*").unwrap();
    assert_eq!(names(&visitors).iter().filter(|name| !name.ends_with(":probe")).count(), 2);
    assert!(names(&limits).iter().all(|name| !name.contains("visitor:")), "{:?}", names(&limits));
    assert!(names(&limits).iter().any(|name| name.contains("limit:visitor-address:")));

    let mut operator = connection(&visitors.url());
    redis::cmd("CONFIG").arg(&["SET", "maxmemory", "1"]).query::<()>(&mut operator).unwrap();
    soon(&here, || is_degraded(&here));

    let in_cookies = launch.set("VISITOR_SESSIONS__STORE", "cookie").serve();
    for _ in 0..5 {
        set(&in_cookies, "", &mut Jar::default());
    }
}

#[test]
fn redis_as_the_store_needs_its_url() {
    let finished = Launch::new().set("VISITOR_SESSIONS__STORE", "redis").run(&["serve"]);
    assert_eq!(finished.code(), 78, "{}", finished.stderr);
    assert!(finished.stderr.contains("redis.url (not set)"), "{}", finished.stderr);
}

#[test]
fn a_wrong_password_is_told_without_the_password() {
    let Some(redis) = Redis::start() else { return };
    let (before, after) = redis.url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let server = launch(&format!("{before}-hunter2@{after}"), "concierge:").serve();
    server.wait_for_log(GONE);
    assert_away(&server, "/set-cookie", &Jar::default());
    assert!(
        server.log().contains("AuthenticationFailed") || server.log().contains("assword"),
        "{}",
        server.log()
    );
    assert!(!server.log().contains("hunter2"), "{}", server.log());
}
