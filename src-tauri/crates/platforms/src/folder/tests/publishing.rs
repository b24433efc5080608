use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A folder with one release of three files that belong together.
fn released() -> Place {
    let place = Place::new(&[
        ("releases/first/k/a.json", b"1"),
        ("releases/first/k/b.json", b"1"),
        ("releases/first/k/c.json", b"1"),
        ("releases/first/README.txt", b"stays"),
    ]);
    symlink("releases/first", place.at("current")).expect("a link");
    place
}

fn put_all(target: &dyn Target, bytes: &[u8]) {
    for name in ["object/k:a", "object/k:b", "object/k:c"] {
        put(target, name, bytes).expect("it is staged");
    }
}

fn current(place: &Place) -> String {
    fs::read_link(place.at("current"))
        .expect("a link")
        .to_str()
        .expect("UTF-8")
        .to_owned()
}

#[test]
fn a_deployment_is_staged_beside_and_published_in_one_step() {
    let place = released();
    let target = place.target("auto", "d1");
    put_all(target.as_ref(), b"2");
    delete(target.as_ref(), "object/k:c").expect("it is removed");
    assert_eq!(
        get(target.as_ref(), "object/k:a").as_deref(),
        Some(&b"2"[..]),
        "reads are of the staged copy"
    );
    assert_eq!(current(&place), "releases/first", "nothing is visible yet");
    assert_eq!(place.read("current/k/a.json"), b"1");
    assert_eq!(run(target.is_published()), Ok(false));

    run(target.publish()).expect("it is published");
    assert_eq!(run(target.is_published()), Ok(true));
    let files = [
        ("README.txt", &b"stays"[..]),
        ("k/a.json", b"2"),
        ("k/b.json", b"2"),
    ];
    let digest = slipway_sandbox::sample::tree_digest(files);
    assert_eq!(
        current(&place),
        format!("releases/{digest}"),
        "the name is the digest of the tree"
    );
    for (path, bytes) in files {
        assert_eq!(place.read(&format!("current/{path}")), bytes, "{path}");
    }
    assert!(!place.at("current/k/c.json").exists(), "it was removed");
    assert_eq!(
        place.read("releases/first/k/a.json"),
        b"1",
        "the old release stays as it was"
    );

    run(target.publish()).expect("again does nothing");
    assert!(
        put(target.as_ref(), "object/k:a", b"3").is_err(),
        "a release with its name is not written to"
    );
    assert_eq!(
        get(target.as_ref(), "object/k:a").as_deref(),
        Some(&b"2"[..]),
        "it can still be read back"
    );
}

#[test]
fn rolling_back_switches_to_the_release_that_is_there() {
    let place = released();
    for (deployment, bytes) in [("d1", b"2"), ("d2", b"3"), ("d3", b"2")] {
        let target = place.target("auto", deployment);
        put_all(target.as_ref(), bytes);
        run(target.publish()).expect("it is published");
        assert_eq!(place.read("current/k/b.json"), bytes);
    }
    let visible = |name: &str| !name.starts_with('.');
    let releases = fs::read_dir(place.at("releases")).expect("it can be listed");
    let names: Vec<_> = releases
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    assert_eq!(
        names.iter().filter(|name| visible(name)).count(),
        3,
        "the third has the tree of the first: {names:?}"
    );
    assert!(
        names.iter().all(|name| !name.ends_with(".partial")),
        "nothing staged is left: {names:?}"
    );

    // The release that is gone back to was edited by hand: it is left alone, and the right tree gets another name.
    let edited = current(&place);
    place.write(format!("{edited}/k/a.json"), b"9");
    let target = place.target("auto", "d4");
    put_all(target.as_ref(), b"2");
    run(target.publish()).expect("it is published");
    assert_eq!(current(&place), format!("{edited}-2"));
    assert_eq!(place.read(&format!("{edited}/k/a.json")), b"9");
    assert_eq!(place.read("current/k/a.json"), b"2");
}

#[test]
fn a_deployment_is_taken_up_where_it_was_cut_off() {
    let place = released();
    put(place.target("auto", "d1").as_ref(), "object/k:a", b"2").expect("it is staged");
    place.write("releases/.d1.partial/tree/k/.slipway-2.tmp", b"half");

    let target = place.target("auto", "d1");
    assert_eq!(
        get(target.as_ref(), "object/k:a").as_deref(),
        Some(&b"2"[..]),
        "what was staged is there"
    );
    assert!(
        !place
            .at("releases/.d1.partial/tree/k/.slipway-2.tmp")
            .exists(),
        "what was half written is not"
    );
    put_all(target.as_ref(), b"2");

    // Cut off after the name was noted and before the tree was renamed.
    symlink("0123", place.at("releases/.d1.release")).expect("a link");
    let target = place.target("auto", "d1");
    assert_eq!(run(target.is_published()), Ok(false));
    run(target.publish()).expect("it is published");
    let published = current(&place);

    // Cut off after the tree was renamed and before the link was switched.
    place.write("releases/.d1.partial/nothing", b"");
    symlink("first", place.at("releases/.d1.partial/base")).expect("a link");
    fs::remove_file(place.at("current")).expect("the link");
    symlink("releases/first", place.at("current")).expect("a link");
    let target = place.target("auto", "d1");
    assert_eq!(run(target.is_published()), Ok(false));
    assert_eq!(
        get(target.as_ref(), "object/k:c").as_deref(),
        Some(&b"2"[..]),
        "reads are of what has its name"
    );
    run(target.publish()).expect("it is published");
    assert_eq!(current(&place), published);

    // Cut off after the link was switched and before the copy was removed.
    place.write("releases/.d1.partial/nothing", b"");
    let target = place.target("auto", "d1");
    assert_eq!(run(target.is_published()), Ok(true));
    run(target.publish()).expect("what was left is done");
    assert_eq!(current(&place), published);
    assert!(
        !place.at("releases/.d1.partial").exists(),
        "nothing staged is left"
    );
}

