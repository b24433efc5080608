//! The limits on what one request may hold: shopify.dev/docs/api/usage/limits.

use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use serde_json::{Map, Value, json};

use super::arguments::arguments;
use super::error::{Fail, locations};

/// The most elements of a list in the input.
const INPUT_MAX: usize = 250;

/// The most elements of lists that hold a product's variants.
const VARIANTS_MAX: usize = 2_048;

/// The first list of a request that is too long, as an element of `errors`.
pub(crate) fn oversized(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Map<String, Value>,
) -> Option<Value> {
    in_selections(
        document,
        &operation.selection_set,
        variables,
        &mut Vec::new(),
    )
}

fn in_selections(
    document: &ExecutableDocument,
    set: &SelectionSet,
    variables: &Map<String, Value>,
    path: &mut Vec<String>,
) -> Option<Value> {
    set.selections.iter().find_map(|selection| match selection {
        Selection::Field(field) => {
            path.push(field.response_key().to_string());
            let own = (!field.arguments.is_empty())
                .then(|| Value::Object(arguments(field, variables)))
                .and_then(|given| in_value(&given, "", path));
            let found = match own {
                Some((size, max, path)) => {
                    let fail = Fail::new(
                        "MAX_INPUT_SIZE_EXCEEDED",
                        format!("The input array size of {size} is greater than the maximum allowed of {max}."),
                    );
                    let place = locations(field.name.location(), &document.sources);
                    Some(fail.to_json(Some(place), Some(json!(path))))
                }
                None => in_selections(document, &field.selection_set, variables, path),
            };
            path.pop();
            found
        }
        Selection::InlineFragment(inline) => {
            in_selections(document, &inline.selection_set, variables, path)
        }
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.fragment_name)?;
            in_selections(document, &fragment.selection_set, variables, path)
        }
    })
}

fn in_value(value: &Value, name: &str, path: &[String]) -> Option<(usize, usize, Vec<String>)> {
    match value {
        Value::Array(items) => {
            let max = match name {
                "variants" | "variantsIds" | "positions" => VARIANTS_MAX + 1,
                _ => INPUT_MAX,
            };
            if items.len() > max {
                return Some((items.len(), max, path.to_vec()));
            }
            items
                .iter()
                .enumerate()
                .find_map(|(index, item)| in_value(item, "", &deeper(path, &index.to_string())))
        }
        Value::Object(members) => members
            .iter()
            .find_map(|(name, value)| in_value(value, name, &deeper(path, name))),
        _ => None,
    }
}

fn deeper(path: &[String], step: &str) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(step.to_owned());
    path
}
