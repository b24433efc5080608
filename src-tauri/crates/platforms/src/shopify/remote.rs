//! A store that was opened: what its documents mean, and how it is read.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use slipway_domain::{
    Assessment, Blocked, Change, ChangeKind, ContentDigest, DeploymentId, Reference, References,
    ResourceKey,
};
use slipway_engine::{
    Apart, Budget, CaptureSink, Captured, DocumentError, Memory, PlatformError, Remote, Scope,
    Semantics, Target, Vocabulary, json_digest,
};

use super::kinds::{THEME_LAYER, definition_of, kind_of};
use super::settings::ThemeStrategy;
use super::store::Store;
use super::target::{ShopifyTarget, digested};
use super::{apart, assess, capture, check, half_done, portable, same_variants, theme};
use crate::theme_content;

/// The resource that stands for the theme that customers see.
const PUBLISHED: &str = "shopify/theme:live";

/// How many operations may be under way: theme files are put together, fifty to a request.
const PARALLEL_LIMIT: usize = 256;

/// An environment that is a store.
pub(super) struct ShopifyRemote {
    store: Arc<Store>,
}

impl ShopifyRemote {
    /// Takes a store.
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

fn is_theme(key: &ResourceKey) -> bool {
    key.family() == "theme"
}

impl Semantics for ShopifyRemote {
    fn references_policy(&self) -> References {
        References::Enforced
    }

    fn layer(&self, key: &ResourceKey, change: ChangeKind) -> u16 {
        if is_theme(key) {
            return match change {
                // A request that deletes files names them in their order.
                ChangeKind::Deleted => THEME_LAYER,
                ChangeKind::Created | ChangeKind::Modified => {
                    THEME_LAYER + theme::layer(key.name())
                }
            };
        }
        kind_of(key).map_or(0, |kind| kind.layer())
    }

    fn digest(&self, key: &ResourceKey, bytes: &[u8]) -> Result<ContentDigest, DocumentError> {
        if is_theme(key) {
            return Ok(theme_content::digest_in_store(key.name(), bytes));
        }
        digested(key, bytes, json_digest)
    }

    fn without_fields(&self, key: &ResourceKey, bytes: &[u8], fields: &[String]) -> Vec<u8> {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(document) if !is_theme(key) => portable::without(&document, fields)
                .to_string()
                .into_bytes(),
            _ => bytes.to_vec(),
        }
    }

    fn references(&self, key: &ResourceKey, bytes: &[u8]) -> Vec<Reference> {
        if is_theme(key) {
            return theme::references(key, bytes);
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(document) => portable::references(&document),
            Err(_) => Vec::new(),
        }
    }

    fn definition_of(&self, key: &ResourceKey) -> Option<ResourceKey> {
        if key.family() == "shopify" && key.kind() == "metaobject" {
            definition_of(key)
        } else {
            None
        }
    }

    fn assess(
        &self,
        change: &Change,
        before: Option<&[u8]>,
        after: Option<&[u8]>,
        referrers: &[ResourceKey],
    ) -> Assessment {
        assess::assess(change, before, after, referrers)
    }

    fn check_document(&self, key: &ResourceKey, bytes: &[u8]) -> Vec<Blocked> {
        check::document(key, bytes)
    }

    fn check_fit(
        &self,
        key: &ResourceKey,
        before: &dyn Fn() -> Option<Vec<u8>>,
        after: &[u8],
        outcome: &dyn Fn(&ResourceKey) -> Option<Arc<[u8]>>,
    ) -> Vec<Blocked> {
        check::fit(key, before, after, outcome)
    }

    fn is_ordered(&self, from: &ResourceKey, reference: &Reference) -> bool {
        !is_theme(from) || theme::is_ordered(from, reference)
    }

    fn published_resource(&self) -> Option<ResourceKey> {
        let is_staged = self.store.client.settings().theme_strategy == ThemeStrategy::Staged;
        is_staged.then(|| PUBLISHED.parse().expect("BUG: the key is well formed"))
    }

    fn is_staged(&self, key: &ResourceKey) -> bool {
        is_theme(key) && self.published_resource().is_some()
    }

    fn as_captured(
        &self,
        key: &ResourceKey,
        bytes: &dyn Fn() -> Option<Vec<u8>>,
    ) -> Option<Captured> {
        is_theme(key).then(|| theme::as_captured(key, &bytes()?))?
    }

    fn apart(&self, source: &Vocabulary, here: &Vocabulary) -> Apart {
        let rule = self.store.client.settings().unknown_metafields;
        apart::apart(source, here, rule)
    }

    fn signs(&self, key: &ResourceKey, bytes: &[u8]) -> Vec<String> {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(document) if key.kind() == "product" => same_variants::signs(&document),
            _ => Vec::new(),
        }
    }

    fn is_half_done(
        &self,
        key: &ResourceKey,
        before: Option<&[u8]>,
        after: Option<&[u8]>,
        live: &[u8],
    ) -> bool {
        // A theme file is written in one step.
        !is_theme(key) && half_done::is_between(before, after, live)
    }
}

#[async_trait]
impl Remote for ShopifyRemote {
    fn check(&self, changes: &[Change], live: &[ResourceKey]) -> Vec<Blocked> {
        check::changes(changes, live)
    }

    fn parallel_limit(&self) -> usize {
        PARALLEL_LIMIT
    }

    fn path_of(&self, key: &ResourceKey) -> Option<String> {
        is_theme(key).then(|| key.name().to_owned())
    }

    fn budget(&self) -> Option<Budget> {
        self.store.client.budget()
    }

    async fn capture(
        &self,
        scope: &Scope,
        sink: Arc<dyn CaptureSink>,
    ) -> Result<(), PlatformError> {
        capture::capture(&self.store, scope, sink).await
    }

    async fn target(
        &self,
        deployment: &DeploymentId,
        memory: Arc<dyn Memory>,
    ) -> Result<Arc<dyn Target>, PlatformError> {
        let target = ShopifyTarget::open(Arc::clone(&self.store), deployment, memory).await?;
        Ok(Arc::new(target))
    }
}
