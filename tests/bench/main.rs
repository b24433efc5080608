//! Measures Slipway against its peers in the same run, and prints ratios: `make bench`.
//!
//! Nothing here passes or fails: a machine's noise is no bug. Each row says what was aimed at. The peers are git for files
//! and diffs, an empty window of the same toolkit for the window, and the vendor's own client for themes pushed to a
//! simulated shop; `make conformance` installs that one, and its rows are left out before.
//!
//! `SLIPWAY_BENCH_OBJECTS=N` sets the size (100,000 by default), `SLIPWAY_BENCH_THEMES=OLD:NEW` two folders of a real theme
//! for the diffs (else generated files of about the same shape serve), `SLIPWAY_BENCH_ONLY` one part: `commands`,
//! `captures`, `diffs`, `views`, `shopify` or `window`.

mod commands;
#[path = "../window/harness.rs"]
#[allow(dead_code, reason = "the journeys use what this bench does not")]
mod harness;
mod measure;
mod shopify;
mod views;
mod window;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::{Measured, median_of, print_row, run};
use slipway_sandbox::load;

const SEED: u64 = 20_240_301;
/// 256 MB over 100,000 documents.
const MEAN_BYTES: usize = 2_560;
/// Every hundredth document is changed: 1 %.
const CHANGED_STEP: usize = 100;

fn main() {
    if std::env::args().any(|argument| argument == window::EMPTY_WINDOW) {
        return window::open_empty_window();
    }
    let count: usize = std::env::var("SLIPWAY_BENCH_OBJECTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!(
        "{:<52} {:>12} {:>12} {:>7} {:>10}  aim",
        "", "slipway", "peer", "ratio", "peak MB"
    );
    let only = std::env::var("SLIPWAY_BENCH_ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("commands") {
        commands::measure(folder.path());
    }
    if wanted("captures") {
        captures(folder.path(), count);
    }
    if wanted("diffs") {
        diffs(folder.path());
    }
    if wanted("views") {
        views::measure(folder.path());
    }
    if wanted("shopify") {
        shopify::measure(folder.path(), count);
    }
    if wanted("window") {
        window::measure(folder.path());
    }
}

fn slipway(home: &Path, arguments: &[&str]) -> Command {
    let program = harness::home::commands().expect("the program with the commands");
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("SLIPWAY_WORKSPACE", home.join("bench.slipway"))
        .env("SLIPWAY_USER", "Bench <bench@example.com>");
    command
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args([
            "-c",
            "user.name=bench",
            "-c",
            "user.email=bench@example.com",
            "-c",
            "gc.auto=0",
        ])
        .args(arguments);
    command
}

