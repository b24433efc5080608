//! Records: the append-only trail of decisions from which all else about releases is derived.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::ids::{Millis, RecordId};
use crate::person::Person;

/// One link of a person's chain of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// BLAKE3 of [`Record::bytes`].
    pub id: RecordId,
    /// Who decided.
    pub author: Person,
    /// The place in the author's chain, from 1.
    pub seq: u64,
    /// The author's record before this one.
    pub prev: Option<RecordId>,
    /// When.
    pub at: Millis,
    /// What.
    pub fact: Fact,
    /// The author's signature over the id; empty while a workspace has one local user.
    pub signature: Vec<u8>,
}

/// A record that is not what it says it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Its bytes do not give its identity.
    #[error(
        "record {seq} of {author} was changed: its content gives {found}, its identity is {id}"
    )]
    Changed {
        /// Whose chain.
        author: Person,
        /// The place in the chain.
        seq: u64,
        /// The identity it claims.
        id: RecordId,
        /// What its bytes give.
        found: RecordId,
    },
    /// It does not follow on the author's previous record.
    #[error(
        "record {seq} of {author} does not follow on record {expected_seq}: a record is missing or out of order"
    )]
    Broken {
        /// Whose chain.
        author: Person,
        /// The place that it claims.
        seq: u64,
        /// The place that was due.
        expected_seq: u64,
    },
}

impl Record {
    /// Links a fact to its author's chain.
    pub fn link(author: Person, previous: Option<(u64, RecordId)>, at: Millis, fact: Fact) -> Self {
        let (seq, prev) = match previous {
            Some((seq, id)) => (seq + 1, Some(id)),
            None => (1, None),
        };
        let mut record = Self {
            id: RecordId([0; 32]),
            author,
            seq,
            prev,
            at,
            fact,
            signature: Vec::new(),
        };
        record.id = RecordId::of(&record.bytes());
        record
    }

    /// The bytes that the identity is the hash of: JSON of author, seq, prev, at and fact, in this order.
    pub fn bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            author: &'a Person,
            seq: u64,
            prev: Option<RecordId>,
            at: Millis,
            fact: &'a Fact,
        }
        let Self {
            id: _,
            author,
            seq,
            prev,
            at,
            fact,
            signature: _,
        } = self;
        serde_json::to_vec(&Body {
            author,
            seq: *seq,
            prev: *prev,
            at: *at,
            fact,
        })
        .expect("BUG: a record is plain data")
    }
}

/// Walks records in the order in which they were appended and checks every identity and every chain.
///
/// # Errors
/// The first record that was changed, left out or moved.
pub fn verify_chain<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<u64, RecordError> {
    let mut heads: BTreeMap<&str, (u64, RecordId)> = BTreeMap::new();
    let mut count = 0;
    for record in records {
        let found = RecordId::of(&record.bytes());
        if found != record.id {
            let Record {
                author, seq, id, ..
            } = record.clone();
            return Err(RecordError::Changed {
                author,
                seq,
                id,
                found,
            });
        }
        let head = heads.get(record.author.email.as_str()).copied();
        let expected_seq = head.map_or(1, |(seq, _)| seq + 1);
        if record.seq != expected_seq || record.prev != head.map(|(_, id)| id) {
            let Record { author, seq, .. } = record.clone();
            return Err(RecordError::Broken {
                author,
                seq,
                expected_seq,
            });
        }
        heads.insert(&record.author.email, (record.seq, record.id));
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests;
