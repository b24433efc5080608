//! Products in any number, made as they are asked for: each is a pure function of its number.
//!
//! A product has two options, four variants, two images and three metafields. All of a kind lie in one range of ids, so
//! that an id says which product it belongs to.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::create;
use crate::shop::gid::gid;
use crate::shop::state::State;
use crate::shop::table::{Fields, Generate};
use crate::shop::write::placeholder;

const SIZES: [&str; 2] = ["S", "L"];
const COLOURS: [&str; 2] = ["Moss", "Slate"];
const VARIANTS: u64 = 4;
const IMAGES: u64 = 2;
const METAFIELDS: [(&str, &str); 3] = [
    ("material", "single_line_text_field"),
    ("weight", "weight"),
    ("notes", "json"),
];
const KINDS: [&str; 5] = ["Jacket", "Trousers", "Boot", "Tent", "Bottle"];
const DATE: &str = "2026-03-02T10:00:00Z";

/// Gives a shop this many products.
pub(super) fn fill(state: &mut State, count: u64) {
    for (key, kind) in METAFIELDS {
        create(state, "MetafieldDefinition", definition(key, kind));
    }
    generate(state, count);
}

/// Puts this many products below what was written.
pub(super) fn generate(state: &mut State, count: u64) {
    state.generated = Some(count);
    let publication = state
        .ids("Publication")
        .first()
        .map(|id| gid("Publication", *id))
        .unwrap_or_default();
    let base_url = state.base_url.clone();
    for (kind, each) in TABLES {
        let rows = Rows {
            kind,
            each: *each,
            products: count,
            publication: publication.clone(),
            base_url: base_url.clone(),
        };
        state.generate(kind, Box::new(rows));
    }
}

fn definition(key: &str, kind: &str) -> Value {
    let off = json!({"eligible": true, "enabled": false});
    json!({
        "name": key, "namespace": "custom", "key": key, "ownerType": "PRODUCT", "_type": kind, "description": null,
        "validations": [], "pinnedPosition": null, "useAsCollectionCondition": false, "constraints": null,
        "standardTemplate": null, "validationStatus": "ALL_VALID",
        "access": {"admin": "PUBLIC_READ_WRITE", "storefront": "PUBLIC_READ", "customerAccount": "NONE"},
        "capabilities": {
            "adminFilterable": {"eligible": true, "enabled": false, "status": "NOT_FILTERABLE"},
            "analyticsQueryable": off, "cartToOrderCopyable": off, "smartCollectionCondition": off, "uniqueValues": off,
        },
    })
}

/// The types that are generated, and how many of each a product has.
const TABLES: &[(&str, u64)] = &[
    ("Product", 1),
    ("ProductOption", 2),
    ("ProductOptionValue", 4),
    ("ProductVariant", VARIANTS),
    ("InventoryItem", VARIANTS),
    ("MediaImage", IMAGES),
    ("Metafield", METAFIELDS.len() as u64),
];

struct Rows {
    kind: &'static str,
    each: u64,
    products: u64,
    publication: String,
    base_url: String,
}

/// The ids of a product's things of a type.
fn ids(kind: &str, each: u64, product: u64) -> Vec<String> {
    (0..each)
        .map(|at| gid(kind, (product - 1) * each + at + 1))
        .collect()
}

fn picture_name(product: u64, at: u64) -> String {
    format!("product-{product:06}-{}.jpg", at + 1)
}

/// The product and the place of a picture, by its name.
fn picture_of(name: &str) -> Option<(u64, u64)> {
    let (product, at) = name
        .strip_prefix("product-")?
        .strip_suffix(".jpg")?
        .split_once('-')?;
    let (product, at) = (
        product.parse().ok()?,
        at.parse::<u64>().ok()?.checked_sub(1)?,
    );
    (at < IMAGES && picture_name(product, at) == name).then_some((product, at))
}

/// What is served for a generated picture; nothing for any other name.
pub(super) fn picture(count: u64, name: &str) -> Option<String> {
    let (product, _) = picture_of(name)?;
    (1..=count).contains(&product).then(|| placeholder(name))
}

fn handle(product: u64) -> String {
    format!("product-{product:06}")
}

impl Generate for Rows {
    fn ids(&self) -> Range<u64> {
        1..self.products * self.each + 1
    }

