"""Several courses of treatment, added in BED where they overlap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from hepadose import _core
from hepadose._core import DoseGrid, Grid, Structure
from hepadose._course import (
    Course,
    Outside,
    bed_of,
    on_reference,
    plain,
    require_one_frame,
    with_numbers,
    within_reach,
)
from hepadose._document import package_version
from hepadose._dvh import dvh
from hepadose._reference import Reference, reference_of
from hepadose._remaining import Remaining, remaining_tolerance
from hepadose._shown import Shown
from hepadose._uncertainty import LEVEL, Interval, Plain, TornadoBar, Uncertain, arguments_of, interval_of

_FEW = 100
_PLAIN: dict[str, Any] = {"to_reference": None, "deformation": None}
_NUMBERS = ("remembered_fraction", "repair_half_life_h", "effective_half_life_h", "interval_h")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftBand(Plain):
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
    warnings: tuple[str, ...]
    """What a reader has to know of the sum and of the shifted ones."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accumulated(Shown):
    """The sum of courses in BED at one alpha/beta."""

    alpha_beta_gy: float
    """alpha/beta in Gy."""
    bed: DoseGrid
    """The sum as BED; a DVH of it samples every course and converts at the sample."""
    contributions: dict[str, DoseGrid]
    """BED of each course by its name, on the same grid."""
    outside: Outside
    """What was taken for the dose of a course beyond its grid."""
    warnings: tuple[str, ...]
    """What a reader has to know; `bed` and `eqd2` carry it too."""
    _courses: tuple[Course, ...] = field(repr=False)
    """With plain registrations."""
    _reference: Reference = field(repr=False)
    _doses: tuple[DoseGrid, ...] = field(repr=False)
    """Physical dose of each course on the grid of the sum."""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Settings, the grid of the sum and where it comes from, and the model of each course."""
        return {
            "version": package_version(),
            "settings": {
                "alpha_beta_gy": self.alpha_beta_gy,
                "outside": self.outside,
                "reference": self._reference.told(),
            },
            "courses": {name: list(bed.models) for name, bed in self.contributions.items()},
        }

    @property
    def eqd2(self) -> DoseGrid:
        """The sum as EQD2 at the same alpha/beta."""
        return self.bed.bed_as_eqd2()

    @property
    def models(self) -> tuple[str, ...]:
        """What each course was converted with."""
        return self.bed.models

    def remaining(self, structure: Structure, metric: str, *, limit_eqd2_gy: float, fractions: int) -> Remaining:
        """Give what a structure has left of a limit, and the dose in n fractions that would use it up.

        Parameters
        ----------
        structure : Structure
            In the reference's frame.
        metric : str
            As for ``dvh.metric``, a dose in Gy of EQD2: ``"D0.035cc[Gy]"``.
        limit_eqd2_gy : float
            The limit as EQD2 in Gy, at the alpha/beta of the sum.
        fractions : int
            Number of fractions of the course to come.

        Returns
        -------
        Remaining

        Raises
        ------
        hepadose.errors.NotEvaluableError
            A metric that has no value, as of a structure that the sum does not cover.
        ValueError
            A metric that is not a dose in Gy.
        """
        curve = dvh(self.eqd2, structure)
        found = curve.metric(metric)
        if found.unit != "Gy":
            raise ValueError(f"{metric} is in {found.unit}; a remaining tolerance needs a dose in Gy")
        left = remaining_tolerance(
            curve[metric], limit_eqd2_gy=limit_eqd2_gy, fractions=fractions, alpha_beta_gy=self.alpha_beta_gy
        )
        return replace(left, warnings=self.warnings)

    def shift_band(self, structure: Structure, metric: str, *, course: str, shift_mm: float) -> ShiftBand:
        """Give where an EQD2 metric lies when a course is shifted along each axis, either way.

        Each shifted sum has the grid that `accumulate_bed` gives it: the one that was given, or else its own default.

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
            A metric that has no value, as of a structure that a shifted sum does not cover.
        """
        if course not in self.contributions:
            raise KeyError(course)
        value = dvh(self.eqd2, structure)[metric]
        found = [value]
        given = self._reference.grid if self._reference.origin == "given" else None
        warnings = dict.fromkeys(self.warnings)
        for axis in range(3):
            for sign in (-1.0, 1.0):
                shift = [0.0, 0.0, 0.0]
                shift[axis] = sign * shift_mm
                moved = [
                    one.moved((shift[0], shift[1], shift[2])) if one.name == course else one for one in self._courses
                ]
                other = accumulate_bed(moved, alpha_beta_gy=self.alpha_beta_gy, reference=given, outside=self.outside)
                warnings |= dict.fromkeys(other.warnings)
                found.append(dvh(other.eqd2, structure)[metric])
        return ShiftBand(
            metric=metric,
            structure=structure.name,
            value=value,
            lower=min(found),
            upper=max(found),
            shift_mm=shift_mm,
            warnings=tuple(warnings),
        )

    def uncertain_metric(  # noqa: PLR0913 - keyword-only
        self,
        structure: Structure,
        metric: str,
        *,
        uncertain: Mapping[str, Uncertain],
        samples: int = _FEW,
        seed: int = 0,
        level: float = LEVEL,
    ) -> "AccumulatedMetric":
        """Give an EQD2 metric of the sum with its interval, when alpha/beta or numbers of the courses are uncertain.

        Every draw is a sum and a DVH of its own: `samples` of them take that many times as long as one.

        Parameters
        ----------
        structure : Structure
            In the reference's frame.
        metric : str
            As for ``dvh.metric``, of EQD2.
        uncertain : mapping of str to Uncertain
            ``alpha_beta_gy``, the same for all courses; and numbers of one course by its name, such as
            ``"SIRT.repair_half_life_h"`` or ``"SBRT.remembered_fraction"``.
        samples, seed : int
            Number of draws, and where they start.
        level : float
            Share of the draws in the interval, between 0 and 1; each bar of the tornado table reaches as far.

        Returns
        -------
        AccumulatedMetric

        Raises
        ------
        KeyError
            A number that neither the sum nor the course has.
        hepadose.errors.KindMismatchError
            An uncertain alpha/beta where a course has a model of its own.
        hepadose.errors.NotEvaluableError
            A metric that has no value, as of a structure that the sum does not cover.
        """
        if not 0 < level < 1:
            raise ValueError(f"level must be between 0 and 1, such as 0.95, got {level}")
        names = list(uncertain)
        now = [_number(self, name) for name in names]
        doses = tuple(
            replace(course, dose=dose, **_PLAIN) for course, dose in zip(self._courses, self._doses, strict=True)
        )

        def of_values(values: Sequence[float]) -> float:
            given = dict(zip(names, values, strict=True))
            alpha_beta_gy = given.pop("alpha_beta_gy", self.alpha_beta_gy)
            courses = [with_numbers(course, given) for course in doses]
            total = accumulate_bed(courses, alpha_beta_gy=alpha_beta_gy, reference=self.bed.grid)
            return dvh(total.eqd2, structure)[metric]

        unknown = arguments_of(uncertain)
        results = [of_values(values) for values in _core.draws(unknown, (samples, seed))]
        tornado = []
        for index, name in enumerate(names):
            ends = uncertain[name].ends(level)
            low, high = ([*now[:index], end, *now[index + 1 :]] for end in ends)
            tornado.append(
                TornadoBar(parameter=name, low=ends[0], high=ends[1], at_low=of_values(low), at_high=of_values(high))
            )
        tornado.sort(key=lambda bar: -abs(bar.at_high - bar.at_low))
        return AccumulatedMetric(
            metric=metric,
            structure=structure.name,
            value=of_values(now),
            interval=interval_of(results, level=level, seed=seed),
            tornado=tuple(tornado),
            warnings=self.warnings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccumulatedMetric(Plain):
    """An EQD2 metric of a sum of courses, with where it lies."""

    metric: str
    """The metric."""
    structure: str
    """Name of the structure."""
    value: float
    """With the numbers as they stand."""
    interval: Interval
    """Where it lies."""
    tornado: tuple[TornadoBar, ...]
    """What each uncertain number does by itself, the widest first."""
    warnings: tuple[str, ...]
    """What a reader has to know of the sum."""

    def __str__(self) -> str:
        return f"{self.metric} of {self.structure} in EQD2: {self.value:.4g}, {self.interval}"


def _number(total: Accumulated, name: str) -> float:
    """Look up a number of a sum as it stands."""
    if name == "alpha_beta_gy":
        return total.alpha_beta_gy
    course_name, _, number = name.rpartition(".")
    for course in total._courses:  # noqa: SLF001 - its own module
        holder = course if number == "remembered_fraction" else course.timing
        if course.name == course_name and number in _NUMBERS and hasattr(holder, number):
            return float(getattr(holder, number))
    raise KeyError(name)


def accumulate_bed(
    courses: Iterable[Course],
    *,
    alpha_beta_gy: float,
    reference: Grid | None = None,
    outside: Outside = "not_evaluable",
) -> Accumulated:
    """Add courses in BED at one alpha/beta, at every point.

    Doses on other grids are brought to the reference by trilinear interpolation of the physical dose, which is then
    converted; EQD2 is never interpolated. A DVH of the sum interpolates once more, between the voxels of the reference,
    and what lies between them is lost: peaks come out too low where the reference is coarse. So a reference that is not
    given is finer than the courses, unless all of them lie on one grid (see `reference`).

    Beyond the grid of a course (or where a deformation is not known) nobody computed its dose, and 0 Gy would make the
    sum too low. So the sum ends there: its grid is the largest block of the reference's voxels, found by cutting face
    by face, that every course reaches. A structure that leaves it is covered in part, and its metrics are not
    evaluable, as with any dose grid.

    Parameters
    ----------
    courses : iterable of Course
        The first one's frame of reference is that of the sum. Courses without a registration must name the same frame
        wherever they name one, also when the first does not; one that is not stated is taken to be the same, which the
        warnings say.
    alpha_beta_gy : float
        alpha/beta in Gy of the sum: BED adds at equal alpha/beta only.
    reference : Grid, optional
        The grid of the sum, in the frame of the first course; taken as it is. Else the first course's own where all
        courses lie on it, neither turned nor shifted nor deformed. Else the first course's with the same outer edges
        and each step between its voxel centres divided into an odd number of parts, so that the centres stay: the least
        that brings every step to half the finest step of any course along any axis and to 1.25 mm. That grid has at
        most 16777216 (2 to the 24th) voxels; where it would have more, fewer parts are made, which the warnings say.
        Mean EQD2 and D2% of bells of sigma 12 mm on grids of 2 to 3 mm are then right to 0.1 %. `provenance` tells the
        grid, its parts along x, y, z and its steps.
    outside : {"not_evaluable", "zero"}
        What is taken for the dose of a course beyond its grid. ``"zero"`` keeps the whole reference and takes 0 Gy:
        only where it is known that the course gave nothing there.

    Returns
    -------
    Accumulated

    Raises
    ------
    hepadose.errors.FrameOfReferenceError
        A course in another frame of reference without a registration, or one that does not name its frame.
    hepadose.errors.GridError
        A matrix that is not rigid.
    hepadose.errors.KindMismatchError
        A model of another alpha/beta.
    hepadose.errors.GridMismatchError
        No voxel that every course reaches.
    hepadose.errors.ConversionError
        A dose that is not the physical dose of a whole treatment, or whose number of fractions is not known.
    ValueError
        No courses, two of one name, a course with two registrations, another word for `outside`.

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
    if outside not in get_args(Outside):
        raise ValueError(f"outside must be one of {get_args(Outside)}, got {outside!r}")
    first = every[0].dose
    every = tuple(plain(course, first) for course in every)
    require_one_frame(every)
    chosen = reference_of(every, first, reference)
    grid = chosen.grid
    warnings = list(chosen.doubts)
    reached = {}
    for course in every:
        dose, missed, doubts = on_reference(course, first, grid)
        warnings += doubts
        reached[course.name] = (dose, missed)
    doses, doubts = within_reach(reached, outside)
    warnings += doubts
    beds = {course.name: bed_of(course, doses[course.name], alpha_beta_gy) for course in every}
    total = None
    for bed in beds.values():
        total = bed if total is None else total + bed
    assert total is not None  # noqa: S101 - there is a course
    return Accumulated(
        alpha_beta_gy=alpha_beta_gy,
        bed=_core.noted_dose(total, warnings),
        contributions=beds,
        outside=outside,
        warnings=tuple(warnings),
        _courses=every,
        _reference=chosen,
        _doses=tuple(doses.values()),
    )
