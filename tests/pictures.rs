//! The built program as the process that draws pictures: it answers the hidden command before anything else, and it can be ended.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use slipway_pictures::{Bounds, Limits, Painter, Refusal, Undrawn, child};

const PROGRAM: &str = env!("CARGO_BIN_EXE_slipway");
const BOX: Bounds = Bounds {
    width: 400,
    height: 300,
};
/// Takes minutes: the same noise over and over.
const SLOW: &[u8] = br##"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><filter id="f"><feTurbulence baseFrequency=".01" numOctaves="9999999"/></filter><rect width="100" height="100" filter="url(#f)"/></svg>"##;
const HARMLESS: &[u8] =
    br#"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="5" height="10"/></svg>"#;

fn painter(wall: Duration) -> Painter {
    let limits = Limits {
        wall,
        ..Limits::default()
    };
    Painter::new(Some(PathBuf::from(PROGRAM)), limits)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_draws_pictures_for_itself() {
    let painter = painter(Duration::from_secs(120));
    let picture = painter.draw(HARMLESS, BOX).await.expect("it is harmless");
    assert_eq!((picture.width, picture.height), (20, 10));
    assert!(picture.png.starts_with(b"\x89PNG"), "it is drawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_takes_too_long_ends_the_process_that_draws_it() {
    let painter = painter(Duration::from_millis(500));
    let refused = painter.draw(SLOW, BOX).await;
    assert!(
        matches!(
            refused,
            Err(Undrawn::Refused(Refusal::TooSlow { limit_ms: 500 }))
        ),
        "{refused:?}"
    );
}

#[test]
fn people_are_not_offered_the_hidden_command() {
    let help = Command::new(PROGRAM)
        .arg("--help")
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&help.stdout);
    assert!(text.contains("release"), "it lists commands: {text}");
    assert!(!text.contains(child::ARGUMENT), "{text}");
}
