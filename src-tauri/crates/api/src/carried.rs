//! Files that documents carry: an object of the kind `file` holds its bytes in base 64, for whoever writes them again.
//! People look at the picture, and at the fields beside it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};
use slipway_diff::is_text;
use slipway_diff::kind::{ContentKind, Image};
use slipway_domain::{BlobHash, ResourceKey};

/// A file in a document.
#[derive(Debug)]
pub(crate) struct Carried {
    /// The document without the file.
    pub(crate) document: Vec<u8>,
    /// How large the file is.
    pub(crate) size_bytes: u64,
    /// What the file is, if it is a picture.
    pub(crate) picture: Option<Image>,
}

/// Takes the file out of the document of a resource; `None` when it carries none.
pub(crate) fn taken_out(resource: &ResourceKey, document: &[u8]) -> Option<Carried> {
    if resource.is_theme_file() || resource.kind() != "file" {
        return None;
    }
    let mut value: Value = serde_json::from_slice(document).ok()?;
    let fields = value.as_object_mut()?;
    let bytes = bytes_of(fields)?;
    let picture = is_named_picture(fields).then(|| picture(&bytes)).flatten();
    fields.remove("content");
    Some(Carried {
        document: serde_json::to_vec(&value).ok()?,
        size_bytes: bytes.len() as u64,
        picture,
    })
}

/// The document of a resource with the size and the digest of a file that it carries in the place of that file; as it is when it
/// carries none.
pub(crate) fn named(resource: &ResourceKey, document: Vec<u8>) -> Vec<u8> {
    let Some(carried) = taken_out(resource, &document) else {
        return document;
    };
    let read = |bytes: &[u8]| serde_json::from_slice::<Map<String, Value>>(bytes).ok();
    let (Some(mut fields), Some(whole)) = (read(&carried.document), read(&document)) else {
        return document;
    };
    let file = whole.get("content").and_then(Value::as_str);
    let digest = BlobHash::of(file.unwrap_or_default().as_bytes()).short();
    let named = format!("{} bytes, {digest}", carried.size_bytes);
    fields.insert("content".to_owned(), named.into());
    serde_json::to_vec(&fields).expect("BUG: a document is plain data")
}

/// The picture that some bytes are, or that a document carries: its type and its bytes.
pub(crate) fn shown(bytes: Vec<u8>) -> Option<(String, Vec<u8>)> {
    if let Some(Image { mime, .. }) = picture(&bytes) {
        return Some((mime, bytes));
    }
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    let fields = value
        .as_object()
        .filter(|fields| is_named_picture(fields))?;
    let bytes = bytes_of(fields)?;
    let Image { mime, .. } = picture(&bytes)?;
    Some((mime, bytes))
}

fn bytes_of(fields: &Map<String, Value>) -> Option<Vec<u8>> {
    BASE64_STANDARD
        .decode(fields.get("content")?.as_str()?)
        .ok()
}

fn is_named_picture(fields: &Map<String, Value>) -> bool {
    let mime = fields.get("mimeType").and_then(Value::as_str);
    mime.is_some_and(|mime| mime.starts_with("image/"))
}

/// What kind of picture bytes are; an SVG is known by its first tag, since bytes have no name.
fn picture(bytes: &[u8]) -> Option<Image> {
    let kind = match ContentKind::of("", bytes) {
        ContentKind::Text { .. } if is_svg(bytes) => ContentKind::of(".svg", bytes),
        kind => kind,
    };
    match kind {
        ContentKind::Image(image) => Some(image),
        _ => None,
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4_096)];
    // A document that carries one begins like JSON.
    let is_json = head.trim_ascii_start().starts_with(b"{");
    is_text(bytes) && !is_json && String::from_utf8_lossy(head).contains("<svg")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SVG: &str = "<svg viewBox=\"0 0 3 2\"></svg>";

    fn document(mime: &str) -> Vec<u8> {
        json!({"alt": "<svg", "content": BASE64_STANDARD.encode(SVG), "mimeType": mime})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn a_file_is_looked_at_and_not_spelt_out() {
        let key: ResourceKey = "shopify/file:a.jpg".parse().expect("a key");
        let carried = taken_out(&key, &document("image/jpeg")).expect("a file");
        assert_eq!(
            String::from_utf8_lossy(&carried.document),
            r#"{"alt":"<svg","mimeType":"image/jpeg"}"#
        );
        assert_eq!(carried.size_bytes, SVG.len() as u64);
        let named = named(&key, document("image/jpeg"));
        let named: Value = serde_json::from_slice(&named).expect("JSON");
        let words = named["content"].as_str().expect("a text");
        assert!(words.starts_with("29 bytes, "), "{words}");
        let picture = carried.picture.expect("a picture, whatever it is named");
        assert_eq!(
            (picture.mime.as_str(), picture.width.zip(picture.height)),
            ("image/svg+xml", Some((3, 2)))
        );
        let (mime, bytes) = shown(document("image/jpeg")).expect("a picture");
        assert_eq!(
            (mime.as_str(), bytes.as_slice()),
            ("image/svg+xml", SVG.as_bytes())
        );
    }

    #[test]
    fn what_is_no_picture_is_not_given_away() {
        let file: ResourceKey = "shopify/file:a.pdf".parse().expect("a key");
        let booklet = taken_out(&file, &document("application/pdf")).expect("a file");
        assert_eq!(booklet.picture, None);
        assert_eq!(shown(document("application/pdf")), None);
        assert_eq!(shown(b"{\"alt\": \"<svg\"}".to_vec()), None);
        let page: ResourceKey = "shopify/page:a".parse().expect("a key");
        assert!(taken_out(&page, &document("image/png")).is_none());
    }
}
