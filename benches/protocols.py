"""Write docs/performance_protocols.md from what `cargo bench --bench protocols` measured last."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import hepadose as hd

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "criterion" / "protocols"
PAGE = ROOT / "docs" / "performance_protocols.md"
ROWS = (
    ("folder to case", "files to case: reading alone", ""),
    ("DVHs of all structures", "DVHs of all 22 structures: what every check rests on", ""),
    ("folder to verdicts of all protocols", "files to verdicts under all built-in protocols at once", "1 s"),
    ("would it flip, liver-sbrt-5fx", "would it flip, liver-sbrt-5fx", "2 s"),
    ("would it flip, tg101-5fx", "would it flip, tg101-5fx", "2 s"),
    ("would it flip, uk-sabr-2022-5fx", "would it flip, uk-sabr-2022-5fx", "2 s"),
    ("isotoxic, liver-sbrt-5fx", "isotoxic, liver-sbrt-5fx", ""),
    ("isotoxic, tg101-5fx", "isotoxic, tg101-5fx", ""),
    ("isotoxic, uk-sabr-2022-5fx", "isotoxic, uk-sabr-2022-5fx", ""),
)
HEAD = """# Performance of checks

Written by `make bench` (`cargo bench --bench protocols`, then benches/protocols.py); do not edit. The bench case: 22
structures, 1,930 contours, 453,920 points, a dose of 202 x 132 x 187 voxels. {cores} cores ({machine}), load
average {load} when this was written, {day}, version {version}. Criterion's median and the fastest of its samples, which
other work on the machine disturbed least.

| what | median | fastest | aim |
|---|---:|---:|---:|
"""


def measured(name: str) -> tuple[float, float] | None:
    """Give median and least time of a bench in seconds; None where it was not run."""
    folder = TARGET / name.replace("/", "_") / "new"
    try:
        median = json.loads((folder / "estimates.json").read_text(encoding="utf-8"))["median"]["point_estimate"]
        sample = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    each = [time / rounds for time, rounds in zip(sample["times"], sample["iters"], strict=True)]
    return median / 1e9, min(each) / 1e9


def page() -> str:
    """Give the whole page."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    text = HEAD.format(
        cores=os.cpu_count(),
        machine=platform.machine(),
        load=load,
        day=datetime.now(UTC).date().isoformat(),
        version=hd.__version__,
    )
    for name, said, aim in ROWS:
        found = measured(name)
        if found is not None:
            text += f"| {said} | {found[0]:.2f} s | {found[1]:.2f} s | {aim} |\n"
    return text


if __name__ == "__main__":
    if measured(ROWS[0][0]) is None:
        print("skipped: run cargo bench --bench protocols first")
    else:
        PAGE.write_text(page(), encoding="utf-8")
