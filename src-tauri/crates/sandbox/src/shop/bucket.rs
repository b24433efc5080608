//! The leaky bucket of shopify.dev/docs/api/usage/limits: admission on the requested cost, charged by the actual one.

use serde_json::{Value, json};

use super::spec::Plan;

/// The points that one app may still use in one shop.
#[derive(Debug)]
pub(crate) struct Bucket {
    plan: Plan,
    available: f64,
    filled_ms: i64,
}

impl Bucket {
    pub(crate) fn full(plan: Plan, now_ms: i64) -> Self {
        Self {
            plan,
            available: plan.bucket(),
            filled_ms: now_ms,
        }
    }

    fn refill(&mut self, now_ms: i64) {
        let passed_ms = (now_ms - self.filled_ms).max(0) as f64;
        let restored = passed_ms / 1_000.0 * self.plan.restore_rate();
        self.available = (self.available + restored).min(self.plan.bucket());
        self.filled_ms = now_ms;
    }

    /// Whether a request of this cost is admitted; if so, its points are taken.
    pub(crate) fn admits(&mut self, cost: u64, now_ms: i64) -> bool {
        self.refill(now_ms);
        let admits = cost as f64 <= self.available;
        if admits {
            self.available -= cost as f64;
        }
        admits
    }

    /// Gives back what an admitted request did not use.
    pub(crate) fn give_back(&mut self, points: u64) {
        self.available = (self.available + points as f64).min(self.plan.bucket());
    }

    /// What the answer's `extensions.cost.throttleStatus` says.
    pub(crate) fn status(&self) -> Value {
        json!({
            "maximumAvailable": self.plan.bucket(),
            "currentlyAvailable": self.available.floor() as i64,
            "restoreRate": self.plan.restore_rate(),
        })
    }
}
