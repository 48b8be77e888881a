"""DVHs of label maps: every region in one pass, by the definition that counts voxels."""

import numpy as np
import pytest

import hepadose as hd


@pytest.fixture(scope="module")
def case() -> tuple[hd.DoseGrid, np.ndarray]:
    """Make a dose in single precision over many octaves and five regions with a hole in the numbers."""
    random = np.random.default_rng(5)
    grid = hd.Grid(shape=(7, 20, 30), spacing_mm=(2, 3, 4), origin_mm=(0, 0, 0))
    values = (60 * random.random(grid.shape) ** 3).astype(np.float32)
    labels = random.choice([0, 1, 2, 3, 9], size=grid.shape)
    return hd.DoseGrid(values, grid, fractions=5), labels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.int64])
def test_agrees_with_numpy(case: tuple[hd.DoseGrid, np.ndarray], dtype: type) -> None:
    dose, labels = case
    for one in (dose, dose.eqd2(alpha_beta_gy=2.5)):
        found = hd.dvhs_of_labels(one, labels.astype(dtype))
        assert list(found.by_number) == [1, 2, 3, 9]
        values = np.asarray(dose.values_gy, dtype=np.float64)
        if one is not dose:
            values = values * (values / 5 + 2.5) / 4.5
        for number, dvh in found.by_number.items():
            inside = values[labels == number]
            assert dvh.volume_cc == pytest.approx(inside.size * 0.024, rel=1e-12)
            assert dvh.metric("Mean[Gy]").value == pytest.approx(inside.mean(), rel=1e-9)
            assert dvh.metric("Max[Gy]").value == pytest.approx(inside.max(), rel=1e-12)
            for percent in (2, 50, 95):
                hottest = np.sort(inside)[::-1]
                rank = int(np.ceil(percent / 100 * inside.size)) - 1
                assert dvh[f"D{percent}%[Gy]"] == pytest.approx(hottest[rank], rel=2.5e-4, abs=2e-6)


def test_names_prescriptions_and_masks(case: tuple[hd.DoseGrid, np.ndarray]) -> None:
    dose, labels = case
    found = hd.dvhs_of_labels(dose, labels, names={1: "Liver", 4: "not there"}, prescription_gy={1: 30})
    assert list(found) == ["Liver", "2", "3", "9"]
    assert (found["Liver"].number, found["Liver"].prescription_gy, found["2"].prescription_gy) == (1, 30, None)
    mask = hd.dvhs_of_labels(dose, labels == 1, prescription_gy=30).by_number[1]
    assert mask["V50%[cc]"] == found["Liver"]["V50%[cc]"]
    assert len(hd.dvhs_of_labels(dose, np.zeros(dose.grid.shape, np.uint8))) == 0


def test_labels_on_voxels_of_their_own(case: tuple[hd.DoseGrid, np.ndarray]) -> None:
    dose, _ = case
    grid = hd.Grid(shape=(2, 2, 2), spacing_mm=(2, 3, 4), origin_mm=(1, 1.5, 2))
    found = hd.dvhs_of_labels(dose, np.ones(grid.shape, np.uint8), grid)["1"]
    corners = np.asarray(dose.values_gy, dtype=np.float64)[:3, :3, :3]
    expected = [corners[k : k + 2, j : j + 2, i : i + 2].mean() for k in (0, 1) for j in (0, 1) for i in (0, 1)]
    assert found.mean_gy == pytest.approx(np.mean(expected), rel=1e-9)
    with pytest.raises(hd.errors.ShapeError):
        hd.dvhs_of_labels(dose, np.ones(grid.shape, np.uint8))
    with pytest.raises(TypeError, match="whole numbers"):
        hd.dvhs_of_labels(dose, np.ones(dose.grid.shape))
