"""The partition model: tumour, normal liver and lung."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hepadose import _core
from hepadose._shown import Shown
from hepadose._y90.checks import liver_kg, lung_kg
from hepadose._y90.constants import Constant
from hepadose._y90.delivery import delivery, residual_note, units_note


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartments:
    """Masses and ratios, as the core reads them."""

    tumours: list[tuple[float, float]]
    normal_mass_kg: float
    lung_mass_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition(Shown):
    """Mean doses of the compartments of the partition model."""

    activity_gbq: float
    """Prepared activity in GBq."""
    tumour_gy: float | None
    """Mean dose of the tumour in Gy; of several, that of the one with the least T/N; None without a tumour."""
    tumours_gy: tuple[float, ...]
    """Mean dose of each tumour in Gy."""
    normal_gy: float | None
    """Mean dose of the normal liver in Gy; None at a mass of 0."""
    lung_gy: float
    """Mean dose of the lung in Gy."""
    tumours_gbq: tuple[float, ...]
    """Activity in each tumour in GBq."""
    normal_gbq: float
    """Activity in the normal liver in GBq."""
    lung_gbq: float
    """Activity in the lung in GBq."""
    notes: tuple[str, ...]
    """What was assumed, and which tissue has no dose because there is none."""
    provenance: dict[str, Any] | None
    """Method and constants."""


def compartments(
    tumour_mass_kg: float | Sequence[float], tn_ratio: float | Sequence[float], normal: float, lung: float
) -> Compartments:
    masses = [tumour_mass_kg] if isinstance(tumour_mass_kg, int | float) else list(tumour_mass_kg)
    ratios = [tn_ratio] if isinstance(tn_ratio, int | float) else list(tn_ratio)
    if len(masses) != len(ratios):
        raise ValueError(f"{len(masses)} tumour masses but {len(ratios)} T/N ratios; give one ratio for each tumour")
    for mass in masses:
        liver_kg("tumour mass in kg", mass)
    return Compartments(
        tumours=list(zip(masses, ratios, strict=True)),
        normal_mass_kg=liver_kg("normal liver mass in kg", normal),
        lung_mass_kg=lung_kg("lung mass in kg", lung),
    )


def partition_of(
    row: Mapping[str, Any], model: Compartments, residual: float, provenance: dict[str, Any] | None
) -> Partition:
    """Make the result of the core's; tissue that is not there has no dose."""
    doses = tuple(row["tumour_gy"])
    has_normal = model.normal_mass_kg > 0
    notes = [*residual_note(residual), *units_note(row["activity_gbq"])]
    if not doses:
        notes.append("no tumour was given, so there is no tumour dose")
    if not has_normal:
        notes.append("no normal liver was given (0 kg), so it has no dose and no limit")
    return Partition(
        activity_gbq=row["activity_gbq"],
        tumour_gy=min(doses, default=None),
        tumours_gy=doses,
        normal_gy=row["normal_gy"] if has_normal else None,
        lung_gy=row["lung_gy"],
        tumours_gbq=tuple(row["tumour_gbq"]),
        normal_gbq=row["normal_gbq"],
        lung_gbq=row["lung_gbq"],
        notes=tuple(notes),
        provenance=provenance,
    )


