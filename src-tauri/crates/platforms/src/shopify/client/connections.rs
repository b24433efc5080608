//! The connections to one store.

use std::sync::OnceLock;

use slipway_engine::PlatformError;

use super::super::failure::unavailable;
use super::places::PublicOnly;
use super::{ANSWER_TIMEOUT, CONNECT_TIMEOUT};

/// Connects to a store when something is first asked of it: the system's certificates, which that takes, are more work to
/// read than all else that a short command does, and most need none.
pub(super) struct Connections {
    client: OnceLock<reqwest::Client>,
    /// For addresses that the store names.
    files: OnceLock<reqwest::Client>,
    reach: Reach,
}

/// Where a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// On this machine: reached directly, whatever proxy this machine uses.
    Loopback,
    /// In a private network: its files may be there as well.
    Private,
    /// Elsewhere, as are its files.
    Public,
}

impl Connections {
    /// To a store there.
    pub(super) fn new(reach: Reach) -> Self {
        Self {
            client: OnceLock::new(),
            files: OnceLock::new(),
            reach,
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
        let client = connect(self.reach, None)?;
        Ok(self.client.get_or_init(|| client))
    }

    /// What fetches from and sends to addresses that the store names.
    ///
    /// # Errors
    /// As [`Connections::http`].
    pub(super) fn files(&self) -> Result<&reqwest::Client, PlatformError> {
        if self.reach != Reach::Public {
            return self.http();
        }
        if let Some(client) = self.files.get() {
            return Ok(client);
        }
        let client = connect(self.reach, Some(PublicOnly::on_this_machine()))?;
        Ok(self.files.get_or_init(|| client))
    }
}

fn connect(reach: Reach, names: Option<PublicOnly>) -> Result<reqwest::Client, PlatformError> {
    // The first one wins; that it was set before is no error.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let builder = reqwest::Client::builder();
    let builder = match reach {
        Reach::Loopback => builder.no_proxy(),
        Reach::Private | Reach::Public => builder,
    };
    let builder = match names {
        Some(names) => builder.dns_resolver(names),
        None => builder,
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
