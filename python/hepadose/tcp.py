"""Tumour control probability.

Examples
--------
>>> import hepadose as hd
>>> print(hd.tcp.ohri2021(100.0))
75.68 % by ohri2021-metastases in BED (alpha/beta 10 Gy)
"""

from collections.abc import Mapping
from dataclasses import replace

from hepadose._dose_volume import Source
from hepadose._response import (
    ARRAYS,
    Estimate,
    LogisticParameters,
    PoissonTcpParameters,
    estimate,
)
from hepadose._uncertainty import Uncertain

__all__ = ["LogisticParameters", "logistic", "ohri2021", "poisson"]


def logistic(  # noqa: PLR0913 - keyword-only
    dose: Source,
    *,
    parameters: LogisticParameters,
    fractions: int | None = None,
    uncertain: Mapping[str, Uncertain] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Give TCP by Niemierko's logistic model.

    ``TCP = 1 / (1 + (TCD50 / EUD)^(4 gamma50))``, EUD with a negative ``a``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        A DVH, which is brought to the basis of the parameters; or doses in Gy and volumes in cc on that basis already.
    parameters : LogisticParameters
        Numbers of one's own with their basis.
    fractions : int, optional
        Number of fractions, where the DVH does not know it. Arrays are never converted: with them it is refused,
        unless the basis is physical dose at any fractionation.
    uncertain : mapping of str to Uncertain, optional
        What is known of numbers of the model, by name, and of ``alpha_beta_gy``; drawn independently.
    samples, seed : int
        Number of draws, and where they start: the same seed gives the same numbers for any number of threads.

    Returns
    -------
    Estimate
        The probability with its basis, evidence and, where numbers are uncertain, interval and tornado table.

    Raises
    ------
    hepadose.errors.BasisError
        A DVH that cannot be brought to the basis of the parameters.
    hepadose.errors.FractionsError
        Another number of fractions than the DVH knows, or one for a sum of courses; one with arrays on another basis
        than physical dose at any fractionation.
    hepadose.errors.RadiobiologyError
        A structure without volume, or that the dose does not cover; a number that cannot be uncertain.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Notes
    -----
    Gay HA, Niemierko A, Phys Med 2007;23:115-125.
    """
    return estimate(
        dose,
        parameters,
        "logistic",
        alpha_beta_gy=None,
        fractions=fractions,
        uncertain=uncertain,
        samples=samples,
        seed=seed,
    )


def poisson(  # noqa: PLR0913 - keyword-only
    dose: Source,
    *,
    clonogens: float,
    alpha_per_gy: float,
    alpha_beta_gy: float,
    fractions: int | None = None,
    uncertain: Mapping[str, Uncertain] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Give TCP as the probability that no clonogen survives.

    ``TCP = exp(-sum N v_i exp(-alpha BED_i))`` for N clonogens spread evenly over the target.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        A DVH, which is brought to BED; or BED in Gy and volumes in cc.
    clonogens : float
        Number N in the whole target.
    alpha_per_gy : float
        alpha in 1/Gy.
    alpha_beta_gy : float
        alpha/beta in Gy.
    fractions : int, optional
        Number of fractions, where the DVH does not know it. With arrays it is refused: they are BED already.
    uncertain : mapping of str to Uncertain, optional
        What is known of ``clonogens``, ``alpha_per_gy`` and ``alpha_beta_gy``; drawn independently.
    samples, seed : int
        Number of draws, and where they start.

    Returns
    -------
    Estimate

    Raises
    ------
    hepadose.errors.BasisError
        A DVH that cannot be brought to BED.
    hepadose.errors.FractionsError
        Another number of fractions than the DVH knows, or one for a sum of courses; one with arrays.
    hepadose.errors.RadiobiologyError, hepadose.errors.NonPhysicalError
        No volume, a target that the dose does not cover, numbers that are not physical.

    Examples
    --------
    >>> import hepadose as hd
    >>> target = hd.Dvh.from_samples([50.0], [20.0], fractions=5)
    >>> found = hd.tcp.poisson(target, clonogens=1e7, alpha_per_gy=0.3, alpha_beta_gy=10)
    >>> round(found.probability, 9)
    0.999999064
    """
    parameters = PoissonTcpParameters(
        clonogens=clonogens, alpha_per_gy=alpha_per_gy, basis="bed", alpha_beta_gy=alpha_beta_gy
    )
    return estimate(
        dose,
        parameters,
        "poisson_tcp",
        alpha_beta_gy=None,
        fractions=fractions,
        uncertain=uncertain,
        samples=samples,
        seed=seed,
    )


def ohri2021(bed10_gy: float) -> Estimate:
    """Give two-year local control of liver metastases after SBRT, by the prescribed BED at alpha/beta 10 Gy.

    ``TCP = 1 / (1 + exp((16 - BED10) / 74))``. For primary tumours no effect of BED was seen. The three-year strata of
    the same paper (93 % above, 65 % up to 100 Gy) are another analysis; do not mix them.

    Parameters
    ----------
    bed10_gy : float
        Prescribed BED at alpha/beta 10 Gy, in Gy.

    Returns
    -------
    Estimate
        The probability, with the set ``ohri2021-metastases``: numbers, source and evidence.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A BED that is negative or not finite.

    Notes
    -----
    Ohri N et al., Int J Radiat Oncol Biol Phys 2021;110:188-195, eq. 1; seen in one transcription.
    """
    found = estimate(
        ([bed10_gy], [1.0]),
        "ohri2021-metastases",
        "logistic_in_bed",
        alpha_beta_gy=None,
        fractions=None,
        uncertain=None,
        samples=0,
        seed=0,
    )
    # The argument's name says the basis.
    return replace(found, warnings=tuple(warning for warning in found.warnings if warning != ARRAYS))
