//! Where this machine keeps secrets: its keyring; for a run without one, variables of the environment.
//!
//! Looked for in this order: what was typed in this run, the variable named after the store (`SLIPWAY_TOKEN_<STORE>`, as
//! `SLIPWAY_TOKEN_NORTHWIND`; for passwords of theme files `SLIPWAY_THEME_TOKEN_<STORE>`), the keyring.
//!
//! Invariant: what a variable holds goes to the store that it is named after, at the vendor's address, or to this machine.
//! No other address gets it, whoever asks. `SLIPWAY_TOKEN` names no store, and is for `env add` alone.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use slipway_api::{Secret, SecretPlace, SecretPurpose, Vault, VaultError};

/// The name under which the keyring lists Slipway's secrets.
const SERVICE: &str = "Slipway";
/// How long a person has to unlock the keyring.
const UNLOCK_LIMIT: Duration = Duration::from_secs(60);

/// The secrets of this machine.
#[derive(Default)]
pub(crate) struct MachineVault {
    held: Mutex<HashMap<SecretPlace, Secret>>,
}

impl MachineVault {
    /// Holds a secret until the program ends; `None`: holds none for that place. Gives the one that was held before.
    pub(crate) fn hold(&self, place: &SecretPlace, secret: Option<Secret>) -> Option<Secret> {
        let mut held = self.held();
        match secret {
            Some(secret) => held.insert(place.clone(), secret),
            None => held.remove(place),
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<SecretPlace, Secret>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MachineVault {
    fn get(&self, place: &SecretPlace) -> Result<Option<Secret>, VaultError> {
        if let Some(secret) = self.held().get(place) {
            return Ok(Some(secret.clone()));
        }
        if let Some(secret) = own_variable(place).and_then(|name| variable(&name)) {
            return Ok(Some(secret));
        }
        let found = in_keyring(&place.to_string(), hint(place), read)?;
        if let Some(secret) = &found {
            // Asked once: a long deployment must not stop at a keyring that locks itself.
            self.hold(place, Some(secret.clone()));
        }
        Ok(found)
    }

    fn set(&self, place: &SecretPlace, secret: &Secret) -> Result<(), VaultError> {
        self.hold(place, Some(secret.clone()));
        let secret = secret.clone();
        in_keyring(&place.to_string(), hint(place), move |entry| {
            entry.set_password(secret.expose())
        })
    }

    fn delete(&self, place: &SecretPlace) -> Result<(), VaultError> {
        self.hold(place, None);
        in_keyring(&place.to_string(), hint(place), |entry| {
            match entry.delete_credential() {
                Err(keyring::Error::NoEntry) => Ok(()),
                done => done,
            }
        })
    }
}

/// The variable whose secret may be sent to a place; `None` for an address that is neither the store's own nor on this
/// machine.
fn own_variable(place: &SecretPlace) -> Option<String> {
    if !place.is_accounts_own() {
        return None;
    }
    let general = match place.purpose {
        SecretPurpose::Access => "SLIPWAY_TOKEN",
        SecretPurpose::Theme => "SLIPWAY_THEME_TOKEN",
    };
    let label: String = place
        .account
        .chars()
        .take_while(|c| *c != '.')
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => c.to_ascii_uppercase(),
            _ => '_',
        })
        .collect();
    Some(format!("{general}_{label}"))
}

fn variable(name: &str) -> Option<Secret> {
    let text = std::env::var(name).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| Secret::new(text.to_owned()))
}

/// What the keyring has under a name of ours; `None`: nothing.
pub(crate) fn entry(name: &str) -> Result<Option<Secret>, VaultError> {
    let hint = "Unlock it: it holds the key that signs what you decide.".to_owned();
    in_keyring(name, hint, read)
}

fn read(entry: &keyring::Entry) -> Result<Option<Secret>, keyring::Error> {
    match entry.get_password() {
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts something into the keyring, in the place of what it had under that name.
pub(crate) fn put_entry(name: &str, secret: Secret) -> Result<(), VaultError> {
    let hint = "Unlock it: the key that signs what you decide is kept there.".to_owned();
    in_keyring(name, hint, move |entry| entry.set_password(secret.expose()))
}

/// What a person can do when the secret of a place can't be had from the keyring.
fn hint(place: &SecretPlace) -> String {
    match own_variable(place) {
        Some(name) => format!("Unlock it, or give the token with each run as ${name}."),
        None => "Unlock it: a token for this address comes from nowhere else.".to_owned(),
    }
}

/// Does something with an entry of the keyring on a thread of its own, for the keyring may wait for a person.
fn in_keyring<T: Send + 'static>(
    name: &str,
    hint: String,
    act: impl FnOnce(&keyring::Entry) -> Result<T, keyring::Error> + Send + 'static,
) -> Result<T, VaultError> {
    let unreachable = |why: &str| VaultError {
        message: format!("The keyring of this machine can't be used: {why}."),
        hint: hint.clone(),
    };
    let (send, receive) = mpsc::channel();
    let name = name.to_owned();
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
    use slipway_api::Reach;

    use super::*;

    fn place(account: &str, base: Option<(&str, bool)>) -> SecretPlace {
        SecretPlace {
            account: account.to_owned(),
            reach: match base {
                None => Reach::Own,
                Some((base, is_loopback)) => Reach::At {
                    base: base.to_owned(),
                    is_loopback,
                },
            },
            purpose: SecretPurpose::Access,
        }
    }

    #[test]
    fn a_variable_goes_to_the_store_that_it_is_named_after_and_to_this_machine() {
        let northwind = "northwind-dev.myshopify.com";
        for (place, expected) in [
            (place(northwind, None), Some("SLIPWAY_TOKEN_NORTHWIND_DEV")),
            (
                place(northwind, None).theme(),
                Some("SLIPWAY_THEME_TOKEN_NORTHWIND_DEV"),
            ),
            (
                place(
                    "a1.myshopify.com",
                    Some(("http://127.0.0.1:1/shops/a1/", true)),
                ),
                Some("SLIPWAY_TOKEN_A1"),
            ),
            (
                place(northwind, Some(("https://thief.example/", false))),
                None,
            ),
            (
                place(northwind, Some(("https://thief.example/", false))).theme(),
                None,
            ),
        ] {
            assert_eq!(own_variable(&place).as_deref(), expected, "{place}");
        }
    }

    #[test]
    fn what_is_held_is_found_without_a_keyring() {
        let vault = MachineVault::default();
        let held = place("held.myshopify.com", None);
        let token = |text: &str| Some(Secret::new(text.to_owned()));
        assert!(vault.hold(&held, token("token")).is_none());
        let before = vault.hold(&held, token("mistyped"));
        vault.hold(&held, before);
        let found = vault.get(&held).expect("it is held");
        assert_eq!(found.expect("a secret").expose(), "token");
    }
}
