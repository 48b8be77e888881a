"""One plan read by two systems: what makes their dose-volume histograms differ."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose._case import StoredDvh
from hepadose._core import DoseGrid, Dvh, Structure
from hepadose._document import missing
from hepadose._dvh import BetweenPlanes, DvhCurve, EndCaps, dvh
from hepadose._shown import Listed, Shown
from hepadose.errors import KindMismatchError

if TYPE_CHECKING:
    import pandas as pd

Cause: TypeAlias = Literal["end_caps", "volume", "dose_sampling", "binning", "rest"]
METRICS = ("Volume[cc]", "Mean[Gy]", "D98%[Gy]", "D50%[Gy]", "D2%[Gy]")
"""What a difference is stated in; each is read from the curves as they are, straight between their points."""
_CAPS: tuple[EndCaps, ...] = ("half_slice", "none", "rounded")
_NEARER = 0.9
"""A way of counting is taken for theirs where it leaves less than this share of the distance before."""
_SAME = 1e-4
"""Relative distance of curves, or difference of volumes, below which two are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceStep(Shown):
    """One cause of a difference, and what it does to each metric."""

    cause: Cause
    """``end_caps``, ``volume``, ``dose_sampling``, ``binning``, or the ``rest`` that none of them explains."""
    text: str
    """What was found, in one line."""
    changes: Mapping[str, float]
    """What it adds to each metric, in its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DvhDifference(Shown):
    """The difference between our DVH of a structure and another system's, cause by cause."""

    structure: str
    """Name of the structure."""
    ours: Mapping[str, float]
    """Our metrics."""
    theirs: Mapping[str, float]
    """The other system's."""
    steps: tuple[DifferenceStep, ...]
    """The causes in order; their changes add up to theirs minus ours."""

    def of(self, cause: Cause) -> DifferenceStep:
        """Give the step of a cause."""
        return next(step for step in self.steps if step.cause == cause)

    def to_pandas(self) -> "pd.DataFrame":
        """Give one row a step, from ours to theirs, as a pandas DataFrame.

        Raises
        ------
        hepadose.errors.MissingExtraError
            pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415
        except ImportError as error:
            raise missing("frame", "pandas") from error
        rows: list[dict[str, Any]] = [{"step": "ours", "text": ""} | dict(self.ours)]
        rows.extend({"step": step.cause, "text": step.text} | dict(step.changes) for step in self.steps)
        rows.append({"step": "theirs", "text": ""} | dict(self.theirs))
        return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True)
class _Curve:
    """A cumulative curve, straight between its points, from all of the volume at dose 0 to none."""

    dose_gy: NDArray[np.float64]
    volume_cc: NDArray[np.float64]

    @classmethod
    def of(cls, dose_gy: NDArray[np.float64], volume_cc: NDArray[np.float64]) -> "_Curve":
        dose, volume = np.asarray(dose_gy, float), np.asarray(volume_cc, float)
        if dose[0] > 0:
            dose, volume = np.concatenate([[0.0], dose]), np.concatenate([volume[:1], volume])
        return cls(dose, volume)

    @classmethod
    def of_dvh(cls, found: Dvh) -> "_Curve":
        """Take both sides of each dose at which some volume lies exactly: the curve falls straight down there."""
        sides = _sides(np.asarray(found.curve().dose_gy))
        return cls.of(sides, found.volume_at_dose_cc(sides))

    @property
    def total_cc(self) -> float:
        return float(self.volume_cc[0])

    def at(self, dose_gy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(dose_gy, self.dose_gy, self.volume_cc, right=0.0)

    def scaled(self, total_cc: float) -> "_Curve":
        return _Curve(self.dose_gy, self.volume_cc * (total_cc / self.total_cc))

    def metrics(self) -> dict[str, float]:
        share = self.volume_cc / self.total_cc
        mean = float(np.sum(0.5 * (share[1:] + share[:-1]) * np.diff(self.dose_gy)))
        hottest = [float(np.interp(-percent / 100, -share, self.dose_gy)) for percent in (98, 50, 2)]
        return dict(zip(METRICS, (self.total_cc, mean, *hottest), strict=True))

    def distance(self, other: "_Curve") -> float:
        """Give the area between two curves of relative volume, over the mean dose of the other."""
        dose = np.union1d(self.dose_gy, other.dose_gy)
        apart = np.abs(self.at(dose) / self.total_cc - other.at(dose) / other.total_cc)
        area = float(np.sum(0.5 * (apart[1:] + apart[:-1]) * np.diff(dose)))
        mean = other.metrics()["Mean[Gy]"]
        return area / mean if mean > 0 else area


def _sides(dose_gy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each dose and the next number above it."""
    both = np.repeat(dose_gy, 2)
    both[1::2] = np.nextafter(dose_gy, np.inf)
    return both


