//! The use cases of Slipway: capture, compare, draft, seal, review, plan, deploy, verify, roll back.
//!
//! Drives the ports [`Platform`] and [`Clock`]; keeps truth in the store; decides through the domain.
//!
//! The rooms are a line; each uses only those before it, and `tests/architecture.rs` holds them to that: error → clock →
//! executor → secret → keys → job → platform → ledger → audit → documents → capture → compare → releases → planning → locks → runner → verify →
//! deploy → rollback → engine.
//!
//! Invariant: every decision goes through [`Engine::decide`]; every remote write through a deployment.
//! Deliberately not here: how a change looks on a screen or a wire (`api`), and which platforms there are (the hosts).

mod audit;
mod capture;
mod clock;
mod compare;
mod deploy;
mod documents;
mod engine;
mod error;
mod executor;
mod job;
mod keys;
mod ledger;
mod locks;
mod planning;
mod platform;
mod releases;
mod rollback;
mod runner;
mod secret;
mod verify;

pub use capture::{CaptureNotes, LeftOut, Part};
pub use clock::Clock;
pub use compare::{Comparison, Held};
pub use deploy::{DeployRequest, Deploying, LiveDeployment, Phase};
pub use documents::{json_digest, plain_theme_json, read_json, theme_json_digest};
pub use engine::{Engine, Ports, Process};
pub use error::{
    AfterDrift, CaptureError, DeployError, DocumentError, EngineError, LockError, PlatformError,
    RollbackError, Unknown, VaultError,
};
pub use executor::{Ended, Executor, Work};
pub use job::{EngineEvent, Job, Progress};
pub use keys::Keys;
pub use ledger::{Audit, Replace};
pub use locks::Presence;
pub use planning::{Effect, Prepared};
pub use platform::{
    Apart, Budget, CaptureSink, Captured, Connected, Content, Holds, KindAccess, Known, LeftAlone,
    Memory, OnUnreadable, Platform, Remote, Scope, Seen, Semantics, Stamp, Stopped, Survey, Target,
    Unreadable, Vocabulary,
};
pub use releases::{Choice, Choices, Deletions, DraftRequest, Look};
pub use rollback::{RollbackRequest, RollingBack};
pub use secret::{Reach, Secret, SecretPlace, SecretPurpose, Vault};
pub use slipway_store::{Access, PulledIn};
