//! What a store would refuse, found before anything is written (shopify.dev, API limits).

use std::sync::Arc;

use serde_json::Value;
use slipway_domain::{Blocked, Change, ChangeKind, ResourceKey};
use thousands::Separable as _;

use super::kinds::{definition_of, kind_of};
use super::theme;
use crate::theme_content::SETTINGS_DATA;

/// Menus that every store has and that can't be deleted.
const DEFAULT_MENUS: [&str; 3] = ["main-menu", "footer", "customer-account-main-menu"];

/// The longest handle, in characters.
const HANDLE_LIMIT: usize = 255;

fn blocked(resource: &ResourceKey, message: String, hint: &str) -> Blocked {
    Blocked {
        resource: resource.clone(),
        message,
        hint: hint.to_owned(),
    }
}

/// Checks which resources a release writes. `live` are the keys that the store holds, ascending.
pub(super) fn changes(changes: &[Change], live: &[ResourceKey]) -> Vec<Blocked> {
    let mut found = Vec::new();
    for change in changes {
        let key = &change.resource;
        found.extend(name(key));
        if change.kind() == ChangeKind::Deleted {
            if key.kind() == "menu" && DEFAULT_MENUS.contains(&key.name()) {
                let message = format!("The menu `{}` is one that every store keeps.", key.name());
                found.push(blocked(
                    key,
                    message,
                    "Leave it out of the release; empty it instead.",
                ));
            }
            continue;
        }
        let needed = match key.kind() {
            "metaobject" => definition_of(key),
            "article" => {
                let blog = key.name().split('/').next().unwrap_or_default();
                ResourceKey::new("shopify", "blog", blog).ok()
            }
            _ => None,
        };
        let is_there = |needed: &ResourceKey| {
            let change = changes.iter().find(|change| change.resource == *needed);
            match change {
                Some(change) => change.after.is_some(),
                None => live.binary_search(needed).is_ok(),
            }
        };
        if let Some(needed) = needed.filter(|needed| !is_there(needed)) {
            let message = format!("{key} needs {needed}, which the store does not have.");
            found.push(blocked(key, message, "Put that into the release as well."));
        }
    }
    found
}

fn name(key: &ResourceKey) -> Option<Blocked> {
    if key.family() == "theme" {
        return theme::key_of(key.name()).is_none().then(|| {
            let message = format!("`{}` lies outside the folders of a theme.", key.name());
            blocked(key, message, "Leave it out of the release.")
        });
    }
    if kind_of(key).is_none() {
        let message = format!("{key} is nothing that a store holds.");
        return Some(blocked(key, message, "Leave it out of the release."));
    }
    let handle = key.name().rsplit('/').next().unwrap_or_default();
    let has_handle = matches!(
        key.kind(),
        "product" | "collection" | "page" | "blog" | "article" | "metaobject"
    );
    (has_handle && handle.chars().count() > HANDLE_LIMIT).then(|| {
        let message = format!("Its handle has more than {HANDLE_LIMIT} characters.");
        blocked(
            key,
            message,
            "Shorten the handle in the source, then refresh the release.",
        )
    })
}

/// Checks what a document holds.
pub(super) fn document(key: &ResourceKey, bytes: &[u8]) -> Vec<Blocked> {
    let mut problems = if key.family() == "theme" {
        theme_file(key.name(), bytes)
    } else {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(document) => object(key.kind(), &document),
            Err(error) => vec![format!("Its document is not valid JSON: {error}.")],
        }
    };
    problems
        .drain(..)
        .map(|message| {
            blocked(
                key,
                message,
                "Correct it in the source, then refresh the release.",
            )
        })
        .collect()
}