def dvh_difference(  # noqa: PLR0913 - keywords, each with a default
    dose: DoseGrid,
    structure: Structure,
    theirs: StoredDvh | Dvh | DvhCurve,
    *,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    prescription_gy: float | None = None,
) -> DvhDifference:
    """Attribute the difference between our DVH and another system's to the ways in which systems count.

    From our curve to theirs in five steps: the end caps that come nearest to their volume; what is left of the volume;
    one dose for each voxel instead of a dose between voxels, where that is nearer; the curve read at their bins alone;
    the rest. The changes of all steps add up to the whole difference. That a way of counting fits makes it likely, not
    proven.

    Parameters
    ----------
    dose : DoseGrid
        The dose that both read.
    structure : Structure
        The structure that both read.
    theirs : StoredDvh, Dvh or DvhCurve
        The other system's cumulative curve: stored in the RTDOSE, made from its own reading, or as it was exported.
    between_planes, end_caps
        As for `dvh`: how ours counts.
    prescription_gy : float, optional
        What per cent of dose mean, where a stored curve is in per cent.

    Returns
    -------
    DvhDifference

    Raises
    ------
    hepadose.errors.KindMismatchError
        A Dvh of another kind of dose (physical against EQD2, or another alpha/beta): all are in Gy, and no way of
        counting explains that. Stored and exported curves do not say their kind.
    ValueError
        A stored curve that is not cumulative, is empty, or is in per cent of an unknown dose; a structure without
        volume inside the dose grid.

    Examples
    --------
    >>> import hepadose as hd
    >>> import numpy as np
    >>> grid = hd.Grid(shape=(10, 10, 10), spacing_mm=(5, 5, 5), origin_mm=(0, 0, 0))
    >>> dose = hd.DoseGrid(np.broadcast_to(np.arange(10.0), grid.shape), grid)
    >>> planes = [[(5, 5, z), (30, 5, z), (30, 30, z), (5, 30, z)] for z in (10, 15, 20)]
    >>> cube = hd.Structure.from_contours("cube", planes)
    >>> found = hd.dvh_difference(dose, cube, hd.dvh(dose, cube, end_caps="none"))
    >>> found.of("end_caps").text, round(found.of("end_caps").changes["Volume[cc]"], 3)
    ('none instead of half_slice', -3.125)
    """

    def ours_with(caps: EndCaps | None) -> Dvh:
        return dvh(dose, structure, between_planes=between_planes, end_caps=caps).covered

    if isinstance(theirs, Dvh) and theirs.kind != dose.kind:
        message = f"ours is {dose.kind}, theirs {theirs.kind}; compare curves of one kind"
        raise KindMismatchError(message, kind=dose.kind, other=theirs.kind)
    ours = ours_with(end_caps)
    if not ours.volume_cc > 0:
        raise ValueError(f"'{structure.name}' has no volume inside the dose grid; there is nothing to compare")
    own_caps: EndCaps = ours.settings["end_caps"]
    now = _Curve.of_dvh(ours)
    other, knows_volume = _theirs(theirs, now.total_cc, prescription_gy)
    steps: list[DifferenceStep] = []

    def step(cause: Cause, after: _Curve, text: str) -> _Curve:
        before, then = now.metrics(), after.metrics()
        changes = {name: then[name] - before[name] for name in METRICS}
        steps.append(DifferenceStep(cause=cause, text=text, changes=changes))
        return after

    caps, capped = _nearest_caps(now, other, own_caps, ours_with) if knows_volume else (own_caps, now)
    now = step("end_caps", capped, f"{caps} instead of {own_caps}" if caps != own_caps else f"{caps} as here")
    if knows_volume:
        off = 100 * (other.total_cc / now.total_cc - 1)
        now = step("volume", now.scaled(other.total_cc), f"{off:+.2f} % of volume that end caps do not explain")
    else:
        now = step("volume", now, "the other curve is in per cent of the volume, which it does not state")
    now = step("dose_sampling", *_sampled(dose, structure, now, other, between_planes, caps))
    edges = other.dose_gy
    now = step("binning", _Curve(edges, now.at(edges)), f"read at {len(edges)} doses, straight between them")
    step("rest", other, f"curves {100 * now.distance(other):.2f} % of the mean dose apart")
    return DvhDifference(
        structure=structure.name, ours=_Curve.of_dvh(ours).metrics(), theirs=other.metrics(), steps=tuple(steps)
    )


