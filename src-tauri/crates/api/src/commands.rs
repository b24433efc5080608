//! The one table of commands: name, request, response. Dispatch, the TypeScript types and the hosts follow from it.

use serde_json::Value;
use slipway_domain::{Blocked, Comment, Drift, OperationId, SkippedChange};

use crate::wire::*;
use crate::{Api, handlers};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident: $request:ty => $response:ty, $handler:path;)*) => {
        /// The names of all commands.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl Api {
            /// Does the command of a name.
            ///
            /// # Errors
            /// What the command's errors are; [`ErrorCode::Invalid`] for an unknown name or a malformed request.
            pub async fn call(&self, name: &str, request: Value) -> Result<Value, ApiError> {
                self.admit(name, &request).await?;
                match name {
                    $(stringify!($name) => {
                        let request: $request = parse(name, request)?;
                        let response: $response = $handler(self, request).await?;
                        Ok(serde_json::to_value(response).expect("BUG: responses are plain data"))
                    })*
                    _ => Err(ApiError {
                        code: ErrorCode::Invalid,
                        message: format!("There is no command `{name}`"),
                        hint: String::new(),
                        retryable: false,
                    }),
                }
            }
        }

        /// What each command takes and gives, for TypeScript.
        #[derive(ts_rs::TS)]
        #[allow(dead_code, missing_docs, reason = "only its TypeScript form is used; each field is a command's name")]
        pub struct Commands {
            $(pub $name: CommandTypes<$request, $response>,)*
        }
    };
}

/// The request and the response of a command.
#[derive(ts_rs::TS)]
#[allow(dead_code, reason = "only its TypeScript form is used")]
pub struct CommandTypes<Request, Response> {
    /// What it takes.
    pub request: Request,
    /// What it gives.
    pub response: Response,
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, request: Value) -> Result<T, ApiError> {
    serde_json::from_value(request).map_err(|error| ApiError {
        code: ErrorCode::Invalid,
        message: format!("The request of `{name}` is malformed: {error}"),
        hint: String::new(),
        retryable: false,
    })
}

