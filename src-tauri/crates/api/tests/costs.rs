//! What views cost, counted where it happens: comparisons of documents, and sets of changes that are read.

mod host;

use serde_json::{Value, json};

use host::{Session, create, list};

/// Two folders that differ in a long text and in an object, and a draft of their differences.
async fn drafted() -> (Session, Value) {
    let session = Session::new();
    let text = |changed: &str| -> String {
        let lines = (0..2_000).map(|at| match at % 40 {
            0 => format!("line {at} {changed}\n"),
            _ => format!("line {at}\n"),
        });
        lines.collect()
    };
    let (new, old) = (text("after"), text("before"));
    session
        .with_folders(&[
            (
                "staging",
                &[
                    ("theme/assets/a.css", &new),
                    ("theme/layout/theme.liquid", "x"),
                    (
                        "objects/products/tee.json",
                        r#"{"title":"Tee","body":"one\ntwo","price":"2.00"}"#,
                    ),
                ],
            ),
            (
                "production",
                &[
                    ("theme/assets/a.css", &old),
                    ("theme/layout/theme.liquid", "x"),
                    (
                        "objects/products/tee.json",
                        r#"{"title":"Tee","body":"one\n2","price":"1.00"}"#,
                    ),
                ],
            ),
        ])
        .await;
    let created = session
        .call("release_create", create("v1", "staging", "production"))
        .await;
    (session, created["release"]["id"].clone())
}

