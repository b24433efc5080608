//! The kinds of objects: how each is listed, read, written and deleted, and what its documents look like.

mod article;
mod blog;
mod collection;
mod context;
mod file;
mod file_content;
mod menu;
mod metafield_definition;
mod metafields;
mod metaobject;
mod metaobject_definition;
mod page;
mod product;
mod product_input;
mod publishing;
mod redirect;
mod source_changes;
mod sources;
mod translation;

use async_trait::async_trait;
use serde_json::{Value, json};
use slipway_domain::ResourceKey;
use slipway_engine::{PlatformError, Stamp};

pub(super) use context::Context;
pub(super) use metaobject::definition_of;
pub(super) use product::each;

use super::names::Names;
use super::portable::Outward;

/// The largest page that the API gives (shopify.dev, API limits).
pub(super) const LARGEST_PAGE: u64 = 250;

/// One walk over a connection called `page`.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// The operation.
    pub(super) operation: &'static str,
    /// Its variables, without `first` and `after`.
    pub(super) variables: Value,
    /// How many to ask for at once.
    pub(super) size: u64,
}

impl List {
    /// A walk without variables.
    pub(super) fn of(operation: &'static str, size: u64) -> Vec<Self> {
        vec![Self {
            operation,
            variables: json!({}),
            size,
        }]
    }
}

/// One kind of objects.
#[async_trait]
pub(super) trait Kind: Send + Sync {
    /// The kind in resource keys: `product`.
    fn name(&self) -> &'static str;

    /// Its place in the order of writing.
    fn layer(&self) -> u16;

    /// What has to be granted to read it.
    fn scopes(&self) -> &'static [&'static str];

    /// The walks that list all of them.
    async fn lists(&self, context: &Context) -> Result<Vec<List>, PlatformError>;

    /// The natural key of a node. Nothing when it has none: then it is reported.
    fn name_of(&self, node: &Value, names: &Names) -> Option<String>;

    /// Fetches what a node holds beyond its first pages.
    async fn complete(&self, _context: &Context, _node: &mut Value) -> Result<(), PlatformError> {
        Ok(())
    }

    /// A cheap sign that a node did not change since; only for kinds whose content is fetched apart.
    fn stamp(&self, _node: &Value) -> Option<Stamp> {
        None
    }

    /// The document of a node whose ids were resolved. Nothing when there is nothing to keep.
    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value>;

    /// Whether an object of this kind can have the natural key. Nothing is asked for one that none can have.
    fn can_be_named(&self, _name: &str) -> bool {
        true
    }

    /// Reads one by its natural key, whole; nothing if it is not there.
    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError>;

    /// Creates it, or updates what `live` is.
    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError>;

    /// Deletes what `live` is.
    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError>;
}

/// All kinds, in the order in which they are captured: what others refer to comes first.
pub(super) static KINDS: [&dyn Kind; 12] = [
    &metaobject_definition::MetaobjectDefinition,
    &metafield_definition::MetafieldDefinition,
    &file::File,
    &metaobject::Metaobject,
    &product::Product,
    &page::Page,
    &blog::Blog,
    &article::Article,
    &collection::Collection,
    &menu::Menu,
    &redirect::Redirect,
    &translation::Translation,
];

/// Where theme files begin in the order of writing.
pub(super) const THEME_LAYER: u16 = 20;

/// The kind of a resource; nothing when this platform does not know it.
pub(super) fn kind_of(key: &ResourceKey) -> Option<&'static dyn Kind> {
    (key.family() == "shopify")
        .then(|| KINDS.iter().find(|kind| kind.name() == key.kind()).copied())
        .flatten()
}

/// The key of an object.
pub(super) fn key(kind: &str, name: &str) -> Option<ResourceKey> {
    ResourceKey::new("shopify", kind, name).ok()
}
