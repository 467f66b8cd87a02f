//! One way to hash (algorithm, version and parameters), to and from PHC strings.

use argon2::password_hash::phc::{self, Ident, Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use concierge_kernel::BoxError;
use concierge_users::{MalformedPasswordHash, PasswordHash};

use crate::memory::Memory;
use crate::settings::{ParametersError, within_limits};

/// The bytes of a salt that we make: RFC 9106, section 3.1, recommends 16.
pub(crate) const SALT_LEN: usize = 16;
/// The bytes of a hash that we make.
pub(crate) const OUTPUT_LEN: usize = 32;

/// How a password becomes a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    algorithm: Algorithm,
    version: Version,
    params: Params,
}

/// What a PHC string holds.
pub(crate) struct Stored {
    pub(crate) recipe: Recipe,
    salt: Salt,
    output: Output,
}

/// Why a PHC string cannot be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnreadableHash {
    #[error("not a PHC string")]
    Syntax(#[source] phc::Error),
    #[error("not an argon2 hash")]
    Algorithm,
    #[error("an unknown version of argon2")]
    Version,
    #[error("the parameters m, t and p are not all there, or there are others")]
    Parameters,
    #[error("the parameters are beyond the limits")]
    Limits(#[source] ParametersError),
    #[error("the salt or the hash is missing")]
    Incomplete,
}

impl Recipe {
    /// How hashes are made today: argon2id, version 1.3 of RFC 9106.
    pub(crate) fn current(params: Params) -> Self {
        Self { algorithm: Algorithm::Argon2id, version: Version::V0x13, params }
    }

    /// The blocks of 1 KiB that one hash takes.
    pub(crate) fn blocks(&self) -> usize {
        self.params.block_count()
    }

    /// Hashes a password; takes all the time that the parameters ask for.
    pub(crate) fn hash(
        &self,
        password: &str,
        salt: &[u8; SALT_LEN],
        memory: &mut Memory,
    ) -> Result<PasswordHash, BoxError> {
        let mut output = [0; OUTPUT_LEN];
        self.fill(password, salt, &mut output, memory)?;
        self.write(salt, &output)
    }

    /// The PHC string of a hash.
    pub(crate) fn write(
        &self,
        salt: &[u8; SALT_LEN],
        output: &[u8; OUTPUT_LEN],
    ) -> Result<PasswordHash, BoxError> {
        let text = phc::PasswordHash {
            algorithm: Ident::from(self.algorithm),
            version: Some(self.version.into()),
            params: ParamsString::try_from(&self.params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        };
        PasswordHash::parse(&text.to_string()).map_err(|error: MalformedPasswordHash| error.into())
    }

    fn fill(
        &self,
        password: &str,
        salt: &[u8],
        output: &mut [u8],
        memory: &mut Memory,
    ) -> Result<(), BoxError> {
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        let blocks = memory.at_least(self.blocks())?;
        Ok(argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, blocks)?)
    }
}

impl Stored {
    /// Reads a PHC string of any of the three argon2 algorithms and both versions, within the limits.
    pub(crate) fn read(hash: &PasswordHash) -> Result<Self, UnreadableHash> {
        let parsed = phc::PasswordHash::new(hash.as_str()).map_err(UnreadableHash::Syntax)?;
        let algorithm = Algorithm::new(parsed.algorithm).map_err(|_| UnreadableHash::Algorithm)?;
        // The library assumes 0x13 where the string names none; argon2's own encoder has left it out for 0x10.
        let version = parsed.version.map_or(Ok(Version::V0x10), Version::try_from);
        let version = version.map_err(|_| UnreadableHash::Version)?;
        // The library fills in its defaults for missing ones, which may change.
        let complete = ["m", "t", "p"].into_iter().all(|name| parsed.params.get(name).is_some());
        let params = Params::try_from(&parsed).ok().filter(|_| complete).ok_or(UnreadableHash::Parameters)?;
        within_limits(&params).map_err(UnreadableHash::Limits)?;
        let (salt, output) = parsed.salt.zip(parsed.hash).ok_or(UnreadableHash::Incomplete)?;
        Ok(Self { recipe: Recipe { algorithm, version, params }, salt, output })
    }

    /// Whether the hash is of this password; takes all the time that its parameters ask for.
    pub(crate) fn matches(&self, password: &str, memory: &mut Memory) -> Result<bool, BoxError> {
        let mut buffer = [0; Output::MAX_LENGTH];
        let output = &mut buffer[..self.output.len()];
        self.recipe.fill(password, &self.salt, output, memory)?;
        // `Output` compares in constant time.
        Ok(Output::new(output)? == self.output)
    }
}
