//! What goes to stdout and stderr, and the exit codes.

use std::process::ExitCode;

use serde_json::{Value, json};
use slipway_api::{ApiError, ErrorCode, Gate, Person, Planned, Requirement};
use thousands::Separable as _;

use crate::text::{Text, is_seen, print, say, shown_patch};

/// It was tried and failed.
pub(crate) const EXIT_FAILED: u8 = 1;
/// The command line is wrong.
pub(crate) const EXIT_USAGE: u8 = 2;
/// An approval, a check or a rule is in the way, or it can't be undone.
pub(crate) const EXIT_REFUSED: u8 = 3;
/// The environment is not as it was reviewed.
pub(crate) const EXIT_CONFLICT: u8 = 4;

/// What is missing before something may be done, a line each.
pub(crate) fn missing_lines(gate: &Gate) -> Text {
    let mut text = Text::default();
    for requirement in &gate.missing {
        text.line(format_args!("missing: {}", missing_words(requirement)));
    }
    text
}

/// What is missing, and who can give it.
pub(crate) fn missing_words(requirement: &Requirement) -> String {
    let names = |people: &[Person]| -> String {
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        names.join(", ")
    };
    match requirement {
        Requirement::Approvals { need, by, not_by } => {
            let from = if not_by.is_empty() {
                "anyone".to_owned()
            } else {
                format!("anyone but {}", names(not_by))
            };
            let need = count(u64::from(*need), "approval");
            format!("{} of {need}, from {from}", by.len())
        }
        Requirement::ChangesRequested { by } => {
            format!(
                "{} asked for changes, and can approve or be dismissed",
                names(by)
            )
        }
        Requirement::NewerRules { kinds } => format!(
            "a newer Slipway decided what this one does not understand ({})",
            kinds.join(", ")
        ),
        Requirement::SameAsPlanned { what } => match what {
            Planned::Revision => "the release was edited since it began".to_owned(),
            Planned::Plan => "its operations are not those that it began with".to_owned(),
            Planned::Rules => "the rules of the environment were changed since it began".to_owned(),
            Planned::Written => "a part of it was rolled back".to_owned(),
            Planned::Connection => {
                "the environment is at another place than when it began".to_owned()
            }
        },
    }
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// What a command has to say.
pub(crate) struct Answer {
    /// Makes the JSON object, which is not always asked for.
    pub(crate) json: Box<dyn FnOnce() -> Value>,
    /// The same for people.
    pub(crate) text: Text,
    /// What other programs read in its place, byte for byte.
    pub(crate) patch: Option<Vec<u8>>,
    /// The exit code.
    pub(crate) exit: u8,
    /// Whether all of it was printed already.
    pub(crate) is_said: bool,
}

impl Answer {
    pub(crate) fn new(json: Value, text: impl Into<Text>) -> Self {
        Self {
            json: Box::new(|| json),
            text: text.into(),
            patch: None,
            exit: 0,
            is_said: false,
        }
    }

    /// Nothing to say: it was said already.
    pub(crate) fn silent() -> Self {
        Self {
            is_said: true,
            ..Self::new(Value::Null, Text::default())
        }
    }

    /// With one more entry in its JSON object.
    pub(crate) fn with_entry(self, name: &'static str, value: Value) -> Self {
        let json = self.json;
        Self {
            json: Box::new(move || {
                let mut json = json();
                json[name] = value;
                json
            }),
            ..self
        }
    }

    pub(crate) fn with_exit(self, exit: u8) -> Self {
        Self { exit, ..self }
    }

    pub(crate) fn print(self, format: Format) -> ExitCode {
        let bytes = match format {
            Format::Json if self.is_said => Vec::new(),
            Format::Json => format!("{}\n", (self.json)()).into_bytes(),
            Format::Text => match self.patch {
                Some(patch) if is_seen() => shown_patch(&patch).as_bytes().to_vec(),
                Some(patch) => patch,
                None => self.text.as_bytes().to_vec(),
            },
        };
        match print(&bytes) {
            Ok(()) => ExitCode::from(self.exit),
            // A reader that went away (`| head`) is no failure of ours.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                ExitCode::from(self.exit)
            }
            Err(error) => {
                say(format!("error: the answer could not be written: {error}"));
                ExitCode::from(EXIT_FAILED)
            }
        }
    }
}

/// Prints an error and gives its exit code.
pub(crate) fn print_error(error: &ApiError, format: Format) -> ExitCode {
    say(format!("error: {}", error.message));
    if !error.hint.is_empty() {
        say(format!("hint: {}", error.hint));
    }
    if format == Format::Json {
        // As for answers: a reader that went away is no failure of ours, and no panic.
        print(format!("{}\n", json!({ "error": error })).as_bytes()).ok();
    }
    ExitCode::from(exit_code(error.code))
}

fn exit_code(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::Invalid | ErrorCode::NoWorkspace | ErrorCode::NoPerson => EXIT_USAGE,
        ErrorCode::Refused | ErrorCode::Deletions => EXIT_REFUSED,
        ErrorCode::Conflict => EXIT_CONFLICT,
        ErrorCode::Expired | ErrorCode::Cancelled | ErrorCode::Failed => EXIT_FAILED,
    }
}

/// `1 change`, `2 changes`, `12,345 changes`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number.separate_with_commas())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_readable() {
        assert_eq!(count(1, "change"), "1 change");
        assert_eq!(count(1_234_567, "change"), "1,234,567 changes");
    }
}
