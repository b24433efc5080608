//! Ends the program the hard way and breaks its files: nothing is lost, nothing is half done for good, and what can't
//! be read is said.
//!
//! The moments at which a deployment is killed come from seeds; `SLIPWAY_SEED=<number>` replays one alone. What the
//! engine does when single calls of a platform fail is told by its own simulation.

#[path = "headless/harness.rs"]
mod harness;
#[path = "headless/seeds.rs"]
mod seeds;
#[path = "headless/tree.rs"]
mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use harness::{Desk, write};
use seeds::{Random, seeds};
use serde_json::{Value, json};
use tree::{Tree, assert_same, tree};

/// How many files of each family the environments hold.
const FILES: usize = 90;
/// How long a moment is waited for; a deployment that has ended ends the waiting as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a target is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    InPlace,
    Releases,
}

#[test]
fn a_deployment_that_is_killed_is_shown_as_interrupted_and_resumes_to_its_end() {
    let hits: Vec<bool> = seeds(0..6)
        .into_iter()
        .map(|seed| kill_resume_and_roll_back(seed, Layout::InPlace))
        .collect();
    assert!(
        hits.len() == 1 || hits.contains(&true),
        "no kill hit a deployment: the moments have to be chosen anew"
    );
}

#[test]
fn a_release_that_is_staged_when_it_is_killed_stays_hidden_until_it_is_whole() {
    let hits: Vec<bool> = seeds(100..104)
        .into_iter()
        .map(|seed| kill_resume_and_roll_back(seed, Layout::Releases))
        .collect();
    assert!(
        hits.len() == 1 || hits.contains(&true),
        "no kill hit a deployment: the moments have to be chosen anew"
    );
}

#[test]
fn an_interrupted_deployment_can_be_given_up_and_rolled_back() {
    for layout in [Layout::InPlace, Layout::Releases] {
        let shop = Shop::new(layout);
        let before = shop.shown();
        shop.release("one");
        let line = ["deploy", "one", "--json"];
        let moment = shop.operation(&["plan", "one"], 0.4);
        let Some(id) = shop.kill(&line, &moment) else {
            continue;
        };
        let cancelled = shop.desk.done(&["deployment", "cancel", &id]);
        assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
        shop.desk.ends(3, &["deployment", "resume", &id]);
        match layout {
            Layout::InPlace => {
                assert!(
                    cancelled["operations"]["applied"].as_u64() > Some(0),
                    "what was applied is told: {cancelled}"
                );
                shop.desk.done(&["rollback", "live", "--execute"]);
            }
            // Cut off right after the switch: all of it is there, and is taken back as a whole.
            Layout::Releases if shop.shown() == shop.source() => {
                shop.desk.done(&["rollback", "live", "--execute"]);
            }
            Layout::Releases => {}
        }
        assert_same(&before, &shop.shown(), "everything is as it was");
        // Its lock is free, and nothing of it lies in the way.
        shop.release("two");
        shop.desk.done(&["deploy", "two"]);
        assert_same(&shop.shown(), &shop.source(), "the next one goes through");
    }
}

#[test]
fn an_edit_beside_an_interrupted_deployment_stays_and_is_told_with_an_exit_of_its_own() {
    for layout in [Layout::InPlace, Layout::Releases] {
        edit_and_resume(layout);
    }
}

#[test]
fn an_edit_that_the_verification_finds_is_told_with_that_exit_too() {
    let shop = Shop::new(Layout::InPlace);
    shop.release("one");
    let plan = ["plan", "one"];
    let (moment, first) = (shop.operation(&plan, 0.3), shop.operation(&plan, 0.0));
    let id = shop.kill(&["deploy", "one", "--json"], &moment);
    let id = id.expect("a deployment that was under way");
    let Moment::File(first, _) = first else {
        panic!("an operation shows in a file");
    };
    let edited = shop.content("live").join(first);
    fs::write(&edited, "by hand").expect("an edit");
    let found = shop.desk.ends(4, &["deployment", "resume", &id]);
    assert_eq!(found["operations"]["failed"], 0, "{found}");
    assert_eq!(fs::read(&edited).expect("the edit"), b"by hand");
}

