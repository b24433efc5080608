//! Fields that an environment keeps as it has them, whatever a release says.
//!
//! The one rule: what is kept is no part of what a document means to a release. The document that is written has the kept fields
//! as they are in the environment at that moment, and two documents that differ in nothing else are the same.
//! Invariant: a protection never vanishes silently. Where the environment has a field to keep and the other document has no place
//! for it, or one of them can't be read, that is an error with its reason, and what is planned is blocked by it.

use std::fmt;

use serde_json::{Map, Value};
use slipway_diff::json::rewrite;
use slipway_domain::{BlobHash, ResourceKey, Version};

use super::json::read_json;
use super::{Documents, EngineError};
use crate::platform::Semantics;

/// A document with the fields that the environment keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The document; `None` when it has them already.
    pub(crate) document: Option<Vec<u8>>,
    /// How many values of the environment stand in it.
    pub(crate) fields: u64,
}

/// Why a field can't be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotKept {
    /// The pattern of the field.
    pub(crate) pattern: String,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Unreadable,
    UnreadableThere,
    NoPlace,
    Invalid,
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.why {
            Why::Unreadable => "the document of the release can't be read as JSON",
            Why::UnreadableThere => "the document that is there can't be read as JSON",
            Why::NoPlace => "the document of the release has no place for it",
            Why::Invalid => "with it the document of the release is not valid",
        })
    }
}

/// Whether a resource has fields at all.
pub(crate) fn has_fields(key: &ResourceKey) -> bool {
    !key.is_theme_file() || key.name().ends_with(".json")
}

/// Puts the fields that the patterns name, as `target` has them, into `source`.
///
/// A pattern is a dotted path in which `*` stands for any one name or index: `current.sections.*.settings.tracking_id`. A name
/// that holds dots itself is as many steps. `*=options` is any element of a list, with the one of the target that has the same
/// `options`; `name?` is made where the source has no such object.
/// A field that only the target has is kept; one that only the source has is left out. What a `*` stood for and the source has
/// no more went with its fields.
///
/// # Errors
/// When either can't be read, or the target has such a field and the source has no place for it.
pub(crate) fn keep_fields(
    source: &[u8],
    target: &[u8],
    patterns: &[impl AsRef<str>],
) -> Result<Kept, NotKept> {
    let Some(first) = patterns.first() else {
        return Ok(Kept {
            document: None,
            fields: 0,
        });
    };
    let unreadable = |why| NotKept {
        pattern: first.as_ref().to_owned(),
        why,
    };
    let before = read_json(source).ok_or_else(|| unreadable(Why::Unreadable))?;
    let held = read_json(target).ok_or_else(|| unreadable(Why::UnreadableThere))?;
    let mut document = before.clone();
    let mut fields = 0;
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let path: Vec<&str> = pattern.split('.').collect();
        keep(&mut document, Some(&held), &path, &mut fields).map_err(|NoPlace| NotKept {
            pattern: pattern.to_owned(),
            why: Why::NoPlace,
        })?;
    }
    Ok(Kept {
        document: (document != before).then(|| rewrite(source, &document, target)),
        fields,
    })
}

/// The other document has no place for a field.
struct NoPlace;

