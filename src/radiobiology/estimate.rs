//! A probability with its interval: the DVH brought to the basis of a set, the model, and what is not known of either.

use super::uncertainty::{Bar, Interval, Sampling, Uncertain, propagate, tornado};
use super::{DoseBasis, DoseVolume, RadiobiologyError, Response};
use crate::dvh::Dvh;
use serde::Serialize;

/// The name under which alpha/beta is varied.
pub const ALPHA_BETA: &str = "alpha_beta_gy";
/// The level of intervals and tornado tables.
pub const LEVEL: f64 = 0.95;

/// Where the dose comes from.
#[derive(Debug, Clone, Copy)]
pub enum DoseSource<'a> {
    /// A DVH, which is brought to the basis of the numbers or refused.
    Dvh(&'a Dvh),
    /// Doses that are on that basis already.
    OnBasis(&'a DoseVolume),
}

/// A probability and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The probability with the numbers as they stand, 0 to 1.
    pub probability: f64,
    /// Equivalent uniform dose in gray on the basis, for the models that use one.
    pub equivalent_dose_gy: Option<f64>,
    /// Mean dose in gray on the basis.
    pub mean_gy: f64,
    /// The dose that both are stated in.
    pub basis: DoseBasis,
    /// The model with its numbers.
    pub response: Response,
    /// Where the probability lies, where uncertainties were given.
    pub interval: Option<Interval>,
    /// What each uncertain number does by itself, the widest first.
    pub tornado: Vec<Bar>,
}

/// The probability of a dose distribution by a model, with an interval where numbers are uncertain.
///
/// # Errors
/// A DVH that cannot be brought to the basis, numbers that are not physical, an uncertain number that the model does not
/// have (alpha/beta: only of a physical DVH on a basis that has one).
pub fn estimate(
    source: DoseSource<'_>,
    response: Response,
    basis: DoseBasis,
    uncertain: &[(String, Uncertain)],
    sampling: Sampling,
) -> Result<Estimate, RadiobiologyError> {
    let (own, dose) = match source {
        DoseSource::Dvh(dvh) => (Some(dvh), basis.of_dvh(dvh)?),
        DoseSource::OnBasis(dose) => (None, dose.clone()),
    };
    let mut result = Estimate {
        probability: response.probability(&dose)?,
        equivalent_dose_gy: response.equivalent_dose_gy(&dose)?,
        mean_gy: dose.mean_gy(),
        basis,
        response,
        interval: None,
        tornado: Vec::new(),
    };
    if uncertain.is_empty() {
        return Ok(result);
    }
    let nominal = nominal(uncertain, response, basis, own.is_some())?;
    let few = match own {
        // Untransformed, so that every draw can have its own alpha/beta.
        Some(dvh) => DoseVolume::of_dvh(dvh)?.condensed(),
        None => dose.condensed(),
    };
    let varies_alpha_beta = uncertain.iter().any(|(name, _)| name == ALPHA_BETA);
    let fixed = match own {
        Some(dvh) if !varies_alpha_beta => Some(few.transformed(&basis.conversion(dvh)?)),
        _ => None,
    };
    let of_values = |values: &[f64]| {
        let (mut response, mut alpha_beta) = (response, None);
        for ((name, _), value) in uncertain.iter().zip(values) {
            match response.with(name, *value) {
                Some(changed) => response = changed,
                None => alpha_beta = Some(*value),
            }
        }
        match (own, &fixed) {
            (_, Some(dose)) => response.probability(dose),
            (Some(dvh), None) => {
                let map = basis.with_alpha_beta(alpha_beta).conversion(dvh)?;
                response.probability(&few.transformed(&map))
            }
            (None, None) => response.probability(&few),
        }
    };
    let parameters: Vec<Uncertain> = uncertain.iter().map(|(_, what)| *what).collect();
    let draws = propagate(&parameters, sampling, of_values)?;
    result.interval = Interval::of(&draws, LEVEL);
    result.tornado = tornado(uncertain, &nominal, LEVEL, of_values)?;
    Ok(result)
}

