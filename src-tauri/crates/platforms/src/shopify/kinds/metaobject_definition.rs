//! Metaobject definitions.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::names::Names;
use super::super::portable::{Inward, Outward, put, put_text};
use super::context::{Context, id_of};
use super::metafield_definition::{access, validation_inputs, validations};
use super::{Kind, List};

/// The kind `metaobject-definition`: `shopify/metaobject-definition:<type>`.
pub(super) struct MetaobjectDefinition;

#[async_trait]
impl Kind for MetaobjectDefinition {
    fn name(&self) -> &'static str {
        "metaobject-definition"
    }

    fn layer(&self) -> u16 {
        0
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_metaobject_definitions"]
    }

    async fn lists(&self, _context: &Context) -> Result<Vec<List>, PlatformError> {
        Ok(List::of("MetaobjectDefinitions", 50))
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        node["type"].as_str().map(str::to_owned)
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        // Those that are reserved for an app are that app's.
        if node["type"].as_str()?.starts_with("app--") {
            return None;
        }
        let mut document = Map::new();
        put_text(
            &mut document,
            node,
            &["name", "description", "displayNameKey"],
        );
        put(&mut document, "access", access(&node["access"]));
        put(
            &mut document,
            "capabilities",
            capabilities(&node["capabilities"]),
        );
        let fields = node["fieldDefinitions"].as_array().into_iter().flatten();
        let fields: Vec<Value> = fields.map(|field| field_document(field, out)).collect();
        put(&mut document, "fieldDefinitions", json!(fields));
        if !node["standardTemplate"].is_null() {
            document.insert("isStandard".to_owned(), json!(true));
        }
        Some(Value::Object(document))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        context
            .node("MetaobjectDefinition", json!({"type": name}))
            .await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context
            .inward("The metaobject definition", document)
            .await?;
        let mut definition = json!({
            "name": document["name"],
            "description": document["description"].as_str().unwrap_or_default(),
            "displayNameKey": document["displayNameKey"],
            "access": access_input(&document["access"]),
            "capabilities": capability_inputs(&document["capabilities"]),
        });
        let wanted = document["fieldDefinitions"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let payload = match live {
            None if document["isStandard"] == json!(true) => {
                let variables = json!({"type": name});
                context
                    .client()
                    .change("EnableStandardMetaobjectDefinition", variables)
                    .await?
            }
            None => {
                let fields = wanted
                    .iter()
                    .map(|field| field_input(field, &inward, Creating::Yes));
                definition["type"] = json!(name);
                definition["fieldDefinitions"] = json!(fields.collect::<Result<Vec<_>, _>>()?);
                let variables = json!({"definition": definition});
                context
                    .client()
                    .change("CreateMetaobjectDefinition", variables)
                    .await?
            }
            Some(live) => {
                definition["fieldDefinitions"] = json!(field_operations(live, wanted, &inward)?);
                definition["resetFieldOrder"] = json!(true);
                let variables = json!({"id": id_of(live)?, "definition": definition});
                context
                    .client()
                    .change("UpdateMetaobjectDefinition", variables)
                    .await?
            }
        };
        let id = id_of(&payload["object"])?;
        context.learn("metaobject-definition", name, &id).await;
        Ok(())
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteMetaobjectDefinition", json!({"id": id}))
            .await?;
        Ok(())
    }
}

fn field_document(field: &Value, out: &mut Outward<'_>) -> Value {
    let mut document = Map::new();
    put_text(&mut document, field, &["key", "name", "description"]);
    put(&mut document, "type", field["type"]["name"].clone());
    put(&mut document, "required", field["required"].clone());
    put(
        &mut document,
        "validations",
        validations(&field["validations"], out),
    );
    if field["capabilities"]["adminFilterable"]["enabled"] == json!(true) {
        document.insert("adminFilterable".to_owned(), json!(true));
    }
    Value::Object(document)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Creating {
    Yes,
    No,
}

fn field_input(field: &Value, inward: &Inward, creating: Creating) -> Result<Value, PlatformError> {
    let mut input = json!({
        "key": field["key"],
        "name": field["name"],
        "description": field["description"].as_str().unwrap_or_default(),
        "required": field["required"] == json!(true),
        "validations": validation_inputs(&field["validations"], inward)?,
        "capabilities": {"adminFilterable": {"enabled": field["adminFilterable"] == json!(true)}},
    });
    if creating == Creating::Yes {
        input["type"] = field["type"].clone();
    }
    Ok(input)
}

/// What makes the fields of a definition those that are wanted. A field whose type changes goes and comes anew; what
/// metaobjects hold in it is lost, as the plan says.
fn field_operations(
    live: &Value,
    wanted: &[Value],
    inward: &Inward,
) -> Result<Vec<Value>, PlatformError> {
    let there = live["fieldDefinitions"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let mut operations = Vec::new();
    for field in there {
        if wanted.iter().all(|wanted| wanted["key"] != field["key"]) {
            operations.push(json!({"delete": {"key": field["key"]}}));
        }
    }
    for field in wanted {
        match there.iter().find(|there| there["key"] == field["key"]) {
            None => operations.push(json!({"create": field_input(field, inward, Creating::Yes)?})),
            Some(there) if there["type"]["name"] != field["type"] => {
                return Err(refused(
                    format!(
                        "The type of the field {} can't be changed, here from {} to {}.",
                        field["key"].as_str().unwrap_or_default(),
                        there["type"]["name"].as_str().unwrap_or_default(),
                        field["type"].as_str().unwrap_or_default()
                    ),
                    "Give the new field another key, or delete the field in the store first.",
                ));
            }
            Some(_) => {
                operations.push(json!({"update": field_input(field, inward, Creating::No)?}))
            }
        }
    }
    Ok(operations)
}

fn access_input(access: &Value) -> Value {
    json!({
        "storefront": access["storefront"].as_str().unwrap_or("NONE"),
        "customerAccount": access["customerAccount"].as_str().unwrap_or("NONE"),
    })
}

/// The capabilities that are on, with what they hold.
fn capabilities(node: &Value) -> Value {
    let mut found = Map::new();
    for name in ["onlineStore", "publishable", "renderable", "translatable"] {
        if node[name]["enabled"] == json!(true) {
            let mut data = Map::new();
            put_text(
                &mut data,
                &node[name]["data"],
                &["metaTitleKey", "metaDescriptionKey", "urlHandle"],
            );
            found.insert(name.to_owned(), Value::Object(data));
        }
    }
    Value::Object(found)
}

fn capability_inputs(capabilities: &Value) -> Value {
    let mut inputs = Map::new();
    for name in ["onlineStore", "publishable", "renderable", "translatable"] {
        let mut input = json!({"enabled": capabilities.get(name).is_some()});
        let data = capabilities[name]
            .as_object()
            .filter(|data| !data.is_empty());
        if let Some(data) = data {
            input["data"] = Value::Object(data.clone());
        }
        inputs.insert(name.to_owned(), input);
    }
    Value::Object(inputs)
}
