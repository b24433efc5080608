//! The names of the files in a patch: one for each resource, whatever its key holds.
//!
//! A resource that has a path where it lives keeps it: a theme's files stand in a patch as they stand in the theme. All others
//! are named after their keys, `family/kind/name.json`, with `%` escapes for what a file system or `git apply` would refuse or
//! read in another way: `..`, hidden names, slashes beside nothing, device names of Windows, characters that can't be seen.
//!
//! Invariant: no two resources have one name, nor two names that differ only in case; the resource can be read off the name
//! as long as that is not too long. No name is a folder of another one, other than for files that replace folders.
//!
//! Not here: whether the target can hold such names. That is for its platform to say.

use std::collections::{HashMap, HashSet};

use unicode_normalization::is_nfc;

/// The longest part of a name that is spelt out, in bytes: file systems hold 255, and marks against clashes are added.
const PART_LIMIT_BYTES: usize = 200;
/// The longest name that is spelt out, in bytes; programs open paths of 4,096, the folder around the patch included.
const NAME_LIMIT_BYTES: usize = 1_000;
/// How much is spelt out of what is too long.
const EXCERPT_BYTES: usize = 80;
/// How many bytes of a digest tell apart what is not spelt out.
const DIGEST_BYTES: usize = 16;

/// A resource in a patch.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The first part of its key.
    pub family: &'a str,
    /// The second part of its key.
    pub kind: &'a str,
    /// The rest of its key.
    pub name: &'a str,
    /// The path that it has where it lives, with `/` between its parts.
    pub own: Option<&'a str>,
    /// The extension that its file gets where it has no such path.
    pub extension: Extension,
    /// On which sides of the patch it exists.
    pub sides: Sides,
}

/// What a file's name ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// `.json`: it is a document.
    Json,
    /// That of the resource's own name.
    AsNamed,
}

/// Where a resource of a patch exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// Only before: the patch deletes it.
    Before,
    /// Only after: the patch creates it.
    After,
    /// On both.
    Both,
}

impl Sides {
    fn each(self) -> &'static [usize] {
        match self {
            Self::Before => &[0],
            Self::After => &[1],
            Self::Both => &[0, 1],
        }
    }
}

/// Names the files of a patch, in the order of its resources. The names do not depend on that order.
pub fn file_names(resources: &[Named<'_>]) -> Vec<String> {
    let mut names = own_names(resources);
    let roots: HashSet<String> = names
        .iter()
        .flatten()
        .map(|name| folded(root(name)))
        .collect();
    let mut taken: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, resource) in resources.iter().enumerate() {
        if names[at].is_none() {
            let name = spelt_out(resource, &roots);
            taken.entry(folded(&name)).or_default().push(at);
            names[at] = Some(name);
        }
    }
    // Names that differ only in case are one file on many disks.
    for clashing in taken.into_values().filter(|at| at.len() > 1) {
        for at in clashing {
            let mark = digest(&key(&resources[at]));
            let name = names[at].take().unwrap_or_default();
            names[at] = Some(match name.strip_suffix(JSON) {
                Some(stem) => format!("{stem}~{mark}{JSON}"),
                None => format!("{name}~{mark}"),
            });
        }
    }
    names.into_iter().flatten().collect()
}

const JSON: &str = ".json";

