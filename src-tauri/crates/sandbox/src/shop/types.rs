//! The types that metafields and metaobject fields may have.

use serde_json::{Value, json};

/// Types of plain values: name and category.
const SCALARS: &[(&str, &str)] = &[
    ("antenna_gain", "MEASUREMENT"),
    ("area", "MEASUREMENT"),
    ("boolean", "TRUE_FALSE"),
    ("color", "COLOR"),
    ("date", "DATE_TIME"),
    ("date_time", "DATE_TIME"),
    ("dimension", "MEASUREMENT"),
    ("id", "ID"),
    ("json", "JSON"),
    ("language", "LANGUAGE"),
    ("link", "URL"),
    ("money", "MONEY"),
    ("multi_line_text_field", "TEXT"),
    ("number_decimal", "NUMBER"),
    ("number_integer", "NUMBER"),
    ("rating", "RATING"),
    ("rich_text_field", "TEXT"),
    ("single_line_text_field", "TEXT"),
    ("url", "URL"),
    ("volume", "MEASUREMENT"),
    ("weight", "MEASUREMENT"),
];

/// Types of references: name, and the types of objects that they lead to.
const REFERENCES: &[(&str, &[&str])] = &[
    ("article_reference", &["Article"]),
    ("collection_reference", &["Collection"]),
    ("company_reference", &["Company"]),
    ("customer_reference", &["Customer"]),
    (
        "file_reference",
        &["MediaImage", "GenericFile", "Video", "Model3d"],
    ),
    ("metaobject_reference", &["Metaobject"]),
    ("mixed_reference", &["Metaobject"]),
    ("order_reference", &["Order"]),
    ("page_reference", &["Page"]),
    ("product_reference", &["Product"]),
    ("product_taxonomy_value_reference", &["TaxonomyValue"]),
    ("variant_reference", &["ProductVariant"]),
];

/// Types of which there are no lists.
const NO_LISTS: &[&str] = &[
    "boolean",
    "id",
    "json",
    "money",
    "multi_line_text_field",
    "rich_text_field",
    "language",
];

/// A type's own name, without `list.`.
pub(crate) fn element(name: &str) -> &str {
    name.strip_prefix("list.").unwrap_or(name)
}

/// Whether there is such a type.
pub(crate) fn exists(name: &str) -> bool {
    let inner = element(name);
    let known = SCALARS.iter().any(|(known, _)| *known == inner) || reference(inner).is_some();
    known && (inner == name || !NO_LISTS.contains(&inner))
}

/// The types of objects that a reference of this type (or each of a list) leads to.
pub(crate) fn reference(name: &str) -> Option<&'static [&'static str]> {
    let inner = element(name);
    REFERENCES
        .iter()
        .find(|(known, _)| *known == inner)
        .map(|(_, kinds)| *kinds)
}

/// Whether values of a type are JSON rather than text.
pub(crate) fn is_json(name: &str) -> bool {
    let structured = [
        "json",
        "link",
        "money",
        "rating",
        "rich_text_field",
        "dimension",
        "volume",
        "weight",
        "area",
        "antenna_gain",
        "boolean",
        "number_integer",
    ];
    name.starts_with("list.") || structured.contains(&name)
}

/// A type as `MetafieldDefinitionType`.
pub(crate) fn describe(name: &str) -> Value {
    let inner = element(name);
    let category = SCALARS
        .iter()
        .find(|(known, _)| *known == inner)
        .map_or("REFERENCE", |(_, category)| category);
    json!({
        "name": name,
        "category": category,
        "supportedValidations": [],
        "supportsDefinitionMigrations": false,
        "valueType": match name {
            "boolean" => "BOOLEAN",
            "number_integer" => "INTEGER",
            _ if is_json(name) => "JSON_STRING",
            _ => "STRING",
        },
    })
}

/// The names of all types, sorted: as error texts list them.
pub(crate) fn names() -> Vec<String> {
    let singles = SCALARS
        .iter()
        .map(|(name, _)| *name)
        .chain(REFERENCES.iter().map(|(name, _)| *name));
    let singles: Vec<&str> = singles.collect();
    let lists = singles
        .iter()
        .filter(|name| !NO_LISTS.contains(name))
        .map(|name| format!("list.{name}"));
    let mut names: Vec<String> = lists
        .chain(singles.iter().map(|name| (*name).to_owned()))
        .collect();
    names.sort();
    names
}
