//! Environments: places that hold resources, and what may happen to them.

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::ids::{ConnectionDigest, EnvironmentId, Millis, RulesDigest};
use crate::pattern::{KeyPatterns, PatternError};
use crate::resource::ResourceKey;

/// How close to customers an environment is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Where changes are made.
    #[default]
    Development,
    /// Where changes are tried.
    Staging,
    /// Where customers are.
    Production,
}

impl Tier {
    /// Every tier, the one closest to customers last.
    pub const ALL: [Self; 3] = [Self::Development, Self::Staging, Self::Production];

    /// The approvals that an environment of the tier asks for unless it has a policy of its own.
    pub fn approval_policy(self) -> ApprovalPolicy {
        ApprovalPolicy {
            required: u32::from(self == Self::Production),
            author_counts: true,
        }
    }
}

/// How an environment that is a folder is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// A Shopify theme at the folder's root.
    Theme,
    /// `<kind>/<key>.json` at the root, or `theme/` and `objects/` side by side.
    Objects,
    /// The same content under `releases/<digest>/` with a `current` link.
    Releases,
}

/// What an [`Environment`] is made from; everything that a person can set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EnvironmentDraft {
    /// Unique in the workspace, without regard to case; 1 to 80 characters.
    pub name: String,
    /// The adapter: `folder`, `shopify`, `fluent`.
    pub platform: String,
    /// How close to customers it is.
    pub tier: Tier,
    /// Where releases go from here.
    pub promotes_to: Option<EnvironmentId>,
    /// What the platform needs to reach it, without secrets: for a folder `{"path","layout"}`.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
    pub connection: serde_json::Value,
    /// What is never captured, never deployed, or kept as it is here.
    pub rules: Rules,
    /// Who has to agree before a deployment; `None`: what the tier asks for.
    pub approvals: Option<ApprovalPolicy>,
}

/// A place that holds resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Environment {
    /// Its identity.
    pub id: EnvironmentId,
    /// When it was added.
    pub added_at: Millis,
    /// What people set.
    #[serde(flatten)]
    pub settings: EnvironmentDraft,
}

impl Environment {
    /// The approvals that a deployment to it needs: its own policy, else its tier's.
    pub fn approval_policy(&self) -> ApprovalPolicy {
        let own = self.settings.approvals.clone();
        own.unwrap_or_else(|| self.settings.tier.approval_policy())
    }

    /// Identifies what its rules leave out and keep, in their order.
    pub fn rules_digest(&self) -> RulesDigest {
        let bytes = serde_json::to_vec(&self.settings.rules).expect("BUG: rules are plain data");
        RulesDigest(blake3::derive_key("slipway environment rules v1", &bytes))
    }

    /// Identifies where it is: its platform and connection, whatever the order in which that was written.
    pub fn connection_digest(&self) -> ConnectionDigest {
        let EnvironmentDraft {
            platform,
            connection,
            ..
        } = &self.settings;
        let bytes = canonical::to_vec(&serde_json::json!([platform, connection]));
        ConnectionDigest(blake3::derive_key(
            "slipway environment connection v1",
            &bytes,
        ))
    }
}

/// How many people have to approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ApprovalPolicy {
    /// Approvals needed on the very effect that is deployed; 0 to 10.
    pub required: u32,
    /// Whether the release's author may be one of them.
    pub author_counts: bool,
}

/// What a rule does with the resources or fields that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum RuleAction {
    /// Not captured at all: nobody sees it in a comparison.
    Ignore,
    /// Captured and shown, never deployed to this environment.
    Hold,
    /// Kept as this environment has it, whatever a release says (whole resources, or the fields named).
    Keep,
}

/// One rule of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Rule {
    /// What it does.
    pub action: RuleAction,
    /// A glob on resource keys, see [`KeyPatterns`].
    pub resources: String,
    /// Field paths, `current.settings.tracking_id` with `*` for any one name or index; only for [`RuleAction::Keep`]; none: the whole resource.
    pub fields: Vec<String>,
    /// Why, in a sentence that people read where the rule leaves something out.
    pub reason: String,
}

/// The rules of an environment, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Rules(pub Vec<Rule>);

impl Rules {
    /// Compiles the rules for use on many keys.
    ///
    /// # Errors
    /// The first pattern that can't be read.
    pub fn compile(&self) -> Result<CompiledRules, PatternError> {
        self.0
            .iter()
            .map(|rule| Ok((KeyPatterns::new(&[&rule.resources])?, rule.clone())))
            .collect::<Result<_, _>>()
            .map(CompiledRules)
    }
}

/// Rules ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct CompiledRules(Vec<(KeyPatterns, Rule)>);

impl CompiledRules {
    /// The first rule that keeps the resource from being captured.
    pub fn ignores(&self, key: &ResourceKey) -> Option<&Rule> {
        self.first(key, |rule| rule.action == RuleAction::Ignore)
    }

    /// The first rule that keeps the whole resource from being deployed here.
    pub fn withholds(&self, key: &ResourceKey) -> Option<&Rule> {
        self.first(key, |rule| match rule.action {
            RuleAction::Ignore | RuleAction::Hold => true,
            RuleAction::Keep => rule.fields.is_empty(),
        })
    }

    /// The field paths of the resource that stay as this environment has them.
    pub fn kept_fields(&self, key: &ResourceKey) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(pattern, rule)| rule.action == RuleAction::Keep && pattern.matches(key))
            .flat_map(|(_, rule)| rule.fields.iter().map(String::as_str))
            .collect()
    }

    /// The first rule that keeps a field of the resource, by the field's pattern.
    pub fn keeps(&self, key: &ResourceKey, field: &str) -> Option<&Rule> {
        self.first(key, |rule| {
            rule.action == RuleAction::Keep && rule.fields.iter().any(|kept| kept == field)
        })
    }

    /// The rules for a resource, in order.
    pub fn matching(&self, key: &ResourceKey) -> impl Iterator<Item = &Rule> {
        let rules = self.0.iter().filter(|(pattern, _)| pattern.matches(key));
        rules.map(|(_, rule)| rule)
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn first(&self, key: &ResourceKey, wanted: impl Fn(&Rule) -> bool) -> Option<&Rule> {
        self.0
            .iter()
            .find(|(pattern, rule)| wanted(rule) && pattern.matches(key))
            .map(|(_, rule)| rule)
    }
}