    fn row(&self, id: u64) -> Fields {
        let (product, at) = ((id - 1) / self.each + 1, (id - 1) % self.each);
        let mut row = match self.kind {
            "Product" => self.product(product),
            "ProductOption" => option(product, at),
            "ProductOptionValue" => value(product, at),
            "ProductVariant" => variant(product, at),
            "InventoryItem" => item(product, at),
            "MediaImage" => self.image(product, at),
            _ => metafield(product, at),
        };
        row["id"] = json!(gid(self.kind, id));
        match row {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    fn find(&self, field: &str, value: &str) -> Vec<u64> {
        if let ("MediaImage", "_name") = (self.kind, field) {
            let found =
                picture_of(value).filter(|(product, _)| (1..=self.products).contains(product));
            return found
                .map(|(product, at)| (product - 1) * self.each + at + 1)
                .into_iter()
                .collect();
        }
        let product = match (self.kind, field) {
            ("Product", "handle") => {
                let number = value
                    .strip_prefix("product-")
                    .and_then(|number| number.parse().ok());
                number.filter(|number| handle(*number) == value)
            }
            ("Metafield", "owner") | ("ProductVariant", "product") => {
                crate::shop::gid::number_of("Product", value)
            }
            _ => None,
        };
        match product.filter(|product| (1..=self.products).contains(product)) {
            Some(product) => (0..self.each)
                .map(|at| (product - 1) * self.each + at + 1)
                .collect(),
            None => Vec::new(),
        }
    }
}

impl Rows {
    fn product(&self, product: u64) -> Value {
        let kind = KINDS[(product % 5) as usize];
        json!({
            "title": format!("{kind} No. {product}"), "handle": handle(product),
            "descriptionHtml": format!("<p>The {} with the number {product}: sewn by the harbour, tested on the way to work, and mended for as long as there is thread. It is made in runs of {}, and each is checked by hand.</p>", kind.to_lowercase(), product % 90 + 10),
            "vendor": format!("Maker {}", product % 40), "productType": kind, "status": if product.is_multiple_of(10) { "DRAFT" } else { "ACTIVE" },
            "tags": [format!("batch-{}", product % 100), kind.to_lowercase()], "templateSuffix": null, "category": null,
            "seo": {"title": null, "description": null}, "isGiftCard": false, "giftCardTemplateSuffix": null,
            "requiresSellingPlan": false, "combinedListingRole": null, "createdAt": DATE, "updatedAt": DATE,
            "publishedAt": DATE, "_publications": {(self.publication.as_str()): DATE},
            "options": ids("ProductOption", 2, product), "variants": ids("ProductVariant", VARIANTS, product),
            "media": ids("MediaImage", IMAGES, product),
        })
    }

    fn image(&self, product: u64, at: u64) -> Value {
        let name = picture_name(product, at);
        json!({
            "_name": name, "_url": format!("{}/files/{name}?v=1", self.base_url), "_size": placeholder(&name).len(),
            "_width": 1600, "_height": 1200, "_fails": false, "_ready_ms": 0, "mimeType": "image/jpeg",
            "mediaContentType": "IMAGE", "mediaWarnings": [], "alt": format!("View {}", at + 1), "createdAt": DATE, "updatedAt": DATE,
        })
    }
}

fn option(product: u64, at: u64) -> Value {
    let values = ids("ProductOptionValue", 4, product);
    let at = at as usize;
    let name = ["Size", "Colour"][at];
    json!({
        "name": name, "position": at + 1, "linkedMetafield": null,
        "optionValues": values[at * 2..at * 2 + 2], "_product": gid("Product", product),
    })
}

fn value_name(at: usize) -> &'static str {
    if at < 2 { SIZES[at] } else { COLOURS[at - 2] }
}

fn value(product: u64, at: u64) -> Value {
    json!({
        "name": value_name(at as usize), "_product": gid("Product", product),
        "_option": ids("ProductOption", 2, product)[(at / 2) as usize], "swatch": null, "linkedMetafieldValue": null,
    })
}

fn variant(product: u64, at: u64) -> Value {
    let (size, colour) = ((at / 2) as usize, (at % 2) as usize + 2);
    let values = ids("ProductOptionValue", 4, product);
    json!({
        "product": gid("Product", product), "title": format!("{} / {}", value_name(size), value_name(colour)),
        "selectedOptions": [
            {"name": "Size", "value": value_name(size), "optionValue": values[size]},
            {"name": "Colour", "value": value_name(colour), "optionValue": values[colour]},
        ],
        "sku": format!("P{product:06}-{}", at + 1), "barcode": null, "price": format!("{}.00", 20 + product % 180),
        "compareAtPrice": null, "taxable": true, "taxCode": null, "inventoryPolicy": "DENY",
        "inventoryQuantity": (product + at) % 50, "inventoryItem": ids("InventoryItem", VARIANTS, product)[at as usize],
        "media": [], "requiresComponents": false, "showUnitPrice": false, "unitPriceMeasurement": null, "unitPrice": null,
        "createdAt": DATE, "updatedAt": DATE,
    })
}

fn item(product: u64, at: u64) -> Value {
    let variant = ids("ProductVariant", VARIANTS, product)[at as usize].clone();
    json!({
        "tracked": true, "requiresShipping": true, "unitCost": null, "countryCodeOfOrigin": "NO",
        "provinceCodeOfOrigin": null, "harmonizedSystemCode": null, "createdAt": DATE, "updatedAt": DATE,
        "measurement": {
            "id": variant.replace("ProductVariant", "InventoryItemMeasurement"),
            "weight": {"value": 0.1 * (product % 30 + 1) as f64, "unit": "KILOGRAMS"},
        },
        "variant": variant,
    })
}

fn metafield(product: u64, at: u64) -> Value {
    let (key, kind) = METAFIELDS[at as usize];
    let value = match key {
        "material" => format!("Wool and canvas, mix {}", product % 12),
        "weight" => format!("{{\"value\":{}.0,\"unit\":\"GRAMS\"}}", product % 900 + 50),
        _ => format!("{{\"batch\":{},\"bench\":{}}}", product % 100, product % 7),
    };
    json!({
        "owner": gid("Product", product), "ownerType": "PRODUCT", "namespace": "custom", "key": key, "type": kind,
        "value": value, "description": null, "createdAt": DATE, "updatedAt": DATE,
    })
}

/// How many generated metafields with this key nobody changed or deleted.
pub(super) fn untouched_metafields(state: &State, key: &str) -> usize {
    let place = METAFIELDS.iter().position(|(known, _)| *known == key);
    let (Some(count), Some(place)) = (state.generated, place) else {
        return 0;
    };
    let (each, place) = (METAFIELDS.len() as u64, place as u64);
    let is_one = |id: u64| (1..=count * each).contains(&id) && (id - 1) % each == place;
    let touched = state
        .changed_ids("Metafield")
        .into_iter()
        .filter(|id| is_one(*id))
        .count();
    usize::try_from(count).unwrap_or(usize::MAX) - touched
}
