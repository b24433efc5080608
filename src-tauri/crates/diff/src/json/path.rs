use std::fmt;

use serde::{Deserialize, Serialize};

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PathSegment {
    /// Into the field of an object.
    Field {
        /// The field's name.
        name: String,
    },
    /// Into the element of an array that has this natural key.
    Element {
        /// The key's field, for instance `sku`.
        key: String,
        /// Its value; numbers as their text.
        value: String,
    },
    /// Into an element of an array without natural keys. The index is that after the change; for a deleted element, that before.
    Index {
        /// The index, from 0.
        index: usize,
    },
}

/// Where a value is in a document. Prints as `variants[sku=TEE-M].price`; the document itself as nothing.
///
/// Names and values with other than letters, digits, `_` and `-` (in values also `.`, `/`, `:` and spaces inside) are quoted as
/// JSON strings: `["a.b"]`, `[name="a]"]`. So different paths print differently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Path(
    /// The steps from the document's root.
    pub Vec<PathSegment>,
);

impl Path {
    /// Returns the path one step further.
    #[must_use]
    pub fn join(&self, segment: PathSegment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// Returns the path into a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.join(PathSegment::Field {
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, segment) in self.0.iter().enumerate() {
            let dot = step > 0 && matches!(segment, PathSegment::Field { name } if is_plain(name));
            write!(f, "{}{segment}", if dot { "." } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for PathSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { name } if is_plain(name) => f.write_str(name),
            Self::Field { name } => write!(f, "[{}]", quoted(name)),
            Self::Element { key, value } if is_plain_value(value) => write!(f, "[{key}={value}]"),
            Self::Element { key, value } => write!(f, "[{key}={}]", quoted(value)),
            Self::Index { index } => write!(f, "[{index}]"),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_word)
}

fn is_plain_value(value: &str) -> bool {
    !value.is_empty()
        && value.trim() == value
        && value
            .chars()
            .all(|c| is_word(c) || matches!(c, ' ' | '.' | '/' | ':'))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_print_in_one_stable_form() {
        let field = |name: &str| PathSegment::Field {
            name: name.to_owned(),
        };
        let element = |key: &str, value: &str| PathSegment::Element {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let cases = [
            (vec![], ""),
            (
                vec![field("variants"), element("sku", "TEE-M"), field("price")],
                "variants[sku=TEE-M].price",
            ),
            (vec![field("a"), field("b.c"), field("d")], "a[\"b.c\"].d"),
            (vec![field("")], "[\"\"]"),
            (
                vec![field("tags"), PathSegment::Index { index: 3 }],
                "tags[3]",
            ),
            (vec![element("name", "a]b"), field("x")], "[name=\"a]b\"].x"),
            (
                vec![element("name", "Blue shirt, XL")],
                "[name=\"Blue shirt, XL\"]",
            ),
            (
                vec![element("id", "gid://shop/Product/1")],
                "[id=gid://shop/Product/1]",
            ),
            (vec![field("größe")], "größe"),
        ];
        for (segments, expected) in cases {
            assert_eq!(Path(segments).to_string(), expected);
        }
    }
}
