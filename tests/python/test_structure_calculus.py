"""What is calculated with structures: measures, masks, margins, isodoses, coverage, derived ones as RTSTRUCT."""

import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hepadose as hd
from shapes import box, ramp_dose

BOX = ((0.0, 0.0, 0.0), (20.0, 30.0, 10.0))


def test_measures_of_a_box() -> None:
    one = box("Box", *BOX)
    assert one.centroid_mm() == pytest.approx((10, 15, 5))
    low, high = one.bounding_box_mm()
    assert low == pytest.approx((0, 0, 0))
    assert high == pytest.approx((20, 30, 10))
    assert one.largest_diameter_mm() == pytest.approx(math.sqrt(400 + 900 + 100), rel=1e-12)
    assert one.in_plane_diameter_mm() == pytest.approx(math.sqrt(1300), rel=1e-12)
    assert one.surface_area_mm2() == pytest.approx(2 * (600 + 200 + 300), rel=1e-12)
    assert one.part_count() == 1
    other = box("Other", (26, 38, 0), (30, 40, 10))
    assert one.distance_mm(other) == pytest.approx(10, rel=1e-9)
    assert (one | other).part_count() == 2
    # The end planes lie half a millimetre inside the ends.
    assert one.bounding_box_mm(end_caps="none")[0][2] == pytest.approx(0.5)


def test_what_takes_no_space_has_no_place() -> None:
    empty = hd.Structure.from_contours("Empty", [])
    for measure in (empty.centroid_mm, empty.bounding_box_mm, empty.largest_diameter_mm, empty.in_plane_diameter_mm):
        with pytest.raises(hd.errors.StructureError, match="takes up no space"):
            measure()
    with pytest.raises(hd.errors.StructureError, match="no distance"):
        empty.distance_mm(box("Box", *BOX))
    assert (empty.part_count(), empty.surface_area_mm2()) == (0, 0.0)
    assert not empty.expand(5).is_solid


def test_mask_of_fractions_against_a_slow_twin() -> None:
    grid = hd.Grid(shape=(7, 9, 11), spacing_mm=(3.1, 4.3, 2.7), origin_mm=(-4, -3, -5))
    mask = box("Box", *BOX).to_mask(grid)
    assert mask.dtype == np.float64

    def overlap(n: int, step: float, origin: float, high: float) -> NDArray[Any]:
        low_edges = origin + (np.arange(n) - 0.5) * step
        shared: NDArray[Any] = np.minimum(low_edges + step, high) - np.maximum(low_edges, 0)
        return shared.clip(0) / step

    x, y, z = overlap(11, 3.1, -4, 20), overlap(9, 4.3, -3, 30), overlap(7, 2.7, -5, 10)
    np.testing.assert_allclose(mask, z[:, None, None] * y[:, None] * x, atol=1e-12)
    inside = box("Box", *BOX).to_mask(grid, threshold=0.5)
    assert inside.dtype == np.bool_
    np.testing.assert_array_equal(inside, mask >= 0.5)
    again = hd.Structure.from_mask("m", mask, grid)
    assert again.volume_cc() == pytest.approx(mask.sum() * 3.1 * 4.3 * 2.7 / 1000, rel=1e-6)
    with pytest.raises(hd.errors.NonPhysicalError, match="threshold"):
        box("Box", *BOX).to_mask(grid, threshold=2)


def test_margins() -> None:
    one = box("GTV", *BOX, frame_of_reference="1.2.3", number=4, interpreted_type="GTV", colour=(1, 2, 3))
    r = 5.0
    steiner = 6000 + 2200 * r + math.pi * 60 * r**2 + 4 / 3 * math.pi * r**3
    grown = one.expand(r)
    assert grown.volume_cc() == pytest.approx(steiner / 1000, rel=1e-3)
    assert (grown.name, grown.number, grown.interpreted_type) == ("GTV+5mm", None, None)
    assert (grown.frame_of_reference, grown.colour) == ("1.2.3", (1, 2, 3))
    assert one.shrink(3).volume_cc() == pytest.approx(14 * 24 * 4 / 1000, rel=2e-3)
    assert not one.shrink(5).is_solid
    up = one.expand(0, superior_mm=8, left_mm=4)
    low, high = up.bounding_box_mm()
    assert low == pytest.approx((0, 0, 0), abs=0.01)
    assert high == pytest.approx((24, 30, 18), abs=0.01)
    shell = one.ring(0, r)
    assert shell.volume_cc() == pytest.approx(grown.volume_cc() - one.volume_cc(), rel=1e-6)
    assert pickle.loads(pickle.dumps(grown)) == grown  # noqa: S301
    for wrong in (-1, float("nan"), 501):
        with pytest.raises(hd.errors.NonPhysicalError, match="margin in mm"):
            one.expand(wrong)
    with pytest.raises(hd.errors.NonPhysicalError, match="inner distance"):
        one.ring(5, 2)


