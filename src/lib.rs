//! hepadose: radiotherapy dosimetry of the liver.
//!
//! BED and EQD2 over dose grids, dose-volume histograms and the liver constraints read from them, and
//! yttrium-90 absorbed dose with its published response thresholds. Modules are layers: each uses only
//! those above it in the list below.

pub mod citation;
pub mod error;
pub mod progress;
pub mod provenance;

pub mod numeric;

pub mod isoeffect;

pub mod geometry;

pub mod dose;
pub mod image;

pub mod structure;

pub mod case;

pub mod dvh;

pub mod index;

pub mod radiobiology;

pub mod y90;

pub mod protocol;

pub mod dicom;

pub mod demo;
