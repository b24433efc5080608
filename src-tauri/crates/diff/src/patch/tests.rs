use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

type Tree = BTreeMap<String, Vec<u8>>;

fn patch(path: &str, before: Option<&[u8]>, after: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    write_patch(&mut out, path, before, after, PatchOptions::default())
        .expect("memory takes everything");
    out
}

fn patch_trees(before: &Tree, after: &Tree) -> Vec<u8> {
    let paths: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .flat_map(|path| {
            patch(
                path,
                before.get(path).map(Vec::as_slice),
                after.get(path).map(Vec::as_slice),
            )
        })
        .collect()
}

fn write_tree(root: &Path, tree: &Tree) {
    for (path, bytes) in tree {
        let file = root.join(path);
        fs::create_dir_all(file.parent().expect("a file has a folder"))
            .expect("the folder can be made");
        fs::write(file, bytes).expect("the file can be written");
    }
}

fn read_tree(root: &Path, folder: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            read_tree(root, &path, tree);
        } else {
            let name = path
                .strip_prefix(root)
                .expect("the file is in the folder")
                .to_str()
                .expect("the name is UTF-8")
                .to_owned();
            tree.insert(name, fs::read(&path).expect("the file can be read"));
        }
    }
}

/// Applies a patch with git, and returns the tree that it leads to.
fn apply(before: &Tree, patch: &[u8], arguments: &[&str]) -> Result<Tree, String> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write_tree(folder.path(), before);
    let mut git = Command::new("git")
        .args(["-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"])
        .args(arguments)
        .arg("-")
        .current_dir(folder.path())
        // A repository around the folder for temporary files would leave out what lies outside of it.
        .env(
            "GIT_CEILING_DIRECTORIES",
            folder
                .path()
                .parent()
                .expect("a temporary folder has a parent"),
        )
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git runs");
    git.stdin
        .take()
        .expect("input is piped")
        .write_all(patch)
        .expect("git reads");
    let output = git.wait_with_output().expect("git ends");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut tree = Tree::new();
    read_tree(folder.path(), folder.path(), &mut tree);
    Ok(tree)
}

/// Checks that git takes the patch in either direction.
fn check(before: &Tree, after: &Tree) {
    let patch = patch_trees(before, after);
    if patch.is_empty() {
        assert_eq!(before, after, "only equal trees need no patch");
        return;
    }
    let shown = String::from_utf8_lossy(&patch);
    assert_eq!(
        apply(before, &patch, &[]).as_ref(),
        Ok(after),
        "the patch leads to the tree after:\n{shown}"
    );
    assert_eq!(
        apply(after, &patch, &["-R"]).as_ref(),
        Ok(before),
        "the patch leads back to the tree before:\n{shown}"
    );
}

fn tree(files: &[(&str, &[u8])]) -> Tree {
    files
        .iter()
        .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
        .collect()
}

#[test]
fn git_takes_every_kind_of_change() {
    let long: String = (0..100).map(|line| format!("line {line}\n")).collect();
    let edited = long
        .replace("line 10\n", "ten\n")
        .replace("line 16\n", "")
        .replace("line 50\n", "line 50\nmore\n")
        .replace("line 99\n", "end");
    let contents: Vec<&[u8]> = vec![
        b"",
        b"a",
        b"a\n",
        b"a\r\n",
        b"a\r\nb\nc\r",
        b"\n",
        b"\r",
        b"\n\n\n",
        "é\n".as_bytes(),
        b"a\xffb\n",
        b"\0",
        b"a\0b\n",
        b"-- a\n++ b\n",
        b"\\ No newline\n",
        b"diff --git a/x b/x\n",
        long.as_bytes(),
        edited.as_bytes(),
    ];
    let (mut before, mut after) = (Tree::new(), Tree::new());
    for (old_number, old) in contents.iter().enumerate() {
        before.insert(format!("deleted/{old_number}"), old.to_vec());
        after.insert(format!("created/{old_number}"), old.to_vec());
        for (new_number, new) in contents.iter().enumerate() {
            before.insert(format!("{old_number}/{new_number}"), old.to_vec());
            after.insert(format!("{old_number}/{new_number}"), new.to_vec());
        }
    }
    check(&before, &after);
}

