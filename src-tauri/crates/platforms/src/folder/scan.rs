//! What lies in a folder: the files that are resources, what can't be one, and what is left alone.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::FileType;
use rustix::io::Errno;
use slipway_domain::ResourceKey;
use slipway_engine::{PlatformError, Stopped, Unreadable};

use super::beneath::{self, Entry, LINK};
use super::failure::{refused, told};
use super::names::{self, Family, THEME_FOLDERS};
use super::settings::Holds;

/// How deeply folders may be nested.
pub(super) const DEPTH_MAX: usize = 100;

/// How many files a folder may hold.
pub(super) const FILES_MAX: u64 = 2_000_000;

/// How many names a note about what is left alone shows.
const SAMPLES: usize = 3;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The folders with resources in them. About 150 bytes of memory a file.
    pub(super) folders: Vec<Listed>,
    /// How many files that are resources.
    pub(super) file_count: u64,
    /// What lies beside the content.
    pub(super) beside: LeftAlone,
    /// What lies between the resources.
    pub(super) between: LeftAlone,
}

/// A folder, and its files that are resources.
#[derive(Debug)]
pub(super) struct Listed {
    /// Whose files they are.
    pub(super) family: Family,
    /// Where the family's content begins, relative to the scanned root: empty or with a `/` at the end.
    base: &'static str,
    /// Relative to there: empty or with a `/` at the end.
    path: String,
    /// The files.
    pub(super) files: Vec<File>,
}

/// A file that is a resource.
#[derive(Debug)]
pub(super) struct File {
    /// The resource.
    pub(super) key: ResourceKey,
    /// Its name in its folder.
    pub(super) name: Box<str>,
}

impl Listing {
    /// The files that these resources are, whether they are there or not. What can't be a file here is not in it.
    pub(super) fn of(keys: &[ResourceKey], holds: Holds) -> Self {
        let mut folders: BTreeMap<String, Listed> = BTreeMap::new();
        let mut file_count = 0;
        for key in keys {
            let Ok(place) = names::path_of(key, holds) else {
                continue;
            };
            let family = match key.family() {
                "theme" => Family::Theme,
                _ => Family::Objects,
            };
            let base = base_of(family, holds);
            let path = place.strip_prefix(base).unwrap_or(&place);
            let start = path.rfind('/').map_or(0, |slash| slash + 1);
            let (folder, name) = path.split_at(start);
            let listed = folders
                .entry(format!("{base}{folder}"))
                .or_insert_with(|| Listed {
                    family,
                    base,
                    path: folder.to_owned(),
                    files: Vec::new(),
                });
            listed.files.push(File {
                key: key.clone(),
                name: name.into(),
            });
            file_count += 1;
        }
        Self {
            folders: folders.into_values().collect(),
            file_count,
            ..Self::default()
        }
    }
}

/// Where the content of a family begins, relative to the root: empty or with a `/` at the end.
fn base_of(family: Family, holds: Holds) -> &'static str {
    match (holds, family) {
        (Holds::Both, Family::Theme) => "theme/",
        (Holds::Both, Family::Objects) => "objects/",
        (Holds::Theme | Holds::Objects, _) => "",
    }
}

impl Listed {
    /// The folder, relative to the scanned root.
    pub(super) fn folder(&self) -> String {
        self.place("")
    }

    /// A file in it, relative to the scanned root.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}{}{name}", self.base, self.path)
    }
}

/// Things that are not touched.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LeftAlone {
    /// How many.
    pub(super) count: u64,
    /// The first of them by name.
    pub(super) samples: Vec<String>,
}

impl LeftAlone {
    fn add(&mut self, place: String) {
        self.count += 1;
        let at = self.samples.partition_point(|sample| *sample < place);
        if at < SAMPLES {
            self.samples.insert(at, place);
            self.samples.truncate(SAMPLES);
        }
    }
}

/// Why a scan ended early.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ScanError {
    /// Who hears of unreadable things wants no more.
    Stopped,
    /// A folder can't be read: what it holds would look deleted.
    Folder(String, Errno),
    /// There are more than [`FILES_MAX`] files.
    Many,
}

impl From<Stopped> for ScanError {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<ScanError> for PlatformError {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Stopped => Self::Stopped,
            ScanError::Folder(place, errno) if place.is_empty() => {
                told("the folder", "read", errno)
            }
            ScanError::Folder(place, errno) => told(&place, "read", errno),
            ScanError::Many => refused(
                format!("The folder holds more than {FILES_MAX} files."),
                "Connect a folder further down.",
            ),
        }
    }
}

/// Lists the content below `root`, telling `report` what can't be read.
pub(super) fn scan(
    root: &OwnedFd,
    holds: Holds,
    report: &mut dyn FnMut(Unreadable) -> Result<(), Stopped>,
) -> Result<Listing, ScanError> {
    let mut scan = Scan {
        report,
        listing: Listing::default(),
    };
    match holds {
        Holds::Theme => scan.visit(root, Family::Theme, "", String::new(), 0)?,
        Holds::Objects => scan.visit(root, Family::Objects, "", String::new(), 0)?,
        Holds::Both => scan.side_by_side(root)?,
    }
    Ok(scan.listing)
}

