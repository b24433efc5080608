//! A shop's content in a file, so that it outlives the program.
//!
//! The file holds what was written (generated rows only where they were changed) and the bytes that objects refer to.
//! It is written beside and renamed, so that it is always whole. Jobs and results of bulk operations are not kept.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::seed;
use super::state::{Body, State, text};
use super::table::Fields;

/// The form that this program writes.
const FORM: u64 = 1;

/// Objects that pass by themselves.
const PASSING: &[&str] = &[
    "Job",
    "BulkOperation",
    "ProductSetOperation",
    "ProductDeleteOperation",
    "ProductDuplicateOperation",
];

/// Why a shop's file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file can't be read.
    #[error("the shop's file {} can't be read: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not one that a simulated shop wrote.
    #[error("the file {} does not hold a simulated shop; move it away to begin anew", path.display())]
    Form {
        /// Which file.
        path: PathBuf,
    },
    /// The file can't be written.
    #[error("the shop's file {} can't be written: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Fills a shop from its file. Whether there was one.
pub(crate) fn load(state: &mut State, path: &Path) -> Result<bool, FileError> {
    let content = match std::fs::read_to_string(path) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(source) => {
            return Err(FileError::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
    let form = || FileError::Form {
        path: path.to_owned(),
    };
    let head: Value = serde_json::from_str(&content).map_err(|_| form())?;
    let (Some(FORM), Some(old_url)) = (head["form"].as_u64(), head["base_url"].as_str()) else {
        return Err(form());
    };
    // The shop may be reached at another address now; whatever it gave out leads there.
    let moved = old_url != state.base_url;
    let saved = if moved {
        serde_json::from_str(&content.replace(old_url, &state.base_url)).map_err(|_| form())?
    } else {
        head
    };
    if let Some(count) = saved["generated"].as_u64() {
        seed::generate(state, count);
    }
    for (kind, rows) in saved["rows"].as_object().into_iter().flatten() {
        for (id, row) in rows.as_object().into_iter().flatten() {
            let id = id.parse().map_err(|_| form())?;
            state.restore(kind, id, row.as_object().cloned());
        }
    }
    for (place, served) in saved["bytes"].as_object().into_iter().flatten() {
        let bytes = STANDARD
            .decode(served["base64"].as_str().unwrap_or_default())
            .map_err(|_| form())?;
        let content_type = served["content_type"]
            .as_str()
            .unwrap_or("application/octet-stream");
        state.serve(place, content_type, Body::Memory(Bytes::from(bytes)));
    }
    state.set_next_id(saved["next_id"].as_u64().ok_or_else(form)?);
    state.keep();
    Ok(true)
}

/// A shop's content as its file holds it.
pub(crate) fn saved(state: &State) -> Value {
    let mut rows = Map::new();
    let mut places = BTreeSet::new();
    for (kind, table) in state.tables().filter(|(kind, _)| !PASSING.contains(kind)) {
        let mut all = Map::new();
        for (id, row) in table.changed() {
            if let Some(row) = row {
                places.extend(place(row));
            }
            all.insert(
                id.to_string(),
                row.map_or(Value::Null, |row| Value::Object(Fields::clone(row))),
            );
        }
        rows.insert(kind.to_owned(), Value::Object(all));
    }
    let mut bytes = Map::new();
    for place in places {
        let url = format!("{}/{place}", state.base_url);
        if let Some(served) = state.library.get(&url)
            && let Body::Memory(content) = &served.body
        {
            let kept =
                json!({"content_type": served.content_type, "base64": STANDARD.encode(content)});
            bytes.insert(place, kept);
        }
    }
    json!({
        "form": FORM, "base_url": state.base_url, "next_id": state.next_id(), "generated": state.generated,
        "rows": rows, "bytes": bytes,
    })
}

/// Where the bytes of a file, or of a theme's file, are served.
fn place(row: &Fields) -> Option<String> {
    match (text(row, "_path"), text(row, "_name")) {
        ("", "") => None,
        ("", name) => Some(format!("files/{name}")),
        (path, _) => Some(path.to_owned()),
    }
}

/// Writes a shop's content to its file.
pub(crate) fn write(path: &Path, saved: &Value) -> Result<(), FileError> {
    let failed = |source| FileError::Write {
        path: path.to_owned(),
        source,
    };
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside).map_err(failed)?;
    let mut out = std::io::BufWriter::new(&mut file);
    serde_json::to_writer(&mut out, saved).map_err(|error| failed(error.into()))?;
    out.flush().map_err(failed)?;
    drop(out);
    file.sync_all().map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}
