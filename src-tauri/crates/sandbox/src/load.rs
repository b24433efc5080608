//! Believable store objects in any number, for benches: the same arguments always make the same bytes.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

/// The smallest mean size of an object, in bytes: below it there is no room for the fields.
pub const MEAN_BYTES_MIN: usize = 1_000;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The number of objects.
    pub objects: usize,
    /// Their bytes together.
    pub bytes: u64,
}

/// An object could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written: {source}", path.display())]
pub struct LoadError {
    /// Which file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// One object, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadObject {
    /// Its path below the folder of objects, with `/`: `<kind>/<key>.json`.
    pub path: String,
    /// Its JSON text, ending with a line feed.
    pub json: String,
}

/// Writes `count` objects of `mean_bytes` on average below `root`, in the `objects` layout, on all processors.
///
/// # Errors
/// The first file or folder that can't be written.
pub fn generate_objects(
    root: &Path,
    count: usize,
    seed: u64,
    mean_bytes: usize,
) -> Result<Written, LoadError> {
    for folder in KINDS.map(|(kind, _)| kind) {
        let path = root.join(folder);
        std::fs::create_dir_all(&path).map_err(|source| LoadError { path, source })?;
    }
    write_all(root, count, |index| object(seed, index, mean_bytes, 0))
}

/// Rewrites every `step`-th of the objects that [`generate_objects`] wrote with the same `count`, `seed` and
/// `mean_bytes`, as if somebody had edited them: a price and a sentence differ.
///
/// # Errors
/// The first file that can't be written.
///
/// # Panics
/// When `step` is 0.
pub fn alter_objects(
    root: &Path,
    count: usize,
    seed: u64,
    mean_bytes: usize,
    step: usize,
) -> Result<Written, LoadError> {
    write_all(root, count.div_ceil(step), |index| {
        object(seed, index * step, mean_bytes, 1)
    })
}

/// Makes the object with this index: a pure function of its arguments.
///
/// `revision` changes what an edit would change; everything else stays. A `mean_bytes` below [`MEAN_BYTES_MIN`]
/// counts as that. Sizes spread evenly from half to one and a half of the mean.
pub fn object(seed: u64, index: usize, mean_bytes: usize, revision: u64) -> LoadObject {
    let (name, mut random) = name(seed, index);
    let mean_bytes = mean_bytes.max(MEAN_BYTES_MIN) as u64;
    let size_bytes = (mean_bytes / 2 + random.below(mean_bytes + 1)) as usize;

    let mut json = String::with_capacity(size_bytes + 256);
    json.push_str("{\n");
    field(&mut json, "handle", &name.key);
    field(&mut json, "title", &name.title);
    let status = ["active", "draft"][usize::from(random.below(12) == 0)];
    field(&mut json, "status", status);
    field(&mut json, "template", name.noun);
    json.push_str("  \"variants\": [\n");
    let mut edit = Random(seed ^ index as u64 ^ (revision << 32));
    for (number, size) in SIZES.iter().enumerate() {
        // One price in the document takes part in an edit, the others stand.
        let prices = if number == 0 { &mut edit } else { &mut random };
        let cents = 900 + prices.below(60_000);
        let comma = if number + 1 < SIZES.len() { "," } else { "" };
        let _ = writeln!(
            json,
            "    {{ \"sku\": \"{index:06}-{size}\", \"price\": \"{}.{:02}\", \"barcode\": \"{:013}\" }}{comma}",
            cents / 100,
            cents % 100,
            random.below(10_000_000_000_000),
        );
    }
    json.push_str("  ],\n");
    if index > 0 {
        // Only to objects before it, so that what is related makes no ring.
        let (related, _) = self::name(seed, random.index(index));
        let related = related.path.replacen('/', ":", 1);
        let _ = writeln!(json, "  \"related\": [\"{related}\"],");
    }
    let _ = write!(
        json,
        "  \"description_html\": \"<h2>{}</h2>\\n<p>",
        name.title
    );
    sentence(&mut json, &mut edit);
    const END: &str = "</p>\"\n}\n";
    // The last sentence passes the mark by half its length on average.
    while json.len() + END.len() + SENTENCE_BYTES / 2 < size_bytes {
        json.push_str(if random.below(6) == 0 {
            "</p>\\n<p>"
        } else {
            " "
        });
        sentence(&mut json, &mut random);
    }
    json.push_str(END);
    LoadObject {
        path: format!("{}.json", name.path),
        json,
    }
}

