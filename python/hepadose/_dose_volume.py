"""Reductions of a DVH to one number."""

from typing import TypeAlias

from numpy.typing import ArrayLike

from hepadose import _core
from hepadose._core import Dvh

Source: TypeAlias = Dvh | tuple[ArrayLike, ArrayLike]
"""A DVH; or ``(dose_gy, volume_cc)``, which no kind of dose comes along with."""


def geud_gy(dose: Source, *, a: float) -> float:
    """Give the generalised equivalent uniform dose: ``(sum v_i D_i^a)^(1/a)``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        The dose, or doses in Gy and volumes in cc; the answer is in its own kind. To convert first is right: EQD2 of a
        mean is not the mean of EQD2.
    a : float
        Exponent: 1 is the mean, large ones come near the maximum, negative ones are for targets; ``a = 1/n``.

    Returns
    -------
    float
        Dose in Gy of the kind of the DVH.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        An exponent that is 0 or not finite.
    hepadose.errors.RadiobiologyError
        A structure without volume, or that the dose does not cover.

    Notes
    -----
    Niemierko A, Med Phys 1997;24:103-110.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.geud_gy(([0.0, 40.0], [1.0, 1.0]), a=2), 4)
    28.2843
    """
    return _core.geud_gy(dose, a)


def veff(dose: Source, *, n: float, reference_dose_gy: float) -> float:
    """Give the effective volume as a share: ``sum v_i (D_i / Dref)^(1/n)``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        The dose, or doses in Gy and volumes in cc.
    n : float
        Volume exponent; 1 gives mean dose over reference dose.
    reference_dose_gy : float
        The dose in Gy that the effective volume would receive, in the kind of the DVH.

    Returns
    -------
    float
        Share of the structure; above 1 where the mean effect is above that of the reference dose.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Numbers that are not above 0.
    hepadose.errors.RadiobiologyError
        A structure without volume, or that the dose does not cover.

    Notes
    -----
    Kutcher GJ et al., Int J Radiat Oncol Biol Phys 1991;21:137-146, eq. 7.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.veff(([0.0, 40.0], [1.0, 1.0]), n=1, reference_dose_gy=40)
    0.5
    """
    return _core.veff(dose, n, reference_dose_gy)
