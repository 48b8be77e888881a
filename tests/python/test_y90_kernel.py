"""Voxel kernel: published S values, energy, edges, densities, and scipy's convolution as a referee."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.signal import fftconvolve

import hepadose as hd
from hepadose import y90

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "golden" / "y90_kernel.json").read_text(encoding="utf-8")
)


def at(array: Any, key: str) -> float:
    """Value at an offset written as s012."""
    offset = [n // 2 + int(digit) for n, digit in zip(array.shape, key[1:], strict=True)]
    return float(array[tuple(offset)])


@pytest.mark.parametrize("row", [row for row in GOLDEN["lanconelli"] if row["side_mm"] <= 6], ids=str)
def test_lanconelli_2012(row: dict[str, float]) -> None:
    side = row["side_mm"]
    values = y90.kernel(
        spacing_mm=(side, side, side), density_g_per_ml=GOLDEN["lanconelli_density_g_per_ml"]
    ).s_values_mgy_per_mbq_s
    for key, tolerance in GOLDEN["relative"].items():
        if key != "s002" or side <= 3.6:
            assert at(values, key) == pytest.approx(row[key], rel=tolerance)


@pytest.mark.parametrize("case", GOLDEN["self"] + GOLDEN["shares"], ids=lambda case: case["id"])
def test_other_kernels(case: dict[str, Any]) -> None:
    made = y90.kernel(spacing_mm=tuple(case["spacing_mm"]), density_g_per_ml=case["density_g_per_ml"])
    for key in ("f000", "f001", "f100", "s000"):
        if key in case:
            array = made.fractions if key[0] == "f" else made.s_values_mgy_per_mbq_s
            assert at(array, key) == pytest.approx(case[key], rel=case["rel"])


def test_energy_and_symmetry() -> None:
    made = y90.kernel(spacing_mm=(2.3, 3.1, 4.2), density_g_per_ml=1.04)
    assert made.fractions.sum() == pytest.approx(1.0, abs=1e-12)
    for axis in range(3):
        assert np.array_equal(made.fractions, np.flip(made.fractions, axis))
    mev = made.s_values_mgy_per_mbq_s.sum() * 1e-9 * made.voxel_mass_kg / 1.602176634e-13
    assert mev / (1 - made.deficit_fraction) == pytest.approx(0.9336, rel=1e-3)
    assert made.deficit_fraction == pytest.approx(0.004, abs=6e-4)
    assert "2.3 x 3.1 x 4.2 mm" in repr(made)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scipy_convolves_the_same(dtype: type[Any]) -> None:
    grid = hd.Grid(shape=(21, 30, 25), spacing_mm=(2.5, 3.0, 4.0), origin_mm=(0, 0, 0))
    activity = np.random.default_rng(5).gamma(0.3, 1e6, grid.shape).astype(dtype)
    made = y90.kernel(spacing_mm=grid.spacing_mm, density_g_per_ml=1.05)
    image = y90.ActivityMap(activity, grid)
    spread = y90.absorbed_dose(image, density_g_per_ml=1.05, method="kernel", kernel=made)
    local = y90.absorbed_dose(image, density_g_per_ml=1.05)
    expected = fftconvolve(local.values_gy.astype(float), made.fractions, mode="same")
    assert spread.values_gy.dtype == dtype
    tolerance = (1e-6 if dtype == np.float32 else 1e-12) * expected.max()
    assert np.abs(spread.values_gy - expected).max() <= 2 * tolerance
    settings = dict(spread.provenance["settings"])  # type: ignore[index]
    assert settings["method"] == "kernel"
    escaped = 1 - expected.sum() / local.values_gy.sum(dtype=float)
    assert float(settings["escaped_fraction"]) == pytest.approx(escaped, rel=1e-3)
    assert any("leaves the image" in warning for warning in spread.warnings)
    # The kernel keeps its plans: again the same bits.
    again = y90.absorbed_dose(image, density_g_per_ml=1.05, method="kernel", kernel=made)
    assert np.array_equal(again.values_gy, spread.values_gy)


def test_uniform_region_is_local_deposition_inside() -> None:
    grid = hd.Grid(shape=(24, 24, 24), spacing_mm=(3, 3, 3), origin_mm=(0, 0, 0))
    activity = np.zeros(grid.shape, np.float32)
    activity[4:20, 4:20, 4:20] = 2e6
    image = y90.ActivityMap(activity, grid)
    local = y90.absorbed_dose(image, density_g_per_ml=1.05).values_gy
    spread = y90.absorbed_dose(image, density_g_per_ml=1.05, method="kernel").values_gy
    assert spread[12, 12, 12] == pytest.approx(local[12, 12, 12], rel=1e-3)
    assert spread[4, 12, 12] < 0.85 * local[4, 12, 12]
    assert spread.sum(dtype=float) == pytest.approx(local.sum(dtype=float), rel=1e-4)


def test_density_of_each_voxel() -> None:
    grid = hd.Grid(shape=(8, 8, 8), spacing_mm=(4, 4, 4), origin_mm=(0, 0, 0))
    image = y90.ActivityMap(np.full(grid.shape, 1e6), grid)
    hounsfield = np.full(grid.shape, 50.0)
    hounsfield[0] = -700.0
    density = y90.density_from_hounsfield(hounsfield)
    dose = y90.absorbed_dose(image, density_g_per_ml=density)
    assert dose.values_gy[1, 0, 0] == pytest.approx(49.80 / 1.05)
    assert dose.values_gy[0, 0, 0] == pytest.approx(49.80 / 0.3)
    one = y90.absorbed_dose(image, density_g_per_ml=1.05, method="kernel")
    each = y90.absorbed_dose(image, density_g_per_ml=density, method="kernel")
    assert each.values_gy[0] == pytest.approx(one.values_gy[0] * 1.05 / 0.3)
    assert dict(each.provenance["settings"])["density_g_per_ml"] == "of each voxel"  # type: ignore[index]
    curve = y90.density_from_hounsfield([-1000.0, 0.0, 500.0], points=[(-1000, 0.2), (0, 1.0), (1000, 1.6)])
    assert curve.tolist() == pytest.approx([0.2, 1.0, 1.3])
    with pytest.raises(hd.errors.ShapeError):
        y90.absorbed_dose(image, density_g_per_ml=density[:4])
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.absorbed_dose(image, density_g_per_ml=np.zeros(grid.shape))


def test_refusals() -> None:
    grid = hd.Grid(shape=(4, 4, 4), spacing_mm=(4, 4, 4), origin_mm=(0, 0, 0))
    image = y90.ActivityMap(np.full(grid.shape, 1e6), grid)
    other = y90.kernel(spacing_mm=(3, 3, 3), density_g_per_ml=1.05)
    with pytest.raises(hd.errors.ImageError, match="make the kernel for the image's spacing"):
        y90.absorbed_dose(image, density_g_per_ml=1.05, method="kernel", kernel=other)
    water = y90.kernel(spacing_mm=(4, 4, 4), density_g_per_ml=1.0)
    with pytest.raises(hd.errors.ImageError, match="same density"):
        y90.absorbed_dose(image, density_g_per_ml=1.05, method="kernel", kernel=water)
    with pytest.raises(ValueError, match="local deposition has none"):
        y90.absorbed_dose(image, density_g_per_ml=1.05, kernel=water)
    with pytest.raises(hd.errors.NonPhysicalError, match=r"at least 0\.2"):
        y90.kernel(spacing_mm=(0.1, 1, 1), density_g_per_ml=1.0)
