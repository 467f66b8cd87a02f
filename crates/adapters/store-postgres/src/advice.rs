//! What to do about libpq's refusals.

/// What libpq says, in which order it is looked for, and what to do then. Its sentences are English everywhere; those of
/// servers are where they speak it.
const ADVICE: &[(&str, &str)] = &[
    ("certificate has expired", "the server's certificate has expired: renew it"),
    // By an authority of the same name with another key.
    (
        "signature failure",
        "another authority of that name has signed the server's certificate: name the right one's file in sslrootcert",
    ),
    (
        "certificate verify failed",
        "no authority of sslrootcert has signed the server's certificate: name the file of the one that has",
    ),
    (
        "does not match host name",
        "connect by a name that is in the server's certificate; hostaddr= may tell its address beside it",
    ),
    // Never to do without: whoever asked for TLS may well be talking to somebody else.
    ("server does not support SSL", "switch TLS on in the server (ssl = on), and in a pooler before it"),
    ("no encryption", "if the server wants TLS, say sslmode=verify-full"),
    ("session is read-only", "no host takes writes just now: name the primary too"),
    (
        "unsupported startup parameter",
        "the pooler takes no options= in the URL: ALTER ROLE ... SET gives the same to every session",
    ),
    (
        "no password supplied",
        "give a password in the URL, in PGPASSWORD or in the file that PGPASSFILE names",
    ),
];

/// What to do when libpq cannot connect and says this, if that is known.
pub(crate) fn advice(said: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(sentence, _)| said.contains(sentence)).map(|(_, advice)| *advice)
}
