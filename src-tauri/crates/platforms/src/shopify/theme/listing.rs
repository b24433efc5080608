//! What one theme of a store holds, by checksums: asked for once, and true for some seconds.
//!
//! A capture, the deployment that follows it and its writes share what they learn. Invariant: whatever leaves the theme
//! unclear makes it forget.

use std::time::Duration;

use serde_json::Value;
use slipway_engine::PlatformError;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::failure::refused;
use super::super::settings::ThemeChoice;
use super::super::store::Store;
use super::Theme;
use super::files::{self, Checksums};

/// How long a listing counts.
const FRESH: Duration = Duration::from_secs(3);

/// The theme of a store that was listed last.
#[derive(Default)]
pub(in super::super) struct Listing {
    /// Held while the store is asked: the others wait for that one answer.
    listed: Mutex<Option<Listed>>,
}

struct Listed {
    theme: Theme,
    /// Whether it is the theme that the settings choose.
    is_chosen: bool,
    checksums: Checksums,
    asked_at: Instant,
}

impl Listed {
    fn is_fresh(&self) -> bool {
        self.asked_at.elapsed() < FRESH
    }
}

impl Listing {
    /// The chosen theme and what it holds, asked for now.
    pub(super) async fn read(&self, store: &Store) -> Result<(Theme, Checksums), PlatformError> {
        let mut listed = self.listed.lock().await;
        let read = read_chosen(store).await?;
        let found = (read.theme.clone(), read.checksums.clone());
        *listed = Some(read);
        Ok(found)
    }

    /// The chosen theme.
    pub(in super::super) async fn chosen(&self, store: &Store) -> Result<Theme, PlatformError> {
        let mut listed = self.listed.lock().await;
        if let Some(known) = &*listed
            && known.is_chosen
            && known.is_fresh()
        {
            return Ok(known.theme.clone());
        }
        let read = read_chosen(store).await?;
        let theme = read.theme.clone();
        *listed = Some(read);
        Ok(theme)
    }

    /// The checksum of a file of a theme. The outer nothing: it is not there; the inner one: the store gives none.
    pub(super) async fn checksum(
        &self,
        store: &Store,
        theme: &str,
        path: &str,
    ) -> Result<Option<Option<[u8; 16]>>, PlatformError> {
        let mut listed = self.listed.lock().await;
        if let Some(known) = &*listed
            && known.theme.id == theme
            && known.is_fresh()
        {
            return Ok(known.checksums.get(path).copied());
        }
        let asked_at = Instant::now();
        let found = files::of(store, theme).await?;
        let (theme, checksums) = found.ok_or_else(|| files::gone(store))?;
        let checksum = checksums.get(path).copied();
        *listed = Some(Listed {
            is_chosen: is_chosen(store, &theme),
            theme,
            checksums,
            asked_at,
        });
        Ok(checksum)
    }

    /// Takes note of what the store says it did to a theme.
    pub(super) async fn learn(&self, theme: &str, payload: &Value) {
        let mut listed = self.listed.lock().await;
        let Some(known) = listed.as_mut().filter(|known| known.theme.id == theme) else {
            *listed = None;
            return;
        };
        let done = |name: &str| payload[name].as_array().cloned().unwrap_or_default();
        for file in done("upsertedThemeFiles") {
            if let Some(path) = file["filename"].as_str() {
                let checksum = file["checksumMd5"].as_str().and_then(files::parse);
                known.checksums.insert(path.to_owned(), checksum);
            }
        }
        for file in done("deletedThemeFiles") {
            if let Some(path) = file["filename"].as_str() {
                known.checksums.remove(path);
            }
        }
    }

    /// Forgets what was known: the next question goes to the store.
    pub(super) async fn forget(&self) {
        *self.listed.lock().await = None;
    }
}

/// The chosen theme, listed.
async fn read_chosen(store: &Store) -> Result<Listed, PlatformError> {
    let asked_at = Instant::now();
    let settings = store.client.settings();
    let (theme, checksums) = match settings.theme {
        ThemeChoice::Live => files::live(store).await?,
        ThemeChoice::Id(number) => files::of(store, &id_of(number)).await?.ok_or_else(|| {
            refused(
                format!("{} has no theme {number}.", settings.store),
                "Choose another theme in the settings of the environment.",
            )
        })?,
    };
    Ok(Listed {
        theme,
        is_chosen: true,
        checksums,
        asked_at,
    })
}

fn is_chosen(store: &Store, theme: &Theme) -> bool {
    match store.client.settings().theme {
        ThemeChoice::Live => theme.is_live(),
        ThemeChoice::Id(number) => theme.id == id_of(number),
    }
}

fn id_of(number: u64) -> String {
    format!("gid://shopify/OnlineStoreTheme/{number}")
}
