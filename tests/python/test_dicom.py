"""DICOM in and out: paths, bytes, pydicom datasets; what is refused, and in which words."""

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless

import hepadose as hd
from shapes import box, ramp_dose


@pytest.fixture
def rtdose(demo_folder: Path) -> pydicom.Dataset:
    """Open the demo dose with pydicom, to be changed."""
    return pydicom.dcmread(demo_folder / "rtdose.dcm")


def written(dataset: pydicom.Dataset) -> bytes:
    """Give the bytes of a dataset."""
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


def test_a_path_bytes_or_a_dataset(demo_folder: Path, rtdose: pydicom.Dataset) -> None:
    path = demo_folder / "rtdose.dcm"
    dose = hd.read_rtdose(path)
    for same in (str(path), path.read_bytes(), bytearray(path.read_bytes()), memoryview(path.read_bytes()), rtdose):
        assert hd.read_rtdose(same) == dose
    bare = pydicom.dcmread(path)
    del bare.file_meta
    assert hd.read_rtdose(bare) == dose
    with pytest.raises(TypeError, match="give a path, bytes or a pydicom Dataset, got int"):
        hd.read_rtdose(7)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        hd.read_rtdose(demo_folder / "nothing.dcm")


def test_the_same_values_as_pydicom(demo_folder: Path, rtdose: pydicom.Dataset) -> None:
    dose = hd.read_rtdose(demo_folder / "rtdose.dcm")
    expected = rtdose.pixel_array * float(rtdose.DoseGridScaling)
    assert np.allclose(dose.values_gy, expected, rtol=1e-15, atol=0)
    x, y, z = map(float, rtdose.ImagePositionPatient)
    row_mm, column_mm = map(float, rtdose.PixelSpacing)
    offset = float(rtdose.GridFrameOffsetVector[-1])
    k, j, i = dose.shape
    assert dose.grid.voxel_centre_mm(0, 0, 0) == (x, y, z)
    corner = (x + (i - 1) * column_mm, y + (j - 1) * row_mm, z + offset)
    assert dose.grid.voxel_centre_mm(k - 1, j - 1, i - 1) == pytest.approx(corner, abs=1e-9)


@pytest.mark.parametrize("kind", ["physical", "bed", "eqd2"])
def test_a_dose_comes_back_as_it_left(kind: str, tmp_path: Path, demo_folder: Path) -> None:
    physical = ramp_dose(fractions=5)
    dose = {"physical": physical, "bed": physical.bed(alpha_beta_gy=10), "eqd2": physical.eqd2(alpha_beta_gy=2.5)}[kind]
    hd.write_rtdose(dose, tmp_path / "dose.dcm")
    again = hd.read_rtdose(tmp_path / "dose.dcm")
    assert again.kind == dose.kind
    assert again.fractions == 5
    assert again.scope == "total"
    assert again.grid == dose.grid
    assert np.abs(again.values - dose.values).max() <= dose.values.max() * 2.0**-32
    if kind == "physical":
        assert again.bed(alpha_beta_gy=10).kind.quantity == "bed"
    else:
        with pytest.raises(hd.errors.NotPhysicalDoseError, match="only physical dose can be converted"):
            again.eqd2(alpha_beta_gy=2.5)
    header = pydicom.dcmread(tmp_path / "dose.dcm")
    assert header.DoseType == ("PHYSICAL" if kind == "physical" else "EFFECTIVE")
    assert header.SOPInstanceUID != pydicom.dcmread(demo_folder / "rtdose.dcm").SOPInstanceUID


