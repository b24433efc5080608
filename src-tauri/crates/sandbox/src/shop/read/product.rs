//! Products, their options and variants, and what a variant keeps in stock.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, arg, collection_products, count, image};
use crate::shop::gid;
use crate::shop::graphql::{Found, Rows};
use crate::shop::state::{State, text, texts};
use crate::shop::table::Fields;
use crate::shop::text::{cut, plain};

/// A category of the vendor's taxonomy, which is the same in all stores: any id is one.
pub(super) fn category(id: &str, code: &str) -> Option<Fields> {
    let level = code.split('-').count();
    let parent = code
        .rsplit_once('-')
        .map(|(parent, _)| format!("gid://shopify/TaxonomyCategory/{parent}"));
    let fields = json!({
        "id": id,
        "name": format!("Category {code}"),
        "fullName": format!("Category {code}"),
        "level": level,
        "isLeaf": level > 2,
        "isRoot": level == 1,
        "isArchived": false,
        "parentId": parent,
        "ancestorIds": [],
        "childrenIds": [],
    });
    fields.as_object().cloned()
}

pub(super) fn field(
    state: &mut State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    Ok(match on {
        "Product" => product(state, name, object, given),
        "ProductVariant" => variant(state, name, object),
        "ProductOption" => option(state, name, object),
        "ProductOptionValue" if name == "hasVariants" => Some(has_variants(state, object)),
        "InventoryItem" => item(state, name, object, given),
        _ => None,
    })
}

fn variants(state: &State, product: &Fields) -> Vec<Arc<Fields>> {
    texts(product, "variants")
        .iter()
        .filter_map(|id| state.get(id))
        .collect()
}

fn amount(row: &Fields, name: &str) -> Option<f64> {
    row.get(name)?.as_str()?.parse().ok()
}

fn money(amount: f64) -> Value {
    let text = format!("{amount:.2}");
    // The vendor writes whole amounts with one decimal.
    let text = text.strip_suffix('0').map_or(text.clone(), str::to_owned);
    json!({"amount": text, "currencyCode": "EUR"})
}

fn range(state: &State, product: &Fields, field: &str) -> Option<(Value, Value)> {
    let amounts: Vec<f64> = variants(state, product)
        .iter()
        .filter_map(|row| amount(row, field))
        .collect();
    let min = amounts.iter().copied().reduce(f64::min)?;
    let max = amounts.iter().copied().reduce(f64::max)?;
    Some((money(min), money(max)))
}

fn stock(state: &State, product: &Fields) -> i64 {
    let quantity = |row: &Arc<Fields>| {
        row.get("inventoryQuantity")
            .and_then(Value::as_i64)
            .unwrap_or(0)
    };
    variants(state, product).iter().map(quantity).sum()
}

