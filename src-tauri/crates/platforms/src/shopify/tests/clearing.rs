//! Every field that is read can be cleared again.

use serde_json::{Value, json};
use slipway_domain::{ResourceKey, Verb};

use super::{Collected, World, operation, unseen};

/// What a store always gives a value: nothing to clear.
const ALWAYS: [&str; 33] = [
    "resource",
    "url",
    "mimeType",
    "size",
    "digest",
    "content",
    "definition",
    "ref",
    "values",
    "required",
    "Size",
    "title",
    "name",
    "key",
    "type",
    "value",
    "status",
    "options",
    "variants",
    "price",
    "inventoryPolicy",
    "taxable",
    "inventory",
    "tracked",
    "requiresShipping",
    "sortOrder",
    "isPublished",
    "blog",
    "author",
    "commentPolicy",
    "publications",
    "items",
    "fieldDefinitions",
];

/// A document of each kind in which every field that a document may have is set.
fn full(captured: &Collected) -> Vec<(&'static str, Value)> {
    let any = |kind: &str| json!({"ref": captured.of_kind(kind)[0]});
    let image = {
        let files = captured.of_kind("file").into_iter();
        let images = files.map(|key| (key, captured.json(key.as_str())));
        let mut images = images.filter(|(_, document)| document["type"] == "IMAGE");
        json!({"ref": images.next().expect("an image").0})
    };
    let metafields = json!({"custom.clear_a": {"type": "single_line_text_field", "value": "a"}});
    let shown = json!({"name": "field.png", "altText": "A field", "source": "https://example.com/field.png"});
    let seo = json!({"title": "For searches", "description": "Told to searches"});
    let variant = json!({
        "options": {"Size": "S"}, "sku": "S-1", "barcode": "4006381333931", "price": "10.00", "compareAtPrice": "12.00",
        "inventoryPolicy": "DENY", "taxable": true, "showUnitPrice": true,
        "unitPriceMeasurement": {
            "quantityUnit": "ML", "quantityValue": 500.0, "referenceUnit": "L", "referenceValue": 1,
        },
        "inventory": {
            "tracked": true, "requiresShipping": true, "cost": "4.00", "countryCodeOfOrigin": "NO",
            "provinceCodeOfOrigin": "03", "harmonizedSystemCode": "420212", "weight": {"value": 1.5, "unit": "KILOGRAMS"},
        },
        "metafields": metafields,
    });
    let product = json!({
        "title": "Full", "status": "ACTIVE", "vendor": "Maker", "productType": "Bag",
        "category": "gid://shopify/TaxonomyCategory/aa-1", "tags": ["a", "b"], "templateSuffix": "wide",
        "giftCardTemplateSuffix": "card", "requiresSellingPlan": true, "seo": seo, "descriptionHtml": "<p>Full</p>",
        "options": [{"name": "Size", "values": ["S"]}], "variants": [variant], "media": [image],
        "metafields": metafields, "publications": {"Online Store": true},
    });
    let mut shows = product.clone();
    shows["variants"][0]["media"] = image.clone();
    let chosen = json!({"product": any("product")});
    let condition = json!({"kind": "productTag", "relation": "TAGGED_WITH", "matchType": "ANY", "values": ["a"]});
    vec![
        ("product:full", product),
        ("product:shown", shows),
        (
            "collection:full",
            json!({
                "title": "Full", "sortOrder": "BEST_SELLING", "templateSuffix": "wide", "seo": seo, "image": shown,
                "descriptionHtml": "<p>Full</p>", "metafields": metafields, "publications": {"Online Store": true},
                "sources": [
                    {"title": "By hand", "description": "Chosen", "inclusion": {"products": [chosen]},
                     "exclusion": {"products": [{"product": {"ref": captured.of_kind("product")[1]}}]}},
                    {"title": "By tag", "inclusion": {"matchType": "ALL", "conditions": [condition]}},
                ],
            }),
        ),
        (
            "page:full",
            json!({
                "title": "Full", "isPublished": true, "templateSuffix": "wide", "body": "<p>Full</p>", "metafields": metafields,
            }),
        ),
        (
            "blog:full",
            json!({
                "title": "Full", "commentPolicy": "CLOSED", "templateSuffix": "wide", "metafields": metafields,
            }),
        ),
        (
            "article:full/full",
            json!({
                "title": "Full", "blog": {"ref": "shopify/blog:full"}, "author": "Mara", "isPublished": true, "tags": ["a"],
                "templateSuffix": "wide", "image": shown, "summary": "<p>Short</p>", "body": "<p>Full</p>",
                "metafields": metafields,
            }),
        ),
        (
            "menu:full",
            json!({"title": "Full", "items": [
                {"title": "Products", "type": "CATALOG"},
                {"title": "Bags", "type": "COLLECTION", "resource": any("collection"), "tags": ["a"], "items": [
                    {"title": "Elsewhere", "type": "HTTP", "url": "https://example.com/"},
                ]},
            ]}),
        ),
        (
            "file:full.txt",
            json!({
                "type": "FILE", "alt": "A text", "mimeType": "text/plain", "size": 4,
                "digest": blake3::hash(b"text").to_hex().as_str(), "content": "dGV4dA==",
            }),
        ),
        (
            "metafield-definition:PRODUCT/custom.clear_b",
            json!({
                "name": "B", "type": "single_line_text_field", "description": "Described",
                "validations": {"max": "20"}, "isPinned": true, "access": {"storefront": "PUBLIC_READ"},
                "capabilities": ["adminFilterable"],
            }),
        ),
        (
            "metaobject-definition:clear_me",
            json!({
                "name": "Clear me", "description": "Described", "displayNameKey": "text",
                "access": {"storefront": "PUBLIC_READ"}, "capabilities": {"publishable": {}, "translatable": {}},
                "fieldDefinitions": [
                    {"key": "text", "name": "A", "type": "single_line_text_field", "description": "Described",
                     "required": false, "validations": {"max": "20"}, "adminFilterable": true},
                ],
            }),
        ),
        (
            "metaobject:clear_me/one",
            json!({"fields": {"text": {"type": "single_line_text_field", "value": "x"}}, "definition": {"ref": "shopify/metaobject-definition:clear_me"}, "status": "ACTIVE"}),
        ),
    ]
}

