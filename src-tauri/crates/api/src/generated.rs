//! The TypeScript of everything on the wire, kept in `ui/src/generated`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use crate::commands::Commands;
use crate::wire::{ApiError, Event};

/// Set to write what the types are now instead of comparing.
const BLESS: &str = "SLIPWAY_BLESS";

#[test]
fn generated_types_are_current() {
    let made = tempfile::tempdir().expect("a temporary folder");
    let config = Config::new()
        .with_large_int("number")
        .with_out_dir(made.path());
    Commands::export_all(&config).expect("commands can be exported");
    Event::export_all(&config).expect("events can be exported");
    ApiError::export_all(&config).expect("errors can be exported");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/generated");
    let current = files(made.path());
    if std::env::var_os(BLESS).is_some() {
        fs::create_dir_all(&kept).expect("the folder can be made");
        for gone in files(&kept)
            .keys()
            .filter(|name| !current.contains_key(*name))
        {
            fs::remove_file(kept.join(gone)).expect("an old file can be removed");
        }
        for (name, content) in &current {
            fs::write(kept.join(name), content).expect("a file can be written");
        }
        return;
    }
    let known = files(&kept);
    let differing: Vec<&String> = current
        .keys()
        .chain(known.keys().filter(|name| !current.contains_key(*name)))
        .filter(|name| current.get(*name) != known.get(*name))
        .collect();
    assert!(
        differing.is_empty(),
        "the types of the window are not those of the wire: {differing:?}; run `{BLESS}=1 cargo test -p slipway-api generated`"
    );
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(&path).expect("a file"))
        })
        .collect()
}
