"""Published thresholds of response as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hepadose import _core
from hepadose._citations import Evidence, Reference, reference
from hepadose._shown import Listed, Shown

Device: TypeAlias = Literal["glass", "resin"]


Disease: TypeAlias = Literal[
    "colorectal-metastases", "hcc", "cholangiocarcinoma", "neuroendocrine-metastases", "other-metastases", "mixed"
]


Dosimetry: TypeAlias = Literal["y90-pet", "maa-spect", "bremsstrahlung-spect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff(Shown):
    """A dose above which a lesion is called a responder, and how well that worked."""

    operator: str
    """As the source prints it."""
    dose_gy: float
    """The dose in Gy."""
    sensitivity_percent: float
    """Share of responding lesions above the cut-off, in per cent."""
    specificity_percent: float
    """Share of other lesions not above it, in per cent."""
    evidence: Evidence
    """How the numbers were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Shown):
    """A published number to read beside a dose. It is no class."""

    what: str
    """What the number is."""
    median_gy: float
    """Median dose in Gy."""
    range_gy: tuple[float, float] | None
    """Least and highest dose in Gy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation(Shown):
    """How the doses of a publication were made; what was not seen is None."""

    method: str | None
    """From activity to dose."""
    dose_constant_gy_kg_per_gbq: float | None
    """Dose constant in Gy kg/GBq."""
    density_g_per_ml: float | None
    """Density in g/mL."""
    partial_volume_corrected: bool | None
    """Whether the partial volume effect was corrected for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(Shown):
    """A dose that a source asks for, or asks to keep below, in one scenario."""

    scenario: str
    """Kind of treatment, ``all`` where it does not matter."""
    region: str
    """What the dose is the mean of."""
    operator: str
    """As printed."""
    dose_gy: float
    """The dose in Gy."""
    to_gy: float | None
    """Upper end of a range in Gy."""
    condition: str | None
    """When it holds."""
    evidence: Evidence
    """How it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdSet(Shown):
    """The thresholds of one publication, with what they hold for."""

    id: str
    """Short name."""
    title: str
    """One line of title."""
    device: Device
    """The microspheres."""
    disease: Disease
    """What was treated."""
    dosimetry: Dosimetry | None
    """The image that the doses came from; None where the source does not say."""
    metric: str
    """What the thresholds are compared with."""
    endpoint: str
    """What counted as response, and when."""
    reference: Reference
    """The publication."""
    locator: str
    """Table, figure or section."""
    patients: int | None
    """Number of patients, or of treatments where only that was seen."""
    lesions: int | None
    """Number of lesions."""
    by_name_only: bool
    """Whether something that matters was recalled, so that the set is used only by its name."""
    derived_with: Derivation
    """How the doses were made, as far as it was seen."""
    cut_offs: tuple[CutOff, ...]
    """Nested cut-offs of response, ascending in dose."""
    recommendations: tuple[Recommendation, ...]
    """Doses to aim at or to keep below."""
    context: tuple[Context, ...]
    """Numbers to read beside a dose."""
    caveats: tuple[str, ...]
    """What a reader has to know."""


def thresholds(*, device: Device | None = None, disease: Disease | None = None) -> tuple[ThresholdSet, ...]:
    """List thresholds of response and doses to aim at, with what they hold for.

    Parameters
    ----------
    device : {"glass", "resin"}, optional
        Only those of these microspheres.
    disease : str, optional
        Only those of this disease.

    Returns
    -------
    tuple of ThresholdSet

    Examples
    --------
    >>> import hepadose as hd
    >>> [cut_off.dose_gy for cut_off in hd.y90.thresholds()[0].cut_offs]
    [139.0, 189.0]
    >>> [one.id for one in hd.y90.thresholds(device="resin", disease="hcc")]
    ['eanm2022-resin-hcc']
    """
    every = map(threshold_set, _core.y90_thresholds())
    return Listed(one for one in every if device in {None, one.device} and disease in {None, one.disease})


def threshold_set(row: Mapping[str, Any]) -> ThresholdSet:
    names = (
        "id",
        "title",
        "device",
        "disease",
        "dosimetry",
        "metric",
        "endpoint",
        "locator",
        "patients",
        "lesions",
        "by_name_only",
    )
    return ThresholdSet(
        **{name: row[name] for name in names},
        reference=reference(row["source"]),
        derived_with=Derivation(**row["derived_with"]),
        cut_offs=tuple(CutOff(**cut_off) for cut_off in row["cut_off"]),
        recommendations=tuple(Recommendation(**one) for one in row["recommendation"]),
        context=tuple(_context(one) for one in row["context"]),
        caveats=tuple(row["caveats"]),
    )


def _context(row: Mapping[str, Any]) -> Context:
    limits = row["range_gy"]
    return Context(
        what=row["what"],
        median_gy=row["median_gy"],
        range_gy=None if limits is None else (limits[0], limits[1]),
    )
