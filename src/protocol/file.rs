//! Protocol files: TOML with a strict schema, errors with line and remedy.

use super::syntax::explained;
use super::{
    AppliesTo, Approval, Day, Eligibility, Goal, Level, ProtocolError, RiskPoint, Role, Sibling,
    Source,
};
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
    /// The publication whose protocols for other numbers of fractions stand beside it.
    pub family: Option<String>,
    /// The treatments that it is for.
    pub applies_to: AppliesTo,
    /// Its goals; those of the base first.
    pub goals: Vec<Goal>,
    /// Points of dose-response curves that annotate; never goals.
    pub risk_points: Vec<RiskPoint>,
    /// Whom the treatment is meant for.
    pub eligibility: Option<Eligibility>,
    /// What to read beside the verdicts.
    pub caveats: Vec<Caveat>,
    /// Who approved it for clinical use.
    pub approval: Option<Approval>,
    /// The protocols of its family, itself among them.
    pub siblings: Vec<Sibling>,
    /// Limits on a side that few mean, each with its goal.
    pub doubts: Vec<String>,
    /// SHA-256 of what it says, however its file is written: id, title, version, what it applies to, goals, risk
    /// points, criteria and caveats, with all that it inherits, as JSON.
    pub sha256: String,
}

/// Another limit for a goal of the base.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Override {
    /// Id of the goal.
    goal: String,
    /// Its limits from now on.
    #[serde(rename = "level")]
    levels: Vec<Level>,
    /// Where they come from.
    #[serde(rename = "source")]
    sources: Vec<Source>,
    /// The structure that is meant, where it is another.
    structure: Option<Role>,
}

