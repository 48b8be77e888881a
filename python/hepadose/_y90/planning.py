"""Activity held back by what liver and lung may have; several perfused volumes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hepadose import _core
from hepadose._shown import Shown
from hepadose._y90.checks import liver_kg, non_negative
from hepadose._y90.constants import Constant
from hepadose._y90.delivery import delivery
from hepadose._y90.partition import Partition, compartments, partition_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedActivity(Shown):
    """An activity, what decided it, and the doses that it gives."""

    activity_gbq: float
    """Activity to prepare in GBq."""
    limited_by: Literal["tumour_target", "normal_liver", "lung"]
    """What decided it."""
    for_tumour_gbq: float
    """Activity for the tumour's target."""
    for_normal_gbq: float | None
    """Activity at which normal liver is at its limit, where one is set and there is normal liver."""
    for_lung_gbq: float | None
    """Activity at which the lung is at its limit, where one is set and there is a shunt."""
    doses: Partition
    """Doses at the activity."""
    notes: tuple[str, ...]
    """What was assumed, and limits that limit nothing."""


def plan_activity(  # noqa: PLR0913 - what the model asks for
    tumour_dose_gy: float,
    *,
    tumour_mass_kg: float | Sequence[float],
    normal_mass_kg: float,
    tn_ratio: float | Sequence[float],
    lung_shunt_fraction: float,
    normal_limit_gy: float | None = None,
    lung_limit_gy: float | None = None,
    residual_fraction: float = 0.0,
    lung_mass_kg: float = 1.0,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> PlannedActivity:
    """Give the activity for a tumour dose, held back by what normal liver and lung may have.

    Parameters
    ----------
    tumour_dose_gy : float
        Wanted mean tumour dose in Gy.
    normal_limit_gy, lung_limit_gy : float, optional
        Highest mean dose of perfused normal liver and of the lung; they differ by device, disease and liver function
        (see `thresholds` and `lung_constants`) and are never defaults.
    tumour_mass_kg, normal_mass_kg, tn_ratio, lung_shunt_fraction, residual_fraction, lung_mass_kg
        As for `partition`.
    dose_constant_gy_kg_per_gbq : float or str, optional
        As for `partition`.

    Returns
    -------
    PlannedActivity
        The least of the activities, what decided it, and its doses.

    Raises
    ------
    hepadose.errors.NonPhysicalError, hepadose.errors.PlanningError
        As `partition_activity_gbq`.

    Examples
    --------
    >>> import hepadose as hd
    >>> masses = {"tumour_mass_kg": 0.3, "normal_mass_kg": 1.2, "tn_ratio": 4, "lung_shunt_fraction": 0.05}
    >>> found = hd.y90.plan_activity(205, **masses, normal_limit_gy=40, lung_limit_gy=30)
    >>> found.limited_by, round(found.doses.tumour_gy)
    ('normal_liver', 160)
    """
    limits = (("normal liver limit in Gy", normal_limit_gy), ("lung limit in Gy", lung_limit_gy))
    normal_limit_gy, lung_limit_gy = (None if limit is None else non_negative(name, limit) for name, limit in limits)
    model = compartments(tumour_mass_kg, tn_ratio, normal_mass_kg, lung_mass_kg)
    row, record = _core.y90_plan_activity(
        tumour_dose_gy,
        normal_limit_gy,
        lung_limit_gy,
        model,
        delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )
    doses = partition_of(row["doses"], model, residual_fraction, record)
    idle = []
    if normal_limit_gy is None:
        idle.append("no limit of the normal liver was set, so it does not hold the activity back")
    elif row["for_normal_gbq"] is None:
        idle.append(f"the limit of {normal_limit_gy:g} Gy of the normal liver holds nothing back: there is none")
    if lung_limit_gy is None:
        idle.append("no limit of the lung was set, so it does not hold the activity back")
    elif row["for_lung_gbq"] is None:
        idle.append(f"the limit of {lung_limit_gy:g} Gy of the lung holds nothing back: the shunt is 0")
    return PlannedActivity(**(row | {"doses": doses, "notes": (*doses.notes, *idle)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class PerfusedVolume(Shown):
    """One perfused volume with its own activity; volumes must not overlap."""

    activity_gbq: float
    """Prepared activity in GBq."""
    tumour_mass_kg: float | Sequence[float]
    """Mass of its tumour, or of each of them."""
    normal_mass_kg: float
    """Mass of its normal liver; may be 0."""
    tn_ratio: float | Sequence[float]
    """Ratio of concentrations, one for each tumour."""
    lung_shunt_fraction: float
    """Share of its net activity that goes to the lung."""
    residual_fraction: float = 0.0
    """Share of its prepared activity that stays in vial and catheter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumesDose(Shown):
    """Doses of several perfused volumes and of the whole."""

    volumes: tuple[Partition, ...]
    """Doses of each volume."""
    perfused_normal_gy: float | None
    """Mean dose of the perfused normal liver in Gy."""
    whole_normal_gy: float | None
    """Mean dose of all normal liver in Gy, what is not perfused included."""
    lung_gy: float
    """Mean dose of the lung in Gy from all volumes together."""


def partition_volumes(
    volumes: Iterable[PerfusedVolume],
    *,
    unperfused_normal_mass_kg: float,
    lung_mass_kg: float = 1.0,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> VolumesDose:
    """Give the doses of several perfused volumes of one liver, each with its own activity.

    Parameters
    ----------
    volumes : iterable of PerfusedVolume
        Volumes that do not overlap.
    unperfused_normal_mass_kg : float
        Normal liver that no volume holds; it gets nothing. Perfused and whole normal dose are not the same.
    lung_mass_kg : float
        Mass of both lungs.
    dose_constant_gy_kg_per_gbq : float or str, optional
        As for `partition`.

    Returns
    -------
    VolumesDose

    Raises
    ------
    hepadose.errors.NonPhysicalError, hepadose.errors.PlanningError
        As `partition`; also without a volume.

    Examples
    --------
    >>> import hepadose as hd
    >>> right = hd.y90.PerfusedVolume(
    ...     activity_gbq=1.3, tumour_mass_kg=0.15, normal_mass_kg=0.6, tn_ratio=4, lung_shunt_fraction=0.05
    ... )
    >>> doses = hd.y90.partition_volumes([right], unperfused_normal_mass_kg=0.6)
    >>> round(doses.perfused_normal_gy / doses.whole_normal_gy, 6)
    2.0
    """
    every = list(volumes)
    liver_kg("unperfused normal liver mass in kg", unperfused_normal_mass_kg)
    models = [compartments(one.tumour_mass_kg, one.tn_ratio, one.normal_mass_kg, lung_mass_kg) for one in every]
    rows = [
        (
            one.activity_gbq,
            model,
            delivery(one.lung_shunt_fraction, one.residual_fraction, dose_constant_gy_kg_per_gbq),
        )
        for one, model in zip(every, models, strict=True)
    ]
    found = _core.y90_partition_volumes(rows, unperfused_normal_mass_kg)
    found["volumes"] = tuple(
        partition_of(row, model, one.residual_fraction, _core.y90_partition(*asked)[1])
        for row, model, one, asked in zip(found["volumes"], models, every, rows, strict=True)
    )
    return VolumesDose(**found)
