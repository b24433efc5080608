//! The whole journey over the wire, on a bare host: sample, draft, choice, review, plan, deployment, rollback.

mod host;

use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use host::{Session, create, files, list, text, write};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_goes_all_the_way_and_back() {
    let session = Session::new();
    let status = session.call("app_status", json!({})).await;
    assert_eq!(
        status["workspace"],
        Value::Null,
        "nothing is open at the first start"
    );

    let sample = session.call("sample_open", json!({})).await;
    assert_eq!(
        (text(&sample, "name"), &sample["is_sample"]),
        ("Northwind Outfitters", &json!(true))
    );
    let environments = session.call("environment_list", json!({})).await;
    let names: Vec<_> = list(&environments, "environments")
        .iter()
        .map(|e| text(&e["environment"], "name"))
        .collect();
    assert_eq!(
        names[..3],
        ["development", "staging", "production"],
        "in promotion order"
    );
    let development = &environments["environments"][0];
    assert!(
        development["ahead"]["modified"].as_u64() > Some(0),
        "development is ahead of staging: {development}"
    );
    assert_eq!(development["drifted"], 0, "nothing was deployed there");

    let request = json!({
        "tag": "spring-1", "notes": "Spring\nmore", "kind": null, "source": "staging", "target": "production", "capture": true,
        "job": "create",
    });
    let release = session.call("release_create", request).await;
    let (id, total) = (
        release["release"]["id"].clone(),
        release["candidate_count"].as_u64().expect("a count"),
    );
    assert!(total > 5, "there is something to choose from: {total}");
    assert_eq!(release["release"]["state"], "draft");
    assert!(
        !list(&release, "left_out").is_empty(),
        "the rules of production leave something out, and say so"
    );

    // The tree, and leaving one change out.
    let rows = session
        .call(
            "change_rows",
            json!({ "release": id, "from": 0, "limit": 500 }),
        )
        .await;
    assert_eq!(rows["total"], total);
    assert_eq!(rows["included"], total, "all are in at first");
    let left_out = list(&rows, "rows")
        .iter()
        .find(|row| {
            row["type"] == "change"
                && row["change"] == "modified"
                && row["resource"]
                    .as_str()
                    .is_some_and(|key| key.starts_with("theme/"))
        })
        .expect("a modified theme file");
    let left_out = left_out["resource"].clone();
    let choice = json!({ "release": id, "selection": { "type": "resources", "resources": [left_out] }, "included": false });
    let chosen = session.call("release_include", choice).await;
    assert_eq!(chosen["included"], total - 1);

    let opened = session
        .call("release_open", json!({ "release": "spring-1" }))
        .await;
    assert_eq!(opened["release"]["state"], "open");
    assert_eq!(
        opened["edited"], false,
        "what was opened is what was chosen"
    );
    let target = opened["environments"][0].clone();
    assert_eq!(
        (text(&target, "name"), &target["approval"]["satisfied"]),
        ("production", &json!(false))
    );

    // Production asks for an approval.
    let early = session
        .refused("deploy", json!({ "release": "spring-1" }))
        .await;
    assert_eq!(early.code, slipway_api::ErrorCode::Refused, "{early:?}");
    assert!(!early.hint.is_empty(), "it says what to do");
    let comment = json!({ "release": id, "anchor": { "kind": "resource", "resource": left_out }, "reply_to": null, "body": "Later" });
    let commented = session.call("comment_add", comment).await;
    assert_eq!(commented["unresolved"], 1);
    let rows = session
        .call(
            "change_rows",
            json!({ "release": id, "filter": { "commented": true }, "from": 0, "limit": 10 }),
        )
        .await;
    assert_eq!(rows["matching"], 1, "the comment is found by its place");
    let said = session
        .call("comment_list", json!({ "release": id, "limit": 10 }))
        .await;
    let comment = said["rows"][0]["id"].clone();
    session
        .call(
            "comment_resolve",
            json!({ "release": id, "comment": comment, "resolved": true }),
        )
        .await;
    let wrong = json!({
        "release": "spring-1", "environment": "production", "effect": "0".repeat(64), "revision": 1, "verdict": "approve",
    });
    let wrong = session.refused("review_submit", wrong).await;
    assert_eq!(
        wrong.code,
        slipway_api::ErrorCode::Conflict,
        "another effect was looked at"
    );
    let review = json!({
        "release": "spring-1", "environment": "production", "effect": target["effect"], "revision": target["revision"],
        "verdict": "approve", "message": "Good",
    });
    let reviewed = session.call("review_submit", review).await;
    assert_eq!(reviewed["environments"][0]["approval"]["satisfied"], true);

    // Plan and deploy.
    let plan = session
        .call(
            "plan",
            json!({ "release": "spring-1", "capture": true, "job": "plan" }),
        )
        .await;
    assert_eq!(
        (&plan["drift"]["total"], &plan["blocked"]["total"]),
        (&json!(0), &json!(0)),
        "{plan}"
    );
    assert_eq!(
        plan["effect"], target["effect"],
        "the plan is for what was approved"
    );
    let place = environments["environments"][2]["place"]
        .as_str()
        .expect("a folder");
    let before = files(place.as_ref());
    let patch = session
        .call("patch", json!({ "release": "spring-1" }))
        .await;
    let patched = apply(&session, place, text(&patch, "base64"));
    let mut events = session.api.events();
    let started = session
        .call(
            "deploy",
            json!({ "release": "spring-1", "plan": plan["digest"], "job": "deploy" }),
        )
        .await;
    let ended = session.ended(&started).await;
    assert_eq!(
        (text(&ended["deployment"], "state"), text(&ended, "phase")),
        ("deployed", "ended"),
        "{ended}"
    );
    assert_eq!(ended["counts"]["applied"], plan["totals"]["operations"]);
    assert_eq!(ended["can"]["roll_back"], true);
    assert!(events.try_recv().is_ok(), "listeners heard of it");
    let after = files(place.as_ref());
    assert_ne!(before, after, "production is another one");
    assert!(
        patched == after,
        "the patch leads to the same tree as the deployment"
    );
    let operations = session
        .call(
            "deployment_operations",
            json!({ "deployment": started["deployment"], "limit": 2 }),
        )
        .await;
    assert_eq!(
        (list(&operations, "operations").len(), &operations["total"]),
        (2, &ended["counts"]["total"])
    );
    let failed = json!({ "deployment": started["deployment"], "states": ["failed"], "limit": 10 });
    assert_eq!(
        session.call("deployment_operations", failed).await["total"],
        0
    );

    let production = session
        .call("environment_get", json!({ "environment": "production" }))
        .await;
    assert_eq!(
        (text(&production["current"], "tag"), &production["drifted"]),
        ("spring-1", &json!(0))
    );
    assert_eq!(production["rollback"], started["deployment"]);

    // Back.
    let ask = json!({ "environment": "production" });
    let rollback = session.call("rollback_plan", ask.clone()).await;
    assert_eq!(
        (text(&rollback, "tag"), &rollback["is_complete"]),
        ("spring-1", &json!(true)),
        "{rollback}"
    );
    let dry = session.call("rollback_dry_run", ask).await;
    assert_eq!(
        dry["plan"]["totals"]["operations"], rollback["total"],
        "{dry}"
    );
    assert!(files(place.as_ref()) == after, "a dry run writes nothing");
    let execute = json!({ "environment": "production", "plan": rollback["digest"] });
    let reverted = session.call("rollback_execute", execute).await;
    let ended = session.ended(&reverted).await;
    assert_eq!(text(&ended["deployment"], "state"), "deployed", "{ended}");
    assert_eq!(ended["reverts"], started["deployment"]);
    assert!(
        files(place.as_ref()) == before,
        "production is as it was before, byte for byte"
    );
    let taken_back = session
        .call("release_get", json!({ "release": "spring-1" }))
        .await;
    assert_eq!(
        text(&taken_back["environments"][0], "standing"),
        "rolled_back"
    );

    trail(&session, started["deployment"].clone()).await;
}

