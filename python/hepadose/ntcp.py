"""Normal tissue complication probability: models with cited parameters that know the dose they are stated in.

A DVH is brought to that basis or refused; ``recalled`` sets are used only by name and say so in every output.

Examples
--------
>>> import hepadose as hd
>>> liver = hd.Dvh.from_samples([3, 9, 15, 30, 57], [500, 200, 150, 100, 50], fractions=3)
>>> print(hd.ntcp.lkb(liver, parameters="umich-liver-eqd2"))
10.67 % by umich-liver-eqd2 in dose in 2 Gy fractions (EQD2, alpha/beta 2.5 Gy)
"""

from collections.abc import Mapping

from hepadose import _core
from hepadose._dose_volume import Source
from hepadose._response import (
    CONTROL,
    CriticalVolumeParameters,
    Estimate,
    LkbParameters,
    LogisticParameters,
    ParameterSet,
    PoissonParameters,
    SerialityParameters,
    estimate,
    parameter_set,
)
from hepadose._shown import Listed
from hepadose._uncertainty import Uncertain

__all__ = [
    "CriticalVolumeParameters",
    "Estimate",
    "LkbParameters",
    "LogisticParameters",
    "ParameterSet",
    "PoissonParameters",
    "SerialityParameters",
    "critical_volume",
    "lkb",
    "lkb_tolerance_dose_gy",
    "logistic",
    "parameter_sets",
    "poisson",
    "relative_seriality",
]


def parameter_sets() -> tuple[ParameterSet, ...]:
    """List the published sets of complication, each with endpoint, source, evidence and the dose it is stated in.

    Returns
    -------
    tuple of ParameterSet

    Examples
    --------
    >>> import hepadose as hd
    >>> [row.id for row in hd.ntcp.parameter_sets() if row.organ == "Heart"]
    ['umich-heart', 'lyman1985-heart']
    """
    every = (parameter_set(row) for row in _core.parameter_sets())
    return Listed(row for row in every if row.model not in CONTROL)


