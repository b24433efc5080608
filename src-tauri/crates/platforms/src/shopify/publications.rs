//! The publications of a store, one for each sales channel: asked for once, and true for a minute.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use slipway_engine::PlatformError;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::apart;
use super::client::{Client, Way};
use super::store::Pages;

/// How long they count.
const FRESH: Duration = Duration::from_secs(60);

/// Identities and titles.
type Titled = Arc<[(String, String)]>;

/// What a store listed last.
#[derive(Default)]
pub(super) struct Publications {
    /// Held while the store is asked: the others wait for that one answer.
    listed: Mutex<Option<(Instant, Titled)>>,
}

impl Publications {
    /// Their identities and titles; not of those that no rule could name. What was listed before is taken where it `suffices`: whoever misses one asks anew.
    pub(super) async fn list(
        &self,
        client: &Client,
        suffices: impl Fn(&[(String, String)]) -> bool,
    ) -> Result<Titled, PlatformError> {
        let mut listed = self.listed.lock().await;
        if let Some((at, known)) = &*listed
            && at.elapsed() < FRESH
            && suffices(known)
        {
            return Ok(Arc::clone(known));
        }
        let asked_at = Instant::now();
        let mut found = Vec::new();
        let mut pages = Pages::new("Publications", json!({}), 50);
        while let Some(page) = pages.next(client, Way::Admin).await? {
            found.extend(page.iter().filter_map(|node| {
                let title = node["catalog"]["title"]
                    .as_str()
                    .or_else(|| node["name"].as_str());
                let title = title.filter(|title| apart::is_plain(title))?;
                Some((node["id"].as_str()?.to_owned(), title.to_owned()))
            }));
        }
        let found: Titled = found.into();
        *listed = Some((asked_at, Arc::clone(&found)));
        Ok(found)
    }
}
