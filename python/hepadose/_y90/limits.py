"""Published limits of normal liver, whole liver and lung beside a dose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hepadose._citations import Evidence, Reference
from hepadose._shown import Shown
from hepadose._y90.lung import lung_constants
from hepadose._y90.thresholds import ThresholdSet, thresholds

LimitedRegion: TypeAlias = Literal["normal_liver", "perfused_normal_liver", "whole_liver", "lung"]
# What the sources call these regions.
_REGIONS: dict[LimitedRegion, tuple[str, ...]] = {
    "normal_liver": ("normal liver", "whole normal liver"),
    "perfused_normal_liver": ("perfused normal liver",),
    "whole_liver": ("whole liver",),
    "lung": (),
}
_UPPER = ("<", "<=")
# Doses that differ by a smaller share are the same dose: single precision rounds at 6e-8.
_SAME_DOSE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Shown):
    """A published limit of the mean dose of an organ, and whether a dose is within it."""

    operator: str
    """As printed."""
    dose_gy: float
    """The limit in Gy."""
    scenario: str
    """Kind of treatment that it is for, ``all`` where it does not matter."""
    condition: str | None
    """When it holds."""
    within: bool | None
    """Whether the mean dose is within it; None without a mean dose, or where the dose is known to be too low."""
    reference: Reference
    """The publication."""
    locator: str
    """Table, figure or section."""
    evidence: Evidence
    """How it was seen."""


def is_within(dose_gy: float, operator: str, limit_gy: float) -> bool:
    """Whether a dose is within an upper limit, as its source prints it: ``<`` or ``<=``.

    A dose that is the limit but for rounding is taken as the limit itself: within ``<=``, and not within ``<``. Every
    limit of this module is judged here.
    """
    if operator not in _UPPER:
        raise ValueError(f"the operator of an upper limit is one of {' or '.join(_UPPER)}, got {operator!r}")
    if abs(dose_gy - limit_gy) <= _SAME_DOSE * abs(limit_gy):
        return operator == "<="
    return dose_gy < limit_gy


def limits_of(
    region: LimitedRegion, mean_gy: float | None, setting: Mapping[str, Any] | None, *, is_too_low: bool = False
) -> tuple[tuple[Limit, ...], str | None]:
    """Give the published limits of an organ for a device, a disease and a dosimetry, or why there are none.

    Those of the lung hold for any. A mean of the lung that is too low can be above a limit, but never within it.
    """
    # A mean below 0 is noise, and within nothing.
    judged_gy = mean_gy if mean_gy is not None and mean_gy >= 0 else None
    if region == "lung":
        limit = lung_constants().single_limit_gy
        within = None if judged_gy is None else is_within(judged_gy, "<=", limit.value)
        one = Limit(
            operator="<=",
            dose_gy=limit.value,
            scenario="all",
            condition="one treatment",
            within=None if within and is_too_low else within,
            reference=limit.reference,
            locator=limit.locator,
            evidence=limit.evidence,
        )
        return (one,), None
    organ = region.replace("_", " ")
    if setting is None:
        return (), (
            f"limits of the {organ} are published for a device and a disease, and none were said; "
            "say device=, disease= and dosimetry="
        )
    found = thresholds(device=setting["device"], disease=setting["disease"])
    limits = tuple(
        Limit(
            operator=one.operator,
            dose_gy=one.dose_gy,
            scenario=one.scenario,
            condition=one.condition,
            within=None if judged_gy is None else is_within(judged_gy, one.operator, one.dose_gy),
            reference=published.reference,
            locator=published.locator,
            evidence=one.evidence,
        )
        for published in found
        if published.dosimetry in {None, setting["dosimetry"]}
        for one in published.recommendations
        if one.region in _REGIONS[region] and one.operator in _UPPER
    )
    return limits, None if limits else _none(region, setting, found)


def _none(region: LimitedRegion, setting: Mapping[str, Any], found: tuple[ThresholdSet, ...]) -> str:
    """Say that no limit is known, and what is known instead."""
    words = f"{setting['device']}, {setting['disease']}, {setting['dosimetry']}"
    said = f"no upper limit of the mean dose of the {region.replace('_', ' ')} is known here for {words}"
    every = [(published, one) for published in found for one in published.recommendations if one.operator in _UPPER]
    own = [published.id for published, one in every if one.region in _REGIONS[region]]
    if own:
        said += f"; {', '.join(dict.fromkeys(own))} has one for another dosimetry"
    others = [
        organ.replace("_", " ")
        for organ, names in _REGIONS.items()
        if organ != region
        and any(one.region in names and published.dosimetry in {None, setting["dosimetry"]} for published, one in every)
    ]
    return f"{said}; there are limits of the {' and the '.join(others)}" if others else said
