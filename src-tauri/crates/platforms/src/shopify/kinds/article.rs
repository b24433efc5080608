//! Articles.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::names::{Names, filename};
use super::super::portable::{Outward, put, put_text};
use super::context::{Context, id_of};
use super::page::fetch_listed;
use super::{Kind, List, key, metafields};

/// The kind `article`: `shopify/article:<blog>/<handle>`.
pub(super) struct Article;

#[async_trait]
impl Kind for Article {
    fn name(&self) -> &'static str {
        "article"
    }

    fn layer(&self) -> u16 {
        5
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_content", "read_online_store_pages"]
    }

    async fn lists(&self, _context: &Context) -> Result<Vec<List>, PlatformError> {
        // An article may hold a megabyte of text.
        Ok(List::of("Articles", 25))
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        path_of(node)
    }

    async fn complete(&self, context: &Context, node: &mut Value) -> Result<(), PlatformError> {
        context.rest_of_metafields(node).await
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        put_text(&mut document, node, &["title", "templateSuffix"]);
        let blog = key("blog", node["blog"]["handle"].as_str()?)?;
        put(&mut document, "blog", json!({"ref": blog}));
        put(&mut document, "author", node["author"]["name"].clone());
        put(&mut document, "isPublished", node["isPublished"].clone());
        put(&mut document, "tags", sorted_tags(&node["tags"]));
        put(&mut document, "image", image(&node["image"]));
        put(&mut document, "summary", out.text(&node["summary"]));
        put(&mut document, "body", out.text(&node["body"]));
        put(
            &mut document,
            "metafields",
            out.metafields(&node["metafields"], ""),
        );
        Some(Value::Object(document))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        fetch_listed(context, self, ("ArticleNames", "Article"), name, path_of).await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context.inward("The article", document).await?;
        let (_, handle) = name.split_once('/').ok_or_else(|| {
            refused(
                format!("`{name}` does not say the blog of the article."),
                "Name it `<blog>/<article>`.",
            )
        })?;
        let mut article = json!({
            "title": document["title"],
            "body": inward.text(&document["body"]).as_str().unwrap_or_default(),
            "summary": inward.text(&document["summary"]),
            "author": {"name": document["author"].as_str().unwrap_or_default()},
            "tags": document.get("tags").cloned().unwrap_or_else(|| json!([])),
            "templateSuffix": document["templateSuffix"],
            "isPublished": document["isPublished"],
        });
        let held = live.map_or(Value::Null, |live| image(&live["image"]));
        if let Some(image) = image_change(&held, &document["image"]) {
            article["image"] = image.map_or(Value::Null, |image| {
                json!({"url": image["source"], "altText": image["altText"].as_str().unwrap_or_default()})
            });
        }
        match live {
            None => {
                article["handle"] = json!(handle);
                article["blogId"] = json!(inward.id(&document["blog"])?);
                article["metafields"] = json!(inward.metafields(document)?);
                let variables = json!({"article": article});
                let payload = context.client().change("CreateArticle", variables).await?;
                let clean_up = (
                    "DeleteArticle",
                    (|id| json!({"id": id})) as fn(&str) -> Value,
                );
                context.created("article", name, &payload, clean_up).await?;
                Ok(())
            }
            Some(live) => {
                let id = id_of(live)?;
                let variables = json!({"id": id, "article": article});
                context.client().change("UpdateArticle", variables).await?;
                metafields::write(context, live, document, &inward).await
            }
        }
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteArticle", json!({"id": id}))
            .await?;
        Ok(())
    }
}

fn path_of(node: &Value) -> Option<String> {
    let blog = node["blog"]["handle"].as_str()?;
    Some(format!("{blog}/{}", node["handle"].as_str()?))
}

/// Tags in a stable order: stores keep them sorted in their own way.
pub(super) fn sorted_tags(tags: &Value) -> Value {
    let list = tags.as_array().into_iter().flatten();
    let mut tags: Vec<&str> = list.filter_map(Value::as_str).collect();
    tags.sort_unstable_by_key(|tag| (tag.to_lowercase(), *tag));
    json!(tags)
}

/// The image of an article or a collection: known by its name, fetched from `source`. Stores serve each its own copy under
/// an address of their own, so the source is no part of what the document means.
pub(super) fn image(image: &Value) -> Value {
    let mut fields = Map::new();
    if let Some(url) = image["url"].as_str() {
        put(
            &mut fields,
            "name",
            json!(filename(url).map(|name| without_uuid(&name))),
        );
        put(&mut fields, "altText", image["altText"].clone());
        put(&mut fields, "source", json!(url));
    }
    Value::Object(fields)
}

/// What becomes of an image: nothing when it stays; the outer one with nothing inside when it goes.
pub(super) fn image_change<'d>(held: &Value, wanted: &'d Value) -> Option<Option<&'d Value>> {
    let is_held = held.as_object().is_some_and(|fields| !fields.is_empty());
    if !wanted.is_object() {
        return is_held.then_some(None);
    }
    let same = held["name"] == wanted["name"] && held["altText"] == wanted["altText"];
    (!same).then_some(Some(wanted))
}

/// A name without what stores add to one that is taken.
fn without_uuid(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_uuid = |tail: &str| {
        tail.len() == 36
            && tail
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    match stem.rsplit_once('_') {
        Some((stem, tail)) if is_uuid(tail) => format!("{stem}.{ending}"),
        _ => name.to_owned(),
    }
}
