//! Products by bulk operations: two, since one query may have five connections (`FACTS.md` §3.4), read side by side and
//! joined by the products' ids.
//!
//! Memory: a few products, as long as both results come in the same order; in another order, those that wait.

use std::collections::HashMap;

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::kinds::Context;
use super::super::operations::operation;
use super::bulk::{Groups, NoBulk, run};

/// What stands for the publications in the operation's text.
const PLACEHOLDER: &str =
    "published: publishedOnPublication(publicationId: \"gid://shopify/Publication/0\")";

/// The nodes of all products, as pages have them.
pub(super) struct Products {
    products: Groups,
    variants: Groups,
    /// The publications by the names under which their flags were asked for.
    publications: Vec<(String, String)>,
    sees_publications: bool,
    waiting_products: HashMap<String, Value>,
    waiting_variants: HashMap<String, Value>,
    whole: Vec<Value>,
}

impl Products {
    /// Runs both operations.
    pub(super) async fn run(context: &Context) -> Result<Self, NoBulk> {
        let sees_publications = context.sees_publications();
        let publications = if sees_publications {
            context.publications().await?.into_values().collect()
        } else {
            Vec::new()
        };
        let publications: Vec<(String, String)> = publications
            .into_iter()
            .enumerate()
            .map(|(at, id): (usize, String)| (format!("published{at}"), id))
            .collect();
        let flags: Vec<String> = publications
            .iter()
            .map(|(name, id)| format!("{name}: publishedOnPublication(publicationId: \"{id}\")"))
            .collect();
        let query = operation("BulkProducts")
            .text
            .replace(PLACEHOLDER, &flags.join(" "));
        let client = context.client();
        let (products, variants) = tokio::try_join!(
            run(client, &query),
            run(client, &operation("BulkVariants").text)
        )?;
        Ok(Self {
            products: Groups::new(products),
            variants: Groups::new(variants),
            publications,
            sees_publications,
            waiting_products: HashMap::new(),
            waiting_variants: HashMap::new(),
            whole: Vec::new(),
        })
    }

    /// The next product; nothing after the last. What has no other half was made or deleted while the operations ran.
    pub(super) async fn next(&mut self) -> Result<Option<Value>, PlatformError> {
        loop {
            if let Some(whole) = self.whole.pop() {
                return Ok(Some(whole));
            }
            let (product, variants) = (self.products.next().await?, self.variants.next().await?);
            if product.is_none() && variants.is_none() {
                return Ok(None);
            }
            if let Some((node, rows)) = product {
                let product = self.with_parts(node, rows);
                match self.waiting_variants.remove(&id(&product)) {
                    Some(variants) => self.whole.push(joined(product, variants)),
                    None => drop(self.waiting_products.insert(id(&product), product)),
                }
            }
            if let Some((node, rows)) = variants {
                let variants = with_variants(rows);
                match self.waiting_products.remove(&id(&node)) {
                    Some(product) => self.whole.push(joined(product, variants)),
                    None => drop(self.waiting_variants.insert(id(&node), variants)),
                }
            }
        }
    }

    fn with_parts(&self, mut node: Value, rows: Vec<Value>) -> Value {
        let (metafields, media) = parts(rows);
        node["metafields"] = json!({"nodes": metafields});
        node["media"] = json!({"nodes": media});
        if self.sees_publications {
            let published = self
                .publications
                .iter()
                .filter(|(name, _)| node[name] == json!(true));
            let nodes: Vec<Value> = published
                .map(|(_, id)| json!({"publication": {"id": id}}))
                .collect();
            node["resourcePublicationsV2"] = json!({"nodes": nodes});
        }
        if let Some(fields) = node.as_object_mut() {
            fields.retain(|name, _| !name.starts_with("published"));
        }
        node
    }
}

fn joined(mut product: Value, variants: Value) -> Value {
    product["variants"] = variants;
    product
}

fn id(node: &Value) -> String {
    node["id"].as_str().unwrap_or_default().to_owned()
}

/// The metafields and media among some rows.
fn parts(rows: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    rows.into_iter()
        .partition(|row| row.get("namespace").is_some())
}

fn with_variants(rows: Vec<Value>) -> Value {
    let (variants, parts_of_variants): (Vec<Value>, Vec<Value>) = rows
        .into_iter()
        .partition(|row| row.get("selectedOptions").is_some());
    let mut of: HashMap<String, Vec<Value>> = HashMap::new();
    for row in parts_of_variants {
        let parent = row["__parentId"].as_str().unwrap_or_default().to_owned();
        of.entry(parent).or_default().push(row);
    }
    let nodes = variants.into_iter().map(|mut variant| {
        let (metafields, mut media) = parts(of.remove(&id(&variant)).unwrap_or_default());
        media.truncate(1);
        variant["metafields"] = json!({"nodes": metafields});
        variant["media"] = json!({"nodes": media});
        variant
    });
    json!({"nodes": nodes.collect::<Vec<_>>()})
}
