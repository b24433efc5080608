//! A bare host: a temporary folder, a clock that ticks by itself, the platform `folder`, and no window.

#![allow(dead_code, reason = "each test uses its part of the host")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use slipway_api::{
    Api, ApiError, Clock, DeviceKey, Drawn, Host, Keys, Millis, Person, Platform,
    SampleEnvironment, Secret, SecretPlace, Undrawn, VaultError,
};
use slipway_pictures::{Bounds, Fonts};
use slipway_sandbox::sample;

/// The host.
pub(crate) struct Bare {
    folder: PathBuf,
    clock: Arc<Ticking>,
    /// How many pictures it was asked to draw.
    drawn: Arc<AtomicU64>,
    served: Served,
}

/// The folders that were asked to be served.
pub(crate) type Served = Arc<Mutex<Vec<PathBuf>>>;

/// A clock that goes on by a millisecond with each look at it.
struct Ticking {
    now: AtomicI64,
    unique: AtomicU64,
}

impl Clock for Ticking {
    fn now(&self) -> Millis {
        Millis(self.now.fetch_add(1, Ordering::Relaxed))
    }

    fn unique(&self) -> u64 {
        // An odd multiplier visits every number before it repeats one.
        self.unique
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// Keys that follow from people's addresses.
pub(crate) struct OwnKeys;

impl Keys for OwnKeys {
    fn key(&self, person: &Person) -> Result<Arc<DeviceKey>, VaultError> {
        let mut seed = [0; 32];
        for (byte, of) in seed.iter_mut().zip(person.email.bytes()) {
            *byte = of;
        }
        Ok(Arc::new(DeviceKey::of_seed(&seed)))
    }
}

#[async_trait]
impl Host for Bare {
    fn platforms(&self) -> Vec<Arc<dyn Platform>> {
        vec![Arc::new(slipway_platforms::Folder)]
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn keys(&self) -> Arc<dyn Keys> {
        Arc::new(OwnKeys)
    }

    fn hold_secret(&self, _place: &SecretPlace, _secret: Option<Secret>) -> Option<Secret> {
        None
    }

    fn keep_secret(&self, _place: &SecretPlace, _secret: Secret) -> Result<(), VaultError> {
        Ok(())
    }

    fn data_folder(&self) -> PathBuf {
        self.folder.clone()
    }

    fn suggested_person(&self) -> Option<Person> {
        Some(ada())
    }

    fn write_sample(&self, folder: &Path) -> Result<Vec<SampleEnvironment>, String> {
        let written = sample::write_sample(folder).map_err(|error| error.to_string())?;
        let environments = written.environments.into_iter().map(|environment| {
            let sample::SampleEnvironment {
                name,
                path,
                tier,
                layout,
                promotes_to,
                rules,
            } = environment;
            SampleEnvironment {
                name: name.to_owned(),
                platform: "folder",
                connection: json!({ "path": path, "layout": layout }),
                tier,
                promotes_to: promotes_to.map(str::to_owned),
                rules,
            }
        });
        Ok(environments.collect())
    }

    fn serve_sample(&self, folder: &Path) {
        let mut served = self.served.lock().expect("no panic");
        served.push(folder.to_owned());
    }

    /// Draws in this process: what the tests here draw is their own.
    async fn draw(&self, picture: Vec<u8>, width: u32, height: u32) -> Result<Drawn, Undrawn> {
        self.drawn.fetch_add(1, Ordering::Relaxed);
        let bounds = Bounds { width, height };
        let drawn = slipway_pictures::draw(&picture, bounds, &Fonts::default())
            .map_err(|refusal| Undrawn::Refused(refusal.to_string()))?;
        Ok(Drawn {
            png: drawn.png,
            width: drawn.width,
            height: drawn.height,
            notes: drawn.notes.iter().map(ToString::to_string).collect(),
        })
    }
}

/// How many machines there are: each draws other random numbers.
static MACHINES: AtomicUsize = AtomicUsize::new(1);

impl Bare {
    fn new(data_folder: PathBuf) -> Self {
        let machine = MACHINES.fetch_add(1, Ordering::Relaxed) as u64;
        Self {
            folder: data_folder,
            clock: Arc::new(Ticking {
                now: AtomicI64::new(1_760_000_000_000),
                unique: AtomicU64::new(machine << 40 | 1),
            }),
            drawn: Arc::default(),
            served: Served::default(),
        }
    }
}

/// Somebody who acts.
pub(crate) fn ada() -> Person {
    Person {
        name: "Ada".to_owned(),
        email: "ada@northwind.example".to_owned(),
    }
}

/// A session on a host of its own.
pub(crate) struct Session {
    pub(crate) api: Api,
    pub(crate) folder: tempfile::TempDir,
    clock: Arc<Ticking>,
    drawn: Arc<AtomicU64>,
    pub(crate) served: Served,
}

impl Session {
    /// A session in which nobody has said who they are.
    pub(crate) fn nobodys() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::on(folder, |api| api)
    }

    /// A session after another start of the program on this machine.
    pub(crate) fn restarted(self) -> Self {
        Self::on(self.folder, |api| api.with_person(ada()))
    }

    fn on(folder: tempfile::TempDir, with: impl FnOnce(Api) -> Api) -> Self {
        let host = Bare::new(folder.path().join("data"));
        let (drawn, served) = (host.drawn.clone(), host.served.clone());
        let clock = host.clock.clone();
        Self {
            api: with(Api::new(Arc::new(host))),
            folder,
            clock,
            drawn,
            served,
        }
    }

    /// A session of Ada's.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::on(folder, |api| api.with_person(ada()))
    }

    /// From here on this machine's clock is an hour behind.
    pub(crate) fn clock_goes_back(&self) {
        self.clock.now.fetch_sub(3_600_000, Ordering::Relaxed);
    }

    /// How many pictures the host was asked to draw so far.
    pub(crate) fn drawn(&self) -> u64 {
        self.drawn.load(Ordering::Relaxed)
    }

    /// Calls a command that has to succeed.
    pub(crate) async fn call(&self, name: &str, request: Value) -> Value {
        match self.api.call(name, request.clone()).await {
            Ok(answer) => answer,
            Err(error) => panic!("`{name}` with {request} gave {error:?}"),
        }
    }

    /// Calls a command that has to fail.
    pub(crate) async fn refused(&self, name: &str, request: Value) -> ApiError {
        match self.api.call(name, request.clone()).await {
            Ok(answer) => panic!("`{name}` with {request} should have failed and gave {answer}"),
            Err(error) => error,
        }
    }

    /// Makes a workspace with environments that are theme folders, each promoting to the next.
    pub(crate) async fn with_folders(&self, folders: &[(&str, &[(&str, &str)])]) {
        self.call("workspace_create", json!({ "name": "Test", "path": null }))
            .await;
        let mut next = Value::Null;
        for (name, files) in folders.iter().rev() {
            let root = self.path(name);
            for (path, content) in *files {
                write(&root.join(path), content.as_bytes());
            }
            let added = self
                .call(
                    "environment_add",
                    json!({ "settings": settings(name, &root, &next) }),
                )
                .await;
            next = added["environment"]["id"].clone();
        }
    }

    /// A path inside the session's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Drafts and opens a release.
    pub(crate) async fn opened(&self, tag: &str, source: &str, target: &str) -> Value {
        self.call("release_create", create(tag, source, target))
            .await;
        self.call("release_open", json!({ "release": tag })).await
    }

    /// Waits until a deployment ended, and shows it.
    pub(crate) async fn ended(&self, started: &Value) -> Value {
        let id = started["deployment"]
            .as_str()
            .expect("a deployment")
            .to_owned();
        self.api
            .wait(&slipway_api::DeploymentId(id))
            .await
            .expect("its end is written down");
        self.call(
            "deployment_get",
            json!({ "deployment": started["deployment"] }),
        )
        .await
    }
}

/// What an environment is added with.
pub(crate) fn settings(name: &str, root: &Path, promotes_to: &Value) -> Value {
    json!({
        "name": name, "platform": "folder", "tier": "development", "promotes_to": promotes_to,
        "connection": { "path": root, "layout": "auto" }, "rules": [], "approvals": null,
    })
}

/// What a release is created with.
pub(crate) fn create(tag: &str, source: &str, target: &str) -> Value {
    json!({ "tag": tag, "notes": "", "kind": null, "source": source, "target": target, "capture": true })
}

/// Writes a file and the folders that it lies in.
pub(crate) fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
    std::fs::write(path, content).expect("the file can be written");
}

/// All files below a folder, hidden ones aside, with their bytes.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(root)
                .expect("it lies below")
                .display()
                .to_string();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// The text at a key of an answer.
pub(crate) fn text<'a>(answer: &'a Value, key: &str) -> &'a str {
    answer[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} should be text in {answer}"))
}

/// The list at a key of an answer.
pub(crate) fn list<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    answer[key]
        .as_array()
        .unwrap_or_else(|| panic!("{key} should be a list in {answer}"))
}
