"""Measure what the engine is held to, beside NumPy and the memory in one run, and write docs/performance_speed.md."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import hepadose as hd

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "performance_speed.md"
REPEATS = 9
SHAPE = (200, 512, 512)
Row = tuple[str, str, str, str]


def medians(*calls: Callable[[], object]) -> list[float]:
    """Time some calls in turn, so that what disturbs one disturbs all; give the median of each in seconds."""
    times: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(REPEATS):
        for call, own in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            own.append(time.perf_counter() - start)
    return [statistics.median(own) for own in times]


def ms(seconds: float) -> str:
    """Write a time in milliseconds."""
    return f"{1e3 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def files_to_dvhs(folder: Path) -> list[Row]:
    """Read the bench case and calculate its 22 DVHs, in fresh processes and again in one."""
    example = ["cargo", "run", "--locked", "--release", "--quiet", "--example", "files_to_dvhs", "--"]
    subprocess.run([*example, "write", folder], cwd=ROOT, check=True)  # noqa: S603 - our own example

    def run(repeats: int) -> list[list[float]]:
        command = [*example, folder, str(repeats)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
        return [[float(x) for x in re.findall(r"([\d.]+) ms", line)] for line in done.stdout.splitlines()]

    fresh = [run(1)[0] for _ in range(REPEATS)]
    warm = run(REPEATS + 1)[1:]
    rows = []
    for name, runs, bar in (("fresh process", fresh, "150 ms"), ("again in that process", warm, "100 ms")):
        total, read = (statistics.median(column) for column in zip(*runs, strict=True))
        least = min(run[0] for run in runs)
        rows.append((f"files to 22 DVHs, {name}", f"{total:.0f} ms, least {least:.0f}", f"reading {read:.0f} ms", bar))
    return rows


def liver() -> tuple[hd.DoseGrid, hd.Structure]:
    """Make a liver of 1500 cc, 33 contours of 300 points, and a dose of 2.5 mm."""
    grid = hd.Grid(shape=(90, 130, 180), spacing_mm=(2.5, 2.5, 2.5), origin_mm=(-223.75, -161.25, -111.25))
    z, y, x = np.ogrid[-111.25:112:2.5, -161.25:162:2.5, -223.75:224:2.5]
    values = 60 * np.exp(-((x - 30) ** 2 + (y - 10) ** 2 + 1.5 * z**2) / 3000) + 2 + 0.01 * (y + 200)
    turn = np.linspace(0, 2 * math.pi, 300, endpoint=False)
    contours = []
    for height in 3.0 * np.arange(-16, 17):
        radius = math.sqrt(1 - (height / 49.6) ** 2)
        ring = [95 * radius * np.cos(turn), 76 * radius * np.sin(turn), np.full_like(turn, height)]
        contours.append(np.column_stack(ring))
    return hd.DoseGrid(values.astype(np.float32), grid, fractions=5), hd.Structure.from_contours("Liver", contours)


def one_liver() -> list[Row]:
    """One DVH of the liver, and the band of 27 shifts."""
    dose, structure = liver()
    shifts = [(3.0 * i, 3.0 * j, 3.0 * k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]
    one, band = medians(lambda: hd.dvh(dose, structure), lambda: hd.dvh_shifted(dose, structure, shifts))
    return [
        ("DVH of a 1500 cc liver", ms(one), "", "5 ms, aim 2"),
        ("its band of 27 shifts", ms(band), f"{band / one:.1f} x one DVH", "aim 100 ms"),
    ]


def copies(source: np.ndarray, target: np.ndarray, threads: int) -> Callable[[], object]:
    """Copy an array with so many threads."""
    if threads == 1:
        return lambda: np.copyto(target, source)
    pool = ThreadPoolExecutor(threads)
    pairs = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    return lambda: list(pool.map(lambda pair: np.copyto(*pair), pairs))


def isoeffect(threads: int) -> list[Row]:
    """BED and EQD2 of a large grid into warm memory beside a copy; a fresh result beside a fresh copy."""
    dose = np.random.default_rng(1).uniform(0, 60, SHAPE).astype(np.float32)
    out = np.ones_like(dose)
    copy, bed, eqd2 = medians(
        copies(dose, out, threads),
        lambda: hd.bed_gy(dose, fractions=5, alpha_beta_gy=10, out=out),
        lambda: hd.eqd2_gy(dose, fractions=5, alpha_beta_gy=10, out=out),
    )
    speed = 2e-9 * dose.nbytes / copy
    rows = [
        (f"copy of 512 x 512 x 200 float32, {threads} thread(s)", ms(copy), f"{speed:.1f} GB/s read and written", ""),
        (f"BED into a warm output, {threads} thread(s)", ms(bed), f"{bed / copy:.2f} x the copy", "1.1 x"),
        (f"EQD2 into a warm output, {threads} thread(s)", ms(eqd2), f"{eqd2 / copy:.2f} x the copy", "1.1 x"),
    ]
    if threads > 1:
        fresh, made = medians(dose.copy, lambda: hd.bed_gy(dose, fractions=5, alpha_beta_gy=10))
        rows.append(("BED as a new array", ms(made), f"{made / fresh:.2f} x a.copy()", "reported"))
    return rows


def label_maps() -> list[Row]:
    """Twenty regions in one pass beside NumPy on index lists; BED in one pass beside two."""
    z, y, x = np.ogrid[-100:100, -256:256, -256:256]
    dose = (60 * np.exp(-(x**2 + y**2) / 2e4 - z**2 / 8e3)).astype(np.float32)
    labels = ((x + 256 + z // 4) // 37 + 5 * ((y + 256) // 110)) % 20 + 1
    labels = np.where((x / 230) ** 2 + (y / 200) ** 2 < 1, labels, 0).astype(np.uint8)
    grid = hd.Grid(shape=SHAPE, spacing_mm=(1, 1, 2), origin_mm=(0, 0, 0))
    physical = hd.DoseGrid(dose, grid, fractions=5)
    bed = physical.bed(alpha_beta_gy=10)
    out = np.empty_like(dose)
    flat = dose.ravel()
    places = [np.flatnonzero(labels.ravel() == number) for number in range(1, 21)]
    scale = np.float32(8192 / 60)

    def counted() -> list[np.ndarray]:
        return [np.bincount((flat[place] * scale).astype(np.intp), minlength=8193) for place in places]

    def two_passes() -> object:
        hd.bed_gy(dose, fractions=5, alpha_beta_gy=10, out=out)
        return hd.dvhs_of_labels(hd.DoseGrid(out, grid), labels, grid)

    ours, numpy, one, two = medians(
        lambda: hd.dvhs_of_labels(physical, labels, grid),
        counted,
        lambda: hd.dvhs_of_labels(bed, labels, grid),
        two_passes,
    )
    return [
        ("20 regions of a label map, one pass", ms(ours), f"{ours / numpy:.2f} x numpy bincount", "aim 60 ms"),
        ("numpy bincount on ready index lists", ms(numpy), "", ""),
        ("BED and its histograms in one pass", ms(one), f"{one / two:.2f} x two passes", "0.75 x"),
    ]


def memory(folder: Path) -> list[Row]:
    """Peak memory of a process that reads the bench case and calculates all DVHs."""
    code = (
        "import resource, sys, hepadose as hd\n"
        "empty = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "case = hd.read_case(sys.argv[1])\n"
        "hd.dvhs(case.dose, case.structures)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - empty)"
    )
    command = [sys.executable, "-c", code, folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own code
    mib = int(done.stdout) / 1024
    grid, contours = 4 * 202 * 132 * 187 / 2**20, 453_920 * 24 / 2**20
    beside, bar = f"dose {grid:.0f}, points {contours:.0f}", f"{2 * grid + contours:.0f} MiB"
    return [("peak memory above the imports", f"{mib:.0f} MiB", beside, bar)]


def main() -> None:
    """Measure and write."""
    if sys.argv[1:] == ["one-thread"]:
        print(json.dumps(isoeffect(1)))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = [*files_to_dvhs(Path(folder) / "case"), *memory(Path(folder) / "case")]
    rows += one_liver()
    alone = {**os.environ, "HEPADOSE_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "one-thread"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=alone)  # noqa: S603 - this script
    rows += [tuple(row) for row in json.loads(done.stdout)]
    cores = os.cpu_count() or 1
    rows += [*isoeffect(cores), *label_maps()]
    head = (
        "# What the engine is held to\n\n"
        "Written by `make bench` (benches/peers/speed.py); do not edit.\n"
        f"{dt.date.today()}, {cores} cores ({platform.machine()}), load {os.getloadavg()[0]:.1f} at the end; "  # noqa: DTZ011
        f"hepadose {hd.__version__}, numpy {np.__version__}; medians of {REPEATS}, calls that are compared in turn.\n\n"
        "| what | time | beside it | bar |\n|---|---:|---|---|\n"
    )
    TABLE.write_text(head + "".join(f"| {' | '.join(row)} |\n" for row in rows), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
