//! The volumes that indices are made of, read from two DVHs: that of the target and that of the whole grid.

use super::{Index, icru_homogeneity, paddick_conformity, paddick_gradient, r50, rtog_conformity};
use crate::dose::DoseGrid;
use crate::dvh::{Dvh, DvhError, DvhSettings, MetricSpec, NotEvaluable, dvh};
use crate::progress::Progress;
use crate::structure::Structure;
use std::sync::Arc;

/// Why an index has no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IndexError {
    /// A volume or dose that it needs has no value.
    #[error("{what}: {reason}")]
    Needs {
        /// What is needed.
        what: &'static str,
        /// Why there is none.
        reason: NotEvaluable,
    },
    /// The prescription isodose meets the end of the dose grid, or there is none.
    #[error("{0} is not defined for this plan: {1}")]
    Undefined(&'static str, &'static str),
}

/// Target and isodose volumes of one target at one prescription.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanVolumes {
    /// Target volume TV.
    pub target_cc: f64,
    /// Part of the target that receives at least the prescription, `TV_PIV`.
    pub target_in_isodose_cc: f64,
    /// Volume of the prescription isodose in the whole grid, PIV.
    pub isodose_cc: f64,
    /// Volume of half the prescription in the whole grid.
    pub half_isodose_cc: f64,
    /// D2%, D50% and D98% of the target in gray.
    pub target_doses_gy: [f64; 3],
    /// Estimated numerical errors of the four volumes and the three doses, in this order and in their units.
    pub errors: [f64; 7],
}

/// The DVH of everything that a dose grid covers: its V(d) is the volume of the isodose d.
///
/// # Errors
/// As [`dvh`].
pub fn whole_grid(
    dose: &DoseGrid<'_>,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    let grid = Arc::clone(dose.grid());
    let mut whole = Structure::from_mask("dose grid", vec![1.0; grid.len()], grid)?;
    whole.frame_of_reference = dose.frame_of_reference().map(str::to_owned);
    dvh(dose, &whole, settings, progress)
}

impl PlanVolumes {
    /// Reads the volumes at a prescription from the DVH of the target and of the [`whole_grid`].
    ///
    /// # Errors
    /// A metric that is not evaluable.
    pub fn read(target: &Dvh, whole: &Dvh, prescription_gy: f64) -> Result<Self, IndexError> {
        let get = |dvh: &Dvh, metric: String, what| {
            // The metrics are written here and always parse.
            let spec = MetricSpec::parse(&metric)
                .map_err(|_| IndexError::Undefined(what, "the prescription is no number"))?;
            let metric = dvh.metric(&spec);
            match metric.value {
                Ok(value) => Ok((value, metric.uncertainty.unwrap_or(0.0))),
                Err(reason) => Err(IndexError::Needs { what, reason }),
            }
        };
        let at = format!("V{prescription_gy}Gy[cc]");
        let half = format!("V{}Gy[cc]", 0.5 * prescription_gy);
        let whole_target = get(target, "Volume[cc]".to_owned(), "volume of the target")?;
        let common = get(target, at.clone(), "target inside the prescription isodose")?;
        let isodose = get(whole, at, "volume of the prescription isodose")?;
        let half = get(whole, half, "volume of half the prescription isodose")?;
        let d2 = get(target, "D2%[Gy]".to_owned(), "D2% of the target")?;
        let d50 = get(target, "D50%[Gy]".to_owned(), "D50% of the target")?;
        let d98 = get(target, "D98%[Gy]".to_owned(), "D98% of the target")?;
        Ok(Self {
            target_cc: whole_target.0,
            // A part is no more than the whole, though the two were sampled on lattices of their own.
            target_in_isodose_cc: common.0.min(isodose.0),
            isodose_cc: isodose.0,
            half_isodose_cc: half.0,
            target_doses_gy: [d2.0, d50.0, d98.0],
            errors: [whole_target, common, isodose, half, d2, d50, d98].map(|(_, error)| error),
        })
    }

    /// Estimated numerical error of an index: what the errors of its volumes and doses make of it, added as squares.
    /// `None` where the index has no value.
    pub fn uncertainty(&self, index: Index) -> Option<f64> {
        let value = self.index(index).ok()?;
        let moved = (0..self.errors.len()).map(|which| {
            let mut other = *self;
            let [d2, d50, d98] = &mut other.target_doses_gy;
            let quantities = [
                &mut other.target_cc,
                &mut other.target_in_isodose_cc,
                &mut other.isodose_cc,
                &mut other.half_isodose_cc,
                d2,
                d50,
                d98,
            ];
            for (position, quantity) in quantities.into_iter().enumerate() {
                if position == which {
                    *quantity += self.errors[which];
                }
            }
            let then = other.index(index).unwrap_or(value);
            (then - value).powi(2)
        });
        Some(moved.sum::<f64>().sqrt())
    }

