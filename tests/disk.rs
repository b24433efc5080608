//! What a disk does to a workspace: it is full, or can't be written, or brings back other bytes than it was given. What is
//! wrong is said, nothing is deployed on the word of damaged bytes, and nothing is lost.

#[path = "headless/deployed.rs"]
mod deployed;
#[path = "headless/harness.rs"]
mod harness;
#[path = "headless/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use deployed::deployed;
use harness::{Desk, Ended, write};
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params};
use serde_json::Value;
use tree::{Tree, assert_same, tree};

/// Columns of which an audit says nothing when a bit of them flips: what is only shown, what is chosen again, what is made again
/// from the rest, and what a capture says of itself.
const UNVOUCHED: [&str; 28] = [
    "capture.at",
    "capture.created",
    "capture.deleted",
    "capture.environment",
    "capture.id",
    "capture.modified",
    "capture.notes",
    "capture.unchanged",
    "change_set.changes",
    "journal.position",
    "lock.expires_at",
    "lock.place",
    "lock.token",
    "operation.attempts",
    "operation.began_at",
    "operation.drifted",
    "operation.ended_at",
    "pack.size",
    "page.bytes",
    "page.entries",
    "plan.is_cancel_wished",
    "plan.phases",
    "setting.name",
    "setting.value",
    "snapshot.bytes",
    "stamps.body",
    "stamps.digest",
    "stamps.environment",
];

/// What a program may say whatever the file holds.
fn says_what_is_wrong(ended: &Ended, what: &str) {
    for word in ["panicked", "BUG"] {
        let said = format!("{ended}");
        assert!(!said.contains(word), "{what}: {said}");
    }
    if ended.exit != Some(0) {
        let answer = ended.json();
        if answer["projections_match"] == false {
            return;
        }
        // Of a deployment that began, of an audit, or of what was refused.
        let messages = [
            &answer["message"],
            &answer["problem"],
            &answer["error"]["message"],
        ];
        let message = messages.iter().find_map(|message| message.as_str());
        assert!(
            message.is_some_and(|text| !text.is_empty()),
            "{what}: {ended}"
        );
        assert_ne!(answer["error"]["hint"], "", "{what}: {ended}");
    }
}

/// The workspace's file as it is when nobody has it open.
fn whole(desk: &Desk) -> Vec<u8> {
    let connection = Connection::open(desk.workspace()).expect("the workspace");
    let folded = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    folded.expect("the journal is folded in");
    drop(connection);
    fs::read(desk.workspace()).expect("bytes")
}

/// The columns of every table of a workspace.
fn columns(connection: &Connection) -> Vec<(String, String)> {
    let sql = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid";
    let mut statement = connection.prepare(sql).expect("a schema");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.and_then(Iterator::collect).expect("columns")
}

