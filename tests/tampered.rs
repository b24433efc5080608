//! A workspace file that somebody changed by hand, with the triggers out of the way: an audit names what, and nothing is
//! deployed from it.

#[path = "headless/deployed.rs"]
mod deployed;
#[path = "headless/harness.rs"]
mod harness;

use std::fs;

use deployed::deployed;
use harness::{Desk, write};
use rusqlite::Connection;
use serde_json::Value;

/// Changes the file, triggers or not.
fn tamper(desk: &Desk, sql: &str) {
    let connection = Connection::open(desk.workspace()).expect("the workspace");
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .expect("a schema");
    let triggers: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .expect("triggers");
    drop(statement);
    let without: String = triggers
        .iter()
        .map(|(name, _)| format!("DROP TRIGGER {name};"))
        .collect();
    let again: String = triggers.iter().map(|(_, sql)| format!("{sql};")).collect();
    connection
        .execute_batch(&format!(
            "PRAGMA foreign_keys = OFF; {without} {sql}; {again}"
        ))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(
        connection.changes() > 0 || sql.starts_with("DELETE"),
        "{sql} does something"
    );
}

const LAST: &str = "(SELECT max(position) FROM record)";

#[test]
fn whatever_was_changed_by_hand_is_named() {
    let desk = deployed();
    let whole = fs::read(desk.workspace()).expect("bytes");
    desk.done(&["audit", "--verify"]);
    // What was done, what an audit says of it, and whether anything is deployed after it: what an earlier deployment left counts
    // for its rollback alone.
    let cases: [(&str, String, &str, bool); 10] = [
        (
            "the last record is gone",
            format!("DELETE FROM record WHERE position = {LAST}"),
            "missing",
            false,
        ),
        (
            "a record says something else",
            "UPDATE record SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"tag\":\"one\"', '\"tag\":\"won\"') AS BLOB) \
             WHERE kind = 'release_drafted'"
                .to_owned(),
            "was changed",
            false,
        ),
        (
            "a record has another's signature",
            format!("UPDATE record SET signature = (SELECT signature FROM record WHERE position = 1) WHERE position = {LAST}"),
            "signature",
            false,
        ),
        (
            "a record is found under another release",
            format!("UPDATE record SET release = 'another' WHERE position = {LAST}"),
            "was changed",
            true,
        ),
        (
            "an operation writes something else",
            "UPDATE operation SET body = json_set(body, '$.resource', 'theme/file:assets/z.css') WHERE id = 1".to_owned(),
            "operations were changed",
            true,
        ),
        (
            "an operation was not applied",
            "UPDATE operation SET state = 'skipped' WHERE id = 1".to_owned(),
            "journal does not say",
            true,
        ),
        (
            "the journal says something else",
            "UPDATE journal SET at = 1 WHERE position = 1".to_owned(),
            "journal was changed",
            true,
        ),
        (
            "an entry of the journal is gone",
            "DELETE FROM journal WHERE position = 1".to_owned(),
            "journal was changed",
            true,
        ),
        (
            "the plan is gone",
            "DELETE FROM plan".to_owned(),
            "refers to one that is not there",
            true,
        ),
        (
            "a snapshot has another one's pages",
            "UPDATE snapshot SET pages = (SELECT pages FROM snapshot ORDER BY id DESC LIMIT 1) WHERE id = 1".to_owned(),
            "does not have its pages",
            false,
        ),
    ];
    for (what, sql, said, deploys) in cases {
        fs::write(desk.workspace(), &whole).expect("the file as it was");
        // What was tried on the copy before is no part of this one.
        desk.done(&["workspace", "trust", desk.text(&desk.workspace()), "--yes"]);
        tamper(&desk, &sql);
        let audit = desk.ends(1, &["audit", "--verify"]);
        let problem = audit["problem"].as_str().unwrap_or_default();
        assert!(problem.contains(said), "{what}: {audit}");
        assert_eq!(audit["intact"], false, "{what}: {audit}");
        let before = fs::read(desk.path("live/assets/c.css")).expect("a file");
        if !deploys || said.contains("journal") || said.contains("operations") {
            let rollback = desk.run(&["rollback", "live", "--execute", "--json"]);
            assert_ne!(rollback.exit, Some(0), "{what}: {rollback}");
        }
        let deploy = desk.run(&["deploy", "two", "--json"]);
        let after = fs::read(desk.path("live/assets/c.css")).expect("a file");
        assert_eq!(deploy.exit == Some(0), deploys, "{what}: {deploy}");
        assert_eq!(before != after, deploys, "{what}: {deploy}");
        write(&desk.path("live/assets/c.css"), &before);
    }
}

#[test]
fn what_is_shown_is_not_believed_where_the_records_say_otherwise() {
    for (field, value) in [("tier", "staging"), ("connection.path", "/tmp")] {
        let desk = deployed();
        let lines = |desk: &Desk| fs::read(desk.path("live/assets/c.css")).expect("a file");
        let before = lines(&desk);
        tamper(
            &desk,
            &format!(
                "UPDATE projection SET body = json_set(body, '$.{field}', '{value}') WHERE kind = 'environment'"
            ),
        );
        if field == "connection.path" {
            // A place that nobody has looked at is not even reached.
            let refused = desk.ends(3, &["deploy", "two"]);
            assert!(refused.to_string().contains("trusted"), "{refused}");
            let workspace = desk.workspace();
            desk.done(&["workspace", "trust", desk.text(&workspace), "--yes"]);
        }
        let refused: Value = desk.ends(1, &["deploy", "two"]);
        let message = refused["error"]["message"].as_str().unwrap_or_default();
        assert!(
            message.contains("does not follow from its records"),
            "{field}: {refused}"
        );
        assert_eq!(lines(&desk), before, "{field}: nothing was written");
        desk.done(&["audit", "--rebuild"]);
        if field == "tier" {
            desk.done(&["deploy", "two"]);
        }
    }
}

#[test]
fn a_rebuild_tells_of_what_it_can_not_put_right() {
    let desk = deployed();
    tamper(&desk, "UPDATE journal SET at = 1 WHERE position = 1");
    let audit = desk.ends(1, &["audit", "--rebuild"]);
    assert_eq!(audit["intact"], false, "{audit}");
}
