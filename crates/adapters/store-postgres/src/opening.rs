//! What is asked of the server before there is a pool. It may fall silent then, too, so all is asked by a [`Line`].

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::BoxError;
use diesel::connection::CacheSize;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

use crate::limits::{Limits, share_a_session};
use crate::line::Line;
use crate::migrate::{is_up_to_date, migrate};
use crate::{OpenError, PostgresOptions};

/// Brings the schema at `url` up to date by connections that take `opening` at most to open; the names of what that took, and
/// the limits for the connections to come.
pub(crate) fn ready(
    place: &str,
    url: &str,
    options: PostgresOptions,
    opening: Duration,
) -> Result<(Vec<String>, Limits), OpenError> {
    let failed = |source: BoxError| OpenError::connect(place, source);
    let answering = options.connect_timeout + options.statement_timeout;

    let here = url.to_owned();
    let mut line =
        Line::open(Arc::default(), Arc::default(), opening, move || connect(&here)).map_err(failed)?;
    let encoding = line
        .call(answering, |connection| {
            diesel::select(sql::<Text>("current_setting('server_encoding')")).get_result::<String>(connection)
        })
        .map_err(|silence| failed(silence.into()))?
        .map_err(|error| failed(error.into()))?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding { place: place.to_owned(), encoding });
    }
    if !options.pooled {
        let here = url.to_owned();
        let shared = line
            .call(opening + answering, move |one| Ok(share_a_session(one, &mut connect(&here)?)))
            .map_err(|silence| failed(silence.into()))?;
        if shared.map_err(failed)? {
            return Err(OpenError::Pooled { place: place.to_owned() });
        }
    }
    let limits = if options.pooled {
        line.call(answering, move |connection| Limits::of_transactions(options.statement_timeout, connection))
            .map_err(|silence| failed(silence.into()))?
    } else {
        Limits::of_sessions(options.statement_timeout)
    };

    let patience = options.migration_patience;
    let not_migrated = |failure| OpenError::migrate(place, patience, failure);
    let up_to_date = line.call(answering, is_up_to_date).map_err(|silence| failed(silence.into()))?;
    if up_to_date.map_err(not_migrated)? {
        return Ok((Vec::new(), limits));
    }
    let here = url.to_owned();
    // How long a migration may take is for whoever wrote it to say.
    let migrated = line
        .call(Duration::MAX, move |connection| migrate(connection, || connect(&here), patience))
        .map_err(|silence| failed(silence.into()))?;
    Ok((migrated.map_err(not_migrated)?, limits))
}

/// One connection, in whose session nothing is prepared: it may be another's a moment later.
fn connect(url: &str) -> Result<PgConnection, BoxError> {
    // libpq ends its sentences with a line's end.
    let mut connection =
        PgConnection::establish(url).map_err(|error| error.to_string().trim_end().to_owned())?;
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok(connection)
}
