//! Tests of the tables through the public handles, on temporary files.

mod file;
mod hostile;
mod kill;
mod memory;
mod snapshots;
mod tables;
mod threads;

use slipway_domain::{
    Candidates, DeviceKey, EffectDigest, EnvironmentId, Fact, Millis, Person, Record, ReleaseId,
    ReleaseKind, ResourceKey, SnapshotId, State,
};
use tempfile::TempDir;

use crate::Store;

/// A new workspace in a folder that goes with it.
fn workspace() -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::create(&folder.path().join("w.slipway")).expect("a new workspace");
    (folder, store)
}

fn key(text: &str) -> ResourceKey {
    text.parse().expect("a valid key")
}

fn environment(id: &str) -> EnvironmentId {
    EnvironmentId(id.to_owned())
}

fn release(id: &str) -> ReleaseId {
    ReleaseId(id.to_owned())
}

fn person(name: &str) -> Person {
    format!("{name} <{}@example.com>", name.to_lowercase())
        .parse()
        .expect("a valid person")
}

fn drafted(id: &str, target: &str) -> Fact {
    Fact::ReleaseDrafted {
        release: release(id),
        tag: format!("tag-{id}"),
        notes: "100 % “new”".to_owned(),
        release_kind: ReleaseKind::Hybrid,
        source: environment("source"),
        target: environment(target),
        candidates: Candidates {
            changes: EffectDigest::of(b"changes"),
            source: SnapshotId::of(b"source"),
            target: SnapshotId::of(b"target"),
            at: Millis(1),
        },
        reverts: None,
    }
}

fn cancelled(id: &str) -> Fact {
    Fact::ReleaseCancelled {
        release: release(id),
        reason: "no longer needed".to_owned(),
    }
}

/// Records facts of one author from the first on, with those by which they are introduced.
fn told(state: &mut State, author: &Person, facts: impl IntoIterator<Item = Fact>) -> Vec<Record> {
    let mut seed = [0; 32];
    seed[..3].copy_from_slice(&author.name.as_bytes()[..3]);
    let (key, new_id) = (DeviceKey::of_seed(&seed), || author.name.clone());
    let facts = facts.into_iter().collect();
    state.record(author, &key, Millis(1_000), facts, new_id).0
}
