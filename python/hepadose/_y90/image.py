"""Images of activity: read from files, told apart by what their values are."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._core import ActivityMap, Grid
from hepadose._document import StrPath, missing
from hepadose._shown import Shown
from hepadose._y90.checks import finite
from hepadose._y90.radionuclide import TC99M, UNKNOWN, Y90, contradicts, read_header, require
from hepadose.errors import (
    CalibrationError,
    NothingFoundError,
    RadionuclideError,
    TransferSyntaxError,
    UnknownWordError,
)

ImageUnit: TypeAlias = Literal["becquerel_per_ml", "counts"]
Radionuclide: TypeAlias = Literal["Y-90", "Tc-99m"]
_NOT_CHECKED = (
    "radionuclide and RescaleSlope of the files were not checked: pydicom is missing "
    '(pip install "hepadose[dicom]"), or could not read a file'
)
_NO_SLOPE = (
    "the NM file states no RescaleSlope: its stored numbers are taken as counts with a slope of 1, "
    "which is right for anything in proportion to activity"
)
_UNITS = ("becquerel_per_ml", "counts")
# Hours by which a stated time may differ from that of the file before it is said.
_SAME_HOURS = 0.02


def _known_unit(unit: str) -> None:
    """Refuse any other word: values in kBq/mL or SUV are neither Bq/mL nor, unsaid, counts."""
    if unit not in _UNITS:
        raise UnknownWordError(
            f"unit= is {' or '.join(_UNITS)}, got {unit!r}; bring values of another unit to Bq/mL, or say "
            "counts for whatever is in proportion to activity",
            what="unit",
            got=unit,
            allowed=" or ".join(_UNITS),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Image(Shown):
    """An image of activity, and what its values are.

    Raises
    ------
    hepadose.errors.UnknownWordError
        A unit other than ``becquerel_per_ml`` and ``counts``.
    """

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
    radionuclide: str | None = None
    """What the image shows, such as ``Y-90`` or ``Tc-99m``; None where it is not known."""
    from_suv: bool = False
    """Whether an SUV was turned into Bq/mL."""
    warnings: tuple[str, ...] = ()
    """Doubts that a person should know of."""

    def __post_init__(self) -> None:
        """Refuse a word that is no unit."""
        _known_unit(self.unit)

    def activity_map(self) -> ActivityMap:
        """Give the activity in Bq/mL at the image's own reference time.

        The map forgets that time: give `decay_correction_h` to `absorbed_dose`, or take the activity of
        `absolute_calibration`, which is that at administration.

        Raises
        ------
        hepadose.errors.CalibrationError
            An image of counts.
        hepadose.errors.RadionuclideError
            An image of another radionuclide than yttrium-90.
        hepadose.errors.ImageError
            Values that are not finite, or more negative than positive activity.
        """
        if self.unit != "becquerel_per_ml":
            raise CalibrationError(
                "the image holds counts, not Bq/mL; use relative_calibration with the administered activity"
            )
        require(self.radionuclide, (Y90,), "absorbed dose", "an activity of another radionuclide gives another dose")
        return ActivityMap(self.values, self.grid, frame_of_reference=self.frame_of_reference)


def read_image(
    path: StrPath,
    *,
    unit: ImageUnit | None = None,
    decay_correction_h: float | None = None,
    radionuclide: Radionuclide | None = None,
) -> Image:
    """Read an image of activity: a PET series or an NM object of DICOM, NRRD or NIfTI.

    A PET series is a folder with one file a slice. SUV by body weight is turned into Bq/mL where activity, weight,
    half-life and times are stated, else refused. An NM object without units holds counts. NRRD and NIfTI say nothing of
    their unit, so it must be stated; they are read by SimpleITK. The radionuclide of DICOM files is read by pydicom
    (extra ``dicom``) from code, name and half-life; energy windows do not tell it, for bremsstrahlung is seen in the
    windows of technetium too.

    Parameters
    ----------
    path : path
        A folder with one DICOM series, a DICOM file, or an NRRD or NIfTI file.
    unit : {"becquerel_per_ml", "counts"}, optional
        What the values are: required where the file does not say, refused where it contradicts the file.
    decay_correction_h : float, optional
        Hours from administration to the moment at which the activity is stated, where you know better than the file; a
        difference from the file is a warning. 0 for an image that was corrected to the administration.
    radionuclide : {"Y-90", "Tc-99m"}, optional
        What the image shows, where the file does not say; refused where it contradicts the file.

    Returns
    -------
    Image

    Raises
    ------
    hepadose.errors.DicomError
        Not PET or NM, more than one series, several energy windows, units that are no activity, PET or NM in Bq/mL
        without RescaleSlope. Deflated files, RLE, JPEG baseline and lossless are read; JPEG 2000 and JPEG-LS where
        pydicom (extra ``dicom``) finds a decoder.
    hepadose.errors.CalibrationError
        No unit, or one that contradicts the file.
    hepadose.errors.UnknownWordError
        A word that is no unit or no radionuclide of a radioembolisation.
    hepadose.errors.RadionuclideError
        A radionuclide that contradicts the file, a file that contradicts itself.
    hepadose.errors.NonPhysicalError
        Hours that are not finite.
    hepadose.errors.MissingExtraError
        SimpleITK is not installed.
    """
    if unit is not None:
        _known_unit(unit)
    if decay_correction_h is not None:
        decay_correction_h = finite("decay correction in h", decay_correction_h)
    if radionuclide not in {None, Y90, TC99M}:
        raise UnknownWordError(
            f"{radionuclide!r} is no radionuclide of a radioembolisation; say {Y90} or {TC99M}",
            what="radionuclide",
            got=radionuclide,
            allowed=f"{Y90} or {TC99M}",
        )
    where = Path(path)
    if where.is_file() and where.name.lower().endswith((".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd")):
        return _read_by_simpleitk(where, unit, decay_correction_h, radionuclide)
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
    shown, doubts = _by_header(content, radionuclide)
    if hours is not None and decay_correction_h is not None and abs(hours - decay_correction_h) > _SAME_HOURS:
        doubts.append(
            f"decay_correction_h= says {decay_correction_h:g} h from administration to the image's activity, the file "
            f"{hours:.2f} h; what was said is taken"
        )
    return Image(
        values=values,
        grid=grid,
        unit=stated,
        decay_correction_h=hours if decay_correction_h is None else decay_correction_h,
        frame_of_reference=frame,
        radionuclide=shown,
        from_suv=from_suv,
        warnings=(*warnings, *doubts),
    )


def _by_header(files: list[bytes], stated: Radionuclide | None) -> tuple[str | None, list[str]]:
    """Give the radionuclide of DICOM files, and what of their headers is doubtful."""
    header = read_header(files)
    if header is None:
        return stated, [_NOT_CHECKED] if stated is not None else [_NOT_CHECKED, UNKNOWN]
    doubts = []
    if header.is_nm and not header.has_slope:
        doubts.append(_NO_SLOPE)
    if stated is not None and contradicts(header.radionuclide, stated):
        raise RadionuclideError(
            f"radionuclide= says {stated}, but the file holds {header.radionuclide}; leave it out; where the scanner "
            "could not be told what it sees, correct the values and give them as hepadose.y90.Image(radionuclide=...)",
            radionuclide=header.radionuclide,
            allowed=(stated,),
        )
    if stated is not None and header.radionuclide not in {None, stated}:
        doubts.append(f"the file calls the radionuclide {header.radionuclide!r}; {stated} is taken, as was said")
    shown = header.radionuclide if stated is None else stated
    return shown, doubts if shown is not None else [*doubts, UNKNOWN]


def _decompressed(files: list[bytes], refused: TransferSyntaxError) -> list[bytes]:
    """Decode what the core does not (JPEG 2000, JPEG-LS) by pydicom and the decoder that it finds."""
    try:
        from pydicom import dcmread  # noqa: PLC0415 - an extra
    except ImportError:
        remedy = 'pydicom decodes some that hepadose does not: pip install "hepadose[dicom]"'
        raise TransferSyntaxError(f"{refused}; {remedy}") from refused
    decoded = []
    for one in files:
        dataset = dcmread(BytesIO(one))
        syntax = dataset.file_meta.TransferSyntaxUID.name
        try:
            dataset.decompress(generate_instance_uid=False)
        # What pydicom raises: no pixel elements, no decoder, a decoder that fails, a wrong length.
        except (AttributeError, NotImplementedError, RuntimeError, ValueError) as error:
            raise TransferSyntaxError(
                f"pydicom has no decoder for {syntax}, or the pixels are damaged; install one of those that its "
                "documentation names for this transfer syntax, or convert the file"
            ) from error
        opened = BytesIO()
        dataset.save_as(opened, enforce_file_format=True)
        decoded.append(opened.getvalue())
    return decoded


def _read_by_simpleitk(
    path: Path, unit: ImageUnit | None, decay_correction_h: float | None, radionuclide: Radionuclide | None
) -> Image:
    if unit is None:
        raise CalibrationError(
            "the file does not say what its values are; say unit='becquerel_per_ml' or unit='counts'"
        )
    try:
        import SimpleITK  # noqa: PLC0415 - heavy, and an extra
    except ImportError as error:
        raise missing("images", "SimpleITK") from error
    image: Any = SimpleITK.ReadImage(str(path))
    array = SimpleITK.GetArrayFromImage(image)
    grid = Grid(
        shape=array.shape,
        spacing_mm=image.GetSpacing(),
        origin_mm=image.GetOrigin(),
        direction=np.reshape(image.GetDirection(), (3, 3)),
    )
    values = array if array.dtype in {np.dtype(np.float32), np.dtype(np.float64)} else array.astype(np.float64)
    return Image(
        values=values,
        grid=grid,
        unit=unit,
        decay_correction_h=decay_correction_h,
        radionuclide=radionuclide,
        warnings=() if radionuclide is not None else (UNKNOWN,),
    )