fn compared(session: &Session) -> u64 {
    session.api.work_done().expect("one is open").diffs_compared
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_is_compared_once_however_it_is_looked_at() {
    let (session, release) = drafted().await;
    let source = json!({ "kind": "release", "release": release });
    let of = |resource: &str, mode: &str, split: bool, expanded: Value| json!({ "source": source, "resource": resource, "mode": mode, "split": split, "expanded": expanded });
    let tee = "object/products:tee";
    let css = "theme/file:assets/a.css";
    // As the page opens a change: what it holds and its first rows at once, then more of them, in one column and in two.
    for (resource, mode, expected) in [(tee, "fields", 1), (tee, "raw", 2), (css, "fields", 3)] {
        for split in [false, true] {
            let diff = of(resource, mode, split, json!([]));
            let window = |from: usize| {
                let get = json!({ "diff": diff, "from": from, "limit": 200 });
                session.call("diff_rows", get)
            };
            let (_, _, _, documents) = tokio::join!(
                session.call("diff", diff.clone()),
                window(0),
                window(200),
                session.call(
                    "documents",
                    json!({ "source": source, "resource": resource })
                ),
            );
            assert_eq!(documents["pair"].is_null(), resource == css, "{documents}");
            for from in (0..1_000).step_by(200) {
                window(from).await;
            }
            session
                .call("diff_find", json!({ "diff": diff, "text": "line" }))
                .await;
        }
        assert_eq!(compared(&session), expected, "{resource} {mode}");
    }
    // Opening gaps compares nothing.
    let plain = of(css, "fields", false, json!([]));
    let first = session
        .call(
            "diff_rows",
            json!({ "diff": plain, "from": 0, "limit": 20 }),
        )
        .await;
    let gaps = list(&first, "rows")
        .iter()
        .filter(|row| row["kind"] == "gap");
    let mut expanded = Vec::new();
    for gap in gaps {
        expanded.push(json!({ "gap": gap["id"], "from_start": 5, "from_end": 0 }));
        session
            .call("diff", of(css, "fields", false, json!(expanded)))
            .await;
    }
    assert!(!expanded.is_empty(), "there are gaps: {first}");
    assert_eq!(compared(&session), 3);
}

#[tokio::test]
async fn what_there_is_to_choose_from_is_read_once() {
    let (session, release) = drafted().await;
    let read = || {
        let done = session.api.work_done().expect("one is open");
        done.change_sets_read
    };
    for command in ["release_get", "release_open", "release_get"] {
        let before = read();
        let view = session.call(command, json!({ "release": release })).await;
        assert_eq!(view["candidate_count"], 2, "{view}");
        let expected = if command == "release_get" { 1 } else { 2 };
        assert_eq!(read() - before, expected, "{command}: {view}");
    }
    // Another release under way is read too; the own one no more than before.
    session
        .call("release_create", create("v2", "staging", "production"))
        .await;
    session
        .call("release_open", json!({ "release": "v2" }))
        .await;
    let before = read();
    let view = session
        .call("release_get", json!({ "release": release }))
        .await;
    assert_eq!(list(&view, "overlaps").len(), 1, "{view}");
    assert_eq!(read() - before, 2, "{view}");
}

#[tokio::test]
async fn a_text_is_found_in_all_diffs_by_one_job() {
    let (session, release) = drafted().await;
    let find = |text: &str, beyond: Value, towards: &str| {
        let request = json!({ "release": release, "text": text, "beyond": beyond, "towards": towards, "limit": 10, "job": "find" });
        session.call("changes_find", request)
    };
    let keys = |answer: &Value| -> Vec<String> {
        let found = list(answer, "found").iter();
        found
            .map(|found| host::text(found, "resource").to_owned())
            .collect()
    };
    let both = ["object/products:tee", "theme/file:assets/a.css"];
    let events = session.api.events();
    for (text, beyond, towards, expected) in [
        ("E", Value::Null, "end", &both[..]),
        ("e", Value::Null, "beginning", &[both[1], both[0]]),
        ("e", json!(both[0]), "end", &both[1..]),
        ("e", json!(both[0]), "beginning", &[]),
        ("2.00", Value::Null, "end", &both[..1]),
        ("LINE 40 after", Value::Null, "end", &both[1..]),
        ("nowhere", Value::Null, "end", &[]),
    ] {
        let answer = find(text, beyond, towards).await;
        assert_eq!(keys(&answer), expected, "{text}: {answer}");
        assert_eq!(answer["is_all"], true, "{answer}");
    }
    assert_eq!(compared(&session), 0, "nothing of it is kept");
    drop(events);
    let one = json!({ "release": release, "text": "e", "beyond": null, "towards": "end", "limit": 1, "job": "" });
    let first = session.call("changes_find", one).await;
    assert_eq!(
        (keys(&first).len(), &first["is_all"]),
        (1, &json!(false)),
        "{first}"
    );
}

#[tokio::test]
async fn any_two_versions_of_the_workspace_are_compared() {
    let (session, release) = drafted().await;
    let tee = "object/products:tee";
    let source = json!({ "kind": "release", "release": release });
    let of = |source: &Value| json!({ "source": source, "resource": tee });
    let by_release = session.call("diff", of(&source)).await;
    let versions = |before: Value, after: Value| json!({ "kind": "versions", "before": before, "after": after });
    // Where the content is one and the same, so are both digests; a diff is about the bytes.
    let version = |side: &str| json!({ "digest": by_release[side]["blob"], "blob": by_release[side]["blob"] });
    let by_versions = versions(version("before"), version("after"));
    let named = session.call("diff", of(&by_versions)).await;
    assert_eq!(named["content"], by_release["content"], "{named}");
    assert_eq!(compared(&session), 1, "they are the same two versions");
    let back = versions(version("after"), Value::Null);
    let deleted = session.call("diff", of(&back)).await;
    assert_eq!(deleted["change"], "deleted", "{deleted}");
    let mut strange = version("after");
    strange["blob"] = json!("0".repeat(64));
    for (wrong, why) in [
        (versions(Value::Null, strange), "does not hold"),
        (versions(Value::Null, Value::Null), "Neither version"),
    ] {
        for command in ["diff", "documents"] {
            let error = session.refused(command, of(&wrong)).await;
            assert_eq!(error.code, slipway_api::ErrorCode::Invalid, "{error}");
            assert!(error.message.contains(why), "{error}");
        }
    }
}
