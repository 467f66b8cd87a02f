//! The stack: a database, Redis, replicas, and nginx with the configuration that is printed for them.

use std::net::SocketAddr;
use std::thread;

use concierge_test_servers::{Keyspace, NGINX, Schema, on_a_free_port};

use crate::support::{Front, Launch, Request, Response, SECRET, Server, advised, printed};

/// How many there are.
pub(crate) const REPLICAS: usize = 3;
/// Where they listen. Clients on this machine come from 127.0.0.1, so none takes the port of a replica that is away.
const HOST: &str = if cfg!(target_os = "linux") { "127.0.0.2" } else { "127.0.0.1" };
/// Tells which replicas a request was sent to.
const TELLING: &str = "    add_header X-Upstream $upstream_addr always;\n";

/// Replicas of one API, and the nginx before them, which stops first.
pub(crate) struct Fleet {
    _front: Front,
    replicas: Vec<Replica>,
    front: SocketAddr,
    /// The settings of all, for commands.
    desk: Launch,
    _schema: Schema,
    _keyspace: Keyspace,
}

struct Replica {
    address: SocketAddr,
    state: State,
}

enum State {
    Serving(Server),
    /// How to start it again.
    Away(Launch),
    /// Neither: on its way from one to the other.
    Changing,
}

impl Fleet {
    /// `None` where there is no nginx, Postgres or Redis and none can be installed, which has been said.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(|launch| launch)
    }

    /// One with more settings.
    pub(crate) fn start_with(more: impl Fn(Launch) -> Launch + Sync) -> Option<Self> {
        let nginx = NGINX.find()?;
        let (schema, keyspace) = (Schema::make()?, Keyspace::make()?);
        let (front, address, replicas, desk) = on_a_free_port(|port| {
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            let frontend = format!("http://{address}");
            let launch = || {
                let launch = Launch::new()
                    .set("SERVER__HOST", HOST)
                    .set("DATABASE__URL", &schema.url())
                    .set("REDIS__URL", &keyspace.url())
                    .set("REDIS__KEY_PREFIX", keyspace.prefix())
                    // On a busy machine it may take its time; that is no outage.
                    .set("REDIS__TIMEOUT", "30")
                    .set("VISITOR_SESSIONS__STORE", "redis")
                    .set("TOKENS__SECRET", SECRET)
                    .set("LOG__FILTER", "info");
                let launch = more(launch);
                let advice = printed(&launch, &frontend, &[format!("http://{HOST}:1")]);
                advised(launch, &advice)
            };
            let replicas = all_at_once(|| Replica::serving(launch().serve()));
            let desk = launch();
            let upstreams: Vec<_> =
                replicas.iter().map(|replica| format!("http://{}", replica.address)).collect();
            let front = Front::start(&nginx, &printed(&desk, &frontend, &upstreams), TELLING)?;
            Ok((front, address, replicas, desk))
        });
        Some(Self { _front: front, replicas, front: address, desk, _schema: schema, _keyspace: keyspace })
    }

    /// Where nginx listens.
    pub(crate) fn front(&self) -> SocketAddr {
        self.front
    }

    /// Where a replica listens, whether or not it does just now.
    pub(crate) fn address(&self, replica: usize) -> SocketAddr {
        self.replicas[replica].address
    }

    /// A replica that serves.
    pub(crate) fn replica(&self, replica: usize) -> &Server {
        match &self.replicas[replica].state {
            State::Serving(server) => server,
            _ => panic!("replica {replica} is away"),
        }
    }

    /// All of them, which serve.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Server> {
        (0..REPLICAS).map(|replica| self.replica(replica))
    }

    /// What runs commands on their database, by their settings.
    pub(crate) fn desk(&self) -> &Launch {
        &self.desk
    }

    /// A request to whichever replica nginx picks.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.front, method, target)
    }

    /// Kills one between two instructions.
    pub(crate) fn kill(&mut self, replica: usize) {
        self.replicas[replica].leave(Server::kill);
    }

    /// Stops one as an operator would; it must end in good order.
    pub(crate) fn stop(&mut self, replica: usize) {
        self.replicas[replica].leave(Server::stop);
    }

    /// Starts one again where it was, and waits until nginx has noticed.
    pub(crate) fn bring_back(&mut self, replica: usize) {
        let address = self.address(replica);
        self.replicas[replica].come_back();
        while answered_by(&self.request("GET", "/health/ready").send()) != address {}
    }
}

impl Replica {
    fn serving(server: Server) -> Self {
        Self { address: server.address(), state: State::Serving(server) }
    }

    fn leave(&mut self, how: impl Fn(Server) -> Launch) {
        let State::Serving(server) = std::mem::replace(&mut self.state, State::Changing) else {
            panic!("{} is away already", self.address);
        };
        self.state = State::Away(how(server));
    }

    fn come_back(&mut self) {
        let State::Away(launch) = std::mem::replace(&mut self.state, State::Changing) else {
            panic!("{} is not away", self.address);
        };
        self.state = State::Serving(launch.set("SERVER__PORT", &self.address.port().to_string()).serve());
    }
}

/// As an orchestrator starts them, on a database that has no tables yet.
fn all_at_once(start: impl Fn() -> Replica + Sync) -> Vec<Replica> {
    thread::scope(|scope| {
        let starting: Vec<_> = (0..REPLICAS).map(|_| scope.spawn(&start)).collect();
        starting.into_iter().map(|replica| replica.join().unwrap()).collect()
    })
}

/// The replica that has answered; others may have been asked before it.
pub(crate) fn answered_by(response: &Response) -> SocketAddr {
    let asked = response.header("X-Upstream").unwrap_or_default();
    let last = asked.split(", ").last().and_then(|address| address.parse().ok());
    last.unwrap_or_else(|| panic!("no replica was asked: {response:?}"))
}
