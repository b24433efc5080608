//! The plan: which operations, in which order, make one environment match one revision.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};

use crate::ids::{PlanDigest, PlanFingerprint};
use crate::operation::{Operation, OperationId, Pass, Risk, Verb};
use crate::resource::{Change, ChangeKind, ResourceKey, Version};

/// A reference from a document to another resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Reference {
    /// The path of the field that refers, or where in the text it stands.
    pub path: String,
    /// What it refers to.
    pub to: ResourceKey,
}

/// Whether a platform refuses a write that refers to something that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// It does: cycles are written in two passes.
    Enforced,
    /// It does not: order is a courtesy, a cycle is written as it is.
    Loose,
}

/// What a platform says about a change before it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// How likely it is to hurt.
    pub risk: Risk,
    /// Whether a rollback can bring back what it changes.
    pub reversible: bool,
    /// Sentences: why, and what it takes along.
    pub reasons: Vec<String>,
}

impl Assessment {
    /// Adds a sentence. What makes up for something that can't be undone stays the last one: a rollback tells it as the way on.
    pub fn add_reason(&mut self, sentence: String) {
        let at = if self.reversible {
            self.reasons.len()
        } else {
            0
        };
        self.reasons.insert(at, sentence);
    }
}

impl Default for Assessment {
    fn default() -> Self {
        Self {
            risk: Risk::Low,
            reversible: true,
            reasons: Vec::new(),
        }
    }
}

/// A resource of the revision that is not as it was reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Drift {
    /// Which resource.
    pub resource: ResourceKey,
    /// What was reviewed as being there.
    pub expected: Option<Version>,
    /// What is there.
    pub found: Option<Version>,
}

/// A change that keeps the plan from being executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Blocked {
    /// Which resource.
    pub resource: ResourceKey,
    /// Why: one sentence.
    pub message: String,
    /// What a person can do.
    pub hint: String,
}

/// A change that needs no operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SkippedChange {
    /// Which resource.
    pub resource: ResourceKey,
    /// Why: one sentence.
    pub message: String,
}

/// Everything that a plan depends on.
#[derive(Clone)]
pub struct PlanInput<'a> {
    /// The effect that was reviewed, in key order.
    pub changes: &'a [Change],
    /// What the environment holds now, for every resource of the effect that it holds.
    pub live: &'a BTreeMap<ResourceKey, Version>,
    /// What the new documents refer to, for every resource that is created or modified.
    pub references_after: &'a BTreeMap<ResourceKey, Vec<Reference>>,
    /// What the old documents refer to, for every resource that is modified or deleted.
    pub references_before: &'a BTreeMap<ResourceKey, Vec<Reference>>,
    /// The place of each resource's kind in the platform's order: lower is written earlier, deleted later.
    pub layers: &'a BTreeMap<ResourceKey, u16>,
    /// What the platform says about each change.
    pub assessments: &'a BTreeMap<ResourceKey, Assessment>,
    /// Whether references have to exist when they are written.
    pub references: References,
    /// The version of a document without the fields at the paths given: what a first pass writes. Asked only where
    /// references are enforced.
    pub without: &'a dyn Fn(&ResourceKey, &Version, &[String]) -> Version,
    /// What of a resource is no content, see [`Operation::attributes`].
    pub attributes: &'a BTreeMap<ResourceKey, String>,
    /// The patterns of the fields of a resource that the environment keeps, see [`Operation::keeps`].
    pub keeps: &'a BTreeMap<ResourceKey, Vec<String>>,
    /// What is known to keep the plan from being executed (documents that don't parse, names that can't be written).
    pub blocked: Vec<Blocked>,
    /// The resource that is published in the end, on targets that stage; only where something is staged.
    pub publish: Option<ResourceKey>,
    /// Whether what is written of a resource is only seen once it is published.
    pub is_staged: &'a dyn Fn(&ResourceKey) -> bool,
}

/// The ordered operations that make one environment match one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Plan {
    /// Identifies it: operations, order, expectations.
    pub digest: PlanDigest,
    /// The operations, in the order in which they start.
    pub operations: Vec<Operation>,
    /// What is not as it was reviewed; while there is any, the plan is not executed.
    pub drift: Vec<Drift>,
    /// What else keeps it from being executed.
    pub blocked: Vec<Blocked>,
    /// What is as it should be without an operation.
    pub skipped: Vec<SkippedChange>,
    /// Rings of references, each written in two passes or at once.
    pub cycles: Vec<Vec<ResourceKey>>,
}

