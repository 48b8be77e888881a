//! What a goal speaks of: a structure by its TG-263 name, or the target of the prescription.

use super::names::NameKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What a goal speaks of. Which ROI that is, is found in the case.
///
/// A name after TG-263: `Liver`, `Kidneys`, `SpinalCord_PRV05`, `Liver-GTV` (minus the union of all gross
/// tumour volumes), `PTV` (the union of all); `target` stands for what the prescription is for, and no ROI is
/// looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Role(Arc<str>);

/// How the target of the prescription is written.
const TARGET: &str = "target";
/// Kinds of target volumes; as a role each means the union of all that are drawn.
const TARGET_KINDS: [&str; 4] = ["GTV", "CTV", "ITV", "PTV"];

impl Role {
    /// The whole liver as drawn.
    pub fn liver() -> Self {
        Self(Arc::from("Liver"))
    }

    /// The liver minus the union of all gross tumour volumes.
    pub fn normal_liver() -> Self {
        Self(Arc::from("Liver-GTV"))
    }

    /// What the prescription is for; no ROI is looked up.
    pub fn target() -> Self {
        Self(Arc::from(TARGET))
    }

    /// The union of all gross tumour volumes.
    pub fn gtv() -> Self {
        Self(Arc::from("GTV"))
    }

    /// The name used in files and tables.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it stands for the prescription and not for a ROI.
    pub fn is_prescription(&self) -> bool {
        &*self.0 == TARGET
    }

    /// `GTV`, `CTV`, `ITV` or `PTV` where all of that kind are meant.
    pub(super) fn target_kind(&self) -> Option<&'static str> {
        TARGET_KINDS.into_iter().find(|kind| *kind == &*self.0)
    }

    /// Whether its name begins like that of a target volume.
    pub(super) fn is_target_like(&self) -> bool {
        let upper = self.0.to_uppercase();
        TARGET_KINDS.iter().any(|kind| upper.starts_with(kind))
    }

    /// Whether the table of names knows it as an organ, or as a part or a margin of one, and not as a target.
    pub(super) fn is_organ(&self) -> bool {
        !self.is_prescription() && !self.is_target_like() && self.key().tg263().is_some()
    }

    /// The name taken apart.
    pub(super) fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.chars().any(char::is_alphabetic) {
            return Err(format!(
                "'{text}' is no structure; give a name after TG-263 such as Liver-GTV, Kidneys or SpinalCord_PRV05"
            ));
        }
        match &text.to_lowercase().replace([' ', '_'], "-")[..] {
            "target" => return Ok(Self::target()),
            "normal-liver" => return Ok(Self::normal_liver()),
            _ => {}
        }
        let key = NameKey::of(text);
        Ok(Self(Arc::from(
            key.tg263().unwrap_or_else(|| text.to_owned()),
        )))
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_tg263() {
        for (given, name) in [
            ("normal-liver", "Liver-GTV"),
            ("Liver minus GTV", "Liver-GTV"),
            ("liver", "Liver"),
            ("Target", "target"),
            ("left kidney", "Kidney_L"),
            ("双肾", "Kidneys"),
            ("Cord PRV 5mm", "SpinalCord_PRV05"),
            ("lungs - gtv", "Lungs-GTV"),
            ("ptv", "PTV"),
            ("Bladder", "Bladder"),
        ] {
            assert_eq!(given.parse::<Role>().unwrap().name(), name, "{given}");
        }
        assert!("  - ".parse::<Role>().unwrap_err().contains("TG-263"));
    }
}
