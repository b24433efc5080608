//! Files: created from an address, processed after a while, updated, deleted.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::Outcome;
use super::input::{Input, given, list, objects, text as given_text, texts as given_texts};
use super::refusal::{Refusal, UserError, refuse_any};
use crate::shop::gid;
use crate::shop::read::stage;
use crate::shop::state::{Body, State, text, texts};
use crate::shop::text::sha256;

/// The longest alternative text, in letters.
const ALT_MAX: usize = 512;

/// The types of files.
pub(super) const KINDS: &[&str] = &[
    "MediaImage",
    "Video",
    "ExternalVideo",
    "Model3d",
    "GenericFile",
];

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let mut errors = Vec::new();
    let mut files = Vec::new();
    for (index, file) in objects(args, "files").enumerate() {
        match add(state, file) {
            Ok(id) => files.push(id),
            Err(error) => errors.push(error.below(&format!("files.{index}"))),
        }
    }
    refuse_any(errors)?;
    Ok(json!({"files": files}))
}

/// Adds a file. Returns its global id.
pub(crate) fn add(state: &mut State, input: &Input) -> Result<String, UserError> {
    let alt = given_text(input, "alt").unwrap_or_default();
    check_alt(alt)?;
    let source = given_text(input, "originalSource").unwrap_or_default();
    if !source.starts_with("http://") && !source.starts_with("https://") {
        return Err(
            UserError::at("originalSource", "File URL is invalid").code("INVALID_IMAGE_SOURCE_URL")
        );
    }
    let path = source.split(['?', '#']).next().unwrap_or(source);
    let of_source = path.rsplit('/').next().unwrap_or_default().to_owned();
    let filename = given_text(input, "filename").filter(|name| !name.is_empty());
    if let Some(name) = filename
        && extension(name) != extension(&of_source)
        && !extension(&of_source).is_empty()
    {
        let message = "Provided filename extension must match original source.";
        return Err(
            UserError::at("filename", message).code("MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE")
        );
    }
    let mode = given_text(input, "duplicateResolutionMode").unwrap_or("APPEND_UUID");
    if mode == "REPLACE" && filename.is_none() {
        let message = "Missing filename argument when attempting to use REPLACE duplicate mode.";
        return Err(
            UserError::at("filename", message).code("MISSING_FILENAME_FOR_DUPLICATE_MODE_REPLACE")
        );
    }
    let mut name = filename.map_or(of_source, str::to_owned);
    let kind = kind_of(input, &name);
    if let Some(existing) = named(state, &name) {
        match mode {
            "RAISE_ERROR" => {
                let message = format!("A file with the filename '{name}' already exists.");
                return Err(UserError::at("filename", message).code("FILENAME_ALREADY_EXISTS"));
            }
            "REPLACE" => {
                let fields = content(state, &name, source);
                state.touch(&existing, |row| {
                    row.extend(fields);
                    row.insert("alt".to_owned(), json!(alt));
                });
                return Ok(existing);
            }
            _ => {
                let mark = sha256(format!("{name}{}", state.count(kind)).as_bytes());
                let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
                let uuid = format!(
                    "{}-{}-4{}-8{}-{}",
                    &mark[..8],
                    &mark[8..12],
                    &mark[12..15],
                    &mark[15..18],
                    &mark[18..30]
                );
                name = format!("{stem}_{uuid}.{end}")
                    .trim_end_matches('.')
                    .to_owned();
            }
        }
    }
    let mut fields = content(state, &name, source);
    let now = state.now();
    fields.insert("alt".to_owned(), json!(alt));
    fields.insert("createdAt".to_owned(), json!(now));
    fields.insert("updatedAt".to_owned(), json!(now));
    fields.insert("mediaWarnings".to_owned(), json!([]));
    let content_type = match kind {
        "MediaImage" => "IMAGE",
        "Video" => "VIDEO",
        "ExternalVideo" => "EXTERNAL_VIDEO",
        "Model3d" => "MODEL_3D",
        _ => "FILE",
    };
    fields.insert("mediaContentType".to_owned(), json!(content_type));
    if kind == "ExternalVideo" {
        fields.insert(
            "host".to_owned(),
            json!(if source.contains("vimeo") {
                "VIMEO"
            } else {
                "YOUTUBE"
            }),
        );
        fields.insert("embedUrl".to_owned(), json!(source));
        fields.insert("originUrl".to_owned(), json!(source));
    }
    Ok(state.create(kind, fields))
}

