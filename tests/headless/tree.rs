//! What lies in a folder, to be compared byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Everything below a folder: folders (with `/` at their end), files with their bytes, links with where they point.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// Reads everything below a folder.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    read_into(&mut tree, folder, "");
    tree
}

fn read_into(tree: &mut Tree, folder: &Path, prefix: &str) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("a readable entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect("a readable type");
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).expect("a readable link");
            tree.insert(
                format!("{name} →"),
                target.to_string_lossy().into_owned().into(),
            );
        } else if kind.is_dir() {
            let inner = format!("{name}/");
            read_into(tree, &entry.path(), &inner);
            tree.insert(inner, Vec::new());
        } else {
            tree.insert(name, fs::read(entry.path()).expect("a readable file"));
        }
    }
}

/// The names that differ between two trees; what a failed comparison shows instead of all bytes.
pub(crate) fn differing(left: &Tree, right: &Tree) -> Vec<String> {
    left.keys()
        .chain(right.keys())
        .filter(|name| left.get(*name) != right.get(*name))
        .cloned()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Says that two folders hold the same, byte for byte.
pub(crate) fn assert_same(left: &Tree, right: &Tree, reason: &str) {
    assert_eq!(
        differing(left, right),
        Vec::<String>::new(),
        "these differ, but {reason}"
    );
}
