"""The uncertainty of a dose."""

from dataclasses import dataclass

from hepadose import _core
from hepadose._shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainDose(Shown):
    """A dose with its uncertainty."""

    dose_gy: float
    """The dose in Gy."""
    relative: float
    """Relative standard uncertainty."""
    lower_gy: float
    """Lower end of the 95 % interval in Gy."""
    upper_gy: float
    """Upper end of the 95 % interval in Gy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Relative parts, as the core reads them."""

    volume: float
    calibration: float
    density: float
    recovery: float
    constant: float
    volume_exponent: float


def dose_uncertainty(  # noqa: PLR0913 - every part is explicit
    dose_gy: float,
    *,
    volume: float,
    calibration: float,
    density: float,
    recovery: float,
    constant: float = 0.0,
    volume_exponent: float = 0.0,
    samples: int | None = None,
    seed: int = 0,
) -> UncertainDose:
    """Give the uncertainty of a lesion's mean dose from the relative uncertainties of what it is made of.

    The form of the EANM guidance: ``D = k C F / (rho R)``, the squares of the relative parts add, the volume with its
    exponent; the interval is log-normal. With `samples` every factor is drawn, and the interval is that of the draws.

    Parameters
    ----------
    dose_gy : float
        Mean dose in Gy.
    volume, calibration, density, recovery, constant : float
        Relative standard uncertainties (0.05 is 5 %) of volume (see `volume_uncertainty`), calibration, density,
        recovery coefficient and dose constant.
    volume_exponent : float
        ``d ln D / d ln V``: 0 for the mean concentration of a region, -1 for a given activity in it, minus the slope of
        the recovery curve where that is corrected for.
    samples : int, optional
        Number of draws, at least 1000, in place of the first-order formula.
    seed : int
        Seed of the draws.

    Returns
    -------
    UncertainDose

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A dose that is not above 0, parts that are negative or 1 and more.

    Notes
    -----
    Gear JI et al., Eur J Nucl Med Mol Imaging 2018;45:2456-2474 (form of the guidance).

    Examples
    --------
    >>> import hepadose as hd
    >>> found = hd.y90.dose_uncertainty(150, volume=0.0, calibration=0.05, density=0.02, recovery=0.05)
    >>> round(found.relative, 4), round(found.lower_gy), round(found.upper_gy)
    (0.0735, 130, 173)
    """
    parts = _Parts(
        volume=volume,
        calibration=calibration,
        density=density,
        recovery=recovery,
        constant=constant,
        volume_exponent=volume_exponent,
    )
    sampling = None if samples is None else (samples, seed)
    return UncertainDose(**_core.y90_uncertain_dose(dose_gy, parts, sampling))


def volume_uncertainty(volume_ml: float, *, voxel_mm: float, fwhm_mm: float) -> float:
    """Give the relative standard uncertainty of a lesion's volume from voxel size and blur.

    ``u(d)^2 = a^2 / 6 + w^2 / (4 ln 2)`` for the diameter, three times that, relative, for the volume: the form of the
    EANM guidance, as recalled.

    Parameters
    ----------
    volume_ml : float
        Volume in mL.
    voxel_mm : float
        Side of a voxel in mm.
    fwhm_mm : float
        Full width at half maximum of the image's blur in mm.

    Returns
    -------
    float

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Measures that are not above 0 (the blur may be 0).

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.volume_uncertainty(4.18879, voxel_mm=4, fwhm_mm=0), 4)
    0.2449
    """
    return _core.y90_volume_uncertainty(volume_ml, voxel_mm, fwhm_mm)


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintyBudget:
    """What the uncertainty of every lesion's mean dose is made of: relative standard uncertainties, and the image."""

    calibration: float
    """Of the calibration (0.05 is 5 %)."""
    density: float
    """Of the density."""
    recovery: float
    """Of the recovery coefficient at a given volume."""
    constant: float = 0.0
    """Of the dose constant."""
    voxel_mm: float
    """Side of a voxel in mm, for the volume (see `volume_uncertainty`)."""
    fwhm_mm: float
    """Full width at half maximum of the image's blur in mm."""
    volume_exponent: float = 0.0
    """How the dose moves with the volume, as for `dose_uncertainty`."""

    def of(self, dose_gy: float, volume_ml: float) -> UncertainDose:
        """Give a lesion's mean dose with its uncertainty.

        Parameters
        ----------
        dose_gy : float
            Mean dose in Gy, above 0.
        volume_ml : float
            Volume of the lesion in mL.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            As `dose_uncertainty` and `volume_uncertainty`; a small lesion whose volume is uncertain by 100 % or more.
        """
        volume = 0.0
        if self.volume_exponent:
            volume = volume_uncertainty(volume_ml, voxel_mm=self.voxel_mm, fwhm_mm=self.fwhm_mm)
        return dose_uncertainty(
            dose_gy,
            volume=volume,
            calibration=self.calibration,
            density=self.density,
            recovery=self.recovery,
            constant=self.constant,
            volume_exponent=self.volume_exponent,
        )
