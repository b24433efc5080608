//! Makes a place in the file system equal to a tree held in memory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(windows)]
use std::os::windows::fs::symlink_dir as symlink;

use super::SampleError;

/// What a place is to hold.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// A folder with exactly these entries.
    Dir(BTreeMap<String, Node<'a>>),
    /// A file with these bytes.
    File(&'a [u8]),
    /// A symbolic link with this target.
    Link(String),
}

impl<'a> Node<'a> {
    /// The folder that holds these files, by their paths with `/`.
    pub(super) fn of_files(files: &BTreeMap<&str, &'a [u8]>) -> Self {
        let mut root = BTreeMap::new();
        for (path, bytes) in files {
            insert(&mut root, path, bytes);
        }
        Node::Dir(root)
    }
}

fn insert<'a>(dir: &mut BTreeMap<String, Node<'a>>, path: &str, bytes: &'a [u8]) {
    match path.split_once('/') {
        None => {
            dir.insert(path.to_owned(), Node::File(bytes));
        }
        Some((head, rest)) => match dir
            .entry(head.to_owned())
            .or_insert_with(|| Node::Dir(BTreeMap::new()))
        {
            Node::Dir(inner) => insert(inner, rest, bytes),
            Node::File(_) | Node::Link(_) => {
                unreachable!("BUG: {head} is both a file and a folder")
            }
        },
    }
}

/// Makes `path` equal to `node`; what is equal already is not touched.
///
/// Looks at each place itself, never through a link, so nothing outside `path` is read, written or removed.
pub(super) fn restore(path: &Path, node: &Node<'_>) -> Result<(), SampleError> {
    match node {
        Node::Dir(children) => restore_dir(path, children),
        Node::File(bytes) => restore_file(path, bytes),
        Node::Link(target) => restore_link(path, target),
    }
}

fn restore_dir(path: &Path, children: &BTreeMap<String, Node<'_>>) -> Result<(), SampleError> {
    if !path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
        remove(path)?;
        std::fs::create_dir(path).map_err(write_error(path))?;
    }
    // Links last, and strays after them: `current` never leads to a release that is not whole.
    let is_link = |node: &Node<'_>| matches!(node, Node::Link(_));
    for (name, node) in children.iter().filter(|(_, node)| !is_link(node)) {
        restore(&path.join(name), node)?;
    }
    for (name, node) in children.iter().filter(|(_, node)| is_link(node)) {
        restore(&path.join(name), node)?;
    }
    let read_error = |source| SampleError::Read {
        path: path.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(path).map_err(read_error)? {
        let entry = entry.map_err(read_error)?;
        let wanted = entry
            .file_name()
            .to_str()
            .is_some_and(|name| children.contains_key(name));
        if !wanted {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn restore_file(path: &Path, bytes: &[u8]) -> Result<(), SampleError> {
    let length_matches = path
        .symlink_metadata()
        .is_ok_and(|meta| meta.is_file() && meta.len() == bytes.len() as u64);
    if length_matches && std::fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    replace(path, |new| std::fs::write(new, bytes))
}

fn restore_link(path: &Path, target: &str) -> Result<(), SampleError> {
    if path
        .read_link()
        .is_ok_and(|found| found == Path::new(target))
    {
        return Ok(());
    }
    replace(path, |new| symlink(target, new))
}

/// Makes the new entry beside the old one and renames it into place, so that the place never holds half of it.
fn replace(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), SampleError> {
    let new = beside(path);
    remove(&new)?;
    make(&new).map_err(write_error(&new))?;
    if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
        remove(path)?;
    }
    std::fs::rename(&new, path).map_err(write_error(path))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(
        path.file_name()
            .expect("BUG: every place in a tree has a name"),
    );
    name.push(".new");
    path.with_file_name(name)
}

/// Removes whatever is there, if anything; a link goes, what it leads to stays.
fn remove(path: &Path) -> Result<(), SampleError> {
    let removed = match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(SampleError::Remove {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> SampleError {
    move |source| SampleError::Write {
        path: path.to_owned(),
        source,
    }
}
