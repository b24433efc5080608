//! Collections: by hand with an order, by conditions, or of other collections.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::names::Names;
use super::super::portable::{Inward, Outward, put, put_text};
use super::article::{image, image_change};
use super::context::{Context, id_of};
use super::page::handle_of;
use super::product::{each, seo};
use super::{Kind, List, metafields, publishing, source_changes, sources};

/// The kind `collection`: `shopify/collection:<handle>`.
pub(super) struct Collection;

/// How many moves one request makes (Admin API schema).
const MOVE_LIMIT: usize = 250;

#[async_trait]
impl Kind for Collection {
    fn name(&self) -> &'static str {
        "collection"
    }

    fn layer(&self) -> u16 {
        6
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_products"]
    }

    async fn lists(&self, context: &Context) -> Result<Vec<List>, PlatformError> {
        Ok(vec![List {
            operation: "Collections",
            variables: json!({"publications": context.sees_publications()}),
            size: 50,
        }])
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        handle_of(node)
    }

    async fn complete(&self, context: &Context, node: &mut Value) -> Result<(), PlatformError> {
        let id = id_of(node)?;
        if is_by_hand(node) {
            context
                .rest("CollectionProducts", &id, None, &mut node["products"])
                .await?;
        }
        if context.sees_publications() {
            let publications = &mut node["resourcePublicationsV2"];
            context
                .rest("CollectionPublications", &id, None, publications)
                .await?;
        }
        sources::complete(context, node).await?;
        context.rest_of_metafields(node).await
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        put_text(
            &mut document,
            node,
            &["title", "sortOrder", "templateSuffix"],
        );
        put(&mut document, "seo", seo(&node["seo"]));
        put(&mut document, "image", image(&node["image"]));
        put(
            &mut document,
            "descriptionHtml",
            out.text(&node["descriptionHtml"]),
        );
        put(
            &mut document,
            "sources",
            sources::document(&node["sources"], out),
        );
        if is_by_hand(node) {
            let products = each(&node["products"]["nodes"]);
            let order = products.filter_map(|product| out.reference(&product["id"], "A product"));
            let order: Vec<Value> = order.collect();
            put(&mut document, "order", json!(order));
        }
        put(
            &mut document,
            "metafields",
            out.metafields(&node["metafields"], ""),
        );
        if node["resourcePublicationsV2"].is_object() {
            let publications = out.publications(&node["resourcePublicationsV2"]);
            document.insert("publications".to_owned(), publications);
        }
        Some(Value::Object(document))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        let variables = json!({
            "identifier": {"handle": name}, "publications": context.sees_publications()
        });
        let Some(mut node) = context.node("Collection", variables).await? else {
            return Ok(None);
        };
        self.complete(context, &mut node).await?;
        Ok(Some(node))
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        publishing::check(context, live, document)?;
        let inward = context.inward("The collection", document).await?;
        let mut collection = json!({
            "title": document["title"],
            "descriptionHtml": inward.text(&document["descriptionHtml"]).as_str().unwrap_or_default(),
            "sortOrder": document["sortOrder"],
            "templateSuffix": document["templateSuffix"],
            "seo": {"title": document["seo"]["title"], "description": document["seo"]["description"]},
        });
        let held = live.map_or(Value::Null, |live| image(&live["image"]));
        if let Some(image) = image_change(&held, &document["image"]) {
            collection["image"] = image.map_or(Value::Null, |image| {
                json!({"src": image["source"], "altText": image["altText"].as_str().unwrap_or_default()})
            });
        }
        let id = match live {
            None => {
                collection["handle"] = json!(name);
                collection["metafields"] = json!(inward.metafields(document)?);
                collection["sources"] = sources::inputs(&document["sources"], &inward)?;
                let variables = json!({"collection": collection});
                let payload = context
                    .client()
                    .change("CreateCollection", variables)
                    .await?;
                let clean_up = (
                    "DeleteCollection",
                    (|id| json!({"id": id})) as fn(&str) -> Value,
                );
                context
                    .created("collection", name, &payload, clean_up)
                    .await?
            }
            Some(live) => {
                let id = id_of(live)?;
                collection["id"] = json!(id);
                let changes = source_changes::between(
                    &live["sources"],
                    &document["sources"],
                    &mut Outward::new(&context.names),
                    &inward,
                )?;
                let mut steps = changes.into_iter();
                if let Some(Value::Object(first)) = steps.next() {
                    collection
                        .as_object_mut()
                        .expect("BUG: an input is an object")
                        .extend(first);
                }
                update(context, &id, std::iter::once(collection).chain(steps)).await?;
                metafields::write(context, live, document, &inward).await?;
                id
            }
        };
        if sources::is_long(&document["sources"]) {
            rest_of_selections(context, name, document, &inward).await?;
        }
        order(context, name, &id, document, &inward).await?;
        publishing::write(context, &id, live, document).await
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteCollection", json!({"id": id}))
            .await?;
        Ok(())
    }
}

/// Whether people choose the products and their order. Where conditions choose, the order is of what is there.
fn is_by_hand(node: &Value) -> bool {
    node["sortOrder"] == json!("MANUAL")
        && each(&node["sources"]).all(|source| {
            each(&source["inclusion"]["conditions"]).next().is_none()
                && source["collections"].is_null()
        })
}

/// Sends changes of a collection one after the other.
async fn update(
    context: &Context,
    id: &str,
    changes: impl Iterator<Item = Value>,
) -> Result<(), PlatformError> {
    for mut collection in changes {
        collection["id"] = json!(id);
        let variables = json!({"collection": collection});
        let payload = context
            .client()
            .change("UpdateCollection", variables)
            .await?;
        context.finish(&payload["job"]).await?;
    }
    Ok(())
}

/// Adds the selections that the request that made a source had no room for.
async fn rest_of_selections(
    context: &Context,
    name: &str,
    document: &Value,
    inward: &Inward,
) -> Result<(), PlatformError> {
    let Some(live) = Collection.fetch(context, name).await? else {
        return Ok(());
    };
    let nodes = std::slice::from_ref(&live);
    context.names.resolve(&context.store, nodes).await?;
    let mut out = Outward::new(&context.names);
    let (there, wanted) = (&live["sources"], &document["sources"]);
    let changes = source_changes::between(there, wanted, &mut out, inward)?;
    update(context, &id_of(&live)?, changes.into_iter()).await
}

/// Brings the products into the order of the document.
async fn order(
    context: &Context,
    name: &str,
    id: &str,
    document: &Value,
    inward: &Inward,
) -> Result<(), PlatformError> {
    let Some(order) = document["order"].as_array() else {
        return Ok(());
    };
    let wanted = order
        .iter()
        .map(|product| inward.id(product))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(node) = Collection.fetch(context, name).await? else {
        return Ok(());
    };
    let there = each(&node["products"]["nodes"]).filter_map(|product| product["id"].as_str());
    let mut there: Vec<String> = there.map(str::to_owned).collect();
    let mut moves = Vec::new();
    for (at, product) in wanted.iter().enumerate() {
        if there.get(at) == Some(product) {
            continue;
        }
        let Some(from) = there.iter().position(|other| other == product) else {
            continue;
        };
        let moved = there.remove(from);
        there.insert(at.min(there.len()), moved);
        moves.push(json!({"id": product, "newPosition": at.to_string()}));
    }
    for moves in moves.chunks(MOVE_LIMIT) {
        let variables = json!({"id": id, "moves": moves});
        let payload = context
            .client()
            .change("ReorderCollection", variables)
            .await?;
        context.finish(&payload["job"]).await?;
    }
    Ok(())
}
