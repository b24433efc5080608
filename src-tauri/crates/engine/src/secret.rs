//! Secrets, and the port to where they are kept.
//!
//! Invariant: a secret is never printed, logged, serialised or stored by this program. Connections hold the name under
//! which a [`Vault`] keeps it, and nothing else.

use std::fmt;

use zeroize::Zeroizing;

/// A token or password. Prints as `••••`; its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text that is secret from now on.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

/// What ends the name of the password for theme files, which is kept beside the secret of a store.
pub const THEME_SECRET: &str = ".theme";

/// What a vault could not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct VaultError {
    /// One sentence that names the vault, never the secret.
    pub message: String,
    /// What a person can do.
    pub hint: String,
}

/// Where secrets are kept: the system's keyring, or the environment of a headless run. May block for a moment.
pub trait Vault: Send + Sync {
    /// The secret of that name; nothing when there is none.
    ///
    /// # Errors
    /// When the vault is locked or can't be asked.
    fn get(&self, reference: &str) -> Result<Option<Secret>, VaultError>;

    /// Keeps a secret, in the place of an earlier one.
    ///
    /// # Errors
    /// When the vault is locked, read-only or can't be asked.
    fn set(&self, reference: &str, secret: &Secret) -> Result<(), VaultError>;

    /// Forgets a secret; one that is not there is no error.
    ///
    /// # Errors
    /// As [`Vault::set`].
    fn delete(&self, reference: &str) -> Result<(), VaultError>;
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("shpat_0123".to_owned());
        assert_eq!(format!("{secret} {secret:?}"), "•••• ••••");
        assert_eq!(secret.expose(), "shpat_0123");
    }
}
