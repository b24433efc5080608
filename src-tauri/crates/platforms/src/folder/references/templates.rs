//! References in JSON templates and section groups: the types of their sections and blocks, and the layout.

use serde_json::{Map, Value};
use slipway_domain::Reference;

use super::{push_field, to_file};

/// Finds the references of a template. One that is not valid JSON has none.
pub(super) fn references(bytes: &[u8]) -> Vec<Reference> {
    let Some(Value::Object(template)) = slipway_engine::read_json(bytes) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some(Value::String(layout)) = template.get("layout") {
        found.extend(to_file("layout".into(), "layout", layout, ".liquid"));
    }
    each(&template, "sections", "", &mut |section, path| {
        found.extend(type_of(section, path, "sections"));
        blocks(section, path, &mut found);
    });
    found
}

fn blocks(parent: &Map<String, Value>, path: &str, found: &mut Vec<Reference>) {
    each(parent, "blocks", path, &mut |block, path| {
        found.extend(type_of(block, path, "blocks"));
        blocks(block, path, found);
    });
}

/// Calls `visit` with every object in the field `name` of `parent`, and its path.
fn each(
    parent: &Map<String, Value>,
    name: &str,
    path: &str,
    visit: &mut dyn FnMut(&Map<String, Value>, &str),
) {
    let Some(Value::Object(children)) = parent.get(name) else {
        return;
    };
    for (id, child) in children {
        if let Value::Object(child) = child {
            let mut inner = path.to_owned();
            push_field(&mut inner, name);
            push_field(&mut inner, id);
            visit(child, &inner);
        }
    }
}

fn type_of(part: &Map<String, Value>, path: &str, folder: &str) -> Option<Reference> {
    let name = part.get("type")?.as_str()?;
    to_file(format!("{path}.type"), folder, name, ".liquid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_lead_to_sections_and_blocks() {
        let template = br#"/* made by an editor */ {
            "layout": "wide",
            "sections": {"main": {"type": "main-page", "blocks": {"a": {"type": "text", "blocks": {"b": {"type": "icon"}}}}}},
            "order": ["main",], // as the vendor writes it
        }"#;
        let found: Vec<_> = references(template)
            .iter()
            .map(|found| format!("{} → {}", found.path, found.to.name()))
            .collect();
        assert_eq!(
            found,
            [
                "layout → layout/wide.liquid",
                "sections.main.type → sections/main-page.liquid",
                "sections.main.blocks.a.type → blocks/text.liquid",
                "sections.main.blocks.a.blocks.b.type → blocks/icon.liquid",
            ]
        );
        for broken in [&b"{"[..], b"/* never closed {}", b"[]", b"", b"/**/"] {
            assert_eq!(references(broken), [], "{}", broken.escape_ascii());
        }
    }
}
