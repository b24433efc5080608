//! Writing to a store: objects one by one as their kinds do it, theme files put together.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use slipway_domain::{ContentDigest, DeploymentId, Operation, ResourceKey, Step, Verb, Version};
use slipway_engine::{DocumentError, Holds, Memory, PlatformError, Seen, Target, json_digest};

use super::apart;
use super::client::steps;
use super::failure::{refused, unavailable};
use super::kinds::{Context, Kind, kind_of};
use super::portable::Outward;
use super::store::Store;
use super::taken_along::TakenAlong;
use super::theme::ThemeTarget;

/// A store, for the operations of one deployment.
pub(super) struct ShopifyTarget {
    /// Nothing where only theme files can be reached.
    context: Option<Context>,
    theme: ThemeTarget,
    taken_along: Mutex<TakenAlong>,
    /// What was read last of each object, until it is written: comparing it and writing it needs one reading.
    seen: Mutex<HashMap<ResourceKey, Option<Value>>>,
    /// The mutations that were sent for objects whose write failed, until they are asked for.
    steps: Mutex<HashMap<ResourceKey, Vec<Step>>>,
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
            steps: Mutex::default(),
        })
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<ResourceKey, Option<Value>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn steps(&self) -> MutexGuard<'_, HashMap<ResourceKey, Vec<Step>>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was read for the write that may follow.
    fn remember(&self, key: &ResourceKey, node: Option<Value>) {
        let mut seen = self.seen();
        if seen.len() >= SEEN_LIMIT {
            seen.clear();
        }
        seen.insert(key.clone(), node);
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

    /// The document of a node that was fetched.
    fn document(&self, key: &ResourceKey, node: &Value) -> Result<Vec<u8>, PlatformError> {
        let (context, kind) = self.object(key)?;
        let mut out = Outward::new(&context.names);
        let document = kind.document(node, &mut out).ok_or_else(|| {
            // It is there, and what it holds is not known: that is not the same as nothing.
            unavailable(
                format!("{key} can't be read now. {}", out.notes.join(" ")),
                "Try again when the store is done with it.",
            )
        })?;
        Ok(serde_json::to_vec(&document).expect("BUG: a document is plain data"))
    }

    /// What is there now, as the look before the write saw it.
    async fn as_seen(
        &self,
        key: &ResourceKey,
        expected: &Seen,
    ) -> Result<Option<Value>, PlatformError> {
        let seen = self.seen().remove(key);
        if let Some(live) = seen {
            return Ok(live);
        }
        let live = self.fetch(key).await?;
        let bytes = live.as_ref().map(|node| self.document(key, node));
        let token = bytes.transpose()?.as_deref().map(token_of);
        let is_same = match (&expected.holds, &expected.token) {
            (Holds::Nothing, _) => token.is_none(),
            (_, Some(expected)) => token.as_ref() == Some(expected),
            (_, None) => true,
        };
        if is_same {
            return Ok(live);
        }
        Err(PlatformError::Changed {
            message: format!(
                "{key} was changed while it was being written; it was not overwritten."
            ),
        })
    }

    /// Sends the requests that one write takes. What is lost of them on the way is for the engine to look at.
    async fn write(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        expected: &Seen,
    ) -> Result<(), PlatformError> {
        let key = &operation.resource;
        let (context, kind) = self.object(key)?;
        let live = self.as_seen(key, expected).await?;
        match (bytes, &live) {
            (Some(bytes), _) => {
                let mut document: Value = serde_json::from_slice(bytes).map_err(|error| {
                    refused(
                        format!("The document of {key} is not valid JSON: {error}."),
                        "Capture the source again, then refresh the release.",
                    )
                })?;
                let keeps = &operation.keeps;
                let may_carry = key.kind() == "product" && !keeps.is_empty();
                if let Some(live) = live.as_ref().filter(|_| may_carry) {
                    let held = serde_json::from_slice(&self.document(key, live)?);
                    let held = held.expect("BUG: a document is JSON");
                    apart::carry_over(&mut document, &held, keeps);
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

/// By what a document is known again.
fn token_of(bytes: &[u8]) -> Arc<[u8]> {
    Arc::from(*blake3::hash(bytes).as_bytes())
}

#[async_trait]
impl Target for ShopifyTarget {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        if key.family() == "theme" {
            return self.theme.read(key.name()).await;
        }
        let node = self.fetch(key).await?;
        let bytes = node.as_ref().map(|node| self.document(key, node));
        let bytes = bytes.transpose()?;
        self.remember(key, node);
        Ok(bytes)
    }

    fn introduce(&self, release: &str, ended: &[DeploymentId]) {
        self.theme.introduce(release, ended);
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
        let token = Some(token_of(&bytes));
        if is(after) {
            return Ok(Holds::After.into());
        }
        if is(before) {
            let holds = Holds::Before;
            return Ok(Seen { holds, token });
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
        Ok(Seen { holds, token })
    }

    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        expected: &Seen,
    ) -> Result<(), PlatformError> {
        let key = &operation.resource;
        if key.family() == "theme" {
            return self.theme.apply(key.name(), bytes).await;
        }
        let (written, steps) = steps::noted(self.write(operation, bytes, expected)).await;
        if written.is_err() {
            self.steps().insert(key.clone(), steps);
        }
        if let (Err(PlatformError::Unclear { .. }), Some(context)) = (&written, &self.context) {
            // What may have been made is looked up anew, not taken from what was known.
            context.forget(key).await;
        }
        written
    }

    fn take_steps(&self, key: &ResourceKey) -> Vec<Step> {
        self.steps().remove(key).unwrap_or_default()
    }

    async fn publish(&self) -> Result<(), PlatformError> {
        self.theme.publish().await
    }

    async fn clear_up(&self) -> Result<(), PlatformError> {
        self.theme.clear_up().await;
        Ok(())
    }

    async fn is_published(&self) -> Result<bool, PlatformError> {
        self.theme.is_published().await
    }

    async fn abandon(&self) -> Result<(), PlatformError> {
        self.theme.abandon().await
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
