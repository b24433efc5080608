//! Reading the files of one theme: their checksums, and their contents.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::failure::{malformed, refused, unavailable};
use super::super::store::{Store, connection};
use super::Theme;
use crate::theme_content::as_kept;

/// How many checksums one request asks for (shopify.dev, API limits).
const CHECKSUM_PAGE: u64 = 2_500;
/// How many contents one request asks for.
pub(super) const BODY_PAGE: usize = 50;
/// The largest file that a theme may hold (shopify.dev, API limits).
const FILE_LIMIT_BYTES: usize = 20 * 1024 * 1024;
/// The most files that a theme may hold; the vendor allows some thousand.
const FILE_COUNT_LIMIT: usize = 50_000;
/// How often files are asked for that an answer left out for its size.
const ASK_LIMIT: usize = 4;

/// The checksum of each file by its path; nothing where the store gives none.
pub(super) type Checksums = BTreeMap<String, Option<[u8; 16]>>;

/// The theme that customers see, with the checksums of all its files.
pub(super) async fn live(store: &Store) -> Result<(Theme, Checksums), PlatformError> {
    let way = store.client.theme_way();
    let variables = json!({});
    let (mut data, size) = store
        .client
        .page(way, "LiveThemeFileChecksums", variables, CHECKSUM_PAGE)
        .await?;
    match data["themes"]["nodes"].get_mut(0) {
        Some(node) => rest(store, node.take(), size).await,
        None => Err(refused(
            format!("{} has no published theme.", store.client.settings().store),
            "Publish a theme there, or choose one by its number in the settings of the environment.",
        )),
    }
}

/// A theme with the checksums of all its files; nothing if there is no such theme.
pub(super) async fn of(
    store: &Store,
    theme: &str,
) -> Result<Option<(Theme, Checksums)>, PlatformError> {
    let (node, size) = page(store, json!({"id": theme}), CHECKSUM_PAGE).await?;
    if node.is_null() {
        return Ok(None);
    }
    Ok(Some(rest(store, node, size).await?))
}

/// The checksums of all files of a theme that was there.
pub(super) async fn checksums(store: &Store, theme: &str) -> Result<Checksums, PlatformError> {
    match of(store, theme).await? {
        Some((_, checksums)) => Ok(checksums),
        None => Err(gone(store)),
    }
}

/// A theme with one page of its files, and the size of page that worked.
async fn page(store: &Store, variables: Value, size: u64) -> Result<(Value, u64), PlatformError> {
    let way = store.client.theme_way();
    let asked = store
        .client
        .page(way, "ThemeFileChecksums", variables, size);
    let (mut data, size) = asked.await?;
    Ok((data["theme"].take(), size))
}

/// Reads on from the first page.
async fn rest(
    store: &Store,
    mut node: Value,
    mut size: u64,
) -> Result<(Theme, Checksums), PlatformError> {
    let mut found = Checksums::new();
    loop {
        let before = found.len();
        let (files, after) =
            connection(&mut node["files"]).ok_or_else(|| malformed("the files of a theme"))?;
        for file in files {
            let checksum = file["checksumMd5"].as_str().and_then(parse);
            match file["filename"].as_str() {
                Some(path) => drop(found.insert(path.to_owned(), checksum)),
                None => return Err(malformed("the name of a theme file")),
            }
        }
        let theme = Theme::parse(node)?;
        let Some(after) = after else {
            return Ok((theme, found));
        };
        if found.len() == before || found.len() > FILE_COUNT_LIMIT {
            return Err(malformed("an end of the files of a theme"));
        }
        (node, size) = page(store, json!({"id": theme.id, "after": after}), size).await?;
        if node.is_null() {
            return Err(gone(store));
        }
    }
}

pub(super) fn gone(store: &Store) -> PlatformError {
    refused(
        format!(
            "The theme is no longer in {}.",
            store.client.settings().store
        ),
        "Choose another theme in the settings of the environment.",
    )
}

/// Parses a checksum in hexadecimal digits.
pub(super) fn parse(hex: &str) -> Option<[u8; 16]> {
    let mut checksum = [0; 16];
    if hex.len() != 32 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in checksum.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(checksum)
}

/// The checksum of a content.
pub(super) fn checksum_of(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// Whether a checksum is that of a document as the store keeps it.
pub(super) fn is_checksum_of(checksum: &[u8; 16], path: &str, bytes: &[u8]) -> bool {
    *checksum == checksum_of(&as_kept(path, bytes)) || *checksum == checksum_of(bytes)
}

/// What reading some files gave.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    /// The files that could be read.
    pub(super) read: Vec<ThemeFile>,
    /// The paths that could not, and why: an end of a sentence.
    pub(super) unreadable: Vec<(String, String)>,
}

/// A file with its content.
#[derive(Debug)]
pub(super) struct ThemeFile {
    pub(super) path: String,
    pub(super) checksum: Option<[u8; 16]>,
    pub(super) bytes: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    content: Option<String>,
    content_base64: Option<String>,
    url: Option<String>,
}

