//! What can't be written at all, found before anything is.

use std::collections::{HashMap, HashSet};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rustix::fs::FileType;
use slipway_domain::{Blocked, Change, ChangeKind, ResourceKey};

use super::beneath;
use super::names::{self, BadName, PATH_LIMIT_BYTES};
use super::settings::Holds;

/// A path on the way to a file that will be made: what the folder will hold there.
#[derive(Clone, Copy)]
struct Claim<'a> {
    path: &'a str,
    is_file: bool,
    by: &'a ResourceKey,
}

/// Checks changes against the names that the folder can hold, beside `live`, which it holds now.
pub(super) fn check(
    root: &Path,
    holds: Holds,
    changes: &[Change],
    live: &[ResourceKey],
) -> Vec<Blocked> {
    let mut blocked = Vec::new();
    let mut paths = Vec::new();
    for change in changes {
        let result = names::path_of(&change.resource, holds).and_then(|path| {
            if change.kind() == ChangeKind::Created {
                fits(root, &path)?;
            }
            Ok(path)
        });
        match result {
            Ok(path) if change.kind() == ChangeKind::Created => {
                paths.push((&change.resource, path))
            }
            Ok(_) => {}
            Err(bad) => blocked.push(block(&change.resource, bad)),
        }
    }
    let mut claims: HashMap<String, Claim<'_>> = HashMap::new();
    for (key, path) in &paths {
        let clash = claims_of(key, path).find_map(|claim| {
            let first = claims.entry(names::folded(claim.path)).or_insert(claim);
            clash(claim, *first)
        });
        blocked.extend(clash.map(|bad| block(key, bad)));
    }
    if claims.is_empty() {
        return blocked;
    }
    let deleted: HashSet<_> = (changes.iter())
        .filter(|change| change.kind() == ChangeKind::Deleted)
        .map(|change| &change.resource)
        .collect();
    for key in live.iter().filter(|key| !deleted.contains(key)) {
        let Ok(path) = names::path_of(key, holds) else {
            continue;
        };
        for there in claims_of(key, &path) {
            // Every folder on the way to a new file is claimed: below one that is not, nothing is.
            let Some(claim) = claims.get(&names::folded(there.path)) else {
                break;
            };
            if let Some(bad) = clash(*claim, there) {
                blocked.push(block(claim.by, bad));
                break;
            }
        }
    }
    blocked.sort_by(|a, b| a.resource.cmp(&b.resource));
    blocked.dedup_by(|a, b| a.resource == b.resource);
    blocked
}

/// Finds what stands on the disk in the way of new files: a folder where a file is to be made, a file or a link where a
/// folder is. Captures don't show all of it: empty folders, and what is no content.
pub(super) fn check_disk(tree: BorrowedFd<'_>, holds: Holds, changes: &[Change]) -> Vec<Blocked> {
    let created = changes
        .iter()
        .filter(|change| change.kind() == ChangeKind::Created);
    created
        .filter_map(|change| {
            let path = names::path_of(&change.resource, holds).ok()?;
            let bad = in_the_way(tree, &path)?;
            Some(block(&change.resource, bad))
        })
        .collect()
}

fn in_the_way(tree: BorrowedFd<'_>, path: &str) -> Option<BadName> {
    let ends = path.match_indices('/').map(|(at, _)| at);
    for end in ends.chain([path.len()]) {
        let (place, is_file) = (&path[..end], end == path.len());
        let (parent, name) = place.rsplit_once('/').unwrap_or(("", place));
        let folder = beneath::open_folder(tree, parent).ok()?;
        let found = beneath::kind_of(&beneath::stat(folder.as_fd(), name).ok()?);
        let what = match (found, is_file) {
            (FileType::Directory, false) | (FileType::RegularFile, true) => continue,
            (FileType::Directory, true) => "a folder",
            (FileType::RegularFile, false) => "a file",
            (FileType::Symlink, _) => "a link, and links are not followed",
            _ => "neither a file nor a folder",
        };
        let wanted = if is_file { "file" } else { "folder" };
        return Some(BadName {
            message: format!("`{place}` has to be a {wanted}, and is {what}."),
            hint: "Move it away in the environment, capture it and plan again.".into(),
        });
    }
    None
}

fn block(resource: &ResourceKey, BadName { message, hint }: BadName) -> Blocked {
    Blocked {
        resource: resource.clone(),
        message,
        hint,
    }
}

