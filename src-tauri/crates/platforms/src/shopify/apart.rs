//! What only one of two stores has a name for: a sales channel that comes with an app, the namespace of an app's metafields. It
//! stays where it is, since a store that lacks the app can't mean to take it away.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use slipway_domain::{Rule, RuleAction};
use slipway_engine::{Apart, Vocabulary};

use super::same_variants::Same;
use super::settings::UnknownMetafields;

/// What a store calls its sales channels by, in its vocabulary.
const CHANNEL: &str = "sales channel";
/// The kinds that are published to channels.
const PUBLISHED: [&str; 2] = ["product", "collection"];
/// Where the metafields of variants are, in a rule about products.
const OF_VARIANTS: &str = "variants.*=options.metafields?";
/// The kinds that have metafields.
const WITH_METAFIELDS: [&str; 6] = [
    "product",
    "variant",
    "collection",
    "page",
    "blog",
    "article",
];

/// Whether a rule can name a sales channel of that title and no other: some titles are patterns, and their channels are left
/// alone.
pub(super) fn is_plain(title: &str) -> bool {
    (title.split('.')).all(|part| part != "*" && !part.ends_with('?'))
}

/// The sales channels of a store, by their titles.
pub(super) fn channels(titles: impl IntoIterator<Item = String>) -> Vocabulary {
    Vocabulary([(CHANNEL.to_owned(), titles.into_iter().collect())].into())
}

/// The namespaces of the metafields that the objects of a kind have.
pub(super) fn namespaces(kind: &str, names: impl IntoIterator<Item = String>) -> Vocabulary {
    if !WITH_METAFIELDS.contains(&kind) {
        return Vocabulary::default();
    }
    Vocabulary([(of_namespaces(kind), names.into_iter().collect())].into())
}

/// The namespace that a definition of metafields speaks for, by the definition's name.
pub(super) fn defined(name: &str) -> Vocabulary {
    let parts = name.split_once('/').and_then(|(owner, of)| {
        let (namespace, _) = of.rsplit_once('.')?;
        let kind = match owner {
            "PRODUCTVARIANT" => "variant".to_owned(),
            other => other.to_ascii_lowercase(),
        };
        Some((kind, namespace.to_owned()))
    });
    parts.map_or_else(Vocabulary::default, |(kind, namespace)| {
        namespaces(&kind, [namespace])
    })
}

fn of_namespaces(kind: &str) -> String {
    format!("namespace of {kind}")
}

/// What stays apart between a store and the one that is written to, `here`. What was never listed of one of them is not known
/// to be apart.
pub(super) fn apart(source: &Vocabulary, here: &Vocabulary, rule: UnknownMetafields) -> Apart {
    let mut apart = Apart::default();
    if source.0.is_empty() || here.0.is_empty() {
        return apart;
    }
    match (source.0.get(CHANNEL), here.0.get(CHANNEL)) {
        (Some(source), Some(here)) => {
            apart.stays = by_channel(here.difference(source), "the source");
            apart.lacks = by_channel(source.difference(here), "this store");
        }
        // Which channels there are can't be read without the right to.
        (None, Some(_)) => apart.stays = everywhere("can't be read in the source"),
        (Some(_), None) => apart.lacks = everywhere("can't be read in this store"),
        (None, None) => {}
    }
    if rule == UnknownMetafields::Remove {
        return apart;
    }
    for kind in WITH_METAFIELDS {
        let of = of_namespaces(kind);
        if let (Some(source), Some(here)) = (source.0.get(&of), here.0.get(&of)) {
            apart.stays.extend(by_namespace(kind, here, source));
        }
    }
    apart
}

fn rule(kind: &str, field: String, reason: String) -> Rule {
    Rule {
        action: RuleAction::Keep,
        resources: format!("shopify/{kind}:*"),
        fields: vec![field],
        reason,
    }
}

fn by_channel<'t>(titles: impl Iterator<Item = &'t String>, lacking: &str) -> Vec<Rule> {
    let rules = titles.filter(|title| is_plain(title)).flat_map(|title| {
        PUBLISHED.map(|kind| {
            let reason = format!("The sales channel “{title}” is not in {lacking}.");
            rule(kind, format!("publications.{title}"), reason)
        })
    });
    rules.collect()
}

fn everywhere(why: &str) -> Vec<Rule> {
    let rules = PUBLISHED.map(|kind| {
        let reason = format!("Where it is sold {why}.");
        rule(kind, "publications".to_owned(), reason)
    });
    rules.into()
}

fn by_namespace(kind: &str, here: &BTreeSet<String>, source: &BTreeSet<String>) -> Vec<Rule> {
    let (owner, path) = match kind {
        "variant" => ("product", OF_VARIANTS),
        kind => (kind, "metafields?"),
    };
    let only_here = here.difference(source);
    let rules = only_here.map(|namespace| {
        let reason = format!("Metafields of `{namespace}` are not in the source.");
        rule(owner, format!("{path}.{namespace}.*"), reason)
    });
    rules.collect()
}