def partition(  # noqa: PLR0913 - what the model asks for
    activity_gbq: float,
    *,
    tumour_mass_kg: float | Sequence[float],
    normal_mass_kg: float,
    tn_ratio: float | Sequence[float],
    lung_shunt_fraction: float,
    residual_fraction: float = 0.0,
    lung_mass_kg: float = 1.0,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> Partition:
    """Give the mean doses of tumour, normal liver and lung by the partition model.

    ``D_N = k A (1 - R) (1 - L) / (m_N + sum of m_T T/N)``, ``D_T = T/N D_N``, ``D_L = k A (1 - R) L / m_L``.

    Parameters
    ----------
    activity_gbq : float
        Prepared activity in GBq.
    tumour_mass_kg : float or sequence
        Mass of the tumour, or of each of several.
    normal_mass_kg : float
        Mass of the perfused normal liver; may be 0, and then has no dose.
    tn_ratio : float or sequence
        Ratio of activity **concentrations**, ``(A_T / m_T) / (A_N / m_N)``, one for each tumour. From a ratio of
        activities: `tn_ratio_from_activity_ratio`.
    lung_shunt_fraction : float
        Share of the net activity that goes to the lung.
    residual_fraction : float
        Share of the prepared activity that stays in vial and catheter; where it is 0 the result notes that it was
        assumed.
    lung_mass_kg : float
        Mass of both lungs.
    dose_constant_gy_kg_per_gbq : float or str, optional
        Dose constant by value or by name (see `named_constants`); 49.80 unless stated.

    Returns
    -------
    Partition

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Masses or ratios that are not above 0, a share of 1 or more; a tumour or liver above 20 kg, lungs above 10 kg
        (grams taken for kg).
    hepadose.errors.PlanningError
        Neither tumour nor normal liver.

    Notes
    -----
    Ho S et al., Eur J Nucl Med 1996;23:947-952.

    Examples
    --------
    >>> import hepadose as hd
    >>> masses = {"tumour_mass_kg": 0.3, "normal_mass_kg": 1.2, "tn_ratio": 4, "lung_shunt_fraction": 0.05}
    >>> doses = hd.y90.partition(2.607, **masses, dose_constant_gy_kg_per_gbq="gulec2006")
    >>> round(doses.tumour_gy), round(doses.normal_gy, 1), round(doses.lung_gy, 2)
    (205, 51.3, 6.47)
    """
    model = compartments(tumour_mass_kg, tn_ratio, normal_mass_kg, lung_mass_kg)
    row, record = _core.y90_partition(
        activity_gbq, model, delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq)
    )
    return partition_of(row, model, residual_fraction, record)


def partition_activity_gbq(  # noqa: PLR0913 - what the model asks for
    tumour_dose_gy: float,
    *,
    tumour_mass_kg: float | Sequence[float],
    normal_mass_kg: float,
    tn_ratio: float | Sequence[float],
    lung_shunt_fraction: float,
    residual_fraction: float = 0.0,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> float:
    """Give the activity to prepare for a tumour dose by the partition model.

    The inverse of `partition`: with several tumours, each gets at least this mean dose.

    Parameters
    ----------
    tumour_dose_gy : float
        Mean tumour dose in Gy.
    tumour_mass_kg, normal_mass_kg, tn_ratio, lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq
        As for `partition`; a residual of 0 assumes that all that is prepared reaches the patient.

    Returns
    -------
    float
        Activity in GBq.

    Raises
    ------
    hepadose.errors.NonPhysicalError, hepadose.errors.PlanningError
        As `partition`; also without a tumour.

    Examples
    --------
    >>> import hepadose as hd
    >>> masses = {"tumour_mass_kg": 0.3, "normal_mass_kg": 1.2, "tn_ratio": 4, "lung_shunt_fraction": 0.05}
    >>> round(hd.y90.partition_activity_gbq(205, **masses, dose_constant_gy_kg_per_gbq=49.67), 3)
    2.607
    """
    return _core.y90_partition_activity_gbq(
        tumour_dose_gy,
        compartments(tumour_mass_kg, tn_ratio, normal_mass_kg, 1.0),
        delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )


def tn_ratio_from_activity_ratio(
    tumour_to_normal_activity_ratio: float, *, tumour_mass_kg: float, normal_mass_kg: float
) -> float:
    """Give the ratio of concentrations T/N from a ratio of activities ``A_T / A_N`` and the masses.

    Parameters
    ----------
    tumour_to_normal_activity_ratio : float
        Ratio of activities (Kao 2013).
    tumour_mass_kg, normal_mass_kg : float
        Masses in kg.

    Returns
    -------
    float

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Values that are not above 0, masses above 20 kg (grams taken for kg).

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.tn_ratio_from_activity_ratio(1.0, tumour_mass_kg=0.2, normal_mass_kg=1.0)
    5.0
    """
    return _core.y90_tn_ratio_from_activity_ratio(
        tumour_to_normal_activity_ratio,
        liver_kg("tumour mass in kg", tumour_mass_kg),
        liver_kg("normal liver mass in kg", normal_mass_kg),
    )
