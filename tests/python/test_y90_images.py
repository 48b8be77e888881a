"""Images of activity: DICOM PET and NM, units told apart, calibrations."""

import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
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
