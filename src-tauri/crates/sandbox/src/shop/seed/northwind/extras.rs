//! What the sample's objects do not have: collections by conditions, references of every type, files of other kinds, a
//! menu three levels deep, translations.

use serde_json::{Value, json};

use super::{Northwind, PICTURES};
use crate::shop::read::translatable_content;
use crate::shop::seed::run;

pub(super) fn add(seed: &mut Northwind<'_>) {
    files(seed);
    conditions(seed);
    references(seed);
    menu(seed);
    translations(seed);
}

fn files(seed: &mut Northwind<'_>) {
    let mut listed = vec![
        (
            "care-booklet.pdf",
            "FILE",
            "How to care for wool, down and shells",
        ),
        ("harbour.jpg", "IMAGE", "The harbour at dawn"),
        ("stitching.mp4", "VIDEO", "A seam being sewn"),
    ];
    if seed.is_development {
        listed.push(("autumn-banner.jpg", "IMAGE", "Autumn light on a tent"));
    }
    for (name, kind, alt) in listed {
        let file = json!({
            "originalSource": format!("{PICTURES}/{name}"), "filename": name, "alt": alt, "contentType": kind,
        });
        let payload = run(seed.state, "fileCreate", json!({"files": [file]}));
        let id = payload["files"][0].as_str().unwrap_or_default().to_owned();
        seed.ids.insert(format!("files:{name}"), id);
    }
}

/// Collections that hold what meets their conditions.
fn conditions(seed: &mut Northwind<'_>) {
    let limit = if seed.is_development {
        "40.00"
    } else {
        "50.00"
    };
    let merino = json!({"productTag": {"matchType": "ANY", "relation": "TAGGED_WITH", "values": ["merino"]}});
    let small = json!([
        {"variantPrice": {"relation": "LESS_THAN", "value": {"amount": limit, "currencyCode": "EUR"}}},
        {"productStatus": {"matchType": "ANY", "relation": "EQUALS", "values": ["ACTIVE"]}},
    ]);
    for (handle, title, conditions, match_type) in [
        ("merino", "Merino", json!([merino]), "ANY"),
        ("small-gifts", "Small gifts", small, "ALL"),
    ] {
        let source = json!({
            "title": "Conditions", "inclusion": {"conditions": conditions, "matchType": match_type, "selections": []},
        });
        let collection = json!({
            "title": title, "handle": handle, "descriptionHtml": format!("<p>{title}, chosen by what they are.</p>"),
            "sortOrder": "ALPHA_ASC", "sources": [{"source": source}],
        });
        seed.make(
            "collectionCreate",
            json!({"collection": collection}),
            format!("collections:{handle}"),
        );
    }
}

