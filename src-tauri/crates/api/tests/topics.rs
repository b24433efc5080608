//! What changes are about: each command notifies of what follows from it, and of nothing else.

mod host;

use std::collections::BTreeSet;
use std::time::Duration;

use host::{Session, create, write};
use serde_json::{Value, json};
use slipway_api::{Api, Event, Topic};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

/// How long an event may take; far more than it does.
const PATIENCE: Duration = Duration::from_secs(20);

/// The kind of a topic, as it crosses the wire.
fn kind(topic: &Topic) -> String {
    let topic = serde_json::to_value(topic).expect("topics are plain data");
    topic["kind"].as_str().expect("a kind").to_owned()
}

/// Waits until the kinds of topics were all reported that are expected, and says which were.
async fn heard(events: &mut Receiver<Event>, expected: &[&str]) -> BTreeSet<String> {
    let mut heard = BTreeSet::new();
    while !expected.iter().all(|kind| heard.contains(*kind)) {
        match timeout(PATIENCE, events.recv()).await {
            Ok(Ok(Event::Changed { topics, .. })) => {
                assert!(!topics.is_empty(), "a change is about something");
                heard.extend(topics.iter().map(kind));
            }
            Ok(Ok(_)) => {}
            other => panic!("{expected:?} should be reported, not {heard:?}: {other:?}"),
        }
    }
    heard
}

/// Forgets what was reported so far: a look every second may report what was decided just before.
async fn quiet(api: &Api) -> Receiver<Event> {
    let mut events = api.events();
    while timeout(Duration::from_millis(300), events.recv())
        .await
        .is_ok()
    {}
    events
}

/// An approval of what the release does to its target as it is shown.
async fn review_of(session: &Session) -> Value {
    let shown = session
        .call("release_get", json!({ "release": "v1" }))
        .await;
    let target = &shown["environments"][0];
    json!({
        "release": "v1", "environment": target["id"], "effect": target["effect"], "revision": target["revision"],
        "verdict": "approve",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_notifies_of_what_follows_from_it() {
    let session = Session::new();
    session
        .with_folders(&[
            ("staging", &[("assets/a.css", "1")]),
            ("production", &[("assets/a.css", "0")]),
        ])
        .await;
    let created = session
        .call("release_create", create("v1", "staging", "production"))
        .await;
    let id = created["release"]["id"].clone();
    let kind = created["release"]["kind"].clone();
    let said = |over: Value| {
        let mut request = json!({ "release": id });
        request
            .as_object_mut()
            .expect("an object")
            .extend(over.as_object().expect("an object").clone());
        request
    };
    let comment =
        said(json!({ "anchor": null, "reply_to": null, "body": "Looks right", "resolved": true }));
    let cases = [
        (
            "capture",
            json!({ "environment": "staging" }),
            &["capture"][..],
        ),
        (
            "release_describe",
            said(json!({ "tag": "v1", "notes": "First", "kind": kind })),
            &["release"],
        ),
        (
            "release_refresh",
            json!({ "release": "v1" }),
            &["release", "capture"],
        ),
        ("release_open", json!({ "release": "v1" }), &["release"]),
        ("comment_add", comment, &["comment"]),
        ("review_submit", Value::Null, &["review"]),
        ("deploy", json!({ "release": "v1" }), &["deployment"]),
        ("audit_rebuild", json!({}), &["all"]),
        (
            "release_create",
            create("v2", "staging", "production"),
            &["release", "capture"],
        ),
        ("release_cancel", json!({ "release": "v2" }), &["release"]),
    ];
    for (name, request, expected) in cases {
        if name == "release_create" {
            write(&session.path("staging").join("assets/a.css"), b"2");
        }
        let request = match name {
            "review_submit" => review_of(&session).await,
            _ => request,
        };
        let mut events = quiet(&session.api).await;
        let answer = session.call(name, request).await;
        if name == "deploy" {
            session.ended(&answer).await;
        }
        let heard = heard(&mut events, expected).await;
        let expected: BTreeSet<String> = expected.iter().map(|kind| (*kind).to_owned()).collect();
        assert_eq!(heard, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_decides_is_reported_with_what_it_is_about() {
    let session = Session::new();
    session
        .with_folders(&[
            ("staging", &[("assets/a.css", "1")]),
            ("production", &[("assets/a.css", "0")]),
        ])
        .await;
    let opened = session.opened("v1", "staging", "production").await;
    let id = opened["release"]["id"].clone();
    let status = session.call("app_status", json!({})).await;
    let other = Session::new();
    other
        .call(
            "workspace_open",
            json!({ "path": status["workspace"]["path"] }),
        )
        .await;
    let places = other.call("workspace_places", json!({})).await;
    other
        .call("workspace_trust", json!({ "digest": places["digest"] }))
        .await;
    let mut events = quiet(&session.api).await;
    other
        .call(
            "comment_add",
            json!({ "release": id, "anchor": null, "reply_to": null, "body": "From elsewhere" }),
        )
        .await;
    let topics = loop {
        match timeout(PATIENCE, events.recv()).await {
            Ok(Ok(Event::Changed { topics, .. })) => break topics,
            Ok(Ok(_)) => {}
            other => panic!("the remark should be reported: {other:?}"),
        }
    };
    let release = id.as_str().expect("an identity").to_owned();
    assert_eq!(
        serde_json::to_value(topics).expect("plain data"),
        json!([{ "kind": "comment", "release": release }])
    );
}