/// What an object is called.
struct Name {
    /// `<kind>/<key>`, where the key may hold `/`.
    path: String,
    /// The key's last part.
    key: String,
    title: String,
    noun: &'static str,
}

/// Names the object with this index; returns with it the generator that makes the rest of the object.
fn name(seed: u64, index: usize) -> (Name, Random) {
    let mut random = Random(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (kind, noun) = KINDS[random.pick(&KIND_OF_TEN)];
    let quality = QUALITIES[random.index(QUALITIES.len())];
    let material = MATERIALS[random.index(MATERIALS.len())];
    let key = format!("{quality}-{material}-{noun}-{index:06}").to_lowercase();
    let title = format!(
        "{quality} {material} {}{}",
        noun[..1].to_uppercase(),
        &noun[1..]
    );
    (
        Name {
            path: format!("{kind}/{key}"),
            key,
            title,
            noun,
        },
        random,
    )
}

fn write_all(
    root: &Path,
    count: usize,
    make: impl Fn(usize) -> LoadObject + Sync,
) -> Result<Written, LoadError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let write_share = |first: usize| {
        let mut written = Written::default();
        for index in (first..count).step_by(threads) {
            let object = make(index);
            let path = root.join(&object.path);
            std::fs::write(&path, &object.json).map_err(|source| LoadError { path, source })?;
            written.objects += 1;
            written.bytes += object.json.len() as u64;
        }
        Ok(written)
    };
    thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || write_share(first)))
            .collect();
        shares
            .into_iter()
            .try_fold(Written::default(), |sum, share| {
                let part = share.join().expect("BUG: writing a share does not panic")?;
                Ok(Written {
                    objects: sum.objects + part.objects,
                    bytes: sum.bytes + part.bytes,
                })
            })
    })
}

fn field(json: &mut String, name: &str, value: &str) {
    let _ = writeln!(json, "  \"{name}\": \"{value}\",");
}

fn sentence(text: &mut String, random: &mut Random) {
    let start = text.len();
    for number in 0..7 + random.below(9) {
        if number > 0 {
            text.push(' ');
        }
        text.push_str(WORDS[random.index(WORDS.len())]);
    }
    text[start..start + 1].make_ascii_uppercase();
    text.push('.');
}

/// The generator SplitMix64: small, quick, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, evenly spread but for a bias that no bench can see.
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    fn pick(&mut self, choices: &[usize]) -> usize {
        choices[self.index(choices.len())]
    }
}