/// One file as it stands, before its base is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtocolFile {
    pub(super) id: Spanned<String>,
    title: Spanned<String>,
    version: Spanned<String>,
    pub(super) extends: Option<Spanned<String>>,
    pub(super) family: Option<String>,
    /// Only there to be built on.
    #[serde(default)]
    pub(super) template: bool,
    approved_by: Option<Spanned<String>>,
    approved_on: Option<Spanned<String>>,
    expires: Option<Spanned<String>>,
    approved_sha256: Option<Spanned<String>>,
    #[serde(default)]
    applies_to: Option<Spanned<AppliesTo>>,
    /// Goals of the base that are left out.
    #[serde(default)]
    drop: Vec<Spanned<String>>,
    #[serde(default, rename = "override")]
    overrides: Vec<Spanned<Override>>,
    #[serde(default, rename = "goal")]
    goals: Vec<Spanned<Goal>>,
    #[serde(default, rename = "risk_point")]
    risk_points: Vec<Spanned<RiskPoint>>,
    eligibility: Option<Spanned<Eligibility>>,
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
        let mut file: Self =
            toml::from_str(text).map_err(|error| explained(label, text, &error))?;
        label.clone_into(&mut file.label);
        text.clone_into(&mut file.text);
        let id = file.id.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if id.is_empty() || !id.chars().all(plain) {
            return Err(file.error(
                file.id.span().start,
                format!("id '{id}' must be of letters, digits, '-', '_' and '.'; rename it"),
            ));
        }
        for (what, given) in [("title", &file.title), ("version", &file.version)] {
            if given.get_ref().trim().is_empty() {
                return Err(file.error(
                    given.span().start,
                    format!("{what} is empty; say one, such as {what} = \"1\""),
                ));
            }
        }
        let mut ids: Vec<&str> = Vec::new();
        for goal in &file.goals {
            let name = &goal.get_ref().id;
            let fail = |reason| file.error(goal.span().start, format!("goal '{name}': {reason}"));
            goal.get_ref().check().map_err(fail)?;
            if ids.contains(&&name[..]) {
                return Err(fail("this id is there twice; rename one".to_owned()));
            }
            ids.push(name);
        }
        for point in &file.risk_points {
            let name = &point.get_ref().id;
            let fail =
                |reason| file.error(point.span().start, format!("risk_point '{name}': {reason}"));
            point.get_ref().check().map_err(fail)?;
        }
        if let Some(applies) = &file.applies_to {
            let fail = |reason| file.error(applies.span().start, format!("applies_to: {reason}"));
            applies.get_ref().check().map_err(fail)?;
        }
        if let Some(criteria) = &file.eligibility {
            let fail = |reason| file.error(criteria.span().start, format!("eligibility: {reason}"));
            criteria.get_ref().check().map_err(fail)?;
        }
        file.approval()?;
        Ok(file)
    }

    /// An error at a byte of the text.
    pub(super) fn error(&self, at: usize, message: String) -> ProtocolError {
        ProtocolError::Content {
            file: self.label.clone(),
            line: super::syntax::line_of(&self.text, at),
            message,
        }
    }

    fn approval(&self) -> Result<Option<Approval>, ProtocolError> {
        let day = |given: &Spanned<String>| {
            let fail = |reason| self.error(given.span().start, reason);
            given.get_ref().parse::<Day>().map_err(fail)
        };
        let expires = self.expires.as_ref().map(day).transpose()?;
        if let Some(given) = &self.approved_sha256 {
            let hash = given.get_ref();
            if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(self.error(
                    given.span().start,
                    format!(
                        "approved_sha256 '{hash}' is no SHA-256 of 64 hexadecimal digits; copy Protocol.sha256 of what was approved, or leave it out"
                    ),
                ));
            }
            if self.approved_by.is_none() && self.approved_on.is_none() {
                return Err(self.error(
                    given.span().start,
                    "approved_sha256 stands without an approval; add approved_by and approved_on"
                        .to_owned(),
                ));
            }
        }
        match (&self.approved_by, &self.approved_on) {
            (None, None) => match &self.expires {
                Some(given) => Err(self.error(
                    given.span().start,
                    "expires stands without an approval; add approved_by and approved_on"
                        .to_owned(),
                )),
                None => Ok(None),
            },
            (Some(by), Some(on)) => {
                let approved_on = day(on)?;
                if by.get_ref().trim().is_empty() {
                    return Err(self.error(
                        by.span().start,
                        "approved_by is empty; name who approved, or leave the approval out"
                            .to_owned(),
                    ));
                }
                if let Some(last) = expires.filter(|last| *last < approved_on) {
                    return Err(self.error(
                        on.span().start,
                        format!(
                            "expires {last} is before approved_on {approved_on}; mend one of them"
                        ),
                    ));
                }
                Ok(Some(Approval {
                    approved_by: by.get_ref().clone(),
                    approved_on,
                    expires,
                    approved_sha256: self
                        .approved_sha256
                        .as_ref()
                        .map(|hash| hash.get_ref().clone()),
                }))
            }
            (Some(one), None) => Err(self.error(
                one.span().start,
                "approved_by stands without approved_on; add the day".to_owned(),
            )),
            (None, Some(one)) => Err(self.error(
                one.span().start,
                "approved_on stands without approved_by; add the name".to_owned(),
            )),
        }
    }

    /// The range of fractions that this very file states.
    pub(super) fn sibling(&self) -> Sibling {
        let own = self.applies_to.as_ref().map(Spanned::get_ref);
        Sibling {
            id: self.id.get_ref().clone(),
            fractions_min: own.and_then(|own| own.fractions_min),
            fractions_max: own.and_then(|own| own.fractions_max),
        }
    }

    /// The goals of the base, without those dropped and with other limits where these are stated.
    fn changed_goals(&self, base: Option<&Protocol>) -> Result<Vec<Goal>, ProtocolError> {
        let mut goals = base.map(|base| base.goals.clone()).unwrap_or_default();
        let known = |goals: &[Goal]| {
            let ids: Vec<&str> = goals.iter().map(|goal| &goal.id[..]).collect();
            if ids.is_empty() {
                "nothing, for it extends no protocol".to_owned()
            } else {
                ids.join(", ")
            }
        };
        for dropped in &self.drop {
            let Some(index) = goals.iter().position(|goal| goal.id == *dropped.get_ref()) else {
                return Err(self.error(
                    dropped.span().start,
                    format!(
                        "drop names '{}', which the base does not have; it has {}",
                        dropped.get_ref(),
                        known(&goals)
                    ),
                ));
            };
            goals.remove(index);
        }
        for change in &self.overrides {
            let fail = |message: String| self.error(change.span().start, message);
            let Override {
                goal: id,
                levels,
                sources,
                structure,
            } = change.get_ref();
            let names = known(&goals);
            let Some(goal) = goals.iter_mut().find(|goal| goal.id == *id) else {
                return Err(fail(format!(
                    "override names '{id}', which the base does not have; it has {names}"
                )));
            };
            goal.levels.clone_from(levels);
            goal.sources.clone_from(sources);
            if let Some(structure) = structure {
                goal.structure.clone_from(structure);
            }
            goal.check()
                .map_err(|reason| fail(format!("override of '{id}': {reason}")))?;
        }
        for goal in &self.goals {
            let goal = goal.get_ref();
            match goals.iter_mut().find(|other| other.id == goal.id) {
                Some(other) => *other = goal.clone(),
                None => goals.push(goal.clone()),
            }
        }
        Ok(goals)
    }

    /// The protocol that this file makes on a base: what it states wins, goals of one id are replaced.
    pub(super) fn on(&self, base: Option<&Protocol>) -> Result<Protocol, ProtocolError> {
        let own = self
            .applies_to
            .as_ref()
            .map(|applies| applies.get_ref().clone());
        let mut applies_to = own.unwrap_or_default();
        let goals = self.changed_goals(base)?;
        let mut risk_points: Vec<RiskPoint> = Vec::new();
        let mut caveats: Vec<Caveat> = Vec::new();
        let mut eligibility = self
            .eligibility
            .as_ref()
            .map(|criteria| criteria.get_ref().clone());
        if let Some(base) = base {
            applies_to = applies_to.or(&base.applies_to);
            risk_points.clone_from(&base.risk_points);
            caveats.clone_from(&base.caveats);
            eligibility = eligibility.or_else(|| base.eligibility.clone());
        }
        risk_points.extend(self.risk_points.iter().map(|point| point.get_ref().clone()));
        caveats.extend(self.caveats.iter().cloned());
        applies_to
            .check()
            .map_err(|reason| self.error(0, format!("applies_to: {reason}")))?;
        if goals.is_empty() {
            return Err(self.error(0, "it has no goal; add a [[goal]]".to_owned()));
        }
        let mut protocol = Protocol {
            id: self.id.get_ref().clone(),
            title: self.title.get_ref().clone(),
            version: self.version.get_ref().clone(),
            extends: self.extends.as_ref().map(|base| base.get_ref().clone()),
            family: self
                .family
                .clone()
                .or_else(|| base.and_then(|base| base.family.clone())),
            applies_to,
            goals,
            risk_points,
            eligibility,
            caveats,
            // An approval is for one content and is not inherited.
            approval: self.approval()?,
            siblings: Vec::new(),
            doubts: Vec::new(),
            sha256: String::new(),
        };
        protocol.doubts = protocol
            .goals
            .iter()
            .filter_map(|goal| Some(format!("{}: {}", goal.id, goal.doubt()?)))
            .collect();
        protocol.sha256 = protocol.content_sha256();
        Ok(protocol)
    }
}

impl Protocol {
    /// The hash of what it says.
    pub(super) fn content_sha256(&self) -> String {
        let content = (
            (&self.id, &self.title, &self.version, &self.applies_to),
            (
                &self.goals,
                &self.risk_points,
                &self.eligibility,
                &self.caveats,
            ),
        );
        // Numbers, words and lists: nothing that JSON cannot hold.
        let text = serde_json::to_vec(&content).unwrap_or_default();
        sha256_hex(&text)
    }
}
