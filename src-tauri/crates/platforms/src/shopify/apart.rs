//! What only one of two stores has a name for: a sales channel that comes with an app, the namespace of an app's metafields. It
//! stays where it is, since a store that lacks the app can't mean to take it away.

use std::collections::BTreeSet;

use slipway_domain::{Rule, RuleAction};
use slipway_engine::{Apart, Vocabulary};

use super::settings::UnknownMetafields;

/// What a store calls its sales channels by, in its vocabulary.
const CHANNEL: &str = "sales channel";
/// The kinds that are published to channels.
const PUBLISHED: [&str; 2] = ["product", "collection"];
/// The kinds that have metafields.
const WITH_METAFIELDS: [&str; 6] = [
    "product",
    "variant",
    "collection",
    "page",
    "blog",
    "article",
];

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
    let rules = titles.flat_map(|title| {
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
        "variant" => ("product", "variants.*=options.metafields?"),
        kind => (kind, "metafields?"),
    };
    let only_here = here.difference(source);
    let rules = only_here.map(|namespace| {
        let reason = format!("Metafields of `{namespace}` are not in the source.");
        rule(owner, format!("{path}.{namespace}.*"), reason)
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
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
