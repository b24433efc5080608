//! Creating, opening, migrating and refusing files.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;
use slipway_domain::{BlobHash, DeploymentId, Record, RecordId, State, verify_chain};

use super::{cancelled, drafted, environment, key, person, release, told, workspace};
use crate::migrations::{APPLICATION_ID, MIGRATIONS, copy_path};
use crate::{Access, OpenError, PulledIn, Store, StoreError};

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
            Ok(())
        })
        .expect("what was there is there");
}

#[test]
fn every_older_format_opens() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("w.slipway");
    create_format_1(&path);
    assert_has_content_of_format_1(&Store::open(&path).expect("opens"));
    let again = Store::open(&path).expect("opens again");
    assert_has_content_of_format_1(&again);
    again.read(crate::Reader::verify).expect("it is whole");
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
    let said = failed.expect_err("it fails").to_string();
    assert!(
        said.contains("step 3") && said.contains("nowhere"),
        "{said}"
    );
    assert!(
        !said.contains("INSERT"),
        "the step is named, not what it says: {said}"
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
fn what_was_kept_as_settings_moves_to_its_own_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("w.slipway");
    create_format_1(&path);
    let connection = Connection::open(&path).expect("a file of format 1");
    let kept = connection.execute_batch(
        r#"INSERT INTO plan (deployment, body) VALUES ('d1', '{}'), ('d2', '{}'), ('d3', '{}');
           INSERT INTO setting VALUES
               ('cancel:d1', 'true'), ('cancel:d2', 'null'), ('phases:d2', '[["verify",5]]'),
               ('promotes-to:staging', '["e1","e2"]'), ('promotes-to:live', 'no JSON'),
               ('pulled-in:r1', '[{"resource":"a/b:c","needed_by":"a/b:d","path":"x[0]"},{"resource":1},"text",{"resource":"no key","needed_by":"a/b:d","path":""}]');"#,
    );
    kept.expect("what an older program kept");
    drop(connection);

    let store = Store::open(&path).expect("migrated");
    let id = |text: &str| DeploymentId(text.to_owned());
    store
        .read(|reader| {
            let wished = ["d1", "d2", "d3"].map(|one| reader.is_cancel_wished(&id(one)));
            assert_eq!(wished.map(|one| one.expect("read")), [true, false, false]);
            assert_eq!(reader.phases(&id("d1"))?, None);
            assert_eq!(reader.phases(&id("d2"))?, Some(json!([["verify", 5]])));
            let waiting = [environment("e1"), environment("e2")];
            assert_eq!(reader.awaiting(" Staging")?, waiting);
            assert_eq!(reader.awaiting("live")?, []);
            let pulled_in = PulledIn {
                resource: key("a/b:c"),
                needed_by: key("a/b:d"),
                path: "x[0]".to_owned(),
            };
            assert_eq!(reader.pulled_in(&release("r1"))?, [pulled_in]);
            for gone in [
                "cancel:d1",
                "phases:d2",
                "promotes-to:staging",
                "pulled-in:r1",
            ] {
                assert_eq!(reader.setting(gone)?, None, "{gone}");
            }
            Ok(())
        })
        .expect("read");
}

#[test]
fn unsigned_records_stay_what_they_are_whatever_is_in_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("w.slipway");
    create_format_1(&path);
    let connection = Connection::open(&path).expect("a file of format 1");
    // Names with all that JSON writes otherwise, and a fact with a field that no program knows any more.
    let name = "Ada \"A\" \\ Łovelace / 雪 \u{8}\u{c}\t\u{1f}\u{7f} 'x'";
    let mut prev: Option<RecordId> = None;
    let mut expected = Vec::new();
    for seq in 1..=3_u64 {
        let fact = format!(
            r#"{{"kind":"release_cancelled","release":"r{seq}","reason":"a \"b\" é","gone":[1, 2.50]}}"#
        );
        let author =
            serde_json::to_string(&serde_json::json!({ "name": name, "email": "ada@example.com" }));
        let link = prev.map_or("null".to_owned(), |id| format!("\"{id}\""));
        let bytes = format!(
            r#"{{"author":{},"seq":{seq},"prev":{link},"at":-{seq},"fact":{fact}}}"#,
            author.expect("JSON")
        );
        let id = RecordId::of(bytes.as_bytes());
        connection
            .execute(
                "INSERT INTO record (id, author_name, author_email, seq, prev, at, kind, release, body, signature) \
                 VALUES (?1, ?2, 'ada@example.com', ?3, ?4, -?3, 'release_cancelled', 'r' || ?3, ?5, x'')",
                rusqlite::params![id.0, name, seq, prev.map(|id| id.0), fact],
            )
            .expect("a record");
        prev = Some(id);
        expected.push(bytes);
    }
    drop(connection);

    let store = Store::open(&path).expect("migrated");
    let found = store.read(|reader| reader.records(0, 10)).expect("read");
    let records: Vec<Record> = found.into_iter().map(|(_, record)| record).collect();
    let bytes: Vec<_> = records
        .iter()
        .map(|record| String::from_utf8_lossy(record.bytes()))
        .collect();
    assert_eq!(bytes, expected, "to the byte");
    assert_eq!(verify_chain(&records), Ok(3));
    store
        .read(crate::Reader::verify)
        .expect("all of it is whole");
    let state = State::of(&records);
    let signed = told(&mut state.clone(), &person("Ada"), [cancelled("r1")]);
    let (count, all) = (signed.len(), [records, signed.clone()].concat());
    store
        .write(move |writer| writer.append(&signed))
        .expect("appended");
    assert_eq!(verify_chain(&all), Ok(3 + count as u64));
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
    let records = told(
        &mut State::default(),
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