/// The contents of at most [`BODY_PAGE`] files. A path that is not there is in neither list.
pub(super) async fn bodies(
    store: &Store,
    theme: &str,
    paths: &[String],
) -> Result<Bodies, PlatformError> {
    let mut bodies = Bodies::default();
    let mut wanted: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let mut is_cut_short = true;
    for _ in 0..ASK_LIMIT {
        if wanted.is_empty() {
            break;
        }
        let before = wanted.len();
        let mut data: Value = store
            .client
            .ask_by(
                store.client.theme_way(),
                "ThemeFileBodies",
                json!({"id": theme, "filenames": wanted, "first": wanted.len()}),
            )
            .await?;
        if data["theme"].is_null() {
            return Err(gone(store));
        }
        let files = &mut data["theme"]["files"];
        for error in files["userErrors"].as_array().into_iter().flatten() {
            let path = error["filename"].as_str().unwrap_or_default();
            if wanted.remove(path) && error["code"] != "NOT_FOUND" {
                let code = error["code"].as_str().unwrap_or("no reason");
                bodies
                    .unreadable
                    .push((path.to_owned(), format!("the store says {code}")));
            }
        }
        let (nodes, _) = connection(files).ok_or_else(|| malformed("the files of a theme"))?;
        for node in nodes {
            let path = node["filename"].as_str().unwrap_or_default().to_owned();
            if wanted.remove(path.as_str()) {
                match content(store, &path, &node).await? {
                    Ok(file) => bodies.read.push(file),
                    Err(why) => bodies.unreadable.push((path, why)),
                }
            }
        }
        // An answer may leave files out for its size; one that holds none of those asked for says that they are gone.
        if wanted.len() == before {
            is_cut_short = false;
            break;
        }
    }
    // What answers leave out to the end is there all the same.
    let left = wanted.into_iter().filter(|_| is_cut_short);
    let why = "the store leaves it out of its answers";
    (bodies.unreadable).extend(left.map(|path| (path.to_owned(), why.to_owned())));
    Ok(bodies)
}

async fn content(
    store: &Store,
    path: &str,
    node: &Value,
) -> Result<Result<ThemeFile, String>, PlatformError> {
    let body: Body = serde_json::from_value(node["body"].clone())
        .map_err(|_| malformed("the content of a theme file"))?;
    let bytes = match body {
        Body {
            content: Some(text),
            ..
        } => Some(text.into_bytes()),
        Body {
            content_base64: Some(text),
            ..
        } => match BASE64_STANDARD.decode(text) {
            Ok(bytes) => Some(bytes),
            Err(_) => return Ok(Err("its content is not valid base64".to_owned())),
        },
        Body { url: Some(url), .. } => {
            let limit = FILE_LIMIT_BYTES as u64;
            store.client.download(path, &url, limit).await?
        }
        _ => return Err(malformed("the content of a theme file")),
    };
    Ok(
        match bytes.filter(|bytes| bytes.len() <= FILE_LIMIT_BYTES) {
            Some(bytes) => Ok(ThemeFile {
                path: path.to_owned(),
                checksum: node["checksumMd5"].as_str().and_then(parse),
                bytes,
            }),
            None => Err(format!("it has more than {FILE_LIMIT_BYTES} bytes")),
        },
    )
}

/// The content of one file; nothing if it is not there.
pub(super) async fn body(
    store: &Store,
    theme: &str,
    path: &str,
) -> Result<Option<Vec<u8>>, PlatformError> {
    let Bodies {
        mut read,
        unreadable,
    } = bodies(store, theme, &[path.to_owned()]).await?;
    if let Some((path, why)) = unreadable.first() {
        return Err(unavailable(
            format!("{path} can't be read from the theme: {why}."),
            "Try again in a moment.",
        ));
    }
    Ok(read.pop().map(|file| file.bytes))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::hostile::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn a_file_is_as_large_as_a_theme_allows_however_it_comes() {
        let server = Server::start(Reply::endless("", "a")).await;
        let store = server.store();
        let text = |size: usize| "a".repeat(size);
        for (body, fits) in [
            (json!({ "content": text(FILE_LIMIT_BYTES) }), true),
            (json!({ "content": text(FILE_LIMIT_BYTES + 1) }), false),
            (
                json!({ "contentBase64": text(FILE_LIMIT_BYTES / 3 * 4 + 8) }),
                false,
            ),
            (json!({ "url": server.url }), false),
        ] {
            let node = json!({ "body": body });
            let read = content(&store, "assets/a.css", &node).await.expect("read");
            match read {
                Ok(file) => assert!(fits, "{} bytes", file.bytes.len()),
                Err(why) => assert!(!fits && why.contains("more than"), "{why}"),
            }
        }
        let sent = server.sent_bytes();
        assert!(sent < 64 << 20, "{sent} bytes were sent of one file");
    }

    #[test]
    fn checksums_are_of_what_is_kept() {
        let checksum = parse("99914b932bd37a50b983c5e7c90ae93b").expect("a checksum of `{}`");
        assert!(is_checksum_of(
            &checksum,
            "config/settings_data.json",
            b"{ }\r\n"
        ));
        assert!(is_checksum_of(&checksum, "templates/a.json", b"{}"));
        assert!(!is_checksum_of(&checksum, "templates/a.json", b"{ }"));
        for wrong in [
            "",
            "99914b932bd37a50b983c5e7c90ae93",
            "zz914b932bd37a50b983c5e7c90ae93b",
            "éééééééééééééééé",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
