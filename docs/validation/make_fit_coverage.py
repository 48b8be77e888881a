"""Write docs/validation/fit_coverage.md: how often the intervals of a fitted dose-response hold the truth."""

import sys
from pathlib import Path

import numpy as np

from hepadose import y90

TARGET = Path(__file__).with_name("fit_coverage.md")
RUNS = 2000
SEED = 2026
INTERCEPT, SLOPE_PER_GY = -3.75, 0.025
# Within these per cent a coverage of 95 % counts as held: 2000 runs scatter by 0.5 %.
HELD = (92.0, 98.0)
HEAD = """# Coverage of the intervals of `hd.y90.fit_response`

Written by `make validate` (docs/validation/make_fit_coverage.py). {runs} simulated departments of each size, seed
{seed}: doses uniform from 0 to 300 Gy, response by a logistic curve with b0 = {intercept} and b1 = {slope} /Gy, so a
dose of half response of {d50:g} Gy. Every interval is one of 95 %. Profile-likelihood intervals have to hold the truth
in {low:g} to {high:g} % of the runs; the run fails otherwise. The interval of the Youden threshold is by the
bootstrap (200 replicates, percentiles) of a threshold that is one of the observed doses; how often it holds the dose
at which the expected Youden index is largest (that of half response here) is reported as it is. Departments whose dose
separates the outcomes have no curve and are counted apart.

| lesions | fitted | b0 % | b1 % | D50 % | Youden threshold % | median width of its interval, Gy |
|---|---|---|---|---|---|---|
"""


def holds(interval: tuple[float | None, float | None], truth: float) -> bool:
    """Tell whether an interval holds a value; an open end holds all."""
    low, high = interval
    return (low is None or low <= truth) and (high is None or truth <= high)


def simulate(lesions: int) -> tuple[int, dict[str, float], float]:
    """Give the fitted runs, the coverages in per cent, and the median width of the Youden interval."""
    d50 = -INTERCEPT / SLOPE_PER_GY
    held = {"intercept": 0, "slope": 0, "d50": 0, "youden": 0}
    fitted, widths = 0, []
    for run in range(RUNS):
        random = np.random.default_rng([SEED, lesions, run])
        dose = 300 * random.random(lesions)
        responded = random.random(lesions) < 1 / (1 + np.exp(-(INTERCEPT + SLOPE_PER_GY * dose)))
        found = y90.fit_response(dose, responded, replicates=200, seed=run)
        low, high = found.youden.interval_gy
        held["youden"] += holds((low, high), d50)
        widths.append(np.inf if low is None or high is None else high - low)
        if isinstance(found.logistic, y90.LogisticFit):
            fitted += 1
            held["intercept"] += holds(found.logistic.intercept_interval, INTERCEPT)
            held["slope"] += holds(found.logistic.slope_interval_per_gy, SLOPE_PER_GY)
            held["d50"] += holds(found.logistic.d50_interval_gy, d50)
    share = {name: 100 * count / (RUNS if name == "youden" else fitted) for name, count in held.items()}
    return fitted, share, float(np.median(widths))


def main() -> None:
    """Simulate, write, and fail where a profile interval does not cover."""
    text = HEAD.format(
        runs=RUNS,
        seed=SEED,
        intercept=INTERCEPT,
        slope=SLOPE_PER_GY,
        d50=-INTERCEPT / SLOPE_PER_GY,
        low=HELD[0],
        high=HELD[1],
    )
    missed = []
    for lesions in (60, 120, 240):
        fitted, share, width = simulate(lesions)
        cells = [f"{share[name]:.1f}" for name in ("intercept", "slope", "d50", "youden")]
        text += f"| {lesions} | {fitted} | {' | '.join(cells)} | {width:.0f} |\n"
        missed += [name for name, per_cent in share.items() if name != "youden" and not HELD[0] <= per_cent <= HELD[1]]
    TARGET.write_text(text, encoding="utf-8")
    print(text)
    if missed:
        sys.exit(f"coverage outside {HELD} %: {', '.join(missed)}")


if __name__ == "__main__":
    main()
