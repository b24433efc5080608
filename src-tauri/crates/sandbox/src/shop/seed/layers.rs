//! The sample's storefront, read as shops are filled from it: later layers over earlier ones.

use std::collections::BTreeMap;

use include_dir::{Dir, DirEntry};

use crate::sample::SAMPLE;

/// The files of layers below a folder, by their path there.
pub(super) fn files(layers: &[&str], folder: &str) -> BTreeMap<String, &'static [u8]> {
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
