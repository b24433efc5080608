//! The platform `shopify`: an environment that is a store, reached through the Admin API.
//!
//! Its objects are `shopify/<kind>:<natural key>`, its theme files `theme/file:<path>` as in a folder, so that the two
//! can be compared. Documents are portable: no ids, no volatile fields, references by natural key (see [`portable`]).
//!
//! Invariant: a create is never sent again without looking its natural key up (shopify.dev, Admin API).
//! Invariant: secrets come from the vault and go into headers and bodies of requests to the store; nowhere else.
//! Deliberately not here: what [`NOT_CAPTURED`] lists.

mod apart;
mod assess;
mod capture;
mod check;
mod client;
mod connect;
mod excluded;
mod failure;
mod gid;
mod half_done;
mod kinds;
mod names;
mod operations;
mod portable;
mod publications;
mod remote;
mod same_variants;
mod scopes;
mod settings;
mod store;
mod taken_along;
mod target;
mod theme;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use slipway_engine::{Connected, LeftAlone, Platform, PlatformError, Remote, SecretPlace, Vault};

pub use excluded::NOT_CAPTURED;

use remote::ShopifyRemote;
use settings::Settings;
use store::Store;

/// The platform `shopify`. Its connection is
/// `{"store", "auth": {"kind": "token" | "client_credentials", "client_id"}, "base_url", "api_version", "theme",
/// "theme_strategy", "theme_access", "unknown_metafields"}`; all but the first two may be missing. The vault keeps the token or the app's secret
/// for the place that `store` and `base_url` name; with `theme_access`, the password for theme files beside it.
pub struct Shopify {
    vault: Arc<dyn Vault>,
    /// One for all environments with the same settings: they share the store's budget of requests.
    stores: Mutex<HashMap<Settings, Arc<Store>>>,
}

impl Shopify {
    /// A platform whose secrets are in `vault`.
    pub fn new(vault: Arc<dyn Vault>) -> Self {
        Self {
            vault,
            stores: Mutex::default(),
        }
    }

    fn store(&self, settings: Settings) -> Arc<Store> {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&settings) {
            return Arc::clone(store);
        }
        let store = Arc::new(Store::new(settings.clone(), Arc::clone(&self.vault)));
        stores.insert(settings, Arc::clone(&store));
        store
    }
}

#[async_trait]
impl Platform for Shopify {
    fn name(&self) -> &'static str {
        "shopify"
    }

    async fn connect(&self, connection: &serde_json::Value) -> Result<Connected, PlatformError> {
        let settings = Settings::parse(connection)?;
        // Not one from before: a secret may have been replaced, or scopes granted.
        let store = Store::new(settings, Arc::clone(&self.vault));
        connect::connect(&store).await
    }

    fn leaves_alone(&self) -> Vec<LeftAlone> {
        NOT_CAPTURED.to_vec()
    }

    fn secret_place(&self, connection: &serde_json::Value) -> Option<SecretPlace> {
        Some(Settings::parse(connection).ok()?.secret_place())
    }

    fn place(&self, connection: &serde_json::Value) -> Option<String> {
        Some(Settings::parse(connection).ok()?.place())
    }

    /// The store: all its themes share its products, pages and files.
    fn exclusive(&self, connection: &serde_json::Value) -> Option<String> {
        Some(Settings::parse(connection).ok()?.reached())
    }

    fn address(&self, connection: &serde_json::Value) -> Option<String> {
        Some(Settings::parse(connection).ok()?.reached())
    }

    fn open(&self, connection: &serde_json::Value) -> Result<Arc<dyn Remote>, PlatformError> {
        let store = self.store(Settings::parse(connection)?);
        Ok(Arc::new(ShopifyRemote::new(store)))
    }
}
