//! Merging a document's edits: what a rollback keeps of somebody else's work.

use serde_json::Value;
use slipway_diff::json::rewrite;
use slipway_diff::merge::{JsonMerge, Side, TextMerge, merge_json, merge_text};

/// Merges two documents that came from one: objects by field, all else by line.
pub(crate) fn merge_documents(
    family: &str,
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
) -> Result<Vec<u8>, String> {
    if family == "theme" {
        let TextMerge { merged, conflicts } = merge_text(base, ours, theirs, Side::Ours);
        return match conflicts.first() {
            None => Ok(merged),
            Some(conflict) => Err(format!(
                "The edit and the deployment changed the same place, line {}; the edit is kept.",
                conflict.ours.start + 1
            )),
        };
    }
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let JsonMerge { merged, conflicts } = merge_json(
        parse(base).as_ref(),
        parse(ours).as_ref(),
        parse(theirs).as_ref(),
        |_| Side::Ours,
    );
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

    #[test]
    fn a_merge_leaves_the_text_of_the_edit_as_it_is() {
        let base = b"{\n\t\"price\": 2.50,\n\t\"title\": \"Shirt\",\n\t\"rate\": 1.10\n}\n";
        let ours = b"{\n\t\"price\": 2.50,\n\t\"title\": \"Blue shirt\",\n\t\"rate\": 1.10\n}\n";
        let theirs = b"{\"price\": 1.90, \"title\": \"Shirt\", \"rate\": 1.10}";
        let merged = merge_documents("object", base, ours, theirs).expect("no conflict");
        assert_eq!(
            str::from_utf8(&merged),
            Ok("{\n\t\"price\": 1.90,\n\t\"title\": \"Blue shirt\",\n\t\"rate\": 1.10\n}\n")
        );
    }
}
