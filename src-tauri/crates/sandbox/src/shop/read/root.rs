//! The fields of the query root: objects by id or natural key, and lists.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, arg, check_object, check_read, count, count_to, load, meta, translation};
use crate::shop::api::public_versions;
use crate::shop::gid;
use crate::shop::graphql::{Fail, Found, Items, Rows, is_kind_of};
use crate::shop::search::{Query, camel};
use crate::shop::state::{State, text};
use crate::shop::table::Fields;

/// Fields that lead to one object by its `id`, and its type.
const BY_ID: &[(&str, &str)] = &[
    ("product", "Product"),
    ("productVariant", "ProductVariant"),
    ("collection", "Collection"),
    ("page", "Page"),
    ("blog", "Blog"),
    ("article", "Article"),
    ("menu", "Menu"),
    ("metaobject", "Metaobject"),
    ("metaobjectDefinition", "MetaobjectDefinition"),
    ("urlRedirect", "UrlRedirect"),
    ("theme", "OnlineStoreTheme"),
    ("publication", "Publication"),
    ("location", "Location"),
    ("inventoryItem", "InventoryItem"),
    ("bulkOperation", "BulkOperation"),
    ("job", "Job"),
    ("productOperation", "ProductOperation"),
    ("market", "Market"),
    ("webhookSubscription", "WebhookSubscription"),
    ("urlRedirectImport", "UrlRedirectImport"),
];

/// Fields that list all objects of a type.
const LISTS: &[(&str, &str)] = &[
    ("products", "Product"),
    ("productVariants", "ProductVariant"),
    ("collections", "Collection"),
    ("pages", "Page"),
    ("blogs", "Blog"),
    ("articles", "Article"),
    ("urlRedirects", "UrlRedirect"),
    ("metaobjectDefinitions", "MetaobjectDefinition"),
    ("publications", "Publication"),
    ("locations", "Location"),
    ("inventoryItems", "InventoryItem"),
    ("bulkOperations", "BulkOperation"),
    ("markets", "Market"),
    ("events", "BasicEvent"),
    ("webhookSubscriptions", "WebhookSubscription"),
];

/// Fields that count all objects of a type.
const COUNTS: &[(&str, &str)] = &[
    ("productsCount", "Product"),
    ("productVariantsCount", "ProductVariant"),
    ("collectionsCount", "Collection"),
    ("pagesCount", "Page"),
    ("blogsCount", "Blog"),
    ("urlRedirectsCount", "UrlRedirect"),
    ("publicationsCount", "Publication"),
    ("locationsCount", "Location"),
];

/// The types of files, in the order in which they are listed.
const FILES: &[&str] = &[
    "MediaImage",
    "Video",
    "ExternalVideo",
    "Model3d",
    "GenericFile",
];

