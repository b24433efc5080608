//! What a request costs, by a formula found from what real stores charged: the vendor publishes none.

use std::collections::BTreeSet;

use apollo_compiler::Name;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{
    ExecutableDocument, Field, Operation, OperationType, Selection, SelectionSet,
};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value, json};

use super::arguments::arguments;
use super::execute::Observed;
use super::schema::{is_kind_of, schema};

/// The most that one query may cost.
pub(crate) const COST_MAX: u64 = 1_000;

/// Objects that are free, with all that is below them.
const FREE: &[&str] = &[
    "MoneyV2",
    "MoneyBag",
    "MailingAddress",
    "LocationAddress",
    "Count",
    "PageInfo",
];

/// The most rows that count for a connection.
const ROWS_MAX: f64 = 250.0;

/// A cost in points, and what each field adds to it.
pub(crate) struct Cost {
    pub(crate) points: u64,
    pub(crate) fields: Vec<Value>,
}

/// What is admitted: the cost if every page is full.
pub(crate) fn requested(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Map<String, Value>,
) -> Cost {
    of(document, operation, variables, None)
}

/// What is charged: the cost of what was found.
pub(crate) fn actual(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Map<String, Value>,
    observed: &Observed,
) -> u64 {
    of(document, operation, variables, Some(observed)).points
}

fn of(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Map<String, Value>,
    observed: Option<&Observed>,
) -> Cost {
    let mut pricing = Pricing {
        document,
        variables,
        observed,
        path: Vec::new(),
        fields: Vec::new(),
    };
    let root = &operation.selection_set;
    let points = match operation.operation_type {
        OperationType::Mutation => pricing.mutation(root),
        _ => pricing.selections(&root.ty, &[root]),
    };
    Cost {
        points: points.ceil() as u64,
        fields: pricing.fields,
    }
}

struct Pricing<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Value>,
    observed: Option<&'a Observed>,
    path: Vec<String>,
    fields: Vec<Value>,
}

/// The fields that share a key in the response, and so are answered as one.
type Merged<'a> = IndexMap<Name, Vec<&'a Field>>;

impl<'a> Pricing<'a> {
    fn mutation(&mut self, root: &'a SelectionSet) -> f64 {
        let mut total = 0.0;
        for (key, fields) in self.merged(&root.ty, &[root]) {
            self.path.push(key.to_string());
            let payload: Vec<&SelectionSet> =
                fields.iter().map(|field| &field.selection_set).collect();
            let mut points = 10.0 + by_input(fields[0], &arguments(fields[0], self.variables));
            for (key, inner) in self.merged(fields[0].ty().inner_named_type(), &payload) {
                if key == "userErrors" || inner[0].selection_set.selections.is_empty() {
                    continue;
                }
                self.path.push(key.to_string());
                let ty = inner[0].ty().inner_named_type();
                let sets: Vec<&SelectionSet> =
                    inner.iter().map(|field| &field.selection_set).collect();
                points += self.selections(ty, &sets);
                self.path.pop();
            }
            self.note(10.0, points, points - 10.0);
            self.path.pop();
            total += points;
        }
        total
    }

    fn note(&mut self, defined: f64, total: f64, children: f64) {
        if self.observed.is_none() {
            self.fields.push(json!({
                "path": self.path,
                "definedCost": defined.ceil() as u64,
                "requestedTotalCost": total.ceil() as u64,
                "requestedChildrenCost": children.ceil() as u64,
            }));
        }
    }