fn check_alt(alt: &str) -> Result<(), UserError> {
    if alt.chars().count() <= ALT_MAX {
        return Ok(());
    }
    let message = format!("The alt value exceeds the maximum limit of {ALT_MAX} characters.");
    Err(UserError::at("alt", message).code("ALT_VALUE_LIMIT_EXCEEDED"))
}

fn extension(name: &str) -> String {
    let end = name
        .rsplit_once('.')
        .map_or("", |(_, end)| end)
        .to_lowercase();
    if end == "jpeg" { "jpg".to_owned() } else { end }
}

fn kind_of(input: &Input, name: &str) -> &'static str {
    let asked = given_text(input, "contentType").or_else(|| given_text(input, "mediaContentType"));
    match (asked, extension(name).as_str()) {
        (Some("IMAGE"), _) => "MediaImage",
        (Some("VIDEO"), _) => "Video",
        (Some("EXTERNAL_VIDEO"), _) => "ExternalVideo",
        (Some("MODEL_3D"), _) => "Model3d",
        (Some("FILE"), _) => "GenericFile",
        (_, "png" | "jpg" | "gif" | "webp" | "heic" | "svg" | "avif") => "MediaImage",
        (_, "mp4" | "mov" | "webm") => "Video",
        (_, "glb" | "usdz") => "Model3d",
        _ => "GenericFile",
    }
}

/// The file with this name.
fn named(state: &State, name: &str) -> Option<String> {
    KINDS
        .iter()
        .find_map(|kind| state.find(kind, "_name", name).into_iter().next())
}

fn mime(name: &str) -> &'static str {
    match extension(name).as_str() {
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

/// What a file has of its content, which is fetched from an address of this server; what lies elsewhere is drawn.
fn content(state: &mut State, name: &str, source: &str) -> Map<String, Value> {
    let fetched = state
        .library
        .get(source)
        .and_then(|served| match &served.body {
            Body::Memory(bytes) => Some(bytes.clone()),
            Body::File(path) => std::fs::read(path).ok().map(Bytes::from),
        });
    let here = state
        .base_url
        .split("/shops/")
        .next()
        .unwrap_or_default()
        .to_owned();
    let fails = fetched.is_none() && source.starts_with(&here);
    let bytes = fetched.unwrap_or_else(|| Bytes::from(drawing(source)));
    let version = state.now_ms() / 1_000;
    let url = state.serve(
        &format!("files/{name}"),
        mime(name),
        Body::Memory(bytes.clone()),
    );
    let (width, height) = size(&bytes).unwrap_or((1_200, 800));
    let is_image = mime(name).starts_with("image/");
    let fields = json!({
        "_name": name,
        "_url": format!("{url}?v={version}"),
        "_size": bytes.len(),
        "_width": if is_image { Some(width) } else { None },
        "_height": if is_image { Some(height) } else { None },
        "_fails": fails,
        "_ready_ms": state.now_ms() + state.job_ms,
        "mimeType": mime(name),
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// A landscape that stands for a picture which can't be fetched; the same for the same address.
fn drawing(source: &str) -> String {
    let digits = sha256(source.as_bytes());
    let number = |at: usize| u32::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap_or(0);
    let hue = number(0) * 360 / 256;
    let (sun_x, sun_y) = (200 + number(1) * 3, 140 + number(2) / 2);
    let [far, near, shore] = [3, 4, 5].map(|at| 300 + number(at) / 2);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"800\" viewBox=\"0 0 1200 800\">\
         <rect width=\"1200\" height=\"800\" fill=\"hsl({hue} 42% 84%)\"/>\
         <circle cx=\"{sun_x}\" cy=\"{sun_y}\" r=\"72\" fill=\"hsl({hue} 70% 94%)\"/>\
         <path d=\"M0 560 L300 {far} L520 520 L800 {near} L1200 540 V800 H0Z\" fill=\"hsl({hue} 26% 62%)\"/>\
         <path d=\"M0 640 L240 {shore} L620 660 L940 470 L1200 620 V800 H0Z\" fill=\"hsl({hue} 30% 42%)\"/>\
         <path d=\"M0 700 Q600 620 1200 710 V800 H0Z\" fill=\"hsl({hue} 34% 24%)\"/>\
         </svg>"
    )
}

/// An SVG that stands for what can't be fetched; the same for the same address.
pub(crate) fn placeholder(source: &str) -> String {
    let color = &sha256(source.as_bytes())[..6];
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 3 2\"><rect width=\"3\" height=\"2\" fill=\"#{color}\"/></svg>"
    )
}

/// An image's width and height, of PNG and GIF.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((number(16)?, number(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        let number = |at: usize| {
            Some(u32::from(u16::from_le_bytes(
                bytes.get(at..at + 2)?.try_into().ok()?,
            )))
        };
        return Some((number(6)?, number(8)?));
    }
    None
}

