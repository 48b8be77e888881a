"""Checks of numbers, with the words of the core: what, got, allowed."""

import math
from typing import NoReturn

from hepadose.errors import NonPhysicalError


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


def _number(quantity: str, value: float, allowed: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{quantity} must be {allowed}, got {type(value).__name__}") from None


def _refuse(quantity: str, value: float, allowed: str) -> NoReturn:
    raise NonPhysicalError(
        f"{quantity} must be {allowed}, got {value:g}", quantity=quantity, value=value, allowed=allowed
    )
