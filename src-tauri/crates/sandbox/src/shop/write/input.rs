//! Reading a mutation's input.

use std::sync::LazyLock;

use serde_json::{Map, Value};

static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// The arguments of a mutation, or an object among them.
pub(crate) type Input = Map<String, Value>;

/// Text, if it was given.
pub(crate) fn text<'a>(input: &'a Input, name: &str) -> Option<&'a str> {
    input.get(name)?.as_str()
}

/// Whether something was given, be it null.
pub(crate) fn given(input: &Input, name: &str) -> bool {
    input.contains_key(name)
}

/// A flag, if it was given.
pub(crate) fn flag(input: &Input, name: &str) -> Option<bool> {
    input.get(name)?.as_bool()
}

/// An object, if it was given.
pub(crate) fn object<'a>(input: &'a Input, name: &str) -> Option<&'a Input> {
    input.get(name)?.as_object()
}

/// An object, or an empty one.
pub(crate) fn object_or_empty<'a>(input: &'a Input, name: &str) -> &'a Input {
    object(input, name).unwrap_or(&EMPTY)
}

/// A list, if it was given.
pub(crate) fn list<'a>(input: &'a Input, name: &str) -> Option<&'a [Value]> {
    input.get(name)?.as_array().map(Vec::as_slice)
}

/// The objects of a list.
pub(crate) fn objects<'a>(input: &'a Input, name: &str) -> impl Iterator<Item = &'a Input> {
    list(input, name)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_object)
}

/// The texts of a list.
pub(crate) fn texts(input: &Input, name: &str) -> Vec<String> {
    let items = list(input, name).unwrap_or_default().iter();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Sets a field to what was given under the same name; leaves it when nothing was.
pub(crate) fn copy(input: &Input, names: &[&str], into: &mut Map<String, Value>) {
    for name in names {
        if let Some(value) = input.get(*name) {
            into.insert((*name).to_owned(), value.clone());
        }
    }
}
