//! Menus: trees of links, three levels deep at most.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::names::Names;
use super::super::portable::{Inward, Outward, put};
use super::context::{Context, id_of};
use super::page::{fetch_listed, handle_of};
use super::{Kind, List};

/// The kind `menu`: `shopify/menu:<handle>`.
pub(super) struct Menu;

/// The types whose address follows from the type, so that the store makes it.
const FIXED: [&str; 4] = ["FRONTPAGE", "CATALOG", "COLLECTIONS", "SEARCH"];

#[async_trait]
impl Kind for Menu {
    fn name(&self) -> &'static str {
        "menu"
    }

    fn layer(&self) -> u16 {
        7
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_online_store_navigation"]
    }

    async fn lists(&self, _context: &Context) -> Result<Vec<List>, PlatformError> {
        Ok(List::of("Menus", 50))
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        handle_of(node)
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        put(&mut document, "title", node["title"].clone());
        put(&mut document, "items", items(&node["items"], out));
        Some(Value::Object(document))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        fetch_listed(context, self, ("MenuNames", "Menu"), name, handle_of).await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context.inward("The menu", document).await?;
        let items = inputs(&document["items"], &inward)?;
        match live {
            None => {
                let variables = json!({"title": document["title"], "handle": name, "items": items});
                let payload = context.client().change("CreateMenu", variables).await?;
                context
                    .created(
                        "menu",
                        name,
                        &payload,
                        ("DeleteMenu", |id| json!({"id": id})),
                    )
                    .await?;
                Ok(())
            }
            Some(live) => {
                let id = id_of(live)?;
                let variables = json!({"id": id, "title": document["title"], "items": items});
                context.client().change("UpdateMenu", variables).await?;
                Ok(())
            }
        }
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteMenu", json!({"id": id}))
            .await?;
        Ok(())
    }
}

fn items(list: &Value, out: &mut Outward<'_>) -> Value {
    let list = list.as_array().into_iter().flatten();
    list.map(|item| {
        let mut fields = Map::new();
        put(&mut fields, "title", item["title"].clone());
        put(&mut fields, "type", item["type"].clone());
        let kind = item["type"].as_str().unwrap_or_default();
        let place = format!(
            "The target of the menu item “{}”",
            item["title"].as_str().unwrap_or_default()
        );
        if !item["resourceId"].is_null() {
            put(
                &mut fields,
                "resource",
                out.reference(&item["resourceId"], &place)
                    .unwrap_or_default(),
            );
        }
        // The address of a resource is made from it.
        if item["resourceId"].is_null() && !FIXED.contains(&kind) {
            put(&mut fields, "url", out.text(&item["url"]));
        }
        put(&mut fields, "tags", item["tags"].clone());
        put(&mut fields, "items", items(&item["items"], out));
        Value::Object(fields)
    })
    .collect()
}

fn inputs(list: &Value, inward: &Inward) -> Result<Vec<Value>, PlatformError> {
    let list = list.as_array().into_iter().flatten();
    list.map(|item| {
        let mut input = json!({
            "title": item["title"],
            "type": item["type"],
            "items": inputs(&item["items"], inward)?,
        });
        if let Some(resource) = item.get("resource") {
            input["resourceId"] = json!(inward.id(resource)?);
        }
        if let Some(url) = item.get("url") {
            input["url"] = inward.text(url);
        }
        if let Some(tags) = item.get("tags") {
            input["tags"] = tags.clone();
        }
        Ok(input)
    })
    .collect()
}
