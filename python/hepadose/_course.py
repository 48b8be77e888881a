"""One course of treatment, brought to the grid of a sum and converted to BED."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._core import DoseGrid, Grid
from hepadose._displacement import DisplacementField
from hepadose._registration import DeformableRegistration, SpatialRegistration
from hepadose.errors import FrameOfReferenceError, GridMismatchError, KindMismatchError
from hepadose.models import LQL, USC, Timing

Outside: TypeAlias = Literal["not_evaluable", "zero"]
"""What is taken for the dose of a course beyond its grid: nothing is known, or 0 Gy."""
_MATRIX = (4, 4)
_IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
_RIGID = (
    "{name}: a rigid registration of the liver is wrong by millimetres to centimetres (breathing, deformation, change"
    " of volume); no verdict holds in steep gradients: look at shift_band()"
)
_NO_FRAME = (
    "{name}: its frame of reference or that of the first course is not stated, and both were taken to be the same;"
    " if they are, say so with to_reference=numpy.eye(4), else register it"
)
_DEFORMED = (
    "{name}: a deformable registration of the liver is an estimate, often wrong by millimetres where the image shows"
    " no edge; dose is taken from where each point came from, and no verdict holds in steep gradients: look at"
    " shift_band()"
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
    to_reference: NDArray[np.float64] | Sequence[Sequence[float]] | SpatialRegistration | None = None
    """Rigid registration: 4x4 matrix that takes points (x, y, z, 1) in mm of this dose to the reference's frame; or a
    DICOM spatial registration that names both frames of reference."""
    deformation: DisplacementField | DeformableRegistration | None = None
    """Deformable registration in place of a rigid one: a field in the reference's frame that takes its points to this
    dose; or a DICOM deformable registration that does."""
    remembered_fraction: float = 1.0
    """Share of the BED that tissue remembers, 0 to 1: one minus the forgiveness factor. An explicit choice."""

    def moved(self, shift_mm: tuple[float, float, float]) -> "Course":
        """Give the same course shifted by (x, y, z) in mm of the reference's frame; its registration is a plain one."""
        if isinstance(self.deformation, DisplacementField):
            return replace(self, deformation=self.deformation.moved(shift_mm))
        if self.deformation is not None or isinstance(self.to_reference, SpatialRegistration):
            raise TypeError("a DICOM registration is resolved by accumulate_bed; give its matrix or its field here")
        matrix = np.array(_IDENTITY if self.to_reference is None else self.to_reference, dtype=np.float64)
        matrix[:3, 3] += shift_mm
        return replace(self, to_reference=matrix)


def plain(course: Course, first: DoseGrid) -> Course:
    """Give the course with a matrix or a field in place of a DICOM registration."""
    rigid, deformable = course.to_reference, course.deformation
    if rigid is not None and deformable is not None:
        raise ValueError(f"{course.name} has two registrations; give to_reference or deformation")
    source, target = course.dose.frame_of_reference, first.frame_of_reference
    if isinstance(rigid, SpatialRegistration) or isinstance(deformable, DeformableRegistration):
        if source is None or target is None:
            raise FrameOfReferenceError(
                f"{course.name} or the first course does not say its frame of reference, so a DICOM registration cannot"
                " be looked up; give its matrix or its field"
            )
        if isinstance(rigid, SpatialRegistration):
            return replace(course, to_reference=rigid.transform(source=source, target=target))
        if isinstance(deformable, DeformableRegistration):
            return replace(course, deformation=deformable.field(source=source, target=target))
    return course


def require_one_frame(courses: Sequence[Course]) -> None:
    """Refuse courses without a registration that name different frames of reference, whichever they are."""
    named: dict[str, str] = {}
    for course in courses:
        if course.to_reference is None and course.deformation is None and course.dose.frame_of_reference is not None:
            named.setdefault(course.dose.frame_of_reference, course.name)
    if len(named) > 1:
        one, other = list(named.values())[:2]
        raise FrameOfReferenceError(
            f"{other} lies in another frame of reference than {one}, and neither has a registration; register it"
            " (to_reference= or deformation=) to the frame of the first course"
        )


