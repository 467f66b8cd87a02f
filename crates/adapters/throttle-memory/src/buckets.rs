//! A bounded memory: keys with a rank each, in many small buckets.
//!
//! A key belongs to one bucket, which a hash picks that is drawn anew by every process: nobody outside can tell who
//! shares a bucket with whom. A bucket has a lock of its own and holds [`WAYS`] keys at most. When a further one comes, the
//! one of lowest rank goes. So a look costs sixteen comparisons at worst, there is nothing to keep sorted, and the bound
//! is one of construction: so many buckets, so large.
//!
//! The price is that a full bucket forgets while others have room. That hits the lowest ranks, which are worth the least.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use concierge_throttle::Key;

/// The most keys of one bucket.
pub(crate) const WAYS: usize = 16;

/// Keys and their ranks.
pub(crate) struct Buckets {
    hasher: RandomState,
    buckets: Box<[Mutex<Bucket>]>,
}

type Bucket = Vec<Entry>;

#[derive(Clone, Copy)]
struct Entry {
    key: Key,
    rank: u64,
}

impl Buckets {
    /// Holds no more than `max_keys` keys, and at least [`WAYS`].
    pub(crate) fn new(max_keys: usize) -> Self {
        let count = (max_keys / WAYS).max(1);
        Self { hasher: RandomState::new(), buckets: (0..count).map(|_| Mutex::default()).collect() }
    }

    /// Decides on the rank of `key`, in the bucket of `home`, by what it has been; `None` for a key that is not here.
    /// Entries whose rank is at most `stale` go first. A decision of `Err` leaves the key as it is, one of `None` forgets
    /// it.
    pub(crate) fn update<T, E>(
        &self,
        home: &Key,
        key: &Key,
        stale: u64,
        decide: impl FnOnce(Option<u64>) -> Result<(T, Option<u64>), E>,
    ) -> Result<T, E> {
        let index = self.hasher.hash_one(home) % self.buckets.len() as u64;
        // A bucket is whole even after a panic: nothing below panics between two changes that belong together.
        let mut bucket = self.buckets[index as usize].lock().unwrap_or_else(PoisonError::into_inner);
        bucket.retain(|entry| entry.rank > stale);
        let found = bucket.iter().position(|entry| entry.key == *key);
        let (outcome, rank) = decide(found.map(|index| bucket[index].rank))?;
        match (found, rank) {
            (Some(index), Some(rank)) => bucket[index].rank = rank,
            (Some(index), None) => drop(bucket.swap_remove(index)),
            (None, Some(rank)) => insert(&mut bucket, Entry { key: *key, rank }),
            (None, None) => {}
        }
        Ok(outcome)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.buckets.iter().map(|bucket| bucket.lock().unwrap().len()).sum()
    }

    /// The bytes that are allocated, by the capacity of each part.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        let entries =
            self.buckets.iter().map(|bucket| bucket.lock().unwrap().capacity() * size_of::<Entry>());
        size_of_val(&*self.buckets) + entries.sum::<usize>()
    }
}

/// Puts a new entry in, if need be in the place of the one of lowest rank.
fn insert(bucket: &mut Bucket, entry: Entry) {
    if bucket.len() < WAYS {
        // Doubling from four: no capacity beyond `WAYS`.
        return bucket.push(entry);
    }
    if let Some(lowest) = bucket.iter_mut().min_by_key(|entry| entry.rank) {
        *lowest = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Key {
        Key::account(&number.to_string())
    }

    fn put(buckets: &Buckets, key: Key, rank: u64) {
        let decide = |_| Ok::<_, ()>(((), Some(rank)));
        buckets.update(&key, &key, 0, decide).unwrap();
    }

    fn rank(buckets: &Buckets, key: Key) -> Option<u64> {
        buckets.update(&key, &key, 0, |rank| Ok::<_, ()>((rank, rank))).unwrap()
    }

    #[test]
    fn a_full_bucket_forgets_the_lowest_rank() {
        let buckets = Buckets::new(WAYS);
        for number in 0..16 {
            put(&buckets, key(number), 100 + u64::from(number));
        }
        put(&buckets, key(16), 50);
        assert_eq!(rank(&buckets, key(0)), None);
        assert_eq!(rank(&buckets, key(1)), Some(101));
        put(&buckets, key(17), 200);
        assert_eq!(rank(&buckets, key(16)), None, "it had become the lowest itself");
        assert_eq!(buckets.len(), WAYS);
    }

    #[test]
    fn what_is_stale_goes_before_anything_else() {
        let buckets = Buckets::new(WAYS);
        for number in 0..16 {
            put(&buckets, key(number), 1 + u64::from(number));
        }
        let newcomer = key(16);
        buckets.update(&newcomer, &newcomer, 10, |_| Ok::<_, ()>(((), Some(11)))).unwrap();
        assert_eq!(buckets.len(), 7);
        assert_eq!(rank(&buckets, key(10)), Some(11), "the lowest that is not stale stays");
    }

    #[test]
    fn an_error_leaves_everything_and_none_forgets() {
        let buckets = Buckets::new(1);
        put(&buckets, key(1), 7);
        assert_eq!(buckets.update(&key(1), &key(1), 0, |_| Err::<((), _), _>("no")), Err("no"));
        assert_eq!(rank(&buckets, key(1)), Some(7));
        buckets.update(&key(1), &key(1), 0, |_| Ok::<_, ()>(((), None))).unwrap();
        assert_eq!(buckets.len(), 0);
    }

    #[test]
    fn a_million_keys_take_no_more_room_than_what_was_set() {
        const MAX_KEYS: usize = 100_000;
        let buckets = Buckets::new(MAX_KEYS);
        let attacked = key(u32::MAX);
        put(&buckets, attacked, 1_000);
        for number in 0..1_000_000 {
            put(&buckets, key(number), 1);
        }
        assert!(buckets.len() <= MAX_KEYS, "{}", buckets.len());
        let bound = MAX_KEYS / WAYS * size_of::<Mutex<Bucket>>() + MAX_KEYS * size_of::<Entry>();
        assert!(buckets.bytes() <= bound, "{} of {bound}", buckets.bytes());
        assert!(bound < 3_000_000, "{bound}");
        assert_eq!(
            rank(&buckets, attacked),
            Some(1_000),
            "a flood of keys does not wash away one of high rank"
        );
    }
}
