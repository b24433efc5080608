//! Files: images, videos, models and others, by content.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use slipway_engine::{PlatformError, Stamp};
use tokio::time::Instant;

use super::super::failure::{refused, unclear};
use super::super::names::{Names, filename};
use super::super::portable::{Found, Outward, put};
use super::context::{Context, id_of};
use super::file_content::{self, Source};
use super::product::each;
use super::{Kind, LARGEST_PAGE, List};

/// The kind `file`: `shopify/file:<filename>`; a video elsewhere is known by its address.
pub(super) struct File;

/// How long the store may take to process a file.
const PROCESSING_LIMIT: Duration = Duration::from_secs(300);
/// How often it is asked about that, at first and at most.
const PROCESSING_PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(4));

#[async_trait]
impl Kind for File {
    fn name(&self) -> &'static str {
        "file"
    }

    fn layer(&self) -> u16 {
        2
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read_files"]
    }

    async fn lists(&self, _context: &Context) -> Result<Vec<List>, PlatformError> {
        Ok(List::of("Files", 100))
    }

    fn name_of(&self, node: &Value, _names: &Names) -> Option<String> {
        name_of(node)
    }

    fn stamp(&self, node: &Value) -> Option<Stamp> {
        let mut hasher = blake3::Hasher::new();
        let source = Source::of(node)?;
        let size = source.size_bytes.unwrap_or_default().to_string();
        // Signed addresses change from answer to answer; only their paths tell something.
        let path = source.url.split('?').next().unwrap_or_default();
        for part in [
            node["updatedAt"].as_str()?,
            node["alt"].as_str().unwrap_or_default(),
            path,
            &size,
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Some(Stamp((*hasher.finalize().as_bytes()).into()))
    }

    async fn complete(&self, context: &Context, node: &mut Value) -> Result<(), PlatformError> {
        file_content::fetch(context, node).await
    }

    fn document(&self, node: &Value, out: &mut Outward<'_>) -> Option<Value> {
        let mut document = Map::new();
        let name = name_of(node);
        if node["fileStatus"] != json!("READY") {
            let name = name.as_deref().unwrap_or("A file without a name");
            let status = node["fileStatus"].as_str().unwrap_or("unknown");
            out.notes.push(format!(
                "{name} is left out: the store has not processed it ({status})."
            ));
            return None;
        }
        if let Some(why) = node["unfetched"].as_str() {
            out.notes.push(why.to_owned());
            return None;
        }
        put(&mut document, "type", json!(content_type(node)));
        put(&mut document, "alt", node["alt"].clone());
        if content_type(node) == "EXTERNAL_VIDEO" {
            put(&mut document, "url", node["originUrl"].clone());
        } else {
            put(
                &mut document,
                "mimeType",
                json!(Source::of(node)?.mime_type),
            );
            match node.get("content") {
                Some(content) => document.extend(content.as_object()?.clone()),
                None => {
                    out.notes.push(format!(
                        "{} is compared by its size only: it is too large to be carried over.",
                        name.as_deref().unwrap_or_default()
                    ));
                    put(&mut document, "size", json!(Source::of(node)?.size_bytes));
                }
            }
        }
        Some(Value::Object(document))
    }

    async fn fetch(&self, context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
        let Some(mut node) = look_up(context, name).await? else {
            return Ok(None);
        };
        if node["fileStatus"] != json!("READY") {
            node = ready(context, &id_of(&node)?).await?;
        }
        self.complete(context, &mut node).await?;
        Ok(Some(node))
    }

    async fn write(
        &self,
        context: &Context,
        name: &str,
        live: Option<&Value>,
        document: &Value,
    ) -> Result<(), PlatformError> {
        let alt = document["alt"].as_str().unwrap_or_default();
        let Some(live) = live else {
            return create(context, name, alt, document).await;
        };
        let mut input = json!({"id": live["id"], "alt": alt});
        if live["content"]["digest"] != document["digest"] {
            input["originalSource"] = json!(file_content::send(context, name, document).await?);
        }
        context
            .client()
            .change("UpdateFile", json!({"files": [input]}))
            .await?;
        ready(context, &id_of(live)?).await?;
        Ok(())
    }

    async fn delete(&self, context: &Context, live: &Value) -> Result<(), PlatformError> {
        let id = id_of(live)?;
        context
            .client()
            .change("DeleteFile", json!({"fileIds": [id]}))
            .await?;
        Ok(())
    }
}

