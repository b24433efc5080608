//! Products by bulk operations: one for products and one for variants, since such a query may have five connections and
//! two levels of them (shopify.dev, API limits). Their results are read side by side and joined by the products' ids.
//!
//! Memory: a few products, as long as both results come in about the same order; in another one, those that wait.

use std::collections::HashMap;

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::kinds::{Context, LARGEST_PAGE, key, kind_of};
use super::super::operations::operation;
use super::bulk::{Groups, NoBulk, run};

/// What stands for the publications in the operation's text.
const PLACEHOLDER: &str =
    "published: publishedOnPublication(publicationId: \"gid://shopify/Publication/0\")";
/// What tells that a product is to be published later; asked for with the right to see publications.
const COUNTS: [&str; 2] = [
    "planned: resourcePublicationsCount(onlyPublished: false) { count }",
    "shown: resourcePublicationsCount { count }",
];
/// How many products may wait for their variants before more are read.
const WAITING_LIMIT: usize = 100;

/// The nodes of all products, as pages have them.
pub(super) struct Products {
    products: Groups,
    variants: Groups,
    /// The publications by the names under which their flags were asked for.
    publications: Vec<(String, String)>,
    sees_publications: bool,
    /// Products whose variants are not all there yet.
    waiting: HashMap<String, Value>,
    /// Variants by their product.
    of: HashMap<String, Vec<Value>>,
    whole: Vec<Value>,
    is_last_product_read: bool,
}

impl Products {
    /// Runs both operations.
    pub(super) async fn run(context: &Context) -> Result<Self, NoBulk> {
        let sees_publications = context.sees_publications();
        let publications = if sees_publications {
            context.publications(&[]).await?.into_values().collect()
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
        let mut query = operation("BulkProducts")
            .text
            .replace(PLACEHOLDER, &flags.join(" "));
        for count in COUNTS.iter().filter(|_| !sees_publications) {
            query = query.replace(count, "");
        }
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
            waiting: HashMap::new(),
            of: HashMap::new(),
            whole: Vec::new(),
            is_last_product_read: false,
        })
    }

    /// The next product; nothing after the last.
    pub(super) async fn next(&mut self, context: &Context) -> Result<Option<Value>, PlatformError> {
        loop {
            if let Some(whole) = self.whole.pop() {
                return with_schedule(context, whole).await.map(Some);
            }
            if !self.is_last_product_read && self.waiting.len() < WAITING_LIMIT {
                match self.products.next().await? {
                    Some((node, rows)) => self.add_product(node, rows),
                    None => self.is_last_product_read = true,
                }
                continue;
            }
            match self.variants.next().await? {
                Some((node, rows)) => self.add_variant(node, rows),
                None if !self.is_last_product_read => match self.products.next().await? {
                    Some((node, rows)) => self.add_product(node, rows),
                    None => self.is_last_product_read = true,
                },
                None => return self.changed_meanwhile(context).await,
            }
        }
    }

    /// A product whose variants are not those that it counts: it was changed while the operations ran, and is read again.
    async fn changed_meanwhile(
        &mut self,
        context: &Context,
    ) -> Result<Option<Value>, PlatformError> {
        while let Some(id) = self.waiting.keys().next().cloned() {
            let product = self.waiting.remove(&id).unwrap_or_default();
            let handle = product["handle"].as_str().unwrap_or_default();
            let Some(kind) = key("product", handle).and_then(|key| kind_of(&key)) else {
                continue;
            };
            if let Some(product) = kind.fetch(context, handle).await? {
                return Ok(Some(product));
            }
        }
        Ok(None)
    }

    fn add_product(&mut self, node: Value, rows: Vec<Value>) {
        let product = self.with_parts(node, rows);
        let id = text(&product, "id");
        self.waiting.insert(id.clone(), product);
        self.settle(&id);
    }

    fn add_variant(&mut self, mut variant: Value, rows: Vec<Value>) {
        let (metafields, mut media) = parts(rows);
        media.truncate(1);
        variant["metafields"] = json!({"nodes": metafields});
        variant["media"] = json!({"nodes": media});
        let id = text(&variant["product"], "id");
        self.of.entry(id.clone()).or_default().push(variant);
        self.settle(&id);
    }

    /// Passes a product on when all of its variants are there.
    fn settle(&mut self, id: &str) {
        let Some(product) = self.waiting.get(id) else {
            return;
        };
        let there = self.of.get(id).map_or(0, Vec::len) as u64;
        if product["variantsCount"]["count"].as_u64() != Some(there) {
            return;
        }
        let mut variants = self.of.remove(id).unwrap_or_default();
        variants.sort_by_key(|variant| variant["position"].as_u64());
        if let Some(mut product) = self.waiting.remove(id) {
            product["variants"] = json!({"nodes": variants});
            self.whole.push(product);
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
                .map(|(_, id)| json!({"publication": {"id": id}, "isPublished": true}))
                .collect();
            node["resourcePublicationsV2"] = json!({"nodes": nodes});
        }
        if let Some(fields) = node.as_object_mut() {
            fields.retain(|name, _| !name.starts_with("published"));
        }
        node
    }
}

/// Asks where a product is to be published later: its flags say only where it is by now, and such a query has no place for more
/// (what a connection in it holds has to be a node: shopify.dev, bulk operations).
async fn with_schedule(context: &Context, mut product: Value) -> Result<Value, PlatformError> {
    let sees = product["resourcePublicationsV2"].is_object();
    let is_scheduled = sees && product["planned"]["count"] != product["shown"]["count"];
    if let Some(fields) = product.as_object_mut() {
        fields.retain(|name, _| name != "planned" && name != "shown");
    }
    if is_scheduled {
        let variables = json!({"id": product["id"], "first": LARGEST_PAGE, "after": null});
        let node = context.node("ProductPublications", variables).await?;
        product["resourcePublicationsV2"] =
            node.map_or_else(|| json!({"nodes": []}), |mut node| node["nested"].take());
    }
    Ok(product)
}

fn text(node: &Value, field: &str) -> String {
    node[field].as_str().unwrap_or_default().to_owned()
}

/// The metafields and media among some rows.
fn parts(rows: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    rows.into_iter()
        .partition(|row| row.get("namespace").is_some())
}
