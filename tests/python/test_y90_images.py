"""Images of activity: DICOM PET and NM, units told apart, calibrations."""

import struct
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

import hepadose as hd
from hepadose import y90

YTTRIUM = ("C-162A7", "SRT", "^90^Yttrium")
FLUORINE = ("77004003", "SCT", "^18^Fluorine")
ADMINISTERED: dict[str, Any] = {"administered_gbq": 1.4, "lung_shunt_fraction": 0.05, "residual_fraction": 0.01}


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    """Make an item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


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
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = 1.4e9, change.pop("half_life_s", 64.1 * 3600)
    drug.RadionuclideCodeSequence = [coded(*code) for code in change.pop("nuclides", [YTTRIUM])]
    if drug.RadionuclideHalfLife is None:
        del drug.RadionuclideHalfLife
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


def lossless_jpeg(stored: Any) -> bytes:
    """Encode 16-bit pixels as JPEG lossless: process 14, predictor 1, lengths of differences in 5 bits."""
    rows, columns = stored.shape
    head = b"\xff\xd8" + b"\xff\xc3" + struct.pack(">HBHHBBBB", 11, 16, rows, columns, 1, 1, 0x11, 0)
    head += b"\xff\xc4" + struct.pack(">HB", 2 + 1 + 16 + 17, 0) + bytes([0, 0, 0, 0, 17] + [0] * 11) + bytes(range(17))
    head += b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 1, 0, 0)
    bits = ""
    for j in range(rows):
        for i in range(columns):
            above = int(stored[j - 1, 0]) if j > 0 else 1 << 15
            before = int(stored[j, i - 1]) if i > 0 else above
            gap = (int(stored[j, i]) - before + (1 << 15)) % (1 << 16) - (1 << 15)
            size = abs(gap).bit_length()
            bits += f"{size:05b}"
            if 0 < size < 16:
                bits += f"{gap if gap > 0 else gap + (1 << size) - 1:0{size}b}"
    bits += "1" * (-len(bits) % 8)
    coded = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)).replace(b"\xff", b"\xff\x00")
    return head + coded + b"\xff\xd9"


def compressed(path: Path, uid: pydicom.uid.UID, encode: Callable[[Any], bytes]) -> None:
    """Replace the pixels of a slice by compressed ones."""
    made = pydicom.dcmread(path)
    stored = np.frombuffer(made.PixelData, np.uint16).reshape(made.Rows, made.Columns)
    made.PixelData = encapsulate([encode(stored)])
    made["PixelData"].VR = "OB"
    made.file_meta.TransferSyntaxUID = uid
    made.save_as(path, enforce_file_format=True)


def test_jpeg_lossless(tmp_path: Path) -> None:
    expected = series(tmp_path)
    for one in tmp_path.iterdir():
        compressed(one, JPEGLosslessSV1, lossless_jpeg)
    image = y90.read_image(tmp_path)
    assert image.values == pytest.approx(expected)
    whole = (tmp_path / "0.dcm").read_bytes()
    for length in range(len(whole) - 120, len(whole), 7):
        (tmp_path / "0.dcm").write_bytes(whole[:length])
        with pytest.raises(hd.errors.DicomError):
            y90.read_image(tmp_path)


def test_jpeg_2000_through_pydicom(tmp_path: Path) -> None:
    def encode(stored: Any) -> bytes:
        coded = BytesIO()
        Image.fromarray(stored.astype(np.uint16)).save(coded, "JPEG2000", irreversible=False, no_jp2=True)
        return coded.getvalue()

    stored = np.arange(16 * 16).reshape(16, 16) * 37
    for number, z in enumerate((0.0, 4.0)):
        slice_file(tmp_path / f"{number}.dcm", z, stored, PixelRepresentation=0)
        compressed(tmp_path / f"{number}.dcm", JPEG2000Lossless, encode)
    image = y90.read_image(tmp_path)
    assert image.values == pytest.approx(np.stack([stored * 2.5, stored * 6.5]))


def test_jpeg_ls_is_refused_where_nobody_decodes_it(tmp_path: Path) -> None:
    slice_file(tmp_path / "0.dcm", 0.0, np.zeros((2, 3)))
    compressed(tmp_path / "0.dcm", JPEGLSLossless, lambda _: b"\xff\xd8\xff\xd9")
    with pytest.raises(hd.errors.TransferSyntaxError, match="JPEG-LS Lossless Image Compression, or the pixels"):
        y90.read_image(tmp_path)


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


@pytest.mark.parametrize("unit", ["kBq/mL", "Bq/mL", "MBq/mL", "SUV", "BQML", "Counts", "", None])
def test_a_word_that_is_no_unit_is_refused(tmp_path: Path, unit: Any) -> None:
    """An image in kBq/mL was made, and then said to hold counts."""
    grid = hd.Grid(shape=(1, 2, 2), spacing_mm=(4, 4, 4), origin_mm=(0, 0, 0))
    said = f"unit= is becquerel_per_ml or counts, got {unit!r}; bring values of another unit to Bq/mL"
    volume, pet = tmp_path / "image.nrrd", tmp_path / "series"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.ones((1, 2, 2), np.float32)), str(volume))
    pet.mkdir()
    series(pet)
    makers: list[Callable[[], y90.Image]] = [lambda: y90.Image(values=np.ones(grid.shape), grid=grid, unit=unit)]
    if unit is not None:  # where the file says it, nothing has to be said
        makers += [lambda: y90.read_image(volume, unit=unit), lambda: y90.read_image(pet, unit=unit)]
    for make in makers:
        with pytest.raises(hd.errors.UnknownWordError) as caught:
            make()
        assert said in str(caught.value)
        assert (caught.value.what, caught.value.got) == ("unit", unit)
        assert caught.value.allowed == "becquerel_per_ml or counts"


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


def nm_file(path: Path, **change: Any) -> Any:
    """Write an NM object of three slices."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = pydicom.uid.NuclearMedicineImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.Modality, made.FrameOfReferenceUID = "NM", "1.2.4"
    drug = Dataset()
    drug.RadionuclideCodeSequence = [coded(*code) for code in change.pop("nuclides", [])]
    made.RadiopharmaceuticalInformationSequence = [drug]
    stored = np.arange(18).reshape(3, 2, 3)
    made.NumberOfFrames = made.NumberOfSlices = 3
    made.Rows, made.Columns = 2, 3
    made.PixelSpacing, made.SliceThickness, made.SpacingBetweenSlices = [3, 2], 4, 4
    place = Dataset()
    place.ImageOrientationPatient, place.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [10, 20, 0]
    made.DetectorInformationSequence = [place]
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation, made.SamplesPerPixel = 15, 0, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = stored.astype(np.uint16).tobytes()
    for name, value in change.items():
        setattr(made, name, value)
    made.save_as(path, enforce_file_format=True)
    return stored


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (YTTRIUM, "Y-90"),
        (("14691008", "SCT", ""), "Y-90"),
        (("72454006", "SCT", ""), "Tc-99m"),
        (("", "", "Y-90 microspheres"), "Y-90"),
        (("", "", "Y-90 in resin"), "Y-90"),
        (("", "", "Y-90 I"), "Y-90"),
        (("", "99X", "90Y"), "Y-90"),
        (("C-163A8", "99SDM", "99m Technetium"), "Tc-99m"),
        (("", "", "Technetium Tc-99m"), "Tc-99m"),
        (("", "", "^99m^Technetium"), "Tc-99m"),
        (FLUORINE, "F-18"),
        (("", "", "Fluorine-18"), "F-18"),
        (("C-128A2", "SRT", "^68^Germanium"), "Ge-68"),
        (("C-162A3", "SRT", "^86^Yttrium"), "Y-86"),
        (("X-1", "99X", "FDG"), "FDG"),
        (("", "", ""), None),
    ],
)
def test_the_radionuclide_is_read(tmp_path: Path, code: tuple[str, str, str], name: str | None) -> None:
    series(tmp_path, nuclides=[code], half_life_s=None)
    image = y90.read_image(tmp_path)
    assert image.radionuclide == name
    assert any("radionuclide of the image is not known" in one for one in image.warnings) == (name is None)


