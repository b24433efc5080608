//! Devices: the keys with which installations sign what people decide there.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// Identifies a device key: BLAKE3 of the public key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct DeviceId(String);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The public half of a device key: Ed25519 (RFC 8032), as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(type = "string"))]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The identity of the device.
    pub fn id(&self) -> DeviceId {
        DeviceId(blake3::hash(&self.0).to_hex().to_string())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether a signature is this key's over a message.
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        // Strict: a key or a signature that is valid in more than one way is none.
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex(&self.0))
    }
}

/// A signature by a device key.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    pub(crate) fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}…)", &hex(&self.0)[..8])
    }
}

/// The text is not what was expected of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{digits} hexadecimal digits were expected")]
pub struct ParseKeyError {
    digits: usize,
}

impl FromStr for PublicKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        unhex(text).map(Self)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How a signature is written beside what it signs. Another scheme is another `alg`.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    alg: std::borrow::Cow<'a, str>,
    sig: String,
}

const ED25519: &str = "ed25519";

impl Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            alg: ED25519.into(),
            sig: hex(&self.0),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { alg, sig } = Written::deserialize(deserializer)?;
        if alg != ED25519 {
            let message = format!("a signature by `{alg}` can't be checked");
            return Err(serde::de::Error::custom(message));
        }
        unhex(&sig).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A device key with its secret half, which is overwritten when it is dropped. Does not print.
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// The key of a seed: 32 secret random bytes.
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The half that everybody may know.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({})", self.public().id())
    }
}

/// A device that was introduced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its key.
    pub key: PublicKey,
    /// Whose it is; `None`: it made the workspace, and has not said yet.
    pub person: Option<PersonId>,
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], ParseKeyError> {
    let refused = ParseKeyError { digits: 2 * N };
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if text.len() != 2 * N || !text.as_bytes().iter().all(is_hex) {
        return Err(refused);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| refused.clone())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| refused.clone())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> DeviceKey {
        DeviceKey::of_seed(&[seed; 32])
    }

    #[test]
    fn a_signature_is_one_keys_over_one_message() {
        let (one, other) = (key(1), key(2));
        let signature = one.sign(b"message");
        assert!(one.public().verifies(b"message", &signature));
        assert!(!one.public().verifies(b"massage", &signature));
        assert!(!other.public().verifies(b"message", &signature));
        assert_ne!(one.public().id(), other.public().id());
    }

    #[test]
    fn keys_and_signatures_read_back_and_nothing_else_does() {
        let public = key(1).public();
        let json = serde_json::to_string(&public).expect("JSON");
        assert_eq!(
            serde_json::from_str::<PublicKey>(&json).expect("a key"),
            public
        );
        let signature = key(1).sign(b"m");
        let json = serde_json::to_string(&signature).expect("JSON");
        assert!(json.starts_with(r#"{"alg":"ed25519","sig":""#), "{json}");
        let read: Signature = serde_json::from_str(&json).expect("a signature");
        assert_eq!(read, signature);
        for wrong in [
            json.replace("ed25519", "none"),
            json.replace(r#""sig":""#, r#""sig":"é"#),
            r#"{"alg":"ed25519","sig":"00"}"#.to_owned(),
        ] {
            assert!(
                serde_json::from_str::<Signature>(&wrong).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_key_that_verifies_everything_is_none() {
        // The neutral point, of small order.
        let mut bytes = [0; 32];
        bytes[0] = 1;
        let weak = PublicKey(bytes);
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!weak.verifies(b"anything", &Signature(signature)));
    }

    #[test]
    fn the_secret_half_does_not_print() {
        let printed = format!("{:?}", DeviceKey::of_seed(&[0xab; 32]));
        assert!(!printed.contains("abab"), "{printed}");
    }
}
