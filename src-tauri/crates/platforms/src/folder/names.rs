//! Resource keys and the paths that hold them: one to one, and nothing that leads out of the folder.

use slipway_domain::{ResourceKey, ResourceKeyError};
use unicode_normalization::UnicodeNormalization;

use super::settings::Holds;

/// The folders of a theme.
pub(super) const THEME_FOLDERS: [&str; 8] = [
    "assets",
    "blocks",
    "config",
    "layout",
    "locales",
    "sections",
    "snippets",
    "templates",
];

/// The longest name that file systems hold, in bytes.
pub(super) const NAME_LIMIT_BYTES: usize = 255;

/// The longest path that programs can open, in bytes, the final zero included.
pub(super) const PATH_LIMIT_BYTES: usize = 4_096;

/// A kind of content inside a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Files of a theme.
    Theme,
    /// JSON documents.
    Objects,
}

/// Why a key can't be a file here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadName {
    /// One sentence.
    pub(super) message: String,
    /// What to do.
    pub(super) hint: String,
}

fn bad(message: String, hint: &str) -> BadName {
    BadName {
        message,
        hint: hint.to_owned(),
    }
}

/// Whether captures pass a name by: hidden ones, what package managers keep, and what an interrupted write left.
pub(super) fn is_passed_by(name: &str) -> bool {
    name.starts_with('.') || name == "node_modules"
}

/// The key of the file at `path`, relative to where its family's content begins; nothing if no resource can be there.
pub(super) fn key_of(family: Family, path: &str) -> Option<Result<ResourceKey, ResourceKeyError>> {
    match family {
        Family::Theme => {
            let (folder, rest) = path.split_once('/')?;
            (THEME_FOLDERS.contains(&folder) && !rest.is_empty())
                .then(|| format!("theme/file:{path}").parse())
        }
        Family::Objects => {
            let (kind, rest) = path.split_once('/')?;
            let name = rest.strip_suffix(".json")?;
            if name.is_empty() || name.ends_with('/') || kind.contains(':') {
                return None;
            }
            Some(format!("object/{kind}:{name}").parse())
        }
    }
}

/// The key that stands for a folder of resources, where there is one: those below it begin with it and a `/`.
pub(super) fn folder_key(family: Family, path: &str) -> Option<ResourceKey> {
    match family {
        Family::Theme => ResourceKey::new("theme", "file", path).ok(),
        Family::Objects => {
            // The folder of a kind hides all of that kind.
            let (kind, rest) = path.split_once('/').unwrap_or((path, "*"));
            if kind.contains(':') {
                return None;
            }
            ResourceKey::new("object", kind, rest).ok()
        }
    }
}

/// The path of a resource, relative to the root of content that `holds` describes.
///
/// # Errors
/// When no file inside the folder can stand for the key, or captures would not see it there.
pub(super) fn path_of(key: &ResourceKey, holds: Holds) -> Result<String, BadName> {
    let (base, path) = match (key.family(), key.kind(), holds) {
        ("theme", "file", Holds::Theme) => ("", key.name().to_owned()),
        ("theme", "file", Holds::Both) => ("theme/", key.name().to_owned()),
        ("object", kind, Holds::Objects) => ("", format!("{kind}/{}.json", key.name())),
        ("object", kind, Holds::Both) => ("objects/", format!("{kind}/{}.json", key.name())),
        ("theme", "file", Holds::Objects) => {
            return Err(bad(
                format!("`{key}` is a theme file, and this folder holds objects only."),
                "Leave theme files out, or put a folder `theme` beside a folder `objects` and connect it again.",
            ));
        }
        ("object", _, Holds::Theme) => {
            return Err(bad(
                format!("`{key}` is an object, and this folder holds a theme only."),
                "Leave objects out, or put a folder `objects` beside a folder `theme` and connect it again.",
            ));
        }
        _ => {
            return Err(bad(
                format!("`{key}` is neither a theme file nor an object."),
                "Leave it out of the release.",
            ));
        }
    };
    inside(key, &path)?;
    let family = if key.family() == "theme" {
        Family::Theme
    } else {
        Family::Objects
    };
    match key_of(family, &path) {
        Some(Ok(back)) if back == *key => Ok(format!("{base}{path}")),
        _ => Err(bad(
            format!("`{key}` lies in no folder of a theme."),
            "Put it into assets, blocks, config, layout, locales, sections, snippets or templates.",
        )),
    }
}

/// Checks that a path stays inside and is seen by captures.
fn inside(key: &ResourceKey, path: &str) -> Result<(), BadName> {
    for name in path.split('/') {
        let why = match name {
            "" => "has an empty part in its path",
            "." | ".." => "would lead out of the folder",
            "node_modules" => "lies in `node_modules`, which is left alone",
            _ if name.contains('\\') => {
                "has `\\` in its name, which leads elsewhere on other systems"
            }
            _ if name.starts_with('.') => "has a hidden name, and hidden files are left alone",
            _ if name.len() > NAME_LIMIT_BYTES => {
                return Err(bad(
                    format!(
                        "A part of the path of `{}` has {} bytes; file systems hold {NAME_LIMIT_BYTES}.",
                        shortened(key),
                        name.len()
                    ),
                    "Give the resource a shorter name.",
                ));
            }
            _ => continue,
        };
        return Err(bad(
            format!("`{}` {why}.", shortened(key)),
            "Give the resource another name.",
        ));
    }
    Ok(())
}

