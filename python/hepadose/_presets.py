"""How known systems count: presets for DVHs."""

from dataclasses import dataclass

from hepadose import _core
from hepadose._citations import Evidence, Reference, reference
from hepadose._dvh import BetweenPlanes, EndCaps
from hepadose._shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset(Shown):
    """The rules of one system, as far as hepadose can do the same."""

    name: str
    """Word by which it is asked for: ``hd.dvh(dose, structure, preset="raystation")``."""
    system: str
    """The system."""
    between_planes: BetweenPlanes
    """What a structure is between two contour planes."""
    end_caps: EndCaps
    """What happens beyond the end planes."""
    max_cap_mm: float | None
    """The longest cap in mm, where there is a limit."""
    bin_width_gy: float | None
    """Width in Gy of the bins through which metrics are read, where the system has such."""
    bin_count: int | None
    """Number of bins from 0 to the highest dose through which metrics are read, where the system has such."""
    references: tuple[Reference, ...]
    """Where the rules are from."""
    locator: str
    """Where in them."""
    evidence: Evidence
    """How the rules were seen; none was read in a vendor's document."""
    not_emulated: tuple[str, ...]
    """What the system does beside that, or what no source says."""


def presets() -> dict[str, Preset]:
    """List the named presets: how known systems count, as far as hepadose can do the same.

    Returns
    -------
    dict of name to Preset

    Examples
    --------
    >>> import hepadose as hd
    >>> proknow = hd.presets()["proknow"]
    >>> proknow.end_caps, proknow.max_cap_mm, proknow.evidence
    ('half_slice', 1.5, 'transcription_1')
    """
    found = {}
    for row in _core.presets():
        bins = row["bins"] or {}
        found[row["name"]] = Preset(
            name=row["name"],
            system=row["system"],
            between_planes=row["between_planes"],
            end_caps=row["end_caps"],
            max_cap_mm=row["max_cap_mm"],
            bin_width_gy=bins.get("width_gy"),
            bin_count=bins.get("count"),
            references=tuple(reference(key) for key in row["sources"]),
            locator=row["locator"],
            evidence=row["evidence"],
            not_emulated=tuple(row["not_emulated"]),
        )
    return found
