"""Write eqd2_export.md: an exported EQD2 in an independent calculator, and its gap to the DVH made at the samples."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

import hepadose as hd

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "benches" / "peers" / "workers"))

from environments import peers  # noqa: E402 - found only now

ALPHA_BETA_GY = 2.5
SPACINGS_MM = (1.0, 2.0, 2.5, 3.0, 5.0)
LABELS = ("Mean[Gy]", "D2%[Gy]", "D50%[Gy]", "D95%[Gy]")
INDEPENDENT = "dicompyler-core"

HEAD = """# EQD2 as RTDOSE

Written by `make validate` (make_eqd2_export.py); do not edit. A dose in three fractions that falls from 57 Gy by up to
2.4 Gy a millimetre, as EQD2 at alpha/beta 2.5 Gy, in a ball of 100 cc that the fall runs through.

## The same DVH from our file and from one made with NumPy and pydicom

{independent}

## What the voxels of the file lose

A DVH of hepadose interpolates the physical dose and converts at each sample. A file holds EQD2 at voxel centres, and
who reads it interpolates that: EQD2 is convex, so it comes out higher between voxels. In Gy, file minus samples:

| voxels in mm | mean, sample by sample | {columns} |
|---:|---:|{rules}|
"""


def plan(spacing_mm: float) -> hd.DoseGrid:
    """Make the physical dose."""
    count = int(120 / spacing_mm) + 1
    half = 0.5 * spacing_mm * (count - 1)
    grid = hd.Grid(shape=(count,) * 3, spacing_mm=(spacing_mm,) * 3, origin_mm=(-half,) * 3)
    line = spacing_mm * np.arange(count) - half
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    distance = np.sqrt(x**2 + y**2 + z**2)
    values = 57.0 / (1 + np.exp((distance - 20.0) / 6.0)) + 0.5
    return hd.DoseGrid(values, grid, fractions=3)


def ball() -> hd.Structure:
    """Make a ball of 100 cc that the fall runs through, as contours every 2 mm."""
    radius, centre = (3 * 100_000 / (4 * np.pi)) ** (1 / 3), np.array([15.0, 0.0, 0.0])
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    contours = []
    for z in np.arange(-28.0, 28.1, 2.0):
        if abs(z) < radius:
            r = np.sqrt(radius**2 - z**2)
            points = np.column_stack([r * np.cos(angles), r * np.sin(angles), np.full(angles.size, z)])
            contours.append(points + centre)
    return hd.Structure.from_contours("Ball", contours)


def by_hand(values: NDArray[np.float64], grid: hd.Grid, frame: str, path: Path) -> None:
    """Write an RTDOSE with numpy and pydicom alone."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.2")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.Modality, dataset.FrameOfReferenceUID = "RTDOSE", frame
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = grid.shape
    dataset.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[0]]
    dataset.ImagePositionPatient = list(grid.origin_mm)
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.GridFrameOffsetVector = [float(offset) for offset in grid.frame_offsets_mm]
    dataset.FrameIncrementPointer = 0x3004000C
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 32, 32, 31
    dataset.DoseUnits, dataset.DoseType, dataset.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    dataset.DoseGridScaling = f"{values.max() / (2**32 - 1) * (1 + 1e-9):.10e}"
    dataset.PixelData = np.round(values / float(dataset.DoseGridScaling)).astype("<u4").tobytes()
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)


def independent(folder: Path) -> str:
    """Let the other calculator read both files."""
    found = [peer for peer in peers()[0] if peer.name == INDEPENDENT]
    if not found:
        return f"{INDEPENDENT} could not be had here."
    eqd2 = plan(2.5).eqd2(alpha_beta_gy=ALPHA_BETA_GY)
    structures, ours, theirs = folder / "ball.dcm", folder / "ours.dcm", folder / "theirs.dcm"
    hd.write_rtdose(eqd2, ours, allow_physical_label=True)
    frame = str(pydicom.dcmread(ours).FrameOfReferenceUID)
    by_hand(np.asarray(eqd2.values_eqd2_gy, dtype=np.float64), eqd2.grid, frame, theirs)
    hd.write_rtstruct([ball()], structures, template=ours)
    results: list[dict[str, Any]] = [found[0].run(structures, path) for path in (ours, theirs)]
    rows = [next(iter(result["figures"].values())) for result in results]
    versions = ", ".join(f"{name} {version}" for name, version in results[0]["versions"].items())
    gap = max(abs(a - b) for a, b in zip(*rows, strict=True))
    lines = [
        f"{versions}, on voxels of 2.5 mm; the largest difference is {gap:.4f} (aim: 0.01 Gy).",
        "",
        "| file | volume, cc | mean, Gy | D2%, Gy | D95%, Gy |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, row in zip(("hepadose", "NumPy and pydicom"), rows, strict=True):
        lines.append(f"| {name} | " + " | ".join(f"{value:.4f}" for value in row) + " |")
    return "\n".join(lines)


def gap(spacing_mm: float, folder: Path) -> str:
    """Give a row of the second table."""
    eqd2 = plan(spacing_mm).eqd2(alpha_beta_gy=ALPHA_BETA_GY)
    hd.write_rtdose(eqd2, folder / "eqd2.dcm")
    stored, sampled = (hd.dvh(dose, ball()) for dose in (hd.read_rtdose(folder / "eqd2.dcm"), eqd2))
    cells = " | ".join(f"{stored[label] - sampled[label]:+.4f}" for label in LABELS)
    return f"| {spacing_mm:g} | {sampled.mean_eqd2_gy:.3f} | {cells} |"


def main() -> None:
    """Write the page."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        text = HEAD.format(
            independent=independent(folder),
            columns=" | ".join(LABELS),
            rules="|".join(["---:"] * len(LABELS)),
        )
        rows = [gap(spacing, folder) for spacing in SPACINGS_MM]
    (HERE / "eqd2_export.md").write_text(text + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