impl Plan {
    /// Whether it may be executed.
    pub fn is_executable(&self) -> bool {
        self.drift.is_empty() && self.blocked.is_empty()
    }

    /// Identifies all that the plan says: two plans with the same operations may differ in what drifted or is blocked.
    pub fn fingerprint(&self) -> PlanFingerprint {
        let Self {
            digest,
            operations: _, // The digest stands for them.
            drift,
            blocked,
            skipped,
            cycles,
        } = self;
        let bytes = serde_json::to_vec(&(digest, drift, blocked, skipped, cycles))
            .expect("BUG: a plan is plain data");
        PlanFingerprint(blake3::derive_key("slipway plan fingerprint v1", &bytes))
    }
}

/// Works the plan out. Pure: the same input gives the same plan, to the byte.
pub fn plan(input: PlanInput<'_>) -> Plan {
    let mut drift = Vec::new();
    let mut skipped = Vec::new();
    let mut writes: Vec<&Change> = Vec::new();
    let mut deletes: Vec<&Change> = Vec::new();
    let expected = as_found(&input);
    for change in &expected {
        let live = input.live.get(&change.resource);
        if Version::same_content(live, change.after.as_ref()) {
            skipped.push(SkippedChange {
                resource: change.resource.clone(),
                message: "The environment holds it as the release wants it.".to_owned(),
            });
        } else if !Version::same_content(live, change.before.as_ref()) {
            drift.push(Drift {
                resource: change.resource.clone(),
                expected: change.before,
                found: live.copied(),
            });
        } else if change.kind() == ChangeKind::Deleted {
            deletes.push(change);
        } else {
            writes.push(change);
        }
    }
    let mut builder = Builder {
        input: &input,
        operations: Vec::new(),
        of: BTreeMap::new(),
        wave: 0,
    };
    let cycles = builder.add_writes(&writes);
    builder.add_deletes(&deletes);
    builder.add_publish();
    let operations = builder.operations;
    Plan {
        digest: plan_digest(&operations),
        operations,
        drift,
        blocked: input.blocked,
        skipped,
        cycles,
    }
}

/// The changes from the very bytes that the environment holds, where these mean what was reviewed: a file that was formatted anew
/// since is put back as it is now.
fn as_found(input: &PlanInput<'_>) -> Vec<Change> {
    let changes = input.changes.iter();
    let found = changes.map(|change| {
        let live = input.live.get(&change.resource);
        let before = match Version::same_content(live, change.before.as_ref()) {
            true => live.copied(),
            false => change.before,
        };
        Change {
            before,
            ..change.clone()
        }
    });
    found.collect()
}

/// Identifies operations, their order and what each expects to find.
pub fn plan_digest(operations: &[Operation]) -> PlanDigest {
    let bytes = serde_json::to_vec(operations).expect("BUG: operations are plain data");
    PlanDigest(blake3::derive_key("slipway plan v1", &bytes))
}

struct Builder<'a, 'i> {
    input: &'a PlanInput<'i>,
    operations: Vec<Operation>,
    /// The operation that completes each resource's existence: what others wait for.
    of: BTreeMap<ResourceKey, OperationId>,
    wave: u32,
}

impl Builder<'_, '_> {
    fn layer(&self, key: &ResourceKey) -> u16 {
        self.input.layers.get(key).copied().unwrap_or(0)
    }

    /// Writes layer by layer; inside a layer by references, rings of them together. Returns the rings.
    fn add_writes(&mut self, writes: &[&Change]) -> Vec<Vec<ResourceKey>> {
        let created: BTreeSet<&ResourceKey> = writes
            .iter()
            .filter(|change| change.kind() == ChangeKind::Created)
            .map(|change| &change.resource)
            .collect();
        let mut layers: BTreeMap<u16, Vec<&Change>> = BTreeMap::new();
        for change in writes {
            layers
                .entry(self.layer(&change.resource))
                .or_default()
                .push(change);
        }
        let mut cycles = Vec::new();
        // What a first pass leaves out, filled once everything exists.
        let mut fills: Vec<(&Change, Vec<String>)> = Vec::new();
        for (layer, changes) in layers {
            for level in levels(&changes, |change| self.targets(change, &created)) {
                self.wave += 1;
                for ring in level {
                    let together: BTreeSet<&ResourceKey> =
                        ring.iter().map(|change| &change.resource).collect();
                    if ring.len() > 1 {
                        cycles.push(together.iter().map(|key| (*key).clone()).collect());
                    }
                    for change in ring {
                        let deferred = self.deferred(change, &created, &together, layer);
                        let pass = if deferred.is_empty() {
                            Pass::Whole
                        } else {
                            fills.push((change, deferred.clone()));
                            Pass::First { without: deferred }
                        };
                        self.push_write(change, pass);
                    }
                }
            }
        }
        if !fills.is_empty() {
            self.wave += 1;
            for (change, fields) in fills {
                self.push_write(change, Pass::Fill { fields });
            }
        }
        cycles
    }