async fn trail(session: &Session, _deployment: Value) {
    let trail = session.call("trail", json!({ "limit": 100 })).await;
    let sentences: Vec<_> = list(&trail, "entries")
        .iter()
        .map(|entry| text(entry, "sentence"))
        .collect();
    assert!(
        sentences[0].starts_with("rolled spring-1 back in production"),
        "newest first: {sentences:?}"
    );
    for wanted in [
        "drafted spring-1 from staging to production",
        "approved spring-1 for production",
        "opened spring-1 with",
    ] {
        assert!(
            sentences
                .iter()
                .any(|sentence| sentence.starts_with(wanted)),
            "{wanted} in {sentences:?}"
        );
    }
    assert_eq!(trail["total"], sentences.len());
    let found = session
        .call("trail", json!({ "text": "APPROVED", "limit": 1 }))
        .await;
    assert_eq!(
        (&found["total"], list(&found, "entries").len()),
        (&json!(1), 1),
        "{found}"
    );
    let about = session
        .call(
            "trail",
            json!({ "release": "spring-1", "kinds": ["revision_sealed"], "limit": 10 }),
        )
        .await;
    assert_eq!(about["total"], 1, "{about}");

    let audit = session.call("audit_verify", json!({})).await;
    assert_eq!(
        (&audit["intact"], &audit["projections_match"]),
        (&json!(true), &json!(true)),
        "{audit}"
    );
    session.call("audit_rebuild", json!({})).await;
    let path = session.path("trail.jsonl");
    let exported = session.call("audit_export", json!({ "path": path })).await;
    let lines = std::fs::read_to_string(&path)
        .expect("the export")
        .lines()
        .count();
    assert_eq!(exported["records"], lines);
    assert_eq!(exported["records"], trail["total"]);
    let again = session
        .refused("audit_export", json!({ "path": path }))
        .await;
    assert_eq!(
        again.code,
        slipway_api::ErrorCode::Invalid,
        "an export never overwrites"
    );
}

