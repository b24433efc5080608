//! How likely a change is to hurt.

use std::collections::BTreeMap;

use serde_json::Value;
use slipway_domain::{Assessment, Change, ChangeKind, ResourceKey, Risk};
use slipway_engine::theme_json_digest;

use crate::theme_content::line_endings_only;

/// How many of several reasons of one kind are spelt out.
const SPELT_OUT: usize = 3;

/// The fields that hold what customers pay.
const PRICES: [&str; 2] = ["price", "compare_at_price"];

/// The fields that say whether customers see something.
const VISIBILITY: [&str; 5] = ["status", "published", "published_at", "enabled", "active"];

/// The names by which elements of a list are known again.
const NATURAL_KEYS: [&str; 5] = ["sku", "id", "handle", "key", "name"];

/// Assesses a change. All of them can be undone: what a folder held is kept before it is written.
pub(crate) fn assess(
    change: &Change,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
    referrers: &[ResourceKey],
) -> Assessment {
    let mut assessment = Assessment::default();
    let kind = change.kind();
    if kind == ChangeKind::Deleted {
        deletion(&mut assessment, referrers);
    }
    if change.resource.family() == "theme" {
        theme_file(&mut assessment, change.resource.name(), kind);
        let ends = before.zip(after);
        if let Some(ends) = ends.and_then(|(before, after)| line_endings_only(before, after)) {
            let reason = format!("Only its line endings change, {ends}.");
            add(&mut assessment, Risk::Low, reason);
        }
        if let (true, Some(after)) = (change.resource.name().ends_with(".json"), after) {
            invalid_json(&mut assessment, after);
        }
    } else if let (Some(before), Some(after)) = (before, after) {
        object(&mut assessment, before, after);
    }
    assessment
}

fn add(assessment: &mut Assessment, risk: Risk, reason: String) {
    assessment.risk = assessment.risk.max(risk);
    assessment.reasons.push(reason);
}

fn deletion(assessment: &mut Assessment, referrers: &[ResourceKey]) {
    if referrers.is_empty() {
        add(assessment, Risk::Medium, "It is deleted.".into());
        return;
    }
    let names = listed(referrers.iter().map(ResourceKey::to_string).collect());
    let verb = if referrers.len() == 1 {
        "refers"
    } else {
        "refer"
    };
    add(
        assessment,
        Risk::High,
        format!("It is deleted, and {names} still {verb} to it."),
    );
}

fn theme_file(assessment: &mut Assessment, path: &str, kind: ChangeKind) {
    let deleted = kind == ChangeKind::Deleted;
    match path {
        // What was not there before can't take anything away.
        _ if kind == ChangeKind::Created => {}
        "layout/theme.liquid" if deleted => {
            add(
                assessment,
                Risk::High,
                "Without its layout the theme shows nothing.".into(),
            );
        }
        "layout/theme.liquid" => {
            add(
                assessment,
                Risk::Medium,
                "Every page of the shop is built on this layout.".into(),
            );
        }
        "config/settings_data.json" => add(
            assessment,
            Risk::High,
            "It holds the settings that merchants make in the theme editor; theirs are replaced."
                .into(),
        ),
        "config/settings_schema.json" => add(
            assessment,
            Risk::Medium,
            "It says which settings there are; values of those that go are lost in the editor."
                .into(),
        ),
        _ => {}
    }
}

/// A theme is carried as it is, byte for byte; that nobody can read a part of it is said, and does not stop it.
fn invalid_json(assessment: &mut Assessment, after: &[u8]) {
    if let Err(error) = theme_json_digest(after) {
        add(
            assessment,
            Risk::High,
            format!(
                "It is not valid JSON (line {}, column {}: {}): themes with such a file are refused or shown without it.",
                error.line, error.column, error.message
            ),
        );
    }
}

fn object(assessment: &mut Assessment, before: &[u8], after: &[u8]) {
    // A document that is not valid JSON has nothing to compare; that it is not is told elsewhere.
    let [before, after] =
        [before, after].map(|bytes| serde_json::from_slice(bytes).unwrap_or(Value::Null));
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    collect(&before, "", &mut old);
    collect(&after, "", &mut new);
    let mut prices = Vec::new();
    let mut risk = Risk::Medium;
    let mut visibility = Vec::new();
    for ((place, name), value) in &new {
        let Some(was) = old.get(&(place.clone(), *name)).filter(|was| *was != value) else {
            continue;
        };
        let of = if place.is_empty() {
            String::new()
        } else {
            format!(" of {place}")
        };
        let told = format!("{name}{of} {} → {}", shown(was), shown(value));
        if PRICES.contains(name) {
            prices.push(told);
            if *name == "price" && is_steep(was, value) {
                risk = Risk::High;
            }
        } else {
            visibility.push(told);
        }
    }
    if !prices.is_empty() {
        let steep = if risk == Risk::High {
            "What customers pay changes a lot"
        } else {
            "What customers pay changes"
        };
        add(assessment, risk, format!("{steep}: {}.", listed(prices)));
    }
    if !visibility.is_empty() {
        let reason = format!(
            "Whether it is seen or used changes: {}.",
            listed(visibility)
        );
        add(assessment, Risk::Medium, reason);
    }
}

type Fields<'a> = BTreeMap<(String, &'static str), &'a Value>;

