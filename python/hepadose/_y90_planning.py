"""Planning of a radioembolisation: from a wanted dose to an activity, and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike

from hepadose import _core
from hepadose._citations import Cited, cited

Constant: TypeAlias = float | str
"""A value, or the name of a cited one (see `hepadose.y90.named_constants`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """Shunt, residual and dose constant, as the core reads them."""

    lung_shunt_fraction: float
    residual_fraction: float
    dose_constant_gy_kg_per_gbq: Constant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compartments:
    """Masses and ratios, as the core reads them."""

    tumours: list[tuple[float, float]]
    normal_mass_kg: float
    lung_mass_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Mean doses of the compartments of the partition model."""

    activity_gbq: float
    """Prepared activity in GBq."""
    tumour_gy: float
    """Mean dose of the tumour in Gy; of several, that of the one with the least T/N."""
    tumours_gy: tuple[float, ...]
    """Mean dose of each tumour in Gy."""
    normal_gy: float
    """Mean dose of the normal liver in Gy."""
    lung_gy: float
    """Mean dose of the lung in Gy."""
    tumours_gbq: tuple[float, ...]
    """Activity in each tumour in GBq."""
    normal_gbq: float
    """Activity in the normal liver in GBq."""
    lung_gbq: float
    """Activity in the lung in GBq."""
    provenance: dict[str, Any] | None
    """Method and constants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedActivity:
    """An activity, what decided it, and the doses that it gives."""

    activity_gbq: float
    """Activity to prepare in GBq."""
    limited_by: Literal["tumour_target", "normal_liver", "lung"]
    """What decided it."""
    for_tumour_gbq: float
    """Activity for the tumour's target."""
    for_normal_gbq: float | None
    """Activity at which normal liver is at its limit, where one is set."""
    for_lung_gbq: float | None
    """Activity at which the lung is at its limit, where one is set and there is a shunt."""
    doses: Partition
    """Doses at the activity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerfusedVolume:
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
class VolumesDose:
    """Doses of several perfused volumes and of the whole."""

    volumes: tuple[Partition, ...]
    """Doses of each volume."""
    perfused_normal_gy: float | None
    """Mean dose of the perfused normal liver in Gy."""
    whole_normal_gy: float | None
    """Mean dose of all normal liver in Gy, what is not perfused included."""
    lung_gy: float
    """Mean dose of the lung in Gy from all volumes together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LungConstants:
    """Lung mass and published limits of the mean lung dose."""

    mass_kg: Cited
    """Mass in kg unless one is measured."""
    single_limit_gy: Cited
    """Highest mean dose of one treatment."""
    cumulative_limit_gy: Cited
    """Highest summed mean dose of all treatments."""


def _compartments(
    tumour_mass_kg: float | Sequence[float], tn_ratio: float | Sequence[float], normal: float, lung: float
) -> _Compartments:
    masses = [tumour_mass_kg] if isinstance(tumour_mass_kg, int | float) else list(tumour_mass_kg)
    ratios = [tn_ratio] if isinstance(tn_ratio, int | float) else list(tn_ratio)
    if len(masses) != len(ratios):
        raise ValueError(f"{len(masses)} tumour masses but {len(ratios)} T/N ratios; give one ratio for each tumour")
    return _Compartments(tumours=list(zip(masses, ratios, strict=True)), normal_mass_kg=normal, lung_mass_kg=lung)


def _partition(row: Mapping[str, Any], provenance: dict[str, Any] | None) -> Partition:
    doses = tuple(row["tumour_gy"])
    return Partition(
        activity_gbq=row["activity_gbq"],
        tumour_gy=min(doses, default=row["normal_gy"]),
        tumours_gy=doses,
        normal_gy=row["normal_gy"],
        lung_gy=row["lung_gy"],
        tumours_gbq=tuple(row["tumour_gbq"]),
        normal_gbq=row["normal_gbq"],
        lung_gbq=row["lung_gbq"],
        provenance=provenance,
    )


def mird_activity_gbq(
    dose_gy: float,
    *,
    mass_kg: float,
    lung_shunt_fraction: float,
    residual_fraction: float,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> float:
    """Give the activity to prepare for a mean dose in a treated mass: ``A = D M / (k (1 - L) (1 - R))``.

    Parameters
    ----------
    dose_gy : float
        Mean dose of the treated volume in Gy.
    mass_kg : float
        Mass of the treated volume in kg, tumour included: volume times density.
    lung_shunt_fraction : float
        Share of the net activity that goes to the lung, at least 0 and below 1.
    residual_fraction : float
        Share of the prepared activity that stays in vial and catheter, at least 0 and below 1.
    dose_constant_gy_kg_per_gbq : float or str, optional
        Dose constant by value or by name (see `named_constants`); 49.80 unless stated.

    Returns
    -------
    float
        Activity in GBq at the time of administration.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A negative dose, a mass that is not above 0, a share of 1 or more.

    Notes
    -----
    The prescription formula of glass microspheres, in their labels with a constant of 50.

    Examples
    --------
    >>> import hepadose as hd
    >>> activity = hd.y90.mird_activity_gbq(
    ...     120, mass_kg=1.5, lung_shunt_fraction=0.05, residual_fraction=0.01, dose_constant_gy_kg_per_gbq=50
    ... )
    >>> round(activity, 3)
    3.828
    """
    return _core.y90_mird_activity_gbq(
        dose_gy, mass_kg, _delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq)
    )


def _delivery(shunt: float, residual: float, constant: Constant | None) -> _Delivery:
    return _Delivery(lung_shunt_fraction=shunt, residual_fraction=residual, dose_constant_gy_kg_per_gbq=constant)


def mird_dose_gy(
    activity_gbq: float,
    *,
    mass_kg: float,
    lung_shunt_fraction: float,
    residual_fraction: float,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> float:
    """Give the mean dose of a treated mass after a prepared activity: ``D = k A (1 - L) (1 - R) / M``.

    Parameters
    ----------
    activity_gbq : float
        Prepared activity in GBq.
    mass_kg, lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq
        As for `mird_activity_gbq`.

    Returns
    -------
    float
        Mean dose in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        As `mird_activity_gbq`.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.mird_dose_gy(3.0, mass_kg=1.5, lung_shunt_fraction=0, residual_fraction=0), 1)
    99.6
    """
    return _core.y90_mird_dose_gy(
        activity_gbq, mass_kg, _delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq)
    )


def body_surface_m2(*, height_m: float, weight_kg: float) -> float:
    """Give the body surface ``0.20247 H^0.725 W^0.425`` in square metres (Du Bois 1916; coefficients recalled).

    Parameters
    ----------
    height_m, weight_kg : float
        Height in metres, weight in kg.

    Returns
    -------
    float
        Surface in square metres.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Measures that are not above 0, a height above 3 m (centimetres taken for metres).

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.body_surface_m2(height_m=1.70, weight_kg=70), 3)
    1.81
    """
    return _core.y90_body_surface_m2(height_m, weight_kg)


def bsa_activity_gbq(  # noqa: PLR0913 - what the model asks for
    *,
    height_m: float,
    weight_kg: float,
    tumour_in_treated_ml: float,
    treated_volume_ml: float,
    liver_volume_ml: float,
    residual_fraction: float = 0.0,
) -> float:
    """Give the activity of resin microspheres by body surface.

    ``A = (BSA - 0.2 + V_tumour / V_treated) V_treated / V_liver / (1 - R)``: empirical, and no dosimetry; it did not
    correlate with liver dose (Lam 2014). A lung shunt is not in the formula; see `bsa_shunt_reduction`.

    Parameters
    ----------
    height_m, weight_kg : float
        Height in metres, weight in kg.
    tumour_in_treated_ml : float
        Tumour volume inside the treated volume.
    treated_volume_ml : float
        Treated lobe or segment, tumour included; the liver's volume when the whole liver is treated.
    liver_volume_ml : float
        Whole liver, tumour included.
    residual_fraction : float
        Share of the prepared activity that stays in vial and catheter.

    Returns
    -------
    float
        Activity to prepare in GBq.

    Raises
    ------
    hepadose.errors.PlanningError
        A part larger than its whole.
    hepadose.errors.NonPhysicalError
        Measures that are not above 0.

    Examples
    --------
    >>> import hepadose as hd
    >>> lobe = {"tumour_in_treated_ml": 180, "treated_volume_ml": 900, "liver_volume_ml": 1500}
    >>> round(hd.y90.bsa_activity_gbq(height_m=1.70, weight_kg=70, **lobe), 3)
    1.086
    """
    volumes = (tumour_in_treated_ml, treated_volume_ml, liver_volume_ml)
    return _core.y90_bsa_activity_gbq((height_m, weight_kg), volumes, residual_fraction)


def bsa_shunt_reduction(lung_shunt_fraction: float) -> Cited | None:
    """Give the share of activity that a lung shunt takes off with resin microspheres.

    Under 10 % nothing, 10 to 15 % a fifth, 15 to 20 % two fifths. The bands are recalled, so no model applies them by
    itself.

    Parameters
    ----------
    lung_shunt_fraction : float
        At least 0 and below 1.

    Returns
    -------
    Cited or None
        The share, 0 to 1; None where no treatment is advised.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A share of 1 or more, or below 0.

    Examples
    --------
    >>> import hepadose as hd
    >>> found = hd.y90.bsa_shunt_reduction(0.12)
    >>> found.value, found.evidence
    (0.2, 'recalled')
    """
    row = _core.y90_bsa_shunt_reduction(lung_shunt_fraction)
    return None if row is None else cited(row)


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
        Mass of the perfused normal liver; may be 0.
    tn_ratio : float or sequence
        Ratio of activity **concentrations**, ``(A_T / m_T) / (A_N / m_N)``, one for each tumour. From a ratio of
        activities: `tn_ratio_from_activity_ratio`.
    lung_shunt_fraction : float
        Share of the net activity that goes to the lung.
    residual_fraction : float
        Share of the prepared activity that stays in vial and catheter.
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
        Masses or ratios that are not above 0, a share of 1 or more.
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
    row, record = _core.y90_partition(
        activity_gbq,
        _compartments(tumour_mass_kg, tn_ratio, normal_mass_kg, lung_mass_kg),
        _delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )
    return _partition(row, record)


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
        As for `partition`.

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
        _compartments(tumour_mass_kg, tn_ratio, normal_mass_kg, 1.0),
        _delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )


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
    row, record = _core.y90_plan_activity(
        tumour_dose_gy,
        normal_limit_gy,
        lung_limit_gy,
        _compartments(tumour_mass_kg, tn_ratio, normal_mass_kg, lung_mass_kg),
        _delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )
    return PlannedActivity(**(row | {"doses": _partition(row["doses"], record)}))


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
    rows = [
        (
            one.activity_gbq,
            _compartments(one.tumour_mass_kg, one.tn_ratio, one.normal_mass_kg, lung_mass_kg),
            _delivery(one.lung_shunt_fraction, one.residual_fraction, dose_constant_gy_kg_per_gbq),
        )
        for one in volumes
    ]
    found = _core.y90_partition_volumes(rows, unperfused_normal_mass_kg)
    return VolumesDose(**(found | {"volumes": tuple(_partition(one, None) for one in found["volumes"])}))


