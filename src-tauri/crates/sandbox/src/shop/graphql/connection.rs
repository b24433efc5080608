//! Pages of a list: cursors and `pageInfo` as the vendor's connections have them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::error::Fail;
use crate::shop::gid;

/// The most rows of a page.
const PAGE_MAX: usize = 250;

/// The most rows of a page of theme files.
const THEME_FILES_MAX: usize = 2_500;

/// A list that is answered in pages, in its forward order.
pub(crate) struct Rows {
    pub(crate) items: Items,
    /// What the rows are sorted by, one text for each; the ids when absent.
    pub(crate) sorted_by: Option<Vec<String>>,
    /// How many rows a page may have.
    pub(crate) page_max: usize,
    /// Further fields of the connection.
    pub(crate) beside: Map<String, Value>,
}

/// What the rows are.
pub(crate) enum Items {
    /// Objects of one type, by number.
    Ids(String, Vec<u64>),
    /// Objects by global id, or objects without one.
    Values(Vec<Value>),
}

impl Rows {
    /// Objects of one type, in the order of the numbers.
    pub(crate) fn ids(kind: &str, ids: Vec<u64>) -> Self {
        Self {
            items: Items::Ids(kind.to_owned(), ids),
            sorted_by: None,
            page_max: PAGE_MAX,
            beside: Map::new(),
        }
    }

    /// Global ids, or objects.
    pub(crate) fn values(values: Vec<Value>) -> Self {
        Self {
            items: Items::Values(values),
            sorted_by: None,
            page_max: PAGE_MAX,
            beside: Map::new(),
        }
    }

    /// Allows the larger pages of theme files.
    pub(crate) fn of_theme_files(mut self) -> Self {
        self.page_max = THEME_FILES_MAX;
        self
    }

    fn len(&self) -> usize {
        match &self.items {
            Items::Ids(_, ids) => ids.len(),
            Items::Values(values) => values.len(),
        }
    }

    fn value(&self, at: usize) -> Value {
        match &self.items {
            Items::Ids(kind, ids) => json!(gid::gid(kind, ids[at])),
            Items::Values(values) => values[at].clone(),
        }
    }

    /// The number by which a cursor finds its row again.
    fn number(&self, at: usize) -> u64 {
        let by_place = at as u64 + 1;
        match &self.items {
            Items::Ids(_, ids) => ids[at],
            Items::Values(values) => match &values[at] {
                Value::String(text) => gid::parse(text).map_or(by_place, |(_, id)| id),
                Value::Object(fields) => fields
                    .get("id")
                    .and_then(Value::as_str)
                    .and_then(gid::parse)
                    .map_or(by_place, |(_, id)| id),
                _ => by_place,
            },
        }
    }

    fn cursor(&self, at: usize) -> String {
        let number = self.number(at);
        let value = match &self.sorted_by {
            Some(values) => values[at].clone(),
            None => number.to_string(),
        };
        STANDARD.encode(format!(
            "{{\"last_id\":{number},\"last_value\":{}}}",
            json!(value)
        ))
    }

    /// Where the row of a cursor is, or where it was.
    fn place(&self, cursor: &str) -> Result<Place, Fail> {
        let invalid = || {
            Fail::bad_request(format!(
                "Invalid cursor for current pagination sort: {cursor}"
            ))
        };
        let bytes = STANDARD.decode(cursor).map_err(|_| invalid())?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        let number = value["last_id"].as_u64().ok_or_else(invalid)?;
        if let (Items::Ids(_, ids), None) = (&self.items, &self.sorted_by) {
            return Ok(match ids.binary_search(&number) {
                Ok(at) => Place {
                    before: at,
                    after: at + 1,
                },
                Err(at) => Place {
                    before: at,
                    after: at,
                },
            });
        }
        if let Some(at) = (0..self.len()).find(|at| self.number(*at) == number) {
            return Ok(Place {
                before: at,
                after: at + 1,
            });
        }
        // Its row is gone: go on where it would stand.
        let last = value["last_value"].as_str().unwrap_or_default();
        let at = match &self.sorted_by {
            Some(values) => values.partition_point(|value| value.as_str() <= last),
            None => self.len(),
        };
        Ok(Place {
            before: at,
            after: at,
        })
    }

    /// The page that the arguments ask for, as a connection's fields.
    ///
    /// # Errors
    /// Neither or too large a page size, or a cursor that is none.
    pub(crate) fn page(
        mut self,
        given: &Map<String, Value>,
        paged: bool,
    ) -> Result<(Map<String, Value>, usize), Fail> {
        if given.get("reverse").and_then(Value::as_bool) == Some(true) {
            self.reverse();
        }
        let size = |name: &str| given.get(name).and_then(Value::as_i64);
        let cursor = |name: &str| given.get(name).and_then(Value::as_str);
        let (first, last) = (size("first"), size("last"));
        if paged && first.is_none() && last.is_none() {
            return Err(Fail::bad_request("you must provide one of first or last"));
        }
        if first.is_some() && last.is_some() {
            return Err(Fail::bad_request(
                "providing both first and last is not supported",
            ));
        }
        for (name, size) in [("first", first), ("last", last)] {
            let Some(size) = size else { continue };
            if size < 0 {
                return Err(Fail::bad_request(format!(
                    "{name} must be a non-negative integer"
                )));
            }
            if size > self.page_max as i64 {
                return Err(Fail::bad_request(format!(
                    "{name} cannot exceed {}. To query larger amounts of data with fewer calls, use bulk operations: https://shopify.dev/docs/api/usage/bulk-operations/queries",
                    self.page_max
                )));
            }
        }
        let mut from = match cursor("after") {
            Some(cursor) => self.place(cursor)?.after,
            None => 0,
        };
        let mut to = match cursor("before") {
            Some(cursor) => self.place(cursor)?.before,
            None => self.len(),
        };
        to = to.max(from);
        if let Some(first) = first {
            to = to.min(from + usize::try_from(first).unwrap_or(0));
        }
        if let Some(last) = last {
            from = from.max(to.saturating_sub(usize::try_from(last).unwrap_or(0)));
        }
        let cursors: Vec<String> = (from..to).map(|at| self.cursor(at)).collect();
        let nodes: Vec<Value> = (from..to).map(|at| self.value(at)).collect();
        let edges: Vec<Value> = cursors
            .iter()
            .zip(&nodes)
            .map(|(cursor, node)| json!({"cursor": cursor, "node": node}))
            .collect();
        let page_info = json!({
            "hasNextPage": to < self.len(),
            "hasPreviousPage": from > 0,
            "startCursor": cursors.first(),
            "endCursor": cursors.last(),
        });
        let found = nodes.len();
        let mut connection = self.beside;
        connection.insert("edges".to_owned(), Value::Array(edges));
        connection.insert("nodes".to_owned(), Value::Array(nodes));
        connection.insert("pageInfo".to_owned(), page_info);
        Ok((connection, found))
    }

    fn reverse(&mut self) {
        match &mut self.items {
            // Ids are searched by halves, which needs them ascending: so they become values.
            Items::Ids(kind, ids) => {
                let values = ids
                    .iter()
                    .rev()
                    .map(|id| json!(gid::gid(kind, *id)))
                    .collect();
                self.items = Items::Values(values);
            }
            Items::Values(values) => values.reverse(),
        }
        if let Some(sorted_by) = &mut self.sorted_by {
            sorted_by.reverse();
        }
    }
}

struct Place {
    before: usize,
    after: usize,
}
