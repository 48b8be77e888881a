"""Several courses of treatment, added in BED where they overlap; and what tolerance is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._arrays import real_array
from hepadose._core import DoseGrid, Grid, Structure
from hepadose._dvh import dvh
from hepadose._isoeffect import Numbers, eqd2_gy, isoeffective_dose_gy
from hepadose.errors import FrameOfReferenceError, KindMismatchError
from hepadose.models import LQL, USC, Timing

_IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
_RIGID = (
    "{name}: a rigid registration of the liver is wrong by millimetres to centimetres (breathing, deformation, change"
    " of volume); no verdict holds in steep gradients: look at shift_band()"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """One course: a physical dose of a whole treatment, and how it was given."""

    name: str
    """What it is called in the results."""
    dose: DoseGrid
    """Physical dose, with its number of fractions where it was fractionated."""
    timing: Timing | None = None
    """Several fractions a day, or sources that decay (Y-90, cycles of Lu-177)."""
    model: LQL | USC | None = None
    """Another model than the linear-quadratic one; its alpha/beta must be that of the sum."""
    to_reference: NDArray[np.float64] | Sequence[Sequence[float]] | None = None
    """Rigid registration: 4x4 matrix that takes points (x, y, z, 1) in mm of this dose to the reference's frame."""
    remembered_fraction: float = 1.0
    """Share of the BED that tissue remembers, 0 to 1: one minus the forgiveness factor. An explicit choice."""

    def moved(self, shift_mm: tuple[float, float, float]) -> "Course":
        """Give the same course shifted by (x, y, z) in mm of the reference's frame."""
        matrix = np.array(_IDENTITY if self.to_reference is None else self.to_reference, dtype=np.float64)
        matrix[:3, 3] += shift_mm
        return replace(self, to_reference=matrix)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftBand:
    """Where a metric lies when one course is shifted against the reference."""

    metric: str
    """The metric."""
    structure: str
    """Name of the structure."""
    value: float
    """Without a shift."""
    lower: float
    """Least of all shifts."""
    upper: float
    """Highest of all shifts."""
    shift_mm: float
    """How far, in each direction of each axis."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accumulated:
    """The sum of courses in BED at one alpha/beta."""

    alpha_beta_gy: float
    """alpha/beta in Gy."""
    bed: DoseGrid
    """The sum as BED; a DVH of it samples every course and converts at the sample."""
    contributions: dict[str, DoseGrid]
    """BED of each course by its name, on the same grid."""
    warnings: tuple[str, ...]
    """What a reader has to know."""
    _courses: tuple[Course, ...] = field(repr=False)
    _reference: Grid = field(repr=False)

    @property
    def eqd2(self) -> DoseGrid:
        """The sum as EQD2 at the same alpha/beta."""
        return self.bed.bed_as_eqd2()

    @property
    def models(self) -> tuple[str, ...]:
        """What each course was converted with."""
        return self.bed.models

    def shift_band(self, structure: Structure, metric: str, *, course: str, shift_mm: float) -> ShiftBand:
        """Give where an EQD2 metric lies when a course is shifted along each axis, either way.

        Parameters
        ----------
        structure : Structure
            In the reference's frame.
        metric : str
            As for ``dvh.metric``, of EQD2.
        course : str
            Name of the course to shift.
        shift_mm : float
            How far.

        Returns
        -------
        ShiftBand

        Raises
        ------
        KeyError
            No course of that name.
        hepadose.errors.NotEvaluableError
            A metric that has no value.
        """
        if course not in self.contributions:
            raise KeyError(course)
        value = dvh(self.eqd2, structure)[metric]
        found = [value]
        for axis in range(3):
            for sign in (-1.0, 1.0):
                shift = [0.0, 0.0, 0.0]
                shift[axis] = sign * shift_mm
                moved = [
                    one.moved((shift[0], shift[1], shift[2])) if one.name == course else one for one in self._courses
                ]
                other = accumulate_bed(moved, alpha_beta_gy=self.alpha_beta_gy, reference=self._reference)
                found.append(dvh(other.eqd2, structure)[metric])
        return ShiftBand(
            metric=metric,
            structure=structure.name,
            value=value,
            lower=min(found),
            upper=max(found),
            shift_mm=shift_mm,
        )


def accumulate_bed(courses: Iterable[Course], *, alpha_beta_gy: float, reference: Grid | None = None) -> Accumulated:
    """Add courses in BED at one alpha/beta, at every point.

    Doses on other grids are brought to the reference by trilinear interpolation of the physical dose, which is then
    converted; EQD2 is never interpolated.

    Parameters
    ----------
    courses : iterable of Course
        The first one's frame of reference is that of the sum.
    alpha_beta_gy : float
        alpha/beta in Gy of the sum: BED adds at equal alpha/beta only.
    reference : Grid, optional
        The grid of the sum, in the frame of the first course; else the first course's own. A finer one costs time and
        loses less to interpolation.

    Returns
    -------
    Accumulated

    Raises
    ------
    hepadose.errors.FrameOfReferenceError
        A course in another frame of reference without `to_reference`.
    hepadose.errors.GridError
        A matrix that is not rigid.
    hepadose.errors.KindMismatchError
        A model of another alpha/beta.
    hepadose.errors.ConversionError
        A dose that is not the physical dose of a whole treatment, or whose number of fractions is not known.
    ValueError
        No courses, or two of one name.

    Examples
    --------
    >>> import hepadose as hd, numpy as np
    >>> grid = hd.Grid(shape=(2, 2, 2), spacing_mm=(2, 2, 2), origin_mm=(0, 0, 0))
    >>> sbrt = hd.Course(name="SBRT", dose=hd.DoseGrid(np.full(grid.shape, 30.0), grid, fractions=5))
    >>> spheres = hd.models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    >>> sirt = hd.Course(name="SIRT", dose=hd.DoseGrid(np.full(grid.shape, 40.0), grid), timing=spheres)
    >>> total = hd.accumulate_bed([sirt, sbrt], alpha_beta_gy=2.5)
    >>> round(float(total.eqd2.values_eqd2_gy[0, 0, 0]), 2)
    92.22
    """
    every = tuple(courses)
    names = [course.name for course in every]
    if not every or len(set(names)) != len(names):
        raise ValueError(f"give one or more courses, each with a name of its own, got {names}")
    first = every[0].dose
    grid = first.grid if reference is None else reference
    warnings: list[str] = []
    beds = {}
    for course in every:
        dose = _on_reference(course, first, grid, warnings)
        beds[course.name] = _bed(course, dose, alpha_beta_gy)
    total = None
    for bed in beds.values():
        total = bed if total is None else total + bed
    assert total is not None  # noqa: S101 - there is a course
    return Accumulated(
        alpha_beta_gy=alpha_beta_gy,
        bed=total,
        contributions=beds,
        warnings=tuple(warnings),
        _courses=every,
        _reference=grid,
    )


def _on_reference(course: Course, first: DoseGrid, grid: Grid, warnings: list[str]) -> DoseGrid:
    dose, frame = course.dose, first.frame_of_reference
    own = dose.frame_of_reference
    if course.to_reference is None and own is not None and frame is not None and own != frame:
        raise FrameOfReferenceError(
            f"{course.name} lies in another frame of reference than the first course; register it (to_reference=)"
        )
    if course.to_reference is not None:
        warnings.append(_RIGID.format(name=course.name))
    elif dose.grid == grid:
        return dose
    matrix = np.asarray(_IDENTITY if course.to_reference is None else course.to_reference, dtype=np.float64)
    if matrix.shape != (4, 4):
        raise ValueError(f"to_reference of {course.name} must be a 4x4 matrix, got shape {matrix.shape}")
    found, uncovered = _core.resample_dose(dose, grid, matrix.tolist(), frame)
    if uncovered:
        share = 100 * uncovered / found.values.size
        warnings.append(
            f"{course.name}: its dose does not reach {share:.3g} % of the voxels of the sum; 0 Gy was taken there,"
            " which nobody measured"
        )
    return found


def _bed(course: Course, dose: DoseGrid, alpha_beta_gy: float) -> DoseGrid:
    if course.model is None:
        bed = dose.bed(alpha_beta_gy=alpha_beta_gy, timing=course.timing)
    else:
        bed = dose.bed(model=course.model, timing=course.timing)
        wanted = _core.DoseKind("bed", alpha_beta_gy=alpha_beta_gy)
        if bed.kind != wanted:
            message = (
                f"the model of {course.name} has alpha/beta {bed.kind.alpha_beta_gy:g} Gy, the sum {alpha_beta_gy:g}"
            )
            raise KindMismatchError(message, kind=bed.kind, other=wanted)
    return bed if course.remembered_fraction == 1.0 else bed.remembered(course.remembered_fraction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What of a tolerance is left after earlier courses."""

    limit_eqd2_gy: float
    """The limit as EQD2 in Gy."""
    eqd2_gy: Any
    """``limit - used`` in Gy: negative where the limit is exceeded. A number, or an array for a grid."""
    dose_gy: Any
    """Total physical dose in Gy in `fractions` fractions that would use it up; 0 where nothing is left."""
    fractions: int
    """Number of fractions of that dose."""
    alpha_beta_gy: float
    """alpha/beta in Gy."""