/// The kinds, with a word for what they hold.
const KINDS: [(&str, &str); 5] = [
    ("products", "jacket"),
    ("collections", "collection"),
    ("pages", "guide"),
    ("articles/journal", "story"),
    ("metaobjects/care_guide", "care"),
];
/// The length of a sentence, on average.
const SENTENCE_BYTES: usize = 62;
/// Of ten objects, how many are of which kind: most of a store is products.
const KIND_OF_TEN: [usize; 10] = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4];
const SIZES: [&str; 5] = ["XS", "S", "M", "L", "XL"];
const QUALITIES: [&str; 12] = [
    "Light", "Warm", "Steady", "Quiet", "Northern", "Alpine", "Coastal", "Early", "Late", "Long",
    "Plain", "Bright",
];
const MATERIALS: [&str; 12] = [
    "Alder", "Birch", "Cedar", "Down", "Fleece", "Granite", "Heather", "Larch", "Merino", "Moss",
    "Ripstop", "Wool",
];
const WORDS: [&str; 120] = [
    "a", "above", "after", "alder", "and", "any", "arm", "as", "back", "before", "below", "belt",
    "blue", "boot", "both", "breathes", "bright", "camp", "carries", "climb", "close", "cloth",
    "cold", "collar", "cord", "cuff", "cut", "day", "dries", "dry", "each", "early", "edge",
    "elbow", "every", "fabric", "fits", "flat", "fog", "for", "from", "frost", "glove", "grid",
    "hand", "harbour", "heat", "hem", "high", "hill", "hip", "holds", "hood", "hour", "in",
    "inside", "keeps", "knee", "lake", "layer", "light", "lining", "long", "loop", "low", "made",
    "map", "mild", "mist", "morning", "mud", "neck", "never", "night", "of", "on", "open", "over",
    "pack", "path", "pocket", "quick", "quiet", "rain", "ridge", "river", "road", "rock", "room",
    "seam", "season", "sheds", "shell", "shoulder", "side", "sleeve", "slow", "small", "snow",
    "soft", "stays", "stitch", "stone", "storm", "strap", "sun", "tape", "the", "thread", "trail",
    "under", "warm", "water", "wears", "weight", "wet", "wind", "with", "wool", "zip",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn objects_are_json_of_the_asked_size_and_their_paths_differ() {
        let count = 2_000;
        let objects: Vec<_> = (0..count).map(|index| object(7, index, 2_700, 0)).collect();
        for object in &objects {
            let value: serde_json::Value =
                serde_json::from_str(&object.json).expect("every object parses");
            let handle = value["handle"].as_str().expect("every object has a handle");
            assert!(
                object.path.ends_with(&format!("/{handle}.json")),
                "{} is named by its handle",
                object.path
            );
        }
        let paths: HashSet<_> = objects
            .iter()
            .map(|object| object.path.to_lowercase())
            .collect();
        for object in objects.iter().skip(1) {
            let value: serde_json::Value =
                serde_json::from_str(&object.json).expect("every object parses");
            let related = value["related"][0]
                .as_str()
                .expect("every object but the first has a related one");
            assert!(
                paths.contains(&format!("{}.json", related.replacen(':', "/", 1))),
                "{related} exists"
            );
        }
        assert_eq!(
            paths.len(),
            count,
            "no two objects share a path, on any disk"
        );
        let mean = objects
            .iter()
            .map(|object| object.json.len())
            .sum::<usize>()
            / count;
        assert!(
            (2_550..2_850).contains(&mean),
            "the mean is near 2,700, not {mean}"
        );
    }

    #[test]
    fn an_edit_keeps_the_path_and_most_of_the_text() {
        for index in [0, 1, 99, 12_345] {
            let (before, after) = (object(7, index, 2_700, 0), object(7, index, 2_700, 1));
            assert_eq!(before.path, after.path, "an edit does not move an object");
            let changed = before
                .json
                .lines()
                .zip(after.json.lines())
                .filter(|(a, b)| a != b)
                .count();
            assert_eq!(changed, 2, "a price and the description differ");
        }
    }

    #[test]
    fn writing_twice_makes_the_same_files_and_an_alteration_touches_its_share() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = generate_objects(folder.path(), 50, 3, 1_200).expect("the objects are written");
        assert_eq!(first.objects, 50);
        assert_eq!(
            generate_objects(folder.path(), 50, 3, 1_200).expect("and again"),
            first
        );
        let altered = alter_objects(folder.path(), 50, 3, 1_200, 20).expect("some are altered");
        assert_eq!(altered.objects, 3, "of 0 to 49 these are 0, 20 and 40");
        for index in 0..50 {
            let expected = object(3, index, 1_200, u64::from(index % 20 == 0));
            let found = std::fs::read_to_string(folder.path().join(&expected.path))
                .expect("the file is there");
            assert_eq!(found, expected.json, "object {index}");
        }
    }
}
