//! Replays what the fuzz targets (`make fuzz`) found or began with. The name of each input says what it is.

mod hostile;

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/hostile/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("an input").path();
        // Shown where the input is refused.
        println!("{}", path.display());
        run(&fs::read(path).expect("an input"));
        count += 1;
    }
    assert!(count > 0, "there are inputs");
}

#[test]
fn the_reader_takes_anything() {
    replay("reader", hostile::reader);
}

#[test]
fn rewriting_takes_anything() {
    replay("rewrite", hostile::rewrite);
}

#[test]
fn diffs_take_anything() {
    replay("diff", hostile::diff);
}

#[test]
fn merges_take_anything() {
    replay("merge", hostile::merge);
}
