use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

#[test]
fn files_are_made_replaced_and_removed() {
    let place = Place::new(&[
        ("layout/theme.liquid", b"old"),
        ("assets/deep/er/a.css", b"a"),
        ("assets/b.css", b"b"),
    ]);
    let target = place.target("theme", "d1");
    put(
        target.as_ref(),
        "theme/file:layout/theme.liquid",
        b"new\r\n",
    )
    .expect("it is replaced");
    put(target.as_ref(), "theme/file:blocks/x/y.liquid", b"")
        .expect("it is made, with its folders");
    delete(target.as_ref(), "theme/file:assets/deep/er/a.css").expect("it is removed");
    delete(target.as_ref(), "theme/file:assets/gone.css").expect("what is not there is removed");
    let expected = [
        ("assets/", ""),
        ("assets/b.css", "b"),
        ("blocks/", ""),
        ("blocks/x/", ""),
        ("blocks/x/y.liquid", ""),
        ("layout/", ""),
        ("layout/theme.liquid", "new\r\n"),
    ];
    let expected = expected.map(|(path, bytes)| (path.to_owned(), bytes.as_bytes().to_vec()));
    assert_eq!(
        place.tree(),
        BTreeMap::from(expected),
        "nothing else is left, no empty folder either"
    );
    assert_eq!(
        get(target.as_ref(), "theme/file:layout/theme.liquid").as_deref(),
        Some(&b"new\r\n"[..])
    );
    assert_eq!(get(target.as_ref(), "theme/file:assets/gone.css"), None);
    run(target.publish()).expect("nothing to publish");
    assert_eq!(run(target.is_published()), Ok(true));
}

#[test]
fn the_folders_of_the_families_stay() {
    let place = Place::new(&[("theme/assets/a.css", b"a"), ("objects/k/x.json", b"1")]);
    let target = place.target("auto", "d1");
    delete(target.as_ref(), "theme/file:assets/a.css").expect("removed");
    delete(target.as_ref(), "object/k:x").expect("removed");
    assert_eq!(
        place.tree().into_keys().collect::<Vec<_>>(),
        ["objects/", "theme/"]
    );
}

#[test]
fn permissions_and_owner_are_kept() {
    let place = Place::new(&[("assets/a.sh", b"old"), ("assets/b.sh", b"old")]);
    for (name, mode) in [("assets/a.sh", 0o750), ("assets/b.sh", 0o444)] {
        fs::set_permissions(place.at(name), fs::Permissions::from_mode(mode))
            .expect("the mode is set");
    }
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        std::os::unix::fs::chown(place.at("assets/a.sh"), Some(1234), Some(4321))
            .expect("the owner is set");
    }
    let target = place.target("theme", "d1");
    for (name, mode) in [("assets/a.sh", 0o750), ("assets/b.sh", 0o444)] {
        put(target.as_ref(), &format!("theme/file:{name}"), b"new").expect("it is replaced");
        let kept = fs::metadata(place.at(name)).expect("it is there");
        assert_eq!(kept.mode() & 0o7777, mode, "{name}");
    }
    let owner = fs::metadata(place.at("assets/a.sh")).expect("it is there");
    if is_root {
        assert_eq!(
            (owner.uid(), owner.gid()),
            (1234, 4321),
            "the owner is kept"
        );
    }
}

#[test]
fn what_a_file_ran_as_is_not_passed_on() {
    let place = Place::new(&[("assets/a.sh", b"old")]);
    let mode = fs::Permissions::from_mode(0o4755);
    fs::set_permissions(place.at("assets/a.sh"), mode).expect("the mode is set");
    let target = place.target("theme", "d1");
    put(target.as_ref(), "theme/file:assets/a.sh", b"new").expect("it is replaced");
    assert_eq!(place.mode("assets/a.sh"), 0o755);
}

#[test]
fn new_files_and_folders_have_their_modes() {
    let place = Place::new(&[("layout/theme.liquid", b"x")]);
    let target = place.target("theme", "d1");
    put(target.as_ref(), "theme/file:snippets/a.liquid", b"x").expect("it is made");
    assert_eq!(
        (place.mode("snippets"), place.mode("snippets/a.liquid")),
        (0o755, 0o644)
    );
}

#[test]
fn what_comes_back_has_the_modes_that_were_noted() {
    let place = Place::new(&[("assets/run.sh", b"x"), ("snippets/in/a.css", b"y")]);
    for (path, mode) in [
        ("assets/run.sh", 0o4755),
        ("snippets/in", 0o750),
        ("snippets/in/a.css", 0o600),
    ] {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(place.at(path), mode).expect("the mode is set");
    }
    let keys = [
        "theme/file:assets/run.sh",
        "theme/file:snippets/in/a.css",
        "theme/file:assets/gone",
    ]
    .map(key);
    let noted = place.open("theme").attributes(&keys);
    assert_eq!(noted.len(), 2, "what is not there has none");
    let target = place.target("theme", "d1");
    for (key, attributes) in &noted {
        delete(target.as_ref(), key.as_str()).expect("it is removed");
        let back = Operation {
            attributes: Some(attributes.clone()),
            ..operation(1, key.as_str(), Verb::Create)
        };
        run(target.apply(&back, Some(b"x"), &slipway_engine::Holds::Nothing.into()))
            .expect("it is made");
    }
    let paths = ["assets/run.sh", "snippets/in", "snippets/in/a.css"];
    assert_eq!(paths.map(|path| place.mode(path)), [0o755, 0o750, 0o600]);
}

