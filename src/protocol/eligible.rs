//! Whether a case is one that a protocol's treatment is meant for: what can be measured is, the rest is stated.

mod judging;

use super::check::treatment;
use super::eligibility::Fact;
use super::finding::Finder;
use super::settings::provenance;
use super::{CheckError, CheckOptions, Protocol, Role, Source};
use crate::case::Case;
use crate::error::{non_negative, positive};
use crate::provenance::Provenance;
use crate::structure::{SolidPolicy, Structure, StructureError};
use judging::Judge;
use rayon::prelude::*;
use serde::Serialize;

/// Name and version of the JSON schema.
pub const ELIGIBILITY_SCHEMA: &str = "hepadose/eligibility/1";
/// What counts as bowel when distances are measured.
const BOWEL: [&str; 9] = [
    "Bowel",
    "Bag_Bowel",
    "Bowel_Small",
    "Bowel_Large",
    "Duodenum",
    "Jejunum",
    "Ileum",
    "Colon",
    "Rectum",
];

/// Facts that no image holds; what is not stated stays unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PatientFacts {
    /// Expected survival in months.
    pub expected_survival_months: Option<f64>,
    /// ECOG performance status, 0 to 5.
    pub ecog: Option<u32>,
    /// Number of metastases, drawn or not.
    pub metastases: Option<u32>,
    /// The distance to bowel in mm that is asked for; without one the distance is measured and not judged.
    pub bowel_threshold_mm: Option<f64>,
}

impl PatientFacts {
    fn checked(self) -> Result<Self, CheckError> {
        if let Some(months) = self.expected_survival_months {
            non_negative("expected survival in months", months)?;
        }
        if let Some(status) = self.ecog.filter(|status| *status > 5) {
            return Err(CheckError::NonPhysical(crate::error::NonPhysicalError {
                quantity: "ECOG performance status",
                value: f64::from(status),
                allowed: "0 to 5",
            }));
        }
        if let Some(distance) = self.bowel_threshold_mm {
            positive("distance to bowel in mm", distance)?;
        }
        Ok(self)
    }
}

/// What came of a criterion, or of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligible {
    /// It is kept.
    Met,
    /// Nobody said, or it cannot be judged.
    Unknown,
    /// It is not kept.
    NotMet,
}

/// A gross tumour volume as it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lesion {
    /// Its name.
    pub name: String,
    /// Its number in the structure set.
    pub number: Option<i32>,
    /// Volume in cc.
    pub volume_cc: f64,
    /// Largest diameter in space in mm.
    pub diameter_mm: f64,
    /// Largest diameter within one plane of contours in mm.
    pub in_plane_diameter_mm: f64,
    /// Parts that do not touch; of several the diameters span them all.
    pub parts: usize,
    /// What was found odd in its contours: parts of it may not be drawn.
    pub doubts: Vec<String>,
    /// The nearest bowel that is drawn.
    pub nearest_bowel: Option<NearestBowel>,
}

/// The bowel that is nearest to a lesion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearestBowel {
    /// Name of the ROI.
    pub name: String,
    /// Least distance between the surfaces in mm.
    pub distance_mm: f64,
}

/// What of a case may be missing from its drawing.
#[derive(Debug, Clone, Default)]
struct Gaps {
    /// Reasons why there may be tumour that is not drawn.
    tumour: Vec<String>,
    /// Reasons why there may be bowel that is not drawn.
    bowel: Vec<String>,
}

/// A criterion against the case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriterionResult {
    /// What it asks for.
    pub fact: Fact,
    /// As the source says it.
    pub text: String,
    /// The number that was judged, where there is one.
    pub value: Option<f64>,
    /// What came of it.
    pub verdict: Eligible,
    /// Advised, not asked for: it does not decide.
    pub advisable: bool,
    /// How the verdict came about.
    pub reason: String,
    /// Where it comes from.
    pub sources: Vec<Source>,
}

/// Whether a case is one that a protocol is meant for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EligibilityReport {
    /// `hepadose/eligibility/1`.
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// What the result may be used for.
    pub intended_use: &'static str,
    /// Id of the protocol.
    pub protocol: String,
    /// Not met where one criterion is not, unknown where one is unknown; advisable ones do not decide.
    pub verdict: Eligible,
    /// The criteria in the protocol's order; none where it states none.
    pub criteria: Vec<CriterionResult>,
    /// The gross tumour volumes that are drawn.
    pub lesions: Vec<Lesion>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
    /// Settings, input hashes and sources.
    pub provenance: Provenance,
}

