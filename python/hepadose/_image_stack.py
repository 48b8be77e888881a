"""The slices of one series: put in order, checked, read as a volume."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepadose._core import Grid
from hepadose._document import missing
from hepadose._image_files import content_of
from hepadose._image_series import ImageSeries, Modality
from hepadose.errors import ImageSeriesError

if TYPE_CHECKING:
    from pydicom import Dataset

# Written with decimals: cosines may differ by 1e-4, positions by a hundredth of a millimetre.
_COSINE, _SAME_MM = 1e-4, 0.01
# Slices that drift in their plane by more than this share of a pixel are sheared.
_DRIFT = 0.1
# A step over this times the usual one is a gap, as between contours.
_GAP = 1.5
_COSINES = 6
_AXES = 3


@dataclass(frozen=True)
class Slice:
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


class Stack:
    """The slices of one series, put in order along their normal and checked."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        if len(slices) < 2:  # noqa: PLR2004 - one slice has no thickness
            raise ImageSeriesError("the series has one slice, which makes no volume", reason="one_slice")
        burned = sum(str(one.header.get("BurnedInAnnotation", "")).upper() == "YES" for one in slices)
        if burned:
            raise ImageSeriesError(
                f"{burned} slices say that text which may identify the patient is burned into their pixels "
                "(BurnedInAnnotation YES); they are not shown",
                reason="burned_in",
            )
        self.modality: Modality = slices[0].modality
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
            content = content_of(one.path)
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


def _plane(one: Slice, content: bytes, shape: tuple[int, int]) -> NDArray[Any]:
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
    # What pydicom raises: no pixel elements, a wrong length, no decoder (NotImplementedError, RuntimeError).
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
