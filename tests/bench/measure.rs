//! Whole processes, timed from outside, with their peak memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One run of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) wall: Duration,
    /// The most memory that it had resident, in bytes, as the kernel counted it; looked at again and again while it ran.
    pub(crate) peak_bytes: u64,
}

impl Measured {
    /// What took longer than another run did.
    pub(crate) fn beyond(&self, other: &Self) -> Self {
        Self {
            wall: self.wall.saturating_sub(other.wall),
            ..*self
        }
    }
}

/// The shortest and the longest time between two looks at a program that runs. A short run is looked at more often.
const LOOK_EVERY: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(1));

/// Runs a program to its end; what it prints is thrown away.
pub(crate) fn run(mut command: Command) -> Measured {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().expect("a program that starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_bytes = 0;
    loop {
        if let Some(seen) = std::fs::read_to_string(&status)
            .ok()
            .as_deref()
            .and_then(high_water_mark)
        {
            peak_bytes = peak_bytes.max(seen);
        }
        if child.try_wait().expect("a child").is_some() {
            return Measured {
                wall: began.elapsed(),
                peak_bytes,
            };
        }
        let (shortest, longest) = LOOK_EVERY;
        std::thread::sleep((began.elapsed() / 100).clamp(shortest, longest));
    }
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The median time, and the highest memory of all.
pub(crate) fn median_of(runs: &[Measured]) -> Measured {
    Measured {
        wall: median(runs.iter().map(|run| run.wall)),
        peak_bytes: runs.iter().map(|run| run.peak_bytes).max().unwrap_or(0),
    }
}

/// The median of some times.
pub(crate) fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Prints a row of the table.
pub(crate) fn print_row(name: &str, ours: &Measured, peer: &Measured, aim: &str) {
    println!(
        "{name:<52} {:>9} ms {:>9} ms {:>7.2} {:>10.0}  {aim}",
        milliseconds(ours.wall),
        milliseconds(peer.wall),
        ours.wall.as_secs_f64() / peer.wall.as_secs_f64(),
        ours.peak_bytes as f64 / 1_000_000.0,
    );
}

/// Prints a row for what has no peer.
pub(crate) fn print_alone(name: &str, ours: &Measured, aim: &str) {
    println!(
        "{name:<52} {:>9} ms {:>12} {:>7} {:>10.0}  {aim}",
        milliseconds(ours.wall),
        "",
        "",
        ours.peak_bytes as f64 / 1_000_000.0,
    );
}

/// A time in milliseconds; of a short one, the tenths too.
fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 100.0 {
        format!("{milliseconds:.1}")
    } else {
        format!("{milliseconds:.0}")
    }
}
