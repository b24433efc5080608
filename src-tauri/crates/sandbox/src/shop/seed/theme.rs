//! The themes of a new shop: Northwind's own, taken from the sample's layers.

use std::collections::BTreeMap;

use include_dir::{Dir, DirEntry};
use serde_json::json;

use crate::sample::SAMPLE;
use crate::shop::seed::create;
use crate::shop::state::State;
use crate::shop::theme_files;

/// The files of a storefront's layers below a folder, by their path there: later layers over earlier ones.
pub(crate) fn layered(layers: &[&str], folder: &str) -> BTreeMap<String, &'static [u8]> {
    let mut files = BTreeMap::new();
    for layer in layers {
        let root = format!("storefront/{layer}");
        let deleted = SAMPLE
            .get_file(format!("{root}/deleted"))
            .and_then(|file| file.contents_utf8());
        for name in deleted.unwrap_or_default().lines() {
            if let Some(name) = name.strip_prefix(folder) {
                files.remove(name.trim_start_matches('/'));
            }
        }
        if let Some(dir) = SAMPLE.get_dir(format!("{root}/{folder}")) {
            collect(dir, &format!("{root}/{folder}/"), &mut files);
        }
    }
    files
}

fn collect(dir: &'static Dir<'static>, root: &str, files: &mut BTreeMap<String, &'static [u8]>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, root, files),
            DirEntry::File(file) => {
                let path = file.path().to_string_lossy().replace('\\', "/");
                let name = path.strip_prefix(root).unwrap_or(&path).to_owned();
                files.insert(name, file.contents());
            }
        }
    }
}

/// Installs the live theme.
pub(super) fn fill(state: &mut State, layers: &[&str]) {
    let now = state.now();
    let theme = create(
        state,
        "OnlineStoreTheme",
        json!({
            "name": "Harbour", "role": "MAIN", "processingFailed": false, "themeStoreId": null,
            "createdAt": now, "updatedAt": now, "_ready_ms": 0,
        }),
    );
    for (name, bytes) in layered(layers, "theme") {
        theme_files::put(state, &theme, &name, bytes);
    }
}
