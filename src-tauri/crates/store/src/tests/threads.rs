//! Threads, panics and several programs on one file.

use std::sync::mpsc;

use serde_json::json;

use super::workspace;
use crate::{Store, StoreError};

#[test]
fn a_reader_sees_one_moment_and_waits_for_nobody() {
    let (_folder, store) = workspace();
    store
        .write(|writer| writer.set_setting("a", &json!(1)))
        .expect("written");
    let (go, wait) = mpsc::channel::<()>();
    let (inside, entered) = mpsc::channel();
    let other = store.clone();
    let writer = std::thread::spawn(move || {
        other.write(move |writer| {
            writer.set_setting("a", &json!(2))?;
            inside.send(()).expect("the test listens");
            wait.recv().expect("the test lets it go");
            Ok(())
        })
    });
    entered
        .recv()
        .expect("the writer is inside its transaction");
    store
        .read(|reader| {
            assert_eq!(
                reader.setting("a")?,
                Some(json!(1)),
                "what is not committed is not seen"
            );
            go.send(()).expect("the writer waits");
            writer.join().expect("no panic").expect("committed");
            assert_eq!(
                reader.setting("a")?,
                Some(json!(1)),
                "a read transaction sees one moment"
            );
            Ok(())
        })
        .expect("read");
    let now = store.read(|reader| reader.setting("a"));
    assert_eq!(
        now.expect("read"),
        Some(json!(2)),
        "the next one sees the commit"
    );
}

#[test]
fn what_fails_inside_a_write_leaves_nothing_behind() {
    let (_folder, store) = workspace();
    let failed: Result<(), _> = store.write(|writer| {
        writer.set_setting("a", &json!(1))?;
        Err(StoreError::Conflict)
    });
    assert!(
        matches!(failed, Err(StoreError::Conflict)),
        "the closure's error is the answer"
    );
    let panicked: Result<(), _> = store.write_durable(|writer| {
        writer.set_setting("a", &json!(1))?;
        panic!("BUG: {}", "told")
    });
    assert!(
        matches!(&panicked, Err(StoreError::Panicked { message }) if message == "BUG: told"),
        "a panic is an error: {panicked:?}"
    );
    let setting = store.write(|writer| writer.setting("a"));
    assert_eq!(
        setting.expect("the writer lives"),
        None,
        "nothing of either was kept"
    );

    let inner = store.clone();
    let nested = store.write(move |_| inner.write(|_| Ok(())));
    assert!(
        matches!(nested, Err(StoreError::Panicked { .. })),
        "a write in a write is told"
    );
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let (_folder, store) = workspace();
    store
        .write(|writer| writer.set_setting("a", &json!(1)))
        .expect("written");
    let limit = |pages: u32| {
        let set = store.write(move |writer| {
            Ok(writer
                .connection
                .pragma_update(None, "max_page_count", pages)?)
        });
        set.expect("set");
    };
    // SQLite raises the limit to what the file has: as if the disk had no room for one page more.
    limit(1);
    let noise: Vec<u8> = (0..4_000u32)
        .flat_map(|at| *blake3::hash(&at.to_le_bytes()).as_bytes())
        .collect();
    let bytes = noise.clone();
    let full = store.write(move |writer| {
        writer.set_setting("a", &json!(2))?;
        writer.put_blob(&bytes)
    });
    assert!(matches!(full, Err(StoreError::Full)), "{full:?}");

    let ingest = store.ingest().expect("begun");
    let key = super::key("a/b:c");
    let version = ingest
        .put(&key, &noise, None)
        .expect("it waits for the writer");
    let entry = crate::SnapshotEntry {
        key,
        version,
        stamp: None,
    };
    let header = crate::SnapshotHeader {
        environment: super::environment("e"),
        at: slipway_domain::Millis(1),
        notes: json!(null),
    };
    let full = ingest.clone().finish(vec![entry.clone()], header.clone());
    assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
    limit(100_000);
    let half = ingest.finish(vec![entry], header);
    assert!(
        half.is_err(),
        "a capture that lost documents is not finished later: {half:?}"
    );

    let setting = store.read(|reader| {
        reader.verify()?;
        reader.setting("a")
    });
    assert_eq!(
        setting.expect("read"),
        Some(json!(1)),
        "what was there is there"
    );
    store
        .write(move |writer| writer.put_blob(&noise))
        .expect("with room it goes on");
}

#[test]
fn a_closure_may_hold_the_last_clone() {
    let (_folder, store) = workspace();
    let path = store.path().to_owned();
    let held = store.clone();
    let answer = store
        .writer()
        .begin(crate::connection::Durability::Process, move |_| {
            let _held = held;
            Ok(())
        });
    drop(store);
    // Whether it was written or the channel closed first: nothing hangs.
    let _ = answer.expect("queued").recv();
    Store::open(&path).expect("the file is whole");
}

#[test]
fn two_programs_see_each_others_commits() {
    let (_folder, one) = workspace();
    let two = Store::open(one.path()).expect("opened a second time");
    let before = two.data_version().expect("read");
    assert_eq!(
        two.data_version().expect("read"),
        before,
        "nothing was committed"
    );
    one.write(|writer| writer.set_setting("a", &json!(1)))
        .expect("written");
    let found = two.read(|reader| reader.setting("a"));
    assert_eq!(found.expect("read"), Some(json!(1)));
    let after = two.data_version().expect("read");
    assert_ne!(after, before, "the commit of the other shows");
    two.write(|writer| writer.set_setting("a", &json!(2)))
        .expect("written");
    assert_ne!(
        two.data_version().expect("read"),
        after,
        "one's own shows as well"
    );

    // Both add, a hundred times each: no addition is lost.
    let add = |store: &Store| {
        for _ in 0..100 {
            let added = store.write(|writer| {
                let sum = writer
                    .setting("sum")?
                    .and_then(|sum| sum.as_u64())
                    .unwrap_or(0);
                writer.set_setting("sum", &json!(sum + 1))
            });
            added.expect("written");
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| add(&one));
        scope.spawn(|| add(&two));
        scope.spawn(|| add(&one));
    });
    let sum = one.read(|reader| reader.setting("sum"));
    assert_eq!(sum.expect("read"), Some(json!(300)));
}