#[test]
fn git_reads_the_names() {
    let names = [
        "plain",
        "with space",
        " lead",
        "trail ",
        "tab\there",
        "quote\"d",
        "back\\slash",
        "ünïcode/日本",
        "new\nline",
        "sections/header.liquid",
        "a b/c d",
        "\u{1}",
        "-dash",
        "b/b/b",
        "dev/null",
        "a{b}c*?",
    ];
    let (mut before, mut after) = (Tree::new(), Tree::new());
    for name in names {
        before.insert(format!("{name}.edited"), b"one\ntwo\n".to_vec());
        after.insert(format!("{name}.edited"), b"one\n2\n".to_vec());
        before.insert(format!("{name}.binary"), b"\0old".to_vec());
        after.insert(format!("{name}.binary"), b"\0new".to_vec());
        before.insert(format!("{name}.gone"), b"x\n".to_vec());
        before.insert(format!("{name}.gone-empty"), Vec::new());
        after.insert(format!("{name}.new"), b"y".to_vec());
        after.insert(format!("{name}.new-empty"), Vec::new());
    }
    check(&before, &after);
}

#[test]
fn a_patch_reads_as_gits_own() {
    let before = b"one\ntwo\nthree\nfour\nfive\nsix\n";
    let after = b"one\ntwo\nthree\n4\nfive\nsix";
    let written = String::from_utf8(patch("theme/my file.txt", Some(before), Some(after)))
        .expect("the patch is text");
    insta::assert_snapshot!(written.replace('\t', "<tab>"), @r"
    diff --git a/theme/my file.txt b/theme/my file.txt
    index b5660615986901aceae1450e10650892e191f8dc..7b7e490376754783e5b44fd7982a7a296c9b9249 100644
    --- a/theme/my file.txt<tab>
    +++ b/theme/my file.txt<tab>
    @@ -1,6 +1,6 @@
     one
     two
     three
    -four
    +4
     five
    -six
    +six
    \ No newline at end of file
    ");
    assert!(
        patch("x", Some(b"same"), Some(b"same")).is_empty(),
        "what does not change has no patch"
    );
    assert!(patch("x", None, None).is_empty());
}

#[test]
fn the_context_is_chosen() {
    let before: String = (0..60).map(|line| format!("line {line}\n")).collect();
    let after = before
        .replace("line 0\n", "")
        .replace("line 7\n", "seven\n")
        .replace("line 20\n", "line 20\nmore\n")
        .replace("line 59\n", "line 59\nend\n");
    for context in [0, 1, 2, 3, 5, 100, u32::MAX] {
        let mut out = Vec::new();
        write_patch(
            &mut out,
            "x",
            Some(before.as_bytes()),
            Some(after.as_bytes()),
            PatchOptions { context },
        )
        .expect("memory takes everything");
        let arguments: &[&str] = if context == 0 {
            &["--unidiff-zero"]
        } else {
            &[]
        };
        let (old, new) = (
            tree(&[("x", before.as_bytes())]),
            tree(&[("x", after.as_bytes())]),
        );
        assert_eq!(
            apply(&old, &out, arguments),
            Ok(new),
            "{context} lines of context:\n{}",
            String::from_utf8_lossy(&out)
        );
    }
}

#[test]
fn blob_ids_are_gits() {
    assert_eq!(blob_id(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    assert_eq!(
        blob_id(b"hello\n"),
        "ce013625030ba8dba906f756967f9e9ca394464a"
    );
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => crate::text::tests::text().prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..300),
        1 => proptest::collection::vec(proptest::sample::select(b"ab\r\n\0\xff".to_vec()), 0..20),
    ]
}

proptest! {
    // Each case runs git twice, for many files.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn git_takes_random_trees(files in proptest::collection::vec((proptest::option::weighted(0.8, file()), proptest::option::weighted(0.8, file())), 1..40)) {
        let (mut before, mut after) = (Tree::new(), Tree::new());
        for (number, (old, new)) in files.into_iter().enumerate() {
            before.extend(old.map(|bytes| (format!("{number}"), bytes)));
            after.extend(new.map(|bytes| (format!("{number}"), bytes)));
        }
        // An emptied folder is removed by git; a file that stays keeps it.
        let anchor = tree(&[("anchor", b"")]);
        before.extend(anchor.clone());
        after.extend(anchor);
        check(&before, &after);
    }
}

