//! A synthetic case of liver radiotherapy, made from a seed: the one of `hepadose demo`,
//! and larger ones for benches.
//!
//! [`build`] draws an abdomen (organs as smooth solids, cut into planar contours), a stereotactic plan of
//! three liver tumours and its dose, and a yttrium-90 image of such a liver. [`write()`] puts it on disk. Nothing in
//! it comes from a patient.

mod activity;
mod anatomy;
mod beams;
mod files;
mod liver;
mod nrrd;
mod options;
mod organs;
mod outlines;
mod random;
mod rings;
mod shape;
mod targets;
mod trunk;
mod uids;

#[cfg(test)]
mod tests;

pub use activity::DemoActivity;
pub use files::{encode, read_activity, write};
pub use nrrd::{Nrrd, NrrdError, NrrdVoxels};
pub use options::DemoOptions;
pub use uids::DemoUids;

use crate::case::{BeamDose, DoseReference, FractionGroup, Plan};
use crate::dicom::DicomError;
use crate::dose::{DoseError, DoseGrid};
use crate::error::NonPhysicalError;
use crate::geometry::vector::Vector;
use crate::geometry::{Grid, GridError};
use crate::image::ImageError;
use crate::structure::{Structure, StructureError};
use anatomy::Anatomy;
use beams::DoseModel;
use std::sync::Arc;

/// Middle of the dose grid along the patient in mm: a little below the middle of the liver.
const MIDDLE_Z_MM: f64 = -12.0;
/// The axes of a patient who lies on the back, head first.
const HEAD_FIRST_SUPINE: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Why a demo case cannot be made, written or read.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An option out of range.
    #[error("demo option {option} must be between {lowest} and {highest}, got {value}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What was given.
        value: f64,
        /// Smallest value accepted.
        lowest: f64,
        /// Largest value accepted.
        highest: f64,
    },
    /// A grid without voxels, or with too many.
    #[error(
        "demo option grid_shape must have 1 to {most} voxels in all (slices, rows, columns), got {shape:?}"
    )]
    GridShape {
        /// What was given.
        shape: [usize; 3],
        /// Most voxels accepted.
        most: usize,
    },
    /// A grid that cannot be made.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// A dose that cannot be made.
    #[error(transparent)]
    Dose(#[from] DoseError),
    /// A structure that cannot be made.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// An activity map that cannot be made or read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A constant out of range.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
    /// A dose grid that the liver does not reach.
    #[error(
        "the dose grid holds no slice of the liver; allowed is a grid_shape of about 200 mm along the patient"
    )]
    LiverOutside,
    /// What the DICOM writers refuse.
    #[error(transparent)]
    Dicom(#[from] DicomError),
    /// What is no readable NRRD image.
    #[error(transparent)]
    Nrrd(#[from] NrrdError),
    /// Activity that is no floating-point image, or labels that are no whole numbers.
    #[error("the activity map must be of type float and the lesions of type uint32")]
    VoxelType,
    /// A file that cannot be written or read.
    #[error("cannot write or read {what}: {reason}")]
    Io {
        /// The file's name, without its folder.
        what: &'static str,
        /// What the system says.
        reason: String,
    },
}

impl DemoError {
    /// An error of the file system, without the path.
    fn io(what: &'static str, error: &std::io::Error) -> Self {
        Self::Io {
            what,
            reason: error.to_string(),
        }
    }
}

/// A synthetic case.
#[derive(Debug, Clone)]
pub struct DemoCase {
    /// Dose of the whole treatment.
    pub dose: DoseGrid<'static>,
    /// Structures in the order of the structure set.
    pub structures: Vec<Structure>,
    /// The plan.
    pub plan: Plan,
    /// The yttrium-90 image: another patient's treatment in the same liver.
    pub activity: DemoActivity,
    /// Identifiers of the objects.
    pub uids: DemoUids,
}

/// Makes a case. The same options give the same case, on any number of threads.
///
/// # Errors
/// Options out of range.
///
/// # Examples
/// ```
/// use hepadose::demo::{DemoOptions, build};
/// let small = DemoOptions { voxel_mm: 8.0, grid_shape: [33, 33, 51], slice_spacing_mm: 8.0, ..DemoOptions::default() };
/// let case = build(&small)?;
/// assert_eq!(case.plan.fractions(), Some(5));
/// assert!(case.structures.iter().any(|structure| structure.name == "Liver"));
/// # Ok::<(), hepadose::demo::DemoError>(())
/// ```
pub fn build(options: &DemoOptions) -> Result<DemoCase, DemoError> {
    options.check()?;
    let anatomy = Anatomy::new(options.seed, options.liver_cc);
    let grid = Arc::new(dose_grid(options)?);
    let uids = DemoUids::new(options);
    let frame = &uids.frame_of_reference;
    let structures = outlines::structures(options, &anatomy, &grid, frame)?;
    let values = DoseModel::new(&anatomy, options.prescription_gy).on(&grid);
    let dose = DoseGrid::physical(values, grid, Some(options.fractions))?
        .with_frame_of_reference(Some(frame.clone()));
    let plan = plan(options, &structures, &uids);
    let liver = structures
        .iter()
        .find(|structure| structure.name == "Liver");
    let activity = activity::activity(
        options.seed,
        options.activity_voxel_mm,
        &anatomy,
        liver,
        frame,
    )?;
    Ok(DemoCase {
        dose,
        structures,
        plan,
        activity,
        uids,
    })
}

/// The dose grid, centred on the patient's axis.
fn dose_grid(options: &DemoOptions) -> Result<Grid, GridError> {
    let [frames, rows, columns] = options.grid_shape;
    let start = |count: usize| -0.5 * (count as f64 - 1.0) * options.voxel_mm;
    let origin = [start(columns), start(rows), MIDDLE_Z_MM + start(frames)];
    Grid::new(
        options.grid_shape,
        [options.voxel_mm; 3],
        origin,
        HEAD_FIRST_SUPINE,
    )
}

fn plan(options: &DemoOptions, structures: &[Structure], uids: &DemoUids) -> Plan {
    let per_fraction_gy = options.prescription_gy / f64::from(options.fractions);
    let beams = (1..)
        .zip(beams::beam_doses(per_fraction_gy))
        .map(|(number, dose_gy)| BeamDose {
            number,
            dose_gy: Some(dose_gy),
        })
        .collect();
    let planning_targets = structures
        .iter()
        .filter(|structure| structure.interpreted_type.as_deref() == Some("PTV"));
    let dose_references = (1..)
        .zip(planning_targets)
        .map(|(number, structure)| DoseReference {
            number,
            structure_type: "VOLUME".to_owned(),
            reference_type: "TARGET".to_owned(),
            roi_number: structure.number,
            prescription_gy: Some(options.prescription_gy),
            description: Some(structure.name.clone()),
        })
        .collect();
    Plan {
        label: Some("Liver SBRT".to_owned()),
        approval_status: Some("UNAPPROVED".to_owned()),
        fraction_groups: vec![FractionGroup {
            number: 1,
            fractions: Some(options.fractions),
            beams,
        }],
        dose_references,
        sop_instance_uid: Some(uids.plan.clone()),
        structure_set_uid: Some(uids.structure_set.clone()),
        frame_of_reference: Some(uids.frame_of_reference.clone()),
    }
}