fn edit_and_resume(layout: Layout) {
    let shop = Shop::new(layout);
    shop.release("one");
    let plan = ["plan", "one"];
    let (moment, last) = (shop.operation(&plan, 0.3), shop.operation(&plan, 0.99));
    let id = shop.kill(&["deploy", "one", "--json"], &moment);
    let id = id.expect("a deployment that was under way");
    let Moment::File(last, _) = last else {
        panic!("an operation shows in a file");
    };
    let edited = shop.content("live").join(last);
    fs::write(&edited, "by hand").expect("an edit");
    let stopped = shop.desk.ends(4, &["deployment", "resume", &id]);
    assert_eq!(stopped["state"], "failed", "{stopped}");
    assert_eq!(
        stopped["failed"][0]["attempt"]["is_drifted"], true,
        "{stopped}"
    );
    assert_eq!(
        fs::read(&edited).expect("the edit"),
        b"by hand",
        "{layout:?}"
    );
}

#[test]
fn a_workspace_is_locked_whatever_name_leads_to_it() {
    let shop = Shop::new(Layout::InPlace);
    shop.release("one");
    let moment = shop.operation(&["plan", "one"], 0.3);
    let mut child = shop.start(&["deploy", "one", "--json"], &moment);
    signal(&child, "STOP");
    let running = shop.deployments()[0].clone();
    assert_eq!(
        running["state"], "running",
        "it is there, if it says nothing: {running}"
    );
    let id = running["id"].as_str().expect("an id");

    let link = shop.desk.path("elsewhere.slipway");
    std::os::unix::fs::symlink(shop.desk.workspace(), &link).expect("a link");
    let link = shop.desk.text(&link);
    for line in [&["deployment", "resume", id][..], &["deploy", "one"]] {
        let refused = shop
            .desk
            .run(&[line, &["--workspace", link, "--json"]].concat());
        assert_eq!(refused.exit, Some(3), "{line:?} through a link: {refused}");
        assert!(
            refused.json().to_string().contains(id),
            "it says by whom: {refused}"
        );
    }
    let second = shop.desk.path("second.slipway");
    fs::hard_link(shop.desk.workspace(), &second).expect("a second name");
    let line = [
        "env",
        "list",
        "--workspace",
        shop.desk.text(&second),
        "--json",
    ];
    let refused = shop.desk.run(&line);
    assert_ne!(
        refused.exit,
        Some(0),
        "a second name has no journal: {refused}"
    );
    fs::remove_file(&second).expect("the second name goes");

    signal(&child, "CONT");
    assert!(
        child.wait().expect("a child of ours").success(),
        "it goes on by itself"
    );
    assert_same(&shop.shown(), &shop.source(), "once, and whole");
    let shown = shop.desk.done(&["deployment", "show", id]);
    let counts = &shown["operations"];
    assert_eq!(counts["applied"], counts["total"], "{shown}");
}

/// Sends a signal to a program of ours.
fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(kill.expect("kill runs").success(), "{name} is sent");
}

#[test]
fn a_damaged_workspace_is_told_and_left_alone() {
    let shop = Shop::new(Layout::InPlace);
    shop.release("one");
    let whole = fs::read(shop.desk.workspace()).expect("the workspace");
    let garbage = |from: usize, count: usize| {
        let mut bytes = whole.clone();
        bytes[from..from + count].fill(0xa5);
        bytes
    };
    let cases = [
        ("cut in half", whole[..whole.len() / 2].to_vec()),
        ("cut after its first page", whole[..4_096].to_vec()),
        ("overwritten in its first page", garbage(1_024, 3_000)),
        ("overwritten in many pages", garbage(8_192, whole.len() / 2)),
        ("empty", Vec::new()),
        ("something else", b"A letter to a friend.\n".repeat(1_000)),
    ];
    let before = shop.shown();
    for (what, bytes) in cases {
        let path = shop.desk.path("damaged/w.slipway");
        write(&path, &bytes);
        for line in [&["env", "list"][..], &["deploy", "one"]] {
            let named = [line, &["--workspace", shop.desk.text(&path), "--json"]].concat();
            let ended = shop.desk.run(&named);
            // Whether it ever was a workspace can't be said of every file.
            let expected = if bytes.starts_with(&whole[..100]) {
                1
            } else {
                2
            };
            assert_eq!(
                ended.exit,
                Some(expected),
                "{what}: the exit code of {ended}"
            );
            let message = ended.json()["error"]["message"].clone();
            let message = message.as_str().unwrap_or_default();
            assert!(
                message.contains("damaged") || message.contains("not a Slipway workspace"),
                "{what}: the message says what is wrong: {message}"
            );
            let hint = &ended.json()["error"]["hint"];
            assert_ne!(hint, "", "{what}: and what a person can do");
        }
        let audit = ["audit", "--workspace", shop.desk.text(&path), "--json"];
        let audit = shop.desk.run(&audit);
        assert_ne!(audit.exit, Some(0), "{what}: the audit finds it: {audit}");
        let left = tree(path.parent().expect("a folder of its own"));
        assert!(
            left.len() == 1 && left["w.slipway"] == bytes,
            "{what}: the file is left alone, and nothing lies beside it: {:?}",
            left.keys()
        );
    }
    assert_same(&before, &shop.shown(), "the environments are untouched");
}

