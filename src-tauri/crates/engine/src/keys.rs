//! The port to the keys with which this installation signs what people decide.

use std::sync::Arc;

use slipway_domain::{DeviceKey, Person};

use crate::error::VaultError;

/// Where the device keys of this installation are. One installation has a key for each person who acts there, so that what one
/// decided is never signed as another's.
pub trait Keys: Send + Sync {
    /// The person's key, made the first time. May block for a moment.
    ///
    /// # Errors
    /// When it can't be read, made or kept.
    fn key(&self, person: &Person) -> Result<Arc<DeviceKey>, VaultError>;
}