    /// The value of an index.
    ///
    /// # Errors
    /// An index that these volumes do not define.
    pub fn index(&self, index: Index) -> Result<f64, IndexError> {
        let [d2, d50, d98] = self.target_doses_gy;
        let value = match index {
            Index::PaddickConformity => {
                paddick_conformity(self.target_cc, self.isodose_cc, self.target_in_isodose_cc)
            }
            Index::RtogConformity => rtog_conformity(self.target_cc, self.isodose_cc),
            Index::IcruHomogeneity => icru_homogeneity(d2, d98, d50),
            Index::PaddickGradient => paddick_gradient(self.half_isodose_cc, self.isodose_cc),
            Index::R50 => r50(self.half_isodose_cc, self.target_cc),
        };
        value.ok_or(IndexError::Undefined(
            index.name(),
            "the prescription isodose or the target has no volume",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Grid;
    use approx::assert_relative_eq;
    use std::f64::consts::{PI, TAU};

    /// A dose that falls from 60 Gy in the centre by 1 Gy a millimetre: isodoses are spheres.
    fn cone() -> DoseGrid<'static> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let n = 91;
        let grid = Grid::new([n, n, n], [1.0; 3], [-45.0; 3], axes).unwrap();
        let mut values = Vec::with_capacity(grid.len());
        for k in 0..n {
            for j in 0..n {
                for i in 0..n {
                    let [x, y, z] = [i, j, k].map(|index| index as f64 - 45.0);
                    values.push((60.0 - (x * x + y * y + z * z).sqrt()).max(0.0));
                }
            }
        }
        DoseGrid::physical(values, grid, Some(5)).unwrap()
    }

    fn sphere_cc(radius_mm: f64) -> f64 {
        4.0 / 3.0 * PI * radius_mm.powi(3) / 1000.0
    }

    /// A ball of a radius around (x, 0, 0), drawn as circles 0.25 mm apart.
    fn ball(radius_mm: f64, x_mm: f64) -> Structure {
        let planes = (radius_mm / 0.25).floor() as i32;
        let circles: Vec<Vec<[f64; 3]>> = (1 - planes..planes)
            .map(|plane| {
                let z = 0.25 * f64::from(plane);
                let radius = (radius_mm * radius_mm - z * z).sqrt();
                (0..180)
                    .map(|n| TAU * f64::from(n) / 180.0)
                    .map(|angle| [x_mm + radius * angle.cos(), radius * angle.sin(), z])
                    .collect()
            })
            .collect();
        Structure::from_contours("PTV", &circles, Some(0.25)).unwrap()
    }

    #[test]
    fn spheres_in_a_cone_of_dose_have_their_closed_forms() {
        let dose = cone();
        let settings = DvhSettings::default();
        let whole = whole_grid(&dose, &settings, &Progress::new()).unwrap();
        // 50 Gy is a ball of 10 mm radius; 25 Gy one of 35 mm; the target a ball of 12 mm.
        let target = ball(12.0, 0.0);
        let target = dvh(&dose, &target, &settings, &Progress::new()).unwrap();
        let volumes = PlanVolumes::read(&target, &whole, 50.0).unwrap();
        // Straight lines between voxels lie below the cone: isodoses are smaller by up to 0.02 mm.
        assert_relative_eq!(volumes.isodose_cc, sphere_cc(10.0), max_relative = 1e-2);
        assert_relative_eq!(
            volumes.half_isodose_cc,
            sphere_cc(35.0),
            max_relative = 1e-3
        );
        assert_relative_eq!(
            volumes.target_in_isodose_cc,
            sphere_cc(10.0),
            max_relative = 1e-2
        );
        let index = |index| volumes.index(index).unwrap();
        let ratio = (10.0_f64 / 12.0).powi(3);
        assert_relative_eq!(index(Index::PaddickConformity), ratio, max_relative = 1e-2);
        assert_relative_eq!(index(Index::RtogConformity), ratio, max_relative = 1e-2);
        assert_relative_eq!(
            index(Index::PaddickGradient),
            3.5_f64.powi(3),
            max_relative = 1e-2
        );
        assert_relative_eq!(
            index(Index::R50),
            (35.0_f64 / 12.0).powi(3),
            max_relative = 1e-2
        );
        // D(v) of a ball of 12 mm in this cone: 60 - 12 v^(1/3).
        let d = |v: f64| 60.0 - 12.0 * v.cbrt();
        assert_relative_eq!(
            index(Index::IcruHomogeneity),
            (d(0.02) - d(0.98)) / d(0.5),
            max_relative = 1e-2
        );
    }

    #[test]
    fn an_isodose_beside_the_target_is_conform_for_rtog_and_not_for_paddick() {
        let dose = cone();
        let settings = DvhSettings::default();
        let whole = whole_grid(&dose, &settings, &Progress::new()).unwrap();
        let beside = ball(10.0, 25.0);
        let target = dvh(&dose, &beside, &settings, &Progress::new()).unwrap();
        let volumes = PlanVolumes::read(&target, &whole, 50.0).unwrap();
        assert_relative_eq!(
            volumes.index(Index::RtogConformity).unwrap(),
            1.0,
            max_relative = 1e-2
        );
        assert!(volumes.index(Index::PaddickConformity).unwrap() < 1e-3);
        // No isodose, no index.
        let none = PlanVolumes::read(&target, &whole, 70.0).unwrap();
        assert!(none.index(Index::PaddickGradient).is_err());
    }
}
