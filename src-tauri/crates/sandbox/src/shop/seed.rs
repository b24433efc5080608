//! What shops hold at their start.

mod generated;
mod layers;
mod northwind;

use serde_json::{Map, Value, json};

use super::spec::{ALL_SCOPES, Seed};
use super::state::{App, State};
use super::theme_files;
use super::write::mutate;

/// Fills a new shop.
pub(crate) fn fill(state: &mut State, seed: Seed) {
    // Whoever set the shop up had all rights, and waited for jobs to end.
    let job_ms = std::mem::take(&mut state.job_ms);
    let app = App {
        id: 1,
        scopes: ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
        may_write_themes: true,
    };
    let app = std::mem::replace(&mut state.app, app);
    basics(state);
    let layers: &[&str] = match seed {
        Seed::NorthwindDevelopment => &["base", "staging", "development"],
        Seed::NorthwindProduction => &["base", "production"],
        Seed::Empty | Seed::Products(_) => &["base"],
    };
    theme(state, layers);
    match seed {
        Seed::NorthwindDevelopment | Seed::NorthwindProduction => northwind::fill(state, layers),
        Seed::Empty => menus(state),
        Seed::Products(count) => {
            menus(state);
            generated::fill(state, count);
        }
    }
    state.job_ms = job_ms;
    state.app = app;
}

/// Puts generated products below what was written.
pub(crate) fn generate(state: &mut State, count: u64) {
    generated::generate(state, count);
}

/// What is served for a picture of a generated product.
pub(crate) fn picture(state: &State, name: &str) -> Option<String> {
    generated::picture(state.generated?, name)
}

/// How many generated metafields of the namespace `custom` with this key nobody changed or deleted.
pub(crate) fn untouched_metafields(state: &State, key: &str) -> usize {
    generated::untouched_metafields(state, key)
}

/// What even an empty shop has: a location, publications, languages.
fn basics(state: &mut State) {
    let now = state.now();
    create(
        state,
        "Location",
        json!({
            "name": "Harbour warehouse", "isActive": true, "isPrimary": true, "fulfillsOnlineOrders": true,
            "hasActiveInventory": true, "hasUnfulfilledOrders": false, "shipsInventory": true, "activatable": false,
            "deactivatable": false, "deletable": false, "isFulfillmentService": false, "addressVerified": true,
            "createdAt": now, "updatedAt": now,
            "address": {"city": "Bergen", "country": "Norway", "countryCode": "NO", "formatted": ["Bergen", "Norway"]},
        }),
    );
    for title in ["Online Store", "Point of Sale"] {
        channel(state, title);
    }
    for (locale, name, primary) in [("en", "English", true), ("de", "German", false)] {
        create(
            state,
            "ShopLocale",
            json!({
                "locale": locale, "name": name, "primary": primary, "published": true, "marketWebPresences": [],
            }),
        );
    }
}

/// Installs a sales channel, and returns the id of its publication.
pub(crate) fn channel(state: &mut State, title: &str) -> String {
    create(
        state,
        "Publication",
        json!({
            "_title": title, "autoPublish": false, "supportsFuturePublishing": title == "Online Store",
        }),
    )
}

/// Installs the live theme.
fn theme(state: &mut State, layers: &[&str]) {
    let now = state.now();
    let theme = create(
        state,
        "OnlineStoreTheme",
        json!({
            "name": "Harbour", "role": "MAIN", "processingFailed": false, "themeStoreId": null,
            "createdAt": now, "updatedAt": now, "_ready_ms": 0,
        }),
    );
    for (name, bytes) in layers::files(layers, "theme") {
        theme_files::put(state, &theme, &name, bytes);
    }
}

/// The menus that every shop has.
fn menus(state: &mut State) {
    let item = |title: &str, kind: &str| json!({"title": title, "type": kind});
    let main = json!([item("Home", "FRONTPAGE"), item("Catalog", "CATALOG")]);
    for (title, handle, items) in [
        ("Main menu", "main-menu", main),
        ("Footer menu", "footer", json!([item("Search", "SEARCH")])),
    ] {
        default_menu(state, title, handle, &items);
    }
}

/// Adds a menu that can't be deleted.
fn default_menu(state: &mut State, title: &str, handle: &str, items: &Value) -> String {
    let payload = run(
        state,
        "menuCreate",
        json!({"title": title, "handle": handle, "items": items}),
    );
    let id = payload["menu"].as_str().unwrap_or_default().to_owned();
    state.update(&id, |row| {
        row.insert("isDefault".to_owned(), json!(true));
    });
    id
}

fn create(state: &mut State, kind: &'static str, fields: Value) -> String {
    state.create(kind, object(fields))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Runs a mutation that must succeed, and returns its payload.
fn run(state: &mut State, name: &str, args: Value) -> Value {
    let shown = args.to_string();
    let payload = mutate(state, name, &object(args))
        .unwrap_or_else(|fail| panic!("BUG: {name} of a seed: {fail:?}"));
    let errors = &payload["userErrors"];
    assert!(
        errors.as_array().is_some_and(Vec::is_empty),
        "BUG: {name} of a seed, {shown}: {errors}"
    );
    payload
}
