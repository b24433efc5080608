//! Metafield definitions.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::names::Names;
use super::super::portable::{Inward, Outward, put, put_text};
use super::context::Context;
use super::{Kind, List};

/// The kind `metafield-definition`: `shopify/metafield-definition:<OWNER>/<namespace>.<key>`.
pub(super) struct MetafieldDefinition;

/// The owners whose definitions are captured: those that are captured themselves.
const OWNERS: [&str; 6] = [
    "PRODUCT",
    "PRODUCTVARIANT",
    "COLLECTION",
    "PAGE",
    "BLOG",
    "ARTICLE",
];

#[async_trait]
impl Kind for MetafieldDefinition {
    fn name(&self) -> &'static str {
        "metafield-definition"
    }

    fn layer(&self) -> u16 {
        1
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_products", "read_content", "read_online_store_pages"]
    }

    async fn lists(&self, context: &Context) -> Result<Vec<List>, PlatformError> {
        let scopes = &context.names.facts.scopes;
        let has_products = super::super::scopes::has(scopes, &["read_products"]);
        let has_content =
            super::super::scopes::has(scopes, &["read_content", "read_online_store_pages"]);
        let is_granted = |owner: &str| match owner {
            "PAGE" | "BLOG" | "ARTICLE" => has_content,
            _ => has_products,
        };
        let owners = OWNERS.iter().filter(|owner| is_granted(owner));
        Ok(owners
            .map(|owner| List {
                operation: "MetafieldDefinitions",
                variables: json!({"ownerType": owner}),
                size: 100,
            })
            .collect())
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        let text = |field: &str| node[field].as_str();
        Some(format!(
            "{}/{}.{}",
            text("ownerType")?,
            text("namespace")?,
            text("key")?
        ))
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        // Those that are reserved for an app are that app's.
        if node["namespace"].as_str()?.starts_with("app--") {
            return None;
        }
        let mut document = Map::new();
        put_text(&mut document, node, &["name", "description"]);
        put(&mut document, "type", node["type"]["name"].clone());
        put(
            &mut document,
            "validations",
            validations(&node["validations"], out),
        );
        put(&mut document, "access", access(&node["access"]));
        put(
            &mut document,
            "capabilities",
            capabilities(&node["capabilities"]),
        );
        put(
            &mut document,
            "constraints",
            constraints(&node["constraints"]),
        );
        if !node["pinnedPosition"].is_null() {
            document.insert("isPinned".to_owned(), json!(true));
        }
        if !node["standardTemplate"].is_null() {
            document.insert("isStandard".to_owned(), json!(true));
        }
        Some(Value::Object(document))
    }

    fn can_be_named(&self, name: &str) -> bool {
        identifier(name).is_ok()
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        let variables = json!({"identifier": identifier(name)?});
        context.node("MetafieldDefinition", variables).await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context.inward("The metafield definition", document).await?;
        let identifier = identifier(name)?;
        let mut definition = json!({
            "name": document["name"],
            "description": document["description"].as_str().unwrap_or_default(),
            "validations": validation_inputs(&document["validations"], &inward)?,
            "pin": document["isPinned"] == json!(true),
            "access": document.get("access").cloned().unwrap_or_else(|| json!({"storefront": "NONE"})),
            "capabilities": capability_inputs(&document["capabilities"]),
        });
        for (field, value) in identifier.as_object().into_iter().flatten() {
            definition[field] = value.clone();
        }
        let is_standard = document["isStandard"] == json!(true);
        match live {
            None if is_standard => {
                let mut variables = identifier;
                variables["pin"] = definition["pin"].clone();
                context
                    .client()
                    .change("EnableStandardMetafieldDefinition", variables)
                    .await?;
            }
            None => {
                definition["type"] = document["type"].clone();
                if let Some(constraints) = document.get("constraints") {
                    definition["constraints"] = constraints.clone();
                }
                let variables = json!({"definition": definition});
                context
                    .client()
                    .change("CreateMetafieldDefinition", variables)
                    .await?;
            }
            Some(live) => {
                if live["type"]["name"] != document["type"] {
                    return Err(refused(
                        format!(
                            "The type of a metafield definition can't be changed, here from {} to {}.",
                            live["type"]["name"].as_str().unwrap_or_default(),
                            document["type"].as_str().unwrap_or_default()
                        ),
                        "Delete the definition and its values in the store, then deploy it anew.",
                    ));
                }
                definition["constraintsUpdates"] =
                    constraint_updates(&live["constraints"], document);
                if is_standard {
                    // A standard definition is what it is, but for where it shows.
                    for field in ["name", "description", "validations"] {
                        definition
                            .as_object_mut()
                            .map(|fields| fields.shift_remove(field));
                    }
                }
                let variables = json!({"definition": definition});
                let payload = context
                    .client()
                    .change("UpdateMetafieldDefinition", variables)
                    .await?;
                context.finish(&payload["validationJob"]).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let kind = live["type"]["name"].as_str().unwrap_or_default();
        // Such values can't outlive their definition (Admin API schema); others stay, as the plan says.
        let all = kind.ends_with("_reference") || kind == "id";
        let identifier = json!({
            "ownerType": live["ownerType"], "namespace": live["namespace"], "key": live["key"]
        });
        let variables = json!({"identifier": identifier, "all": all});
        context
            .client()
            .change("DeleteMetafieldDefinition", variables)
            .await?;
        Ok(())
    }
}

fn identifier(name: &str) -> Result<Value, PlatformError> {
    let parts = name.split_once('/').and_then(|(owner, rest)| {
        let (namespace, key) = rest.rsplit_once('.')?;
        Some(json!({"ownerType": owner, "namespace": namespace, "key": key}))
    });
    parts.ok_or_else(|| {
        refused(
            format!("`{name}` is not the name of a metafield definition."),
            "Name it `<OWNER>/<namespace>.<key>`.",
        )
    })
}

/// Validations by name. Those that name metaobject definitions do so by reference.
pub(super) fn validations(list: &Value, out: &mut Outward<'_>) -> Value {
    let mut found = Map::new();
    for validation in list.as_array().into_iter().flatten() {
        let name = validation["name"].as_str().unwrap_or_default();
        let text = validation["value"].as_str().unwrap_or_default();
        let place = format!("The validation {name}");
        let value = match name {
            "metaobject_definition_id" => out.reference(&validation["value"], &place),
            "metaobject_definition_ids" => out.typed("list.metaobject_definition", text, &place),
            _ => Some(Value::from(text)),
        };
        put(&mut found, name, value.unwrap_or_default());
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Value::Object(found.into_iter().collect())
}

/// The same as inputs.
pub(super) fn validation_inputs(
    validations: &Value,
    inward: &Inward,
) -> Result<Vec<Value>, PlatformError> {
    let validations = validations.as_object().into_iter().flatten();
    validations
        .map(|(name, value)| {
            let value = match name.as_str() {
                "metaobject_definition_id" => inward.id(value)?,
                "metaobject_definition_ids" => inward.typed("list.metaobject_definition", value)?,
                _ => value.as_str().unwrap_or_default().to_owned(),
            };
            Ok(json!({"name": name, "value": value}))
        })
        .collect()
}

/// Who else sees the values, where that is not nobody.
pub(super) fn access(node: &Value) -> Value {
    let mut fields = Map::new();
    for name in ["storefront", "customerAccount"] {
        if node[name] != json!("NONE") {
            put(&mut fields, name, node[name].clone());
        }
    }
    Value::Object(fields)
}

/// The names of the capabilities that are on.
fn capabilities(node: &Value) -> Value {
    CAPABILITIES
        .into_iter()
        .filter(|name| node[*name]["enabled"] == json!(true))
        .collect()
}

const CAPABILITIES: [&str; 3] = [
    "adminFilterable",
    "smartCollectionCondition",
    "uniqueValues",
];

fn capability_inputs(names: &Value) -> Value {
    let names = names.as_array().map_or(&[][..], Vec::as_slice);
    let inputs = CAPABILITIES.into_iter().map(|capability| {
        let enabled = names.iter().any(|name| name == capability);
        (capability.to_owned(), json!({"enabled": enabled}))
    });
    Value::Object(inputs.collect())
}

fn constraints(node: &Value) -> Value {
    let mut fields = Map::new();
    let values = node["values"]["nodes"].as_array().into_iter().flatten();
    let mut values: Vec<&str> = values.filter_map(|node| node["value"].as_str()).collect();
    values.sort_unstable();
    if !node["key"].is_null() && !values.is_empty() {
        put(&mut fields, "key", node["key"].clone());
        put(&mut fields, "values", json!(values));
    }
    Value::Object(fields)
}

fn constraint_updates(live: &Value, document: &Value) -> Value {
    let (there, wanted) = (constraints(live), &document["constraints"]);
    let list = |of: &Value| -> Vec<String> {
        let values = of["values"].as_array().into_iter().flatten();
        values
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect()
    };
    let (there, wanted_values) = (list(&there), list(wanted));
    let creates = wanted_values.iter().filter(|value| !there.contains(value));
    let deletes = there.iter().filter(|value| !wanted_values.contains(value));
    let updates: Vec<Value> = creates
        .map(|value| json!({"create": value}))
        .chain(deletes.map(|value| json!({"delete": value})))
        .collect();
    if updates.is_empty() {
        return Value::Null;
    }
    json!({"key": wanted["key"], "values": updates})
}
