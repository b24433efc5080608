//! Rollbacks of a part: what hangs together comes along, or it is refused.

mod host;

use host::{Session, files, write};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

const USES_OLD: &str = r#"{"sections":{"main":{"type":"old"}},"order":["main"]}"#;
const USES_NEW: &str = r#"{"sections":{"main":{"type":"new"}},"order":["main"]}"#;
const PAGE: &str = "templates/page.json";

/// A page that used one section uses another one, which comes as the former one goes.
async fn deployed() -> Session {
    let session = Session::new();
    session
        .with_folders(&[
            (
                "staging",
                &[(PAGE, USES_NEW), ("sections/new.liquid", "new")],
            ),
            (
                "production",
                &[(PAGE, USES_OLD), ("sections/old.liquid", "old")],
            ),
        ])
        .await;
    session.opened("v1", "staging", "production").await;
    let started = session.call("deploy", json!({ "release": "v1" })).await;
    let ended = session.ended(&started).await;
    assert_eq!(ended["deployment"]["state"], "deployed", "{ended}");
    session
}

fn only(globs: &[&str]) -> Value {
    json!({ "environment": "production", "only": globs })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_others_hang_on_is_refused_with_the_reason() {
    let session = deployed().await;
    let now = files(&session.path("production"));
    for (glob, reason, named) in [
        ("theme/file:sections/new.liquid", "still refers to it", PAGE),
        (
            "theme/file:templates/page.json",
            "not there any more",
            "sections/old.liquid",
        ),
    ] {
        let dry = session.call("rollback_dry_run", only(&[glob])).await;
        let blocked = dry["plan"]["blocked"]["rows"].to_string();
        assert!(
            blocked.contains(reason) && blocked.contains(named),
            "{glob}: {dry}"
        );
        let error = session.refused("rollback_execute", only(&[glob])).await;
        assert_eq!(error.code, ErrorCode::Refused, "{glob}: {error:?}");
        assert!(error.message.contains(reason), "{glob}: {error:?}");
        assert!(
            error.hint.contains("Roll") && error.hint.contains(named),
            "{error:?}"
        );
        assert!(
            files(&session.path("production")) == now,
            "{glob}: nothing was written"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_together_goes_back_together() {
    let session = deployed().await;
    let started = session.call("rollback_execute", only(&["theme/**"])).await;
    let ended = session.ended(&started).await;
    assert_eq!(ended["deployment"]["state"], "deployed", "{ended}");
    let back = files(&session.path("production"));
    assert_eq!(back[PAGE], USES_OLD.as_bytes());
    assert!(back.contains_key("sections/old.liquid") && !back.contains_key("sections/new.liquid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_formatted_between_review_and_deployment_comes_back_to_the_byte() {
    const ABOUT: &str = "pages/about.json";
    let session = Session::new();
    let (new, old) = (r#"{"title":"new"}"#, r#"{"title":"old"}"#);
    session
        .with_folders(&[
            ("staging", &[(ABOUT, new)]),
            ("production", &[(ABOUT, old)]),
        ])
        .await;
    session.opened("v1", "staging", "production").await;
    // It means the same: somebody's editor has laid it out.
    let laid_out = b"{\n  \"title\": \"old\"\n}\n";
    let live = session.path("production");
    write(&live.join(ABOUT), laid_out);
    let started = session.call("deploy", json!({ "release": "v1" })).await;
    session.ended(&started).await;
    assert_ne!(files(&live)[ABOUT], laid_out);
    let back = session.call("rollback_execute", only(&[])).await;
    session.ended(&back).await;
    assert_eq!(files(&live)[ABOUT], laid_out);
}
