//! What a change costs that can't be had back (Admin API schema), said before anyone approves.
//!
//! A rollback refuses what is not reversible. So a change counts as reversible when the document comes back with a
//! rollback; what is lost beside it (ids, stock, comments) is said, with what to do about it.

use std::collections::BTreeSet;

use serde_json::Value;
use slipway_domain::{Assessment, Change, ChangeKind, ResourceKey, Risk};

use super::kinds::each;
use super::same_variants::Same;

/// How many of several things of one kind are spelt out.
const SPELT_OUT: usize = 3;

/// Assesses a change.
pub(super) fn assess(
    change: &Change,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
    referrers: &[ResourceKey],
) -> Assessment {
    if change.resource.family() == "theme" {
        return crate::folder::assess_theme_file(change, before, after, referrers);
    }
    let parse = |bytes: Option<&[u8]>| bytes.and_then(|bytes| serde_json::from_slice(bytes).ok());
    let (before, after): (Option<Value>, Option<Value>) = (parse(before), parse(after));
    let mut assessment = Assessment::default();
    let kind = change.resource.kind();
    match change.kind() {
        ChangeKind::Created => creation(&mut assessment, kind, after.as_ref()),
        ChangeKind::Deleted => deletion(&mut assessment, kind, before.as_ref(), referrers),
        ChangeKind::Modified => {
            if let (Some(before), Some(after)) = (&before, &after) {
                update(&mut assessment, kind, before, after);
            }
        }
    }
    assessment
}

fn add(assessment: &mut Assessment, risk: Risk, reason: impl Into<String>) {
    assessment.risk = assessment.risk.max(risk);
    assessment.reasons.push(reason.into());
}

fn creation(assessment: &mut Assessment, kind: &str, after: Option<&Value>) {
    let Some(after) = after else { return };
    if kind == "product" && after["isGiftCard"] == Value::Bool(true) {
        add(
            assessment,
            Risk::Medium,
            "Whether a product is a gift card can't be changed later.",
        );
    }
    if kind == "article" && after["isPublished"] == Value::Bool(true) {
        add(
            assessment,
            Risk::Low,
            "It is published at once; feeds and mail of subscribers may tell of it.",
        );
    }
    if matches!(kind, "metafield-definition" | "metaobject-definition") {
        add(
            assessment,
            Risk::Low,
            "The types in a definition can't be changed later.",
        );
    }
}

fn deletion(
    assessment: &mut Assessment,
    kind: &str,
    before: Option<&Value>,
    referrers: &[ResourceKey],
) {
    // What it holds comes back with a rollback; who it was does not.
    add(
        assessment,
        Risk::Medium,
        "It is deleted for good: a rollback makes it anew with another id, and links by id from apps and feeds break.",
    );
    match kind {
        "product" => {
            add(
                assessment,
                Risk::High,
                format!(
                    "Its {} go with their stock and their history; a rollback does not bring stock back, so count it before.",
                    counted(before.map_or(0, |before| each(&before["variants"]).count()))
                ),
            );
        }
        "blog" => {
            add(
                assessment,
                Risk::High,
                "Its articles and their comments go with it; comments can't be made again, so export them before.",
            );
        }
        "article" => {
            add(
                assessment,
                Risk::High,
                "Its comments go with it and can't be made again; export them before.",
            );
        }
        "metaobject-definition" => {
            add(
                assessment,
                Risk::High,
                "Every metaobject of this type goes with it, and every metafield that refers to one; put those into the release so that a rollback makes them anew.",
            );
        }
        "metafield-definition" => definition_deletion(assessment, before),
        "file" => {
            add(
                assessment,
                Risk::High,
                "It is taken out of every product and page that shows it; after a rollback they have to be deployed again.",
            );
            if before.is_some_and(|before| before.get("content").is_none()) {
                add(
                    assessment,
                    Risk::High,
                    "Its content is not in the workspace: download it before.",
                );
                assessment.reversible = false;
            }
        }
        "metaobject" => add(
            assessment,
            Risk::Medium,
            "What refers to it loses the reference.",
        ),
        "collection" => add(
            assessment,
            Risk::Medium,
            "Links to it lead nowhere; a redirect keeps them alive.",
        ),
        _ => {}
    }
    if !referrers.is_empty() {
        let names = listed(referrers.iter().map(ResourceKey::to_string).collect());
        add(
            assessment,
            Risk::High,
            format!("Still referred to by {names}."),
        );
    }
}

