use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn every_kind_of_content_is_taken_byte_for_byte() {
    let big = vec![b'x'; 20 * 1024 * 1024];
    let files: [(&str, &[u8]); 9] = [
        ("assets/binary.png", &[0, 159, 146, 150, 255, 0]),
        ("assets/crlf.css", b"a\r\nb\r\n"),
        ("assets/no-newline.js", b"a"),
        ("assets/empty.txt", b""),
        ("assets/latin1.txt", &[0xe9, 0xe8]),
        ("assets/gr\u{fc}n \u{1f332}.svg", b"<svg/>"),
        ("assets/e\u{301}.svg", b"<svg/>"),
        ("templates/customers/login.json", b"/* comment */ {}"),
        ("assets/big.bin", &big),
    ];
    let place = Place::new(&files);
    let got = capture(place.open("theme").as_ref());
    let expected = files
        .iter()
        .map(|(path, bytes)| (format!("theme/file:{path}"), bytes.to_vec()))
        .collect();
    assert!(
        got.documents() == expected,
        "keys and bytes are what was written"
    );
    assert_eq!(got.expected, files.len() as u64);
    assert_eq!(got.unreadable, []);
}

#[test]
fn objects_are_digested_by_what_they_mean() {
    let place = Place::new(&[
        ("products/a.json", b"{\"b\": 1, \"a\": 2}"),
        ("products/b.json", b"{ \"a\":2,\n\"b\":1 }\n"),
        ("deep/er/and/deeper.json", b"[]"),
    ]);
    let remote = place.open("objects");
    let got = capture(remote.as_ref());
    let digest = |name: &str| match &got.captured[&key(name)].content {
        Content::Bytes { bytes, digest } => {
            assert_eq!(
                *digest,
                remote.digest(&key(name), bytes).ok(),
                "as the remote says"
            );
            digest.expect("objects have one")
        }
        Content::Unchanged(_) => panic!("nothing was known"),
    };
    assert_eq!(
        digest("object/products:a"),
        digest("object/products:b"),
        "order and spaces mean nothing"
    );
    digest("object/deep:er/and/deeper");
}

#[test]
fn what_can_not_be_read_is_named_and_the_rest_is_taken() {
    let place = Place::new(&[
        ("products/good.json", b"{}"),
        ("products/broken.json", b"{\n  \"a\": 1,\n  \"b\": x\n}"),
        ("products/big.json", &vec![b' '; 20 * 1024 * 1024 + 1]),
        ("a:b/x.json", b"{}"),
        ("products/tab\there.json", b"{}"),
    ]);
    place.write(OsStr::from_bytes(b"products/\xff.json"), b"{}");
    symlink("/etc/passwd", place.at("products/out.json")).expect("a link");
    symlink("good.json", place.at("products/in.json")).expect("a link");
    symlink("..", place.at("products/loop")).expect("a link");
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        place.at("products/pipe.json"),
        rustix::fs::Mode::RWXU,
    )
    .expect("a pipe");
    let remote = place.open("objects");
    let got = capture(remote.as_ref());
    assert_eq!(
        got.documents().keys().collect::<Vec<_>>(),
        ["object/products:good"]
    );
    assert_eq!(
        got.unreadable_places(),
        [
            "a:b",
            "products/big.json",
            "products/broken.json",
            "products/in.json",
            "products/loop",
            "products/out.json",
            "products/pipe.json",
            "products/tab\there.json",
            "products/\u{fffd}.json",
        ]
    );
    let broken = got
        .unreadable
        .iter()
        .find(|found| found.place == "products/broken.json")
        .expect("it is named");
    assert_eq!(
        (broken.line, broken.column),
        (Some(3), Some(8)),
        "{}",
        broken.message
    );
    assert_eq!(broken.key, Some(key("object/products:broken")));
    let folder = got
        .unreadable
        .iter()
        .find(|found| found.place == "products/loop")
        .expect("it is named");
    assert_eq!(
        folder.key,
        Some(key("object/products:loop")),
        "what lies below would begin so"
    );

    let stopping = Kept {
        stops_at_unreadable: true,
        ..Kept::default()
    };
    let stopped = capture_into(remote.as_ref(), stopping).map(|_| ());
    assert_eq!(stopped, Err(PlatformError::Stopped), "the sink decides");
}

#[test]
fn what_a_rule_leaves_out_is_not_read() {
    let place = Place::new(&[("products/a.json", b"{}"), ("products/broken.json", b"{")]);
    symlink("a.json", place.at("products/link.json")).expect("a link");
    let sink = Kept {
        ignored: ["object/products:broken", "object/products:link"]
            .map(key)
            .into(),
        ..Kept::default()
    };
    let got = capture_into(place.open("objects").as_ref(), sink).expect("it is captured");
    assert_eq!(got.unreadable, [], "a rule silences what can't be read");
    assert_eq!(got.captured.len(), 1);
}

