use proptest::prelude::*;

use super::*;

/// Trees of files with all that makes files awkward, in the folders of a theme.
fn trees() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let part = "[a-dé😀 ,:'%\"*?-]{1,5}[a-z]";
    let path = (
        "(assets|blocks|templates)",
        prop::collection::vec(part, 1..3),
    )
        .prop_map(|(folder, parts)| {
            // A file and a folder never have one name: folders end in "+".
            let (name, folders) = parts.split_last().expect("at least one");
            let folders: String = folders.iter().map(|folder| format!("{folder}+/")).collect();
            format!("{folder}/{folders}{name}")
        });
    let bytes = prop::collection::vec(
        prop::sample::select(vec![0_u8, b'\n', b'\r', b'a', 0xff, 0xc3]),
        0..12,
    );
    prop::collection::btree_map(path, bytes, 0..8)
}

fn place(files: &BTreeMap<String, Vec<u8>>) -> Place {
    let files: Vec<_> = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect();
    Place::new(&files)
}

/// Makes the target hold what the source holds, as a deployment does.
fn deploy(from: &Got, to: &Place, layout: &str, deployment: &str) {
    let live = capture(to.open(layout).as_ref()).documents();
    let target = to.target(layout, deployment);
    for (key, bytes) in from.documents() {
        if live.get(&key) != Some(&bytes) {
            put(target.as_ref(), &key, &bytes).expect("it is written");
        }
    }
    for key in live
        .keys()
        .filter(|key| !from.captured.contains_key(&key.parse().expect("a key")))
    {
        delete(target.as_ref(), key).expect("it is removed");
    }
    run(target.publish()).expect("it is published");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_captured_here_and_deployed_there_is_the_same_tree(source in trees(), target in trees()) {
        let (source, target) = (place(&source), place(&target));
        let before = target.tree();
        let original = capture(target.open("theme").as_ref());
        deploy(&capture(source.open("theme").as_ref()), &target, "theme", "d1");
        prop_assert_eq!(target.tree(), source.tree(), "deployed");
        deploy(&original, &target, "theme", "d2");
        prop_assert_eq!(target.tree(), before, "rolled back");
    }

    #[test]
    fn a_published_release_is_the_same_tree_too(first in trees(), second in trees()) {
        let target = Place::new(&[]);
        for (number, files) in [first, second].iter().enumerate() {
            let source = place(files);
            deploy(&capture(source.open("theme").as_ref()), &target, "releases", &format!("d{number}"));
            let mut found = BTreeMap::new();
            let current = fs::canonicalize(target.at("current")).expect("it is published");
            tree(&current, &current, &mut found);
            prop_assert_eq!(found, source.tree());
        }
    }
}