/// Kills a deployment at the seed's moment, resumes it, rolls it back; every second rollback is killed and resumed as
/// well. Says whether a kill hit a deployment that was under way.
fn kill_resume_and_roll_back(seed: u64, layout: Layout) -> bool {
    let mut random = Random(seed);
    let shop = Shop::new(layout);
    let before = shop.shown();
    shop.release("one");
    let deploy = ["deploy", "one", "--json"];
    let moment = if seed % 5 == 3 && layout == Layout::Releases {
        Moment::Switched
    } else if seed % 5 == 4 {
        // Before, between and after operations: while it captures, plans, switches or verifies.
        Moment::After(Duration::from_millis(random.below(1_500)))
    } else {
        shop.operation(&["plan", "one"], random.fraction())
    };
    let hit = shop.kill(&deploy, &moment);
    let context = format!("seed {seed}, {layout:?}, killed at {moment}");
    match &hit {
        Some(id) if seed.is_multiple_of(2) => shop.resume_twice(id, &context),
        Some(id) => shop.resume(id, &context),
        None if shop.deployments().is_empty() => {
            shop.desk.done(&["deploy", "one"]);
        }
        None => {}
    }
    assert_same(&shop.shown(), &shop.source(), &context);
    // The former one and the new one.
    shop.assert_tidy(2, &context);

    let rollback = ["rollback", "live", "--execute", "--json"];
    if seed % 2 == 1 && layout == Layout::InPlace {
        let moment = shop.operation(&["rollback", "live", "--dry-run"], random.fraction());
        let context = format!("{context}; its rollback at {moment}");
        if let Some(id) = shop.kill(&rollback, &moment) {
            shop.resume(&id, &context);
        }
    } else {
        shop.desk.done(&rollback[..3]);
    }
    assert_same(&before, &shop.shown(), &context);
    // The one at the start was not named by its content, so its like is there beside it.
    shop.assert_tidy(3, &context);
    let audit = shop.desk.done(&["audit", "--verify"]);
    assert_eq!(audit["intact"], true, "{context}: {audit}");
    assert_eq!(audit["projections_match"], true, "{context}: {audit}");
    hit.is_some()
}

/// When a run of the program is killed.
enum Moment {
    /// As soon as the file is seen as it is to be: its bytes, or gone.
    File(PathBuf, Option<Vec<u8>>),
    /// As soon as readers see the new release.
    Switched,
    /// After a time.
    After(Duration),
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, Some(_)) => write!(f, "the writing of {}", path.display()),
            Self::File(path, None) => write!(f, "the deletion of {}", path.display()),
            Self::Switched => write!(f, "the switch to the new release"),
            Self::After(time) => write!(f, "{time:?}"),
        }
    }
}

/// Two environments that differ in some hundred files, and a workspace for them.
struct Shop {
    desk: Desk,
    layout: Layout,
}

impl Shop {
    fn new(layout: Layout) -> Self {
        let desk = Desk::new();
        for place in ["live", "work"] {
            let root = match layout {
                Layout::InPlace => desk.path(place),
                Layout::Releases => desk.path(place).join("releases/first"),
            };
            fill(&root, place);
            if layout == Layout::Releases {
                std::os::unix::fs::symlink("releases/first", desk.path(place).join("current"))
                    .expect("a new link");
            }
        }
        let more: &[&str] = match layout {
            Layout::InPlace => &["--tier", "staging"],
            Layout::Releases => &["--tier", "staging", "--layout", "releases"],
        };
        desk.add("live", more);
        desk.add("work", &more[2..]);
        Self { desk, layout }
    }

