//! Global ids: `gid://shopify/<type>/<id>`.

const PREFIX: &str = "gid://shopify/";

/// Writes the global id of the `id`-th object of a type.
///
/// Jobs and bulk results have UUIDs for ids; theirs hold the number in the last group.
pub(crate) fn gid(kind: &str, id: u64) -> String {
    match kind {
        "Job" | "ProductSetOperation" | "ProductDeleteOperation" | "ProductDuplicateOperation" => {
            format!("{PREFIX}{kind}/51c0ffee-0000-4000-8000-{id:012x}")
        }
        _ => format!("{PREFIX}{kind}/{id}"),
    }
}

/// Splits a global id in its type and its id's text.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let (kind, id) = text.strip_prefix(PREFIX)?.split_once('/')?;
    let id = id.split('?').next().unwrap_or(id);
    (!kind.is_empty() && !id.is_empty()).then_some((kind, id))
}

/// Reads a global id with a number (or one of the UUIDs of [`gid`]).
pub(crate) fn parse(text: &str) -> Option<(&str, u64)> {
    let (kind, id) = split(text)?;
    if id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((kind, id.parse().ok()?));
    }
    let (_, number) = id.rsplit_once("-8000-")?;
    Some((kind, u64::from_str_radix(number, 16).ok()?))
}

/// The number of a global id of exactly this type.
pub(crate) fn number_of(kind: &str, text: &str) -> Option<u64> {
    parse(text)
        .filter(|(found, _)| *found == kind)
        .map(|(_, id)| id)
}
