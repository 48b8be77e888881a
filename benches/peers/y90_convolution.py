"""Time yttrium-90 dose beside scipy and numpy in one run, and write docs/performance_y90.md."""

import datetime as dt
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.signal import fftconvolve

import hepadose as hd

TABLE = Path(__file__).resolve().parents[2] / "docs" / "performance_y90.md"
SHAPE = (128, 256, 256)
ROUNDS = 7
HEAD = """# Performance: yttrium-90

Written by `make bench` (benches/peers/y90_convolution.py): {rounds} rounds, in each of them everything once, one after
the other; the least time of each, and the median of the ratios round by round, so that other work on the machine
touches both sides alike. {machine}, {cores} cores, Python {python}, numpy {numpy}, scipy {scipy}; {date}, version
{version}, load {load:.1f}.

An image of 256 x 256 x 128 voxels of float32, 2.344 x 2.344 x 2.78 mm, and the kernel of these voxels
({kernel} offsets).

| what | least time | beside | ratio, median | aim |
|---|---|---|---|---|
"""


def timed(what: Callable[[], Any]) -> float:
    """Give the seconds that a call takes."""
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def main() -> None:
    """Measure and write."""
    random = np.random.default_rng(0)
    activity = random.gamma(0.5, 2e6, SHAPE).astype(np.float32)
    grid = hd.Grid(shape=SHAPE, spacing_mm=(2.344, 2.344, 2.78), origin_mm=(0, 0, 0))
    image = hd.y90.ActivityMap(activity, grid)
    kernel = hd.y90.kernel(spacing_mm=grid.spacing_mm, density_g_per_ml=1.05)
    fractions = kernel.fractions.astype(np.float32)
    space = np.empty_like(activity)
    calls: dict[str, Callable[[], Any]] = {
        "convolution": lambda: hd.y90.absorbed_dose(image, density_g_per_ml=1.05, method="kernel", kernel=kernel),
        "scipy": lambda: fftconvolve(activity, fractions, mode="same"),
        "local": lambda: hd.y90.absorbed_dose(image, density_g_per_ml=1.05),
        "copy": activity.copy,
        "warm": lambda: np.copyto(space, activity),
    }
    ours = calls["convolution"]().values_gy
    theirs = calls["scipy"]() * (49.80e-6 / 1.05)
    apart = float(np.abs(ours - theirs).max() / theirs.max())
    rounds = [{name: timed(call) for name, call in calls.items()} for _ in range(ROUNDS)]

    def row(what: str, name: str, beside: str, other: str, aim: str) -> str:
        ratio = float(np.median([one[name] / one[other] for one in rounds]))
        least, theirs = (1e3 * min(one[key] for one in rounds) for key in (name, other))
        return f"| {what} | {least:.0f} ms | {beside}: {theirs:.0f} ms | {ratio:.2f} | {aim} |\n"

    text = HEAD.format(
        rounds=ROUNDS,
        machine=platform.machine(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        numpy=np.__version__,
        scipy=scipy.__version__,
        date=dt.datetime.now(tz=dt.UTC).date(),
        version=hd.__version__,
        load=os.getloadavg()[0],
        kernel=" x ".join(map(str, fractions.shape)),
    )
    text += row(
        "convolution to dose, spectrum of the kernel kept", "convolution", "`scipy.signal.fftconvolve`", "scipy", "0.5"
    )
    text += row("local deposition to dose", "local", "`ndarray.copy`, new memory as well", "copy", "1.25")
    text += row("the same", "local", "`numpy.copyto` into warm memory", "warm", "")
    text += f"\nThe two convolutions differ by {100 * apart:.1g} % of the maximum at most.\n"
    TABLE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