/// The values that uncertain numbers have as they stand.
fn nominal(
    uncertain: &[(String, Uncertain)],
    response: Response,
    basis: DoseBasis,
    of_dvh: bool,
) -> Result<Vec<f64>, RadiobiologyError> {
    let numbers = response.parameters();
    let one = |(name, what): &(String, Uncertain)| {
        what.checked()?;
        let known = numbers.iter().find(|number| number.0 == name);
        let alpha_beta = basis
            .alpha_beta_gy()
            .filter(|_| of_dvh && name == ALPHA_BETA);
        known
            .map(|number| number.1)
            .or(alpha_beta)
            .ok_or_else(|| RadiobiologyError::NotUncertain {
                name: name.clone(),
                known: numbers
                    .iter()
                    .map(|number| number.0)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    };
    uncertain.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dose::DoseKind;

    const LIVER: Response = Response::Lkb {
        td50_gy: 35.4,
        m: 0.12,
        n: 0.97,
    };
    const SAMPLING: Sampling = Sampling {
        samples: 4000,
        seed: 1,
    };

    fn five_bins(kind: DoseKind) -> Dvh {
        let dose = [3.0, 9.0, 15.0, 30.0, 57.0];
        let dvh = Dvh::from_samples("Liver", &dose, &[0.5, 0.2, 0.15, 0.1, 0.05], kind).unwrap();
        dvh.with_fractions(Some(3)).unwrap()
    }

    fn uncertain(name: &str, low: f64, high: f64) -> (String, Uncertain) {
        (name.to_owned(), Uncertain::Uniform { low, high })
    }

    #[test]
    fn the_interval_is_that_of_a_monotone_parameter() {
        // NTCP falls with alpha/beta: the ends of the interval are those of alpha/beta, turned round.
        let dvh = five_bins(DoseKind::Physical);
        let basis = DoseBasis::eqd2(2.5);
        let given = [uncertain(ALPHA_BETA, 2.0, 4.0)];
        let found = estimate(DoseSource::Dvh(&dvh), LIVER, basis, &given, SAMPLING).unwrap();
        let at = |ab: f64| {
            let dose = DoseBasis::eqd2(ab).of_dvh(&dvh).unwrap();
            LIVER.probability(&dose).unwrap()
        };
        let interval = found.interval.unwrap();
        assert!((interval.upper / at(2.05) - 1.0).abs() < 0.03);
        assert!((interval.lower / at(3.95) - 1.0).abs() < 0.05);
        assert!((found.tornado[0].at_low - at(2.05)).abs() < 1e-12);
        assert!((found.probability - 0.106_732_005).abs() < 1e-8);
    }

    #[test]
    fn what_cannot_vary_is_refused() {
        let dvh = five_bins(DoseKind::Physical);
        let eqd2 = five_bins(DoseKind::Eqd2 { alpha_beta_gy: 2.5 });
        let volume = DoseVolume::uniform(30.0);
        let basis = DoseBasis::eqd2(2.5);
        let ab = [uncertain(ALPHA_BETA, 2.0, 4.0)];
        let run = |source, basis, given: &[(String, Uncertain)]| {
            estimate(source, LIVER, basis, given, SAMPLING)
        };
        assert!(matches!(
            run(DoseSource::OnBasis(&volume), basis, &ab),
            Err(RadiobiologyError::NotUncertain { .. })
        ));
        assert!(run(DoseSource::Dvh(&dvh), DoseBasis::Physical, &ab).is_err());
        // An EQD2 is at one alpha/beta; it cannot be had at another.
        assert!(matches!(
            run(DoseSource::Dvh(&eqd2), basis, &ab),
            Err(RadiobiologyError::Basis { .. })
        ));
        let unknown = [uncertain("gamma", 1.0, 2.0)];
        assert!(run(DoseSource::Dvh(&dvh), basis, &unknown).is_err());
    }
}
