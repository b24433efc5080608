//! The rows of one type: those that were written, over those that a generator makes as they are asked for.
//!
//! Invariants: a row is immutable; changing an object replaces its row. Rows come in the order of their ids, which is
//! the order of their creation. A generated row costs no memory until it is changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

/// An object's fields, named as the schema names them. Names that begin with `_` are the simulator's own.
///
/// A reference is the global id of what it leads to, where the schema promises an object.
pub(crate) type Fields = Map<String, Value>;

/// Makes rows on demand: a pure function of the id.
pub(crate) trait Generate: Send + Sync {
    /// The ids of the rows.
    fn ids(&self) -> Range<u64>;
    /// The row with this id, which is one of [`Generate::ids`].
    fn row(&self, id: u64) -> Fields;
    /// The ids of rows that have this value in this indexed field.
    fn find(&self, field: &str, value: &str) -> Vec<u64>;
}

/// The rows of one type.
#[derive(Default)]
pub(crate) struct Table {
    rows: BTreeMap<u64, Option<Arc<Fields>>>,
    generated: Option<Box<dyn Generate>>,
    indexes: Vec<Index>,
}

struct Index {
    field: &'static str,
    ids: HashMap<String, BTreeSet<u64>>,
}

impl Table {
    /// An empty table in which these fields can be looked up.
    pub(crate) fn indexed(fields: &[&'static str]) -> Self {
        let index = |field: &&'static str| Index {
            field,
            ids: HashMap::new(),
        };
        Self {
            indexes: fields.iter().map(index).collect(),
            ..Self::default()
        }
    }

    /// Puts generated rows below the written ones.
    pub(crate) fn generate(&mut self, rows: Box<dyn Generate>) {
        self.generated = Some(rows);
    }

    pub(crate) fn get(&self, id: u64) -> Option<Arc<Fields>> {
        if let Some(row) = self.rows.get(&id) {
            return row.clone();
        }
        let generated = self.generated.as_ref()?;
        generated
            .ids()
            .contains(&id)
            .then(|| Arc::new(generated.row(id)))
    }

    /// Replaces a row, or takes it away. Returns what was there.
    pub(crate) fn set(&mut self, id: u64, row: Option<Arc<Fields>>) -> Option<Arc<Fields>> {
        let before = self.get(id);
        for index in &mut self.indexes {
            let key = |row: &Arc<Fields>| row.get(index.field)?.as_str().map(str::to_owned);
            let (old, new) = (before.as_ref().and_then(key), row.as_ref().and_then(key));
            if let Some(old) = old
                && let Some(ids) = index.ids.get_mut(&old)
            {
                ids.remove(&id);
                if ids.is_empty() {
                    index.ids.remove(&old);
                }
            }
            if let Some(new) = new {
                index.ids.entry(new).or_default().insert(id);
            }
        }
        let covers = self
            .generated
            .as_ref()
            .is_some_and(|rows| rows.ids().contains(&id));
        if row.is_some() || covers {
            self.rows.insert(id, row);
        } else {
            self.rows.remove(&id);
        }
        before
    }

    /// The ids of all rows, ascending.
    pub(crate) fn ids(&self) -> Vec<u64> {
        let generated = self.generated.as_ref().map_or(0..0, |rows| rows.ids());
        let mut ids: Vec<u64> = generated
            .filter(|id| !matches!(self.rows.get(id), Some(None)))
            .collect();
        let covered = ids.len();
        let written = self.rows.iter().filter(|(_, row)| row.is_some());
        let range = self.generated.as_ref().map_or(0..0, |rows| rows.ids());
        ids.extend(written.map(|(id, _)| *id).filter(|id| !range.contains(id)));
        if covered > 0 {
            ids.sort_unstable();
        }
        ids
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        let range = self.generated.as_ref().map_or(0..0, |rows| rows.ids());
        let generated = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let outside = self
            .rows
            .iter()
            .filter(|(id, row)| row.is_some() && !range.contains(id))
            .count();
        let taken = self
            .rows
            .iter()
            .filter(|(id, row)| row.is_none() && range.contains(id))
            .count();
        generated + outside - taken
    }

    /// The ids of the rows that have this value in this field.
    pub(crate) fn find(&self, field: &str, value: &str) -> Vec<u64> {
        let mut found: BTreeSet<u64> = match self.indexes.iter().find(|index| index.field == field)
        {
            Some(index) => index.ids.get(value).cloned().unwrap_or_default(),
            None => {
                let has = |row: &Arc<Fields>| row.get(field).and_then(Value::as_str) == Some(value);
                self.rows
                    .iter()
                    .filter(|(_, row)| row.as_ref().is_some_and(has))
                    .map(|(id, _)| *id)
                    .collect()
            }
        };
        if let Some(generated) = &self.generated {
            let fresh = generated.find(field, value);
            found.extend(fresh.into_iter().filter(|id| !self.rows.contains_key(id)));
        }
        found.into_iter().collect()
    }

    /// The rows that differ from generated ones; nothing stands for one that was taken away.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (u64, Option<&Arc<Fields>>)> {
        self.rows.iter().map(|(id, row)| (*id, row.as_ref()))
    }

    /// The written rows alone.
    pub(crate) fn written(&self) -> impl Iterator<Item = (u64, &Arc<Fields>)> {
        self.rows
            .iter()
            .filter_map(|(id, row)| row.as_ref().map(|row| (*id, row)))
    }
}
