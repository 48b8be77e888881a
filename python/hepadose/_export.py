"""Doses for other programs: NIfTI, NRRD and every other format of SimpleITK."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hepadose._core import DoseGrid
from hepadose._document import StrPath, missing

if TYPE_CHECKING:
    import xarray as xr

_NOT_PHYSICAL = "NOT PHYSICAL"


def description(dose: DoseGrid) -> str:
    """Say what a dose is in one line, with its models."""
    physical = dose.kind.quantity in {"physical", "effective", "unstated"}
    words = [str(dose.kind), *dose.models]
    if not physical:
        words.append(_NOT_PHYSICAL)
    return "; ".join(words)


def to_sitk(dose: DoseGrid) -> Any:
    """Give a dose as a SimpleITK image, with what it is as metadata.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind, on a grid of even steps.

    Returns
    -------
    SimpleITK.Image
        Values in Gy of the dose's own kind; ``hepadose_*`` metadata say which.

    Raises
    ------
    hepadose.errors.GridError
        Frames in uneven steps, which an image cannot hold.
    hepadose.errors.MissingExtraError
        SimpleITK is not installed.
    """
    try:
        # By name: it is typed in part only.
        sitk: Any = import_module("SimpleITK")
    except ImportError as error:
        raise missing("images", "SimpleITK") from error
    # Raises where the frames are uneven.
    affine = dose.grid.affine
    image = sitk.GetImageFromArray(np.asarray(dose.values))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing([float(step) for step in spacing])
    image.SetOrigin([float(value) for value in affine[:3, 3]])
    image.SetDirection([float(value) for value in (affine[:3, :3] / spacing).ravel()])
    image.SetMetaData("hepadose_quantity", dose.kind.quantity)
    if dose.kind.alpha_beta_gy is not None:
        image.SetMetaData("hepadose_alpha_beta_gy", repr(dose.kind.alpha_beta_gy))
    image.SetMetaData("hepadose_description", description(dose))
    return image


def write_image(dose: DoseGrid, path: StrPath) -> None:
    """Write a dose as an image: ``.nii.gz``, ``.nrrd``, ``.mha`` and what else SimpleITK writes.

    A NIfTI has place for 79 characters of description alone, and holds no metadata; a NRRD keeps them all.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind, on a grid of even steps.
    path : path
        Where to write; its ending says the format.

    Raises
    ------
    hepadose.errors.GridError, hepadose.errors.MissingExtraError
        As `to_sitk`.
    """
    image = to_sitk(dose)
    import_module("SimpleITK").WriteImage(image, str(Path(path)))


def to_xarray(dose: DoseGrid) -> "xr.DataArray":
    """Give a dose as an xarray with coordinates in mm along the grid's own axes.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind.

    Returns
    -------
    xarray.DataArray
        Of dimensions ``z, y, x``; attributes say units, kind, alpha/beta, models, origin and direction.

    Raises
    ------
    hepadose.errors.MissingExtraError
        xarray is not installed.
    """
    try:
        import xarray as xr  # noqa: PLC0415
    except ImportError as error:
        raise missing("xarray", "xarray") from error
    grid = dose.grid
    dx, dy, _ = grid.spacing_mm
    _, rows, columns = grid.shape
    return xr.DataArray(
        dose.values,
        dims=("z", "y", "x"),
        coords={"z": grid.frame_offsets_mm, "y": dy * np.arange(rows), "x": dx * np.arange(columns)},
        name=dose.kind.quantity,
        attrs={
            "units": "Gy",
            "description": description(dose),
            "alpha_beta_gy": dose.kind.alpha_beta_gy,
            "models": list(dose.models),
            "origin_mm": grid.origin_mm,
            "direction": grid.direction.tolist(),
        },
    )
