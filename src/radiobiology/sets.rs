//! Published parameter sets as data: numbers, endpoint, citation, evidence, and the dose that they are stated in.

use super::{DoseBasis, RadiobiologyError, Response};
use crate::citation::{Evidence, reference};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

const FILE: &str = include_str!("parameter_sets.toml");

static BUILT_IN: LazyLock<Result<Vec<ParameterSet>, String>> = LazyLock::new(|| parse(FILE));

/// A published set of parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterSet {
    /// Its name.
    pub id: String,
    /// Organ, by its TG-263 name where there is one.
    pub organ: String,
    /// What is counted as the event.
    pub endpoint: String,
    /// The model with its numbers.
    pub response: Response,
    /// How the numbers were seen.
    pub evidence: Evidence,
    /// The dose that they are stated in.
    pub basis: DoseBasis,
    /// How that was seen.
    pub basis_evidence: Evidence,
    /// Key of the publication.
    pub source: String,
    /// Table, figure or section.
    pub locator: String,
    /// The plans that it was made from, where the source says so.
    pub applies_to: Option<AppliesTo>,
    /// What a reader has to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The plans that a set was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    /// Least number of fractions.
    pub from_fractions: u32,
    /// Highest number of fractions.
    pub to_fractions: u32,
    /// Where the source says so.
    pub locator: String,
    /// How that was seen.
    pub evidence: Evidence,
}

impl ParameterSet {
    /// The weaker of the two evidences.
    pub fn weakest_evidence(&self) -> Evidence {
        self.evidence.min(self.basis_evidence)
    }

    /// What is to be doubted of the set for a plan of so many fractions.
    pub fn doubt_of_fractions(&self, n: Option<u32>) -> Option<String> {
        let AppliesTo {
            from_fractions: from,
            to_fractions: to,
            evidence,
            ..
        } = self.applies_to.as_ref()?;
        let set = format!(
            "'{}' was made from plans of {from} to {to} fractions ({})",
            self.id,
            evidence.name()
        );
        match n {
            Some(n) if (*from..=*to).contains(&n) => None,
            Some(n) => Some(format!("{set}; it says nothing of {n}")),
            None => Some(format!(
                "{set}; the number of fractions of this one is not known"
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    set: Vec<ParameterSet>,
}

fn parse(text: &str) -> Result<Vec<ParameterSet>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    for set in &file.set {
        if reference(&set.source).is_none() {
            return Err(format!("{}: no paper has the key {}", set.id, set.source));
        }
    }
    Ok(file.set)
}

/// All sets of this crate.
///
/// # Errors
/// [`RadiobiologyError::SetFile`], which a released build cannot give.
pub fn parameter_sets() -> Result<&'static [ParameterSet], RadiobiologyError> {
    match &*BUILT_IN {
        Ok(sets) => Ok(sets),
        Err(reason) => Err(RadiobiologyError::SetFile(reason.clone())),
    }
}

/// The set of a name, for a model.
///
/// # Errors
/// A name that there is not, or of another model; the message lists those that there are.
pub fn parameter_set(id: &str, model: &str) -> Result<&'static ParameterSet, RadiobiologyError> {
    let sets = parameter_sets()?;
    let fitting = || sets.iter().filter(|set| set.response.name() == model);
    fitting()
        .find(|set| set.id == id)
        .ok_or_else(|| RadiobiologyError::UnknownSet {
            id: id.to_owned(),
            model: model.to_owned(),
            known: fitting()
                .map(|set| set.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiobiology::DoseVolume;

    #[test]
    fn every_set_is_whole() {
        let sets = parameter_sets().unwrap();
        for (index, set) in sets.iter().enumerate() {
            assert!(
                sets[..index].iter().all(|other| other.id != set.id),
                "{}",
                set.id
            );
            assert!(set.evidence != Evidence::Primary, "{}", set.id);
            let p = set
                .response
                .probability(&DoseVolume::uniform(20.0))
                .unwrap();
            assert!((0.0..=1.0).contains(&p), "{}", set.id);
            assert!(!set.endpoint.is_empty() && !set.locator.is_empty());
            assert_eq!(parameter_set(&set.id, set.response.name()).unwrap(), set);
        }
        assert!(parameter_set("dawson2002-primary", "logistic").is_err());
        let error = parameter_set("dawson", "lkb").unwrap_err().to_string();
        assert!(error.contains("dawson2002-metastases"), "{error}");
    }

    #[test]
    fn the_basis_makes_the_liver_sets_agree_with_their_eqd2_form() {
        // 39.8 Gy at 1.5 Gy a fraction are 35.38 Gy at 2 Gy: what another group rounds to 35.4.
        let set = parameter_set("dawson2002-primary", "lkb").unwrap();
        let DoseBasis::Eqdx {
            dose_per_fraction_gy: x,
            alpha_beta_gy: Some(ab),
        } = set.basis
        else {
            panic!("{}", set.basis)
        };
        let Response::Lkb { td50_gy, .. } = set.response else {
            panic!("{}", set.response.name())
        };
        assert!((td50_gy * (x + ab) / (2.0 + ab) - 1592.0 / 45.0).abs() < 1e-12);
    }

    #[test]
    fn a_set_says_which_plans_it_is_of() {
        let set = parameter_set("miften2021-liver", "lkb").unwrap();
        for n in [3, 6] {
            assert_eq!(set.doubt_of_fractions(Some(n)), None);
        }
        for n in [2, 7, 30] {
            let doubt = set.doubt_of_fractions(Some(n)).unwrap();
            assert!(doubt.contains("3 to 6 fractions") && doubt.ends_with(&n.to_string()));
        }
        assert!(set.doubt_of_fractions(None).unwrap().ends_with("not known"));
        // Physical dose at any fractionation is never without them.
        for set in parameter_sets().unwrap() {
            assert!(set.basis != DoseBasis::Physical || set.applies_to.is_some());
        }
    }

    #[test]
    fn a_file_with_an_unknown_paper_is_refused() {
        let text = FILE.replacen("source = \"dawson2002\"", "source = \"nobody\"", 1);
        assert!(parse(&text).is_err());
        assert!(parse("set = 3").is_err());
    }
}
