"""How much of a tumour's margin lies inside a treated volume."""

from dataclasses import dataclass
from typing import Any

from hepadose import _core
from hepadose._core import Structure
from hepadose._dvh import BetweenPlanes, EndCaps
from hepadose._shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginCoverage(Shown):
    """How much of a margin around a tumour lies inside a treated volume."""

    margin_mm: float
    """The margin in mm."""
    tumour_cc: float
    """Volume of the tumour in cc."""
    tumour_fraction: float
    """Share of the tumour that is treated, 0 to 1."""
    shell_fraction: float | None
    """Treated share of the margin alone, 0 to 1; None where clipping leaves no margin."""
    shell_cc: float
    """Volume of the margin alone in cc, after clipping."""
    treated_shell_cc: float
    """How much of it is treated, in cc."""
    solid_fraction: float
    """Treated share of tumour and margin together, 0 to 1."""
    solid_cc: float
    """Volume of tumour and margin together in cc, after clipping."""
    treated_solid_cc: float
    """How much of that is treated, in cc."""
    clipped_cc: float
    """Volume of the margin outside ``within``, in cc, which counts neither way."""
    least_margin_mm: float | None
    """The least distance in mm from the tumour to what is not treated (inside ``within``): 0 where the tumour itself is
    not treated everywhere, None where nothing within reach is untreated."""

    def __str__(self) -> str:
        shell = "no margin is left" if self.shell_fraction is None else f"{100 * self.shell_fraction:.1f} % of it"
        least = "none untreated" if self.least_margin_mm is None else f"{self.least_margin_mm:.1f} mm"
        return f"margin of {self.margin_mm:g} mm: {shell} treated; least margin {least}"

    def to_dict(self) -> dict[str, Any]:
        """Give all numbers by name; absent ones are None."""
        return {name: getattr(self, name) for name in self.__slots__}


def margin_coverage(  # noqa: PLR0913 - keyword-only
    tumour: Structure,
    treated: Structure,
    margin_mm: float,
    *,
    within: Structure | None = None,
    between_planes: BetweenPlanes = "prism",
    end_caps: EndCaps = "half_slice",
) -> MarginCoverage:
    """Calculate which share of a tumour's margin lies inside a treated volume, as shell and as solid.

    The margin is the expansion of the tumour by exact Euclidean distance. With `within` (the liver) it is clipped, so
    that a tumour under the capsule is not judged by what lies outside the organ; the tumour itself always counts. The
    least margin is the distance from the tumour to untreated tissue, with `within` to such tissue inside it.

    Parameters
    ----------
    tumour : Structure
        The tumour, in the anatomy of the treated volume: registration comes first.
    treated : Structure
        What was treated: an ablation zone, or an isodose (`DoseGrid.isodose`).
    margin_mm : float
        The margin in mm.
    within : Structure, optional
        The organ that the margin cannot leave.
    between_planes : {"prism", "shape"}
        What structures are between contour planes, as for `dvh`.
    end_caps : {"half_slice", "none", "rounded"}
        What happens beyond the end planes of contours, as for `dvh`.

    Returns
    -------
    MarginCoverage

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A margin that is not above 0.
    hepadose.errors.FrameOfReferenceError
        Different frames of reference.
    hepadose.errors.StructureError
        A tumour without volume, planes of different orientation.

    Notes
    -----
    Prisms of contours stand out by up to half a slice where a surface slopes; ``between_planes="shape"`` with
    ``end_caps="rounded"`` follows the surface instead. Masks of fractions count by their outline at one half.

    Examples
    --------
    >>> import hepadose as hd
    >>> def cube(name, half):
    ...     ring = [[-half, -half], [half, -half], [half, half], [-half, half]]
    ...     planes = [z + 0.5 for z in range(-half, half)]
    ...     return hd.Structure.from_contours(name, [[[x, y, z] for x, y in ring] for z in planes])
    >>> result = hd.margin_coverage(cube("Tumour", 10), cube("Ablation", 15), 5)
    >>> print(result)
    margin of 5 mm: 100.0 % of it treated; least margin 5.0 mm
    """
    numbers, shell, solid, least = _core.margin_coverage(tumour, treated, margin_mm, within, [between_planes, end_caps])
    margin, tumour_cc, tumour_fraction, shell_cc, treated_shell_cc, solid_cc, treated_solid_cc, clipped_cc = numbers
    return MarginCoverage(
        margin_mm=margin,
        tumour_cc=tumour_cc,
        tumour_fraction=tumour_fraction,
        shell_fraction=shell,
        shell_cc=shell_cc,
        treated_shell_cc=treated_shell_cc,
        solid_fraction=solid,
        solid_cc=solid_cc,
        treated_solid_cc=treated_solid_cc,
        clipped_cc=clipped_cc,
        least_margin_mm=least,
    )
