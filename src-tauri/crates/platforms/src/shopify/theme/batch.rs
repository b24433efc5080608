//! Writing theme files: operations that run at the same time are put together, fifty to a request.
//!
//! Files are compared by checksums, which one request gives for the whole theme; those that are a few seconds old still
//! count, and the answer to a write says the new ones. A file whose checksum is not known is read.
//!
//! Invariant: every operation gets its own outcome. An answer that is lost leaves all of its files unclear, and forgets
//! what was known of the theme.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use slipway_domain::DeploymentId;
use slipway_engine::{Holds, Memory, PlatformError, Seen};
use tokio::sync::{Notify, OnceCell, oneshot};
use tokio::time::Instant;

use super::super::client::{UserError, user_errors};
use super::super::failure::{refused, unavailable, unclear};
use super::super::settings::ThemeStrategy;
use super::super::store::Store;
use super::files;
use super::staged::{Outcome, Staged};
use super::{Theme, layer};

/// How many files one request takes (shopify.dev, API limits).
const FILE_LIMIT: usize = 50;
/// How many bytes of files one request takes; a larger file goes alone.
const BATCH_LIMIT_BYTES: usize = 2 * 1024 * 1024;
/// When no other file came for so long, what is there is sent.
const QUIET: Duration = Duration::from_millis(40);
/// How long the store may take to work a batch off.
const JOB_LIMIT: Duration = Duration::from_secs(120);
/// How often it is asked about that.
const JOB_PAUSE: Duration = Duration::from_millis(500);

/// The theme of one deployment. Cheap to clone.
#[derive(Clone)]
pub(in super::super) struct ThemeTarget {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<Store>,
    staged: Option<Staged>,
    in_place: OnceCell<Theme>,
    queue: Mutex<Queue>,
    arrived: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Write>,
    /// Whether a task is working the queue off.
    is_served: bool,
}

struct Write {
    path: String,
    /// Nothing: it is deleted.
    bytes: Option<Vec<u8>>,
    done: oneshot::Sender<Result<(), PlatformError>>,
}

impl ThemeTarget {
    /// The theme for the operations of one deployment. Does not reach out yet.
    pub(in super::super) fn new(
        store: Arc<Store>,
        deployment: &DeploymentId,
        memory: Arc<dyn Memory>,
    ) -> Self {
        let staged = (store.client.settings().theme_strategy == ThemeStrategy::Staged)
            .then(|| Staged::new(Arc::clone(&store), deployment, memory));
        Self {
            inner: Arc::new(Inner {
                store,
                staged,
                in_place: OnceCell::new(),
                queue: Mutex::default(),
                arrived: Notify::new(),
            }),
        }
    }

    /// Told what the deployment is called, and which others are over.
    pub(in super::super) fn introduce(&self, release: &str, ended: &[DeploymentId]) {
        if let Some(staged) = &self.inner.staged {
            staged.introduce(release, ended);
        }
    }

    /// Removes copies that no deployment needs.
    pub(in super::super) async fn clear_up(&self) {
        if let Some(staged) = &self.inner.staged {
            staged.clear_up().await;
        }
    }

    /// Told what the deployment is to make of the theme's files.
    pub(in super::super) async fn prepare(&self, outcome: &Outcome) -> Result<(), PlatformError> {
        match &self.inner.staged {
            Some(staged) => staged.prepare(outcome).await,
            None => Ok(()),
        }
    }

    /// Whether it matters what the deployment is to make.
    pub(in super::super) fn is_staged(&self) -> bool {
        self.inner.staged.is_some()
    }

    /// What the theme holds at a path.
    pub(in super::super) async fn read(
        &self,
        path: &str,
    ) -> Result<Option<Vec<u8>>, PlatformError> {
        let theme = self.inner.read_from().await?;
        files::body(&self.inner.store, &theme, path).await
    }

    /// As [`ThemeTarget::read`], without reading where a checksum tells.
    pub(in super::super) async fn look(
        &self,
        path: &str,
        after: Option<&[u8]>,
        before: Option<&[u8]>,
    ) -> Result<Seen, PlatformError> {
        let checksum = match self.inner.checksum(path).await? {
            None => return Ok(Holds::Nothing.into()),
            Some(checksum) => checksum,
        };
        if let Some(checksum) = checksum {
            let is = |bytes: &[u8]| files::is_checksum_of(&checksum, path, bytes);
            if after.is_some_and(is) {
                return Ok(Holds::After.into());
            }
            if before.is_some_and(is) {
                return Ok(Holds::Before.into());
            }
        }
        Ok(self.read(path).await?.into())
    }

