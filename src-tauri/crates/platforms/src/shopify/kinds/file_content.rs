//! The contents of files: fetched with a document, and staged before a file is made of them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::client::Upload;
use super::super::failure::{malformed, refused};
use super::context::Context;

/// The largest content that a document carries: as large as an image may be.
pub(super) const CONTENT_LIMIT_BYTES: u64 = 20 * 1024 * 1024;

/// Where the content of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) url: String,
    pub(super) mime_type: String,
    pub(super) size_bytes: Option<u64>,
}

impl Source {
    /// The source of a node: the original, where the store gives it; what it serves may be another encoding.
    pub(super) fn of(node: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (original, size) = match node["__typename"].as_str()? {
            "MediaImage" => (&node["imageSource"], &node["imageSource"]["fileSize"]),
            "Video" => (&node["videoSource"], &node["videoSource"]["fileSize"]),
            "Model3d" => (&node["modelSource"], &node["modelSource"]["filesize"]),
            "ExternalVideo" => (&node["originUrl"], &Value::Null),
            _ => (&node["url"], &node["originalFileSize"]),
        };
        let url = text(original)
            .or_else(|| text(&original["url"]))
            .or_else(|| text(&node["image"]["url"]))?;
        let mime_type = text(&node["mimeType"]).or_else(|| text(&original["mimeType"]));
        Some(Self {
            url,
            mime_type: mime_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            size_bytes: size.as_u64(),
        })
    }
}

/// Puts the content into a node, as `content`; not that of a file that is too large or elsewhere.
pub(super) async fn fetch(context: &Context, node: &mut Value) -> Result<(), PlatformError> {
    let is_ready = node["fileStatus"] == json!("READY");
    let Some(source) = Source::of(node).filter(|_| is_ready) else {
        return Ok(());
    };
    let is_large = source
        .size_bytes
        .is_some_and(|size| size > CONTENT_LIMIT_BYTES);
    if is_large || node["__typename"] == json!("ExternalVideo") {
        return Ok(());
    }
    let fetched = context
        .client()
        .download("Its content", &source.url, CONTENT_LIMIT_BYTES)
        .await;
    let bytes = match fetched {
        Ok(bytes) => bytes,
        // One file that can't be had is told of by itself, and the rest goes on.
        Err(error @ PlatformError::Refused { .. }) => {
            node["unfetched"] = json!(error.to_string());
            None
        }
        // It is about the way there: the next file would fare no better.
        Err(error) => return Err(error),
    };
    if let Some(bytes) = bytes {
        node["content"] = json!({
            "size": bytes.len(),
            "digest": blake3::hash(&bytes).to_hex().as_str(),
            "content": BASE64_STANDARD.encode(&bytes),
        });
    }
    Ok(())
}

/// Uploads the content of a document; the address by which the store then knows it.
pub(super) async fn send(
    context: &Context,
    name: &str,
    document: &Value,
) -> Result<String, PlatformError> {
    let content = document["content"].as_str().ok_or_else(|| {
        refused(
            format!("The release does not hold the content of {name}: it has more than {CONTENT_LIMIT_BYTES} bytes."),
            "Upload the file in the store by hand and leave it out of the release.",
        )
    })?;
    let bytes = BASE64_STANDARD.decode(content).map_err(|_| {
        refused(
            format!("The content of {name} is not valid base64."),
            "Capture the source again, then refresh the release.",
        )
    })?;
    let mime_type = document["mimeType"]
        .as_str()
        .unwrap_or("application/octet-stream");
    let resource = document["type"].as_str().unwrap_or("FILE");
    let variables = json!({"input": [{
        "filename": name, "mimeType": mime_type, "resource": resource, "httpMethod": "POST",
        "fileSize": bytes.len().to_string(),
    }]});
    let payload = context.client().change("StageUploads", variables).await?;
    let target: Upload = serde_json::from_value(payload["stagedTargets"][0].clone())
        .map_err(|_| malformed("a place for the upload"))?;
    context
        .client()
        .upload(&target, name, mime_type, bytes)
        .await?;
    target
        .resource_url
        .ok_or_else(|| malformed("the address of the upload"))
}