commands! {
    app_status: Empty => AppStatus, handlers::workspace::status;
    workspace_create: WorkspaceCreate => WorkspaceInfo, handlers::workspace::create;
    workspace_open: WorkspaceOpen => WorkspaceInfo, handlers::workspace::open;
    workspace_close: Empty => Done, handlers::workspace::close;
    workspace_places: Empty => WorkspacePlaces, handlers::workspace::places;
    workspace_trust: WorkspaceTrust => WorkspaceInfo, handlers::workspace::trust;
    sample_open: Empty => WorkspaceInfo, handlers::workspace::open_sample;
    sample_reset: Empty => WorkspaceInfo, handlers::workspace::reset_sample;
    person_set: PersonSet => Done, handlers::workspace::set_person;
    preferences: Empty => Preferences, handlers::workspace::preferences;
    preference_set: PreferenceSet => Done, handlers::workspace::set_preference;
    job_cancel: JobCancel => Done, handlers::workspace::cancel_job;

    environment_list: Empty => EnvironmentList, handlers::environment::list;
    environment_get: EnvironmentGet => EnvironmentView, handlers::environment::get;
    environment_probe: EnvironmentProbe => ProbeResult, handlers::environment::probe;
    environment_add: EnvironmentAdd => EnvironmentView, handlers::environment::add;
    environment_change: EnvironmentChange => EnvironmentView, handlers::environment::change;
    environment_remove: EnvironmentGet => Done, handlers::environment::remove;
    capture: CaptureStart => CaptureInfo, handlers::environment::capture;
    capture_list: CaptureListGet => Page<CaptureRun>, handlers::environment::captures;
    compare: CompareStart => CompareResult, handlers::environment::compare;
    compare_changes: CompareChangesGet => Page<ComparedResource>, handlers::environment::compared_changes;

    release_list: ReleaseListGet => ReleaseList, handlers::release::list;
    release_get: ReleaseGet => ReleaseView, handlers::release::get;
    release_environment: ReleaseEnvironmentGet => ReleaseEnvironment, handlers::release::environment;
    release_create: ReleaseCreate => ReleaseView, handlers::release::create;
    release_describe: ReleaseDescribe => ReleaseView, handlers::release::describe;
    release_refresh: ReleaseRefresh => ReleaseView, handlers::release::refresh;
    release_include: ReleaseInclude => IncludeResult, handlers::release::include;
    release_open: ReleaseGet => ReleaseView, handlers::release::open;
    release_cancel: ReleaseCancel => ReleaseView, handlers::release::cancel;
    review_submit: ReviewSubmit => ReleaseView, handlers::release::review;
    review_dismiss: ReviewDismiss => ReleaseView, handlers::release::dismiss;
    timeline: TimelineGet => Page<Moment>, handlers::conversation::timeline;
    thread_list: ThreadListGet => Page<Thread>, handlers::conversation::thread_list;
    comment_list: CommentListGet => Page<Comment>, handlers::conversation::comment_list;
    comment_add: CommentAdd => ReleaseView, handlers::release::comment;
    comment_resolve: CommentResolve => ReleaseView, handlers::release::resolve;

    change_rows: ChangeRowsGet => ChangeRows, handlers::changes::rows;
    change_place: ChangePlaceGet => ChangePlace, handlers::changes::place;
    change_order: ChangeOrderGet => ChangeOrder, handlers::changes::order;
    viewed_set: ViewedSet => Done, handlers::changes::set_viewed;
    diff: DiffOf => DiffView, handlers::diffs::diff;
    diff_rows: DiffRowsGet => DiffRows, handlers::diffs::diff_rows;
    diff_find: DiffFind => DiffFound, handlers::diffs::find;
    documents: DocumentsGet => Documents, handlers::diffs::documents;
    changes_find: ChangesFind => ChangesFound, handlers::diffs::find_all;
    picture: PictureGet => PictureView, handlers::changes::picture;
    patch: PatchGet => Patch, handlers::patches::patch;

    plan: PlanGet => PlanView, handlers::deployment::plan;
    plan_operations: PlanOperationsGet => Page<PlanOperation>, handlers::plan::operations;
    plan_needs: PlanNeedsGet => Page<OperationId>, handlers::plan::needs;
    plan_blocked: PlanPageGet => Page<Blocked>, handlers::plan::blocked;
    plan_drift: PlanPageGet => Page<Drift>, handlers::plan::drift;
    plan_skipped: PlanPageGet => Page<SkippedChange>, handlers::plan::skipped;
    plan_cycles: PlanPageGet => Page<CycleMember>, handlers::plan::cycles;
    plan_graph: PlanGraphGet => PlanGraph, handlers::plan::draw;
    deploy: DeployStart => DeploymentStarted, handlers::deployment::deploy;
    deployment_list: DeploymentListGet => DeploymentList, handlers::deployment::list;
    deployment_get: DeploymentGet => DeploymentView, handlers::deployment::get;
    deployment_operations: OperationsGet => Operations, handlers::deployment::operations;
    deployment_resume: DeploymentGet => DeploymentStarted, handlers::deployment::resume;
    deployment_retry: DeploymentGet => DeploymentStarted, handlers::deployment::retry;
    deployment_cancel: DeploymentGet => Done, handlers::deployment::cancel;

    rollback_plan: RollbackAsk => RollbackView, handlers::rollback::plan;
    rollback_selected: RollbackSelectedGet => RollbackSelected, handlers::rollback::selected;
    rollback_resources: RollbackResourcesGet => Page<RollbackRow>, handlers::rollback::resources;
    rollback_dry_run: RollbackAsk => RollbackDryRun, handlers::rollback::dry_run;
    rollback_execute: RollbackAsk => RollbackStarted, handlers::rollback::execute;

    trail: TrailGet => Trail, handlers::trail::list;
    audit_verify: Empty => AuditResult, handlers::trail::verify;
    audit_rebuild: Empty => AuditResult, handlers::trail::rebuild;
    audit_export: AuditExport => AuditExported, handlers::trail::export;
}
