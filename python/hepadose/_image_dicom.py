"""DICOM files to the one image series that belongs to a case: found by what they hold, checked, never guessed."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepadose._core import Grid
from hepadose._document import StrPath, missing
from hepadose._image_series import ImageSeries, Modality
from hepadose.errors import ImageSeriesError, SeriesChoiceError, SeriesFrameOfReferenceError

if TYPE_CHECKING:
    from pydicom import Dataset

# SOP classes (PS3.4, B.5).
_SINGLE_FRAME: dict[str, Modality] = {"1.2.840.10008.5.1.4.1.1.2": "CT", "1.2.840.10008.5.1.4.1.1.4": "MR"}
_MULTI_FRAME = {
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.4",
}
_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
# (0002,0002) of the file meta group, else (0008,0016): an explicit UI or an implicit length, then the UID.
_SOP_CLASS = re.compile(rb"(?:\x02\x00\x02\x00|\x08\x00\x16\x00)(?:UI..|....)(1\.2\.840\.10008[0-9.]+)", re.DOTALL)
_HEAD_BYTES = 4096
_HEADERS = (
    "SOPInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "ImageType", "ImageOrientationPatient",
    "ImagePositionPatient", "PixelSpacing", "Rows", "Columns", "GantryDetectorTilt", "RescaleSlope",
    "RescaleIntercept", "RescaleType", "SamplesPerPixel", "PhotometricInterpretation", "BurnedInAnnotation",
)  # fmt: skip
# Written with decimals: cosines may differ by 1e-4, positions by a hundredth of a millimetre.
_COSINE, _SAME_MM = 1e-4, 0.01
# Slices that drift in their plane by more than this share of a pixel are sheared.
_DRIFT = 0.1
# A step over this times the usual one is a gap, as between contours.
_GAP = 1.5
_COSINES = 6
_AXES = 3


def read_image_series(
    source: StrPath | Iterable[StrPath],
    *,
    series: str | None = None,
    frame_of_reference: str | None = None,
) -> ImageSeries:
    """Read one CT or MR series as a volume, to show a dose on.

    `Case.image` chooses the series of a case by itself; this is for choosing among several, or for images that lie
    elsewhere: ``case.image = hd.read_image_series(folder, series=uid)``.

    Parameters
    ----------
    source : path, or iterable of paths
        A folder, with those below it, or files; what is no CT or MR is passed over.
    series : str, optional
        SeriesInstanceUID, where there are several.
    frame_of_reference : str, optional
        Only series in this frame of reference.

    Returns
    -------
    ImageSeries

    Raises
    ------
    hepadose.errors.SeriesChoiceError
        Several series, or none that was asked for.
    hepadose.errors.SeriesFrameOfReferenceError
        None in the frame of reference.
    hepadose.errors.ImageSeriesError
        Slices that make no volume (missing, repeated, tilted, of mixed orientation or size), values without a unit,
        identifying text in the pixels, or no CT or MR at all.
    hepadose.errors.MissingExtraError
        pydicom (extra ``dicom``), or for compressed pixels SimpleITK (extra ``images``), is not installed.
    """
    paths = _files(Path(source)) if isinstance(source, str | os.PathLike) else map(Path, source)
    found = _Found.of(paths)
    if found.is_empty:
        raise ImageSeriesError("no CT or MR slices are there", reason="nothing_found")
    return found.only(frame_of_reference, series=series).volume()


class FolderImage:
    """The image of a case in a folder, not read before it is asked for; then kept, or else why there is none.

    Parameters
    ----------
    folder : path
        The folder that the case was read from.
    frame_of_reference : str or None
        That of the case.
    structure_set_uid : str or None
        SOP instance UID of the case's structure set.
    """

    def __init__(self, folder: StrPath, frame_of_reference: str | None, structure_set_uid: str | None) -> None:
        self._folder = str(Path(folder).absolute())
        self._frame, self._structure_set = frame_of_reference, structure_set_uid
        self._result: ImageSeries | Exception | None = None
        self._is_known = False

    def get(self) -> ImageSeries | None:
        """Read it; None where the folder holds no CT or MR.

        Raises
        ------
        hepadose.errors.ImageSeriesError, hepadose.errors.MissingExtraError
            Images are there, and none of them can be shown.
        """
        if not self._is_known:
            try:
                self._result = self._read()
            except (ImageSeriesError, ImportError) as error:
                self._result = error.with_traceback(None)
            self._is_known = True
        if isinstance(self._result, Exception):
            raise self._result
        return self._result

    def _read(self) -> ImageSeries | None:
        found = _Found.of(_files(Path(self._folder)))
        if found.is_empty:
            return None
        if self._frame is None:
            raise ImageSeriesError(
                "the case states no frame of reference, so no image is known to lie where its dose does; "
                "choose it yourself: case.image = hd.read_image_series(...)",
                reason="unknown_frame",
            )
        referred, slices = found.referred(self._structure_set)
        return found.only(self._frame, referred=referred).volume(slices)


@dataclass(frozen=True)
class _Slice:
    """The header of one file."""

    path: Path
    header: "Dataset"
    modality: Modality

    @property
    def is_localizer(self) -> bool:
        return "LOCALIZER" in [str(one).upper() for one in self.header.get("ImageType") or ()]

    def numbers(self, name: str, count: int) -> NDArray[np.float64]:
        """Give a decimal string of so many values."""
        given = self.header.get(name)
        try:
            values = np.array([float(one) for one in given or ()], dtype=np.float64)
        except (TypeError, ValueError):
            values = np.zeros(0)
        if values.size != count or not np.isfinite(values).all():
            raise ImageSeriesError(f"a slice lacks {name}, so it has no place in space", reason="no_geometry")
        return values


@dataclass(frozen=True)
class _Found:
    """The image slices of some files, by series and frame of reference."""

    series: dict[tuple[str, str], list[_Slice]]
    structure_sets: tuple[Path, ...]
    multi_frame: int

    @classmethod
    def of(cls, paths: Iterable[Path]) -> "_Found":
        classes = [(path, _sop_class(path)) for path in paths]
        images = [(path, found) for path, found in classes if found in _SINGLE_FRAME]
        several = sum(found in _MULTI_FRAME for _, found in classes)
        sets = tuple(path for path, found in classes if found == _STRUCTURE_SET)
        every: dict[tuple[str, str], dict[str, _Slice]] = {}
        for path, found in images:
            header = _header(path)
            one = _Slice(path, header, _SINGLE_FRAME[found])
            if not one.is_localizer:
                key = str(header.get("SeriesInstanceUID", "")), str(header.get("FrameOfReferenceUID", ""))
                # The same object may lie in the folder twice.
                every.setdefault(key, {}).setdefault(str(header.get("SOPInstanceUID", path)), one)
        return cls({key: list(slices.values()) for key, slices in sorted(every.items())}, sets, several)

    @property
    def is_empty(self) -> bool:
        return not self.series and not self.multi_frame

    def referred(self, structure_set: str | None) -> tuple[frozenset[str], frozenset[str]]:
        """Give the series and the slices that the structure set was drawn on; nothing where it does not say."""
        from pydicom import dcmread  # noqa: PLC0415 - an extra, there since headers were read

        series, slices = set(), set()
        for path in self.structure_sets if structure_set else ():
            dataset = dcmread(path, specific_tags=["SOPInstanceUID", "ReferencedFrameOfReferenceSequence"])
            if str(dataset.get("SOPInstanceUID")) != structure_set:
                continue
            for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ():
                for study in frame.get("RTReferencedStudySequence") or ():
                    for one in study.get("RTReferencedSeriesSequence") or ():
                        series.add(str(one.get("SeriesInstanceUID")))
                        for image in one.get("ContourImageSequence") or ():
                            slices.add(str(image.get("ReferencedSOPInstanceUID")))
        return frozenset(series), frozenset(slices)

    def only(self, frame: str | None, *, referred: frozenset[str] = frozenset(), series: str | None = None) -> "_Stack":
        """Give the one series that is meant."""
        if not self.series:
            raise ImageSeriesError(
                f"{self.multi_frame} multi-frame objects (Enhanced CT or MR) are there, which are not read; export the "
                "series as single slices",
                reason="multi_frame",
            )
        inside = [key for key in self.series if frame is None or key[1] == frame]
        if not inside:
            raise SeriesFrameOfReferenceError(
                f"the images there ({self._said(list(self.series))}) lie in another frame of reference than the dose; "
                "export the planning images, or register them first",
                reason="another_frame",
            )
        chosen = [key for key in inside if key[0] == series] if series is not None else inside
        if not chosen:
            self._raise_choice("none of the series there has the UID that was asked for", inside)
        if series is None and referred:
            chosen = [key for key in inside if key[0] in referred]
            if not chosen:
                self._raise_choice("the structures were drawn on a series that is not there", inside)
        if len(chosen) > 1:
            self._raise_choice("several series could be meant", chosen)
        return _Stack(self.series[chosen[0]])

    def _raise_choice(self, why: str, keys: Sequence[tuple[str, str]]) -> None:
        raise SeriesChoiceError(
            f"{why}; there are: {self._said(keys)}; choose one of error.series_uids: "
            "case.image = hd.read_image_series(folder, series=...)",
            reason="choice",
            series_uids=[uid for uid, _ in keys],
        )

    def _said(self, keys: Sequence[tuple[str, str]]) -> str:
        """Name series without their UIDs."""
        return ", ".join(f"{self.series[key][0].modality} of {len(self.series[key])} slices" for key in keys)


class _Stack:
    """The slices of one series, put in order along their normal and checked."""

    def __init__(self, slices: Sequence[_Slice]) -> None:
        if len(slices) < 2:  # noqa: PLR2004 - one slice has no thickness
            raise ImageSeriesError("the series has one slice, which makes no volume", reason="one_slice")
        burned = sum(str(one.header.get("BurnedInAnnotation", "")).upper() == "YES" for one in slices)
        if burned:
            raise ImageSeriesError(
                f"{burned} slices say that text which may identify the patient is burned into their pixels "
                "(BurnedInAnnotation YES); they are not shown",
                reason="burned_in",
            )
        self.modality = slices[0].modality
        cosines = np.array([one.numbers("ImageOrientationPatient", _COSINES) for one in slices])
        if np.abs(cosines - cosines[0]).max() > _COSINE:
            raise ImageSeriesError("the slices have different orientations, allowed is one", reason="mixed_orientation")
        self.row, self.column = cosines[0, :3], cosines[0, 3:]
        self.normal = np.cross(self.row, self.column)
        shapes = {(int(one.header.get("Rows", 0)), int(one.header.get("Columns", 0))) for one in slices}
        spacings = np.array([one.numbers("PixelSpacing", 2) for one in slices])
        if len(shapes) > 1 or np.abs(spacings - spacings[0]).max() > _SAME_MM:
            raise ImageSeriesError("the slices differ in rows, columns or pixel spacing", reason="mixed_sizes")
        (self.shape,), self.spacing = shapes, spacings[0]
        places = np.array([one.numbers("ImagePositionPatient", _AXES) for one in slices])
        order = np.argsort(places @ self.normal, kind="stable")
        self.slices, self.places = [slices[index] for index in order], places[order]
        self._check_steps()

    def _check_steps(self) -> None:
        along = self.places @ self.normal
        steps = np.diff(along)
        if steps.min() < _SAME_MM:
            repeated = int((steps < _SAME_MM).sum())
            raise ImageSeriesError(
                f"{repeated} slices lie where another one does (phases of breathing, or two reconstructions?); "
                "export one volume",
                reason="repeated_positions",
            )
        moved = self.places - self.places[0] - np.outer(along - along[0], self.normal)
        drift = float(np.linalg.norm(moved, axis=1).max())
        if drift > _DRIFT * float(self.spacing.min()):
            raise ImageSeriesError(
                f"the slices are shifted in their plane, by up to {drift:.1f} mm, as under a tilted gantry; "
                "such a series is no upright block: export it corrected for the tilt",
                reason="gantry_tilt",
            )
        usual = float(np.median(steps))
        wide = np.flatnonzero(steps > _GAP * usual)
        if wide.size:
            lacking = int(np.rint(steps[wide] / usual - 1).sum())
            raise ImageSeriesError(
                f"about {lacking} slices are missing in {wide.size} places: the slices stand {usual:g} mm apart, the "
                f"widest gap is {float(steps.max()):g} mm; export the series as a whole",
                reason="missing_slices",
            )
        self.offsets = along - along[0]

    def volume(self, referred: frozenset[str] = frozenset()) -> ImageSeries:
        """Read the pixels."""
        import hashlib  # noqa: PLC0415 - heavy at import, and only this needs it

        hashes, planes = hashlib.sha256(), []
        for one in self.slices:
            content = _content(one.path)
            hashes.update(hashlib.sha256(content).digest())
            planes.append(_plane(one, content, self.shape))
        values = np.stack(planes)
        values.setflags(write=False)
        steps = np.diff(self.offsets)
        even = bool(np.ptp(steps) < _SAME_MM)
        step = float(self.offsets[-1]) / steps.size
        grid = Grid(
            shape=values.shape,
            spacing_mm=(float(self.spacing[1]), float(self.spacing[0]), step),
            origin_mm=self.places[0],
            direction=np.stack([self.row, self.column, self.normal], axis=1),
            frame_offsets_mm=None if even else self.offsets,
        )
        return ImageSeries(
            modality=self.modality,
            values=values,
            grid=grid,
            frame_of_reference=str(self.slices[0].header.get("FrameOfReferenceUID", "")) or None,
            sha256=hashes.hexdigest(),
            warnings=tuple(self._doubts(referred)),
        )

    def _doubts(self, referred: frozenset[str]) -> Iterator[str]:
        here = {str(one.header.get("SOPInstanceUID")) for one in self.slices}
        lacking = len(referred - here)
        if lacking and referred & here:
            yield f"{lacking} of {len(referred)} slices that the structures were drawn on are not there"
        tilts = [float(one.header.get("GantryDetectorTilt") or 0.0) for one in self.slices]
        tilt = max(tilts, key=abs)
        if abs(tilt) > 0.1 and abs(self.normal[2]) > 1 - _COSINE:  # noqa: PLR2004 - a tenth of a degree
            yield f"the image states a gantry tilt of {tilt:g} degrees, yet its slices stand straight: check it"


def _plane(one: _Slice, content: bytes, shape: tuple[int, int]) -> NDArray[Any]:
    """Give one slice: Hounsfield units of a CT, stored values of an MR."""
    header = one.header
    colours, meant = int(header.get("SamplesPerPixel", 1)), str(header.get("PhotometricInterpretation", ""))
    if colours != 1 or meant not in {"MONOCHROME2", "MONOCHROME1"}:
        raise ImageSeriesError(f"the pixels are {meant or 'of unknown meaning'}, allowed is grey", reason="pixels")
    slope, intercept = header.get("RescaleSlope"), header.get("RescaleIntercept")
    unit = str(header.get("RescaleType", "") or "HU").upper()
    if one.modality == "CT" and (slope is None or intercept is None or unit != "HU"):
        said = f"RescaleType {unit}" if unit != "HU" else "RescaleSlope or RescaleIntercept is absent"
        raise ImageSeriesError(f"the CT's values are not known to be in Hounsfield units: {said}", reason="units")
    a, b = float(1 if slope is None else slope), float(0 if intercept is None else intercept)
    stored, is_rescaled = _stored(one.path, content)
    if stored.shape != shape:
        raise ImageSeriesError(f"a slice holds {stored.shape} pixels, its header says {shape}", reason="pixels")
    values = stored if is_rescaled else stored * np.float32(a) + np.float32(b)
    if np.array_equal(values, np.rint(values)) and abs(values).max(initial=0) < np.iinfo(np.int16).max:
        return np.asarray(values, dtype=np.int16)
    return np.asarray(values, dtype=np.float32)


def _stored(path: Path, content: bytes) -> tuple[NDArray[Any], bool]:
    """Give the pixels and whether they were rescaled already: by pydicom, what it does not decompress by SimpleITK."""
    import io  # noqa: PLC0415 - with pydicom

    from pydicom import dcmread  # noqa: PLC0415 - an extra
    from pydicom.uid import ImplicitVRLittleEndian  # noqa: PLC0415 - the same

    dataset = dcmread(io.BytesIO(content), force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian  # what a file without meta group is in
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        return np.asarray(dataset.pixel_array), False
    except (AttributeError, ValueError, NotImplementedError, RuntimeError):
        if syntax.is_compressed and not syntax.is_deflated:
            return _decompressed(path), True
        raise ImageSeriesError("the pixels of a slice cannot be read; export it again", reason="pixels") from None


def _decompressed(path: Path) -> NDArray[Any]:
    try:
        import SimpleITK  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing("images", "SimpleITK (for compressed slices)") from error
    try:
        return np.asarray(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0])
    except (RuntimeError, IndexError):
        raise ImageSeriesError(
            "the compression of a slice's pixels is not read; export it uncompressed", reason="pixels"
        ) from None


# Files


def _files(folder: Path) -> Iterator[Path]:
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
                yield from _files(entry)
        elif entry.is_file():
            yield entry


def _sop_class(path: Path) -> str:
    """Give the SOP class of a file, empty where it is no DICOM."""
    try:
        with path.open("rb") as file:
            found = _SOP_CLASS.search(file.read(_HEAD_BYTES))
    except OSError:
        return ""  # a file that nobody may read is none of the case's
    return found.group(1).decode("ascii") if found else ""


def _header(path: Path) -> "Dataset":
    try:
        from pydicom import dcmread  # noqa: PLC0415 - an extra
        from pydicom.errors import InvalidDicomError  # noqa: PLC0415 - the same
    except ImportError as error:
        raise missing("dicom", "pydicom") from error
    try:
        return dcmread(path, stop_before_pixels=True, specific_tags=list(_HEADERS), force=True)
    except (InvalidDicomError, EOFError, ValueError, KeyError, OSError):
        raise ImageSeriesError("the header of a slice cannot be read; export it again", reason="file") from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageSeriesError(f"a slice cannot be read: {error.strerror}", reason="file") from None
