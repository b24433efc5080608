//! A release's changes, ready to be shown through a window.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use slipway_domain::{
    Assessment, Change, ChangeKind, Environment, Release, ResourceKey, Risk, SnapshotId, Version,
};
use slipway_engine::{Engine, EngineError};
use slipway_store::StoreError;

use super::tree::{Node, Tree};
use super::withheld;
use crate::wire::{ChangeFilter, ChangeOrder, ChangeRow, ChangeRows};
use crate::workspace::NeededBy;

/// Up to this many resources, who refers to a deleted one is looked up while changes are listed; beyond it the plan says so.
const REFERRERS_LIMIT: u64 = 20_000;

/// The changes of one list in the order of the tree, with what was worked out about them.
#[derive(Debug)]
pub(crate) struct ChangeIndex {
    tree: Tree,
    positions: HashMap<ResourceKey, usize>,
    /// What the platform said about each change, and who refers to it without being in.
    assessments: Mutex<HashMap<usize, (Vec<ResourceKey>, Assessment)>>,
    sizes: OnceLock<Vec<(u64, u64)>>,
}

/// What people did with the changes of a release; read anew for each request.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// What is left out; nothing where all are in for good.
    pub(crate) excluded: BTreeSet<ResourceKey>,
    /// What was looked at, with the fingerprint that it had.
    pub(crate) viewed: BTreeMap<ResourceKey, String>,
    /// How many comments on each are not settled.
    pub(crate) comments: HashMap<ResourceKey, u32>,
    /// What is in because something else needs it.
    pub(crate) needed_by: NeededBy,
}

/// What a change is now: a mark that it was viewed lapses when this is another.
pub(crate) fn fingerprint(change: &Change) -> String {
    let side = |version: &Option<Version>| {
        version
            .map(|version| version.digest.to_string())
            .unwrap_or_default()
    };
    format!("{}:{}", side(&change.before), side(&change.after))
}

/// What is asked for of the tree.
pub(crate) struct Window<'a> {
    pub(crate) release: &'a Release,
    pub(crate) filter: &'a ChangeFilter,
    pub(crate) folded: &'a [String],
    pub(crate) from: usize,
    pub(crate) limit: usize,
}

impl ChangeIndex {
    pub(crate) fn new(changes: Vec<Change>) -> Self {
        let tree = Tree::new(changes);
        let positions = tree
            .changes
            .iter()
            .enumerate()
            .map(|(at, change)| (change.resource.clone(), at))
            .collect();
        Self {
            tree,
            positions,
            assessments: Mutex::default(),
            sizes: OnceLock::new(),
        }
    }

    /// The change of a resource.
    pub(crate) fn change(&self, resource: &ResourceKey) -> Option<&Change> {
        self.positions
            .get(resource)
            .map(|at| &self.tree.changes[*at])
    }