def test_a_template_gives_patient_study_and_references(tmp_path: Path, demo_folder: Path) -> None:
    template = demo_folder / "rtdose.dcm"
    original = hd.read_rtdose(template, fractions=5)
    hd.write_rtdose(original.eqd2(alpha_beta_gy=2.5), tmp_path / "eqd2.dcm", template=template, label="EQD2")
    source, made = pydicom.dcmread(template), pydicom.dcmread(tmp_path / "eqd2.dcm")
    for name in ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert made[name].value == source[name].value
    assert made.SeriesDescription == "EQD2"
    assert made.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == (
        source.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID
    )
    moved = ramp_dose(frame_of_reference="1.2.3")
    with pytest.raises(hd.errors.DicomError, match="frame of reference"):
        hd.write_rtdose(moved, tmp_path / "no.dcm", template=template)


def test_structures_come_back_as_they_left(tmp_path: Path) -> None:
    structures = [
        box("Liver", (0, 0, 0), (20, 20, 10), number=1, interpreted_type="ORGAN", colour=(10, 20, 30)),
        box("GTV 1", (5, 5, 2), (9, 9, 6), number=2, interpreted_type="GTV"),
        hd.Structure.from_contours("Empty", [], number=3),
    ]
    hd.write_rtstruct(structures, tmp_path / "set.dcm", label="Mine")
    again = hd.read_rtstruct(tmp_path / "set.dcm")
    assert again.label == "Mine"
    assert list(again) == ["Liver", "GTV 1", "Empty"]
    assert again["Liver"].colour == (10, 20, 30)
    assert again.by_number[2].interpreted_type == "GTV"
    assert not again["Empty"].is_solid
    for one in structures:
        assert again[one.name].volume_cc() == pytest.approx(one.volume_cc(), rel=1e-9)
    # Combinations go as their polygons; what cannot be combined cannot be written.
    rest = structures[0] - structures[1]
    hd.write_rtstruct([rest], tmp_path / "rest.dcm")
    written = hd.read_rtstruct(tmp_path / "rest.dcm")["Liver-GTV 1"]
    assert written.volume_cc() == pytest.approx(rest.volume_cc(), rel=1e-9)
    sagittal = hd.Structure.from_contours("S", [[(0, 0, 0), (0, 9, 0), (0, 9, 9)]], slice_spacing_mm=2)
    with pytest.raises(hd.errors.DicomError, match="different orientations"):
        hd.write_rtstruct([rest - sagittal], tmp_path / "no.dcm")


def test_a_plan_comes_back_as_it_left(tmp_path: Path, demo_folder: Path) -> None:
    plan = hd.read_rtplan(demo_folder / "rtplan.dcm")
    assert plan.fractions == 5
    assert plan.beam_dose_total_gy == pytest.approx(50.0)
    assert {one.prescription_gy for one in plan.dose_references} == {50.0}
    hd.write_rtplan(plan, tmp_path / "plan.dcm", template=demo_folder / "rtplan.dcm")
    again = hd.read_rtplan(tmp_path / "plan.dcm")
    for name in ("label", "approval_status", "fraction_groups", "dose_references", "fractions", "beam_dose_total_gy"):
        assert getattr(again, name) == getattr(plan, name)
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301
    assert plan.sop_instance_uid is not None
    assert plan.sop_instance_uid not in repr(plan)


def changed(**elements: Any) -> Callable[[pydicom.Dataset], bytes]:
    """Change elements of the demo dose."""

    def change(dataset: pydicom.Dataset) -> bytes:
        for name, value in elements.items():
            setattr(dataset, name, value)
        return written(dataset)

    return change


REFUSALS: list[tuple[Callable[[pydicom.Dataset], bytes], type[Exception], str]] = [
    (lambda _: b"no dicom at all" * 100, hd.errors.NotDicomError, "not a DICOM file"),
    (lambda _: b"", hd.errors.NotDicomError, "not a DICOM file"),
    (lambda dataset: written(dataset)[:-5000], hd.errors.TruncatedError, "truncated"),
    (changed(NumberOfFrames=100_000), hd.errors.TruncatedError, "the header claims 100000 frames"),
    (changed(Rows=60_000, Columns=60_000), hd.errors.TruncatedError, "the header claims"),
    (changed(DoseUnits="RELATIVE"), hd.errors.DoseTypeError, "DoseUnits is RELATIVE"),
    (changed(DoseType="ERROR"), hd.errors.DoseTypeError, "DoseType is ERROR"),
    (changed(DoseGridScaling="0"), hd.errors.DicomError, "DoseGridScaling is 0"),
]


