//! What was worked out before: the latest uses, bounded in number and weight.

use std::sync::{Mutex, PoisonError};

/// Keeps the values that were used last. Values are cheap to clone.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    limit: usize,
    weight_limit: usize,
    /// Latest use first, each with its weight.
    entries: Mutex<Vec<(K, V, usize)>>,
}

impl<K: PartialEq, V: Clone> Kept<K, V> {
    /// Keeps at most `limit` values that weigh at most `weight_limit` together; the latest is kept whatever it weighs.
    pub(crate) fn new(limit: usize, weight_limit: usize) -> Self {
        Self {
            limit,
            weight_limit,
            entries: Mutex::default(),
        }
    }

    /// The value of a key, if it is still there.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|(known, ..)| known == key)?;
        entries[..=at].rotate_right(1);
        Some(entries[0].1.clone())
    }

    /// Keeps a value; what was not used for longest gives way.
    pub(crate) fn put(&self, key: K, value: V, weight: usize) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// The value of a key; worked out and kept when it is not there.
    ///
    /// # Errors
    /// Those of `work_out`.
    pub(crate) fn get_or<E>(
        &self,
        key: K,
        work_out: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        if let Some(known) = self.get(&key) {
            return Ok(known);
        }
        let value = work_out()?;
        self.put(key, value.clone(), 0);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
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
}
