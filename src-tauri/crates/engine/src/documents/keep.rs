//! Fields that an environment keeps as it has them, whatever a release says.

use serde_json::Value;
use slipway_diff::canonical::strip_theme_comment;
use slipway_diff::json::rewrite;

/// Puts the fields that the patterns name, as `target` has them, into `source`. Returns the document to deploy, or
/// nothing when either is no JSON or no field differs.
///
/// A pattern is a dotted path in which `*` stands for any one name or index: `current.sections.*.settings.tracking_id`.
/// A field that only the target has is kept; one that only the source has is left out.
pub(crate) fn keep_fields(source: &[u8], target: &[u8], patterns: &[&str]) -> Option<Vec<u8>> {
    let parse = |bytes| serde_json::from_slice::<Value>(strip_theme_comment(bytes)).ok();
    let (before, held) = (parse(source)?, parse(target)?);
    let mut document = before.clone();
    for pattern in patterns {
        let path: Vec<&str> = pattern.split('.').collect();
        keep(&mut document, Some(&held), &path);
    }
    (document != before).then(|| rewrite(source, &document, target))
}

fn keep(document: &mut Value, target: Option<&Value>, path: &[&str]) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    match document {
        Value::Object(fields) => {
            let mut names: Vec<String> = fields.keys().cloned().collect();
            if let Some(Value::Object(other)) = target {
                names.extend(
                    other
                        .keys()
                        .filter(|name| !fields.contains_key(*name))
                        .cloned(),
                );
            }
            for name in names
                .into_iter()
                .filter(|name| *step == "*" || name == step)
            {
                let kept = target.and_then(|target| target.get(&name));
                match (rest.is_empty(), kept) {
                    (true, Some(kept)) => {
                        fields.insert(name, kept.clone());
                    }
                    (true, None) => {
                        fields.shift_remove(&name);
                    }
                    (false, kept) => {
                        if let Some(field) = fields.get_mut(&name) {
                            keep(field, kept, rest);
                        }
                    }
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                if *step != "*" && step.parse() != Ok(index) {
                    continue;
                }
                let kept = target.and_then(|target| target.get(index));
                match (rest.is_empty(), kept) {
                    (true, Some(kept)) => *item = kept.clone(),
                    (true, None) => {}
                    (false, kept) => keep(item, kept, rest),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_as_the_target_has_them() {
        let cases: &[(&str, &str, &[&str], Option<&str>)] = &[
            (
                r#"{"a":1,"id":"x"}"#,
                r#"{"a":0,"id":"y"}"#,
                &["id"],
                Some(r#"{"a":1,"id":"y"}"#),
            ),
            (
                r#"{"s":{"p":{"t":1},"q":{"t":2}}}"#,
                r#"{"s":{"p":{"t":9}}}"#,
                &["s.*.t"],
                Some(r#"{"s":{"p":{"t":9},"q":{}}}"#),
            ),
            (
                r#"{"a":1}"#,
                r#"{"a":0,"only":5}"#,
                &["only"],
                Some(r#"{"a":1,"only":5}"#),
            ),
            (r#"{"a":1}"#, r#"{"a":1}"#, &["a"], None),
            (
                r#"{"l":[{"u":1},{"u":2}]}"#,
                r#"{"l":[{"u":8},{"u":9}]}"#,
                &["l.1.u"],
                Some(r#"{"l":[{"u":1},{"u":9}]}"#),
            ),
            ("not json", "{}", &["a"], None),
        ];
        for (source, target, patterns, expected) in cases {
            let kept = keep_fields(source.as_bytes(), target.as_bytes(), patterns);
            let kept: Option<Value> =
                kept.map(|bytes| serde_json::from_slice(&bytes).expect("JSON"));
            let expected: Option<Value> =
                expected.map(|text| serde_json::from_str(text).expect("JSON"));
            assert_eq!(kept, expected, "{patterns:?} of {target} in {source}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_kept_as_readers_take_it() {
        let source = br#"{"current": 1, "current": {"id": "a", "title": "new"}}"#;
        let target = br#"{"current": {"id": "b", "title": "old"}}"#;
        let kept = keep_fields(source, target, &["current.id"]).expect("a field is kept");
        let kept = str::from_utf8(&kept).expect("UTF-8");
        assert_eq!(kept, r#"{ "current": {"id": "b", "title": "new"}}"#);
    }

    #[test]
    fn the_head_comment_of_a_theme_file_stays() {
        let kept = keep_fields(
            b"/* made by the editor */\n{\"a\":1,   \"b\": 0.50}\n",
            b"{\"a\":2.0}",
            &["a"],
        );
        let expected = b"/* made by the editor */\n{\"a\":2.0,   \"b\": 0.50}\n";
        assert_eq!(kept.as_deref(), Some(&expected[..]), "and all else");
    }
}
