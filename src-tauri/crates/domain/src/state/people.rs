//! How people and their devices become known.

use super::{Projected, State};
use crate::device::{Device, DeviceKey, PublicKey};
use crate::fact::Fact;
use crate::ids::{Millis, PersonId, WorkspaceId};
use crate::person::{Person, PersonKind};
use crate::record::{Draft, Record};

/// Takes in what a record says of people, devices and the ledger itself. Returns whether it said that and nothing else.
pub(super) fn evolve(state: &mut State, record: &Record) -> bool {
    if state.workspace.is_none() {
        state.workspace.clone_from(&record.workspace);
    }
    match &record.fact {
        Fact::WorkspaceCreated { admins, .. } | Fact::LedgerMigrated { admins, .. } => {
            for key in admins {
                let device = Device {
                    key: key.clone(),
                    person: None,
                };
                state.devices.entry(key.id()).or_insert(device);
            }
        }
        Fact::PersonAdded {
            person,
            name,
            email,
            device,
            ..
        } => {
            let known = Person {
                name: name.clone(),
                email: email.clone(),
            };
            state.people.insert(person.clone(), known);
            let is = Device {
                key: device.clone(),
                person: Some(person.clone()),
            };
            state.devices.insert(device.id(), is);
        }
        Fact::Unknown { name, .. } => {
            // What a newer program says of what this one decides on: it may be a no.
            if name.starts_with("gate.") || Fact::KINDS.contains(&name.as_str()) {
                state.unknown_gates.insert(name.clone());
            }
        }
        _ => return false,
    }
    true
}

impl State {
    /// What has to be recorded before a device's first decision for a person: the beginning of the ledger, and who they are.
    /// `new_id` gives an identity that was not given before.
    fn introductions(
        &self,
        person: &Person,
        key: &PublicKey,
        mut new_id: impl FnMut() -> String,
    ) -> (WorkspaceId, Vec<Fact>) {
        let mut facts = Vec::new();
        let workspace = self.workspace.clone().unwrap_or_else(|| {
            let admins = vec![key.clone()];
            facts.push(match self.last {
                None => Fact::WorkspaceCreated {
                    admins,
                    threshold: 1,
                },
                last => Fact::LedgerMigrated {
                    last,
                    count: self.records,
                    trail: self.trail,
                    admins,
                    threshold: 1,
                },
            });
            WorkspaceId(new_id())
        });
        let known = self.devices.get(&key.id());
        let known = known.and_then(|device| device.person.as_ref());
        if known.and_then(|id| self.people.get(id)) != Some(person) {
            let of_address =
                |(id, known): (&PersonId, &Person)| known.is(person).then(|| id.clone());
            let same = known
                .cloned()
                .or_else(|| self.people.iter().find_map(of_address));
            facts.push(Fact::PersonAdded {
                person: same.unwrap_or_else(|| PersonId(new_id())),
                name: person.name.clone(),
                email: person.email.clone(),
                person_kind: PersonKind::Human,
                device: key.clone(),
            });
        }
        (workspace, facts)
    }

    /// Records what a person decided, with what has to be said first of them and of the ledger, and takes it in.
    /// `new_id` gives an identity that was not given before.
    pub fn record(
        &mut self,
        person: &Person,
        key: &DeviceKey,
        at: Millis,
        facts: Vec<Fact>,
        new_id: impl FnMut() -> String,
    ) -> (Vec<Record>, Projected) {
        let (mut records, mut projected) = (Vec::new(), Projected::default());
        if facts.is_empty() {
            return (records, projected);
        }
        let (workspace, first) = self.introductions(person, &key.public(), new_id);
        let chain = key.public().id().to_string();
        for fact in first.into_iter().chain(facts) {
            let head = self.heads.get(&chain);
            let draft = Draft {
                workspace: workspace.clone(),
                seq: head.map_or(1, |(seq, _)| seq + 1),
                prev: head.map(|(_, id)| *id),
                seen: self.last,
                at,
                fact,
            };
            let record = Record::sign(draft, key);
            projected.extend(self.evolve(&record));
            records.push(record);
        }
        (records, projected)
    }
}
