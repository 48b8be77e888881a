"""From a mean lesion dose to a published stratum."""

from dataclasses import dataclass

from hepadose import _core
from hepadose._shown import Shown
from hepadose._y90 import checks
from hepadose._y90.thresholds import Device, Disease, Dosimetry, ThresholdSet, threshold_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Shown):
    """What a publication says about a lesion of this dose."""

    dose_gy: float
    """Mean lesion dose in Gy."""
    stratum: str
    """Where it falls, such as ``> 139 to <= 189 Gy``."""
    likelihood_ratio: float
    """How much more often a responding lesion falls there than another."""
    prevalence: float | None
    """Share of lesions that respond whatever their dose, as stated by the caller, 0 to 1."""
    probability: float | None
    """Probability of response after the dose is known, 0 to 1; None without a prevalence."""
    interval_reason: str
    """Why the probability has no interval."""
    warnings: tuple[str, ...]
    """Doubts about this dose against these thresholds."""
    thresholds: ThresholdSet
    """The thresholds, with source, context and caveats."""


def response(  # noqa: PLR0913 - what a threshold holds for is explicit
    dose_gy: float,
    *,
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
    prevalence: float | None = None,
    thresholds: str | None = None,
    dose_constant_gy_kg_per_gbq: float | None = None,
    density_g_per_ml: float | None = None,
) -> Response:
    """Give the published stratum of a mean lesion dose.

    Device, disease and dosimetry must be those of a publication: a threshold made with glass is refused for resin, one
    from post-treatment PET is refused for MAA planning.

    Parameters
    ----------
    dose_gy : float
        Mean absorbed dose of the lesion in Gy.
    device : {"glass", "resin"}
        The microspheres.
    disease : str
        What was treated, such as ``colorectal-metastases``.
    dosimetry : str
        The image that the dose comes from, such as ``y90-pet``.
    prevalence : float, optional
        Share of lesions that respond whatever their dose, 0 to 1. Without it there is a likelihood ratio and no
        probability.
    thresholds : str, optional
        Name of a set (see `hepadose.y90.thresholds`); it must be for this device, disease and dosimetry too. Sets of
        which something was recalled are used only by name.
    dose_constant_gy_kg_per_gbq, density_g_per_ml : float, optional
        Constants behind the dose. A difference from those of the publication is a warning with the shift in Gy.

    Returns
    -------
    Response

    Raises
    ------
    hepadose.errors.NoThresholdsError
        Nothing was published for this combination.
    hepadose.errors.UnknownWordError
        A word that names no device, disease or dosimetry.
    hepadose.errors.NonPhysicalError
        A negative dose, a prevalence outside 0 to 1, a density in another unit than g/mL.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.response(190, device="glass", disease="colorectal-metastases", dosimetry="y90-pet").likelihood_ratio
    15.0
    """
    if density_g_per_ml is not None:
        checks.density_g_per_ml("density in g/mL", density_g_per_ml)
    constants_given = dose_constant_gy_kg_per_gbq is not None or density_g_per_ml is not None
    used = (dose_constant_gy_kg_per_gbq, density_g_per_ml) if constants_given else None
    row = _core.y90_response(dose_gy, (device, disease, dosimetry), prevalence, thresholds, used)
    return Response(
        dose_gy=row["dose_gy"],
        stratum=row["stratum_label"],
        likelihood_ratio=row["likelihood_ratio"],
        prevalence=row["prevalence"],
        probability=row["probability"],
        interval_reason=row["interval_reason"],
        warnings=tuple(row["warnings"]),
        thresholds=threshold_set(row["thresholds"]),
    )
