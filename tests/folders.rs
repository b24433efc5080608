//! What the built program makes of folders that are not as one would have them: names, modes, line endings, notations, and
//! fields that an environment keeps.

#[path = "headless/harness.rs"]
mod harness;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Desk, write};
use serde_json::{Value, json};

/// Two theme folders with one file each that differs, as environments `development` and `production`.
fn themes(rules: &[&str]) -> Desk {
    let desk = Desk::new();
    for name in ["development", "production"] {
        write(&desk.path(name).join("layout/theme.liquid"), name);
    }
    desk.add("production", rules);
    desk.add("development", &["--promotes-to", "production"]);
    desk
}

/// Creates and opens a release, and gives what creating it said.
fn opened(desk: &Desk, tag: &str, more: &[&str]) -> Value {
    let fixed = ["release", "create", tag, "--from", "development", "--to"];
    let created = desk.done(&[&fixed[..], &["production"], more].concat());
    desk.done(&["release", "open", tag]);
    created
}

fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).expect("it is there");
    metadata.permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode is set");
}

fn read(path: &Path) -> String {
    String::from_utf8(fs::read(path).expect("a file")).expect("UTF-8")
}

#[test]
fn names_and_messages_of_others_do_nothing_in_a_terminal() {
    let desk = themes(&[]);
    let evil = "evil\u{1b}]0;pwned\u{7}\u{202e}\u{9b}2K\u{2028}\u{7f}";
    for name in [evil, "two\nCaptured production: 0 resources"] {
        let file = format!("assets/{name}.css");
        write(&desk.path("development").join(file), "x");
    }
    let by_all = |arguments: &[&str]| {
        let ended = desk.run(arguments);
        let printed = format!("{}{}", String::from_utf8_lossy(&ended.stdout), ended.stderr);
        let acts = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2028}".contains(c));
        assert!(!printed.contains(acts), "{ended}");
        assert!(!printed.contains("\nCaptured production: 0"), "{ended}");
        printed
    };
    let printed = by_all(&["capture", "development"]);
    assert!(printed.contains("two\\u{a}Captured"), "{printed}");
    by_all(&["compare", "development", "production"]);
    let create = ["release", "create", evil, "--from", "development", "--to"];
    by_all(&[&create[..], &["production", "--notes", evil]].concat());
    by_all(&["release", "show", evil]);
    by_all(&["release", "list"]);
    by_all(&["review", evil, "--comment", "--message", evil]);
    by_all(&["plan", evil]);
    by_all(&["deploy", evil]);
    by_all(&["deployment", "show", evil]);
    by_all(&["env", "remove", evil]);
    by_all(&["--unknown", evil]);
    by_all(&[evil]);
    let answer = desk.ends(2, &["release", "show", evil]);
    let message = answer["error"]["message"].as_str().expect("a message");
    assert!(message.contains(evil), "JSON holds it as it is: {message}");
}

#[test]
fn new_files_have_their_modes_under_any_umask_and_the_workspace_stays_private() {
    for umask in ["077", "000"] {
        let desk = themes(&[]);
        write(&desk.path("development/snippets/n.liquid"), "n");
        opened(&desk, "r1", &[]);
        let deploy = desk.command(&["deploy", "r1", "--json"]);
        let mut under = Command::new("sh");
        let line = format!("umask {umask}; exec \"$@\"");
        under.args(["-c", &line, "sh"]).arg(deploy.get_program());
        under.args(deploy.get_args()).env_clear();
        let set = deploy.get_envs();
        under.envs(set.filter_map(|(name, value)| Some((name, value?))));
        let ended = under.output().expect("it runs");
        assert!(ended.status.success(), "{umask}: {ended:?}");
        let live = desk.path("production");
        assert_eq!(mode(&live.join("snippets")), 0o755, "under {umask}");
        assert_eq!(
            mode(&live.join("snippets/n.liquid")),
            0o644,
            "under {umask}"
        );
        assert_eq!(mode(&desk.workspace()), 0o600, "under {umask}");
    }
}

