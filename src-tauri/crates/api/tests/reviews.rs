//! Reviews and deployments name their environment, and are for what was on screen.

mod host;

use host::{Session, create, files, list, text, write};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

const FOLDERS: &[(&str, &[(&str, &str)])] = &[
    (
        "development",
        &[("assets/a.css", "new"), ("assets/b.css", "new")],
    ),
    (
        "staging",
        &[("assets/a.css", "old"), ("assets/b.css", "old")],
    ),
    (
        "production",
        &[("assets/a.css", "oldest"), ("assets/b.css", "old")],
    ),
];

/// `development` → `staging` → `production`, which asks for an approval, all captured.
async fn chain() -> Session {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    change(&session, "production", |settings| {
        settings["tier"] = json!("production");
    })
    .await;
    session
        .call("capture", json!({ "environment": "production" }))
        .await;
    session
}

async fn change(session: &Session, name: &str, edit: impl FnOnce(&mut Value)) {
    let view = session
        .call("environment_get", json!({ "environment": name }))
        .await;
    let mut settings = view["environment"].clone();
    edit(&mut settings);
    let id = settings["id"].clone();
    session
        .call(
            "environment_change",
            json!({ "id": id, "settings": settings }),
        )
        .await;
}

/// The release as seen from one environment.
async fn seen(session: &Session, tag: &str, environment: &str) -> Value {
    let request = json!({ "release": tag, "environment": environment });
    session.call("release_environment", request).await
}

/// A verdict on what was seen.
fn verdict(tag: &str, seen: &Value, verdict: &str) -> Value {
    json!({
        "release": tag, "environment": seen["id"], "effect": seen["effect"], "revision": seen["revision"],
        "verdict": verdict, "message": "Seen.",
    })
}