    /// What a written document refers to that is created by this plan.
    fn targets<'c>(
        &self,
        change: &Change,
        created: &BTreeSet<&'c ResourceKey>,
    ) -> Vec<&'c ResourceKey> {
        let references = self
            .input
            .references_after
            .get(&change.resource)
            .map_or(&[][..], Vec::as_slice);
        references
            .iter()
            .filter_map(|reference| created.get(&reference.to).copied())
            .collect()
    }

    /// The fields that can't be written yet: they refer to something in the same ring, or in a later layer.
    fn deferred(
        &self,
        change: &Change,
        created: &BTreeSet<&ResourceKey>,
        together: &BTreeSet<&ResourceKey>,
        layer: u16,
    ) -> Vec<String> {
        if self.input.references == References::Loose {
            return Vec::new();
        }
        let references = self
            .input
            .references_after
            .get(&change.resource)
            .map_or(&[][..], Vec::as_slice);
        let mut paths: Vec<String> = references
            .iter()
            .filter(|reference| {
                let to = &reference.to;
                created.contains(to)
                    && (together.len() > 1 && together.contains(to)
                        || *to == change.resource
                        || self.layer(to) > layer)
            })
            .map(|reference| reference.path.clone())
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }

    fn push_write(&mut self, change: &Change, pass: Pass) {
        let partial = |fields: &[String]| {
            let after = change.after.as_ref().expect("BUG: a write has content");
            Some((self.input.without)(&change.resource, after, fields))
        };
        let (before, after) = match &pass {
            Pass::Whole => (change.before, change.after),
            Pass::First { without } => (change.before, partial(without)),
            Pass::Fill { fields } => (partial(fields), change.after),
        };
        let is_fill = matches!(pass, Pass::Fill { .. });
        let verb = match change.kind() {
            ChangeKind::Created if !is_fill => Verb::Create,
            _ => Verb::Update,
        };
        let mut needs: BTreeSet<OperationId> = self
            .input
            .references_after
            .get(&change.resource)
            .into_iter()
            .flatten()
            .filter_map(|reference| self.of.get(&reference.to).copied())
            .collect();
        if is_fill {
            needs.extend(self.of.get(&change.resource).copied());
        }
        let id = self.push(verb, change, before, after, pass, needs);
        self.of.insert(change.resource.clone(), id);
    }

    /// Deletes last and in the reverse order: what refers goes before what it refers to.
    fn add_deletes(&mut self, deletes: &[&Change]) {
        let deleted: BTreeSet<&ResourceKey> =
            deletes.iter().map(|change| &change.resource).collect();
        let mut layers: BTreeMap<std::cmp::Reverse<u16>, Vec<&Change>> = BTreeMap::new();
        for change in deletes {
            layers
                .entry(std::cmp::Reverse(self.layer(&change.resource)))
                .or_default()
                .push(change);
        }
        // Who refers to a resource, as it is before the deployment: updates that drop a reference come first.
        let mut referrers: BTreeMap<&ResourceKey, Vec<&ResourceKey>> = BTreeMap::new();
        for (from, references) in self.input.references_before {
            for reference in references {
                referrers.entry(&reference.to).or_default().push(from);
            }
        }
        for changes in layers.into_values() {
            let referring = |change: &Change| -> Vec<&ResourceKey> {
                let found = referrers
                    .get(&change.resource)
                    .map_or(&[][..], Vec::as_slice);
                found
                    .iter()
                    .filter_map(|from| deleted.get(from).copied())
                    .collect()
            };
            for level in levels(&changes, referring) {
                self.wave += 1;
                for change in level.into_iter().flatten() {
                    let needs = referrers
                        .get(&change.resource)
                        .into_iter()
                        .flatten()
                        .filter(|from| **from != &change.resource)
                        .filter_map(|from| self.of.get(*from).copied())
                        .collect();
                    let id = self.push(
                        Verb::Delete,
                        change,
                        change.before,
                        None,
                        Pass::Whole,
                        needs,
                    );
                    self.of.insert(change.resource.clone(), id);
                }
            }
        }
    }

    fn add_publish(&mut self) {
        let Some(resource) = self.input.publish.clone() else {
            return;
        };
        let staged = self.operations.iter().filter(|operation| operation.staged);
        let needs: Vec<OperationId> = staged.map(|operation| operation.id).collect();
        if needs.is_empty() {
            return;
        }
        self.wave += 1;
        let id = self.next_id();
        self.operations.push(Operation {
            id,
            wave: self.wave,
            verb: Verb::Publish,
            resource,
            before: None,
            after: None,
            pass: Pass::Whole,
            staged: false,
            attributes: None,
            keeps: Vec::new(),
            needs,
            reversible: true,
            risk: Risk::Low,
            reasons: Vec::new(),
        });
    }

    fn push(
        &mut self,
        verb: Verb,
        change: &Change,
        before: Option<Version>,
        after: Option<Version>,
        pass: Pass,
        needs: BTreeSet<OperationId>,
    ) -> OperationId {
        let id = self.next_id();
        let Assessment {
            risk,
            reversible,
            reasons,
        } = self
            .input
            .assessments
            .get(&change.resource)
            .cloned()
            .unwrap_or_default();
        self.operations.push(Operation {
            id,
            wave: self.wave,
            verb,
            resource: change.resource.clone(),
            before,
            after,
            pass,
            staged: (self.input.is_staged)(&change.resource),
            attributes: self.input.attributes.get(&change.resource).cloned(),
            keeps: match verb {
                Verb::Update => self.input.keeps.get(&change.resource).cloned(),
                Verb::Create | Verb::Delete | Verb::Publish => None,
            }
            .unwrap_or_default(),
            needs: needs.into_iter().collect(),
            reversible,
            risk,
            reasons,
        });
        id
    }

    fn next_id(&self) -> OperationId {
        let number = u32::try_from(self.operations.len())
            .expect("BUG: a plan has fewer than 2^32 operations");
        OperationId(number + 1)
    }
}

