//! How the pool makes and tests its connections.

use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::R2D2Connection as _;
use diesel::{Connection as _, ConnectionError, PgConnection};
use r2d2::ManageConnection;

use crate::PostgresOptions;
use crate::limits::Limits;
use crate::line::{Generations, Line, Silence};

/// How many times as many connections may be open as the pool has, the given up among them. A server that takes connections
/// and then falls silent would otherwise be made to open one after the other.
const CROWD: usize = 3;

/// Makes connections to one database.
#[derive(Debug)]
pub(crate) struct Lines {
    url: String,
    limits: Arc<Limits>,
    /// How long opening one may take.
    opening: Duration,
    /// How long the server may be silent when it is asked whether it is there.
    patience: Duration,
    generations: Arc<Generations>,
    /// Held by the thread of each connection.
    crowd: Arc<()>,
    most: usize,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error(transparent)]
    Connect(#[from] ConnectionError),
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    #[error(transparent)]
    Silence(#[from] Silence),
    #[error("{0} connections that were given up wait for the server to end them")]
    Crowd(usize),
    #[error("no thread for a connection")]
    Thread(#[from] std::io::Error),
}

impl Lines {
    /// Connections by `url` that take `opening` at most to open.
    pub(crate) fn new(url: String, limits: Arc<Limits>, opening: Duration, options: PostgresOptions) -> Self {
        let most = usize::try_from(options.pool_size).unwrap_or(usize::MAX).saturating_mul(CROWD);
        let patience = options.connect_timeout;
        Self { url, limits, opening, patience, generations: Arc::default(), crowd: Arc::default(), most }
    }
}

impl ManageConnection for Lines {
    type Connection = Line;
    type Error = LineError;

    fn connect(&self) -> Result<Line, LineError> {
        // One reference is our own.
        let open = Arc::strong_count(&self.crowd) - 1;
        if open >= self.most {
            return Err(LineError::Crowd(open));
        }
        let url = self.url.clone();
        let connect = move || Ok::<_, LineError>(PgConnection::establish(&url)?);
        let (generations, crowd) = (Arc::clone(&self.generations), Arc::clone(&self.crowd));
        let mut line = Line::open(generations, crowd, self.opening, connect)?;
        let limits = Arc::clone(&self.limits);
        line.call(self.patience, move |connection| limits.ready(connection))??;
        Ok(line)
    }

    /// A server that restarts leaves dead connections behind; one round trip keeps them from whoever asks next. A server that
    /// does not answer even that says nothing by its other connections either.
    ///
    /// A pooler of transactions is not asked: it may answer late since others are before us, who are served all the while.
    fn is_valid(&self, line: &mut Line) -> Result<(), LineError> {
        if line.is_retired() {
            return Err(Silence.into());
        }
        if !self.limits.are_of_sessions() {
            return Ok(());
        }
        let answer = line.call(self.patience, PgConnection::ping).inspect_err(|_| line.give_up());
        Ok(answer??)
    }

    fn has_broken(&self, line: &mut Line) -> bool {
        line.is_retired()
    }
}
