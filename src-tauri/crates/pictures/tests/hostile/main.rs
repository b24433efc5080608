//! Hostile pictures, drawn by a real child: each ends in a picture or a sentence, within its limits, and leaves nothing behind.

mod samples;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use samples::*;
use slipway_pictures::{
    Bounds, INPUT_LIMIT_BYTES, Limits, Note, Painter, Picture, Refusal, Undrawn,
};

const BOX: Bounds = Bounds {
    width: 400,
    height: 300,
};

/// A painter whose children are held to a time of the processor alone: how busy the machine is decides nothing.
fn painter() -> Painter {
    let limits = Limits {
        wall: Duration::from_secs(120),
        ..Limits::default()
    };
    Painter::new(
        Some(PathBuf::from(env!("CARGO_BIN_EXE_slipway-draw-picture"))),
        limits,
    )
}

async fn draw(painter: &Painter, bytes: &[u8]) -> Result<Picture, Refusal> {
    painter.draw(bytes, BOX).await.map_err(|error| match error {
        Undrawn::Refused(refusal) => refusal,
        Undrawn::Unavailable(error) => panic!("the child can't be started: {error}"),
    })
}

/// What has to come of a picture.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// A picture that is so large by itself.
    Drawn(u32, u32),
    /// A refusal whose sentence holds this.
    Refused(&'static str),
    /// Either: what a library can do, it may learn to do.
    Ended,
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_pictures_end_in_a_picture_or_a_sentence() {
    use Expected::{Drawn, Ended, Refused};
    let cut = jpeg(40, 20);
    let cases: Vec<(&str, Vec<u8>, Expected)> = vec![
        ("entity bomb", entity_bomb(), Refused("damaged")),
        ("9,000 characters in one element", long_text(9_000), Ended),
        ("a million characters in one element", long_text(1_000_000), Ended),
        ("use, 10 levels", nested_use(10), Refused("too many elements")),
        ("use of itself", svg(r##"<g id="a"><use xlink:href="#a"/></g>"##), Ended),
        ("deep groups", deep("g", 100_000), Refused("too many elements")),
        ("deep text", svg(&format!("<text>{}</text>", "<tspan>".repeat(100_000))), Refused("damaged")),
        // Whether it runs out of time, of memory or into an assertion of the library.
        ("filters", filters(), Refused("")),
        ("patterns in patterns", patterns(), Ended),
        ("10 MB of a path", long_path(10 * 1024 * 1024), Ended),
        ("data in data", nested_data(12), Ended),
        (
            "a huge canvas",
            br#"<svg xmlns="http://www.w3.org/2000/svg" width="4e9" height="4e9"><rect width="1e9" height="1e9"/></svg>"#.to_vec(),
            Drawn(4_000_000_000, 4_000_000_000),
        ),
        ("no size", br#"<svg xmlns="http://www.w3.org/2000/svg" width="0" height="9"/>"#.to_vec(), Refused("no size")),
        ("a bomb of 50,000²", png(50_000, 50_000, 1), Refused("50,000 × 50,000 pixels")),
        ("a header alone", png(8_000, 8_000, 1), Refused("damaged")),
        ("16 million zeroes", png(4_096, 4_096, 4_096), Drawn(4_096, 4_096)),
        ("a row more than is drawn", png(8_192, 8_193, 1), Refused("8,192 × 8,193 pixels")),
        ("100,000 frames", gif(100_000), Drawn(2, 2)),
        ("a frame of 65,535²", gif_with_huge_frame(), Refused("memory")),
        ("half a JPEG", cut[..cut.len() / 2].to_vec(), Ended),
        ("the head of a JPEG", cut[..20].to_vec(), Refused("damaged")),
        ("a large colour profile", png_with_profile(15 * 1024 * 1024), Drawn(2, 2)),
        ("an odd colour profile", jpeg_with(0xe2, b"ICC_PROFILE\0\x01\x01nonsense"), Drawn(40, 20)),
        ("on its side", jpeg_with(0xe1, &exif(6)), Drawn(20, 40)),
        ("an odd orientation", jpeg_with(0xe1, &exif(77)), Drawn(40, 20)),
        ("notes that are cut", jpeg_with(0xe1, &exif(6)[..12]), Drawn(40, 20)),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), Refused("format")),
        ("nothing", Vec::new(), Refused("damaged")),
        ("no text", vec![0xff; 1_000], Refused("damaged")),
        ("too many bytes", vec![b' '; INPUT_LIMIT_BYTES + 1], Refused("at most 20 MB")),
    ];
    let painter = painter();
    let before = resident_bytes();
    let mut wrong = Vec::new();
    for (name, bytes, expected) in cases {
        let ended = draw(&painter, &bytes).await;
        println!(
            "{name}: {}",
            match &ended {
                Ok(picture) => format!(
                    "{} × {}, {:?}",
                    picture.width, picture.height, picture.notes
                ),
                Err(refusal) => refusal.to_string(),
            }
        );
        let is_as_expected = match (&ended, expected) {
            (Ok(picture), Drawn(width, height)) => {
                (picture.width, picture.height) == (width, height)
            }
            (Err(refusal), Refused(words)) => refusal.to_string().contains(words),
            // The end has a reason, whichever it is.
            (ended, Ended) => *ended != Err(Refusal::Crashed),
            _ => false,
        };
        if !is_as_expected {
            let ended = ended.map(|picture| (picture.width, picture.height));
            wrong.push(format!("{name}: {expected:?} expected, not {ended:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    if let Some((before, after)) = before.zip(resident_bytes()) {
        let grown = after.saturating_sub(before) / 1024 / 1024;
        assert!(grown < 64, "the parent grew by {grown} MiB");
    }
    // What is drawn after all that is drawn as before.
    let picture = draw(&painter, &svg(r#"<rect width="50" height="100"/>"#)).await;
    assert_eq!(picture.expect("it is harmless").notes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_svg_reaches_no_file_and_no_address() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of loopback");
    listener
        .set_nonblocking(true)
        .expect("it can be asked at once");
    let address = listener.local_addr().expect("an address");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret.png");
    std::fs::write(&file, png(9, 9, 9)).expect("a file");
    let file = file.display();
    let painter = painter();
    let plain = draw(&painter, &svg("")).await.expect("it is empty");
    let sub = |href: &str| {
        use base64::Engine as _;
        let data = svg(&format!(
            r#"<image width="100" height="100" xlink:href="{href}"/>"#
        ));
        base64::prelude::BASE64_STANDARD.encode(data)
    };
    for (inner, is_noted) in [
        (
            format!(r#"<image width="100" height="100" xlink:href="{file}"/>"#),
            true,
        ),
        (
            format!(r#"<image width="100" height="100" href="file://{file}"/>"#),
            true,
        ),
        (
            format!(r#"<image width="100" height="100" href="http://{address}/a.png"/>"#),
            true,
        ),
        (
            format!(
                r#"<filter id="f"><feImage href="{file}"/></filter><rect width="100" height="100" filter="url(#f)"/>"#
            ),
            true,
        ),
        (
            format!(
                r#"<image width="100" height="100" href="data:image/svg+xml;base64,{}"/>"#,
                sub(&file.to_string())
            ),
            false,
        ),
        (format!(r#"<use href="http://{address}/a.svg#b"/>"#), false),
        (
            format!(
                r#"<style>@import url(http://{address}/a.css); rect {{ fill: url(http://{address}/b.svg#c) }}</style>"#
            ),
            false,
        ),
    ] {
        let picture = draw(&painter, &svg(&inner))
            .await
            .expect("it is drawn without");
        assert_eq!(picture.png, plain.png, "{inner}");
        assert_eq!(
            picture.notes.contains(&Note::OutsidePictures),
            is_noted,
            "{inner}"
        );
    }
    let entity = format!(
        r#"<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{file}"><!ENTITY y SYSTEM "http://{address}/y">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;&y;</text></svg>"#
    );
    assert!(
        draw(&painter, entity.as_bytes()).await.is_err(),
        "nor by entities"
    );
    assert_eq!(
        listener.accept().err().map(|error| error.kind()),
        Some(std::io::ErrorKind::WouldBlock),
        "nobody came"
    );
}

/// How much memory this process has, where the system says so.
fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}
