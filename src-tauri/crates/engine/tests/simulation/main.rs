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
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chance::Counts;
use slipway_store::Memory;
use story::{Told, tell};

/// How many stories `make test` tells.
const SEEDS: u64 = 5_000;

/// Tells one story on a memory of its own or of those before it; a panic is something wrong.
fn told(
    seed: u64,
    without: &BTreeSet<u64>,
    is_traced: bool,
    memory: &mut Option<Arc<Memory>>,
) -> Told {
    let own = memory
        .take()
        .unwrap_or_else(|| Arc::new(Memory::new().expect("a memory")));
    own.wipe().expect("an empty memory");
    match catch_unwind(AssertUnwindSafe(|| tell(seed, without, is_traced, &own))) {
        Ok(told) => {
            // What broke may have left it in any state.
            *memory = told.wrong.is_empty().then_some(own);
            told
        }
        Err(panic) => Told {
            wrong: vec![format!("the story broke: {}", message(panic.as_ref()))],
            ..Told::default()
        },
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// What is left of a failing story when all is left out that it does not take: tells it again and again.
fn minimised(seed: u64) -> Told {
    let mut memory = None;
    let mut without = BTreeSet::new();
    let mut shortest = told(seed, &without, true, &mut memory);
    let wanted = kind(&shortest);
    // Large parts first, as most of what strikes has nothing to do with it.
    let mut size = shortest.struck.len();
    while size > 0 {
        let mut index = 0;
        while index < shortest.struck.len() {
            let part = shortest.struck.iter().skip(index).take(size);
            let mut less = without.clone();
            less.extend(part.map(|(number, _)| number));
            let again = told(seed, &less, true, &mut memory);
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
        let told = told(seed, &BTreeSet::new(), true, &mut None);
        println!("{}", told.trace.join("\n"));
        assert!(told.wrong.is_empty(), "{}", report(seed, &told));
        return;
    }
    let first = number("SLIPWAY_FIRST").unwrap_or(0);
    let seeds = number("SLIPWAY_SEEDS").unwrap_or(SEEDS);
    // Some failing seeds tell more than one; all of them would take all day.
    let most = number("SLIPWAY_FAILURES").unwrap_or(1);
    let (next, failures) = (AtomicU64::new(first), AtomicU64::new(0));
    let is_over = AtomicBool::new(false);
    let (counts, reports) = (Mutex::new(Counts::new()), Mutex::new(Vec::new()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(|| {
                let (mut memory, mut own) = (None, Counts::new());
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds || is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let told = told(seed, &BTreeSet::new(), false, &mut memory);
                    for (what, count) in &told.counts {
                        *own.entry(what.clone()).or_default() += count;
                    }
                    if told.wrong.is_empty() {
                        continue;
                    }
                    let count = failures.fetch_add(1, Ordering::Relaxed) + 1;
                    if count >= most {
                        is_over.store(true, Ordering::Relaxed);
                    }
                    reports.lock().expect("no panic").push((seed, told));
                }
                let mut counts = counts.lock().expect("no panic");
                for (what, count) in own {
                    *counts.entry(what).or_default() += count;
                }
            });
        }
    });
    let spent = began.elapsed().as_secs_f64();
    let ran = next.load(Ordering::Relaxed).min(first + seeds) - first;
    println!(
        "{ran} stories in {spent:.1} s: {:.0} a second",
        ran as f64 / spent
    );
    for (what, count) in &*counts.lock().expect("no panic") {
        println!("  {what}: {count}");
    }
    let mut reports = reports.into_inner().expect("no panic");
    reports.sort_by_key(|(seed, _)| *seed);
    let mut kinds: BTreeMap<String, Vec<(u64, Told)>> = BTreeMap::new();
    for (seed, told) in reports {
        kinds.entry(kind(&told)).or_default().push((seed, told));
    }
    let shown: Vec<String> = kinds
        .iter()
        .map(|(kind, found)| {
            let seeds: Vec<String> = found.iter().map(|(seed, _)| seed.to_string()).collect();
            let (first, told) = &found[0];
            let seeds = seeds[..seeds.len().min(12)].join(", ");
            let count = found.len();
            format!(
                "{count} stories: {kind}\n  seeds {seeds}\n{}",
                report(*first, told)
            )
        })
        .collect();
    assert!(shown.is_empty(), "\n{}", shown.join("\n"));
}
