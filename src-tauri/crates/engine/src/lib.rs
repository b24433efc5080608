//! The use cases of Slipway: capture, compare, draft, seal, review, plan, deploy, verify, roll back.
//!
//! Drives the ports [`Platform`] and [`Clock`]; keeps truth in the store; decides through the domain.
//!
//! Invariant: every decision goes through [`Engine::decide`]; every remote write through a deployment.
//! Deliberately not here: how a change looks on a screen or a wire (`api`), and which platforms there are (the hosts).

mod capture;
mod clock;
mod compare;
mod deploy;
mod document;
mod error;
mod holder;
mod job;
mod keep;
mod looking;
mod merge;
mod planning;
mod platform;
mod references;
mod releases;
mod rollback;
mod secret;
mod workspace;

pub use capture::{CaptureNotes, LeftOut};
pub use clock::Clock;
pub use compare::Comparison;
pub use deploy::{DeployRequest, Deploying, LiveDeployment, Phase};
pub use document::{check_theme_json, json_digest};
pub use error::EngineError;
pub use job::{EngineEvent, Job, Progress};
pub use planning::{Effect, Prepared};
pub use platform::{
    Budget, CaptureSink, Captured, Connected, Content, DocumentError, KindAccess, Known, LeftAlone,
    OnUnreadable, Platform, PlatformError, Remote, Seen, Stamp, Stopped, Survey, Target,
    Unreadable,
};
pub use releases::{Choice, Choices, DraftRequest, Look, PulledIn};
pub use rollback::RollbackRequest;
pub use secret::{Reach, Secret, SecretPlace, SecretPurpose, Vault, VaultError};
pub use slipway_store::Access;
pub use workspace::{Audit, Engine, Replace};
