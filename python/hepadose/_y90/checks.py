"""Checks of numbers, with the words of the core: what, got, allowed."""

import math
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from hepadose.errors import NonPhysicalError

# No liver, tumour or perfused volume is as heavy; a number beyond it is in g or mL.
MOST_LIVER_KG = 20.0
# Both lungs of an adult have about 1 kg.
MOST_LUNG_KG = 10.0
# Osmium has 22.6 g/mL, air 0.0012; a number beyond is in kg/m3, or a lung in kg/mL.
LEAST_G_PER_ML, MOST_G_PER_ML = 0.0005, 25.0


def positive(quantity: str, value: float) -> float:
    """Pass a finite number above 0."""
    number = _number(quantity, value, "a finite number above 0")
    if not (math.isfinite(number) and number > 0):
        _refuse(quantity, number, "a finite number above 0")
    return number


def non_negative(quantity: str, value: float) -> float:
    """Pass a finite number of at least 0."""
    number = _number(quantity, value, "a finite number of at least 0")
    if not (math.isfinite(number) and number >= 0):
        _refuse(quantity, number, "a finite number of at least 0")
    return number


def finite(quantity: str, value: float) -> float:
    """Pass any finite number."""
    number = _number(quantity, value, "a finite number")
    if not math.isfinite(number):
        _refuse(quantity, number, "a finite number")
    return number


def share_below_one(quantity: str, value: float) -> float:
    """Pass a share that may be 0 but leaves something: 0 <= share < 1."""
    number = _number(quantity, value, "at least 0 and below 1")
    if not 0 <= number < 1:
        _refuse(quantity, number, "at least 0 and below 1")
    return number


def liver_kg(quantity: str, value: float) -> float:
    """Refuse a mass that no liver and no tumour has; what is not above 0 the core refuses."""
    return _mass_kg(quantity, value, MOST_LIVER_KG)


def lung_kg(quantity: str, value: float) -> float:
    """Refuse a mass that no lungs have; what is not above 0 the core refuses."""
    return _mass_kg(quantity, value, MOST_LUNG_KG)


def density_g_per_ml(quantity: str, value: float | NDArray[Any]) -> None:
    """Refuse densities, one or many, that no matter in a body has; what is not above 0 the core refuses."""
    each = np.asarray(value)
    if each.dtype.kind not in "iuf":
        return
    wrong = (each > MOST_G_PER_ML) | ((each > 0) & (each < LEAST_G_PER_ML))
    if wrong.any():
        first = float(each[wrong].flat[0])
        allowed = f"{LEAST_G_PER_ML:g} to {MOST_G_PER_ML:g} g/mL"
        _refuse(quantity, first, allowed, "; give g/mL, not kg/m3 or kg/mL")


def _mass_kg(quantity: str, value: float, most: float) -> float:
    allowed = f"at most {most:g} kg"
    number = _number(quantity, value, allowed)
    if number > most:
        _refuse(quantity, number, allowed, "; give kg, not g or mL")
    return value


def _number(quantity: str, value: float, allowed: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{quantity} must be {allowed}, got {type(value).__name__}") from None


def _refuse(quantity: str, value: float, allowed: str, remedy: str = "") -> NoReturn:
    raise NonPhysicalError(
        f"{quantity} must be {allowed}, got {value:g}{remedy}", quantity=quantity, value=value, allowed=allowed
    )
