//! Rotations and retirements, by a clock that is only a number.

use super::*;

const MONTH: Duration = Duration::from_secs(2_592_000);

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs).unwrap()
}

fn kid(letter: &str) -> Kid {
    Kid::try_from(letter.repeat(43)).unwrap()
}

fn plan() -> Plan {
    let mut plan = Plan::default();
    plan.add(kid("a"), KeyAlgorithm::EdDsa, at(0)).unwrap();
    plan.add(kid("b"), KeyAlgorithm::Es256, at(0)).unwrap();
    plan
}

fn rotated(plan: &mut Plan, letter: &str, now: u64) -> Timestamp {
    plan.rotate(kid(letter).as_str(), at(now), MONTH).unwrap()
}

/// The end of the last token that was signed before a rotation at `begins`.
fn end(begins: Timestamp) -> Timestamp {
    begins.plus(MONTH).plus(LATE)
}

fn standings(plan: &Plan, now: Timestamp) -> Vec<Standing> {
    plan.list(now).into_iter().map(|key| key.standing).collect()
}

#[test]
fn the_secret_signs_until_a_pair_does_and_pairs_verify_before_they_sign() {
    let duty = plan().duty(at(9));
    let expected =
        Duty { signing: SignedBy::Secret, verifying: vec![kid("a"), kid("b")], secret_verifies: true };
    assert_eq!(duty, expected);
    assert_eq!(
        standings(&plan(), at(9)),
        [Standing::Signing(Timestamp::EPOCH), Standing::Standby, Standing::Standby]
    );
}

#[test]
fn a_rotation_begins_when_every_running_server_has_read_of_it() {
    let mut plan = plan();
    let begins = rotated(&mut plan, "a", 10);
    assert_eq!(begins, at(13));
    assert_eq!(plan.duty(at(12)).signing, SignedBy::Secret);
    assert_eq!(plan.duty(at(13)).signing, SignedBy::Key(kid("a")));
    assert_eq!(standings(&plan, at(12))[1], Standing::Next(at(13)));
    assert_eq!(standings(&plan, at(13))[1], Standing::Signing(at(13)));
}

#[test]
fn what_signed_before_verifies_until_its_last_token_has_expired_and_no_longer() {
    let mut plan = plan();
    let first = end(rotated(&mut plan, "a", 10));
    let second = end(rotated(&mut plan, "b", 100));
    let before = |moment: Timestamp| moment.minus(Duration::from_secs(1));
    assert!(plan.duty(before(first)).secret_verifies);
    assert!(!plan.duty(first).secret_verifies);
    assert_eq!(plan.duty(before(second)).verifying, [kid("a")]);
    assert_eq!(plan.duty(second).verifying, []);
    assert_eq!(plan.duty(second).signing, SignedBy::Key(kid("b")));
    assert_eq!(standings(&plan, second)[..2], [Standing::Expired(first), Standing::Expired(second)]);
}

#[test]
fn of_two_rotations_at_once_the_later_wins_and_each_key_counts_until_its_time_is_over() {
    let mut plan = plan();
    let first = rotated(&mut plan, "a", 10);
    let second = rotated(&mut plan, "b", 10);
    assert!(second > first);
    assert_eq!(plan.duty(first).signing, SignedBy::Key(kid("a")));
    assert_eq!(plan.duty(second).signing, SignedBy::Key(kid("b")));
    assert_eq!(plan.duty(second).verifying, [kid("a")]);
}

#[test]
fn an_old_key_can_sign_again() {
    let mut plan = plan();
    rotated(&mut plan, "a", 10);
    rotated(&mut plan, "b", 100);
    let again = rotated(&mut plan, "a", 200);
    let duty = plan.duty(again);
    assert_eq!((duty.signing, duty.verifying), (SignedBy::Key(kid("a")), vec![kid("b")]));
    assert_eq!(plan.duty(end(again)).signing, SignedBy::Key(kid("a")));
}

#[test]
fn the_signing_key_can_be_neither_rotated_to_nor_retired() {
    let mut plan = plan();
    rotated(&mut plan, "a", 10);
    let a = kid("a").to_string();
    assert_eq!(plan.rotate(&a, at(50), MONTH), Err(PlanError::AlreadySigning(a.clone())));
    assert_eq!(plan.retire(&a, at(50), true), Err(PlanError::Signs(a.clone())));
    // Nor one that is about to sign, nor the one that signs until then.
    assert_eq!(plan.retire(&a, at(10), true), Err(PlanError::Signs(a)));
    let until = PlanError::SignsUntil { kid: SECRET.to_owned(), until: at(13) };
    assert_eq!(plan.retire(SECRET, at(12), true), Err(until));
    assert_eq!(Plan::default().retire(SECRET, at(0), true), Err(PlanError::Signs(SECRET.to_owned())));
}

#[test]
fn a_key_that_sessions_need_is_retired_only_at_once_by_name() {
    let mut plan = plan();
    let first = end(rotated(&mut plan, "a", 10));
    let second = end(rotated(&mut plan, "b", 100));
    let (a, needed) =
        (kid("a").to_string(), |kid: &str, until| PlanError::StillNeeded { kid: kid.to_owned(), until });
    assert_eq!(plan.retire(&a, at(200), false), Err(needed(&a, second)));
    assert_eq!(plan.retire(SECRET, at(200), false), Err(needed(SECRET, first)));
    assert!(plan.clone().retire(&a, second, false).is_ok());
    plan.retire(&a, at(200), true).unwrap();
    plan.retire(SECRET, at(200), true).unwrap();
    let expected = Duty { signing: SignedBy::Key(kid("b")), verifying: vec![], secret_verifies: false };
    assert_eq!(plan.duty(at(200)), expected);
    assert_eq!(plan.retire(&a, at(200), true), Err(PlanError::NoSuchKey(a)));
}

#[test]
fn a_key_that_never_signed_is_needed_by_nobody() {
    let mut plan = plan();
    plan.retire(kid("b").as_str(), at(1), false).unwrap();
    assert_eq!(plan.list(at(1)).len(), 2);
}

#[test]
fn a_key_is_in_the_plan_once() {
    assert_eq!(plan().add(kid("a"), KeyAlgorithm::EdDsa, at(1)), Err(PlanError::Present(kid("a"))));
}

#[test]
fn what_is_written_is_read_again() {
    let mut plan = plan();
    rotated(&mut plan, "a", 10);
    let text = plan.to_json().unwrap();
    let read = Plan::from_json(&text).unwrap();
    for now in [0, 12, 13, 50_000_000] {
        assert_eq!(read.duty(at(now)), plan.duty(at(now)));
        assert_eq!(read.list(at(now)), plan.list(at(now)));
    }
}

#[test]
fn a_kid_that_is_no_thumbprint_makes_no_plan() {
    let json = |kid: &str| {
        let entry =
            r#"{"kid":"KID","algorithm":"EdDSA","created":1,"signs_from":null,"verifies_until":null}"#;
        let entry = entry.replace("KID", kid);
        format!(r#"{{"secret_verifies_until":null,"keys":[{entry}]}}"#)
    };
    assert!(Plan::from_json(&json(kid("a").as_str())).is_ok());
    for bad in ["", "../../etc/passwd", &"a".repeat(42), &"/".repeat(43), &".".repeat(43)] {
        assert!(Plan::from_json(&json(bad)).is_err(), "{bad:?}");
    }
}
