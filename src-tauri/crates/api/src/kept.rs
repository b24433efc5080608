//! What was worked out before: the latest uses, bounded in number and weight. What several callers ask for at once is worked
//! out once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps the values that were used last. Values are cheap to clone.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    limit: usize,
    weight_limit: usize,
    /// Latest use first, each with its weight.
    entries: Mutex<Vec<(K, V, usize)>>,
    /// What is being worked out.
    under_way: Mutex<Vec<(K, Arc<Working<V>>)>>,
}

/// The place of a value that is being worked out; locked meanwhile.
type Working<V> = Mutex<Option<V>>;

impl<K: PartialEq + Clone, V: Clone> Kept<K, V> {
    /// Keeps at most `limit` values that weigh at most `weight_limit` together; the latest is kept whatever it weighs.
    pub(crate) fn new(limit: usize, weight_limit: usize) -> Self {
        Self {
            limit,
            weight_limit,
            entries: Mutex::default(),
            under_way: Mutex::default(),
        }
    }

    /// The value of a key, if it is still there.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut entries = locked(&self.entries);
        let at = entries.iter().position(|(known, ..)| known == key)?;
        entries[..=at].rotate_right(1);
        Some(entries[0].1.clone())
    }

    /// Keeps a value; what was not used for longest gives way.
    pub(crate) fn put(&self, key: K, value: V, weight: usize) {
        let mut entries = locked(&self.entries);
        entries.retain(|(known, ..)| *known != key);
        entries.insert(0, (key, value, weight));
        entries.truncate(self.limit);
        let mut sum = 0_usize;
        let fitting = entries.iter().take_while(|(.., weight)| {
            sum = sum.saturating_add(*weight);
            sum <= self.weight_limit
        });
        let fitting = fitting.count().max(1);
        entries.truncate(fitting);
    }

    /// The value of a key; worked out and kept when it is not there. Whoever asks while it is being worked out waits for it.
    ///
    /// # Errors
    /// Those of `work_out`; whoever waited for it tries anew.
    pub(crate) fn get_or<E>(
        &self,
        key: K,
        work_out: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        self.get_or_weighed(key, |_| 0, work_out)
    }

    /// As [`Kept::get_or`], for values that have a weight.
    ///
    /// # Errors
    /// Those of `work_out`; whoever waited for it tries anew.
    pub(crate) fn get_or_weighed<E>(
        &self,
        key: K,
        weigh: impl FnOnce(&V) -> usize,
        work_out: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        if let Some(known) = self.get(&key) {
            return Ok(known);
        }
        let working = self.working_on(&key);
        let mut place = locked(&working);
        // It was worked out while this waited, or between the look above and taking the place.
        let worked_out = match place.clone().or_else(|| self.get(&key)) {
            Some(known) => Ok(known),
            None => work_out().inspect(|value| {
                self.put(key, value.clone(), weigh(value));
                *place = Some(value.clone());
            }),
        };
        locked(&self.under_way).retain(|(_, other)| !Arc::ptr_eq(other, &working));
        worked_out
    }

    /// The place of what is being worked out for a key; a new one when nobody does.
    fn working_on(&self, key: &K) -> Arc<Working<V>> {
        let mut under_way = locked(&self.under_way);
        if let Some((_, place)) = under_way.iter().find(|(known, _)| known == key) {
            return place.clone();
        }
        let place = Arc::<Working<V>>::default();
        under_way.push((key.clone(), place.clone()));
        place
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_used_last_stays() {
        let kept = Kept::new(3, 100);
        for (key, weight) in [("a", 10), ("b", 10), ("c", 10)] {
            kept.put(key, key.len(), weight);
        }
        assert!(kept.get(&"a").is_some(), "all three fit");
        kept.put("d", 1, 10);
        assert!(kept.get(&"b").is_none(), "it was not used for longest");
        assert!(kept.get(&"a").is_some(), "it was used since");
        kept.put("heavy", 1, 1_000);
        assert!(
            kept.get(&"heavy").is_some(),
            "the latest is kept whatever it weighs"
        );
        assert!(kept.get(&"a").is_none(), "there is no room beside it");
    }

    #[test]
    fn what_many_ask_for_at_once_is_worked_out_once() {
        let kept: Kept<u8, u8> = Kept::new(3, 100);
        let worked = AtomicUsize::new(0);
        let all = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    all.wait();
                    let value = kept.get_or(1, || {
                        worked.fetch_add(1, Ordering::Relaxed);
                        // Long enough for the others to come.
                        std::thread::sleep(Duration::from_millis(20));
                        Ok::<_, ()>(7)
                    });
                    assert_eq!(value, Ok(7));
                });
            }
        });
        assert_eq!(worked.load(Ordering::Relaxed), 1);
        assert_eq!(kept.get_or(2, || Err("no")), Err("no"));
        assert_eq!(kept.get_or(2, || Ok::<_, ()>(3)), Ok(3), "it is tried anew");
        assert_eq!(kept.get_or(3, || Ok::<_, ()>(4)), Ok(4));
        let under_way = locked(&kept.under_way).len();
        assert_eq!(under_way, 0, "nothing is left of what was worked out");
    }
}
