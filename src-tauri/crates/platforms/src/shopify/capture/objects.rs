//! Capturing the objects of one kind, page by page.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use slipway_domain::ResourceKey;
use slipway_engine::{CaptureSink, Captured, Content, PlatformError, Unreadable, json_digest};

use super::super::apart;
use super::super::kinds::{Context, Kind, each, key};
use super::super::portable::Outward;
use super::super::target::digested;
use super::source::Source;
use super::{deliver, note, tell};

/// How many nodes are completed at once.
const COMPLETED_AT_ONCE: usize = 4;
/// How many nodes are fetched or completed before their documents are made. All requests of a portion have ended by then: one
/// that nobody goes on with would keep its place among those that are allowed at once, and what documents ask for would wait.
const PORTION: usize = 64;
/// As [`PORTION`], of nodes that may hold what is fetched apart: the contents of files.
const HEAVY_PORTION: usize = 16;
/// How many bytes of documents are held before they are handed on.
const BATCH_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// Captures all of one kind.
pub(super) async fn capture(
    context: &Context,
    kind: &dyn Kind,
    sink: &Arc<dyn CaptureSink>,
) -> Result<(), PlatformError> {
    let mut run = Run::new(context, kind, sink);
    for list in kind.lists(context).await? {
        let mut source = Source::open(context, kind, list).await?;
        while let Some(nodes) = source.next(context).await? {
            run.take(nodes).await?;
        }
    }
    run.finish().await
}

/// Captures some of one kind, each asked for by its natural key.
pub(super) async fn capture_only(
    context: &Context,
    kind: &dyn Kind,
    keys: Vec<ResourceKey>,
    sink: &Arc<dyn CaptureSink>,
) -> Result<(), PlatformError> {
    let mut run = Run::new(context, kind, sink);
    // What no object can be called is not there.
    let names = keys.into_iter().filter(|key| kind.can_be_named(key.name()));
    let names: Vec<ResourceKey> = names.collect();
    for portion in names.chunks(HEAVY_PORTION) {
        let fetching = portion.iter().cloned();
        let fetched: Vec<Option<Value>> = stream::iter(fetching)
            .map(|key| async move { kind.fetch(context, key.name()).await })
            .buffered(COMPLETED_AT_ONCE)
            .try_collect()
            .await?;
        run.documents(fetched.into_iter().flatten().collect())
            .await?;
    }
    // What other apps have is counted by whole captures.
    run.flush().await
}

struct Run<'a> {
    context: &'a Context,
    kind: &'a dyn Kind,
    sink: &'a Arc<dyn CaptureSink>,
    /// The names that were taken, as hashes: two objects of one name can't be told apart.
    seen: HashSet<u64>,
    /// The namespaces of metafields that were seen, of the kind and of its variants.
    namespaces: [BTreeSet<String>; 2],
    /// How many metafields of other apps' namespaces were passed by.
    passed_by: BTreeMap<String, u64>,
    batch: Vec<Captured>,
    batch_bytes: usize,
}

impl<'a> Run<'a> {
    fn new(context: &'a Context, kind: &'a dyn Kind, sink: &'a Arc<dyn CaptureSink>) -> Self {
        Self {
            context,
            kind,
            sink,
            seen: HashSet::new(),
            namespaces: Default::default(),
            passed_by: BTreeMap::new(),
            batch: Vec::new(),
            batch_bytes: 0,
        }
    }

    async fn take(&mut self, nodes: Vec<Value>) -> Result<(), PlatformError> {
        let (context, kind) = (self.context, self.kind);
        let mut changed = Vec::with_capacity(nodes.len());
        for node in nodes {
            if let Some(node) = self.unless_known(node) {
                changed.push(node);
            }
        }
        let is_heavy = changed.iter().any(|node| kind.stamp(node).is_some());
        let size = if is_heavy { HEAVY_PORTION } else { PORTION };
        while !changed.is_empty() {
            let portion: Vec<Value> = changed.drain(..changed.len().min(size)).collect();
            let completed: Vec<Value> = stream::iter(portion)
                .map(|mut node| async move {
                    let done = kind.complete(context, &mut node).await;
                    done.map(|()| node)
                })
                .buffered(COMPLETED_AT_ONCE)
                .try_collect()
                .await?;
            self.documents(completed).await?;
        }
        Ok(())
    }

    /// Takes nodes that are whole.
    async fn documents(&mut self, nodes: Vec<Value>) -> Result<(), PlatformError> {
        let context = self.context;
        context.names.resolve(&context.store, &nodes).await?;
        for node in nodes {
            self.document(node).await?;
        }
        Ok(())
    }

