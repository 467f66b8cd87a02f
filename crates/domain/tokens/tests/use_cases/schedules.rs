//! Random schedules of tabs that refresh: whatever their order and number, within the grace nobody is ever
//! logged out and one token lives.

use std::time::Duration;

use concierge_kernel::{Clock as _, Timestamp};
use concierge_tokens::rotation::{Judgement, judge};
use concierge_tokens::{RefreshToken, SessionStore as _, TokenId};
use proptest::prelude::*;

use crate::support::{House, POLICY};

const TABS: usize = 6;

/// One refresh.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Who refreshes, if nobody has to before.
    tab: usize,
    /// How long after the last step, if nobody's grace ends before.
    pause: Duration,
    /// The answer never arrives: the tab keeps the token that it has.
    lost: bool,
}

/// The rule: no tab presents a token that was first used longer ago than the grace. A tab whose grace would
/// end during the pause refreshes at the last moment, and its answer arrives.
fn next(step: Step, now: Timestamp, first_uses: &[Option<Timestamp>]) -> (usize, Timestamp, bool) {
    let deadline = |used: Timestamp| used.plus(POLICY.refresh_grace);
    let urgent = first_uses
        .iter()
        .enumerate()
        .filter_map(|(tab, used)| Some((deadline((*used)?), tab)))
        .min()
        .filter(|(deadline, _)| *deadline <= now.plus(step.pause));
    match urgent {
        Some((deadline, tab)) => (tab, deadline, false),
        None => (step.tab, now.plus(step.pause), step.lost),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Mostly races; now and then a pause longer than any grace.
    let pause = prop_oneof![
        3 => 0..=50_000_u64,
        2 => 0..=10_000_000_u64,
        1 => 10_000_001..=3_600_000_000_u64,
    ];
    let step = (0..TABS, pause, prop::bool::weighted(0.2)).prop_map(|(tab, micros, lost)| Step {
        tab,
        pause: Duration::from_micros(micros),
        lost,
    });
    prop::collection::vec(step, 1..120)
}

/// A session as the rule alone makes it, with every token it ever had.
struct Chain {
    house: House,
    tokens: Vec<RefreshToken>,
}

impl Chain {
    fn successor(&self, predecessor: Option<TokenId>) -> RefreshToken {
        let issued_at = self.house.now().floor_to_secs();
        RefreshToken {
            id: TokenId::generate(self.house.now(), self.house.entropy.as_ref()),
            predecessor,
            issued_at,
            expires_at: issued_at.plus(POLICY.refresh_ttl),
            first_used_at: None,
        }
    }

    /// The place of the one token that nobody has used.
    fn living(&self) -> usize {
        let unused: Vec<_> =
            (0..self.tokens.len()).filter(|place| self.tokens[*place].first_used_at.is_none()).collect();
        assert_eq!(unused, [self.tokens.len() - 1], "one token lives, and it is the last");
        unused[0]
    }

    fn judge(&self, place: usize) -> Judgement {
        let living = &self.tokens[self.living()];
        judge(Some(&self.tokens[place]), living, self.house.now(), POLICY.refresh_grace)
    }

    /// Does what the rule says.
    fn present(&mut self, place: usize) -> usize {
        match self.judge(place) {
            Judgement::Rotate => {
                assert_eq!(place, self.living(), "only the living token is rotated");
                self.tokens[place].first_used_at = Some(self.house.now());
                self.tokens.push(self.successor(Some(self.tokens[place].id)));
            }
            Judgement::Replay => assert_ne!(place, self.living(), "the living token is rotated"),
            Judgement::Reuse => panic!("token {place} of {} was taken for stolen", self.tokens.len()),
        }
        self.living()
    }
}

proptest! {
    #[test]
    fn the_rule_never_logs_out_tabs_that_keep_to_the_grace(schedule in steps()) {
        let mut chain = Chain { house: House::new(), tokens: Vec::new() };
        chain.tokens.push(chain.successor(None));
        let mut held = [0; TABS];
        for step in schedule {
            let first_uses = held.map(|place| chain.tokens[place].first_used_at);
            let (tab, at, lost) = next(step, chain.house.now(), &first_uses);
            chain.house.wait_until(at);
            let answered = chain.present(held[tab]);
            prop_assert_eq!(answered, chain.living());
            if !lost {
                held[tab] = answered;
            }
        }
    }

    #[test]
    fn the_use_case_and_its_store_never_log_out_tabs_that_keep_to_the_grace(schedule in steps()) {
        let house = House::new();
        let opened = house.open();
        let mut held: [_; TABS] = std::array::from_fn(|_| (opened.refresh_token.clone(), opened.refresh.id));
        let mut used: Vec<(TokenId, Timestamp)> = Vec::new();
        for step in schedule {
            let first_use = |id| used.iter().find(|(known, _)| *known == id).map(|(_, at)| *at);
            let first_uses = held.each_ref().map(|(_, id)| first_use(*id));
            let (tab, at, lost) = next(step, house.clock.now(), &first_uses);
            house.wait_until(at);
            if first_uses[tab].is_none() {
                used.push((held[tab].1, at));
            }
            let answered = house.refresh(&held[tab].0);
            let answered = answered.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
            let living = house.store.find(opened.session.id).unwrap().unwrap().living;
            prop_assert_eq!(answered.refresh.id, living.id);
            prop_assert!(used.iter().all(|(id, _)| *id != living.id), "a used token was handed out");
            if !lost {
                held[tab] = (answered.refresh_token, answered.refresh.id);
            }
        }
        prop_assert_eq!(house.reason_of_end(&opened.session), None);
    }
}
