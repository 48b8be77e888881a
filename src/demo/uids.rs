//! Identifiers of a demo case, made from its options: the same case always has the same ones.

use super::DemoOptions;
use crate::provenance::sha256_hex;

/// The DICOM UIDs of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoUids {
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
        let uid = |role: &str| uuid_derived(&format!("hepadose demo {role} {options:?}"));
        Self {
            study: uid("study"),
            frame_of_reference: uid("frame of reference"),
            structure_set: uid("structure set"),
            plan: uid("plan"),
            dose: uid("dose"),
        }
    }
}

/// A UUID-derived UID (DICOM PS3.5, annex B.2) of a text: version 8 (RFC 9562, section 5.8), from its SHA-256.
fn uuid_derived(text: &str) -> String {
    let digits = sha256_hex(text.as_bytes());
    let bits = digits.chars().take(32).fold(0_u128, |bits, c| {
        bits << 4 | u128::from(c.to_digit(16).unwrap_or(0))
    });
    let version = bits & !(0xf << 76) | 0x8 << 76;
    let variant = version & !(0x3 << 62) | 0x2 << 62;
    format!("2.25.{variant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differ_by_role_and_seed_and_are_valid() {
        let uids = DemoUids::new(&DemoOptions::default());
        let other = DemoUids::new(&DemoOptions {
            seed: 3,
            ..DemoOptions::default()
        });
        assert_eq!(uids, DemoUids::new(&DemoOptions::default()));
        assert!(uids.plan != uids.dose && uids.plan != other.plan);
        let number: u128 = uids.study.strip_prefix("2.25.").unwrap().parse().unwrap();
        assert_eq!((number >> 76 & 0xf, number >> 62 & 0x3), (8, 2));
        assert!(uids.study.len() <= 64);
    }
}