def _theirs(theirs: StoredDvh | Dvh | DvhCurve, ours_cc: float, prescription_gy: float | None) -> tuple[_Curve, bool]:
    """Give their curve in Gy and cc, and whether it knows its volume."""
    if isinstance(theirs, Dvh):
        return _Curve.of_dvh(theirs.covered), True
    if isinstance(theirs, DvhCurve):
        return _Curve.of(*theirs), True
    if theirs.dvh_type != "CUMULATIVE" or len(theirs.dose) == 0 or not theirs.volume[0] > 0:
        raise ValueError(f"a cumulative curve is needed, and the stored one is {theirs.dvh_type.lower() or 'unnamed'}")
    scale = 1.0
    if theirs.dose_units == "RELATIVE":
        if prescription_gy is None:
            raise ValueError("the stored curve is in per cent of a dose; give prescription_gy=")
        scale = prescription_gy / 100
    # Each volume is that at the lower edge of its bin.
    starts = np.concatenate([[0.0], theirs.dose[:-1]]) * scale
    known = theirs.volume_units == "CM3"
    volume = theirs.volume if known else theirs.volume * (ours_cc / theirs.volume[0])
    dose = np.append(starts, theirs.dose[-1] * scale)
    return _Curve.of(dose, np.minimum.accumulate(np.append(volume, 0.0))), known


def _nearest_caps(
    now: _Curve, other: _Curve, own: EndCaps, ours_with: Callable[[EndCaps], Dvh]
) -> tuple[EndCaps, _Curve]:
    """Give the end caps whose volume is nearest to theirs; ours unless others are clearly nearer."""

    def off(curve: _Curve) -> float:
        return abs(curve.total_cc / other.total_cc - 1)

    best: tuple[EndCaps, _Curve] = (own, now)
    if off(now) <= _SAME:
        return best
    for caps in _CAPS:
        made = ours_with(caps) if caps != own else None
        if made is not None and made.volume_cc > 0:
            curve = _Curve.of_dvh(made)
            if off(curve) < _NEARER * off(best[1]):
                best = (caps, curve)
    return best


def _sampled(  # noqa: PLR0913, PLR0917 - what a curve is made of
    dose: DoseGrid,
    structure: Structure,
    now: _Curve,
    other: _Curve,
    between_planes: BetweenPlanes | None,
    caps: EndCaps,
) -> tuple[_Curve, str]:
    """Give the curve of one dose a voxel, where that is nearer to theirs."""
    before = now.distance(other)
    if before <= _SAME:
        return now, "the dose between voxels as here"
    fractions = structure.to_mask(dose.grid, between_planes=between_planes or "prism", end_caps=caps)
    k, j, i = np.nonzero(fractions)
    volume = fractions[k, j, i] * _thickness_mm(dose)[k]
    values = np.asarray(dose.values_gy[k, j, i], float)
    order = np.argsort(values)
    levels, first = np.unique(values[order], return_index=True)
    at_least = np.cumsum(volume[order][::-1])[::-1][first]
    # A step down at each dose that occurs.
    steps = np.append(np.repeat(at_least, 2)[1:], 0.0)
    whole = _Curve.of(_sides(levels), steps).scaled(now.total_cc)
    after = whole.distance(other)
    if after < _NEARER * before:
        return (
            whole,
            f"one dose for each voxel: {100 * before:.2f} % of the mean dose apart becomes {100 * after:.2f} %",
        )
    return (
        now,
        f"the dose between voxels fits better than one for each voxel ({100 * before:.2f} against {100 * after:.2f} %)",
    )


def _thickness_mm(dose: DoseGrid) -> NDArray[np.float64]:
    offsets = np.asarray(dose.grid.frame_offsets_mm, float)
    if len(offsets) < 2:  # noqa: PLR2004 - one frame has no neighbour
        return np.ones(1)
    steps: NDArray[np.float64] = np.abs(np.gradient(offsets))
    return steps


def stored_differences(
    dose: DoseGrid, structures: Iterable[Structure], stored: Iterable[StoredDvh]
) -> tuple[DvhDifference, ...]:
    """Attribute the differences of every stored cumulative DVH whose structure is there and inside the dose grid.

    Parameters
    ----------
    dose : DoseGrid
        The dose.
    structures : iterable of Structure
        The structures.
    stored : iterable of StoredDvh
        What the planning system stored.

    Returns
    -------
    tuple of DvhDifference

    Examples
    --------
    >>> import hepadose as hd
    >>> import numpy as np
    >>> dose = hd.DoseGrid(np.ones((2, 2, 2)), hd.Grid(shape=(2, 2, 2), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0)))
    >>> hd.stored_differences(dose, [], [])
    ()
    """
    by_number = {one.number: one for one in structures if one.is_solid}
    found = []
    for one in stored:
        structure = by_number.get(one.roi_number)
        if structure is None or one.dvh_type != "CUMULATIVE" or one.dose_units != "GY":
            continue
        if dvh(dose, structure).covered_fraction == 1:
            found.append(dvh_difference(dose, structure, one))
    return Listed(found)
