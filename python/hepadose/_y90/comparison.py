"""Planned (MAA) against delivered (PET) dose: per-lesion ratio and overlap of the histograms."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from hepadose import _core, _html
from hepadose._core import Dvh
from hepadose._document import Document, document, missing
from hepadose._shown import Shown
from hepadose.errors import DvhError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionComparison(Shown):
    """Planned and delivered dose of one region."""

    name: str
    """Its name."""
    planned_volume_cc: float | None
    """Volume in cc in the planning image."""
    delivered_volume_cc: float | None
    """Volume in cc in the image of the delivered dose."""
    planned_mean_gy: float | None
    """Mean planned dose in Gy."""
    delivered_mean_gy: float | None
    """Mean delivered dose in Gy."""
    ratio: float | None
    """Delivered over planned mean dose; None where nothing was planned."""
    planned_d70_gy: float | None
    """Dose in Gy that the hottest 70 % were planned to receive at least."""
    delivered_d70_gy: float | None
    """Dose in Gy that the hottest 70 % received at least."""
    dvh_overlap: float | None
    """Area under both cumulative histograms over the area under either, in shares of the volume: 1 for the same, 0
    where no dose is common."""
    dvh_distance_gy: float | None
    """Area between the two cumulative histograms in Gy."""
    reason: str | None
    """Why there is no comparison."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DeliveredComparison:
    """Planned and delivered dose of every region that both have."""

    regions: tuple[RegionComparison, ...]
    """One for each name, in the order of the planned ones."""
    only_planned: tuple[str, ...]
    """Names that only the planned doses have."""
    only_delivered: tuple[str, ...]
    """Names that only the delivered doses have."""

    def __repr__(self) -> str:
        return f"<DeliveredComparison: {len(self.regions)} regions, planned and delivered, in Gy>"

    @property
    def pairs_gy(self) -> tuple[tuple[float, float], ...]:
        """Planned and delivered mean doses in Gy, for `predict_delivered`."""
        return tuple(
            (one.planned_mean_gy, one.delivered_mean_gy)
            for one in self.regions
            if one.planned_mean_gy is not None and one.delivered_mean_gy is not None
        )

    def to_dict(self) -> Document:
        """Give the comparison as a JSON document."""
        content = {name: list(getattr(self, name)) for name in ("only_planned", "only_delivered")}
        regions = [asdict(one) for one in self.regions]
        return document("hepadose/y90-comparison/1", {"regions": regions, **content})

    def to_pandas(self) -> "pd.DataFrame":
        """Give the comparison as a pandas DataFrame, one row a region."""
        try:
            import pandas as pd  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise missing("frame", "pandas") from error
        return pd.DataFrame([asdict(one) for one in self.regions])

    def _repr_html_(self) -> str:
        return _html.y90_comparison(self)


def compare_doses(
    planned: Iterable[Dvh] | Mapping[str, Dvh], delivered: Iterable[Dvh] | Mapping[str, Dvh]
) -> DeliveredComparison:
    """Compare planned with delivered dose, region by region, by name.

    Each image has contours of its own, so shares of the volume are compared, not places: with P(d) and Q(d) the shares
    that receive at least d, the overlap is the integral of min(P, Q) over the integral of max(P, Q).

    Parameters
    ----------
    planned, delivered : mapping of name to Dvh, or iterable of Dvh
        Histograms of physical dose, as `hepadose.dvhs` gives them.

    Returns
    -------
    DeliveredComparison

    Raises
    ------
    hepadose.errors.NotPhysicalDoseError
        Histograms of BED or EQD2.
    ValueError
        No name that both have, a name that stands twice.

    Examples
    --------
    >>> import hepadose as hd
    >>> planned = hd.Dvh.from_samples([100.0], [8.0], name="Tumour")
    >>> delivered = hd.Dvh.from_samples([50.0, 150.0], [4.0, 4.0], name="Tumour")
    >>> found = hd.y90.compare_doses([planned], [delivered])
    >>> found.regions[0].ratio, found.regions[0].dvh_overlap
    (1.0, 0.6)
    """
    one, other = _by_name(planned), _by_name(delivered)
    shared = [name for name in one if name in other]
    if not shared:
        raise ValueError(
            f"no region has the same name in both: planned {', '.join(map(repr, one))}; "
            f"delivered {', '.join(map(repr, other))}; rename the structures"
        )
    return DeliveredComparison(
        regions=tuple(_region(name, one[name], other[name]) for name in shared),
        only_planned=tuple(name for name in one if name not in other),
        only_delivered=tuple(name for name in other if name not in one),
    )


def _by_name(found: Iterable[Dvh] | Mapping[str, Dvh]) -> dict[str, Dvh]:
    every = list(found.values() if isinstance(found, Mapping) else found)
    named = {one.name: one for one in every}
    if len(named) < len(every):
        names = [one.name for one in every]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice; rename the structures")
    return named


def _region(name: str, planned: Dvh, delivered: Dvh) -> RegionComparison:
    try:
        found = _core.y90_compare_doses(planned, delivered)
    except DvhError as error:
        nothing = {one.name: None for one in fields(RegionComparison) if one.name not in {"name", "reason"}}
        return RegionComparison(name=name, reason=str(error), **nothing)
    return RegionComparison(name=name, reason=None, **found)
