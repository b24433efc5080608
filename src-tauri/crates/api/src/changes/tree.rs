//! The order of the tree: objects by kind, then the theme by folders.

use std::cmp::Ordering;
use std::ops::Range;

use slipway_domain::{Change, ResourceKey};

/// How deep folders are nested in the tree; what lies deeper is shown with the rest of its path.
const DEPTH_LIMIT: usize = 12;

/// One row of the whole tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A group, by its place in [`Tree::groups`].
    Group(usize),
    /// A change, by its place in [`Tree::changes`].
    Change(usize),
}

/// A kind of objects, or a folder of a theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Names it: `object/products`, `theme/sections`.
    pub(super) id: String,
    /// What it is called.
    pub(super) title: String,
    /// How deep it stands, from 0.
    pub(super) depth: u8,
    /// The changes in it, groups in it included.
    pub(super) changes: Range<usize>,
    /// The nodes in it, without its own.
    pub(super) nodes: Range<usize>,
}

/// All changes of a release in the order of the tree, and the tree over them.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) changes: Vec<Change>,
    /// How deep each change stands, and what it is called there.
    pub(super) places: Vec<(u8, String)>,
    pub(super) groups: Vec<Group>,
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    pub(super) fn new(mut changes: Vec<Change>) -> Self {
        changes.sort_by(|a, b| order(&a.resource, &b.resource));
        let mut tree = Self {
            places: Vec::with_capacity(changes.len()),
            changes,
            groups: Vec::new(),
            nodes: Vec::new(),
        };
        let mut open: Vec<usize> = Vec::new();
        for at in 0..tree.changes.len() {
            let (path, title) = place(&tree.changes[at].resource);
            let same = open
                .iter()
                .zip(&path)
                .take_while(|(group, (id, _))| tree.groups[**group].id == *id)
                .count();
            tree.close(&mut open, same, at);
            for (id, title) in path.into_iter().skip(same) {
                let group = tree.groups.len();
                let depth = depth(open.len());
                tree.nodes.push(Node::Group(group));
                let start = tree.nodes.len();
                tree.groups.push(Group {
                    id,
                    title,
                    depth,
                    changes: at..at,
                    nodes: start..start,
                });
                open.push(group);
            }
            tree.nodes.push(Node::Change(at));
            tree.places.push((depth(open.len()), title));
        }
        let end = tree.changes.len();
        tree.close(&mut open, 0, end);
        tree
    }

    fn close(&mut self, open: &mut Vec<usize>, keep: usize, at: usize) {
        for group in open.drain(keep..) {
            self.groups[group].changes.end = at;
            self.groups[group].nodes.end = self.nodes.len();
        }
    }
}

fn depth(open: usize) -> u8 {
    u8::try_from(open).expect("BUG: folders are nested to a limit")
}

/// The groups that a resource stands in, outermost first, each with its identity and title; and what it is called there.
fn place(key: &ResourceKey) -> (Vec<(String, String)>, String) {
    if !key.is_theme_file() {
        let group = (format!("{}/{}", key.family(), key.kind()), titled(key));
        return (vec![group], called(key));
    }
    let mut groups = vec![("theme".to_owned(), "Theme".to_owned())];
    let mut rest = key.name();
    while let Some((folder, inner)) = rest.split_once('/').filter(|_| groups.len() < DEPTH_LIMIT) {
        let path = &key.name()[..key.name().len() - inner.len() - 1];
        groups.push((format!("theme/{path}"), folder.to_owned()));
        rest = inner;
    }
    (groups, rest.to_owned())
}

/// What a resource is called in its group. The name of one that belongs to another holds the key of that, and says which of
/// several it is: `shopify/page:about/de` as "page about (de)".
fn called(key: &ResourceKey) -> String {
    let owner = key
        .name()
        .rsplit_once('/')
        .and_then(|(owner, which)| Some((owner.parse::<ResourceKey>().ok()?, which)));
    match owner {
        Some((owner, which)) => format!("{} {} ({which})", owner.kind(), owner.name()),
        None => key.name().to_owned(),
    }
}

