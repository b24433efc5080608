//! Theme files of simulated shops: captured by checksum, written in batches, in place and staged.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;
use slipway_domain::{DeploymentId, ResourceKey, Verb};
use slipway_engine::{Holds, Platform, PlatformError, Remote, Target};

use super::{Remembered, World, operation, unseen};

fn key(path: &str) -> ResourceKey {
    ResourceKey::new("theme", "file", path).expect("a valid key")
}

#[tokio::test]
async fn a_theme_is_captured_again_by_its_checksums() {
    let world = World::of(&["northwind-development"]).await;
    let first = world.captured("shop-a").await;
    let files = first
        .documents
        .keys()
        .filter(|key| key.family() == "theme")
        .count();
    assert!(files > 10, "{files} files");
    world.handle("shop-a").reset_counters();
    let again = world.captured_after("shop-a", &first).await;
    let themes = again
        .documents
        .keys()
        .filter(|key| key.family() == "theme")
        .count();
    assert_eq!(themes, 0, "no file was read again");
    assert!(again.unchanged >= files);
    let counters = world.handle("shop-a").counters();
    assert_eq!(
        counters.operations.get("ThemeFileBodies"),
        None,
        "{counters:?}"
    );
}

async fn write(target: &Arc<dyn Target>, files: &[(ResourceKey, Option<Vec<u8>>)]) {
    let writes = files.iter().map(|(key, bytes)| async move {
        let verb = if bytes.is_some() {
            Verb::Update
        } else {
            Verb::Delete
        };
        target
            .apply(&operation(key, verb), bytes.as_deref(), &unseen())
            .await
    });
    for outcome in join_all(writes).await {
        outcome.expect("a file that is written");
    }
}

#[tokio::test]
async fn files_are_written_fifty_to_a_request_and_read_back_by_checksum() {
    let world = World::of(&["northwind-development"]).await;
    let target = world.target("shop-a").await;
    let shop = world.handle("shop-a");
    let files: Vec<_> = (0..120)
        .map(|at| {
            (
                key(&format!("assets/new-{at}.css")),
                Some(format!("a{at} {{}}\r\n").into_bytes()),
            )
        })
        .chain([(key("assets/new.bin"), Some(vec![0, 255, 1, 13, 10]))])
        .collect();
    for (key, bytes) in &files {
        let bytes = bytes.as_deref().expect("content");
        let seen = target.look(key, Some(bytes), None).await.expect("a look");
        assert_eq!(seen, Holds::Nothing.into(), "{key}");
    }
    shop.reset_counters();
    write(&target, &files).await;
    for (key, bytes) in &files {
        let bytes = bytes.as_deref().expect("content");
        let seen = target
            .look(key, Some(b"other"), Some(bytes))
            .await
            .expect("a look");
        assert_eq!(seen, Holds::Before.into(), "{key}");
    }
    let counters = shop.counters();
    assert_eq!(
        counters.operations.get("UpsertThemeFiles"),
        Some(&3),
        "{counters:?}"
    );
    assert!(counters.requests <= 5, "{counters:?}");
    let (remote, (key, bytes)) = (world.remote("shop-a"), &files[3]);
    let read = target
        .read(key)
        .await
        .expect("a file")
        .expect("it is there");
    let bytes = bytes.as_deref().expect("content");
    assert_eq!(
        remote.digest(key, &read),
        remote.digest(key, bytes),
        "whatever ends the lines there"
    );
    let gone: Vec<_> = files.iter().map(|(key, _)| (key.clone(), None)).collect();
    write(&target, &gone).await;
    for (key, _) in &gone {
        assert_eq!(
            target.look(key, None, None).await.expect("a look"),
            Holds::Nothing.into(),
            "{key}"
        );
    }
}

#[tokio::test]
async fn settings_are_the_same_content_however_they_are_formatted() {
    let world = World::of(&["northwind-development"]).await;
    let (remote, target) = (world.remote("shop-a"), world.target("shop-a").await);
    let key = key("config/settings_data.json");
    let pretty = b"{\n  \"current\": { \"color\": \"a b\" }\n}\n";
    write(&target, &[(key.clone(), Some(pretty.to_vec()))]).await;
    assert_eq!(
        target.look(&key, Some(pretty), None).await.expect("a look"),
        Holds::After.into()
    );
    let kept = target
        .read(&key)
        .await
        .expect("a file")
        .expect("it is there");
    assert_eq!(remote.digest(&key, &kept), remote.digest(&key, pretty));
    let captured = world.captured("shop-a").await;
    assert_eq!(
        remote.digest(&key, &captured.documents[&key]),
        remote.digest(&key, pretty)
    );
}

