//! The children that draw: one for many pictures, and none when they are not needed.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::Duration;

use slipway_pictures::{Bounds, Limits, Painter, Picture, Refusal, Undrawn};

const BOX: Bounds = Bounds {
    width: 400,
    height: 300,
};
/// Takes minutes: the same noise over and over.
const SLOW: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><filter id="f"><feTurbulence baseFrequency=".01" numOctaves="9999999"/></filter><rect width="100" height="100" filter="url(#f)"/></svg>"##;
const HARMLESS: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg"><rect width="50" height="100"/></svg>"#;

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_slipway-draw-picture"))
}

async fn draw(painter: &Painter, svg: &str) -> Result<Picture, Refusal> {
    let drawn = painter.draw(svg.as_bytes(), BOX).await;
    drawn.map_err(|error| match error {
        Undrawn::Refused(refusal) => refusal,
        Undrawn::Unavailable(error) => panic!("the child can't be started: {error}"),
    })
}

/// The children of this process. There is one test here, since it counts them.
fn children() -> Vec<u32> {
    let lists = std::fs::read_dir("/proc/self/task")
        .expect("a process has threads")
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    let mut found: Vec<u32> = lists
        .flat_map(|list| {
            let ids = list.split_whitespace().filter_map(|id| id.parse().ok());
            ids.collect::<Vec<_>>()
        })
        .collect();
    found.sort_unstable();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn children_come_and_go_with_what_is_to_be_drawn() {
    let patient = Limits {
        wall: Duration::from_secs(120),
        idle: Duration::from_millis(200),
    };
    let painter = Painter::new(Some(program()), patient);

    draw(&painter, HARMLESS).await.expect("it is harmless");
    let first = children();
    assert_eq!(first.len(), 1, "one child serves");
    draw(&painter, HARMLESS).await.expect("it is harmless");
    assert_eq!(children(), first, "the same draws again");
    draw(&painter, "<svg").await.expect_err("it is damaged");
    assert_eq!(children(), [0_u32; 0], "a refusal is its last");

    draw(&painter, HARMLESS).await.expect("it is harmless");
    while !children().is_empty() {
        // It goes by itself; a child that stayed would let this test run into its time-out.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let hasty = Limits {
        wall: Duration::from_millis(500),
        ..patient
    };
    let painter = Painter::new(Some(program()), hasty);
    let refusal = draw(&painter, SLOW).await.expect_err("it takes long");
    assert_eq!(refusal, Refusal::TooSlow { limit_ms: 500 });
    assert_eq!(children(), [0_u32; 0], "it was ended, and waited for");

    let painter = Painter::new(Some(program()), patient);
    let abandoned = tokio::spawn(async move { draw(&painter, SLOW).await });
    while children().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    abandoned.abort();
    abandoned.await.expect_err("it was abandoned");
    while !children().is_empty() {
        // It ends with whoever asked for it.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
