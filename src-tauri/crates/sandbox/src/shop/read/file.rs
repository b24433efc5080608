//! Files: images, videos, models and generic ones, and how far their processing is.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Answer;
use crate::shop::state::{State, text};
use crate::shop::table::Fields;

pub(super) fn field(
    state: &State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    if on == "Image" {
        return Ok(match name {
            "originalSrc" | "src" | "transformedSrc" => {
                Some(object.get("url").cloned().unwrap_or_default().into())
            }
            "url" if given.get("transform").is_some_and(Value::is_object) => {
                let url = text(object, "url");
                let mark = if url.contains('?') { '&' } else { '?' };
                let size = |name: &str| given["transform"][name].as_u64();
                let width = size("maxWidth").map_or(String::new(), |size| format!("&width={size}"));
                let height =
                    size("maxHeight").map_or(String::new(), |size| format!("&height={size}"));
                let sizes = format!("{width}{height}");
                Some(
                    json!(if sizes.is_empty() {
                        url.to_owned()
                    } else {
                        format!("{url}{mark}{}", sizes.trim_start_matches('&'))
                    })
                    .into(),
                )
            }
            _ => None,
        });
    }
    let stage = stage(state, object);
    Ok(Some(match name {
        "fileStatus" | "status" => json!(stage).into(),
        "fileErrors" | "mediaErrors" => {
            let failed = stage == "FAILED";
            let error = json!({
                "code": "IMAGE_DOWNLOAD_FAILURE",
                "message": "The file can't be downloaded from its source",
                "details": null,
            });
            (if failed { vec![error] } else { Vec::new() }).into()
        }
        "filename" => json!(text(object, "_name")).into(),
        "image" => image(state, text(object, "id")).unwrap_or_default().into(),
        "preview" => {
            let image = image(state, text(object, "id"));
            let status = if stage == "READY" { "READY" } else { "PROCESSING" };
            json!({"image": image, "status": status}).into()
        }
        "url" if on == "GenericFile" => {
            if stage == "READY" { json!(text(object, "_url")) } else { Value::Null }.into()
        }
        "originalSource" if stage == "READY" => {
            let source = object.get("_size").cloned().unwrap_or_default();
            match on {
                "MediaImage" => json!({"url": text(object, "_url"), "fileSize": source}),
                _ => json!({
                    "url": text(object, "_url"), "fileSize": source, "format": "mp4", "mimeType": text(object, "mimeType"),
                    "width": 1920, "height": 1080, "filesize": source,
                }),
            }
            .into()
        }
        "originalSource" => Value::Null.into(),
        "sources" if stage == "READY" => json!([{
            "url": text(object, "_url"), "fileSize": object.get("_size"), "filesize": object.get("_size"), "format": "mp4",
            "mimeType": text(object, "mimeType"), "width": 1920, "height": 1080,
        }])
        .into(),
        "filename" => json!(text(object, "_name")).into(),
        "originalFileSize" => object.get("_size").cloned().unwrap_or_default().into(),
        _ => return Ok(None),
    }))
}

/// How far a file's processing is: the names serve as `FileStatus` and as `MediaStatus`.
pub(crate) fn stage(state: &State, file: &Fields) -> &'static str {
    let at = |name: &str| file.get(name).and_then(Value::as_i64).unwrap_or(0);
    let now_ms = state.now_ms();
    let ready_ms = at("_ready_ms");
    if now_ms < ready_ms - state.job_ms / 2 {
        "UPLOADED"
    } else if now_ms < ready_ms {
        "PROCESSING"
    } else if file.get("_fails").and_then(Value::as_bool) == Some(true) {
        "FAILED"
    } else {
        "READY"
    }
}

/// The image behind a file's global id; nothing while it is processed.
pub(crate) fn image(state: &State, id: &str) -> Option<Value> {
    let file = state.get_as("MediaImage", id)?;
    if stage(state, &file) != "READY" {
        return None;
    }
    Some(json!({
        "__typename": "Image",
        "id": id.replace("MediaImage", "ImageSource"),
        "altText": file.get("alt"),
        "url": text(&file, "_url"),
        "width": file.get("_width"),
        "height": file.get("_height"),
    }))
}