/// Whether a new file can have the path at all.
fn fits(root: &Path, path: &str) -> Result<(), BadName> {
    if let Some(bad) = names::reserved(path) {
        return Err(bad);
    }
    // One for the separator, one for the final zero.
    let length = root.as_os_str().len() + path.len() + 2;
    if length > PATH_LIMIT_BYTES {
        return Err(BadName {
            message: format!(
                "Its path would have {length} bytes; programs can open {PATH_LIMIT_BYTES}."
            ),
            hint: "Give the resource a shorter name.".into(),
        });
    }
    Ok(())
}

/// The folders on the way to a file, outermost first, and the file.
fn claims_of<'a>(by: &'a ResourceKey, path: &'a str) -> impl Iterator<Item = Claim<'a>> {
    let folders = path.match_indices('/').map(move |(at, _)| Claim {
        path: &path[..at],
        is_file: false,
        by,
    });
    folders.chain([Claim {
        path,
        is_file: true,
        by,
    }])
}

/// Why two paths that fold to the same can't both be there.
fn clash(new: Claim<'_>, there: Claim<'_>) -> Option<BadName> {
    let (path, other) = (new.path, there.path);
    if path != other {
        return Some(BadName {
            message: format!(
                "`{path}` and `{other}` differ only in case or in how accents are written; many disks hold one of them."
            ),
            hint: format!(
                "Rename one of them, or delete `{}` in the same release.",
                there.by
            ),
        });
    }
    (new.is_file != there.is_file).then(|| BadName {
        message: format!("`{path}` would have to be a file and a folder at once."),
        hint: format!("Rename it, or delete `{}` first.", there.by),
    })
}

/// Pairs of names in one folder that many disks can't tell apart.
pub(super) fn colliding<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut found = Vec::new();
    for name in names {
        match seen.get(&names::folded(name)) {
            Some(first) => found.push((*first, name)),
            None => {
                seen.insert(names::folded(name), name);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use slipway_domain::Version;

    use super::*;

    fn key(text: &str) -> ResourceKey {
        text.parse().expect("a valid key")
    }

    fn created(text: &str) -> Change {
        Change {
            resource: key(text),
            before: None,
            after: Some(Version::of_bytes(b"new")),
        }
    }

    #[test]
    fn names_that_can_not_be_written_are_blocked_with_a_reason() {
        let root = Path::new("/srv/shop");
        let long = format!("object/a:{}x", "x/".repeat(2_050));
        let live = [
            "object/a:x",
            "object/a:é",
            "object/b.json:x",
            "object/c:d",
            "object/e:f.json/g",
        ]
        .map(key);
        for (text, expected) in [
            ("object/a:fine", None),
            ("object/a:X", Some("differ only in case")),
            ("object/A:y", Some("differ only in case")),
            ("object/a:e\u{301}", Some("differ only in case")),
            ("object/a:con", Some("Windows keeps")),
            ("object/a:trailing /x", Some("Windows drops")),
            ("object/c:d.json/inner", Some("a file and a folder")),
            ("object/e:f", Some("a file and a folder")),
            ("object/a:../x", Some("lead out")),
            ("theme/file:assets/a.css", Some("holds objects only")),
            (long.as_str(), Some("4096")),
        ] {
            let blocked = check(root, Holds::Objects, &[created(text)], &live);
            match (expected, blocked.as_slice()) {
                (None, []) => {}
                (Some(expected), [one]) => {
                    assert!(one.message.contains(expected), "{text}: {}", one.message);
                    assert!(!one.hint.is_empty(), "{text}: what to do is said");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn two_new_names_collide_and_a_renaming_does_not() {
        let root = Path::new("/srv/shop");
        let both = [created("object/a:TEE"), created("object/a:tee")];
        assert_eq!(
            check(root, Holds::Objects, &both, &[]).len(),
            1,
            "the second is blocked"
        );
        let renamed = [created("object/a:TEE"), created("object/a:tee").reversed()];
        assert_eq!(
            check(root, Holds::Objects, &renamed, &[key("object/a:tee")]),
            [],
            "the old name goes in the same release"
        );
    }

    #[test]
    fn what_is_there_already_may_be_changed_and_deleted() {
        let there = key("object/a:CON");
        let changes = [Change {
            before: Some(Version::of_bytes(b"old")),
            ..created("object/a:CON")
        }];
        assert_eq!(
            check(Path::new("/x"), Holds::Objects, &changes, &[there]),
            []
        );
    }
}
