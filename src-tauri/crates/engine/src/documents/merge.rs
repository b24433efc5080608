//! Merging a document's edits: what a rollback keeps of somebody else's work.

use serde_json::Value;
use slipway_diff::json::rewrite;
use slipway_diff::merge::{JsonMerge, Side, TextMerge, merge_json, merge_text};
use slipway_domain::ResourceKey;

use super::json::read_json;

/// Merges two documents that came from one: objects and a theme's JSON by field, all else by line. Lines would write a key twice
/// that both sides put in different places.
pub(crate) fn merge_documents(
    key: &ResourceKey,
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
) -> Result<Vec<u8>, String> {
    let documents = [base, ours, theirs].map(read_json);
    let is_object = |document: &Option<Value>| document.as_ref().is_some_and(Value::is_object);
    if key.is_theme_file() && !documents.iter().all(is_object) {
        let TextMerge { merged, conflicts } = merge_text(base, ours, theirs, Side::Ours);
        return match conflicts.first() {
            None => Ok(merged),
            Some(conflict) => Err(format!(
                "The edit and the deployment changed the same place, line {}; the edit is kept.",
                conflict.ours.start + 1
            )),
        };
    }
    let [in_base, in_ours, in_theirs] = documents.each_ref().map(Option::as_ref);
    let JsonMerge { merged, conflicts } = merge_json(in_base, in_ours, in_theirs, |_| Side::Ours);
    match (conflicts.first(), merged) {
        (Some(conflict), _) => Err(format!(
            "The edit and the deployment changed the same field, {}; the edit is kept.",
            conflict.path
        )),
        (None, None) => Err("The merge of both is no document; the edit is kept.".to_owned()),
        (None, Some(merged)) => Ok(rewrite(ours, &merged, theirs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product() -> ResourceKey {
        ResourceKey::new("object", "product", "shirt").expect("a valid key")
    }

    fn section() -> ResourceKey {
        ResourceKey::new("theme", "file", "sections/hero.liquid").expect("a valid key")
    }

    #[test]
    fn a_merge_leaves_the_text_of_the_edit_as_it_is() {
        let base = b"{\n\t\"price\": 2.50,\n\t\"title\": \"Shirt\",\n\t\"rate\": 1.10\n}\n";
        let ours = b"{\n\t\"price\": 2.50,\n\t\"title\": \"Blue shirt\",\n\t\"rate\": 1.10\n}\n";
        let theirs = b"{\"price\": 1.90, \"title\": \"Shirt\", \"rate\": 1.10}";
        let merged = merge_documents(&product(), base, ours, theirs).expect("no conflict");
        assert_eq!(
            str::from_utf8(&merged),
            Ok("{\n\t\"price\": 1.90,\n\t\"title\": \"Blue shirt\",\n\t\"rate\": 1.10\n}\n")
        );
    }
    #[test]
    fn a_merge_of_theme_json_writes_no_key_twice() {
        // Deployed without the banner; the editor put another one at the end; the rollback puts the old one first.
        let head = "/* made by the editor */\n";
        let base = "{\n  \"current\": {\n    \"a\": 1,\n    \"b\": 2\n  }\n}\n";
        let ours = format!(
            "{head}{}",
            base.replace("\"b\": 2", "\"b\": 2,\n    \"banner\": \"new\"")
        );
        let theirs = base.replace("\"a\": 1", "\"banner\": \"old\",\n    \"a\": 1");
        let merged = merge_documents(
            &section(),
            base.as_bytes(),
            ours.as_bytes(),
            theirs.as_bytes(),
        );
        let conflict = merged.expect_err("both put a banner there");
        assert!(conflict.contains("current.banner"), "{conflict}");
        let theirs = base.replace("\"a\": 1", "\"a\": 3");
        let merged = merge_documents(
            &section(),
            base.as_bytes(),
            ours.as_bytes(),
            theirs.as_bytes(),
        );
        assert_eq!(
            merged.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            Ok(ours.replace("\"a\": 1", "\"a\": 3")),
            "all else stays as it was written, neighbouring lines included"
        );
        let merged = merge_documents(&section(), b"a\nb\nc\n", b"A\nb\nc\n", b"a\nb\nC\n");
        assert_eq!(merged.as_deref(), Ok(&b"A\nb\nC\n"[..]), "texts go by line");
    }
}
