//! Blogs.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::names::Names;
use super::super::portable::{Outward, put, put_text};
use super::context::{Context, id_of};
use super::page::{fetch_listed, handle_of};
use super::{Kind, List, metafields};

/// The kind `blog`: `shopify/blog:<handle>`.
pub(super) struct Blog;

#[async_trait]
impl Kind for Blog {
    fn name(&self) -> &'static str {
        "blog"
    }

    fn layer(&self) -> u16 {
        4
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_content", "read_online_store_pages"]
    }

    async fn lists(&self, _context: &Context) -> Result<Vec<List>, PlatformError> {
        Ok(List::of("Blogs", 100))
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        handle_of(node)
    }

    async fn complete(&self, context: &Context, node: &mut Value) -> Result<(), PlatformError> {
        context.rest_of_metafields(node).await
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        put_text(
            &mut document,
            node,
            &["title", "commentPolicy", "templateSuffix"],
        );
        put(
            &mut document,
            "metafields",
            out.metafields(&node["metafields"], ""),
        );
        Some(Value::Object(document))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        fetch_listed(context, self, ("BlogNames", "Blog"), name, handle_of).await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context.inward("The blog", document).await?;
        let mut blog = json!({
            "title": document["title"],
            "commentPolicy": document["commentPolicy"],
            "templateSuffix": document["templateSuffix"],
        });
        match live {
            None => {
                blog["handle"] = json!(name);
                blog["metafields"] = json!(inward.metafields(document)?);
                let payload = context
                    .client()
                    .change("CreateBlog", json!({"blog": blog}))
                    .await?;
                context
                    .created(
                        "blog",
                        name,
                        &payload,
                        ("DeleteBlog", |id| json!({"id": id})),
                    )
                    .await?;
                Ok(())
            }
            Some(live) => {
                let id = id_of(live)?;
                context
                    .client()
                    .change("UpdateBlog", json!({"id": id, "blog": blog}))
                    .await?;
                metafields::write(context, live, document, &inward).await
            }
        }
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteBlog", json!({"id": id}))
            .await?;
        Ok(())
    }
}
