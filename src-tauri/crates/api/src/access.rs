//! What a command needs of the open workspace. A file that nobody has trusted yet is read and nothing else: its
//! environments say where requests and secrets go.
//!
//! Invariant: a command that is not named here needs all there is, so that a new one is refused until somebody thought
//! of it. The engine refuses by itself too, should one be named wrongly.

use serde_json::Value;

use crate::session::{Api, on_disk};
use crate::wire::ApiError;

/// What a command needs, from the least on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// No workspace, or any.
    Nothing,
    /// To read the workspace.
    Read,
    /// To write it.
    Write,
    /// To reach an environment.
    Reach,
}

/// Commands about the program, or about which workspace is open.
const NOTHING: &[&str] = &[
    "app_status",
    "workspace_create",
    "workspace_open",
    "workspace_close",
    "workspace_places",
    "workspace_trust",
    "sample_open",
    "sample_reset",
    "person_set",
    "preferences",
    "preference_set",
    "job_cancel",
];
/// Commands that only read what is stored.
const READ: &[&str] = &[
    "environment_list",
    "environment_get",
    "capture_list",
    "compare_changes",
    "release_list",
    "release_get",
    "release_environment",
    "timeline",
    "thread_list",
    "comment_list",
    "change_rows",
    "change_place",
    "change_order",
    "diff",
    "diff_rows",
    "diff_find",
    "documents",
    "changes_find",
    "picture",
    "patch",
    "plan_operations",
    "plan_needs",
    "plan_blocked",
    "plan_drift",
    "plan_skipped",
    "plan_cycles",
    "plan_graph",
    "rollback_selected",
    "rollback_resources",
    "deployment_list",
    "deployment_get",
    "deployment_operations",
    "trail",
    "audit_verify",
];
/// Commands that write the workspace and nothing else.
const WRITE: &[&str] = &[
    "environment_remove",
    "release_describe",
    "release_include",
    "release_open",
    "release_cancel",
    "review_submit",
    "review_dismiss",
    "comment_add",
    "comment_resolve",
    "viewed_set",
    "audit_rebuild",
    "audit_export",
];

impl Need {
    pub(crate) fn of(name: &str, request: &Value) -> Self {
        let is_offline = request["capture"] == Value::Bool(false);
        match name {
            name if NOTHING.contains(&name) => Self::Nothing,
            name if READ.contains(&name) => Self::Read,
            name if WRITE.contains(&name) => Self::Write,
            "compare" if is_offline => Self::Read,
            "plan" | "release_create" if is_offline => Self::Write,
            _ => Self::Reach,
        }
    }
}

impl Api {
    /// Lets a command at the open workspace, or says why not. What the sample serves answers from then on.
    pub(crate) async fn admit(&self, name: &str, request: &Value) -> Result<(), ApiError> {
        let need = Need::of(name, request);
        let Ok(workspace) = self.workspace() else {
            return Ok(());
        };
        if need > Need::Read && workspace.info.is_read_only {
            return Err(match workspace.info.missing_records {
                0 => ApiError::read_only(),
                missing => ApiError::older_copy(missing),
            });
        }
        if need == Need::Reach && workspace.info.is_sample {
            let host = self.host.clone();
            on_disk(move || {
                if let Some(folder) = std::path::Path::new(&workspace.info.path).parent() {
                    host.serve_sample(folder);
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_name_is_a_command_and_stands_in_one_list() {
        let all: Vec<&str> = [NOTHING, READ, WRITE].concat();
        for name in &all {
            assert!(crate::NAMES.contains(name), "{name} is no command");
            let count = all.iter().filter(|other| *other == name).count();
            assert_eq!(count, 1, "{name} stands in one list");
        }
        let others: Vec<&str> = (crate::NAMES.iter())
            .filter(|name| !all.contains(name))
            .copied()
            .collect();
        assert_eq!(
            others,
            [
                "environment_probe",
                "environment_add",
                "environment_change",
                "capture",
                "compare",
                "release_create",
                "release_refresh",
                "plan",
                "deploy",
                "deployment_resume",
                "deployment_retry",
                "deployment_cancel",
                "rollback_plan",
                "rollback_dry_run",
                "rollback_execute",
            ],
            "these reach an environment; a new one that does not belongs into a list above"
        );
    }

    #[test]
    fn what_is_not_known_needs_all() {
        for (name, request, need) in [
            ("environment_list", json!({}), Need::Read),
            ("compare", json!({ "capture": false }), Need::Read),
            ("compare", json!({ "capture": true }), Need::Reach),
            ("compare", json!({}), Need::Reach),
            ("plan", json!({ "capture": false }), Need::Write),
            ("capture", json!({ "capture": false }), Need::Reach),
            ("environment_probe", json!({}), Need::Reach),
            ("something_new", json!({ "capture": false }), Need::Reach),
        ] {
            assert_eq!(Need::of(name, &request), need, "{name} {request}");
        }
    }
}
