//! Where this machine keeps secrets: its keyring; for a run without one, variables of the environment.
//!
//! Looked for in this order: what was typed in this run, the variable of the very store (`SLIPWAY_TOKEN_<STORE>`, as
//! `SLIPWAY_TOKEN_NORTHWIND`), the keyring, `SLIPWAY_TOKEN`. For passwords of theme files the variables are
//! `SLIPWAY_THEME_TOKEN_<STORE>` and `SLIPWAY_THEME_TOKEN`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use slipway_api::{Secret, THEME_SECRET, Vault, VaultError};

/// The name under which the keyring lists Slipway's secrets.
const SERVICE: &str = "Slipway";
/// How long a person has to unlock the keyring.
const UNLOCK_LIMIT: Duration = Duration::from_secs(60);

/// The secrets of this machine.
#[derive(Default)]
pub(crate) struct MachineVault {
    held: Mutex<HashMap<String, Secret>>,
}

impl MachineVault {
    /// Holds a secret until the program ends; none: holds none of that name. Gives the one that was held before.
    pub(crate) fn hold(&self, name: &str, secret: Option<Secret>) -> Option<Secret> {
        let mut held = self.held();
        match secret {
            Some(secret) => held.insert(name.to_owned(), secret),
            None => held.remove(name),
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MachineVault {
    fn get(&self, reference: &str) -> Result<Option<Secret>, VaultError> {
        if let Some(secret) = self.held().get(reference) {
            return Ok(Some(secret.clone()));
        }
        let (general, own) = variables(reference);
        if let Some(secret) = variable(&own) {
            return Ok(Some(secret));
        }
        let found = in_keyring(reference, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        });
        match (found, variable(&general)) {
            (Ok(Some(secret)), _) => {
                // Asked once: a long deployment must not stop at a keyring that locks itself.
                self.hold(reference, Some(secret.clone()));
                Ok(Some(secret))
            }
            (_, Some(secret)) => Ok(Some(secret)),
            (Ok(None), None) => Ok(None),
            (Err(error), None) => Err(error),
        }
    }

    fn set(&self, reference: &str, secret: &Secret) -> Result<(), VaultError> {
        self.hold(reference, Some(secret.clone()));
        let secret = secret.clone();
        in_keyring(reference, move |entry| entry.set_password(secret.expose()))
    }

    fn delete(&self, reference: &str) -> Result<(), VaultError> {
        self.hold(reference, None);
        in_keyring(reference, |entry| match entry.delete_credential() {
            Err(keyring::Error::NoEntry) => Ok(()),
            done => done,
        })
    }
}

/// The names of the variables that stand for a secret: for any store, and for its own.
fn variables(reference: &str) -> (String, String) {
    let (general, store) = match reference.strip_suffix(THEME_SECRET) {
        Some(store) => ("SLIPWAY_THEME_TOKEN", store),
        None => ("SLIPWAY_TOKEN", reference),
    };
    let label: String = store
        .chars()
        .take_while(|c| *c != '.')
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => c.to_ascii_uppercase(),
            _ => '_',
        })
        .collect();
    (general.to_owned(), format!("{general}_{label}"))
}

fn variable(name: &str) -> Option<Secret> {
    let text = std::env::var(name).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| Secret::new(text.to_owned()))
}

/// Does something with an entry of the keyring on a thread of its own, for the keyring may wait for a person.
fn in_keyring<T: Send + 'static>(
    reference: &str,
    act: impl FnOnce(&keyring::Entry) -> Result<T, keyring::Error> + Send + 'static,
) -> Result<T, VaultError> {
    let (_, own) = variables(reference);
    let unreachable = |why: &str| VaultError {
        message: format!("The keyring of this machine can't be used: {why}."),
        hint: format!("Unlock it, or give the token with each run as ${own}."),
    };
    let (send, receive) = mpsc::channel();
    let name = reference.to_owned();
    std::thread::spawn(move || {
        let done = keyring::Entry::new(SERVICE, &name).and_then(|entry| act(&entry));
        // Nobody waits any more when the time was up.
        send.send(done).ok();
    });
    match receive.recv_timeout(UNLOCK_LIMIT) {
        Ok(done) => done.map_err(|error| unreachable(&error.to_string())),
        Err(_) => Err(unreachable("it did not answer within a minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_after_the_store() {
        for (reference, general, own) in [
            (
                "northwind-dev.myshopify.com",
                "SLIPWAY_TOKEN",
                "SLIPWAY_TOKEN_NORTHWIND_DEV",
            ),
            (
                "a1.myshopify.com@http://127.0.0.1:1/shops/a1/",
                "SLIPWAY_TOKEN",
                "SLIPWAY_TOKEN_A1",
            ),
            (
                "northwind.myshopify.com.theme",
                "SLIPWAY_THEME_TOKEN",
                "SLIPWAY_THEME_TOKEN_NORTHWIND",
            ),
        ] {
            assert_eq!(
                variables(reference),
                (general.to_owned(), own.to_owned()),
                "{reference}"
            );
        }
    }

    #[test]
    fn what_is_held_is_found_without_a_keyring() {
        let vault = MachineVault::default();
        let token = |text: &str| Some(Secret::new(text.to_owned()));
        assert!(vault.hold("held.myshopify.com", token("token")).is_none());
        let before = vault.hold("held.myshopify.com", token("mistyped"));
        vault.hold("held.myshopify.com", before);
        let found = vault.get("held.myshopify.com").expect("it is held");
        assert_eq!(found.expect("a secret").expose(), "token");
    }
}
