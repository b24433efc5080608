//! What the built program makes of folders that are not as one would have them: names, modes, line endings, notations, and
//! fields that an environment keeps.

#[path = "headless/harness.rs"]
mod harness;

use harness::{Desk, write};

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
