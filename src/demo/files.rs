//! A demo case on disk: DICOM for the plan, NRRD for the yttrium-90 image.

use super::nrrd::{Nrrd, NrrdVoxels};
use super::{DemoActivity, DemoCase, DemoError};
use crate::dicom::{WriteOptions, write_rtdose, write_rtplan, write_rtstruct};
use crate::geometry::{Grid, Values};
use crate::image::{ActivityMap, LabelMap};
use std::path::Path;
use std::sync::Arc;

/// The activity in Bq/mL.
const ACTIVITY: &str = "y90_activity.nrrd";
/// The lesions as labels.
const LESIONS: &str = "y90_lesions.nrrd";
/// Frame of reference, as a note in a header.
const FRAME: &str = "frame_of_reference_uid";
/// Notes with the names of lesions begin with this; the label follows.
const LESION: &str = "lesion_";

/// The files of a case as name and bytes: the same case gives the same bytes.
///
/// # Errors
/// What the DICOM writers refuse.
pub fn encode(case: &DemoCase) -> Result<Vec<(&'static str, Vec<u8>)>, DemoError> {
    let options = WriteOptions {
        seed: Some(case.uids.seed),
        patient: Some(("Demo^Liver".to_owned(), "HEPADOSE-DEMO".to_owned())),
        frame_of_reference: Some(case.uids.frame_of_reference.clone()),
        ..WriteOptions::default()
    };
    let set = WriteOptions {
        label: Some("Liver SBRT".to_owned()),
        ..options.clone()
    };
    let plan = WriteOptions {
        structure_set_uid: Some(case.uids.structure_set.clone()),
        ..set.clone()
    };
    let dose = WriteOptions {
        plan_uid: Some(case.uids.plan.clone()),
        structure_set_uid: Some(case.uids.structure_set.clone()),
        ..options
    };
    let [activity, lesions] = images(&case.activity);
    Ok(vec![
        (
            "rtstruct.dcm",
            write_rtstruct(&case.structures, None, &set)?,
        ),
        ("rtplan.dcm", write_rtplan(&case.plan, None, &plan)?),
        ("rtdose.dcm", write_rtdose(&case.dose, None, &dose)?),
        (ACTIVITY, activity.to_bytes()?),
        (LESIONS, lesions.to_bytes()?),
    ])
}

/// Writes a case into a folder, which is made if need be, and gives the names of the files.
///
/// # Errors
/// A folder that cannot be written, and as [`encode`].
pub fn write(case: &DemoCase, folder: &Path) -> Result<Vec<&'static str>, DemoError> {
    let failed = |what| move |error: std::io::Error| DemoError::io(what, &error);
    let files = encode(case)?;
    std::fs::create_dir_all(folder).map_err(failed("the folder"))?;
    for (name, bytes) in &files {
        std::fs::write(folder.join(name), bytes).map_err(failed(name))?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// Reads the yttrium-90 image of a case from the folder into which it was written.
///
/// # Errors
/// Files that are missing, cut short or something else.
pub fn read_activity(folder: &Path) -> Result<DemoActivity, DemoError> {
    let read = |name| {
        let bytes =
            std::fs::read(folder.join(name)).map_err(|error| DemoError::io(name, &error))?;
        Ok::<_, DemoError>(Nrrd::from_bytes(&bytes)?)
    };
    let (activity, lesions) = (read(ACTIVITY)?, read(LESIONS)?);
    let (NrrdVoxels::F32(values), NrrdVoxels::U32(labels)) = (activity.voxels, lesions.voxels)
    else {
        return Err(DemoError::VoxelType);
    };
    let note = |key: &str| {
        let found = lesions.notes.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.clone())
    };
    let frame = note(FRAME);
    Ok(DemoActivity {
        map: ActivityMap::new(values, Arc::new(activity.grid))?
            .with_frame_of_reference(frame.clone()),
        lesions: LabelMap::new(labels, Arc::new(lesions.grid))?
            .with_frame_of_reference(frame.clone()),
        names: (1..)
            .map_while(|label: u32| note(&format!("{LESION}{label}")))
            .collect(),
    })
}

fn images(activity: &DemoActivity) -> [Nrrd; 2] {
    let frame = activity.map.frame_of_reference().unwrap_or_default();
    let note = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let named = (1..)
        .zip(&activity.names)
        .map(|(label, name): (u32, _)| note(&format!("{LESION}{label}"), name));
    let values = match activity.map.values() {
        Values::F32(values) => values.to_vec(),
        Values::F64(values) => values.iter().map(|value| *value as f32).collect(),
    };
    let grid = |grid: &Arc<Grid>| Grid::clone(grid);
    [
        Nrrd {
            grid: grid(activity.map.grid()),
            voxels: NrrdVoxels::F32(values),
            notes: vec![
                note(
                    "quantity",
                    "yttrium-90 activity concentration at administration",
                ),
                note("unit", "Bq/mL"),
                note(FRAME, frame),
            ],
        },
        Nrrd {
            grid: grid(activity.lesions.grid()),
            voxels: NrrdVoxels::U32(activity.lesions.labels().to_vec()),
            notes: std::iter::once(note(FRAME, frame)).chain(named).collect(),
        },
    ]
}