#[test]
fn a_folder_that_became_a_link_is_neither_planned_nor_deployed_to() {
    let desk = themes(&[]);
    opened(&desk, "r1", &[]);
    let (live, elsewhere) = (desk.path("production"), desk.path("elsewhere"));
    fs::rename(&live, &elsewhere).expect("it is moved");
    std::os::unix::fs::symlink(&elsewhere, &live).expect("a link");
    for line in [["plan", "r1"], ["deploy", "r1"], ["capture", "production"]] {
        let refused = desk.ends(1, &line);
        let message = refused["error"]["message"].as_str().expect("a message");
        assert!(message.contains("a link leads from there"), "{refused}");
    }
    assert_eq!(read(&elsewhere.join("layout/theme.liquid")), "production");
    fs::remove_file(&live).expect("the link goes");
    fs::rename(&elsewhere, &live).expect("it is back");
    desk.done(&["deploy", "r1"]);
}

#[test]
fn what_was_deleted_comes_back_as_it_was_and_goes_again() {
    let desk = themes(&[]);
    let live = desk.path("production");
    for (name, its) in [("assets/run.sh", 0o755), ("snippets/own/p.css", 0o600)] {
        write(&live.join(name), name);
        set_mode(&live.join(name), its);
    }
    set_mode(&live.join("snippets/own"), 0o750);
    write(&desk.path("development/assets/n.css"), "n");
    opened(&desk, "r1", &[]);
    desk.done(&["deploy", "r1"]);
    assert!(!live.join("snippets").exists(), "what was in it is deleted");
    let back = desk.done(&["rollback", "production", "--execute"]);
    let paths = ["assets/run.sh", "snippets/own", "snippets/own/p.css"];
    let modes = || paths.map(|name| mode(&live.join(name)));
    assert_eq!(modes(), [0o755, 0o750, 0o600]);
    // Taking the rollback back, and that back again, loses nothing.
    let undo = |deployment: &Value| {
        let id = deployment["deployment"].as_str().expect("an id");
        desk.done(&["rollback", "production", "--deployment", id, "--execute"])
    };
    undo(&undo(&back));
    assert_eq!(modes(), [0o755, 0o750, 0o600]);
}

#[test]
fn other_line_endings_are_a_change_that_is_named_and_deployed() {
    let desk = themes(&[]);
    let (from, to) = (desk.path("development"), desk.path("production"));
    write(&from.join("snippets/x.liquid"), "a\nb\n");
    write(&to.join("snippets/x.liquid"), "a\r\nb\r\n");
    opened(&desk, "r1", &[]);
    let plan = desk.done(&["plan", "r1"]);
    let all = plan["operations"].as_array().expect("a list").iter();
    let its = all.filter(|one| one["resource"] == "theme/file:snippets/x.liquid");
    let reasons: Vec<_> = its.map(|one| one["reasons"].clone()).collect();
    assert_eq!(
        reasons,
        [json!(["Only its line endings change, from CRLF to LF."])]
    );
    desk.done(&["deploy", "r1"]);
    assert_eq!(read(&to.join("snippets/x.liquid")), "a\nb\n");
    desk.done(&["rollback", "production", "--execute"]);
    assert_eq!(read(&to.join("snippets/x.liquid")), "a\r\nb\r\n");
}

#[test]
fn theme_json_in_another_notation_is_no_change_and_no_alarm() {
    let desk = themes(&[]);
    let (from, to) = (desk.path("development"), desk.path("production"));
    write(
        &from.join("templates/index.json"),
        "/* auto */\n{\"n\":1.50,\"u\":\"https:\\/\\/x\",\"order\":[\"a\",],}",
    );
    write(
        &to.join("templates/index.json"),
        "\u{feff}{\r\n  \"order\": [\"a\"],\r\n  \"u\": \"https://x\", // here\r\n  \"n\": 1.5\r\n}\r\n",
    );
    write(
        &from.join("locales/en.json"),
        "{\n  // short\n  \"cart\": \"Cart\",\n}\n",
    );
    let compared = desk.done(&["compare", "development", "production"]);
    let changes = compared["changes"].as_array().expect("a list");
    let changes: Vec<&Value> = changes.iter().map(|change| &change["resource"]).collect();
    assert_eq!(
        changes,
        [
            "theme/file:layout/theme.liquid",
            "theme/file:locales/en.json"
        ]
    );
    opened(&desk, "r1", &[]);
    let plan = desk.done(&["plan", "r1"]);
    for operation in plan["operations"].as_array().expect("a list") {
        assert_ne!(operation["risk"], "high", "{operation}");
    }
}