def on_reference(course: Course, first: DoseGrid, grid: Grid) -> tuple[DoseGrid, NDArray[np.bool_] | None, list[str]]:
    """Bring a dose to the grid of the sum; say where it does not reach (None: it reaches all), and what to doubt."""
    dose, frame = course.dose, first.frame_of_reference
    own, field = dose.frame_of_reference, course.deformation
    registered = course.to_reference is not None or field is not None
    if not registered and own is not None and frame is not None and own != frame:
        raise FrameOfReferenceError(
            f"{course.name} lies in another frame of reference than the first course; register it (to_reference= or"
            " deformation=)"
        )
    doubts: list[str] = []
    if not registered and course.dose is not first and (own is None or frame is None):
        doubts.append(_NO_FRAME.format(name=course.name))
    registration: Any
    if isinstance(field, DisplacementField):
        doubts.append(_DEFORMED.format(name=course.name))
        registration = field.arguments()
    else:
        if course.to_reference is not None:
            doubts.append(_RIGID.format(name=course.name))
        elif dose.grid == grid:
            return dose, None, doubts
        matrix = np.asarray(_IDENTITY if course.to_reference is None else course.to_reference, dtype=np.float64)
        if matrix.shape != _MATRIX:
            raise ValueError(f"to_reference of {course.name} must be a 4x4 matrix, got shape {matrix.shape}")
        registration = matrix.tolist()
    found, missed = _core.resample_dose(dose, grid, registration, frame)
    if isinstance(field, DisplacementField) and (folded := field.folded_fraction):
        doubts.append(f"{course.name}: the deformation folds in {100 * folded:.3g} % of its voxels; it is wrong there")
    return found, missed if missed.any() else None, doubts


def within_reach(
    reached: Mapping[str, tuple[DoseGrid, NDArray[np.bool_] | None]], outside: Outside
) -> tuple[dict[str, DoseGrid], list[str]]:
    """Give the doses where all courses are known, or with 0 Gy beyond their grids; and say so.

    Beyond a course's grid nothing is known of its dose, so nothing is known of the sum. The sum therefore ends where
    one of its courses does: like any dose grid it covers a structure or it does not, and metrics of a structure that
    leaves it are not evaluable.
    """
    doses = {name: dose for name, (dose, _) in reached.items()}
    masks = {name: missed for name, (_, missed) in reached.items() if missed is not None}
    if not masks:
        return doses, []
    shares = {
        name: f"{name}: its dose does not reach {100 * missed.mean():.3g} % of the voxels of the reference"
        for name, missed in masks.items()
    }
    if outside == "zero":
        return doses, [f"{text}; 0 Gy was taken there as asked (outside='zero')" for text in shares.values()]
    missed = np.logical_or.reduce(list(masks.values()))
    block = _core.covered_block(missed)
    if block is None:
        raise GridMismatchError(
            f"no voxel of the reference is reached by all courses ({'; '.join(shares.values())}); give a reference"
            " within the doses, or outside='zero' where it is known that a course gave nothing there"
        )
    lost = 1 - np.prod(block[1]) / missed.size
    said = [f"{text}, so nothing is known of the sum there" for text in shares.values()]
    said.append(
        f"the sum ends where a course does: {100 * lost:.3g} % of the voxels of the reference are left out, and metrics"
        " of structures that reach there are not evaluable (outside='zero' takes 0 Gy)"
    )
    return {name: _core.dose_block(dose, *block) for name, dose in doses.items()}, said


def bed_of(course: Course, dose: DoseGrid, alpha_beta_gy: float) -> DoseGrid:
    """Give the BED of a course from its physical dose on the grid of the sum."""
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


def with_numbers(course: Course, given: Mapping[str, float]) -> Course:
    """Give the course with other numbers, named ``course.number``; those of other courses are passed over."""
    each = ((*name.rpartition("."), value) for name, value in given.items())
    own: dict[str, Any] = {number: value for holder, _, number, value in each if holder == course.name}
    remembered = own.pop("remembered_fraction", course.remembered_fraction)
    timing = course.timing
    if own and timing is not None:
        timing = replace(timing, **own)
    return replace(course, timing=timing, remembered_fraction=remembered)
