"""MIRD single compartment: from a wanted mean dose to an activity, and back."""

from hepadose import _core
from hepadose._y90.checks import liver_kg
from hepadose._y90.constants import Constant
from hepadose._y90.delivery import delivery


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
        A negative dose, a mass that is not above 0 or above 20 kg (grams taken for kg), a share of 1 or more.

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
        dose_gy,
        liver_kg("treated mass in kg", mass_kg),
        delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )


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
        activity_gbq,
        liver_kg("treated mass in kg", mass_kg),
        delivery(lung_shunt_fraction, residual_fraction, dose_constant_gy_kg_per_gbq),
    )
