//! Creating, opening, migrating and refusing files.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use slipway_domain::BlobHash;

use super::{chain, drafted, person, workspace};
use crate::migrations::{APPLICATION_ID, MIGRATIONS, copy_path};
use crate::{Access, OpenError, Store, StoreError};

/// Makes a file as the first format had it, with something in it. Fixed: what was released is not edited.
fn create_format_1(path: &Path) {
    let connection = Connection::open(path).expect("a new file");
    let filled = connection
        .execute_batch(MIGRATIONS[0])
        .and_then(|()| connection.pragma_update(None, "user_version", 1))
        .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
        .and_then(|()| {
            connection.execute_batch(
                "INSERT INTO setting VALUES ('theme', '\"dark\"');
                 INSERT INTO pack (codec, size, body) VALUES (0, 5, CAST('hello' AS BLOB));",
            )
        })
        .and_then(|()| {
            let hash = BlobHash::of(b"hello").0;
            connection.execute("INSERT INTO blob VALUES (?1, 1, 0, 5)", [hash])
        });
    filled.expect("a file in format 1");
}

fn assert_has_content_of_format_1(store: &Store) {
    store
        .read(|reader| {
            assert_eq!(reader.setting("theme")?, Some("dark".into()));
            let hello = reader.blob(&BlobHash::of(b"hello"))?;
            assert_eq!(hello.as_deref(), Some(b"hello".as_slice()));
            reader.verify()
        })
        .expect("what was there is there");
}

#[test]
fn every_older_format_opens() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("w.slipway");
    create_format_1(&path);
    assert_has_content_of_format_1(&Store::open(&path).expect("opens"));
    assert_has_content_of_format_1(&Store::open(&path).expect("opens again"));
}

#[test]
fn a_migration_copies_first_and_is_all_or_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("w.slipway");
    create_format_1(&path);

    let half = "CREATE TABLE other (a); INSERT INTO nowhere VALUES (1);";
    let failed = Store::open_with(
        &path,
        &[MIGRATIONS[0], "CREATE TABLE more (a);", half],
        Access::Write,
    );
    assert!(
        matches!(failed, Err(OpenError::Migration { from: 1, to: 3, .. })),
        "a migration that fails is told: {failed:?}"
    );
    let first = |path: &Path| Store::open_with(path, &MIGRATIONS[..1], Access::Write);
    assert_has_content_of_format_1(&first(&path).expect("it is still in format 1"));

    let good = "CREATE TABLE more (a); UPDATE setting SET value = '\"light\"';";
    let store = Store::open_with(&path, &[MIGRATIONS[0], good], Access::Write).expect("migrated");
    let theme = store.read(|reader| reader.setting("theme"));
    assert_eq!(theme.expect("read"), Some("light".into()));
    drop(store);
    assert_has_content_of_format_1(&first(&copy_path(&path, 1)).expect("the copy opens"));
    assert!(
        matches!(
            first(&path),
            Err(OpenError::Newer {
                found: 2,
                known: 1,
                ..
            })
        ),
        "a program that knows less refuses it"
    );
}

#[test]
fn a_newer_file_is_not_touched() {
    let (folder, store) = workspace();
    let path = store.path().to_owned();
    drop(store);
    let connection = Connection::open(&path).expect("opens");
    connection
        .pragma_update(None, "user_version", 999)
        .expect("set");
    drop(connection);
    let before = fs::read(&path).expect("bytes");
    let refused = Store::open(&path);
    let known = u32::try_from(MIGRATIONS.len()).expect("few");
    assert!(
        matches!(&refused, Err(OpenError::Newer { found: 999, known: k, .. }) if *k == known),
        "{refused:?}"
    );
    assert_eq!(
        fs::read(&path).expect("bytes"),
        before,
        "not a byte is another"
    );
    let files = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(files, 1, "nothing was put beside it");
}

