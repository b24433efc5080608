//! The port to time and chance.

use slipway_domain::Millis;

/// Where time and identities come from; passed in, so that tests and simulations have their own.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Millis;

    /// Sixty-four bits that were not given before, for an identity.
    fn unique(&self) -> u64;
}
