"""Write peers.md: our DVHs of two real plans against two independent calculators."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import hepadose as hd

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = ROOT / ".." / "shared" / "data"
sys.path.insert(0, str(ROOT / "benches" / "peers" / "workers"))

from environments import peers  # noqa: E402 - found only now

PLANS = {"breast-imrt": ("rtss.dcm", "rtdose.dcm"), "brain-srt": ("rtst.dcm", "rtdose.dcm")}
LABELS = ("volume", "mean", "D2%", "D95%")
NOTABLE_PERCENT = 1.0

HEAD = """# Real plans, three calculators

Written by `make validate` (make_peers.py); do not edit. Our figures (half-slice caps) in cc and Gy, then each peer's
difference from them in per cent. Differences over 1 % carry the number of what explains them.
Versions: {versions}.
{absent}
What explains them; the script puts a number where its condition holds, which makes the cause likely, not proven:

1. **Outside the dose grid**: we count the volume drawn and the dose of the part inside the grid ({outside}).
2. **Pixels, and no dose between them**: both peers ask which pixels of the dose grid lie inside a
   contour and give a pixel one dose; in structures of few pixels (here under {small} voxels of the dose grid) each
   pixel on the edge is a per cent or more. Marked where our own voxel-counting DVH (`dvhs_of_labels` on the dose grid)
   differs from our DVH by at least a third as much, or the structure is that small.
3. **Thickness of a plane**: dicompyler-core gives each plane the smallest step between contours and no gap is closed;
   marked where the steps are uneven.
4. **Dose in bins of 1 cGy**: of doses below 1 Gy a bin is over 1 %.
5. **Not explained** by any of these. A dash: that program gave an error or no figures.

| plan | structure | cc | mean | D2% | D95% | {peers} |
|---|---|---:|---:|---:|---:|{rules}|
"""
SMALL_VOXELS = 300


def percent(own: float, other: float) -> float:
    """Give a difference in per cent of our figure."""
    return 100 * (other / own - 1) if own else 0.0


def voxelwise(dose: hd.DoseGrid, structure: hd.Structure) -> list[float] | None:
    """Give the figures of the voxels whose centre is inside: pixels counted whole, as the peers do it."""
    grid = dose.grid
    planes: dict[float, list[NDArray[np.float64]]] = {}
    for contour in structure.contours:
        planes.setdefault(round(float(contour[0, 2]), 3), []).append(contour)
    heights = np.array(sorted(planes))
    if grid.shape[0] < 2 or heights.size < 2:  # noqa: PLR2004 - no step
        return None
    half = float(np.median(np.diff(heights))) / 2
    mask = np.zeros(grid.shape, dtype=bool)
    for frame, z in enumerate(grid.origin_mm[2] + grid.frame_offsets_mm):
        nearest = float(heights[np.abs(heights - z).argmin()])
        if abs(nearest - z) <= half + 1e-6:
            for contour in planes[nearest]:
                mask[frame] ^= inside(contour, grid)
    if not mask.any():
        return None
    one = hd.dvhs_of_labels(dose, mask).by_number[1]
    return [one.volume_cc, *(one[name] for name in ("Mean[Gy]", "D2%[Gy]", "D95%[Gy]"))]


def inside(contour: NDArray[np.float64], grid: hd.Grid) -> NDArray[np.bool_]:
    """Give the pixels of an axial plane whose centre is inside a contour: an odd number of edges to their left."""
    _, rows, columns = grid.shape
    x = grid.origin_mm[0] + grid.spacing_mm[0] * np.arange(columns)
    x0, y0 = contour[:, 0], contour[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    found = np.zeros((rows, columns), dtype=bool)
    for row in range(rows):
        y = grid.origin_mm[1] + grid.spacing_mm[1] * row
        cut = (y0 <= y) != (y1 <= y)
        crossings = x0[cut] + (y - y0[cut]) / (y1[cut] - y0[cut]) * (x1[cut] - x0[cut])
        found[row] = np.searchsorted(np.sort(crossings), x) % 2 == 1
    return found


def causes(own: list[float], theirs: float, column: int, traits: dict[str, Any]) -> str:
    """Give the numbers of the causes that apply to a difference."""
    found = []
    if traits["covered"] < 1 - 1e-5:
        found.append("1")
    counted = traits["voxelwise"]
    grainy = counted is not None and abs(percent(own[column], counted[column])) >= abs(theirs) / 3
    if grainy or traits["voxels"] < SMALL_VOXELS:
        found.append("2")
    if traits["uneven"] and column == 0:
        found.append("3")
    if column > 0 and own[column] < 1.0:
        found.append("4")
    return ",".join(found) or "5"


def main() -> None:
    """Compare all structures of both plans."""
    if not all((DATA / plan).exists() for plan in PLANS):
        print("skipped: ../shared/data is absent")
        return
    found, absent = peers()
    others = found[1:]
    rows, versions, outside = [], {}, []
    for plan, names in PLANS.items():
        structures_path, dose_path = (DATA / plan / name for name in names)
        results = [peer.run(structures_path, dose_path) for peer in found]
        for result in results:
            versions.update(result["versions"])
        dose, structures = hd.read_rtdose(dose_path), hd.read_rtstruct(structures_path)
        calculated = hd.dvhs(dose, structures)
        voxel_cc = float(dose.grid.spacing_mm[0] * dose.grid.spacing_mm[1]) * plane_step(dose.grid) / 1000
        for structure in structures.all:
            own = results[0]["figures"].get(structure.number)
            if own is None:
                continue
            covered = calculated.by_number[structure.number].covered_fraction
            if covered < 1 - 1e-5:
                outside.append(f"{structure.name} {100 * covered:.1f} % inside")
            traits = {
                "covered": covered,
                "voxels": own[0] / voxel_cc,
                "voxelwise": voxelwise(dose, structure),
                "uneven": any("steps between planes" in text for text in structure.warnings),
            }
            cells = []
            for result in results[1:]:
                theirs = result["figures"].get(structure.number)
                if theirs is None or isinstance(theirs, str):
                    cells += ["-"] * 4
                    continue
                for column, (mine, other) in enumerate(zip(own, theirs, strict=True)):
                    difference = percent(mine, other)
                    notable = abs(difference) > NOTABLE_PERCENT
                    mark = f" ({causes(own, difference, column, traits)})" if notable else ""
                    cells.append(f"{difference:+.2f}{mark}")
            figures = " | ".join(f"{value:.3f}" for value in own)
            rows.append(f"| {plan} | {structure.name} | {figures} | {' | '.join(cells)} |")
    text = HEAD.format(
        versions=", ".join(f"{name} {version}" for name, version in versions.items()),
        absent=f"Absent: {'; '.join(absent)}.\n" if absent else "",
        outside=", ".join(outside) or "none here",
        small=SMALL_VOXELS,
        peers=" | ".join(f"{peer.name} {label}" for peer in others for label in LABELS),
        rules="|".join(["---:"] * (4 * len(others))),
    )
    (HERE / "peers.md").write_text(text + "\n".join(rows) + "\n", encoding="utf-8")


def plane_step(grid: hd.Grid) -> float:
    """Give the distance between the first frames of a grid in mm."""
    offsets = grid.frame_offsets_mm
    return abs(float(offsets[1] - offsets[0]))


if __name__ == "__main__":
    main()
