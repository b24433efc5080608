//! The folder platform as a whole, on real temporary folders.

mod capturing;
mod connecting;
mod deploying;
mod publishing;
mod round_trip;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use slipway_domain::{
    DeploymentId, Operation, OperationId, Pass, ResourceKey, Risk, Verb, Version,
};
use slipway_engine::{
    CaptureSink, Captured, Content, Known, Memory, Platform, PlatformError, Remote, Scope, Stopped,
    Target, Unreadable,
};
use tempfile::TempDir;

use super::Folder;

/// Runs what is async, with threads that may block.
fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build();
    runtime.expect("a runtime").block_on(work)
}

fn key(text: &str) -> ResourceKey {
    text.parse().expect("a valid key")
}

/// A temporary folder with files in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let place = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        for (path, bytes) in files {
            place.write(path, bytes);
        }
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder"))
            .expect("the folder is made");
        fs::write(path, bytes).expect("the file is written");
    }

    fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn mode(&self, path: &str) -> u32 {
        let metadata = fs::metadata(self.at(path)).expect("it is there");
        metadata.permissions().mode() & 0o7777
    }

    /// Everything in the folder: files with their bytes, folders and links with what they are.
    fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        tree(self.path(), self.path(), &mut found);
        found
    }

    fn connection(&self, layout: &str) -> Value {
        json!({"path": self.path(), "layout": layout})
    }

    fn open(&self, layout: &str) -> Arc<dyn Remote> {
        let connected = run(Folder.connect(&self.connection(layout))).expect("it connects");
        Folder.open(&connected.connection).expect("it opens")
    }

    fn target(&self, layout: &str, deployment: &str) -> Arc<dyn Target> {
        self.try_target(layout, deployment)
            .expect("it opens as a target")
    }

    fn try_target(&self, layout: &str, deployment: &str) -> Result<Arc<dyn Target>, PlatformError> {
        run(self
            .open(layout)
            .target(&DeploymentId(deployment.to_owned()), Arc::new(Forgetful)))
    }
}

/// A folder keeps by itself what it has to know again.
struct Forgetful;

#[async_trait]
impl Memory for Forgetful {
    async fn recall(&self) -> Result<Option<Vec<u8>>, PlatformError> {
        panic!("nothing was kept");
    }

    async fn keep(&self, _: Vec<u8>) -> Result<(), PlatformError> {
        panic!("nothing has to be kept");
    }
}

fn tree(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("an entry").path();
        let name = path
            .strip_prefix(root)
            .expect("below")
            .to_string_lossy()
            .into_owned();
        if path.is_symlink() {
            let target = fs::read_link(&path).expect("a link");
            found.insert(name, [b"-> ", target.as_os_str().as_bytes()].concat());
        } else if path.is_dir() {
            found.insert(format!("{name}/"), Vec::new());
            tree(root, &path, found);
        } else {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
}

/// A sink that keeps what it gets.
#[derive(Default)]
struct Kept {
    known: BTreeMap<ResourceKey, Known>,
    ignored: BTreeSet<ResourceKey>,
    stops_at_unreadable: bool,
    got: Mutex<Got>,
}

#[derive(Default)]
struct Got {
    expected: u64,
    captured: BTreeMap<ResourceKey, Captured>,
    unreadable: Vec<Unreadable>,
}

impl CaptureSink for Kept {
    fn known(&self, key: &ResourceKey) -> Option<Known> {
        self.known.get(key).cloned()
    }

    fn is_ignored(&self, key: &ResourceKey) -> bool {
        self.ignored.contains(key)
    }

    fn expect(&self, resource_count: u64) {
        self.got.lock().expect("no panic").expected = resource_count;
    }

    fn accept(&self, resource: Captured) -> Result<(), Stopped> {
        let mut got = self.got.lock().expect("no panic");
        let key = resource.key.clone();
        assert!(
            got.captured.insert(key, resource).is_none(),
            "each resource comes once"
        );
        Ok(())
    }

    fn unreadable(&self, unreadable: Unreadable) -> Result<(), Stopped> {
        assert!(
            !unreadable.message.is_empty() && !unreadable.hint.is_empty(),
            "{unreadable:?}"
        );
        self.got
            .lock()
            .expect("no panic")
            .unreadable
            .push(unreadable);
        if self.stops_at_unreadable {
            Err(Stopped)
        } else {
            Ok(())
        }
    }
}

fn capture_into(remote: &dyn Remote, sink: Kept) -> Result<Got, PlatformError> {
    let sink = Arc::new(sink);
    run(remote.capture(&Scope::Everything, sink.clone()))?;
    let sink = Arc::into_inner(sink).expect("the capture has let go of the sink");
    Ok(sink.got.into_inner().expect("no panic"))
}

fn capture(remote: &dyn Remote) -> Got {
    capture_into(remote, Kept::default()).expect("it can be captured")
}

impl Got {
    /// Key → bytes of what was read.
    fn documents(&self) -> BTreeMap<String, Vec<u8>> {
        let document = |captured: &Captured| match &captured.content {
            Content::Bytes { bytes, .. } => bytes.clone(),
            Content::Unchanged(_) => panic!("{} was not read", captured.key),
        };
        self.captured
            .iter()
            .map(|(key, captured)| (key.to_string(), document(captured)))
            .collect()
    }

    fn unreadable_places(&self) -> Vec<&str> {
        let mut places: Vec<_> = self
            .unreadable
            .iter()
            .map(|unreadable| unreadable.place.as_str())
            .collect();
        places.sort_unstable();
        places
    }

    /// What a sink for the next capture knows.
    fn known(&self) -> BTreeMap<ResourceKey, Known> {
        let known = |captured: &Captured| {
            let version = match &captured.content {
                Content::Bytes { bytes, .. } => Version::of_bytes(bytes),
                Content::Unchanged(version) => *version,
            };
            Some(Known {
                stamp: captured.stamp.clone()?,
                version,
            })
        };
        self.captured
            .iter()
            .filter_map(|(key, captured)| Some((key.clone(), known(captured)?)))
            .collect()
    }
}

fn operation(id: u32, resource: &str, verb: Verb) -> Operation {
    Operation {
        id: OperationId(id),
        wave: 1,
        verb,
        resource: key(resource),
        before: None,
        after: None,
        pass: Pass::Whole,
        staged: false,
        attributes: None,
        keeps: Vec::new(),
        needs: Vec::new(),
        reversible: true,
        risk: Risk::Low,
        reasons: Vec::new(),
    }
}

fn put(target: &dyn Target, resource: &str, bytes: &[u8]) -> Result<(), PlatformError> {
    let seen = run(target.look(&key(resource), None, None))?;
    run(target.apply(&operation(1, resource, Verb::Update), Some(bytes), &seen))
}

fn delete(target: &dyn Target, resource: &str) -> Result<(), PlatformError> {
    let seen = run(target.look(&key(resource), None, None))?;
    run(target.apply(&operation(1, resource, Verb::Delete), None, &seen))
}

fn get(target: &dyn Target, resource: &str) -> Option<Vec<u8>> {
    run(target.read(&key(resource))).expect("it can be read")
}
