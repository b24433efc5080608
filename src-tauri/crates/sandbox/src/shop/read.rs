//! What a field's value is, where it is not simply stored under its name.
//!
//! One file per kind; [`common`] has what many kinds share. A function that answers nothing leaves the field to the
//! stored value, and that failing to the schema's null or empty list.

mod access;
mod collection;
mod common;
mod content;
mod file;
mod meta;
mod product;
mod root;
mod shop;
mod theme;
mod translation;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::gid;
use super::graphql::{Fail, Found};
use super::state::State;
use super::table::Fields;

pub(crate) use access::{check_read, check_write};
pub(crate) use collection::collection_products;
pub(crate) use common::namespace;
pub(crate) use file::{image, stage};
pub(crate) use meta::{
    by_custom_id, compare_digest, display_name, find_definition, find_metaobject, object_type,
    value_of,
};
pub(crate) use translation::{content as translatable_content, primary as primary_locale};

/// What a field was found to be, if this place knows it.
type Answer = Result<Option<Found>, Fail>;

/// The object behind a global id: stored, or one that exists everywhere.
pub(crate) fn load(state: &State, id: &str) -> Option<Arc<Fields>> {
    let (kind, number) = gid::split(id)?;
    match kind {
        "TaxonomyCategory" => product::category(id, number).map(Arc::new),
        "Shop" => Some(Arc::new(shop::shop(state))),
        "App" => Some(Arc::new(shop::app(state))),
        "AppInstallation" => Some(Arc::new(shop::installation(state))),
        "Channel" => shop::channel(state, number).map(Arc::new),
        "AppCatalog" => shop::catalog(state, number).map(Arc::new),
        _ => state.get(id),
    }
}

/// The value of a field of an object.
pub(crate) fn field(
    state: &mut State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    if on == "QueryRoot" {
        return root::field(state, name, given);
    }
    let found = match on {
        "Product" | "ProductVariant" | "ProductOption" | "ProductOptionValue" | "InventoryItem"
        | "SelectedOption" => product::field(state, on, name, object, given)?,
        "Collection" | "CollectionConditionsSource" => {
            collection::field(state, on, name, object, given)?
        }
        "Page" | "Blog" | "Article" | "Menu" => content::field(state, on, name, object, given)?,
        "Metafield"
        | "MetafieldDefinition"
        | "Metaobject"
        | "MetaobjectDefinition"
        | "MetaobjectField" => meta::field(state, on, name, object, given)?,
        "MediaImage" | "Video" | "ExternalVideo" | "Model3d" | "GenericFile" | "Image" => {
            file::field(state, on, name, object, given)?
        }
        "OnlineStoreTheme" | "OnlineStoreThemeFile" => {
            theme::field(state, on, name, object, given)?
        }
        "Shop"
        | "AppInstallation"
        | "Job"
        | "BulkOperation"
        | "Publication"
        | "ResourcePublication"
        | "CollectionPublication"
        | "ProductPublication"
        | "ProductSetOperation"
        | "ProductDeleteOperation"
        | "ProductDuplicateOperation" => shop::field(state, on, name, object, given)?,
        "TranslatableResource" => translation::field(state, name, object, given)?,
        _ => None,
    };
    match found {
        Some(found) => Ok(Some(found)),
        None => common::field(state, on, name, object, given),
    }
}

/// A number of things, as `Count`.
fn count(number: usize) -> Found {
    json!({"count": number, "precision": "EXACT"}).into()
}

/// A number of things that is not counted beyond a limit.
fn count_to(number: usize, limit: Option<u64>) -> Found {
    match limit {
        Some(limit) if number as u64 > limit => {
            json!({"count": limit, "precision": "AT_LEAST"}).into()
        }
        _ => count(number),
    }
}

/// Text among the arguments.
fn arg<'a>(given: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    given.get(name)?.as_str()
}
