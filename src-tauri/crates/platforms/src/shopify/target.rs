//! Writing to a store: objects one by one as their kinds do it, theme files put together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use slipway_domain::{ContentDigest, DeploymentId, Operation, ResourceKey, Verb, Version};
use slipway_engine::{DocumentError, Holds, Memory, PlatformError, Seen, Target, json_digest};

use super::failure::{refused, unavailable};
use super::kinds::{Context, Kind, kind_of};
use super::portable::Outward;
use super::store::Store;
use super::taken_along::TakenAlong;
use super::theme::ThemeTarget;

/// How often the requests that write one resource are begun, when some of them are lost on the way.
const FINISH_LIMIT: u32 = 4;

/// A store, for the operations of one deployment.
pub(super) struct ShopifyTarget {
    /// Nothing where only theme files can be reached.
    context: Option<Context>,
    theme: ThemeTarget,
    taken_along: Mutex<TakenAlong>,
    seen: Mutex<Read>,
}

/// What was read last of each object, until it is written: comparing it and writing it needs one reading.
#[derive(Default)]
struct Read {
    nodes: HashMap<ResourceKey, Option<Value>>,
    /// What was written: it is read again to see that, and not for another write.
    applied: HashSet<ResourceKey>,
}

/// How many objects are kept between reading and writing them.
const SEEN_LIMIT: usize = 512;

impl ShopifyTarget {
    /// Opens a store for a deployment.
    pub(super) async fn open(
        store: Arc<Store>,
        deployment: &DeploymentId,
        memory: Arc<dyn Memory>,
    ) -> Result<Self, PlatformError> {
        let context = if store.client.is_theme_only().await? {
            None
        } else {
            Some(Context::new(Arc::clone(&store)).await?)
        };
        Ok(Self {
            context,
            theme: ThemeTarget::new(store, deployment, memory),
            taken_along: Mutex::default(),
            seen: Mutex::default(),
        })
    }

    fn seen(&self) -> MutexGuard<'_, Read> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was read for the write that may follow.
    fn remember(&self, key: &ResourceKey, node: Option<Value>) {
        let mut seen = self.seen();
        if seen.applied.contains(key) {
            return;
        }
        if seen.nodes.len() >= SEEN_LIMIT {
            seen.nodes.clear();
        }
        seen.nodes.insert(key.clone(), node);
    }

    fn object(&self, key: &ResourceKey) -> Result<(&Context, &'static dyn Kind), PlatformError> {
        match (&self.context, kind_of(key)) {
            (Some(context), Some(kind)) => Ok((context, kind)),
            (None, Some(_)) => Err(refused(
                format!("{key} can't be reached with a theme password."),
                "Connect the environment with an access token.",
            )),
            (_, None) => Err(refused(
                format!("{key} is nothing that a store holds."),
                "Leave it out of the release.",
            )),
        }
    }

    async fn fetch(&self, key: &ResourceKey) -> Result<Option<Value>, PlatformError> {
        let (context, kind) = self.object(key)?;
        let node = kind.fetch(context, key.name()).await?;
        if let Some(node) = &node {
            if let Some(id) = node["id"].as_str() {
                context.names.learn(id, key);
            }
            context
                .names
                .resolve(&context.store, std::slice::from_ref(node))
                .await?;
        }
        Ok(node)
    }