    /// Writes a file, or deletes it where there are no bytes.
    pub(in super::super) async fn apply(
        &self,
        path: &str,
        bytes: Option<&[u8]>,
    ) -> Result<(), PlatformError> {
        let (done, outcome) = oneshot::channel();
        let write = Write {
            path: path.to_owned(),
            bytes: bytes.map(<[u8]>::to_vec),
            done,
        };
        let starts = {
            let mut queue = self.inner.queue();
            queue.waiting.push(write);
            !std::mem::replace(&mut queue.is_served, true)
        };
        self.inner.arrived.notify_one();
        if starts {
            tokio::spawn(serve(Arc::clone(&self.inner)));
        }
        outcome.await.unwrap_or_else(|_| {
            Err(unclear(format!(
                "The program ended before {path} was answered for."
            )))
        })
    }

    /// Publishes what was staged.
    pub(in super::super) async fn publish(&self) -> Result<(), PlatformError> {
        match &self.inner.staged {
            Some(staged) => staged.publish().await,
            None => Ok(()),
        }
    }

    /// Whether nothing is staged that is not published.
    pub(in super::super) async fn is_published(&self) -> Result<bool, PlatformError> {
        match &self.inner.staged {
            Some(staged) => staged.is_published().await,
            None => Ok(true),
        }
    }

