//! Pages, blogs, articles and menus.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, count, image};
use crate::shop::clock::parse_ms;
use crate::shop::gid;
use crate::shop::graphql::{Found, Rows};
use crate::shop::state::{State, text, texts};
use crate::shop::table::Fields;
use crate::shop::text::{cut, plain};

pub(super) fn field(
    state: &State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    Ok(Some(match (on, name) {
        ("Page" | "Article", "isPublished") => {
            let published = object
                .get("publishedAt")
                .and_then(Value::as_str)
                .and_then(parse_ms);
            json!(published.is_some_and(|ms| ms <= state.now_ms())).into()
        }
        ("Page", "bodySummary") => json!(cut(&plain(text(object, "body")), 150)).into(),
        ("Blog", "articles") => {
            let ids = state.find("Article", "blog", text(object, "id"));
            let ids = ids.iter().filter_map(|id| gid::parse(id)).map(|(_, id)| id);
            Found::Rows(Rows::ids("Article", ids.collect()))
        }
        ("Blog", "articlesCount") => count(state.find("Article", "blog", text(object, "id")).len()),
        ("Blog", "tags") => {
            let ids = state.find("Article", "blog", text(object, "id"));
            let rows = ids.iter().filter_map(|id| state.get(id));
            let mut tags: Vec<String> = rows.flat_map(|row| texts(&row, "tags")).collect();
            tags.sort();
            tags.dedup();
            tags.into()
        }
        ("Article", "commentsCount") => count(0),
        ("Article", "image") => object
            .get("_image")
            .map_or(Value::Null, |stored| match stored {
                Value::String(id) => image(state, id).unwrap_or_default(),
                stored => stored.clone(),
            })
            .into(),
        ("Menu", "items") => {
            let limit = given
                .get("limit")
                .and_then(Value::as_u64)
                .and_then(|limit| usize::try_from(limit).ok());
            let items = object.get("items").and_then(Value::as_array);
            let items = items
                .into_iter()
                .flatten()
                .take(limit.unwrap_or(usize::MAX));
            items
                .map(|item| with_url(state, item))
                .collect::<Vec<_>>()
                .into()
        }
        _ => return Ok(None),
    }))
}

/// A menu item with the address of what it leads to now.
fn with_url(state: &State, item: &Value) -> Value {
    let mut item = item.clone();
    if item["url"].is_null() {
        item["url"] = json!(address(state, &item));
    }
    if let Some(inner) = item["items"].as_array() {
        let inner: Vec<Value> = inner.iter().map(|item| with_url(state, item)).collect();
        item["items"] = Value::Array(inner);
    }
    item
}

fn address(state: &State, item: &Value) -> Option<String> {
    let handle = |row: &Fields| text(row, "handle").to_owned();
    let target = item["resourceId"].as_str().and_then(|id| state.get(id));
    Some(match item["type"].as_str()? {
        "FRONTPAGE" => "/".to_owned(),
        "CATALOG" => "/collections/all".to_owned(),
        "COLLECTIONS" => "/collections".to_owned(),
        "SEARCH" => "/search".to_owned(),
        "CUSTOMER_ACCOUNT_PAGE" => "/account".to_owned(),
        "COLLECTION" => format!("/collections/{}", handle(&*target?)),
        "PRODUCT" => format!("/products/{}", handle(&*target?)),
        "PAGE" => format!("/pages/{}", handle(&*target?)),
        "BLOG" => format!("/blogs/{}", handle(&*target?)),
        "ARTICLE" => {
            let article = target?;
            let blog = state.get(text(&article, "blog"))?;
            format!("/blogs/{}/{}", handle(&blog), handle(&article))
        }
        "METAOBJECT" => {
            let target = target?;
            format!("/pages/{}/{}", text(&target, "type"), handle(&target))
        }
        _ => return None,
    })
}
