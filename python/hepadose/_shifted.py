"""What setup errors do to a DVH: the structure moved by many shifts."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepadose import _core
from hepadose._core import DoseGrid, Dvh, Structure
from hepadose._dvh import BetweenPlanes, DoseInterpolation, EndCaps, PresetName, sampling, solid
from hepadose._shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRange(Shown):
    """A metric where the structure was drawn, and its range over all shifts."""

    name: str
    """The metric, such as ``CV15Gy[cc]``."""
    unit: str
    """Unit of all values."""
    nominal: float | None
    """Where the structure was drawn; None where it is not evaluable."""
    lowest: float | None
    """Lowest over the shifts and the nominal place; None where any of them is not evaluable."""
    highest: float | None
    """Highest alike."""
    values: tuple[float | None, ...]
    """For each shift."""


@dataclass(frozen=True, slots=True)
class ShiftedDvhs(Shown):
    """The DVHs of one structure at many places."""

    nominal: Dvh
    """Where it was drawn."""
    shifts_mm: tuple[tuple[float, float, float], ...]
    """Shift of each of `dvhs` in mm, patient coordinates (x, y, z)."""
    dvhs: tuple[Dvh, ...]
    """One for each shift."""

    def __len__(self) -> int:
        return len(self.dvhs)

    def __iter__(self) -> Iterator[Dvh]:
        return iter(self.dvhs)

    def __repr__(self) -> str:
        return f"<ShiftedDvhs '{self.nominal.name}': {len(self)} shifts>"

    def metric(self, text: str) -> MetricRange:
        """Read a metric at every place.

        Parameters
        ----------
        text : str
            A metric as `Dvh.metric` takes it.

        Returns
        -------
        MetricRange
        """
        nominal = self.nominal.metric(text)
        values = tuple(dvh.metric(text).value for dvh in self.dvhs)
        known = [value for value in (nominal.value, *values) if value is not None]
        complete = len(known) == len(values) + 1
        return MetricRange(
            name=nominal.name,
            unit=nominal.unit,
            nominal=nominal.value,
            lowest=min(known) if complete else None,
            highest=max(known) if complete else None,
            values=values,
        )

    def band(self, dose_gy: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the lowest and highest volume that receives at least a dose, over all places.

        Parameters
        ----------
        dose_gy : float or array
            Dose in Gy of the DVH's own kind.

        Returns
        -------
        lowest_cc, highest_cc : array
            In cubic centimetres, of the shape of `dose_gy`.

        Raises
        ------
        hepadose.errors.NotEvaluableError
            The dose does not cover the structure at some place.
        """
        dose = np.asarray(dose_gy, dtype=np.float64)
        curves = np.stack([np.asarray(dvh.volume_at_dose_cc(dose)) for dvh in (self.nominal, *self.dvhs)])
        return curves.min(axis=0), curves.max(axis=0)


def dvh_shifted(  # noqa: PLR0913 - keywords, each with a default
    dose: DoseGrid,
    structure: Structure,
    shifts_mm: float | ArrayLike,
    *,
    prescription_gy: float | None = None,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
    min_covered: float = 1.0,
    dose_interpolation: DoseInterpolation = "trilinear",
) -> ShiftedDvhs:
    """Calculate the DVHs of a structure moved by each of many rigid shifts, in parallel.

    The dose stays where it is, as under the static-dose approximation of setup errors; every DVH is calculated in full
    at its place, none is an interpolation of others.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind.
    structure : Structure
        The structure.
    shifts_mm : float, or array (N, 3)
        Shifts in mm in patient coordinates (x, y, z). A number s stands for the 27 shifts by -s, 0 and s along each
        axis.
    prescription_gy, between_planes, end_caps, max_cap_mm, preset, min_covered, dose_interpolation
        As for `dvh`.

    Returns
    -------
    ShiftedDvhs
        With `nominal`, `metric` and `band`.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Shifts that are not finite.
    ValueError
        An array that is not of shape (N, 3).

    Examples
    --------
    >>> import hepadose as hd, numpy as np
    >>> grid = hd.Grid(shape=(21, 21, 21), spacing_mm=(2, 2, 2), origin_mm=(-20, -20, -20))
    >>> x = np.arange(21) * 2.0
    >>> dose = hd.DoseGrid(np.broadcast_to(x, grid.shape).copy(), grid, fractions=5)
    >>> ring = [[-5, -5], [5, -5], [5, 5], [-5, 5]]
    >>> box = hd.Structure.from_contours("Box", [[[x, y, z] for x, y in ring] for z in (-5, 0, 5)])
    >>> mean = hd.dvh_shifted(dose, box, 3.0).metric("Mean[Gy]")
    >>> round(mean.lowest, 6), round(mean.nominal, 6), round(mean.highest, 6)
    (17.0, 20.0, 23.0)
    """
    if np.ndim(shifts_mm) == 0:
        side = float(np.asarray(shifts_mm, dtype=np.float64))
        shifts = np.array(list(itertools.product((-side, 0.0, side), repeat=3)))
    else:
        shifts = np.asarray(shifts_mm, dtype=np.float64)
    if shifts.ndim != 2 or shifts.shape[1] != 3:  # noqa: PLR2004 - three coordinates
        raise ValueError(f"the shifts have shape {shifts.shape}; give one number, or an array of shape (N, 3) in mm")
    policy = solid(between_planes, end_caps, max_cap_mm, preset)
    how = sampling(dose_interpolation, None)
    every = [[0.0, 0.0, 0.0], *shifts.tolist()]
    nominal, *moved = _core.dvhs_shifted(dose, structure, every, prescription_gy, policy, min_covered, how)
    places = tuple((float(x), float(y), float(z)) for x, y, z in shifts)
    return ShiftedDvhs(nominal, places, tuple(moved))