/// Applies a patch to a copy of a folder as people would, and reads the tree that it leads to.
fn apply(
    session: &Session,
    folder: &str,
    patch: &str,
) -> std::collections::BTreeMap<String, Vec<u8>> {
    let copy = session.path("patched");
    for (path, bytes) in files(folder.as_ref()) {
        write(&copy.join(path), &bytes);
    }
    let patch = BASE64_STANDARD.decode(patch).expect("base 64");
    let file = session.path("release.patch");
    write(&file, &patch);
    let git = Command::new("git")
        .args(["apply", "--whitespace=nowarn"])
        .arg(&file)
        .current_dir(&copy)
        // Outside of any repository, so that nothing of one around the temporary folder plays in.
        .env("GIT_CEILING_DIRECTORIES", session.folder.path())
        .stderr(Stdio::piped())
        .output()
        .expect("git can be run");
    assert!(
        git.status.success(),
        "git takes the patch: {}",
        String::from_utf8_lossy(&git.stderr)
    );
    files(&copy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_restores_the_sample() {
    let session = Session::new();
    session.call("sample_open", json!({})).await;
    session
        .call("release_create", create("v1", "staging", "production"))
        .await;
    let before = session
        .call("environment_get", json!({ "environment": "production" }))
        .await;
    let place = before["place"].as_str().expect("a folder").to_owned();
    let clean = files(place.as_ref());
    write(
        &std::path::Path::new(&place).join("theme/assets/extra.css"),
        b"a{}",
    );
    session.call("sample_reset", json!({})).await;
    assert!(
        files(place.as_ref()) == clean,
        "the folders are as they were"
    );
    let releases = session.call("release_list", json!({ "limit": 10 })).await;
    assert_eq!(releases["total"], 0, "and so is the workspace");
    session.call("workspace_close", json!({})).await;
    let again = session.call("sample_open", json!({})).await;
    assert_eq!(again["is_sample"], true, "it opens again");
    let status = session.call("app_status", json!({})).await;
    assert_eq!(list(&status, "recent").len(), 1, "it is remembered once");
}
