//! Connecting a folder: what a person typed is checked, and what lies there is told.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::FileType;
use rustix::io::Errno;
use serde_json::Value;
use slipway_domain::Layout;
use slipway_engine::{Connected, PlatformError, Unreadable};

use super::beneath;
use super::check::colliding;
use super::detect::{Detected, detect};
use super::failure::{refused, told, unavailable};
use super::names::{Family, THEME_FOLDERS};
use super::releases::{CURRENT, RELEASES, current};
use super::scan::{LeftAlone, Listing, scan};
use super::settings::{Holds, Settings, typed};

/// How many unreadable things the notes name.
const NAMED: usize = 5;

/// Checks the connection, looks at the folder, and completes the settings.
pub(super) fn connect(connection: &Value) -> Result<Connected, PlatformError> {
    let (named, layout) = typed(connection)?;
    // Kept without links: one that leads elsewhere later leads no deployment there.
    let path = real_path(&named)?;
    let root = open(&path)?;
    let layout = match layout {
        Some(layout) => layout,
        None => recognise(&root, &path)?,
    };
    let found = match layout {
        Layout::Releases => releases(&root, &path)?,
        Layout::Theme => in_place(&root, Holds::Theme, None)?,
        Layout::Objects => {
            let detected =
                look(&root, "the folder")?.filter(|detected| detected.holds == Holds::Both);
            let holds = detected
                .as_ref()
                .map_or(Holds::Objects, |detected| detected.holds);
            in_place(&root, holds, detected)?
        }
    };
    let leads = (path != named).then(|| {
        let (named, path) = (named.display(), path.display());
        format!("`{named}` leads to `{path}`, which is what is connected.")
    });
    let settings = Settings {
        path,
        layout,
        holds: found.holds,
    };
    Ok(Connected {
        connection: serde_json::to_value(settings).map_err(|error| {
            refused(
                format!("The folder's path can't be kept: {error}."),
                "Give it a name in UTF-8.",
            )
        })?,
        summary: found.summary,
        families: found.holds.unwrap_or(Holds::Both).families(),
        notes: leads.into_iter().chain(found.notes).collect(),
        survey: None,
    })
}

/// Opens the folder of an environment, unless a link leads elsewhere from its path by now.
pub(super) fn open(path: &Path) -> Result<OwnedFd, PlatformError> {
    let real = real_path(path)?;
    if real != path {
        let (shown, real) = (path.display(), real.display());
        return Err(refused(
            format!(
                "`{shown}` is not the folder that was connected: a link leads from there to `{real}`."
            ),
            "Put the folder back in the place of the link, or connect the environment again.",
        ));
    }
    beneath::open_root(path).map_err(|errno| unopened(path, errno))
}

/// The path without links.
fn real_path(path: &Path) -> Result<PathBuf, PlatformError> {
    let found = path.canonicalize();
    found.map_err(|error| {
        let errno = Errno::from_io_error(&error);
        errno.map_or_else(
            || unavailable(format!("`{}`: {error}.", path.display()), "Try again."),
            |errno| unopened(path, errno),
        )
    })
}

/// Why a folder can't be opened.
fn unopened(path: &Path, errno: Errno) -> PlatformError {
    let shown = path.display();
    match errno {
        Errno::NOENT if shown.to_string().contains("/~") => refused(
            format!("There is no folder `{shown}`."),
            "`~` is not expanded here: give the whole path.",
        ),
        Errno::NOENT => refused(
            format!("There is no folder `{shown}`."),
            "See whether it was moved or its disk is not mounted, or make it.",
        ),
        Errno::NOTDIR => refused(
            format!("`{shown}` is a file, not a folder."),
            "Give the folder that it lies in.",
        ),
        errno => told(&shown.to_string(), "opened", errno),
    }
}

fn look(root: &OwnedFd, place: &str) -> Result<Option<Detected>, PlatformError> {
    detect(root).map_err(|errno| told(place, "listed", errno))
}

fn recognise(root: &OwnedFd, path: &Path) -> Result<Layout, PlatformError> {
    let kind = |name| {
        beneath::stat(root.as_fd(), name)
            .map(|stat| beneath::kind_of(&stat))
            .ok()
    };
    if kind(RELEASES) == Some(FileType::Directory) && kind(CURRENT) == Some(FileType::Symlink) {
        return Ok(Layout::Releases);
    }
    match look(root, "the folder")? {
        Some(Detected {
            holds: Holds::Theme,
            ..
        }) => Ok(Layout::Theme),
        Some(_) => Ok(Layout::Objects),
        None => Err(refused(
            format!("Nothing in `{}` says how it is laid out.", path.display()),
            "Say which layout it is to have: --layout theme, objects or releases.",
        )),
    }
}

struct Found {
    holds: Option<Holds>,
    summary: String,
    notes: Vec<String>,
}