fn product(
    state: &mut State,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Option<Found> {
    let id = text(object, "id");
    Some(match name {
        "description" => {
            let description = plain(text(object, "descriptionHtml"));
            let letters = given
                .get("truncateAt")
                .and_then(Value::as_u64)
                .and_then(|at| usize::try_from(at).ok());
            json!(letters.map_or(description.clone(), |letters| cut(&description, letters))).into()
        }
        "descriptionPlainSummary" => {
            json!(cut(&plain(text(object, "descriptionHtml")), 320)).into()
        }
        "bodyHtml" => json!(text(object, "descriptionHtml")).into(),
        "options" => {
            let first = given
                .get("first")
                .and_then(Value::as_u64)
                .and_then(|first| usize::try_from(first).ok());
            let options = texts(object, "options")
                .into_iter()
                .take(first.unwrap_or(usize::MAX));
            options.collect::<Vec<_>>().into()
        }
        "variants" => {
            let mut variants = texts(object, "variants");
            if arg(given, "sortKey") == Some("ID") {
                variants.sort_by_key(|id| gid::parse(id).map(|(_, id)| id));
            }
            Found::Rows(Rows::values(
                variants.into_iter().map(Value::String).collect(),
            ))
        }
        "variantsCount" => count(texts(object, "variants").len()),
        "totalVariants" => json!(texts(object, "variants").len()).into(),
        "mediaCount" => count(texts(object, "media").len()),
        "featuredMedia" => object
            .get("media")
            .and_then(|media| media.get(0))
            .cloned()
            .unwrap_or_default()
            .into(),
        "featuredImage" => {
            let media = texts(object, "media");
            media
                .iter()
                .find_map(|id| image(state, id))
                .unwrap_or_default()
                .into()
        }
        "images" => {
            let images = texts(object, "media")
                .iter()
                .filter_map(|id| image(state, id))
                .collect();
            Found::Rows(Rows::values(images))
        }
        "priceRangeV2" | "priceRange" => {
            let (min, max) = range(state, object, "price").unwrap_or((money(0.0), money(0.0)));
            json!({"minVariantPrice": min, "maxVariantPrice": max}).into()
        }
        "compareAtPriceRange" => match range(state, object, "compareAtPrice") {
            Some((min, max)) => {
                json!({"minVariantCompareAtPrice": min, "maxVariantCompareAtPrice": max}).into()
            }
            None => Value::Null.into(),
        },
        "totalInventory" => json!(stock(state, object)).into(),
        "tracksInventory" => {
            let tracked = variants(state, object)
                .iter()
                .any(|row| is_tracked(state, row));
            json!(tracked).into()
        }
        "hasOutOfStockVariants" => {
            let out = |row: &Arc<Fields>| {
                is_tracked(state, row)
                    && row
                        .get("inventoryQuantity")
                        .and_then(Value::as_i64)
                        .unwrap_or(0)
                        <= 0
            };
            json!(variants(state, object).iter().any(out)).into()
        }
        "hasOnlyDefaultVariant" => {
            let variants = variants(state, object);
            json!(variants.len() == 1 && text(&variants[0], "title") == "Default Title").into()
        }
        "hasVariantsThatRequiresComponents" => json!(false).into(),
        "sellingPlanGroupCount" => json!(0).into(),
        "onlineStoreUrl" | "onlineStorePreviewUrl" => {
            let published = !object.get("publishedAt").is_none_or(Value::is_null)
                && text(object, "status") == "ACTIVE";
            if name == "onlineStorePreviewUrl" || published {
                json!(format!(
                    "https://{}/products/{}",
                    state.store,
                    text(object, "handle")
                ))
                .into()
            } else {
                Value::Null.into()
            }
        }
        "customProductType" => object
            .get("productType")
            .cloned()
            .unwrap_or_default()
            .into(),
        "collections" => {
            let all = state.all("Collection").into_iter();
            let holds = |row: &Arc<Fields>| {
                collection_products(state, row)
                    .iter()
                    .any(|held| held == id)
            };
            let ids: Vec<u64> = all
                .filter(holds)
                .filter_map(|row| gid::number_of("Collection", text(&row, "id")))
                .collect();
            Found::Rows(super::root::sorted(state, "Collection", ids, given))
        }
        "inCollection" => {
            let collection = arg(given, "id").and_then(|id| state.get_as("Collection", id));
            let holds = collection.is_some_and(|row| {
                collection_products(state, &row)
                    .iter()
                    .any(|held| held == id)
            });
            json!(holds).into()
        }
        _ => return None,
    })
}

fn is_tracked(state: &State, variant: &Fields) -> bool {
    let item = state.get(text(variant, "inventoryItem"));
    item.is_some_and(|item| item.get("tracked").and_then(Value::as_bool) == Some(true))
}

fn variant(state: &State, name: &str, object: &Arc<Fields>) -> Option<Found> {
    Some(match name {
        "displayName" => {
            let product = state.get(text(object, "product"));
            let product = product.map_or(String::new(), |row| text(&row, "title").to_owned());
            json!(format!("{product} - {}", text(object, "title"))).into()
        }
        "image" => {
            let media = texts(object, "media");
            media
                .first()
                .and_then(|id| image(state, id))
                .unwrap_or_default()
                .into()
        }
        "position" => {
            let product = state.get(text(object, "product"))?;
            let place = texts(&product, "variants")
                .iter()
                .position(|id| id == text(object, "id"));
            json!(place.map_or(1, |place| place + 1)).into()
        }
        "availableForSale" => {
            let quantity = object
                .get("inventoryQuantity")
                .and_then(Value::as_i64)
                .unwrap_or(0);
            let sells = quantity > 0
                || !is_tracked(state, object)
                || text(object, "inventoryPolicy") == "CONTINUE";
            json!(sells).into()
        }
        "sellableOnlineQuantity" => json!(
            object
                .get("inventoryQuantity")
                .and_then(Value::as_i64)
                .unwrap_or(0)
        )
        .into(),
        "requiresComponents" | "showUnitPrice" => object
            .get(name)
            .cloned()
            .unwrap_or(Value::Bool(false))
            .into(),
        "sellingPlanGroupCount" => json!(0).into(),
        _ => return None,
    })
}

fn option(state: &State, name: &str, object: &Arc<Fields>) -> Option<Found> {
    let values = texts(object, "optionValues");
    Some(match name {
        // Only values that a variant has.
        "values" => values
            .iter()
            .filter_map(|id| state.get(id))
            .filter(|row| is_used(state, row))
            .map(|row| row["name"].clone())
            .collect::<Vec<_>>()
            .into(),
        _ => return None,
    })
}

fn is_used(state: &State, value: &Fields) -> bool {
    let product = state.get(text(value, "_product"));
    let id = text(value, "id");
    product.is_some_and(|product| {
        variants(state, &product).iter().any(|variant| {
            variant
                .get("selectedOptions")
                .and_then(Value::as_array)
                .is_some_and(|options| options.iter().any(|option| option["optionValue"] == id))
        })
    })
}

fn has_variants(state: &State, value: &Fields) -> Found {
    json!(is_used(state, value)).into()
}

fn item(
    state: &State,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Option<Found> {
    let level = |location: &str| {
        let quantity = |row: Arc<Fields>| row.get("inventoryQuantity").cloned().unwrap_or(json!(0));
        let quantity = state
            .get(text(object, "variant"))
            .map_or(json!(0), quantity);
        let (_, number) = gid::parse(location)?;
        Some(json!({
            "id": format!("{}?inventory_item_id={}", gid::gid("InventoryLevel", number), gid::parse(text(object, "id"))?.1),
            "location": location,
            "item": text(object, "id"),
            "isActive": true,
            "canDeactivate": false,
            "createdAt": text(object, "createdAt"),
            "updatedAt": text(object, "updatedAt"),
            "quantities": [{"id": "gid://shopify/InventoryQuantity/1", "name": "available", "quantity": quantity}],
        }))
    };
    let locations = || {
        state
            .ids("Location")
            .into_iter()
            .map(|id| gid::gid("Location", id))
    };
    Some(match name {
        "inventoryLevels" => Found::Rows(Rows::values(
            locations()
                .filter_map(|location| level(&location))
                .collect(),
        )),
        "inventoryLevel" => level(arg(given, "locationId")?).unwrap_or_default().into(),
        "locationsCount" => count(state.count("Location")),
        "duplicateSkuCount" => json!(0).into(),
        "trackedEditable" => json!({"locked": false, "reason": null}).into(),
        "sku" => {
            let variant = state.get(text(object, "variant"))?;
            variant.get("sku").cloned().unwrap_or_default().into()
        }
        "variants" => json!([text(object, "variant")]).into(),
        _ => return None,
    })
}
