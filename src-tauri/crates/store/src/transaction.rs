//! One transaction that writes: all or nothing.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::connection::{Durability, Writer, run};
use crate::error::StoreError;
use crate::guard::Purpose;

/// Runs the closure between `BEGIN IMMEDIATE` and `COMMIT`, which `may_commit` may forbid.
pub(crate) fn transact<T>(
    writer: &mut Writer,
    durability: Durability,
    f: impl FnOnce(&mut Writer) -> Result<T, StoreError>,
    may_commit: impl FnOnce() -> Result<(), StoreError>,
) -> Result<T, StoreError> {
    let level = match durability {
        Durability::Process => "NORMAL",
        Durability::Power => "FULL",
    };
    if writer.durability != Some(durability) {
        writer
            .connection
            .pragma_update(None, "synchronous", level)?;
        writer.durability = Some(durability);
    }
    writer.steps.renew(Purpose::Write);
    run(&writer.connection, "BEGIN IMMEDIATE")?;
    let result = match catch_unwind(AssertUnwindSafe(|| f(writer))) {
        Ok(result) => result,
        Err(panic) => Err(StoreError::Panicked {
            message: message(panic.as_ref()),
        }),
    };
    // What the closure spent must not keep the transaction from ending.
    writer.steps.renew(Purpose::Write);
    let committed = result.and_then(|value| {
        may_commit()?;
        run(&writer.connection, "COMMIT")?;
        Ok(value)
    });
    // Some errors (a full disk) end the transaction by themselves.
    if committed.is_err() && !writer.connection.is_autocommit() {
        run(&writer.connection, "ROLLBACK")?;
    }
    committed
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