pub(super) fn field(state: &mut State, name: &str, given: &Map<String, Value>) -> Answer {
    check_read(state, name)?;
    if let Some((_, kind)) = BY_ID.iter().find(|(field, _)| *field == name) {
        return by_id(state, kind, arg(given, "id").unwrap_or_default()).map(Some);
    }
    if let Some((_, kind)) = LISTS.iter().find(|(field, _)| *field == name) {
        return Ok(Some(Found::Rows(list(state, kind, given))));
    }
    if let Some((_, kind)) = COUNTS.iter().find(|(field, _)| *field == name) {
        let limit = given.get("limit").and_then(Value::as_u64);
        // As in the real thing, the query of productVariantsCount is ignored.
        let searched = arg(given, "query").is_some() && *kind != "ProductVariant";
        let number = if searched {
            ids(state, kind, given).len()
        } else {
            state.count(kind)
        };
        return Ok(Some(count_to(number, limit)));
    }
    Ok(Some(match name {
        "node" => node(state, arg(given, "id").unwrap_or_default())?,
        "nodes" => {
            let ids = given.get("ids").and_then(Value::as_array);
            let found = ids.into_iter().flatten().filter_map(Value::as_str);
            let nodes = found.map(|id| {
                if load(state, id).is_some() {
                    json!(id)
                } else {
                    Value::Null
                }
            });
            nodes.collect::<Vec<Value>>().into()
        }
        "shop" => json!("gid://shopify/Shop/1").into(),
        "publicApiVersions" => public_versions().into(),
        "currentAppInstallation" | "appInstallation" => {
            json!("gid://shopify/AppInstallation/1").into()
        }
        "app" => json!("gid://shopify/App/1").into(),
        "onlineStore" => json!({"passwordProtection": {"enabled": false}}).into(),
        "channels" => {
            let ids = state
                .ids("Publication")
                .into_iter()
                .map(|id| json!(gid::gid("Channel", id)));
            Found::Rows(Rows::values(ids.collect()))
        }
        "files" => files(state, given),
        "menus" => menus(state, given),
        "themes" => themes(state, given),
        "metaobjects" => meta::metaobjects(state, given)?,
        "metaobjectByHandle" => meta::by_handle(state, given),
        "metaobjectDefinitionByType" => {
            meta::definition_by_type(state, arg(given, "type").unwrap_or_default())
        }
        "metafieldDefinition" => meta::definition(state, given),
        "metafieldDefinitions" => meta::definitions(state, given),
        "metafieldDefinitionTypes" => meta::types(),
        "productByHandle" | "collectionByHandle" => {
            let kind = if name.starts_with('p') {
                "Product"
            } else {
                "Collection"
            };
            first(state.find(kind, "handle", arg(given, "handle").unwrap_or_default()))
        }
        "productByIdentifier" => by_identifier(state, "Product", given)?,
        "collectionByIdentifier" => by_identifier(state, "Collection", given)?,
        "productVariantByIdentifier" => by_identifier(state, "ProductVariant", given)?,
        "locationByIdentifier" => by_identifier(state, "Location", given)?,
        "productTags" => words(state, "Product", "tags"),
        "productTypes" => words(state, "Product", "productType"),
        "productVendors" => words(state, "Product", "vendor"),
        "articleTags" => {
            let limit = given.get("limit").and_then(Value::as_u64).unwrap_or(250);
            let tags = all_words(state, "Article", "tags");
            tags.into_iter()
                .take(usize::try_from(limit).unwrap_or(250))
                .collect::<Vec<_>>()
                .into()
        }
        "shopLocales" => translation::locales(state, given),
        "translatableResource" => {
            translation::resource(state, arg(given, "resourceId").unwrap_or_default())
        }
        "translatableResources" => {
            translation::resources(state, arg(given, "resourceType").unwrap_or_default())
        }
        "translatableResourcesByIds" => translation::by_ids(state, given),
        "currentBulkOperation" => {
            let kind = arg(given, "type").unwrap_or("QUERY");
            let last = state
                .all("BulkOperation")
                .into_iter()
                .rev()
                .find(|row| text(row, "type") == kind);
            last.map_or(Value::Null, |row| row["id"].clone()).into()
        }
        "articlesCount" => count(state.count("Article")),
        _ => return Ok(None),
    }))
}

fn first(ids: Vec<String>) -> Found {
    ids.into_iter()
        .next()
        .map_or(Value::Null, Value::String)
        .into()
}

fn by_id(state: &State, kind: &str, id: &str) -> Result<Found, Fail> {
    let Some((found, _)) = gid::split(id) else {
        // A bare number is taken for one of the type's.
        return Ok(
            match id.parse().ok().and_then(|number| state.row(kind, number)) {
                Some(row) => row["id"].clone().into(),
                None => return Err(Fail::invalid_id(id)),
            },
        );
    };
    if !is_kind_of(found, kind) {
        return Err(Fail::invalid_id(id));
    }
    Ok(if load(state, id).is_some() {
        json!(id)
    } else {
        Value::Null
    }
    .into())
}

fn node(state: &State, id: &str) -> Result<Found, Fail> {
    let Some((kind, _)) = gid::split(id) else {
        return Err(Fail::invalid_id(id));
    };
    check_object(state, "node", kind, "read")?;
    Ok(if load(state, id).is_some() {
        json!(id)
    } else {
        Value::Null
    }
    .into())
}

fn by_identifier(state: &State, kind: &str, given: &Map<String, Value>) -> Result<Found, Fail> {
    let identifier = given.get("identifier").and_then(Value::as_object);
    let empty = Map::new();
    let identifier = identifier.unwrap_or(&empty);
    if let Some(id) = arg(identifier, "id") {
        return by_id(state, kind, id);
    }
    if let Some(handle) = arg(identifier, "handle") {
        return Ok(first(state.find(kind, "handle", handle)));
    }
    let custom = identifier
        .get("customId")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    Ok(meta::by_custom_id(state, kind, custom)
        .map_or(Value::Null, Value::String)
        .into())
}