/// Flips a bit of a value in the last row of a table that has one there; `false` where there is none.
fn flip(path: &Path, table: &str, column: &str) -> bool {
    let connection = Connection::open(path).expect("the workspace");
    let order = match table {
        "blob" | "draft_exclusion" | "operation" | "projection" | "setting" | "viewed" => "1",
        _ => "rowid",
    };
    let row = format!(
        "SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY {order} DESC LIMIT 1"
    );
    let Ok(found) = connection.query_row(&row, [], |row| row.get::<_, Cell>(0)) else {
        return false;
    };
    let flipped = match found.clone() {
        // High enough that it is no other row.
        Cell::Integer(number) => Cell::Integer(number ^ (1 << 20)),
        Cell::Text(text) => {
            let mut bytes = text.into_bytes();
            let letter = bytes.iter().rposition(u8::is_ascii_alphanumeric);
            let Some(at) = letter else { return false };
            bytes[at] ^= 1;
            Cell::Text(String::from_utf8(bytes).expect("still text"))
        }
        Cell::Blob(mut bytes) if !bytes.is_empty() => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            Cell::Blob(bytes)
        }
        _ => return false,
    };
    let triggers: Vec<(String, String)> = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .and_then(|mut all| {
            all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .expect("triggers");
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
        .expect("set");
    for (name, _) in &triggers {
        connection
            .execute_batch(&format!("DROP TRIGGER {name}"))
            .expect("dropped");
    }
    let update = format!("UPDATE {table} SET {column} = ?1 WHERE {column} IS ?2");
    let changed = connection.execute(&update, params![flipped, found]);
    for (_, sql) in &triggers {
        connection.execute_batch(sql).expect("made again");
    }
    changed.is_ok_and(|changed| changed > 0)
}

#[test]
fn a_bit_that_flips_in_any_column_of_any_table_is_named_and_nothing_false_is_deployed() {
    let desk = deployed();
    let bytes = whole(&desk);
    let live = |desk: &Desk| tree(&desk.path("live"));
    let (before, wanted) = (live(&desk), tree(&desk.path("work")));
    let all = columns(&Connection::open(desk.workspace()).expect("the workspace"));
    let mut flipped = BTreeSet::new();
    for (table, column) in all {
        fs::write(desk.workspace(), &bytes).expect("as it was");
        // What was tried on the copy before is no part of this one.
        desk.done(&["workspace", "trust", desk.text(&desk.workspace()), "--yes"]);
        if !flip(&desk.workspace(), &table, &column) {
            continue;
        }
        let what = format!("{table}.{column}");
        let audit = desk.run(&["audit", "--verify", "--json"]);
        let deploy = desk.run(&["deploy", "two", "--json"]);
        let expected = i32::from(!UNVOUCHED.contains(&what.as_str()));
        assert_eq!(audit.exit, Some(expected), "{what}: {audit}");
        says_what_is_wrong(&audit, &what);
        says_what_is_wrong(&deploy, &what);
        let after = live(&desk);
        assert!(after == before || after == wanted, "{what}: {deploy}");
        flipped.insert(table.clone());
        restore(&desk, &before);
    }
    assert!(flipped.len() > 12, "only these hold anything: {flipped:?}");
}

/// Writes a folder as it was.
fn restore(desk: &Desk, before: &Tree) {
    let live = desk.path("live");
    fs::remove_dir_all(&live).expect("it goes");
    for (name, bytes) in before {
        match name.strip_suffix('/') {
            Some(folder) => fs::create_dir_all(live.join(folder)).expect("a folder"),
            None => write(&live.join(name), bytes),
        }
    }
}

#[test]
fn a_file_that_is_cut_short_is_told_and_nothing_is_deployed_from_it() {
    let desk = deployed();
    let (bytes, before) = (whole(&desk), tree(&desk.path("live")));
    let eighth = bytes.len() / 8;
    let lengths = (0..8).map(|part| part * eighth);
    for length in lengths.chain([1, 99, 100, 512, 8_191, 8_192, bytes.len() - 4_096]) {
        fs::write(desk.workspace(), &bytes[..length]).expect("cut");
        for line in [
            &["deploy", "two", "--json"],
            &["audit", "--verify", "--json"],
        ] {
            let ended = desk.run(line);
            let what = format!("cut to {length} of {}", bytes.len());
            assert_ne!(ended.exit, Some(0), "{what}: {ended}");
            says_what_is_wrong(&ended, &what);
        }
        assert_same(&before, &tree(&desk.path("live")), "nothing is written");
    }
    fs::write(desk.workspace(), &bytes).expect("whole again");
    desk.done(&["deploy", "two"]);
}

#[test]
fn damaged_signs_of_a_capture_are_ignored_and_made_again() {
    let desk = deployed();
    let captured = desk.done(&["capture", "live"]);
    let signs = || -> Vec<u8> {
        let connection = Connection::open(desk.workspace()).expect("the workspace");
        let sql = "SELECT body FROM stamps WHERE environment = (SELECT id FROM projection \
                   WHERE kind = 'environment' AND body ->> '$.name' = 'live')";
        let body = connection.query_row(sql, [], |row| row.get(0));
        body.expect("they are there")
    };
    let made = signs();
    let damage = "UPDATE stamps SET body = zeroblob(9)";
    let connection = Connection::open(desk.workspace()).expect("the workspace");
    connection.execute(damage, []).expect("damaged");
    drop(connection);
    let again = desk.done(&["capture", "live"]);
    assert_eq!(again["snapshot"], captured["snapshot"], "{again}");
    assert_eq!(signs(), made, "the next capture has them again");
    let audit = desk.done(&["audit", "--verify"]);
    assert_eq!(audit["intact"], true, "{audit}");
}

#[test]
fn what_is_shown_is_worked_out_anew_where_it_can_not_be_read() {
    for column in ["kind", "body"] {
        let desk = deployed();
        let shown = desk.done(&["release", "list"]);
        assert!(flip(&desk.workspace(), "projection", column), "{column}");
        let audit = desk.ends(1, &["audit", "--verify"]);
        assert_eq!(audit["intact"], true, "only what is shown: {audit}");
        assert_eq!(desk.done(&["release", "list"]), shown, "{column}");
        desk.done(&["deploy", "two"]);
        let audit = desk.done(&["audit", "--verify"]);
        assert_eq!(audit["projections_match"], true, "{audit}");
    }
}

/// A disk of a few megabytes that holds a workspace, in a name space of its own; gone when it is dropped.
struct SmallDisk {
    desk: Desk,
    keeper: Child,
}

impl SmallDisk {
    /// Makes one; `None` where the machine lets nobody mount.
    fn new() -> Option<Self> {
        let desk = Desk::empty();
        fs::create_dir(desk.path("disk")).expect("a folder");
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
            .arg("mount -t tmpfs -o size=8m none \"$1\" && echo ready && exec cat")
            .arg("sh")
            .arg(desk.path("disk"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        let stdout = keeper.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).ok()?;
        (line == "ready\n").then_some(Self { desk, keeper })
    }

    /// Runs a command where the disk is.
    fn inside(&self, command: &Command) -> Output {
        let mut within = Command::new("nsenter");
        within.args(["--user", "--mount", "--preserve-credentials", "--target"]);
        within.arg(self.keeper.id().to_string()).arg("--");
        within.arg(command.get_program()).args(command.get_args());
        let set = command.get_envs();
        within.env_clear();
        within.envs(set.filter_map(|(name, value)| Some((name, value?))));
        within.stdin(Stdio::null()).output().expect("it runs")
    }

    fn sh(&self, line: &str) {
        let mut command = Command::new("sh");
        command.args(["-euc", line, "sh"]).arg(self.desk.path(""));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let done = self.inside(command.env("PATH", path));
        assert!(done.status.success(), "{line}: {done:?}");
    }

    /// Runs the program with `--json` on the workspace that lies there.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let file = self.desk.path("disk/w.slipway");
        let named = ["--workspace", self.desk.text(&file), "--json"];
        let done = self.inside(&self.desk.command(&[arguments, &named].concat()));
        let answer = serde_json::from_slice(&done.stdout);
        let answer = answer.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {done:?}"));
        (done.status.code(), answer)
    }

    fn done(&self, arguments: &[&str]) -> Value {
        let (exit, answer) = self.run(arguments);
        assert_eq!(exit, Some(0), "{arguments:?}: {answer}");
        answer
    }

    /// A workspace on the disk with an open release, and a copy of it beside the disk.
    fn fill(&self) {
        let file = self.desk.path("disk/w.slipway");
        let init = ["workspace", "init", self.desk.text(&file), "--json"];
        let made = self.inside(&self.desk.command(&init));
        assert!(made.status.success(), "{made:?}");
        for (name, content) in [("work", "new"), ("live", "old")] {
            for number in 0..6 {
                let file = self.desk.path(&format!("{name}/assets/{number}.css"));
                write(&file, content.repeat(900 + number));
            }
            let path = self.desk.path(name);
            let fixed = ["env", "add", name, "--platform", "folder", "--path"];
            let more = [self.desk.text(&path), "--tier", "development"];
            self.done(&[&fixed[..], &more].concat());
        }
        self.done(&["release", "create", "one", "--from", "work", "--to", "live"]);
        self.done(&["release", "open", "one"]);
        self.sh("cp \"$1/disk/w.slipway\" \"$1/base\"; test ! -s \"$1/disk/w.slipway-wal\"");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It ends when it has nothing more to read, and the disk with it.
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

#[test]
fn a_disk_that_is_full_at_any_write_is_told_and_what_was_begun_goes_on_when_there_is_room() {
    const STEP_BYTES: usize = 24 << 10;
    let Some(disk) = SmallDisk::new() else {
        println!("nobody may mount a disk here: left out");
        return;
    };
    disk.fill();
    let desk = &disk.desk;
    let (before, wanted) = (tree(&desk.path("live")), tree(&desk.path("work")));
    let mut failures = 0;
    for room in (0..).map(|step| step * STEP_BYTES) {
        restore(desk, &before);
        disk.sh("rm -rf \"$1\"/disk/*; cp \"$1/base\" \"$1/disk/w.slipway\"");
        let file = desk.path("disk/w.slipway");
        disk.done(&["workspace", "trust", desk.text(&file), "--yes"]);
        disk.sh(&format!(
            "left=$(df --block-size=1 --output=avail \"$1/disk\" | tail -n 1); \
             head -c $((left - {room})) /dev/zero > \"$1/disk/filler\""
        ));
        let what = format!("{room} bytes of room");
        let (exit, answer) = disk.run(&["deploy", "one"]);
        let at_once = exit == Some(0);
        if !at_once {
            failures += 1;
            let said = answer.to_string();
            assert!(said.contains("full"), "{what}: {said}");
            assert!(!said.contains("BUG"), "{what}: {said}");
        }
        disk.sh("rm \"$1/disk/filler\"");
        let listed = disk.done(&["deployment", "list"]);
        match listed["deployments"].get(0) {
            Some(deployment) if deployment["state"] != "deployed" => {
                let id = deployment["id"].as_str().expect("an id");
                let resumed = disk.done(&["deployment", "resume", id]);
                assert_eq!(resumed["state"], "deployed", "{what}: {resumed}");
            }
            Some(_) => {}
            None => drop(disk.done(&["deploy", "one"])),
        }
        assert_same(&wanted, &tree(&desk.path("live")), &what);
        let audit = disk.done(&["audit", "--verify"]);
        assert_eq!(audit["intact"], true, "{what}: {audit}");
        if at_once {
            break;
        }
    }
    assert!(failures > 3, "only {failures} times there was no room");
    println!("{failures} times there was no room");
}

#[test]
fn a_workspace_that_can_not_be_written_says_so() {
    let Some(disk) = SmallDisk::new() else {
        println!("nobody may mount a disk here: left out");
        return;
    };
    disk.fill();
    let before = tree(&disk.desk.path("live"));
    disk.sh("mount -o remount,ro \"$1/disk\"");
    let (exit, answer) = disk.run(&["deploy", "one"]);
    assert_eq!(exit, Some(1), "{answer}");
    let error = &answer["error"];
    assert!(
        error["message"].to_string().contains("read-only"),
        "{answer}"
    );
    assert!(
        error["hint"]
            .to_string()
            .contains("yours to read and write"),
        "{answer}"
    );
    assert_same(
        &before,
        &tree(&disk.desk.path("live")),
        "nothing is written",
    );
    disk.sh("mount -o remount,rw \"$1/disk\"");
    disk.done(&["deploy", "one"]);
}

#[test]
fn a_workspace_and_all_that_lies_beside_it_is_its_owners_alone_under_any_umask() {
    for umask in ["000", "022", "077"] {
        let desk = Desk::empty();
        let start = |arguments: &[&str]| {
            let command = desk.command(&[arguments, &["--json"]].concat());
            let mut under = Command::new("sh");
            under.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"]);
            under.arg(command.get_program()).args(command.get_args());
            let set = command.get_envs();
            under.env_clear();
            under.envs(set.filter_map(|(name, value)| Some((name, value?))));
            under.current_dir(desk.path("")).stdin(Stdio::null());
            under.stdout(Stdio::null()).spawn().expect("it runs")
        };
        let run = |arguments: &[&str]| {
            let ended = start(arguments).wait().expect("a child of ours");
            assert!(ended.success(), "umask {umask}: {arguments:?}");
        };
        run(&["workspace", "init", desk.text(&desk.workspace())]);
        let places = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in [("work", "new"), ("live", "old")] {
            let place = places.path().join(name);
            for number in 0..40 {
                write(&place.join(format!("assets/{number}.css")), content);
            }
            let fixed = ["env", "add", name, "--platform", "folder", "--path"];
            run(&[&fixed[..], &[desk.text(&place), "--tier", "development"]].concat());
        }
        run(&["release", "create", "one", "--from", "work", "--to", "live"]);
        run(&["release", "open", "one"]);
        // Its journal and its locks are there while it is written.
        let mut deploying = start(&["deploy", "one"]);
        let (mut open, mut seen) = (BTreeSet::new(), BTreeSet::new());
        while deploying.try_wait().expect("a child of ours").is_none() {
            open_to_others(&desk.path(""), &mut open, &mut seen);
        }
        open_to_others(&desk.path(""), &mut open, &mut seen);
        assert!(open.is_empty(), "umask {umask}: {open:#?}");
        for name in [
            "northwind.slipway-wal",
            "northwind.slipway-shm",
            "northwind.slipway.locks",
        ] {
            assert!(seen.contains(name), "umask {umask}: {name} among {seen:?}");
        }
    }
}

/// Looks below a folder for what is not its owner's alone, and notes what lies in it.
fn open_to_others(folder: &Path, open: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // It may be gone by now.
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        seen.insert(entry.file_name().to_string_lossy().into_owned());
        let mode = metadata.permissions().mode() & 0o777;
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        if mode != wanted {
            open.insert(format!("{mode:o} {}", path.display()));
        }
        if metadata.is_dir() {
            open_to_others(&path, open, seen);
        }
    }
}

#[test]
fn an_index_of_the_journal_that_nobody_may_write_is_opened_again() {
    let desk = deployed();
    let held = Connection::open(desk.workspace()).expect("the workspace");
    let count = |_: &rusqlite::Row<'_>| Ok(());
    held.query_row("SELECT count(*) FROM record", [], count)
        .expect("read");
    let mut index = desk.workspace().into_os_string();
    index.push("-shm");
    let shut = fs::Permissions::from_mode(0o400);
    fs::set_permissions(&index, shut).expect("its mode");
    desk.done(&["env", "list"]);
    let mode = fs::metadata(&index)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