async fn deployed(session: &Session, request: Value) {
    let started = session.call("deploy", request).await;
    let ended = session.ended(&started).await;
    assert_eq!(text(&ended["deployment"], "state"), "deployed", "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_release_is_approved_and_deployed_for_production() {
    let session = chain().await;
    session.opened("v1", "development", "staging").await;
    let open = session
        .call("release_get", json!({ "release": "v1" }))
        .await;
    let stages: Vec<_> = list(&open, "environments")
        .iter()
        .map(|place| (text(place, "name"), &place["review"]))
        .collect();
    assert_eq!(
        stages,
        [
            ("staging", &json!("approved")),
            ("production", &Value::Null)
        ],
        "one line each; production is not asked before staging holds it"
    );
    assert_eq!(open["next"], open["environments"][0]["id"]);
    deployed(&session, json!({ "release": "v1" })).await;

    let view = session
        .call("release_get", json!({ "release": "v1" }))
        .await;
    let production = &view["environments"][1];
    assert_eq!(view["next"], production["id"], "{view}");
    assert_eq!(
        (&production["is_production"], &production["review"]),
        (&json!(true), &json!("asks_you")),
        "{production}"
    );
    assert_eq!(
        production["can"],
        json!({ "review": true, "deploy": true, "quick_deploy": true })
    );
    assert_eq!(
        production["counts"],
        json!({ "created": 0, "modified": 2, "deleted": 0 }),
        "what it does there"
    );
    assert_eq!(
        view["environments"][0]["can"],
        json!({ "review": false, "deploy": false, "quick_deploy": false }),
        "staging holds it"
    );
    let waiting = json!({ "in_review": true, "limit": 10 });
    let found = session.call("release_list", waiting.clone()).await;
    let review = &found["releases"][0]["reviews"][0];
    assert_eq!(
        (&found["total"], text(review, "name"), text(review, "stage")),
        (&json!(1), "production", "asks_you"),
        "{found}"
    );

    let ask = json!({ "release": "v1", "environment": "production", "capture": true });
    let plan = session.call("plan", ask.clone()).await;
    assert_eq!(
        (&plan["obstacle"], &plan["can"]["deploy"]),
        (&json!("gate"), &json!(false)),
        "{plan}"
    );
    let early = json!({ "release": "v1", "environment": "production", "plan": plan["digest"] });
    assert_eq!(
        session.refused("deploy", early).await.code,
        ErrorCode::Refused
    );

    let place = seen(&session, "v1", "production").await;
    assert_eq!(&place, production, "the same, asked for alone");
    session
        .call("review_submit", verdict("v1", &place, "approve"))
        .await;
    let found = session.call("release_list", waiting).await;
    assert_eq!(
        found["releases"][0]["reviews"][0]["stage"], "approved",
        "{found}"
    );
    let plan = session.call("plan", ask).await;
    assert_eq!(
        (&plan["obstacle"], &plan["is_harmless"]),
        (&Value::Null, &json!(true)),
        "{plan}"
    );
    let request = json!({
        "release": "v1", "environment": "production", "plan": plan["digest"], "content": plan["content"],
    });
    deployed(&session, request).await;
    let found = session
        .call("release_list", json!({ "in_review": true, "limit": 10 }))
        .await;
    assert_eq!(found["total"], 0, "nothing is left to review: {found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_on_what_was_seen() {
    let session = chain().await;
    let opened = session.opened("v1", "development", "production").await;
    let before = seen(&session, "v1", "production").await;
    let choice = json!({
        "release": opened["release"]["id"], "selection": { "type": "resources", "resources": ["theme/file:assets/b.css"] }, "included": false,
    });
    session.call("release_include", choice).await;
    session
        .call("release_open", json!({ "release": "v1" }))
        .await;
    let now = seen(&session, "v1", "production").await;
    for given in ["approve", "request_changes", "comment"] {
        let stale = verdict("v1", &before, given);
        let mut half = verdict("v1", &now, given);
        half["revision"] = before["revision"].clone();
        for request in [stale, half] {
            let error = session.refused("review_submit", request).await;
            assert_eq!(error.code, ErrorCode::Conflict, "{given}: {error:?}");
        }
        for key in ["effect", "revision", "environment"] {
            let mut without = verdict("v1", &now, given);
            without.as_object_mut().expect("an object").remove(key);
            let error = session.refused("review_submit", without).await;
            assert_eq!(
                error.code,
                ErrorCode::Invalid,
                "{given} without {key}: {error:?}"
            );
        }
    }
    let view = session
        .call("release_get", json!({ "release": "v1" }))
        .await;
    assert_eq!(list(&view["release"], "reviews").len(), 0, "{view}");
    session
        .call("review_submit", verdict("v1", &now, "approve"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_in_another_environment_asks_for_another_look() {
    let session = chain().await;
    session.opened("v1", "development", "staging").await;
    deployed(&session, json!({ "release": "v1" })).await;
    let before = seen(&session, "v1", "production").await;
    write(&session.path("production/assets/a.css"), b"drifted");
    session
        .call("capture", json!({ "environment": "production" }))
        .await;
    let error = session
        .refused("review_submit", verdict("v1", &before, "approve"))
        .await;
    assert_eq!(error.code, ErrorCode::Conflict, "{error:?}");
    let now = seen(&session, "v1", "production").await;
    assert_ne!(now["effect"], before["effect"]);
    session
        .call("review_submit", verdict("v1", &now, "approve"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_deploy_of_a_draft_is_of_the_plan_that_was_seen() {
    let session = chain().await;
    let created = session
        .call("release_create", create("v1", "development", "production"))
        .await;
    let id = created["release"]["id"].clone();
    let ask = json!({ "release": "v1", "capture": true });
    let before = session.call("plan", ask.clone()).await;
    assert_eq!(
        (&before["obstacle"], &before["can"]["quick_deploy"]),
        (&json!("draft"), &json!(true)),
        "{before}"
    );
    assert_eq!(before["totals"]["operations"], 2, "its plan is shown");
    let choice = json!({ "release": id, "selection": { "type": "resources", "resources": ["theme/file:assets/b.css"] }, "included": false });
    session.call("release_include", choice).await;
    let now = session.call("plan", ask).await;
    let untouched = files(&session.path("production"));
    let quick = |plan: &Value, content: &Value, reason: &str| json!({ "release": "v1", "plan": plan["digest"], "content": content["content"], "quick": reason });
    let cases = [
        (
            "as it was",
            quick(&before, &before, "x"),
            ErrorCode::Conflict,
        ),
        (
            "another plan",
            quick(&before, &now, "x"),
            ErrorCode::Conflict,
        ),
        (
            "another choice",
            quick(&now, &before, "x"),
            ErrorCode::Conflict,
        ),
        (
            "without a reason",
            quick(&now, &now, " "),
            ErrorCode::Invalid,
        ),
    ];
    for (what, request, code) in cases {
        let error = session.refused("deploy", request).await;
        assert_eq!(error.code, code, "{what}: {error:?}");
        let view = session
            .call("release_get", json!({ "release": "v1" }))
            .await;
        assert_eq!(view["release"]["state"], "draft", "{what} seals nothing");
    }
    assert_eq!(files(&session.path("production")), untouched);
    deployed(&session, quick(&now, &now, "Checkout is down.")).await;
    let after = files(&session.path("production"));
    assert_eq!(
        (&after["assets/a.css"][..], &after["assets/b.css"][..]),
        (&b"new"[..], &b"old"[..]),
        "what was chosen, and nothing else"
    );
    let view = session
        .call("release_get", json!({ "release": "v1" }))
        .await;
    assert_eq!(view["release"]["revisions"][0]["effect"], now["content"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_done_is_told_with_the_answer() {
    let session = chain().await;
    let list_of = session.call("environment_list", json!({})).await;
    let asked: Vec<_> = list(&list_of, "tier_policies")
        .iter()
        .map(|one| (text(one, "tier"), &one["policy"]["required"]))
        .collect();
    assert_eq!(
        asked,
        [
            ("development", &json!(0)),
            ("staging", &json!(0)),
            ("production", &json!(1)),
        ]
    );
    let created = session
        .call("release_create", create("v1", "development", "staging"))
        .await;
    assert_eq!(
        created["can"],
        json!({ "choose": true, "open": true, "rename": true, "refresh": true, "cancel": true })
    );
    let opened = session
        .call("release_open", json!({ "release": "v1" }))
        .await;
    assert_eq!(
        opened["can"],
        json!({ "choose": true, "open": false, "rename": false, "refresh": true, "cancel": true })
    );
    deployed(&session, json!({ "release": "v1" })).await;
    let staging = json!({ "environment": "staging" });
    let view = session.call("environment_get", staging.clone()).await;
    assert_eq!(
        view["can"],
        json!({ "promote": true, "create_release": true, "roll_back": true }),
        "{view}"
    );
    let plan = session.call("rollback_plan", staging.clone()).await;
    let execute = json!({ "environment": "staging", "live": plan["live"] });
    let reverted = session.call("rollback_execute", execute).await;
    session.ended(&reverted).await;
    let view = session.call("environment_get", staging).await;
    assert_eq!(
        (&view["is_rolled_back"], &view["can"]["promote"]),
        (&json!(true), &json!(false)),
        "what a rollback put back does not travel on: {view}"
    );
    let release = session
        .call("release_get", json!({ "release": "v1" }))
        .await;
    assert_eq!(
        (&release["aftermath"], &release["next"]),
        (&json!("rolled_back"), &Value::Null),
        "{release}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deployed_last_is_last_whatever_the_clock_says() {
    let session = chain().await;
    session.opened("v1", "development", "staging").await;
    deployed(&session, json!({ "release": "v1" })).await;
    session.clock_goes_back();
    write(&session.path("development/assets/a.css"), b"newer");
    session.opened("v2", "development", "staging").await;
    deployed(&session, json!({ "release": "v2" })).await;
    let asked =
        json!({ "release": null, "environment": null, "states": [], "limit": 10, "offset": 0 });
    let answer = session.call("deployment_list", asked).await;
    let tags: Vec<&str> = list(&answer, "deployments")
        .iter()
        .map(|deployment| text(deployment, "tag"))
        .collect();
    assert_eq!(tags, ["v2", "v1"], "{answer}");
    let staging = json!({ "environment": "staging" });
    let plan = session.call("rollback_plan", staging.clone()).await;
    assert_eq!(
        (text(&plan, "tag"), text(&plan, "returns_to")),
        ("v2", "v1"),
        "{plan}"
    );
    let view = session.call("environment_get", staging).await;
    assert_eq!(view["current"]["tag"], "v2", "{view}");
}