    fn selections(&mut self, ty: &Name, sets: &[&'a SelectionSet]) -> f64 {
        let is_object = schema().types.get(ty).is_some_and(ExtendedType::is_object);
        if is_object {
            return self.fields(ty, sets);
        }
        // An abstract type costs what its dearest possible kind costs.
        let mut kinds = BTreeSet::new();
        self.conditions(sets, &mut kinds);
        let own = self.fields(ty, sets);
        kinds
            .iter()
            .map(|kind| self.fields(kind, sets))
            .fold(own, f64::max)
    }

    fn conditions(&self, sets: &[&'a SelectionSet], kinds: &mut BTreeSet<Name>) {
        for selection in sets.iter().flat_map(|set| &set.selections) {
            let set = match selection {
                Selection::InlineFragment(inline) => &inline.selection_set,
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get(&spread.fragment_name) {
                        Some(fragment) => &fragment.selection_set,
                        None => continue,
                    }
                }
                Selection::Field(_) => continue,
            };
            kinds.insert(set.ty.clone());
            self.conditions(&[set], kinds);
        }
    }

    fn merged(&self, ty: &Name, sets: &[&'a SelectionSet]) -> Merged<'a> {
        let mut merged = Merged::default();
        for set in sets {
            self.merge(ty, set, &mut merged);
        }
        merged
    }

    fn merge(&self, ty: &Name, set: &'a SelectionSet, merged: &mut Merged<'a>) {
        for selection in &set.selections {
            let inner = match selection {
                Selection::Field(field) => {
                    merged
                        .entry(field.response_key().clone())
                        .or_default()
                        .push(&**field);
                    continue;
                }
                Selection::InlineFragment(inline) => &inline.selection_set,
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get(&spread.fragment_name) {
                        Some(fragment) => &fragment.selection_set,
                        None => continue,
                    }
                }
            };
            if is_kind_of(ty, &inner.ty) {
                self.merge(ty, inner, merged);
            }
        }
    }

    fn fields(&mut self, ty: &Name, sets: &[&'a SelectionSet]) -> f64 {
        let mut total = 0.0;
        for (key, fields) in self.merged(ty, sets) {
            self.path.push(key.to_string());
            total += self.field(ty, &fields);
            self.path.pop();
        }
        total
    }

    fn field(&mut self, on: &Name, fields: &[&'a Field]) -> f64 {
        let field = fields[0];
        if on == "QueryRoot" && field.name.ends_with("Count") {
            return 10.0;
        }
        match (on.as_str(), field.name.as_str()) {
            ("Blog", "articlesCount") | ("Article", "commentsCount") => return 10.0,
            ("Collection", "productsCount") => return 1.0,
            _ => {}
        }
        let ty = field.ty().inner_named_type();
        if field.selection_set.selections.is_empty()
            || FREE.contains(&ty.as_str())
            || ty.starts_with("__")
        {
            return 0.0;
        }
        let found = match self.observed {
            Some(observed) if !observed.has_object(field) => {
                return if on == "QueryRoot" { 1.0 } else { 0.0 };
            }
            observed => observed.and_then(|observed| observed.rows(field)),
        };
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
        if !ty.ends_with("Connection") {
            let children = self.selections(ty, &sets);
            self.note(1.0, 1.0 + children, children);
            return 1.0 + children;
        }
        let given = arguments(field, self.variables);
        let size = |name: &str| given.get(name).and_then(Value::as_f64);
        let size = size("first").or_else(|| size("last")).unwrap_or(2.0);
        let rows = found
            .map_or(size, |found| size.min(found as f64))
            .clamp(2.0, ROWS_MAX);
        let weight = (2.0 * rows.ln()).floor();
        let mut nodes = 0.0;
        for (key, inner) in self.merged(ty, &sets) {
            let sets: Vec<&SelectionSet> = inner.iter().map(|field| &field.selection_set).collect();
            let inner_ty = inner[0].ty().inner_named_type();
            self.path.push(key.to_string());
            match inner[0].name.as_str() {
                "nodes" => nodes += self.selections(inner_ty, &sets),
                "edges" => {
                    for (_, node) in self.merged(inner_ty, &sets) {
                        if node[0].name == "node" {
                            let ty = node[0].ty().inner_named_type();
                            let sets: Vec<&SelectionSet> =
                                node.iter().map(|field| &field.selection_set).collect();
                            nodes += self.selections(ty, &sets);
                        }
                    }
                }
                _ => {}
            }
            self.path.pop();
        }
        let children = weight * (1.0 + nodes);
        self.note(2.0, 2.0 + children, children);
        2.0 + children
    }
}

/// What a mutation's input adds.
fn by_input(field: &Field, given: &Map<String, Value>) -> f64 {
    let count = |value: Option<&Value>| {
        value
            .and_then(Value::as_array)
            .map_or(0.0, |list| list.len() as f64)
    };
    match field.name.as_str() {
        "productVariantsBulkCreate" | "productVariantsBulkUpdate" => {
            (count(given.get("variants")) / 5.0).ceil()
        }
        "productSet" => {
            let Some(input) = given.get("input").and_then(Value::as_object) else {
                return 0.0;
            };
            let variants = input.get("variants").and_then(Value::as_array);
            let per_variant: f64 = variants
                .into_iter()
                .flatten()
                .map(|variant| {
                    let file =
                        f64::from(u8::from(variant.get("file").is_some_and(Value::is_object)));
                    0.2 + 0.6 * file + 0.4 * count(variant.get("metafields"))
                })
                .sum();
            per_variant + 0.4 * count(input.get("metafields")) + 1.9 * count(input.get("files"))
        }
        _ => 0.0,
    }
}
