//! Captures, snapshots, lookups and comparisons.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::json;
use slipway_domain::{BlobHash, Change, ContentDigest, Millis, ResourceKey, SnapshotId, Version};

use super::{environment, key, workspace};
use crate::{CaptureRow, Ingest, SnapshotEntry, SnapshotHeader, Store, StoreError};

/// What an environment holds: name → content; contents of one parity are formattings of one meaning.
type Content = BTreeMap<u16, u8>;

fn name(number: u16) -> ResourceKey {
    key(&format!("objects/product:{number:05}"))
}

fn capture(store: &Store, place: &str, content: impl IntoIterator<Item = (u16, u8)>) -> CaptureRow {
    let ingest = store.ingest().expect("begun");
    let entries = taken(&ingest, content);
    ingest.finish(entries, header(place)).expect("finished")
}

/// Looks at some resources only.
fn look(
    store: &Store,
    base: CaptureRow,
    keys: impl IntoIterator<Item = u16>,
    content: impl IntoIterator<Item = (u16, u8)>,
) -> Option<CaptureRow> {
    let ingest = store.ingest().expect("begun");
    let (entries, header) = (taken(&ingest, content), header(base.environment.as_str()));
    let looked = ingest.finish_onto(base, keys.into_iter().map(name), entries, header);
    looked.expect("finished")
}

fn header(place: &str) -> SnapshotHeader {
    SnapshotHeader {
        environment: environment(place),
        at: Millis(1),
        notes: json!({"unreadable": []}),
    }
}

fn taken(ingest: &Ingest, content: impl IntoIterator<Item = (u16, u8)>) -> Vec<SnapshotEntry> {
    let entries = content.into_iter().map(|(number, content)| {
        let meaning = ContentDigest::of(format!("{number} {}", content / 2).as_bytes());
        let bytes = format!("{number} {content}");
        let digest = (number % 3 != 0).then_some(meaning);
        let version = ingest
            .put(&name(number), bytes.as_bytes(), digest)
            .expect("taken");
        SnapshotEntry {
            key: name(number),
            version,
            stamp: (number % 5 != 0).then(|| vec![content; usize::from(number % 4)].into()),
        }
    });
    entries.collect()
}

fn entries(store: &Store, snapshot: &SnapshotId) -> BTreeMap<ResourceKey, Version> {
    let mut found = Vec::new();
    let read = store.read(|reader| {
        reader.entries(snapshot, &mut |key, version| {
            found.push((key, version));
            ControlFlow::Continue(())
        })
    });
    read.expect("read");
    assert!(
        found.is_sorted_by(|a, b| a.0 < b.0),
        "entries come in key order"
    );
    found.into_iter().collect()
}

fn compared(
    before: &BTreeMap<ResourceKey, Version>,
    after: &BTreeMap<ResourceKey, Version>,
) -> Vec<Change> {
    let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter_map(|key| Change::between(key, before.get(key).copied(), after.get(key).copied()))
        .collect()
}

/// Mostly few resources, sometimes enough for a dozen pages.
fn content() -> impl Strategy<Value = Content> {
    let few = proptest::collection::btree_map(0..40u16, 0..6u8, 0..30);
    let many = proptest::collection::btree_map(0..4_000u16, 0..6u8, 0..1_500);
    prop_oneof![few, many]
}

