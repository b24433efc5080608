//! Seeded stories of deployments that go wrong, told fast: places, store, time and other people are in memory, and a seed
//! decides everything that is not decided by what is tested. After every story: nothing was done twice, nothing was lost,
//! nothing was overwritten blindly, nobody went past lock and gate, and journal, ledger and places tell the same.
//!
//! `make simulate SEEDS=n` tells many, `make simulate SEED=n` one of them with all that happens in it.

mod chance;
mod check;
mod fake;
mod moves;
mod process;
mod story;
mod sweep;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chance::Counts;
use story::{SEEDS_OF_A_SCENE, Stage, Told, tell};

/// How many stories are told unless somebody says so: fewer where they are told slowly.
const SEEDS: u64 = if cfg!(debug_assertions) { 300 } else { 5_000 };

/// Tells one story; a panic is something wrong.
fn told(seed: u64, without: &BTreeSet<u64>, is_traced: bool, stage: &mut Stage) -> Told {
    match catch_unwind(AssertUnwindSafe(|| tell(seed, without, is_traced, stage))) {
        Ok(told) => told,
        Err(panic) => {
            // What broke may have left it in any state.
            *stage = Stage::new();
            Told {
                wrong: vec![format!("the story broke: {}", message(panic.as_ref()))],
                ..Told::default()
            }
        }
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// What is left of a failing story when all is left out that it does not take: tells it again and again.
fn minimised(seed: u64) -> Told {
    let mut stage = Stage::new();
    let mut without = BTreeSet::new();
    let mut shortest = told(seed, &without, true, &mut stage);
    let wanted = kind(&shortest);
    // Large parts first, as most of what strikes has nothing to do with it.
    let mut size = shortest.struck.len();
    while size > 0 {
        let mut index = 0;
        while index < shortest.struck.len() {
            let part = shortest.struck.iter().skip(index).take(size);
            let mut less = without.clone();
            less.extend(part.map(|(number, _)| number));
            let again = told(seed, &less, true, &mut stage);
            if kind(&again) == wanted {
                (without, shortest) = (less, again);
            } else {
                index += size;
            }
        }
        size /= 2;
    }
    shortest
}

/// What is said about a failing seed.
fn report(seed: u64, first: &Told) -> String {
    let shortest = minimised(seed);
    let strikes: Vec<String> = shortest
        .struck
        .iter()
        .map(|(number, fault)| format!("{fault:?} (#{number})"))
        .collect();
    format!(
        "seed {seed}: {}\n  replay: make simulate SEED={seed}\n  it takes {} of {} faults: {}\n  {}\n  so that: {}\n",
        first.wrong.join("; "),
        strikes.len(),
        first.struck.len(),
        strikes.join(", "),
        shortest.trace.join("\n  "),
        shortest.wrong.join("; "),
    )
}

/// What is wrong, without what differs from story to story.
fn kind(told: &Told) -> String {
    let first = told.wrong.first().map_or("", String::as_str);
    let words = first.split(' ').map(|word| {
        let is_name = word.contains('/') || word.starts_with("d-") || word.starts_with("r-");
        if is_name { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_story_ends_explained() {
    if let Some(seed) = number("SLIPWAY_SEED") {
        let told = told(seed, &BTreeSet::new(), true, &mut Stage::new());
        println!("{}", told.trace.join("\n"));
        assert!(told.wrong.is_empty(), "{}", report(seed, &told));
        return;
    }
    let first = number("SLIPWAY_FIRST").unwrap_or(0);
    let last = first + number("SLIPWAY_SEEDS").unwrap_or(SEEDS);
    let began = Instant::now();
    let (counts, failed) = tell_all(first, last);
    let spent = began.elapsed().as_secs_f64();
    let count = counts["stories"];
    println!(
        "{count} stories in {spent:.1} s: {:.0} a second",
        count as f64 / spent
    );
    for (what, count) in &counts {
        println!("  {what}: {count}");
    }
    let mut kinds: BTreeMap<String, Vec<(u64, Told)>> = BTreeMap::new();
    for (seed, told) in failed {
        kinds.entry(kind(&told)).or_default().push((seed, told));
    }
    let reports: Vec<String> = kinds
        .iter()
        .map(|(kind, found)| {
            let seeds: Vec<String> = found.iter().map(|(seed, _)| seed.to_string()).collect();
            let (count, (first, told)) = (found.len(), &found[0]);
            let seeds = seeds[..count.min(12)].join(", ");
            format!(
                "{count} stories: {kind}\n  seeds {seeds}\n{}",
                report(*first, told)
            )
        })
        .collect();
    assert!(reports.is_empty(), "\n{}", reports.join("\n"));
}

/// Tells the stories of all these seeds, on as many threads as there are cores. What they held, and those that failed, in the
/// order of their seeds; it stops at the first, or after as many as are asked for.
fn tell_all(first: u64, last: u64) -> (Counts, Vec<(u64, Told)>) {
    let most = number("SLIPWAY_FAILURES").unwrap_or(1) as usize;
    let next = AtomicU64::new(first);
    let all = Mutex::new((Counts::from([("stories".to_owned(), 0)]), Vec::new()));
    let tell_some = || {
        let mut stage = Stage::new();
        loop {
            let begin = next.fetch_add(SEEDS_OF_A_SCENE, Ordering::Relaxed);
            for seed in begin..last.min(begin + SEEDS_OF_A_SCENE) {
                let told = told(seed, &BTreeSet::new(), false, &mut stage);
                let mut all = all.lock().expect("no panic");
                let (counts, failed) = &mut *all;
                for (what, count) in &told.counts {
                    *counts.entry(what.clone()).or_default() += count;
                }
                *counts.entry("stories".to_owned()).or_default() += 1;
                if !told.wrong.is_empty() {
                    failed.push((seed, told));
                }
                if failed.len() >= most {
                    return;
                }
            }
            if begin >= last {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(tell_some);
        }
    });
    let (counts, mut failed) = all.into_inner().expect("no panic");
    failed.sort_by_key(|(seed, _)| *seed);
    (counts, failed)
}