struct Scan<'a> {
    report: &'a mut dyn FnMut(Unreadable) -> Result<(), Stopped>,
    listing: Listing,
}

/// What becomes of an entry.
enum Fate {
    Enter,
    Take(ResourceKey),
    LeaveBeside,
    LeaveBetween,
    Name(Option<ResourceKey>, String, &'static str),
}

impl Scan<'_> {
    fn side_by_side(&mut self, root: &OwnedFd) -> Result<(), ScanError> {
        for entry in beneath::entries(root.as_fd())
            .map_err(|errno| ScanError::Folder(String::new(), errno))?
        {
            let name = entry.name.to_string_lossy();
            let family = match name.as_ref() {
                "theme" => Family::Theme,
                "objects" => Family::Objects,
                _ => {
                    self.listing.beside.add(name.into_owned());
                    continue;
                }
            };
            match beneath::open_folder(root.as_fd(), &name) {
                Ok(folder) => {
                    let base = base_of(family, Holds::Both);
                    self.visit(&folder, family, base, String::new(), 0)?;
                }
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(ScanError::Folder(name.into_owned(), errno)),
            }
        }
        Ok(())
    }

    fn visit(
        &mut self,
        folder: &OwnedFd,
        family: Family,
        base: &'static str,
        path: String,
        depth: usize,
    ) -> Result<(), ScanError> {
        let entries = match beneath::entries(folder.as_fd()) {
            Ok(entries) => entries,
            Err(Errno::NOENT) if depth > 0 => return Ok(()),
            Err(errno) => return Err(ScanError::Folder(format!("{base}{path}"), errno)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let name = entry.name.to_string_lossy();
            let place = || format!("{base}{path}{name}");
            match fate(family, &path, &entry, depth) {
                Fate::Take(key) => files.push(File {
                    key,
                    name: Box::from(name.as_ref()),
                }),
                Fate::LeaveBeside => self.listing.beside.add(place()),
                Fate::LeaveBetween => self.listing.between.add(place()),
                Fate::Name(key, why, hint) => {
                    (self.report)(unreadable(key, place(), &why, hint))?;
                }
                Fate::Enter => match beneath::open_folder(folder.as_fd(), &name) {
                    Ok(inner) => {
                        self.visit(&inner, family, base, format!("{path}{name}/"), depth + 1)?;
                    }
                    Err(Errno::NOENT) => {}
                    Err(errno) => return Err(ScanError::Folder(place(), errno)),
                },
            }
        }
        if !files.is_empty() {
            self.listing.file_count += files.len() as u64;
            if self.listing.file_count > FILES_MAX {
                return Err(ScanError::Many);
            }
            self.listing.folders.push(Listed {
                family,
                base,
                path,
                files,
            });
        }
        Ok(())
    }
}

/// Says of one thing why it can't be read; `why` as in "it is a link".
pub(super) fn unreadable(
    key: Option<ResourceKey>,
    place: String,
    why: &str,
    hint: &str,
) -> Unreadable {
    Unreadable {
        key,
        place,
        line: None,
        column: None,
        message: format!("It {why}."),
        hint: hint.to_owned(),
    }
}

fn fate(family: Family, path: &str, entry: &Entry, depth: usize) -> Fate {
    let Ok(name) = entry.name.to_str() else {
        if depth == 0 && family == Family::Theme {
            return Fate::LeaveBeside;
        }
        let hint = "Give it a name in UTF-8.";
        return Fate::Name(None, "has a name that is not UTF-8".into(), hint);
    };
    if depth == 0 && family == Family::Theme && !THEME_FOLDERS.contains(&name) {
        return Fate::LeaveBeside;
    }
    if names::is_passed_by(name) {
        return if depth == 0 {
            Fate::LeaveBeside
        } else {
            Fate::LeaveBetween
        };
    }
    if entry.kind == FileType::Directory {
        return if depth >= DEPTH_MAX {
            let why = format!("is nested deeper than {DEPTH_MAX} folders");
            Fate::Name(
                names::folder_key(family, &format!("{path}{name}")),
                why,
                "Move it further up.",
            )
        } else if depth == 0 && family == Family::Objects && name.contains(':') {
            let why = "is a kind of objects with a `:` in its name".to_owned();
            Fate::Name(None, why, "Give the folder a name without it.")
        } else {
            Fate::Enter
        };
    }
    let key = names::key_of(family, &format!("{path}{name}"));
    match (key, entry.kind) {
        (Some(Ok(key)), FileType::RegularFile) => Fate::Take(key),
        (Some(Err(error)), _) => Fate::Name(
            None,
            format!("has a name that can't be a key: {error}"),
            "Give it another name.",
        ),
        (Some(Ok(key)), FileType::Symlink) => Fate::Name(Some(key), LINK.0.into(), LINK.1),
        // It may lead to a folder of resources.
        (None, FileType::Symlink) => {
            let key = names::folder_key(family, &format!("{path}{name}"));
            Fate::Name(key, LINK.0.into(), LINK.1)
        }
        (Some(Ok(key)), _) => Fate::Name(
            Some(key),
            "is no regular file".into(),
            "Move it away, or leave it out by a rule.",
        ),
        (None, _) if depth == 0 => Fate::LeaveBeside,
        (None, _) => Fate::LeaveBetween,
    }
}
