//! Locales, what can be translated, and the translations.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, arg, meta};
use crate::shop::gid;
use crate::shop::graphql::{Found, Rows};
use crate::shop::state::{State, text};
use crate::shop::table::Fields;
use crate::shop::text::sha256;
use crate::shop::types;

/// A text that can be translated: its key, where it lies, and its format.
type Key = (&'static str, &'static str, &'static str);

/// What can be translated: the kind of resource, the type, and key, field and format of each text.
const TRANSLATABLE: &[(&str, &str, &[Key])] = &[
    (
        "PRODUCT",
        "Product",
        &[
            ("title", "title", "SINGLE_LINE_TEXT_FIELD"),
            ("body_html", "descriptionHtml", "HTML"),
            ("handle", "handle", "URI"),
            ("product_type", "productType", "SINGLE_LINE_TEXT_FIELD"),
            ("meta_title", "seo.title", "SINGLE_LINE_TEXT_FIELD"),
            (
                "meta_description",
                "seo.description",
                "MULTI_LINE_TEXT_FIELD",
            ),
        ],
    ),
    (
        "COLLECTION",
        "Collection",
        &[
            ("title", "title", "SINGLE_LINE_TEXT_FIELD"),
            ("body_html", "descriptionHtml", "HTML"),
            ("handle", "handle", "URI"),
            ("meta_title", "seo.title", "SINGLE_LINE_TEXT_FIELD"),
            (
                "meta_description",
                "seo.description",
                "MULTI_LINE_TEXT_FIELD",
            ),
        ],
    ),
    (
        "PAGE",
        "Page",
        &[
            ("title", "title", "SINGLE_LINE_TEXT_FIELD"),
            ("body_html", "body", "HTML"),
            ("handle", "handle", "URI"),
        ],
    ),
    (
        "BLOG",
        "Blog",
        &[
            ("title", "title", "SINGLE_LINE_TEXT_FIELD"),
            ("handle", "handle", "URI"),
        ],
    ),
    (
        "ARTICLE",
        "Article",
        &[
            ("title", "title", "SINGLE_LINE_TEXT_FIELD"),
            ("body_html", "body", "HTML"),
            ("summary_html", "summary", "HTML"),
            ("handle", "handle", "URI"),
        ],
    ),
    (
        "MENU",
        "Menu",
        &[("title", "title", "SINGLE_LINE_TEXT_FIELD")],
    ),
    (
        "PRODUCT_OPTION",
        "ProductOption",
        &[("name", "name", "SINGLE_LINE_TEXT_FIELD")],
    ),
    (
        "PRODUCT_OPTION_VALUE",
        "ProductOptionValue",
        &[("name", "name", "SINGLE_LINE_TEXT_FIELD")],
    ),
    (
        "METAFIELD",
        "Metafield",
        &[("value", "value", "MULTI_LINE_TEXT_FIELD")],
    ),
    (
        "MEDIA_IMAGE",
        "MediaImage",
        &[("alt", "alt", "SINGLE_LINE_TEXT_FIELD")],
    ),
    ("METAOBJECT", "Metaobject", &[]),
];

/// A text that can be translated.
pub(crate) struct Content {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) kind: &'static str,
}

impl Content {
    /// The digest that a translation is registered against.
    pub(crate) fn digest(&self) -> String {
        sha256(self.value.as_bytes())
    }
}

/// The texts of an object that can be translated; nothing if it can't be.
pub(crate) fn content(state: &State, id: &str) -> Option<Vec<Content>> {
    let (kind, _) = gid::split(id)?;
    let (_, _, keys) = TRANSLATABLE.iter().find(|(_, known, _)| *known == kind)?;
    let row = state.get(id)?;
    if kind == "Metaobject" {
        let definition = state.get(text(&row, "definition"))?;
        let fields = definition.get("_fields")?.as_array()?.clone();
        let texts = fields.iter().filter_map(|field| {
            let (key, field_type) = (field["key"].as_str()?, field["_type"].as_str()?);
            let kind = match types::element(field_type) {
                "single_line_text_field" => "SINGLE_LINE_TEXT_FIELD",
                "multi_line_text_field" => "MULTI_LINE_TEXT_FIELD",
                "rich_text_field" => "RICH_TEXT_FIELD",
                _ => return None,
            };
            let value = meta::value_of(&row, key)?.to_owned();
            Some(Content {
                key: key.to_owned(),
                value,
                kind,
            })
        });
        return Some(texts.collect());
    }
    if kind == "Metafield" && !text(&row, "type").contains("text_field") {
        return Some(Vec::new());
    }
    let value = |path: &str| match path.split_once('.') {
        Some((outer, inner)) => row.get(outer)?.get(inner)?.as_str(),
        None => row.get(path)?.as_str(),
    };
    let texts = keys.iter().filter_map(|(key, path, kind)| {
        let value = value(path).filter(|value| !value.is_empty())?;
        Some(Content {
            key: (*key).to_owned(),
            value: value.to_owned(),
            kind,
        })
    });
    Some(texts.collect())
}

