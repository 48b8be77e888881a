"""Images of activity: DICOM PET and NM, units told apart, calibrations, bad input, real images end to end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, generate_uid

import hepadose as hd
from hepadose import y90

GLASS: dict[str, Any] = {"device": "glass", "disease": "colorectal-metastases", "dosimetry": "y90-pet"}


def slice_file(path: Path, z: float, stored: Any, **change: Any) -> None:
    """Write one slice of a PET series."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = pydicom.uid.PositronEmissionTomographyImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    syntax = change.pop("syntax", ExplicitVRLittleEndian)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.Modality, made.Units, made.DecayCorrection = "PT", "BQML", "START"
    made.SeriesInstanceUID, made.FrameOfReferenceUID = "1.2.3", "1.2.4"
    made.SeriesDate, made.SeriesTime = "20240302", "090000"
    made.AcquisitionDate, made.AcquisitionTime = "20240302", "090000"
    made.PatientWeight = 70
    drug = Dataset()
    drug.RadiopharmaceuticalStartDateTime = "20240301130000"
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = 1.4e9, 64.1 * 3600
    made.RadiopharmaceuticalInformationSequence = [drug]
    made.Rows, made.Columns = stored.shape
    made.PixelSpacing, made.SliceThickness = [3, 2], 4
    made.ImageOrientationPatient, made.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [10, 20, z]
    made.RescaleSlope, made.RescaleIntercept = 2.5 + z, 0
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation, made.SamplesPerPixel = 15, 1, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = stored.astype(np.int16).tobytes()
    for name, value in change.items():
        if value is None:
            delattr(made, name)
        else:
            setattr(made, name, value)
    if syntax == RLELossless:
        made.compress(RLELossless)
    made.save_as(path, enforce_file_format=True)


def series(folder: Path, **change: Any) -> Any:
    """Write three slices, last first."""
    stored = np.arange(-2, 4).reshape(2, 3)
    for number, z in enumerate((8.0, 0.0, 4.0)):
        slice_file(folder / f"{number}.dcm", z, stored + int(z), **change)
    return np.stack([(stored + z) * (2.5 + z) for z in (0, 4, 8)])


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_pet_series(tmp_path: Path, syntax: str) -> None:
    expected = series(tmp_path, syntax=syntax)
    image = y90.read_image(tmp_path)
    assert image.values == pytest.approx(expected)
    assert image.unit == "becquerel_per_ml"
    assert image.grid == hd.Grid(shape=(3, 2, 3), spacing_mm=(2, 3, 4), origin_mm=(10, 20, 0))
    assert image.decay_correction_h == pytest.approx(20.0)
    assert image.frame_of_reference == "1.2.4"
    made = y90.absolute_calibration(image)
    assert made.factor == pytest.approx(1.2414, abs=5e-5)
    assert image.activity_map().frame_of_reference == "1.2.4"


def test_decay_correction_tags(tmp_path: Path) -> None:
    series(tmp_path, DecayCorrection="ADMIN")
    assert y90.read_image(tmp_path).decay_correction_h == 0
    series(tmp_path, DecayCorrection="NONE", AcquisitionTime="110000")
    image = y90.read_image(tmp_path)
    assert image.decay_correction_h == pytest.approx(22)
    assert any("not corrected for decay" in one for one in image.warnings)
    series(tmp_path, SeriesTime="230000")  # a derived series, dated later
    assert y90.read_image(tmp_path).decay_correction_h == pytest.approx(20)


def test_suv_is_converted_or_refused(tmp_path: Path) -> None:
    expected = series(tmp_path, Units="GML", SUVType="BW")
    image = y90.read_image(tmp_path)
    assert image.from_suv
    assert image.values == pytest.approx(expected * 1.4e9 * 2 ** (-20 / 64.1) / 70e3, rel=1e-5)
    series(tmp_path, Units="GML", PatientWeight=None)
    with pytest.raises(hd.errors.DicomError, match="no body weight is stated"):
        y90.read_image(tmp_path)
    series(tmp_path, Units="GML", SUVType="LBM")
    with pytest.raises(hd.errors.DicomError, match="not by body weight"):
        y90.read_image(tmp_path)
    series(tmp_path, Units="KCPS")
    with pytest.raises(hd.errors.DicomError, match="KCPS"):
        y90.read_image(tmp_path)


def test_counts_are_no_activity(tmp_path: Path) -> None:
    series(tmp_path, Units="CNTS")
    image = y90.read_image(tmp_path)
    assert image.unit == "counts"
    with pytest.raises(hd.errors.CalibrationError, match="holds counts, not Bq/mL"):
        image.activity_map()
    with pytest.raises(hd.errors.CalibrationError, match="relative calibration"):
        y90.absolute_calibration(image)
    with pytest.raises(hd.errors.CalibrationError, match="unit= says becquerel_per_ml"):
        y90.read_image(tmp_path, unit="becquerel_per_ml")


