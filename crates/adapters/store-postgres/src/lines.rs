//! How the pool makes and tests its connections.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::R2D2Connection as _;
use diesel::{Connection as _, ConnectionError, PgConnection};
use r2d2::ManageConnection;

use crate::line::{Generations, Line, Silence};

/// Makes connections to one database.
#[derive(Debug)]
pub(crate) struct Lines {
    url: String,
    /// What each connection is told first.
    settings: String,
    /// How long the server may be silent when it is asked whether it is there.
    patience: Duration,
    generations: Arc<Generations>,
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
    #[error("no thread for a connection")]
    Thread(#[from] std::io::Error),
}

impl Lines {
    /// Connections by `url`, which says how long connecting may take.
    pub(crate) fn new(url: String, settings: String, patience: Duration) -> Self {
        Self { url, settings, patience, generations: Arc::default() }
    }
}

impl ManageConnection for Lines {
    type Connection = Line;
    type Error = LineError;

    fn connect(&self) -> Result<Line, LineError> {
        let url = self.url.clone();
        let connect = move || Ok::<_, LineError>(PgConnection::establish(&url)?);
        let mut line = Line::open(Arc::clone(&self.generations), connect)?;
        let settings = self.settings.clone();
        line.call(self.patience, move |connection| connection.batch_execute(&settings))??;
        Ok(line)
    }

    /// A server that restarts leaves dead connections behind; one round trip keeps them from whoever asks next. A server that
    /// does not answer even that says nothing by its other connections either.
    fn is_valid(&self, line: &mut Line) -> Result<(), LineError> {
        if line.is_retired() {
            return Err(Silence.into());
        }
        let answer = line.call(self.patience, PgConnection::ping).inspect_err(|_| line.give_up());
        Ok(answer??)
    }

    fn has_broken(&self, line: &mut Line) -> bool {
        line.is_retired()
    }
}
