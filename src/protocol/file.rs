//! Protocol files: TOML with a strict schema, errors with line and remedy.

use super::{AppliesTo, Goal, ProtocolError};
use crate::provenance::sha256_hex;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// Something to read beside the verdicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caveat {
    /// The caveat.
    pub text: String,
    /// Key of the reference that says so.
    pub source: String,
    /// Page, table or section.
    pub locator: String,
}

/// A protocol: goals and what they apply to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Protocol {
    /// Short name.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The protocol that it builds on.
    pub extends: Option<String>,
    /// The treatments that it is for.
    pub applies_to: AppliesTo,
    /// Its goals; those of the base first.
    pub goals: Vec<Goal>,
    /// What to read beside the verdicts.
    pub caveats: Vec<Caveat>,
    /// SHA-256 of its text, and of its base's where it has one.
    pub sha256: String,
}

/// One file as it stands, before its base is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtocolFile {
    pub(super) id: String,
    title: String,
    version: String,
    pub(super) extends: Option<Spanned<String>>,
    /// Only there to be built on.
    #[serde(default)]
    pub(super) template: bool,
    #[serde(default)]
    applies_to: Option<Spanned<AppliesTo>>,
    #[serde(default, rename = "goal")]
    goals: Vec<Spanned<Goal>>,
    #[serde(default, rename = "caveat")]
    caveats: Vec<Caveat>,
    /// Name of the file, for messages.
    #[serde(skip)]
    pub(super) label: String,
    #[serde(skip)]
    text: String,
}

impl ProtocolFile {
    pub(super) fn parse(label: &str, text: &str) -> Result<Self, ProtocolError> {
        let mut file: Self = toml::from_str(text).map_err(|error| ProtocolError::Syntax {
            file: label.to_owned(),
            message: error.to_string(),
        })?;
        label.clone_into(&mut file.label);
        text.clone_into(&mut file.text);
        for (index, goal) in file.goals.iter().enumerate() {
            let name = &goal.get_ref().id;
            let fail = |reason| file.error(goal.span().start, format!("goal '{name}': {reason}"));
            goal.get_ref().check().map_err(fail)?;
            let twice = file.goals[..index]
                .iter()
                .any(|other| other.get_ref().id == *name);
            if twice {
                return Err(fail("this id is there twice; rename one".to_owned()));
            }
        }
        if let Some(applies) = &file.applies_to {
            let fail = |reason| file.error(applies.span().start, format!("applies_to: {reason}"));
            applies.get_ref().check().map_err(fail)?;
        }
        Ok(file)
    }

    /// An error at a byte of the text.
    pub(super) fn error(&self, at: usize, message: String) -> ProtocolError {
        let before = self.text.get(..at).unwrap_or(&self.text);
        ProtocolError::Content {
            file: self.label.clone(),
            line: before.matches('\n').count() + 1,
            message,
        }
    }

    /// The protocol that this file makes on a base: what it states wins, goals of one id are replaced.
    pub(super) fn on(&self, base: Option<&Protocol>) -> Result<Protocol, ProtocolError> {
        let own = self
            .applies_to
            .as_ref()
            .map(|applies| applies.get_ref().clone());
        let mut applies_to = own.unwrap_or_default();
        let mut goals: Vec<Goal> = Vec::new();
        let mut caveats: Vec<Caveat> = Vec::new();
        let mut hashed = self.text.clone();
        if let Some(base) = base {
            applies_to = applies_to.or(&base.applies_to);
            goals.clone_from(&base.goals);
            caveats.clone_from(&base.caveats);
            hashed.push_str(&base.sha256);
        }
        for goal in &self.goals {
            let goal = goal.get_ref();
            match goals.iter_mut().find(|other| other.id == goal.id) {
                Some(other) => *other = goal.clone(),
                None => goals.push(goal.clone()),
            }
        }
        caveats.extend(self.caveats.iter().cloned());
        applies_to
            .check()
            .map_err(|reason| self.error(0, format!("applies_to: {reason}")))?;
        if goals.is_empty() {
            return Err(self.error(0, "it has no goal; add a [[goal]]".to_owned()));
        }
        Ok(Protocol {
            id: self.id.clone(),
            title: self.title.clone(),
            version: self.version.clone(),
            extends: self.extends.as_ref().map(|base| base.get_ref().clone()),
            applies_to,
            goals,
            caveats,
            sha256: sha256_hex(hashed.as_bytes()),
        })
    }
}
