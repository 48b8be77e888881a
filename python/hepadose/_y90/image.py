"""Images of activity: read from files, told apart by what their values are."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._core import ActivityMap, Grid
from hepadose._document import StrPath
from hepadose.errors import CalibrationError, MissingExtraError, NothingFoundError, TransferSyntaxError

ImageUnit: TypeAlias = Literal["becquerel_per_ml", "counts"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Image:
    """An image of activity, and what its values are."""

    values: NDArray[np.float32] | NDArray[np.float64]
    """Values in C order (slice, row, column)."""
    grid: Grid
    """Where the voxels are."""
    unit: ImageUnit
    """Bq/mL, or counts: whatever is in proportion to activity."""
    decay_correction_h: float | None = None
    """Hours from administration to the moment at which the activity is stated, where known."""
    frame_of_reference: str | None = None
    """DICOM Frame of Reference UID, where known."""
    from_suv: bool = False
    """Whether an SUV was turned into Bq/mL."""
    warnings: tuple[str, ...] = ()
    """Doubts that a person should know of."""

    def activity_map(self) -> ActivityMap:
        """Give the activity in Bq/mL at the image's own reference time.

        Raises
        ------
        hepadose.errors.CalibrationError
            An image of counts.
        hepadose.errors.ImageError
            Values that are not finite, or more negative than positive activity.
        """
        if self.unit != "becquerel_per_ml":
            raise CalibrationError(
                "the image holds counts, not Bq/mL; use relative_calibration with the administered activity"
            )
        return ActivityMap(self.values, self.grid, frame_of_reference=self.frame_of_reference)


def read_image(path: StrPath, *, unit: ImageUnit | None = None, decay_correction_h: float | None = None) -> Image:
    """Read an image of activity: a PET series or an NM object of DICOM, NRRD or NIfTI.

    A PET series is a folder with one file a slice. SUV by body weight is turned into Bq/mL where activity, weight,
    half-life and times are stated, else refused. An NM object without units holds counts. NRRD and NIfTI say nothing of
    their unit, so it must be stated; they are read by SimpleITK.

    Parameters
    ----------
    path : path
        A folder with one DICOM series, a DICOM file, or an NRRD or NIfTI file.
    unit : {"becquerel_per_ml", "counts"}, optional
        What the values are: required where the file does not say, refused where it contradicts the file.
    decay_correction_h : float, optional
        Hours from administration to the moment at which the activity is stated, where you know better than the file.

    Returns
    -------
    Image

    Raises
    ------
    hepadose.errors.DicomError
        Not PET or NM, more than one series, several energy windows, units that are no activity. Deflated files, RLE,
        JPEG baseline and lossless are read; JPEG 2000 and JPEG-LS where pydicom (extra ``dicom``) finds a decoder.
    hepadose.errors.CalibrationError
        No unit, or one that contradicts the file.
    hepadose.errors.MissingExtraError
        SimpleITK is not installed.
    """
    where = Path(path)
    if where.is_file() and where.name.lower().endswith((".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd")):
        return _read_by_simpleitk(where, unit, decay_correction_h)
    files = sorted(one for one in where.iterdir() if one.is_file()) if where.is_dir() else [where]
    if not files:
        raise NothingFoundError("the folder holds no file; give a folder with one PET series")
    content = [one.read_bytes() for one in files]
    try:
        found = _core.read_nuclear_image(content)
    except TransferSyntaxError as error:
        found = _core.read_nuclear_image(_decompressed(content, error))
    values, grid, stated, hours, frame, from_suv, warnings = found
    if unit is not None and unit != stated:
        raise CalibrationError(f"unit= says {unit}, but the file holds {stated}; leave it out")
    return Image(
        values=values,
        grid=grid,
        unit=stated,
        decay_correction_h=hours if decay_correction_h is None else decay_correction_h,
        frame_of_reference=frame,
        from_suv=from_suv,
        warnings=tuple(warnings),
    )


def _decompressed(files: list[bytes], refused: TransferSyntaxError) -> list[bytes]:
    """Decode what the core does not (JPEG 2000, JPEG-LS) by pydicom and the decoder that it finds."""
    try:
        from pydicom import dcmread  # noqa: PLC0415 - an extra
    except ImportError:
        raise refused from None
    decoded = []
    for one in files:
        dataset = dcmread(BytesIO(one))
        syntax = dataset.file_meta.TransferSyntaxUID.name
        try:
            dataset.decompress(generate_instance_uid=False)
        except (AttributeError, NotImplementedError, RuntimeError, ValueError):
            raise TransferSyntaxError(
                f"pydicom has no decoder for {syntax}, or the pixels are damaged; install one of those that its "
                "documentation names for this transfer syntax, or convert the file"
            ) from None
        opened = BytesIO()
        dataset.save_as(opened, enforce_file_format=True)
        decoded.append(opened.getvalue())
    return decoded


def _read_by_simpleitk(path: Path, unit: ImageUnit | None, decay_correction_h: float | None) -> Image:
    if unit is None:
        raise CalibrationError(
            "the file does not say what its values are; say unit='becquerel_per_ml' or unit='counts'"
        )
    try:
        import SimpleITK  # noqa: PLC0415 - heavy, and an extra
    except ImportError as error:
        raise MissingExtraError("NRRD and NIfTI need SimpleITK: pip install 'hepadose[images]'") from error
    image: Any = SimpleITK.ReadImage(str(path))
    array = SimpleITK.GetArrayFromImage(image)
    grid = Grid(
        shape=array.shape,
        spacing_mm=image.GetSpacing(),
        origin_mm=image.GetOrigin(),
        direction=np.reshape(image.GetDirection(), (3, 3)),
    )
    values = array if array.dtype in {np.dtype(np.float32), np.dtype(np.float64)} else array.astype(np.float64)
    return Image(values=values, grid=grid, unit=unit, decay_correction_h=decay_correction_h)