/// A second content that resembles the first: some removed, some added, some other.
fn edited() -> impl Strategy<Value = (Content, Content)> {
    (content(), content(), 1..200u16).prop_map(|(first, edits, rarity)| {
        let mut second = first.clone();
        for (number, content) in edits {
            if number % rarity == 0 {
                second.insert(number, content);
            } else if number % rarity == 1 {
                second.remove(&number);
            }
        }
        (first, second)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comparing_and_looking_up_are_as_if_done_the_simple_way((first, second) in edited()) {
        let (_folder, store) = workspace();
        let one = capture(&store, "e", first.clone());
        let two = capture(&store, "e", second.clone());
        let (before, after) = (entries(&store, &one.snapshot), entries(&store, &two.snapshot));
        prop_assert_eq!(before.len(), first.len());
        prop_assert_eq!(after.len(), second.len());

        let expected = compared(&before, &after);
        let found = store.read(|reader| reader.compare(&one.snapshot, &two.snapshot)).expect("read");
        prop_assert_eq!(&found, &expected);
        let back = store.read(|reader| reader.compare(&two.snapshot, &one.snapshot)).expect("read");
        let reversed: Vec<Change> = expected.iter().map(Change::reversed).collect();
        prop_assert_eq!(back, reversed);
        let changed = two.created + two.modified + two.deleted;
        prop_assert_eq!(changed, expected.len() as u64, "the capture counts what the comparison finds");
        prop_assert_eq!(two.created + two.modified + two.unchanged, two.resources);

        let asked: Vec<ResourceKey> = (0..4_000).step_by(3).map(name).collect();
        let looked_up = store.read(|reader| reader.lookup(&two.snapshot, &asked)).expect("read");
        let mut simple = after.clone();
        simple.retain(|key, _| asked.contains(key));
        prop_assert_eq!(looked_up, simple);

        let mut paged = Vec::new();
        loop {
            let last = paged.last().map(|(key, _): &(ResourceKey, Version)| key.clone());
            let page = store.read(|reader| reader.entries_page(&two.snapshot, last.as_ref(), 100)).expect("read");
            if page.is_empty() { break; }
            paged.extend(page);
        }
        prop_assert_eq!(paged, after.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_look_at_what_changed_makes_the_snapshot_that_a_whole_capture_makes(
        (first, second) in edited(),
        more in proptest::collection::btree_set(0..4_000u16, 0..20),
    ) {
        let (_folder, store) = workspace();
        let base = capture(&store, "e", first.clone());
        let differs = |number: &u16| first.get(number) != second.get(number);
        let mut keys: BTreeSet<u16> = first.keys().chain(second.keys()).copied().filter(differs).collect();
        keys.extend(more);
        let content = second.clone().into_iter().filter(|(number, _)| keys.contains(number));
        let looked = look(&store, base.clone(), keys.iter().copied(), content).expect("a capture");

        let whole = capture(&store, "whole", second.clone());
        prop_assert_eq!(looked.snapshot, whole.snapshot);
        prop_assert_eq!((looked.resources, looked.bytes), (whole.resources, whole.bytes));
        prop_assert_eq!(looked.created + looked.modified + looked.unchanged, looked.resources);

        // What is not the latest any more is nothing to put a look onto.
        let late = look(&store, base.clone(), keys.iter().copied(), []);
        prop_assert_eq!(late.is_none(), base != looked);

        // The next whole capture still recognises by the stamps of the last one.
        let stamps = store.read(|reader| reader.stamps(&environment("e"))).expect("stamps");
        for number in first.keys().filter(|number| *number % 5 != 0) {
            prop_assert!(stamps.get(&name(*number)).is_some());
        }
    }

    #[test]
    fn equal_content_is_one_snapshot_whatever_its_order(first in content(), seed in any::<u64>()) {
        let (_folder, store) = workspace();
        let mut shuffled: Vec<(u16, u8)> = first.clone().into_iter().collect();
        shuffled.sort_by_key(|(number, _)| blake3::hash(&(u64::from(*number) ^ seed).to_le_bytes()).as_bytes()[0]);
        let one = capture(&store, "one", first.clone());
        let two = capture(&store, "two", shuffled);
        prop_assert_eq!(one.snapshot, two.snapshot);
        let (_folder, elsewhere) = workspace();
        let three = capture(&elsewhere, "three", first);
        prop_assert_eq!(one.snapshot, three.snapshot, "in another workspace as well");
        prop_assert_eq!(one.bytes, three.bytes);
    }
}

#[test]
fn captures_are_counted_against_the_one_before() {
    let (_folder, store) = workspace();
    let first = capture(&store, "e", [(1, 0), (2, 0), (4, 0)]);
    assert_eq!((first.resources, first.created, first.unchanged), (3, 3, 0));
    let second = capture(&store, "e", [(2, 2), (4, 1), (5, 0)]);
    let counts = (
        second.created,
        second.modified,
        second.deleted,
        second.unchanged,
    );
    assert_eq!(counts, (1, 1, 1, 1), "a formatting is no modification");
    let third = capture(&store, "e", [(2, 2), (4, 1), (5, 0)]);
    assert_eq!(
        third.snapshot, second.snapshot,
        "what is equal is stored once"
    );
    assert_eq!((third.unchanged, third.bytes), (3, 9));
    capture(&store, "other", []);
    store
        .read(|reader| {
            assert_eq!(reader.latest_capture(&environment("e"))?, Some(third));
            assert_eq!(reader.latest_capture(&environment("none"))?, None);
            let info = reader.snapshot_info(&second.snapshot)?.expect("stored");
            assert_eq!((info.resources, info.bytes), (3, 9));
            assert_eq!(reader.snapshot_info(&SnapshotId::of(b"none"))?, None);
            let unknown = reader.compare(&second.snapshot, &SnapshotId::of(b"none"));
            assert!(
                matches!(unknown, Err(StoreError::Missing { .. })),
                "{unknown:?}"
            );
            reader.verify()
        })
        .expect("read");
}

#[test]
fn captures_in_a_row_that_found_the_same_are_one_of_a_list() {
    let (_folder, store) = workspace();
    let a = capture(&store, "e", [(1, 0)]);
    capture(&store, "other", [(2, 0)]);
    capture(&store, "e", [(1, 0)]);
    let b = capture(&store, "e", [(1, 0), (2, 0)]);
    for _ in 0..3 {
        capture(&store, "e", [(1, 0)]);
    }
    let page = |limit, offset| {
        let read = store.read(|reader| reader.capture_runs(&environment("e"), limit, offset));
        let (runs, total) = read.expect("read");
        assert_eq!(total, 3, "in all, whatever the page");
        let told = runs.iter().map(|run| {
            let counts = (run.created, run.modified, run.deleted);
            (run.snapshot, run.times, run.resources, counts)
        });
        told.collect::<Vec<_>>()
    };
    let (latest, middle, first) = (
        (a.snapshot, 3, 1, (0, 0, 1)),
        (b.snapshot, 1, 2, (1, 0, 0)),
        (a.snapshot, 2, 1, (1, 0, 0)),
    );
    assert_eq!(page(10, 0), [latest, middle, first], "newest first");
    assert_eq!(page(1, 1), [middle]);
    assert_eq!(page(10, 3), []);
    let none = store.read(|reader| reader.capture_runs(&environment("none"), 10, 0));
    assert_eq!(none.expect("read"), (Vec::new(), 0));
}

#[test]
fn stamps_are_those_of_the_latest_capture() {
    let (_folder, store) = workspace();
    let none = store
        .read(|reader| reader.stamps(&environment("e")))
        .expect("read");
    assert_eq!(none.still(0), None, "nothing was captured yet");
    let all: Vec<(u16, u8)> = (0..1_000).map(|number| (number, 2)).collect();
    capture(&store, "e", all.clone());
    capture(&store, "other", [(1, 0)]);
    let fewer: Vec<(u16, u8)> = all
        .iter()
        .filter(|(number, _)| number % 7 != 0)
        .copied()
        .collect();
    let latest = capture(&store, "e", fewer.clone());
    capture(&store, "e", fewer.clone());
    let stamps = store
        .read(|reader| reader.stamps(&environment("e")))
        .expect("read");
    let versions = entries(&store, &latest.snapshot);
    let expected: BTreeMap<_, _> = fewer
        .into_iter()
        .filter(|(number, _)| number % 5 != 0)
        .map(|(number, content)| {
            let stamp = vec![content; usize::from(number % 4)].into();
            (name(number), (stamp, versions[&name(number)]))
        })
        .collect();
    let found = expected
        .keys()
        .filter_map(|key| Some((key.clone(), stamps.get(key)?.clone())));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
    let count = expected.len();
    assert_eq!(stamps.still(count), None, "not each resource has a stamp");
}

#[test]
fn a_capture_that_found_the_same_is_noted_without_its_entries() {
    let (_folder, store) = workspace();
    // These numbers have stamps, the fives none.
    let all: Vec<(u16, u8)> = (0..999).filter(|n| n % 5 != 0).map(|n| (n, 2)).collect();
    let count = all.len();
    let first = capture(&store, "e", all);
    let stamps = store
        .read(|reader| reader.stamps(&environment("e")))
        .expect("read");
    assert_eq!(stamps.still(count), Some(first.snapshot));
    assert_eq!(stamps.still(count - 1), None, "one is missing");
    let header = SnapshotHeader {
        environment: environment("e"),
        at: Millis(7),
        notes: serde_json::Value::Null,
    };
    let ingest = store.ingest().expect("a capture");
    let again = ingest.finish_as(first.snapshot, header).expect("a row");
    assert_eq!((again.snapshot, again.at), (first.snapshot, Millis(7)));
    assert_eq!(
        (again.resources, again.bytes),
        (first.resources, first.bytes)
    );
    assert_eq!((again.unchanged, again.created), (count as u64, 0));
    let latest = store.read(|reader| reader.latest_capture(&environment("e")));
    assert_eq!(latest.expect("read"), Some(again));
}

#[test]
fn a_small_change_writes_few_pages() {
    let (_folder, store) = workspace();
    let pages = || -> i64 {
        let count = store.read(|reader| {
            Ok(reader
                .connection
                .query_row("SELECT count(*) FROM page", [], |row| row.get(0))?)
        });
        count.expect("read")
    };
    let mut content: Content = (0..20_000).map(|number| (number, 0)).collect();
    capture(&store, "e", content.clone());
    let first = pages();
    assert!(
        (80..320).contains(&first),
        "a page has about 128 entries: {first} pages"
    );
    capture(&store, "e", content.clone());
    assert_eq!(pages(), first, "what is unchanged writes no page");
    content.insert(10_000, 9);
    content.remove(&15_000);
    content.insert(30_000, 0);
    capture(&store, "e", content);
    assert!(
        pages() - first <= 4,
        "three edits write {} pages",
        pages() - first
    );
}

#[test]
fn many_threads_put_each_document_once() {
    let (_folder, store) = workspace();
    let ingest = store.ingest().expect("begun");
    let document = |number: u32| format!("{number:>5000}").into_bytes();
    let taken: Vec<SnapshotEntry> = std::thread::scope(|scope| {
        let threads = [0u32, 1, 2, 3].map(|thread| {
            let ingest = ingest.clone();
            scope.spawn(move || {
                let put = |number| {
                    let key = key(&format!("a/b:{thread}-{number}"));
                    // Every document comes from two threads.
                    let bytes = document(number + 500 * (thread / 2));
                    let version = ingest.put(&key, &bytes, None).expect("taken");
                    SnapshotEntry {
                        key,
                        version,
                        stamp: None,
                    }
                };
                (0..500).map(put).collect::<Vec<_>>()
            })
        });
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let header = SnapshotHeader {
        environment: environment("e"),
        at: Millis(1),
        notes: serde_json::Value::Null,
    };
    let row = ingest.finish(taken, header).expect("finished");
    assert_eq!((row.resources, row.bytes), (2_000, 2_000 * 5_000));
    store
        .read(|reader| {
            for number in 0..1_000 {
                let bytes = reader.blob(&BlobHash::of(&document(number)))?;
                assert_eq!(bytes, Some(document(number)));
            }
            let count: u32 =
                reader
                    .connection
                    .query_row("SELECT count(*) FROM blob", [], |row| row.get(0))?;
            assert_eq!(count, 1_000, "a document is stored once");
            let size: u32 =
                reader
                    .connection
                    .query_row("SELECT sum(size) FROM pack", [], |row| row.get(0))?;
            assert_eq!(size, 1_000 * 5_000, "and packed once");
            reader.verify()
        })
        .expect("read");
}

#[test]
fn an_abandoned_capture_leaves_the_latest_one() {
    let (_folder, store) = workspace();
    let row = capture(&store, "e", [(1, 0)]);
    let ingest = store.ingest().expect("begun");
    ingest
        .put(&name(2), b"never referred to", None)
        .expect("taken");
    drop(ingest);
    let latest = store.read(|reader| reader.latest_capture(&environment("e")));
    assert_eq!(latest.expect("read"), Some(row));
    store.read(crate::Reader::verify).expect("all is whole");
}

#[test]
fn an_entry_whose_document_is_not_stored_is_refused() {
    let (_folder, store) = workspace();
    let ingest = store.ingest().expect("begun");
    let entry = SnapshotEntry {
        key: name(1),
        version: Version::of_bytes(b"not stored"),
        stamp: None,
    };
    let header = SnapshotHeader {
        environment: environment("e"),
        at: Millis(1),
        notes: serde_json::Value::Null,
    };
    let refused = ingest.finish(vec![entry], header);
    assert!(
        matches!(refused, Err(StoreError::Missing { .. })),
        "{refused:?}"
    );
}