/// `price_lists` as "Price lists". Folders of objects are named by people, in the plural; other kinds have a name for one.
fn titled(key: &ResourceKey) -> String {
    let mut words = key.kind().replace(['_', '-'], " ");
    if key.family() != "object" && !words.ends_with('s') {
        words.push('s');
    }
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => words,
    }
}

fn order(a: &ResourceKey, b: &ResourceKey) -> Ordering {
    match (a.is_theme_file(), b.is_theme_file()) {
        (true, true) => by_folders(a.name(), b.name()),
        (false, false) => (a.kind(), a.family(), a.name()).cmp(&(b.kind(), b.family(), b.name())),
        (a, b) => a.cmp(&b),
    }
}

/// Part by part, folders before files.
fn by_folders(a: &str, b: &str) -> Ordering {
    match (a.split_once('/'), b.split_once('/')) {
        (Some((a, a_rest)), Some((b, b_rest))) => a.cmp(b).then_with(|| by_folders(a_rest, b_rest)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::Version;

    use super::*;

    fn tree(keys: &[&str]) -> Tree {
        let change = |key: &&str| Change {
            resource: key.parse().expect("a valid key"),
            before: None,
            after: Some(Version::of_bytes(b"")),
        };
        Tree::new(keys.iter().map(change).collect())
    }

    #[test]
    fn objects_stand_by_kind_and_the_theme_by_folders() {
        let tree = tree(&[
            "theme/file:templates/cart.json",
            "object/price_lists:a",
            "theme/file:sections/a.liquid",
            "object/products:b/c",
            "theme/file:templates/customers/login.json",
            "object/products:a",
            "theme/file:templates/index.json",
        ]);
        let rows: Vec<String> = tree
            .nodes
            .iter()
            .map(|node| match node {
                Node::Group(at) => {
                    let group = &tree.groups[*at];
                    format!(
                        "{}{} [{}]",
                        "  ".repeat(group.depth.into()),
                        group.title,
                        group.changes.len()
                    )
                }
                Node::Change(at) => format!(
                    "{}{}",
                    "  ".repeat(tree.places[*at].0.into()),
                    tree.places[*at].1
                ),
            })
            .collect();
        assert_eq!(
            rows,
            [
                "Price lists [1]",
                "  a",
                "Products [2]",
                "  a",
                "  b/c",
                "Theme [4]",
                "  sections [1]",
                "    a.liquid",
                "  templates [3]",
                "    customers [1]",
                "      login.json",
                "    cart.json",
                "    index.json",
            ]
        );
        assert_eq!(
            tree.groups[4].id, "theme/templates",
            "a folder is named by its path"
        );
        assert_eq!(
            tree.groups[4].nodes.len(),
            4,
            "a group spans what stands in it"
        );
    }

    #[test]
    fn groups_hold_many_and_names_are_for_people() {
        for (key, group, name) in [
            ("object/price_lists:eu", "Price lists", "eu"),
            ("shopify/product:tee", "Products", "tee"),
            (
                "shopify/metafield-definition:PRODUCT/custom.a",
                "Metafield definitions",
                "PRODUCT/custom.a",
            ),
            ("shopify/article:news/first", "Articles", "news/first"),
            (
                "shopify/translation:shopify/page:about/de",
                "Translations",
                "page about (de)",
            ),
            ("shopify/redirect:/pages/old", "Redirects", "/pages/old"),
        ] {
            let (groups, called) = place(&key.parse().expect("a key"));
            assert_eq!(
                (groups[0].1.as_str(), called.as_str()),
                (group, name),
                "{key}"
            );
        }
    }

    #[test]
    fn very_deep_folders_are_not_nested_for_ever() {
        let key = format!("theme/file:{}x", "a/".repeat(500));
        let tree = tree(&[&key]);
        assert_eq!(
            tree.groups.len(),
            DEPTH_LIMIT,
            "the rest stays in the title"
        );
        assert!(tree.places[0].1.starts_with("a/"), "{}", tree.places[0].1);
    }
}
