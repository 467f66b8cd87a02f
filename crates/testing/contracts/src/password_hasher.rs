//! The law of [`PasswordHasher`](concierge_users::PasswordHasher).

#![expect(missing_docs, reason = "the cases are named as sentences")]

use concierge_users::{HashFailure, Password, PasswordHash, PasswordHasher, Verification};

/// Makes a `#[test]` of every case; `$hasher` is a function that makes a hasher.
#[macro_export]
macro_rules! password_hasher_suite {
    ($hasher:path) => {
        $crate::password_hasher_suite! { @cases $hasher;
            a_hash_is_of_its_own_password_alone,
            a_new_hash_is_up_to_date,
            no_password_matches_the_decoy,
            the_decoy_is_up_to_date,
            a_hash_that_cannot_be_read_is_no_mismatch,
        }
    };
    (@cases $hasher:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::password_hasher::$case(&$hasher());
            }
        )+
    };
}

fn password(text: &str) -> Password {
    Password::parse(text).expect("a sample password is valid")
}

// Cases

pub fn a_hash_is_of_its_own_password_alone(hasher: &dyn PasswordHasher) {
    let hash = hasher.hash(&password("correct horse")).unwrap();
    for other in ["correct horsf", "Correct horse", "correct horse ", "correct hors"] {
        assert_eq!(hasher.verify(&password(other), &hash).unwrap(), Verification::Mismatch, "{other}");
    }
}

pub fn a_new_hash_is_up_to_date(hasher: &dyn PasswordHasher) {
    let hash = hasher.hash(&password("correct horse")).unwrap();
    assert_eq!(hasher.verify(&password("correct horse"), &hash).unwrap(), Verification::Match);
}

pub fn no_password_matches_the_decoy(hasher: &dyn PasswordHasher) {
    let decoy = hasher.decoy();
    for text in ["correct horse", "decoy decoy", decoy.as_str().get(..100).unwrap_or(decoy.as_str())] {
        assert_eq!(hasher.verify(&password(text), &decoy).unwrap(), Verification::Mismatch, "{text}");
    }
}

pub fn the_decoy_is_up_to_date(hasher: &dyn PasswordHasher) {
    // Else it would cost another time than the hashes of users do.
    let verdict = hasher.verify(&password("correct horse"), &hasher.decoy()).unwrap();
    assert_ne!(verdict, Verification::MismatchOutdated);
}

pub fn a_hash_that_cannot_be_read_is_no_mismatch(hasher: &dyn PasswordHasher) {
    let strange = PasswordHash::parse("$unheard-of$v=1$x").expect("it has the form of a hash");
    let verdict = hasher.verify(&password("correct horse"), &strange);
    assert!(matches!(verdict, Err(HashFailure::Unreadable(_))), "{verdict:?}");
}
