"""Draw the plots of docs/models.md, one a model, into docs/images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

import hepadose as hd
from hepadose import models, ntcp, plot, tcp

mpl.use("agg")
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

IMAGES = Path(__file__).resolve().parents[1] / "images"
FIVE_BINS = ([3.0, 9.0, 15.0, 30.0, 57.0], [0.5, 0.2, 0.15, 0.1, 0.05])


def large_fractions(ax: Axes) -> None:
    """LQ, LQ-L and USC."""
    d = np.linspace(0.1, 24, 200)
    for model in (models.LQ(10), models.LQL(10, threshold_gy=6.2), models.USC(0.33, d0_gy=1.25, dq_gy=1.8)):
        ax.plot(d, [model.bed_gy(3 * float(x), fractions=3) for x in d], label=model.name)
    ax.set(xlabel="Dose per fraction in Gy", ylabel="BED in Gy", title="Three fractions")
    ax.legend(frameon=False)


def incomplete_repair(ax: Axes) -> None:
    """Thames' factor."""
    hours = np.linspace(1, 24, 100)
    for per_day in (2, 3):
        factor = [
            models.FractionsADay(per_day=per_day, interval_h=float(h), repair_half_life_h=4.4).incomplete_repair_factor
            for h in hours
        ]
        ax.plot(hours, factor, label=f"{per_day} a day")
    ax.set(xlabel="Hours between fractions", ylabel="$H_m$", title="Repair half-life 4.4 h")
    ax.legend(frameon=False)


def decaying_sources(ax: Axes) -> None:
    """BED of yttrium-90 against one acute dose."""
    dose = np.linspace(0, 80, 100)
    for half_life in (1.0, 2.5, 5.0):
        timing = models.Decay(repair_half_life_h=half_life, effective_half_life_h=64.2)
        ax.plot(dose, models.LQ(2.5).bed_gy(dose, timing=timing), label=f"repair {half_life:g} h")
    ax.plot(dose, models.LQ(2.5).bed_gy(dose, fractions=30), "--", label="30 fractions")
    ax.set(xlabel="Absorbed dose in Gy", ylabel="BED in Gy", title="Yttrium-90, alpha/beta 2.5 Gy")
    ax.legend(frameon=False)


def repopulation(ax: Axes) -> None:
    """Draw what regrowth takes away."""
    days = np.linspace(0, 70, 100)
    tumour = models.Repopulation(kickoff_days=28, bed_gy_per_day=0.9)
    ax.plot(days, [tumour.remaining_bed_gy(72.0, overall_days=float(day)) for day in days])
    ax.set(
        xlabel="Overall time in days", ylabel="BED in Gy", title="72 Gy of BED, 0.9 Gy a day from day 28", ylim=(0, 80)
    )


def reductions(ax: Axes) -> None:
    """Draw the gEUD of the five-bin example."""
    exponents = np.concatenate([np.linspace(-10, -0.5, 40), np.linspace(0.5, 20, 80)])
    ax.plot(exponents, [hd.geud_gy(FIVE_BINS, a=float(a)) for a in exponents])
    ax.set(xlabel="a", ylabel="gEUD in Gy", title="The five-bin example")
    twin = ax.twinx()
    n = np.linspace(0.1, 1.5, 60)
    twin.plot(1 / n, [hd.veff(FIVE_BINS, n=float(x), reference_dose_gy=57.0) for x in n], "--", color="tab:orange")
    twin.set_ylabel("effective volume at 57 Gy (dashed, a = 1/n)")


def complication(ax: Axes) -> None:
    """Every NTCP model with numbers for the liver."""
    liver = hd.Dvh.from_samples(*FIVE_BINS, fractions=3)
    common = {"basis": "eqd2", "alpha_beta_gy": 2.5}
    critical = ntcp.CriticalVolumeParameters(d50_gy=41.6, k=1.95, v50=0.497, sigma=0.047, **common)
    serial = ntcp.SerialityParameters(d50_gy=40, gamma=3, s=0.7, **common)
    poisson = ntcp.PoissonParameters(d50_gy=40, gamma=3, a=3, **common)
    logistic = ntcp.LogisticParameters(d50_gy=40, gamma50=3, a=3, **common)
    estimates = [
        ntcp.lkb(liver, parameters="umich-liver-eqd2"),
        ntcp.logistic(liver, parameters=logistic),
        ntcp.poisson(liver, parameters=poisson),
        ntcp.relative_seriality(liver, parameters=serial),
        ntcp.critical_volume(liver, parameters=critical),
    ]
    plot.response(estimates, ax)
    ax.set_title("Complication; points: the five-bin example")


def control(ax: Axes) -> None:
    """Control against BED."""
    bed = np.linspace(20, 200, 100)
    poisson = {"clonogens": 1e7, "alpha_per_gy": 0.25, "alpha_beta_gy": 10}
    curve = [100 * tcp.poisson(([float(x)], [1.0]), **poisson).probability for x in bed]
    ax.plot(bed, curve, label="Poisson, 10$^7$ clonogens, alpha 0.25/Gy")
    ax.plot(bed, [tcp.ohri2021(float(x)).percent for x in bed], label="Ohri 2021, metastases, two years")
    logistic = tcp.LogisticParameters(d50_gy=80, gamma50=1, a=-10, basis="bed", alpha_beta_gy=10)
    curve = [100 * tcp.logistic(([float(x)], [1.0]), parameters=logistic).probability for x in bed]
    ax.plot(bed, curve, label="logistic, D50 80 Gy, gamma50 1")
    ax.set(xlabel="BED in Gy (alpha/beta 10 Gy)", ylabel="Control in %", ylim=(0, 100))
    ax.legend(frameon=False, fontsize="small")


def uncertainty(ax: Axes) -> None:
    """Draw what matters for an NTCP."""
    liver = hd.Dvh.from_samples(*FIVE_BINS, fractions=3)
    known = {
        "td50_gy": hd.Uncertain.interval(39.8, 36.0, 45.0),
        "m": hd.Uncertain.interval(0.12, 0.08, 0.2),
        "n": hd.Uncertain.interval(0.97, 0.69, 1.3),
    }
    found = ntcp.lkb(liver, parameters="dawson2002-primary", uncertain=known)
    plot.tornado(found.tornado, ax, value=found.probability, factor=100, quantity="NTCP in %")
    ax.set_title(f"{found.percent:.1f} %, {100 * found.interval.lower:.1f} to {100 * found.interval.upper:.1f} %")


PLOTS: dict[str, Callable[[Axes], None]] = {
    "large_fractions": large_fractions,
    "incomplete_repair": incomplete_repair,
    "decaying_sources": decaying_sources,
    "repopulation": repopulation,
    "reductions": reductions,
    "complication": complication,
    "control": control,
    "uncertainty": uncertainty,
}


def main() -> None:
    """Draw all."""
    for name, draw in PLOTS.items():
        with mpl.rc_context({"font.family": "DejaVu Sans"}):
            figure, ax = plt.subplots(figsize=(5.2, 3.4), layout="constrained")
            draw(ax)
            figure.savefig(IMAGES / f"model_{name}.png", dpi=80, metadata={"Software": None})
            plt.close(figure)


if __name__ == "__main__":
    main()
