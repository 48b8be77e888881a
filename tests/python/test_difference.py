"""Two readings of one plan: each way of counting is put in by hand and has to be found again."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import hepadose as hd
from hepadose._difference import METRICS
from hepadose._dvh import EndCaps

GRID = hd.Grid(shape=(24, 30, 30), spacing_mm=(3, 3, 3), origin_mm=(0, 0, 0))


def dose() -> hd.DoseGrid:
    """Make a dose that falls from 60 Gy in the middle by 1 Gy a millimetre."""
    k, j, i = np.indices(GRID.shape) * 3.0
    away = np.sqrt((i - 45) ** 2 + (j - 45) ** 2 + (k - 36) ** 2)
    return hd.DoseGrid(np.maximum(60 - away, 0), GRID)


def box() -> hd.Structure:
    """Draw a box of 30 x 36 mm on six planes 3 mm apart."""
    ring = [(31.0, 27.0), (61.0, 27.0), (61.0, 63.0), (31.0, 63.0)]
    return hd.Structure.from_contours(
        "box", [[(x, y, z) for x, y in ring] for z in np.arange(28.0, 46.0, 3.0)], number=4
    )


def sums_up(found: hd.DvhDifference) -> None:
    """Check that the steps lead from ours to theirs."""
    for name in METRICS:
        changed = sum(step.changes[name] for step in found.steps)
        assert found.ours[name] + changed == pytest.approx(found.theirs[name], abs=1e-9), name


def test_the_same_reading_has_no_difference() -> None:
    found = hd.dvh_difference(dose(), box(), hd.dvh(dose(), box()))
    sums_up(found)
    assert [step.cause for step in found.steps] == ["end_caps", "volume", "dose_sampling", "binning", "rest"]
    for step in found.steps:
        assert all(abs(change) < 1e-9 for change in step.changes.values()), step
    ours = hd.dvh(dose(), box())
    for name in METRICS:
        assert found.ours[name] == pytest.approx(ours[name], rel=2e-3), name


def test_curves_of_other_kinds_of_dose_are_not_compared() -> None:
    """EQD2 is in Gy as well: its difference from physical dose is no way of counting."""
    physical = hd.DoseGrid(dose().values_gy, GRID, fractions=5)
    eqd2, other = physical.eqd2(alpha_beta_gy=3), physical.eqd2(alpha_beta_gy=10)
    for ours, theirs in ((physical, eqd2), (eqd2, physical), (eqd2, other)):
        with pytest.raises(hd.errors.KindMismatchError, match="compare curves of one kind") as caught:
            hd.dvh_difference(ours, box(), hd.dvh(theirs, box()))
        assert (caught.value.kind, caught.value.other) == (ours.kind, theirs.kind)
    assert hd.dvh_difference(eqd2, box(), hd.dvh(eqd2, box())).structure == "box"


@pytest.mark.parametrize("caps", ["none", "rounded"])
def test_end_caps_are_recognised(caps: EndCaps) -> None:
    theirs = hd.dvh(dose(), box(), end_caps=caps)
    found = hd.dvh_difference(dose(), box(), theirs)
    sums_up(found)
    step = found.of("end_caps")
    assert step.text == f"{caps} instead of half_slice"
    assert step.changes["Volume[cc]"] == pytest.approx(theirs.volume_cc - hd.dvh(dose(), box()).volume_cc, rel=1e-9)
    for cause in ("volume", "dose_sampling", "binning", "rest"):
        assert all(abs(change) < 1e-6 for change in found.of(cause).changes.values()), cause


def test_a_volume_that_no_end_caps_explain_stays_volume() -> None:
    curve = hd.dvh(dose(), box()).curve()
    found = hd.dvh_difference(dose(), box(), hd.DvhCurve(curve.dose_gy, 1.02 * curve.volume_cc))
    sums_up(found)
    assert found.of("end_caps").text == "half_slice as here"
    assert found.of("volume").changes["Volume[cc]"] == pytest.approx(0.02 * found.ours["Volume[cc]"], rel=1e-6)
    assert found.of("volume").changes["Mean[Gy]"] == pytest.approx(0, abs=1e-9)
    assert found.of("volume").text.startswith("+2.00 % of volume")


def test_one_dose_for_each_voxel_is_recognised() -> None:
    # Their reading by hand: voxels of 3 mm, the covered part of each at the dose of its centre.
    fractions = box().to_mask(GRID)
    values, volume = np.asarray(dose().values_gy)[fractions > 0], 0.027 * fractions[fractions > 0]
    theirs = hd.Dvh.from_samples(values, volume)
    found = hd.dvh_difference(dose(), box(), theirs)
    sums_up(found)
    assert "one dose for each voxel" in found.of("dose_sampling").text
    assert abs(found.of("rest").changes["D2%[Gy]"]) < 1e-6
    assert abs(found.of("rest").changes["Mean[Gy]"]) < 1e-6
    exact = hd.dvh(dose(), box())
    assert found.of("dose_sampling").changes["D98%[Gy]"] == pytest.approx(theirs["D98%"] - exact["D98%"], abs=0.1)


def test_coarse_bins_are_recognised() -> None:
    ours = hd.dvh(dose(), box())
    edges = np.arange(0, 64, 4.0)
    volume = np.asarray(ours.volume_at_dose_cc(edges))
    found = hd.dvh_difference(dose(), box(), hd.DvhCurve(edges, volume))
    sums_up(found)
    assert found.of("binning").text == "read at 16 doses, straight between them"
    # A chord under a falling curve that bends: D98% in a bin of 4 Gy is off by more than a tenth.
    assert abs(found.of("binning").changes["D2%[Gy]"]) > 0.1
    assert all(abs(change) < 1e-6 for change in found.of("rest").changes.values())


def test_what_cannot_be_compared_is_refused() -> None:
    outside = hd.Structure.from_contours("far", [[(500, 500, z), (510, 500, z), (510, 510, z)] for z in (0.0, 3.0)])
    with pytest.raises(ValueError, match="'far' has no volume inside the dose grid"):
        hd.dvh_difference(dose(), outside, hd.dvh(dose(), box()))


def test_a_real_plan_against_what_its_system_stored(shared_data: Callable[[str], Path]) -> None:
    case = hd.read_case(shared_data("breast-imrt"))
    assert case.dose is not None
    found = hd.stored_differences(case.dose, case.structures.all, case.stored_dvhs)
    assert len(found) >= 5
    for one in found:
        sums_up(one)
    by_name = {one.structure: one for one in found}
    breast = by_name["Breast"]
    # That system ends structures at their end planes: half a slice at both ends is 1 % of the breast.
    assert breast.of("end_caps").text == "none instead of half_slice"
    assert breast.of("end_caps").changes["Volume[cc]"] == pytest.approx(-4, abs=1)
    assert abs(breast.of("volume").changes["Volume[cc]"]) < 0.002 * breast.theirs["Volume[cc]"]
    assert abs(breast.of("rest").changes["Mean[Gy]"]) < 0.01 * breast.theirs["Mean[Gy]"]
