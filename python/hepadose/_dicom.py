"""DICOM in and out: files, bytes and pydicom datasets."""

import io
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hepadose import _core
from hepadose._case import Case, FoundCase, Plan, StoredDvh, Structures
from hepadose._core import DoseGrid, DoseKind, Structure
from hepadose._document import StrPath
from hepadose._image_dicom import FolderImage

if TYPE_CHECKING:
    from pydicom import Dataset

    Source: TypeAlias = StrPath | bytes | bytearray | memoryview | Dataset

Scope: TypeAlias = Literal["total", "partial", "session", "multi_plan", "unstated"]
DoseType: TypeAlias = DoseKind | Literal["physical", "effective"]


def read_rtdose(
    source: "Source",
    *,
    fractions: int | None = None,
    dose_scope: Scope | None = None,
    dose_type: DoseType | None = None,
) -> DoseGrid:
    """Read a dose grid from an RTDOSE.

    The values are DoseGridScaling times the stored numbers and are never multiplied by a number of fractions; what they
    are the dose of is in `DoseGrid.scope`. BED and EQD2 that hepadose wrote come back as that.

    Parameters
    ----------
    source : path, bytes or pydicom Dataset
        The RTDOSE.
    fractions : int, optional
        Number of fractions. An RTDOSE does not say; the plan does (see `read_case`).
    dose_scope : {"total", "partial", "session", "multi_plan", "unstated"}, optional
        How much of the treatment the grid holds, where you know better than the file.
    dose_type : DoseKind or {"physical", "effective"}, optional
        What the dose is, for a file that states no DoseType.

    Returns
    -------
    DoseGrid

    Raises
    ------
    hepadose.errors.DicomError
        Not DICOM, truncated, another modality, RELATIVE units, DoseType ERROR, geometry or values that make no dose:
        each is a class of its own.
    OSError
        A path that cannot be read.
    """
    return _core.read_rtdose(_bytes(source), _options(fractions, dose_scope, dose_type))


def read_rtstruct(source: "Source") -> Structures:
    """Read all ROIs of an RTSTRUCT.

    Closed contours of a plane combine even-odd. ROIs of points and those without contours are listed, without volume.

    Parameters
    ----------
    source : path, bytes or pydicom Dataset
        The RTSTRUCT.

    Returns
    -------
    Structures
        By name, in the order of the set, with its `label` and `warnings`.

    Raises
    ------
    hepadose.errors.DicomError, OSError
        As `read_rtdose`.
    """
    structures, label, warnings = _core.read_rtstruct(_bytes(source))
    return Structures(structures, label=label, warnings=warnings)


def read_rtplan(source: "Source") -> Plan:
    """Read fraction groups, prescriptions, beam doses and approval of an RTPLAN.

    Parameters
    ----------
    source : path, bytes or pydicom Dataset
        The RTPLAN.

    Returns
    -------
    Plan

    Raises
    ------
    hepadose.errors.DicomError, OSError
        As `read_rtdose`.
    """
    return _core.read_rtplan(_bytes(source))


def stored_dvhs(source: "Source") -> tuple[StoredDvh, ...]:
    """Read the DVHs that a planning system stored in an RTDOSE.

    Parameters
    ----------
    source : path, bytes or pydicom Dataset
        The RTDOSE.

    Returns
    -------
    tuple of StoredDvh

    Raises
    ------
    hepadose.errors.DicomError, OSError
        As `read_rtdose`.
    """
    return _core.read_stored_dvhs(_bytes(source))


def read_case(
    folder: StrPath,
    *,
    plan: str | None = None,
    fractions: int | None = None,
    dose_scope: Scope | None = None,
    dose_type: DoseType | None = None,
) -> Case:
    """Read the case in a folder: RTDOSE, RTSTRUCT and RTPLAN, found by what they hold and not by name.

    CT or MR slices in the folder become `Case.image` when that is first asked for (by a plot, a viewer, a report).

    Parameters
    ----------
    folder : path
        The folder; folders below it are looked into.
    plan : str, optional
        Label or SOP instance UID of the plan to take, where the folder holds several.
    fractions, dose_scope, dose_type
        As for `read_rtdose`.

    Returns
    -------
    Case

    Raises
    ------
    hepadose.errors.PlanChoiceError
        Several plans: they are listed.
    hepadose.errors.DicomFrameOfReferenceError
        Structures and dose in different frames of reference.
    hepadose.errors.DicomError
        Nothing found, or a file that cannot be read.
    """
    return with_folder_image(_core.read_case(Path(folder), plan, _options(fractions, dose_scope, dose_type)), folder)


def read_cases(
    folder: StrPath,
    *,
    fractions: int | None = None,
    dose_scope: Scope | None = None,
    dose_type: DoseType | None = None,
) -> list[FoundCase]:
    """Read all cases in a folder and the folders below it, one for each plan.

    Parameters
    ----------
    folder : path
        The folder.
    fractions, dose_scope, dose_type
        As for `read_rtdose`, for every case.

    Returns
    -------
    list of FoundCase
        What is wrong with one case stands in its `error`; the others can be read.

    Raises
    ------
    hepadose.errors.DicomError
        The folder cannot be read, or holds nothing.
    """
    found = _core.read_cases(Path(folder), _options(fractions, dose_scope, dose_type))
    return [
        FoundCase(
            plan_label=label, plan_uid=uid, error=error, _case=None if case is None else with_folder_image(case, folder)
        )
        for label, uid, case, error in found
    ]


