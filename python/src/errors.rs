//! From the core's errors to the exception classes of `hepadose.errors`: this is the one place.
//!
//! The classes are written in Python, where they can also be a `ValueError`, carry annotations and be
//! pickled; each takes its message and, by keyword, its attributes.

use hepadose::demo::DemoError;
use hepadose::dicom::DicomError;
use hepadose::dose::DoseError;
use hepadose::dvh::{DvhError, MetricSyntaxError};
use hepadose::error::NonPhysicalError;
use hepadose::geometry::GridError;
use hepadose::image::ImageError;
use hepadose::isoeffect::{AlphaBetaMapError, EffectError};
use hepadose::progress::Cancelled;
use hepadose::protocol::{CheckError, ProtocolError};
use hepadose::radiobiology::RadiobiologyError;
use hepadose::structure::StructureError;
use hepadose::y90::Y90Error;
use hepadose::y90::fit::FitError;
use numpy::{AsSliceError, BorrowError};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::fmt::Display;

use crate::dose::DoseKind;

/// A Python exception that any error of the core turns into by `?`.
#[derive(Debug)]
pub(crate) struct Error(PyErr);

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl From<PyErr> for Error {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

impl Error {
    /// An exception of a class of `hepadose.errors`, with a message and attributes.
    pub(crate) fn build(
        class: &str,
        message: impl Display,
        details: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
    ) -> Self {
        Python::attach(|py| {
            let make = || {
                let keywords = PyDict::new(py);
                details(&keywords)?;
                let class = py.import("hepadose.errors")?.getattr(class)?;
                class.call((message.to_string(),), Some(&keywords))
            };
            Self(make().map_or_else(|error| error, PyErr::from_value))
        })
    }

    /// A setting that is not what it can be.
    pub(crate) fn setting(name: &str, got: &str, allowed: &str) -> Self {
        Self(PyValueError::new_err(format!(
            "{name} must be {allowed}, got {got}"
        )))
    }
}

/// `raise!("Class", error; attribute = value, ...)`.
macro_rules! raise {
    ($class:literal, $error:expr $(; $($name:ident = $value:expr),+)?) => {
        Error::build($class, &$error, |_details| {
            $($(_details.set_item(stringify!($name), $value)?;)+)?
            Ok(())
        })
    };
}
pub(crate) use raise;

impl From<NonPhysicalError> for Error {
    fn from(error: NonPhysicalError) -> Self {
        raise!("NonPhysicalError", error;
            quantity = error.quantity, value = error.value, allowed = error.allowed)
    }
}

impl From<EffectError> for Error {
    fn from(error: EffectError) -> Self {
        match error {
            EffectError::Combination { model, .. } => raise!("ModelError", error; model = model),
            EffectError::NonPhysical(inner) => inner.into(),
        }
    }
}

impl From<AlphaBetaMapError> for Error {
    fn from(error: AlphaBetaMapError) -> Self {
        match error {
            AlphaBetaMapError::NonPhysical(inner) => inner.into(),
            _ => Self(PyValueError::new_err(error.to_string())),
        }
    }
}

impl From<GridError> for Error {
    fn from(error: GridError) -> Self {
        let reason = match error {
            GridError::EmptyShape(_) => "empty_shape",
            GridError::TooLarge(_) => "too_large",
            GridError::Spacing(_) => "spacing",
            GridError::Origin(_) => "origin",
            GridError::Direction(_) => "direction",
            GridError::FrameCount { .. } => "frame_count",
            GridError::FrameOrder { .. } => "frame_order",
            GridError::NoAffine => "no_affine",
            GridError::NotRigid => "not_rigid",
            GridError::Displacements { .. } => "displacements",
            GridError::InfiniteDisplacement => "infinite_displacement",
        };
        raise!("GridError", error; reason = reason)
    }
}

impl From<DoseError> for Error {
    fn from(error: DoseError) -> Self {
        match &error {
            DoseError::Shape { got, expected, .. } => {
                raise!("ShapeError", error; got = *got, expected = *expected)
            }
            DoseError::Values {
                count,
                what,
                k,
                j,
                i,
                ..
            } => {
                raise!("DoseValueError", error; count = *count, what = *what, index = (*k, *j, *i))
            }
            DoseError::KindMismatch { left, right, .. } => {
                raise!("KindMismatchError", error; kind = DoseKind(*left), other = DoseKind(*right))
            }
            DoseError::NotStored { kind } | DoseError::NotBed { kind } => {
                raise!("WrongKindOfDoseError", error; kind = DoseKind(*kind))
            }
            DoseError::NotPhysical { kind, .. } => {
                raise!("NotPhysicalDoseError", error; kind = DoseKind(*kind))
            }
            DoseError::FractionsUnknown => raise!("FractionsError", error; reason = "unstated"),
            DoseError::FractionsKnown { .. } => raise!("FractionsError", error; reason = "known"),
            DoseError::FractionsStated { .. } => raise!("FractionsError", error; reason = "stated"),
            DoseError::FractionsMixed => raise!("FractionsError", error; reason = "mixed"),
            DoseError::NotTotal { scope } => raise!("ScopeError", error; scope = scope.name()),
            DoseError::GridMismatch => raise!("GridMismatchError", error),
            DoseError::FrameMismatch => raise!("FrameOfReferenceError", error),
            DoseError::Effect(inner) => inner.clone().into(),
            DoseError::NonPhysical(inner) => inner.clone().into(),
        }
    }
}

impl From<BorrowError> for Error {
    fn from(error: BorrowError) -> Self {
        Self(PyValueError::new_err(format!(
            "the array cannot be used here: {error}"
        )))
    }
}

impl From<AsSliceError> for Error {
    fn from(error: AsSliceError) -> Self {
        Self(error.into())
    }
}

impl From<Cancelled> for Error {
    fn from(error: Cancelled) -> Self {
        Self(PyRuntimeError::new_err(error.to_string()))
    }
}

impl From<StructureError> for Error {
    fn from(error: StructureError) -> Self {
        use StructureError as E;
        match &error {
            StructureError::NonPhysical(inner) => inner.clone().into(),
            E::MaskShape { got, expected, .. } => {
                raise!("ShapeError", error; got = *got, expected = *expected)
            }
            E::FrameMismatch { .. } => raise!("FrameOfReferenceError", error),
            E::NotFinite { name, .. }
            | E::NotPlanar { name, .. }
            | E::NotParallel { name }
            | E::MaskValue { name, .. }
            | E::NoSpace { name, .. }
            | E::Margin { name }
            | E::Combination { left: name, .. } => {
                raise!("StructureError", error; structure = name)
            }
        }
    }
}

impl From<MetricSyntaxError> for Error {
    fn from(error: MetricSyntaxError) -> Self {
        raise!("MetricSyntaxError", error; text = &error.text, reason = error.reason)
    }
}

impl From<DvhError> for Error {
    fn from(error: DvhError) -> Self {
        match error {
            DvhError::FrameMismatch { .. } => raise!("FrameOfReferenceError", error),
            DvhError::SampleCount { .. }
            | DvhError::LabelCount { .. }
            | DvhError::Presets { .. }
            | DvhError::Weights { .. }
            | DvhError::Plan { .. }
            | DvhError::Grid(_) => raise!("DvhError", error),
            DvhError::NoPreset { .. } => Self(PyValueError::new_err(error.to_string())),
            DvhError::Structure(inner) => inner.into(),
            DvhError::NonPhysical(inner) => inner.into(),
            DvhError::Cancelled(inner) => inner.into(),
        }
    }
}

impl From<RadiobiologyError> for Error {
    fn from(error: RadiobiologyError) -> Self {
        use RadiobiologyError as E;
        match &error {
            E::Basis { kind, basis, .. } => {
                raise!("BasisError", error; kind = DoseKind(*kind), basis = basis.to_string())
            }
            E::UnknownSet { id, .. } => raise!("UnknownParametersError", error; id = id),
            E::Scope(scope) => raise!("ScopeError", error; scope = scope.name()),
            E::Effect(inner) => inner.clone().into(),
            E::NonPhysical(inner) => inner.clone().into(),
            _ => raise!("RadiobiologyError", error),
        }
    }
}

impl From<ImageError> for Error {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Shape { got, expected, .. } => {
                raise!("ShapeError", error; got = got, expected = expected)
            }
            ImageError::FrameMismatch => raise!("FrameOfReferenceError", error),
            ImageError::Cancelled(inner) => inner.into(),
            _ => raise!("ImageError", error),
        }
    }
}

