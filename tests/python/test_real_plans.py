"""Real plans and images, which lie beside the project: what the command prints, what the systems stored."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK

import hepadose as hd

Find = Callable[[str], Path]


def command(*arguments: str | Path, expect: int = 0) -> str:
    """Run the command line and give what it prints."""
    program = Path(sys.executable).parent / "hepadose"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == expect, done.stderr
    return done.stdout


def test_breast_every_roi_is_listed(shared_data: Find) -> None:
    content = json.loads(command("dvh", shared_data("breast-imrt"), "--json"))
    rows = {row["name"]: row for row in content["structures"]}
    assert len(rows) == len(content["structures"]) == 10
    assert [name for name, row in rows.items() if not row["is_solid"]] == ["Areola"]
    assert content["dose"]["scope"] == "total"
    assert content["dose"]["fractions"] == 7
    lung = {metric["name"]: metric["value"] for metric in rows["Lt Lung"]["metrics"]}
    assert 0 < lung["Min[Gy]"] < lung["Mean[Gy]"] < lung["Max[Gy]"]


def test_breast_against_the_dvhs_that_were_stored(shared_data: Find) -> None:
    case = hd.read_case(shared_data("breast-imrt"))
    assert len(case.stored_dvhs) == 9
    found = case.dvhs(end_caps="none", min_covered=0.99)
    compared = 0
    for stored in hd.stored_dvhs(shared_data("breast-imrt") / "rtdose.dcm"):
        assert stored.roi_number is not None
        dvh = found.by_number[stored.roi_number]
        assert stored.statistics_are_percent
        if dvh.volume_cc <= 10 or dvh.name == "BODY":
            continue
        assert stored.implied_prescription_gy == pytest.approx(14.0, rel=0.01)
        assert stored.volume_units == "CM3"
        assert dvh.volume_cc == pytest.approx(stored.volume[0], rel=0.01), dvh.name
        assert stored.mean is not None
        assert dvh.mean_gy == pytest.approx(stored.mean * 14 / 100, rel=0.01), dvh.name
        compared += 1
    assert compared == 5


def test_brain_all_closed_structures_and_the_total_dose(shared_data: Find) -> None:
    content = json.loads(command("dvh", shared_data("brain-srt"), "--json"))
    closed = [row["name"] for row in content["structures"] if row["is_solid"]]
    assert len(closed) == 12
    assert "Normal Brain" in closed
    assert len(content["structures"]) == 18
    assert content["dose"]["scope"] == "total"
    assert content["dose"]["max_gy"] == pytest.approx(35.0, abs=0.1)
    assert content["warnings"] == []
    values = {row["name"]: {m["name"]: m["value"] for m in row["metrics"]} for row in content["structures"]}
    assert values["GTV"]["Mean[Gy]"] == pytest.approx(31.0, abs=0.1)


def test_brain_is_not_evaluable_by_a_liver_protocol(shared_data: Find) -> None:
    text = command("check", shared_data("brain-srt"), "--protocol", "liver-sbrt-5fx", "--json", expect=1)
    report = json.loads(text)
    assert report["verdict"] == "not_evaluable"
    reason = report["results"][0]["reason"]
    for name in ("Liver-GTV not found", "cannot be derived", "no ROI is named Liver"):
        assert name in reason


@pytest.mark.parametrize("name", ["RD.TBB_feet_in_supine.dcm", "rtdose_non_square_pixels.dcm"])
def test_corners_of_odd_grids_lie_where_the_header_says(name: str, shared_data: Find) -> None:
    path = shared_data("rtdose-oddities") / name
    header = pydicom.dcmread(path, force=True)
    row, column = np.array(header.ImageOrientationPatient, float).reshape(2, 3)
    offsets = np.array(header.GridFrameOffsetVector, float)
    row_mm, column_mm = map(float, header.PixelSpacing)
    corner = np.array(header.ImagePositionPatient, float)
    corner += row * column_mm * (header.Columns - 1) + column * row_mm * (header.Rows - 1)
    corner += np.cross(row, column) * (offsets[-1] - offsets[0])
    dose = hd.read_rtdose(path)
    k, j, i = dose.shape
    assert (k, j, i) == (header.NumberOfFrames, header.Rows, header.Columns)
    assert dose.grid.voxel_centre_mm(k - 1, j - 1, i - 1) == pytest.approx(tuple(corner), abs=1e-6)
    assert dose.grid.voxel_centre_mm(0, 0, 0) == pytest.approx(tuple(header.ImagePositionPatient), abs=1e-9)


def test_what_an_odd_dose_does_not_state_is_not_made_up(shared_data: Find) -> None:
    dose = hd.read_rtdose(shared_data("rtdose-oddities") / "rtdose_non_square_pixels.dcm")
    assert dose.kind.quantity == "unstated"
    assert dose.scope == "unstated"
    with pytest.raises(hd.errors.ConversionError):
        dose.with_fractions(5).eqd2(alpha_beta_gy=2.5)


def grid_of(image: Any) -> hd.Grid:
    """Give the grid of an image."""
    return hd.Grid(
        shape=image.GetSize()[::-1],
        spacing_mm=image.GetSpacing(),
        origin_mm=image.GetOrigin(),
        direction=np.array(image.GetDirection()).reshape(3, 3),
    )


def test_y90_lesions_of_a_patient(shared_data: Find) -> None:
    folder = shared_data("y90-pet")
    image = SimpleITK.ReadImage(folder / "patient_1_Y90_PET.nrrd")
    layers: Any = SimpleITK.ReadImage(folder / "patient_1_Segmentation.seg.nrrd")
    activity = hd.y90.ActivityMap(SimpleITK.GetArrayFromImage(image), grid_of(image))
    model = hd.y90.LocalDeposition(density_g_per_ml=1.05, decay_correction_h=0.0)
    factor = 49.80e-6 / 1.05
    means: dict[str, list[float]] = {}
    for layer, name in enumerate(("liver", "lesions")):
        select: Any = SimpleITK.VectorIndexSelectionCast
        labels = select(layers, layer)
        array = SimpleITK.GetArrayFromImage(labels)
        found = hd.y90.lesion_doses(activity, array, grid_of(labels), model=model)
        # The referee: the image resampled onto the labels by SimpleITK, then a plain mean.
        resampled = SimpleITK.GetArrayFromImage(SimpleITK.Resample(image, labels))
        for lesion in found:
            expected = resampled[array == lesion.label].mean() * factor
            assert lesion.mean_gy == pytest.approx(expected, rel=1e-3), (name, lesion.label)
        means[name] = [lesion.mean_gy for lesion in found if lesion.mean_gy is not None]
    assert len(means["liver"]) == 1
    assert 5 < means["liver"][0] < 200
    assert len(means["lesions"]) == 7
    # As an assumption, for the test alone: glass, colorectal metastases, PET.
    setting: dict[str, Any] = {"device": "glass", "disease": "colorectal-metastases", "dosimetry": "y90-pet"}
    for mean in means["lesions"]:
        stratum = hd.y90.response(mean, **setting).stratum
        assert stratum == ("<= 139 Gy" if mean <= 139 else "> 139 to <= 189 Gy" if mean <= 189 else "> 189 Gy")
        with pytest.raises(TypeError):
            hd.y90.response(mean)  # type: ignore[call-arg]
