//! Whether a file has the tables, indices and triggers of its format, and nothing else.
//!
//! What else a file may hold (a trigger, a view, a column with an expression) would run with our statements. So a file
//! is compared with what its format's migrations make before anything else in it is read.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::error::StoreError;

/// More parts than any format has; a file with more is not looked through to its end.
const PART_LIMIT: usize = 1_000;

/// The parts of a schema: by type and name, the table that it belongs to and the statement that made it.
type Schema = BTreeMap<(String, String), (String, String)>;

/// Compares the schema of the connected file with that of its format. `Some`: the first difference, as a clause whose
/// subject is the file.
pub(crate) fn difference(
    connection: &Connection,
    migrations: &[&str],
    format: u32,
) -> Result<Option<String>, StoreError> {
    let found = read(connection)?;
    let expected = expected(migrations, format)?;
    let name = |(kind, name): &(String, String)| format!("the {kind} {}", shown(name));
    for (part, made) in &found {
        match expected.get(part) {
            None => {
                return Ok(Some(format!(
                    "holds {}, which no workspace of format {format} has",
                    name(part)
                )));
            }
            Some(known) if known != made => {
                return Ok(Some(format!("has {} in another form", name(part))));
            }
            Some(_) => {}
        }
    }
    let missing = expected.keys().find(|part| !found.contains_key(part));
    Ok(missing.map(|part| format!("lacks {}", name(part))))
}

/// What the migrations up to a format make.
fn expected(migrations: &[&str], format: u32) -> Result<Schema, StoreError> {
    let made = Connection::open_in_memory()?;
    for sql in migrations.iter().take(format as usize) {
        made.execute_batch(sql)?;
    }
    read(&made)
}

fn read(connection: &Connection) -> Result<Schema, StoreError> {
    let mut statement = connection.prepare(
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema LIMIT ?1",
    )?;
    let rows = statement.query_map([PART_LIMIT], |row| {
        let sql: String = row.get(3)?;
        let words: Vec<&str> = sql.split_whitespace().collect();
        Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, words.join(" "))))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A name from a file in a sentence: short, and without what a terminal would act on.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(60).collect();
    format!("`{}`", short.escape_debug())
}