    /// Passes on a node that has to be read; one whose stamp is known is taken as it was.
    fn unless_known(&mut self, node: Value) -> Option<Value> {
        let Some(stamp) = self.kind.stamp(&node) else {
            return Some(node);
        };
        let key = key(
            self.kind.name(),
            &self.kind.name_of(&node, &self.context.names)?,
        );
        let Some(key) = key else { return Some(node) };
        if self.sink.is_ignored(&key) {
            return None;
        }
        let known = self.sink.known(&key).filter(|known| known.stamp == stamp);
        let Some(known) = known else {
            return Some(node);
        };
        if !self.seen.insert(hash(&key)) {
            return Some(node);
        }
        if let Some(id) = node["id"].as_str() {
            self.context.names.learn(id, &key);
        }
        self.batch.push(Captured {
            key,
            content: Content::Unchanged(known.version),
            stamp: Some(stamp),
        });
        None
    }

    async fn document(&mut self, node: Value) -> Result<(), PlatformError> {
        let names = &self.context.names;
        let named = self.kind.name_of(&node, names);
        let key = named.as_ref().and_then(|name| key(self.kind.name(), name));
        if let (Some(id), Some(key)) = (node["id"].as_str(), &key) {
            names.learn(id, key);
        }
        if key.as_ref().is_some_and(|key| self.sink.is_ignored(key)) {
            return Ok(());
        }
        let mut out = Outward::new(names);
        let document = self.kind.document(&node, &mut out);
        let Outward {
            notes, passed_by, ..
        } = out;
        let place = match &key {
            Some(key) => key.to_string(),
            None => node["id"].as_str().unwrap_or(self.kind.name()).to_owned(),
        };
        for message in notes {
            let hint =
                "It stays as it is in every environment; change it there by hand if need be.";
            let unreadable = Unreadable {
                // What is left out as a whole is unknown, not gone.
                key: key.clone().filter(|_| document.is_none()),
                ..note(place.clone(), message, hint)
            };
            tell(self.sink, unreadable).await?;
        }
        for namespace in passed_by {
            *self.passed_by.entry(namespace).or_default() += 1;
        }
        let (Some(key), Some(document)) = (key, document.clone()) else {
            if document.is_some() {
                let message = "has no name that could be a resource's".to_owned();
                let hint = "Give it a shorter name without control characters in the store.";
                tell(self.sink, note(place, message, hint)).await?;
            }
            return Ok(());
        };
        if !self.seen.insert(hash(&key)) {
            return tell(self.sink, twice(key)).await;
        }
        self.note_names(&key, &document);
        let stamp = self.kind.stamp(&node);
        drop(node);
        let bytes = serde_json::to_vec(&document).expect("BUG: a document is plain data");
        let digest = digested(&key, &bytes, json_digest);
        self.batch_bytes += bytes.len();
        self.batch.push(Captured {
            key,
            content: Content::Bytes {
                digest: digest.ok(),
                bytes,
            },
            stamp,
        });
        if self.batch_bytes >= BATCH_LIMIT_BYTES || self.batch.len() >= 500 {
            self.flush().await?;
        }
        Ok(())
    }

    /// Notes what a document names that is no resource.
    fn note_names(&mut self, key: &ResourceKey, document: &Value) {
        if key.kind() == "metafield-definition" {
            self.sink.vocabulary(apart::defined(key.name()));
        }
        let [own, variants] = &mut self.namespaces;
        own.extend(namespaces(document));
        variants.extend(each(&document["variants"]).flat_map(namespaces));
    }

    async fn flush(&mut self) -> Result<(), PlatformError> {
        self.batch_bytes = 0;
        let [own, variants] = std::mem::take(&mut self.namespaces);
        self.sink
            .vocabulary(apart::namespaces(self.kind.name(), own));
        if self.kind.name() == "product" {
            self.sink.vocabulary(apart::namespaces("variant", variants));
        }
        deliver(self.sink, std::mem::take(&mut self.batch)).await
    }

    async fn finish(mut self) -> Result<(), PlatformError> {
        self.flush().await?;
        for (namespace, count) in self.passed_by {
            let place = format!("every {}", self.kind.name());
            let message = format!(
                "{count} hold metafields of another app, in `{namespace}`; they are left alone"
            );
            tell(
                self.sink,
                note(place, message, "Only that app may read and write them."),
            )
            .await?;
        }
        Ok(())
    }
}

fn namespaces(document: &Value) -> impl Iterator<Item = String> {
    let entries = document["metafields"].as_object().into_iter().flatten();
    entries.filter_map(|(name, _)| Some(name.rsplit_once('.')?.0.to_owned()))
}

fn hash(key: &ResourceKey) -> u64 {
    let hash = blake3::hash(key.as_str().as_bytes());
    let first = hash
        .as_bytes()
        .first_chunk()
        .expect("BUG: a hash has 32 bytes");
    u64::from_le_bytes(*first)
}

fn twice(key: ResourceKey) -> Unreadable {
    Unreadable {
        place: key.to_string(),
        key: Some(key),
        line: None,
        column: None,
        message: "is the name of two objects in this store".to_owned(),
        hint: "Rename one of them in the store, then capture again.".to_owned(),
    }
}