#[tokio::test]
async fn a_staged_theme_is_seen_when_it_is_published_and_not_before() {
    let world = World::of(&["northwind-development"]).await;
    let mut connection = world.connection("shop-a");
    connection["theme_strategy"] = json!("staged");
    let remote: Arc<dyn Remote> = world.platform.open(&connection).expect("settings");
    assert!(remote.published_resource().is_some());
    let deployment = DeploymentId("d-7".to_owned());
    let memory = Arc::new(Remembered::default());
    let open = || remote.target(&deployment, memory.clone());
    let target = open().await.expect("a target");
    assert!(
        target.is_published().await.expect("a look"),
        "nothing is staged yet"
    );
    let file = key("snippets/staged.liquid");
    write(&target, &[(file.clone(), Some(b"new".to_vec()))]).await;
    assert!(!target.is_published().await.expect("a look"));
    assert!(
        !world.captured("shop-a").await.documents.contains_key(&file),
        "customers don't see it"
    );

    // As after a crash: the copy is found again, not made again; also one that has the name of former times.
    for former in [false, true] {
        if former {
            let shop = world.handle("shop-a");
            let copy = shop.ids("OnlineStoreTheme").pop().expect("a copy");
            shop.edit(&copy, "name", "Slipway d-7");
        }
        let target = open().await.expect("a target");
        let seen = target.look(&file, Some(b"new"), None).await;
        assert_eq!(seen.expect("a look"), Holds::After.into());
    }
    let target = open().await.expect("a target");
    assert_eq!(
        target
            .look(&file, Some(b"new"), None)
            .await
            .expect("a look"),
        Holds::After.into()
    );
    target.publish().await.expect("a theme that is published");
    assert!(target.is_published().await.expect("a look"));
    assert!(
        world.captured("shop-a").await.documents.contains_key(&file),
        "customers see it"
    );
    let counters = world.handle("shop-a").counters();
    assert_eq!(
        counters.operations.get("DuplicateTheme"),
        Some(&1),
        "{counters:?}"
    );
}

#[tokio::test]
async fn an_edit_of_the_live_theme_is_found_though_another_process_made_the_copy() {
    let world = World::of(&["northwind-development"]).await;
    let mut connection = world.connection("shop-a");
    connection["theme_strategy"] = json!("staged");
    let remote: Arc<dyn Remote> = world.platform.open(&connection).expect("settings");
    let deployment = DeploymentId("d-9".to_owned());
    let memory = Arc::new(Remembered::default());
    let open = |memory| remote.target(&deployment, memory);
    let target = open(memory.clone()).await.expect("a target");
    let file = key("snippets/staged.liquid");
    write(&target, &[(file.clone(), Some(b"new".to_vec()))]).await;

    let shop = world.handle("shop-a");
    let live = world.target("shop-a").await;
    let edited = key("snippets/edited.liquid");
    write(&live, &[(edited.clone(), Some(b"by hand".to_vec()))]).await;
    let target = open(memory).await.expect("a target");
    let refused = target.publish().await.expect_err("an edit would be lost");
    assert!(
        matches!(refused, PlatformError::Changed { .. }),
        "{refused:?}"
    );
    // What nobody remembers is not published either.
    let target = open(Arc::new(Remembered::default()))
        .await
        .expect("a target");
    let refused = target.publish().await.expect_err("nobody knows");
    assert!(
        matches!(refused, PlatformError::Refused { .. }),
        "{refused:?}"
    );
    let held = world.captured("shop-a").await.documents;
    assert!(held.contains_key(&edited) && !held.contains_key(&file));
    assert_eq!(shop.counters().operations.get("PublishTheme"), None);
}

#[tokio::test]
async fn what_was_staged_and_not_published_can_be_abandoned() {
    let world = World::of(&["northwind-development"]).await;
    let mut connection = world.connection("shop-a");
    connection["theme_strategy"] = json!("staged");
    let remote: Arc<dyn Remote> = world.platform.open(&connection).expect("settings");
    let target = remote
        .target(
            &DeploymentId("d-8".to_owned()),
            Arc::new(Remembered::default()),
        )
        .await
        .expect("a target");
    let before = world.handle("shop-a").ids("OnlineStoreTheme");
    write(
        &target,
        &[(key("snippets/staged.liquid"), Some(b"new".to_vec()))],
    )
    .await;
    assert_eq!(
        world.handle("shop-a").ids("OnlineStoreTheme").len(),
        before.len() + 1
    );
    target.abandon().await.expect("a copy that is deleted");
    assert_eq!(world.handle("shop-a").ids("OnlineStoreTheme"), before);
    target.abandon().await.expect("nothing is left to abandon");
}
