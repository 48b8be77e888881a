"""Lung: shunt, mass and dose."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from hepadose import _core
from hepadose._citations import Cited, cited
from hepadose._shown import Shown
from hepadose._y90.checks import lung_kg
from hepadose._y90.constants import Constant
from hepadose._y90.delivery import delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class LungConstants(Shown):
    """Lung mass and published limits of the mean lung dose."""

    mass_kg: Cited
    """Mass in kg unless one is measured."""
    single_limit_gy: Cited
    """Highest mean dose of one treatment."""
    cumulative_limit_gy: Cited
    """Highest summed mean dose of all treatments."""


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
        As for `partition`; a residual of 0 assumes that all that is prepared reaches the patient. A lung mass can be
        measured with `lung_mass_from_ct_kg`.

    Returns
    -------
    float
        Mean dose in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A negative activity, a mass that is not above 0 or above 10 kg (grams taken for kg), a share of 1 or more.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.lung_dose_gy(12.0, lung_shunt_fraction=0.05, dose_constant_gy_kg_per_gbq=50), 1)
    30.0
    """
    return _core.y90_lung_dose_gy(
        activity_gbq,
        lung_kg("lung mass in kg", lung_mass_kg),
        delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
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
        lung_dose_gy,
        lung_kg("lung mass in kg", lung_mass_kg),
        delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )


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
