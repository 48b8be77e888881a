"""What can go wrong, as exception classes with typed attributes.

Every class is a `HepadoseError`. Where a caller would expect a `ValueError` (or a `KeyError`, an `AttributeError`,
an `ImportError`), the class is one as well. Messages say what was wrong, what was given, what is allowed and what to
do; they name no patient, identifier or path.
"""

from hepadose._core import DoseKind

__all__ = [
    "BasisError",
    "CalibrationError",
    "ConversionError",
    "DemoError",
    "DicomError",
    "DicomFileError",
    "DicomFrameOfReferenceError",
    "DoseError",
    "DoseTypeError",
    "DoseValueError",
    "DvhError",
    "FitError",
    "FractionsError",
    "FrameOfReferenceError",
    "GridError",
    "GridMismatchError",
    "HepadoseError",
    "ImageError",
    "ImageSeriesError",
    "KindMismatchError",
    "MappingError",
    "MetricSyntaxError",
    "MissingExtraError",
    "ModelError",
    "NoThresholdsError",
    "NonPhysicalError",
    "NotDicomError",
    "NotEvaluableError",
    "NotPhysicalDoseError",
    "NothingFoundError",
    "PlanChoiceError",
    "PlanningError",
    "ProtocolError",
    "RadiobiologyError",
    "RadionuclideError",
    "ScopeError",
    "SeriesChoiceError",
    "SeriesFrameOfReferenceError",
    "ShapeError",
    "StructureError",
    "TransferSyntaxError",
    "TruncatedError",
    "UnknownNameError",
    "UnknownParametersError",
    "UnknownProtocolError",
    "UnknownWordError",
    "WrongKindError",
    "WrongKindOfDoseError",
    "WrongModalityError",
]


class HepadoseError(Exception):
    """The base of all errors of hepadose.

    Parameters
    ----------
    message : str
        What was wrong, what was given, what is allowed, what to do.
    **details : object
        The attributes that the class names.
    """

    def __init__(self, message: str, /, **details: object) -> None:
        super().__init__(message)
        self.__dict__.update(details)


class NonPhysicalError(HepadoseError, ValueError):
    """A number lies outside what its quantity can be."""

    quantity: str
    """What the number stands for, with its unit."""
    value: float
    """The number that was given."""
    allowed: str
    """What would have been accepted, in words."""


class ShapeError(HepadoseError, ValueError):
    """An array does not have the shape of its grid."""

    got: list[int] | int
    """Shape (or number of values) of the array."""
    expected: list[int] | int
    """Shape (or number of voxels) of the grid."""


class GridError(HepadoseError, ValueError):
    """A grid cannot be made of these numbers, or has no affine."""

    reason: str
    """``empty_shape``, ``spacing``, ``origin``, ``direction``, ``frame_count``, ``frame_order``, ``no_affine`` or
    ``not_rigid``."""


class DoseError(HepadoseError, ValueError):
    """A dose cannot be made, converted or added."""


class DoseValueError(DoseError):
    """An array holds values that no dose can have."""

    count: int
    """How many."""
    what: str
    """``NaN``, ``infinite`` or ``negative``."""
    index: tuple[int, int, int]
    """Slice, row and column of the first one."""


class KindMismatchError(DoseError):
    """Two doses of different kinds met."""

    kind: DoseKind
    """What the one dose is."""
    other: DoseKind
    """What the other is."""


class ConversionError(DoseError):
    """A dose cannot be converted to BED or EQD2."""


class NotPhysicalDoseError(ConversionError):
    """Only physical dose is converted: BED and EQD2 never a second time."""

    kind: DoseKind
    """What the dose is."""


class FractionsError(ConversionError):
    """No single number of fractions is known, so d = D/n has no value; or one that does not fit what is asked."""

    reason: str
    """``unstated``; ``mixed`` for a sum of courses, which must be added in BED; ``known`` for another number than the
    dose was given in; ``stated`` for a dose in fractions where a source that decays is meant; ``on_basis`` for arrays
    that are taken to be on the basis of parameters, and are not converted."""


class ScopeError(ConversionError):
    """The grid holds something other than the dose of the whole treatment."""

    scope: str
    """What it holds: ``partial``, ``session`` or ``unstated``."""


class WrongKindOfDoseError(ConversionError):
    """A derived dose where a stored one is needed, or a dose that is not BED where only that is restated."""

    kind: DoseKind
    """What the dose is."""


class ModelError(ConversionError):
    """A model that cannot be used for the way in which the dose is given."""

    model: str
    """Name of the model."""


class WrongKindError(DoseError, AttributeError):
    """A value was asked for under the name of another kind of dose."""

    kind: DoseKind
    """What the dose is."""
    use_instead: str
    """The attribute that gives the value of that kind."""


class GridMismatchError(DoseError):
    """Two doses do not lie on the same voxels."""


class FrameOfReferenceError(HepadoseError, ValueError):
    """Two things lie in different frames of reference; register them first."""


class StructureError(HepadoseError, ValueError):
    """A structure cannot be made, combined or used."""

    structure: str
    """Name of the structure (of the first of two)."""


class UnknownNameError(HepadoseError, KeyError):
    """Nothing has this name, or several things have it: then `by_number` tells them apart."""

    name: str
    """The name that was asked for."""
    numbers: tuple[int | None, ...]
    """ROI numbers of those that have the name; empty when nothing has it."""

    def __str__(self) -> str:
        return str(self.args[0])


