//! Answers any valid selection: the schema says what each field's value is, [`read`] and [`write`] supply it.
//!
//! A stored value is read by its field's type: where an object is promised, a text is a global id and an object stands
//! for itself; where a connection is promised, a list is answered in pages. What the simulator does not know is null
//! or empty where the schema allows it, and otherwise an error that names the field.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{
    DirectiveList, ExecutableDocument, Field, Selection, SelectionSet,
};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value, json};

use super::arguments::{arguments, literal};
use super::connection::{Items, Rows};
use super::error::{Fail, locations};
use super::schema::{is_kind_of, schema};
use crate::shop::gid;
use crate::shop::read;
use crate::shop::state::State;
use crate::shop::table::Fields;
use crate::shop::write;

/// Mutations that ask for `@idempotent`, by the vendor's documentation since 2026-04.
const IDEMPOTENT: &[&str] = &["inventoryActivate", "inventorySetQuantities"];

/// What a field's value was found to be.
pub(crate) enum Found {
    /// A value that is read by the field's type.
    Value(Value),
    /// A list that is answered in pages.
    Rows(Rows),
}

impl<T: Into<Value>> From<T> for Found {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// What a request found, for its price.
#[derive(Default)]
pub(crate) struct Observed {
    rows: HashMap<usize, usize>,
    objects: HashSet<usize>,
}

impl Observed {
    /// The most rows that a connection had.
    pub(crate) fn rows(&self, field: &Field) -> Option<usize> {
        self.rows.get(&address(field)).copied()
    }

    /// Whether a field had any object for value.
    pub(crate) fn has_object(&self, field: &Field) -> bool {
        self.objects.contains(&address(field))
    }
}

fn address(field: &Field) -> usize {
    std::ptr::from_ref(field) as usize
}

/// A value is missing where there must be one; its nearest object that may be null is null.
struct Propagate;

/// Runs one operation.
pub(crate) struct Executor<'s, 'a> {
    pub(crate) state: &'s mut State,
    pub(crate) document: &'a ExecutableDocument,
    pub(crate) variables: &'a Map<String, Value>,
    pub(crate) errors: Vec<Value>,
    pub(crate) observed: Observed,
    /// Whether connections are left out and lists need no page size: how bulk operations read.
    pub(crate) bulk: bool,
    path: Vec<Value>,
}

impl<'s, 'a> Executor<'s, 'a> {
    pub(crate) fn new(
        state: &'s mut State,
        document: &'a ExecutableDocument,
        variables: &'a Map<String, Value>,
    ) -> Self {
        Self {
            state,
            document,
            variables,
            errors: Vec::new(),
            observed: Observed::default(),
            bulk: false,
            path: Vec::new(),
        }
    }

    /// The root object's fields, or null when one that must have a value has none.
    pub(crate) fn run(&mut self, root: &'a SelectionSet) -> Value {
        let object = Arc::new(Fields::new());
        self.object(&root.ty, &object, &[root])
            .unwrap_or(Value::Null)
    }

    fn load(&self, id: &str) -> Option<(Name, Arc<Fields>)> {
        let (kind, _) = gid::split(id)?;
        let object = read::load(self.state, id)?;
        let kind = object
            .get("__typename")
            .and_then(Value::as_str)
            .unwrap_or(kind);
        Some((Name::new(kind).ok()?, object))
    }