def test_a_half_life_names_what_nobody_named(tmp_path: Path) -> None:
    series(tmp_path, nuclides=[])
    assert y90.read_image(tmp_path).radionuclide == "Y-90"
    series(tmp_path, nuclides=[], half_life_s=6586.2)
    assert y90.read_image(tmp_path).radionuclide == "F-18"
    series(tmp_path, nuclides=[], half_life_s=4062.6)
    unnamed = y90.read_image(tmp_path)
    assert unnamed.radionuclide == "a radionuclide of half-life 1.13 h"
    with pytest.raises(hd.errors.RadionuclideError, match=r"half-life 1\.13 h"):
        y90.absolute_calibration(unnamed)
    with pytest.raises(hd.errors.RadionuclideError, match="radionuclide= says Y-90, but the file holds"):
        y90.read_image(tmp_path, radionuclide="Y-90")
    # ADMIN with the half-life of fluorine would be wrong by a factor of 2000 after 20 hours.
    series(tmp_path, half_life_s=6586.2)
    with pytest.raises(hd.errors.RadionuclideError, match=r"names Y-90 with a half-life of 1\.83 h, but that of Y-90"):
        y90.read_image(tmp_path)


def test_another_radionuclide_is_not_taken_for_yttrium(tmp_path: Path) -> None:
    series(tmp_path, nuclides=[FLUORINE], half_life_s=6586.2)
    image = y90.read_image(tmp_path)
    with pytest.raises(hd.errors.RadionuclideError, match="is for Y-90, but the image is of F-18") as refused:
        y90.absolute_calibration(image, administered_gbq=1.4)
    assert (refused.value.radionuclide, refused.value.allowed) == ("F-18", ("Y-90",))
    assert isinstance(refused.value, hd.errors.CalibrationError)
    with pytest.raises(hd.errors.RadionuclideError, match="absorbed dose is for Y-90"):
        image.activity_map()
    with pytest.raises(hd.errors.RadionuclideError, match="is for Y-90 or Tc-99m, but the image is of F-18"):
        y90.relative_calibration(image, **ADMINISTERED, reference="whole_field")
    with pytest.raises(hd.errors.RadionuclideError, match="says Y-90, but the file holds F-18"):
        y90.read_image(tmp_path, radionuclide="Y-90")
    series(tmp_path, nuclides=[FLUORINE, YTTRIUM], half_life_s=None)
    with pytest.raises(hd.errors.RadionuclideError, match=r"image is of F-18 \+ Y-90"):
        y90.absolute_calibration(y90.read_image(tmp_path))
    # A slice of another radionuclide among those of yttrium.
    series(tmp_path)
    slice_file(tmp_path / "9.dcm", 12.0, np.zeros((2, 3)), nuclides=[FLUORINE], half_life_s=None)
    mixed = y90.read_image(tmp_path)
    with pytest.raises(hd.errors.RadionuclideError, match=r"image is of Y-90 \+ F-18"):
        y90.absolute_calibration(mixed)