/// Judges a case by the selection criteria of a protocol.
///
/// Diameters and distances are measured on the drawn gross tumour volumes. The number of metastases and clinical
/// facts are what the user states; what nobody stated is unknown, and never met.
///
/// # Errors
/// A mapping that the case does not follow, facts that are not physical.
pub fn eligibility(
    case: &Case,
    protocol: &Protocol,
    options: &CheckOptions,
    facts: &PatientFacts,
) -> Result<EligibilityReport, CheckError> {
    let facts = facts.checked()?;
    let policy = options.dvh.solid_policy();
    let finder = Finder {
        case,
        mapping: &options.mapping,
        policy,
        subtract: Role::gtv(),
    };
    let mut warnings = Vec::new();
    let mut gaps = Gaps::default();
    let lesions = match finder.targets(&Role::gtv(), "GTV")? {
        Ok(targets) => {
            gaps.tumour.clone_from(&targets.doubts);
            warnings.extend(targets.doubts);
            let bowel = bowel(&finder)?;
            gaps.bowel = undrawn_bowel(&finder)?;
            gaps.bowel
                .extend(bowel.iter().flat_map(|one| one.warnings()));
            let measured: Result<Vec<Lesion>, StructureError> = targets
                .found
                .par_iter()
                .map(|one| Lesion::measured(one, &bowel, policy))
                .collect();
            measured.map_err(|error| error.to_string())
        }
        Err(lack) => Err(lack.reason),
    };
    if let (Ok(lesions), Some(stated)) = (&lesions, facts.metastases)
        && lesions.len() != stated as usize
    {
        let said = format!(
            "{stated} metastases are stated and {} gross tumour volumes are drawn",
            lesions.len()
        );
        if lesions.len() < stated as usize {
            gaps.tumour.push(said.clone());
        }
        warnings.push(said);
    }
    for doubt in lesions.iter().flatten().flat_map(|one| &one.doubts) {
        gaps.tumour.push(doubt.clone());
        warnings.push(doubt.clone());
    }
    for lesion in lesions.iter().flatten().filter(|one| one.parts > 1) {
        warnings.push(format!(
            "'{}' has {} parts that do not touch; its diameters span them all",
            lesion.name, lesion.parts
        ));
    }
    let judge = Judge {
        options,
        facts: &facts,
        lesions: &lesions,
        gaps: &gaps,
    };
    let criteria: Vec<CriterionResult> = protocol
        .eligibility
        .iter()
        .flat_map(|all| &all.criteria)
        .map(|one| judge.result(one))
        .collect();
    let asked = criteria.iter().filter(|one| !one.advisable);
    let worst = asked
        .map(|one| one.verdict)
        .max_by_key(|verdict| *verdict as u8);
    Ok(EligibilityReport {
        schema: ELIGIBILITY_SCHEMA,
        version: crate::provenance::VERSION,
        intended_use: crate::provenance::INTENDED_USE,
        protocol: protocol.id.clone(),
        verdict: worst.unwrap_or(Eligible::Unknown),
        criteria,
        lesions: lesions.unwrap_or_default(),
        warnings,
        provenance: noted(case, protocol, options, &facts)?,
    })
}

/// What went in, with what was stated.
fn noted(
    case: &Case,
    protocol: &Protocol,
    options: &CheckOptions,
    facts: &PatientFacts,
) -> Result<Provenance, CheckError> {
    let mut made = provenance(case, protocol, options, &treatment(case, options)?);
    made.sources.clear();
    let criteria = protocol.eligibility.iter().flat_map(|all| &all.criteria);
    for source in criteria.flat_map(|criterion| &criterion.sources) {
        if !made.sources.contains(&source.key) {
            made.sources.push(source.key.clone());
        }
    }
    for (name, value) in [
        ("expected_survival_months", facts.expected_survival_months),
        ("ecog", facts.ecog.map(f64::from)),
        ("metastases", facts.metastases.map(f64::from)),
        ("bowel_threshold_mm", facts.bowel_threshold_mm),
    ] {
        if let Some(value) = value {
            made.settings.push((name.to_owned(), value.to_string()));
        }
    }
    Ok(made)
}

/// Every ROI that is bowel, whatever part of it, each once.
fn bowel<'a>(finder: &Finder<'a>) -> Result<Vec<&'a Structure>, CheckError> {
    let mut found: Vec<&Structure> = Vec::new();
    for name in BOWEL {
        // These names always parse.
        let Ok(role) = name.parse::<Role>() else {
            continue;
        };
        for one in finder.every(&role)? {
            if !found.iter().any(|other| std::ptr::eq(*other, one)) {
                found.push(one);
            }
        }
    }
    Ok(found)
}

/// Which bowel is not drawn as a whole: a distance to what is drawn says nothing of the rest.
fn undrawn_bowel(finder: &Finder<'_>) -> Result<Vec<String>, CheckError> {
    let drawn = |name: &str| -> Result<bool, CheckError> {
        // These names always parse.
        let role = name.parse::<Role>().map_err(|_| ());
        role.map_or(Ok(false), |role| Ok(!finder.every(&role)?.is_empty()))
    };
    let all = drawn("Bowel")? || drawn("Bag_Bowel")?;
    let mut missing = Vec::new();
    if !drawn("Duodenum")? {
        missing.push("Duodenum");
    }
    if !(all || drawn("Bowel_Small")? || drawn("Jejunum")? && drawn("Ileum")?) {
        missing.push("Bowel_Small");
    }
    // The rectum is far from any liver.
    if !(all || drawn("Bowel_Large")? || drawn("Colon")?) {
        missing.push("Bowel_Large");
    }
    let said = |name: &str| format!("no ROI is named {name}");
    Ok(missing.into_iter().map(said).collect())
}

impl Lesion {
    fn measured(
        structure: &Structure,
        bowel: &[&Structure],
        policy: SolidPolicy,
    ) -> Result<Self, StructureError> {
        let mut nearest: Option<NearestBowel> = None;
        for organ in bowel {
            let distance_mm = structure.distance_mm(organ, policy)?;
            if nearest
                .as_ref()
                .is_none_or(|old| distance_mm < old.distance_mm)
            {
                nearest = Some(NearestBowel {
                    name: organ.name.clone(),
                    distance_mm,
                });
            }
        }
        Ok(Self {
            name: structure.name.clone(),
            number: structure.number,
            volume_cc: structure.volume_cc(policy)?,
            diameter_mm: structure.largest_diameter_mm(policy)?,
            in_plane_diameter_mm: structure.in_plane_diameter_mm(policy)?,
            parts: structure.part_count(policy)?,
            doubts: structure.warnings(),
            nearest_bowel: nearest,
        })
    }
}
