//! The simulator's time: real, faster than real, or only as far as a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Where a shop takes its time from. Clones share it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: Instant,
    start_ms: i64,
    speed: u32,
    advanced_ms: AtomicI64,
}

impl Clock {
    /// Real time.
    pub fn system() -> Self {
        Self::scaled(1)
    }

    /// Real time from now on, but `speed` times as fast: buckets refill, jobs end and files are processed sooner.
    pub fn scaled(speed: u32) -> Self {
        Self::new(Timestamp::now().as_millisecond(), speed)
    }

    /// Time that stands still until [`Clock::advance`] moves it, from 2026-10-01T09:00:00Z.
    pub fn manual() -> Self {
        Self::new(1_790_845_200_000, 0)
    }

    fn new(start_ms: i64, speed: u32) -> Self {
        Self(Arc::new(Inner {
            started: Instant::now(),
            start_ms,
            speed,
            advanced_ms: AtomicI64::new(0),
        }))
    }

    /// Moves the time forward, on top of what passes by itself.
    pub fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.advanced_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// Milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        let elapsed_ms = self.0.started.elapsed().as_millis() * u128::from(self.0.speed);
        self.0.start_ms
            + i64::try_from(elapsed_ms).unwrap_or(i64::MAX / 4)
            + self.0.advanced_ms.load(Ordering::SeqCst)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// Writes a time as the Admin API does: to the second, in UTC.
pub(crate) fn date_time(ms: i64) -> String {
    Timestamp::from_second(ms.div_euclid(1_000)).map_or_else(
        |_| "1970-01-01T00:00:00Z".to_owned(),
        |time| time.to_string(),
    )
}

/// Reads what [`date_time`] wrote, and any other RFC 3339 time; also a bare date.
pub(crate) fn parse_ms(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let date = text.parse::<jiff::civil::Date>().ok()?;
    let time = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().as_millisecond())
}
