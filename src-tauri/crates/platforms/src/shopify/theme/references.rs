//! What theme files refer to: other files, as in a folder, and objects of the store by the address scheme of themes.

use slipway_domain::{Reference, ResourceKey};

use crate::folder;

/// What the addresses of objects in theme JSON begin with (Admin API schema).
const SCHEME: &str = "shopify://";

/// Finds what a theme file refers to.
pub(in super::super) fn references(key: &ResourceKey, bytes: &[u8]) -> Vec<Reference> {
    let mut found = folder::theme_references(key, bytes);
    if key.name().ends_with(".json") {
        let text = String::from_utf8_lossy(bytes);
        for (at, line) in text.lines().enumerate() {
            let objects = line.split(SCHEME).skip(1).filter_map(object);
            found.extend(objects.map(|to| Reference {
                path: format!("line {}", at + 1),
                to,
            }));
        }
    }
    found
}

/// The object that an address leads to, from what follows the scheme.
fn object(address: &str) -> Option<ResourceKey> {
    let end = address.find(['"', '\\', '?', '#', ' ', '<'])?;
    let (kind, name) = address[..end].split_once('/')?;
    let kind = match kind {
        "products" => "product",
        "collections" => "collection",
        "pages" => "page",
        "blogs" if name.contains('/') => "article",
        "blogs" => "blog",
        "shop_images" | "files" => "file",
        _ => return None,
    };
    let name = name.strip_prefix("videos/").unwrap_or(name);
    ResourceKey::new("shopify", kind, name).ok()
}

/// Whether a theme file has to be written after what it refers to. Liquid is not looked into when it is written, so only
/// what JSON names is; and that is in an earlier layer.
pub(in super::super) fn is_ordered(_from: &ResourceKey, reference: &Reference) -> bool {
    reference.to.family() != "theme"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_objects() {
        let template = br#"{"sections": {"main": {"type": "hero", "settings": {
            "image": "shopify:\/\/shop_images\/hero.png", "link": "shopify://collections/shelter",
            "article": "shopify://blogs/journal/first", "video": "shopify://files/videos/a.mp4"}}}}"#;
        let key = "theme/file:templates/index.json".parse().expect("a key");
        let found: Vec<_> = references(&key, template)
            .into_iter()
            .map(|reference| reference.to.to_string())
            .collect();
        assert_eq!(
            found,
            [
                "theme/file:sections/hero.liquid",
                "shopify/collection:shelter",
                "shopify/article:journal/first",
                "shopify/file:a.mp4"
            ],
            "an escaped address is not one that the vendor writes"
        );
    }
}