fn root(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

fn key(resource: &Named<'_>) -> String {
    let Named {
        family, kind, name, ..
    } = resource;
    format!("{family}/{kind}:{name}")
}

/// The paths of their own that can stand beside each other in a patch.
fn own_names(resources: &[Named<'_>]) -> Vec<Option<String>> {
    let mut order: Vec<usize> = (0..resources.len()).collect();
    order.sort_by_cached_key(|&at| key(&resources[at]));
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for at in order {
        if let Some(own) = resources[at].own.filter(|own| is_applicable(own)) {
            owners.entry(own).or_insert(at);
        }
    }
    let is_file = |path: &str, side: &usize| {
        let owner = owners.get(path);
        owner.is_some_and(|&at| resources[at].sides.each().contains(side))
    };
    let stands_in_file = |path: &str, sides: Sides| {
        path.match_indices('/')
            .any(|(end, _)| sides.each().iter().any(|side| is_file(&path[..end], side)))
    };
    let mut names = vec![None; resources.len()];
    for (own, &at) in &owners {
        if !stands_in_file(own, resources[at].sides) {
            names[at] = Some((*own).to_owned());
        }
    }
    names
}

/// Whether `git apply` takes a path as it is. One that begins like an escape is left to those.
fn is_applicable(path: &str) -> bool {
    path.len() <= NAME_LIMIT_BYTES
        && !path.starts_with('%')
        && !path.contains(['\\', '\0'])
        && path.split('/').all(|part| {
            !matches!(part, "" | "." | "..") && part.len() <= 255 && !is_git_folder(part)
        })
}

/// Whether a name is git's own folder on some system: however it is written, with characters that disks ignore, or short.
fn is_git_folder(part: &str) -> bool {
    let seen: String = part
        .chars()
        .filter(|c| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'))
        .collect();
    let lower = seen.to_ascii_lowercase();
    let stem = lower.split(':').next().unwrap_or_default();
    let stem = stem.trim_end_matches(['.', ' ']);
    stem == ".git" || stem.starts_with("git~")
}

/// The name that follows from a resource's key.
fn spelt_out(resource: &Named<'_>, roots: &HashSet<String>) -> String {
    let Named {
        family,
        kind,
        name,
        extension,
        ..
    } = resource;
    let (family, kind) = (folder(family), folder(kind));
    let family = if roots.contains(&folded(&family)) {
        first_escaped(&family)
    } else {
        family
    };
    let end = match extension {
        Extension::Json => JSON,
        Extension::AsNamed => "",
    };
    let file = |part: &str| shortened(escaped(part), part, end.len()) + end;
    let rest = match extension {
        // Folders have no extension, files have one: no file is where another one needs a folder.
        Extension::Json => {
            let parts = parts(name);
            let (last, folders) = parts.split_last().expect("BUG: a name has a part");
            let mut path: String = folders.iter().map(|part| folder(part) + "/").collect();
            path += &file(last);
            path
        }
        Extension::AsNamed => file(name),
    };
    let whole = format!("{family}/{kind}/{rest}");
    if whole.len() <= NAME_LIMIT_BYTES {
        return whole;
    }
    let mark = digest(&key(resource));
    format!(
        "{family}/{kind}/{}~{mark}{end}",
        excerpt(&escaped(resource.name))
    )
}

/// Cuts a name at its slashes. One that has nothing beside it belongs to the part that it stands at.
fn parts(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let cuts = bytes.iter().enumerate().filter(|(at, byte)| {
        let beside = |at: Option<usize>| at.and_then(|at| bytes.get(at));
        let is_filled = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b'/');
        **byte == b'/' && is_filled(beside(at.checked_sub(1))) && is_filled(beside(Some(at + 1)))
    });
    let mut parts = Vec::new();
    let mut start = 0;
    for (cut, _) in cuts {
        parts.push(&name[start..cut]);
        start = cut + 1;
    }
    parts.push(&name[start..]);
    parts
}

/// A part of a name as a folder, which never looks like a document.
fn folder(part: &str) -> String {
    let mut name = escaped(part);
    let dot = name.len().saturating_sub(JSON.len());
    if name.is_char_boundary(dot) && name[dot..].eq_ignore_ascii_case(JSON) {
        name.replace_range(dot..=dot, "%2E");
    }
    shortened(name, part, 0)
}

/// Escapes what a part of a path can't hold on every system.
fn escaped(part: &str) -> String {
    let is_plain = is_nfc(part);
    let last = part.char_indices().next_back().map_or(0, |(at, _)| at);
    let mut out = String::with_capacity(part.len() + 8);
    for (at, c) in part.char_indices() {
        let at_end = at == 0 || at == last;
        let stays = match c {
            '.' => !at_end,
            ' ' => !at_end,
            '%' | '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '~' => false,
            c if c.is_ascii() => c.is_ascii_graphic(),
            c => is_plain && c.is_alphanumeric(),
        };
        if stays {
            out.push(c);
        } else {
            escape(c, &mut out);
        }
    }
    if is_device(&out) {
        return first_escaped(&out);
    }
    out
}

fn escape(c: char, out: &mut String) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        out.push_str(&format!("%{byte:02X}"));
    }
}

/// Writes the first character as an escape, unless it is one.
fn first_escaped(part: &str) -> String {
    let mut rest = part.chars();
    match rest.next() {
        Some(c) if c != '%' => {
            let mut out = String::with_capacity(part.len() + 8);
            escape(c, &mut out);
            out + rest.as_str()
        }
        _ => part.to_owned(),
    }
}

/// Whether Windows keeps a name for a device, whatever its extension is.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end();
    let upper = stem.to_ascii_uppercase();
    let numbered = ["COM", "LPT"].iter().any(|device| {
        let number = upper.strip_prefix(device).map(|number| number.chars());
        number.is_some_and(|mut number| {
            matches!(number.next(), Some('0'..='9' | '¹' | '²' | '³')) && number.next().is_none()
        })
    });
    numbered || ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&upper.as_str())
}

/// Cuts what is too long for a part of a path, and says by a digest of `of` what it was. A `~` is in no other name.
fn shortened(name: String, of: &str, reserved_bytes: usize) -> String {
    if name.len() + reserved_bytes <= PART_LIMIT_BYTES {
        return name;
    }
    format!("{}~{}", excerpt(&name), digest(of))
}

/// The beginning of an escaped name, not cut inside an escape.
fn excerpt(name: &str) -> &str {
    let mut end = name.floor_char_boundary(EXCERPT_BYTES);
    if let Some(escape) = name[..end].rfind('%').filter(|start| end - start < 3) {
        end = escape;
    }
    &name[..end]
}