/// The paths of the fields that may be missing.
fn clearable(document: &Value, at: &str, found: &mut Vec<String>) {
    match document {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                if !ALWAYS.contains(&name.as_str()) {
                    found.push(path.clone());
                }
                // A reference, a value with its type and a measurement are set or not, as a whole.
                let is_whole = value.get("ref").is_some()
                    || value.get("value").is_some()
                    || matches!(
                        name.as_str(),
                        "unitPriceMeasurement" | "image" | "inclusion" | "exclusion"
                    );
                if !is_whole {
                    clearable(value, &path, found);
                }
            }
        }
        Value::Array(list) => {
            for (place, value) in list
                .iter()
                .enumerate()
                .filter(|(_, value)| value.is_object())
            {
                clearable(value, &format!("{at}/{place}"), found);
            }
        }
        _ => {}
    }
}

fn without(document: &Value, path: &str) -> Value {
    let mut document = document.clone();
    let (of, name) = path.rsplit_once('/').expect("a path");
    let name = name.replace("~1", "/").replace("~0", "~");
    let fields = document.pointer_mut(of).and_then(Value::as_object_mut);
    fields.expect("it was found there").shift_remove(&name);
    pruned(&mut document);
    document
}

/// Documents leave out what is empty.
fn pruned(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.values_mut().for_each(pruned);
        fields.retain(|name, value| {
            let is_empty = value.as_object().is_some_and(|fields| fields.is_empty());
            !is_empty || name == "publications"
        });
    }
    if let Value::Array(list) = value {
        list.iter_mut().for_each(pruned);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_that_is_read_can_be_cleared() {
    let world = World::of(&["northwind-development"]).await;
    let captured = world.captured("shop-a").await;
    let (remote, target) = (world.remote("shop-a"), world.target("shop-a").await);
    let mut stuck = Vec::new();
    for (name, document) in full(&captured) {
        let key: ResourceKey = format!("shopify/{name}").parse().expect("a key");
        let write = async |verb: Verb, document: &Value| -> Result<(), String> {
            let bytes = document.to_string().into_bytes();
            // As the engine does: compared before, read back after.
            target.read(&key).await.map_err(|error| error.to_string())?;
            let written = target
                .apply(&operation(&key, verb), Some(&bytes), &unseen())
                .await;
            written.map_err(|error| error.to_string())?;
            let found = target.read(&key).await.map_err(|error| error.to_string())?;
            let found = found.ok_or("it is not there")?;
            if remote.digest(&key, &found) == remote.digest(&key, &bytes) {
                return Ok(());
            }
            Err(format!(
                "wrote {document}\n read {}",
                String::from_utf8_lossy(&found)
            ))
        };
        let created = write(Verb::Create, &document).await;
        created.unwrap_or_else(|error| panic!("{key}: {error}"));
        let mut paths = Vec::new();
        clearable(&document, "", &mut paths);
        for path in paths {
            // A variant's picture is one of the product's.
            if name == "product:shown" && path != "/variants/0/media" {
                continue;
            }
            let cleared = write(Verb::Update, &without(&document, &path)).await;
            if let Err(error) = cleared {
                stuck.push(format!("{key} {path}: {error}"));
            }
            if let Err(error) = write(Verb::Update, &document).await {
                stuck.push(format!("{key} {path} again: {error}"));
            }
        }
    }
    assert!(stuck.is_empty(), "{}\n{}", stuck.len(), stuck.join("\n"));
}
