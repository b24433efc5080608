//! Every command that the outside may call, generic over its host.
//!
//! A host (the window's shell, the command line, the web host of the tests) gives this crate its platforms, its clock
//! and its folders, and carries requests and responses. Invariant: no host decides anything about releases.

mod access;
mod carried;
mod changes;
mod commands;
mod diffs;
mod error;
mod events;
#[cfg(test)]
mod generated;
mod handlers;
mod host;
mod jobs;
mod kept;
mod pictures;
mod plans;
mod remembered;
mod sample;
mod sentences;
mod session;
mod trust;
mod turns;
mod views;
pub mod wire;
mod workspace;

pub use commands::{CommandTypes, Commands, NAMES};
pub use host::{Drawn, Host, SampleEnvironment, Undrawn};
pub use session::{Api, WorkDone};
pub use wire::{ApiError, ErrorCode, Event, Topic};

// What is read to people goes through it.
pub use slipway_diff::text::visible;
// What hosts implement the port with, and read answers by; they know no room behind this one.
pub use slipway_domain::{
    ChangeKind, DeploymentId, DeploymentState, DeviceKey, Gate, Millis, Obstacle, OperationState,
    Person, Planned, ReleaseState, Requirement, ResourceKey, Rules, Standing, Step, StepOutcome,
    Tier,
};
pub use slipway_engine::{
    Clock, Keys, Platform, Reach, Secret, SecretPlace, SecretPurpose, Vault, VaultError,
};
