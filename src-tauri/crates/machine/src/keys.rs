//! The keys with which what people decide on this machine is signed: in its keyring, or in a file that its owner alone reads.
//!
//! Each person who acts here has one. It is made the first time; one that is lost is no loss: the next one is introduced as
//! another device of theirs.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use slipway_api::{DeviceKey, Keys, Person, Secret, VaultError};
use zeroize::Zeroizing;

use crate::vault;

/// The device keys of this machine.
pub(crate) struct MachineKeys {
    folder: PathBuf,
    known: Mutex<HashMap<String, Arc<DeviceKey>>>,
}

impl MachineKeys {
    /// Those whose files, if there is no keyring, lie in this folder.
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            known: Mutex::default(),
        }
    }

    fn find(&self, email: &str) -> Result<DeviceKey, VaultError> {
        let file = self.file(email);
        if let Some(key) = in_file(&file)? {
            return Ok(key);
        }
        let name = format!("device:{email}");
        match vault::entry(&name) {
            Ok(Some(secret)) => return key_of(&secret).ok_or_else(|| unusable(&file)),
            Ok(None) => {
                let (key, secret) = new_key();
                if vault::put_entry(&name, secret).is_ok() {
                    return Ok(key);
                }
            }
            // Whoever is called at night has to be able to act: another key is another device of theirs.
            Err(_) => {}
        }
        let (key, secret) = new_key();
        match write(&file, &secret) {
            // Said once: from now on the file is there.
            Ok(()) => eprintln!(
                "note: this machine has no keyring that can be used, so the key that signs what you decide is kept in {}, which only you can read",
                file.display()
            ),
            // Another process was quicker.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return in_file(&file)?.ok_or_else(|| unusable(&file));
            }
            Err(error) => {
                return Err(VaultError {
                    message: format!("{} can't be written: {error}.", file.display()),
                    hint: "What people decide is signed: make room for the key.".to_owned(),
                });
            }
        }
        Ok(key)
    }

    /// A name that any address can have.
    fn file(&self, email: &str) -> PathBuf {
        self.folder
            .join(format!("{}.key", blake3::hash(email.as_bytes())))
    }
}

impl Keys for MachineKeys {
    fn key(&self, person: &Person) -> Result<Arc<DeviceKey>, VaultError> {
        let email = person.email.to_ascii_lowercase();
        // Held while it is made, so that nobody here gets two.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known.get(&email) {
            return Ok(key.clone());
        }
        let key = Arc::new(self.find(&email)?);
        known.insert(email, key.clone());
        Ok(key)
    }
}

fn new_key() -> (DeviceKey, Secret) {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).expect("BUG: the operating system has no random numbers");
    // Of its full length from the start: a text that grows leaves copies behind.
    let mut text = String::with_capacity(64);
    for byte in seed.iter() {
        text.push(char::from_digit(u32::from(byte >> 4), 16).expect("BUG: below 16"));
        text.push(char::from_digit(u32::from(byte & 15), 16).expect("BUG: below 16"));
    }
    (DeviceKey::of_seed(&seed), Secret::new(text))
}

fn key_of(secret: &Secret) -> Option<DeviceKey> {
    let text = secret.expose().trim().as_bytes();
    let mut seed = Zeroizing::new([0; 32]);
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in seed.iter_mut().zip(text.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(DeviceKey::of_seed(&seed))
}

fn in_file(file: &Path) -> Result<Option<DeviceKey>, VaultError> {
    match fs::read_to_string(file) {
        Ok(text) => match key_of(&Secret::new(text)) {
            Some(key) => Ok(Some(key)),
            None => Err(unusable(file)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(VaultError {
            message: format!("{} can't be read: {error}.", file.display()),
            hint: "It holds the key that signs what you decide.".to_owned(),
        }),
    }
}

/// Writes the whole file or none: one that is half there would be taken for a key.
fn write(file: &Path, secret: &Secret) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        builder.mode(0o700);
        new.mode(0o600);
    }
    builder.create(folder)?;
    let partial = file.with_extension(format!("{}.partial", std::process::id()));
    // What a process of this number left behind.
    fs::remove_file(&partial).ok();
    let mut out = new.open(&partial)?;
    let written = out
        .write_all(secret.expose().as_bytes())
        .and_then(|()| out.sync_all())
        // Unlike a rename, this does not replace one that is there.
        .and_then(|()| fs::hard_link(&partial, file));
    fs::remove_file(&partial).ok();
    written
}

fn unusable(file: &Path) -> VaultError {
    VaultError {
        message: "The key that signs what you decide is no key.".to_owned(),
        hint: format!(
            "Remove {} or the entry of the keyring: a new one is made.",
            file.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_in_a_file_of_its_owner_and_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys/ada.key");
        let (key, secret) = new_key();
        write(&file, &secret).expect("a file");
        let found = in_file(&file).expect("readable").expect("there");
        assert_eq!(found.public(), key.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode =
                |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!(mode(&file), 0o600);
            assert_eq!(mode(file.parent().expect("a folder")), 0o700);
        }
        let (_, other) = new_key();
        let error = write(&file, &other).expect_err("one is there");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let left = fs::read_dir(file.parent().expect("a folder")).expect("a folder");
        assert_eq!(left.count(), 1, "nothing half done is left");
    }

    #[test]
    fn a_file_that_holds_no_key_is_told_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ada.key");
        for text in ["", "00", &"zz".repeat(32), &"é".repeat(32)] {
            fs::write(&file, text).expect("a file");
            let error = in_file(&file).expect_err(text);
            assert!(error.hint.contains("ada.key"), "{error:?}");
        }
    }

    #[test]
    fn two_people_have_two_keys_and_one_has_one_however_it_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        for email in ["ada@example.com", "bob@example.com"] {
            let (_, secret) = new_key();
            let keys = MachineKeys::in_folder(folder.path().to_owned());
            write(&keys.file(email), &secret).expect("a file");
        }
        let keys = MachineKeys::in_folder(folder.path().to_owned());
        let of = |email: &str| {
            let person = format!("X <{email}>").parse().expect("a person");
            keys.key(&person).expect("a key").public()
        };
        assert_eq!(of("ada@example.com"), of("ADA@example.com"));
        assert_ne!(of("ada@example.com"), of("bob@example.com"));
    }
}
