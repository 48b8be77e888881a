//! RTDOSE, RTSTRUCT and RTPLAN: readers and writers on dicom-rs.
//!
//! Files are opened in one pass that borrows every value ([`read_rtdose`], [`read_rtstruct`],
//! [`read_rtplan`]); a folder becomes a [`Case`](crate::case::Case) by what its files hold and which UIDs they
//! refer to ([`read_case`], [`read_cases`]). Every length that a file claims is checked against the file before
//! anything is allocated, and no message names a patient or a path.

mod bytes;
mod dataset;
mod decimal;
mod dvh_sequence;
mod error;
mod folder;
mod found;
mod frames;
mod jpeg;
mod matching;
mod nuclear;
mod own;
mod packed;
mod parse;
mod pixels;
mod reader;
mod rle;
mod rtdose;
mod rtplan;
mod rtstruct;
mod uid;
mod with_plan;
mod write;
mod write_rtdose;
mod write_rtplan;
mod write_rtstruct;

pub use error::DicomError;
pub use folder::{CaseFolder, CaseOptions, FoundCase, PlanSummary, read_case, read_cases};
pub use nuclear::{ImageUnit, NuclearImage, read_nuclear_image};
pub use packed::PackedDose;
pub use rtdose::{RtDose, RtDoseOptions, read_packed_rtdose, read_rtdose, read_stored_dvhs};
pub use rtplan::read_rtplan;
pub use rtstruct::{RtStruct, read_rtstruct};
pub use uid::{new_uid, seeded_uid};
pub use write::WriteOptions;
pub use write_rtdose::write_rtdose;
pub use write_rtplan::write_rtplan;
pub use write_rtstruct::write_rtstruct;
