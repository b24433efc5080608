//! Holds the house to its plan: who may know whom, what stays pure, and how large a file may grow.
//!
//! Each rule is a function from facts to complaints, so that it is tested on made-up facts before it judges the real
//! ones. A complaint says which line of which table to change if the plan itself has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// One of our packages, and which others of ours it may depend on.
struct Room {
    name: &'static str,
    may_know: &'static [&'static str],
    /// What its tests may know beyond that.
    tests_may_know: &'static [&'static str],
}

/// The package of the window.
const SHELL: &str = "slipway-window";
/// The package of the commands.
const COMMANDS: &str = "slipway-cli";

const HOUSE: &[Room] = &[
    Room {
        name: SHELL,
        may_know: &["slipway-api", "slipway-machine"],
        // Whole-system tests look into every room.
        tests_may_know: &[
            "slipway-platforms",
            "slipway-sandbox",
            "slipway-engine",
            "slipway-store",
            "slipway-diff",
            "slipway-domain",
        ],
    },
    Room {
        name: COMMANDS,
        may_know: &["slipway-api", "slipway-machine", "slipway-sandbox"],
        tests_may_know: &["slipway-engine", "slipway-domain", "slipway-pictures"],
    },
    Room {
        name: "slipway-machine",
        may_know: &[
            "slipway-api",
            "slipway-pictures",
            "slipway-platforms",
            "slipway-sandbox",
        ],
        tests_may_know: &[],
    },
    Room {
        name: "slipway-api",
        may_know: &[
            "slipway-engine",
            "slipway-store",
            "slipway-diff",
            "slipway-domain",
        ],
        tests_may_know: &["slipway-pictures", "slipway-platforms", "slipway-sandbox"],
    },
    Room {
        name: "slipway-engine",
        may_know: &["slipway-store", "slipway-diff", "slipway-domain"],
        tests_may_know: &[],
    },
    Room {
        name: "slipway-platforms",
        may_know: &["slipway-engine", "slipway-domain"],
        tests_may_know: &["slipway-sandbox"],
    },
    Room {
        name: "slipway-sandbox",
        may_know: &["slipway-domain"],
        tests_may_know: &[],
    },
    Room {
        name: "slipway-pictures",
        may_know: &[],
        tests_may_know: &[],
    },
    Room {
        name: "slipway-store",
        may_know: &["slipway-domain"],
        tests_may_know: &[],
    },
    Room {
        name: "slipway-diff",
        may_know: &[],
        tests_may_know: &[],
    },
    Room {
        name: "slipway-domain",
        may_know: &[],
        tests_may_know: &[],
    },
];

/// Libraries that belong to one room. A name that ends in `*` stands for all that begin so.
const OWNED: &[(&str, &str)] = &[
    ("rusqlite", "slipway-store"),
    ("libsqlite3-sys", "slipway-store"),
    ("tauri", SHELL),
    ("tauri-*", SHELL),
    ("wry", SHELL),
    ("reqwest", "slipway-platforms"),
    ("ureq", "slipway-platforms"),
    ("curl", "slipway-platforms"),
    ("isahc", "slipway-platforms"),
    // What decodes bytes from outside runs in a process of its own.
    ("image", "slipway-pictures"),
    ("resvg", "slipway-pictures"),
    ("usvg", "slipway-pictures"),
];

/// Rooms whose tests may use a library that belongs to another: a server is tested by a client.
const LENT_TO_TESTS: &[(&str, &str)] =
    &[("reqwest", "slipway-sandbox"), ("rusqlite", "slipway-cli")];

/// What draws a window or brings a library of the system: nothing that the commands may reach, however far down. A name that
/// ends in `*` stands for all that begin so.
const NEEDS_A_DESKTOP: &[&str] = &[
    "tauri",
    "tauri-*",
    "wry",
    "tao",
    "gtk*",
    "gdk*",
    "gio*",
    "glib*",
    "gobject*",
    "cairo*",
    "pango*",
    "atk*",
    "webkit2gtk*",
    "javascriptcore*",
    "soup*",
    "x11*",
    "openssl",
    "openssl-sys",
    "native-tls",
];