def lung_dose_gy(
    activity_gbq: float,
    *,
    lung_shunt_fraction: float,
    residual_fraction: float = 0.0,
    lung_mass_kg: float = 1.0,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> float:
    """Give the mean lung dose of a prepared activity: ``D = k A (1 - R) L / m``.

    Parameters
    ----------
    activity_gbq : float
        Prepared activity in GBq.
    lung_shunt_fraction, residual_fraction, lung_mass_kg, dose_constant_gy_kg_per_gbq
        As for `partition`; a lung mass can be measured with `lung_mass_from_ct_kg`.

    Returns
    -------
    float
        Mean dose in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A negative activity, a mass that is not above 0, a share of 1 or more.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.lung_dose_gy(12.0, lung_shunt_fraction=0.05, dose_constant_gy_kg_per_gbq=50), 1)
    30.0
    """
    return _core.y90_lung_dose_gy(
        activity_gbq, lung_mass_kg, _delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq)
    )


def lung_activity_gbq(
    lung_dose_gy: float,
    *,
    lung_shunt_fraction: float,
    residual_fraction: float = 0.0,
    lung_mass_kg: float = 1.0,
    dose_constant_gy_kg_per_gbq: Constant | None = None,
) -> float | None:
    """Give the activity at which the lung has a mean dose: the inverse of `lung_dose_gy`.

    Parameters
    ----------
    lung_dose_gy : float
        Mean lung dose in Gy.
    lung_shunt_fraction, residual_fraction, lung_mass_kg, dose_constant_gy_kg_per_gbq
        As for `lung_dose_gy`.

    Returns
    -------
    float or None
        Activity in GBq; None without a shunt, for then the lung limits nothing.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        As `lung_dose_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.lung_activity_gbq(30, lung_shunt_fraction=0.05, dose_constant_gy_kg_per_gbq=50), 1)
    12.0
    """
    return _core.y90_lung_activity_gbq(
        lung_dose_gy, lung_mass_kg, _delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq)
    )


