//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

/// Moves store data, theme files and configuration between environments: capture, compare, review, deploy, roll back.
#[derive(Debug, Parser)]
#[command(
    name = "slipway",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 refused (approval, rule, irreversible), 4 drift or conflict.\nWithout arguments the window opens, where it is installed."
)]
pub(crate) struct Arguments {
    /// The workspace file; by default the one that was used last.
    #[arg(long, global = true, env = "SLIPWAY_WORKSPACE", value_name = "PATH")]
    pub(crate) workspace: Option<PathBuf>,
    /// Print exactly one JSON object on stdout; progress and messages go to stderr.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Who acts: "Name <mail>". By default git's user, then the system's.
    #[arg(long, global = true, env = "SLIPWAY_USER", value_name = "NAME <MAIL>")]
    pub(crate) user: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a workspace, or trust one from elsewhere.
    #[command(subcommand)]
    Workspace(Workspace),
    /// Write the sample shop and a workspace for it, or restore it.
    #[command(subcommand)]
    Sample(Sample),
    /// Add, list and remove environments.
    #[command(subcommand)]
    Env(Env),
    /// Take an immutable snapshot of what an environment holds.
    Capture {
        /// The environment.
        environment: String,
        /// Stop at the first resource that can't be read, instead of naming it and going on.
        #[arg(long)]
        stop_at_unreadable: bool,
    },
    /// Show what differs between two environments: from what B holds to what A holds.
    Compare {
        /// Where changes would come from.
        a: String,
        /// Where they would go.
        b: String,
        /// Compare the latest captures instead of looking again.
        #[arg(long)]
        offline: bool,
    },
    /// Create, open, cancel and look at releases.
    #[command(subcommand)]
    Release(Release),
    /// Approve a release, request changes, or comment on it.
    Review(Review),
    /// Show what deploying a release would do.
    Plan {
        /// The release.
        tag: String,
        /// The environment; by default the release's target.
        #[arg(long)]
        to: Option<String>,
        /// Plan against the latest capture instead of looking again.
        #[arg(long)]
        offline: bool,
    },
    /// Deploy a release and wait for the end.
    Deploy {
        /// The release.
        tag: String,
        /// The environment; by default the release's target.
        #[arg(long)]
        to: Option<String>,
        /// Show what would be done, and whether it would be refused; write nothing.
        #[arg(long)]
        dry_run: bool,
        /// Go past the review; needs a reason.
        #[arg(long, requires = "reason")]
        quick: bool,
        /// Why the review is skipped; stays in the trail.
        #[arg(long, requires = "quick")]
        reason: Option<String>,
    },
    /// List, show, resume, retry and cancel deployments.
    #[command(subcommand)]
    Deployment(Deployment),
    /// Take the latest deployment to an environment back, or another one.
    Rollback(Rollback),
    /// Check, rebuild or export the trail of everything that was decided.
    Audit(Audit),
    /// Serve simulated shops on this machine until it is stopped.
    Sandbox(Sandbox),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Workspace {
    /// Make an empty workspace.
    Init {
        /// Its file; must not be there yet.
        path: PathBuf,
    },
    /// Show where a workspace's environments are, and trust it.
    ///
    /// A file that was not made on this machine is only read: it says where requests and tokens go. Once you have seen
    /// where, and said yes, it is used like your own; when somebody else changes that, you are asked again.
    Trust {
        /// Its file.
        path: PathBuf,
        /// Trust it without asking, for scripts; what it leads to is printed all the same.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sample {
    /// Open the sample in the user's data folder; make it if it is not there.
    Open,
    /// Restore it as it was at first.
    Reset,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Layout {
    Auto,
    Theme,
    Objects,
    Releases,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Tier {
    Development,
    Staging,
    Production,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum UnknownMetafields {
    Keep,
    Remove,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ThemeStrategy {
    InPlace,
    Staged,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Env {
    /// Add an environment.
    Add(Box<EnvAdd>),
    /// List the environments in promotion order.
    List,
    /// No longer look after an environment; what it holds stays as it is.
    Remove {
        /// The environment.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EnvAdd {
    /// Its name.
    pub(crate) name: String,
    /// The kind of system that it is.
    #[arg(long)]
    pub(crate) platform: String,
    /// Its folder (platform folder).
    #[arg(long, value_name = "DIR", required_if_eq("platform", "folder"))]
    pub(crate) path: Option<PathBuf>,
    /// How the folder is laid out.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) layout: Layout,
    /// Its store, as `name.myshopify.com` (platform shopify). The access token comes from $SLIPWAY_TOKEN, else from stdin,
    /// and goes to the keyring. Without a keyring, later commands take it from $SLIPWAY_TOKEN_NAME, named after the store.
    #[arg(long, value_name = "HOST", required_if_eq("platform", "shopify"))]
    pub(crate) store: Option<String>,
    /// Another address at which the store answers; http on this machine only. Tokens that were given for the store's own
    /// address are not sent there.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Its theme: the live one, or one by its number.
    #[arg(long, value_name = "live|ID")]
    pub(crate) theme: Option<String>,
    /// Whether theme files are written where they are shown, or to a copy that is published in one step.
    #[arg(long, value_enum)]
    pub(crate) theme_strategy: Option<ThemeStrategy>,
    /// What becomes of metafields of namespaces that a release's source does not know, as apps have them.
    #[arg(long, value_enum)]
    pub(crate) unknown_metafields: Option<UnknownMetafields>,
    /// The version of the Admin API, as 2026-10.
    #[arg(long, value_name = "VERSION")]
    pub(crate) api_version: Option<String>,
    /// The id of an app: what is given as the token is its secret then, and tokens are fetched with it.
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// How close to customers it is.
    #[arg(long, value_enum, default_value = "development")]
    pub(crate) tier: Tier,
    /// Where releases go from here.
    #[arg(long, value_name = "NAME")]
    pub(crate) promotes_to: Option<String>,
    /// Never capture what this glob matches; may be given again.
    #[arg(long, value_name = "GLOB")]
    pub(crate) ignore: Vec<String>,
    /// Capture and show, but never deploy here, what this glob matches; may be given again.
    #[arg(long, value_name = "GLOB")]
    pub(crate) hold: Vec<String>,
    /// Keep what this glob matches as it is here, or only these fields of it; may be given again.
    #[arg(long, value_name = "GLOB[=FIELD,…]")]
    pub(crate) keep: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The port to listen on; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// A folder in which the shops keep what they hold; without one, all is as at first at each start.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// End when stdin does: with the program that started this one.
    #[arg(long, hide = true)]
    pub(crate) with_parent: bool,
    /// A shop, and what it holds at first; may be given again. Without one: two shops with differences between them.
    #[arg(long, value_name = "NAME[=SEED]")]
    pub(crate) shop: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Objects,
    Theme,
    Hybrid,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Release {
    /// Make a draft from what two environments differ in.
    Create {
        /// Its tag; unique in the workspace.
        tag: String,
        /// Where the changes come from.
        #[arg(long, value_name = "ENV")]
        from: String,
        /// Where they go.
        #[arg(long, value_name = "ENV")]
        to: String,
        /// What it may hold; by default what both environments hold.
        #[arg(long = "type", value_enum)]
        kind: Option<Kind>,
        /// Include only what this glob on resource keys matches; may be given again.
        #[arg(long, value_name = "GLOB")]
        include: Vec<String>,
        /// Leave out what this glob matches; may be given again.
        #[arg(long, value_name = "GLOB")]
        exclude: Vec<String>,
        /// What it is about.
        #[arg(long, default_value = "")]
        notes: String,
        /// It may delete most of what the target holds, or all that the source has lost.
        #[arg(long)]
        allow_deletes: bool,
    },
    /// Seal a draft and open it for review; an open release that was edited gets its next revision.
    Open {
        /// The release.
        tag: String,
    },
    /// Capture both environments and compare them again.
    Refresh {
        /// The release.
        tag: String,
        /// It may delete most of what the target holds, or all that the source has lost.
        #[arg(long)]
        allow_deletes: bool,
    },
    /// Give a release up.
    Cancel {
        /// The release.
        tag: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// List releases, latest decision first.
    List,
    /// Show a release.
    Show {
        /// The release.
        tag: String,
    },
    /// Print a release as a patch that `git apply` takes.
    Diff {
        /// The release.
        tag: String,
        /// Only this resource.
        #[arg(long, value_name = "KEY")]
        resource: Option<String>,
        /// Lines of context.
        #[arg(long, value_name = "N")]
        unified: Option<u32>,
    },
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("verdict").required(true).args(["approve", "request_changes", "comment"]))]
pub(crate) struct Review {
    /// The release.
    pub(crate) tag: String,
    /// It may be deployed.
    #[arg(long)]
    pub(crate) approve: bool,
    /// It must not be deployed as it is; needs a message.
    #[arg(long)]
    pub(crate) request_changes: bool,
    /// A remark; needs a message.
    #[arg(long)]
    pub(crate) comment: bool,
    /// What you have to say.
    #[arg(long, default_value = "")]
    pub(crate) message: String,
    /// The environment whose effect is reviewed; by default the release's target.
    #[arg(long, visible_alias = "to", value_name = "ENV")]
    pub(crate) environment: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Deployment {
    /// List deployments, newest first.
    List,
    /// Show a deployment with its operations.
    Show {
        /// The deployment.
        id: String,
    },
    /// Take up a deployment that was interrupted, and wait for the end.
    Resume {
        /// The deployment.
        id: String,
    },
    /// Try what failed again, and wait for the end.
    Retry {
        /// The deployment.
        id: String,
    },
    /// Stop a deployment: what is under way is finished, the rest is left out.
    Cancel {
        /// The deployment.
        id: String,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Edits {
    /// Leave what was edited since as it is.
    #[default]
    Keep,
    /// Put the old version back over the edit.
    Overwrite,
    /// Take the deployment's part back and keep the edit.
    Merge,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("step").required(true).args(["plan", "dry_run", "execute"]))]
pub(crate) struct Rollback {
    /// The environment.
    pub(crate) environment: String,
    /// The deployment; by default the latest that can be rolled back.
    #[arg(long, value_name = "ID")]
    pub(crate) deployment: Option<String>,
    /// Show what returns to which version, and what can't be undone.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Show also the operations that would be sent; write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it, and wait for the end.
    #[arg(long)]
    pub(crate) execute: bool,
    /// Roll back only what this glob on resource keys matches; may be given again.
    #[arg(long, value_name = "GLOB")]
    pub(crate) only: Vec<String>,
    /// What to do with resources that were edited since.
    #[arg(long, value_enum, default_value = "keep")]
    pub(crate) edits: Edits,
    /// Go past the approvals that it lacks; the reason stays in the trail.
    #[arg(long, value_name = "REASON", requires = "execute")]
    pub(crate) quick: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").args(["verify", "rebuild", "export"]))]
pub(crate) struct Audit {
    /// Check every record and every chain (the default).
    #[arg(long)]
    pub(crate) verify: bool,
    /// Derive everything that is shown from the records anew.
    #[arg(long)]
    pub(crate) rebuild: bool,
    /// Write the trail to a file, one JSON record a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
}
