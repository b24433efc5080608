//! The vendor's full schema, parsed once per process.

use std::sync::LazyLock;

use apollo_compiler::Name;
use apollo_compiler::Schema;
use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;

/// The schema's text, without descriptions. `scripts/schema` makes it anew.
pub const ADMIN_SCHEMA: &str = include_str!("../../../schema/admin-2026-10.graphql");

static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    Schema::parse_and_validate(ADMIN_SCHEMA, "admin-2026-10.graphql").unwrap_or_else(|invalid| {
        panic!("BUG: the committed schema is invalid: {}", invalid.errors)
    })
});

static IMPLEMENTERS: LazyLock<HashMap<Name, Implementers>> =
    LazyLock::new(|| schema().implementers_map());

/// The schema that every request is checked against.
pub(crate) fn schema() -> &'static Valid<Schema> {
    &SCHEMA
}

/// Which types implement which interfaces.
pub(crate) fn implementers() -> &'static HashMap<Name, Implementers> {
    &IMPLEMENTERS
}

/// Whether a type is `general` or one of its kinds.
pub(crate) fn is_kind_of(kind: &str, general: &str) -> bool {
    kind == general || SCHEMA.is_subtype(general, kind)
}
