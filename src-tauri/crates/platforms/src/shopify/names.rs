//! The natural keys of the objects that ids lead to, in one store.
//!
//! Invariant: kept for one capture or one deployment only: an object that is made anew has another id.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use slipway_domain::ResourceKey;
use slipway_engine::PlatformError;

use super::gid;
use super::scopes;
use super::store::{Facts, Store};

/// How many ids one request asks for (shopify.dev, API limits).
const ID_LIMIT: usize = 250;

/// The types whose natural keys can be asked for.
const KNOWN_TYPES: [&str; 16] = [
    "Product",
    "ProductVariant",
    "Collection",
    "Page",
    "Blog",
    "Article",
    "Menu",
    "Metaobject",
    "MetaobjectDefinition",
    "MetafieldDefinition",
    "ShopPolicy",
    "MediaImage",
    "GenericFile",
    "Video",
    "Model3d",
    "ExternalVideo",
];

fn can_be_asked(id: &str) -> bool {
    gid::type_of(id).is_some_and(|kind| KNOWN_TYPES.contains(&kind))
}

fn is_publication(id: &str) -> bool {
    gid::type_of(id) == Some("Publication")
}

/// What an id leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A resource.
    Key(ResourceKey),
    /// A variant of a product, known by its options.
    Variant(ResourceKey, BTreeMap<String, String>),
    /// Something that is not carried over.
    Foreign,
    /// Nothing.
    Gone,
}

/// The names of one store.
pub(super) struct Names {
    pub(super) facts: Arc<Facts>,
    keys: Mutex<HashMap<Box<str>, Name>>,
}