class MetricSyntaxError(HepadoseError, ValueError):
    """A text is no DVH metric."""

    text: str
    """What was given."""
    reason: str
    """What is wrong with it."""


class NotEvaluableError(HepadoseError, ValueError):
    """A metric has no value here; never 0 and never NaN instead."""

    metric: str
    """The metric as it is written in full."""
    structure: str
    """Name of the structure."""
    reason: str
    """Why, in words."""
    code: str
    """``no_volume``, ``not_covered``, ``beyond_covered``, ``structure_too_small``, ``no_prescription``, ``scope`` or
    ``kind_unstated``."""


class DvhError(HepadoseError, ValueError):
    """A DVH cannot be made of what was given."""


class ImageError(HepadoseError, ValueError):
    """An activity or label map cannot be used."""


class RadiobiologyError(HepadoseError, ValueError):
    """A radiobiological quantity cannot be had of what was given."""


class BasisError(RadiobiologyError):
    """A dose cannot be brought to the dose that parameters are stated in."""

    kind: DoseKind
    """What the dose is."""
    basis: str
    """What the parameters are stated in."""


class UnknownParametersError(RadiobiologyError):
    """No published parameter set has this name for this model; the message lists those that there are."""

    id: str
    """The name that was asked for."""


class DicomError(HepadoseError, ValueError):
    """Something cannot be read from, or written to, DICOM."""


class NotDicomError(DicomError):
    """The bytes are no DICOM file."""


class TruncatedError(DicomError):
    """A file ends before what its header claims."""


class TransferSyntaxError(DicomError):
    """A transfer syntax that is not read here."""


class WrongModalityError(DicomError):
    """Another kind of object than was asked for."""


class DoseTypeError(DicomError):
    """DoseUnits RELATIVE, DoseType ERROR, or a file that contradicts ``dose_type=``."""


class DicomFrameOfReferenceError(DicomError, FrameOfReferenceError):
    """Objects that belong together lie in different frames of reference."""


class PlanChoiceError(DicomError):
    """A folder holds several plans, or not the one that was chosen."""

    plans: list[str | None]
    """Labels of the plans that there are; None for one that only doses refer to."""


class ImageSeriesError(DicomError, ImageError):
    """Images are there, and they make no volume that a dose can be shown on."""

    reason: str
    """``missing_slices``, ``repeated_positions``, ``gantry_tilt``, ``mixed_orientation``, ``mixed_sizes``,
    ``one_slice``, ``multi_frame``, ``no_geometry``, ``units``, ``pixels``, ``burned_in``, ``unknown_frame``,
    ``another_frame``, ``choice``, ``file`` or ``nothing_found``."""


class SeriesChoiceError(ImageSeriesError):
    """Several series could be meant, or not the one that was asked for."""

    series_uids: list[str]
    """SeriesInstanceUID of those that there are; the message does not show them."""


class SeriesFrameOfReferenceError(ImageSeriesError, DicomFrameOfReferenceError):
    """No image lies in the frame of reference of the dose."""


class NothingFoundError(DicomError):
    """A folder holds no RTDOSE, RTSTRUCT or RTPLAN."""


class DicomFileError(DicomError, OSError):
    """The operating system refused to read a file or folder."""


class ProtocolError(HepadoseError, ValueError):
    """A protocol cannot be used."""

    line: int | None = None
    """Line of its text, from 1, where that is known."""


class UnknownProtocolError(ProtocolError, KeyError):
    """No protocol has this id."""

    id: str
    """What was asked for."""

    def __str__(self) -> str:
        return str(self.args[0])


class ProtocolFamilyError(ProtocolError):
    """A family of protocols where one is meant, or none of it is for this number of fractions."""

    family: str
    """The family that was asked for."""


class NotClinicalError(ProtocolError):
    """A protocol that is not for clinical use: not approved, expired, changed since, or recalled."""

    id: str
    """The protocol."""
    reason: str
    """Why, and what to do."""


class MappingError(HepadoseError, ValueError):
    """A mapping of roles to ROIs that the case does not follow."""


class UnknownWordError(HepadoseError, ValueError):
    """A word that names none of the choices."""

    what: str
    """``device``, ``disease``, ``dosimetry``, ``radionuclide`` or ``unit``."""
    got: str
    """What was given."""
    allowed: str
    """What would have been accepted."""


class NoThresholdsError(HepadoseError, ValueError):
    """No response threshold was published for this device, disease and dosimetry."""

    device: str
    """The microspheres."""
    disease: str
    """What was treated."""
    dosimetry: str
    """The image that the dose comes from."""


class CalibrationError(HepadoseError, ValueError):
    """An image that cannot be calibrated as asked: counts taken for activity, a reference without counts."""


class RadionuclideError(CalibrationError):
    """An image of another radionuclide than is allowed here, or one whose header contradicts itself."""

    radionuclide: str
    """What the image is of, such as ``F-18``."""
    allowed: tuple[str, ...]
    """What would have been accepted."""


class FitError(HepadoseError, ValueError):
    """A dose-response that cannot be fitted: one kind of outcome, one dose, columns that do not fit."""


class PlanningError(HepadoseError, ValueError):
    """A planning question that contradicts itself, such as a tumour larger than the treated volume."""


class DemoError(HepadoseError, ValueError):
    """The demo case cannot be made, written or read."""


class MissingExtraError(HepadoseError, ImportError):
    """An optional package is needed and not installed."""

    extra: str
    """The extra that brings it: ``pip install "hepadose[extra]"``."""