/// Keys that a file system, `git apply` or a person would read as something else.
fn hostile_key() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        proptest::sample::select(vec![
            "",
            ".",
            "..",
            ".git",
            ".GIT",
            "git~1",
            ".g\u{200c}it",
            "a",
            "A",
            "b",
            "a.json",
            "a.JSON",
            "con",
            "NUL.txt",
            "com1",
            "a ",
            " a",
            "a.",
            "-a",
            "a\\b",
            "a:b",
            "%",
            "%2E",
            "%2e%2e",
            "~",
            "\"q\"",
            "é",
            "e\u{301}",
            "É",
            "\u{202e}x",
            "日本",
            "ß",
            "SS",
            "\u{feff}",
            "\u{7f}",
            "b/b",
            "dev",
            "null",
        ])
        .prop_map(str::to_owned),
        "[aA.%/ ~\\\\é]{1,6}",
        (
            proptest::sample::select(vec!["x", "é", "%", "\u{301}"]),
            100..400_usize
        )
            .prop_map(|(text, count)| text.repeat(count)),
    ];
    let name = proptest::collection::vec(part.clone(), 1..5).prop_map(|parts| parts.join("/"));
    let head = proptest::sample::select(vec![
        "shopify/product",
        "shopify/redirect",
        "object/page",
        "object/Page",
        "Object/page",
        "../..",
        "theme/file",
        "theme/file",
        "theme/file",
        ".git/x",
        "a/a",
        "con/a",
    ]);
    (head, name).prop_filter_map("a key has a name", |(head, name)| {
        (!name.is_empty()).then(|| format!("{head}:{name}"))
    })
}

/// A resource as its key has it; themes keep their paths.
fn resource(key: &str, sides: Sides) -> Named<'_> {
    let (head, name) = key.split_once(':').expect("a key has a colon");
    let (family, kind) = head.split_once('/').expect("a key has a kind");
    let is_theme = family == "theme";
    Named {
        family,
        kind,
        name,
        own: is_theme.then_some(name),
        extension: if is_theme {
            Extension::AsNamed
        } else {
            Extension::Json
        },
        sides,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn git_takes_whatever_resources_are_called(
        resources in proptest::collection::btree_map(hostile_key(), (proptest::option::weighted(0.7, file()), proptest::option::weighted(0.7, file())), 1..24),
    ) {
        let resources: Vec<_> = resources
            .iter()
            .filter_map(|(key, (before, after))| {
                let sides = match (before, after) {
                    (Some(_), Some(_)) => Sides::Both,
                    (Some(_), None) => Sides::Before,
                    (None, Some(_)) => Sides::After,
                    (None, None) => return None,
                };
                Some((resource(key, sides), before, after))
            })
            .collect();
        let named: Vec<Named<'_>> = resources.iter().map(|(named, ..)| *named).collect();
        let names = file_names(&named);
        let folded: std::collections::HashSet<String> = names
            .iter()
            .zip(&named)
            .filter(|(name, named)| named.own != Some(name.as_str()))
            .map(|(name, _)| name.to_lowercase())
            .collect();
        let spelt_out = names.iter().zip(&named).filter(|(name, named)| named.own != Some(name.as_str())).count();
        prop_assert_eq!(folded.len(), spelt_out, "names differ in more than case: {:?}", names);
        let anchor = tree(&[("anchor", b"")]);
        let (mut before, mut after) = (anchor.clone(), anchor);
        for (name, (_, old, new)) in names.iter().zip(&resources) {
            for (tree, side) in [(&mut before, old), (&mut after, new)] {
                if let Some(bytes) = side {
                    prop_assert!(tree.insert(name.clone(), bytes.clone()).is_none(), "{} twice", name);
                }
            }
        }
        check(&before, &after);
    }
}
