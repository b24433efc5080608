//! A program that is killed while it writes leaves a whole file with everything that it had been told was kept.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use slipway_domain::{DeviceKey, Millis, Record, State, verify_chain};

use super::{drafted, environment, key, person, workspace};
use crate::{Reader, SnapshotEntry, SnapshotHeader, Store};

/// Names the file for the program that is to be killed.
const VICTIM: &str = "SLIPWAY_STORE_TEST_VICTIM";

/// Not a test of its own: what the killed program does. Says on standard output after each commit what is kept.
#[test]
fn victim() {
    let Some(path) = std::env::var_os(VICTIM) else {
        return;
    };
    let store = Store::open(Path::new(&path)).expect("opens");
    let (mut state, mut position) = store.read(Reader::load_state).expect("read");
    let author = person("Ada");
    loop {
        capture(&store, position);
        let fact = drafted(&position.to_string(), "staging");
        let key = DeviceKey::of_seed(&[1; 32]);
        let new_id = || position.to_string();
        let (records, touched) = state.record(&author, &key, Millis(position), vec![fact], new_id);
        position += records.len() as i64;
        let now = state.clone();
        let written = store.write_durable(move |writer| {
            writer.append(&records)?;
            let (releases, deployments) = (&touched.releases, &touched.deployments);
            writer.store_projections(&now, &touched.environments, releases, deployments, position)
        });
        written.expect("written");
        println!("kept {position}");
    }
}

fn capture(store: &Store, round: i64) {
    let ingest = store.ingest().expect("begun");
    let entries = (0..300).map(|at| {
        let key = key(&format!("a/b:{at}"));
        let bytes = format!("{at} {}", round * i64::from(at % 7)).repeat(50);
        let version = ingest.put(&key, bytes.as_bytes(), None).expect("taken");
        SnapshotEntry {
            key,
            version,
            stamp: Some(bytes.into_bytes().into()),
        }
    });
    let entries = entries.collect();
    let header = SnapshotHeader {
        environment: environment("staging"),
        at: Millis(round),
        notes: serde_json::Value::Null,
    };
    ingest.finish(entries, header).expect("finished");
}

#[test]
fn nothing_that_was_kept_is_lost() {
    let (_folder, store) = workspace();
    let path = store.path().to_owned();
    drop(store);
    let program = std::env::current_exe().expect("this program");
    for rounds in [1, 2, 5, 9, 3] {
        let mut child = Command::new(&program)
            .args(["--exact", "tests::kill::victim", "--nocapture"])
            .env(VICTIM, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let output = child.stdout.take().expect("its output");
        let kept: i64 = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.rsplit_once("kept ")?.1.parse().ok())
            .nth(rounds)
            .expect("it keeps on writing");
        child.kill().expect("killed");
        child.wait().expect("ended");

        let store = Store::open(&path).expect("opens after the kill");
        store
            .read(|reader| {
                reader.verify()?;
                let found = reader.records(0, u64::from(u32::MAX))?;
                let records: Vec<Record> = found.into_iter().map(|(_, record)| record).collect();
                let count = verify_chain(&records).expect("the chain holds");
                assert!(
                    count as i64 >= kept,
                    "{kept} records were kept, {count} are there"
                );
                let expected = (State::of(&records), count as i64);
                assert_eq!(
                    reader.load_state()?,
                    expected,
                    "projections go with their records"
                );
                let captured = reader.latest_capture(&environment("staging"))?;
                let captured = captured.expect("captured").snapshot;
                let stamps = reader.stamps(&environment("staging"))?;
                for (key, version) in reader.entries_page(&captured, None, 1_000)? {
                    let bytes = reader.blob(&version.blob)?;
                    let stamp = stamps.get(&key).map(|(stamp, _)| stamp.as_ref());
                    assert_eq!(bytes.as_deref(), stamp, "stamps go with their snapshot");
                }
                assert_eq!(stamps.still(300), Some(captured), "each has one");
                Ok(())
            })
            .expect("read");
    }
}
