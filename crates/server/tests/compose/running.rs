//! Every service of the stack runs by its own command line, as its own user, on a read-only root, and its health check says so.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use concierge_test_servers::{NGINX, POSTGRES, PrivateServer, Program, REDIS};
use serde_json::json;

use crate::file::Stack;
use crate::image;
use crate::repository;
use crate::sandbox::{CONCIERGE, Ground, REPLICAS, is_root};
use crate::support::{Jar, PASSWORD, PATIENCE, Request, Response};

const BUBBLEWRAP: Program = Program { binary: "bwrap", package: "bubblewrap", folders: &["/usr/bin"] };
/// nginx's health check runs it.
const WGET: Program = Program { binary: "wget", package: "wget", folders: &["/usr/bin"] };

/// Set for the process that runs in a network of its own, in which the stack's ports are free.
const INSIDE: &str = "CONCIERGE_TEST_STACK";

/// What the database's image does before its command when its volume is empty.
const INITIALISE: &str = r#"
eval "initdb --username=postgres --pwfile=$POSTGRES_PASSWORD_FILE $POSTGRES_INITDB_ARGS" >/dev/null
echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
pg_ctl --wait --options="-c listen_addresses=" start >/dev/null
for file in /docker-entrypoint-initdb.d/*.sql; do
  psql --set=ON_ERROR_STOP=1 --username=postgres --no-psqlrc --quiet --file="$file"
done
pg_ctl --wait stop >/dev/null
"#;

const FRONTEND: &str = "http://localhost:8080";

#[test]
fn the_stack_runs_and_serves_a_frontend_of_two_origins() {
    in_a_network_of_its_own("running::one_api");
}

#[test]
fn with_the_profile_replicas_those_that_die_are_not_missed() {
    in_a_network_of_its_own("running::three_replicas");
}

#[test]
fn the_image_serves_alone_on_sqlite() {
    in_a_network_of_its_own("running::one_image");
}

#[test]
#[ignore = "run by the_stack_runs_and_serves_a_frontend_of_two_origins in a network of its own"]
fn one_api() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let stack = Running::start(&["api"]);
    let page = stack.frontend("GET", "/").send();
    assert!(page.text().contains("A frontend belongs here"), "{}", page.text());

    // Across two origins of one site.
    let asked = stack.api("OPTIONS", "/auth/register").header("Access-Control-Request-Method", "POST").send();
    assert_eq!((asked.status, asked.header("Access-Control-Allow-Origin")), (204, Some(FRONTEND)));
    let (mut jar, registered) = stack.register("alice");
    assert_eq!(registered.header("Access-Control-Allow-Origin"), Some(FRONTEND));
    let secure = stack.api("GET", "/secure").jar(&jar).send();
    assert_eq!(secure.json()["message"], "Hello, alice!");
    jar.keep(&stack.api("GET", "/set-cookie").send());
    assert_eq!(stack.api("GET", "/get-cookie").jar(&jar).send().status, 200);
    let devices = stack.api("GET", "/auth/sessions").jar(&jar).send().json();
    // nginx is believed about where clients are.
    assert_eq!(devices["sessions"][0]["address"], "127.0.0.1", "{devices}");

    let looks = "id -u; grep CapEff /proc/self/status; touch /tmp/x && ! touch /x && ! touch /var/www/app/x && echo sealed";
    let looked = stack.command("nginx").args(["sh", "-c", looks]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&looked.stdout), "101\nCapEff:\t0000000000000000\nsealed\n");

    // And under the page's own origin.
    let beside = stack.frontend("GET", "/secure").jar(&jar).send();
    assert_eq!(beside.status, 200, "{}", beside.text());
}

#[test]
#[ignore = "run by with_the_profile_replicas_those_that_die_are_not_missed in a network of its own"]
fn three_replicas() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let mut stack = Running::start(&["api", "api-2", "api-3"]);
    let (jar, _) = stack.register("alice");
    // The last one answers where nginx knows all that the one name stands for.
    for (dying, newcomer) in [("api", "bob"), ("api-2", "carol")] {
        stack.servers.remove(dying);
        for _ in 0..6 {
            let secure = stack.api("GET", "/secure").jar(&jar).send();
            assert_eq!(secure.status, 200, "{}", secure.text());
        }
        stack.register(newcomer);
    }
}

#[test]
#[ignore = "run by the_image_serves_alone_on_sqlite in a network of its own"]
fn one_image() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let mut running = Running::new(image::alone());
    running.run("image");
    let form = json!({"username": "alice", "password": PASSWORD});
    let api = SocketAddr::from(([127, 0, 0, 1], 5000));
    let registered = Request::new(api, "POST", "/auth/register").json(&form).send();
    assert_eq!(registered.status, 201, "{}", registered.text());
    let kept = running.ground.volume("data", running.stack.service("image"));
    assert!(kept.join("concierge.db").is_file());
}

/// Services that run.
struct Running {
    stack: Stack,
    ground: Ground,
    servers: BTreeMap<String, PrivateServer>,
}

impl Running {
    /// The stack with these services of the API, each started when all that it depends on is healthy.
    fn start(apis: &[&str]) -> Self {
        let mut running = Self::new(Stack::read());
        let order = [&["postgres", "redis"][..], apis, &["nginx"]].concat();
        for (position, name) in order.iter().enumerate() {
            let later = &order[position..];
            let needed = running.stack.service(name).depends_on.keys();
            let early: Vec<_> = needed.filter(|needed| later.contains(&needed.as_str())).collect();
            assert!(early.is_empty(), "{name} waits for {early:?}");
            running.run(name);
        }
        running
    }

    fn new(stack: Stack) -> Self {
        let programs = [BUBBLEWRAP, POSTGRES, REDIS, NGINX].map(|program| program.find().unwrap());
        let ground = Ground::new(programs[0].clone(), &programs[1..]);
        Self { stack, ground, servers: BTreeMap::new() }
    }

    /// Starts a service as its image would, and waits until it is healthy.
    fn run(&mut self, name: &str) {
        let service = self.stack.service(name).clone();
        if name == "postgres" {
            let mut first = self.command(name);
            let done = first.args(["sh", "-euc", INITIALISE]).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        let ready = match name {
            "postgres" => "database system is ready to accept connections",
            "redis" => "Ready to accept connections",
            "nginx" => "start worker process",
            _ => "listening",
        };
        let mut command = self.command(name);
        if service.image == CONCIERGE && service.entrypoint.is_empty() {
            // The image's own.
            command.args(&image::alone().service("image").entrypoint);
        }
        command.args(&service.entrypoint).args(&service.command);
        let server = PrivateServer::start(&mut command, ready).unwrap_or_else(|failure| panic!("{failure}"));
        self.servers.insert(name.to_owned(), server);
        self.wait_until_healthy(name);
    }

    #[expect(clippy::disallowed_methods, reason = "real processes take real time")]
    fn wait_until_healthy(&self, name: &str) {
        let test = self.stack.service(name).healthcheck.clone().unwrap().test;
        let begun = Instant::now();
        loop {
            let mut command = self.command(name);
            match &test[..] {
                [how, words @ ..] if how == "CMD" => command.args(words),
                // As Compose reads the file: $$ is $.
                [_, line] => command.args(["sh", "-c", &line.replace("$$", "$")]),
                _ => panic!("{test:?} is no health check"),
            };
            let checked = command.output().unwrap();
            if checked.status.success() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{name}: {checked:?}");
        }
    }

    /// In the service's sandbox, with what its image sets and what this network makes different.
    fn command(&self, name: &str) -> Command {
        let mut more = BTreeMap::new();
        if name == "postgres" {
            more.insert("PGDATA", "/var/lib/postgresql/data");
        }
        if name == "image" {
            // For whoever tries it out.
            more.insert("CONCIERGE_ENV", "development");
        }
        if let Some((_, host)) = REPLICAS.iter().find(|(replica, _)| *replica == name) {
            more.insert("CONCIERGE__SERVER__HOST", host);
            more.insert("CONCIERGE__SERVER__TRUSTED_PROXIES", "127.0.0.0/8");
        }
        self.ground.command(&self.stack, name, &more)
    }

    /// What a page of the frontend sends to the API at its own origin.
    fn api(&self, method: &str, target: &str) -> Request {
        let request = Request::new(SocketAddr::from(([127, 0, 0, 1], 8081)), method, target);
        request.header("Host", "localhost:5000").header("Origin", FRONTEND)
    }

    /// What a browser sends to where the frontend is.
    fn frontend(&self, method: &str, target: &str) -> Request {
        let request = Request::new(SocketAddr::from(([127, 0, 0, 1], 8080)), method, target);
        request.header("Host", "localhost:8080")
    }

    fn register(&self, name: &str) -> (Jar, Response) {
        let form = json!({"username": name, "password": PASSWORD});
        let registered = self.api("POST", "/auth/register").json(&form).send();
        assert_eq!(registered.status, 201, "{}", registered.text());
        (Jar::of(&registered), registered)
    }
}

/// Runs one of the tests above where no port is taken.
fn in_a_network_of_its_own(test: &str) {
    if !is_root() {
        return leave_out("this test needs to be root, to run services as other users");
    }
    let programs: Option<Vec<PathBuf>> =
        [BUBBLEWRAP, WGET, POSTGRES, REDIS, NGINX].iter().map(Program::find).collect();
    let Some(programs) = programs else { return };
    let network = || {
        let mut command = Command::new(&programs[0]);
        command.args(["--dev-bind", "/", "/", "--unshare-net", "--unshare-pid", "--proc", "/proc"]);
        command.args(["--die-with-parent", "--cap-add", "ALL"]);
        command
    };
    if !network().arg("true").output().unwrap().status.success() {
        return leave_out("this test needs a machine, or a container, that lets root make namespaces");
    }
    let mut command = network();
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--ignored", "--nocapture"]);
    let ran = command.env(INSIDE, "1").current_dir(repository("")).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

/// Past the test runner, which would keep it to itself as the test passes.
fn leave_out(sentence: &str) {
    writeln!(std::io::stderr(), "LEFT OUT: {sentence}").unwrap_or_default();
}
