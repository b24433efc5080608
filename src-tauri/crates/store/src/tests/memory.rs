//! What a simulated process finds in a memory, and what it leaves there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::{Fates, Memory, Store, StoreError};

/// Ends the process before or after the commit with this number; 0: never.
#[derive(Debug, Default)]
struct Ends {
    before: AtomicU64,
    after: AtomicU64,
    is_dead: AtomicU64,
}

impl Ends {
    fn life(&self) -> Result<(), StoreError> {
        match self.is_dead.load(Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(StoreError::Closed),
        }
    }

    fn at(&self, number: u64, end: &AtomicU64) -> Result<(), StoreError> {
        if end.load(Ordering::Relaxed) == number {
            self.is_dead.store(1, Ordering::Relaxed);
        }
        self.life()
    }
}

impl Fates for Ends {
    fn before_read(&self) -> Result<(), StoreError> {
        self.life()
    }

    fn before_write(&self) -> Result<(), StoreError> {
        self.life()
    }

    fn before_commit(&self, number: u64) -> Result<(), StoreError> {
        self.at(number, &self.before)
    }

    fn after_commit(&self, number: u64) -> Result<(), StoreError> {
        self.at(number, &self.after)
    }
}

fn set(store: &Store, value: u64) -> Result<(), StoreError> {
    store.write_durable(move |writer| writer.set_setting("s", &json!(value)))
}

fn get(store: &Store) -> Option<u64> {
    let found = store.read(|reader| reader.setting("s")).expect("a reading");
    found.and_then(|value| value.as_u64())
}

#[test]
fn what_was_committed_outlasts_the_process_and_nothing_else() {
    let memory = Arc::new(Memory::new().expect("a memory"));
    let open = |ends: &Arc<Ends>| Store::in_memory(&memory, ends.clone()).expect("a store");
    let (first, second) = (Arc::new(Ends::default()), Arc::new(Ends::default()));
    let (one, two) = (open(&first), open(&second));
    set(&one, 1).expect("written");
    assert_eq!(get(&two), Some(1), "processes see each other's commits");

    first.before.store(2, Ordering::Relaxed);
    assert!(matches!(set(&one, 2), Err(StoreError::Closed)));
    assert_eq!(get(&two), Some(1), "it ended before its commit");
    assert!(
        matches!(set(&one, 3), Err(StoreError::Closed)),
        "it is dead"
    );
    assert!(one.read(|reader| reader.setting("s")).is_err());

    second.after.store(1, Ordering::Relaxed);
    assert!(matches!(set(&two, 4), Err(StoreError::Closed)));
    drop((one, two));
    assert_eq!(
        get(&open(&Arc::default())),
        Some(4),
        "it ended after its commit"
    );
}

#[test]
fn a_wiped_memory_is_an_empty_workspace_for_connections_that_knew_it_before() {
    let memory = Arc::new(Memory::new().expect("a memory"));
    for round in 0..3 {
        let store = Store::in_memory(&memory, Arc::new(Ends::default())).expect("a store");
        assert_eq!(get(&store), None, "round {round}");
        let blob = store.write(move |writer| writer.put_blob(format!("{round}").as_bytes()));
        set(&store, round).expect("written");
        assert_eq!(get(&store), Some(round));
        let bytes = store.read(|reader| reader.blob(&blob.expect("a blob")));
        assert_eq!(bytes.expect("read"), Some(format!("{round}").into_bytes()));
        let image = memory.image().expect("an image");
        set(&store, 10 + round).expect("written");
        drop(store);
        memory.restore(&image).expect("restored");
        let store = Store::in_memory(&memory, Arc::new(Ends::default())).expect("a store");
        assert_eq!(get(&store), Some(round), "as it was");
        drop(store);
        memory.wipe().expect("wiped");
    }
}