/// Rooms without I/O, clock or randomness, and what would bring them in.
const PURE: &[(&str, &str)] = &[
    ("slipway-domain", "src-tauri/crates/domain/src"),
    ("slipway-diff", "src-tauri/crates/diff/src"),
];
const IMPURE_LIBRARIES: &[&str] = &[
    "async-trait",
    "futures",
    "getrandom",
    "rand",
    "tempfile",
    "tokio",
    "tracing",
    "uuid",
];
const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    // The traits of `std::io` are fine: who calls decides what is behind them.
    "io::stdin",
    "io::stdout",
    "io::stderr",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "async fn",
];

/// The rooms of the engine: each uses only those before it.
const ENGINE: &[&str] = &[
    "error",
    "clock",
    "executor",
    "secret",
    "keys",
    "job",
    "platform",
    "ledger",
    "audit",
    "documents",
    "capture",
    "compare",
    "releases",
    "planning",
    "locks",
    "runner",
    "verify",
    "deploy",
    "rollback",
    "engine",
];

/// Packages whose modules still know each other in a ring. This list may only shrink.
const IN_A_RING: &[&str] = &["api", "pictures"];

/// The most lines that a file may have, by extension. Half of it is already a sign that a room is missing.
const LONGEST: &[(&str, usize)] = &[("rs", 800), ("ts", 800), ("css", 800), ("svelte", 400)];

/// Names every dependency between our packages, or on an owned library, that the plan does not know.
fn wrong_edges(metadata: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    for package in packages {
        let name = text(&package["name"]);
        let Some(room) = HOUSE.iter().find(|room| room.name == name) else {
            complaints.push(format!("the house has no room called {name}"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let other = text(&dependency["name"]);
            let in_tests = text(&dependency["kind"]) == "dev";
            let ours = other.starts_with("slipway-");
            let allowed = room.may_know.contains(&other)
                || (in_tests && room.tests_may_know.contains(&other));
            if ours && !allowed {
                complaints.push(format!("{name} may not know {other}"));
            }
            if let Some((_, owner)) = OWNED.iter().find(|(library, _)| matches(library, other))
                && *owner != name
                && !(in_tests && LENT_TO_TESTS.contains(&(other, name)))
            {
                complaints.push(format!("only {owner} may know {other}, not {name}"));
            }
            let pure = PURE.iter().any(|(pure, _)| *pure == name);
            if pure && !in_tests && IMPURE_LIBRARIES.contains(&other) {
                complaints.push(format!("{name} is pure and may not know {other}"));
            }
        }
    }
    for room in HOUSE {
        if !packages
            .iter()
            .any(|package| text(&package["name"]) == room.name)
        {
            complaints.push(format!("the room {} is missing", room.name));
        }
    }
    complaints
}

/// Names every library that needs a desktop in a tree as `cargo tree --prefix depth` prints it, with the way that leads there.
fn desktop_libraries(tree: &str) -> Vec<String> {
    let mut way: Vec<&str> = Vec::new();
    let mut complaints = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let digits = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let (depth, package) = line.split_at(digits);
        let depth: usize = depth.parse().expect("cargo prints the depth first");
        let name = package.split(' ').next().unwrap_or_default();
        way.truncate(depth);
        way.push(name);
        if NEEDS_A_DESKTOP.iter().any(|pattern| matches(pattern, name)) {
            complaints.push(format!(
                "the commands run without a desktop: {}",
                way.join(" → ")
            ));
        }
    }
    complaints
}

/// Names every line of a pure room's source that would read a file, a clock or the like.
fn impure_lines(path: &str, source: &str) -> Vec<String> {
    source
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(index, line)| {
            IMPURE_WORDS
                .iter()
                .filter(move |word| line.contains(**word))
                .map(move |word| format!("{path}:{}: a pure room has no {word}", index + 1))
        })
        .collect()
}

/// Complains when a file of the UI reaches for the shell from outside the one folder that may, or for a screen from below.
fn wrong_imports(path: &str, source: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let has = |needle: &str| {
        source
            .lines()
            .any(|line| line.contains("from '") && line.contains(needle))
    };
    if has("'@tauri-apps/") && !path.starts_with("ui/src/lib/backend/") {
        complaints.push(format!(
            "{path}: only ui/src/lib/backend may import @tauri-apps"
        ));
    }
    // `../app/` alone may be `lib/app`, the room that every screen stands on; the frame is reached over the root.
    let frame = format!(
        "'{}app/",
        "../".repeat(path.matches('/').count().saturating_sub(2))
    );
    if path.starts_with("ui/src/lib/") && (has("/features/") || has(&frame)) {
        complaints.push(format!("{path}: what lies in lib knows no feature"));
    }
    complaints
}