/// Cuts changes into levels: each holds rings (mostly of one) whose needs are all in earlier levels.
fn levels<'c, 'k>(
    changes: &[&'c Change],
    needs: impl Fn(&Change) -> Vec<&'k ResourceKey>,
) -> Vec<Vec<Vec<&'c Change>>> {
    let mut graph: DiGraph<&'c Change, ()> = DiGraph::with_capacity(changes.len(), changes.len());
    let nodes: BTreeMap<&ResourceKey, NodeIndex> = changes
        .iter()
        .map(|change| (&change.resource, graph.add_node(change)))
        .collect();
    for change in changes {
        for need in needs(change) {
            if let Some(node) = nodes.get(need) {
                graph.add_edge(nodes[&change.resource], *node, ());
            }
        }
    }
    // Tarjan gives the rings in reverse topological order of the edges, which point at what is needed: needs first.
    let mut level_of: Vec<usize> = vec![0; graph.node_count()];
    let mut levels: Vec<Vec<Vec<&'c Change>>> = Vec::new();
    for ring in tarjan_scc(&graph) {
        let level = ring
            .iter()
            .flat_map(|node| graph.neighbors(*node))
            .filter(|neighbor| !ring.contains(neighbor))
            .map(|neighbor| level_of[neighbor.index()] + 1)
            .max()
            .unwrap_or(0);
        for node in &ring {
            level_of[node.index()] = level;
        }
        if levels.len() <= level {
            levels.resize_with(level + 1, Vec::new);
        }
        let mut members: Vec<&Change> = ring.into_iter().map(|node| graph[node]).collect();
        members.sort_by(|a, b| a.resource.cmp(&b.resource));
        levels[level].push(members);
    }
    for level in &mut levels {
        level.sort_by(|a, b| a[0].resource.cmp(&b[0].resource));
    }
    levels
}

#[cfg(test)]
mod tests;
