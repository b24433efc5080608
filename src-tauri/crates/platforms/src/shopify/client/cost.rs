//! One scheduler for each app and store: sends as much as the store's budget of points takes, and no more.
//!
//! The store admits a request when its *requested* cost is in the bucket, charges the *actual* cost, and fills the
//! bucket at the rate of its plan (shopify.dev, API limits). What the bucket holds is known from each answer and, in between, from
//! the rate; what is under way is held back from it, since the store may not have charged it yet.
//!
//! Invariant: requests go in the order in which they asked, so that a large one is not passed by for ever.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use slipway_engine::Budget;
use tokio::sync::{Mutex as FairMutex, Notify};
use tokio::time::Instant;

/// What is held by the smallest plan's bucket; the first answer corrects it.
const FIRST_CAPACITY: f64 = 2_000.0;
/// What the smallest plan restores in a second.
const FIRST_RATE: f64 = 100.0;
/// What a request is taken to cost before one like it was answered.
const FIRST_COST: f64 = 120.0;
/// The longest time to wait before looking again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What an answer says about the bucket: `extensions.cost`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cost {
    /// What had to be in the bucket.
    pub(super) requested_query_cost: f64,
    /// What was charged; nothing when the request was not admitted.
    pub(super) actual_query_cost: Option<f64>,
    /// The bucket after it.
    pub(super) throttle_status: Option<ThrottleStatus>,
}

/// The bucket.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThrottleStatus {
    /// What it holds when full.
    pub(super) maximum_available: f64,
    /// What it holds.
    pub(super) currently_available: f64,
    /// What flows in, in points a second.
    pub(super) restore_rate: f64,
}

#[derive(Debug)]
struct Bucket {
    capacity: f64,
    rate: f64,
    /// What it held at `at`, without what is under way.
    free: f64,
    at: Instant,
    /// What is held back for requests under way.
    held: f64,
    /// What requests cost, by what they are.
    known: HashMap<String, f64>,
}

impl Bucket {
    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.free = (self.free + passed * self.rate).min(self.capacity - self.held);
        self.at = now;
    }
}

/// The scheduler of one app in one store.
#[derive(Debug)]
pub(super) struct Scheduler {
    bucket: Mutex<Bucket>,
    /// Held by the request whose turn it is.
    turn: FairMutex<()>,
    changed: Notify,
}

/// Points held back for one request. Given back when it is dropped unanswered.
#[derive(Debug)]
pub(super) struct Reservation {
    scheduler: Arc<Scheduler>,
    what: String,
    cost: f64,
}

impl Scheduler {
    /// A scheduler that knows nothing yet.
    pub(super) fn new() -> Self {
        Self {
            bucket: Mutex::new(Bucket {
                capacity: FIRST_CAPACITY,
                rate: FIRST_RATE,
                free: FIRST_CAPACITY / 2.0,
                at: Instant::now(),
                held: 0.0,
                known: HashMap::new(),
            }),
            turn: FairMutex::new(()),
            changed: Notify::new(),
        }
    }