impl From<Y90Error> for Error {
    fn from(error: Y90Error) -> Self {
        match &error {
            Y90Error::NoThresholds {
                device,
                disease,
                dosimetry,
                ..
            } => {
                raise!("NoThresholdsError", error;
                    device = device.name(), disease = disease.name(), dosimetry = dosimetry.name())
            }
            Y90Error::NotAbsorbedDose { kind } => {
                raise!("NotPhysicalDoseError", error; kind = DoseKind(*kind))
            }
            Y90Error::NotTotal { scope } => raise!("ScopeError", error; scope = scope.name()),
            Y90Error::ThresholdFile { .. } => raise!("ProtocolError", error),
            Y90Error::DensityGrid => raise!("GridMismatchError", error),
            Y90Error::KernelSpacing { .. } | Y90Error::KernelDensity { .. } => {
                raise!("ImageError", error)
            }
            Y90Error::NotActivity
            | Y90Error::NoCounts { .. }
            | Y90Error::ReferenceRegion { .. } => {
                raise!("CalibrationError", error)
            }
            Y90Error::Planning(_) => raise!("PlanningError", error),
            Y90Error::Histogram { .. } => raise!("DvhError", error),
            Y90Error::EmptyRegion { .. } => raise!("ImageError", error),
            Y90Error::Dvh(inner) => inner.clone().into(),
            Y90Error::Structure(inner) => inner.clone().into(),
            Y90Error::Dose(inner) => inner.clone().into(),
            Y90Error::Image(inner) => inner.clone().into(),
            Y90Error::NonPhysical(inner) => inner.clone().into(),
        }
    }
}

