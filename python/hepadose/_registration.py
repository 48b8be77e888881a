"""DICOM registrations: rigid maps and displacement fields between frames of reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepadose._core import Grid
from hepadose._dicom import read_bytes
from hepadose._displacement import DisplacementField
from hepadose._document import missing
from hepadose._shown import Shown
from hepadose.errors import DicomError, FrameOfReferenceError, WrongModalityError

if TYPE_CHECKING:
    from hepadose._dicom import Source

_RIGID = "RIGID"
_REPEATED = (
    "the registration has several maps for one frame of reference, so which one is meant is not known; give the matrix"
    " or the field itself"
)
_MATRIX = (4, 4)


@dataclass(frozen=True, slots=True, eq=False)
class SpatialRegistration(Shown):
    """The rigid maps of a DICOM spatial registration, by the frame of reference that they start from."""

    frame_of_reference: str
    """The frame that all maps lead to."""
    to_frame: Mapping[str, NDArray[np.float64]]
    """4x4 matrix of each frame, for points (x, y, z, 1) in mm."""

    def transform(self, *, source: str, target: str) -> NDArray[np.float64]:
        """Give the 4x4 matrix that takes points of one frame of reference to another.

        Parameters
        ----------
        source, target : str
            Frame of reference UIDs.

        Returns
        -------
        array of shape (4, 4)

        Raises
        ------
        hepadose.errors.FrameOfReferenceError
            A frame that the registration does not name.
        """
        return np.linalg.inv(self._matrix(target)) @ self._matrix(source)

    def _matrix(self, frame: str) -> NDArray[np.float64]:
        if frame in self.to_frame:
            return self.to_frame[frame]
        if frame == self.frame_of_reference:
            return np.eye(4)
        raise FrameOfReferenceError("the registration does not name this frame of reference; look at to_frame")


@dataclass(frozen=True, slots=True, eq=False)
class DeformableRegistration(Shown):
    """The displacement fields of a DICOM deformable spatial registration, by the frame that they lead to."""

    frame_of_reference: str
    """The registered frame, in which all fields lie."""
    to_source: Mapping[str, DisplacementField]
    """Field of each source frame: it takes points of the registered frame there."""

    def field(self, *, source: str, target: str) -> DisplacementField:
        """Give the field that brings data of a source frame to the registered one.

        Parameters
        ----------
        source, target : str
            Frame of reference UIDs: of the data to bring, and where to. A field is not inverted, so `target` must be
            the registered frame.

        Returns
        -------
        DisplacementField

        Raises
        ------
        hepadose.errors.FrameOfReferenceError
            Frames that the registration does not name in that way.
        """
        if target != self.frame_of_reference or source not in self.to_source:
            raise FrameOfReferenceError(
                "the deformable registration does not lead from this frame of reference to that one;"
                " look at to_source, and at frame_of_reference for where its fields lie"
            )
        return self.to_source[source]


def read_registration(source: "Source") -> SpatialRegistration | DeformableRegistration:
    """Read a DICOM spatial registration object, rigid or deformable.

    Parameters
    ----------
    source : path, bytes or pydicom Dataset
        The registration (modality REG).

    Returns
    -------
    SpatialRegistration or DeformableRegistration

    Raises
    ------
    hepadose.errors.WrongModalityError
        Another object.
    hepadose.errors.DicomError
        A matrix that is not rigid (RIGID_SCALE, AFFINE), a field whose numbers do not fill its grid, different maps
        for one frame of reference.
    hepadose.errors.MissingExtraError
        pydicom is not installed.
    """
    try:
        import pydicom  # noqa: PLC0415 - an extra
        from pydicom.errors import InvalidDicomError  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing("dicom", "pydicom") from error

    if isinstance(source, pydicom.Dataset):
        dataset = source
    else:
        content = source if isinstance(source, bytes) else _bytes(source)
        try:
            dataset = pydicom.dcmread(BytesIO(content))
        except InvalidDicomError as error:
            raise DicomError("the bytes are no DICOM file; give a spatial registration object") from error
    if dataset.get("Modality") == "REG" and "DeformableRegistrationSequence" in dataset:
        return _deformable(dataset)
    if dataset.get("Modality") != "REG" or "RegistrationSequence" not in dataset:
        raise WrongModalityError("give a spatial registration (modality REG with a registration sequence)")
    maps: dict[str, NDArray[np.float64]] = {}
    for item in dataset.RegistrationSequence:
        frame = item.get("FrameOfReferenceUID")
        if frame:
            steps = [step for one in item.MatrixRegistrationSequence for step in one.MatrixSequence]
            found = _product(steps)
            if str(frame) in maps and not np.array_equal(maps[str(frame)], found):
                raise DicomError(_REPEATED)
            maps[str(frame)] = found
    return SpatialRegistration(str(dataset.FrameOfReferenceUID), maps)


def _bytes(source: Any) -> bytes:
    return bytes(source) if isinstance(source, bytearray | memoryview) else read_bytes(source)


def _product(steps: Any) -> NDArray[np.float64]:
    """Multiply matrices: the first one is applied first."""
    total = np.eye(4)
    for step in steps:
        kind = str(step.get("FrameOfReferenceTransformationMatrixType", _RIGID))
        if kind != _RIGID:
            raise DicomError(f"the registration is {kind}; only RIGID maps are used, since dose is not rescaled")
        values = np.array([float(value) for value in step.FrameOfReferenceTransformationMatrix])
        if values.size != total.size:
            raise DicomError(f"a transformation matrix has {values.size} numbers, not 16")
        total = values.reshape(_MATRIX) @ total
    return total


def _deformable(dataset: Any) -> DeformableRegistration:
    fields: dict[str, DisplacementField] = {}
    for item in dataset.DeformableRegistrationSequence:
        # An item without a grid says how the registered frame's own images lie, which needs no field.
        if not item.get("DeformableRegistrationGridSequence"):
            continue
        (grid,) = item.DeformableRegistrationGridSequence
        columns, rows, slices = (int(count) for count in grid.GridDimensions)
        vectors = np.frombuffer(grid.VectorGridData, dtype="<f4")
        if vectors.size != 3 * columns * rows * slices:
            raise DicomError(
                f"a displacement field of {columns} x {rows} x {slices} voxels has {vectors.size} numbers in place of"
                f" {3 * columns * rows * slices}"
            )
        orientation = np.array([float(value) for value in grid.ImageOrientationPatient]).reshape(2, 3)
        where = Grid(
            shape=(slices, rows, columns),
            spacing_mm=[float(step) for step in grid.GridResolution],
            origin_mm=[float(value) for value in grid.ImagePositionPatient],
            direction=np.column_stack([*orientation, np.cross(orientation[0], orientation[1])]),
        )
        source = str(item.SourceFrameOfReferenceUID)
        if source in fields:
            raise DicomError(_REPEATED)
        fields[source] = DisplacementField(
            vectors_mm=vectors.reshape(slices, rows, columns, 3),
            grid=where,
            before=_product(item.get("PreDeformationMatrixRegistrationSequence") or ()),
            after=_product(item.get("PostDeformationMatrixRegistrationSequence") or ()),
        )
    return DeformableRegistration(str(dataset.FrameOfReferenceUID), fields)
