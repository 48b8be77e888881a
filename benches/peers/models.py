"""Isoeffect models, sums of courses and NTCP: least time of several runs, beside a copy of the same bytes and NumPy."""

from __future__ import annotations

import datetime as dt
import os
import platform
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

import hepadose as hd
from hepadose import _core, models, ntcp

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance_models.md"
SHAPE = (200, 512, 512)
SIDE = 200
ALPHA_BETA_GY = 2.5
KNEE_GY = 6.2

HEAD = """# Models, courses and complication

Written by `make bench` (benches/peers/models.py); do not edit.
{date}, {cores} cores ({machine}), load {before:.1f} before and {after:.1f} after, hepadose {version}, numpy {numpy}.
Least of several runs, in milliseconds. A copy is `numpy.copyto` into warm memory, which NumPy makes with one thread;
the models use all. At equal threads [performance_speed.md](performance_speed.md) has the ratios. Where other work runs
on the same cores, the figures are upper bounds and the ratios, taken one after the other, say little more;
`cargo bench --bench isoeffect --bench radiobiology` measures the core alone.

| what | ms | aim | beside it |
|---|---:|---|---|
"""


def least(run: Callable[[], object], times: int) -> float:
    """Give the least time of several runs in milliseconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return 1000 * best


def grids() -> list[str]:
    """Measure the models on a large grid in single precision, into warm memory."""
    dose = (np.arange(np.prod(SHAPE)) % 6000 * 0.01).astype(np.float32).reshape(SHAPE)
    out, map_gy = np.zeros_like(dose), np.full_like(dose, ALPHA_BETA_GY)
    labels = (np.arange(dose.size) // 37 % 4).astype(np.uint8).reshape(SHAPE)
    lql, usc = models.LQL(10, threshold_gy=KNEE_GY), models.USC(0.33, d0_gy=1.25, dq_gy=1.8)

    def twin() -> None:
        d = dose / 5
        line = 5 * (KNEE_GY * (1 + KNEE_GY / 10) + (1 + 2 * KNEE_GY / 10) * (d - KNEE_GY))
        np.copyto(out, np.where(d <= KNEE_GY, dose * (1 + d / 10), line))

    copy, numpy = least(lambda: np.copyto(out, dose), 15), least(twin, 3)
    runs: dict[str, Callable[[], object]] = {
        "BED, LQ": lambda: hd.bed_gy(dose, fractions=5, alpha_beta_gy=10, out=out),
        "BED, LQ-L": lambda: lql.bed_gy(dose, fractions=5, out=out),
        "BED, USC": lambda: usc.bed_gy(dose, fractions=5, out=out),
        "BED, alpha/beta by voxel": lambda: hd.bed_gy(dose, fractions=5, alpha_beta_gy=map_gy, out=out),
        "BED, alpha/beta by structure": lambda: hd.bed_gy(
            dose, fractions=5, alpha_beta_gy=[10.0, 2.5, 3.0, 2.0], labels=labels, out=out
        ),
    }
    rows = []
    for name, run in runs.items():
        found = least(run, 15)
        beside = f"a copy {copy:.1f} ({found / copy:.2f} x); LQ-L with NumPy {numpy:.0f}"
        rows.append(f"| {name}, 512 x 512 x 200 float32 | {found:.1f} | 1.2 x a copy | {beside} |")
    return rows


def courses() -> list[str]:
    """Measure the sum of three courses, and with two of them registered."""
    half = SIDE - 1.0
    grid = hd.Grid(shape=(SIDE,) * 3, spacing_mm=(2.0,) * 3, origin_mm=(-half,) * 3)
    values = np.random.default_rng(1).uniform(0, 50, grid.shape).astype(np.float32)
    spheres = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    every = [
        hd.Course(name="one", dose=hd.DoseGrid(values, grid, fractions=5)),
        hd.Course(name="two", dose=hd.DoseGrid(values, grid, fractions=25)),
        hd.Course(name="three", dose=hd.DoseGrid(values, grid), timing=spheres),
    ]
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]]
    coarse = hd.Grid(shape=(60,) * 3, spacing_mm=(7.0,) * 3, origin_mm=(-206.5,) * 3)
    bent = np.random.default_rng(2).normal(0, 0.2, (60, 60, 60, 3)).astype(np.float32)
    field = hd.DisplacementField(vectors_mm=bent, grid=coarse)
    turned = [every[0], *(replace(one, to_reference=turn) for one in every[1:])]
    deformed = [every[0], *(replace(one, deformation=field) for one in every[1:])]
    out = np.zeros(grid.shape, dtype=np.float32)

    def run(some: list[hd.Course]) -> None:
        # The same voxels for all three, also where a turned course does not reach.
        total = hd.accumulate_bed(some, alpha_beta_gy=ALPHA_BETA_GY, reference=grid, outside="zero")
        total.eqd2.write_values(out)

    return [
        f"| EQD2 of three courses, 200 x 200 x 200 float32 | {least(lambda: run(every), 10):.0f} | 150 | |",
        f"| the same, two of them turned | {least(lambda: run(turned), 3):.0f} | | |",
        f"| the same, two of them deformed | {least(lambda: run(deformed), 3):.0f} | | |",
    ]


def complication() -> list[str]:
    """Measure NTCP of the demonstration case's liver."""
    with TemporaryDirectory() as folder:
        _core.write_demo(Path(folder))
        case = hd.read_case(folder)
    assert case.dose is not None  # noqa: S101 - the demonstration case has one
    liver = hd.dvh(case.dose, case.structures["Liver"])
    some = {"td50_gy": hd.Uncertain.uniform(40, 52), "n": hd.Uncertain.uniform(0.7, 1.2)}
    known = some | {"alpha_beta_gy": hd.Uncertain.uniform(2, 3)}
    rows = []
    for name, uncertain, aim in (
        ("one value", {}, ""),
        ("1,000 samples of TD50 and n", some, "100"),
        ("1,000 samples of TD50, n and alpha/beta", known, "100"),
    ):

        def run(given: dict[str, hd.Uncertain] = uncertain) -> None:
            ntcp.lkb(liver, parameters="dawson2002-metastases", uncertain=given)

        rows.append(f"| NTCP of a liver DVH, {name} | {least(run, 10):.1f} | {aim} | |")
    return rows


def main() -> None:
    """Write the page."""
    before = os.getloadavg()[0]
    rows = [*grids(), *courses(), *complication()]
    head = HEAD.format(
        date=dt.datetime.now(tz=dt.UTC).date(),
        cores=os.cpu_count(),
        machine=platform.machine(),
        before=before,
        after=os.getloadavg()[0],
        version=hd.__version__,
        numpy=np.__version__,
    )
    PAGE.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