    async fn write(&self, key: &ResourceKey, bytes: Option<&[u8]>) -> Result<(), PlatformError> {
        let (context, kind) = self.object(key)?;
        let seen = {
            let mut seen = self.seen();
            seen.applied.insert(key.clone());
            seen.nodes.remove(key)
        };
        let mut live = match seen {
            Some(live) => live,
            None => self.fetch(key).await?,
        };
        match (bytes, &live) {
            (Some(bytes), _) => {
                let document: Value = serde_json::from_slice(bytes).map_err(|error| {
                    refused(
                        format!("The document of {key} is not valid JSON: {error}."),
                        "Capture the source again, then refresh the release.",
                    )
                })?;
                for _ in 1..FINISH_LIMIT {
                    let written = kind.write(context, key.name(), live.as_ref(), &document);
                    match written.await {
                        Err(
                            error @ (PlatformError::Unclear { .. }
                            | PlatformError::Unavailable { .. }),
                        ) => {
                            // One of several requests was lost: what is there now is looked at, and the rest is done.
                            // What can't be seen yet may be there all the same, and is not made again.
                            live = self.fetch(key).await?;
                            if live.is_none() {
                                return Err(error);
                            }
                        }
                        done => return done,
                    }
                }
                kind.write(context, key.name(), live.as_ref(), &document)
                    .await
            }
            (None, Some(live)) => {
                kind.delete(context, live).await?;
                context.forget(key).await;
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }
}

#[async_trait]
impl Target for ShopifyTarget {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        if key.family() == "theme" {
            return self.theme.read(key.name()).await;
        }
        let (context, kind) = self.object(key)?;
        let node = self.fetch(key).await?;
        let Some(there) = &node else {
            self.remember(key, None);
            return Ok(None);
        };
        let mut out = Outward::new(&context.names);
        let Some(document) = kind.document(there, &mut out) else {
            // It is there, and what it holds is not known: that is not the same as nothing.
            return Err(unavailable(
                format!("{key} can't be read now. {}", out.notes.join(" ")),
                "Try again when the store is done with it.",
            ));
        };
        self.remember(key, node);
        Ok(Some(
            serde_json::to_vec(&document).expect("BUG: a document is plain data"),
        ))
    }

    async fn prepare(
        &self,
        operations: &[Operation],
        document: &(dyn for<'v> Fn(&'v Version) -> Option<Vec<u8>> + Send + Sync),
    ) -> Result<(), PlatformError> {
        *self
            .taken_along
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = TakenAlong::by(operations, document);
        if !self.theme.is_staged() {
            return Ok(());
        }
        let mut outcome = BTreeMap::new();
        for operation in operations
            .iter()
            .filter(|operation| operation.verb != Verb::Publish)
        {
            if operation.resource.family() == "theme" {
                let bytes = match &operation.after {
                    Some(after) => match document(after) {
                        Some(bytes) => Some(bytes),
                        None => return Ok(()),
                    },
                    None => None,
                };
                outcome.insert(operation.resource.name().to_owned(), bytes);
            }
        }
        self.theme.prepare(&outcome).await
    }

    fn recognises(&self, _key: &ResourceKey) -> bool {
        true
    }

    async fn look(
        &self,
        key: &ResourceKey,
        after: Option<&[u8]>,
        before: Option<&[u8]>,
    ) -> Result<Seen, PlatformError> {
        if key.family() == "theme" {
            return self.theme.look(key.name(), after, before).await;
        }
        let Some(bytes) = self.read(key).await? else {
            return Ok(Holds::Nothing.into());
        };
        let is = |other: Option<&[u8]>| {
            let digest = |bytes: &[u8]| digested(key, bytes, json_digest).ok();
            other.is_some_and(|other| digest(other) == digest(&bytes))
        };
        if is(after) {
            return Ok(Holds::After.into());
        }
        if is(before) {
            return Ok(Holds::Before.into());
        }
        let taken_along = self
            .taken_along
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_before = before.is_some_and(|before| taken_along.explains(key, before, &bytes));
        let holds = if is_before {
            Holds::Before
        } else {
            Holds::Bytes(bytes)
        };
        Ok(holds.into())
    }

    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        _expected: &Seen,
    ) -> Result<(), PlatformError> {
        let key = &operation.resource;
        if key.family() == "theme" {
            return self.theme.apply(key.name(), bytes).await;
        }
        let written = self.write(key, bytes).await;
        if let (Err(PlatformError::Unclear { .. }), Some(context)) = (&written, &self.context) {
            // What may have been made is looked up anew, not taken from what was known.
            context.forget(key).await;
        }
        written.map_err(|error| with_resource(key, error))
    }

    async fn publish(&self) -> Result<(), PlatformError> {
        self.theme.publish().await
    }

    async fn is_published(&self) -> Result<bool, PlatformError> {
        self.theme.is_published().await
    }

    async fn abandon(&self) -> Result<(), PlatformError> {
        self.theme.abandon().await
    }
}

/// Names the resource in an error that does not.
fn with_resource(key: &ResourceKey, error: PlatformError) -> PlatformError {
    match error {
        PlatformError::Unclear { message } => PlatformError::Unclear {
            message: format!("{key}: {message}"),
        },
        other => other,
    }
}

/// The digest of an object's document. Where an image came from is no part of what the document means: every store
/// serves its own copy.
pub(super) fn digested(
    key: &ResourceKey,
    bytes: &[u8],
    digest: fn(&[u8], &mut Vec<u8>) -> Result<ContentDigest, DocumentError>,
) -> Result<ContentDigest, DocumentError> {
    if matches!(key.kind(), "article" | "collection")
        && let Ok(mut document) = serde_json::from_slice::<Value>(bytes)
        && let Some(image) = document["image"].as_object_mut()
    {
        image.shift_remove("source");
        return digest(document.to_string().as_bytes(), &mut Vec::new());
    }
    digest(bytes, &mut Vec::new())
}
