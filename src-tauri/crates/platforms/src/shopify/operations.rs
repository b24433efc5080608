//! The documents of the operations that are sent, by name. Each `.graphql` file holds the operations of one kind; what
//! is sent is one operation and the fragments that it uses.
//!
//! Invariant: every operation is valid against the full schema of the API; a test holds them to it.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One operation as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    /// Its name.
    pub(super) name: &'static str,
    /// Its text, with the fragments that it uses.
    pub(super) text: String,
    /// Whether it changes something.
    pub(super) is_mutation: bool,
}

/// The files.
const DOCUMENTS: [&str; 15] = [
    include_str!("operations/common.graphql"),
    include_str!("operations/shop.graphql"),
    include_str!("operations/theme.graphql"),
    include_str!("operations/bulk.graphql"),
    include_str!("operations/metafield_definition.graphql"),
    include_str!("operations/metaobject_definition.graphql"),
    include_str!("operations/metaobject.graphql"),
    include_str!("operations/file.graphql"),
    include_str!("operations/product.graphql"),
    include_str!("operations/collection.graphql"),
    include_str!("operations/page.graphql"),
    include_str!("operations/blog.graphql"),
    include_str!("operations/menu.graphql"),
    include_str!("operations/redirect.graphql"),
    include_str!("operations/translation.graphql"),
];

static OPERATIONS: LazyLock<HashMap<&'static str, Operation>> = LazyLock::new(assemble);

/// The operation of that name.
///
/// # Panics
/// When there is none: names are constants of this module's callers, and a test asks for all of them.
pub(super) fn operation(name: &str) -> &'static Operation {
    OPERATIONS
        .get(name)
        .unwrap_or_else(|| panic!("BUG: there is no operation {name}"))
}

/// All of them, for tests.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.values()
}

/// One top-level definition of a document.
struct Definition {
    keyword: &'static str,
    name: &'static str,
    text: &'static str,
}

fn definitions() -> Vec<Definition> {
    DOCUMENTS
        .iter()
        .flat_map(|document| document.split("\n}\n"))
        .filter_map(|text| {
            let text = text.trim();
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            let keyword = words.next().filter(|word| !word.is_empty())?;
            let name = words.next()?;
            Some(Definition {
                keyword,
                name,
                text,
            })
        })
        .collect()
}

fn assemble() -> HashMap<&'static str, Operation> {
    let definitions = definitions();
    let fragments: HashMap<&str, &Definition> = definitions
        .iter()
        .filter(|definition| definition.keyword == "fragment")
        .map(|definition| (definition.name, definition))
        .collect();
    definitions
        .iter()
        .filter(|definition| definition.keyword != "fragment")
        .map(|definition| {
            let mut used: Vec<&Definition> = vec![definition];
            let mut at = 0;
            while let Some(next) = used.get(at) {
                for name in spreads(next.text) {
                    let fragment = fragments
                        .get(name)
                        .unwrap_or_else(|| panic!("BUG: there is no fragment {name}"));
                    if used.iter().all(|known| known.name != name) {
                        used.push(fragment);
                    }
                }
                at += 1;
            }
            let text = used
                .iter()
                .map(|definition| format!("{}\n}}\n", definition.text))
                .collect();
            let operation = Operation {
                name: definition.name,
                text,
                is_mutation: definition.keyword == "mutation",
            };
            (definition.name, operation)
        })
        .collect()
}

/// The names of the fragments that a text spreads.
fn spreads(text: &str) -> impl Iterator<Item = &str> {
    text.split("...").skip(1).filter_map(|rest| {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        // `... on Type` is an inline fragment.
        (end > 0).then(|| &rest[..end])
    })
}
