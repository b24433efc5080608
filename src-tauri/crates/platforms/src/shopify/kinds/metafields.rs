//! Writing the metafields of an object that is there: what changed is set, what is gone is deleted, and what documents
//! do not show (those of other apps, those that can't be made portable) stays as it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::portable::{Inward, Outward};
use super::context::Context;

/// How many metafields one request sets (shopify.dev, API limits).
const SET_LIMIT: usize = 25;

/// Makes the metafields of the object `live` those of the document.
pub(super) async fn write(
    context: &Context,
    live: &Value,
    document: &Value,
    inward: &Inward,
) -> Result<(), PlatformError> {
    let owner = &live["id"];
    let (wanted, there) = (inward.metafields(document)?, held(context, live));
    let mut set = Vec::new();
    for mut input in wanted {
        let name = name_of(&input);
        let entry = there.get(&name);
        if entry.is_some_and(|entry| *entry == document["metafields"][&name]) {
            continue;
        }
        input["ownerId"] = owner.clone();
        // Written only if it is still what was read; nothing: only if there is none (shopify.dev, Admin API).
        input["compareDigest"] = digest(live, &input);
        set.push(input);
    }
    for inputs in set.chunks(SET_LIMIT) {
        let variables = json!({"metafields": inputs});
        context.client().change("SetMetafields", variables).await?;
    }
    // Last: a refusal before it has taken nothing away.
    remove(context, live, document).await
}

/// Deletes the metafields that the object has and the document does not.
pub(super) async fn remove(
    context: &Context,
    live: &Value,
    document: &Value,
) -> Result<(), PlatformError> {
    let gone: Vec<Value> = held(context, live)
        .keys()
        .filter(|name| document["metafields"].get(name.as_str()).is_none())
        .filter_map(|name| {
            let (namespace, key) = name.rsplit_once('.')?;
            Some(json!({"ownerId": live["id"], "namespace": namespace, "key": key}))
        })
        .collect();
    for identifiers in gone.chunks(SET_LIMIT) {
        let variables = json!({"metafields": identifiers});
        context
            .client()
            .change("DeleteMetafields", variables)
            .await?;
    }
    Ok(())
}

/// The metafields of a node that documents show.
fn held(context: &Context, live: &Value) -> BTreeMap<String, Value> {
    let metafields = Outward::new(&context.names).metafields(&live["metafields"], "");
    match metafields {
        Value::Object(entries) => entries.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

/// The metafields of a node that documents do not show and that are not another app's, as inputs.
pub(super) fn unshown(context: &Context, live: &Value) -> Vec<Value> {
    let shown = held(context, live);
    let mut out = Outward::new(&context.names);
    let nodes = live["metafields"]["nodes"].as_array().into_iter().flatten();
    nodes
        .filter_map(|node| {
            let namespace = out.namespace(node["namespace"].as_str()?)?;
            let key = node["key"].as_str()?;
            let is_shown = shown.contains_key(&format!("{namespace}.{key}"));
            (!is_shown).then(|| {
                json!({
                    "namespace": namespace, "key": key, "type": node["type"], "value": node["value"]
                })
            })
        })
        .collect()
}

fn name_of(input: &Value) -> String {
    let text = |field: &str| input[field].as_str().unwrap_or_default();
    format!("{}.{}", text("namespace"), text("key"))
}

fn digest(live: &Value, input: &Value) -> Value {
    let nodes = live["metafields"]["nodes"].as_array().into_iter().flatten();
    let namespace = input["namespace"].as_str().unwrap_or_default();
    let is_own = namespace.starts_with("$app");
    let found = nodes.into_iter().find(|node| {
        let stored = node["namespace"].as_str().unwrap_or_default();
        let same = if is_own {
            let rest = namespace.trim_start_matches("$app").trim_start_matches(':');
            stored.starts_with("app--") && stored.ends_with(rest)
        } else {
            stored == namespace
        };
        same && node["key"] == input["key"]
    });
    found.map_or(Value::Null, |node| node["compareDigest"].clone())
}