def test_an_unknown_radionuclide_is_said_or_stated(tmp_path: Path) -> None:
    series(tmp_path, RadiopharmaceuticalInformationSequence=None, DecayCorrection="ADMIN")
    made = y90.absolute_calibration(y90.read_image(tmp_path))
    assert made.radionuclide is None
    assert any("radionuclide of the image is not known" in one for one in made.warnings)
    stated = y90.absolute_calibration(y90.read_image(tmp_path, radionuclide="Y-90"))
    assert stated.radionuclide == "Y-90"
    assert not any("radionuclide" in one for one in stated.warnings)
    with pytest.raises(hd.errors.UnknownWordError, match="say Y-90 or Tc-99m"):
        y90.read_image(tmp_path, radionuclide="F-18")  # type: ignore[arg-type]
    series(tmp_path, nuclides=[("", "", "microspheres")], half_life_s=None)
    renamed = y90.read_image(tmp_path, radionuclide="Y-90")
    assert any("calls the radionuclide 'microspheres'" in one for one in renamed.warnings)


def test_without_pydicom_it_is_said_that_nothing_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    series(tmp_path)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    image = y90.read_image(tmp_path)
    assert image.radionuclide is None
    assert any("were not checked" in one and "hepadose[dicom]" in one for one in image.warnings)
    assert any("not known" in one for one in y90.absolute_calibration(image).warnings)