/// A theme whose production keeps a field of its settings.
fn keeping(source: &str, target: &str) -> Desk {
    let desk = themes(&["--keep", "theme/file:config/*=current.tracking_id"]);
    for (place, text) in [("development", source), ("production", target)] {
        let file = desk.path(place).join("config/settings_data.json");
        write(&file, text);
    }
    desk
}

#[test]
fn a_field_that_can_not_be_kept_stops_the_deployment() {
    let target = "{\"current\":{\"tracking_id\":\"PROD-7\",\"c\":2}}\n";
    let dev = "{\"current\":{\"c\":1}}\n";
    for (source, there, is_stopped) in [
        (
            "{\"current\":{\"tracking_id\":\"DEV\",\"c\":1,},}\n",
            target,
            false,
        ),
        (
            "\u{feff}{\"current\":{/* id */\"tracking_id\":\"DEV\",\"c\":1}}\n",
            target,
            false,
        ),
        ("{\"current\":{\"c\":1,\"c\":1}}\n", target, false),
        (dev, target, false),
        ("{\"current\":null}\n", target, true),
        ("{}\n", target, true),
        ("[1]\n", target, true),
        ("no JSON\n", target, true),
        (dev, "PROD-7, no JSON\n", true),
    ] {
        let desk = keeping(source, there);
        opened(&desk, "r1", &[]);
        let file = desk.path("production/config/settings_data.json");
        if is_stopped {
            let answer = desk.ends(3, &["deploy", "r1"]);
            let message = answer["error"]["message"].as_str().expect("a message");
            for part in [
                "config/*",
                "current.tracking_id",
                "config/settings_data.json",
            ] {
                assert!(message.contains(part), "{source}: {message}");
            }
            assert_eq!(read(&file), there, "nothing was written");
        } else {
            let plan = desk.done(&["plan", "r1"]);
            assert_eq!(plan["kept_fields"], 1, "{source}");
            assert_eq!(desk.done(&["deploy", "r1"])["keeping"], 1, "{source}");
            let written = read(&file);
            let holds = |part| written.contains(part);
            assert!(holds("PROD-7") && holds("\"c\":1"), "{written}");
        }
    }
}

#[test]
fn another_value_of_a_kept_field_is_no_drift_and_no_edit() {
    let settings =
        |id: &str, c: u8| format!("{{\"current\":{{\"tracking_id\":\"{id}\",\"c\":{c}}}}}\n");
    let desk = keeping(&settings("DEV", 1), &settings("PROD-7", 0));
    let file = desk.path("production/config/settings_data.json");
    opened(&desk, "r1", &[]);
    write(&file, settings("PROD-8", 0));
    assert_eq!(desk.done(&["plan", "r1"])["drift"], json!([]));
    desk.done(&["deploy", "r1"]);
    assert_eq!(read(&file), settings("PROD-8", 1));
    write(&file, settings("PROD-9", 1));
    let plan = desk.done(&["rollback", "production", "--plan"]);
    assert_eq!(plan["edited"], 0, "{plan}");
    desk.done(&["rollback", "production", "--execute"]);
    assert_eq!(read(&file), settings("PROD-9", 0));
    // An edit beside it is one.
    opened(&desk, "r2", &[]);
    write(&file, settings("PROD-9", 5));
    desk.ends(4, &["deploy", "r2"]);
    assert_eq!(read(&file), settings("PROD-9", 5));
}

#[test]
fn a_kept_field_that_changes_while_it_is_deployed_stays() {
    let settings =
        |id: &str, c: u8| format!("{{\"current\":{{\"tracking_id\":\"{id}\",\"c\":{c}}}}}\n");
    let desk = keeping(&settings("DEV", 1), &settings("PROD-7", 0));
    let file = desk.path("production/config/settings_data.json");
    // The settings come last.
    for number in 0..400 {
        let name = format!("development/assets/{number}.css");
        write(&desk.path(&name), "x");
    }
    opened(&desk, "r1", &[]);
    let mut deploy = desk.command(&["deploy", "r1", "--json"]);
    let mut child = deploy.stdout(Stdio::null()).spawn().expect("it starts");
    let pid = child.id().to_string();
    let signal = |name: &str| {
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("a signal").success());
    };
    let begun = desk.path("production/assets/0.css");
    while !begun.exists() && child.try_wait().expect("a child of ours").is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    signal("STOP");
    assert_eq!(
        read(&file),
        settings("PROD-7", 0),
        "it is yet to be written"
    );
    write(&file, settings("PROD-8", 0));
    signal("CONT");
    assert!(child.wait().expect("a child of ours").success());
    assert_eq!(read(&file), settings("PROD-8", 1));
}