async fn create(
    context: &Context,
    name: &str,
    alt: &str,
    document: &Value,
) -> Result<(), PlatformError> {
    let kind = document["type"].as_str().unwrap_or("FILE");
    let mut input = json!({"alt": alt, "contentType": kind});
    if kind == "EXTERNAL_VIDEO" {
        input["originalSource"] = document["url"].clone();
    } else {
        input["originalSource"] = json!(file_content::send(context, name, document).await?);
        input["filename"] = json!(name);
    }
    if matches!(kind, "IMAGE" | "FILE") {
        // Otherwise the store would give it another name and say nothing.
        input["duplicateResolutionMode"] = json!("RAISE_ERROR");
    }
    let payload = context
        .client()
        .change("CreateFile", json!({"files": [input]}))
        .await?;
    let id = id_of(&payload["files"][0])?;
    let made = ready(context, &id).await?;
    if let Some(other) = name_of(&made).filter(|other| other != name) {
        context
            .client()
            .change("DeleteFile", json!({"fileIds": [id]}))
            .await?;
        return Err(refused(
            format!(
                "The store named the file `{other}` instead of `{name}`; it was removed again."
            ),
            "Delete or rename the other file of that name in the store.",
        ));
    }
    context.learn("file", name, &id).await;
    Ok(())
}

/// Waits until the store has processed a file.
async fn ready(context: &Context, id: &str) -> Result<Value, PlatformError> {
    let began = Instant::now();
    let (mut pause, longest) = PROCESSING_PAUSE;
    loop {
        let node = context.node("File", json!({"id": id})).await?;
        let node = node.ok_or_else(|| unclear("The file is no longer there."))?;
        match node["fileStatus"].as_str() {
            Some("READY") => return Ok(node),
            Some("FAILED") => {
                let said = node["fileErrors"][0]["message"]
                    .as_str()
                    .unwrap_or("it says no reason");
                return Err(refused(
                    format!("The store could not process the file: {said}."),
                    "Look at the file in the source; delete the failed one in the store.",
                ));
            }
            _ if began.elapsed() > PROCESSING_LIMIT => {
                return Err(unclear("The store is still processing the file."));
            }
            _ => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// The id and address of a file by its name.
pub(super) async fn find(context: &Context, name: &str) -> Result<Option<Found>, PlatformError> {
    let Some(node) = look_up(context, name).await? else {
        return Ok(None);
    };
    let url = node["image"]["url"]
        .as_str()
        .or_else(|| node["url"].as_str());
    Ok(Some(Found {
        id: id_of(&node)?,
        url: url.map(str::to_owned),
        ..Found::default()
    }))
}

async fn look_up(context: &Context, name: &str) -> Result<Option<Value>, PlatformError> {
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    let variables = json!({"first": 20, "query": format!("filename:\"{quoted}\"")});
    let data: Value = context.client().ask("FilesNamed", variables).await?;
    let is = |node: &&Value| name_of(node).as_deref() == Some(name);
    if let Some(node) = each(&data["page"]["nodes"]).find(is) {
        return Ok(Some(node.clone()));
    }
    // The search lags behind what was just made (Admin API schema); that is among the newest.
    let variables = json!({"first": LARGEST_PAGE});
    let data: Value = context.client().ask("NewestFiles", variables).await?;
    Ok(each(&data["page"]["nodes"]).find(is).cloned())
}

fn name_of(node: &Value) -> Option<String> {
    let text = |field: &str| node[field].as_str().map(str::to_owned);
    match node["__typename"].as_str()? {
        "MediaImage" => filename(node["image"]["url"].as_str()?),
        "GenericFile" => filename(node["url"].as_str()?),
        "ExternalVideo" => text("originUrl"),
        _ => text("filename"),
    }
}

fn content_type(node: &Value) -> &'static str {
    match node["__typename"].as_str() {
        Some("MediaImage") => "IMAGE",
        Some("Video") => "VIDEO",
        Some("Model3d") => "MODEL_3D",
        Some("ExternalVideo") => "EXTERNAL_VIDEO",
        _ => "FILE",
    }
}