/// The shop's first language.
pub(crate) fn primary(state: &State) -> String {
    let locales = state.all("ShopLocale").into_iter();
    let first = locales
        .into_iter()
        .find(|row| row.get("primary").and_then(Value::as_bool) == Some(true));
    first.map_or_else(|| "en".to_owned(), |row| text(&row, "locale").to_owned())
}

pub(super) fn locales(state: &State, given: &Map<String, Value>) -> Found {
    let only_published = given.get("published").and_then(Value::as_bool) == Some(true);
    let is_shown = |row: &Arc<Fields>| {
        !only_published || row.get("published").and_then(Value::as_bool) == Some(true)
    };
    let rows = state.all("ShopLocale").into_iter().filter(is_shown);
    rows.map(|row| Value::Object(Fields::clone(&row)))
        .collect::<Vec<_>>()
        .into()
}

/// The translations of an object into a language.
pub(super) fn of(state: &State, id: &str, given: &Map<String, Value>) -> Found {
    let content = content(state, id).unwrap_or_default();
    let locale = arg(given, "locale").unwrap_or_default();
    let market = arg(given, "marketId");
    let outdated_only = given.get("outdated").and_then(Value::as_bool);
    let rows = state
        .find("Translation", "_resource", id)
        .into_iter()
        .filter_map(|id| {
            let row = state.get(&id)?;
            let digest = content
                .iter()
                .find(|content| content.key == text(&row, "key"))
                .map(Content::digest);
            let outdated = digest.as_deref() != Some(text(&row, "_digest"));
            let same_market = row.get("market").and_then(Value::as_str) == market;
            let wanted = text(&row, "locale") == locale
                && same_market
                && outdated_only.is_none_or(|only| only == outdated);
            wanted.then(|| {
                let mut fields = Fields::clone(&row);
                fields.remove("id");
                fields.insert("outdated".to_owned(), json!(outdated));
                Value::Object(fields)
            })
        });
    rows.collect::<Vec<_>>().into()
}

pub(super) fn resource(state: &State, id: &str) -> Found {
    let known = content(state, id).is_some();
    (if known {
        json!({"resourceId": id})
    } else {
        Value::Null
    })
    .into()
}

pub(super) fn resources(state: &State, kind: &str) -> Found {
    let known = TRANSLATABLE.iter().find(|(name, _, _)| *name == kind);
    let Some((_, kind, _)) = known else {
        return Found::Rows(Rows::values(Vec::new()));
    };
    let ids = state.ids(kind).into_iter().map(|id| gid::gid(kind, id));
    Found::Rows(Rows::values(
        ids.map(|id| json!({"resourceId": id})).collect(),
    ))
}

pub(super) fn by_ids(state: &State, given: &Map<String, Value>) -> Found {
    let ids = given.get("resourceIds").and_then(Value::as_array);
    let known = ids
        .into_iter()
        .flatten()
        .filter(|id| id.as_str().and_then(|id| content(state, id)).is_some());
    Found::Rows(Rows::values(
        known.map(|id| json!({"resourceId": id})).collect(),
    ))
}

/// The fields of a `TranslatableResource`.
pub(super) fn field(
    state: &State,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    let id = text(object, "resourceId");
    Ok(Some(match name {
        "translatableContent" => {
            let locale = primary(state);
            let texts = content(state, id).unwrap_or_default().into_iter().map(|content| {
                json!({
                    "key": content.key, "value": content.value, "digest": content.digest(), "locale": locale,
                    "type": content.kind,
                })
            });
            texts.collect::<Vec<_>>().into()
        }
        "translations" => of(state, id, given),
        _ => return Ok(None),
    }))
}
