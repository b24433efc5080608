//! Secrets, and the port to where they are kept.
//!
//! Invariant: a secret is never printed, logged, serialised or stored by this program.
//! Invariant: a secret is asked for by the place that it is sent to. No connection holds a name for it, so that none can
//! name another place's.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::VaultError;

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

/// What a secret opens at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretPurpose {
    /// All that it grants: a token, or an app's secret.
    Access,
    /// The theme files alone: a password beside the token.
    Theme,
}

/// How an account is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// At the vendor's own address, encrypted.
    Own,
    /// At another address.
    At {
        /// The address, normalised.
        base: String,
        /// Whether that is on this machine.
        is_loopback: bool,
    },
}

/// The place that a secret is sent to, and what it opens there: all by which a [`Vault`] finds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretPlace {
    /// The account as its vendor calls it: `northwind.myshopify.com`.
    pub account: String,
    /// Where it is reached.
    pub reach: Reach,
    /// What the secret opens.
    pub purpose: SecretPurpose,
}

impl SecretPlace {
    /// The place of the password for theme files, which lies beside the secret of a store.
    #[must_use]
    pub fn theme(self) -> Self {
        Self {
            purpose: SecretPurpose::Theme,
            ..self
        }
    }

    /// Whether what a person named after the account may be sent here: to the account itself, or to a simulated one on this
    /// machine.
    pub fn is_accounts_own(&self) -> bool {
        match &self.reach {
            Reach::Own => true,
            Reach::At { is_loopback, .. } => *is_loopback,
        }
    }
}

/// The name under which a vault keeps the secret. No two places have one name.
impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.account)?;
        if let Reach::At { base, .. } = &self.reach {
            write!(f, "@{base}")?;
        }
        match self.purpose {
            SecretPurpose::Access => Ok(()),
            SecretPurpose::Theme => f.write_str(".theme"),
        }
    }
}

/// Where secrets are kept: the system's keyring, or the environment of a headless run. May block for a moment.
pub trait Vault: Send + Sync {
    /// The secret for that place; `None` when there is none.
    ///
    /// # Errors
    /// When the vault is locked or can't be asked.
    fn get(&self, place: &SecretPlace) -> Result<Option<Secret>, VaultError>;

    /// Keeps a secret, in the place of an earlier one.
    ///
    /// # Errors
    /// When the vault is locked, read-only or can't be asked.
    fn set(&self, place: &SecretPlace, secret: &Secret) -> Result<(), VaultError>;

    /// Forgets a secret; one that is not there is no error.
    ///
    /// # Errors
    /// As [`Vault::set`].
    fn delete(&self, place: &SecretPlace) -> Result<(), VaultError>;
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