/// Collects the fields that matter, by where they stand: the natural keys of the list elements on the way.
fn collect<'a>(value: &'a Value, place: &str, fields: &mut Fields<'a>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let watched = PRICES
                    .iter()
                    .chain(&VISIBILITY)
                    .find(|watched| *watched == name);
                match watched {
                    Some(watched) if !value.is_object() && !value.is_array() => {
                        fields.insert((place.to_owned(), watched), value);
                    }
                    _ => collect(value, place, fields),
                }
            }
        }
        Value::Array(list) => {
            for (at, element) in list.iter().enumerate() {
                if element.is_object() || element.is_array() {
                    collect(element, &inner(place, element, at), fields);
                }
            }
        }
        _ => {}
    }
}

fn inner(place: &str, element: &Value, at: usize) -> String {
    let named = NATURAL_KEYS.iter().find_map(|key| match element.get(key)? {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let name = named.unwrap_or_else(|| format!("number {}", at + 1));
    if place.is_empty() {
        name
    } else {
        format!("{place}, {name}")
    }
}

/// Whether a price goes to nothing, or to less than half or more than double.
fn is_steep(before: &Value, after: &Value) -> bool {
    match (amount(before), amount(after)) {
        (Some(before), Some(after)) => {
            after < before / 2.0 || after > before * 2.0 || (after == 0.0 && before > 0.0)
        }
        _ => false,
    }
}

fn amount(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "nothing".into(),
        other => other.to_string(),
    };
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn listed(mut items: Vec<String>) -> String {
    let more = items.len().saturating_sub(SPELT_OUT);
    items.truncate(SPELT_OUT);
    match (more, items.split_last()) {
        (0, Some((last, rest))) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (0, _) => items.concat(),
        _ => format!("{} and {more} more", items.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::Version;

    use super::*;

    fn assessed(
        key: &str,
        before: Option<&str>,
        after: Option<&str>,
        referrers: &[&str],
    ) -> (Risk, String) {
        let version = |text: Option<&str>| text.map(|text| Version::of_bytes(text.as_bytes()));
        let change = Change {
            resource: key.parse().expect("a valid key"),
            before: version(before),
            after: version(after),
        };
        let referrers: Vec<_> = referrers
            .iter()
            .map(|key| key.parse().expect("a valid key"))
            .collect();
        let found = assess(
            &change,
            before.map(str::as_bytes),
            after.map(str::as_bytes),
            &referrers,
        );
        assert!(
            found.reversible,
            "what a folder held can always be put back"
        );
        (found.risk, found.reasons.join(" "))
    }

    #[test]
    fn risks_come_with_reasons() {
        let variants = |price: &str, status: &str| {
            format!(
                r#"{{"status":"{status}","variants":[{{"sku":"A-1","price":"{price}"}},{{"sku":"A-2","price":"5.00"}}]}}"#
            )
        };
        let (was, dearer, steep) = (
            variants("29.00", "active"),
            variants("34.00", "active"),
            variants("2.90", "draft"),
        );
        for (key, before, after, referrers, risk, reason) in [
            ("object/pages:a", None, Some("{}"), &[][..], Risk::Low, ""),
            (
                "object/pages:a",
                Some("{}"),
                Some("{\"title\":1}"),
                &[],
                Risk::Low,
                "",
            ),
            (
                "object/pages:a",
                Some("{}"),
                None,
                &[],
                Risk::Medium,
                "It is deleted.",
            ),
            (
                "object/products:a",
                Some("{}"),
                None,
                &["object/collections:x", "object/menus:y"],
                Risk::High,
                "It is deleted, and object/collections:x and object/menus:y still refer to it.",
            ),
            (
                "object/products:a",
                Some(was.as_str()),
                Some(dearer.as_str()),
                &[],
                Risk::Medium,
                "What customers pay changes: price of A-1 29.00 → 34.00.",
            ),
            (
                "object/products:a",
                Some(was.as_str()),
                Some(steep.as_str()),
                &[],
                Risk::High,
                "What customers pay changes a lot: price of A-1 29.00 → 2.90. Whether it is seen or used changes: status active → draft.",
            ),
            (
                "object/products:a",
                Some("not JSON"),
                Some("{}"),
                &[],
                Risk::Low,
                "",
            ),
            (
                "theme/file:layout/theme.liquid",
                Some("a"),
                Some("b"),
                &[],
                Risk::Medium,
                "Every page of the shop is built on this layout.",
            ),
            (
                "theme/file:templates/index.json",
                None,
                Some("/* kept by the editor */\n{\"sections\": {},,}"),
                &[],
                Risk::High,
                "It is not valid JSON (line 2, column 17: expected a key in quotes, found `,`): themes with such a file are refused or shown without it.",
            ),
            (
                "theme/file:sections/header-group.json",
                None,
                Some("\u{feff}// by the vendor\n{\"sections\": {}, /* none */ \"order\": [],}"),
                &[],
                Risk::Low,
                "",
            ),
            (
                "theme/file:snippets/a.liquid",
                Some("a\r\nb\r\n"),
                Some("a\nb\n"),
                &[],
                Risk::Low,
                "Only its line endings change, from CRLF to LF.",
            ),
            (
                "theme/file:assets/a.css",
                Some("a"),
                Some("b"),
                &[],
                Risk::Low,
                "",
            ),
        ] {
            assert_eq!(
                assessed(key, before, after, referrers),
                (risk, reason.to_owned()),
                "{key} {before:?} → {after:?}"
            );
        }
    }
}
