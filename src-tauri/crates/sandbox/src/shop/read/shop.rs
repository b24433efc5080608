//! The shop itself, the app that asks, and what goes on in the background.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, count};
use crate::shop::gid;
use crate::shop::graphql::{Found, Rows};
use crate::shop::state::{State, text};
use crate::shop::table::Fields;

fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

pub(super) fn shop(state: &State) -> Fields {
    let url = format!("https://{}", state.store);
    let title = state
        .name
        .split('-')
        .map(capital)
        .collect::<Vec<_>>()
        .join(" ");
    let mut shop = fields(json!({
        "id": "gid://shopify/Shop/1",
        "name": title,
        "email": format!("owner@{}", state.store),
        "contactEmail": format!("owner@{}", state.store),
        "shopOwnerName": "Mara Lindqvist",
        "myshopifyDomain": state.store,
        "primaryDomain": {"id": "gid://shopify/Domain/1", "host": state.store, "url": url, "sslEnabled": true},
        "domains": [{"id": "gid://shopify/Domain/1", "host": state.store, "url": url, "sslEnabled": true}],
        "url": url,
        "storefrontUrl": url,
        "richTextEditorUrl": format!("{url}/admin/rte"),
        "currencyCode": "EUR",
        "enabledPresentmentCurrencies": ["EUR"],
        "currencyFormats": {
            "moneyFormat": "€{{amount_with_comma_separator}}",
            "moneyInEmailsFormat": "€{{amount_with_comma_separator}}",
            "moneyWithCurrencyFormat": "€{{amount_with_comma_separator}} EUR",
            "moneyWithCurrencyInEmailsFormat": "€{{amount_with_comma_separator}} EUR",
        },
        "ianaTimezone": "Europe/Oslo",
        "timezoneAbbreviation": "CET",
        "timezoneOffset": "+0100",
        "timezoneOffsetMinutes": 60,
    }));
    shop.extend(fields(json!({
        "unitSystem": "METRIC_SYSTEM",
        "weightUnit": "KILOGRAMS",
        "createdAt": "2026-01-12T09:00:00Z",
        "updatedAt": "2026-09-01T09:00:00Z",
        "plan": {
            "displayName": state.plan.public_name(),
            "publicDisplayName": state.plan.public_name(),
            "partnerDevelopment": state.name.contains("development"),
            "shopifyPlus": state.plan.public_name() == "Shopify Plus",
        },
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "setupRequired": false,
        "taxShipping": false,
        "taxesIncluded": true,
        "transactionalSmsDisabled": true,
        "checkoutApiSupported": true,
        "marketingSmsConsentEnabledAtCheckout": false,
        "customerAccounts": "OPTIONAL",
        "publicationCount": state.count("Publication"),
        "shipsToCountries": ["NO", "SE", "DK", "DE"],
        "resourceLimits": {
            "locationLimit": 200, "maxProductOptions": 3, "maxProductVariants": 2048, "redirectLimitReached": false,
        },
    })));
    let address = json!({
        "id": "gid://shopify/ShopAddress/1", "address1": "Bryggen 4", "city": "Bergen", "zip": "5003",
        "country": "Norway", "countryCodeV2": "NO", "countryCode": "NO", "coordinatesValidated": false,
        "formatted": ["Bryggen 4", "5003 Bergen", "Norway"],
    });
    shop.insert("shopAddress".to_owned(), address.clone());
    shop.insert("billingAddress".to_owned(), address);
    shop
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

pub(super) fn app(state: &State) -> Fields {
    fields(json!({
        "id": gid::gid("App", state.app.id),
        "title": "Release tool",
        "handle": "release-tool",
        "apiKey": "simulated",
        "developerName": "Simulator",
        "developerType": "MERCHANT",
        "embedded": false,
        "isPostPurchaseAppInUse": false,
        "previouslyInstalled": true,
        "pricingDetailsSummary": "",
        "published": false,
        "publicCategory": "CUSTOM",
        "shopifyDeveloped": false,
        "webhookApiVersion": "2026-10",
        "requestedAccessScopes": scopes(state),
        "installation": "gid://shopify/AppInstallation/1",
    }))
}

fn scopes(state: &State) -> Value {
    let scope =
        |handle: &String| json!({"handle": handle, "description": handle.replace('_', " ")});
    state.app.scopes.iter().map(scope).collect()
}

pub(super) fn installation(state: &State) -> Fields {
    fields(json!({
        "id": "gid://shopify/AppInstallation/1",
        "app": gid::gid("App", state.app.id),
        "accessScopes": scopes(state),
        "launchUrl": format!("https://{}/admin/apps/release-tool", state.store),
    }))
}

pub(super) fn field(
    state: &mut State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    let ends_ms = object.get("_ends_ms").and_then(Value::as_i64).unwrap_or(0);
    let done = state.now_ms() >= ends_ms;
    Ok(match (on, name) {
        ("Job", "done") => Some(json!(done).into()),
        ("Job", "query") => Some(
            if done {
                json!({"__typename": "QueryRoot"})
            } else {
                Value::Null
            }
            .into(),
        ),
        (_, "status") if on.ends_with("Operation") && on.starts_with("Product") => {
            Some(json!(if done { "COMPLETE" } else { "ACTIVE" }).into())
        }
        ("Shop", "products" | "collections" | "productVariants" | "locations") => {
            let kind = match name {
                "products" => "Product",
                "collections" => "Collection",
                "locations" => "Location",
                _ => "ProductVariant",
            };
            Some(Found::Rows(super::root::list(state, kind, given)))
        }
        ("Publication", "name") => Some(object.get("_title").cloned().unwrap_or_default().into()),
        ("Publication", "catalog") => Some(sibling("AppCatalog", object)),
        ("Publication", "channels") => Some(Found::Value(json!([sibling_id("Channel", object)]))),
        ("ResourcePublication" | "CollectionPublication" | "ProductPublication", "channel") => {
            let publication = text(object, "publication");
            Some(json!(publication.replace("/Publication/", "/Channel/")).into())
        }
        ("Publication", "app") => Some(json!(gid::gid("App", state.app.id)).into()),
        ("Publication", "products" | "includedProducts" | "collections") => {
            let kind = if name == "collections" {
                "Collection"
            } else {
                "Product"
            };
            Some(Found::Rows(Rows::ids(
                kind,
                published(state, kind, text(object, "id")),
            )))
        }
        ("Publication", "includedProductsCount") => {
            Some(count(published(state, "Product", text(object, "id")).len()))
        }
        _ => None,
    })
}

/// What belongs to a publication and has its number.
fn sibling_id(kind: &str, publication: &Fields) -> String {
    text(publication, "id").replace("/Publication/", &format!("/{kind}/"))
}

fn sibling(kind: &str, publication: &Fields) -> Found {
    json!(sibling_id(kind, publication)).into()
}

/// The sales channel behind a publication.
pub(super) fn channel(state: &State, number: &str) -> Option<Fields> {
    let publication = state.row("Publication", number.parse().ok()?)?;
    let name = text(&publication, "_title");
    Some(fields(json!({
        "id": format!("gid://shopify/Channel/{number}"), "name": name, "handle": crate::shop::text::handle(name),
        "app": gid::gid("App", state.app.id), "supportsFuturePublishing": publication["supportsFuturePublishing"],
    })))
}

/// The catalog behind a publication: its title is the publication's name.
pub(super) fn catalog(state: &State, number: &str) -> Option<Fields> {
    let publication = state.row("Publication", number.parse().ok()?)?;
    Some(fields(json!({
        "id": format!("gid://shopify/AppCatalog/{number}"), "title": text(&publication, "_title"), "status": "ACTIVE",
        "publication": text(&publication, "id"),
    })))
}

fn published(state: &State, kind: &str, publication: &str) -> Vec<u64> {
    let holds = |row: &Fields| {
        row.get("_publications")
            .is_some_and(|on| on.get(publication).is_some())
    };
    let rows = state.all(kind).into_iter().filter(|row| holds(row));
    rows.filter_map(|row| gid::number_of(kind, text(&row, "id")))
        .collect()
}
