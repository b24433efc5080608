//! Global ids, as `gid://shopify/Product/123`.

/// What every global id begins with.
pub(super) const PREFIX: &str = "gid://shopify/";

/// The type in a global id, as `Product`.
pub(super) fn type_of(gid: &str) -> Option<&str> {
    let rest = gid.strip_prefix(PREFIX)?;
    let (kind, tail) = rest.split_once('/')?;
    (!kind.is_empty() && !tail.is_empty()).then_some(kind)
}

/// The number at the end of a global id.
pub(super) fn number(gid: &str) -> Option<u64> {
    let tail = gid.rsplit('/').next()?;
    tail.split('?').next()?.parse().ok()
}

/// Whether the ids of a type are the same in every store (Admin API schema).
pub(super) fn is_global(gid: &str) -> bool {
    type_of(gid).is_some_and(|kind| kind.starts_with("Taxonomy"))
}

/// Calls `found` with every global id in a text, wherever it stands.
pub(super) fn each_in<'t>(text: &'t str, found: &mut dyn FnMut(&'t str)) {
    let mut rest = text;
    while let Some(at) = rest.find(PREFIX) {
        let tail = &rest[at..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | ':' | '_' | '-');
        let end = tail.find(|c: char| !is_part(c)).unwrap_or(tail.len());
        if type_of(&tail[..end]).is_some() {
            found(&tail[..end]);
        }
        rest = &tail[end.max(PREFIX.len()).min(tail.len())..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_and_taken_apart() {
        let mut found = Vec::new();
        let text = r#"["gid://shopify/Product/1","gid://shopify/MediaImage/2"] gid://shopify/ gid://shopify/X"#;
        each_in(text, &mut |gid| found.push(gid));
        assert_eq!(
            found,
            ["gid://shopify/Product/1", "gid://shopify/MediaImage/2"]
        );
        assert_eq!(type_of("gid://shopify/Product/1"), Some("Product"));
        assert_eq!(number("gid://shopify/Product/12?x=1"), Some(12));
        assert!(is_global("gid://shopify/TaxonomyCategory/aa-1"));
        assert!(!is_global("gid://shopify/Product/1"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[gid:/shopfyP1é ]{0,60}") {
            each_in(&text, &mut |_| {});
        }
    }
}
