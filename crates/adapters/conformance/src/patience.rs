//! When to give up on a target that says nothing.

use std::cell::Cell;

use crate::http::{Answer, NoAnswer, Request, Silence, Transport};

/// So many requests in a row may wait in vain.
const IN_A_ROW: u32 = 3;

/// Carries requests until waiting is of no use. From then on the target cannot be asked, without another attempt.
pub(crate) struct Patience<'a> {
    transport: &'a dyn Transport,
    state: Cell<State>,
}

#[derive(Clone, Copy)]
enum State {
    /// Nothing has come yet, so that it is no target at all.
    Unmet,
    /// So many requests have waited in vain since something came.
    Met(u32),
    /// It is over.
    GivenUp,
}

impl<'a> Patience<'a> {
    pub(crate) fn with(transport: &'a dyn Transport) -> Self {
        Self { transport, state: Cell::new(State::Unmet) }
    }
}

impl Transport for Patience<'_> {
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let state = self.state.get();
        if matches!(state, State::GivenUp) {
            return Err(given_up("it was given up".to_owned()));
        }
        let result = self.transport.send(request);
        let (next, result) = match (state, result) {
            (_, Err(none)) if none.silence == Silence::Unreachable => (State::GivenUp, Err(none)),
            (State::Unmet, Err(none)) if none.silence == Silence::TooLong => {
                (State::GivenUp, Err(given_up(none.reason)))
            }
            (State::Met(before), Err(none)) if none.silence == Silence::TooLong => {
                if before + 1 < IN_A_ROW {
                    (State::Met(before + 1), Err(none))
                } else {
                    let reason = format!("{IN_A_ROW} requests in a row had no answer: {}", none.reason);
                    (State::GivenUp, Err(given_up(reason)))
                }
            }
            (_, other) => (State::Met(0), other),
        };
        self.state.set(next);
        result
    }
}

fn given_up(reason: String) -> NoAnswer {
    NoAnswer { reason, silence: Silence::Unreachable }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::support::{Fake, answer};

    /// What becomes of requests that meet these, one after another: `None` is an answer.
    fn met(silences: &[Option<Silence>]) -> (Vec<Option<Silence>>, usize) {
        let left = RefCell::new(silences.iter());
        let fake = Fake::new(|_| match left.borrow_mut().next() {
            Some(Some(silence)) => Err(NoAnswer { reason: "too long".to_owned(), silence: *silence }),
            _ => Ok(answer(200, &[], "")),
        });
        let patience = Patience::with(&fake);
        let request = Request { method: "GET".to_owned(), path: "/".to_owned(), headers: vec![], body: None };
        let became =
            silences.iter().map(|_| patience.send(&request).err().map(|none| none.silence)).collect();
        (became, fake.asked.borrow().len())
    }

    const ANSWER: Option<Silence> = None;
    const TOO_LONG: Option<Silence> = Some(Silence::TooLong);
    const BROKEN: Option<Silence> = Some(Silence::Broken);
    const OVER: Option<Silence> = Some(Silence::Unreachable);

    #[test]
    fn a_target_that_is_silent_from_the_first_is_given_up_at_once() {
        assert_eq!(met(&[TOO_LONG, ANSWER]), (vec![OVER, OVER], 1));
        assert_eq!(met(&[OVER, ANSWER]), (vec![OVER, OVER], 1));
    }

    #[test]
    fn a_target_that_falls_silent_is_given_up_after_three_requests() {
        let falls = [ANSWER, TOO_LONG, TOO_LONG, TOO_LONG, ANSWER];
        assert_eq!(met(&falls), (vec![ANSWER, TOO_LONG, TOO_LONG, OVER, OVER], 4));
    }

    #[test]
    fn whatever_comes_in_between_counts_as_life() {
        for between in [ANSWER, BROKEN] {
            let met_them = [ANSWER, TOO_LONG, TOO_LONG, between, TOO_LONG, TOO_LONG, ANSWER];
            assert_eq!(met(&met_them), (met_them.to_vec(), 7));
        }
        assert_eq!(met(&[BROKEN, TOO_LONG, ANSWER]), (vec![BROKEN, TOO_LONG, ANSWER], 3));
    }
}
