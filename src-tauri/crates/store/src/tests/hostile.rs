//! Files that were made to do harm: what they hold is refused or bounded, whatever it claims to be.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use slipway_domain::{BlobHash, EffectDigest, Millis, ResourceKey, SnapshotId};
use tempfile::TempDir;

use super::{environment, key, release, workspace};
use crate::encoding::put_number;
use crate::guard::JSON_LIMIT_BYTES;
use crate::migrations::{APPLICATION_ID, MIGRATIONS};
use crate::{Access, OpenError, Reader, SnapshotEntry, SnapshotHeader, Store, StoreError};

/// A workspace that somebody edited with SQLite.
fn edited(edit: impl FnOnce(&Connection)) -> (TempDir, PathBuf) {
    let (folder, store) = workspace();
    let path = store.path().to_owned();
    drop(store);
    let connection = Connection::open(&path).expect("opens");
    edit(&connection);
    drop(connection);
    (folder, path)
}

#[test]
fn what_a_workspace_does_not_have_is_refused_before_it_runs() {
    const ENDLESS: &str = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)";
    let view_for_table = format!(
        "DROP TABLE setting; CREATE VIEW setting AS {ENDLESS} SELECT n AS name, n AS value FROM r"
    );
    let cases = [
        (
            "CREATE TRIGGER evil AFTER INSERT ON viewed BEGIN DELETE FROM lock; END",
            "holds the trigger `evil`",
        ),
        (&*view_for_table, "holds the view `setting`"),
        (
            "CREATE INDEX evil ON setting (abs(length(value)))",
            "holds the index `evil`",
        ),
        ("CREATE TABLE evil (a)", "holds the table `evil`"),
        (
            "DROP TRIGGER record_is_never_changed",
            "lacks the trigger `record_is_never_changed`",
        ),
        (
            "DROP TRIGGER record_is_never_changed; \
             CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record BEGIN SELECT 1; END",
            "has the trigger `record_is_never_changed` in another form",
        ),
        (
            "DROP TABLE viewed; CREATE TABLE viewed (release TEXT NOT NULL, resource TEXT NOT NULL, \
             fingerprint TEXT NOT NULL, more TEXT AS (hex(zeroblob(100000000))), \
             PRIMARY KEY (release, resource)) STRICT, WITHOUT ROWID",
            "has the table `viewed` in another form",
        ),
        (
            "CREATE TABLE \"\u{1b}[2Jevil\" (a)",
            "holds the table `\\u{1b}[2Jevil`",
        ),
    ];
    for (sql, part) in cases {
        let (folder, path) = edited(|connection| connection.execute_batch(sql).expect(sql));
        let before = fs::read(&path).expect("bytes");
        for access in [Access::Read, Access::Write] {
            match Store::open_for(&path, access) {
                Err(OpenError::Foreign { difference, .. }) => {
                    assert!(
                        difference.starts_with(part),
                        "{difference}: {part} expected"
                    );
                }
                other => panic!("{sql}: {other:?}"),
            }
        }
        assert_eq!(
            fs::read(&path).expect("bytes"),
            before,
            "{sql}: left as it was"
        );
        let files = fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(files, 1, "{sql}: nothing was put beside it");
    }
}

#[test]
fn an_older_file_is_compared_with_its_own_format_before_it_is_migrated() {
    let newer = [MIGRATIONS, &["CREATE TABLE more (a);"]].concat();
    let (folder, path) = edited(|connection| {
        connection
            .execute_batch("CREATE TABLE more (a); CREATE TABLE evil (a)")
            .expect("tables");
    });
    let refused = Store::open_with(&path, &newer, Access::Write);
    assert!(
        matches!(refused, Err(OpenError::Foreign { .. })),
        "{refused:?}"
    );
    let files = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(files, 1, "no copy was made of it");
    let (_folder, path) = edited(|_| {});
    drop(Store::open_with(&path, &newer, Access::Write).expect("an honest one is migrated"));
    Store::open_with(&path, &newer, Access::Write).expect("and is as its new format says");
}

