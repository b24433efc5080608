//! What [`write_sample`] does to folders.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// Everything below a folder: files by their bytes, links by their targets, folders as such.
fn snapshot(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let meta = path.symlink_metadata().expect("the entry is there");
            let what = if meta.is_dir() {
                open.push(path.clone());
                "folder".to_owned()
            } else if meta.is_symlink() {
                format!(
                    "link to {}",
                    path.read_link().expect("the link can be read").display()
                )
            } else {
                blake3::hash(&fs::read(&path).expect("the file can be read")).to_string()
            };
            found.insert(
                path.strip_prefix(root).expect("it is below").to_owned(),
                what,
            );
        }
    }
    found
}

#[test]
fn writes_six_environments_that_promote_in_a_row() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sample = write_sample(folder.path()).expect("the sample is written");
    let mut known = Vec::new();
    for environment in &sample.environments {
        assert!(
            environment.path.is_dir(),
            "{} has its folder",
            environment.name
        );
        assert!(
            environment
                .promotes_to
                .is_none_or(|target| known.contains(&target)),
            "{} comes after the environment that it promotes to",
            environment.name
        );
        known.push(environment.name);
        environment.rules.compile().expect("the rules can be read");
        match environment.layout {
            Layout::Objects => {
                assert!(environment.path.join("theme/layout/theme.liquid").is_file());
                assert!(environment.path.join("objects/products").is_dir());
            }
            Layout::Releases => {
                let current = environment.path.join("current");
                let target = current.read_link().expect("current is a link");
                assert!(target.is_relative(), "the folder can be moved");
                assert!(
                    current.join("pipelines/order-intake.json").is_file(),
                    "current leads to a release"
                );
            }
            Layout::Theme => panic!("no environment of the sample is a theme alone"),
        }
    }
    assert_eq!(known.len(), 6);
}

#[test]
fn writing_twice_and_elsewhere_makes_the_same_tree() {
    let (one, two) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("another"),
    );
    write_sample(one.path()).expect("the sample is written");
    let first = snapshot(one.path());
    write_sample(one.path()).expect("the sample is written over itself");
    assert_eq!(snapshot(one.path()), first);
    write_sample(&two.path().join("not/there/yet")).expect("the sample is written elsewhere");
    assert_eq!(snapshot(&two.path().join("not/there/yet")), first);
}

#[test]
fn what_is_the_same_is_not_written_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_sample(folder.path()).expect("the sample is written");
    let file = folder.path().join("staging/theme/layout/theme.liquid");
    let inode = |path: &Path| {
        std::os::unix::fs::MetadataExt::ino(&path.metadata().expect("the file is there"))
    };
    let before = inode(&file);
    write_sample(folder.path()).expect("the sample is written over itself");
    assert_eq!(
        inode(&file),
        before,
        "an incremental capture sees an untouched file"
    );
}

#[test]
fn restores_what_was_changed_removed_or_added_and_follows_no_link() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outside = tempfile::tempdir().expect("a folder outside");
    fs::write(outside.path().join("kept.txt"), "kept").expect("a file outside");
    let root = folder.path();
    write_sample(root).expect("the sample is written");
    let first = snapshot(root);

    let production = root.join("production");
    fs::write(production.join("theme/layout/theme.liquid"), "changed").expect("changed");
    fs::remove_file(production.join("theme/assets/hero.png")).expect("removed");
    fs::create_dir_all(production.join("objects/strays/deep")).expect("added");
    fs::write(production.join("objects/strays/deep/stray.json"), "{}").expect("added");
    // A file became a folder, a folder became a file, and links lead out where files and folders were.
    fs::remove_file(production.join("theme/assets/base.css")).expect("removed");
    fs::create_dir(production.join("theme/assets/base.css")).expect("a folder instead");
    fs::remove_dir_all(production.join("theme/snippets")).expect("removed");
    fs::write(production.join("theme/snippets"), "a file instead").expect("a file instead");
    fs::remove_dir_all(production.join("objects/pages")).expect("removed");
    symlink(outside.path(), production.join("objects/pages")).expect("a link instead");
    symlink(outside.path(), production.join("objects/stray-link")).expect("a stray link");
    fs::remove_file(production.join("theme/assets/logo.svg")).expect("removed");
    symlink(
        outside.path().join("kept.txt"),
        production.join("theme/assets/logo.svg"),
    )
    .expect("a link instead");
    fs::remove_file(root.join("app-staging/current")).expect("removed");
    symlink(outside.path(), root.join("app-staging/current")).expect("a link elsewhere");
    fs::create_dir_all(root.join("app-staging/releases/0123/pipelines")).expect("an old release");
    fs::remove_dir_all(root.join("app-production")).expect("removed");

    write_sample(root).expect("the sample is restored");
    assert_eq!(snapshot(root), first);
    let kept = snapshot(outside.path());
    assert_eq!(
        kept.len(),
        1,
        "nothing was removed from or written to the folder outside: {kept:?}"
    );
    assert_eq!(
        fs::read(outside.path().join("kept.txt")).expect("it is there"),
        b"kept"
    );
}

#[test]
fn leaves_what_lies_beside_the_environments() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_sample(folder.path()).expect("the sample is written");
    fs::write(folder.path().join("workspace.slipway"), "mine").expect("a file beside");
    write_sample(folder.path()).expect("the sample is restored");
    assert_eq!(
        fs::read(folder.path().join("workspace.slipway")).expect("it is there"),
        b"mine"
    );
}

#[test]
fn refuses_a_folder_that_holds_somebody_elses_environments() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("staging")).expect("somebody's folder");
    fs::write(folder.path().join("staging/theirs.txt"), "theirs").expect("somebody's file");
    let before = snapshot(folder.path());
    let refused = write_sample(folder.path()).expect_err("it is not ours");
    assert!(
        matches!(&refused, SampleError::Foreign { path } if path.ends_with("staging")),
        "{refused}"
    );
    assert_eq!(snapshot(folder.path()), before, "nothing was written");
}

proptest::proptest! {
    #[test]
    fn a_tree_digest_depends_on_the_entries_and_not_on_their_order(
        files in proptest::collection::btree_map("[a-c/]{1,4}", proptest::collection::vec(0u8..3, 0..4), 0..5),
        other in proptest::collection::btree_map("[a-c/]{1,4}", proptest::collection::vec(0u8..3, 0..4), 0..5),
    ) {
        let digest = |files: &BTreeMap<String, Vec<u8>>| tree_digest(files.iter().map(|(p, b)| (p.as_str(), b.as_slice())));
        let reversed = tree_digest(files.iter().rev().map(|(p, b)| (p.as_str(), b.as_slice())));
        proptest::prop_assert_eq!(digest(&files), reversed);
        proptest::prop_assert_eq!(digest(&files) == digest(&other), files == other);
    }
}