    /// The bucket as it is now; nothing before the first answer.
    pub(super) fn budget(&self) -> Option<Budget> {
        let mut bucket = self.bucket();
        bucket.refill(Instant::now());
        let points = |number: f64| number.max(0.0).round() as u64;
        (!bucket.known.is_empty()).then(|| Budget {
            available: points(bucket.free),
            limit: points(bucket.capacity),
            per_second: points(bucket.rate),
        })
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request may be sent, and holds its cost back. `what` names requests that cost the same.
    pub(super) async fn reserve(self: &Arc<Self>, what: &str) -> Reservation {
        let _turn = self.turn.lock().await;
        loop {
            let changed = self.changed.notified();
            let wait = {
                let mut bucket = self.bucket();
                bucket.refill(Instant::now());
                let cost = bucket.known.get(what).copied().unwrap_or(FIRST_COST);
                // A request that costs more than the bucket holds is refused by the store, not waited for.
                let needed = cost.min(bucket.capacity);
                if bucket.free >= needed {
                    bucket.free -= needed;
                    bucket.held += needed;
                    return Reservation {
                        scheduler: Arc::clone(self),
                        what: what.to_owned(),
                        cost: needed,
                    };
                }
                let seconds = (needed - bucket.free) / bucket.rate.max(1.0);
                Duration::from_secs_f64(seconds.clamp(0.001, LONGEST_WAIT.as_secs_f64()))
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed => {}
            }
        }
    }
}

impl Reservation {
    /// Ends it with what the answer says.
    pub(super) fn settle(mut self, cost: &Cost) {
        let scheduler = Arc::clone(&self.scheduler);
        let mut bucket = scheduler.bucket();
        bucket.refill(Instant::now());
        let held = std::mem::take(&mut self.cost);
        bucket.held = (bucket.held - held).max(0.0);
        bucket
            .known
            .insert(std::mem::take(&mut self.what), cost.requested_query_cost);
        match cost.throttle_status {
            Some(status) => {
                bucket.capacity = status.maximum_available;
                bucket.rate = status.restore_rate;
                // What is under way may be charged already or not: held back once more, it can't be overdrawn.
                bucket.free = status.currently_available - bucket.held;
            }
            None => bucket.free += held - cost.actual_query_cost.unwrap_or(0.0),
        }
        scheduler.changed.notify_one();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.cost > 0.0 {
            // Nobody knows whether it was charged: it flows back at the plan's rate, as if it had been.
            let mut bucket = self.scheduler.bucket();
            bucket.held = (bucket.held - self.cost).max(0.0);
            self.scheduler.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    /// A store's bucket: admits on the requested cost, charges the actual one.
    struct Store {
        free: f64,
        at: Instant,
        throttled: u32,
        charged: f64,
    }

    const CAPACITY: f64 = 2_000.0;
    const RATE: f64 = 100.0;

    impl Store {
        fn answer(&mut self, requested: f64, actual: f64) -> Cost {
            let now = Instant::now();
            let passed = now.saturating_duration_since(self.at).as_secs_f64();
            self.free = (self.free + passed * RATE).min(CAPACITY);
            self.at = now;
            let admitted = self.free >= requested;
            if admitted {
                self.free -= actual;
                self.charged += actual;
            } else {
                self.throttled += 1;
            }
            Cost {
                requested_query_cost: requested,
                actual_query_cost: admitted.then_some(actual),
                throttle_status: Some(ThrottleStatus {
                    maximum_available: CAPACITY,
                    currently_available: self.free,
                    restore_rate: RATE,
                }),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_run_uses_the_budget_and_is_hardly_ever_throttled() {
        const REQUESTS: u32 = 2_000;
        let scheduler = Arc::new(Scheduler::new());
        let store = Arc::new(Mutex::new(Store {
            free: CAPACITY,
            at: Instant::now(),
            throttled: 0,
            charged: 0.0,
        }));
        let began = Instant::now();
        let mut under_way = JoinSet::new();
        for number in 0..REQUESTS {
            while under_way.len() >= 64 {
                under_way.join_next().await;
            }
            let (scheduler, store) = (Arc::clone(&scheduler), Arc::clone(&store));
            under_way.spawn(async move {
                let kind = if number % 3 == 0 { "read" } else { "write" };
                let (requested, actual) = if kind == "read" {
                    (48.0, 31.0)
                } else {
                    (14.0, 10.0)
                };
                loop {
                    let reservation = scheduler.reserve(kind).await;
                    tokio::time::sleep(Duration::from_millis(40)).await;
                    let cost = store.lock().expect("no panic").answer(requested, actual);
                    tokio::time::sleep(Duration::from_millis(40)).await;
                    reservation.settle(&cost);
                    if cost.actual_query_cost.is_some() {
                        return;
                    }
                }
            });
        }
        while under_way.join_next().await.is_some() {}
        let store = store.lock().expect("no panic");
        let budget = CAPACITY + RATE * began.elapsed().as_secs_f64();
        let used = store.charged / budget;
        assert!(used >= 0.95, "{used} of the budget was used");
        assert!(
            store.throttled * 100 < REQUESTS,
            "{} of {REQUESTS} were throttled",
            store.throttled
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_request_is_not_passed_by() {
        let scheduler = Arc::new(Scheduler::new());
        let first = scheduler.reserve("large").await;
        first.settle(&Cost {
            requested_query_cost: 900.0,
            actual_query_cost: Some(900.0),
            throttle_status: Some(ThrottleStatus {
                maximum_available: CAPACITY,
                currently_available: 0.0,
                restore_rate: RATE,
            }),
        });
        let began = Instant::now();
        let large = {
            let scheduler = Arc::clone(&scheduler);
            tokio::spawn(async move {
                scheduler.reserve("large").await;
                Instant::now()
            })
        };
        tokio::time::sleep(Duration::from_millis(1)).await;
        let _small = scheduler.reserve("small").await;
        let large_at = large.await.expect("no panic");
        assert!(
            large_at <= Instant::now(),
            "the first in the queue went first"
        );
        assert!(
            large_at - began >= Duration::from_secs(9),
            "it waited for its points"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_is_told_once_the_store_has_said_it() {
        let scheduler = Arc::new(Scheduler::new());
        assert_eq!(scheduler.budget(), None, "a guess is told to nobody");
        scheduler.reserve("any").await.settle(&Cost {
            requested_query_cost: 10.0,
            actual_query_cost: Some(10.0),
            throttle_status: Some(ThrottleStatus {
                maximum_available: 4_000.0,
                currently_available: 1_000.0,
                restore_rate: 200.0,
            }),
        });
        tokio::time::sleep(Duration::from_secs(2)).await;
        let budget = Budget {
            available: 1_400,
            limit: 4_000,
            per_second: 200,
        };
        assert_eq!(scheduler.budget(), Some(budget));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_gives_its_points_back() {
        let scheduler = Arc::new(Scheduler::new());
        for _ in 0..100 {
            drop(scheduler.reserve("lost").await);
        }
        assert_eq!(scheduler.bucket().held, 0.0);
    }
}