#[test]
fn files_that_did_not_change_are_known_by_their_stamp() {
    let place = Place::new(&[
        ("a/settled.json", b"{}"),
        ("a/edited.json", b"[1]"),
        ("a/touched.json", b"{}"),
    ]);
    let remote = place.open("objects");
    // The stamps come with the clock of the file system: what was written just now gets none yet.
    let first = loop {
        let got = capture(remote.as_ref());
        if got.known().len() == 3 {
            break got;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    assert!(first.captured.values().all(|captured| {
        captured
            .stamp
            .as_ref()
            .is_some_and(|stamp| stamp.0.len() <= 64)
    }));
    place.write("a/edited.json", b"[2]");
    fs::rename(place.at("a/touched.json"), place.at("a/moved.json")).expect("it is moved");
    place.write("a/touched.json", b"{}");
    let sink = Kept {
        known: first.known(),
        ..Kept::default()
    };
    let second = capture_into(remote.as_ref(), sink).expect("it is captured");
    let read: Vec<_> = (second.captured.values())
        .filter(|captured| matches!(captured.content, Content::Bytes { .. }))
        .map(|captured| captured.key.name())
        .collect();
    assert_eq!(
        read,
        ["edited", "moved", "touched"],
        "what is new, or not the same file, is read"
    );
}

#[test]
fn a_file_written_at_the_moment_of_the_capture_is_read_again() {
    let place = Place::new(&[("a/x.json", b"{}")]);
    let remote = place.open("objects");
    for number in 0..50_u32 {
        place.write("a/x.json", format!("{:02}", number % 10 + 10));
        let first = capture(remote.as_ref());
        // Same size, same inode, perhaps in the same step of the clock.
        let changed = format!("{:02}", number % 10 + 20);
        place.write("a/x.json", &changed);
        let sink = Kept {
            known: first.known(),
            ..Kept::default()
        };
        let second = capture_into(remote.as_ref(), sink).expect("it is captured");
        assert_eq!(
            second.documents()["object/a:x"],
            changed.as_bytes(),
            "the stamp must not hide the change"
        );
    }
}

#[test]
fn captures_survive_files_that_come_go_and_change() {
    let names: Vec<_> = (0..300).map(|number| format!("a/{number}.json")).collect();
    let files: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), &b"{\"n\":0}"[..]))
        .collect();
    let place = Place::new(&files);
    let remote = place.open("objects");
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0_u32.. {
                for name in &names {
                    match round % 3 {
                        0 => drop(fs::remove_file(place.at(name))),
                        _ => place.write(
                            name,
                            format!("{{\"n\":{}}}", "1".repeat(round as usize % 9 + 1)),
                        ),
                    }
                    if is_done.load(Ordering::Relaxed) {
                        return;
                    }
                }
                fs::remove_dir_all(place.at("b")).unwrap_or_default();
                place.write("b/c/d.json", b"{}");
            }
        });
        for _ in 0..30 {
            let got = capture(remote.as_ref());
            for unreadable in &got.unreadable {
                // `fs::write` truncates first: an empty file is what was there at that moment.
                let is_moment =
                    unreadable.line == Some(1) || unreadable.message.contains("changed each");
                assert!(is_moment, "{}", unreadable.message);
            }
        }
        is_done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn both_families_and_releases_are_captured_from_where_they_lie() {
    let both = Place::new(&[
        ("theme/assets/a.css", b"a"),
        ("objects/k/x/y.json", b"1"),
        ("other/z.json", b"2"),
    ]);
    let keys = |got: &Got| got.documents().into_keys().collect::<Vec<_>>();
    let expected = ["object/k:x/y", "theme/file:assets/a.css"];
    assert_eq!(keys(&capture(both.open("auto").as_ref())), expected);

    let released = Place::new(&[
        ("releases/one/theme/assets/a.css", b"a"),
        ("releases/one/objects/k/x/y.json", b"1"),
        ("releases/two/k/x.json", b"2"),
    ]);
    symlink("releases/one", released.at("current")).expect("a link");
    let remote = released.open("auto");
    assert_eq!(
        keys(&capture(remote.as_ref())),
        expected,
        "the current release"
    );
    assert_eq!(
        remote.published_resource(),
        Some(key("folder/release:current"))
    );

    let empty = Place::new(&[]);
    assert_eq!(
        keys(&capture(empty.open("releases").as_ref())),
        Vec::<String>::new(),
        "nothing is current yet"
    );
}

#[test]
fn what_can_not_be_listed_stops_the_capture_and_does_not_look_deleted() {
    let place = Place::new(&[("theme/assets/a.css", b"a"), ("objects/k/x.json", b"1")]);
    let remote = place.open("auto");
    fs::rename(place.at("objects"), place.at("away")).expect("it is moved");
    place.write("objects", b"a file in its place");
    let refused = capture_into(remote.as_ref(), Kept::default()).map(|_| ());
    let message = refused.expect_err("nobody knows what is there").to_string();
    assert!(message.contains("`objects` can't be read"), "{message}");

    let gone = Place::new(&[("k/x.json", b"1")]);
    let remote = gone.open("auto");
    fs::remove_dir_all(gone.path()).expect("it is removed");
    let refused = capture_into(remote.as_ref(), Kept::default()).map(|_| ());
    let message = refused.expect_err("nobody knows where it is").to_string();
    assert!(message.contains("There is no folder"), "{message}");
}
