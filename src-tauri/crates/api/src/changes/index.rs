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
    /// What is left out; `None` when all are in for good.
    pub(crate) excluded: BTreeSet<ResourceKey>,
    /// What was looked at, with the fingerprint that it had.
    pub(crate) viewed: BTreeMap<ResourceKey, String>,
    /// How many comments on each are not resolved.
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

/// Which changes of the tree show, and what they follow from.
pub(crate) struct Shown<'a> {
    pub(crate) release: &'a Release,
    pub(crate) filter: &'a ChangeFilter,
    pub(crate) marks: Marks,
    pub(crate) assessor: Assessor<'a>,
}

/// The part of the tree that is asked for.
pub(crate) struct Window<'a> {
    pub(crate) folded: &'a [String],
    pub(crate) from: usize,
    pub(crate) limit: usize,
}

/// How many changes match, and are in, before a place of the list.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    matching: u32,
    included: u32,
}

/// A row of the tree as it shows.
enum Row {
    /// A group, by its place in [`Tree::groups`].
    Group {
        group: usize,
        count: u32,
        included: u32,
        folded: bool,
    },
    /// A change, by its place in [`Tree::changes`].
    Change(usize),
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
        view: &Shown<'_>,
    ) -> Result<ChangeRows, EngineError> {
        let Window {
            folded,
            from,
            limit,
        } = *window;
        let Shown { release, marks, .. } = view;
        let before = self.before(view)?;
        let mut rows = Vec::new();
        let mut total_rows = 0_usize;
        for row in self.walk(&before, folded) {
            if (from..from.saturating_add(limit)).contains(&total_rows) {
                rows.push(self.shown(row, view)?);
            }
            total_rows += 1;
        }
        let (mut included, mut viewed) = (0_u32, 0_u32);
        for change in &self.tree.changes {
            included += u32::from(is_in(release, change, marks));
            viewed += u32::from(is_viewed(change, marks));
        }
        let all = before.last().copied().unwrap_or_default();
        Ok(ChangeRows {
            rows,
            total_rows: number(total_rows),
            matching: all.matching,
            matching_included: all.included,
            total: number(self.tree.changes.len()),
            viewed,
            included,
        })
    }

    /// The row of a change, or that of the outermost folded group that holds it; `None` when it does not match.
    pub(crate) fn place(
        &self,
        resource: &ResourceKey,
        folded: &[String],
        view: &Shown<'_>,
    ) -> Result<Option<u32>, EngineError> {
        let Some(&wanted) = self.positions.get(resource) else {
            return Ok(None);
        };
        let before = self.before(view)?;
        if before[wanted].matching == before[wanted + 1].matching {
            return Ok(None);
        }
        let row = self.walk(&before, folded).position(|row| match row {
            Row::Change(change) => change == wanted,
            Row::Group { group, folded, .. } => {
                folded && self.tree.groups[group].changes.contains(&wanted)
            }
        });
        Ok(row.map(number))
    }

    /// The changes that match and can be chosen; of a group, where one is named. `None` when there is no such group.
    pub(crate) fn members(
        &self,
        group: Option<&str>,
        view: &Shown<'_>,
    ) -> Result<Option<Vec<ResourceKey>>, EngineError> {
        let range = match group {
            None => 0..self.tree.changes.len(),
            Some(id) => match self.tree.groups.iter().find(|group| group.id == id) {
                Some(group) => group.changes.clone(),
                None => return Ok(None),
            },
        };
        let before = self.before(view)?;
        let members = range
            .filter(|at| before[*at].matching < before[at + 1].matching)
            .map(|at| &self.tree.changes[at])
            .filter(|change| withheld(view.release, change).is_none());
        Ok(Some(
            members.map(|change| change.resource.clone()).collect(),
        ))
    }

    /// How many match, and are in, before each place and at the end: a group's numbers are differences.
    fn before(&self, view: &Shown<'_>) -> Result<Vec<Before>, EngineError> {
        let matching = self.matching(view)?;
        let mut counted = Before::default();
        let mut before = Vec::with_capacity(self.tree.changes.len() + 1);
        before.push(counted);
        for (change, matches) in self.tree.changes.iter().zip(matching) {
            counted.matching += u32::from(matches);
            counted.included += u32::from(matches && is_in(view.release, change, &view.marks));
            before.push(counted);
        }
        Ok(before)
    }

    /// The rows that show, in order.
    fn walk<'a>(
        &'a self,
        before: &'a [Before],
        folded: &'a [String],
    ) -> impl Iterator<Item = Row> + 'a {
        let folded: HashSet<&str> = folded.iter().map(String::as_str).collect();
        let mut at = 0;
        std::iter::from_fn(move || {
            while let Some(&node) = self.tree.nodes.get(at) {
                at += 1;
                match node {
                    Node::Group(group) => {
                        let held = &self.tree.groups[group];
                        let (first, last) = (before[held.changes.start], before[held.changes.end]);
                        let count = last.matching - first.matching;
                        let folded = folded.contains(held.id.as_str());
                        if count == 0 || folded {
                            at = held.nodes.end;
                        }
                        if count > 0 {
                            return Some(Row::Group {
                                group,
                                count,
                                included: last.included - first.included,
                                folded,
                            });
                        }
                    }
                    Node::Change(change) => {
                        if before[change].matching < before[change + 1].matching {
                            return Some(Row::Change(change));
                        }
                    }
                }
            }
            None
        })
    }

    /// A row as it crosses the wire.
    fn shown(&self, row: Row, view: &Shown<'_>) -> Result<ChangeRow, EngineError> {
        match row {
            Row::Group {
                group,
                count,
                included,
                folded,
            } => {
                let group = &self.tree.groups[group];
                Ok(ChangeRow::Group {
                    id: group.id.clone(),
                    title: group.title.clone(),
                    depth: group.depth,
                    count,
                    included,
                    folded,
                })
            }
            Row::Change(at) => self.row(at, view),
        }
    }

    /// A page of the changes that match, in the order of the tree, with their sizes before and after.
    pub(crate) fn order(
        &self,
        page: Range<usize>,
        view: &Shown<'_>,
    ) -> Result<ChangeOrder, EngineError> {
        let matching = self.matching(view)?;
        let sizes = self.sizes(view.assessor.engine)?;
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
    pub(crate) fn changes(&self, view: &Shown<'_>) -> Result<Vec<&Change>, EngineError> {
        let matching = self.matching(view)?;
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

    fn matching(&self, view: &Shown<'_>) -> Result<Vec<bool>, EngineError> {
        let Shown {
            release,
            filter,
            marks,
            assessor,
        } = view;
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

    fn row(&self, at: usize, view: &Shown<'_>) -> Result<ChangeRow, EngineError> {
        let Shown {
            release,
            marks,
            assessor,
            ..
        } = view;
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
