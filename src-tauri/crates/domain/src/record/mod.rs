//! Records: the append-only trail of decisions from which all else about releases is derived.
//!
//! A record *is* bytes: its identity and its signature are over them, and every field is read from them, never the other way
//! round. So a fact can get another field without an old record becoming another one.
//!
//! Invariant: the order is that in the ledger. Nothing is decided by [`Record::at`], which an author's clock says.

mod bytes;

use std::sync::Arc;

use crate::device::{DeviceId, DeviceKey, PublicKey, Signature};
use crate::fact::Fact;
use crate::ids::{Millis, RecordId, WorkspaceId};
use crate::person::Person;

/// What stands before a record's bytes where they are hashed or signed, so that neither is ever taken for another one's.
const DOMAIN: &[u8] = b"slipway-record-v1\n";

/// A record that is not what it says it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Its bytes say nothing that a record says.
    #[error("record {} can't be read: {reason}", id.short())]
    Unreadable {
        /// What its bytes give.
        id: RecordId,
        /// Why.
        reason: String,
    },
    /// Its signature is not its author's over its bytes.
    #[error("record {seq} of {chain} was changed: its signature is not over what it says")]
    Changed {
        /// Whose chain.
        chain: String,
        /// The place in the chain.
        seq: u64,
    },
    /// Nobody introduced the device that signed it.
    #[error("record {seq} of {chain} was signed by a device that nobody introduced")]
    Stranger {
        /// Whose chain.
        chain: String,
        /// The place in the chain.
        seq: u64,
    },
    /// It does not follow on the author's previous record.
    #[error(
        "record {seq} of {chain} does not follow on record {expected_seq}: a record is missing or out of order"
    )]
    Broken {
        /// Whose chain.
        chain: String,
        /// The place that it claims.
        seq: u64,
        /// The place that was due.
        expected_seq: u64,
    },
    /// It does not follow on what its author had seen.
    #[error(
        "record {seq} of {chain} follows on another one than its author had seen: a record is missing or out of order"
    )]
    Moved {
        /// Whose chain.
        chain: String,
        /// The place in the chain.
        seq: u64,
    },
    /// It belongs to another workspace, or is unsigned where all are signed by now.
    #[error("record {seq} of {chain} does not belong into this ledger")]
    Foreign {
        /// Whose chain.
        chain: String,
        /// The place in the chain.
        seq: u64,
    },
    /// What was taken over from an older format is not what there is.
    #[error(
        "the records before device keys are not those that were taken over: {found} of {count}"
    )]
    TakenOver {
        /// How many were taken over.
        count: u64,
        /// How many there are.
        found: u64,
    },
}

/// How the bytes of a record are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordFormat {
    /// Before there were device keys: JSON of author, seq, prev, at and fact, in this order, not signed.
    Unsigned,
    /// Version 1: canonical JSON (RFC 8785), signed with a device key.
    V1,
}

impl RecordFormat {
    /// Its number in a workspace's file.
    pub fn number(self) -> u32 {
        match self {
            Self::Unsigned => 0,
            Self::V1 => 1,
        }
    }

    /// The format of a number; `None`: a newer program's.
    pub fn of_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Unsigned),
            1 => Some(Self::V1),
            _ => None,
        }
    }
}

/// Who decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// Whoever an unsigned record says.
    Person(Person),
    /// Whose device signed it: see [`crate::State::author`].
    Device(DeviceId),
}

/// One link of an author's chain of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// BLAKE3 over its bytes.
    pub id: RecordId,
    /// The workspace that it belongs to; `None` for an unsigned one.
    pub workspace: Option<WorkspaceId>,
    /// Who decided.
    pub author: Author,
    /// The place in the author's chain, from 1.
    pub seq: u64,
    /// The author's record before this one.
    pub prev: Option<RecordId>,
    /// The last record, in the order of the ledger, that its author had folded.
    pub seen: Option<RecordId>,
    /// When, as the author's clock said; shown, and never deciding.
    pub at: Millis,
    /// What.
    pub fact: Fact,
    format: RecordFormat,
    bytes: Arc<[u8]>,
    signature: Option<Signature>,
}

/// What is signed to be a record.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The place in the device's chain, from 1.
    pub seq: u64,
    /// The device's record before this one.
    pub prev: Option<RecordId>,
    /// The last record that was folded.
    pub seen: Option<RecordId>,
    /// The time now.
    pub at: Millis,
    /// What was decided.
    pub fact: Fact,
}

impl Record {
    /// Signs a fact.
    pub fn sign(draft: Draft, key: &DeviceKey) -> Self {
        let device = key.public().id();
        let bytes = bytes::write(&draft, &device);
        let signature = key.sign(&[DOMAIN, bytes.as_slice()].concat());
        // What it says is read from its bytes here too, so that everybody who reads it sees the same.
        let record = Self::read(RecordFormat::V1, bytes, Some(signature))
            .expect("BUG: what was written can be read");
        let is_known = !matches!(record.fact, Fact::Unknown { .. });
        assert!(is_known, "BUG: a kind of fact is not among those known");
        record
    }

    /// Reads a record. Whether its chain and its signature hold is for [`crate::Checker`] to say.
    ///
    /// # Errors
    /// When the bytes are no record of the format.
    pub fn read(
        format: RecordFormat,
        bytes: impl Into<Arc<[u8]>>,
        signature: Option<Signature>,
    ) -> Result<Self, RecordError> {
        let bytes = bytes.into();
        let id = id_of(format, &bytes);
        let fields = match format {
            RecordFormat::Unsigned => bytes::read_unsigned(&bytes),
            RecordFormat::V1 => bytes::read(&bytes),
        };
        let bytes::Fields {
            workspace,
            author,
            seq,
            prev,
            seen,
            at,
            fact,
        } = fields.map_err(|reason| RecordError::Unreadable { id, reason })?;
        Ok(Self {
            id,
            workspace,
            author,
            seq,
            prev,
            seen,
            at,
            fact,
            format,
            bytes,
            signature,
        })
    }

    /// How its bytes are written.
    pub fn format(&self) -> RecordFormat {
        self.format
    }

    /// What it is.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The author's signature; `None` for an unsigned one.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// The name of the chain that it is a link of: the device's identity, or the e-mail address in an unsigned one.
    pub fn chain(&self) -> String {
        match &self.author {
            Author::Person(person) => person.email.clone(),
            Author::Device(device) => device.to_string(),
        }
    }

    /// Whether it was signed with this key.
    pub fn is_signed_with(&self, key: &PublicKey) -> bool {
        let message = [DOMAIN, &self.bytes].concat();
        self.signature
            .as_ref()
            .is_some_and(|signature| key.verifies(&message, signature))
    }
}

fn id_of(format: RecordFormat, bytes: &[u8]) -> RecordId {
    match format {
        RecordFormat::Unsigned => RecordId::of(bytes),
        RecordFormat::V1 => {
            let mut hasher = blake3::Hasher::new();
            hasher.update(DOMAIN).update(bytes);
            RecordId(*hasher.finalize().as_bytes())
        }
    }
}