#[test]
fn a_link_where_the_copy_before_a_migration_goes_is_not_followed() {
    let (folder, path) = edited(|_| {});
    let victim = folder.path().join("victim");
    fs::write(&victim, "mine").expect("a file");
    let copy = format!("w.slipway.format-{}", MIGRATIONS.len());
    for name in [copy.as_str(), "w.slipway.partial"] {
        std::os::unix::fs::symlink(&victim, folder.path().join(name)).expect("a link");
    }
    let newer = [MIGRATIONS, &["CREATE TABLE more (a);"]].concat();
    Store::open_with(&path, &newer, Access::Write).expect("migrated");
    assert_eq!(fs::read(&victim).expect("the file"), b"mine");
}

#[test]
fn links_where_sqlite_keeps_its_journals_are_not_followed() {
    for beside in ["-wal", "-shm", "-journal"] {
        let (folder, path) = edited(|_| {});
        let victim = folder.path().join("victim");
        fs::write(&victim, "mine").expect("a file");
        let link = folder.path().join(format!("w.slipway{beside}"));
        std::os::unix::fs::symlink(&victim, &link).expect("a link");
        for access in [Access::Read, Access::Write] {
            // Whether it opens is SQLite's affair.
            if let Ok(store) = Store::open_for(&path, access) {
                let _ = store.write(|writer| writer.set_setting("a", &1.into()));
            }
        }
        assert_eq!(fs::read(&victim).expect("the file"), b"mine", "{beside}");
    }
}

/// A small file in which the pages of one table lead to each other in such a way that a walk over it would take years.
fn maze(folder: &Path) -> PathBuf {
    const PAGE: usize = 512;
    const LEVELS: usize = 12;
    let path = folder.join("maze.slipway");
    let connection = Connection::open(&path).expect("a new file");
    connection
        .pragma_update(None, "page_size", PAGE)
        .and_then(|()| connection.execute_batch(&MIGRATIONS.concat()))
        .and_then(|()| connection.pragma_update(None, "user_version", MIGRATIONS.len()))
        .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
        .expect("an empty workspace");
    for at in 0..2_000 {
        let resource = format!("object/pages:{at:06}");
        connection
            .execute("INSERT INTO draft_exclusion VALUES ('r', ?1)", [resource])
            .expect("a row");
    }
    let root: usize = connection
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'draft_exclusion'",
            [],
            |row| row.get(0),
        )
        .expect("a table");
    drop(connection);
    let mut bytes = fs::read(&path).expect("bytes");
    let number = |bytes: &[u8], at: usize| {
        u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
    };
    let at = |page: usize| (page - 1) * PAGE;
    // Section 1.6 of SQLite's file format: an interior page of an index.
    let children = |bytes: &[u8], page: usize| -> Vec<usize> {
        let start = at(page);
        assert_eq!(bytes[start], 2, "an interior page");
        let cells = usize::from(u16::from_be_bytes([bytes[start + 3], bytes[start + 4]]));
        let cell = |index: usize| {
            let pointer = start + 12 + 2 * index;
            start + usize::from(u16::from_be_bytes([bytes[pointer], bytes[pointer + 1]]))
        };
        (0..cells).map(cell).chain([start + 8]).collect()
    };
    let mut interior = root;
    let mut below = number(&bytes, children(&bytes, interior)[0]);
    while bytes[at(below)] == 2 {
        interior = below;
        below = number(&bytes, children(&bytes, interior)[0]);
    }
    // A chain of copies of one interior page, on the places of leaves; each leads to the next from all of its cells.
    let copy = bytes[at(interior)..at(interior) + PAGE].to_vec();
    let leaves = (2..=bytes.len() / PAGE).filter(|page| bytes[at(*page)] == 10 && *page != below);
    let chain: Vec<usize> = [root].into_iter().chain(leaves.take(LEVELS)).collect();
    for (step, page) in chain.iter().enumerate() {
        bytes[at(*page)..at(*page) + PAGE].copy_from_slice(&copy);
        let next = chain.get(step + 1).copied().unwrap_or(below);
        let next = u32::try_from(next).expect("a small file").to_be_bytes();
        for child in children(&bytes, *page) {
            bytes[child..child + 4].copy_from_slice(&next);
        }
    }
    fs::write(&path, &bytes).expect("written");
    path
}

#[test]
fn pages_that_lead_back_do_not_make_a_read_endless() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = maze(folder.path());
    let store = Store::open(&path).expect("nothing of it is read yet");
    damaged(store.look_through(), "a page that is used twice");
    let read = store.read(|reader| reader.excluded(&release("r")));
    let error = read.expect_err("there are more rows than such a file has room for");
    assert!(error.to_string().contains("more steps"), "{error}");
    store
        .read(|reader| reader.setting("a"))
        .expect("the connections still serve");
    let verified = store.read(crate::Reader::verify);
    assert!(
        matches!(verified, Err(StoreError::Damaged { .. })),
        "{verified:?}"
    );
}

