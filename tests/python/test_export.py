"""EQD2 and BED for other systems: RTDOSE that says what it is, images, xarray."""

from copy import deepcopy
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

import hepadose as hd
from hepadose import errors, models

sitk: Any = import_module("SimpleITK")


@pytest.fixture
def dose() -> hd.DoseGrid:
    grid = hd.Grid(shape=(12, 14, 16), spacing_mm=(3.0, 3.0, 4.0), origin_mm=(-20.0, -15.0, -30.0))
    k, j, i = np.indices(grid.shape)
    values = 30 * np.exp(-((k - 6) ** 2 + (j - 7) ** 2 + (i - 8) ** 2) / 30)
    return hd.DoseGrid(values, grid, fractions=5)


def by_hand(values: NDArray[np.float64], grid: hd.Grid) -> bytes:
    """Make an RTDOSE with numpy and pydicom alone."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.2")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.Modality = "RTDOSE"
    dataset.FrameOfReferenceUID = generate_uid()
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = grid.shape
    dataset.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[0]]
    dataset.ImagePositionPatient = list(grid.origin_mm)
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.GridFrameOffsetVector = [float(offset) for offset in grid.frame_offsets_mm]
    dataset.FrameIncrementPointer = 0x3004000C
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 32, 32, 31
    dataset.DoseUnits, dataset.DoseType, dataset.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    scaling = float(f"{values.max() / (2**32 - 1):.10e}") * (1 + 1e-9)
    dataset.DoseGridScaling = f"{scaling:.10e}"
    stored = np.round(values / float(dataset.DoseGridScaling)).astype("<u4")
    dataset.PixelData = stored.tobytes()
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def test_every_voxel_within_half_a_step_and_read_back_as_what_it_is(dose: hd.DoseGrid, tmp_path: Path) -> None:
    eqd2 = dose.eqd2(alpha_beta_gy=2.5)
    hd.write_rtdose(eqd2, tmp_path / "eqd2.dcm")
    dataset = pydicom.dcmread(tmp_path / "eqd2.dcm")
    assert dataset.DoseType == "EFFECTIVE"
    assert dataset.DoseComment == "EQD2 (alpha/beta 2.5 Gy), LQ, 5 fractions"
    step = float(dataset.DoseGridScaling)
    # The twin: numpy's formula against pydicom's pixels.
    twin = dose.values_gy * (dose.values_gy / 5 + 2.5) / 4.5
    assert np.abs(dataset.pixel_array * step - twin).max() <= 0.5 * step * (1 + 1e-9)
    again = hd.read_rtdose(tmp_path / "eqd2.dcm")
    assert again.kind == eqd2.kind
    with pytest.raises(errors.NotPhysicalDoseError):
        again.eqd2(alpha_beta_gy=2.5)


def test_an_independent_file_gives_the_same_dvh(dose: hd.DoseGrid, tmp_path: Path) -> None:
    """Our file and one by numpy and pydicom: D and V of one reader agree to 0.01 Gy; the sample-wise DVH differs."""
    eqd2 = dose.eqd2(alpha_beta_gy=2.5)
    hd.write_rtdose(eqd2, tmp_path / "ours.dcm", allow_physical_label=True)
    theirs = by_hand(np.asarray(eqd2.values_eqd2_gy, dtype=np.float64), dose.grid)
    cube = hd.Grid(shape=(6, 8, 8), spacing_mm=(3.0, 3.0, 4.0), origin_mm=(-5.0, -3.0, -18.0))
    structure = hd.Structure.from_mask("Cube", np.ones(cube.shape, dtype=bool), cube)

    def independent(source: Path | BytesIO) -> list[float]:
        """Make a DVH by other tools: pixels of pydicom, interpolation of SimpleITK, quantiles of numpy."""
        dataset = pydicom.dcmread(source)
        image = sitk.GetImageFromArray(dataset.pixel_array.astype(np.float64) * float(dataset.DoseGridScaling))
        offsets = dataset.GridFrameOffsetVector
        image.SetSpacing([*(float(s) for s in reversed(dataset.PixelSpacing)), float(offsets[1] - offsets[0])])
        image.SetOrigin([float(value) for value in dataset.ImagePositionPatient])
        fine = sitk.Image([48, 48, 36], sitk.sitkFloat64)
        fine.SetSpacing([0.5, 0.5, 4 / 6])
        fine.SetOrigin([-6.25, -4.25, -18 - 2 + 1 / 3])
        values = sitk.GetArrayFromImage(sitk.Resample(image, fine, sitk.Transform(), sitk.sitkLinear, 0.0))
        return [float(values.mean()), *(float(np.quantile(values, q)) for q in (0.02, 0.5, 0.98))]

    one, two = independent(tmp_path / "ours.dcm"), independent(BytesIO(theirs))
    assert one == pytest.approx(two, abs=0.01)
    stored = hd.dvh(hd.read_rtdose(tmp_path / "ours.dcm"), structure)
    at_sample = hd.dvh(eqd2, structure)
    assert stored.mean_eqd2_gy == pytest.approx(one[0], rel=5e-3)
    # EQD2 between voxels is above EQD2 of the dose there, since it is convex.
    assert 0 < stored.mean_eqd2_gy - at_sample.mean_eqd2_gy < 0.5


def test_a_physical_label_warns_and_is_known_again(dose: hd.DoseGrid, tmp_path: Path) -> None:
    bed = dose.bed(alpha_beta_gy=10)
    hd.write_rtdose(bed, tmp_path / "bed.dcm", label="for a colleague", allow_physical_label=True)
    dataset = pydicom.dcmread(tmp_path / "bed.dcm")
    assert dataset.DoseType == "PHYSICAL"
    assert dataset.SeriesDescription == "BED a/b 10 Gy NOT PHYSICAL NOT FOR TREATMENT"
    assert hd.read_rtdose(tmp_path / "bed.dcm").kind == bed.kind
    hd.write_rtdose(dose, tmp_path / "dose.dcm", label="plan", allow_physical_label=True)
    assert pydicom.dcmread(tmp_path / "dose.dcm").SeriesDescription == "plan"


def test_a_physical_label_whose_private_elements_are_gone_is_not_believed(dose: hd.DoseGrid, tmp_path: Path) -> None:
    hd.write_rtdose(dose.eqd2(alpha_beta_gy=2.5), tmp_path / "eqd2.dcm", allow_physical_label=True)
    dataset = pydicom.dcmread(tmp_path / "eqd2.dcm")
    dataset.remove_private_tags()
    for gone in ((), ("SeriesDescription",), ("DoseComment",)):
        stripped = deepcopy(dataset)
        for name in gone:
            delattr(stripped, name)
        stripped.save_as(tmp_path / "stripped.dcm")
        read = hd.read_rtdose(tmp_path / "stripped.dcm")
        assert read.kind.quantity == "unstated", gone
        assert any("its own description says BED or EQD2" in one for one in read.warnings)
        with pytest.raises(errors.HepadoseError):
            read.eqd2(alpha_beta_gy=2.5)


def test_models_and_courses_are_in_the_comment(dose: hd.DoseGrid, tmp_path: Path) -> None:
    decay = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    source = dose.with_fractions(None)  # a source that decays gives no fractions
    total = dose.bed(alpha_beta_gy=2.5) + source.bed(alpha_beta_gy=2.5, timing=decay)
    hd.write_rtdose(total, tmp_path / "sum.dcm")
    dataset = pydicom.dcmread(tmp_path / "sum.dcm")
    assert dataset.DoseComment == "BED (alpha/beta 2.5 Gy), LQ, 2 courses"
    assert "effective half-life 64.2 h" in str(dataset[0x3005, 0x1008].value)
    curve = models.USC(0.33, d0_gy=1.25, dq_gy=1.8)
    hd.write_rtdose(dose.bed(model=curve), tmp_path / "usc.dcm")
    comment = pydicom.dcmread(tmp_path / "usc.dcm").DoseComment
    assert len(comment) <= 64
    assert "USC" in comment


def test_images_hold_values_and_geometry(dose: hd.DoseGrid, tmp_path: Path) -> None:
    eqd2 = dose.eqd2(alpha_beta_gy=2.5)
    for name in ("dose.nrrd", "dose.nii.gz"):
        hd.write_image(eqd2, tmp_path / name)
        image = sitk.ReadImage(str(tmp_path / name))
        np.testing.assert_allclose(sitk.GetArrayFromImage(image), eqd2.values_eqd2_gy)
        point = image.TransformIndexToPhysicalPoint((3, 2, 1))
        assert point == pytest.approx(eqd2.grid.voxel_centre_mm(1, 2, 3), abs=1e-4)
    image = sitk.ReadImage(str(tmp_path / "dose.nrrd"))
    assert image.GetMetaData("hepadose_quantity") == "eqd2"
    assert "LQ (alpha/beta 2.5 Gy), 5 fractions; NOT PHYSICAL" in image.GetMetaData("hepadose_description")
    uneven = hd.Grid(shape=(3, 1, 1), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0), frame_offsets_mm=(0.0, 1.0, 5.0))
    with pytest.raises(errors.GridError):
        hd.to_sitk(hd.DoseGrid(np.ones(uneven.shape), uneven))
