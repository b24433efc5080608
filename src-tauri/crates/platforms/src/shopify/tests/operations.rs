//! Every operation is held to the vendor's full schema.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Schema};
use slipway_sandbox::shop::ADMIN_SCHEMA;

use super::super::operations::all;
use super::super::scopes;

#[test]
fn every_operation_is_valid_against_the_full_schema() {
    let schema = Schema::parse_and_validate(ADMIN_SCHEMA, "admin.graphql").expect("a valid schema");
    let mut count = 0;
    let mut problems = Vec::new();
    for operation in all() {
        count += 1;
        let parsed =
            ExecutableDocument::parse_and_validate(&schema, &operation.text, operation.name);
        if let Err(error) = parsed {
            problems.push(format!("{}: {}", operation.name, error.errors));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count > 60, "{count} operations were found");
}

/// By type, or type and field: the scopes of which one is needed, as the schema's introspection says (`requiredAccess`), of
/// what the operations ask for.
const ACCESS: &str = include_str!("../access.txt");

/// Collects the types and fields that a selection asks for.
fn asked(document: &ExecutableDocument, set: &SelectionSet, found: &mut BTreeSet<String>) {
    found.insert(set.ty.to_string());
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                found.insert(format!("{}.{}", set.ty, field.name));
                asked(document, &field.selection_set, found);
            }
            Selection::InlineFragment(inline) => asked(document, &inline.selection_set, found),
            Selection::FragmentSpread(spread) => {
                let fragment = &document.fragments[&spread.fragment_name];
                asked(document, &fragment.selection_set, found);
            }
        }
    }
}

#[test]
fn every_scope_that_an_operation_needs_is_in_the_list() {
    let schema = Schema::parse_and_validate(ADMIN_SCHEMA, "admin.graphql").expect("a valid schema");
    let access: BTreeMap<&str, Vec<&str>> = ACCESS
        .lines()
        .filter_map(|line| {
            let (of, scopes) = line.split_once(' ')?;
            Some((of, scopes.split(' ').collect()))
        })
        .collect();
    let mut found = BTreeSet::new();
    for operation in all() {
        let parsed =
            ExecutableDocument::parse_and_validate(&schema, &operation.text, operation.name);
        let document = parsed.expect("a valid operation");
        for operation in document.operations.iter() {
            asked(&document, &operation.selection_set, &mut found);
        }
    }
    let listed: BTreeSet<&str> = scopes::all().collect();
    let mut used = 0;
    for of in &found {
        if let Some(needed) = access.get(of.as_str()) {
            used += 1;
            let is_listed = needed.iter().any(|scope| listed.contains(scope));
            assert!(is_listed, "{of} needs {}", needed.join(" or "));
        }
    }
    assert!(used > 60, "{used} were found");
}
