"""Write docs/performance_people.md: import, wheel, reports and the viewer, as a user meets them.

`python benches/people.py --wheel FILE` takes a wheel that was built already; else one is built.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hepadose as hd
from hepadose import _core
from hepadose._view import Scene

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "python"))
from ct_series import case_with_ct  # noqa: E402 - the path comes first

PAGE = ROOT / "docs" / "performance_people.md"
BRAIN = ROOT.parent / "shared" / "data" / "brain-srt"
ROUNDS = 7
PROTOCOL = "liver-sbrt-5fx"
IMPORT = """
import time, numpy
wall, processor = time.perf_counter(), time.process_time()
import hepadose
print(time.perf_counter() - wall, time.process_time() - processor)
"""
HEAD = """# What people see

Written by `make bench` (benches/people.py); do not edit. {cores} cores ({machine}), load average {load} when this was
written, {day}, version {version}. Times are the least of {rounds} runs. The synthetic CT is that of the tests: slices
of 364 x 284 pixels of 1 mm, 3 mm apart, with noise.

| what | figure | aim |
|---|---:|---:|
"""


def least(call: Callable[[], object]) -> float:
    """Give the least time of several runs in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def import_times(folder: Path) -> tuple[float, float]:
    """Give wall and processor time of the import after numpy's, of compiled files as an installation has them."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    command = [sys.executable, "-c", IMPORT]
    runs = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
        for _ in range(ROUNDS + 1)
    ]
    return min(float(wall) for wall, _ in runs[1:]), min(float(processor) for _, processor in runs[1:])


def wheel_bytes(given: Path | None, folder: Path) -> int:
    """Give the size of the wheel, built here unless one is given."""
    if given is None:
        maturin = Path(sys.executable).parent / "maturin"
        command = [maturin, "build", "--release", "--locked", "--out", folder / "wheel"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
        (given,) = (folder / "wheel").iterdir()
    return given.stat().st_size


def report_rows(said: str, case: hd.Case) -> Iterator[tuple[str, str, str]]:
    """Give time and size of a report."""
    report = hd.check(case, PROTOCOL)
    size = len(report.to_html().encode())
    yield (
        f"HTML report of {said}, DVHs calculated anew",
        f"{size / 1000:.0f} kB, {least(report.to_html):.2f} s",
        "1 MB",
    )


def rows(given: Path | None, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Measure all of it."""
    wall, processor = import_times(folder)
    figure = f"{1000 * wall:.0f} ms, {1000 * processor:.0f} ms of it on the processor"
    yield "`import hepadose` after numpy", figure, "150 ms"
    yield "wheel (abi3)", f"{wheel_bytes(given, folder) / 1e6:.1f} MB", ""
    (folder / "demo").mkdir()
    _core.write_demo(folder / "demo")
    demo = hd.read_case(folder / "demo")
    yield from report_rows(f"the demonstration case ({len(demo.structures.all)} structures)", demo)
    if BRAIN.exists():
        brain = hd.read_case(BRAIN)
        yield from report_rows(f"a real plan ({len(brain.structures.all)} ROIs)", brain)
    on_ct = case_with_ct(folder / "demo", folder / "ct", spacing_mm=1.0, slice_mm=3.0)
    first = least(lambda: hd.read_case(folder / "ct").image)
    assert on_ct.image is not None  # noqa: S101 - a script
    yield f"finding and reading {len(on_ct.image.values)} slices of a CT, once a case", f"{first:.2f} s", ""
    yield from report_rows("the demonstration case on a synthetic CT", on_ct)
    pdf = hd.check(demo, PROTOCOL).to_pdf
    yield "the demonstration report as PDF, two pages of A4", f"{len(pdf()) / 1000:.0f} kB, {least(pdf):.1f} s", ""
    assert demo.dose is not None  # noqa: S101 - a script
    scene = Scene(on_ct, demo.dose, "en")
    voxels = " x ".join(map(str, reversed(demo.dose.shape)))
    yield f"what `case.view()` sends at once: {voxels} voxels at 16 bits", f"{len(scene.volume) / 1e6:.1f} MB", ""
    index = scene.meta["start"][2]
    found = scene.image("axial", index)
    assert found is not None  # noqa: S101 - a script
    each = least(lambda: (scene.outlines("axial", index), scene.image("axial", index)))
    yield "what it sends for each slice: outlines and the CT", f"{len(found[1]) / 1000:.0f} kB, {each:.2f} s", ""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path)
    given = parser.parse_args().wheel
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(f"| {what} | {figure} | {aim} |\n" for what, figure, aim in rows(given, Path(folder)))
    day = datetime.now(UTC).date().isoformat()
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "load": load}
    head = HEAD.format(**machine, day=day, version=hd.__version__, rounds=ROUNDS)
    PAGE.write_text(head + text, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