    fn object(
        &mut self,
        ty: &Name,
        object: &Arc<Fields>,
        sets: &[&'a SelectionSet],
    ) -> Result<Value, Propagate> {
        let mut fields: IndexMap<&'a Name, Vec<&'a Field>> = IndexMap::default();
        for set in sets {
            self.collect(ty, set, &mut fields);
        }
        let mut values = Map::new();
        for (key, fields) in fields {
            if self.bulk && fields[0].ty().inner_named_type().ends_with("Connection") {
                continue;
            }
            self.path.push(json!(key.as_str()));
            let value = self.field(ty, object, &fields);
            self.path.pop();
            values.insert(key.to_string(), value?);
        }
        Ok(Value::Object(values))
    }

    /// Gathers the fields that apply to a type, by their key in the response.
    pub(crate) fn collect(
        &self,
        ty: &Name,
        set: &'a SelectionSet,
        into: &mut IndexMap<&'a Name, Vec<&'a Field>>,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) if self.includes(&field.directives) => {
                    into.entry(field.response_key()).or_default().push(field);
                }
                Selection::InlineFragment(inline)
                    if self.includes(&inline.directives)
                        && is_kind_of(ty, &inline.selection_set.ty) =>
                {
                    self.collect(ty, &inline.selection_set, into);
                }
                Selection::FragmentSpread(spread) if self.includes(&spread.directives) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && is_kind_of(ty, &fragment.selection_set.ty)
                    {
                        self.collect(ty, &fragment.selection_set, into);
                    }
                }
                _ => {}
            }
        }
    }

    fn includes(&self, directives: &DirectiveList) -> bool {
        let flag = |name: &str| {
            let value = directives.get(name)?.specified_argument_by_name("if")?;
            let ty = Type::Named(Name::new_unchecked("Boolean"));
            literal(value, &ty, self.variables)?.as_bool()
        };
        flag("skip") != Some(true) && flag("include") != Some(false)
    }

    fn field(
        &mut self,
        on: &Name,
        object: &Arc<Fields>,
        fields: &[&'a Field],
    ) -> Result<Value, Propagate> {
        let field = fields[0];
        if field.name == "__typename" {
            return Ok(json!(on.as_str()));
        }
        if matches!(field.name.as_str(), "__schema" | "__type") {
            // Answered from the schema, when all else is.
            return Ok(Value::Null);
        }
        let given = arguments(field, self.variables);
        match self.find(on, object, field, &given) {
            Ok(found) => {
                let sets: Vec<&'a SelectionSet> =
                    fields.iter().map(|field| &field.selection_set).collect();
                self.complete(on, field, field.ty(), found, &given, &sets)
            }
            Err(fail) => self.fail(field, field.ty(), &fail),
        }
    }

    fn find(
        &mut self,
        on: &Name,
        object: &Arc<Fields>,
        field: &Field,
        given: &Map<String, Value>,
    ) -> Result<Found, Fail> {
        if on == "Mutation" {
            if IDEMPOTENT.contains(&field.name.as_str()) && !field.directives.has("idempotent") {
                let message =
                    "The @idempotent directive is required for this mutation but was not provided.";
                return Err(Fail::bad_request(message));
            }
            return write::mutate(self.state, &field.name, given).map(Found::from);
        }
        if let Some(found) = read::field(self.state, on, &field.name, object, given)? {
            return Ok(found);
        }
        if let Some(value) = object.get(field.name.as_str()) {
            return Ok(Found::Value(value.clone()));
        }
        // Nothing of that sort is modelled, so the shop has none of it.
        let is_connection = field.ty().inner_named_type().ends_with("Connection");
        if !field.ty().is_non_null() && !is_connection {
            return Ok(Found::Value(Value::Null));
        }
        if is_connection || field.ty().is_list() {
            return Ok(Found::Value(json!([])));
        }
        Err(Fail::not_modelled(on, &field.name))
    }

    fn fail(&mut self, field: &Field, ty: &Type, fail: &Fail) -> Result<Value, Propagate> {
        let place = locations(field.name.location(), &self.document.sources);
        let path = Value::Array(self.path.clone());
        self.errors.push(fail.to_json(Some(place), Some(path)));
        if ty.is_non_null() {
            Err(Propagate)
        } else {
            Ok(Value::Null)
        }
    }

    fn complete(
        &mut self,
        on: &Name,
        field: &'a Field,
        ty: &Type,
        found: Found,
        given: &Map<String, Value>,
        sets: &[&'a SelectionSet],
    ) -> Result<Value, Propagate> {
        let value = match found {
            Found::Rows(rows) => return self.page(on, field, ty, rows, given, sets),
            Found::Value(Value::Array(items)) if ty.inner_named_type().ends_with("Connection") => {
                return self.page(on, field, ty, Rows::values(items), given, sets);
            }
            Found::Value(value) => value,
        };
        if value.is_null() {
            return if ty.is_non_null() {
                self.fail(field, ty, &Fail::not_modelled(on, &field.name))
            } else {
                Ok(Value::Null)
            };
        }
        if ty.is_list() {
            let items = match value {
                Value::Array(items) => items,
                single => vec![single],
            };
            let mut values = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                self.path.push(json!(index));
                let value =
                    self.complete(on, field, ty.item_type(), Found::Value(item), given, sets);
                self.path.pop();
                match value {
                    Ok(value) => values.push(value),
                    Err(Propagate) if ty.is_non_null() => return Err(Propagate),
                    Err(Propagate) => return Ok(Value::Null),
                }
            }
            return Ok(Value::Array(values));
        }
        let name = ty.inner_named_type();
        if schema().types.get(name).is_some_and(ExtendedType::is_leaf) {
            return Ok(value);
        }
        let loaded = match value {
            Value::String(id) => {
                let loaded = self.load(&id);
                // What the app has no right to is refused where it stands; the rest of the answer comes.
                let denied = loaded.as_ref().and_then(|(kind, _)| {
                    read::check_object(self.state, &field.name, kind, "read").err()
                });
                if let Some(fail) = denied {
                    return self.fail(field, ty, &fail);
                }
                loaded
            }
            Value::Object(fields) => {
                let kind = fields
                    .get("__typename")
                    .and_then(Value::as_str)
                    .map(Name::new_unchecked);
                Some((kind.unwrap_or_else(|| name.clone()), Arc::new(fields)))
            }
            _ => None,
        };
        let Some((kind, object)) = loaded.filter(|(kind, _)| is_kind_of(kind, name)) else {
            return if ty.is_non_null() {
                self.fail(field, ty, &Fail::not_modelled(on, &field.name))
            } else {
                Ok(Value::Null)
            };
        };
        self.observed.objects.insert(address(field));
        match self.object(&kind, &object, sets) {
            Err(Propagate) if !ty.is_non_null() => Ok(Value::Null),
            answer => answer,
        }
    }

    fn page(
        &mut self,
        on: &Name,
        field: &'a Field,
        ty: &Type,
        rows: Rows,
        given: &Map<String, Value>,
        sets: &[&'a SelectionSet],
    ) -> Result<Value, Propagate> {
        let paged = field.definition.argument_by_name("first").is_some();
        match rows.page(given, paged) {
            Ok((connection, found)) => {
                let seen = self.observed.rows.entry(address(field)).or_default();
                *seen = found.max(*seen);
                let object = Found::Value(Value::Object(connection));
                self.complete(on, field, ty, object, given, sets)
            }
            Err(fail) => self.fail(field, ty, &fail),
        }
    }
}

/// An object's own fields, and the connections beside it.
pub(crate) type BulkRow<'a> = (Value, Vec<(&'a Field, Vec<Value>)>);

