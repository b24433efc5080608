//! The input of `productSet`. Every list in it is a full replacement (Admin API schema), so each is sent whole: what
//! documents do not show is added from what is live.
//!
//! Deliberately not here: stock. `inventoryQuantities` is left out, which leaves it as it is.

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::names::options;
use super::super::portable::Inward;
use super::context::Context;
use super::metafields;
use super::product::each;

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
    let media = each(&document["media"]).map(|file| Ok(json!({"id": inward.id(file)?})));
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
        "files": media.collect::<Result<Vec<Value>, PlatformError>>()?,
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
    if let Some(suffix) = document.get("giftCardTemplateSuffix") {
        input["giftCardTemplateSuffix"] = suffix.clone();
    }
    if document["options"].is_array() {
        input["productOptions"] = product_options(live, document, inward)?;
        let variants = each(&document["variants"]).enumerate();
        let variants =
            variants.map(|(at, wanted)| variant(context, live, (at, wanted), document, inward));
        input["variants"] = json!(variants.collect::<Result<Vec<Value>, PlatformError>>()?);
    }
    Ok(input)
}

fn product_options(
    live: Option<&Value>,
    document: &Value,
    inward: &Inward,
) -> Result<Value, PlatformError> {
    let there = live.map_or(&Value::Null, |live| &live["options"]);
    let options = each(&document["options"]).enumerate().map(|(at, option)| {
        let mut input = json!({"name": option["name"], "position": at + 1});
        let known = each(there).find(|there| there["name"] == option["name"]);
        if let Some(id) = known.map(|known| &known["id"]).filter(|id| id.is_string()) {
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
                let values = each(&option["values"]).map(|value| json!({"name": value}));
                input["values"] = values.collect();
            }
        }
        Ok(input)
    });
    options.collect()
}

fn variant(
    context: &Context,
    live: Option<&Value>,
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
    let known = live.and_then(|live| {
        each(&live["variants"]["nodes"]).find(|there| json!(options(there)) == wanted["options"])
    });
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
    if let Some(measurement) = wanted.get("unitPriceMeasurement") {
        input["unitPriceMeasurement"] = measurement.clone();
    }
    if let Some(id) = known.map(|known| &known["id"]) {
        input["id"] = id.clone();
    }
    match wanted.get("media") {
        Some(file) => input["file"] = json!({"id": inward.id(file)?}),
        None if known.is_some_and(|known| each(&known["media"]["nodes"]).next().is_some()) => {
            input["file"] = Value::Null;
        }
        None => {}
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
