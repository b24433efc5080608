//! What shops hold at their start.

mod theme;

use serde_json::{Value, json};

use super::spec::Seed;
use super::state::State;
use super::table::Fields;

/// Fills a new shop.
pub(crate) fn fill(state: &mut State, seed: Seed) {
    basics(state);
    let layers: &[&str] = match seed {
        Seed::NorthwindDevelopment => &["base", "staging", "development"],
        Seed::NorthwindProduction => &["base", "production"],
        Seed::Empty | Seed::Products(_) => &["base"],
    };
    theme::fill(state, layers);
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
        create(
            state,
            "Publication",
            json!({
                "_title": title, "autoPublish": false, "supportsFuturePublishing": title == "Online Store",
            }),
        );
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

pub(crate) fn create(state: &mut State, kind: &'static str, fields: Value) -> String {
    let fields: Fields = fields.as_object().cloned().unwrap_or_default();
    state.create(kind, fields)
}
