//! Tokens: kept in memory only, renewed before they end and when the store no longer accepts them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use slipway_engine::{PlatformError, Secret, SecretPlace, Vault};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::failure::{refused, unavailable};
use super::super::settings::{Auth, Settings};
use super::connections::Connections;
use super::{answer, limits};

/// Tokens of theme passwords begin so; they go another way (the vendor's CLI).
pub(super) const THEME_PASSWORD: &str = "shptka_";

/// The longest answer that is read where a token is asked for.
const TOKEN_LIMIT_BYTES: usize = 64 * 1024;

/// A token is renewed this long before it ends.
const RENEWED_BEFORE: Duration = Duration::from_secs(300);

/// Gives the tokens of one environment.
pub(super) struct Tokens {
    vault: Arc<dyn Vault>,
    /// What the vault gave: asking it for every request would be slow.
    kept: std::sync::Mutex<HashMap<SecretPlace, Secret>>,
    fetched: Mutex<Option<Fetched>>,
}

/// A token that was fetched.
struct Fetched {
    token: Secret,
    ends_at: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

impl Tokens {
    pub(super) fn new(vault: Arc<dyn Vault>) -> Self {
        Self {
            vault,
            kept: std::sync::Mutex::default(),
            fetched: Mutex::default(),
        }
    }

    /// The token to send with the next request.
    pub(super) async fn token(
        &self,
        connections: &Connections,
        settings: &Settings,
    ) -> Result<Secret, PlatformError> {
        let Auth::ClientCredentials { client_id } = &settings.auth else {
            return self.secret(settings.secret_place());
        };
        // Held while a token is fetched: the others wait for that one instead of fetching their own.
        let mut fetched = self.fetched.lock().await;
        if let Some(known) = fetched
            .as_ref()
            .filter(|known| known.ends_at > Instant::now())
        {
            return Ok(known.token.clone());
        }
        let granted = self.fetch(connections, settings, client_id).await?;
        let lives = Duration::from_secs(granted.expires_in.unwrap_or(86_399));
        let token = Secret::new(granted.access_token);
        *fetched = Some(Fetched {
            token: token.clone(),
            ends_at: Instant::now() + lives.saturating_sub(RENEWED_BEFORE.min(lives / 2)),
        });
        Ok(token)
    }

    /// The password for theme files.
    pub(super) fn theme_password(&self, settings: &Settings) -> Result<Secret, PlatformError> {
        self.secret(settings.secret_place().theme())
    }

    /// Drops a token that the store did not accept. Whether asking again can bring another.
    pub(super) async fn renew(&self, rejected: &Secret) -> Renewal {
        let mut fetched = self.fetched.lock().await;
        if let Some(known) = fetched.as_ref() {
            // Another request may have renewed it meanwhile.
            if known.token.expose() == rejected.expose() {
                *fetched = None;
            }
            return Renewal::Possible;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let held = kept
            .iter()
            .find(|(_, secret)| secret.expose() == rejected.expose());
        let Some(place) = held.map(|(place, _)| place.clone()) else {
            return Renewal::Possible;
        };
        kept.remove(&place);
        // A person may have put another one into the vault.
        match self.vault.get(&place) {
            Ok(Some(secret)) if secret.expose() != rejected.expose() => Renewal::Possible,
            _ => Renewal::Impossible,
        }
    }

    fn secret(&self, place: SecretPlace) -> Result<Secret, PlatformError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = kept.get(&place) {
            return Ok(secret.clone());
        }
        let found = self
            .vault
            .get(&place)
            .map_err(|error| refused(error.message, error.hint))?;
        let secret = found.ok_or_else(|| {
            refused(
                format!("This machine holds no secret for {place}."),
                "Connect the environment again and give its access token.",
            )
        })?;
        kept.insert(place, secret.clone());
        Ok(secret)
    }

    async fn fetch(
        &self,
        connections: &Connections,
        settings: &Settings,
        client_id: &str,
    ) -> Result<Granted, PlatformError> {
        let secret = self.secret(settings.secret_place())?;
        let body = serde_json::json!({
            "client_id": client_id,
            "client_secret": secret.expose(),
            "grant_type": "client_credentials",
        });
        let asked = connections
            .http()?
            .post(settings.address("admin/oauth/access_token"))
            .json(&body)
            .send()
            .await;
        let response = asked.map_err(|error| answer::unreachable(&settings.store, &error))?;
        let status = response.status();
        if status.is_client_error() && status.as_u16() != 429 {
            return Err(refused(
                format!(
                    "{} gave the app no access token (status {}).",
                    settings.store,
                    status.as_u16()
                ),
                "See whether the app's id and secret are right and the app is installed in this store.",
            ));
        }
        if !status.is_success() {
            return Err(unavailable(
                format!(
                    "{} answered with status {}.",
                    settings.store,
                    status.as_u16()
                ),
                "Try again in a moment.",
            ));
        }
        let granted = limits::body(response, TOKEN_LIMIT_BYTES).await.ok();
        let granted = granted.and_then(|bytes| limits::json(&bytes).ok());
        granted.ok_or_else(|| {
            unavailable(
                format!("{} gave no access token in its answer.", settings.store),
                "Try again in a moment.",
            )
        })
    }
}

/// Whether a rejected token can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    /// By asking again.
    Possible,
    /// Only by a person.
    Impossible,
}