def test_isodose() -> None:
    # 1 Gy for each mm of x from 0; constant beyond the last voxel centre at 50 mm.
    dose = ramp_dose()
    assert dose.isodose(20.5).volume_cc() == pytest.approx((51 - 20.5) * 62 * 62 / 1000, rel=1e-9)
    # 20.5 Gy in 5 fractions: EQD2 = D (D/5 + 3) / (2 + 3).
    eqd2 = dose.eqd2(alpha_beta_gy=3)
    same = eqd2.isodose(20.5 * (20.5 / 5 + 3) / 5)
    assert same.volume_cc() == pytest.approx(dose.isodose(20.5).volume_cc(), rel=1e-9)
    assert same.interpreted_type == "DOSE_REGION"
    assert not dose.isodose(60).is_solid
    with pytest.raises(hd.errors.NonPhysicalError, match="isodose level"):
        dose.isodose(0)
    # The coldest tissue within it has that dose.
    part = dose.isodose(20.5) & box("Part", (0, 0, 0), (40, 40, 40))
    assert hd.dvh(dose, part).min_gy == pytest.approx(20.5, abs=0.01)


def test_coverage_of_a_margin() -> None:
    tumour = box("Tumour", (-10, -10, -10), (10, 10, 10))
    zone = box("Ablation", (-15, -16, -17), (15, 16, 17))
    found = hd.margin_coverage(tumour, zone, 5)
    assert found.shell_fraction == pytest.approx(1, abs=1e-3)
    assert found.least_margin_mm == pytest.approx(5, abs=1e-6)
    assert found.tumour_cc == pytest.approx(8)
    # With the organ clipped flat at the tumour's face at x = 10, half of the margin there does not count.
    liver = box("Liver", (-60, -60, -60), (10, 60, 60))
    shifted = box("Ablation", (-17, -17, -17), (10, 17, 17))
    plain, clipped = hd.margin_coverage(tumour, shifted, 6), hd.margin_coverage(tumour, shifted, 6, within=liver)
    assert plain.shell_fraction is not None
    assert plain.shell_fraction < 0.9
    assert plain.least_margin_mm == 0
    assert clipped.shell_fraction == pytest.approx(1, abs=1e-3)
    assert clipped.least_margin_mm == pytest.approx(7, abs=1e-6)
    assert clipped.clipped_cc + clipped.shell_cc == pytest.approx(plain.shell_cc, rel=1e-6)
    assert str(hd.margin_coverage(tumour, zone, 5, within=tumour)).endswith("least margin none untreated")
    assert clipped.to_dict()["clipped_cc"] == clipped.clipped_cc
    with pytest.raises(hd.errors.FrameOfReferenceError):
        hd.margin_coverage(box("a", *BOX, frame_of_reference="1"), box("b", *BOX, frame_of_reference="2"), 5)


def test_derived_structures_go_back_as_rtstruct(tmp_path: Path) -> None:
    liver = box("Liver", (0, 0, 0), (40, 40, 30), frame_of_reference="1.2.3")
    gtv = box("GTV", (10, 10, 5), (20, 25, 15), frame_of_reference="1.2.3")
    grid = hd.Grid(shape=(4, 5, 6), spacing_mm=(2, 3, 5), origin_mm=(0, 0, 0))
    voxels = np.indices(grid.shape).sum(axis=0) % 3 > 0
    mask = hd.Structure.from_mask("Mask", voxels, grid, frame_of_reference="1.2.3", interpreted_type="CONTROL")
    derived = [liver - gtv, (gtv.expand(4) & liver).renamed("PTV"), gtv.expand(3).to_contours(like=gtv), mask]
    path = tmp_path / "derived.dcm"
    hd.write_rtstruct(derived, path)
    back = hd.read_rtstruct(path)
    assert list(back) == ["Liver-GTV", "PTV", "GTV+3mm", "Mask"]
    for one in derived:
        again = back[one.name]
        assert again.volume_cc() == pytest.approx(one.volume_cc(), rel=5e-3 if one.name == "PTV" else 1e-6)
        assert again.frame_of_reference == "1.2.3"
    # The planes of the original, continued.
    heights = {round(float(ring[0, 2]), 6) for ring in back["GTV+3mm"].contours}
    assert heights == {2.5 + k for k in range(16)}


def test_contours_of_masks_and_combinations() -> None:
    liver, gtv = box("Liver", (0, 0, 0), (40, 40, 30)), box("GTV", (10, 10, 5), (20, 25, 15))
    rest = (liver - gtv).to_contours()
    assert rest.volume_cc() == pytest.approx((liver - gtv).volume_cc(), rel=1e-9)
    assert len(rest.contours) == 30 + 10
    assert liver.to_contours() == liver


def test_real_structures(shared_data: Callable[[str], Path]) -> None:
    case = hd.read_case(shared_data("brain-srt"))
    assert case.dose is not None
    solid = [one for one in case.structures.values() if one.is_solid]
    for one in solid:
        mask = one.to_mask(case.dose.grid)
        voxel = math.prod(case.dose.grid.spacing_mm) / 1000
        covered = hd.dvh(case.dose, one).covered_cc
        assert mask.sum() * voxel == pytest.approx(covered, rel=1e-5)
        (x0, y0, z0), (x1, y1, z1) = one.bounding_box_mm()
        diameter = one.largest_diameter_mm()
        assert max(x1 - x0, y1 - y0, z1 - z0) - 1e-9 <= diameter <= math.dist((x0, y0, z0), (x1, y1, z1)) + 1e-9
        assert one.in_plane_diameter_mm() <= diameter
        grown = one.expand(3)
        assert grown.volume_cc() > one.volume_cc()
        assert (one - grown).volume_cc() <= 1e-3 * one.volume_cc() + 1e-3
