//! Which access scopes which kinds need (Admin API schema).

use std::collections::BTreeSet;

use slipway_engine::KindAccess;

/// What one kind needs: any of the scopes in each list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// What people call the kind, in the plural.
    pub(super) kind: &'static str,
    /// To read it.
    pub(super) read: &'static [&'static str],
    /// To write it.
    pub(super) write: &'static [&'static str],
}

const PRODUCTS: (&[&str], &[&str]) = (&["read_products"], &["write_products"]);
const CONTENT: (&[&str], &[&str]) = (
    &["read_content", "read_online_store_pages"],
    &["write_content", "write_online_store_pages"],
);
const NAVIGATION: (&[&str], &[&str]) = (
    &["read_online_store_navigation"],
    &["write_online_store_navigation"],
);

const fn needs(
    kind: &'static str,
    (read, write): (&'static [&'static str], &'static [&'static str]),
) -> Needs {
    Needs { kind, read, write }
}

/// Theme files.
pub(super) const THEMES: Needs = needs("theme files", (&["read_themes"], &["write_themes"]));

/// Where products and collections are shown.
pub(super) const PUBLICATIONS: Needs = needs(
    "publications",
    (&["read_publications"], &["write_publications"]),
);

/// What a menu may lead to.
pub(super) const POLICIES: Needs = needs(
    "policies that menus lead to",
    (&["read_legal_policies"], &[]),
);

/// What translations are listed by.
pub(super) const LANGUAGES: Needs = needs(
    "the languages of translations",
    (&["read_locales", "read_markets_home"], &[]),
);

/// What tells translations for single markets from the others.
pub(super) const MARKETS: Needs = needs(
    "which translations are for single markets",
    (&["read_markets"], &[]),
);

/// All kinds of objects.
pub(super) const OBJECTS: [Needs; 12] = [
    needs("products", PRODUCTS),
    needs("collections", PRODUCTS),
    needs("pages", CONTENT),
    needs("blogs", CONTENT),
    needs("articles", CONTENT),
    needs("menus", NAVIGATION),
    needs("URL redirects", NAVIGATION),
    needs("metafield definitions of products", PRODUCTS),
    needs(
        "metaobject definitions",
        (
            &["read_metaobject_definitions"],
            &["write_metaobject_definitions"],
        ),
    ),
    needs(
        "metaobjects",
        (&["read_metaobjects"], &["write_metaobjects"]),
    ),
    needs("files", (&["read_files"], &["write_files"])),
    needs(
        "translations",
        (&["read_translations"], &["write_translations"]),
    ),
];

/// Every scope that is asked for, for tests.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let beside = [THEMES, PUBLICATIONS, POLICIES, LANGUAGES, MARKETS];
    let needs = OBJECTS.into_iter().chain(beside);
    needs.flat_map(|needs| needs.read.iter().chain(needs.write).copied())
}

/// Whether any of the wanted scopes is granted. The scope to write includes the one to read.
pub(super) fn has(granted: &BTreeSet<String>, wanted: &[&str]) -> bool {
    wanted.iter().any(|scope| {
        let writing = scope
            .strip_prefix("read_")
            .map(|rest| format!("write_{rest}"));
        granted.contains(*scope) || writing.is_some_and(|writing| granted.contains(&writing))
    })
}

/// What the granted scopes let one do with a kind.
pub(super) fn access(granted: &BTreeSet<String>) -> impl Fn(&Needs) -> KindAccess {
    move |needs| {
        let lacks = |wanted: &[&str]| (!has(granted, wanted)).then(|| wanted.join(" or "));
        KindAccess {
            kind: needs.kind.to_owned(),
            read_lacks: lacks(needs.read),
            write_lacks: lacks(needs.write),
        }
    }
}

/// Sentences about what the granted scopes do not reach.
pub(super) fn missing(granted: &BTreeSet<String>, kinds: &[Needs]) -> Vec<String> {
    let mut notes = Vec::new();
    for (doing, of) in [
        (
            "read",
            (|needs: &Needs| needs.read) as fn(&Needs) -> &'static [&'static str],
        ),
        ("written", |needs| needs.write),
    ] {
        let mut lacking: Vec<(&[&str], Vec<&str>)> = Vec::new();
        let is_lacking = |needs: &&Needs| !of(needs).is_empty() && !has(granted, of(needs));
        for needs in kinds.iter().filter(is_lacking) {
            match lacking.iter_mut().find(|(scopes, _)| *scopes == of(needs)) {
                Some((_, kinds)) => kinds.push(needs.kind),
                None => lacking.push((of(needs), vec![needs.kind])),
            }
        }
        notes.extend(lacking.into_iter().map(|(scopes, kinds)| {
            format!(
                "The scope {} is not granted: {} can't be {doing}.",
                scopes.join(" or "),
                listed(&kinds)
            )
        }));
    }
    notes
}

/// As `a, b and c`.
pub(super) fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_scope_names_the_kinds_that_it_costs() {
        let granted: BTreeSet<String> = OBJECTS
            .iter()
            .flat_map(|needs| [needs.read[0], needs.write[0]])
            .filter(|scope| *scope != "write_online_store_navigation" && *scope != "read_files")
            .map(str::to_owned)
            .collect();
        assert_eq!(
            missing(&granted, &OBJECTS),
            [
                "The scope write_online_store_navigation is not granted: menus and URL redirects can't be written."
            ],
            "and the scope to write files includes the one to read them"
        );
    }
}
