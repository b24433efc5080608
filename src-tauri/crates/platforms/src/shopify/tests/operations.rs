//! Every operation is held to the vendor's full schema.

use apollo_compiler::{ExecutableDocument, Schema};
use slipway_sandbox::shop::ADMIN_SCHEMA;

use super::super::operations::all;

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
