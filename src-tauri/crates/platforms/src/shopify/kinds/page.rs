//! Pages.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::names::Names;
use super::super::portable::{Outward, put, put_text};
use super::context::{Context, id_of};
use super::{Kind, List, metafields};

/// The kind `page`: `shopify/page:<handle>`.
pub(super) struct Page;

const SCOPES: &[&str] = &["read_content", "read_online_store_pages"];

#[async_trait]
impl Kind for Page {
    fn name(&self) -> &'static str {
        "page"
    }

    fn layer(&self) -> u16 {
        4
    }

    fn scopes(&self) -> &'static [&'static str] {
        SCOPES
    }

    async fn lists(&self, _context: &Context) -> Result<Vec<List>, PlatformError> {
        // A page may hold half a megabyte of text.
        Ok(List::of("Pages", 50))
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        handle_of(node)
    }

    async fn complete(&self, context: &Context, node: &mut Value) -> Result<(), PlatformError> {
        context.rest_of_metafields(node).await
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        put_text(&mut document, node, &["title", "templateSuffix"]);
        put(&mut document, "isPublished", node["isPublished"].clone());
        put(&mut document, "body", out.text(&node["body"]));
        put(
            &mut document,
            "metafields",
            out.metafields(&node["metafields"], ""),
        );
        Some(Value::Object(document))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        fetch_listed(context, self, ("PageNames", "Page"), name, handle_of).await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context.inward("The page", document).await?;
        let mut page = json!({
            "title": document["title"],
            "body": inward.text(&document["body"]).as_str().unwrap_or_default(),
            "templateSuffix": document["templateSuffix"],
            "isPublished": document["isPublished"],
        });
        match live {
            None => {
                page["handle"] = json!(name);
                page["metafields"] = json!(inward.metafields(document)?);
                let payload = context
                    .client()
                    .change("CreatePage", json!({"page": page}))
                    .await?;
                context
                    .created(
                        "page",
                        name,
                        &payload,
                        ("DeletePage", |id| json!({"id": id})),
                    )
                    .await?;
                Ok(())
            }
            Some(live) => {
                let id = id_of(live)?;
                context
                    .client()
                    .change("UpdatePage", json!({"id": id, "page": page}))
                    .await?;
                metafields::write(context, live, document, &inward).await
            }
        }
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeletePage", json!({"id": id}))
            .await?;
        Ok(())
    }
}

/// The handle of a node.
pub(super) fn handle_of(node: &Value) -> Option<String> {
    node["handle"].as_str().map(str::to_owned)
}

/// Reads an object of a kind that can't be asked for by its natural key: its id is listed, then it is read by that,
/// since a search may lag behind (Admin API schema).
pub(super) async fn fetch_listed(
    context: &Context,
    kind: &dyn Kind,
    (names, one): (&str, &str),
    name: &str,
    name_of: fn(&Value) -> Option<String>,
) -> Result<Option<Value>, PlatformError> {
    for _ in 0..2 {
        let Some(id) = context.listed(kind.name(), names, name, name_of).await? else {
            return Ok(None);
        };
        let node = context.node(one, json!({"id": id})).await?;
        // It may have got another name, or gone, since it was listed.
        match node {
            Some(mut node) if kind.name_of(&node, &context.names).as_deref() == Some(name) => {
                kind.complete(context, &mut node).await?;
                return Ok(Some(node));
            }
            _ => {
                if let Some(key) = super::key(kind.name(), name) {
                    context.forget(&key).await;
                }
            }
        }
    }
    Ok(None)
}
