//! The sample workspace "Northwind Outfitters": an outdoor shop with a storefront and an order application, each in
//! development, staging and production.
//!
//! The content lies in `sample/` as plain files, as layers: `base` is what all environments share, and each
//! environment's folder holds what differs there. Staging is `base` and `staging`; development is those two and
//! `development`, as it is a step ahead; production is `base` and `production`. A layer's file `deleted` names, one a
//! line, what it takes away. What one environment has over the next can so be read off the folders.

mod tree;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use slipway_domain::{Layout, Rule, RuleAction, Rules, Tier};

use tree::Node;

pub(crate) static SAMPLE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/sample");

/// The file that says that a folder holds the sample, and so may be restored.
const MARKER: &str = ".northwind-sample";
const MARKER_TEXT: &[u8] =
    b"Slipway keeps its sample here. Resetting it restores the environment folders beside this \
file and removes whatever else lies in them.\n";

/// Where the sample was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamplePaths {
    /// The folder that holds the environments' folders.
    pub root: PathBuf,
    /// The environments: an environment comes after the one that it promotes to.
    pub environments: Vec<SampleEnvironment>,
}

/// One environment of the sample, with what is needed to register it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleEnvironment {
    /// The environment's name, and its folder's.
    pub name: &'static str,
    /// Its folder.
    pub path: PathBuf,
    /// How close to customers it is.
    pub tier: Tier,
    /// How its folder is laid out.
    pub layout: Layout,
    /// The name of the environment that it promotes to.
    pub promotes_to: Option<&'static str>,
    /// What differs on purpose and stays as it is here.
    pub rules: Rules,
}

