//! The order in which kinds are written.

use slipway_domain::ResourceKey;

/// Objects by kind, in the order in which they are written; kinds that are not named come with the products.
const KINDS: [&[&str]; 7] = [
    &[
        "definitions",
        "definition",
        "metafield_definitions",
        "metafield_definition",
        "metaobject_definitions",
        "metaobject_definition",
    ],
    &["metaobjects", "metaobject"],
    &["files", "file", "media"],
    &["products", "product", "pages", "page", "blogs", "blog"],
    &["articles", "article"],
    &["collections", "collection"],
    &["menus", "menu", "redirects", "redirect", "url_redirects"],
];

const OTHER_KINDS: u16 = 3;

/// Themes show objects, so they are written after them.
const THEME: u16 = 10;

/// The place of a resource in the order of writing.
pub(super) fn layer(key: &ResourceKey) -> u16 {
    match key.family() {
        "theme" => THEME + theme_layer(key.name()),
        _ => (0..)
            .zip(KINDS)
            .find_map(|(layer, kinds)| kinds.contains(&key.kind()).then_some(layer))
            .unwrap_or(OTHER_KINDS),
    }
}

/// What pages are put together from comes before them; the merchant's settings name all of it and come last.
fn theme_layer(path: &str) -> u16 {
    match path.split('/').next() {
        _ if path == "config/settings_data.json" => 3,
        Some("templates" | "layout") => 2,
        Some("sections") => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::layer;

    #[test]
    fn what_others_need_is_written_first() {
        let order = [
            "object/metaobject_definitions:maker",
            "object/metaobjects:maker/ines",
            "object/files:hero.png",
            "object/pipelines:order-intake",
            "object/articles:journal/x",
            "object/collections:shelter",
            "object/menus:main",
            "theme/file:snippets/a.liquid",
            "theme/file:sections/a.liquid",
            "theme/file:templates/index.json",
            "theme/file:config/settings_data.json",
        ];
        let layers: Vec<_> = order
            .iter()
            .map(|key| layer(&key.parse().expect("a valid key")))
            .collect();
        assert!(layers.is_sorted_by(|a, b| a < b), "{layers:?}");
    }
}