fn keep(
    document: &mut Value,
    target: Option<&Value>,
    path: &[&str],
    kept_fields: &mut u64,
) -> Result<(), NoPlace> {
    let Some((step, rest)) = path.split_first() else {
        return Ok(());
    };
    let is_as_there = match target {
        Some(Value::Object(_)) => document.is_object(),
        Some(Value::Array(_)) => document.is_array(),
        _ => true,
    };
    if !is_as_there && holds(target, path) {
        return Err(NoPlace);
    }
    match document {
        Value::Object(fields) => {
            let mut names: Vec<String> = fields.keys().cloned().collect();
            if let Some(Value::Object(other)) = target {
                let new = other.keys().filter(|name| !fields.contains_key(*name));
                names.extend(new.cloned());
            }
            for name in names {
                let Some(rest) = after_name(&name, path) else {
                    continue;
                };
                let kept = target.and_then(|target| target.get(&name));
                match (rest.is_empty(), kept, fields.get_mut(&name)) {
                    (true, Some(kept), _) => {
                        *kept_fields += 1;
                        fields.insert(name, kept.clone());
                    }
                    (true, None, _) => {
                        fields.shift_remove(&name);
                    }
                    (false, kept, Some(field)) => keep(field, kept, rest, kept_fields)?,
                    (false, kept, None) if step.ends_with('?') && holds(kept, rest) => {
                        let mut field = Value::Object(Map::new());
                        keep(&mut field, kept, rest, kept_fields)?;
                        fields.insert(name, field);
                    }
                    (false, kept, None) if *step != "*" && holds(kept, rest) => {
                        return Err(NoPlace);
                    }
                    (false, _, None) => {}
                }
            }
        }
        Value::Array(items) => {
            let named = step.parse::<usize>().ok();
            let there = named.and_then(|index| target?.get(index));
            if named.is_some_and(|index| index >= items.len()) && holds(there, rest) {
                return Err(NoPlace);
            }
            for (index, item) in items.iter_mut().enumerate() {
                let kept = match step.strip_prefix("*=") {
                    Some(by) => match same_by(target, by, item) {
                        // What has no counterpart there has nothing to keep from there.
                        None => continue,
                        kept => kept,
                    },
                    None if *step == "*" || named == Some(index) => {
                        target.and_then(|target| target.get(index))
                    }
                    None => continue,
                };
                match (rest.is_empty(), kept) {
                    (true, Some(kept)) => {
                        *kept_fields += 1;
                        *item = kept.clone();
                    }
                    (true, None) => {}
                    (false, kept) => keep(item, kept, rest, kept_fields)?,
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// What of a path follows a name; `None` when the name does not match.
fn after_name<'p, 's>(name: &str, path: &'p [&'s str]) -> Option<&'p [&'s str]> {
    let is = |step: &str, name: &str| {
        step == "*" || step == name || step.strip_suffix('?') == Some(name)
    };
    let (first, rest) = path.split_first()?;
    if is(first, name) {
        return Some(rest);
    }
    let mut left = path;
    for part in name.split('.') {
        let (step, rest) = left.split_first()?;
        if !is(step, part) {
            return None;
        }
        left = rest;
    }
    Some(left)
}

/// The element of a list whose field `by` is as that of an element.
fn same_by<'v>(list: Option<&'v Value>, by: &str, element: &Value) -> Option<&'v Value> {
    let mut elements = list?.as_array()?.iter();
    elements.find(|other| other.get(by).is_some() && other.get(by) == element.get(by))
}

/// Whether a document, if it is one, has a field for any of some patterns.
pub(super) fn holds_any(document: Option<&Value>, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| {
        let path: Vec<&str> = pattern.split('.').collect();
        holds(document, &path)
    })
}

/// Whether a document has a field at a path.
fn holds(document: Option<&Value>, path: &[&str]) -> bool {
    let Some(document) = document else {
        return false;
    };
    let Some((step, rest)) = path.split_first() else {
        return true;
    };
    match document {
        Value::Object(fields) => fields.iter().any(|(name, field)| {
            after_name(name, path).is_some_and(|rest| holds(Some(field), rest))
        }),
        Value::Array(items) => items.iter().enumerate().any(|(index, item)| {
            let is_it = step.starts_with('*') || step.parse() == Ok(index);
            is_it && holds(Some(item), rest)
        }),
        _ => false,
    }
}

/// Whether a document that was expected is the one that is there, but for what the environment keeps.
pub(crate) fn is_same_but_kept(
    semantics: &dyn Semantics,
    key: &ResourceKey,
    expected: &[u8],
    there: &[u8],
    patterns: &[String],
) -> bool {
    let Ok(Kept { document, .. }) = keep_fields(expected, there, patterns) else {
        return false;
    };
    let settled = document.as_deref().unwrap_or(expected);
    match (semantics.digest(key, settled), semantics.digest(key, there)) {
        (Ok(expected), Ok(there)) => expected == there,
        _ => false,
    }
}

impl Documents {
    /// A version with the fields that the environment keeps, as `live` has them, and how many these are; its bytes are stored
    /// where the workspace may be written.
    ///
    /// # Errors
    /// When the store does not hold a document. Inside: why they can't be kept.
    pub(crate) fn with_kept(
        &self,
        semantics: &dyn Semantics,
        key: &ResourceKey,
        (version, live): (Version, Version),
        patterns: &[impl AsRef<str>],
    ) -> Result<Result<(Version, u64), NotKept>, EngineError> {
        let kept = keep_fields(&self.document(&version)?, &self.document(&live)?, patterns);
        let Kept { document, fields } = match kept {
            Ok(kept) => kept,
            Err(not_kept) => return Ok(Err(not_kept)),
        };
        let Some(bytes) = document else {
            return Ok(Ok((version, fields)));
        };
        let Ok(digest) = semantics.digest(key, &bytes) else {
            let pattern = patterns.first().map_or("", AsRef::as_ref).to_owned();
            return Ok(Err(NotKept {
                pattern,
                why: Why::Invalid,
            }));
        };
        let blob = self.put(bytes)?;
        Ok(Ok((Version { digest, blob }, fields)))
    }

    /// Stores a document that was worked out; for a while only in a workspace that is only read.
    pub(super) fn put(&self, bytes: Vec<u8>) -> Result<BlobHash, EngineError> {
        let store = self.ledger.store();
        if !store.is_writable() {
            return Ok(self.unsaved.put(bytes));
        }
        Ok(store.write(move |writer| writer.put_blob(&bytes))?)
    }

