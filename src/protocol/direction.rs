//! On which side a limit lies: a side that nobody means is an error, one that few mean is a doubt.

use super::{Goal, Measure};
use crate::dvh::{DoseLevel, MetricSpec, Quantity};
use crate::index::Index;

impl Goal {
    /// Refuses a limit on the side that nobody means, in words for the one who wrote it.
    pub(super) fn check_direction(&self) -> Result<(), String> {
        let Some(level) = self.levels.first() else {
            return Ok(());
        };
        let wants_high = level.comparator.wants_high();
        let shown = format!("{} {} {}", self.metric, level.comparator, level.limit);
        let other = if wants_high { "<=" } else { ">=" };
        if let Measure::Index(index) = self.metric {
            return match better_high(index) {
                Some(high) if high != wants_high => Err(format!(
                    "{shown} asks for the worse of two plans; write {} {other} {}",
                    self.metric, level.limit
                )),
                _ => Ok(()),
            };
        }
        if !self.structure.is_organ() || !self.asks_for_dose() {
            return Ok(());
        }
        Err(format!(
            "{shown} is met by more dose and not by less, so it asks for more dose in an organ; write {} {other} {}; an \
             organ that is itself treated is named as a target, such as CTV_{}",
            self.metric, level.limit, self.structure
        ))
    }

    /// What a reader should look at twice: a side that few mean.
    pub(super) fn doubt(&self) -> Option<String> {
        let level = self.levels.first()?;
        let shown = format!("{} {} {}", self.metric, level.comparator, level.limit);
        if self.structure.is_target_like() {
            let Measure::Dvh(MetricSpec { quantity, .. }) = self.metric else {
                return None;
            };
            let odd = match quantity {
                Quantity::VolumeBelow(_) => level.comparator.wants_high(),
                Quantity::VolumeAtLeast(DoseLevel::Percent(percent)) => {
                    !level.comparator.wants_high() && percent < 100.0
                }
                Quantity::Min => !level.comparator.wants_high(),
                _ => false,
            };
            return odd.then(|| {
                format!(
                    "{shown} keeps dose away from {}, a target; look whether that is meant",
                    self.structure
                )
            });
        }
        let unknown = !self.structure.is_prescription() && !self.structure.is_organ();
        (unknown && self.asks_for_dose()).then(|| {
            format!(
                "{shown} asks for dose in {}, which no table knows as a target or an organ; look whether that is meant",
                self.structure
            )
        })
    }

    /// Whether more dose meets it: a minimum of what rises with dose, a maximum of what falls.
    fn asks_for_dose(&self) -> bool {
        let high = self
            .levels
            .first()
            .is_some_and(|level| level.comparator.wants_high());
        match self.metric {
            Measure::Dvh(MetricSpec { quantity, .. }) => match quantity {
                Quantity::VolumeBelow(_) => !high,
                Quantity::Volume => false,
                _ => high,
            },
            Measure::EffectiveVolume { .. } => high,
            Measure::PrescriptionBed | Measure::Index(_) => false,
        }
    }
}

/// Whether a higher index is a better plan; nothing where both sides have a limit.
const fn better_high(index: Index) -> Option<bool> {
    match index {
        Index::PaddickConformity => Some(true),
        Index::IcruHomogeneity | Index::PaddickGradient | Index::R50 => Some(false),
        Index::RtogConformity => None,
    }
}
