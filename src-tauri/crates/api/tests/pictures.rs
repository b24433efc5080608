//! Pictures of changes: drawn by the host, once, and never handed out as they were captured.

mod host;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use host::{Session, text};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

const LOGO: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="20"><rect width="5" height="20"/></svg>"#;
/// Each entity stands for ten of the one before.
const BOMB: &str = r#"<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><svg xmlns="http://www.w3.org/2000/svg"><text>&d;</text></svg>"#;

/// A session with an open release of these files, none of which the target has.
async fn with_files(files: &[(&str, &str)]) -> Session {
    let session = Session::new();
    session
        .with_folders(&[("staging", files), ("production", &[("assets/a.css", "")])])
        .await;
    session.opened("v1", "staging", "production").await;
    session
}

/// The blob of what a release brings.
async fn blob(session: &Session, resource: &str) -> Value {
    let release = session
        .call("release_get", json!({ "release": "v1" }))
        .await;
    let source = json!({ "kind": "release", "release": release["release"]["id"] });
    let of = json!({ "source": source, "resource": resource });
    session.call("diff", of).await["after"]["blob"].clone()
}

async fn picture(session: &Session, blob: &Value, side: u32) -> Value {
    let request = json!({ "blob": blob, "width": side, "height": side });
    session.call("picture", request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_drawn_once_for_each_box() {
    let session = with_files(&[("assets/logo.svg", LOGO)]).await;
    let logo = blob(&session, "theme/file:assets/logo.svg").await;
    let drawn = picture(&session, &logo, 100).await;
    assert_eq!(drawn["state"], "drawn", "{drawn}");
    assert_eq!(
        (&drawn["width"], &drawn["height"]),
        (&json!(10), &json!(20))
    );
    let png = BASE64_STANDARD
        .decode(text(&drawn, "png"))
        .expect("it is base 64");
    assert!(
        png.starts_with(b"\x89PNG\r\n\x1a\n"),
        "an SVG comes as pixels"
    );
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((side(16), side(20)), (50, 100), "as large as fits");
    assert_eq!(picture(&session, &logo, 100).await, drawn);
    assert_eq!(session.drawn(), 1, "it is known");
    picture(&session, &logo, 50).await;
    assert_eq!(session.drawn(), 2, "another box takes another drawing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_said_in_words_and_kept() {
    let session = with_files(&[("assets/bomb.svg", BOMB)]).await;
    let bomb = blob(&session, "theme/file:assets/bomb.svg").await;
    for side in [100, 100, 50] {
        let refused = picture(&session, &bomb, side).await;
        assert_eq!(refused["state"], "refused", "{refused}");
        let message = text(&refused, "message");
        assert!(
            message.starts_with("This SVG can't be drawn: it is damaged (")
                && message.ends_with("."),
            "{message}"
        );
    }
    assert_eq!(session.drawn(), 1, "a bomb is tried once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_is_not_drawn() {
    let session = with_files(&[("assets/a.css", "body {}")]).await;
    let css = blob(&session, "theme/file:assets/a.css").await;
    let request = json!({ "blob": css, "width": 100, "height": 100 });
    let error = session.refused("picture", request).await;
    assert_eq!(error.code, ErrorCode::Invalid, "{error:?}");
    assert_eq!(session.drawn(), 0, "its bytes stay where they are");
}