/// Checks a document beside what is there and what else comes: types that never change (Admin API schema), and
/// definitions that a metaobject does not fit.
pub(super) fn fit(
    key: &ResourceKey,
    before: &dyn Fn() -> Option<Vec<u8>>,
    after: &[u8],
    outcome: &dyn Fn(&ResourceKey) -> Option<Arc<[u8]>>,
) -> Vec<Blocked> {
    let kind = key.kind();
    if !matches!(
        kind,
        "metafield-definition" | "metaobject-definition" | "metaobject"
    ) {
        return Vec::new();
    }
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    // What is no JSON was told of by itself.
    let Some(after) = parse(after) else {
        return Vec::new();
    };
    if kind == "metaobject" {
        let definition = definition_of(key)
            .and_then(|definition| Some((outcome(&definition)?, definition)))
            .and_then(|(bytes, name)| Some((parse(&bytes)?, name)));
        // That it has none is told of with the changes.
        return definition.map_or_else(Vec::new, |(definition, name)| {
            unfitting(key, &after, &definition, &name)
        });
    }
    match before().as_deref().and_then(parse) {
        Some(before) if kind == "metaobject-definition" => retyped(key, &before, &after),
        Some(before) if before["type"] != after["type"] => {
            let message = format!(
                "The type of a metafield definition can't be changed, here from {} to {}.",
                text(&before["type"]),
                text(&after["type"])
            );
            let hint = "Give the new one another key, or delete the definition with its values in the target first.";
            vec![blocked(key, message, hint)]
        }
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Fields of a definition whose types change.
fn retyped(key: &ResourceKey, before: &Value, after: &Value) -> Vec<Blocked> {
    let fields = |of: &Value| {
        of["fieldDefinitions"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let after = fields(after);
    let mut found = Vec::new();
    for old in fields(before) {
        let new = after.iter().find(|new| new["key"] == old["key"]);
        if let Some(new) = new.filter(|new| new["type"] != old["type"]) {
            let message = format!(
                "The type of the field {} can't be changed, here from {} to {}.",
                text(&old["key"]),
                text(&old["type"]),
                text(&new["type"])
            );
            let hint = "Give the new field another key, or delete the field in the target first.";
            found.push(blocked(key, message, hint));
        }
    }
    found
}

/// What of a metaobject does not fit the definition that the target will have.
fn unfitting(
    key: &ResourceKey,
    metaobject: &Value,
    definition: &Value,
    name: &ResourceKey,
) -> Vec<Blocked> {
    let defined = definition["fieldDefinitions"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let held = metaobject["fields"].as_object();
    let mut messages = Vec::new();
    for (field, value) in held.into_iter().flatten() {
        match defined
            .iter()
            .find(|defined| text(&defined["key"]) == field)
        {
            None => messages.push(format!(
                "Its field {field} is not in the definition that the target has."
            )),
            Some(defined) if defined["type"] != value["type"] => messages.push(format!(
                "Its field {field} is of the type {}; the definition that the target has says {}.",
                text(&value["type"]),
                text(&defined["type"])
            )),
            Some(_) => {}
        }
    }
    for defined in defined
        .iter()
        .filter(|defined| defined["required"] == Value::Bool(true))
    {
        let field = text(&defined["key"]);
        if held.is_none_or(|held| !held.contains_key(field)) {
            messages.push(format!(
                "It has no field {field}, which the definition that the target has requires."
            ));
        }
    }
    let hint = format!("Put {name} into the release as well.");
    let messages = messages.into_iter();
    messages
        .map(|message| blocked(key, message, &hint))
        .collect()
}

/// A number of bytes as people read it: "3 MB".
fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    let tenths = |unit: usize| bytes.saturating_mul(10).div_ceil(unit);
    let (tenths, unit) = match bytes {
        0..KIB => return format!("{bytes} bytes"),
        KIB..=0xF_FFFF => (tenths(KIB), "KB"),
        _ => (tenths(KIB * KIB), "MB"),
    };
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        rest => format!("{}.{rest} {unit}", tenths / 10),
    }
}

/// The most that a theme file may have (shopify.dev, API limits).
fn theme_file(path: &str, bytes: &[u8]) -> Vec<String> {
    const KIB: usize = 1024;
    let limit = match path.split('/').next() {
        Some("assets") => 20 * KIB * KIB,
        Some("locales") => 1_536 * KIB,
        _ if path == SETTINGS_DATA => 1_536 * KIB,
        _ if path.ends_with(".json") => 512 * KIB,
        _ => 256 * KIB,
    };
    let found = bytes.len();
    if found <= limit {
        return Vec::new();
    }
    vec![format!(
        "It has {}; such a file of a theme has {} at most.",
        size(found),
        size(limit)
    )]
}

fn object(kind: &str, document: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut count = |field: &str, what: &str, limit: usize| {
        let found = document[field].as_array().map_or(0, Vec::len);
        if found > limit {
            problems.push(format!(
                "It has {} {what}; a store takes {}.",
                found.separate_with_commas(),
                limit.separate_with_commas()
            ));
        }
    };
    match kind {
        "product" => {
            count("tags", "tags", 250);
            count("variants", "variants", 2_048);
            count("options", "options", 3);
            count("media", "media", 250);
        }
        "article" => count("tags", "tags", 250),
        "metaobject-definition" => count("fieldDefinitions", "fields", 40),
        _ => {}
    }
    let publications = document.get("publications");
    if matches!(kind, "product" | "collection")
        && publications.is_some_and(|publications| !publications.is_object())
    {
        problems.push(
            "Its publications are no object of sales channels with `true` or a time each."
                .to_owned(),
        );
    }
    let mut length = |field: &str, what: &str, limit: usize| {
        let found = document[field].as_str().map_or(0, str::len);
        if found > limit {
            problems.push(format!(
                "Its {what} has {}; a store takes {}.",
                size(found),
                size(limit)
            ));
        }
    };
    match kind {
        "page" => length("body", "text", 512 * 1024),
        "article" => length("body", "text", 1024 * 1024),
        "product" | "collection" => length("descriptionHtml", "description", 512 * 1024),
        "file" => length("alt", "description for those who can't see it", 512),
        _ => {}
    }
    let mut letters = |field: &str, what: &str| {
        let found = document[field]
            .as_str()
            .map_or(0, |text| text.chars().count());
        if found > 255 {
            problems.push(format!(
                "Its {what} has {} characters; a store takes 255.",
                found.separate_with_commas()
            ));
        }
    };
    if kind != "file" {
        letters("title", "title");
        letters("vendor", "vendor");
        letters("productType", "product type");
    }
    if kind == "menu" && depth(&document["items"]) > 3 {
        problems.push("Its items are nested more than three levels deep.".to_owned());
    }
    if kind == "product" {
        options(document, &mut problems);
    }
    metafields(document, &mut problems);
    problems
}

fn options(document: &Value, problems: &mut Vec<String>) {
    for option in document["options"].as_array().into_iter().flatten() {
        let name = option["name"].as_str().unwrap_or_default();
        if name.contains(" / ") {
            problems.push(format!(
                "The name of its option “{name}” holds ` / `, which no option's may."
            ));
        }
        let values = option["values"].as_array().map_or(0, Vec::len);
        if values > 100 {
            problems.push(format!(
                "Its option “{name}” has {values} values; a store takes 100."
            ));
        }
    }
    for tag in document["tags"].as_array().into_iter().flatten() {
        let tag = tag.as_str().unwrap_or_default();
        if tag.chars().count() > 255 {
            let begin: String = tag.chars().take(20).collect();
            problems.push(format!("Its tag “{begin}…” has more than 255 characters."));
        }
    }
}

fn metafields(document: &Value, problems: &mut Vec<String>) {
    for (name, entry) in document["metafields"].as_object().into_iter().flatten() {
        let values = entry["value"].as_array().map_or(0, Vec::len);
        let is_list = entry["type"]
            .as_str()
            .is_some_and(|kind| kind.starts_with("list."));
        if is_list && values > 128 {
            problems.push(format!(
                "Its metafield {name} lists {values} values; a store takes 128."
            ));
        }
    }
}

fn depth(items: &Value) -> usize {
    let items = items.as_array().into_iter().flatten();
    items
        .map(|item| 1 + depth(&item["items"]))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use slipway_domain::Version;

    use super::*;

    fn key(text: &str) -> ResourceKey {
        text.parse().expect("a valid key")
    }

    #[test]
    fn limits_are_known_before_anything_is_written() {
        let many = |count: usize| vec!["x"; count];
        let deep = json!([{"items": [{"items": [{"items": [{"title": "too deep"}]}]}]}]);
        for (resource, document, part) in [
            (
                "shopify/product:a",
                json!({"tags": many(250), "variants": many(2_048)}),
                None,
            ),
            (
                "shopify/product:a",
                json!({"publications": ["Online Store"]}),
                Some("`true` or a time"),
            ),
            (
                "shopify/product:a",
                json!({"tags": many(251)}),
                Some("251 tags"),
            ),
            (
                "shopify/product:a",
                json!({"variants": many(2_049)}),
                Some("2,049 variants"),
            ),
            (
                "shopify/product:a",
                json!({"options": [{"name": "A / B"}]}),
                Some("A / B"),
            ),
            (
                "shopify/product:a",
                json!({"descriptionHtml": "x".repeat(3 << 20)}),
                Some("description has 3 MB; a store takes 512 KB"),
            ),
            (
                "shopify/page:a",
                json!({"body": "x".repeat(513 << 10)}),
                Some("text"),
            ),
            (
                "shopify/menu:a",
                json!({"items": deep}),
                Some("three levels"),
            ),
            (
                "shopify/page:a",
                json!({"metafields": {"a.b": {"type": "list.url", "value": many(129)}}}),
                Some("a.b lists 129"),
            ),
        ] {
            let found = super::document(&key(resource), document.to_string().as_bytes());
            match (part, found.as_slice()) {
                (None, []) => {}
                (Some(part), [one]) => assert!(one.message.contains(part), "{}", one.message),
                other => panic!("{resource}: {other:?}"),
            }
        }
        let large = vec![b'x'; 257 << 10];
        assert_eq!(
            document(&key("theme/file:snippets/a.liquid"), &large).len(),
            1
        );
        assert_eq!(document(&key("theme/file:assets/a.js"), &large).len(), 0);
    }

    #[test]
    fn what_does_not_fit_is_known_before_anything_is_written() {
        let field =
            |key: &str, kind: &str| json!({"key": key, "type": kind, "required": key == "a"});
        let definition = |fields: Value| json!({"fieldDefinitions": fields});
        let text_and_number = definition(json!([
            field("a", "single_line_text_field"),
            field("b", "number_integer")
        ]));
        let values = |fields: Value| json!({"fields": fields});
        let value = |kind: &str| json!({"type": kind, "value": "x"});
        let guide = "shopify/metaobject:guide/one";
        for (resource, before, after, part) in [
            (
                guide,
                None,
                values(json!({"a": value("single_line_text_field"), "b": value("number_integer")})),
                None,
            ),
            (
                guide,
                None,
                values(json!({"a": value("single_line_text_field"), "c": value("url")})),
                Some("Its field c is not in the definition"),
            ),
            (
                guide,
                None,
                values(json!({"a": value("multi_line_text_field")})),
                Some("the definition that the target has says single_line_text_field"),
            ),
            (
                guide,
                None,
                values(json!({"b": value("number_integer")})),
                Some("no field a"),
            ),
            (
                "shopify/metaobject-definition:guide",
                Some(text_and_number.clone()),
                definition(json!([field("a", "url")])),
                Some(
                    "The type of the field a can't be changed, here from single_line_text_field to url.",
                ),
            ),
            (
                "shopify/metafield-definition:PRODUCT/custom.a",
                Some(json!({"type": "url"})),
                json!({"type": "boolean"}),
                Some("here from url to boolean"),
            ),
            (
                "shopify/page:a",
                Some(json!({"type": "a"})),
                json!({"type": "b"}),
                None,
            ),
        ] {
            let bytes = |value: &Value| value.to_string().into_bytes();
            let outcome = |needed: &ResourceKey| {
                (needed.to_string() == "shopify/metaobject-definition:guide")
                    .then(|| Arc::from(bytes(&text_and_number)))
            };
            let before = || before.as_ref().map(bytes);
            let found = fit(&key(resource), &before, &bytes(&after), &outcome);
            match (part, found.as_slice()) {
                (None, []) => {}
                (Some(part), [one]) => {
                    assert!(one.message.contains(part), "{}", one.message);
                    assert!(!one.hint.is_empty(), "{}: it says what to do", one.message);
                }
                other => panic!("{resource}: {other:?}"),
            }
        }
        assert_eq!(
            [size(12), size(512 << 10), size(1_600), size(3 << 20),],
            ["12 bytes", "512 KB", "1.6 KB", "3 MB"]
        );
    }

    #[test]
    fn names_and_what_they_need_are_checked() {
        let version = Some(Version::of_bytes(b"x"));
        let created = |text: &str| Change {
            resource: key(text),
            before: None,
            after: version,
        };
        let live = [key("shopify/blog:news")];
        for (change, count) in [
            (created("shopify/article:news/x"), 0),
            (created("shopify/article:other/x"), 1),
            (created("shopify/metaobject:size/s"), 1),
            (created("shopify/order:1"), 1),
            (created("theme/file:README.md"), 1),
            (created("shopify/menu:footer").reversed(), 1),
        ] {
            assert_eq!(
                changes(std::slice::from_ref(&change), &live).len(),
                count,
                "{change:?}"
            );
        }
        let both = [
            created("shopify/article:other/x"),
            created("shopify/blog:other"),
        ];
        assert_eq!(changes(&both, &live), []);
    }
}
