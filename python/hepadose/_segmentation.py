"""Segmentations to structures: NIfTI, NRRD and other images through SimpleITK, DICOM SEG through pydicom."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hepadose._case import Structures
from hepadose._core import Grid, Structure
from hepadose._document import StrPath, missing
from hepadose.errors import ImageError

if TYPE_CHECKING:
    from pydicom import Dataset

_DICOM_MARK_AT = 128
_COLOUR_PARTS = 3
_IMAGE_AXES = 3
# How far in mm slices of a DICOM SEG may be from even steps.
_EVEN_MM = 0.02


class _Segment(NamedTuple):
    name: str
    number: int | None
    mask: NDArray[Any]
    colour: tuple[int, int, int] | None = None


def read_segmentation(path: StrPath, *, names: Mapping[int, str] | None = None) -> Structures:
    """Read the structures of a segmentation.

    - NIfTI, NRRD, MetaImage and whatever else SimpleITK reads: each label above 0 is a structure. The segments of a
      ``.seg.nrrd`` keep name, colour and layer, so that they may overlap. An image with values between 0 and 1 is one
      structure of covered fractions.
    - DICOM SEG, binary, fractional or label map: each segment is a structure with its label, number and frame of
      reference.

    Each structure is a mask on the voxels of its own bounding box; voxels are where the file says, in patient
    coordinates.

    Parameters
    ----------
    path : path
        The file.
    names : mapping of int to str, optional
        Names of labels, for a label map that carries none; without it they are ``Label 1``, ``Label 2``, ...

    Returns
    -------
    Structures
        By name, in the order of the file. Segments without a voxel are there, without volume.

    Raises
    ------
    hepadose.errors.MissingExtraError
        SimpleITK (extra ``images``) or pydicom (extra ``dicom``) is not installed.
    hepadose.errors.ImageError
        A file that is no segmentation, values that are no labels, slices of a SEG that are not evenly apart.
    OSError
        A file that cannot be read.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            opened.seek(_DICOM_MARK_AT)
            is_dicom = opened.read(4) == b"DICM"
    except OSError as error:
        said = f"cannot read the file: {error.strerror}; check that it exists and that you may read it"
        raise OSError(error.errno, said) from None
    return _read_dicom(file) if is_dicom else _read_image(file, names or {})


def _structure(segment: _Segment, grid: Grid, frame_of_reference: str | None) -> Structure:
    """Make a structure of a mask, on the voxels of its bounding box alone."""
    mask = segment.mask
    inside = mask > 0
    ranges = []
    for axis in range(_IMAGE_AXES):
        others = tuple(other for other in range(_IMAGE_AXES) if other != axis)
        (hit,) = np.nonzero(inside.any(axis=others))
        ranges.append(slice(hit[0], hit[-1] + 1) if hit.size else slice(0, 1))
    k, j, i = ranges
    cropped = Grid(
        shape=(k.stop - k.start, j.stop - j.start, i.stop - i.start),
        spacing_mm=grid.spacing_mm,
        origin_mm=grid.voxel_centre_mm(int(k.start), int(j.start), int(i.start)),
        direction=grid.direction,
        frame_offsets_mm=grid.frame_offsets_mm[k] - grid.frame_offsets_mm[k.start],
    )
    return Structure.from_mask(
        segment.name,
        mask[k, j, i],
        cropped,
        number=segment.number,
        colour=segment.colour,
        frame_of_reference=frame_of_reference,
    )


# Images


def _read_image(file: Path, names: Mapping[int, str]) -> Structures:
    try:
        import SimpleITK  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing("images", "SimpleITK") from error
    try:
        image: Any = SimpleITK.ReadImage(str(file))
    except RuntimeError:
        raise ImageError(
            "the file cannot be read as an image; allowed are NIfTI, NRRD, MetaImage and others that SimpleITK reads, "
            "and DICOM SEG"
        ) from None
    if image.GetDimension() != _IMAGE_AXES:
        raise ImageError(f"a segmentation has three axes (layers aside), this image has {image.GetDimension()}")
    columns, rows, slices = image.GetSize()
    grid = Grid(
        shape=(slices, rows, columns),
        spacing_mm=image.GetSpacing(),
        origin_mm=image.GetOrigin(),
        direction=np.asarray(image.GetDirection(), float).reshape(3, 3),
    )
    array: NDArray[Any] = SimpleITK.GetArrayFromImage(image)
    layers = array[..., np.newaxis] if array.ndim == _IMAGE_AXES else array
    header = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    segments = list(_slicer_segments(header, layers)) or list(_labels(layers, names))
    if not segments:
        raise ImageError("the image holds only 0, which is background; number the structures from 1")
    return Structures(_structure(segment, grid, None) for segment in segments)


def _slicer_segments(header: Mapping[str, str], layers: NDArray[Any]) -> Iterator[_Segment]:
    """Give the segments that the header of a ``.seg.nrrd`` lists (3D Slicer's keys ``Segment0_Name``, ...)."""
    index = 0
    while f"Segment{index}_LabelValue" in header:
        part = {key: header.get(f"Segment{index}_{key}") for key in ("Name", "LabelValue", "Layer", "Color")}
        layer = int(part["Layer"] or 0)
        if layer >= layers.shape[-1]:
            raise ImageError(f"segment {index} lies in layer {layer}, but the image has {layers.shape[-1]} layers")
        mask = layers[..., layer] == int(part["LabelValue"] or 0)
        yield _Segment(part["Name"] or f"Segment {index + 1}", index + 1, mask, _colour(part["Color"]))
        index += 1


