//! What is refused before anything is written, and says why.

mod host;

use host::{Session, create, settings, text, write};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

const FOLDERS: &[(&str, &[(&str, &str)])] = &[
    ("staging", &[("assets/a.css", "new"), ("assets/b.css", "b")]),
    (
        "production",
        &[("assets/a.css", "old"), ("assets/z.css", "z")],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn one_place_is_one_environment() {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    std::os::unix::fs::symlink(session.path("staging"), session.path("link")).expect("a link");
    for path in ["staging", "staging/../staging", "link"] {
        let again = settings("again", &session.path(path), &Value::Null);
        let error = session
            .refused("environment_add", json!({ "settings": again }))
            .await;
        assert_eq!(error.code, ErrorCode::Refused, "{path}: {error:?}");
        assert!(error.message.contains("staging already"), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_that_chooses_nothing_makes_no_release() {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    let mut request = create("v1", "staging", "production");
    request["include"] = json!(["object/*"]);
    let error = session.refused("release_create", request.clone()).await;
    assert!(error.hint.contains("theme/file:assets/"), "{error:?}");
    request["include"] = json!(["*a.css"]);
    session.call("release_create", request).await;
    // Leaving all out is a draft to choose from.
    let mut request = create("v2", "staging", "production");
    request["exclude"] = json!(["*"]);
    session.call("release_create", request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_newer_than_what_was_opened_blocks_it() {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    session.opened("v1", "staging", "production").await;
    let plan = json!({ "release": "v1", "environment": "production", "capture": true });
    let before = session.call("plan", plan.clone()).await;
    assert_eq!(before["blocked"]["total"], 0, "{before}");
    let view = session
        .call("environment_get", json!({ "environment": "production" }))
        .await;
    let mut changed = view["environment"].clone();
    changed["rules"] = json!([
        { "action": "hold", "resources": "*a.css", "fields": [], "reason": "It differs on purpose." }
    ]);
    let id = changed["id"].clone();
    session
        .call(
            "environment_change",
            json!({ "id": id, "settings": changed }),
        )
        .await;
    let after = session.call("plan", plan).await;
    let blocked = &after["blocked"]["rows"];
    assert_eq!(
        text(&blocked[0], "resource"),
        "theme/file:assets/a.css",
        "{after}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_a_new_file_blocks_the_plan() {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    // An empty folder shows in no capture.
    std::fs::create_dir(session.path("production/assets/b.css")).expect("a folder");
    session.opened("v1", "staging", "production").await;
    let request = json!({ "release": "v1", "environment": "production", "capture": true });
    let plan = session.call("plan", request).await;
    let blocked = &plan["blocked"]["rows"];
    assert!(
        text(&blocked[0], "message").contains("is a folder"),
        "{plan}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_environment_lies_within_another_one() {
    let session = Session::new();
    session
        .with_folders(&[
            ("shop", &[("assets/a.css", "a")]),
            ("shop-2", &[("assets/a.css", "a")]),
        ])
        .await;
    write(&session.path("shop/sections/inner/assets/a.css"), b"a");
    for (name, path) in [("inner", "shop/sections/inner"), ("outer", ".")] {
        let settings = settings(name, &session.path(path), &Value::Null);
        let error = session
            .refused("environment_add", json!({ "settings": settings }))
            .await;
        assert_eq!(error.code, ErrorCode::Refused, "{name}: {error:?}");
        assert!(error.message.contains("within"), "{name}: {error:?}");
    }
}