def lkb(  # noqa: PLR0913 - keyword-only
    dose: Source,
    *,
    parameters: str | LkbParameters,
    fractions: int | None = None,
    alpha_beta_gy: float | None = None,
    uncertain: Mapping[str, Uncertain] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Give NTCP by the Lyman-Kutcher-Burman model.

    ``NTCP = Phi((gEUD - TD50) / (m TD50))`` with ``gEUD = (sum v D^(1/n))^n``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        A DVH, which is brought to the basis of the parameters; or doses in Gy and volumes in cc on that basis already.
    parameters : str or LkbParameters
        Name of a published set (see `parameter_sets`), or numbers of one's own with their basis.
    fractions : int, optional
        Number of fractions, where the DVH does not know it. Arrays are never converted: with them it is refused,
        unless the basis is physical dose at any fractionation.
    alpha_beta_gy : float, optional
        alpha/beta in Gy for a published set whose source has none.
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
    hepadose.errors.UnknownParametersError
        No published set of that name for this model.
    hepadose.errors.RadiobiologyError
        A structure without volume, or that the dose does not cover; a number that cannot be uncertain.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Notes
    -----
    Lyman JT, Radiat Res 1985;104:S13-S19; Kutcher GJ et al., Int J Radiat Oncol Biol Phys 1991;21:137-146.

    Examples
    --------
    >>> import hepadose as hd
    >>> own = hd.ntcp.LkbParameters(td50_gy=39.8, m=0.12, n=0.97, basis="eqd1.5", alpha_beta_gy=2.5)
    >>> round(hd.ntcp.lkb(([39.8], [1000.0]), parameters=own).probability, 6)
    0.5
    """
    return estimate(
        dose,
        parameters,
        "lkb",
        alpha_beta_gy=alpha_beta_gy,
        fractions=fractions,
        uncertain=uncertain,
        samples=samples,
        seed=seed,
    )


def logistic(  # noqa: PLR0913 - keyword-only
    dose: Source,
    *,
    parameters: str | LogisticParameters,
    fractions: int | None = None,
    alpha_beta_gy: float | None = None,
    uncertain: Mapping[str, Uncertain] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Give NTCP by Niemierko's logistic model.

    ``NTCP = 1 / (1 + (TD50 / EUD)^(4 gamma50))``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        A DVH, which is brought to the basis of the parameters; or doses in Gy and volumes in cc on that basis already.
    parameters : str or LogisticParameters
        Name of a published set (see `parameter_sets`), or numbers of one's own with their basis.
    fractions : int, optional
        Number of fractions, where the DVH does not know it. Arrays are never converted: with them it is refused,
        unless the basis is physical dose at any fractionation.
    alpha_beta_gy : float, optional
        alpha/beta in Gy for a published set whose source has none.
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
    hepadose.errors.UnknownParametersError
        No published set of that name for this model.
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
        alpha_beta_gy=alpha_beta_gy,
        fractions=fractions,
        uncertain=uncertain,
        samples=samples,
        seed=seed,
    )


def poisson(  # noqa: PLR0913 - keyword-only
    dose: Source,
    *,
    parameters: str | PoissonParameters,
    fractions: int | None = None,
    alpha_beta_gy: float | None = None,
    uncertain: Mapping[str, Uncertain] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Give NTCP by the Poisson curve in the equivalent uniform dose.

    ``NTCP = 2^-exp(e gamma (1 - EUD / D50))``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        A DVH, which is brought to the basis of the parameters; or doses in Gy and volumes in cc on that basis already.
    parameters : str or PoissonParameters
        Name of a published set (see `parameter_sets`), or numbers of one's own with their basis.
    fractions : int, optional
        Number of fractions, where the DVH does not know it. Arrays are never converted: with them it is refused,
        unless the basis is physical dose at any fractionation.
    alpha_beta_gy : float, optional
        alpha/beta in Gy for a published set whose source has none.
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
    hepadose.errors.UnknownParametersError
        No published set of that name for this model.
    hepadose.errors.RadiobiologyError
        A structure without volume, or that the dose does not cover; a number that cannot be uncertain.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Notes
    -----
    Kallman P, Agren A, Brahme A, Int J Radiat Biol 1992;62:249-262.
    """
    return estimate(
        dose,
        parameters,
        "poisson",
        alpha_beta_gy=alpha_beta_gy,
        fractions=fractions,
        uncertain=uncertain,
        samples=samples,
        seed=seed,
    )


def relative_seriality(  # noqa: PLR0913 - keyword-only
    dose: Source,
    *,
    parameters: str | SerialityParameters,
    fractions: int | None = None,
    alpha_beta_gy: float | None = None,
    uncertain: Mapping[str, Uncertain] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Give NTCP by the relative seriality model.

    ``NTCP = [1 - prod (1 - P(D_i)^s)^v_i]^(1/s)``, ``P(D) = 2^-exp(e gamma (1 - D / D50))``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        A DVH, which is brought to the basis of the parameters; or doses in Gy and volumes in cc on that basis already.
    parameters : str or SerialityParameters
        Name of a published set (see `parameter_sets`), or numbers of one's own with their basis.
    fractions : int, optional
        Number of fractions, where the DVH does not know it. Arrays are never converted: with them it is refused,
        unless the basis is physical dose at any fractionation.
    alpha_beta_gy : float, optional
        alpha/beta in Gy for a published set whose source has none.
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
    hepadose.errors.UnknownParametersError
        No published set of that name for this model.
    hepadose.errors.RadiobiologyError
        A structure without volume, or that the dose does not cover; a number that cannot be uncertain.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Notes
    -----
    Kallman P, Agren A, Brahme A, Int J Radiat Biol 1992;62:249-262.
    """
    return estimate(
        dose,
        parameters,
        "relative_seriality",
        alpha_beta_gy=alpha_beta_gy,
        fractions=fractions,
        uncertain=uncertain,
        samples=samples,
        seed=seed,
    )


def critical_volume(  # noqa: PLR0913 - keyword-only
    dose: Source,
    *,
    parameters: str | CriticalVolumeParameters,
    fractions: int | None = None,
    alpha_beta_gy: float | None = None,
    uncertain: Mapping[str, Uncertain] | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Give NTCP by the critical-volume model of a parallel organ.

    ``NTCP = Phi((f - v50) / sigma)``, ``f = sum v_i / (1 + (d50 / D_i)^k)``.

    Parameters
    ----------
    dose : Dvh, or pair of arrays
        A DVH, which is brought to the basis of the parameters; or doses in Gy and volumes in cc on that basis already.
    parameters : str or CriticalVolumeParameters
        Name of a published set (see `parameter_sets`), or numbers of one's own with their basis.
    fractions : int, optional
        Number of fractions, where the DVH does not know it. Arrays are never converted: with them it is refused,
        unless the basis is physical dose at any fractionation.
    alpha_beta_gy : float, optional
        alpha/beta in Gy for a published set whose source has none.
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
    hepadose.errors.UnknownParametersError
        No published set of that name for this model.
    hepadose.errors.RadiobiologyError
        A structure without volume, or that the dose does not cover; a number that cannot be uncertain.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Notes
    -----
    Jackson A et al., Int J Radiat Oncol Biol Phys 1995;31:883-891.
    """
    return estimate(
        dose,
        parameters,
        "critical_volume",
        alpha_beta_gy=alpha_beta_gy,
        fractions=fractions,
        uncertain=uncertain,
        samples=samples,
        seed=seed,
    )


def lkb_tolerance_dose_gy(parameters: LkbParameters, *, probability: float, volume_fraction: float = 1.0) -> float:
    """Give the uniform dose to a part of the organ that has an NTCP, by the Lyman-Kutcher-Burman model.

    ``D = TD50 v^-n (1 + m Phi^-1(p))``, on the basis of the parameters.

    Parameters
    ----------
    parameters : LkbParameters
        The numbers.
    probability : float
        NTCP, 0 to 1.
    volume_fraction : float
        The part of the organ, above 0 to 1; nothing is given to the rest.

    Returns
    -------
    float
        Dose in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Numbers that are not physical; a probability that even no dose stays below.

    Examples
    --------
    >>> import hepadose as hd
    >>> heart = hd.ntcp.LkbParameters(td50_gy=41.9, m=0.1, n=0.5, basis="eqd2", alpha_beta_gy=2.5)
    >>> round(hd.ntcp.lkb_tolerance_dose_gy(heart, probability=0.5, volume_fraction=0.2), 2)
    93.69
    """
    numbers = (parameters.td50_gy, parameters.m, parameters.n)
    return _core.lkb_tolerance_dose_gy(numbers, volume_fraction, probability)
