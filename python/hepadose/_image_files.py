"""The image files of a folder: which are slices of a CT or MR, their headers, their bytes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hepadose._document import missing
from hepadose._image_series import Modality
from hepadose.errors import ImageSeriesError

if TYPE_CHECKING:
    from pydicom import Dataset

# SOP classes (PS3.4, B.5).
SINGLE_FRAME: dict[str, Modality] = {"1.2.840.10008.5.1.4.1.1.2": "CT", "1.2.840.10008.5.1.4.1.1.4": "MR"}
MULTI_FRAME = {
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.4",
}
STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
# (0002,0002) of the file meta group, else (0008,0016): an explicit UI or an implicit length, then the UID.
_SOP_CLASS = re.compile(rb"(?:\x02\x00\x02\x00|\x08\x00\x16\x00)(?:UI..|....)(1\.2\.840\.10008[0-9.]+)", re.DOTALL)
_HEAD_BYTES = 4096
_HEADERS = (
    "SOPInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "ImageType", "ImageOrientationPatient",
    "ImagePositionPatient", "PixelSpacing", "Rows", "Columns", "GantryDetectorTilt", "RescaleSlope",
    "RescaleIntercept", "RescaleType", "SamplesPerPixel", "PhotometricInterpretation", "BurnedInAnnotation",
)  # fmt: skip


def files_of(folder: Path) -> Iterator[Path]:
    """Give the files of a folder and those below it; links to folders are not followed."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise ImageSeriesError(
            f"the folder cannot be read: {error.strerror}; was it moved since the case was read?", reason="file"
        ) from None
    for entry in entries:
        if entry.is_dir():
            if not entry.is_symlink():
                yield from files_of(entry)
        elif entry.is_file():
            yield entry


def sop_class(path: Path) -> str:
    """Give the SOP class of a file, empty where it is no DICOM."""
    try:
        with path.open("rb") as file:
            found = _SOP_CLASS.search(file.read(_HEAD_BYTES))
    except OSError:
        return ""  # a file that nobody may read is none of the case's
    return found.group(1).decode("ascii") if found else ""


def header_of(path: Path) -> "Dataset":
    try:
        from pydicom import dcmread  # noqa: PLC0415 - an extra
        from pydicom.errors import InvalidDicomError  # noqa: PLC0415 - the same
    except ImportError as error:
        raise missing("dicom", "pydicom") from error
    try:
        return dcmread(path, stop_before_pixels=True, specific_tags=list(_HEADERS), force=True)
    except (InvalidDicomError, EOFError, ValueError, KeyError, OSError):
        raise ImageSeriesError("the header of a slice cannot be read; export it again", reason="file") from None


def content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageSeriesError(f"a slice cannot be read: {error.strerror}", reason="file") from None