fn in_place(
    root: &OwnedFd,
    holds: Holds,
    detected: Option<Detected>,
) -> Result<Found, PlatformError> {
    let detected = match detected {
        Some(detected) => Some(detected),
        None => look(root, "the folder")?,
    };
    let (content, mut notes) = content(root, holds)?;
    let layout = match holds {
        Holds::Theme => "Layout theme",
        Holds::Objects => "Layout objects",
        Holds::Both => "Layout objects, with a theme beside them",
    };
    let sign = match &detected {
        Some(detected) if detected.holds == holds => format!(" ({})", detected.sign),
        Some(Detected {
            holds: Holds::Both,
            sign,
        }) => {
            notes.push(format!(
                "Here {sign}: connect it with the layout objects to take both."
            ));
            String::new()
        }
        _ => String::new(),
    };
    Ok(Found {
        holds: Some(holds),
        summary: format!("{layout}{sign}: {content}."),
        notes,
    })
}

fn releases(root: &OwnedFd, path: &Path) -> Result<Found, PlatformError> {
    let Some(release) = current(root, path)? else {
        return Ok(Found {
            holds: None,
            summary: "Layout releases: nothing is current yet.".into(),
            notes: vec![
                "The first deployment makes `current`, and the folder `releases` if need be."
                    .into(),
            ],
        });
    };
    let tree = release.open(root)?;
    let detected = look(&tree, &release.path())?;
    let holds = detected.map(|detected| detected.holds);
    let (content, notes) = content(&tree, holds.unwrap_or(Holds::Both))?;
    Ok(Found {
        holds,
        summary: format!(
            "Layout releases (`{CURRENT}` leads to `{}`): {content}.",
            release.path()
        ),
        notes,
    })
}

/// What a tree holds, in words, and what will be left alone or can't be read.
fn content(root: &OwnedFd, holds: Holds) -> Result<(String, Vec<String>), PlatformError> {
    let mut unreadable: Vec<Unreadable> = Vec::new();
    let mut unreadable_count = 0_usize;
    let listing = scan(root, holds, &mut |found| {
        unreadable_count += 1;
        if unreadable.len() < NAMED {
            unreadable.push(found);
        }
        Ok(())
    })?;
    let mut notes = Vec::new();
    notes.extend(left_alone(&listing.beside, "beside the content"));
    notes.extend(left_alone(&listing.between, "between the content"));
    notes.extend(collisions(&listing));
    notes.extend(
        unreadable
            .iter()
            .map(|found| format!("`{}`: {}", found.place, found.message)),
    );
    if unreadable_count > NAMED {
        notes.push(format!("{} more can't be read.", unreadable_count - NAMED));
    }
    Ok((summary(&listing, holds), notes))
}

fn summary(listing: &Listing, holds: Holds) -> String {
    let mut theme = (0, std::collections::BTreeSet::new());
    let mut objects = theme.clone();
    for folder in &listing.folders {
        let (count, tops) = match folder.family {
            Family::Theme => &mut theme,
            Family::Objects => &mut objects,
        };
        *count += folder.files.len();
        tops.extend(folder.files.first().map(|file| {
            let top = match folder.family {
                Family::Theme => file.key.name().split('/').next(),
                Family::Objects => Some(file.key.kind()),
            };
            top.unwrap_or_default().to_owned()
        }));
    }
    let theme = || match theme.1.len() {
        0 => format!(
            "a theme without files yet (its folders are {})",
            THEME_FOLDERS.join(", ")
        ),
        folders => format!(
            "a theme with {} in {}",
            counted(theme.0, "file"),
            counted(folders, "folder")
        ),
    };
    let objects = || match objects.1.len() {
        0 => "no objects yet".to_owned(),
        kinds => format!(
            "{} of {}",
            counted(objects.0, "object"),
            counted(kinds, "kind")
        ),
    };
    match holds {
        Holds::Theme => theme(),
        Holds::Objects => objects(),
        Holds::Both => format!("{}; {}", theme(), objects()),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn left_alone(left: &LeftAlone, whereabouts: &str) -> Option<String> {
    let names = left.samples.join("`, `");
    match left.count {
        0 => None,
        1 => Some(format!("1 thing {whereabouts} is left alone: `{names}`.")),
        count if count == left.samples.len() as u64 => Some(format!(
            "{count} things {whereabouts} are left alone: `{names}`."
        )),
        count => Some(format!(
            "{count} things {whereabouts} are left alone: `{names}` and others."
        )),
    }
}

fn collisions(listing: &Listing) -> Option<String> {
    let mut count = 0;
    let mut example = None;
    for folder in &listing.folders {
        for (a, b) in colliding(folder.files.iter().map(|file| file.name.as_ref())) {
            count += 1;
            example.get_or_insert_with(|| (folder.place(a), folder.place(b)));
        }
    }
    let (a, b) = example?;
    let more = if count > 1 {
        format!(", and {} more such pairs", count - 1)
    } else {
        String::new()
    };
    Some(format!(
        "`{a}` and `{b}` differ only in case or in how accents are written{more}; many disks can't hold both."
    ))
}
