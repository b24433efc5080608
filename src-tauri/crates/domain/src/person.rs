//! Who decides.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Somebody who decides: a name and an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Person {
    /// How they are called.
    pub name: String,
    /// Tells people of one name apart; compared without regard to case.
    pub email: String,
}

/// What acts under a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum PersonKind {
    /// Somebody.
    #[default]
    Human,
    /// A program.
    Automation,
}

/// The text does not name a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` does not name a person: expected `Name <mail@example.com>`")]
pub struct PersonError {
    text: String,
}

impl Person {
    /// Whether both are one person.
    pub fn is(&self, other: &Self) -> bool {
        self.email.eq_ignore_ascii_case(&other.email)
    }
}

impl FromStr for Person {
    type Err = PersonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || PersonError {
            text: text.to_owned(),
        };
        let (name, rest) = text.split_once('<').ok_or_else(refused)?;
        let email = rest.trim().strip_suffix('>').ok_or_else(refused)?.trim();
        let name = name.trim();
        let valid = !name.is_empty()
            && email.contains('@')
            && !email.contains(char::is_whitespace)
            && !text.contains(char::is_control);
        valid
            .then(|| Self {
                name: name.to_owned(),
                email: email.to_owned(),
            })
            .ok_or_else(refused)
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}
