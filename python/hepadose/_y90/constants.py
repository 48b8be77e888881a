"""Constants of yttrium-90, by value or by name."""

from collections.abc import Mapping
from typing import TypeAlias

from hepadose import _core
from hepadose._citations import Cited, cited
from hepadose.errors import UnknownWordError

Constant: TypeAlias = float | str
"""A value, or the name of a cited one (see `hepadose.y90.named_constants`)."""


def named_constants() -> Mapping[str, Mapping[str, Cited]]:
    """Give every dose constant and half-life that can be chosen by name; the first of each is the default.

    Returns
    -------
    mapping of str to mapping
        ``dose_constant_gy_kg_per_gbq`` and ``half_life_h``, each a mapping of name to `Cited`.

    Examples
    --------
    >>> import hepadose as hd
    >>> {name: one.value for name, one in hd.y90.named_constants()["dose_constant_gy_kg_per_gbq"].items()}
    {'physics': 49.8, 'gulec2006': 49.67, 'rounded': 50.0}
    """
    dose, half_life = _core.y90_named_constants()
    return {
        "dose_constant_gy_kg_per_gbq": {name: cited(row) for name, row in dose},
        "half_life_h": {name: cited(row) for name, row in half_life},
    }


def constants() -> Mapping[str, Cited]:
    """Give the constants that are used unless others are stated, with their sources.

    Returns
    -------
    mapping of str to Cited
        ``half_life_h``, ``dose_constant_gy_kg_per_gbq``, ``liver_density_g_per_ml`` and ``lung_mass_kg``.

    Examples
    --------
    >>> import hepadose as hd
    >>> sorted(hd.y90.constants())
    ['dose_constant_gy_kg_per_gbq', 'half_life_h', 'liver_density_g_per_ml', 'lung_mass_kg']
    """
    return {name: cited(row) for name, row in _core.y90_constants().items()}


def value_of(kind: str, constant: Constant | None) -> float:
    """Give the value of a constant that is stated by value, by name or, for the default, by nothing."""
    if isinstance(constant, int | float):
        return float(constant)
    named = named_constants()[kind]
    if constant is not None and constant not in named:
        allowed = ", ".join(named)
        raise UnknownWordError(
            f"{constant!r} names no {kind}; say one of {allowed}", what=kind, got=constant, allowed=allowed
        )
    return (next(iter(named.values())) if constant is None else named[constant]).value