fn done(mut command: Command) {
    let output = command.output().expect("a program that starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Capture, second capture, comparison and size, beside git on the same files.
fn captures(folder: &Path, count: usize) {
    const ROUNDS: usize = 3;
    let objects = folder.join("objects-source");
    let home = folder.join("home");
    fs::create_dir_all(&home).expect("a home");
    load::generate_objects(&objects, count, SEED, MEAN_BYTES).expect("objects");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for name in ["bench.slipway", "bench.slipway-wal", "bench.slipway-shm"] {
            fs::remove_file(home.join(name)).ok();
        }
        fs::remove_dir_all(objects.join(".git")).ok();
        let workspace = home.join("bench.slipway");
        done(slipway(
            &home,
            &["workspace", "init", &workspace.display().to_string()],
        ));
        let path = objects.display().to_string();
        let add = [
            "env",
            "add",
            "first",
            "--platform",
            "folder",
            "--layout",
            "objects",
            "--path",
            &path,
        ];
        done(slipway(&home, &add));
        ours.push(run(slipway(&home, &["capture", "first"])));
        done(git(&objects, &["init", "-q"]));
        theirs.push(run(git(&objects, &["add", "-A"])));
    }
    let (first, add) = (median_of(&ours), median_of(&theirs));
    print_row(
        &format!("capture {count} objects ÷ git add -A"),
        &first,
        &add,
        "≤ 0.5, under 200 MB",
    );
    let second = median_of(
        &(0..ROUNDS)
            .map(|_| run(slipway(&home, &["capture", "first"])))
            .collect::<Vec<_>>(),
    );
    print_row(
        "second capture, nothing changed ÷ first",
        &second,
        &first,
        "≤ 0.15",
    );

    done(git(&objects, &["commit", "-qm", "one"]));
    let second = folder.join("objects-second");
    load::generate_objects(&second, count, SEED, MEAN_BYTES).expect("objects");
    load::alter_objects(&second, count, SEED, MEAN_BYTES, CHANGED_STEP).expect("changed objects");
    let path = second.display().to_string();
    let add = [
        "env",
        "add",
        "second",
        "--platform",
        "folder",
        "--layout",
        "objects",
        "--path",
        &path,
    ];
    done(slipway(&home, &add));
    done(slipway(&home, &["capture", "second"]));
    load::alter_objects(&objects, count, SEED, MEAN_BYTES, CHANGED_STEP).expect("changed objects");
    done(git(&objects, &["add", "-A"]));
    done(git(&objects, &["commit", "-qm", "two"]));
    let compare: Vec<Measured> = (0..9)
        .map(|_| run(slipway(&home, &["compare", "second", "first", "--offline"])))
        .collect();
    let name_status: Vec<Measured> = (0..9)
        .map(|_| run(git(&objects, &["diff", "--name-status", "HEAD~1", "HEAD"])))
        .collect();
    print_row(
        "compare, 1 % changed ÷ git diff --name-status",
        &median_of(&compare),
        &median_of(&name_status),
        "≤ 2",
    );

    done(git(&objects, &["reset", "-q", "--hard", "HEAD~1"]));
    done(git(
        &objects,
        &["reflog", "expire", "--expire=now", "--all"],
    ));
    done(git(&objects, &["gc", "-q", "--prune=now"]));
    let pack = size_of(&objects.join(".git/objects/pack"));
    let single = folder.join("single");
    fs::create_dir_all(&single).expect("a home");
    let workspace = single.join("bench.slipway");
    done(slipway(
        &single,
        &["workspace", "init", &workspace.display().to_string()],
    ));
    let path = objects.display().to_string();
    done(slipway(
        &single,
        &[
            "env",
            "add",
            "one",
            "--platform",
            "folder",
            "--layout",
            "objects",
            "--path",
            &path,
        ],
    ));
    done(slipway(&single, &["capture", "one"]));
    let file = fs::metadata(&workspace).expect("a workspace").len();
    println!(
        "{:<52} {:>9.1} MB {:>9.1} MB {:>7.2} {:>10}  ≤ 1",
        "workspace file ÷ git's pack after gc",
        megabytes(file),
        megabytes(pack),
        file as f64 / pack as f64,
        ""
    );
}

fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| {
            entry
                .and_then(|entry| entry.metadata())
                .expect("a file")
                .len()
        })
        .sum()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// All text diffs of a release between two versions of a theme, beside git printing the same.
fn diffs(folder: &Path) {
    let (old, new) = match std::env::var("SLIPWAY_BENCH_THEMES") {
        Ok(pair) => {
            let (old, new) = pair.split_once(':').expect("OLD:NEW");
            (PathBuf::from(old), PathBuf::from(new))
        }
        Err(_) => views::generate_themes(folder),
    };
    let home = folder.join("diff-home");
    fs::create_dir_all(&home).expect("a home");
    let workspace = home.join("bench.slipway").display().to_string();
    done(slipway(&home, &["workspace", "init", &workspace]));
    for (name, path) in [("old", &old), ("new", &new)] {
        let path = path.display().to_string();
        done(slipway(
            &home,
            &[
                "env",
                "add",
                name,
                "--platform",
                "folder",
                "--layout",
                "theme",
                "--path",
                &path,
            ],
        ));
    }
    done(slipway(
        &home,
        &["release", "create", "all", "--from", "new", "--to", "old"],
    ));
    let ours: Vec<Measured> = (0..5)
        .map(|_| run(slipway(&home, &["release", "diff", "all"])))
        .collect();
    let (old, new) = (old.display().to_string(), new.display().to_string());
    let arguments = ["diff", "--no-index", "--no-renames", "--binary", &old, &new];
    let theirs: Vec<Measured> = (0..5).map(|_| run(git(folder, &arguments))).collect();
    let (ours, theirs) = (median_of(&ours), median_of(&theirs));
    print_row("all diffs of a theme ÷ git diff", &ours, &theirs, "");
    // What every command pays and no diff makes longer.
    let starts = |of: &dyn Fn() -> Command| median_of(&[(); 5].map(|()| run(of())));
    let our_start = starts(&|| slipway(&home, &["--version"]));
    let their_start = starts(&|| git(folder, &["--version"]));
    print_row(
        "  of that, either program's start",
        &our_start,
        &their_start,
        "",
    );
    print_row(
        "  the diffs without it",
        &ours.beyond(&our_start),
        &theirs.beyond(&their_start),
        "≤ 1",
    );
}
