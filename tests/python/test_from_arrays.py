"""Cases from arrays of a planning system's scripting, and from DICOM objects in memory."""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

import hepadose as hd

BOX: dict[str, Any] = {"corner_mm": (-50.0, -40.0, -30.0), "voxel_size_mm": (5.0, 4.0, 3.0), "counts": (20, 20, 20)}


def test_a_box_is_named_by_its_corner() -> None:
    case = hd.case_from_arrays(np.zeros(8000), **BOX, fractions=5, dose_is="total", unit="Gy")
    assert case.dose is not None
    assert case.dose.shape == (20, 20, 20)
    assert case.dose.grid.origin_mm == (-47.5, -38.0, -28.5)
    assert case.dose.grid.spacing_mm == (5.0, 4.0, 3.0)


def test_x_runs_fastest() -> None:
    line = np.arange(8000.0)
    case = hd.case_from_arrays(line, **BOX, fractions=5, dose_is="total", unit="Gy")
    assert case.dose is not None
    assert case.dose.values_gy[0, 0, 1] == 1
    assert case.dose.values_gy[0, 1, 0] == 20
    assert case.dose.values_gy[1, 0, 0] == 400
    turned = hd.case_from_arrays(
        line.reshape(20, 20, 20),
        **BOX,
        fractions=5,
        dose_is="total",
        unit="Gy",
    )
    assert turned.dose == case.dose


@pytest.mark.parametrize(
    ("value", "dose_is", "unit"), [(15.0, "total", "Gy"), (1500.0, "total", "cGy"), (3.0, "per_fraction", "Gy")]
)
def test_the_dose_is_the_total_in_gray(value: float, dose_is: Any, unit: Any) -> None:
    case = hd.case_from_arrays(
        np.full(8000, value),
        **BOX,
        fractions=5,
        dose_is=dose_is,
        unit=unit,
    )
    assert case.dose is not None
    assert float(case.dose.values_gy.max()) == 15.0
    assert case.fractions == 5


def test_regions_are_measured() -> None:
    half = np.full(1000, 0.5)
    rois = {
        "GTV": hd.VoxelRoi(
            fractions=half, corner_mm=(-10, -10, -10), voxel_size_mm=(2, 2, 2), counts=(10, 10, 10),
            interpreted_type="GTV", colour=(255, 0, 0),
        ),
        "Liver": hd.VoxelRoi(fractions=np.ones(8000, dtype=bool)),
    }  # fmt: skip
    ring = np.array([(0, 0, 0), (20, 0, 0), (20, 20, 0), (0, 20, 0)], dtype=float)
    case = hd.case_from_arrays(
        np.full(8000, 3.0), **BOX, fractions=5, dose_is="per_fraction", unit="Gy", rois=rois,
        contours={"Cord": [ring + np.array([0, 0, z]) for z in (-5, 0, 5)]},
    )  # fmt: skip
    assert case.structures["GTV"].volume_cc() == pytest.approx(4.0)
    assert case.structures["GTV"].interpreted_type == "GTV"
    assert case.structures["Liver"].volume_cc() == pytest.approx(8000 * 0.06)
    assert case.structures["Cord"].volume_cc() == pytest.approx(6.0)
    assert [one.number for one in case.structures.all] == [1, 2, 3]
    assert case.dvhs()["GTV"].mean_gy == pytest.approx(15.0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="20 x 20 x 20 voxels"):
        hd.case_from_arrays(np.zeros(7999), **BOX, fractions=5, dose_is="total", unit="Gy")
    with pytest.raises(ValueError, match="number of fractions"):
        hd.case_from_arrays(np.zeros(8000), **BOX, fractions=None, dose_is="per_fraction", unit="Gy")
    with pytest.raises(ValueError, match="unit must be"):
        hd.case_from_arrays(np.zeros(8000), **BOX, fractions=5, dose_is="total", unit="mGy")  # type: ignore[arg-type]
    roi = hd.VoxelRoi(fractions=np.ones(8), counts=(2, 2, 2))
    with pytest.raises(ValueError, match="together"):
        hd.case_from_arrays(
            np.zeros(8000),
            **BOX,
            fractions=5,
            dose_is="total",
            unit="Gy",
            rois={"A": roi},
        )


def test_datasets_make_the_case_that_files_make(demo_folder: Path) -> None:
    names = ("rtplan.dcm", "rtdose.dcm", "rtstruct.dcm")
    datasets = [pydicom.dcmread(demo_folder / name) for name in names]
    case, read = hd.case_from_datasets(datasets), hd.read_case(demo_folder)
    assert case.dose == read.dose
    assert case.structures == read.structures
    assert case.plan == read.plan
    both = [hd.check(one, "liver-sbrt-5fx").results for one in (case, read)]
    assert both[0] == both[1]


def test_nothing_is_an_error() -> None:
    with pytest.raises(hd.errors.NothingFoundError):
        hd.case_from_datasets([])