#[test]
fn a_source_that_lost_its_content_deletes_nothing_unasked() {
    let desk = themes(&[]);
    for place in ["development", "production"] {
        for number in 0..30 {
            let file = format!("snippets/{number}.liquid");
            write(&desk.path(place).join(file), "x");
        }
    }
    let source = desk.path("development");
    let create = |tag| {
        [
            "release",
            "create",
            tag,
            "--from",
            "development",
            "--to",
            "production",
        ]
    };
    desk.done(&["capture", "development"]);
    let away = desk.path("away");
    fs::rename(&source, &away).expect("it is moved");
    let answer = desk.ends(1, &create("r1"));
    let message = answer["error"]["message"].as_str().expect("a message");
    assert!(message.contains("development"), "it is named: {message}");
    // A mount point without its disk.
    fs::create_dir(&source).expect("a folder");
    let answer = desk.ends(3, &create("r1"));
    assert_eq!(answer["error"]["code"], "deletions", "{answer}");
    desk.ends(3, &create("r1"));
    fs::remove_dir(&source).expect("it is empty");
    fs::rename(&away, &source).expect("it is back");
    desk.done(&create("r1"));
    // Most of it is lost.
    for number in 0..20 {
        let file = source.join(format!("snippets/{number}.liquid"));
        fs::remove_file(file).expect("it is removed");
    }
    desk.ends(3, &["release", "refresh", "r1"]);
    desk.ends(3, &create("r2"));
    // It is asked until it is answered, though it was captured like that by now.
    let answer = desk.ends(3, &create("r2"));
    let hint = answer["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("--allow-deletes"), "{hint}");
    let refreshed = desk.done(&["release", "refresh", "r1", "--allow-deletes"]);
    assert_eq!(refreshed["counts"]["deleted"], 20);
    desk.done(&["release", "open", "r1"]);
    desk.done(&["deploy", "r1"]);
    assert!(!desk.path("production/snippets/7.liquid").exists());
    // One that is deleted on purpose asks nobody.
    write(&desk.path("production/snippets/more.liquid"), "x");
    desk.done(&create("r3"));
}

#[test]
fn what_can_not_be_seen_is_not_taken_for_gone() {
    let desk = themes(&[]);
    let gone = desk.path("production").join("assets/gone.css");
    write(&gone, "x");
    let created = opened(&desk, "one", &[]);
    assert_eq!(created["counts"]["deleted"], 1, "{created}");
    fs::remove_file(&gone).expect("it goes");
    std::os::unix::fs::symlink("../layout/theme.liquid", &gone).expect("a link comes");
    let refused = desk.ends(3, &["deploy", "one", "--quick", "--reason", "to see"]);
    let said = refused.to_string();
    assert!(
        said.contains("assets/gone.css") && said.contains("link"),
        "{said}"
    );
    assert!(gone.is_symlink(), "it is as it was");
}

#[test]
fn what_was_not_compared_is_named() {
    let desk = themes(&[]);
    let link = desk.path("development").join("assets/logo.svg");
    fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
    std::os::unix::fs::symlink("elsewhere", link).expect("a link");
    let compared = desk.done(&["compare", "development", "production"]);
    let named = json!([{
        "environment": "development",
        "unreadable": {
            "place": "assets/logo.svg", "line": null, "column": null,
            "message": "It is a link, and links are not followed.",
            "hint": "Put a real file or folder in its place, or leave it out by a rule.",
        },
    }]);
    assert_eq!(compared["not_compared"], named);
    let created = opened(&desk, "r1", &[]);
    assert_eq!(created["not_compared"], named);

    // With nothing else between them, that is not said as if all had been seen.
    fs::copy(
        desk.path("production").join("layout/theme.liquid"),
        desk.path("development").join("layout/theme.liquid"),
    )
    .expect("copied");
    let ended = desk.run(&["compare", "development", "production"]);
    let printed = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(
        printed.lines().next(),
        Some("development and production hold the same, as far as they can be read."),
    );
    assert!(
        printed.contains("can't be read in development: assets/logo.svg: It is a link,"),
        "{printed}"
    );
}
