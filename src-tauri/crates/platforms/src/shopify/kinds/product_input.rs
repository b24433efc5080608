//! The input of `productSet`. Every list in it is a full replacement (Admin API schema), so each is sent whole: what
//! documents do not show is added from what is live.
//!
//! Deliberately not here: stock. `inventoryQuantities` is left out, which leaves it as it is.

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::failure::malformed;
use super::super::names::Name;
use super::super::portable::{Inward, Outward};
use super::super::same_variants::Same;
use super::context::Context;
use super::product::{Product, each};
use super::{Kind as _, metafields};

/// The input that makes a product what the document says.
pub(super) fn input(
    context: &Context,
    live: Option<&Value>,
    document: &Value,
    inward: &Inward,
) -> Result<Value, PlatformError> {
    let text = |field: &str| document[field].as_str().unwrap_or_default();
    let mut all_metafields = inward.metafields(document)?;
    if let Some(live) = live {
        all_metafields.extend(metafields::unshown(context, live));
    }
    let mut input = json!({
        "title": text("title"),
        "descriptionHtml": inward.text(&document["descriptionHtml"]).as_str().unwrap_or_default(),
        "vendor": text("vendor"),
        "productType": text("productType"),
        "status": document["status"],
        "category": document["category"],
        "tags": document.get("tags").cloned().unwrap_or_else(|| json!([])),
        "templateSuffix": document["templateSuffix"],
        "requiresSellingPlan": document["requiresSellingPlan"] == json!(true),
        "seo": {"title": document["seo"]["title"], "description": document["seo"]["description"]},
        "files": files(context, live, document, inward)?,
        "metafields": all_metafields,
    });
    // These can be set when the product is made, and not after.
    if live.is_none() {
        if document["isGiftCard"] == json!(true) {
            input["giftCard"] = json!(true);
        }
        if let Some(role) = document.get("combinedListingRole") {
            input["combinedListingRole"] = role.clone();
        }
    }
    let suffix = &document["giftCardTemplateSuffix"];
    if live.map_or(&Value::Null, |live| &live["giftCardTemplateSuffix"]) != suffix {
        input["giftCardTemplateSuffix"] = suffix.clone();
    }
    if document["options"].is_array() {
        let known = live.map(|live| Known::of(context, live, document));
        let known = known.transpose()?;
        input["productOptions"] = product_options(known.as_ref(), document, inward)?;
        let variants = each(&document["variants"]).enumerate();
        let variants = variants
            .map(|(at, wanted)| variant(context, known.as_ref(), (at, wanted), document, inward));
        input["variants"] = json!(variants.collect::<Result<Vec<Value>, PlatformError>>()?);
    }
    Ok(input)
}

/// What of a live product is what of the document.
struct Known<'l> {
    live: &'l Value,
    same: Same,
}

impl<'l> Known<'l> {
    fn of(context: &Context, live: &'l Value, document: &Value) -> Result<Self, PlatformError> {
        let held = Product.document(live, &mut Outward::new(&context.names));
        // Without their ids all variants would be made anew, and their stock lost.
        let held = held.ok_or_else(|| malformed("a whole product"))?;
        Ok(Self {
            live,
            same: Same::between(&held, document),
        })
    }

    fn variant(&self, at: usize) -> Option<&'l Value> {
        Some(&self.live["variants"]["nodes"][self.same.variant(at)?])
    }

    fn option(&self, at: usize) -> Option<&'l Value> {
        Some(&self.live["options"][self.same.option(at)?])
    }

    /// The id of a value that has another name by now.
    fn renamed(&self, option: usize, value: &str) -> Option<&'l Value> {
        let former = self.same.former(option, value)?;
        let mut values = each(&self.option(option)?["optionValues"]);
        Some(&values.find(|value| value["name"] == former)?["id"])
    }
}

/// Whether the store has no name for a file: it is still processing it, or failed to.
fn is_unnamed(context: &Context, file: &Value) -> bool {
    let name = file["id"].as_str().map(|id| context.names.get(id));
    !matches!(name, Some(Some(Name::Key(_))))
}

/// The files of the document, and at their places those of the product that no document can name: they stay.
fn files(
    context: &Context,
    live: Option<&Value>,
    document: &Value,
    inward: &Inward,
) -> Result<Value, PlatformError> {
    let files = each(&document["media"]).map(|file| Ok(json!({"id": inward.id(file)?})));
    let mut files = files.collect::<Result<Vec<Value>, PlatformError>>()?;
    let there = live.map_or(&Value::Null, |live| &live["media"]["nodes"]);
    for (at, file) in each(there).enumerate() {
        if is_unnamed(context, file) {
            files.insert(at.min(files.len()), json!({"id": file["id"]}));
        }
    }
    Ok(Value::Array(files))
}