/// Puts the metafields that stay with the variants of the live product `held` into the document that is to be written, also
/// where a value of an option has another name by now: the patterns of `keeps` know a variant by its options only.
pub(super) fn carry_over(document: &mut Value, held: &Value, keeps: &[String]) {
    let namespaces = keeps.iter().filter_map(|field| {
        let rest = field.strip_prefix(OF_VARIANTS)?.strip_prefix('.')?;
        rest.strip_suffix(".*")
    });
    let namespaces: BTreeSet<&str> = namespaces.collect();
    if namespaces.is_empty() {
        return;
    }
    let stays = |name: &str| {
        let parts = name.rsplit_once('.');
        parts.is_some_and(|(namespace, _)| namespaces.contains(namespace))
    };
    let same = Same::between(held, document);
    let variants = document["variants"].as_array_mut();
    for (at, variant) in variants.into_iter().flatten().enumerate() {
        let there = same.variant(at).map(|place| &held["variants"][place]);
        let entries = there.and_then(|there| there["metafields"].as_object());
        let staying = entries
            .into_iter()
            .flatten()
            .filter(|(name, _)| stays(name));
        let staying: Map<String, Value> = staying
            .map(|(name, entry)| (name.clone(), entry.clone()))
            .collect();
        if staying.is_empty() {
            continue;
        }
        let own = variant["metafields"].as_object_mut().map(std::mem::take);
        let mut all = own.unwrap_or_default();
        for (name, entry) in staying {
            all.entry(name).or_insert(entry);
        }
        variant["metafields"] = Value::Object(all);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vocabulary(channels: Option<&[&str]>, namespaces: &[&str]) -> Vocabulary {
        let owned = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let mut all = super::namespaces("product", owned(namespaces));
        if let Some(titles) = channels {
            all.extend(super::channels(owned(titles)));
        }
        all
    }

    fn fields(rules: &[Rule]) -> Vec<&str> {
        let product = rules
            .iter()
            .filter(|rule| rule.resources == "shopify/product:*");
        product.map(|rule| rule.fields[0].as_str()).collect()
    }

    #[test]
    fn what_one_of_two_stores_has_no_name_for_is_apart() {
        let (web, both) = (Some(&["Web"][..]), Some(&["Web", "Shop.app"][..]));
        let none = Vocabulary::default();
        for (source, here, stays, lacks) in [
            (
                vocabulary(web, &["a"]),
                vocabulary(both, &["a", "b"]),
                &["publications.Shop.app", "metafields?.b.*"][..],
                &[][..],
            ),
            (
                vocabulary(both, &["a"]),
                vocabulary(web, &[]),
                &[],
                &["publications.Shop.app"],
            ),
            (
                vocabulary(None, &[]),
                vocabulary(web, &[]),
                &["publications"],
                &[],
            ),
            (
                vocabulary(web, &[]),
                vocabulary(None, &[]),
                &[],
                &["publications"],
            ),
            // These would keep other channels as well.
            (
                vocabulary(web, &[]),
                vocabulary(Some(&["Web", "*", "Web?", "Any.*", "Why?.App"]), &[]),
                &[],
                &[],
            ),
            // An older program captured it: what it had is not known.
            (none.clone(), vocabulary(both, &["b"]), &[], &[]),
        ] {
            let apart = apart(&source, &here, UnknownMetafields::Keep);
            assert_eq!(
                (fields(&apart.stays), fields(&apart.lacks)),
                (stays.to_vec(), lacks.to_vec())
            );
        }
        let (source, here) = (vocabulary(web, &[]), vocabulary(web, &["b"]));
        let apart = apart(&source, &here, UnknownMetafields::Remove);
        assert_eq!(apart, Apart::default(), "a rule of the environment");
    }

    #[test]
    fn metafields_stay_with_a_variant_whose_value_has_another_name() {
        let of = |value: &str, metafields: Value| {
            json!({
                "options": [{"name": "Size", "values": [value]}],
                "variants": [{"options": {"Size": value}, "sku": "s", "metafields": metafields}],
            })
        };
        let held = of("S", json!({"feeds.size": 1, "own.a": 2, "feeds.more.b": 3}));
        for (keeps, expected) in [
            (
                &["variants.*=options.metafields?.feeds.*"][..],
                json!({"own.new": 4, "feeds.size": 1}),
            ),
            // These are of the product.
            (&["metafields?.feeds.*"], json!({"own.new": 4})),
        ] {
            let mut document = of("Small", json!({"own.new": 4}));
            let keeps: Vec<String> = keeps.iter().map(|&field| field.to_owned()).collect();
            carry_over(&mut document, &held, &keeps);
            assert_eq!(document["variants"][0]["metafields"], expected);
        }
    }

    #[test]
    fn a_definition_speaks_for_its_namespace() {
        for (name, kind) in [
            ("PRODUCT/a.b", "product"),
            ("PRODUCTVARIANT/a.b", "variant"),
        ] {
            assert_eq!(defined(name), namespaces(kind, ["a".to_owned()]), "{name}");
        }
        assert_eq!(defined("ORDER/a.b"), Vocabulary::default());
    }
}
