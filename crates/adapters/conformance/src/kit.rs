//! Runs tables.

use std::cell::OnceCell;

use concierge_kernel::Entropy;
use concierge_origins::{Origin, Topology};

use crate::account::{Account, BearerSession, CookieSession, NoSession};
use crate::cookie::SetCookie;
use crate::http::{NoAnswer, Request, Silence, Transport};
use crate::judge::judge;
use crate::patience::Patience;
use crate::report::{Fault, Outcome, Report, Verdict};
use crate::row::{Need, Row};
use crate::scene::Scene;
use crate::table::Table;

/// Runs tables against one deployment.
pub struct Kit<'a> {
    /// Carries the requests there.
    pub transport: &'a dyn Transport,
    /// Names and passwords come from it.
    pub entropy: &'a dyn Entropy,
    /// The deployment's own origin.
    pub own: Origin,
    /// A frontend that may call; `None` skips what needs one.
    pub origin: Option<Origin>,
    /// Whether a throw-away account may be registered there.
    pub write: bool,
}

/// Why nothing can be said of a deployment. Displays in a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
    /// Nothing can be asked there at all.
    #[error("{0}")]
    Unreachable(String),
    /// The frontend that was named is none: every row that needs one would fail for this alone.
    #[error("{origin} may not call {target}: add it to the target's origins.allowed")]
    UnknownOrigin {
        /// The frontend.
        origin: Origin,
        /// The deployment.
        target: Origin,
    },
}

/// What rows share, made when the first of them needs it.
#[derive(Default)]
struct Stock {
    account: OnceCell<(Account, Result<CookieSession, String>)>,
    tokens: OnceCell<Result<BearerSession, String>>,
}

/// Why a row did not come to its verdict.
enum Stop {
    Skip(String),
    NoReport(NoReport),
    Silent(String),
}