/// The room of a package that a source file belongs to: the first part of its path below `src`.
fn room_of<'a>(package: &str, path: &'a str) -> Option<&'a str> {
    let below = path.strip_prefix(&format!("src-tauri/crates/{package}/src/"))?;
    let room = below.split('/').next()?;
    let room = room.strip_suffix(".rs").unwrap_or(room);
    let is_test = below.contains("tests/") || below.ends_with("tests.rs") || room == "fixture";
    (!is_test && room != "lib" && room != "main").then_some(room)
}

/// The rooms of its own package that a file uses, its unit tests aside.
fn rooms_used(source: &str) -> BTreeSet<String> {
    let source = source
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let name = |text: &str| -> String {
        let word = |c: &char| c.is_ascii_lowercase() || *c == '_';
        text.trim_start().chars().take_while(word).collect()
    };
    let uses = code.split("crate::").skip(1);
    uses.flat_map(|rest| match rest.strip_prefix('{') {
        // `use crate::{capture, ledger};`: what stands in inner braces belongs to one of these.
        Some(list) => {
            let mut depth = 0;
            let end = list.find(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                depth < 0
            });
            let list = &list[..end.unwrap_or(list.len())];
            list.split(',').map(name).collect()
        }
        None => vec![name(rest)],
    })
    .filter(|room| !room.is_empty())
    .collect()
}

/// Names every use of a later room, or of one that stands in no line.
fn out_of_line(package: &str, line: &[&str], sources: &[(String, String)]) -> Vec<String> {
    let place = |room: &str| line.iter().position(|known| *known == room);
    let mut complaints = Vec::new();
    for (path, source) in sources {
        let Some(room) = room_of(package, path) else {
            continue;
        };
        let Some(own) = place(room) else {
            complaints.push(format!("{path}: the line of {package} has no room {room}"));
            continue;
        };
        for used in rooms_used(source) {
            if place(&used).is_none_or(|used| used > own) {
                complaints.push(format!("{path}: {room} may not use {used}"));
            }
        }
    }
    complaints
}

/// The rooms of a package that know each other in a ring; none in a healthy one.
fn rings(package: &str, sources: &[(String, String)]) -> Vec<String> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, source) in sources {
        if let Some(room) = room_of(package, path) {
            known
                .entry(room.to_owned())
                .or_default()
                .extend(rooms_used(source).into_iter().filter(|used| used != room));
        }
    }
    // Whoever knows nobody that is left, or whom nobody knows, is in no ring.
    loop {
        let left: BTreeSet<String> = known.keys().cloned().collect();
        let used: BTreeSet<String> = known.values().flatten().cloned().collect();
        known.retain(|room, uses| {
            uses.retain(|other| left.contains(other));
            !uses.is_empty() && used.contains(room)
        });
        if known.len() == left.len() {
            break;
        }
    }
    known.into_keys().collect()
}

