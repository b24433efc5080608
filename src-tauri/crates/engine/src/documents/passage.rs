//! What is ruled for documents on their way into an environment: by people, and by what only one of the two places has.

use slipway_domain::{
    Change, CompiledRules, Environment, PatternError, ResourceKey, Rule, RuleAction, Rules,
    SnapshotId, Version,
};

use super::json::read_json;
use super::keep::{Kept, holds_any, keep_fields};
use super::{Documents, EngineError};
use crate::platform::{Apart, Semantics, Vocabulary};

/// The rules for what goes into one environment from one capture.
#[derive(Debug)]
pub(crate) struct Passage {
    /// Those that people made.
    own: CompiledRules,
    /// What only the environment has a name for, and stays.
    stays: CompiledRules,
    /// What only the source has a name for, and is left out.
    lacks: CompiledRules,
}

impl Passage {
    /// Into an environment with the second names, from a place with the first; `None` when the content is the environment's own.
    ///
    /// # Errors
    /// When a rule's pattern can't be read.
    pub(crate) fn new(
        semantics: &dyn Semantics,
        environment: &Environment,
        names: Option<(&Vocabulary, &Vocabulary)>,
    ) -> Result<Self, PatternError> {
        let apart = names.map(|(source, here)| semantics.apart(source, here));
        let Apart { stays, lacks } = apart.unwrap_or_default();
        Ok(Self {
            own: environment.settings.rules.compile()?,
            stays: Rules(stays).compile()?,
            lacks: Rules(lacks).compile()?,
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

    /// The rules that keep fields of a resource as the environment has them. Of those about what only it has a name for, the
    /// ones that its document `there` has such a field for.
    ///
    /// # Errors
    /// When that document can't be read.
    pub(crate) fn keeping(
        &self,
        key: &ResourceKey,
        there: impl FnOnce() -> Result<Vec<u8>, EngineError>,
    ) -> Result<Vec<&Rule>, EngineError> {
        let own = self.own.matching(key);
        let mut rules: Vec<&Rule> = own
            .filter(|rule| rule.action == RuleAction::Keep && !rule.fields.is_empty())
            .collect();
        let mut stays: Vec<&Rule> = self.stays.matching(key).collect();
        if !stays.is_empty() {
            let there = read_json(&there()?);
            stays.retain(|rule| holds_any(there.as_ref(), &rule.fields));
            rules.extend(stays);
        }
        Ok(rules)
    }

    /// The patterns of [`Passage::keeping`].
    ///
    /// # Errors
    /// As there.
    pub(crate) fn kept_fields(
        &self,
        key: &ResourceKey,
        there: impl FnOnce() -> Result<Vec<u8>, EngineError>,
    ) -> Result<Vec<String>, EngineError> {
        let rules = self.keeping(key, there)?.into_iter();
        Ok(rules.flat_map(|rule| rule.fields.clone()).collect())
    }

    /// The rules that leave fields of a resource out.
    fn lacking(&self, key: &ResourceKey) -> Vec<&Rule> {
        self.lacks.matching(key).collect()
    }
}

impl Documents {
    /// A change without what the environment has no name for; `None` when nothing else differs. `left_out` is called with the
    /// rule of each thing that is left out.
    ///
    /// # Errors
    /// When the store does not hold a document.
    pub(crate) fn without_unknown(
        &self,
        semantics: &dyn Semantics,
        passage: &Passage,
        change: Change,
        mut left_out: impl FnMut(&Rule, &ResourceKey),
    ) -> Result<Option<Change>, EngineError> {
        let key = &change.resource;
        let mut lacking = passage.lacking(key);
        let Some(after) = change.after.filter(|_| !lacking.is_empty()) else {
            return Ok(Some(change));
        };
        let whole = self.document(&after)?;
        let document = read_json(&whole);
        lacking.retain(|rule| holds_any(document.as_ref(), &rule.fields));
        let fields: Vec<&String> = lacking.iter().flat_map(|rule| &rule.fields).collect();
        let kept = keep_fields(&whole, b"{}", &fields);
        let Ok(Kept {
            document: Some(rest),
            ..
        }) = kept
        else {
            return Ok(Some(change));
        };
        for rule in lacking {
            left_out(rule, key);
        }
        let Ok(digest) = semantics.digest(key, &rest) else {
            return Ok(Some(change));
        };
        let blob = self.put(rest)?;
        Ok(Change::between(
            key,
            change.before,
            Some(Version { digest, blob }),
        ))
    }

    /// Sentences about what resources have in the source, and is left out of what is written.
    ///
    /// # Errors
    /// When the store does not hold a document.
    pub(crate) fn left_out(
        &self,
        passage: &Passage,
        source: &SnapshotId,
        keys: impl Iterator<Item = ResourceKey>,
    ) -> Result<Vec<(ResourceKey, String)>, EngineError> {
        let keys: Vec<ResourceKey> = keys
            .filter(|key| !passage.lacking(key).is_empty())
            .collect();
        let store = self.ledger.store();
        let found = store.read(|reader| reader.lookup(source, &keys))?;
        let mut said = Vec::new();
        for (key, version) in found {
            let document = read_json(&self.document(&version)?);
            for rule in passage.lacking(&key) {
                if holds_any(document.as_ref(), &rule.fields) {
                    said.push((key.clone(), format!("{} That is left out.", rule.reason)));
                }
            }
        }
        Ok(said)
    }
}