    /// The window of rows that is asked for.
    pub(crate) fn rows(
        &self,
        window: &Window<'_>,
        marks: &Marks,
        assessor: &Assessor<'_>,
    ) -> Result<ChangeRows, EngineError> {
        let Window {
            release,
            filter,
            folded,
            from,
            limit,
        } = *window;
        let matching = self.matching(release, filter, marks, assessor)?;
        let folded: HashSet<&str> = folded.iter().map(String::as_str).collect();
        // How many match, and are in, before each place: a group's numbers are differences.
        let mut before = Vec::with_capacity(self.tree.changes.len() + 1);
        let (mut count, mut included, mut viewed, mut all_included) = (0_u32, 0_u32, 0_u32, 0_u32);
        before.push((0, 0));
        for (change, matches) in self.tree.changes.iter().zip(&matching) {
            let is_in = is_in(release, change, marks);
            all_included += u32::from(is_in);
            viewed += u32::from(is_viewed(change, marks));
            count += u32::from(*matches);
            included += u32::from(*matches && is_in);
            before.push((count, included));
        }
        let mut rows = Vec::new();
        let mut total_rows = 0_usize;
        let mut at = 0;
        while at < self.tree.nodes.len() {
            let node = self.tree.nodes[at];
            at += 1;
            let in_window = (from..from.saturating_add(limit)).contains(&total_rows);
            match node {
                Node::Group(group) => {
                    let group = &self.tree.groups[group];
                    let (first, last) = (before[group.changes.start], before[group.changes.end]);
                    let is_folded = folded.contains(group.id.as_str());
                    if last.0 == first.0 || is_folded {
                        at = group.nodes.end;
                    }
                    if last.0 == first.0 {
                        continue;
                    }
                    if in_window {
                        rows.push(ChangeRow::Group {
                            id: group.id.clone(),
                            title: group.title.clone(),
                            depth: group.depth,
                            count: last.0 - first.0,
                            included: last.1 - first.1,
                            folded: is_folded,
                        });
                    }
                }
                Node::Change(change) => {
                    if !matching[change] {
                        continue;
                    }
                    if in_window {
                        rows.push(self.row(change, release, marks, assessor)?);
                    }
                }
            }
            total_rows += 1;
        }
        Ok(ChangeRows {
            rows,
            total_rows: number(total_rows),
            matching: count,
            total: number(self.tree.changes.len()),
            viewed,
            included: all_included,
        })
    }

    /// A page of the changes that match, in the order of the tree, with their sizes before and after.
    pub(crate) fn order(
        &self,
        release: &Release,
        filter: &ChangeFilter,
        page: Range<usize>,
        marks: &Marks,
        assessor: &Assessor<'_>,
    ) -> Result<ChangeOrder, EngineError> {
        let matching = self.matching(release, filter, marks, assessor)?;
        let sizes = self.sizes(assessor.engine)?;
        let all = self.tree.changes.iter().zip(sizes).zip(&matching);
        let changes = all
            .filter(|(_, matches)| **matches)
            .skip(page.start)
            .take(page.len())
            .map(|((change, (before, after)), _)| {
                (change.resource.clone(), change.kind(), *before, *after)
            })
            .collect();
        let total = matching.iter().filter(|matches| **matches).count();
        Ok(ChangeOrder {
            changes,
            total: number(total),
        })
    }

    /// The changes that match, in the order of the tree.
    pub(crate) fn changes(
        &self,
        release: &Release,
        filter: &ChangeFilter,
        marks: &Marks,
        assessor: &Assessor<'_>,
    ) -> Result<Vec<&Change>, EngineError> {
        let matching = self.matching(release, filter, marks, assessor)?;
        let all = self.tree.changes.iter().zip(matching);
        Ok(all
            .filter_map(|(change, matches)| matches.then_some(change))
            .collect())
    }

    fn sizes(&self, engine: &Engine) -> Result<&[(u64, u64)], EngineError> {
        if let Some(sizes) = self.sizes.get() {
            return Ok(sizes);
        }
        let sizes = engine.store().read(|reader| {
            let size = |version: &Option<Version>| -> Result<u64, StoreError> {
                let Some(version) = version else { return Ok(0) };
                Ok(reader.blob_size(&version.blob)?.unwrap_or(0))
            };
            self.tree
                .changes
                .iter()
                .map(|change| Ok((size(&change.before)?, size(&change.after)?)))
                .collect()
        })?;
        Ok(self.sizes.get_or_init(|| sizes))
    }

    fn matching(
        &self,
        release: &Release,
        filter: &ChangeFilter,
        marks: &Marks,
        assessor: &Assessor<'_>,
    ) -> Result<Vec<bool>, EngineError> {
        let ChangeFilter {
            text,
            kinds,
            risky,
            unviewed,
            commented,
            included,
        } = filter;
        let text = text.trim().to_lowercase();
        let changes = self.tree.changes.iter().enumerate();
        changes
            .map(|(at, change)| {
                let matches = (text.is_empty()
                    || change.resource.as_str().to_lowercase().contains(&text))
                    && (kinds.is_empty() || kinds.contains(&change.kind()))
                    && (!unviewed || !is_viewed(change, marks))
                    && (!commented || marks.comments.contains_key(&change.resource))
                    && (!included || is_in(release, change, marks));
                // What has to be read comes last.
                if !matches || !risky {
                    return Ok(matches);
                }
                let assessment = self.assess(at, marks, assessor)?;
                Ok(assessment.risk != Risk::Low || !assessment.reversible)
            })
            .collect()
    }