fn shortened(key: &ResourceKey) -> String {
    match key.as_str().char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &key.as_str()[..end]),
        None => key.to_string(),
    }
}

/// Why a path can't be made on every system, if it can't: names that Windows keeps for devices or cuts short.
pub(super) fn reserved(path: &str) -> Option<BadName> {
    path.split('/').find_map(|name| {
        let stem = name.split('.').next().unwrap_or(name).trim_end();
        let upper = stem.to_ascii_uppercase();
        let numbered = ["COM", "LPT"].iter().any(|device| {
            upper.strip_prefix(device).is_some_and(|number| {
                matches!(
                    number,
                    "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
                )
            })
        });
        let device =
            numbered || ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&upper.as_str());
        if device {
            Some(bad(
                format!("`{path}` uses the name `{stem}`, which Windows keeps for a device."),
                "Give the resource another name.",
            ))
        } else if name.ends_with(['.', ' ']) {
            Some(bad(
                format!("A name in `{path}` ends in a full stop or a space, which Windows drops."),
                "Give the resource another name.",
            ))
        } else {
            None
        }
    })
}

/// The form in which two names are the same on a disk that ignores case and composition (`é` as one character or two).
pub(super) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfd().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> ResourceKey {
        text.parse().expect("a valid key")
    }

    #[test]
    fn keys_and_paths_are_one_to_one() {
        for (text, holds, path) in [
            ("theme/file:assets/a.css", Holds::Theme, "assets/a.css"),
            (
                "theme/file:templates/customers/login.json",
                Holds::Both,
                "theme/templates/customers/login.json",
            ),
            (
                "theme/file:assets/a:b c.css",
                Holds::Theme,
                "assets/a:b c.css",
            ),
            ("object/products:tee", Holds::Objects, "products/tee.json"),
            (
                "object/products:tee.json",
                Holds::Objects,
                "products/tee.json.json",
            ),
            (
                "object/workflows:ORDER::HD",
                Holds::Objects,
                "workflows/ORDER::HD.json",
            ),
            (
                "object/stages:a/b/c",
                Holds::Both,
                "objects/stages/a/b/c.json",
            ),
            ("object/søk:blåbær", Holds::Objects, "søk/blåbær.json"),
        ] {
            assert_eq!(path_of(&key(text), holds).as_deref(), Ok(path), "{text}");
        }
    }

    #[test]
    fn nothing_leads_out_of_the_folder_or_where_captures_do_not_look() {
        let long = format!("object/products:{}", "x".repeat(256));
        for (text, why) in [
            ("theme/file:../x", "lead out"),
            ("theme/file:assets/../../x", "lead out"),
            ("theme/file:/etc/passwd", "empty part"),
            ("theme/file:assets//x", "empty part"),
            ("theme/file:assets/./x", "lead out"),
            ("theme/file:assets/..\\x", "elsewhere"),
            ("theme/file:README.md", "no folder of a theme"),
            ("theme/file:assets", "no folder of a theme"),
            ("theme/file:assets/.hidden", "hidden"),
            ("theme/file:assets/node_modules/x", "node_modules"),
            ("object/..:x", "lead out"),
            ("object/products:../../x", "lead out"),
            ("object/products:/x", "empty part"),
            ("object/products:x/", "hidden"),
            ("object/.git:x", "hidden"),
            ("shopify/product:x", "neither"),
            (long.as_str(), "256 bytes|261 bytes"),
        ] {
            let error = path_of(&key(text), Holds::Both).expect_err(text);
            assert!(
                why.split('|').any(|why| error.message.contains(why)),
                "{text}: {}",
                error.message
            );
        }
        assert!(
            path_of(&key("theme/file:assets/x"), Holds::Objects).is_err(),
            "no theme there"
        );
        assert!(
            path_of(&key("object/a:x"), Holds::Theme).is_err(),
            "no objects there"
        );
    }

    #[test]
    fn reserved_names_are_found_in_every_part() {
        for path in [
            "products/CON.json",
            "products/nul.json",
            "aux/x.json",
            "a/com1.tar.gz",
            "a/LPT9",
            "a/x.",
            "a/x ",
            "a /x",
            "a/con .txt",
        ] {
            assert!(reserved(path).is_some(), "{path} should be refused");
        }
        for path in [
            "products/console.json",
            "a/com.json",
            "a/com10.json",
            "a/.x",
            "a/x y.json",
            "lpt/x",
        ] {
            assert!(reserved(path).is_none(), "{path} should be allowed");
        }
    }

    #[test]
    fn folding_ignores_case_and_composition() {
        assert_eq!(
            folded("Straße/CAFÉ"),
            folded("straße/cafe\u{301}"),
            "case and composition"
        );
        assert_ne!(folded("cafe"), folded("café"), "an accent is a difference");
    }
}