def lung_constants() -> LungConstants:
    """Give the usual lung mass and the published limits of the mean lung dose.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.lung_constants().single_limit_gy.value
    30.0
    """
    mass, single, cumulative = map(cited, _core.y90_lung())
    return LungConstants(mass_kg=mass, single_limit_gy=single, cumulative_limit_gy=cumulative)


def lung_shunt_from_planar(
    *, lung_anterior: float, lung_posterior: float, liver_anterior: float, liver_posterior: float
) -> float:
    """Give the lung shunt fraction of two planar views by geometric means.

    Planar views overestimate it: there is no correction of scatter and attenuation.

    Parameters
    ----------
    lung_anterior, lung_posterior, liver_anterior, liver_posterior : float
        Counts after background subtraction.

    Returns
    -------
    float
        Share, at least 0 and below 1.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Negative counts, none in the liver.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.lung_shunt_from_planar(lung_anterior=10, lung_posterior=40, liver_anterior=190, liver_posterior=760)
    0.05
    """
    return _core.y90_lung_shunt_from_planar((lung_anterior, lung_posterior), (liver_anterior, liver_posterior))


def lung_shunt_from_spect(*, lung_counts: float, liver_counts: float) -> float:
    """Give the lung shunt fraction of the counts of lung and liver in a SPECT.

    Parameters
    ----------
    lung_counts, liver_counts : float
        Summed counts of both lungs and of the liver.

    Returns
    -------
    float
        Share, at least 0 and below 1.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Negative counts, none in the liver.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.lung_shunt_from_spect(lung_counts=5, liver_counts=95)
    0.05
    """
    return _core.y90_lung_shunt_from_spect(lung_counts, liver_counts)