/// Why the sample was not written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The folder holds something that is not the sample, under the name of one of its environments.
    #[error("{} exists and is not part of a sample; choose an empty folder", path.display())]
    Foreign {
        /// What is in the way.
        path: PathBuf,
    },
    /// A file or folder could not be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file, folder or link could not be written.
    #[error("{} can't be written: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is not part of the sample could not be removed.
    #[error("{} can't be removed: {source}", path.display())]
    Remove {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// How an environment of the sample is made.
struct Recipe {
    name: &'static str,
    tier: Tier,
    promotes_to: Option<&'static str>,
    content: Content,
    layers: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Storefront,
    Application,
}

const RECIPES: [Recipe; 6] = [
    recipe("production", Tier::Production, None, Content::Storefront),
    recipe(
        "staging",
        Tier::Staging,
        Some("production"),
        Content::Storefront,
    ),
    recipe(
        "development",
        Tier::Development,
        Some("staging"),
        Content::Storefront,
    ),
    recipe(
        "app-production",
        Tier::Production,
        None,
        Content::Application,
    ),
    recipe(
        "app-staging",
        Tier::Staging,
        Some("app-production"),
        Content::Application,
    ),
    recipe(
        "app-development",
        Tier::Development,
        Some("app-staging"),
        Content::Application,
    ),
];

const fn recipe(
    name: &'static str,
    tier: Tier,
    promotes_to: Option<&'static str>,
    content: Content,
) -> Recipe {
    let layers: &[&str] = match tier {
        Tier::Development => &["base", "staging", "development"],
        Tier::Staging => &["base", "staging"],
        Tier::Production => &["base", "production"],
    };
    Recipe {
        name,
        tier,
        promotes_to,
        content,
        layers,
    }
}

/// Writes the sample's environments as folders of `root`, or restores them there.
///
/// Each environment's folder holds exactly the sample afterwards: what else lies in it is removed, what differs is
/// written anew, what is the same stays untouched. Links inside are replaced or removed, never followed. What lies
/// beside the environments' folders is left alone.
///
/// # Errors
/// [`SampleError::Foreign`] when `root` was not made by this function and holds one of the environments' names
/// already: nothing is written then. Otherwise what the file system refuses; calling again goes on from there.
pub fn write_sample(root: &Path) -> Result<SamplePaths, SampleError> {
    claim(root)?;
    let environments = RECIPES
        .iter()
        .map(|recipe| write_environment(root, recipe))
        .collect::<Result<_, _>>()?;
    Ok(SamplePaths {
        root: root.to_owned(),
        environments,
    })
}

/// Makes the folder and its marker, unless somebody else's files are there.
fn claim(root: &Path) -> Result<(), SampleError> {
    let marker = root.join(MARKER);
    if marker.symlink_metadata().is_err() {
        let foreign = RECIPES
            .iter()
            .map(|recipe| root.join(recipe.name))
            .find(|path| path.symlink_metadata().is_ok());
        if let Some(path) = foreign {
            return Err(SampleError::Foreign { path });
        }
        std::fs::create_dir_all(root).map_err(|source| SampleError::Write {
            path: root.to_owned(),
            source,
        })?;
    }
    tree::restore(&marker, &Node::File(MARKER_TEXT))
}

fn write_environment(root: &Path, recipe: &Recipe) -> Result<SampleEnvironment, SampleError> {
    let path = root.join(recipe.name);
    let files = files(recipe);
    let (tree, layout) = match recipe.content {
        Content::Storefront => (Node::of_files(&files), Layout::Objects),
        Content::Application => (releases(&files), Layout::Releases),
    };
    tree::restore(&path, &tree)?;
    Ok(SampleEnvironment {
        name: recipe.name,
        path,
        tier: recipe.tier,
        layout,
        promotes_to: recipe.promotes_to,
        rules: rules(recipe.content),
    })
}

/// The files of an environment: its layers, one over the other.
fn files(recipe: &Recipe) -> BTreeMap<&'static str, &'static [u8]> {
    let folder = match recipe.content {
        Content::Storefront => "storefront",
        Content::Application => "app",
    };
    let mut files = BTreeMap::new();
    for layer in recipe.layers {
        let path = format!("{folder}/{layer}");
        let layer = SAMPLE
            .get_dir(&path)
            .expect("BUG: every layer of the sample is embedded");
        let deleted = layer.get_file(format!("{path}/deleted"));
        for name in deleted
            .and_then(|file| file.contents_utf8())
            .unwrap_or_default()
            .lines()
        {
            let removed = files.remove(name);
            assert!(
                removed.is_some(),
                "BUG: {path}/deleted names {name}, which no layer below holds"
            );
        }
        collect(layer, layer.path(), &mut files);
        files.remove("deleted");
    }
    files
}

fn collect(
    dir: &'static Dir<'static>,
    layer: &Path,
    files: &mut BTreeMap<&'static str, &'static [u8]>,
) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, layer, files),
            DirEntry::File(file) => {
                let name = file.path().strip_prefix(layer).ok().and_then(Path::to_str);
                files.insert(
                    name.expect("BUG: the sample's names are UTF-8, below their layer"),
                    file.contents(),
                );
            }
        }
    }
}

/// The tree of the `releases` layout: one release, and `current` leading to it.
fn releases<'a>(files: &BTreeMap<&str, &'a [u8]>) -> Node<'a> {
    let digest = tree_digest(files.iter().map(|(path, bytes)| (*path, *bytes)));
    let current = Node::Link(format!("releases/{digest}"));
    let release = BTreeMap::from([(digest, Node::of_files(files))]);
    Node::Dir(BTreeMap::from([
        ("current".to_owned(), current),
        ("releases".to_owned(), Node::Dir(release)),
    ]))
}

/// The digest that names a release's folder: 32 hexadecimal characters of BLAKE3 over the files' paths and bytes.
///
/// The entries' order does not matter. Lengths go in before what they measure, so that no two trees run together.
pub fn tree_digest<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (path, bytes) in entries {
        for part in [path.as_bytes(), bytes] {
            hasher
                .update(&(part.len() as u64).to_le_bytes())
                .update(part);
        }
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

fn rules(content: Content) -> Rules {
    let (resources, field, reason) = match content {
        Content::Storefront => (
            "theme/file:config/settings_data.json",
            "current.tracking_id",
            "Each environment reports to its own property.",
        ),
        Content::Application => (
            "object/endpoints:*",
            "base_url",
            "Each environment talks to its own warehouse and payments.",
        ),
    };
    Rules(vec![Rule {
        action: RuleAction::Keep,
        resources: resources.to_owned(),
        fields: vec![field.to_owned()],
        reason: reason.to_owned(),
    }])
}

#[cfg(test)]
mod content_tests;
#[cfg(test)]
mod tests;
