//! What the gate asks for, over the wire: rollbacks that write over edits, and rollbacks of rollbacks.

mod host;

use host::{Session, files, list, text, write};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

/// Production holds `b`, then the release `v1` on top of it, which was approved; it asks for an approval.
async fn deployed() -> Session {
    let session = Session::new();
    session
        .with_folders(&[
            (
                "staging",
                &[("assets/a.css", "a2\n"), ("assets/b.css", "b2\n")],
            ),
            (
                "production",
                &[("assets/a.css", "a\n"), ("assets/b.css", "b\n")],
            ),
        ])
        .await;
    let request = json!({ "environment": "production" });
    let view = session.call("environment_get", request).await;
    let mut settings = view["environment"].clone();
    settings["tier"] = json!("production");
    let change = json!({ "id": settings["id"], "settings": settings });
    session.call("environment_change", change).await;
    session.opened("v1", "staging", "production").await;
    review(&session, "v1", "approve").await;
    let started = session.call("deploy", json!({ "release": "v1" })).await;
    let ended = session.ended(&started).await;
    assert_eq!(text(&ended["deployment"], "state"), "deployed", "{ended}");
    session
}

async fn review(session: &Session, tag: &str, verdict: &str) {
    let request = json!({ "release": tag, "environment": "production" });
    let seen = session.call("release_environment", request).await;
    let request = json!({
        "release": tag, "environment": seen["id"], "effect": seen["effect"], "revision": seen["revision"],
        "verdict": verdict, "message": "Seen.",
    });
    session.call("review_submit", request).await;
}

async fn planned(session: &Session, edits: &str) -> Value {
    let ask = json!({ "environment": "production", "edits": edits });
    let plan = session.call("rollback_plan", ask.clone()).await;
    let mut ask = ask;
    ask["deployment"] = plan["deployment"].clone();
    ask["plan"] = plan["digest"].clone();
    ask
}

async fn gate_of(session: &Session, ask: &Value) -> Value {
    let request = json!({ "rollback": ask["plan"] });
    session.call("rollback_selected", request).await["gate"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_over_an_edit_waits_for_the_approvals_of_a_deployment() {
    let session = deployed().await;
    let live = session.path("production");
    write(&live.join("assets/b.css"), b"edited\n");
    let now = files(&live);

    let keep = planned(&session, "keep").await;
    let kept = session
        .call("rollback_selected", json!({ "rollback": keep["plan"] }))
        .await;
    assert_eq!(kept["writes_edits"], false, "the edit is kept");
    let gate = gate_of(&session, &keep).await;
    assert_eq!(
        gate["missing"],
        json!([]),
        "what was there before asks nobody"
    );

    let ask = planned(&session, "overwrite").await;
    let missing = json!([{ "kind": "approvals", "need": 1, "by": [], "not_by": [] }]);
    assert_eq!(gate_of(&session, &ask).await["missing"], missing);
    let dry = session.call("rollback_dry_run", ask.clone()).await;
    assert_eq!(dry["plan"]["gate"]["missing"], missing, "{dry}");
    assert_eq!(dry["plan"]["can"]["deploy"], false, "{dry}");

    let waits = session.call("rollback_execute", ask.clone()).await;
    assert_eq!(waits["deployment"], Value::Null, "{waits}");
    assert_eq!(waits["gate"]["missing"], missing);
    assert!(files(&live) == now, "nothing was written");
    let again = session.call("rollback_execute", ask.clone()).await;
    assert_eq!(
        again["release"], waits["release"],
        "the one that waits, not another"
    );

    let tag = text(&waits, "tag");
    let open = session.call("release_get", json!({ "release": tag })).await;
    assert_eq!(text(&open["release"], "state"), "open");
    assert_eq!(open["environments"][0]["gate"]["missing"], missing);
    review(&session, tag, "approve").await;
    let gate = gate_of(&session, &ask).await;
    assert_eq!(
        gate["missing"],
        json!([]),
        "what is shown is what executing it does"
    );
    let started = session.call("rollback_execute", ask).await;
    session.ended(&started).await;
    assert_eq!(started["release"], waits["release"]);
    assert_eq!(files(&live)["assets/b.css"], b"b\n");
    assert_eq!(files(&live)["assets/a.css"], b"a\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_cannot_wait_goes_past_its_review_with_a_reason() {
    let session = deployed().await;
    write(
        &session.path("production").join("assets/b.css"),
        b"edited\n",
    );
    let mut ask = planned(&session, "overwrite").await;
    ask["quick"] = json!(" ");
    let error = session.refused("rollback_execute", ask.clone()).await;
    assert_eq!(error.code, ErrorCode::Invalid, "{error:?}");
    ask["quick"] = json!("Checkout is down");
    let started = session.call("rollback_execute", ask).await;
    let ended = session.ended(&started).await;
    let quick = json!({ "kind": "quick", "reason": "Checkout is down" });
    assert_eq!(ended["deployment"]["start"], quick);
    let first = session
        .call("deployment_list", json!({ "release": "v1", "limit": 1 }))
        .await;
    let first = &list(&first, "deployments")[0]["deployment"];
    assert_eq!(first["rolled_back_by"], started["deployment"], "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rolled_back_comes_back_only_while_it_is_still_approved() {
    let session = deployed().await;
    let back = planned(&session, "keep").await;
    let started = session.call("rollback_execute", back).await;
    session.ended(&started).await;
    let ask = json!({ "environment": "production", "deployment": started["deployment"] });
    let plan = session.call("rollback_plan", ask.clone()).await;
    let request = json!({ "rollback": plan["digest"] });
    let open = session.call("rollback_selected", request.clone()).await;
    assert_eq!(
        open["gate"]["missing"],
        json!([]),
        "it is approved as before"
    );

    review(&session, "v1", "request_changes").await;
    let shut = session.call("rollback_selected", request).await;
    assert_eq!(list(&shut["gate"], "missing").len(), 1, "{shut}");
    let waits = session.call("rollback_execute", ask).await;
    assert_eq!(waits["deployment"], Value::Null, "{waits}");
    let live = files(&session.path("production"));
    assert_eq!(live["assets/a.css"], b"a\n", "nothing was written");
}
