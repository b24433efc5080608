//! Workspace files from elsewhere: what is done with them before a person has said yes.

mod host;

use std::fs;
use std::path::{Path, PathBuf};

use host::{Session, create, files, list, settings, text, write};
use serde_json::{Value, json};
use slipway_api::ErrorCode;

const FOLDERS: &[(&str, &[(&str, &str)])] = &[
    ("staging", &[("assets/a.css", "new"), ("assets/b.css", "b")]),
    ("production", &[("assets/a.css", "old")]),
];

/// A machine with a workspace that has captures and an open release; and the file.
async fn sender() -> (Session, PathBuf) {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    session.opened("v1", "staging", "production").await;
    let file = session.path("data/workspaces/Test.slipway");
    close(&session, &file).await;
    (session, file)
}

/// Closes the workspace, and waits until all of it is in the file.
async fn close(session: &Session, file: &Path) {
    session.call("workspace_close", json!({})).await;
    let journal = file.with_extension("slipway-wal");
    while journal.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Puts the file on another machine's disk and opens it there.
async fn received(file: &Path) -> (Session, PathBuf) {
    let session = Session::new();
    let copy = session.path("received.slipway");
    fs::copy(file, &copy).expect("a copy");
    session
        .call("workspace_open", json!({ "path": copy }))
        .await;
    (session, copy)
}

async fn is_read_only(session: &Session, file: &Path) -> bool {
    session.call("workspace_close", json!({})).await;
    let opened = session
        .call("workspace_open", json!({ "path": file }))
        .await;
    opened["is_read_only"] == json!(true)
}

async fn trust(session: &Session) -> Value {
    let places = session.call("workspace_places", json!({})).await;
    let trusted = session
        .call("workspace_trust", json!({ "digest": places["digest"] }))
        .await;
    assert_eq!(trusted["is_read_only"], json!(false), "{trusted}");
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_from_elsewhere_is_read_and_nothing_else_until_a_person_says_yes() {
    let (_sender, file) = sender().await;
    let (session, copy) = received(&file).await;
    let before = fs::read(&copy).expect("bytes");
    let opened = session.call("app_status", json!({})).await;
    assert_eq!(opened["workspace"]["is_read_only"], json!(true), "{opened}");
    assert_eq!(
        list(&opened, "recent").len(),
        0,
        "it is not what is opened by default: {opened}"
    );

    let release = json!({ "release": "v1" });
    let offline = json!({ "source": "staging", "target": "production", "capture": false });
    for (name, request) in [
        ("environment_list", json!({})),
        ("environment_get", json!({ "environment": "staging" })),
        (
            "release_list",
            json!({ "states": [], "text": "", "offset": 0, "limit": 10 }),
        ),
        ("release_get", release.clone()),
        (
            "patch",
            json!({ "release": "v1", "resource": null, "unified": null }),
        ),
        ("compare", offline.clone()),
        ("audit_verify", json!({})),
    ] {
        let answer = session.call(name, request).await;
        if name == "compare" {
            let all = json!({ "comparison": answer["comparison"], "offset": 0, "limit": 10 });
            let page = session.call("compare_changes", all).await;
            assert_eq!(list(&page, "rows").len(), 2, "{page}");
        }
    }
    for name in [
        "capture",
        "compare",
        "environment_probe",
        "environment_add",
        "environment_change",
        "environment_remove",
        "release_create",
        "release_refresh",
        "release_open",
        "release_include",
        "review_submit",
        "comment_add",
        "viewed_set",
        "plan",
        "deploy",
        "deployment_resume",
        "deployment_cancel",
        "rollback_plan",
        "rollback_execute",
        "audit_rebuild",
        "audit_export",
        "something_new",
    ] {
        let error = session.refused(name, json!({ "capture": true })).await;
        assert_eq!(error.code, ErrorCode::Refused, "{name}: {error:?}");
        assert!(error.hint.contains("slipway workspace trust"), "{error:?}");
    }
    close(&session, &copy).await;
    assert_eq!(
        fs::read(&copy).expect("bytes"),
        before,
        "not a byte is other"
    );
    let beside: Vec<String> = files(session.folder.path())
        .into_keys()
        .filter(|name| name.starts_with("received"))
        .collect();
    assert_eq!(beside, ["received.slipway"], "nothing is beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_trusted_is_the_places_that_were_seen() {
    let (sender, file) = sender().await;
    let (session, copy) = received(&file).await;
    let stale = session
        .refused("workspace_trust", json!({ "digest": "0".repeat(64) }))
        .await;
    assert_eq!(stale.code, ErrorCode::Conflict, "{stale:?}");
    let places = trust(&session).await;
    let seen: Vec<(&str, &str, &str)> = list(&places, "environments")
        .iter()
        .map(|info| {
            (
                text(info, "environment"),
                text(info, "platform"),
                text(info, "place"),
            )
        })
        .collect();
    let at = |name: &str| sender.path(name).canonicalize().expect("a folder");
    let (staging, production) = (at("staging"), at("production"));
    assert_eq!(
        seen,
        [
            ("staging", "folder", staging.to_str().expect("UTF-8")),
            ("production", "folder", production.to_str().expect("UTF-8")),
        ]
    );
    session
        .call("capture", json!({ "environment": "staging" }))
        .await;
    assert!(!is_read_only(&session, &copy).await, "it stays trusted");

    // What this machine decides is no surprise to it.
    let own = session.path("own");
    write(&own.join("assets/a.css"), b"a");
    let add = json!({ "settings": settings("own", &own, &Value::Null) });
    session.call("environment_add", add).await;
    assert!(
        !is_read_only(&session, &copy).await,
        "an environment of one's own"
    );
    session
        .call("environment_remove", json!({ "environment": "own" }))
        .await;
    assert!(!is_read_only(&session, &copy).await, "and without it");
    session.call("workspace_close", json!({})).await;

    // What somebody else puts into the file has to be seen first.
    let other = Session::new();
    other.call("workspace_open", json!({ "path": copy })).await;
    trust(&other).await;
    let theirs = other.path("theirs");
    write(&theirs.join("assets/a.css"), b"a");
    let add = json!({ "settings": settings("theirs", &theirs, &Value::Null) });
    other.call("environment_add", add).await;
    other.call("workspace_close", json!({})).await;
    assert!(
        is_read_only(&session, &copy).await,
        "a place nobody has seen here"
    );
    trust(&session).await;
    assert!(!is_read_only(&session, &copy).await, "now somebody has");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_in_the_place_of_a_trusted_one_is_not_trusted() {
    let session = Session::new();
    let (mine, theirs) = (session.path("mine.slipway"), session.path("theirs.slipway"));
    for (name, path) in [("Mine", &mine), ("Theirs", &theirs)] {
        let made = session
            .call("workspace_create", json!({ "name": name, "path": path }))
            .await;
        assert_eq!(made["is_read_only"], json!(false), "one's own: {made}");
    }
    assert!(!is_read_only(&session, &mine).await);
    let copy = session.path("copy.slipway");
    close(&session, &mine).await;
    fs::copy(&mine, &copy).expect("a copy");
    assert!(is_read_only(&session, &copy).await, "a copy asks once");
    close(&session, &copy).await;
    fs::copy(&theirs, &mine).expect("overwritten");
    assert!(
        is_read_only(&session, &mine).await,
        "another file at the path"
    );
    fs::remove_file(&copy).expect("removed");
    std::os::unix::fs::symlink(&theirs, &copy).expect("a link");
    assert!(
        !is_read_only(&session, &copy).await,
        "a link to one's own file"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_put_back_over_a_workspace_is_not_taken_for_it() {
    let session = Session::new();
    session.with_folders(FOLDERS).await;
    let (mine, copy) = (
        session.path("data/workspaces/Test.slipway"),
        session.path("copy.slipway"),
    );
    close(&session, &mine).await;
    fs::copy(&mine, &copy).expect("a copy");
    let open = json!({ "path": mine });
    let opened = session.call("workspace_open", open.clone()).await;
    assert_eq!(opened["missing_records"], json!(0), "{opened}");
    for tag in ["r1", "r2"] {
        session
            .call("release_create", create(tag, "staging", "production"))
            .await;
    }
    close(&session, &mine).await;

    // The backup of yesterday: the same workspace, and what was decided since is not in it.
    fs::copy(&copy, &mine).expect("put back");
    let session = session.restarted();
    let opened = session.call("workspace_open", open.clone()).await;
    assert_eq!(opened["is_read_only"], json!(true), "{opened}");
    assert_eq!(opened["missing_records"], json!(2), "{opened}");
    trust(&session).await;
    close(&session, &mine).await;
    let opened = session.call("workspace_open", open).await;
    assert_eq!(
        opened["is_read_only"],
        json!(false),
        "somebody goes on from there"
    );
    assert_eq!(opened["missing_records"], json!(0), "{opened}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_before_there_was_trust_stays_trusted_and_nothing_else() {
    let (_sender, file) = sender().await;
    let session = Session::new();
    let (known, unknown) = (
        session.path("known.slipway"),
        session.path("unknown.slipway"),
    );
    fs::copy(&file, &known).expect("a copy");
    fs::copy(&file, &unknown).expect("a copy");
    let known = known.canonicalize().expect("a file");
    // As the version before wrote it.
    let before = json!({
        "person": null, "preferences": {},
        "recent": [{ "name": "Known", "path": known, "is_sample": false }],
    });
    write(
        &session.path("data/settings.json"),
        before.to_string().as_bytes(),
    );
    let session = session.restarted();
    assert!(is_read_only(&session, &unknown).await, "never seen here");
    assert!(!is_read_only(&session, &known).await, "opened here before");
    let session = session.restarted();
    assert!(
        is_read_only(&session, &unknown).await,
        "to have been opened by this version is not to be trusted"
    );
    assert!(!is_read_only(&session, &known).await, "still");
    // From its first opening on it is known by what it is.
    close(&session, &known).await;
    let other = Session::new();
    let theirs = other.path("theirs.slipway");
    other
        .call(
            "workspace_create",
            json!({ "name": "Theirs", "path": theirs }),
        )
        .await;
    close(&other, &theirs).await;
    fs::copy(&theirs, &known).expect("overwritten");
    assert!(is_read_only(&session, &known).await, "another file");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_is_what_lies_in_the_programs_own_folder() {
    let session = Session::new();
    let made = session.call("sample_open", json!({})).await;
    assert_eq!(made["is_sample"], json!(true), "{made}");
    assert_eq!(made["is_read_only"], json!(false), "{made}");
    let session = session.restarted();
    let sample = Path::new(text(&made, "path")).to_owned();
    assert!(!is_read_only(&session, &sample).await);
    session.call("environment_list", json!({})).await;
    let offline = json!({ "source": "development", "target": "staging", "capture": false });
    session.call("compare", offline).await;
    let served = || session.served.lock().expect("no panic").clone();
    assert_eq!(served(), Vec::<PathBuf>::new(), "reading starts no server");
    session
        .call("capture", json!({ "environment": "development" }))
        .await;
    let folder = sample.parent().expect("a folder").to_owned();
    assert_eq!(served(), [folder], "what is reached is served before");
    close(&session, &sample).await;

    // A file that says that it is the sample, with a link where the sample's shops write.
    let hostile = session.path("elsewhere/northwind.slipway");
    write(&hostile, &fs::read(&sample).expect("bytes"));
    let victim = session.path("victim");
    write(&victim, b"mine");
    fs::create_dir_all(session.path("elsewhere/shops")).expect("a folder");
    std::os::unix::fs::symlink(&victim, session.path("elsewhere/shops/shops.json"))
        .expect("a link");
    let engine = slipway_engine::Engine::open(&hostile, ports());
    let engine = engine.expect("opens");
    let marked = engine
        .store()
        .write(|writer| writer.set_setting("sample", &Value::Bool(true)));
    marked.expect("marked");
    drop(engine);
    let opened = session
        .call("workspace_open", json!({ "path": hostile }))
        .await;
    assert_eq!(opened["is_sample"], json!(false), "{opened}");
    assert_eq!(opened["is_read_only"], json!(true), "{opened}");
    session.call("environment_list", json!({})).await;
    assert_eq!(served().len(), 1, "nothing more is served");
    assert_eq!(fs::read(&victim).expect("the file"), b"mine");

    // A link in the program's own folder leads to no sample either.
    close(&session, &hostile).await;
    fs::remove_file(&sample).expect("removed");
    std::os::unix::fs::symlink(&hostile, &sample).expect("a link");
    let opened = session.call("sample_open", json!({})).await;
    assert_eq!(opened["is_sample"], json!(false), "{opened}");
    assert_eq!(opened["is_read_only"], json!(true), "{opened}");
}

/// A clock for a workspace that is only marked.
fn ports() -> slipway_engine::Ports {
    slipway_engine::Ports {
        platforms: Vec::new(),
        clock: std::sync::Arc::new(Still),
        keys: std::sync::Arc::new(host::OwnKeys),
    }
}

struct Still;

impl slipway_api::Clock for Still {
    fn now(&self) -> slipway_api::Millis {
        slipway_api::Millis(1)
    }

    fn unique(&self) -> u64 {
        1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let session = Session::new();
    session
        .call("workspace_create", json!({ "name": "Mine", "path": null }))
        .await;
    let kept = files(&session.path("data"));
    assert!(
        kept.keys().any(|name| name.starts_with("trusted/")) && kept.contains_key("settings.json"),
        "{:?}",
        kept.keys()
    );
    for name in kept.keys() {
        let mode = fs::metadata(session.path("data").join(name)).expect("a file");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_not_made_of_a_file_that_is_only_read() {
    let (_sender, file) = sender().await;
    let (session, _) = received(&file).await;
    let error = session
        .refused("release_create", create("v2", "staging", "production"))
        .await;
    assert_eq!(error.code, ErrorCode::Refused, "{error:?}");
    trust(&session).await;
    session
        .call("release_create", create("v2", "staging", "production"))
        .await;
}
