"""Isoeffect models: from physical dose to BED, EQD2 and EQDx, and back.

Each model takes numbers, arrays (with ``out=``) and, through ``DoseGrid.bed(model=...)``, whole grids. Its text,
``str(model)``, is its name with all parameters, and stands beside every BED that it makes.

Examples
--------
>>> import hepadose as hd
>>> for model in (hd.models.LQ(10), hd.models.LQL(10, threshold_gy=6.2), hd.models.USC(0.33, d0_gy=1.25, dq_gy=1.8)):
...     print(f"{model.name}: {model.bed_gy(60.0, fractions=3):.1f} Gy")
LQ: 180.0 Gy
LQ-L: 122.9 Gy
USC: 132.4 Gy
"""

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._evaluate import Numbers, evaluate

__all__ = ["LQ", "LQL", "USC", "Decay", "FractionsADay", "Model", "Repopulation", "Timing", "bed_cycles_gy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionsADay:
    """Several fractions on each treatment day, with complete repair overnight (Thames 1985)."""

    per_day: int
    """Fractions a day, m: as many on every day, so the number of fractions is a multiple of it."""
    interval_h: float
    """Hours between two of them."""
    repair_half_life_h: float
    """Half-life of repair in hours."""

    @property
    def incomplete_repair_factor(self) -> float:
        """``Hm = (2/m) [phi / (1 - phi)] [m - (1 - phi^m) / (1 - phi)]``, ``phi = exp(-ln 2 dt / T)``.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            No fractions, times that are not above 0.
        """
        return _core.incomplete_repair_factor(self.per_day, self.interval_h, self.repair_half_life_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """Sources that decay completely, in equal cycles with complete repair between them: Y-90, Lu-177."""

    repair_half_life_h: float
    """Half-life of repair in hours."""
    effective_half_life_h: float
    """Effective half-life of the dose rate in hours (the physical one where nothing is washed out)."""
    cycles: int = 1
    """Number of equal cycles that make up the dose."""

    @property
    def protraction_factor(self) -> float:
        """Lea-Catcheside ``G = Trep / (Trep + Teff)`` of one cycle.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            Half-lives that are not above 0.
        """
        return _core.protraction_factor(self.repair_half_life_h, self.effective_half_life_h)


Timing: TypeAlias = FractionsADay | Decay
"""When a dose is given, where it is not in fractions a day or more apart."""


class _Model:
    """What all models share."""

    __slots__ = ()
    name: ClassVar[str]

    def __str__(self) -> str:
        return _core.effect_words((self, None, None))

    @overload
    def bed_gy(self, dose_gy: float, *, fractions: int | None = None, timing: Timing | None = None) -> float: ...
    @overload
    def bed_gy(
        self,
        dose_gy: Numbers,
        *,
        fractions: int | None = None,
        timing: Timing | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    def bed_gy(
        self,
        dose_gy: float | Numbers,
        *,
        fractions: int | None = None,
        timing: Timing | None = None,
        out: NDArray[Any] | None = None,
    ) -> float | NDArray[Any]:
        """Give the BED of a total dose.

        Parameters
        ----------
        dose_gy : float or array
            Total physical dose in Gy.
        fractions : int, optional
            Number of equal fractions; not needed with `Decay`.
        timing : FractionsADay or Decay, optional
            Repair during delivery; for the linear-quadratic model alone.
        out : array, optional
            Where to write, of the shape and type of the result; may be `dose_gy` itself.

        Returns
        -------
        float or array
            BED in Gy.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            Doses that are negative or not finite, parameters that are not physical.
        hepadose.errors.ModelError
            LQ-L or USC with a timing.
        hepadose.errors.FractionsError
            A number of fractions for a decaying source, which has none.
        ValueError
            No number of fractions where one is needed.
        """
        return self._effect(dose_gy, (fractions, timing), None, out, backward=False)

    def eqdx_gy(
        self,
        dose_gy: float | Numbers,
        *,
        dose_per_fraction_gy: float,
        fractions: int | None = None,
        timing: Timing | None = None,
        out: NDArray[Any] | None = None,
    ) -> float | NDArray[Any]:
        """Give the dose in fractions of `dose_per_fraction_gy` with the same effect, EQDx; else as `bed_gy`."""
        return self._effect(dose_gy, (fractions, timing), dose_per_fraction_gy, out, backward=False)

    def eqd2_gy(
        self,
        dose_gy: float | Numbers,
        *,
        fractions: int | None = None,
        timing: Timing | None = None,
        out: NDArray[Any] | None = None,
    ) -> float | NDArray[Any]:
        """Give the dose in fractions of 2 Gy with the same effect; else as `bed_gy`."""
        return self._effect(dose_gy, (fractions, timing), 2.0, out, backward=False)

    def dose_of_bed_gy(
        self,
        bed_gy: float | Numbers,
        *,
        fractions: int | None = None,
        timing: Timing | None = None,
        out: NDArray[Any] | None = None,
    ) -> float | NDArray[Any]:
        """Give the total physical dose that has a BED: the inverse of `bed_gy`."""
        return self._effect(bed_gy, (fractions, timing), None, out, backward=True)

    def dose_of_eqd2_gy(
        self,
        eqd2_gy: float | Numbers,
        *,
        fractions: int | None = None,
        timing: Timing | None = None,
        out: NDArray[Any] | None = None,
    ) -> float | NDArray[Any]:
        """Give the total physical dose that has an EQD2: the inverse of `eqd2_gy`."""
        return self._effect(eqd2_gy, (fractions, timing), 2.0, out, backward=True)

    def _effect(
        self,
        values: float | Numbers,
        delivery: tuple[int | None, Timing | None],
        x_gy: float | None,
        out: NDArray[Any] | None,
        *,
        backward: bool,
    ) -> float | NDArray[Any]:
        course = (self, delivery[1], delivery[0])
        return evaluate(
            lambda value: _core.effect_gy(value, course, x_gy, backward),
            lambda array, target: _core.effect_gy_into(array, target, course, x_gy, backward),
            values,
            out,
        )


@dataclass(frozen=True, slots=True)
class LQ(_Model):
    """The linear-quadratic model: ``BED = D (1 + d / (alpha/beta))`` (Fowler 1989).

    Stated to hold to about 10 Gy a fraction, possibly 18 Gy (Brenner 2008).
    """

    alpha_beta_gy: float
    """alpha/beta in Gy."""
    name: ClassVar[str] = "LQ"


@dataclass(frozen=True, slots=True)
class LQL(_Model):
    """The linear-quadratic-linear model: a straight line beyond a transition dose a fraction (Astrahan 2008).

    ``BED = n [dT (1 + dT / (alpha/beta)) + (gamma/alpha) (d - dT)]`` for ``d > dT``.
    """

    alpha_beta_gy: float
    """alpha/beta in Gy."""
    threshold_gy: float
    """Transition dose a fraction, dT, in Gy."""
    gamma_per_alpha: float | None = None
    """Slope of the line in BED per Gy; None for the tangent, ``1 + 2 dT / (alpha/beta)``."""
    name: ClassVar[str] = "LQ-L"

    @property
    def slope(self) -> float:
        """The slope that is used beyond the transition."""
        return _line(self)[1]


@dataclass(frozen=True, slots=True)
class USC(_Model):
    """The universal survival curve: the multitarget line beyond ``DT = 2 Dq / (1 - alpha D0)`` (Park 2008).

    ``BED = n (d - Dq) / (alpha D0)`` there; below, linear-quadratic with ``beta = (1 - alpha D0)^2 / (4 D0 Dq)``.
    """

    alpha_per_gy: float
    """alpha in 1/Gy."""
    d0_gy: float
    """D0 in Gy, one over the final slope."""
    dq_gy: float
    """Quasi-threshold dose Dq in Gy."""
    name: ClassVar[str] = "USC"

    @property
    def alpha_beta_gy(self) -> float:
        """alpha/beta in Gy of the quadratic part: alpha over beta."""
        return _core.model_numbers(self)[0]

    @property
    def transition_dose_gy(self) -> float:
        """Transition dose a fraction in Gy."""
        return _line(self)[0]


Model: TypeAlias = LQ | LQL | USC
"""Any of the models."""


def _line(model: LQL | USC) -> tuple[float, float]:
    """Give transition dose and slope of a model that has them."""
    line = _core.model_numbers(model)[1]
    if line is None:
        raise TypeError(f"{model} has no straight part")
    return line


@dataclass(frozen=True, slots=True, kw_only=True)
class Repopulation:
    """A loss of effect by regrowth of the tumour: ``k max(0, T - Tk)``; an effect never falls below 0.

    Give the rate in Gy of BED a day or in Gy of EQD2 a day, and use it on that measure alone; or alpha and the
    potential doubling time, for BED: ``k = ln 2 / (alpha Tpot)``.

    Examples
    --------
    >>> import hepadose as hd
    >>> tumour = hd.models.Repopulation(kickoff_days=28, alpha_per_gy=0.3, doubling_time_days=5)
    >>> round(tumour.remaining_bed_gy(59.472, overall_days=38), 3)
    54.851
    """

    kickoff_days: float
    """When the loss begins, in days after the first fraction."""
    bed_gy_per_day: float | None = None
    """Loss in Gy of BED a day."""
    eqd2_gy_per_day: float | None = None
    """Loss in Gy of EQD2 a day."""
    alpha_per_gy: float | None = None
    """alpha in 1/Gy, with `doubling_time_days`."""
    doubling_time_days: float | None = None
    """Potential doubling time in days, with `alpha_per_gy`."""

    def remaining_bed_gy(
        self, bed_gy: float | Numbers, *, overall_days: float, out: NDArray[Any] | None = None
    ) -> float | NDArray[Any]:
        """Give what is left of a BED after a treatment of so many days.

        Parameters
        ----------
        bed_gy : float or array
            BED in Gy.
        overall_days : float
            Days from the first to the last fraction.
        out : array, optional
            Where to write, of the shape and type of the result.

        Returns
        -------
        float or array
            BED in Gy.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            Numbers that are negative or not finite.
        ValueError
            A rate that is stated in EQD2, or not stated once.
        """
        growth = None
        if self.alpha_per_gy is not None and self.doubling_time_days is not None:
            growth = (self.alpha_per_gy, self.doubling_time_days)
        return self._remaining(
            bed_gy, _core.repopulation_rate(self.bed_gy_per_day, growth, self.kickoff_days), overall_days, out
        )

    def remaining_eqd2_gy(
        self, eqd2_gy: float | Numbers, *, overall_days: float, out: NDArray[Any] | None = None
    ) -> float | NDArray[Any]:
        """Give what is left of an EQD2, from a rate stated in EQD2; else as `remaining_bed_gy`."""
        return self._remaining(
            eqd2_gy, _core.repopulation_rate(self.eqd2_gy_per_day, None, self.kickoff_days), overall_days, out
        )

    def _remaining(
        self, values: float | Numbers, rate: float, overall_days: float, out: NDArray[Any] | None
    ) -> float | NDArray[Any]:
        numbers = (rate, self.kickoff_days, overall_days)

        def of_array(array: NDArray[Any], target: NDArray[Any]) -> None:
            _core.remaining_gy_into(array.copy() if array is target else array, target, *numbers)

        return evaluate(lambda value: _core.remaining_gy(value, *numbers), of_array, values, out)


def bed_cycles_gy(cycles_gy: NDArray[np.floating[Any]] | list[float], *, alpha_beta_gy: float, timing: Decay) -> float:
    """Give the BED of cycles of different dose: ``sum D_i + G / (alpha/beta) sum D_i^2``.

    Parameters
    ----------
    cycles_gy : sequence of float
        Absorbed dose of each cycle in Gy.
    alpha_beta_gy : float
        alpha/beta in Gy.
    timing : Decay
        Half-lives; its number of cycles is not used.

    Returns
    -------
    float
        BED in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Doses that are negative or not finite, parameters that are not above 0.

    Examples
    --------
    >>> import hepadose as hd
    >>> kidney = hd.models.Decay(repair_half_life_h=2.8, effective_half_life_h=50)
    >>> round(hd.models.bed_cycles_gy([5.75] * 4, alpha_beta_gy=2.5, timing=kidney), 3)
    25.805
    """
    doses = [float(dose) for dose in cycles_gy]
    return _core.bed_cycles_gy(doses, alpha_beta_gy, timing.repair_half_life_h, timing.effective_half_life_h)