    fn row(
        &self,
        at: usize,
        release: &Release,
        marks: &Marks,
        assessor: &Assessor<'_>,
    ) -> Result<ChangeRow, EngineError> {
        let change = &self.tree.changes[at];
        let (depth, title) = &self.tree.places[at];
        let Assessment {
            risk,
            reversible,
            reasons: _,
        } = self.assess(at, marks, assessor)?;
        let included = is_in(release, change, marks);
        Ok(ChangeRow::Change {
            index: number(at),
            depth: *depth,
            resource: change.resource.clone(),
            title: title.clone(),
            change: change.kind(),
            included,
            withheld: withheld(release, change),
            viewed: is_viewed(change, marks),
            comments: marks.comments.get(&change.resource).copied().unwrap_or(0),
            risk,
            reversible,
            needed_by: marks
                .needed_by
                .get(&change.resource)
                .filter(|_| included)
                .cloned(),
        })
    }

    /// What the platform says about a change of this list.
    pub(crate) fn assessment(
        &self,
        resource: &ResourceKey,
        marks: &Marks,
        assessor: &Assessor<'_>,
    ) -> Result<Assessment, EngineError> {
        match self.positions.get(resource) {
            Some(at) => self.assess(*at, marks, assessor),
            None => Ok(Assessment::default()),
        }
    }

    fn assess(
        &self,
        at: usize,
        marks: &Marks,
        assessor: &Assessor<'_>,
    ) -> Result<Assessment, EngineError> {
        let change = &self.tree.changes[at];
        let untouched = match change.kind() {
            ChangeKind::Deleted => assessor.referrers(&change.resource, |from| {
                self.positions.contains_key(from) && !marks.excluded.contains(from)
            })?,
            ChangeKind::Created | ChangeKind::Modified => Vec::new(),
        };
        let known = self
            .assessments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&at)
            .cloned();
        if let Some((_, assessment)) = known.filter(|(referrers, _)| *referrers == untouched) {
            return Ok(assessment);
        }
        let assessment = assessor
            .engine
            .assess_change(assessor.environment, change, &untouched)?;
        let mut assessments = self
            .assessments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        assessments.insert(at, (untouched, assessment.clone()));
        Ok(assessment)
    }
}

/// Asks the platform of the target about changes.
pub(crate) struct Assessor<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) environment: &'a Environment,
    /// What the target held when it was compared.
    pub(crate) target: SnapshotId,
}

impl Assessor<'_> {
    fn referrers(
        &self,
        resource: &ResourceKey,
        is_touched: impl Fn(&ResourceKey) -> bool,
    ) -> Result<Vec<ResourceKey>, EngineError> {
        let snapshot = self
            .engine
            .store()
            .read(|reader| reader.snapshot_info(&self.target))?;
        if snapshot.is_none_or(|snapshot| snapshot.resources > REFERRERS_LIMIT) {
            return Ok(Vec::new());
        }
        let referrers = self.engine.referrers_in(self.environment, &self.target)?;
        let of = referrers.get(resource).map_or(&[][..], Vec::as_slice);
        Ok(of
            .iter()
            .filter(|from| !is_touched(from))
            .cloned()
            .collect())
    }
}

fn is_in(release: &Release, change: &Change, marks: &Marks) -> bool {
    release.kind.admits(&change.resource) && !marks.excluded.contains(&change.resource)
}

fn is_viewed(change: &Change, marks: &Marks) -> bool {
    marks
        .viewed
        .get(&change.resource)
        .is_some_and(|seen| *seen == fingerprint(change))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
