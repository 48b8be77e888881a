"""Published limits of normal liver, whole liver and lung beside a dose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hepadose._citations import Evidence, Reference
from hepadose._y90.lung import lung_constants
from hepadose._y90.thresholds import thresholds

LimitedRegion: TypeAlias = Literal["normal_liver", "perfused_normal_liver", "whole_liver", "lung"]
# What the sources call these regions.
_REGIONS: dict[LimitedRegion, tuple[str, ...]] = {
    "normal_liver": ("normal liver", "whole normal liver"),
    "perfused_normal_liver": ("perfused normal liver",),
    "whole_liver": ("whole liver",),
    "lung": (),
}
_BELOW = {"<": lambda dose, limit: dose < limit, "<=": lambda dose, limit: dose <= limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
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


def limits_of(
    region: LimitedRegion, mean_gy: float | None, setting: Mapping[str, Any] | None, *, is_too_low: bool = False
) -> tuple[Limit, ...]:
    """Give the published limits of an organ for a device, a disease and a dosimetry; those of the lung for any.

    A mean of the lung that is too low can be above a limit, but never within it.
    """
    if region == "lung":
        limit = lung_constants().single_limit_gy
        known = mean_gy is not None and (mean_gy > limit.value or not is_too_low)
        return (
            Limit(
                operator="<=",
                dose_gy=limit.value,
                scenario="all",
                condition="one treatment",
                within=mean_gy is not None and mean_gy <= limit.value if known else None,
                reference=limit.reference,
                locator=limit.locator,
                evidence=limit.evidence,
            ),
        )
    if setting is None:
        return ()
    return tuple(
        Limit(
            operator=one.operator,
            dose_gy=one.dose_gy,
            scenario=one.scenario,
            condition=one.condition,
            within=None if mean_gy is None else _BELOW[one.operator](mean_gy, one.dose_gy),
            reference=found.reference,
            locator=found.locator,
            evidence=one.evidence,
        )
        for found in thresholds(device=setting["device"], disease=setting["disease"])
        if found.dosimetry in {None, setting["dosimetry"]}
        for one in found.recommendations
        if one.region in _REGIONS[region] and one.operator in _BELOW
    )