fn definition_deletion(assessment: &mut Assessment, before: Option<&Value>) {
    let kind = before
        .and_then(|before| before["type"].as_str())
        .unwrap_or_default();
    if kind.ends_with("_reference") || kind == "id" {
        add(
            assessment,
            Risk::High,
            "All values of this metafield go with it; put the objects that hold them into the release so that a rollback writes them again.",
        );
    } else {
        add(
            assessment,
            Risk::Medium,
            "Values stay, without a definition that checks them.",
        );
    }
}

fn update(assessment: &mut Assessment, kind: &str, before: &Value, after: &Value) {
    metafields(assessment, before, after);
    match kind {
        "product" => product(assessment, before, after),
        "metafield-definition" => {
            if before["type"] != after["type"] {
                add(
                    assessment,
                    Risk::High,
                    "The type of a metafield definition can't be changed: delete the definition and its values first.",
                );
            } else if before["validations"] != after["validations"] {
                add(
                    assessment,
                    Risk::Medium,
                    "Values that no longer pass its checks become invalid.",
                );
            }
        }
        "metaobject-definition" => fields(assessment, before, after),
        "file" if before["digest"] != after["digest"] => {
            add(
                assessment,
                Risk::Medium,
                "Its content is replaced wherever it is shown.",
            );
            if before.get("content").is_none() {
                add(
                    assessment,
                    Risk::High,
                    "The content that it has now is not in the workspace: download it before.",
                );
                assessment.reversible = false;
            }
        }
        "menu" => add(
            assessment,
            Risk::Low,
            "Its items get new ids; translations of items are lost with the old ones.",
        ),
        "collection" if before["sources"] != after["sources"] => {
            add(assessment, Risk::Medium, "Which products it shows changes.");
        }
        _ => {}
    }
    let is_translated = matches!(
        kind,
        "product" | "collection" | "page" | "blog" | "article" | "metaobject"
    );
    let texts = ["title", "descriptionHtml", "body", "summary", "fields"];
    if is_translated && texts.iter().any(|field| before[*field] != after[*field]) {
        add(
            assessment,
            Risk::Low,
            "Translations of the texts that change are marked as outdated.",
        );
    }
    if kind == "product" {
        lost_variants(assessment, before, after);
    }
}

/// Names the metafields that go: an app may live by them.
fn metafields(assessment: &mut Assessment, before: &Value, after: &Value) {
    let names = |of: &Value| -> BTreeSet<String> {
        let entries = of["metafields"].as_object().into_iter().flatten();
        entries.map(|(name, _)| name.clone()).collect()
    };
    let gone = |before: BTreeSet<String>, after: BTreeSet<String>| -> Vec<String> {
        before.difference(&after).cloned().collect()
    };
    let (old, same) = (&before["variants"], Same::between(before, after));
    let of_variants = each(&after["variants"]).enumerate();
    let of_variants = of_variants.flat_map(|(at, variant)| {
        let was = same.variant(at).map(|place| names(&old[place]));
        gone(was.unwrap_or_default(), names(variant))
    });
    for (of, gone) in [
        ("", gone(names(before), names(after))),
        (" of variants", of_variants.collect()),
    ] {
        if !gone.is_empty() {
            let (count, names) = (gone.len(), listed(gone));
            let noun = if count == 1 {
                "metafield"
            } else {
                "metafields"
            };
            add(
                assessment,
                Risk::High,
                format!("Deletes {count} {noun}{of}: {names}."),
            );
        }
    }
}