def test_mixed_series_are_refused(tmp_path: Path) -> None:
    series(tmp_path)
    stored = np.zeros((2, 3))
    slice_file(tmp_path / "9.dcm", 12.0, stored, Units="CNTS")
    with pytest.raises(hd.errors.DicomError, match="do not make one volume"):
        y90.read_image(tmp_path)
    slice_file(tmp_path / "9.dcm", 4.0, stored)
    with pytest.raises(hd.errors.DicomError, match="same in two files"):
        y90.read_image(tmp_path)
    slice_file(tmp_path / "9.dcm", 12.0, stored, Modality="CT")
    with pytest.raises(hd.errors.DicomError):
        y90.read_image(tmp_path)


def test_damaged_files_end_in_errors(tmp_path: Path) -> None:
    series(tmp_path)
    whole = (tmp_path / "0.dcm").read_bytes()
    for length in range(0, len(whole), 37):
        (tmp_path / "0.dcm").write_bytes(whole[:length])
        with pytest.raises(hd.errors.DicomError):
            y90.read_image(tmp_path)


def test_apart_in_space_and_empty() -> None:
    grid = hd.Grid(shape=(4, 4, 4), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    away = hd.Grid(shape=(4, 4, 4), spacing_mm=(10, 10, 10), origin_mm=(500, 0, 0))
    image = y90.ActivityMap(np.full(grid.shape, 1e6), grid)
    model = y90.LocalDeposition(density_g_per_ml=1.05)
    mask = np.zeros(grid.shape, np.uint8)
    with pytest.raises(hd.errors.ImageError, match="is empty"):
        y90.lesion_table(image, [y90.Region(name="t", mask=mask, grid=grid)], model=model)
    mask[0, 0, 0] = 1
    (row,) = y90.lesion_table(image, [y90.Region(name="t", mask=mask, grid=away)], model=model, lesions=["t"], **GLASS)
    assert row.lesion.mean_gy is None
    assert "covers 0.00 %" in (row.lesion.reason or "")
    assert row.response is None
    (row,) = y90.lesion_table(image, [y90.Region(name="t", mask=mask, grid=grid)], model=model, **GLASS)
    assert any("partial volume" in one for one in row.lesion.warnings)
    how: dict[str, Any] = {"administered_gbq": 1, "lung_shunt_fraction": 0, "residual_fraction": 0}
    with pytest.raises(hd.errors.CalibrationError, match="no counts in the whole_liver"):
        y90.relative_calibration(image, **how, reference="whole_liver", region=(mask, away))
    with pytest.raises(hd.errors.CalibrationError, match="need their region"):
        y90.relative_calibration(image, **how, reference="perfused_volume")
    with pytest.raises(hd.errors.NonPhysicalError, match="below 1"):
        y90.relative_calibration(image, **(how | {"lung_shunt_fraction": 1.0}), reference="whole_field")


def test_patient_1_end_to_end(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("y90-pet")
    image = y90.read_image(folder / "patient_1_Y90_PET.nrrd", unit="becquerel_per_ml", decay_correction_h=0)
    with pytest.raises(hd.errors.CalibrationError, match="does not say what its values are"):
        y90.read_image(folder / "patient_1_Y90_PET.nrrd")
    regions = y90.read_regions(folder / "patient_1_Segmentation.seg.nrrd")
    names = [one.name for one in regions]
    assert "Liver" in names
    tumours = [name for name in names if name.startswith("Tumor")]
    assert len(tumours) == 6
    administered: dict[str, Any] = {"administered_gbq": 1.4, "lung_shunt_fraction": 0.0, "residual_fraction": 0.0}
    absolute = y90.absolute_calibration(image, **administered)
    relative = y90.relative_calibration(image, **administered, reference="whole_field")
    # The image holds about 1120 MBq of 1400 (the folder's README).
    assert absolute.field_gbq == pytest.approx(1.12, rel=0.02)
    assert absolute.recovery_factor == pytest.approx(absolute.field_gbq / 1.4)
    assert any("differ by that factor" in one for one in absolute.warnings)
    assert relative.field_gbq == pytest.approx(1.4)
    model = y90.LocalDeposition(density_g_per_ml=1.05, decay_correction_h=0.0)
    rows = {
        name: y90.lesion_table(made.activity, regions, model=model, lesions=tumours, **GLASS, prevalence=0.5)
        for name, made in (("absolute", absolute), ("relative", relative))
    }
    assert absolute.recovery_factor is not None
    for one, other in zip(rows["absolute"], rows["relative"], strict=True):
        assert one.lesion.mean_gy is not None
        assert other.lesion.mean_gy == pytest.approx(one.lesion.mean_gy / absolute.recovery_factor, rel=1e-5)
        # A stratum is for lesions: the normal liver has none.
        assert (one.response is not None) == (one.name in tumours)
        assert one.d70_gy is not None
        assert one.v_percent[100.0] is not None
        assert 0 <= one.v_percent[100.0] <= 100
    with pytest.raises(ValueError, match="no region is named 'Tumour 9'"):
        y90.lesion_table(absolute.activity, regions, model=model, lesions=["Tumour 9"])
    # By absolute calibration: 163.3 Gy in the second tumour, 203.6 Gy by relative (recovery factor 0.802).
    found = {row.name: row for row in rows["absolute"]}["Tumor 2"]
    assert found.lesion.mean_gy == pytest.approx(163.3, abs=0.1)
    assert found.response is not None
    assert (found.response.stratum, found.response.probability) == ("> 139 to <= 189 Gy", 0.8)
    with pytest.raises(hd.errors.NoThresholdsError):
        y90.lesion_table(absolute.activity, regions, model=model, **(GLASS | {"device": "resin"}))


def test_patient_2_planning(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("y90-pet")
    image = y90.read_image(folder / "patient_2_SPECT.nrrd", unit="counts")
    regions = {one.name: one for one in y90.read_regions(folder / "patient_2_Segmentation.seg.nrrd")}
    liver = next(one for name, one in regions.items() if "liver" in name.lower())
    tumours = [one for name, one in regions.items() if "tumo" in name.lower() or "lesion" in name.lower()]
    assert tumours
    made = y90.relative_calibration(
        image,
        administered_gbq=1.0,
        lung_shunt_fraction=0.05,
        residual_fraction=0.0,
        reference="whole_liver",
        region=(liver.mask, liver.grid),
    )
    assert any("voxels are negative" in one and "% of the positive sum" in one for one in made.warnings)
    model = y90.LocalDeposition(density_g_per_ml=1.05, decay_correction_h=0.0)
    tumour_mask = np.any([one.mask > 0 for one in tumours], axis=0)
    normal_mask = (liver.mask > 0) & ~tumour_mask
    labels = normal_mask.astype(np.uint8) + 2 * tumour_mask.astype(np.uint8)
    normal, tumour = y90.lesion_doses(made.activity, labels, liver.grid, model=model)
    assert normal.mean_gy is not None
    assert tumour.mean_gy is not None
    tn_ratio = tumour.mean_gy / normal.mean_gy
    masses: dict[str, Any] = {
        "tumour_mass_kg": tumour.volume_cc * 1.05e-3,
        "normal_mass_kg": normal.volume_cc * 1.05e-3,
        "tn_ratio": tn_ratio,
        "lung_shunt_fraction": 0.05,
    }
    activity = y90.partition_activity_gbq(120, **masses)
    assert tn_ratio > 1
    # The partition model and the image agree: mean doses are linear in the activity.
    assert activity * tumour.mean_gy == pytest.approx(120, rel=0.02)
    assert y90.partition(activity, **masses).tumour_gy == pytest.approx(120)


def test_maa_spect_end_to_end(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("maa-spect")
    image = y90.read_image(folder / "nm_maa.dcm")
    assert image.unit == "counts"
    with pytest.raises(hd.errors.CalibrationError, match="counts"):
        image.activity_map()
    raw = pydicom.dcmread(folder / "nm_maa.dcm")
    assert image.values.sum(dtype=float) == raw.pixel_array.sum()
    place = raw.DetectorInformationSequence[0]
    cosines = np.array(place.ImageOrientationPatient, float)
    corner = np.array(place.ImagePositionPatient, float)
    step = float(raw.SpacingBetweenSlices)
    normal = np.cross(cosines[:3], cosines[3:])
    # Slightly oblique: the far corner is where the cosines put it, 5 mm from where an upright grid would.
    far = corner + 127 * step * cosines[:3] + 127 * step * cosines[3:] + 79 * step * normal
    assert image.grid.voxel_centre_mm(79, 127, 127) == pytest.approx(far, abs=0.02)
    upright = corner + np.array([127, 127, 79]) * step
    assert np.linalg.norm(far - upright) > 3
    made = y90.relative_calibration(
        image, administered_gbq=1.0, lung_shunt_fraction=0.0, residual_fraction=0.0, reference="whole_field"
    )
    assert made.recovery_factor is None
    structures = hd.read_rtstruct(folder / "rtstruct.dcm")
    dose = y90.absorbed_dose(made.activity, density_g_per_ml=1.05)
    doses = {name: hd.dvh(dose, structures[name]).mean_gy for name in ("Tumor", "Lung")}
    assert doses["Tumor"] > 5 * doses["Lung"] > 0
    # Gray for each count by hand; on its contour the tumour has 1580 counts on average, at most 8723 anywhere.
    whole = 49.80 / 1.05e-3 * 1.0 / (image.values.sum(dtype=float) * (step / 10) ** 3)
    assert 1580 * whole < doses["Tumor"] < 8723 * whole
