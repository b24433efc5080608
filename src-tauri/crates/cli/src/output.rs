//! What goes to stdout and stderr, and the exit codes.

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use slipway_api::{ApiError, ErrorCode, Gate, Person, Planned, Requirement};
use thousands::Separable as _;

/// It was tried and failed.
pub(crate) const EXIT_FAILED: u8 = 1;
/// The command line is wrong.
pub(crate) const EXIT_USAGE: u8 = 2;
/// An approval, a check or a rule is in the way, or it can't be undone.
pub(crate) const EXIT_REFUSED: u8 = 3;
/// The environment is not as it was reviewed.
pub(crate) const EXIT_CONFLICT: u8 = 4;

/// What is missing before something may be done, a line each.
pub(crate) fn missing_lines(gate: &Gate) -> String {
    let line = |requirement| format!("missing: {}\n", missing_words(requirement));
    gate.missing.iter().map(line).collect()
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
    /// The same for people, or raw bytes for other programs.
    pub(crate) text: Vec<u8>,
    /// The exit code.
    pub(crate) exit: u8,
    /// Whether all of it was printed already.
    pub(crate) is_said: bool,
}

impl Answer {
    pub(crate) fn new(json: Value, text: impl Into<String>) -> Self {
        let mut text: String = text.into();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Self {
            json: Box::new(|| json),
            text: text.into_bytes(),
            exit: 0,
            is_said: false,
        }
    }

    /// Nothing to say: it was said already.
    pub(crate) fn silent() -> Self {
        Self {
            is_said: true,
            ..Self::new(Value::Null, "")
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
            Format::Text => self.text,
        };
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
            Ok(()) => ExitCode::from(self.exit),
            // A reader that went away (`| head`) is no failure of ours.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                ExitCode::from(self.exit)
            }
            Err(error) => {
                eprintln!("error: the answer could not be written: {error}");
                ExitCode::from(EXIT_FAILED)
            }
        }
    }
}

/// Prints an error and gives its exit code.
pub(crate) fn print_error(error: &ApiError, format: Format) -> ExitCode {
    eprintln!("error: {}", error.message);
    if !error.hint.is_empty() {
        eprintln!("hint: {}", error.hint);
    }
    if format == Format::Json {
        // As for answers: a reader that went away is no failure of ours, and no panic.
        writeln!(std::io::stdout(), "{}", json!({ "error": error })).ok();
    }
    ExitCode::from(exit_code(error.code))
}

fn exit_code(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::Invalid | ErrorCode::NoWorkspace | ErrorCode::NoPerson => EXIT_USAGE,
        ErrorCode::Refused => EXIT_REFUSED,
        ErrorCode::Conflict => EXIT_CONFLICT,
        ErrorCode::Expired | ErrorCode::Cancelled | ErrorCode::Failed => EXIT_FAILED,
    }
}

/// Lays rows out in columns, two spaces between them; the last column is not padded. What a terminal would act on, in a name
/// from a file of somebody else, stands as its number.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let plain = |cell: &String| -> String {
        cell.chars()
            .flat_map(|c| {
                let escaped = c.is_control().then(|| c.escape_unicode());
                let kept = (!c.is_control()).then_some(c);
                escaped.into_iter().flatten().chain(kept)
            })
            .collect()
    };
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(plain).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if column + 1 < row.len() {
                let pad = widths[column] - cell.chars().count() + 2;
                line.extend(std::iter::repeat_n(' ', pad));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
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
    fn counts_and_columns_are_readable() {
        assert_eq!(count(1, "change"), "1 change");
        assert_eq!(count(1_234_567, "change"), "1,234,567 changes");
        let rows = [
            vec!["a".to_owned(), "bb".to_owned()],
            vec!["ccc".to_owned(), String::new()],
        ];
        assert_eq!(table(&rows), "a    bb\nccc\n");
        let hostile = vec!["a\u{1b}[2J".to_owned(), "b".to_owned()];
        assert_eq!(table(&[hostile]), "a\\u{1b}[2J  b\n");
    }
}
