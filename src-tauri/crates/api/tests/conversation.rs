//! A conversation of any length is read page by page, as threads, beside what else happened to a release.

mod host;

use host::{Session, list, text};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

const FOLDERS: &[(&str, &[(&str, &str)])] = &[
    (
        "staging",
        &[("assets/a.css", "new"), ("assets/b.css", "new")],
    ),
    (
        "production",
        &[("assets/a.css", "old"), ("assets/b.css", "old")],
    ),
];

/// A release that is open, and its identity.
async fn opened() -> (Session, Value) {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    let view = session.opened("v1", "staging", "production").await;
    let id = view["release"]["id"].clone();
    (session, id)
}

/// Says something, and gives the identity of the comment.
async fn said(
    session: &Session,
    release: &Value,
    body: &str,
    about: Option<&str>,
    reply_to: &Value,
) -> Value {
    let anchor = about
        .map(|name| json!({ "kind": "resource", "resource": format!("theme/file:assets/{name}") }));
    let request =
        json!({ "release": release, "anchor": anchor, "reply_to": reply_to, "body": body });
    session.call("comment_add", request).await;
    let all = json!({ "release": release, "limit": 1_000 });
    let page = session.call("comment_list", all).await;
    let last = list(&page, "rows").last().expect("a comment");
    assert_eq!(text(last, "body"), body);
    last["id"].clone()
}

fn bodies(comments: &[Value]) -> Vec<&str> {
    comments.iter().map(|one| text(one, "body")).collect()
}

fn kinds(moments: &Value) -> Vec<&str> {
    let rows = list(moments, "rows").iter();
    rows.map(|moment| text(moment, "kind")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_tells_the_story_in_order_and_page_by_page() {
    let (session, release) = opened().await;
    let first = said(&session, &release, "a", None, &Value::Null).await;
    let second = said(&session, &release, "b", Some("a.css"), &Value::Null).await;
    let answer = said(&session, &release, "a, answered", None, &first).await;
    said(&session, &release, "a, answered again", None, &answer).await;

    let page =
        |offset: u32, limit: u32| json!({ "release": "v1", "offset": offset, "limit": limit });
    let whole = session.call("timeline", page(0, 10)).await;
    assert_eq!(kinds(&whole), ["made", "sealed", "said", "said"]);
    let thread = &whole["rows"][2]["thread"];
    assert_eq!(
        bodies(list(thread, "replies")),
        ["a, answered", "a, answered again"],
        "an answer to an answer is of the same thread"
    );

    let end = session.call("timeline", page(3, 10)).await;
    assert_eq!(end["total"], 4);
    assert_eq!(end["rows"][0]["thread"]["root"]["id"], second);
    let one = session.call("timeline", page(1, 1)).await;
    assert_eq!(kinds(&one), ["sealed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_threads_of_a_resource_are_read_by_themselves() {
    let (session, release) = opened().await;
    said(&session, &release, "all of it", None, &Value::Null).await;
    for body in ["a1", "a2", "a3"] {
        said(&session, &release, body, Some("a.css"), &Value::Null).await;
    }
    said(&session, &release, "b1", Some("b.css"), &Value::Null).await;

    let of = json!({ "release": release, "resource": "theme/file:assets/a.css", "offset": 1, "limit": 1 });
    let page = session.call("thread_list", of).await;
    assert_eq!(page["total"], 3);
    assert_eq!(text(&page["rows"][0]["root"], "body"), "a2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_comes_with_its_last_replies_and_the_others_on_demand() {
    let (session, release) = opened().await;
    let root = said(&session, &release, "root", None, &Value::Null).await;
    for number in 0..25 {
        said(&session, &release, &format!("reply {number}"), None, &root).await;
    }

    let page = session
        .call("timeline", json!({ "release": release, "limit": 10 }))
        .await;
    let thread = &page["rows"][2]["thread"];
    assert_eq!(thread["reply_count"], 25);
    let shown = bodies(list(thread, "replies"));
    assert_eq!(shown.len(), 20);
    assert_eq!((shown[0], shown[19]), ("reply 5", "reply 24"));

    let earlier = json!({ "release": release, "thread": root, "offset": 0, "limit": 5 });
    let earlier = session.call("comment_list", earlier).await;
    assert_eq!(earlier["total"], 25);
    assert_eq!(bodies(list(&earlier, "rows"))[4], "reply 4");

    let unknown = json!({ "release": release, "thread": "c-0000000000", "limit": 5 });
    let error = session.refused("comment_list", unknown).await;
    assert_eq!(error.code, ErrorCode::Invalid, "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_says_how_much_is_open_and_not_what() {
    let (session, release) = opened().await;
    let first = said(&session, &release, "a", None, &Value::Null).await;
    said(&session, &release, "an answer", None, &first).await;
    said(&session, &release, "b", Some("a.css"), &Value::Null).await;
    let request = json!({ "release": release, "comment": first, "resolved": true });
    let view = session.call("comment_resolve", request).await;
    assert_eq!(view["unresolved"], 1);
    assert!(view["release"].get("comments").is_none(), "{view}");
}