/// A connection's objects, read without pages.
pub(crate) enum Objects {
    /// By number.
    Ids(String, Vec<u64>),
    /// As they are.
    Values(Vec<Value>),
}

impl Objects {
    /// The objects in parts of at most this many.
    pub(crate) fn chunks(&self, size: usize) -> impl Iterator<Item = Vec<Value>> + '_ {
        let count = match self {
            Self::Ids(_, ids) => ids.len(),
            Self::Values(values) => values.len(),
        };
        (0..count).step_by(size.max(1)).map(move |from| {
            let to = (from + size).min(count);
            match self {
                Self::Ids(kind, ids) => ids[from..to]
                    .iter()
                    .map(|id| json!(gid::gid(kind, *id)))
                    .collect(),
                Self::Values(values) => values[from..to].to_vec(),
            }
        })
    }
}

/// What bulk operations read: connections without pages.
impl<'a> Executor<'_, 'a> {
    /// The connections at an operation's root, or in objects there, with all their objects.
    pub(crate) fn root_connections(&mut self, root: &'a SelectionSet) -> Vec<(&'a Field, Objects)> {
        let object = Arc::new(Fields::new());
        self.connections(&root.ty, &object, &[root])
    }

    fn connections(
        &mut self,
        ty: &Name,
        object: &Arc<Fields>,
        sets: &[&'a SelectionSet],
    ) -> Vec<(&'a Field, Objects)> {
        let mut fields: IndexMap<&'a Name, Vec<&'a Field>> = IndexMap::default();
        for set in sets {
            self.collect(ty, set, &mut fields);
        }
        let mut found = Vec::new();
        for fields in fields.values() {
            let field = fields[0];
            if field.selection_set.selections.is_empty() || field.ty().is_list() {
                continue;
            }
            let given = arguments(field, self.variables);
            let value = self.find(ty, object, field, &given);
            if field.ty().inner_named_type().ends_with("Connection") {
                found.extend(objects(value, &given).map(|objects| (field, objects)));
            } else if let Ok(Found::Value(value)) = value {
                let loaded = match value {
                    Value::String(id) => self.load(&id),
                    Value::Object(fields) => {
                        Some((field.ty().inner_named_type().clone(), Arc::new(fields)))
                    }
                    _ => None,
                };
                if let Some((kind, inner)) = loaded {
                    let sets: Vec<&'a SelectionSet> =
                        fields.iter().map(|field| &field.selection_set).collect();
                    found.extend(self.connections(&kind, &inner, &sets));
                }
            }
        }
        found
    }

    /// What is selected of a connection's nodes.
    pub(crate) fn node_sets(&self, connection: &'a Field) -> Vec<&'a SelectionSet> {
        let mut sets = Vec::new();
        let mut edges: IndexMap<&'a Name, Vec<&'a Field>> = IndexMap::default();
        self.collect(
            connection.ty().inner_named_type(),
            &connection.selection_set,
            &mut edges,
        );
        for edge in edges
            .values()
            .flatten()
            .filter(|field| field.name == "edges")
        {
            let mut nodes: IndexMap<&'a Name, Vec<&'a Field>> = IndexMap::default();
            self.collect(
                edge.ty().inner_named_type(),
                &edge.selection_set,
                &mut nodes,
            );
            sets.extend(
                nodes
                    .values()
                    .flatten()
                    .filter(|field| field.name == "node")
                    .map(|node| &node.selection_set),
            );
        }
        sets
    }

    /// One object of a connection without its own connections, and these beside it.
    pub(crate) fn bulk_row(
        &mut self,
        object: &Value,
        connection: &'a Field,
        sets: &[&'a SelectionSet],
    ) -> Option<BulkRow<'a>> {
        let (kind, fields) = match object {
            Value::String(id) => self.load(id)?,
            Value::Object(fields) => {
                let edge = schema()
                    .type_field(connection.ty().inner_named_type(), "nodes")
                    .ok()?;
                let declared = edge.ty.inner_named_type().clone();
                let named = fields
                    .get("__typename")
                    .and_then(Value::as_str)
                    .map(Name::new_unchecked);
                (named.unwrap_or(declared), Arc::new(fields.clone()))
            }
            _ => return None,
        };
        let row = self.object(&kind, &fields, sets).ok()?;
        let inner = self
            .connections(&kind, &fields, sets)
            .into_iter()
            .map(|(field, objects)| {
                (
                    field,
                    objects.chunks(usize::MAX / 2).next().unwrap_or_default(),
                )
            });
        Some((row, inner.collect()))
    }
}

fn objects(value: Result<Found, Fail>, given: &Map<String, Value>) -> Option<Objects> {
    let mut objects = match value.ok()? {
        Found::Value(Value::Array(values)) => Objects::Values(values),
        Found::Value(_) => return None,
        Found::Rows(rows) => match rows.items {
            Items::Ids(kind, ids) => Objects::Ids(kind, ids),
            Items::Values(values) => Objects::Values(values),
        },
    };
    if given.get("reverse").and_then(Value::as_bool) == Some(true) {
        match &mut objects {
            Objects::Ids(_, ids) => ids.reverse(),
            Objects::Values(values) => values.reverse(),
        }
    }
    Some(objects)
}