fn product_options(
    known: Option<&Known<'_>>,
    document: &Value,
    inward: &Inward,
) -> Result<Value, PlatformError> {
    let options = each(&document["options"]).enumerate().map(|(at, option)| {
        let mut input = json!({"name": option["name"], "position": at + 1});
        let there = known.and_then(|known| known.option(at));
        if let Some(id) = there.map(|there| &there["id"]).filter(|id| id.is_string()) {
            input["id"] = id.clone();
        }
        match option["linkedMetafield"]
            .as_str()
            .and_then(|name| name.rsplit_once('.'))
        {
            Some((namespace, key)) => {
                let values = each(&option["values"]).map(|value| linked_value(value, inward));
                let values = values.collect::<Result<Vec<String>, PlatformError>>()?;
                input["linkedMetafield"] =
                    json!({"namespace": namespace, "key": key, "values": values});
            }
            None => {
                let values = each(&option["values"]).map(|value| {
                    let name = value.as_str().unwrap_or_default();
                    match known.and_then(|known| known.renamed(at, name)) {
                        Some(id) => json!({"id": id, "name": name}),
                        None => json!({"name": name}),
                    }
                });
                input["values"] = values.collect();
            }
        }
        Ok(input)
    });
    options.collect()
}

fn variant(
    context: &Context,
    known: Option<&Known<'_>>,
    (at, wanted): (usize, &Value),
    document: &Value,
    inward: &Inward,
) -> Result<Value, PlatformError> {
    let inventory = &wanted["inventory"];
    let mut item = json!({
        "tracked": inventory["tracked"] == json!(true),
        "requiresShipping": inventory["requiresShipping"] != json!(false),
        "cost": inventory["cost"],
        "countryCodeOfOrigin": inventory["countryCodeOfOrigin"],
        "provinceCodeOfOrigin": inventory["provinceCodeOfOrigin"],
        "harmonizedSystemCode": inventory["harmonizedSystemCode"],
    });
    let known = known.and_then(|known| known.variant(at));
    let had_weight =
        known.is_some_and(|known| !known["inventoryItem"]["measurement"]["weight"].is_null());
    match inventory.get("weight") {
        Some(weight) => item["measurement"] = json!({"weight": weight}),
        None if had_weight => {
            let unit =
                &known.unwrap_or(&Value::Null)["inventoryItem"]["measurement"]["weight"]["unit"];
            item["measurement"] = json!({"weight": {"value": 0, "unit": unit}});
        }
        None => {}
    }
    let mut all_metafields = inward.metafields(wanted)?;
    if let Some(known) = known {
        all_metafields.extend(metafields::unshown(context, known));
    }
    let mut input = json!({
        "optionValues": option_values(wanted, document, inward)?,
        "position": at + 1,
        "price": wanted["price"],
        "compareAtPrice": wanted["compareAtPrice"],
        "sku": wanted["sku"].as_str().unwrap_or_default(),
        "barcode": wanted["barcode"].as_str().unwrap_or_default(),
        "taxable": wanted["taxable"] != json!(false),
        "inventoryPolicy": wanted["inventoryPolicy"],
        "requiresComponents": wanted["requiresComponents"] == json!(true),
        "showUnitPrice": wanted["showUnitPrice"] == json!(true),
        "inventoryItem": item,
        "metafields": all_metafields,
    });
    let is_measured =
        known.is_some_and(|known| !known["unitPriceMeasurement"]["quantityUnit"].is_null());
    if is_measured || wanted["unitPriceMeasurement"].is_object() {
        input["unitPriceMeasurement"] = wanted["unitPriceMeasurement"].clone();
    }
    if let Some(id) = known.map(|known| &known["id"]) {
        input["id"] = id.clone();
    }
    let shown = known.and_then(|known| each(&known["media"]["nodes"]).next());
    match (wanted.get("media"), shown) {
        (Some(file), _) => input["file"] = json!({"id": inward.id(file)?}),
        (None, Some(shown)) if is_unnamed(context, shown) => {
            input["file"] = json!({"id": shown["id"]});
        }
        (None, Some(_)) => input["file"] = Value::Null,
        (None, None) => {}
    }
    Ok(input)
}

/// The values by which the variant is known; of a linked option, the value of the metafield.
fn option_values(
    wanted: &Value,
    document: &Value,
    inward: &Inward,
) -> Result<Vec<Value>, PlatformError> {
    let chosen = wanted["options"].as_object().into_iter().flatten();
    let mut inputs = Vec::new();
    for (name, value) in chosen {
        let option = each(&document["options"]).find(|option| option["name"] == *name);
        let linked = option.filter(|option| option["linkedMetafield"].is_string());
        let Some(linked) = linked else {
            inputs.push(json!({"optionName": name, "name": value}));
            continue;
        };
        let Some(value) = each(&linked["values"]).find(|candidate| candidate["name"] == *value)
        else {
            inputs.push(json!({"optionName": name, "name": value}));
            continue;
        };
        let value = linked_value(value, inward)?;
        inputs.push(json!({"optionName": name, "linkedMetafieldValue": value}));
    }
    Ok(inputs)
}

/// The value of the metafield that an option's value is linked to.
fn linked_value(value: &Value, inward: &Inward) -> Result<String, PlatformError> {
    match value["value"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => inward.id(&value["value"]),
    }
}
