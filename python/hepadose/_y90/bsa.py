"""Activity of resin microspheres by body surface."""

from hepadose import _core
from hepadose._citations import Cited, cited


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
        Share of the prepared activity that stays in vial and catheter; 0 assumes that all of it reaches the patient.

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
