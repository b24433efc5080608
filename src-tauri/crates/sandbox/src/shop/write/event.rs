//! Events: what was made and what was deleted, for those who look for deletions.

use serde_json::json;

use crate::shop::gid::gid;
use crate::shop::state::State;

/// The types whose events are kept, and what they are called there.
const SUBJECTS: &[(&str, &str)] = &[
    ("Article", "ARTICLE"),
    ("Blog", "BLOG"),
    ("Collection", "COLLECTION"),
    ("Page", "PAGE"),
    ("Product", "PRODUCT"),
    ("ProductVariant", "PRODUCT_VARIANT"),
];

/// Notes what the present mutation made and deleted.
pub(super) fn note(state: &mut State) {
    for (kind, id, is_there) in state.made_and_gone() {
        let Some((_, subject)) = SUBJECTS.iter().find(|(known, _)| *known == kind) else {
            continue;
        };
        let (action, word) = if is_there {
            ("create", "created")
        } else {
            ("destroy", "deleted")
        };
        let row = json!({
            "action": action, "subjectId": gid(kind, id), "subjectType": subject, "createdAt": state.now(),
            "subject": gid(kind, id), "message": format!("Release tool {word} a {}.", subject.to_lowercase().replace('_', " ")),
            "appTitle": "Release tool", "attributeToApp": true, "attributeToUser": false, "criticalAlert": false,
            "hasAdditionalContent": false,
        });
        state.create("BasicEvent", row.as_object().cloned().unwrap_or_default());
    }
}
