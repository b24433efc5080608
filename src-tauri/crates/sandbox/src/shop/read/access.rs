//! Which rights a field asks for: shopify.dev/docs/api/usage/access-scopes, and the schema's own words.

use crate::shop::graphql::Fail;
use crate::shop::state::State;

/// Fields of the query root by the rights of which one is enough.
const READS: &[(&[&str], &[&str])] = &[
    (
        &[
            "product",
            "products",
            "productsCount",
            "productByHandle",
            "productByIdentifier",
            "productVariant",
            "productVariants",
            "productVariantByIdentifier",
            "productVariantsCount",
            "productTags",
            "productTypes",
            "productVendors",
            "collection",
            "collections",
            "collectionsCount",
            "collectionByHandle",
            "collectionByIdentifier",
            "productOperation",
        ],
        &["read_products"],
    ),
    (
        &[
            "page",
            "pages",
            "pagesCount",
            "blog",
            "blogs",
            "blogsCount",
            "article",
            "articles",
            "articleTags",
            "articleAuthors",
        ],
        &["read_content", "read_online_store_pages"],
    ),
    (
        &[
            "menu",
            "menus",
            "urlRedirect",
            "urlRedirects",
            "urlRedirectsCount",
        ],
        &["read_online_store_navigation"],
    ),
    (
        &["metaobject", "metaobjects", "metaobjectByHandle"],
        &["read_metaobjects"],
    ),
    (
        &[
            "metaobjectDefinition",
            "metaobjectDefinitions",
            "metaobjectDefinitionByType",
        ],
        &["read_metaobject_definitions"],
    ),
    (&["files"], &["read_files", "read_themes"]),
    (&["theme", "themes"], &["read_themes"]),
    (
        &[
            "translatableResource",
            "translatableResources",
            "translatableResourcesByIds",
        ],
        &["read_translations"],
    ),
    (
        &["shopLocales", "availableLocales"],
        &["read_locales", "read_markets_home"],
    ),
    (
        &["publications", "publication", "publicationsCount"],
        &["read_publications"],
    ),
    (
        &["locations", "location", "locationByIdentifier"],
        &["read_locations"],
    ),
    (&["markets", "market"], &["read_markets"]),
    (
        &["inventoryItem", "inventoryItems", "inventoryLevel"],
        &["read_inventory"],
    ),
];

/// Mutations, by how their names begin, and the rights of which one is enough.
const WRITES: &[(&[&str], &[&str])] = &[
    (&["publishable", "publication"], &["write_publications"]),
    (&["product", "collection"], &["write_products"]),
    (
        &["page", "blog", "article"],
        &["write_content", "write_online_store_pages"],
    ),
    (&["menu", "urlRedirect"], &["write_online_store_navigation"]),
    (
        &["metaobjectDefinition", "standardMetaobject"],
        &["write_metaobject_definitions"],
    ),
    (&["metaobject"], &["write_metaobjects"]),
    (&["file"], &["write_files", "write_themes"]),
    (&["theme"], &["write_themes"]),
    (&["translations"], &["write_translations"]),
    (&["shopLocale"], &["write_locales"]),
    (&["inventory"], &["write_inventory"]),
];

/// Refuses a field of the query root that the app has no right to.
pub(crate) fn check_read(state: &State, name: &str) -> Result<(), Fail> {
    let asked = READS.iter().find(|(names, _)| names.contains(&name));
    check(state, name, asked.map(|(_, scopes)| *scopes))
}

/// Refuses a mutation that the app has no right to.
pub(crate) fn check_write(state: &State, name: &str) -> Result<(), Fail> {
    let asked = WRITES
        .iter()
        .find(|(starts, _)| starts.iter().any(|start| name.starts_with(start)));
    check(state, name, asked.map(|(_, scopes)| *scopes))?;
    if name.starts_with("theme") && !state.app.may_write_themes {
        let what = if name.starts_with("themeFiles") {
            "theme files"
        } else {
            "themes"
        };
        let required = format!(
            "The user needs write_themes and an exemption from Shopify to modify {what}. If you think that your app is eligible for an exemption and should have access to this API, then you can submit an exception request."
        );
        return Err(Fail::access_denied(name, &required));
    }
    Ok(())
}

/// Rights to objects of a type: to read them, and to write them.
const OBJECTS: &[(&[&str], &[&str])] = &[
    (
        &[
            "Product",
            "ProductVariant",
            "ProductOption",
            "ProductOptionValue",
            "Collection",
            "CollectionConditionsSource",
        ],
        &["products"],
    ),
    (
        &["Page", "Blog", "Article"],
        &["content", "online_store_pages"],
    ),
    (&["Menu", "UrlRedirect"], &["online_store_navigation"]),
    (&["Metaobject"], &["metaobjects"]),
    (&["MetaobjectDefinition"], &["metaobject_definitions"]),
    (
        &[
            "MediaImage",
            "Video",
            "ExternalVideo",
            "Model3d",
            "GenericFile",
        ],
        &["files", "themes", "products"],
    ),
    (&["OnlineStoreTheme"], &["themes"]),
    (&["Publication"], &["publications"]),
    (&["ShopPolicy"], &["legal_policies"]),
    (&["Market"], &["markets"]),
    (&["Location"], &["locations"]),
    (&["InventoryItem"], &["inventory", "products"]),
];

/// Refuses an object that the app has no right to read (`read`) or write (`write`).
pub(crate) fn check_object(state: &State, name: &str, kind: &str, right: &str) -> Result<(), Fail> {
    let Some((_, things)) = OBJECTS.iter().find(|(kinds, _)| kinds.contains(&kind)) else {
        return Ok(());
    };
    // Asked of each object of an answer: nothing is put together for those that may be read.
    if things.iter().any(|things| may(state, right, things)) {
        return Ok(());
    }
    let scopes = things.iter().map(|things| format!("{right}_{things}"));
    let scopes: Vec<String> = scopes.collect();
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    check(state, name, Some(&scopes))
}

/// Whether the app may read or write some things; who may write them may read them.
fn may(state: &State, right: &str, things: &str) -> bool {
    state
        .app
        .scopes
        .iter()
        .any(|held| match held.split_once('_') {
            Some((given, of)) => of == things && (given == right || given == "write"),
            None => false,
        })
}

fn check(state: &State, name: &str, scopes: Option<&[&str]>) -> Result<(), Fail> {
    let Some(scopes) = scopes else {
        return Ok(());
    };
    if scopes.iter().any(|scope| has(state, scope)) {
        return Ok(());
    }
    let required: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    let required = format!("{} access scope.", required.join(" access scope or "));
    Err(Fail::access_denied(name, &required))
}

/// Whether the app has a right; the right to write is one to read.
fn has(state: &State, scope: &str) -> bool {
    let writing = scope.replacen("read_", "write_", 1);
    state
        .app
        .scopes
        .iter()
        .any(|held| held == scope || *held == writing)
}
