"""A check inside a planning system: arrays as its scripting gives them, without the system.

The functions `recorded_dose` and `recorded_liver` stand for what RayStation's scripting returns: dose of the whole
treatment in cGy as one line in which x runs fastest, and voxel fractions of regions of interest. Inside the system only
these two change.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import hepadose as hd

CORNER_CM = (-12.0, -12.0, -9.0)
VOXEL_CM = (0.3, 0.3, 0.3)
COUNTS = (80, 80, 60)


def recorded_dose() -> NDArray[np.float32]:
    """Give a dose in cGy as one line: 50 Gy around the middle, falling over some centimetres."""
    z, y, x = np.indices(COUNTS[::-1])
    distance_cm = 0.3 * np.sqrt((x - 40.0) ** 2 + (y - 40.0) ** 2 + (z - 30.0) ** 2)
    dose = 5000 / (1 + np.exp((distance_cm - 2.5) / 0.5))
    return np.asarray(dose, dtype=np.float32).ravel()


def recorded_liver() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give voxel fractions of a liver and of the target in it, on the dose grid."""
    z, y, x = np.indices(COUNTS[::-1])
    liver = ((x - 34) / 34) ** 2 + ((y - 40) / 32) ** 2 + ((z - 30) / 26) ** 2 <= 1
    target = (x - 40) ** 2 + (y - 40) ** 2 + (z - 30) ** 2 <= 6**2
    return liver.astype(float).ravel(), target.astype(float).ravel()


def main() -> None:
    """Check the recorded plan and write its report."""
    liver, target = recorded_liver()
    case = hd.case_from_arrays(
        recorded_dose(),
        corner_mm=[10 * one for one in CORNER_CM],
        voxel_size_mm=[10 * one for one in VOXEL_CM],
        counts=COUNTS,
        fractions=5,
        dose_is="total",
        unit="cGy",
        rois={
            "Liver": hd.VoxelRoi(fractions=liver, interpreted_type="ORGAN"),
            "GTV": hd.VoxelRoi(fractions=target, interpreted_type="GTV"),
        },
    )
    report = hd.check(case, "liver-sbrt-5fx", prescription_gy=50)
    for goal in report.results:
        print(f"{goal.title}: {goal.verdict}")
    report.to_html(Path("report.html"))
    print("verdict:", report.verdict)


if __name__ == "__main__":
    main()
