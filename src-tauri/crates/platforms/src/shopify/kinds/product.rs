//! Products, with their options, variants, media, metafields and publications.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::gid;
use super::super::names::{Names, options};
use super::super::portable::{Found, Outward, put, put_text};
use super::article::sorted_tags;
use super::context::{Context, id_of};
use super::page::handle_of;
use super::{Kind, List, metafields, product_input, publishing};

/// The kind `product`: `shopify/product:<handle>`.
pub(super) struct Product;

#[async_trait]
impl Kind for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn layer(&self) -> u16 {
        4
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_products"]
    }

    async fn lists(&self, context: &Context) -> Result<Vec<List>, PlatformError> {
        Ok(vec![List {
            operation: "Products",
            variables: json!({"publications": context.sees_publications()}),
            // With a hundred variants each, more would cost more than a request may (shopify.dev, API limits).
            size: 20,
        }])
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        handle_of(node)
    }

    async fn complete(&self, context: &Context, node: &mut Value) -> Result<(), PlatformError> {
        let id = id_of(node)?;
        context
            .rest("ProductVariants", &id, None, &mut node["variants"])
            .await?;
        context
            .rest("ProductMedia", &id, None, &mut node["media"])
            .await?;
        if context.sees_publications() {
            let publications = &mut node["resourcePublicationsV2"];
            context
                .rest("ProductPublications", &id, None, publications)
                .await?;
        }
        let variants = node["variants"]["nodes"].as_array_mut();
        for variant in variants.into_iter().flatten() {
            context.rest_of_metafields(variant).await?;
        }
        context.rest_of_metafields(node).await
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        put_text(
            &mut document,
            node,
            &["title", "status", "vendor", "productType"],
        );
        put(&mut document, "category", node["category"]["id"].clone());
        put(&mut document, "tags", sorted_tags(&node["tags"]));
        put_text(
            &mut document,
            node,
            &[
                "templateSuffix",
                "giftCardTemplateSuffix",
                "combinedListingRole",
            ],
        );
        for flag in ["isGiftCard", "requiresSellingPlan"] {
            put_true(&mut document, flag, &node[flag]);
        }
        put(&mut document, "seo", seo(&node["seo"]));
        put(
            &mut document,
            "descriptionHtml",
            out.text(&node["descriptionHtml"]),
        );
        let options: Vec<Value> = each(&node["options"])
            .map(|option| option_of(option, out))
            .collect();
        put(&mut document, "options", json!(options));
        let variants = each(&node["variants"]["nodes"]);
        let variants: Vec<Value> = variants.map(|variant| variant_of(variant, out)).collect();
        put(&mut document, "variants", json!(variants));
        let media = each(&node["media"]["nodes"]);
        let media: Vec<Value> = media
            .filter_map(|file| out.reference(&file["id"], "A medium"))
            .collect();
        put(&mut document, "media", json!(media));
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
        let Some(mut node) = context.node("Product", variables).await? else {
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
        let inward = context.inward("The product", document).await?;
        let mut input = product_input::input(context, live, document, &inward)?;
        let identifier = match live {
            Some(live) => json!({"id": live["id"]}),
            None => {
                input["handle"] = json!(name);
                Value::Null
            }
        };
        let variables = json!({"identifier": identifier, "input": input});
        let payload = context.client().change("SetProduct", variables).await?;
        let id = match live {
            Some(live) => {
                metafields::remove(context, live, document).await?;
                id_of(live)?
            }
            None => {
                let clean_up = (
                    "DeleteProduct",
                    (|id| json!({"id": id})) as fn(&str) -> Value,
                );
                context.created("product", name, &payload, clean_up).await?
            }
        };
        publishing::write(context, &id, live, document).await
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteProduct", json!({"id": id}))
            .await?;
        Ok(())
    }
}

/// The elements of a list.
pub(in super::super) fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Puts a flag into a document when it is set.
pub(super) fn put_true(document: &mut Map<String, Value>, name: &str, value: &Value) {
    if *value == json!(true) {
        document.insert(name.to_owned(), json!(true));
    }
}

/// What search engines show, where that was chosen.
pub(super) fn seo(node: &Value) -> Value {
    let mut fields = Map::new();
    put_text(&mut fields, node, &["title", "description"]);
    Value::Object(fields)
}

