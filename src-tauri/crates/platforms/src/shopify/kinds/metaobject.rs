//! Metaobjects.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_domain::ResourceKey;
use slipway_engine::PlatformError;

use super::super::client::Way;
use super::super::failure::refused;
use super::super::names::Names;
use super::super::portable::{Outward, put};
use super::context::{Context, id_of};
use super::{Kind, List, key};

/// The kind `metaobject`: `shopify/metaobject:<type>/<handle>`.
pub(super) struct Metaobject;

/// The definition of a metaobject.
pub(in super::super) fn definition_of(metaobject: &ResourceKey) -> Option<ResourceKey> {
    let (kind, _) = metaobject.name().split_once('/')?;
    key("metaobject-definition", kind)
}

#[async_trait]
impl Kind for Metaobject {
    fn name(&self) -> &'static str {
        "metaobject"
    }

    fn layer(&self) -> u16 {
        3
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_metaobjects"]
    }

    async fn lists(&self, context: &Context) -> Result<Vec<List>, PlatformError> {
        let types = context
            .store
            .all(Way::Admin, "MetaobjectTypes", json!({}))
            .await?;
        let names = types.iter().filter_map(|node| node["type"].as_str());
        Ok(names
            .filter(|name| !name.starts_with("app--"))
            .map(|name| List {
                operation: "Metaobjects",
                variables: json!({"type": name}),
                size: super::LARGEST_PAGE,
            })
            .collect())
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        Some(format!(
            "{}/{}",
            node["type"].as_str()?,
            node["handle"].as_str()?
        ))
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        let definition = key("metaobject-definition", node["type"].as_str()?)?;
        put(&mut document, "definition", json!({"ref": definition}));
        let capabilities = &node["capabilities"];
        put(
            &mut document,
            "status",
            capabilities["publishable"]["status"].clone(),
        );
        put(
            &mut document,
            "templateSuffix",
            capabilities["onlineStore"]["templateSuffix"].clone(),
        );
        let mut fields = Map::new();
        for field in node["fields"].as_array().into_iter().flatten() {
            let text = |name: &str| field[name].as_str();
            let (Some(name), Some(kind), Some(value)) = (text("key"), text("type"), text("value"))
            else {
                continue;
            };
            if let Some(value) = out.typed(kind, value, &format!("The field {name}")) {
                fields.insert(name.to_owned(), json!({"type": kind, "value": value}));
            }
        }
        put(&mut document, "fields", Value::Object(fields));
        Some(Value::Object(document))
    }

    fn can_be_named(&self, name: &str) -> bool {
        handle(name).is_ok()
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        context
            .node("Metaobject", json!({"handle": handle(name)?}))
            .await
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let inward = context.inward("The metaobject", document).await?;
        let mut fields = Vec::new();
        for (name, field) in document["fields"].as_object().into_iter().flatten() {
            let kind = field["type"].as_str().unwrap_or_default();
            fields.push(json!({"key": name, "value": inward.typed(kind, &field["value"])?}));
        }
        // An upsert leaves fields alone that it does not name: those that are gone are emptied.
        for (name, _) in held(live, context) {
            if document["fields"].get(&name).is_none() {
                fields.push(json!({"key": name, "value": ""}));
            }
        }
        let mut capabilities = Map::new();
        if let Some(status) = document.get("status") {
            capabilities.insert("publishable".to_owned(), json!({"status": status}));
        }
        let has_suffix = live
            .is_some_and(|live| !live["capabilities"]["onlineStore"]["templateSuffix"].is_null());
        if has_suffix || document.get("templateSuffix").is_some() {
            let suffix = document["templateSuffix"].as_str().unwrap_or_default();
            capabilities.insert("onlineStore".to_owned(), json!({"templateSuffix": suffix}));
        }
        let mut metaobject = json!({"fields": fields});
        if !capabilities.is_empty() {
            metaobject["capabilities"] = Value::Object(capabilities);
        }
        let variables = json!({"handle": handle(name)?, "metaobject": metaobject});
        let payload = context
            .client()
            .change("UpsertMetaobject", variables)
            .await?;
        let clean_up = (
            "DeleteMetaobject",
            (|id| json!({"id": id})) as fn(&str) -> Value,
        );
        match live {
            Some(live) => context.learn("metaobject", name, &id_of(live)?).await,
            None => drop(
                context
                    .created("metaobject", name, &payload, clean_up)
                    .await?,
            ),
        }
        Ok(())
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteMetaobject", json!({"id": id}))
            .await?;
        Ok(())
    }
}

/// The fields of a live metaobject that documents show.
fn held(live: Option<&Value>, context: &Context) -> Map<String, Value> {
    let document =
        live.and_then(|live| Metaobject.document(live, &mut Outward::new(&context.names)));
    match document.map(|mut document| document["fields"].take()) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn handle(name: &str) -> Result<Value, PlatformError> {
    let parts = name.split_once('/');
    let (kind, handle) = parts.ok_or_else(|| {
        refused(
            format!("`{name}` does not say the type of the metaobject."),
            "Name it `<type>/<handle>`.",
        )
    })?;
    Ok(json!({"type": kind, "handle": handle}))
}