@pytest.mark.parametrize(("change", "error", "message"), REFUSALS)
def test_bad_files(
    change: Callable[[pydicom.Dataset], bytes], error: type[Exception], message: str, rtdose: pydicom.Dataset
) -> None:
    with pytest.raises(error, match=message) as caught:
        hd.read_rtdose(change(rtdose))
    assert isinstance(caught.value, hd.errors.DicomError)
    assert isinstance(caught.value, ValueError)
    for private in ("Demo", "HEPADOSE-DEMO", str(rtdose.PatientName)):
        assert private not in str(caught.value)


def test_another_object_than_asked_for(demo_folder: Path) -> None:
    with pytest.raises(hd.errors.WrongModalityError, match="asked for RTDOSE, got"):
        hd.read_rtdose(demo_folder / "rtstruct.dcm")
    with pytest.raises(hd.errors.WrongModalityError, match="asked for RTSTRUCT, got"):
        hd.read_rtstruct(demo_folder / "rtplan.dcm")
    with pytest.raises(hd.errors.WrongModalityError, match="asked for RTPLAN, got"):
        hd.read_rtplan(demo_folder / "rtdose.dcm")


def test_what_the_caller_knows_better(rtdose: pydicom.Dataset) -> None:
    for group in [element.tag for element in rtdose if element.tag.is_private]:
        del rtdose[group]
    assert hd.read_rtdose(rtdose).fractions is None
    assert hd.read_rtdose(rtdose, fractions=5).bed(alpha_beta_gy=10).kind.quantity == "bed"
    rtdose.DoseSummationType = "BEAM"
    assert hd.read_rtdose(rtdose).scope == "partial"
    assert hd.read_rtdose(rtdose, dose_scope="total").scope == "total"
    del rtdose.DoseType
    assert hd.read_rtdose(rtdose).kind.quantity == "unstated"
    assert hd.read_rtdose(rtdose, dose_type="physical").kind.quantity == "physical"
    eqd2 = hd.DoseKind("eqd2", alpha_beta_gy=3)
    assert hd.read_rtdose(rtdose, dose_type=eqd2).kind == eqd2
    with pytest.raises(hd.errors.NonPhysicalError, match="number of fractions"):
        hd.read_rtdose(rtdose, fractions=0)
    rtdose.DoseType = "PHYSICAL"
    with pytest.raises(hd.errors.DoseTypeError, match="dose_type= says"):
        hd.read_rtdose(rtdose, dose_type=eqd2)


def test_other_transfer_syntaxes(rtdose: pydicom.Dataset) -> None:
    expected = hd.read_rtdose(written(rtdose))
    implicit = io.BytesIO()
    rtdose.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    pydicom.dcmwrite(implicit, rtdose, implicit_vr=True, little_endian=True)
    again = hd.read_rtdose(implicit.getvalue())
    assert np.array_equal(again.values, expected.values)
    assert again.grid == expected.grid
    without_preamble = implicit.getvalue()[132:]
    assert np.array_equal(hd.read_rtdose(without_preamble).values, expected.values)
    rtdose.file_meta.TransferSyntaxUID = JPEG2000Lossless
    unknown = io.BytesIO()
    rtdose["PixelData"].VR = "OB"
    rtdose.PixelData = pydicom.encaps.encapsulate([b"\0" * 16])
    pydicom.dcmwrite(unknown, rtdose)
    with pytest.raises(hd.errors.TransferSyntaxError, match="not supported"):
        hd.read_rtdose(unknown.getvalue())