fn option_of(option: &Value, out: &mut Outward<'_>) -> Value {
    let mut fields = Map::new();
    put(&mut fields, "name", option["name"].clone());
    let linked = &option["linkedMetafield"];
    let is_linked = linked.is_object();
    if is_linked {
        let text = |field: &str| linked[field].as_str().unwrap_or_default();
        put(
            &mut fields,
            "linkedMetafield",
            json!(format!("{}.{}", text("namespace"), text("key"))),
        );
    }
    let values = each(&option["optionValues"]).filter_map(|value| {
        let linked_value = &value["linkedMetafieldValue"];
        match linked_value.as_str() {
            Some(id) if is_linked && gid::type_of(id).is_some() => {
                let reference = out.reference(linked_value, "A value of a linked option")?;
                Some(json!({"name": value["name"], "value": reference}))
            }
            Some(text) if is_linked => Some(json!({"name": value["name"], "value": text})),
            _ => Some(value["name"].clone()),
        }
    });
    let values: Vec<Value> = values.collect();
    put(&mut fields, "values", json!(values));
    Value::Object(fields)
}

fn variant_of(variant: &Value, out: &mut Outward<'_>) -> Value {
    let mut fields = Map::new();
    put(&mut fields, "options", json!(options(variant)));
    put_text(
        &mut fields,
        variant,
        &[
            "sku",
            "barcode",
            "price",
            "compareAtPrice",
            "inventoryPolicy",
        ],
    );
    put(&mut fields, "taxable", variant["taxable"].clone());
    for flag in ["requiresComponents", "showUnitPrice"] {
        put_true(&mut fields, flag, &variant[flag]);
    }
    let mut unit_price = Map::new();
    let measurement = &variant["unitPriceMeasurement"];
    // Without a unit it says nothing.
    if !measurement["quantityUnit"].is_null() {
        put_text(
            &mut unit_price,
            measurement,
            &[
                "quantityUnit",
                "quantityValue",
                "referenceUnit",
                "referenceValue",
            ],
        );
    }
    put(
        &mut fields,
        "unitPriceMeasurement",
        Value::Object(unit_price),
    );
    put(
        &mut fields,
        "inventory",
        inventory(&variant["inventoryItem"]),
    );
    if let Some(file) = each(&variant["media"]["nodes"]).next() {
        let reference = out.reference(&file["id"], "The medium of a variant");
        put(&mut fields, "media", reference.unwrap_or_default());
    }
    put(
        &mut fields,
        "metafields",
        out.metafields(&variant["metafields"], " of a variant"),
    );
    Value::Object(fields)
}

fn inventory(item: &Value) -> Value {
    let mut fields = Map::new();
    put(&mut fields, "tracked", item["tracked"].clone());
    put(
        &mut fields,
        "requiresShipping",
        item["requiresShipping"].clone(),
    );
    put(&mut fields, "cost", item["unitCost"]["amount"].clone());
    put_text(
        &mut fields,
        item,
        &[
            "countryCodeOfOrigin",
            "provinceCodeOfOrigin",
            "harmonizedSystemCode",
        ],
    );
    let weight = &item["measurement"]["weight"];
    // Nothing weighs nothing: a store may give either for an unset weight.
    if weight["value"].as_f64().is_some_and(|value| value != 0.0) {
        put(
            &mut fields,
            "weight",
            json!({"value": weight["value"], "unit": weight["unit"]}),
        );
    }
    Value::Object(fields)
}

/// The id of a product by its handle.
pub(super) async fn find(context: &Context, name: &str) -> Result<Option<Found>, PlatformError> {
    let node = context
        .node("FindProduct", json!({"identifier": {"handle": name}}))
        .await?;
    let id = node.and_then(|node| node["id"].as_str().map(str::to_owned));
    Ok(id.map(|id| Found {
        id,
        ..Found::default()
    }))
}

/// The ids of a product's variants by their options.
pub(super) async fn variants(
    context: &Context,
    name: &str,
) -> Result<Vec<(BTreeMap<String, String>, String)>, PlatformError> {
    let Some(node) = Product.fetch(context, name).await? else {
        return Ok(Vec::new());
    };
    let variants = each(&node["variants"]["nodes"]);
    Ok(variants
        .filter_map(|variant| Some((options(variant), variant["id"].as_str()?.to_owned())))
        .collect())
}