impl Kit<'_> {
    /// Runs every row, in order. Sessions that were opened for it are ended afterwards; the account stays, and nobody knows
    /// its password.
    ///
    /// # Errors
    /// Nothing can be asked there: the target is not reached, lets the first request wait in vain, or later three in a row.
    /// Or the frontend may not call, and there are rows that need one who may.
    pub fn run(&self, table: &Table) -> Result<Report, NoReport> {
        let patience = Patience::with(self.transport);
        Kit { transport: &patience, own: self.own.clone(), origin: self.origin.clone(), ..*self }
            .run_rows(table)
    }

    fn run_rows(&self, table: &Table) -> Result<Report, NoReport> {
        if let Some(origin) = &self.origin
            && table.rows().iter().any(|row| row.needs.contains(&Need::Origin))
        {
            self.introduce(origin)?;
        }
        let stock = Stock::default();
        let verdicts: Result<Vec<_>, _> = table.rows().iter().map(|row| self.verdict(row, &stock)).collect();
        if let Some((account, Ok(_))) = stock.account.get()
            && let Ok(last) = account.log_in_for_tokens(self.transport)
        {
            last.end_all(self.transport);
        }
        Ok(Report::new(self.own.to_string(), self.origin.as_ref().map(Origin::to_string), verdicts?))
    }

    /// Asks whether the frontend may call. Only the API's own no counts: whatever else comes is for the rows to judge.
    fn introduce(&self, origin: &Origin) -> Result<(), NoReport> {
        let headers = [("Origin", origin.to_string()), ("Access-Control-Request-Method", "POST".to_owned())];
        let preflight = Request {
            method: "OPTIONS".to_owned(),
            path: "/auth/login".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body: None,
        };
        match self.transport.send(&preflight).map_err(Stop::from) {
            Err(Stop::NoReport(none)) => Err(none),
            Ok(answer) if answer.json().is_some_and(|body| body["code"] == "origin_not_allowed") => {
                Err(NoReport::UnknownOrigin { origin: origin.clone(), target: self.own.clone() })
            }
            _ => Ok(()),
        }
    }

    fn verdict(&self, row: &Row, stock: &Stock) -> Result<Verdict, NoReport> {
        let outcome = match self.outcome(row, stock) {
            Ok(outcome) => outcome,
            Err(Stop::Skip(reason)) => Outcome::Skipped { reason },
            Err(Stop::Silent(reason)) => Outcome::Failed { faults: vec![Fault::new("an answer", reason)] },
            Err(Stop::NoReport(none)) => return Err(none),
        };
        Ok(Verdict::new(row, outcome))
    }

    fn outcome(&self, row: &Row, stock: &Stock) -> Result<Outcome, Stop> {
        if let Some(need) = row.needs.iter().find(|need| !self.has(**need)) {
            return Err(Stop::Skip(need.missing().to_owned()));
        }
        let mut scene = self.scene(row, stock)?;
        for ask in &row.before {
            let answer = self.transport.send(&scene.request(ask).map_err(Stop::Skip)?)?;
            if answer.status >= 400 {
                let first =
                    format!("what comes first, {} {}, was answered {}", ask.method, ask.path, answer.status);
                return Err(Stop::Skip(first));
            }
            scene.cookies.extend(SetCookie::all(&answer));
        }
        let answer = self.transport.send(&scene.request(&row.request).map_err(Stop::Skip)?)?;
        if answer.status == 429 && !row.expect.allows(429) {
            return Err(Stop::Skip("it was answered 429, too many requests; try again later".to_owned()));
        }
        let fill = |text: &str| scene.expected(text, &answer);
        let faults = judge(&row.expect, &answer, &scene.cookies, &fill).map_err(Stop::Skip)?;
        Ok(if faults.is_empty() { Outcome::Passed } else { Outcome::Failed { faults } })
    }

    fn has(&self, need: Need) -> bool {
        let cross_site =
            self.origin.as_ref().map(|origin| Topology::between(&self.own, origin).is_cross_site());
        match need {
            Need::Origin => self.origin.is_some(),
            Need::Http => !self.own.is_https(),
            Need::Https => self.own.is_https(),
            Need::SameSite => cross_site == Some(false),
            Need::CrossSite => cross_site == Some(true),
            writing => !writing.writes() || self.write,
        }
    }

    fn scene<'b>(&'b self, row: &Row, stock: &'b Stock) -> Result<Scene<'b>, Stop> {
        let mut scene = Scene {
            entropy: self.entropy,
            own: &self.own,
            origin: self.origin.as_ref(),
            account: None,
            session: None,
            tokens: None,
            cookies: Vec::new(),
        };
        if !row.needs.iter().any(|need| need.takes_account()) {
            return Ok(scene);
        }
        let (account, first_session) = self.account(stock)?;
        scene.account = Some(account);
        if row.needs.contains(&Need::FreshSession) {
            scene.session = Some(account.log_in(self.transport, &self.caller())?);
        } else if row.needs.contains(&Need::Session) {
            scene.session = Some(first_session.clone());
        }
        if row.needs.contains(&Need::Tokens) {
            scene.tokens = Some(self.tokens(account, stock)?.clone());
        }
        scene.cookies = scene.session.iter().flat_map(|session| session.cookies.clone()).collect();
        Ok(scene)
    }

    fn account<'b>(&self, stock: &'b Stock) -> Result<(&'b Account, &'b CookieSession), Stop> {
        if stock.account.get().is_none() {
            let account = Account::new(self.entropy);
            let session = refused(account.register(self.transport, &self.caller()))?;
            // It is empty, as was just seen.
            drop(stock.account.set((account, session)));
        }
        let (account, session) =
            stock.account.get().ok_or_else(|| Stop::Skip("there is no account".to_owned()))?;
        Ok((account, session.as_ref().map_err(|reason| Stop::Skip(reason.clone()))?))
    }

    fn tokens<'b>(&self, account: &Account, stock: &'b Stock) -> Result<&'b BearerSession, Stop> {
        if stock.tokens.get().is_none() {
            drop(stock.tokens.set(refused(account.log_in_for_tokens(self.transport))?));
        }
        let tokens = stock.tokens.get().ok_or_else(|| Stop::Skip("there are no tokens".to_owned()))?;
        tokens.as_ref().map_err(|reason| Stop::Skip(reason.clone()))
    }

    /// In whose name accounts are made: the frontend's, or else the API's own.
    fn caller(&self) -> String {
        self.origin.as_ref().unwrap_or(&self.own).to_string()
    }
}

/// Keeps a refusal, to be told at every row that it concerns; no answer at all stops the row at hand.
fn refused<T>(made: Result<T, NoSession>) -> Result<Result<T, String>, Stop> {
    match made {
        Ok(made) => Ok(Ok(made)),
        Err(NoSession::Refused(reason)) => Ok(Err(reason)),
        Err(NoSession::NoAnswer(none)) => Err(none.into()),
    }
}

impl From<NoAnswer> for Stop {
    fn from(none: NoAnswer) -> Self {
        match none.silence {
            Silence::Unreachable => Self::NoReport(NoReport::Unreachable(none.reason)),
            Silence::TooLong | Silence::Broken => Self::Silent(none.reason),
        }
    }
}

impl From<NoSession> for Stop {
    fn from(none: NoSession) -> Self {
        match none {
            NoSession::NoAnswer(none) => none.into(),
            NoSession::Refused(reason) => Self::Skip(reason),
        }
    }
}

#[cfg(test)]
mod tests;