def _colour(text: str | None) -> tuple[int, int, int] | None:
    parts = [round(255 * min(max(float(part), 0.0), 1.0)) for part in (text or "").split()]
    return (parts[0], parts[1], parts[2]) if len(parts) == _COLOUR_PARTS else None


def _labels(layers: NDArray[Any], names: Mapping[int, str]) -> Iterator[_Segment]:
    """Give each label above 0 of a label map, or one structure of covered fractions."""
    for layer in range(layers.shape[-1]):
        values = layers[..., layer]
        found: NDArray[Any] = np.unique(values)
        if not np.isfinite(found).all() or found[0] < 0:
            raise ImageError("a label map holds whole numbers from 0, this image has negative or non-finite values")
        if np.equal(found, np.floor(found)).all():
            for label in found[found > 0].astype(int).tolist():
                yield _Segment(names.get(label, f"Label {label}"), label, values == label)
        elif found[-1] <= 1:
            yield _Segment(names.get(1, "Label 1"), 1, values)
        else:
            raise ImageError(
                "the values are neither whole numbers (labels) nor between 0 and 1 (covered fractions); "
                f"the largest is {found[-1]:g}: this is an image and no segmentation"
            )


# DICOM SEG


def _read_dicom(file: Path) -> Structures:
    try:
        from pydicom import dcmread  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing("dicom", "pydicom") from error
    dataset = dcmread(file)
    if dataset.get("Modality") != "SEG":
        got = dataset.get("Modality") or "no modality"
        raise ImageError(f"this DICOM object is {got}, allowed is SEG; read_rtstruct reads an RTSTRUCT")
    frames = _Frames(dataset)
    reference = dataset.get("FrameOfReferenceUID")
    segments = frames.segments()
    return Structures(
        (_structure(segment, frames.grid, str(reference) if reference else None) for segment in segments),
        label=str(dataset.get("ContentLabel", "")) or None,
    )


class _Frames:
    """The frames of a DICOM SEG, put in order along their normal."""

    def __init__(self, dataset: "Dataset") -> None:
        self.dataset = dataset
        shared = dataset.SharedFunctionalGroupsSequence[0]
        self.groups = list(dataset.PerFrameFunctionalGroupsSequence)

        def macro(group: "Dataset", name: str) -> Any:
            for place in (group, shared):
                if name in place:
                    return place[name][0]
            raise ImageError(f"the SEG lacks {name}, so its voxels have no place; allowed are segmentations in space")

        orientations = [macro(group, "PlaneOrientationSequence").ImageOrientationPatient for group in self.groups]
        cosines = np.array(orientations, dtype=float)
        if np.abs(cosines - cosines[0]).max() > 1e-4:  # noqa: PLR2004 - what printing of cosines may take
            raise ImageError("the frames of the SEG have different orientations, allowed is one")
        row, column = cosines[0, :3], cosines[0, 3:]
        normal = np.cross(row, column)
        places = np.array([macro(group, "PlanePositionSequence").ImagePositionPatient for group in self.groups], float)
        along = places @ normal
        measures = macro(self.groups[0], "PixelMeasuresSequence")
        step = _step(along, measures)
        first = int(np.argmin(along))
        index = (along - along[first]) / step
        self.index = np.rint(index).astype(int)
        if np.abs(index - self.index).max() * step > _EVEN_MM:
            raise ImageError("the slices of the SEG are not evenly apart, so gaps cannot be told from thick slices")
        self.grid = Grid(
            shape=(int(self.index.max()) + 1, int(dataset.Rows), int(dataset.Columns)),
            spacing_mm=(float(measures.PixelSpacing[1]), float(measures.PixelSpacing[0]), step),
            origin_mm=places[first],
            direction=np.stack([row, column, normal], axis=1),
        )

    def segments(self) -> Iterator[_Segment]:
        dataset = self.dataset
        pixels: NDArray[Any] = dataset.pixel_array
        pixels = pixels.reshape((len(self.groups), *self.grid.shape[1:]))
        kind = str(dataset.SegmentationType)
        if kind == "FRACTIONAL":
            pixels = pixels / np.float32(dataset.MaximumFractionalValue)
        for item in dataset.SegmentSequence:
            number = int(item.SegmentNumber)
            mask: NDArray[Any] = np.zeros(self.grid.shape, np.float32 if kind == "FRACTIONAL" else np.bool_)
            for group, index, frame in zip(self.groups, self.index, pixels, strict=True):
                if kind == "LABELMAP":
                    mask[index] |= frame == number
                elif _segment_of(group, dataset) == number:
                    mask[index] = np.maximum(mask[index], frame)
            yield _Segment(str(item.get("SegmentLabel", "")) or f"Segment {number}", number, mask)


def _step(along: NDArray[np.float64], measures: "Dataset") -> float:
    """Give the distance of slices: the least between frames, else what the file says."""
    steps = np.diff(np.unique(along))
    steps = steps[steps > _EVEN_MM]
    stated = measures.get("SpacingBetweenSlices") or measures.get("SliceThickness")
    if stated and (not steps.size or steps.min() > float(stated) + _EVEN_MM):
        return abs(float(stated))
    if not steps.size:
        raise ImageError("the SEG has one slice and states no thickness")
    return float(steps.min())


def _segment_of(group: "Dataset", dataset: "Dataset") -> int:
    for place in (group, dataset.SharedFunctionalGroupsSequence[0]):
        if "SegmentIdentificationSequence" in place:
            return int(place.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
    raise ImageError("a frame of the SEG does not say which segment it belongs to")
