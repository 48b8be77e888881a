"""A synthetic CT (or MR) of the demonstration case as DICOM slices, and what can be wrong with one."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

import hepadose as hd

CT_CLASS, MR_CLASS = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
# Hounsfield units of what the demonstration case draws; later ones lie in earlier ones.
TISSUES = {
    "Body": -20, "Liver": 110, "Stomach": 30, "Duodenum": 35, "Bowel_Small": 25, "Colon": -60, "Kidney_L": 150,
    "Kidney_R": 150, "SpinalCord": 45, "Heart": 130, "Lung_L": -780, "Lung_R": -780,
    "GTV_1": 60, "GTV_2": 60, "GTV_3": 60,
}  # fmt: skip
PATIENT = "Mustermann^Erika"
Change = Callable[[Dataset, int], None]


def anatomy(case: hd.Case, *, spacing_mm: float = 2.0, slice_mm: float = 4.0) -> tuple[NDArray[np.int16], hd.Grid]:
    """Give Hounsfield units of the case's organs, with noise, on a grid of its own."""
    assert case.dose is not None
    x, y, z = case.dose.grid.origin_mm
    nz, ny, nx = (n * d for n, d in zip(case.dose.shape, reversed(case.dose.grid.spacing_mm), strict=True))
    shape = (round(nz / slice_mm), round((ny + 20) / spacing_mm), round((nx - 40) / spacing_mm))
    grid = hd.Grid(shape=shape, spacing_mm=(spacing_mm, spacing_mm, slice_mm), origin_mm=(x + 20.5, y - 9.5, z + 0.7))
    values = np.full(shape, -1000.0)
    for name, hounsfield in TISSUES.items():
        inside = case.structures[name].to_mask(grid)
        values = values * (1 - inside) + hounsfield * inside
    return (values + np.random.default_rng(7).normal(0, 12, shape)).astype(np.int16), grid


def write_series(
    folder: Path,
    values: NDArray[np.int16],
    grid: hd.Grid,
    frame: str,
    *,
    series: str,
    modality: str = "CT",
    change: Change | None = None,
    leave_out: Sequence[int] = (),
) -> list[str]:
    """Write slices as files; `change` alters each before it is written. Gives the SOP instance UIDs of all slices."""
    folder.mkdir(parents=True, exist_ok=True)
    uids = []
    for k, plane in enumerate(values):
        one = Dataset()
        one.SOPClassUID, one.Modality = CT_CLASS if modality == "CT" else MR_CLASS, modality
        one.SOPInstanceUID = generate_uid(entropy_srcs=[series, str(k)])
        one.PatientName, one.PatientID = PATIENT, "4711-PATIENT"
        one.SeriesInstanceUID, one.FrameOfReferenceUID, one.SeriesDescription = series, frame, PATIENT
        one.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        one.ImageOrientationPatient = [round(float(v), 8) for v in grid.direction[:, :2].T.ravel()]
        one.ImagePositionPatient = [round(float(v), 4) for v in grid.voxel_centre_mm(k, 0, 0)]
        one.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[0]]
        one.SliceThickness = grid.spacing_mm[2]
        one.Rows, one.Columns = plane.shape
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
        if modality == "CT":
            one.RescaleSlope, one.RescaleIntercept, one.RescaleType = 1, -1024, "HU"
        one.PixelData = (plane.astype(np.int32) + 1024).clip(0, 65535).astype("<u2").tobytes()
        if change is not None:
            change(one, k)
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = one.SOPClassUID, one.SOPInstanceUID
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.file_meta = meta
        uids.append(str(one.SOPInstanceUID))
        if k not in leave_out:
            # The order of names is not that of places.
            one.save_as(folder / f"{(7 * k) % len(values):03d}.dcm", enforce_file_format=True)
    return uids


def refer(structure_set: Path, frame: str, series: Sequence[str], slices: Sequence[str] = ()) -> None:
    """Let a structure set say on which series it was drawn."""
    dataset = dcmread(structure_set)
    studied, of_frame = Dataset(), Dataset()
    studied.RTReferencedSeriesSequence = []
    for uid in series:
        one = Dataset()
        one.SeriesInstanceUID, one.ContourImageSequence = uid, []
        for image in slices:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT_CLASS, image
            one.ContourImageSequence.append(item)
        studied.RTReferencedSeriesSequence.append(one)
    of_frame.FrameOfReferenceUID, of_frame.RTReferencedStudySequence = frame, [studied]
    dataset.ReferencedFrameOfReferenceSequence = [of_frame]
    dataset.save_as(structure_set)


def case_with_ct(demo_folder: Path, folder: Path, **options: float) -> hd.Case:
    """Put the demonstration case and a CT that its structures refer to into a folder, and read it."""
    shutil.copytree(demo_folder, folder, dirs_exist_ok=True)
    plain = hd.read_case(folder)
    frame = plain.frame_of_reference
    assert frame is not None
    values, grid = anatomy(plain, **options)
    uids = write_series(folder / "ct", values, grid, frame, series="1.2.3.4")
    refer(folder / "rtstruct.dcm", frame, ["1.2.3.4"], uids)
    return hd.read_case(folder)