fn is_file(id: &str) -> bool {
    gid::split(id).is_some_and(|(kind, _)| KINDS.contains(&kind))
}

fn missing(state: &State, ids: &[String]) -> Vec<String> {
    let known = |id: &String| is_file(id) && state.get(id).is_some();
    ids.iter().filter(|id| !known(id)).cloned().collect()
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let files: Vec<&Input> = objects(args, "files").collect();
    let ids: Vec<String> = files
        .iter()
        .filter_map(|file| given_text(file, "id"))
        .map(str::to_owned)
        .collect();
    let missing = missing(state, &ids);
    if !missing.is_empty() {
        let (noun, verb) = if missing.len() == 1 {
            ("id", "does")
        } else {
            ("ids", "do")
        };
        let listed: Vec<String> = missing.iter().map(|id| format!("{id:?}")).collect();
        let message = format!("File {noun} [{}] {verb} not exist.", listed.join(", "));
        return Err(UserError::at("files", message)
            .code("FILE_DOES_NOT_EXIST")
            .into());
    }
    let is_ready = |id: &String| {
        state
            .get(id)
            .is_some_and(|row| stage(state, &row) == "READY")
    };
    if !ids.iter().all(is_ready) {
        return Err(UserError::at("files", "Non-ready files cannot be updated.")
            .code("NON_READY_STATE")
            .into());
    }
    for (index, file) in files.iter().enumerate() {
        let id = &ids[index];
        update_one(state, id, file).map_err(|refusal| match refusal {
            Refusal::User(errors) => Refusal::User(
                errors
                    .into_iter()
                    .map(|error| error.below(&format!("files.{index}")))
                    .collect(),
            ),
            other => other,
        })?;
    }
    Ok(json!({"files": ids}))
}

fn update_one(state: &mut State, id: &str, file: &Input) -> Result<(), Refusal> {
    let row = state.get(id).unwrap_or_default();
    let mut fields = Map::new();
    if let Some(alt) = given_text(file, "alt") {
        check_alt(alt)?;
        fields.insert("alt".to_owned(), json!(alt));
    }
    let mut name = text(&row, "_name").to_owned();
    if let Some(wanted) = given_text(file, "filename").filter(|wanted| *wanted != name) {
        if extension(wanted) != extension(&name) {
            let message = "The filename extension provided must match the original filename.";
            return Err(UserError::general(message)
                .code("INVALID_FILENAME_EXTENSION")
                .into());
        }
        name = wanted.to_owned();
        let url = text(&row, "_url").to_owned();
        let moved = content(state, &name, &url);
        fields.extend(moved);
    }
    if let Some(source) =
        given_text(file, "originalSource").or_else(|| given_text(file, "previewImageSource"))
    {
        if !source.starts_with("http") {
            let message = "Invalid image source url value provided";
            return Err(UserError::at("originalSource", message)
                .code("INVALID_IMAGE_SOURCE_URL")
                .into());
        }
        let fresh = content(state, &name, source);
        fields.extend(fresh);
    }
    for product in given_texts(file, "referencesToAdd") {
        if state.get_as("Product", &product).is_none() {
            let message = "The reference target does not exist";
            return Err(UserError::general(message)
                .code("REFERENCE_TARGET_DOES_NOT_EXIST")
                .into());
        }
        state.touch(&product, |row| {
            let mut media = texts(row, "media");
            if !media.iter().any(|held| held == id) {
                media.push(id.to_owned());
            }
            row.insert("media".to_owned(), json!(media));
        });
    }
    for product in given_texts(file, "referencesToRemove") {
        detach(state, &product, id);
    }
    state.touch(id, |row| row.extend(fields));
    Ok(())
}

