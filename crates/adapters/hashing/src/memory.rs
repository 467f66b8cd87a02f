//! The block that argon2 fills, kept from job to job.

use std::collections::TryReserveError;

use argon2::Block;
use secrecy::zeroize::Zeroize;

/// Memory for one hash at a time.
///
/// A fresh block of 19 MiB comes from the kernel page by page and goes back to it: some five thousand page faults
/// for every hash, which measured as a quarter of its time. So a thread keeps its block while jobs keep coming.
/// What a job leaves in it is derived from its password. The next job fills all of it anew; what the last one left
/// is wiped before the block is given back.
///
/// At least [`MAPPED`] blocks are reserved, of which those that no hash needs are never touched and so cost
/// nothing but addresses.
#[derive(Default)]
pub(crate) struct Memory(Vec<Block>);

/// What glibc's allocator always maps on its own and gives back to the system when it is freed: more than 32 MiB
/// (`DEFAULT_MMAP_THRESHOLD_MAX`). Anything smaller it keeps, once some of that size has been freed before; a
/// process that had seen one burst of logins would stay twenty megabytes larger for every thread.
const MAPPED: usize = 33 * 1024;

impl Memory {
    /// At least `count` blocks of 1 KiB, with whatever the last job left in them. Fails, rather than abort the process, when the
    /// system has no more.
    pub(crate) fn at_least(&mut self, count: usize) -> Result<&mut [Block], TryReserveError> {
        if let Some(missing) = count.checked_sub(self.0.len()) {
            self.0.try_reserve_exact(missing.max(MAPPED.saturating_sub(self.0.len())))?;
            self.0.resize(count, Block::new());
        }
        Ok(&mut self.0)
    }

    /// Gives everything back if it is more than `keep` blocks: one old hash with larger parameters must not enlarge
    /// the process for good.
    pub(crate) fn tidy(&mut self, keep: usize) {
        if self.0.len() > keep {
            *self = Self::default();
        }
    }

    fn wipe(&mut self) {
        self.0.iter_mut().zeroize();
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_kept_until_it_is_larger_than_allowed() {
        let mut memory = Memory::default();
        let first = memory.at_least(8).unwrap().as_ptr();
        memory.tidy(8);
        assert_eq!(memory.at_least(4).unwrap().as_ptr(), first);
        assert_eq!(memory.at_least(16).unwrap().len(), 16);
        memory.tidy(8);
        assert_eq!(memory.0.capacity(), 0);
    }

    #[test]
    fn wiping_leaves_nothing_of_a_job() {
        let mut memory = Memory::default();
        memory.at_least(8).unwrap()[3].as_mut().fill(7);
        memory.wipe();
        let words = memory.at_least(8).unwrap().iter().flat_map(|block| block.as_ref());
        assert!(words.copied().all(|word: u64| word == 0));
    }

    #[test]
    fn more_than_there_is_is_an_error() {
        assert!(Memory::default().at_least(usize::MAX / 2048).is_err());
    }
}