def with_folder_image(case: Case, folder: StrPath) -> Case:
    """Tell a case where its CT or MR may lie; nothing is read yet."""
    case._image = FolderImage(folder, case.frame_of_reference, case.structure_set_uid)  # noqa: SLF001 - one package's own
    return case


def write_rtdose(
    dose: DoseGrid,
    path: StrPath,
    *,
    template: "Source | None" = None,
    label: str | None = None,
    allow_physical_label: bool = False,
) -> None:
    """Write a dose as RTDOSE, with new UIDs and the full 32 bits.

    BED and EQD2 are marked as DoseType EFFECTIVE and come back with their kind when hepadose reads them, by private
    elements. The file holds
    values at the voxels: a DVH of it interpolates EQD2, which is not EQD2 of the interpolated dose.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind.
    path : path
        Where to write.
    template : path, bytes or pydicom Dataset, optional
        Any DICOM object of the patient: it gives patient and study and, when it is an RT object, the plan and structure
        set to refer to.
    label : str, optional
        Description of the series; that of a dose that is called PHYSICAL and is not is given.
    allow_physical_label : bool
        Calls BED and EQD2 PHYSICAL, for systems that read nothing else; the description of the series then says what it
        is, NOT PHYSICAL, NOT FOR TREATMENT. hepadose reads it as what it is by its private elements; where an
        anonymiser took them out, as a dose of unstated kind by its description or comment. Where these are gone too,
        nothing can tell it from a physical dose.

    Raises
    ------
    hepadose.errors.DicomError
        A template that cannot be read or lies in another frame of reference, a grid too large for DICOM.
    OSError
        A path that cannot be written.
    """
    Path(path).write_bytes(_core.encode_rtdose(dose, _template(template), label, None, allow_physical_label))


def write_rtstruct(
    structures: Iterable[Structure] | Mapping[str, Structure],
    path: StrPath,
    *,
    template: "Source | None" = None,
    label: str | None = None,
) -> None:
    """Write structures as RTSTRUCT, with new UIDs.

    Masks and combinations are written as their contours (`Structure.to_contours`), holes as inner contours, which
    readers combine even-odd. To bring a margin or a mask to the slices of an image: ``to_contours(like=drawn_there)``.

    Parameters
    ----------
    structures : iterable of Structure, or mapping
        The structures.
    path : path
        Where to write.
    template : path, bytes or pydicom Dataset, optional
        Any DICOM object of the patient: it gives patient and study.
    label : str, optional
        Label of the structure set.

    Raises
    ------
    hepadose.errors.DicomError
        A combination that cannot be made, a template that cannot be read or lies in another frame of reference.
    OSError
        A path that cannot be written.
    """
    every = list(structures.values() if isinstance(structures, Mapping) else structures)
    Path(path).write_bytes(_core.encode_rtstruct(every, _template(template), label, None))


def write_rtplan(plan: Plan, path: StrPath, *, template: "Source | None" = None, label: str | None = None) -> None:
    """Write what a plan knows as RTPLAN: fraction groups, beam doses, prescriptions. It cannot be delivered.

    Parameters
    ----------
    plan : Plan
        The plan.
    path : path
        Where to write.
    template : path, bytes or pydicom Dataset, optional
        Any DICOM object of the patient: it gives patient and study.
    label : str, optional
        Label of the plan, in place of its own.

    Raises
    ------
    hepadose.errors.DicomError
        A template that cannot be read or lies in another frame of reference.
    OSError
        A path that cannot be written.
    """
    Path(path).write_bytes(_core.encode_rtplan(plan, _template(template), label, None))


def _options(fractions: int | None, dose_scope: str | None, dose_type: DoseType | None) -> dict[str, Any]:
    return {"fractions": fractions, "dose_scope": dose_scope, "dose_type": dose_type}


def _template(source: "Source | None") -> bytes | None:
    return None if source is None else _bytes(source)


def read_bytes(path: str | PathLike[str]) -> bytes:
    """Read a file; an error says what failed and not where, since paths name patients."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        # OSError picks the class that belongs to the number: FileNotFoundError, PermissionError, ...
        said = f"cannot read the file: {error.strerror}; check that it exists and that you may read it"
        raise OSError(error.errno, said) from None


def _bytes(source: "Source") -> bytes:
    """Give the bytes of a file, whether it comes as a path, as bytes or as a pydicom dataset."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | PathLike):
        return read_bytes(source)
    if hasattr(source, "file_meta") or type(source).__module__.startswith("pydicom."):
        return _dataset_bytes(source)
    raise TypeError(f"give a path, bytes or a pydicom Dataset, got {type(source).__name__}")


def _dataset_bytes(dataset: "Dataset") -> bytes:
    from pydicom import dcmwrite  # noqa: PLC0415 - who gives a dataset has pydicom

    buffer = io.BytesIO()
    if "TransferSyntaxUID" in getattr(dataset, "file_meta", {}):
        dcmwrite(buffer, dataset)
    else:
        dcmwrite(buffer, dataset, implicit_vr=True, little_endian=True)
    return buffer.getvalue()