#[test]
fn an_interrupted_making_of_a_folder_is_cleaned_up() {
    let place = Place::new(&[("assets/a.css", b"a")]);
    fs::create_dir(place.at("assets/.slipway-7-0.tmp")).expect("a folder");
    place.write("assets/.slipway-8-0.tmp/mine.css", b"somebody's");
    place.target("theme", "d1");
    let left: Vec<String> = place.tree().into_keys().collect();
    assert_eq!(
        left,
        [
            "assets/",
            "assets/.slipway-8-0.tmp/",
            "assets/.slipway-8-0.tmp/mine.css",
            "assets/a.css"
        ]
    );
}

#[test]
fn nothing_is_written_outside_or_over_what_is_no_file() {
    let outside = Place::new(&[("secret.json", b"1")]);
    let place = Place::new(&[
        ("k/file.json", b"1"),
        ("k/folder.json/x.json", b"1"),
        ("plain", b""),
    ]);
    symlink(outside.path(), place.at("k/away")).expect("a link");
    symlink(outside.path(), place.at("linked")).expect("a link");
    symlink(outside.at("secret.json"), place.at("k/link.json")).expect("a link");
    let target = place.target("objects", "d1");
    let before = (outside.tree(), place.tree());
    for name in [
        "object/k:../../x",
        "object/..:x",
        "object/k:/tmp/x",
        "object/k:away/secret",
        "object/linked:secret",
        "object/k:link",
        "object/k:folder",
        "object/k:file.json/x",
        "object/plain:x",
        "object/k:.slipway-1.tmp",
        "object/k:a\\..\\b",
        "object/k:NUL",
        "theme/file:assets/a.css",
        "shopify/product:a",
    ] {
        let error = put(target.as_ref(), name, b"2").expect_err(name);
        assert!(
            matches!(error, PlatformError::Refused { .. }),
            "{name}: {error}"
        );
        assert!(!error.hint().is_empty(), "{name}: what to do is said");
    }
    for name in [
        "object/k:away/secret",
        "object/linked:secret",
        "object/k:link",
    ] {
        assert!(
            !matches!(run(target.read(&key(name))), Ok(Some(_))),
            "{name} is not read"
        );
        drop(delete(target.as_ref(), name));
    }
    let big = vec![0; 20 * 1024 * 1024 + 1];
    assert!(
        put(target.as_ref(), "object/k:big", &big).is_err(),
        "the limit holds for writing too"
    );
    assert_eq!(
        (outside.tree(), place.tree()),
        before,
        "nothing has changed anywhere"
    );
}

#[test]
fn what_a_crash_has_left_is_passed_by_and_cleaned() {
    let place = Place::new(&[
        ("k/a.json", b"1"),
        ("k/.slipway-7.tmp", b"half"),
        ("k/deep/.slipway-8.tmp", b"half"),
    ]);
    place.write("k/.other.tmp", b"somebody's");
    let got = capture(place.open("objects").as_ref());
    assert_eq!(
        got.documents().into_keys().collect::<Vec<_>>(),
        ["object/k:a"]
    );
    place.target("objects", "d1");
    let left: Vec<_> = place.tree().into_keys().collect();
    assert_eq!(
        left,
        ["k/", "k/.other.tmp", "k/a.json", "k/deep/"],
        "only what is ours is removed"
    );
}

#[test]
fn what_somebody_writes_after_it_was_looked_at_is_neither_overwritten_nor_removed() {
    let place = Place::new(&[("assets/old.css", b"seen"), ("assets/gone.css", b"seen")]);
    let target = place.target("theme", "d1");
    for (resource, verb) in [
        ("theme/file:assets/new.css", Verb::Create),
        ("theme/file:assets/old.css", Verb::Update),
        ("theme/file:assets/gone.css", Verb::Delete),
    ] {
        let seen = run(target.look(&key(resource), None, None)).expect("a look");
        let path = place.path().join(key(resource).name());
        std::fs::write(&path, "by hand, and longer").expect("written");
        let bytes = (verb != Verb::Delete).then_some(&b"ours"[..]);
        let applied = run(target.apply(&operation(1, resource, verb), bytes, &seen));
        assert!(
            matches!(applied, Err(PlatformError::Changed { .. })),
            "{applied:?}"
        );
        assert_eq!(
            get(target.as_ref(), resource).as_deref(),
            Some(&b"by hand, and longer"[..])
        );
        // Looked at again, it may be.
        let seen = run(target.look(&key(resource), None, None)).expect("a look");
        run(target.apply(&operation(1, resource, verb), bytes, &seen)).expect("applied");
        assert_eq!(get(target.as_ref(), resource).as_deref(), bytes);
    }
}

#[test]
fn operations_of_one_wave_run_side_by_side() {
    let place = Place::new(&[]);
    let target = place.target("objects", "d1");
    run(async {
        let mut running = Vec::new();
        for number in 0..60_u32 {
            let target = Arc::clone(&target);
            running.push(tokio::spawn(async move {
                let name = format!("object/k:deep/{}/{number}", number % 3);
                let resource = key(&name);
                let look = || target.look(&resource, None, None);
                let create = operation(number, &name, Verb::Create);
                target.apply(&create, Some(b"1"), &look().await?).await?;
                if number % 2 == 0 {
                    let delete = operation(number, &name, Verb::Delete);
                    target.apply(&delete, None, &look().await?).await?;
                }
                Ok::<_, PlatformError>(())
            }));
        }
        for one in running {
            one.await.expect("no panic").expect("it is applied");
        }
    });
    let files = place
        .tree()
        .into_keys()
        .filter(|path| !path.ends_with('/'))
        .count();
    assert_eq!(files, 30, "every second one stays");
}