#[test]
fn what_is_no_workspace_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("w.slipway");
    assert!(matches!(
        Store::open(&path),
        Err(OpenError::NotFound { .. })
    ));
    assert!(!path.exists(), "opening makes no file");
    assert!(matches!(
        Store::open(folder.path()),
        Err(OpenError::Io { .. })
    ));

    let other = folder.path().join("other.db");
    let connection = Connection::open(&other).expect("a database of somebody else");
    connection
        .execute_batch("CREATE TABLE theirs (a)")
        .expect("filled");
    drop(connection);
    let header = fs::read(&other).expect("bytes");
    for bytes in [b"".as_slice(), b"hello", &[0; 4096], &header] {
        fs::write(&path, bytes).expect("written");
        let refused = Store::open(&path);
        assert!(
            matches!(refused, Err(OpenError::NotAWorkspace { .. })),
            "{refused:?}"
        );
        assert_eq!(
            fs::read(&path).expect("bytes"),
            bytes,
            "it is left as it was"
        );
        let refused = Store::create(&path);
        assert!(
            matches!(refused, Err(OpenError::Exists { .. })),
            "{refused:?}"
        );
        assert_eq!(
            fs::read(&path).expect("bytes"),
            bytes,
            "it is left as it was"
        );
    }
}

#[test]
fn damage_is_told_and_named() {
    let (_folder, store) = workspace();
    let path = store.path().to_owned();
    let records = chain(
        &person("Ada"),
        (0..200).map(|at| drafted(&at.to_string(), "staging")),
    );
    // Beginnings that are kept as they are, so that the test can find them in the file.
    let documents: Vec<Vec<u8>> = (0..20u8)
        .map(|at| [b"GIF8", [at; 9_000].as_slice()].concat())
        .collect();
    let hashes: Vec<BlobHash> = documents.iter().map(|bytes| BlobHash::of(bytes)).collect();
    store
        .write(move |writer| {
            for document in &documents {
                writer.put_blob(document)?;
            }
            writer.append(&records)
        })
        .expect("written");
    drop(store);
    let whole = fs::read(&path).expect("bytes");

    let mut bytes = whole.clone();
    // Every place: a leaf that was split may still show what it held.
    let places: Vec<usize> = (0..whole.len() - 5)
        .filter(|at| whole[*at..].starts_with(b"GIF8\x07"))
        .collect();
    assert!(!places.is_empty(), "the document is in the file");
    for at in places {
        bytes[at + 200] ^= 1;
    }
    fs::write(&path, &bytes).expect("written");
    let store = Store::open(&path).expect("one document does not keep the rest from opening");
    let found = store.read(|reader| Ok(reader.blob(&hashes[7])?.is_some()));
    let error = found.expect_err("its bytes are others").to_string();
    assert!(
        error.contains(&hashes[7].to_string()),
        "the blob is named: {error}"
    );
    store
        .read(|reader| reader.blob(&hashes[8]))
        .expect("others are whole");
    let checked = store.read(crate::Reader::verify);
    assert!(
        matches!(checked, Err(StoreError::Damaged { .. })),
        "{checked:?}"
    );
    drop(store);

    // All but the header.
    let mut bytes = whole.clone();
    bytes[100..].fill(0x5a);
    fs::write(&path, &bytes).expect("written");
    let opened = Store::open(&path);
    assert!(
        matches!(
            &opened,
            Err(OpenError::Store {
                source: StoreError::Damaged { .. },
                ..
            })
        ),
        "a damaged file is told at once: {opened:?}"
    );

    // Half of the file is gone, as after a copy that was cut off.
    fs::write(&path, &whole[..whole.len() / 2]).expect("written");
    let verified = Store::open(&path)
        .map_err(|error| error.to_string())
        .and_then(|store| {
            store
                .read(crate::Reader::verify)
                .map_err(|error| error.to_string())
        });
    let error = verified.expect_err("half a file is no workspace");
    assert!(error.contains("damaged"), "{error}");
}