#[test]
fn an_honest_file_is_opened_for_reading_and_left_as_it_is() {
    let (folder, path) = edited(|_| {});
    let before = fs::read(&path).expect("bytes");
    let store = Store::open_for(&path, Access::Read).expect("opens");
    store.look_through().expect("it is whole");
    let written = store.write(|writer| writer.set_setting("a", &1.into()));
    assert!(matches!(written, Err(StoreError::ReadOnly)), "{written:?}");
    let durable = store.write_durable(|writer| writer.put_blob(b"a"));
    assert!(matches!(durable, Err(StoreError::ReadOnly)), "{durable:?}");
    let ingest = store.ingest();
    assert!(matches!(ingest, Err(StoreError::ReadOnly)), "{ingest:?}");
    assert_eq!(
        store.read(|reader| reader.setting("a")).expect("read"),
        None
    );
    drop(store);
    assert_eq!(
        fs::read(&path).expect("bytes"),
        before,
        "not a byte is other"
    );
    let files = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(files, 1, "nothing is left beside it");

    let store = Store::open_for(&path, Access::Read).expect("opens");
    store.allow_writes().expect("it can be written");
    store
        .write(|writer| writer.set_setting("a", &1.into()))
        .expect("written");
}

#[test]
fn a_workspace_is_its_owners_alone() {
    let (_folder, store) = workspace();
    let mode = fs::metadata(store.path()).expect("a file").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

/// A workspace with one capture of one resource, and the numbers of its snapshot and page.
fn captured() -> (TempDir, Store, SnapshotId) {
    let (folder, store) = workspace();
    let ingest = store.ingest().expect("begins");
    let key = key("object/pages:a");
    let version = ingest.put(&key, b"a", None).expect("stored");
    let entry = SnapshotEntry {
        key,
        version,
        stamp: Some(b"stamp".as_slice().into()),
    };
    let header = SnapshotHeader {
        environment: environment("e"),
        at: Millis(1),
        notes: serde_json::Value::Null,
    };
    let row = ingest.finish(vec![entry], header).expect("captured");
    (folder, store, row.snapshot)
}

fn damaged<T: std::fmt::Debug>(result: Result<T, StoreError>, what: &str) {
    match result {
        Err(StoreError::Damaged { .. }) => {}
        other => panic!("{what} should be refused: {other:?}"),
    }
}

/// Changes a workspace behind the back of an open store.
fn behind(store: &Store, sql: &str, parameters: impl rusqlite::Params) {
    let connection = Connection::open(store.path()).expect("opens");
    let changed = connection.execute(sql, parameters).expect(sql);
    assert!(changed > 0, "{sql} changes something");
}

#[test]
fn a_few_bytes_do_not_decode_to_more_than_they_may() {
    let (_folder, store, _) = captured();
    let stamps = || store.read(|reader| reader.stamps(&environment("e")));
    stamps().expect("as they were written");
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("an encoder");
    let mut hasher = blake3::Hasher::new();
    // One entry without a stamp, and 256 MiB more of them.
    let zeros = vec![0; 1 << 20];
    for _ in 0..256 {
        encoder.write_all(&zeros).expect("compressed");
        hasher.update(&zeros);
    }
    let body = encoder.finish().expect("compressed");
    assert!(body.len() < 100_000, "a small row: {} bytes", body.len());
    let digest = *hasher.finalize().as_bytes();
    behind(
        &store,
        "UPDATE stamps SET body = ?1, digest = ?2",
        params![body, digest],
    );
    damaged(stamps(), "a body with more than the capture's entries");

    let long = [&[0xff, 0xff, 0xff, 0xff, 0x0f][..], &[7; 2_000]].concat();
    let body = zstd::bulk::compress(&long, 1).expect("compressed");
    let digest = *blake3::hash(&long).as_bytes();
    behind(
        &store,
        "UPDATE stamps SET body = ?1, digest = ?2",
        params![body, digest],
    );
    damaged(stamps(), "a stamp of 4 GiB");

    let hash = BlobHash::of(b"a");
    let frame = {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("an encoder");
        std::io::copy(&mut std::io::repeat(0).take(256 << 20), &mut encoder).expect("compressed");
        encoder.finish().expect("compressed")
    };
    for size in [1_i64, 1 << 20, 256 << 20, i64::MAX] {
        behind(
            &store,
            "UPDATE pack SET codec = 1, size = ?1, body = ?2",
            params![size, frame],
        );
        let fresh = Store::open(store.path()).expect("opens");
        damaged(
            fresh.read(|reader| reader.blob(&hash)),
            &format!("a frame of 256 MiB that is said to have {size} bytes"),
        );
    }
}

#[test]
fn a_resource_that_a_place_lists_twice_is_an_error_and_no_crash() {
    let (_folder, store) = workspace();
    let ingest = store.ingest().expect("begins");
    let key = key("object/pages:a");
    let version = ingest.put(&key, b"a", None).expect("stored");
    let entry = SnapshotEntry {
        key,
        version,
        stamp: None,
    };
    let header = SnapshotHeader {
        environment: environment("e"),
        at: Millis(1),
        notes: serde_json::Value::Null,
    };
    let finished = ingest.finish(vec![entry.clone(), entry], header);
    assert!(
        matches!(finished, Err(StoreError::Twice { .. })),
        "{finished:?}"
    );
}

#[test]
fn short_lists_do_not_stand_for_long_ones() {
    let (_folder, store, snapshot) = captured();
    let seen = || {
        let mut count = 0;
        let read = store.read(|reader| {
            reader.entries(&snapshot, &mut |_, _| {
                count += 1;
                std::ops::ControlFlow::Continue(())
            })
        });
        read.map(|()| count)
    };
    assert_eq!(seen().expect("as it was written"), 1);
    store.read(Reader::verify).expect("as it was written");
    for size in [i64::MAX, 0, -1] {
        behind(&store, "UPDATE snapshot SET resources = ?1", [size]);
        damaged(
            store.read(Reader::verify),
            &format!("a snapshot that is said to have {size} resources"),
        );
    }
    behind(&store, "UPDATE snapshot SET resources = ?1", [1]);
    // One page, a thousand times.
    let mut list = Vec::new();
    put_number(&mut list, 1_000);
    for at in 0..1_000 {
        put_number(&mut list, 1);
        put_number(&mut list, 0);
        let first = format!("object/pages:{at:04}");
        put_number(&mut list, first.len() as u64);
        list.extend_from_slice(first.as_bytes());
    }
    let hashed = |list: &[u8]| [list, blake3::hash(list).as_bytes()].concat();
    behind(&store, "UPDATE snapshot SET pages = ?1", [hashed(&list)]);
    damaged(seen(), "a page that a snapshot holds a thousand times");
    for count in [2, u64::from(u32::MAX), u64::MAX] {
        let mut list = Vec::new();
        put_number(&mut list, count);
        list.extend_from_slice(b"\x01\x00\x0eobject/pages:a");
        behind(&store, "UPDATE snapshot SET pages = ?1", [hashed(&list)]);
        damaged(seen(), &format!("a list of one page that says {count}"));
    }

    // A long key, of which each further one of three bytes is a variation.
    let mut body = Vec::new();
    put_number(&mut body, 10_000);
    let long = format!("object/pages:{}", "a".repeat(ResourceKey::LIMIT_BYTES));
    for at in 0..10_000_u64 {
        let (shared, rest) = match at {
            0 => (0, long.as_bytes()),
            _ => (long.len() as u64, &[][..]),
        };
        put_number(&mut body, shared);
        put_number(&mut body, rest.len() as u64);
        body.extend_from_slice(rest);
        body.push(0);
    }
    let effect = EffectDigest::of(b"hostile");
    behind(
        &store,
        "INSERT INTO change_set VALUES (?1, 10000, ?2)",
        params![effect.0, body],
    );
    damaged(
        store.read(|reader| reader.change_set(&effect)),
        "changes that change nothing",
    );
}

#[test]
fn a_text_that_is_too_long_is_not_read_as_json() {
    let (_folder, store) = workspace();
    behind(
        &store,
        "INSERT INTO setting VALUES ('a', '\"' || hex(zeroblob(?1)) || '\"')",
        [JSON_LIMIT_BYTES / 2],
    );
    damaged(
        store.read(|reader| reader.setting("a")),
        "a setting beyond the limit",
    );
}