impl Names {
    pub(super) fn new(facts: Arc<Facts>) -> Self {
        Self {
            facts,
            keys: Mutex::default(),
        }
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Box<str>, Name>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what an id leads to.
    pub(super) fn learn(&self, id: &str, key: &ResourceKey) {
        self.keys().insert(id.into(), Name::Key(key.clone()));
    }

    /// Forgets an id, whose object was made anew or deleted.
    pub(super) fn forget(&self, id: &str) {
        self.keys().remove(id);
    }

    /// What an id leads to, if it was asked for.
    pub(super) fn get(&self, id: &str) -> Option<Name> {
        let known = self.keys().get(id).cloned();
        // Most ids in a product are of its own parts: to remember each would take most of a capture's memory.
        known.or_else(|| (!can_be_asked(id)).then_some(Name::Foreign))
    }

    /// Asks for every id in some nodes that is not known.
    pub(super) async fn resolve(
        &self,
        store: &Store,
        nodes: &[Value],
    ) -> Result<(), PlatformError> {
        let mut unknown: Vec<String> = {
            let keys = self.keys();
            let mut ids = HashSet::new();
            for node in nodes {
                each_id(node, &mut |id| {
                    let is_wanted = can_be_asked(id) || is_publication(id);
                    if is_wanted && !gid::is_global(id) && !keys.contains_key(id) {
                        ids.insert(id.to_owned());
                    }
                });
            }
            ids.into_iter().collect()
        };
        let channels = unknown.iter().filter(|id| is_publication(id));
        let channels: Vec<&String> = channels.collect();
        if !channels.is_empty() && scopes::has(&self.facts.scopes, scopes::PUBLICATIONS.read) {
            self.resolve_publications(store, &channels).await?;
        }
        // Texts may hold any identity: one that the store does not list is asked for once.
        {
            let mut keys = self.keys();
            for id in channels {
                keys.entry(id.as_str().into()).or_insert(Name::Foreign);
            }
        }
        unknown.retain(|id| can_be_asked(id));
        unknown.sort_unstable();
        for ids in unknown.chunks(ID_LIMIT) {
            let asked = store.client.ask_partly("NamesOf", json!({"ids": ids}));
            let (answer, denied) = asked.await?;
            let is_denied = |at: usize| denied.iter().any(|path| path[1] == json!(at));
            let found = answer["nodes"].as_array().map_or(&[][..], Vec::as_slice);
            let mut keys = self.keys();
            for (at, id) in ids.iter().enumerate() {
                let name = found.get(at).and_then(name_of);
                let none = if is_denied(at) {
                    Name::Foreign
                } else {
                    Name::Gone
                };
                keys.insert(id.as_str().into(), name.unwrap_or(none));
            }
        }
        Ok(())
    }

    async fn resolve_publications(
        &self,
        store: &Store,
        ids: &[&String],
    ) -> Result<(), PlatformError> {
        let has_all = |known: &[(String, String)]| {
            let has = |wanted: &&String| known.iter().any(|(id, _)| id == *wanted);
            ids.iter().all(has)
        };
        let listed = store.publications.list(&store.client, has_all).await?;
        for (id, title) in listed.iter() {
            if let Ok(key) = ResourceKey::new("shopify", "publication", title) {
                self.learn(id, &key);
            }
        }
        Ok(())
    }
}

/// Calls `found` with every id in a node, also with those inside texts.
fn each_id<'v>(value: &'v Value, found: &mut dyn FnMut(&'v str)) {
    match value {
        Value::String(text) => gid::each_in(text, found),
        Value::Array(list) => list.iter().for_each(|value| each_id(value, found)),
        Value::Object(fields) => {
            // A variant that is part of a product is no reference to it.
            let is_variant = fields.contains_key("selectedOptions");
            for (name, value) in fields {
                if !(is_variant && matches!(name.as_str(), "id" | "product")) {
                    each_id(value, found);
                }
            }
        }
        _ => {}
    }
}

fn name_of(node: &Value) -> Option<Name> {
    let text = |field: &str| node[field].as_str();
    let (kind, name) = match text("__typename")? {
        "ProductVariant" => {
            let product =
                ResourceKey::new("shopify", "product", node["product"]["handle"].as_str()?);
            return Some(Name::Variant(product.ok()?, options(node)));
        }
        "Product" => ("product", text("handle")?.to_owned()),
        "Collection" => ("collection", text("handle")?.to_owned()),
        "Page" => ("page", text("handle")?.to_owned()),
        "Blog" => ("blog", text("handle")?.to_owned()),
        "Menu" => ("menu", text("handle")?.to_owned()),
        "Article" => {
            let blog = node["blog"]["handle"].as_str()?;
            ("article", format!("{blog}/{}", text("handle")?))
        }
        "Metaobject" => (
            "metaobject",
            format!("{}/{}", text("type")?, text("handle")?),
        ),
        "MetaobjectDefinition" => ("metaobject-definition", text("type")?.to_owned()),
        "MetafieldDefinition" => {
            let (owner, namespace, key) = (text("ownerType")?, text("namespace")?, text("key")?);
            ("metafield-definition", format!("{owner}/{namespace}.{key}"))
        }
        "ShopPolicy" => ("policy", text("policy")?.to_owned()),
        "MediaImage" => ("file", filename(node["image"]["url"].as_str()?)?),
        "GenericFile" => ("file", filename(text("url")?)?),
        "Video" | "Model3d" => ("file", text("filename")?.to_owned()),
        "ExternalVideo" => ("file", text("originUrl")?.to_owned()),
        _ => return Some(Name::Foreign),
    };
    Some(Name::Key(ResourceKey::new("shopify", kind, &name).ok()?))
}

/// The options by which a variant is known inside its product.
pub(super) fn options(variant: &Value) -> BTreeMap<String, String> {
    let list = variant["selectedOptions"].as_array();
    list.into_iter()
        .flatten()
        .filter_map(|option| {
            let (name, value) = (option["name"].as_str()?, option["value"].as_str()?);
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The name of a file from its address: the last part of the path.
pub(super) fn filename(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(name.to_owned())
}
