"""Segmentations from NIfTI, NRRD and DICOM SEG."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

import hepadose as hd

SPACING, ORIGIN = (1.5, 2.0, 3.0), (-7.0, 4.0, 11.0)
DIRECTION = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def labels() -> NDArray[np.uint8]:
    array = np.zeros((5, 6, 7), np.uint8)
    array[1:3, 2:5, 1:4] = 1
    array[4, 0, 6] = 7
    return array


def write(array: NDArray[Any], path: Path) -> Path:
    image: Any = SimpleITK.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    image.SetDirection(DIRECTION)
    SimpleITK.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("name", ["map.nii.gz", "map.nrrd", "map.mha"])
def test_label_maps(tmp_path: Path, name: str) -> None:
    found = hd.read_segmentation(write(labels(), tmp_path / name), names={7: "Tumour"})
    assert list(found) == ["Label 1", "Tumour"]
    assert found["Label 1"].volume_cc() == pytest.approx(18 * 9 / 1000)
    assert found["Tumour"].number == 7
    # The voxel (4, 0, 6): x and z run backwards.
    expected = (ORIGIN[0] - 6 * SPACING[0], ORIGIN[1], ORIGIN[2] - 4 * SPACING[2])
    assert found["Tumour"].centroid_mm() == pytest.approx(expected, abs=1e-4)
    low, high = found["Label 1"].bounding_box_mm()
    assert low == pytest.approx((-7 - 3.5 * 1.5, 4 + 1.5 * 2, 11 - 2.5 * 3), abs=1e-4)
    assert high == pytest.approx((-7 - 0.5 * 1.5, 4 + 4.5 * 2, 11 - 0.5 * 3), abs=1e-4)


def test_fractions_are_one_structure(tmp_path: Path) -> None:
    array = np.zeros((3, 4, 5), np.float32)
    array[1, 1:3, 2] = 0.25, 0.5
    (only,) = hd.read_segmentation(write(array, tmp_path / "soft.nrrd")).values()
    assert only.volume_cc() == pytest.approx(0.75 * 9 / 1000)


def test_what_is_no_segmentation(tmp_path: Path) -> None:
    wrong: list[tuple[NDArray[Any], str]] = [
        (np.zeros((3, 4, 5), np.uint8), "only 0"),
        (np.full((3, 4, 5), 2.5, np.float32), "the largest is 2.5"),
        (np.full((3, 4, 5), -1, np.int16), "negative"),
    ]
    for array, message in wrong:
        with pytest.raises(hd.errors.ImageError, match=message):
            hd.read_segmentation(write(array, tmp_path / "image.nrrd"))
    noise = tmp_path / "patient-name.bin"
    noise.write_bytes(b"no image" * 50)
    with pytest.raises(hd.errors.ImageError, match="cannot be read as an image") as caught:
        hd.read_segmentation(noise)
    assert "patient" not in str(caught.value)
    with pytest.raises(FileNotFoundError, match="cannot read the file") as absent:
        hd.read_segmentation(tmp_path / "patient-name.nrrd")
    assert "patient" not in str(absent.value)


def test_missing_extras_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(labels(), tmp_path / "map.nrrd")
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(hd.errors.MissingExtraError, match=r"hepadose\[images\]"):
        hd.read_segmentation(path)
    seg = write_seg(tmp_path / "seg.dcm")
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(hd.errors.MissingExtraError, match=r"hepadose\[dicom\]"):
        hd.read_segmentation(seg)


def one(**elements: Any) -> Sequence:
    item = Dataset()
    for name, value in elements.items():
        setattr(item, name, value)
    return Sequence([item])


def write_seg(path: Path, kind: str = "BINARY", heights: tuple[float, ...] = (11.0, 14.0, 20.0), **about: Any) -> Path:
    """Write a SEG of two segments on sparse frames: the first on all heights, the second on the last alone."""
    first, second = np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.uint8)
    first[1:3, 1:4] = 1
    second[0, 4] = 1
    frames = [*((1, height, first) for height in heights), (2, heights[-1], second)]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.66.4")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    seg = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    seg.SOPClassUID, seg.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    seg.Modality, seg.ContentLabel = about.get("modality", "SEG"), "LIVER"
    seg.FrameOfReferenceUID = "1.2.3"
    seg.Rows, seg.Columns, seg.NumberOfFrames = 4, 5, len(frames)
    seg.SamplesPerPixel, seg.PhotometricInterpretation, seg.PixelRepresentation = 1, "MONOCHROME2", 0
    seg.SegmentationType = kind
    shared = one(
        PlaneOrientationSequence=one(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        PixelMeasuresSequence=one(PixelSpacing=[2.0, 1.5], SliceThickness=3.0, SpacingBetweenSlices=3.0),
    )
    seg.SharedFunctionalGroupsSequence = shared
    named = [*one(SegmentNumber=1, SegmentLabel="Liver"), *one(SegmentNumber=2, SegmentLabel="")]
    seg.SegmentSequence = Sequence(named)
    groups = [
        one(
            PlanePositionSequence=one(ImagePositionPatient=[-7.0, 4.0, height]),
            SegmentIdentificationSequence=one(ReferencedSegmentNumber=number),
        )[0]
        for number, height, _ in frames
    ]
    seg.PerFrameFunctionalGroupsSequence = Sequence(groups)
    pixels = np.stack([frame for _, _, frame in frames])
    if kind == "BINARY":
        seg.BitsAllocated, seg.BitsStored, seg.HighBit = 1, 1, 0
        packed = np.packbits(pixels.ravel(), bitorder="little").tobytes()
        seg.PixelData = packed + b"\0" * (len(packed) % 2)
    else:
        seg.BitsAllocated, seg.BitsStored, seg.HighBit = 8, 8, 7
        seg.MaximumFractionalValue, seg.SegmentationFractionalType = 200, "OCCUPANCY"
        seg.PixelData = (pixels * np.uint8(50)).tobytes()
    pydicom.dcmwrite(path, seg)
    return path


@pytest.mark.parametrize(("kind", "share"), [("BINARY", 1.0), ("FRACTIONAL", 0.25)])
def test_dicom_seg(tmp_path: Path, kind: str, share: float) -> None:
    found = hd.read_segmentation(write_seg(tmp_path / "seg.dcm", kind))
    assert list(found) == ["Liver", "Segment 2"]
    assert found.label == "LIVER"
    liver = found["Liver"]
    assert (liver.number, liver.frame_of_reference) == (1, "1.2.3")
    # Three frames of six pixels of 1.5 x 2 x 3 mm; the frame at 17 mm is absent, and a gap.
    assert liver.volume_cc() == pytest.approx(share * 3 * 6 * 9 / 1000)
    assert found["Segment 2"].centroid_mm() == pytest.approx((-7 + 4 * 1.5, 4, 20))
    if kind == "BINARY":
        assert liver.part_count() == 2


def test_dicom_that_is_no_seg(tmp_path: Path) -> None:
    with pytest.raises(hd.errors.ImageError, match="is CT, allowed is SEG"):
        hd.read_segmentation(write_seg(tmp_path / "ct.dcm", modality="CT"))
    with pytest.raises(hd.errors.ImageError, match="not evenly apart"):
        hd.read_segmentation(write_seg(tmp_path / "odd.dcm", heights=(11.0, 14.0, 18.1)))


def test_real_segmentations(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("y90-pet") / "patient_1_Segmentation.seg.nrrd"
    found = hd.read_segmentation(path)
    assert list(found)[:3] == ["Liver", "Tumor 1", "Tumor 2"]
    assert found["Liver"].colour == (241, 214, 145)
    image: Any = SimpleITK.ReadImage(str(path))
    layers = SimpleITK.GetArrayFromImage(image)
    voxel_cc = float(np.prod(image.GetSpacing())) / 1000
    for name, layer, label in [("Liver", 0, 1), ("Tumor 3", 1, 3), ("Normal Tissue", 1, 7)]:
        expected = np.count_nonzero(layers[..., layer] == label) * voxel_cc
        assert found[name].volume_cc() == pytest.approx(expected, rel=1e-9)
    # SimpleITK's own centre of the same voxels.
    itk: Any = SimpleITK
    shape = itk.LabelShapeStatisticsImageFilter()
    shape.Execute(itk.VectorIndexSelectionCast(image, 1) == 3)
    assert found["Tumor 3"].centroid_mm() == pytest.approx(shape.GetCentroid(1), abs=1e-3)
    # Overlapping layers combine, though each structure has a grid of its own.
    tumours = found["Tumor 1"] | found["Tumor 2"]
    liver = found["Liver"]
    inside, rest = (tumours & liver).volume_cc(), (tumours - liver).volume_cc()
    assert inside + rest == pytest.approx(tumours.volume_cc(), rel=1e-9)