    /// The folder in which readers of an environment look.
    fn content(&self, place: &str) -> PathBuf {
        match self.layout {
            Layout::InPlace => self.desk.path(place),
            Layout::Releases => self.desk.path(place).join("current"),
        }
    }

    fn shown(&self) -> Tree {
        tree(&self.content("live"))
    }

    fn source(&self) -> Tree {
        tree(&self.content("work"))
    }

    /// Makes and opens a release of everything.
    fn release(&self, tag: &str) {
        let create = ["release", "create", tag, "--from", "work", "--to", "live"];
        self.desk.done(&create);
        self.desk.done(&["release", "open", tag]);
    }

    fn deployments(&self) -> Vec<Value> {
        let listed = self.desk.done(&["deployment", "list"]);
        listed["deployments"].as_array().expect("a list").clone()
    }

    /// The moment when an operation shows on the disk: the one at this part of the operations that `line` answers with.
    fn operation(&self, line: &[&str], part: f64) -> Moment {
        let answer = self.desk.done(line);
        let operations: Vec<&Value> = answer["operations"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|operation| operation["verb"] != "publish")
            .collect();
        let operation = operations[(operations.len() as f64 * part) as usize];
        let resource = operation["resource"].as_str().expect("a key");
        let path = match resource.split_once(':').expect("a key has a colon") {
            ("theme/file", path) => format!("theme/{path}"),
            (kind, key) => format!("objects/{}/{key}.json", kind.trim_start_matches("object/")),
        };
        let is_back = answer["dry_run"] == true;
        let wanted = if is_back { "before" } else { "work" };
        let bytes = match wanted {
            // A rollback leads to what the generator wrote first.
            "before" => bytes_of("live", &path),
            _ => bytes_of("work", &path),
        };
        Moment::File(PathBuf::from(path), bytes)
    }

