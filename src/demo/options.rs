//! What a demo case is made of.

use super::DemoError;

/// Largest number of voxels that a demo grid may have.
const MOST_VOXELS: usize = 1 << 28;

/// The parameters of a synthetic case.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoOptions {
    /// Seed of the anatomy, the noise and the UIDs: the same options give the same bytes.
    pub seed: u64,
    /// Spacing of the dose grid in mm, equal along all axes.
    pub voxel_mm: f64,
    /// Shape of the dose grid as `(slices, rows, columns)`.
    pub grid_shape: [usize; 3],
    /// Distance between contour planes in mm.
    pub slice_spacing_mm: f64,
    /// Mean number of points on a contour; long outlines get more, short ones fewer.
    pub points_per_contour: usize,
    /// Number of fractions.
    pub fractions: u32,
    /// Prescribed dose in gray, in all fractions together.
    pub prescription_gy: f64,
    /// Volume of the liver in cubic centimetres, met to about 1 %.
    pub liver_cc: f64,
    /// Further organs (at most 7) beyond the usual eighteen structures.
    pub extra_rois: usize,
    /// Whether there is an isocentre (a point) and a region in which nothing is drawn.
    pub marker_rois: bool,
    /// Spacing of the yttrium-90 activity map in mm.
    pub activity_voxel_mm: f64,
}

impl Default for DemoOptions {
    /// The case of `hepadose demo`.
    fn default() -> Self {
        Self {
            seed: 2,
            voxel_mm: 2.0,
            grid_shape: [130, 132, 202],
            slice_spacing_mm: 3.0,
            points_per_contour: 90,
            fractions: 5,
            prescription_gy: 50.0,
            liver_cc: 1500.0,
            extra_rois: 0,
            marker_rois: true,
            activity_voxel_mm: 2.5,
        }
    }
}

impl DemoOptions {
    /// The case of the benches: 22 drawn structures, about 1,900 contours and 450,000 points, and a dose of
    /// 202 columns, 132 rows and 187 slices.
    pub fn bench() -> Self {
        Self {
            grid_shape: [187, 132, 202],
            slice_spacing_mm: 2.0,
            points_per_contour: 235,
            extra_rois: 4,
            marker_rois: false,
            ..Self::default()
        }
    }

    /// Whether a case can be made of them.
    ///
    /// # Errors
    /// Numbers out of range, with what would be accepted.
    pub(super) fn check(&self) -> Result<(), DemoError> {
        let ranges = [
            ("voxel_mm", self.voxel_mm, 0.5, 10.0),
            ("slice_spacing_mm", self.slice_spacing_mm, 0.5, 10.0),
            (
                "points_per_contour",
                self.points_per_contour as f64,
                16.0,
                4096.0,
            ),
            ("fractions", f64::from(self.fractions), 1.0, 100.0),
            ("prescription_gy", self.prescription_gy, 1.0, 200.0),
            ("liver_cc", self.liver_cc, 900.0, 2200.0),
            ("extra_rois", self.extra_rois as f64, 0.0, 7.0),
            ("activity_voxel_mm", self.activity_voxel_mm, 1.0, 10.0),
        ];
        for (option, value, lowest, highest) in ranges {
            if !(lowest..=highest).contains(&value) {
                return Err(DemoError::Option {
                    option,
                    value,
                    lowest,
                    highest,
                });
            }
        }
        let voxels = self
            .grid_shape
            .iter()
            .try_fold(1_usize, |product, n| product.checked_mul(*n))
            .filter(|voxels| *voxels <= MOST_VOXELS);
        if voxels.is_none_or(|voxels| voxels == 0) {
            return Err(DemoError::GridShape {
                shape: self.grid_shape,
                most: MOST_VOXELS,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_option_is_out_of_range() {
        assert!(DemoOptions::default().check().is_ok() && DemoOptions::bench().check().is_ok());
        let bad = DemoOptions {
            voxel_mm: f64::NAN,
            ..DemoOptions::default()
        };
        let message = bad.check().unwrap_err().to_string();
        assert_eq!(
            message,
            "demo option voxel_mm must be between 0.5 and 10, got NaN"
        );
        for shape in [[0, 1, 1], [usize::MAX, 2, 2], [1 << 20, 1 << 20, 1]] {
            let bad = DemoOptions {
                grid_shape: shape,
                ..DemoOptions::default()
            };
            assert!(bad.check().is_err());
        }
    }
}