def test_technetium_is_for_planning_only(tmp_path: Path) -> None:
    nm_file(tmp_path / "nm.dcm", nuclides=[("C-163A8", "99SDM", "99m Technetium")])
    image = y90.read_image(tmp_path / "nm.dcm")
    made = y90.relative_calibration(image, **ADMINISTERED, reference="whole_field")
    assert made.field_gbq == pytest.approx(1.4 * 0.95 * 0.99)
    assert any("prediction for planning (dosimetry maa-spect)" in one for one in made.warnings)
    assert dict(made.provenance["settings"])["radionuclide"] == "Tc-99m"
    # In Bq/mL its decay is not that of yttrium, so nothing can be recovered from it.
    nm_file(tmp_path / "nm.dcm", nuclides=[("C-163A8", "SRT", "")], Units="BQML", RescaleSlope=2)
    quantitative = y90.read_image(tmp_path / "nm.dcm", decay_correction_h=0)
    with pytest.raises(hd.errors.RadionuclideError, match="image is of Tc-99m"):
        y90.absolute_calibration(quantitative)
    shared = y90.relative_calibration(quantitative, **ADMINISTERED, reference="whole_field")
    assert shared.recovery_factor is None
    assert shared.activity.bq_per_ml == pytest.approx(made.activity.bq_per_ml)


def test_rescale_slope(tmp_path: Path) -> None:
    stored = nm_file(tmp_path / "nm.dcm")
    image = y90.read_image(tmp_path / "nm.dcm")
    assert image.values == pytest.approx(stored)
    assert any("states no RescaleSlope" in one for one in image.warnings)
    nm_file(tmp_path / "nm.dcm", RescaleSlope=2)
    scaled = y90.read_image(tmp_path / "nm.dcm")
    assert scaled.values == pytest.approx(2 * stored)
    assert not any("RescaleSlope" in one for one in scaled.warnings)
    nm_file(tmp_path / "nm.dcm", Units="BQML")
    with pytest.raises(hd.errors.DicomError, match="RescaleSlope"):
        y90.read_image(tmp_path / "nm.dcm")
    (tmp_path / "pet").mkdir()
    series(tmp_path / "pet", RescaleSlope=None)
    with pytest.raises(hd.errors.DicomError, match="RescaleSlope"):
        y90.read_image(tmp_path / "pet")


def test_unknown_hours_are_asked_for(tmp_path: Path) -> None:
    series(tmp_path, RadiopharmaceuticalInformationSequence=None)
    image = y90.read_image(tmp_path)
    assert image.decay_correction_h is None
    with pytest.raises(hd.errors.CalibrationError, match=r"hours from administration.*are not known.*say decay_corr"):
        y90.absolute_calibration(image, administered_gbq=1.4)
    assert y90.absolute_calibration(image, decay_correction_h=64.1).factor == pytest.approx(2)
    with pytest.raises(hd.errors.CalibrationError, match="are not known"):
        y90.absolute_calibration(image.activity_map())
    # Shared out by its values the image needs no time; only the recovery factor does.
    shared = y90.relative_calibration(image, **ADMINISTERED, reference="whole_field")
    assert shared.recovery_factor is None
    assert any("so that there is no recovery factor" in one for one in shared.warnings)
    assert shared.field_gbq == pytest.approx(1.4 * 0.95 * 0.99)


def test_hours_that_contradict_the_file_are_said(tmp_path: Path) -> None:
    series(tmp_path)
    image = y90.read_image(tmp_path, decay_correction_h=0)
    assert image.decay_correction_h == 0
    assert any("the file 20.00 h; what was said is taken" in one for one in image.warnings)
    with pytest.raises(hd.errors.NonPhysicalError, match="decay correction in h must be a finite number, got nan"):
        y90.read_image(tmp_path, decay_correction_h=float("nan"))


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"administered_gbq": 0.0}, "administered activity in GBq must be a finite number above 0, got 0"),
        ({"administered_gbq": -1.0}, "above 0, got -1"),
        ({"administered_gbq": float("nan")}, "above 0, got nan"),
        ({"administered_gbq": float("inf")}, "above 0, got inf"),
        ({"lung_shunt_fraction": 1.0}, "lung shunt fraction must be at least 0 and below 1, got 1"),
        ({"lung_shunt_fraction": float("nan")}, "lung shunt fraction"),
        ({"residual_fraction": -0.1}, "residual fraction must be at least 0 and below 1, got -0.1"),
        ({"half_life_h": 0.0}, "half-life in h must be a finite number above 0, got 0"),
        ({"half_life_h": float("inf")}, "half-life in h"),
        ({"decay_correction_h": float("nan")}, "decay correction in h must be a finite number, got nan"),
        ({"decay_correction_h": float("inf")}, "decay correction in h"),
    ],
)
def test_numbers_of_a_calibration(change: dict[str, float], match: str, *, relative: bool) -> None:
    grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    for unit in ("becquerel_per_ml", "counts") if relative else ("becquerel_per_ml",):
        image = y90.Image(values=np.array([[[4e8, 1e8]]]), grid=grid, unit=unit, decay_correction_h=0)
        how: dict[str, Any] = ADMINISTERED | {"reference": "whole_field"} | change
        with pytest.raises(hd.errors.NonPhysicalError, match=match):
            (y90.relative_calibration if relative else y90.absolute_calibration)(image, **how)