@overload
def remaining_tolerance(
    used_eqd2_gy: float, *, limit_eqd2_gy: float, fractions: int, alpha_beta_gy: float
) -> Remaining: ...
@overload
def remaining_tolerance(
    used_eqd2_gy: DoseGrid | Numbers, *, limit_eqd2_gy: float, fractions: int, alpha_beta_gy: float
) -> Remaining: ...
def remaining_tolerance(
    used_eqd2_gy: float | DoseGrid | Numbers, *, limit_eqd2_gy: float, fractions: int, alpha_beta_gy: float
) -> Remaining:
    """Give ``EQD2 limit - accumulated EQD2``, and the dose in n fractions that would use it up.

    Parameters
    ----------
    used_eqd2_gy : float, array or DoseGrid
        EQD2 of the earlier courses: a metric of a structure, or every voxel.
    limit_eqd2_gy : float
        The limit as EQD2 in Gy, at the same alpha/beta.
    fractions : int
        Number of fractions of the course to come.
    alpha_beta_gy : float
        alpha/beta in Gy.

    Returns
    -------
    Remaining

    Raises
    ------
    hepadose.errors.KindMismatchError
        A grid that is not EQD2 at that alpha/beta.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Examples
    --------
    >>> import hepadose as hd
    >>> left = hd.remaining_tolerance(20.0, limit_eqd2_gy=32.0, fractions=5, alpha_beta_gy=2.5)
    >>> left.eqd2_gy, round(left.dose_gy, 3)
    (12.0, 11.33)
    """
    eqd2_gy(limit_eqd2_gy, fractions=fractions, alpha_beta_gy=alpha_beta_gy)
    if isinstance(used_eqd2_gy, DoseGrid):
        wanted = _core.DoseKind("eqd2", alpha_beta_gy=alpha_beta_gy)
        if used_eqd2_gy.kind != wanted:
            message = f"the tolerance is {wanted}, the dose {used_eqd2_gy.kind}; restate or convert it first"
            raise KindMismatchError(message, kind=used_eqd2_gy.kind, other=wanted)
        used: Any = used_eqd2_gy.values_eqd2_gy
    else:
        used = real_array(used_eqd2_gy, "the values")
    left: Any = limit_eqd2_gy - used
    if np.ndim(left) == 0:
        left = float(left)
    dose = isoeffective_dose_gy(np.maximum(left, 0.0), fractions=fractions, alpha_beta_gy=alpha_beta_gy)
    return Remaining(
        limit_eqd2_gy=limit_eqd2_gy,
        eqd2_gy=left,
        dose_gy=dose,
        fractions=fractions,
        alpha_beta_gy=alpha_beta_gy,
    )
