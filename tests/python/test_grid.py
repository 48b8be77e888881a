"""Grids: where voxels lie, by hand; equality, hash, pickle."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import hepadose as hd

SUPINE: dict[str, Any] = {"shape": (3, 4, 5), "spacing_mm": (2, 3, 2.5), "origin_mm": (10, 20, 30)}


def test_voxels_lie_where_they_were_put() -> None:
    grid = hd.Grid(**SUPINE)
    assert grid.shape == (3, 4, 5)
    assert grid.spacing_mm == (2.0, 3.0, 2.5)
    assert grid.origin_mm == (10.0, 20.0, 30.0)
    assert grid.frame_offsets_mm.tolist() == [0.0, 2.5, 5.0]
    # Column 4 is 8 mm along x, row 3 is 9 mm along y, slice 2 is 5 mm along z.
    assert grid.voxel_centre_mm(2, 3, 4) == (18.0, 29.0, 35.0)
    assert np.array_equal(grid.direction, np.eye(3))
    expected = [[2, 0, 0, 10], [0, 3, 0, 20], [0, 0, 2.5, 30], [0, 0, 0, 1]]
    assert np.array_equal(grid.affine, np.array(expected, float))


def test_direction_columns_are_axes_and_frames_may_descend() -> None:
    direction = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], float)
    offsets = [0.0, -1.0, -3.0]
    grid = hd.Grid(**SUPINE, direction=direction, frame_offsets_mm=offsets)
    # x axis of the grid along patient y, y along z, z along x: 4 columns of 2, 3 rows of 3, the frame at -3 mm.
    assert grid.voxel_centre_mm(2, 3, 4) == (10 - 3.0, 20 + 8.0, 30 + 9.0)
    assert np.array_equal(grid.direction, direction)
    assert grid.frame_offsets_mm.tolist() == offsets
    assert grid.spacing_mm == (2.0, 3.0, 1.5)
    assert not grid.is_evenly_spaced
    with pytest.raises(hd.errors.GridError, match="unevenly spaced") as caught:
        _ = grid.affine
    assert caught.value.reason == "no_affine"


def test_affine_there_and_back() -> None:
    turned = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, -1]])
    grid = hd.Grid(**SUPINE, direction=turned)
    again = hd.Grid.from_affine((3, 4, 5), grid.affine)
    for voxel in np.ndindex(3, 4, 5):
        assert again.voxel_centre_mm(*voxel) == pytest.approx(grid.voxel_centre_mm(*voxel), abs=1e-9)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"shape": (0, 1, 1)}, "empty_shape"),
        ({"spacing_mm": (1, 0, 1)}, "spacing"),
        ({"spacing_mm": (1, np.nan, 1)}, "spacing"),
        ({"origin_mm": (0, np.inf, 0)}, "origin"),
        ({"direction": np.ones((3, 3))}, "direction"),
        ({"frame_offsets_mm": [0, 1]}, "frame_count"),
        ({"frame_offsets_mm": [0, 1, 1]}, "frame_order"),
        ({"frame_offsets_mm": [0, 1, np.nan]}, "frame_order"),
    ],
)
def test_refusals_say_why(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(hd.errors.GridError, match=r"must (be|have|increase)") as caught:
        hd.Grid(**(SUPINE | change))
    assert caught.value.reason == reason
    assert isinstance(caught.value, ValueError)


def test_wrong_types() -> None:
    with pytest.raises(TypeError, match="whole number"):
        hd.Grid(**(SUPINE | {"shape": (1.5, 1, 1)}))
    with pytest.raises(ValueError, match="at least 0"):
        hd.Grid(**(SUPINE | {"shape": (-1, 1, 1)}))
    with pytest.raises(ValueError, match="expected a sequence of length 3"):
        hd.Grid(**(SUPINE | {"shape": (1, 1)}))
    with pytest.raises(IndexError, match="outside the grid"):
        hd.Grid(**SUPINE).voxel_centre_mm(3, 0, 0)


@pytest.mark.parametrize(
    "extra",
    [{}, {"frame_offsets_mm": [0.0, -1.0, -3.0]}, {"direction": np.linalg.qr(np.vander((1, 2, 3)).astype(float))[0]}],
)
def test_equality_hash_and_pickle(extra: dict[str, Any]) -> None:
    grid = hd.Grid(**SUPINE, **extra)
    for again in (pickle.loads(pickle.dumps(grid)), copy.copy(grid), copy.deepcopy(grid), hd.Grid(**SUPINE, **extra)):  # noqa: S301
        assert again == grid
        assert hash(again) == hash(grid)
    assert grid != hd.Grid(**(SUPINE | {"origin_mm": (10, 20, 30.5)}), **extra)
    assert grid != "grid"
    minus = hd.Grid(**(SUPINE | {"origin_mm": (0.0, 0.0, 0.0)}))
    plus = hd.Grid(**(SUPINE | {"origin_mm": (-0.0, 0.0, -0.0)}))
    assert minus == plus
    assert hash(minus) == hash(plus)


def test_repr_is_one_line_with_units() -> None:
    text = repr(hd.Grid(**SUPINE))
    assert text == "Grid(shape=(3, 4, 5), spacing_mm=(2.0, 3.0, 2.5), origin_mm=(10.0, 20.0, 30.0))"
    assert eval(text, {"Grid": hd.Grid}) == hd.Grid(**SUPINE)  # noqa: S307
