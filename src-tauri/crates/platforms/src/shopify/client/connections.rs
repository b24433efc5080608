//! The connections to one store.

use std::sync::OnceLock;

use slipway_engine::PlatformError;

use super::super::failure::unavailable;
use super::{ANSWER_TIMEOUT, CONNECT_TIMEOUT};

/// Connects to a store when something is first asked of it: the system's certificates, which that takes, are more work to
/// read than all else that a short command does, and most need none.
pub(super) struct Connections {
    client: OnceLock<reqwest::Client>,
    is_loopback: bool,
}

impl Connections {
    /// To a store elsewhere, or to one on this machine: that is reached directly, whatever proxy this machine uses.
    pub(super) fn new(is_loopback: bool) -> Self {
        Self {
            client: OnceLock::new(),
            is_loopback,
        }
    }

    /// What sends requests.
    ///
    /// # Errors
    /// When this machine's network can't be used.
    pub(super) fn http(&self) -> Result<&reqwest::Client, PlatformError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = connect(self.is_loopback)?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn connect(is_loopback: bool) -> Result<reqwest::Client, PlatformError> {
    // The first one wins; that it was set before is no error.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let builder = reqwest::Client::builder();
    let builder = if is_loopback {
        builder.no_proxy()
    } else {
        builder
    };
    builder
        .user_agent(concat!("Slipway/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ANSWER_TIMEOUT)
        // A redirect would take the token elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|_| {
            unavailable(
                "This machine's network can't be used.",
                "See whether its certificates are installed.",
            )
        })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::super::settings::Settings;
    use super::super::super::tests::MemoryVault;
    use super::super::Client;

    #[test]
    fn a_store_that_is_only_opened_reads_no_certificates() {
        let connection = json!({
            "store": "northwind.myshopify.com", "auth": {"kind": "token"}, "secret": "northwind"
        });
        let settings = Settings::parse(&connection).expect("complete settings");
        let client = Client::new(settings, Arc::new(MemoryVault::default()));
        let connections = &client.inner.connections;
        assert!(
            connections.client.get().is_none(),
            "nothing was asked of it"
        );
        connections.http().expect("a network");
        assert!(connections.client.get().is_some(), "connections are kept");
    }
}