fn fields(assessment: &mut Assessment, before: &Value, after: &Value) {
    let list = |of: &Value| {
        of["fieldDefinitions"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let after = list(after);
    for field in list(before) {
        let name = field["key"].as_str().unwrap_or_default();
        match after.iter().find(|other| other["key"] == field["key"]) {
            None => {
                add(
                    assessment,
                    Risk::High,
                    format!(
                        "The field {name} goes, with what every metaobject holds in it; put the metaobjects into the release so that a rollback writes it again."
                    ),
                );
            }
            Some(other) if other["type"] != field["type"] => {
                add(
                    assessment,
                    Risk::High,
                    format!(
                        "The type of the field {name} can't be changed: give the new one another key."
                    ),
                );
            }
            Some(_) => {}
        }
    }
}

/// The values by which people know a variant.
fn named(variant: &Value) -> String {
    let options = variant["options"].as_object().into_iter().flatten();
    let values: Vec<&str> = options.filter_map(|(_, value)| value.as_str()).collect();
    values.join(" / ")
}

fn counted(variants: usize) -> String {
    match variants {
        1 => "1 variant".to_owned(),
        count => format!("{count} variants"),
    }
}

/// Names the variants that go. The last sentence says what to do about it.
fn lost_variants(assessment: &mut Assessment, before: &Value, after: &Value) {
    let old: Vec<&Value> = each(&before["variants"]).collect();
    let gone = Same::between(before, after).gone();
    let gone: Vec<&Value> = gone.into_iter().map(|at| old[at]).collect();
    if gone.is_empty() {
        return;
    }
    let verb = if gone.len() == 1 { "is" } else { "are" };
    let count = counted(gone.len());
    // What is not counted has no stock to lose.
    let is_tracked = |variant: &&Value| variant["inventory"]["tracked"] == Value::Bool(true);
    assessment.reversible &= !gone.iter().any(is_tracked);
    let names = listed(gone.into_iter().map(named).collect());
    let reason = format!("{count} {verb} deleted for good, with their stock: {names}.");
    add(assessment, Risk::High, reason);
    add(
        assessment,
        Risk::High,
        "A rollback makes them anew without it: note the stock before, and set it again by hand.",
    );
}

fn product(assessment: &mut Assessment, before: &Value, after: &Value) {
    let old: Vec<&Value> = each(&before["variants"]).collect();
    let same = Same::between(before, after);
    let mut prices = Vec::new();
    let mut is_steep = false;
    for (at, variant) in each(&after["variants"]).enumerate() {
        let Some(was) = same.variant(at).map(|place| &old[place]) else {
            continue;
        };
        let (from, to) = (&was["price"], &variant["price"]);
        if from != to {
            let amount = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
            if let (Some(from), Some(to)) = (amount(from), amount(to)) {
                is_steep |= to < from / 2.0 || to > from * 2.0;
            }
            let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
            prices.push(format!("{} {} → {}", named(variant), text(from), text(to)));
        }
    }
    if !prices.is_empty() {
        let (risk, how) = if is_steep {
            (Risk::High, " a lot")
        } else {
            (Risk::Medium, "")
        };
        let reason = format!("What customers pay changes{how}: {}.", listed(prices));
        add(assessment, risk, reason);
    }
    if before["status"] != after["status"] {
        let text = |of: &Value| of["status"].as_str().unwrap_or("nothing").to_lowercase();
        let reason = format!(
            "Whether it is seen changes: {} → {}.",
            text(before),
            text(after)
        );
        add(assessment, Risk::Medium, reason);
    }
    if before["publications"] != after["publications"] {
        add(assessment, Risk::Medium, "Where it is sold changes.");
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
    use serde_json::json;
    use slipway_domain::Version;

    use super::*;

    #[test]
    fn what_can_not_be_had_back_is_said() {
        let product = json!({"variants": [
            {"options": {"Size": "S"}, "price": "10.00"}, {"options": {"Size": "M"}, "price": "10.00"}
        ]});
        let fewer = json!({"variants": [{"options": {"Size": "S"}, "price": "2.00"}]});
        let text = json!({"type": "single_line_text_field"});
        let reference = json!({"type": "list.product_reference"});
        for (key, before, after, reversible, risk, part) in [
            (
                "shopify/product:a",
                Some(&product),
                None,
                true,
                Risk::High,
                "stock",
            ),
            (
                "shopify/product:a",
                Some(&product),
                Some(&fewer),
                true,
                Risk::High,
                "with their stock: M.",
            ),
            (
                "shopify/product:a",
                Some(&product),
                Some(&fewer),
                true,
                Risk::High,
                "a lot: S 10.00 → 2.00",
            ),
            (
                "shopify/blog:a",
                Some(&text),
                None,
                true,
                Risk::High,
                "comments",
            ),
            (
                "shopify/metafield-definition:PRODUCT/a.b",
                Some(&text),
                None,
                true,
                Risk::Medium,
                "Values stay",
            ),
            (
                "shopify/metafield-definition:PRODUCT/a.b",
                Some(&reference),
                None,
                true,
                Risk::High,
                "All values",
            ),
            (
                "shopify/page:a",
                Some(&text),
                None,
                true,
                Risk::Medium,
                "another id",
            ),
            (
                "shopify/file:a",
                Some(&text),
                None,
                false,
                Risk::High,
                "download it before",
            ),
        ] {
            let bytes = |value: Option<&Value>| value.map(|value| value.to_string().into_bytes());
            let (before, after) = (bytes(before), bytes(after));
            let version = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(Version::of_bytes);
            let change = Change {
                resource: key.parse().expect("a valid key"),
                before: version(&before),
                after: version(&after),
            };
            let found = assess(&change, before.as_deref(), after.as_deref(), &[]);
            assert_eq!((found.reversible, found.risk), (reversible, risk), "{key}");
            assert!(
                found.reasons.join(" ").contains(part),
                "{key}: {:?}",
                found.reasons
            );
        }
    }
}