def lung_shunt_from_tumour_lung_shunt(
    tumour_lung_shunt_fraction: float, *, tumour_to_normal_activity_ratio: float
) -> float:
    """Give the lung shunt fraction from a tumour-lung shunt ``A_L / (A_T + A_L)`` (Kao 2013).

    Parameters
    ----------
    tumour_lung_shunt_fraction : float
        Share of lung in tumour and lung together.
    tumour_to_normal_activity_ratio : float
        Ratio of **activities** ``A_T / A_N``, not of concentrations.

    Returns
    -------
    float
        Share of the net activity that goes to the lung.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A share outside 0 to below 1, a ratio that is not above 0.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.lung_shunt_from_tumour_lung_shunt(1 / 7, tumour_to_normal_activity_ratio=2), 6)
    0.1
    """
    return _core.y90_lung_shunt_from_tumour_lung_shunt(tumour_lung_shunt_fraction, tumour_to_normal_activity_ratio)


def lung_mass_from_ct_kg(hounsfield: ArrayLike, *, voxel_volume_ml: float) -> float:
    """Give the mass of a lung from the CT numbers of its voxels: the sum of ``V (HU + 1000) / 1000`` (Kao 2014).

    Parameters
    ----------
    hounsfield : array
        CT numbers in HU of the lung's voxels.
    voxel_volume_ml : float
        Volume of a voxel in mL.

    Returns
    -------
    float
        Mass in kg.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        No voxel, values that are not finite.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.lung_mass_from_ct_kg([-700.0, -700.0], voxel_volume_ml=1000), 6)
    0.6
    """
    return _core.y90_lung_mass_from_ct_kg(hounsfield, voxel_volume_ml)


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
        Values that are not above 0.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.tn_ratio_from_activity_ratio(1.0, tumour_mass_kg=0.2, normal_mass_kg=1.0)
    5.0
    """
    return _core.y90_tn_ratio_from_activity_ratio(tumour_to_normal_activity_ratio, tumour_mass_kg, normal_mass_kg)
