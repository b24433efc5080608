//! Whether records are what they say they are, one after another.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::device::{Device, DeviceId, PublicKey};
use crate::fact::Fact;
use crate::ids::{RecordId, TrailDigest, WorkspaceId};
use crate::record::{Author, Record, RecordError, RecordFormat};
use crate::state::State;

/// How many signatures are remembered: a few megabytes of them.
const VERIFIED_LIMIT: usize = 100_000;

/// The signatures that were found to be right. As one is right or wrong for good, none of them has to be verified again.
#[derive(Debug, Default)]
pub struct Verified(Mutex<HashSet<[u8; 32]>>);

impl Verified {
    /// Whether a record was signed with a key.
    fn is_signed(&self, record: &Record, key: &PublicKey) -> bool {
        let Some(signature) = record.signature() else {
            return false;
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(&record.id.0);
        hasher.update(key.as_bytes());
        hasher.update(signature.as_bytes());
        let name = *hasher.finalize().as_bytes();
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(&name) {
            return true;
        }
        let is_signed = record.is_signed_with(key);
        if is_signed {
            let mut known = known();
            if known.len() >= VERIFIED_LIMIT {
                known.clear();
            }
            known.insert(name);
        }
        is_signed
    }
}

/// Checks records one after another, in the order of the ledger.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    verified: Arc<Verified>,
    workspace: Option<WorkspaceId>,
    heads: BTreeMap<String, (u64, RecordId)>,
    keys: BTreeMap<DeviceId, PublicKey>,
    last: Option<RecordId>,
    count: u64,
    trail: TrailDigest,
}

impl Checker {
    /// Goes on after the record that a state goes up to; what is verified already is not verified again.
    pub fn after(state: &State, verified: &Arc<Verified>) -> Self {
        let key = |(id, device): (&DeviceId, &Device)| (id.clone(), device.key.clone());
        Self {
            verified: verified.clone(),
            workspace: state.workspace.clone(),
            heads: state.heads.clone(),
            keys: state.devices.iter().map(key).collect(),
            last: state.last,
            count: state.records,
            trail: state.trail,
        }
    }

    /// How many records there are up to here.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Checks the next record: its workspace, its place in its chain, and its signature.
    ///
    /// # Errors
    /// What of it is not so.
    pub fn check(&mut self, record: &Record) -> Result<(), RecordError> {
        let (chain, seq) = (record.chain(), record.seq);
        let begins = matches!(
            record.fact,
            Fact::WorkspaceCreated { .. } | Fact::LedgerMigrated { .. }
        );
        let is_at_home = match (record.format(), &self.workspace) {
            (RecordFormat::Unsigned, known) => known.is_none(),
            (RecordFormat::V1, None) => begins,
            (RecordFormat::V1, known) => record.workspace == *known && !begins,
        };
        if !is_at_home {
            return Err(RecordError::Foreign { chain, seq });
        }
        let head = self.heads.get(&chain).copied();
        let expected_seq = head.map_or(1, |(seq, _)| seq + 1);
        if seq != expected_seq || record.prev != head.map(|(_, id)| id) {
            return Err(RecordError::Broken {
                chain,
                seq,
                expected_seq,
            });
        }
        if matches!(record.fact, Fact::WorkspaceCreated { .. }) && self.count > 0 {
            return Err(RecordError::Foreign { chain, seq });
        }
        if let Fact::LedgerMigrated {
            last, count, trail, ..
        } = &record.fact
            && (*last != self.last || *count != self.count || *trail != self.trail)
        {
            return Err(RecordError::TakenOver {
                count: *count,
                found: self.count,
            });
        }
        // Records are signed in the transaction that appends them: each author had seen all that was there.
        if record.format() == RecordFormat::V1 && record.seen != self.last {
            return Err(RecordError::Moved { chain, seq });
        }
        // A device may introduce itself; who may introduce others is for the rules to say.
        for key in record.fact.keys() {
            self.keys.insert(key.id(), key.clone());
        }
        if let Author::Device(device) = &record.author {
            let Some(key) = self.keys.get(device) else {
                return Err(RecordError::Stranger { chain, seq });
            };
            if !self.verified.is_signed(record, key) {
                return Err(RecordError::Changed { chain, seq });
            }
            self.workspace.clone_from(&record.workspace);
        }
        self.heads.insert(chain, (seq, record.id));
        self.last = Some(record.id);
        self.count += 1;
        self.trail = self.trail.then(record.id);
        Ok(())
    }
}

/// Walks records in the order of the ledger and checks every identity, every chain and every signature. Returns how many
/// there are.
///
/// # Errors
/// The first record that was changed, left out or moved.
pub fn verify_chain<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<u64, RecordError> {
    let mut checker = Checker::default();
    for record in records {
        checker.check(record)?;
    }
    Ok(checker.count)
}

#[cfg(test)]
mod tests;
