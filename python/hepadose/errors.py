"""What can go wrong, as exception classes with typed attributes.

Every class is a `HepadoseError`. Where a caller would expect a `ValueError` (or a `KeyError`, an `AttributeError`,
an `ImportError`), the class is one as well. Messages say what was wrong, what was given, what is allowed and what to
do; they name no patient, identifier or path.
"""

from hepadose._core import DoseKind

__all__ = [
    "ConversionError",
    "DoseError",
    "DoseValueError",
    "FractionsError",
    "FrameOfReferenceError",
    "GridError",
    "GridMismatchError",
    "HepadoseError",
    "KindMismatchError",
    "MissingExtraError",
    "NonPhysicalError",
    "NotPhysicalDoseError",
    "ScopeError",
    "ShapeError",
    "WrongKindError",
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
    """``empty_shape``, ``spacing``, ``origin``, ``direction``, ``frame_count``, ``frame_order`` or ``no_affine``."""


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
    """No single number of fractions is known, so d = D/n has no value."""

    reason: str
    """``unstated``, or ``mixed`` for a sum of courses, which must be added in BED."""


class ScopeError(ConversionError):
    """The grid holds something other than the dose of the whole treatment."""

    scope: str
    """What it holds: ``partial``, ``session`` or ``unstated``."""


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


class MissingExtraError(HepadoseError, ImportError):
    """An optional package is needed and not installed."""

    extra: str
    """The extra that brings it: ``pip install "hepadose[extra]"``."""
