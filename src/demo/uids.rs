//! Identifiers of a demo case, made from its options: the same case always has the same ones.

use super::DemoOptions;
use crate::dicom::seeded_uid;
use crate::provenance::sha256_hex;

/// The DICOM UIDs of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoUids {
    /// The number from which the writers derive these UIDs, and those of the series.
    pub seed: u64,
    /// Study.
    pub study: String,
    /// Frame of reference that all objects share.
    pub frame_of_reference: String,
    /// SOP instance of the structure set.
    pub structure_set: String,
    /// SOP instance of the plan.
    pub plan: String,
    /// SOP instance of the dose.
    pub dose: String,
}

impl DemoUids {
    /// The UIDs of the case that these options make.
    pub(super) fn new(options: &DemoOptions) -> Self {
        let digest = sha256_hex(format!("{options:?}").as_bytes());
        let seed = digest.chars().take(16).fold(0, |seed, digit| {
            seed << 4 | u64::from(digit.to_digit(16).unwrap_or(0))
        });
        Self {
            seed,
            study: seeded_uid(seed, "study"),
            frame_of_reference: seeded_uid(seed, "frame"),
            structure_set: seeded_uid(seed, "RTSTRUCT"),
            plan: seeded_uid(seed, "RTPLAN"),
            dose: seeded_uid(seed, "RTDOSE"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differ_by_role_and_by_every_option() {
        let options = DemoOptions::default();
        let uids = DemoUids::new(&options);
        assert_eq!(uids, DemoUids::new(&options));
        let other = DemoUids::new(&DemoOptions {
            fractions: 3,
            ..options
        });
        assert!(uids.plan != uids.dose && uids.plan != other.plan);
    }
}
