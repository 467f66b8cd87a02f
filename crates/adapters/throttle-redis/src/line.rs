//! A connection on a thread of its own. A socket's limit of time is one for each read, and a server that sends its answer byte
//! by byte keeps it for ever: so somebody else waits for the socket, and only for so long.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use redis::{Client, Connection, RedisResult};

type Job = Box<dyn FnOnce(&mut Wire) + Send>;

/// A connection. Its thread ends when this is dropped, or else when the server or the socket ends what it waits for.
pub(crate) struct Line(Sender<Job>);

/// What a line has done.
pub(crate) struct Done<T> {
    pub(crate) outcome: RedisResult<T>,
    /// Whether the server had closed the connection of the line's last call.
    pub(crate) closed: bool,
}

impl Line {
    /// One that connects when there is something to ask. `crowd` is held for as long as its thread runs.
    pub(crate) fn open(client: Client, timeout: Duration, crowd: Arc<()>) -> io::Result<Self> {
        let (jobs, queue) = channel::<Job>();
        let serve = move || {
            let _crowd = crowd;
            let mut wire = Wire { client, timeout, connection: None };
            while let Ok(job) = queue.recv() {
                job(&mut wire);
            }
        };
        thread::Builder::new().name("concierge-redis".to_owned()).spawn(serve)?;
        Ok(Self(jobs))
    }

    /// Has `work` done, and waits for `patience` at most, connecting included. What is given up may still be done, or not.
    ///
    /// # Errors
    /// It took too long. Nobody should have the line any more.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl Fn(&mut Connection) -> RedisResult<T> + Send + 'static,
    ) -> io::Result<Done<T>> {
        let (answer, answers) = sync_channel(1);
        let job = move |wire: &mut Wire| {
            // Nobody listens any more once it has been given up.
            drop(answer.send(wire.run(work)));
        };
        // A thread that has panicked takes no more, and answers nothing.
        self.0.send(Box::new(job)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        answers.recv_timeout(patience).map_err(|error| io::Error::new(io::ErrorKind::TimedOut, error))
    }
}

/// What the thread has.
struct Wire {
    client: Client,
    timeout: Duration,
    connection: Option<Connection>,
}

impl Wire {
    /// A server may have closed a connection that was idle: then `work` is done on a new one.
    fn run<T>(&mut self, work: impl Fn(&mut Connection) -> RedisResult<T>) -> Done<T> {
        let Some(connection) = &mut self.connection else {
            return Done { outcome: self.connect().and_then(work), closed: false };
        };
        match work(connection) {
            Err(error) if error.is_connection_dropped() => {
                Done { outcome: self.connect().and_then(work), closed: true }
            }
            outcome => Done { outcome, closed: false },
        }
    }

    /// A new connection. What nobody waits for any more ends by its socket's limits, unless the server goes on sending.
    fn connect(&mut self) -> RedisResult<&mut Connection> {
        self.connection = None;
        let connection = self.client.get_connection_with_timeout(self.timeout)?;
        connection.set_read_timeout(Some(self.timeout))?;
        connection.set_write_timeout(Some(self.timeout))?;
        Ok(self.connection.insert(connection))
    }
}