#[test]
fn a_copy_that_was_cut_off_is_made_anew() {
    let place = released();
    place.write("releases/.d1.partial/copying/k/a.json", b"half");
    let target = place.target("auto", "d1");
    assert_eq!(
        get(target.as_ref(), "object/k:a").as_deref(),
        Some(&b"1"[..])
    );
    run(target.abandon()).expect("it is abandoned");
    let left: Vec<_> = place
        .tree()
        .into_keys()
        .filter(|path| path.contains("/."))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "nothing hidden is left");
    assert_eq!(current(&place), "releases/first");
}

#[test]
fn a_note_that_leads_elsewhere_is_refused() {
    let outside = Place::new(&[("k/a.json", b"theirs")]);
    for name in ["../..", "..", "a/b", "/etc"] {
        let place = released();
        symlink(name, place.at("releases/.d1.release")).expect("a link");
        let refused = place.try_target("auto", "d1").map(|_| ());
        assert!(
            matches!(&refused, Err(PlatformError::Refused { .. })),
            "{name}: {refused:?}"
        );
    }
    let place = released();
    symlink(outside.path(), place.at("releases/0123")).expect("a link");
    symlink("0123", place.at("releases/.d1.release")).expect("a link");
    assert!(
        place.try_target("auto", "d1").is_err(),
        "a release that is a link is not followed"
    );
}

#[test]
fn a_switch_by_somebody_else_is_not_overwritten() {
    let place = released();
    let target = place.target("auto", "d1");
    put_all(target.as_ref(), b"2");
    place.write("releases/theirs/k/a.json", b"7");
    fs::remove_file(place.at("current")).expect("the link");
    symlink("releases/theirs", place.at("current")).expect("a link");
    let error = run(target.publish()).expect_err("it is refused");
    assert!(error.to_string().contains("was switched"), "{error}");
    assert_eq!(current(&place), "releases/theirs");
}

#[test]
fn an_empty_folder_takes_the_shape_of_what_is_deployed() {
    for (resources, files) in [
        (&["object/pipelines:a"][..], &["pipelines/a.json"][..]),
        (&["theme/file:assets/a.css"], &["assets/a.css"]),
        (
            &["object/k:a", "theme/file:assets/a.css"],
            &["objects/k/a.json", "theme/assets/a.css"],
        ),
    ] {
        let place = Place::new(&[]);
        let target = place.target("releases", "id with / odd signs");
        for resource in resources {
            put(target.as_ref(), resource, b"1").expect("it is staged");
        }
        // Taken up again, it is still open which shape it gets.
        let target = place.target("releases", "id with / odd signs");
        run(target.publish()).expect("it is published");
        for (file, resource) in files.iter().zip(resources) {
            assert_eq!(place.read(&format!("current/{file}")), b"1", "{file}");
            assert_eq!(
                get(target.as_ref(), resource).as_deref(),
                Some(&b"1"[..]),
                "{resource} reads back"
            );
        }
        let got = capture(place.open("auto").as_ref());
        assert_eq!(got.documents().into_keys().collect::<Vec<_>>(), resources);
    }
}

#[test]
fn readers_see_one_release_and_never_a_mixture() {
    let place = released();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !is_done.load(Ordering::Relaxed) {
                let release =
                    fs::canonicalize(place.at("current")).expect("current always leads somewhere");
                let read = |name: &str| {
                    fs::read(release.join("k").join(name)).expect("the release is whole")
                };
                let (a, b, c) = (read("a.json"), read("b.json"), read("c.json"));
                assert!(
                    a == b && b == c,
                    "three files of one release belong together"
                );
                seen.insert(a);
            }
            seen
        });
        for round in 2..12 {
            let target = place.target("auto", &format!("d{round}"));
            put_all(target.as_ref(), round.to_string().as_bytes());
            run(target.publish()).expect("it is published");
        }
        is_done.store(true, Ordering::Relaxed);
        reader.join().expect("the reader saw nothing odd");
    });
}