    /// Starts the program and waits for the moment, or for its end.
    fn start(&self, line: &[&str], moment: &Moment) -> Child {
        let mut child = self
            .desk
            .command(line)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let start = Instant::now();
        while start.elapsed() < PATIENCE && child.try_wait().expect("a child").is_none() {
            let is_now = match moment {
                Moment::After(time) => start.elapsed() >= *time,
                Moment::Switched => {
                    let led = fs::read_link(self.desk.path("live/current"));
                    led.is_ok_and(|led| !led.ends_with("first"))
                }
                Moment::File(path, bytes) => self.roots().iter().any(|root| {
                    fs::read(root.join(path)).ok() == *bytes && root.join("theme").is_dir()
                }),
            };
            if is_now {
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        child
    }

    /// Starts the program and kills it at the moment. Gives the deployment that it interrupted; nothing when the kill
    /// came before there was one, or after its end.
    fn kill(&self, line: &[&str], moment: &Moment) -> Option<String> {
        let known = self.deployments().len();
        let mut child = self.start(line, moment);
        // The signal that no program can answer.
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        if self.layout == Layout::Releases {
            let shown = self.shown();
            assert!(
                shown == self.source() || shown == filled("live"),
                "readers see one release or the other, never a mixture"
            );
        }
        let all = self.deployments();
        let newest = all.first().filter(|_| all.len() > known)?;
        let id = newest["id"].as_str().expect("an id").to_owned();
        match newest["state"].as_str() {
            Some("interrupted") => Some(id),
            Some("deployed") => None,
            state => panic!("a killed deployment is {state:?}: {newest}"),
        }
    }

    /// Where a file that is being deployed can show up.
    fn roots(&self) -> Vec<PathBuf> {
        match self.layout {
            Layout::InPlace => vec![self.desk.path("live")],
            Layout::Releases => fs::read_dir(self.desk.path("live/releases"))
                .expect("the releases")
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| !path.ends_with("first"))
                // Of a release that is staged, and of one that has its name.
                .flat_map(|path| [path.join("tree"), path])
                .collect(),
        }
    }

    /// Two processes take it up at once: one does, and the other is told that it does.
    fn resume_twice(&self, id: &str, context: &str) {
        let line = ["deployment", "resume", id, "--json"];
        let start = || {
            let mut command = self.desk.command(&line);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().expect("the program starts")
        };
        let mut ends =
            [start(), start()].map(|mut child| child.wait().expect("a child of ours").code());
        ends.sort_unstable();
        assert_eq!(ends, [Some(0), Some(3)], "{context}: one of two resumes");
        self.assert_settled(&self.desk.done(&["deployment", "show", id]), context);
    }

    fn resume(&self, id: &str, context: &str) {
        let shown = self.desk.done(&["deployment", "show", id]);
        assert_eq!(shown["can"]["resume"], true, "{context}: {shown}");
        let resumed = self.desk.done(&["deployment", "resume", id]);
        self.assert_settled(&resumed, context);
    }

    /// Says that all of the latest deployment was applied, each operation once.
    fn assert_settled(&self, resumed: &Value, context: &str) {
        assert_eq!(resumed["state"], "deployed", "{context}: {resumed}");
        assert_eq!(
            (
                &resumed["operations"]["applied"],
                &resumed["operations"]["unknown"],
                &resumed["operations"]["skipped"]
            ),
            (&resumed["operations"]["total"], &json!(0), &json!(0)),
            "{context}: every operation is settled: {resumed}"
        );
        let listed = self.deployments();
        assert_eq!(
            listed[0]["state"], "deployed",
            "{context}: the list says it as well"
        );
    }

    /// Says that nothing lies about: no half-written file, no release beyond these, no lock of a program that is gone.
    fn assert_tidy(&self, releases: usize, context: &str) {
        let live = tree(&self.desk.path("live"));
        let leftover = live.keys().find(|name| {
            name.contains(".slipway") || name.contains(".partial") || name.ends_with(".tmp")
        });
        assert_eq!(leftover, None, "{context}: nothing is left over");
        if self.layout == Layout::Releases {
            let folders = live.keys().filter(|name| {
                let below = name.strip_prefix("releases/").unwrap_or_default();
                below.find('/').is_some_and(|at| at + 1 == below.len())
            });
            assert_eq!(folders.count(), releases, "{context}: no other release");
        }
        // A file that a killed program left is nothing that anybody waits for; the next deployment removes it.
        let locks = fs::read_dir(self.desk.path("northwind.slipway.locks"));
        let held = locks.into_iter().flatten().flatten().filter(|entry| {
            let file = fs::File::open(entry.path());
            file.is_ok_and(|file| file.try_lock().is_err())
        });
        assert_eq!(held.count(), 0, "{context}: nobody holds a lock");
    }
}

/// Writes what a place holds.
fn fill(root: &Path, place: &str) {
    for (path, bytes) in filled(place) {
        match path.strip_suffix('/') {
            Some(folder) => fs::create_dir_all(root.join(folder)).expect("a new folder"),
            None => write(&root.join(path), bytes),
        }
    }
}

/// What a place holds at first: of each family most files differ, some are only here or only there.
fn filled(place: &str) -> Tree {
    let mut tree = Tree::new();
    for number in 0..FILES {
        for path in [
            format!("objects/products/item-{number:03}.json"),
            format!("objects/collections/set-{number:03}.json"),
            format!("theme/sections/part-{number:03}.liquid"),
        ] {
            if let Some(bytes) = bytes_of(place, &path) {
                for (at, _) in path.match_indices('/') {
                    tree.insert(path[..=at].to_owned(), Vec::new());
                }
                tree.insert(path, bytes);
            }
        }
    }
    tree
}

/// A file's bytes in a place, if the place has it: a pure function of both.
fn bytes_of(place: &str, path: &str) -> Option<Vec<u8>> {
    let digits: String = path.chars().filter(char::is_ascii_digit).collect();
    let number: usize = digits.parse().expect("a numbered file");
    match (number % 10, place) {
        (3, "work") | (7, "live") => return None,
        _ => {}
    }
    // Every tenth is the same on both sides.
    let version = if number % 10 == 5 { "same" } else { place };
    let text = if path.starts_with("theme/") {
        format!(
            "<p>{version} {number}</p>\n{}",
            "<!-- filler -->\n".repeat(number)
        )
    } else if path.contains("collections") {
        // Goes after the product that it names.
        format!(
            "{{\n  \"title\": \"{version} {number}\",\n  \"products\": [\"products:item-000\"]\n}}\n"
        )
    } else {
        format!("{{\n  \"title\": \"{version} {number}\"\n}}\n")
    };
    Some(text.into_bytes())
}