def test_units_and_residual_of_the_administered_activity_are_doubted() -> None:
    grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    image = y90.Image(values=np.array([[[3.0, 1.0]]]), grid=grid, unit="counts", radionuclide="Y-90")
    how: dict[str, Any] = {"lung_shunt_fraction": 0.0, "reference": "whole_field"}
    megabecquerel = y90.relative_calibration(image, administered_gbq=1400, residual_fraction=0.0, **how)
    assert any("look whether it is in MBq" in one for one in megabecquerel.warnings)
    for scale, is_doubted in ((1e-6, True), (1.0, False), (1e3, True)):
        values = np.array([[[3e8, 1e8]]]) * 2 * scale
        kilo = y90.Image(values=values, grid=grid, unit="becquerel_per_ml", decay_correction_h=0, radionuclide="Y-90")
        assert any("kBq/mL" in one for one in y90.absolute_calibration(kilo).warnings) == is_doubted
    assert any("residual 0 assumed" in one for one in megabecquerel.warnings)
    assert y90.relative_calibration(image, administered_gbq=1.4, residual_fraction=0.01, **how).warnings == ()
    with pytest.raises(TypeError, match="administered activity in GBq must be a finite number above 0, got NoneType"):
        y90.relative_calibration(image, administered_gbq=None, residual_fraction=0.01, **how)  # type: ignore[arg-type]


def test_a_reference_beyond_the_image() -> None:
    grid = hd.Grid(shape=(4, 4, 4), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    longer = hd.Grid(shape=(5, 4, 4), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    image = y90.Image(values=np.full(grid.shape, 1e6), grid=grid, unit="becquerel_per_ml", decay_correction_h=0)
    liver = hd.Structure.from_mask("Liver", np.ones(longer.shape, bool), longer)
    for reference in ("whole_liver", "perfused_volume"):
        how: dict[str, Any] = {"reference": reference, "region": liver}
        said = rf"{reference} reaches beyond the image: 16 of 80 cc \(20 %\) lie outside, where counts would be lost"
        with pytest.raises(hd.errors.CalibrationError, match=said):
            y90.relative_calibration(image, **ADMINISTERED, **how)
        # An absolute calibration does not need it; only its recovery factor would be too low.
        made = y90.absolute_calibration(image, **ADMINISTERED, **how)
        assert made.recovery_factor is None
        assert any("16 of 80 cc" in one and "no recovery factor" in one for one in made.warnings)
    # The edge: a millionth outside is rounding, a ten-thousandth is not.
    for share, is_refused in ((1e-6, False), (1e-4, True)):
        end = 35 + 40 * share
        ring = [(-5.0, -5.0), (end, -5.0), (end, 35.0), (-5.0, 35.0)]
        drawn = hd.Structure.from_contours("Liver", [[[x, y, z] for x, y in ring] for z in (0, 10, 20, 30)])
        how = {"reference": "whole_liver", "region": drawn}
        if is_refused:
            with pytest.raises(hd.errors.CalibrationError, match=r"\(0\.01 %\) lie outside"):
                y90.relative_calibration(image, **ADMINISTERED, **how)
        else:
            assert y90.relative_calibration(image, **ADMINISTERED, **how).recovery_factor is not None
