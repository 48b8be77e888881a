"""Threads beside Python: forked workers, Ctrl-C, numbers of threads."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import hepadose as hd


def bed_sum(count: int) -> float:
    """Sum of BED over many voxels, in parallel pieces."""
    return float(hd.bed_gy(np.ones(count), fractions=5, alpha_beta_gy=10).sum())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
# Forking while threads run is what users do here without a thought; Python 3.12 and later say that it is a risk.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_workers_after_use() -> None:
    expected = bed_sum(1_000_000)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        results = [pool.submit(bed_sum, 1_000_000) for _ in range(4)]
        assert [result.result(timeout=60) for result in results] == [expected] * 4
    assert bed_sum(1_000_000) == expected


def test_python_threads_calculate_side_by_side() -> None:
    expected = bed_sum(500_000)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(bed_sum, [500_000] * 16, timeout=60)) == [expected] * 16


def test_python_goes_on_while_the_core_calculates() -> None:
    values = np.ones(30_000_000)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(hd.bed_gy, values, fractions=5, alpha_beta_gy=10)
        ticks = 0
        while not result.done():
            ticks += 1
            time.sleep(0.001)
    assert ticks > 3


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_number_of_threads_from_the_environment() -> None:
    code = "import hepadose as hd; print(hd.num_threads())"
    assert python(code, HEPADOSE_NUM_THREADS="3").stdout == "3\n"
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert python(code, HEPADOSE_NUM_THREADS="").stdout == f"{available}\n"
    for wrong in ("0", "-1", "many", "2.5"):
        done = python(code, HEPADOSE_NUM_THREADS=wrong)
        assert done.returncode == 1
        assert f"HEPADOSE_NUM_THREADS must be a whole number of at least 1, got {wrong}" in done.stderr


def test_number_of_threads_by_call() -> None:
    hd.set_num_threads(3)
    assert hd.num_threads() == 3
    hd.set_num_threads(np.int64(1))
    assert hd.num_threads() == 1
    assert bed_sum(300_000) > 0
    hd.set_num_threads(None)
    for wrong in (0, -2):
        with pytest.raises(ValueError, match="threads must be a whole number of at least 1"):
            hd.set_num_threads(wrong)


def test_a_set_number_of_threads_reaches_forked_workers() -> None:
    code = """
import os, hepadose as hd
hd.set_num_threads(2)
child = os.fork()
if child == 0:
    os._exit(hd.num_threads())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    if hasattr(os, "fork"):
        assert python(code).stdout == "2\n"


# A shell's background jobs begin with SIGINT ignored, and so would a test run among them.
HEARS_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_interrupts_a_loop_of_calls() -> None:
    code = """
import numpy as np, hepadose as hd
values = np.ones(40_000_000)
print("ready", flush=True)
while True:
    hd.bed_gy(values, fractions=5, alpha_beta_gy=10, out=values)
    values.fill(1.0)
"""
    with subprocess.Popen(
        [sys.executable, "-c", HEARS_CTRL_C + code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert run.returncode == -signal.SIGINT


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_interrupts_one_long_call() -> None:
    code = """
import numpy as np, hepadose as hd
grid = hd.Grid(shape=(150, 150, 150), spacing_mm=(2, 2, 2), origin_mm=(0, 0, 0))
dose = hd.DoseGrid(np.random.default_rng(1).uniform(0, 60, grid.shape), grid, fractions=5).eqd2(alpha_beta_gy=2.5)
ball = hd.Structure.from_mask("Ball", np.linalg.norm(np.indices(grid.shape) - 75, axis=0) < 70, grid)
hd.dvh(dose, ball)
print("ready", flush=True)
hd.dvhs(dose, [ball] * 2000)
"""
    with subprocess.Popen(
        [sys.executable, "-c", HEARS_CTRL_C + code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        time.sleep(1.0)
        assert run.poll() is None, "the call was not long enough to be interrupted"
        run.send_signal(signal.SIGINT)
        before = time.monotonic()
        _, errors = run.communicate(timeout=60)
        waited = time.monotonic() - before
    assert "KeyboardInterrupt" in errors
    assert waited < 10
