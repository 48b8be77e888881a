//! Physical constants of yttrium-90. Published values differ; each is named, none is hidden.

use super::UnknownWordError;
use crate::citation::{Cited, Evidence};

const fn cited(
    value: f64,
    unit: &'static str,
    source: &'static str,
    locator: &'static str,
    applies_to: &'static str,
) -> Cited<f64> {
    Cited {
        value,
        unit,
        source,
        locator,
        applies_to,
        evidence: Evidence::Transcriptions2Plus,
    }
}

/// Half-life in hours that is used unless another is named.
pub const HALF_LIFE_H: Cited<f64> = cited(
    64.1,
    "h",
    "wjh2015",
    "Table 1; the same in the file name of the Graves 2019 kernel data",
    "yttrium-90",
);

/// The half-life that Cremonesi 2008 and EANM 2022 use, 0.16 % longer.
pub const HALF_LIFE_CREMONESI_H: Cited<f64> = cited(
    64.2,
    "h",
    "cremonesi2008",
    "abstract; EANM 2022 prints 2.67 d (64.2 h)",
    "yttrium-90",
);

/// Mean energy of a decay in `MeV`, electrons alone.
pub const MEAN_ENERGY_MEV: Cited<f64> = cited(
    0.9336,
    "MeV",
    "graves2019",
    "total of the radial beta data for 90Y, 64.10 h",
    "yttrium-90 beta emission",
);

/// Dose constant in Gy kg/GBq that is used unless another is named: mean energy times mean life,
/// `k = E T / ln 2`, with every decay absorbed where it happens and nothing washed out.
pub const DOSE_CONSTANT: Cited<f64> = cited(
    49.80,
    "Gy kg/GBq",
    "project",
    "E T / ln 2 with 0.9336 MeV (Graves 2019) and 64.1 h",
    "yttrium-90, permanent implant, complete decay",
);

/// The constant of many calculators.
pub const DOSE_CONSTANT_GULEC: Cited<f64> = Cited {
    value: 49.67,
    unit: "Gy kg/GBq",
    source: "gulec2006",
    locator: "seen in two open calculators; that it is this paper's is recalled",
    applies_to: "yttrium-90, permanent implant, complete decay",
    evidence: Evidence::Recalled,
};

/// The rounded constant of the device labels and of the partition model in print.
pub const DOSE_CONSTANT_ROUNDED: Cited<f64> = cited(
    50.0,
    "Gy kg/GBq",
    "kao2013",
    "called approximate there; the same in the activity formula of the device labels",
    "yttrium-90, permanent implant, complete decay",
);

/// Half-lives by name; the first is the default.
pub const HALF_LIVES_H: &[(&str, Cited<f64>)] = &[
    ("default", HALF_LIFE_H),
    ("cremonesi2008", HALF_LIFE_CREMONESI_H),
];

/// Dose constants by name; the first is the default.
pub const DOSE_CONSTANTS: &[(&str, Cited<f64>)] = &[
    ("physics", DOSE_CONSTANT),
    ("gulec2006", DOSE_CONSTANT_GULEC),
    ("rounded", DOSE_CONSTANT_ROUNDED),
];

/// Density of liver in g/mL where nobody states another; published values run from 1.03 to 1.06.
pub const LIVER_DENSITY_G_PER_ML: Cited<f64> = cited(
    1.05,
    "g/mL",
    "project",
    "used in two open dosimetry tools; others use 1.03 and 1.06",
    "liver and liver tumour",
);

/// A constant of a list by its name.
///
/// # Errors
/// A name that is not in the list, with those that are.
pub fn named(
    what: &'static str,
    list: &[(&str, Cited<f64>)],
    name: &str,
) -> Result<Cited<f64>, UnknownWordError> {
    list.iter()
        .find(|(one, _)| *one == name)
        .map(|(_, cited)| *cited)
        .ok_or_else(|| UnknownWordError {
            what,
            got: name.to_owned(),
            allowed: list
                .iter()
                .map(|(one, _)| *one)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// A constant with its source in one line, for the record of a result.
pub fn described(cited: &Cited<f64>) -> String {
    format!(
        "{} {} ({}, {}; evidence {})",
        cited.value,
        cited.unit,
        cited.source,
        cited.locator,
        cited.evidence.name()
    )
}

/// A value that the user states.
pub const fn stated(value: f64, unit: &'static str) -> Cited<f64> {
    Cited {
        value,
        unit,
        source: "user",
        locator: "given with the call",
        applies_to: "this calculation",
        evidence: Evidence::Recalled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::reference;

    #[test]
    fn dose_constant_follows_from_energy_and_half_life() {
        // y90.md section 2: 49.80 Gy kg/GBq from 64.1 h and 0.9336 to 0.9337 MeV; 3.3292e14 decays a GBq.
        const JOULE_PER_MEV: f64 = 1.602_176_634e-13;
        let decays = 1e9 * HALF_LIFE_H.value * 3600.0 / std::f64::consts::LN_2;
        assert!((decays / 3.3292e14 - 1.0).abs() < 1e-4);
        let k = MEAN_ENERGY_MEV.value * JOULE_PER_MEV * decays;
        assert!((k - DOSE_CONSTANT.value).abs() < 0.005, "{k}");
    }

    #[test]
    fn every_constant_has_a_known_source() {
        for (name, cited) in HALF_LIVES_H.iter().chain(DOSE_CONSTANTS) {
            assert!(reference(cited.source).is_some(), "{name}");
        }
        assert!(reference(stated(1.0, "h").source).is_some());
        assert_eq!(HALF_LIVES_H[0].1, HALF_LIFE_H);
        assert_eq!(DOSE_CONSTANTS[0].1, DOSE_CONSTANT);
    }
}