fn digest(of: &str) -> String {
    let hash = blake3::hash(of.as_bytes());
    let bytes = &hash.as_bytes()[..DIGEST_BYTES];
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The form in which two names are one on a disk that ignores case.
fn folded(name: &str) -> String {
    let upper = name.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(key: &str) -> Named<'_> {
        let (head, name) = key.split_once(':').expect("a key has a colon");
        let (family, kind) = head.split_once('/').expect("a key has a kind");
        let is_theme = family == "theme";
        Named {
            family,
            kind,
            name,
            own: is_theme.then_some(name),
            extension: if is_theme {
                Extension::AsNamed
            } else {
                Extension::Json
            },
            sides: Sides::Both,
        }
    }

    fn names(keys: &[&str]) -> Vec<String> {
        let resources: Vec<Named<'_>> = keys.iter().map(|key| named(key)).collect();
        file_names(&resources)
    }

    #[test]
    fn names_follow_from_keys() {
        for (key, expected) in [
            (
                "shopify/product:blue-shirt",
                "shopify/product/blue-shirt.json",
            ),
            (
                "shopify/redirect:/festival",
                "shopify/redirect/%2Ffestival.json",
            ),
            (
                "shopify/article:news/first",
                "shopify/article/news/first.json",
            ),
            (
                "shopify/redirect:/a//b/",
                "shopify/redirect/%2Fa%2F%2Fb%2F.json",
            ),
            (
                "fluent/workflow:ORDER::HD",
                "fluent/workflow/ORDER%3A%3AHD.json",
            ),
            ("object/page:über uns", "object/page/über uns.json"),
            ("object/page:..", "object/page/%2E%2E.json"),
            (
                "object/page:../../etc",
                "object/page/%2E%2E/%2E%2E/etc.json",
            ),
            ("object/page:.git/config", "object/page/%2Egit/config.json"),
            ("object/page:GIT~1/x", "object/page/GIT%7E1/x.json"),
            ("object/page:a.", "object/page/a%2E.json"),
            ("object/page:a.json/b", "object/page/a%2Ejson/b.json"),
            ("object/page:nul", "object/page/%6Eul.json"),
            ("object/page:con.d/x", "object/page/%63on.d/x.json"),
            ("object/page:50%2F", "object/page/50%252F.json"),
            ("object/page:a\u{202e}b", "object/page/a%E2%80%AEb.json"),
            ("object/page:e\u{301}", "object/page/e%CC%81.json"),
            ("../..:x", "%2E%2E/%2E%2E/x.json"),
            (
                "theme/file:sections/header.liquid",
                "sections/header.liquid",
            ),
            ("theme/file:assets/a b%.css", "assets/a b%.css"),
            ("theme/file:../x", "theme/file/%2E.%2Fx"),
            ("theme/file:assets//x", "theme/file/assets%2F%2Fx"),
            ("theme/file:.Git/hooks/x", "theme/file/%2EGit%2Fhooks%2Fx"),
            ("theme/file:a/git~1", "theme/file/a%2Fgit%7E1"),
        ] {
            assert_eq!(names(&[key]), [expected], "{key}");
        }
    }

    #[test]
    fn what_is_too_long_is_told_apart_by_a_digest() {
        let long = "x".repeat(300);
        let deep = "y/".repeat(900);
        let keys = [
            format!("object/page:{long}"),
            format!("object/page:{long}y"),
            format!("object/page:{long}/a"),
            format!("object/page:{deep}a"),
            format!("object/page:{deep}b"),
            format!("theme/file:assets/{long}"),
            format!("object/page:{}", "\u{301}".repeat(300)),
        ];
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let names = names(&keys);
        let distinct: HashSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{names:#?}");
        for name in &names {
            assert!(name.len() <= NAME_LIMIT_BYTES, "{name}");
            assert!(name.split('/').all(|part| part.len() <= 255), "{name}");
            assert!(is_applicable(name), "{name}");
        }
    }

    #[test]
    fn names_that_clash_are_told_apart() {
        let clashing = names(&["object/page:About", "object/page:about", "object/page:x"]);
        assert_ne!(folded(&clashing[0]), folded(&clashing[1]));
        assert!(
            clashing[0].starts_with("object/page/About~"),
            "{clashing:?}"
        );
        assert_eq!(clashing[2], "object/page/x.json", "all others stay");
        assert_eq!(
            names(&["theme/file:shopify/page/a.json", "shopify/page:a"]),
            ["shopify/page/a.json", "%73hopify/page/a.json"],
            "a theme's file keeps its own path"
        );
        assert_eq!(
            names(&["theme/file:assets/a", "theme/file:assets/a/b"]),
            ["assets/a", "theme/file/assets%2Fa%2Fb"],
            "no file is where another one needs a folder"
        );
        let (mut file, mut inside) = (named("theme/file:assets/a"), named("theme/file:assets/a/b"));
        (file.sides, inside.sides) = (Sides::Before, Sides::After);
        assert_eq!(
            file_names(&[file, inside]),
            ["assets/a", "assets/a/b"],
            "a folder may replace a file"
        );
    }
}
