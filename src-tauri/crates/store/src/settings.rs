//! Settings of the workspace, and JSON in columns.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::guard::JSON_LIMIT_BYTES;

impl Reader {
    /// A setting; nothing when it was never set.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn setting(&self, name: &str) -> Result<Option<Value>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| json(row, 0))
            .optional()?)
    }
}

impl Writer {
    /// Sets a setting.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn set_setting(&mut self, name: &str, value: &Value) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)")?
            .execute(params![name, value.to_string()])?;
        Ok(())
    }
}

/// Reads a column that holds JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    let no_json = |error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error);
    if text.len() > JSON_LIMIT_BYTES {
        let size = text.len();
        return Err(no_json(
            format!("{size} bytes where at most {JSON_LIMIT_BYTES} are read").into(),
        ));
    }
    serde_json::from_str(text).map_err(|error| no_json(Box::new(error)))
}

/// Writes what a column holds as JSON.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("BUG: what is stored is plain data")
}
