//! `audit`.

use serde_json::json;
use slipway_api::wire::{AuditExported, AuditResult};
use slipway_api::{Api, ApiError};

use super::workspace::absolute;
use crate::args::Audit;
use crate::ask::ask;
use crate::output::{Answer, EXIT_FAILED, count};

pub(crate) async fn run(api: &Api, audit: Audit) -> Result<Answer, ApiError> {
    let Audit {
        verify: _,
        rebuild,
        export,
    } = audit;
    if let Some(path) = export {
        let path = absolute(&path)?;
        let AuditExported { path, records } =
            ask(api, "audit_export", json!({ "path": path })).await?;
        let text = format!("Wrote {} to {path}", count(records, "record"));
        return Ok(Answer::new(
            json!({ "path": path, "records": records }),
            text,
        ));
    }
    let name = if rebuild {
        "audit_rebuild"
    } else {
        "audit_verify"
    };
    let found: AuditResult = ask(api, name, json!({})).await?;
    let text = match &found.problem {
        Some(problem) => problem.clone(),
        None if !found.projections_match => {
            "The records are intact, but what is shown does not follow from them: run `slipway audit --rebuild`.".to_owned()
        }
        None => format!("{}, all intact; what is shown follows from them.", count(found.records, "record")),
    };
    let exit = if found.intact && found.projections_match {
        0
    } else {
        EXIT_FAILED
    };
    Ok(Answer::new(json!(found), text).with_exit(exit))
}