/// The numbers of a type's objects that a query finds, in the order of their creation.
fn ids(state: &mut State, kind: &str, given: &Map<String, Value>) -> Vec<u64> {
    let ids = state.ids(kind);
    let Some(query) = arg(given, "query").filter(|query| !query.trim().is_empty()) else {
        return ids;
    };
    let query = Query::parse(query);
    let unindexed = state.unindexed(kind);
    let found = |id: &u64| {
        let row = match unindexed.get(id) {
            Some(before) => before.clone(),
            None => state.row(kind, *id),
        };
        row.is_some_and(|row| query.matches(state, &row))
    };
    ids.into_iter().filter(found).collect()
}

/// A type's objects as a list with the usual arguments.
pub(super) fn list(state: &mut State, kind: &str, given: &Map<String, Value>) -> Rows {
    let ids = ids(state, kind, given);
    sorted(state, kind, ids, given)
}

/// Objects in the order that `sortKey` asks for.
pub(super) fn sorted(state: &State, kind: &str, ids: Vec<u64>, given: &Map<String, Value>) -> Rows {
    let by = arg(given, "sortKey").unwrap_or("ID");
    if matches!(by, "ID" | "RELEVANCE") {
        return Rows::ids(kind, ids);
    }
    let by = camel(by);
    let key = |row: &Fields| match row.get(&by) {
        Some(Value::String(value)) => value.to_lowercase(),
        Some(Value::Number(number)) => format!("{:>12}", number.to_string()),
        _ => String::new(),
    };
    let mut keyed: Vec<(String, u64)> = ids
        .into_iter()
        .filter_map(|id| Some((key(state.row(kind, id)?.as_ref()), id)))
        .collect();
    keyed.sort();
    let (values, ids) = keyed.into_iter().unzip();
    Rows {
        sorted_by: Some(values),
        ..Rows::ids(kind, ids)
    }
}

fn files(state: &mut State, given: &Map<String, Value>) -> Found {
    let mut found: Vec<(u64, Value)> = Vec::new();
    for kind in FILES {
        let ids = ids(state, kind, given);
        found.extend(ids.into_iter().map(|id| (id, json!(gid::gid(kind, id)))));
    }
    found.sort_by_key(|(id, _)| *id);
    Found::Rows(Rows::values(
        found.into_iter().map(|(_, file)| file).collect(),
    ))
}

/// Searches find the default menus alone, as on real stores.
fn menus(state: &State, given: &Map<String, Value>) -> Found {
    let searched = arg(given, "query").is_some_and(|query| !query.is_empty());
    let is_default =
        |row: &Arc<Fields>| row.get("isDefault").and_then(Value::as_bool) == Some(true);
    let menus = state
        .all("Menu")
        .into_iter()
        .filter(|menu| !searched || is_default(menu));
    let ids = menus
        .filter_map(|menu| gid::number_of("Menu", text(&menu, "id")))
        .collect();
    Found::Rows(sorted(state, "Menu", ids, given))
}

fn themes(state: &State, given: &Map<String, Value>) -> Found {
    let list = |name: &str| {
        let list = given.get(name).and_then(Value::as_array)?;
        Some(
            list.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    };
    let (roles, names) = (list("roles"), list("names"));
    let fits = |asked: &Option<Vec<String>>, value: &str| {
        asked.as_ref().is_none_or(|asked| {
            asked.iter().any(|pattern| match pattern.split_once('*') {
                Some((start, end)) => value.starts_with(start) && value.ends_with(end),
                None => pattern == value,
            })
        })
    };
    let themes = state.all("OnlineStoreTheme").into_iter();
    let themes = themes
        .filter(|theme| fits(&roles, text(theme, "role")) && fits(&names, text(theme, "name")));
    let ids = themes.filter_map(|theme| gid::number_of("OnlineStoreTheme", text(&theme, "id")));
    Found::Rows(Rows::ids("OnlineStoreTheme", ids.collect()))
}

fn all_words(state: &State, kind: &str, field: &str) -> Vec<Value> {
    let mut words: Vec<String> = Vec::new();
    for row in state.all(kind) {
        match row.get(field) {
            Some(Value::String(word)) if !word.is_empty() => words.push(word.clone()),
            Some(Value::Array(list)) => {
                words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned))
            }
            _ => {}
        }
    }
    words.sort();
    words.dedup();
    words.into_iter().map(Value::String).collect()
}

fn words(state: &State, kind: &str, field: &str) -> Found {
    Found::Rows(Rows {
        items: Items::Values(all_words(state, kind, field)),
        ..Rows::values(Vec::new())
    })
}