/// Complains when a file is longer than its kind may be.
fn too_long(path: &str, source: &str) -> Option<String> {
    let extension = Path::new(path).extension()?.to_str()?;
    let (_, longest) = LONGEST.iter().find(|(known, _)| *known == extension)?;
    let lines = source.lines().count();
    (lines > *longest)
        .then(|| format!("{path} has {lines} lines, {longest} are the most: split it"))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file below `folder` that a person wrote, as (path from the root, content).
fn sources(folder: &str) -> Vec<(String, String)> {
    const NOT_OURS: &[&str] = &[
        "node_modules",
        "dist",
        "generated",
        "target",
        "gen",
        "sample",
    ];
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the source tree can be read") {
            let path = entry.expect("the source tree can be read").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let extension = path
                .extension()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if path.is_dir() && !NOT_OURS.contains(&name) {
                folders.push(path);
            } else if path.is_file() && LONGEST.iter().any(|(known, _)| *known == extension) {
                let content = fs::read_to_string(&path).expect("sources are UTF-8");
                let from_root = path.strip_prefix(root()).expect("BUG: not below the root");
                found.push((from_root.display().to_string(), content));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds sources");
    found
}

/// Runs cargo on this workspace, without a network, and gives what it prints.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .arg("--offline")
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

#[test]
fn rooms_know_only_whom_the_plan_lets_them_know() {
    let printed = cargo(&["metadata", "--format-version=1", "--no-deps"]);
    let metadata = serde_json::from_str(&printed).expect("cargo prints JSON");
    complain(&wrong_edges(&metadata));
}

#[test]
fn the_commands_reach_no_library_of_the_desktop() {
    let tree = cargo(&[
        "tree",
        "--package",
        COMMANDS,
        "--all-features",
        "--edges=normal,build",
        "--prefix=depth",
    ]);
    assert!(
        tree.contains("slipway-domain"),
        "the tree goes all the way down"
    );
    complain(&desktop_libraries(&tree));
}

#[test]
fn pure_rooms_read_no_file_and_no_clock() {
    let complaints: Vec<_> = PURE
        .iter()
        .flat_map(|(_, folder)| sources(folder))
        // A room's tests may hold it against the world: patches against the real `git apply`.
        .filter(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/"))
        .flat_map(|(path, source)| impure_lines(&path, &source))
        .collect();
    complain(&complaints);
}

#[test]
fn the_page_reaches_the_shell_through_one_folder() {
    let complaints: Vec<_> = sources("ui/src")
        .iter()
        .flat_map(|(path, source)| wrong_imports(path, source))
        .collect();
    complain(&complaints);
}

#[test]
fn the_rooms_of_the_engine_are_a_line() {
    let sources = sources("src-tauri/crates/engine/src");
    complain(&out_of_line("engine", ENGINE, &sources));
}

#[test]
fn no_package_has_a_ring_inside() {
    let packages = fs::read_dir(root().join("src-tauri/crates")).expect("the packages");
    for package in packages {
        let package = package.expect("a package").file_name();
        let package = package.to_str().expect("a name");
        let rings = rings(
            package,
            &sources(&format!("src-tauri/crates/{package}/src")),
        );
        let expected = IN_A_RING.contains(&package);
        assert_eq!(
            !rings.is_empty(),
            expected,
            "{package}: in a ring are {rings:?}; take it off the list when it has none"
        );
    }
}

#[test]
fn rings_and_wrong_directions_are_found() {
    let file = |name: &str, source: &str| {
        (
            format!("src-tauri/crates/engine/src/{name}"),
            source.to_owned(),
        )
    };
    let sources = [
        file(
            "error.rs",
            "// crate::engine is far away\nuse crate::job::Job;",
        ),
        file(
            "job.rs",
            "use crate::{\n    error::{self, EngineError},\n    clock,\n};",
        ),
        file("engine.rs", "fn f() { crate::job::f() }"),
        file("lib.rs", "use crate::engine::Engine;"),
        file("attic.rs", ""),
    ];
    assert_eq!(
        out_of_line("engine", ENGINE, &sources),
        [
            "src-tauri/crates/engine/src/error.rs: error may not use job",
            "src-tauri/crates/engine/src/attic.rs: the line of engine has no room attic",
        ]
    );
    assert_eq!(rings("engine", &sources), ["error", "job"]);
    assert!(rings("engine", &sources[1..]).is_empty());
}

#[test]
fn files_stay_small_enough_to_be_read() {
    let complaints: Vec<_> = ["src-tauri", "ui/src", "ui/tests", "tests"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter_map(|(path, source)| too_long(&path, &source))
        .collect();
    complain(&complaints);
}

/// A workspace as the plan wants it, with one dependency more.
fn house_with(name: &str, other: &str, kind: Option<&str>) -> Value {
    let packages: Vec<Value> = HOUSE
        .iter()
        .map(|room| {
            let mut dependencies: Vec<Value> = room
                .may_know
                .iter()
                .map(|known| json!({ "name": known, "kind": null }))
                .collect();
            if room.name == name {
                dependencies.push(json!({ "name": other, "kind": kind }));
            }
            json!({ "name": room.name, "dependencies": dependencies })
        })
        .collect();
    json!({ "packages": packages })
}

#[test]
fn wrong_edges_are_found() {
    let cases = [
        (
            "slipway-domain",
            "slipway-store",
            None,
            "domain knows nothing of ours",
        ),
        (
            "slipway-domain",
            "slipway-diff",
            Some("dev"),
            "not even in tests",
        ),
        (
            "slipway-diff",
            "slipway-domain",
            None,
            "diff knows nothing of ours",
        ),
        (
            "slipway-store",
            "slipway-engine",
            None,
            "no edge points upwards",
        ),
        ("slipway-cli", "slipway-store", None, "hosts go through api"),
        (
            "slipway-sandbox",
            "slipway-engine",
            None,
            "sandbox knows domain alone",
        ),
        (
            "slipway-platforms",
            "slipway-store",
            None,
            "platforms know the port alone",
        ),
        (
            "slipway-platforms",
            "slipway-sandbox",
            None,
            "only their tests know the sandbox",
        ),
        ("slipway-api", SHELL, None, "nobody knows the shell"),
        (SHELL, COMMANDS, None, "the two programs share a machine"),
        (
            "slipway-engine",
            "rusqlite",
            None,
            "only store knows SQLite",
        ),
        ("slipway-api", "tauri", None, "only the shell knows Tauri"),
        (
            "slipway-cli",
            "tauri-plugin-dialog",
            None,
            "nor its plugins",
        ),
        (
            "slipway-engine",
            "reqwest",
            Some("dev"),
            "only platforms know HTTP clients",
        ),
        ("slipway-domain", "tokio", None, "domain is not async"),
        (
            "slipway-diff",
            "rand",
            Some("build"),
            "diff has no randomness",
        ),
    ];
    for (name, other, kind, why) in cases {
        let complaints = wrong_edges(&house_with(name, other, kind));
        assert_eq!(
            complaints.len(),
            1,
            "{name} → {other}: {why}; got {complaints:?}"
        );
        assert!(
            complaints[0].contains(other),
            "{complaints:?} names {other}"
        );
    }
}

#[test]
fn right_edges_are_left_alone() {
    let cases = [
        ("slipway-domain", "serde", None),
        ("slipway-domain", "tokio", Some("dev")),
        ("slipway-store", "rusqlite", None),
        ("slipway-platforms", "reqwest", None),
        ("slipway-sandbox", "reqwest", Some("dev")),
        ("slipway-platforms", "slipway-sandbox", Some("dev")),
        (SHELL, "tauri-build", Some("build")),
        (SHELL, "slipway-store", Some("dev")),
    ];
    for (name, other, kind) in cases {
        let complaints = wrong_edges(&house_with(name, other, kind));
        assert!(complaints.is_empty(), "{name} → {other}: {complaints:?}");
    }
}

#[test]
fn libraries_of_the_desktop_are_found() {
    let tree = "0slipway-cli v0.1.0 (/src)\n1slipway-api v0.1.0 (/src) (*)\n1slipway-machine v0.1.0\n2keyring v3.6.3\n\
                3openssl-sys v0.9.0\n1gtk-sys v0.18.2\n1taoist v1.0.0\n";
    assert_eq!(
        desktop_libraries(tree),
        [
            "the commands run without a desktop: slipway-cli → slipway-machine → keyring → openssl-sys",
            "the commands run without a desktop: slipway-cli → gtk-sys",
        ]
    );
}

#[test]
fn unknown_and_missing_rooms_are_found() {
    let mut metadata = house_with(SHELL, "serde", None);
    metadata["packages"][0]["name"] = json!("slipway-extra");
    let complaints = wrong_edges(&metadata);
    assert_eq!(
        complaints,
        [
            "the house has no room called slipway-extra",
            "the room slipway-window is missing"
        ],
    );
}

#[test]
fn wrong_lines_are_found() {
    assert_eq!(
        impure_lines(
            "a.rs",
            "use std::fs;\n// std::fs\nlet now = Instant::now();"
        )
        .len(),
        2
    );
    let import = "import { invoke } from '@tauri-apps/api/core';";
    assert_eq!(
        wrong_imports("ui/src/features/board/Board.svelte", import).len(),
        1
    );
    assert_eq!(
        wrong_imports("ui/src/lib/backend/transport.ts", import).len(),
        0
    );
    let upwards = "import Board from '../../features/board/Board.svelte';";
    assert_eq!(wrong_imports("ui/src/lib/ui/Menu.svelte", upwards).len(), 1);
    assert_eq!(wrong_imports("ui/src/app/App.svelte", upwards).len(), 0);

    let frame = "import Frame from '../../app/frame/Frame.svelte';";
    assert_eq!(
        wrong_imports("ui/src/lib/parts/TrailLine.svelte", frame).len(),
        1
    );
    let router = "import { href } from '../app/router.svelte';";
    assert_eq!(
        wrong_imports("ui/src/lib/parts/TrailLine.svelte", router).len(),
        0
    );
    let long = "line\n".repeat(401);
    assert!(
        too_long("ui/src/app/App.svelte", &long).is_some(),
        "components have at most 400 lines"
    );
    assert!(
        too_long("tests/window.rs", &long).is_none(),
        "Rust files may have more"
    );
}
