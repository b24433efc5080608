//! Globs on resource keys.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::resource::ResourceKey;

/// A glob that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {reason}")]
pub struct PatternError {
    /// The pattern as it was written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A set of globs on resource keys: `*` and `?` match across `/`, `[…]` a class, `{a,b}` alternatives.
///
/// A pattern that has no `:` is also tried on the key's name alone, so that `config/settings_data.json` means the theme
/// file of that name.
#[derive(Clone, Debug, Default)]
pub struct KeyPatterns {
    keys: GlobSet,
    names: GlobSet,
}

impl KeyPatterns {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// The first pattern that can't be read.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, PatternError> {
        let mut keys = GlobSetBuilder::new();
        let mut names = GlobSetBuilder::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            keys.add(compile(pattern)?);
            if !pattern.contains(':') {
                names.add(compile(pattern)?);
            }
        }
        let built = |set: GlobSetBuilder| {
            set.build().map_err(|error| PatternError {
                pattern: error.glob().unwrap_or_default().to_owned(),
                reason: error.kind().to_string(),
            })
        };
        Ok(Self {
            keys: built(keys)?,
            names: built(names)?,
        })
    }

    /// Whether there are no patterns at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether any pattern matches the key.
    pub fn matches(&self, key: &ResourceKey) -> bool {
        self.keys.is_match(key.as_str()) || self.names.is_match(key.name())
    }
}

fn compile(pattern: &str) -> Result<Glob, PatternError> {
    GlobBuilder::new(pattern)
        .literal_separator(false)
        .build()
        .map_err(|error| PatternError {
            pattern: pattern.to_owned(),
            reason: error.kind().to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_keys_and_names() {
        let cases = [
            (
                "theme/file:templates/*",
                "theme/file:templates/customers/login.json",
                true,
            ),
            (
                "theme/file:templates/*",
                "theme/file:sections/a.liquid",
                false,
            ),
            (
                "config/settings_data.json",
                "theme/file:config/settings_data.json",
                true,
            ),
            ("object/*", "object/products:a", true),
            ("*", "object/products:a", true),
            ("*.json", "object/products:a", false),
            ("object/{pages,blogs}:*", "object/blogs:a", true),
        ];
        for (pattern, key, expected) in cases {
            let patterns = KeyPatterns::new(&[pattern]).expect("a valid pattern");
            let key = key.parse().expect("a valid key");
            assert_eq!(patterns.matches(&key), expected, "{pattern} on {key}");
        }
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = KeyPatterns::new(&["fine", "[a"]).expect_err("an open class");
        assert_eq!(error.pattern, "[a");
    }
}