/// Takes a file off a product and its variants.
pub(super) fn detach(state: &mut State, product: &str, id: &str) {
    let Some(row) = state.get_as("Product", product) else {
        return;
    };
    let without = |row: &Map<String, Value>| -> Vec<String> {
        texts(row, "media")
            .into_iter()
            .filter(|held| held != id)
            .collect()
    };
    for variant in texts(&row, "variants") {
        if state
            .get(&variant)
            .is_some_and(|row| texts(&row, "media").iter().any(|held| held == id))
        {
            state.touch(&variant, |row| {
                let media = without(row);
                row.insert("media".to_owned(), json!(media));
            });
        }
    }
    state.touch(product, |row| {
        let media = without(row);
        row.insert("media".to_owned(), json!(media));
    });
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let ids = given_texts(args, "fileIds");
    let missing = missing(state, &ids);
    if !missing.is_empty() {
        let (noun, verb) = if missing.len() == 1 {
            ("id", "does")
        } else {
            ("ids", "do")
        };
        let message = format!("File {noun} {} {verb} not exist.", missing.join(","));
        return Err(UserError::at("fileIds", message)
            .code("FILE_DOES_NOT_EXIST")
            .into());
    }
    for id in &ids {
        let holders: Vec<String> = state
            .written("Product")
            .iter()
            .filter(|row| texts(row, "media").contains(id))
            .map(|row| text(row, "id").to_owned())
            .collect();
        for product in holders {
            detach(state, &product, id);
        }
        for collection in state.written("Collection") {
            if text(&collection, "_image") == id {
                state.touch(text(&collection, "id"), |row| {
                    row.remove("_image");
                });
            }
        }
        super::metafield::remove_all_of(state, id);
        state.remove(id);
    }
    Ok(json!({"deletedFileIds": ids}))
}

pub(super) fn acknowledge(state: &mut State, args: &Input) -> Outcome {
    let ids = given_texts(args, "fileIds");
    if !missing(state, &ids).is_empty() {
        return Err(UserError::at("fileIds", "File does not exist.")
            .code("FILE_DOES_NOT_EXIST")
            .into());
    }
    for id in &ids {
        state.touch(id, |row| {
            row.insert("_fails".to_owned(), json!(false));
        });
    }
    Ok(json!({"files": ids}))
}

/// The global id of an image that came as `ImageInput`: an existing one, or a new one from its address.
pub(super) fn image(
    state: &mut State,
    input: &Input,
    name: &str,
) -> Result<Option<String>, UserError> {
    if !given(input, name) {
        return Ok(None);
    }
    let Some(image) = super::input::object(input, name) else {
        return Ok(Some(String::new()));
    };
    let by_id = given_text(image, "id").map(|id| {
        id.replace("ImageSource", "MediaImage")
            .replace("CollectionImage", "MediaImage")
    });
    let source = given_text(image, "src").or_else(|| given_text(image, "url"));
    let id = match (by_id.filter(|id| state.get(id).is_some()), source) {
        (Some(id), _) => id,
        (None, Some(source)) => {
            let mut file = Map::new();
            file.insert("originalSource".to_owned(), json!(source));
            file.insert("contentType".to_owned(), json!("IMAGE"));
            add(state, &file)
                .map_err(|_| UserError::at("image", "Image URL is invalid").code("INVALID"))?
        }
        _ => return Ok(None),
    };
    if let Some(alt) = given_text(image, "altText") {
        state.touch(&id, |row| {
            row.insert("alt".to_owned(), json!(alt));
        });
    }
    Ok(Some(id))
}

/// How many of a list were given.
pub(super) fn count(input: &Input, name: &str) -> usize {
    list(input, name).map_or(0, <[Value]>::len)
}
