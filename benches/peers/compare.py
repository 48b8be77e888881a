"""Run hepadose and other calculators on the same files, side by side, and write docs/performance_peers.md."""

from __future__ import annotations

import datetime as dt
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import hepadose as hd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches" / "peers" / "workers"))

from environments import peers  # noqa: E402 - found only now

TABLE = ROOT / "docs" / "performance_peers.md"
# A peer that takes longer than this is run once.
SLOW_SECONDS = 5.0
REPEATS = 5


def bench_case(folder: Path) -> tuple[Path, Path]:
    """Write the bench case: 22 structures, 1,930 contours, 453,920 points, a dose of 202 x 132 x 187 voxels."""
    command = ["cargo", "run", "--locked", "--release", "--quiet", "--example", "files_to_dvhs", "--", "write", folder]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own example
    return folder / "rtstruct.dcm", folder / "rtdose.dcm"


def liver_case(folder: Path) -> tuple[Path, Path]:
    """Write a liver of 1500 cc, 33 contours of 300 points, and a dose of 180 x 130 x 90 voxels of 2.5 mm."""
    folder.mkdir()
    grid = hd.Grid(shape=(90, 130, 180), spacing_mm=(2.5, 2.5, 2.5), origin_mm=(-223.75, -161.25, -111.25))
    z = (2.5 * np.arange(90) - 111.25).reshape(-1, 1, 1)
    y = (2.5 * np.arange(130) - 161.25).reshape(1, -1, 1)
    x = (2.5 * np.arange(180) - 223.75).reshape(1, 1, -1)
    values = 60 * np.exp(-((x - 30) ** 2 + (y - 10) ** 2 + 1.5 * z**2) / 3000) + 2 + 0.01 * (y + 200)
    dose = hd.DoseGrid(values, grid, fractions=5, frame_of_reference="1.2.3.4")
    turn = np.linspace(0, 2 * math.pi, 300, endpoint=False)
    contours = []
    for height in 3.0 * np.arange(-16, 17):
        radius = math.sqrt(1 - (height / 49.6) ** 2)
        ring = [95 * radius * np.cos(turn), 76 * radius * np.sin(turn), np.full_like(turn, height)]
        contours.append(np.column_stack(ring))
    liver = hd.Structure.from_contours("Liver", contours, number=1, frame_of_reference="1.2.3.4")
    hd.write_rtdose(dose, folder / "rtdose.dcm")
    hd.write_rtstruct([liver], folder / "rtstruct.dcm")
    return folder / "rtstruct.dcm", folder / "rtdose.dcm"


def largest(ours: dict[int, Any], theirs: dict[int, Any]) -> str:
    """Give the median and the largest difference from us of volume, mean, D2% and D95%, in per cent."""
    columns: list[list[float]] = [[], [], [], []]
    for number, row in theirs.items():
        if isinstance(row, str) or number not in ours:
            continue
        for column, (own, other) in zip(columns, zip(ours[number], row, strict=True), strict=True):
            column.append(100 * abs(other / own - 1) if own else 100 * abs(other))
    return " | ".join(f"{statistics.median(column):.2f} ({max(column):.1f})" for column in columns if column)


def main() -> None:
    """Measure and write."""
    found, absent = peers()
    rows, versions = [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = {
            "bench case, 22 structures": bench_case(folder / "bench"),
            "liver of 1500 cc": liver_case(folder / "liver"),
        }
        for case, (structures, dose) in cases.items():
            own: tuple[float, dict[int, Any]] | None = None
            for peer in found:
                runs = [peer.run(structures, dose)]
                while runs[0]["seconds"] < SLOW_SECONDS and len(runs) < REPEATS:
                    runs.append(peer.run(structures, dose))
                seconds = statistics.median(run["seconds"] for run in runs)
                versions.update(runs[0]["versions"])
                if own is None:
                    own = (seconds, runs[0]["figures"])
                ratio, agree = seconds / own[0], largest(own[1], runs[0]["figures"])
                rows.append(f"| {case} | {peer.name} | {len(runs)} | {seconds:.3f} | {ratio:.1f} | {agree} |")
                print(rows[-1], flush=True)
    load = os.getloadavg()[0]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    TABLE.write_text(
        f"""# Side by side with other calculators

Written by `make bench` (benches/peers/compare.py); do not edit.
{dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), load {load:.1f} at the end.
With other work running the ratios say more than the seconds. Versions: {named}, each in an environment of its own.

Each run is a fresh process that reads the same two files and calculates every DVH; the clock starts before the imports
and the median is given. Differences are those from hepadose over all structures: median, and in brackets the largest,
in per cent of our figure. What the larger ones come from stands in docs/validation/peers.md.

| case | program | runs | seconds | times ours | volume | mean | D2% | D95% |
|---|---|---:|---:|---:|---:|---:|---:|---:|
"""
        + "\n".join(rows)
        + "\n\nAbsent: "
        + ("; ".join(absent) or "none")
        + ".\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