/// Metafields of every type of reference, and other types that need care when they are moved.
fn references(seed: &mut Northwind<'_>) {
    let id =
        |seed: &Northwind<'_>, reference: &str| seed.id(reference).unwrap_or_default().to_owned();
    let product = id(seed, "products:fjord-down-jacket");
    let variant = seed
        .state
        .get(&id(seed, "products:gull-beanie"))
        .and_then(|row| row["variants"][0].as_str().map(str::to_owned))
        .unwrap_or_default();
    let list = |ids: &[String]| json!(ids).to_string();
    let rich = json!({
        "type": "root",
        "children": [{"type": "paragraph", "children": [
            {"type": "text", "value": "Read "},
            {"type": "link", "url": "/pages/repairs", "children": [{"type": "text", "value": "how we mend"}]},
            {"type": "text", "value": " before you throw anything away."},
        ]}],
    });
    let rows: Vec<(&str, &str, &str, String, String)> = vec![
        (
            "PRODUCT",
            "booklet",
            "file_reference",
            id(seed, "files:care-booklet.pdf"),
            product.clone(),
        ),
        (
            "PRODUCT",
            "story",
            "article_reference",
            id(seed, "articles:journal/the-case-for-wool"),
            product.clone(),
        ),
        (
            "PRODUCT",
            "repairs",
            "page_reference",
            id(seed, "pages:repairs"),
            product.clone(),
        ),
        (
            "PRODUCT",
            "goes_with",
            "variant_reference",
            variant,
            product.clone(),
        ),
        (
            "PRODUCT",
            "line",
            "collection_reference",
            id(seed, "collections:insulation"),
            product.clone(),
        ),
        (
            "PRODUCT",
            "bundle",
            "list.product_reference",
            list(&[
                id(seed, "products:gull-beanie"),
                id(seed, "products:thistle-wool-socks"),
            ]),
            product.clone(),
        ),
        (
            "PRODUCT",
            "made_of",
            "list.metaobject_reference",
            list(&[
                id(seed, "metaobjects:care_guide/down"),
                id(seed, "metaobjects:care_guide/membrane"),
            ]),
            product.clone(),
        ),
        (
            "PRODUCT",
            "advice",
            "rich_text_field",
            rich.to_string(),
            product.clone(),
        ),
        (
            "PRODUCT",
            "video",
            "url",
            "https://northwind.example/watch/down".to_owned(),
            product.clone(),
        ),
        (
            "PRODUCT",
            "tested_on",
            "date",
            "2026-01-17".to_owned(),
            product.clone(),
        ),
        (
            "PRODUCT",
            "warmth",
            "rating",
            "{\"value\":\"4.5\",\"scale_min\":\"1.0\",\"scale_max\":\"5.0\"}".to_owned(),
            product,
        ),
        (
            "COLLECTION",
            "banner",
            "file_reference",
            id(seed, "files:harbour.jpg"),
            id(seed, "collections:insulation"),
        ),
        (
            "PAGE",
            "lead_product",
            "product_reference",
            id(seed, "products:kestrel-2-tent"),
            id(seed, "pages:about"),
        ),
        (
            "ARTICLE",
            "shop_the_story",
            "list.product_reference",
            list(&[id(seed, "products:birch-merino-crew")]),
            id(seed, "articles:journal/the-case-for-wool"),
        ),
        (
            "BLOG",
            "editor",
            "single_line_text_field",
            if seed.is_development {
                "Jonas Vik"
            } else {
                "Mara Lindqvist"
            }
            .to_owned(),
            id(seed, "blogs:journal"),
        ),
    ];
    for (owner_type, key, kind, value, owner) in rows {
        let mut validations = json!([]);
        if kind.contains("metaobject_reference") {
            let definition = id(seed, "metaobject_definitions:care_guide");
            validations = json!([{"name": "metaobject_definition_id", "value": definition}]);
        }
        let name = key.replace('_', " ");
        let definition = json!({
            "ownerType": owner_type, "namespace": "custom", "key": key, "name": name, "type": kind, "validations": validations,
        });
        let reference = format!(
            "metafield_definitions:{}/custom.{key}",
            owner_type.to_lowercase()
        );
        seed.make(
            "metafieldDefinitionCreate",
            json!({"definition": definition}),
            reference,
        );
        let metafield = json!({"ownerId": owner, "namespace": "custom", "key": key, "type": kind, "value": value});
        run(
            seed.state,
            "metafieldsSet",
            json!({"metafields": [metafield]}),
        );
    }
    // SEO of pages lies in metafields without a definition.
    let about = id(seed, "pages:about");
    let title = json!({
        "ownerId": about, "namespace": "global", "key": "title_tag", "type": "single_line_text_field",
        "value": "About Northwind Outfitters",
    });
    run(seed.state, "metafieldsSet", json!({"metafields": [title]}));
}

/// A menu with all levels and many kinds of items.
fn menu(seed: &mut Northwind<'_>) {
    let to = |title: &str, kind: &str, reference: &str, items: Value| json!({"title": title, "type": kind, "resourceId": seed.id(reference), "items": items});
    let deepest = json!([
        to(
            "Fjord Down Jacket",
            "PRODUCT",
            "products:fjord-down-jacket",
            json!([])
        ),
        to(
            "Why wool",
            "ARTICLE",
            "articles:journal/the-case-for-wool",
            json!([])
        ),
    ]);
    let middle = json!([
        to(
            "Insulation",
            "COLLECTION",
            "collections:insulation",
            deepest
        ),
        to("Merino", "COLLECTION", "collections:merino", json!([])),
    ]);
    let items = json!([
        {"title": "Home", "type": "FRONTPAGE"},
        {"title": "By season", "type": "HTTP", "url": "#", "items": middle},
        to("Journal", "BLOG", "blogs:journal", json!([])),
        to("Care of wool", "METAOBJECT", "metaobjects:care_guide/merino", json!([])),
        {"title": "Weather", "type": "HTTP", "url": "https://weather.example/bergen"},
    ]);
    let menu = json!({"title": "Seasons", "handle": "seasons", "items": items});
    seed.make("menuCreate", menu, "menus:seasons".to_owned());
}

/// German texts of a few objects.
fn translations(seed: &mut Northwind<'_>) {
    let mut rows = vec![
        ("products:fjord-down-jacket", "title", "Fjord Daunenjacke"),
        ("products:gull-beanie", "title", "Möwenmütze"),
        ("collections:rain-gear", "title", "Regenbekleidung"),
        ("pages:about", "title", "Über uns"),
        (
            "articles:journal/the-case-for-wool",
            "title",
            "Was für Wolle spricht",
        ),
        ("metaobjects:care_guide/merino", "title", "Merino pflegen"),
    ];
    if seed.is_development {
        rows.push(("pages:shipping", "title", "Versand"));
        rows.push(("products:ember-camp-stove", "title", "Ember Campingkocher"));
    }
    for (reference, key, value) in rows {
        let Some(id) = seed.id(reference).map(str::to_owned) else {
            continue;
        };
        let content = translatable_content(seed.state, &id).unwrap_or_default();
        let Some(content) = content.iter().find(|content| content.key == key) else {
            continue;
        };
        let translation = json!({
            "key": key, "locale": "de", "value": value, "translatableContentDigest": content.digest(),
        });
        run(
            seed.state,
            "translationsRegister",
            json!({"resourceId": id, "translations": [translation]}),
        );
    }
}
