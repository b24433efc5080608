//! References in objects: text of the form `<kind>:<name>` or `<family>/<kind>:<name>`, anywhere in a document.

use std::fmt::{self, Write};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use slipway_domain::{Reference, ResourceKey};

use super::push_field;

/// The longest text that is taken for a reference, in bytes.
const LIMIT_BYTES: usize = 512;

/// Finds the references. A document that is not valid JSON has those up to where it breaks.
pub(super) fn references(bytes: &[u8]) -> Vec<Reference> {
    let mut walk = Walk {
        path: String::new(),
        found: Vec::new(),
    };
    let mut document = serde_json::Deserializer::from_slice(bytes);
    // What is wrong with a document is told when it is captured.
    let _ = walk.deserialize(&mut document);
    walk.found
}

/// The resource that a text names, if it reads as a reference.
fn target(text: &str) -> Option<ResourceKey> {
    let (head, name) = text.split_once(':')?;
    let (family, kind) = head.split_once('/').unwrap_or(("object", head));
    let is_word = |word: &str| {
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        !word.is_empty() && word.bytes().all(is_plain)
    };
    // Addresses (`https://…`) and prose (`note: …`) are none.
    let is_name = !name.starts_with('/') && !name.starts_with(char::is_whitespace);
    if text.len() > LIMIT_BYTES || !is_word(family) || !is_word(kind) || !is_name {
        return None;
    }
    ResourceKey::new(family, kind, name).ok()
}

/// Walks a document without building it, and keeps the path.
struct Walk {
    path: String,
    found: Vec<Reference>,
}

impl<'de> DeserializeSeed<'de> for &mut Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Walk {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON document")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if let Some(to) = target(text) {
            self.found.push(Reference {
                path: self.path.clone(),
                to,
            });
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let length = self.path.len();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            push_field(&mut self.path, &key);
            map.next_value_seed(&mut *self)?;
            self.path.truncate(length);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let length = self.path.len();
        for at in 0.. {
            write!(self.path, "[{at}]").expect("BUG: writing to text does not fail");
            let element = list.next_element_seed(&mut *self)?;
            self.path.truncate(length);
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str) -> Vec<String> {
        let found = references(document.as_bytes());
        found
            .iter()
            .map(|reference| format!("{} → {}", reference.path, reference.to))
            .collect()
    }

    #[test]
    fn references_are_found_at_any_depth_with_their_path() {
        let document = r#"{
            "blog": "blogs:journal",
            "items": [{"target": "collections:new"}, {"items": [{"target": "stages:order-intake/validate"}]}],
            "odd.name": {"x": "theme/file:sections/hero.liquid"},
            "key": "workflows:ORDER::HD",
            "site": "https://example.com", "note": "note: see there", "id": "gid://shopify/Product/1",
            "time": "T10:20", "upper": "Products:x", "empty": "products:", "n": [1, 1.5, -2, null, true]
        }"#;
        assert_eq!(
            found(document),
            [
                "blog → object/blogs:journal",
                "items[0].target → object/collections:new",
                "items[1].items[0].target → object/stages:order-intake/validate",
                "[\"odd.name\"].x → theme/file:sections/hero.liquid",
                "key → object/workflows:ORDER::HD",
            ]
        );
        assert_eq!(
            found("{\"a\": \"pages:x\", "),
            ["a → object/pages:x"],
            "up to where it breaks"
        );
    }
}
