//! What can be wrong with DICOM input, in words that name no patient and no path.

use super::folder::PlanSummary;
use crate::dose::DoseError;
use crate::geometry::GridError;
use crate::structure::StructureError;

/// Why something cannot be read from, or written to, DICOM.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DicomError {
    /// Neither a preamble nor anything that reads as a data set.
    #[error(
        "not a DICOM file: neither the DICM mark at byte 128 nor a data set that starts sensibly in implicit or explicit VR; give an RTDOSE, RTSTRUCT or RTPLAN file"
    )]
    NotDicom,
    /// The file ends before what it announces.
    #[error(
        "truncated DICOM file: {element} announces {claimed} bytes, the file has {left} left; copy or export the file again"
    )]
    Truncated {
        /// The element, as `(gggg,eeee)`, or what else was being read.
        element: String,
        /// Bytes announced.
        claimed: u64,
        /// Bytes left.
        left: u64,
    },
    /// The structure of the data set is broken.
    #[error("malformed DICOM data set at byte {position}: {what}; export the file again")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where.
        position: u64,
    },
    /// A transfer syntax that is not read here.
    #[error(
        "transfer syntax {uid} ({name}) is not supported; allowed are implicit and explicit VR little endian, explicit VR big endian, deflated and, for pixels, RLE lossless (for images also JPEG baseline and lossless): convert the file to one of these"
    )]
    TransferSyntax {
        /// Its UID.
        uid: String,
        /// Its name, where known.
        name: &'static str,
    },
    /// Another kind of object than was asked for.
    #[error("asked for {wanted}, got {got}; give the {wanted} file")]
    WrongModality {
        /// What was asked for.
        wanted: &'static str,
        /// What the file says that it is.
        got: String,
    },
    /// A required element is absent or empty.
    #[error("{file} has no {element}, which is required; {remedy}")]
    Missing {
        /// The kind of file.
        file: &'static str,
        /// Keyword of the element.
        element: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// An element with a value that cannot be used.
    #[error("{element} is {got}, allowed is {allowed}; {remedy}")]
    Value {
        /// Keyword of the element.
        element: &'static str,
        /// What the file says.
        got: String,
        /// What would have been accepted.
        allowed: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Rows, columns, frames and bits promise more pixels than there are bytes.
    #[error(
        "the header claims {frames} frames of {rows} x {columns} pixels at {bits} bits, which is {claimed} bytes, but the pixel data has {got}; the file is truncated or its header is wrong: export it again"
    )]
    PixelCount {
        /// Number of frames claimed.
        frames: u64,
        /// Rows claimed.
        rows: u64,
        /// Columns claimed.
        columns: u64,
        /// Bits allocated.
        bits: u64,
        /// Bytes that these make.
        claimed: u128,
        /// Bytes of pixel data in the file.
        got: u64,
    },
    /// Dose in per cent of something.
    #[error(
        "DoseUnits is RELATIVE: the grid is in per cent of an unstated dose, not in gray; allowed is GY: export absolute dose"
    )]
    RelativeDose,
    /// A dose difference, not a dose.
    #[error(
        "DoseType is ERROR: the grid holds a difference between dose and its uncertainty or another dose, not a dose; allowed are PHYSICAL and EFFECTIVE: export the dose itself"
    )]
    ErrorDose,
    /// The file says what the dose is, and the caller says otherwise.
    #[error(
        "dose_type= says {given}, but the file states DoseType {stated}; dose_type= is for files that state none: leave it out"
    )]
    DoseTypeConflict {
        /// What the file states.
        stated: String,
        /// What the caller gave.
        given: String,
    },
    /// Frame offsets that are neither relative nor absolute.
    #[error(
        "GridFrameOffsetVector starts with {first} mm, allowed is 0 (relative) or, for axial grids, the z of ImagePositionPatient ({z} mm; absolute); the frames cannot be placed: export the dose again"
    )]
    FrameOffsets {
        /// The first offset.
        first: f64,
        /// z of the image position.
        z: f64,
    },
    /// Contour data that is no list of points.
    #[error(
        "contour {contour} of ROI {roi} cannot be read: {what}; allowed is x\\y\\z for each point, in decimal numbers: export the structure set again"
    )]
    ContourData {
        /// ROI number.
        roi: i32,
        /// Index of the contour.
        contour: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Two ROIs with one number.
    #[error(
        "ROI number {number} stands twice in the structure set, allowed is once: contours cannot be assigned; export the structure set again"
    )]
    RepeatedRoiNumber {
        /// The number.
        number: i32,
    },
    /// Structures and dose do not share coordinates.
    #[error(
        "the RTSTRUCT is in frame of reference ...{structures}, the RTDOSE in ...{dose}; they must be the same: register them, or export the structure set of the planning image"
    )]
    FrameMismatch {
        /// End of the structures' UID.
        structures: String,
        /// End of the dose's UID.
        dose: String,
    },
    /// More than one plan where one is meant.
    #[error(
        "the folder holds {} plans, allowed is one: {}; choose one with plan= (its label or SOP instance UID), or read all of them with read_cases",
        plans.len(),
        PlanSummary::list(plans)
    )]
    SeveralPlans {
        /// All of them.
        plans: Vec<PlanSummary>,
    },
    /// The plan that was chosen is not there, or not one.
    #[error(
        "plan= names {matches} of the plans in the folder, it must name one; there are: {}",
        PlanSummary::list(plans)
    )]
    PlanChoice {
        /// How many plans the choice names.
        matches: usize,
        /// All plans.
        plans: Vec<PlanSummary>,
    },
    /// Objects of one plan lie in several frames of reference.
    #[error(
        "the folder holds {what} in {} frames of reference, allowed is one: {}; put each into its own folder",
        frames.len(),
        frames.iter().map(|uid| format!("...{uid}")).collect::<Vec<_>>().join(", ")
    )]
    SeveralFrames {
        /// What.
        what: &'static str,
        /// Ends of the frame of reference UIDs.
        frames: Vec<String>,
    },
    /// More than one dose or structure set for one plan.
    #[error(
        "{count} {what} belong to the same plan and none of them can be preferred; leave one in the folder, or read the files one by one"
    )]
    Ambiguous {
        /// What: `RTDOSE files`, `RTSTRUCT files`.
        what: &'static str,
        /// How many.
        count: usize,
    },
    /// A folder without anything to read.
    #[error(
        "no RTDOSE, RTSTRUCT or RTPLAN was found in the folder or below it; files are found by what they hold, not by name: check that they are DICOM"
    )]
    NothingFound,
    /// The operating system refused.
    #[error("cannot read {what}: {kind}; check that it exists and that you may read it")]
    Io {
        /// What was being read: `the folder`, `a file in the folder`.
        what: &'static str,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// A file that was another one when it was read again.
    #[error(
        "a file in the folder changed while it was being read; wait until it is written, then read it again"
    )]
    Changed,
    /// Something that DICOM has no room for.
    #[error("cannot write {what}: {reason}")]
    Write {
        /// What: `RTDOSE`, `RTSTRUCT`, `RTPLAN`.
        what: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// The geometry in the header makes no grid.
    #[error("the grid of the RTDOSE cannot be used: {0}")]
    Grid(#[from] GridError),
    /// The values make no dose.
    #[error("the RTDOSE cannot be used: {0}")]
    Dose(#[from] DoseError),
    /// A structure cannot be made.
    #[error(transparent)]
    Structure(#[from] StructureError),
}

/// The end of a UID, enough to tell two apart.
pub(super) fn short_uid(uid: &str) -> String {
    const KEEP: usize = 12;
    let from = uid
        .char_indices()
        .rev()
        .nth(KEEP - 1)
        .map_or(0, |(at, _)| at);
    uid[from..].to_owned()
}

/// A code string as it may stand in a message: short, and nothing that could be a name or free text.
pub(super) fn code_for_message(text: &str) -> String {
    let plain = text.len() <= 16
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b' ');
    match (text.is_empty(), plain) {
        (true, _) => "empty".to_owned(),
        (_, true) => text.to_owned(),
        _ => "something that is no DICOM code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hide_free_text() {
        assert_eq!(code_for_message("CGY"), "CGY");
        assert_eq!(
            code_for_message("Doe^Jane"),
            "something that is no DICOM code"
        );
        assert_eq!(short_uid("1.2.3"), "1.2.3");
        assert_eq!(short_uid("1.2.840.10008.123456789"), "08.123456789");
    }
}
