//! What is ruled for documents on their way into an environment: by people, and by what only one of the two places has.

use slipway_domain::{
    Change, CompiledRules, Environment, PatternError, ResourceKey, Rule, Rules, Version,
};

use super::keep::{Kept, holds_any, keep_fields};
use super::{Documents, EngineError};
use crate::capture::{CaptureNotes, LeftOutCount};
use crate::platform::Remote;

/// The rules for what goes into one environment from one capture.
#[derive(Debug)]
pub(crate) struct Passage {
    /// All that keep something back or as it is there, in order.
    pub(crate) rules: Rules,
    /// Those that people made.
    own: CompiledRules,
    /// What only the environment has a name for, and stays.
    stays: CompiledRules,
    /// What only the source has a name for, and is left out.
    lacks: CompiledRules,
}

impl Passage {
    /// Into an environment that holds what was noted as `here`, from a place that was seen as `source` says; `None` when the
    /// content is the environment's own.
    ///
    /// # Errors
    /// When a rule's pattern can't be read.
    pub(crate) fn new(
        remote: &dyn Remote,
        environment: &Environment,
        notes: Option<(&CaptureNotes, &CaptureNotes)>,
    ) -> Result<Self, PatternError> {
        let apart = notes.map(|(source, here)| remote.apart(&source.vocabulary, &here.vocabulary));
        let apart = apart.unwrap_or_default();
        let own = &environment.settings.rules;
        let mut rules = own.clone();
        rules.0.extend(apart.stays.iter().cloned());
        Ok(Self {
            rules,
            own: own.compile()?,
            stays: Rules(apart.stays).compile()?,
            lacks: Rules(apart.lacks).compile()?,
        })
    }

    /// The first rule that keeps the whole resource from being deployed.
    pub(crate) fn withholds(&self, key: &ResourceKey) -> Option<&Rule> {
        self.own.withholds(key)
    }

    /// The first rule that keeps a field of the resource, by the field's pattern.
    pub(crate) fn keeps(&self, key: &ResourceKey, field: &str) -> Option<&Rule> {
        let own = self.own.keeps(key, field);
        own.or_else(|| self.stays.keeps(key, field))
    }

    /// The fields of a resource that stay as the environment has them. Of those that only it has a name for, the ones that
    /// `there`, its document, holds.
    ///
    /// # Errors
    /// When that document can't be read.
    pub(crate) fn kept_fields(
        &self,
        key: &ResourceKey,
        there: impl FnOnce() -> Result<Vec<u8>, EngineError>,
    ) -> Result<Vec<String>, EngineError> {
        let mut fields = self.own.kept_fields(key);
        let stays = self.stays.kept_fields(key);
        if !stays.is_empty() {
            fields.extend(holds_any(&there()?, stays));
        }
        Ok(fields.into_iter().map(str::to_owned).collect())
    }

    /// The rules that leave fields of a resource out.
    fn lacking(&self, key: &ResourceKey) -> Vec<&Rule> {
        self.lacks.matching(key).collect()
    }
}

impl Documents {
    /// A change without what the environment has no name for; `None` when nothing else differs. What is left out is counted.
    ///
    /// # Errors
    /// When the store does not hold a document.
    pub(crate) fn without_unknown(
        &self,
        remote: &dyn Remote,
        passage: &Passage,
        change: Change,
        left_out: &mut LeftOutCount,
    ) -> Result<Option<Change>, EngineError> {
        let key = &change.resource;
        let lacking = passage.lacking(key);
        let Some(after) = change.after.filter(|_| !lacking.is_empty()) else {
            return Ok(Some(change));
        };
        let whole = self.document(&after)?;
        let mut rest: Option<Vec<u8>> = None;
        for rule in lacking {
            let kept = keep_fields(rest.as_deref().unwrap_or(&whole), b"{}", &rule.fields);
            if let Ok(Kept {
                document: Some(without),
                ..
            }) = kept
            {
                left_out.add(rule, key);
                rest = Some(without);
            }
        }
        let Some(rest) = rest else {
            return Ok(Some(change));
        };
        let Ok(digest) = remote.digest(key, &rest) else {
            return Ok(Some(change));
        };
        let blob = self.put(rest)?;
        Ok(Change::between(
            key,
            change.before,
            Some(Version { digest, blob }),
        ))
    }
}
