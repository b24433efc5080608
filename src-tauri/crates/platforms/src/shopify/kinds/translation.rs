//! Translations of one resource into one language.

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_domain::ResourceKey;
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::names::{Name, Names};
use super::super::portable::{Outward, put};
use super::context::Context;
use super::product::each;
use super::{Kind, List};

/// The kind `translation`: `shopify/translation:<resource key>/<locale>`.
pub(super) struct Translation;

/// The kinds whose translations are captured.
const TYPES: [&str; 7] = [
    "PRODUCT",
    "COLLECTION",
    "PAGE",
    "BLOG",
    "ARTICLE",
    "MENU",
    "METAOBJECT",
];

/// How many translations one request registers (shopify.dev, API limits).
const REGISTER_LIMIT: usize = 100;

#[async_trait]
impl Kind for Translation {
    fn name(&self) -> &'static str {
        "translation"
    }

    fn layer(&self) -> u16 {
        8
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_translations"]
    }

    async fn lists(&self, context: &Context) -> Result<Vec<List>, PlatformError> {
        let data: Value = context.client().ask("Locales", json!({})).await?;
        let locales = each(&data["shopLocales"]).filter(|locale| locale["primary"] != json!(true));
        let locales: Vec<&Value> = locales.map(|locale| &locale["locale"]).collect();
        Ok(TYPES
            .iter()
            .flat_map(|kind| locales.iter().map(move |locale| (kind, locale)))
            .map(|(kind, locale)| List {
                operation: "TranslatableResources",
                variables: json!({"resourceType": kind, "locale": locale}),
                size: 100,
            })
            .collect())
    }

    fn name_of(&self, node: &Value, names: &Names) -> Option<String> {
        let locale = each(&node["translations"]).next()?["locale"].as_str()?;
        match names.get(node["resourceId"].as_str()?)? {
            Name::Key(key) => Some(format!("{key}/{locale}")),
            _ => None,
        }
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let translations = texts(node, out);
        if translations.is_empty() {
            return None;
        }
        let mut document = Map::new();
        put(
            &mut document,
            "resource",
            out.reference(&node["resourceId"], "A translation")?,
        );
        put(&mut document, "translations", Value::Object(translations));
        Some(Value::Object(document))
    }

    fn can_be_named(&self, name: &str) -> bool {
        parts(name).is_ok()
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        let (key, locale) = parts(name)?;
        let Some(found) = context.find(&key).await? else {
            return Ok(None);
        };
        let node = context
            .node(
                "TranslatableResource",
                json!({"id": found.id, "locale": locale}),
            )
            .await?;
        Ok(node.filter(|node| {
            let is_general = |translation: &Value| translation["market"].is_null();
            each(&node["translations"]).any(is_general)
        }))
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let (key, locale) = parts(name)?;
        let inward = context.inward("The translation", document).await?;
        let id = inward.id(&document["resource"])?;
        let variables = json!({"id": id, "locale": locale});
        // Read again, since it is there also without a translation: what is translated has to be what is there now.
        let node = context
            .node("TranslatableResource", variables)
            .await?
            .unwrap_or_default();
        let wanted = document["translations"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let held = live.map_or_else(Map::new, |live| texts(live, &Outward::new(&context.names)));
        let mut inputs = Vec::new();
        for (field, value) in wanted
            .iter()
            .filter(|(field, value)| held.get(*field) != Some(value))
        {
            let content =
                each(&node["translatableContent"]).find(|content| content["key"] == *field);
            let digest = content
                .and_then(|content| content["digest"].as_str())
                .ok_or_else(|| {
                    refused(
                        format!("{key} has nothing to translate in `{field}` in this store."),
                        "Put the resource into the release as well, or leave its translation out.",
                    )
                })?;
            inputs.push(json!({
                "key": field, "locale": locale, "value": inward.text(value),
                "translatableContentDigest": digest,
            }));
        }
        for inputs in inputs.chunks(REGISTER_LIMIT) {
            let variables = json!({"id": id, "translations": inputs});
            context
                .client()
                .change("RegisterTranslations", variables)
                .await?;
        }
        let gone: Vec<&String> = held
            .keys()
            .filter(|field| !wanted.contains_key(*field))
            .collect();
        if !gone.is_empty() {
            let variables = json!({"id": id, "keys": gone, "locales": [locale]});
            context
                .client()
                .change("RemoveTranslations", variables)
                .await?;
        }
        Ok(())
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let keys: Vec<&Value> = each(&live["translations"])
            .map(|text| &text["key"])
            .collect();
        let locale = &live["translations"][0]["locale"];
        let variables = json!({"id": live["resourceId"], "keys": keys, "locales": [locale]});
        context
            .client()
            .change("RemoveTranslations", variables)
            .await?;
        Ok(())
    }
}

/// The texts of a node, by field, without those for single markets.
fn texts(node: &Value, out: &Outward<'_>) -> Map<String, Value> {
    let mut texts: Vec<(String, Value)> = each(&node["translations"])
        .filter(|text| text["market"].is_null() && !text["value"].is_null())
        .filter_map(|text| Some((text["key"].as_str()?.to_owned(), out.text(&text["value"]))))
        .collect();
    texts.sort_by(|(a, _), (b, _)| a.cmp(b));
    texts.into_iter().collect()
}

/// The resource and the locale in a name.
fn parts(name: &str) -> Result<(ResourceKey, &str), PlatformError> {
    let parts = name.rsplit_once('/');
    let parts = parts.and_then(|(key, locale)| Some((key.parse().ok()?, locale)));
    parts.ok_or_else(|| {
        refused(
            format!("`{name}` is not the name of a translation."),
            "Name it `<resource>/<language>`.",
        )
    })
}