impl From<FitError> for Error {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Cancelled(cancelled) => cancelled.into(),
            _ => raise!("FitError", error),
        }
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        match &error {
            ProtocolError::Unknown { id, .. } => raise!("UnknownProtocolError", error; id = id),
            ProtocolError::Syntax { line, .. } | ProtocolError::Content { line, .. } => {
                raise!("ProtocolError", error; line = *line)
            }
            ProtocolError::Family { family, .. } => {
                raise!("ProtocolFamilyError", error; family = family)
            }
            ProtocolError::NotClinical { id, reason } => {
                raise!("NotClinicalError", error; id = id, reason = reason)
            }
        }
    }
}

impl From<CheckError> for Error {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::NonPhysical(inner) => inner.into(),
            CheckError::Cancelled(inner) => inner.into(),
            _ => raise!("MappingError", error),
        }
    }
}

impl From<DicomError> for Error {
    fn from(error: DicomError) -> Self {
        use DicomError as E;
        match &error {
            E::SeveralPlans { plans } | E::PlanChoice { plans, .. } => {
                let labels: Vec<_> = plans.iter().map(|plan| plan.label.clone()).collect();
                raise!("PlanChoiceError", error; plans = labels)
            }
            E::NotDicom => raise!("NotDicomError", error),
            E::Truncated { .. } | E::PixelCount { .. } => raise!("TruncatedError", error),
            E::TransferSyntax { .. } => raise!("TransferSyntaxError", error),
            E::WrongModality { .. } => raise!("WrongModalityError", error),
            E::RelativeDose | E::ErrorDose | E::DoseTypeConflict { .. } => {
                raise!("DoseTypeError", error)
            }
            E::FrameMismatch { .. } | E::SeveralFrames { .. } => {
                raise!("DicomFrameOfReferenceError", error)
            }
            E::Dose(DoseError::NonPhysical(inner)) => inner.clone().into(),
            E::NothingFound => raise!("NothingFoundError", error),
            E::Io { .. } | E::Changed => raise!("DicomFileError", error),
            _ => raise!("DicomError", error),
        }
    }
}

impl From<DemoError> for Error {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Dicom(inner) => inner.into(),
            DemoError::NonPhysical(inner) => inner.into(),
            _ => raise!("DemoError", error),
        }
    }
}