    /// Whether what is there is the version that was expected, but for what the environment keeps. What the store does not hold
    /// is another one.
    pub(crate) fn is_same_but_kept(
        &self,
        semantics: &dyn Semantics,
        key: &ResourceKey,
        (expected, there): (Option<&Version>, Option<&Version>),
        patterns: &[String],
    ) -> bool {
        if Version::same_content(expected, there) {
            return true;
        }
        let (Some(expected), Some(there)) = (expected, there) else {
            return false;
        };
        if patterns.is_empty() {
            return false;
        }
        match (self.document(expected), self.document(there)) {
            (Ok(expected), Ok(there)) => {
                is_same_but_kept(semantics, key, &expected, &there, patterns)
            }
            _ => false,
        }
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
            // The source has no such section any more; the pattern speaks of those that there are.
            (
                r#"{"s":{"p":{"t":1}}}"#,
                r#"{"s":{"p":{"t":1},"gone":{"t":2}}}"#,
                &["s.*.t"],
                None,
            ),
            (r#"{"a":null}"#, r#"{"a":null}"#, &["a.b"], None),
            (
                r#"{"on?":1}"#,
                r#"{"on?":0}"#,
                &["on?"],
                Some(r#"{"on?":0}"#),
            ),
            // A name may hold dots itself.
            (
                r#"{"m":{"own.a":1}}"#,
                r#"{"m":{"own.a":0,"own.b":3,"app.c":2}}"#,
                &["m.app.*"],
                Some(r#"{"m":{"own.a":1,"app.c":2}}"#),
            ),
            (
                r#"{"a":1}"#,
                r#"{"a":0,"m":{"app.c":2,"own.a":0}}"#,
                &["m?.app.*"],
                Some(r#"{"a":1,"m":{"app.c":2}}"#),
            ),
            (
                r#"{"l":[{"o":"M"},{"o":"S"}]}"#,
                r#"{"l":[{"o":"S","m":{"app.c":2}}]}"#,
                &["l.*=o.m?.app.*"],
                Some(r#"{"l":[{"o":"M"},{"o":"S","m":{"app.c":2}}]}"#),
            ),
        ];
        for (source, target, patterns, expected) in cases {
            let kept = keep_fields(source.as_bytes(), target.as_bytes(), patterns);
            let kept = kept.expect("there is a place for it").document;
            let kept: Option<Value> =
                kept.map(|bytes| serde_json::from_slice(&bytes).expect("JSON"));
            let expected: Option<Value> =
                expected.map(|text| serde_json::from_str(text).expect("JSON"));
            assert_eq!(kept, expected, "{patterns:?} of {target} in {source}");
        }
    }

    #[test]
    fn a_field_that_has_no_place_is_said() {
        let target = r#"{"current":{"id":"PROD"}}"#;
        for (source, target, why) in [
            ("not json", "{}", Why::Unreadable),
            ("{}", "not json", Why::UnreadableThere),
            ("{}", target, Why::NoPlace),
            (r#"{"current":null}"#, target, Why::NoPlace),
            (r#"{"current":[1]}"#, target, Why::NoPlace),
            (r#"{"current":"Default"}"#, target, Why::NoPlace),
            ("[1]", target, Why::NoPlace),
        ] {
            let kept = keep_fields(source.as_bytes(), target.as_bytes(), &["current.id"]);
            assert_eq!(kept.map_err(|not| not.why), Err(why), "{source}");
        }
        let (source, target) = (br#"{"l":[]}"#, br#"{"l":[{"u":1}]}"#);
        assert!(keep_fields(source, target, &["l.0.u"]).is_err(), "an index");
        assert!(keep_fields(source, target, &["l.*.u"]).is_ok(), "any index");
    }

    #[test]
    fn what_only_the_vendor_writes_is_kept_in() {
        let source = b"\xef\xbb\xbf// a\n{\"current\":{/* id */\"id\":\"DEV\",\"c\":1,},}\n";
        let kept = keep_fields(source, br#"{"current":{"id":"PROD",},}"#, &["current.id"]);
        let kept = kept.expect("both can be read");
        let expected = "\u{feff}// a\n{\"current\":{/* id */\"id\":\"PROD\",\"c\":1,},}\n";
        let document = kept.document.as_deref().map(String::from_utf8_lossy);
        assert_eq!(document.as_deref(), Some(expected));
        assert_eq!(kept.fields, 1);
    }

    #[test]
    fn a_key_that_stands_twice_is_kept_as_readers_take_it() {
        let source = br#"{"current": 1, "current": {"id": "a", "title": "new"}}"#;
        let target = br#"{"current": {"id": "b", "title": "old"}}"#;
        let kept = keep_fields(source, target, &["current.id"]).expect("it can be read");
        let kept = kept.document.expect("a field is kept");
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
        let kept = kept.expect("both can be read").document;
        let expected = b"/* made by the editor */\n{\"a\":2.0,   \"b\": 0.50}\n";
        assert_eq!(kept.as_deref(), Some(&expected[..]), "and all else");
    }
}