    /// Deletes what was staged and not published.
    pub(in super::super) async fn abandon(&self) -> Result<(), PlatformError> {
        match &self.inner.staged {
            Some(staged) => staged.abandon().await,
            None => Ok(()),
        }
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The theme that operations read: the copy, once there is one.
    async fn read_from(&self) -> Result<String, PlatformError> {
        if let Some(staged) = &self.staged
            && let Some(copy) = staged.copy().await?
        {
            return Ok(copy.id);
        }
        Ok(self.shown().await?.id)
    }

    /// The theme that operations write.
    async fn write_to(&self) -> Result<String, PlatformError> {
        match &self.staged {
            Some(staged) => Ok(staged.ensure_copy().await?.id),
            None => Ok(self.shown().await?.id),
        }
    }

    async fn shown(&self) -> Result<Theme, PlatformError> {
        let chosen = || self.store.theme.chosen(&self.store);
        self.in_place.get_or_try_init(chosen).await.cloned()
    }

    /// The checksum of a file. The outer nothing: it is not there; the inner one: the store gives none.
    async fn checksum(&self, path: &str) -> Result<Option<Option<[u8; 16]>>, PlatformError> {
        let theme = self.read_from().await?;
        self.store.theme.checksum(&self.store, &theme, path).await
    }
}

/// Works the queue off, and ends when it is empty.
async fn serve(inner: Arc<Inner>) {
    loop {
        loop {
            let before = inner.queue().waiting.len();
            if before >= FILE_LIMIT {
                break;
            }
            let arrived = tokio::time::timeout(QUIET, inner.arrived.notified()).await;
            if arrived.is_err() && inner.queue().waiting.len() == before {
                break;
            }
        }
        let batch = {
            let mut queue = inner.queue();
            if queue.waiting.is_empty() {
                queue.is_served = false;
                return;
            }
            next_batch(&mut queue.waiting)
        };
        if batch[0].bytes.is_none() {
            // What refers goes before what it refers to.
            send(&inner, batch).await;
            continue;
        }
        let inner = Arc::clone(&inner);
        // Batches do not wait for each other; how many are under way is up to the store's budget.
        tokio::spawn(async move { send(&inner, batch).await });
    }
}

/// Takes writes from the front, all of them deletions or none; deletions in the reverse order of writing.
fn next_batch(waiting: &mut Vec<Write>) -> Vec<Write> {
    let deletes = waiting.first().is_some_and(|write| write.bytes.is_none());
    if deletes {
        waiting.sort_by_key(|write| Reverse(layer(&write.path)));
    }
    let mut size = 0;
    let mut batch = Vec::new();
    let mut rest = Vec::with_capacity(waiting.len());
    for write in waiting.drain(..) {
        let length = write.bytes.as_ref().map_or(0, Vec::len);
        let fits = batch.is_empty() || size + length <= BATCH_LIMIT_BYTES;
        if write.bytes.is_none() == deletes && batch.len() < FILE_LIMIT && fits {
            size += length;
            batch.push(write);
        } else {
            rest.push(write);
        }
    }
    *waiting = rest;
    batch
}

async fn send(inner: &Inner, batch: Vec<Write>) {
    let outcome = transmit(inner, &batch).await;
    let problem = match outcome {
        Ok(refusals) => {
            for write in batch {
                let refusal = refusals.get(&write.path).cloned();
                write.done.send(refusal.map_or(Ok(()), Err)).ok();
            }
            return;
        }
        Err(problem) => problem,
    };
    inner.store.theme.forget().await;
    for write in batch {
        write.done.send(Err(problem.clone())).ok();
    }
}

/// Sends a batch; the refusals, file by file.
async fn transmit(
    inner: &Inner,
    batch: &[Write],
) -> Result<BTreeMap<String, PlatformError>, PlatformError> {
    let theme = inner.write_to().await?;
    let deletes = batch.first().is_some_and(|write| write.bytes.is_none());
    let (name, files) = if deletes {
        let paths: Vec<&str> = batch.iter().map(|write| write.path.as_str()).collect();
        ("DeleteThemeFiles", json!(paths))
    } else {
        ("UpsertThemeFiles", batch.iter().map(upsert).collect())
    };
    let way = inner.store.client.theme_way();
    let payload = inner
        .store
        .client
        .attempt(way, name, json!({"themeId": theme, "files": files}))
        .await?;
    // What is reported is done; what is not, and not refused either, the store is still working on.
    let reported = |name: &str| payload[name].as_array().map_or(0, Vec::len);
    let done = reported("upsertedThemeFiles") + reported("deletedThemeFiles");
    if done + user_errors(&payload).len() < batch.len() {
        finish_job(inner, &payload["job"]).await?;
        inner.store.theme.forget().await;
    }
    let mut refusals = BTreeMap::new();
    for error in user_errors(&payload) {
        match &error.filename {
            Some(filename) => {
                drop(refusals.insert(filename.clone(), refusal(&inner.store, &error)))
            }
            // It is about no file: none of them can be trusted to be there.
            None => return Err(refusal(&inner.store, &error)),
        }
    }
    inner.store.theme.learn(&theme, &payload).await;
    Ok(refusals)
}

fn upsert(write: &Write) -> Value {
    let bytes = write.bytes.as_deref().unwrap_or_default();
    let body = match std::str::from_utf8(bytes) {
        // A zero can't stand in a text that other systems read.
        Ok(text) if !bytes.contains(&0) => json!({"type": "TEXT", "value": text}),
        _ => json!({"type": "BASE64", "value": BASE64_STANDARD.encode(bytes)}),
    };
    json!({"filename": write.path, "body": body})
}

fn refusal(store: &Store, error: &UserError) -> PlatformError {
    let store = &store.client.settings().store;
    let message = format!(
        "{store} refused it: {}.",
        error.message.trim_end_matches('.')
    );
    match error.code.as_str() {
        "THROTTLED" | "ERROR" | "THEME_FILES_CONFLICT" => {
            unavailable(message, "Try again in a moment.")
        }
        "FILE_VALIDATION_ERROR" => refused(
            message,
            "Correct the file in the source, then refresh the release; what it names may have to be deployed with it.",
        ),
        "ACCESS_DENIED" => refused(
            message,
            "An app writes theme files only with an exemption of the vendor; connect with a theme password instead.",
        ),
        "THEME_LIMITED_PLAN" => refused(
            message,
            "The store's plan does not let theme files be changed.",
        ),
        _ => refused(message, "Look at the file, or leave it out of the release."),
    }
}

async fn finish_job(inner: &Inner, job: &Value) -> Result<(), PlatformError> {
    let Some(id) = job["id"].as_str().filter(|_| job["done"] == json!(false)) else {
        return Ok(());
    };
    let began = Instant::now();
    while began.elapsed() < JOB_LIMIT {
        tokio::time::sleep(JOB_PAUSE).await;
        let way = inner.store.client.theme_way();
        let state: Value = inner
            .store
            .client
            .ask_by(way, "JobState", json!({"id": id}))
            .await?;
        if state["job"]["done"] != json!(false) {
            return Ok(());
        }
    }
    Err(unclear(format!(
        "{} is still working on the theme files.",
        inner.store.client.settings().store
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_to_their_limits() {
        let write = |path: usize, size: Option<usize>| Write {
            path: path.to_string(),
            bytes: size.map(|size| vec![b'x'; size]),
            done: oneshot::channel().0,
        };
        let mut waiting: Vec<Write> = (0..120).map(|at| write(at, Some(10))).collect();
        waiting.push(write(120, None));
        waiting.push(write(121, Some(BATCH_LIMIT_BYTES + 1)));
        waiting.push(write(122, None));
        let mut sizes = Vec::new();
        while !waiting.is_empty() {
            sizes.push(next_batch(&mut waiting).len());
        }
        assert_eq!(
            sizes,
            [50, 50, 20, 2, 1],
            "the deletions go together, the large file alone"
        );
    }
}
