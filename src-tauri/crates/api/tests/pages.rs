//! Lists that can be long, page by page; and rollbacks, which are held to the plan that was looked at.

mod host;

use std::collections::BTreeSet;

use host::{Session, files, list, text, write};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

/// Reads a list to its end in pages of `limit`, and holds each page to the same total.
async fn all(session: &Session, name: &str, request: &Value, limit: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let page = session.call(name, at(request, rows.len(), limit)).await;
        let got = list(&page, "rows");
        assert!(got.len() <= limit.min(1_000), "{name} keeps its limit");
        let total = page["total"].as_u64().expect("a total") as usize;
        rows.extend_from_slice(got);
        if got.is_empty() || rows.len() >= total {
            assert_eq!(rows.len(), total, "{name} has no holes");
            let beyond = session.call(name, at(request, total + 5, limit)).await;
            assert!(list(&beyond, "rows").is_empty(), "{name} ends at its end");
            assert_eq!(beyond["total"], total, "{name} says how long it is");
            return rows;
        }
    }
}

fn at(request: &Value, offset: usize, limit: usize) -> Value {
    let mut request = request.clone();
    request["offset"] = json!(offset);
    request["limit"] = json!(limit);
    request
}

/// A workspace whose staging has so many files that production does not have.
async fn with_files(session: &Session, count: usize) {
    session
        .with_folders(&[
            ("staging", &[("assets/a.css", "a")]),
            ("production", &[("assets/a.css", "b")]),
        ])
        .await;
    for number in 1..count {
        let path = session.path(&format!("staging/assets/f-{number:05}.css"));
        write(&path, number.to_string().as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_and_a_comparison_of_10_000_are_read_to_the_last_row() {
    const COUNT: usize = 10_000;
    let session = Session::new();
    with_files(&session, COUNT).await;
    let compared = session
        .call(
            "compare",
            json!({ "source": "staging", "target": "production", "capture": true }),
        )
        .await;
    assert!(compared.to_string().len() < 10_000, "changes come in pages");
    let comparison = json!({ "comparison": compared["comparison"] });
    let changes = all(&session, "compare_changes", &comparison, 1_000).await;
    let keys: BTreeSet<&str> = changes.iter().map(|row| text(row, "resource")).collect();
    assert_eq!(keys.len(), COUNT, "no change comes twice");
    let wide = at(&comparison, 0, 5_000);
    let wide = session.call("compare_changes", wide).await;
    assert_eq!(list(&wide, "rows").len(), 1_000, "a page has 1,000 at most");

    session.opened("v1", "staging", "production").await;
    let request = json!({ "release": "v1", "capture": false });
    let plan = session.call("plan", request.clone()).await;
    assert!(plan.to_string().len() < 100_000, "operations come in pages");
    assert_eq!(plan["totals"]["operations"], COUNT);
    let pages = json!({ "plan": plan["fingerprint"] });
    let operations = all(&session, "plan_operations", &pages, 700).await;
    let ids: Vec<u64> = operations
        .iter()
        .filter_map(|one| one["id"].as_u64())
        .collect();
    let expected: Vec<u64> = (1..=COUNT as u64).collect();
    assert_eq!(ids, expected, "every operation once, in order");

    let graph = session.call("plan_graph", pages.clone()).await;
    assert_eq!(graph["is_grouped"], true);
    assert!(list(&graph, "boxes").len() <= 9, "a wave has few boxes");
    let drawn: u64 = list(&graph, "boxes")
        .iter()
        .filter_map(|one| one["operations"].as_u64())
        .sum();
    assert_eq!(drawn, COUNT as u64, "every operation is in a box");

    for (name, request) in [
        (
            "plan_operations",
            json!({ "plan": "0".repeat(64), "limit": 1 }),
        ),
        ("plan_drift", json!({ "plan": "0".repeat(64), "limit": 1 })),
        ("plan_graph", json!({ "plan": "0".repeat(64) })),
        ("rollback_selected", json!({ "rollback": "0".repeat(64) })),
        (
            "rollback_resources",
            json!({ "rollback": "0".repeat(64), "limit": 1 }),
        ),
    ] {
        let error = session.refused(name, request).await;
        assert_eq!(error.code, ErrorCode::Expired, "{name}: {error:?}");
        assert!(
            error.retryable && !error.hint.is_empty(),
            "{name} says what to do"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_matter_with_a_plan_comes_in_pages_beside_its_operations() {
    const COUNT: usize = 250;
    let session = Session::new();
    with_files(&session, COUNT).await;
    session.opened("v1", "staging", "production").await;
    // Some are there by now as wanted, some as something else.
    for number in 1..COUNT {
        let path = session.path(&format!("production/assets/f-{number:05}.css"));
        let content = if number < 120 {
            number.to_string()
        } else {
            "other".to_owned()
        };
        write(&path, content.as_bytes());
    }
    let request = json!({ "release": "v1", "capture": true });
    let plan = session.call("plan", request).await;
    let pages = json!({ "plan": plan["fingerprint"] });
    for (field, name, count) in [
        ("drift", "plan_drift", 130),
        ("skipped", "plan_skipped", 119),
        ("blocked", "plan_blocked", 0),
        ("cycles", "plan_cycles", 0),
    ] {
        assert_eq!(plan[field]["total"], count, "{field}");
        let rows = all(&session, name, &pages, 50).await;
        let head = list(&plan[field], "rows");
        assert_eq!(
            head,
            &rows[..rows.len().min(100)],
            "{field} begins as the view says"
        );
    }
    assert_eq!(all(&session, "plan_operations", &pages, 50).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_is_what_was_looked_at() {
    let session = Session::new();
    let before: &[(&str, &str)] = &[("assets/a.css", "a\n"), ("assets/b.css", "b\n")];
    let after: &[(&str, &str)] = &[("assets/a.css", "a2\n"), ("assets/b.css", "b2\n")];
    session
        .with_folders(&[("staging", after), ("production", before)])
        .await;
    session.opened("v1", "staging", "production").await;
    let started = session.call("deploy", json!({ "release": "v1" })).await;
    session.ended(&started).await;
    let live = session.path("production");
    write(&live.join("assets/b.css"), b"edited\n");

    let keep = json!({ "environment": "production", "edits": "keep" });
    let overwrite = json!({ "environment": "production", "edits": "overwrite" });
    let kept = session.call("rollback_plan", keep.clone()).await;
    let overwritten = session.call("rollback_plan", overwrite.clone()).await;
    assert_ne!(kept["digest"], overwritten["digest"], "another choice");
    let pinned = |ask: &Value, plan: &Value| {
        let mut ask = ask.clone();
        ask["plan"] = plan["digest"].clone();
        ask
    };

    // A choice whose plan was not shown.
    let unseen = pinned(&overwrite, &kept);
    for name in ["rollback_dry_run", "rollback_execute"] {
        let error = session.refused(name, unseen.clone()).await;
        assert_eq!(error.code, ErrorCode::Conflict, "{name}: {error:?}");
    }
    // An edit beside what is rolled back is no matter; one of it is.
    write(&live.join("assets/new.css"), b"new\n");
    session
        .call("rollback_dry_run", pinned(&overwrite, &overwritten))
        .await;
    write(&live.join("assets/b.css"), b"edited again\n");
    let now = files(&live);
    for (ask, plan) in [(&keep, &kept), (&overwrite, &overwritten)] {
        for name in ["rollback_dry_run", "rollback_execute"] {
            let error = session.refused(name, pinned(ask, plan)).await;
            assert_eq!(error.code, ErrorCode::Conflict, "{name}: {error:?}");
        }
    }
    assert!(files(&live) == now, "nothing was written");
    let releases = session
        .call(
            "release_list",
            json!({ "states": [], "text": "", "limit": 10 }),
        )
        .await;
    assert_eq!(releases["total"], 1, "no revert release was made");

    // The plan of now, and only what is selected of it.
    let fresh = session.call("rollback_plan", overwrite.clone()).await;
    let mut ask = pinned(&overwrite, &fresh);
    ask["selection"] = json!([
        { "of": "matching", "filter": { "text": "", "kind": "all" }, "included": false },
    ]);
    let error = session.refused("rollback_execute", ask.clone()).await;
    assert_eq!(
        error.code,
        ErrorCode::Refused,
        "nothing is selected: {error:?}"
    );
    ask["selection"] = json!([
        { "of": "matching", "filter": { "text": "", "kind": "all" }, "included": false },
        { "of": "matching", "filter": { "text": "", "kind": "edited" }, "included": true },
    ]);
    let dry = session.call("rollback_dry_run", ask.clone()).await;
    assert_eq!(dry["plan"]["totals"]["operations"], 1, "{dry}");
    let reverted = session.call("rollback_execute", ask).await;
    session.ended(&reverted).await;
    let mut expected = now;
    expected.insert("assets/b.css".to_owned(), b"b\n".to_vec());
    assert!(files(&live) == expected, "only what was selected went back");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resources_of_a_rollback_are_counted_and_listed_by_the_core() {
    const COUNT: usize = 1_200;
    let session = Session::new();
    with_files(&session, COUNT).await;
    session.opened("v1", "staging", "production").await;
    let started = session.call("deploy", json!({ "release": "v1" })).await;
    session.ended(&started).await;
    let edited = session.path("production/assets/f-00007.css");
    write(&edited, b"edited");
    let ask = json!({ "environment": "production", "edits": "keep" });
    let plan = session.call("rollback_plan", ask).await;
    assert!(plan.to_string().len() < 10_000, "resources come in pages");
    assert_eq!(
        (&plan["total"], &plan["edited"]),
        (&json!(COUNT), &json!(1))
    );

    let none = json!({ "text": "", "kind": "all" });
    let out =
        json!({ "of": "resource", "resource": "theme/file:assets/f-00008.css", "included": false });
    let group = |text: &str, included: bool| json!({ "of": "matching", "filter": { "text": text, "kind": "all" }, "included": included });
    // Selection, what is listed; then: selected to be restored, listed, of those available, of those selected.
    let cases = [
        (json!([]), none.clone(), [1_199, 1_200, 1_199, 1_199]),
        (json!([out]), none.clone(), [1_198, 1_200, 1_199, 1_198]),
        (
            json!([out]),
            json!({ "text": "F-0000", "kind": "all" }),
            [1_198, 9, 8, 7],
        ),
        (
            json!([group("", false), group("f-0000", true), out]),
            none.clone(),
            [7, 1_200, 1_199, 7],
        ),
        (
            json!([]),
            json!({ "text": "", "kind": "kept" }),
            [1_199, 1, 0, 0],
        ),
    ];
    for (selection, filter, expected) in cases {
        let request =
            json!({ "rollback": plan["digest"], "filter": filter, "selection": selection });
        let sum = session.call("rollback_selected", request.clone()).await;
        let found = [
            &sum["counts"]["restore"],
            &sum["listed"],
            &sum["listed_available"],
            &sum["listed_selected"],
        ];
        assert_eq!(found, expected.map(|n| json!(n)).each_ref(), "{request}");
        let rows = all(&session, "rollback_resources", &request, 500).await;
        assert_eq!(
            rows.len() as u64,
            sum["listed"],
            "the list is as long as was counted"
        );
        let marked = rows
            .iter()
            .filter(|row| row["is_available"] == true && row["is_selected"] == true)
            .count();
        assert_eq!(
            marked as u64, sum["listed_selected"],
            "rows say what was counted"
        );
        let keys: BTreeSet<&str> = rows
            .iter()
            .map(|row| text(&row["item"], "resource"))
            .collect();
        assert_eq!(keys.len(), rows.len(), "no resource comes twice");
    }
    let by_choice =
        json!([{ "of": "matching", "filter": { "text": "", "kind": "kept" }, "included": false }]);
    let request = json!({ "rollback": plan["digest"], "selection": by_choice });
    let error = session.refused("rollback_selected", request).await;
    assert_eq!(error.code, ErrorCode::Invalid, "{error:?}");
}
