"""DICOM spatial registrations: rigid maps between frames of reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepadose._dicom import read_bytes
from hepadose._document import missing
from hepadose.errors import DicomError, FrameOfReferenceError, WrongModalityError

if TYPE_CHECKING:
    from hepadose._dicom import Source

_RIGID = "RIGID"


@dataclass(frozen=True, slots=True, eq=False)
class SpatialRegistration:
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


def read_registration(source: "Source") -> SpatialRegistration:
    """Read a DICOM spatial registration object of rigid maps.

    Parameters
    ----------
    source : path, bytes or pydicom Dataset
        The registration (modality REG).

    Returns
    -------
    SpatialRegistration

    Raises
    ------
    hepadose.errors.WrongModalityError
        Another object.
    hepadose.errors.DicomError
        A map that is not rigid (RIGID_SCALE, AFFINE), or deformable registration.
    hepadose.errors.MissingExtraError
        pydicom is not installed.
    """
    try:
        import pydicom  # noqa: PLC0415
    except ImportError as error:
        raise missing("dicom", "pydicom") from error
    from io import BytesIO  # noqa: PLC0415

    if isinstance(source, pydicom.Dataset):
        dataset = source
    else:
        content = source if isinstance(source, bytes) else _bytes(source)
        try:
            dataset = pydicom.dcmread(BytesIO(content))
        except pydicom.errors.InvalidDicomError as error:
            raise DicomError("the bytes are no DICOM file; give a spatial registration object") from error
    if dataset.get("Modality") != "REG" or "RegistrationSequence" not in dataset:
        raise WrongModalityError("give a spatial registration (modality REG with a registration sequence)")
    maps: dict[str, NDArray[np.float64]] = {}
    for item in dataset.RegistrationSequence:
        frame = item.get("FrameOfReferenceUID")
        if frame:
            maps[str(frame)] = _matrix(item)
    return SpatialRegistration(str(dataset.FrameOfReferenceUID), maps)


def _bytes(source: Any) -> bytes:
    return bytes(source) if isinstance(source, bytearray | memoryview) else read_bytes(source)


def _matrix(item: Any) -> NDArray[np.float64]:
    """Multiply the matrices of an item: the first one is applied first."""
    total = np.eye(4)
    for registration in item.MatrixRegistrationSequence:
        for step in registration.MatrixSequence:
            kind = str(step.get("FrameOfReferenceTransformationMatrixType", _RIGID))
            if kind != _RIGID:
                raise DicomError(f"the registration is {kind}; only RIGID maps are used, since dose is not rescaled")
            values = np.array([float(value) for value in step.FrameOfReferenceTransformationMatrix])
            if values.size != total.size:
                raise DicomError(f"a transformation matrix has {values.size} numbers, not 16")
            total = values.reshape(4, 4) @ total
    return total
