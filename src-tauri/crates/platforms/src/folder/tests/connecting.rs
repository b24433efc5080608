use super::*;

fn connect(connection: Value) -> Result<slipway_engine::Connected, PlatformError> {
    run(Folder.connect(&connection))
}

#[test]
fn layouts_are_recognised_and_said() {
    for (files, layout, holds, sign) in [
        (
            &["layout/theme.liquid", "README.md", ".github/x.json"][..],
            "theme",
            "theme",
            "`layout/theme.liquid`",
        ),
        (
            &["config/settings_schema.json", "docs/a.json"],
            "theme",
            "theme",
            "`config/settings_schema.json`",
        ),
        (&["assets/a.css"], "theme", "theme", "those of a theme"),
        (
            &["products/a.json", "config/app.json"],
            "objects",
            "objects",
            "`config/app.json`",
        ),
        (
            &["pipelines/deep/er/a.json", "node_modules/b.json"],
            "objects",
            "objects",
            "`pipelines/deep/er/a.json`",
        ),
        (
            &["theme/assets/a.css", "objects/a/b.json", "notes.txt"],
            "objects",
            "both",
            "side by side",
        ),
        (
            &["theme/layout/theme.liquid"],
            "objects",
            "both",
            "`theme` holds a theme",
        ),
        (&["objects/a/b.json"], "objects", "both", "`objects`"),
    ] {
        let files: Vec<_> = files.iter().map(|path| (*path, &b"{}"[..])).collect();
        let place = Place::new(&files);
        for asked in [json!({"path": place.path()}), place.connection("auto")] {
            let connected = connect(asked).expect("it is recognised");
            assert_eq!(
                connected.connection,
                json!({"path": place.path(), "layout": layout, "holds": holds}),
                "{files:?}"
            );
            assert!(
                connected.summary.contains(sign),
                "{files:?}: {}",
                connected.summary
            );
        }
    }
}

#[test]
fn the_sample_is_recognised() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sample =
        slipway_sandbox::sample::write_sample(folder.path()).expect("the sample is written");
    for environment in sample.environments {
        let connected = connect(json!({"path": environment.path})).expect("it connects");
        let layout = serde_json::to_value(environment.layout).expect("a layout");
        assert_eq!(
            connected.connection["layout"], layout,
            "{}: {}",
            environment.name, connected.summary
        );
        assert_eq!(
            connected.notes,
            Vec::<String>::new(),
            "{} has nothing odd",
            environment.name
        );
        let remote = Folder.open(&connected.connection).expect("it opens");
        let got = capture(remote.as_ref());
        assert!(
            got.unreadable.is_empty() && !got.captured.is_empty(),
            "{}",
            environment.name
        );
    }
}

#[test]
fn what_is_left_alone_or_can_not_be_read_is_noted() {
    let place = Place::new(&[
        ("products/a.json", b"{}"),
        ("products/A.json", b"{}"),
        ("products/a.txt", b""),
        ("products/.hidden.json", b""),
        ("loose.json", b"{}"),
        ("node_modules/x/y.json", b"{}"),
        (".git/config", b""),
    ]);
    std::os::unix::fs::symlink("/etc", place.at("outside")).expect("a link");
    let notes = connect(place.connection("objects"))
        .expect("it connects")
        .notes
        .join("\n");
    for expected in [
        "3 things beside the content are left alone: `.git`, `loose.json`, `node_modules`.",
        "2 things between the content are left alone: `products/.hidden.json`, `products/a.txt`.",
        "differ only in case",
        "`outside`: It is a link, and links are not followed.",
    ] {
        assert!(notes.contains(expected), "{expected} in\n{notes}");
    }
}

#[test]
fn what_can_not_be_connected_is_refused_with_a_hint() {
    let empty = Place::new(&[]);
    let file = Place::new(&[("file", b"")]);
    let away = Place::new(&[("releases/a/x/y.json", b"{}")]);
    std::os::unix::fs::symlink("/etc", away.at("current")).expect("a link");
    let real = Place::new(&[("releases/a/x/y.json", b"{}"), ("current/x", b"")]);
    for (connection, message) in [
        (json!({}), "No folder is named"),
        (json!({"path": "  "}), "No folder is named"),
        (json!({"path": 1}), "has to be text"),
        (json!({"path": empty.at("missing")}), "There is no folder"),
        (json!({"path": "~/shop"}), "There is no folder"),
        (json!({"path": file.at("file")}), "is a file"),
        (empty.connection("auto"), "Nothing in"),
        (empty.connection("git"), "is not a layout"),
        (away.connection("auto"), "leads to `/etc`"),
        (real.connection("releases"), "has to be a link"),
    ] {
        let error = connect(connection.clone()).expect_err("it is refused");
        assert!(error.to_string().contains(message), "{connection}: {error}");
        assert!(!error.hint().is_empty(), "{connection}: what to do is said");
    }
    for layout in ["theme", "objects", "releases"] {
        let connected =
            connect(empty.connection(layout)).expect("an empty folder with a layout is fine");
        assert_eq!(connected.connection["layout"], layout);
    }
}

#[test]
fn a_relative_path_is_made_absolute_and_a_link_is_resolved_once() {
    let error = connect(json!({"path": "no/such/folder"})).expect_err("there is none");
    let here = std::env::current_dir().expect("a folder");
    assert!(
        error
            .to_string()
            .contains(&here.join("no/such/folder").display().to_string()),
        "{error}"
    );

    let place = Place::new(&[("real/products/a.json", b"{}")]);
    std::os::unix::fs::symlink("real", place.at("link")).expect("a link");
    let connected = connect(json!({"path": place.at("link")})).expect("it connects");
    let real = place.at("real");
    assert_eq!(
        connected.connection["path"],
        json!(real),
        "where it leads later says nothing"
    );
    let said = connected.notes.join("\n");
    assert!(said.contains(&real.display().to_string()), "{said}");
}

#[test]
fn a_root_that_became_a_link_is_neither_read_nor_written() {
    let place = Place::new(&[
        ("shops/live/products/a.json", b"{}"),
        ("elsewhere/products/b.json", b"{}"),
    ]);
    let connected = connect(json!({"path": place.at("shops/live")})).expect("it connects");
    let remote = Folder.open(&connected.connection).expect("it opens");
    let stand_in = |link: &str, target: &str| {
        std::fs::rename(place.at(link), place.at("aside")).expect("it is moved");
        std::os::unix::fs::symlink(place.at(target), place.at(link)).expect("a link");
    };
    let refuses = |what: &str| {
        let id = DeploymentId("d1".to_owned());
        let reached = [
            capture_into(remote.as_ref(), Kept::default()).err(),
            run(remote.target(&id, Arc::new(Forgetful))).err(),
        ];
        for error in reached {
            let said = error.expect(what).to_string();
            assert!(said.contains("elsewhere"), "{what}: {said}");
        }
    };
    stand_in("shops/live", "elsewhere");
    refuses("a link in its place");
    std::fs::remove_file(place.at("shops/live")).expect("the link goes");
    std::fs::rename(place.at("aside"), place.at("shops/live")).expect("it is back");
    assert_eq!(
        capture(remote.as_ref()).captured.len(),
        1,
        "it is itself again"
    );
    std::fs::create_dir_all(place.at("elsewhere/live")).expect("a folder");
    stand_in("shops", "elsewhere");
    refuses("a link above it");
}
