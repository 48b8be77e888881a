"""Results as tables of their fields: the name of a field says its unit, which stands behind the number."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from typing import Any

import numpy as np

from hepadose._citations import Reference
from hepadose._core import Protocol
from hepadose._html import box, clean, esc, fact_table, name, note_lines, number, row_table, verdict
from hepadose._report import Report

_UNITS = {
    "eqd2_gy": "Gy EQD2",
    "bed_gy": "Gy BED",
    "bq_per_ml": "Bq/mL",
    "g_per_ml": "g/mL",
    "gy_kg_per_gbq": "Gy kg/GBq",
    "per_gy": "1/Gy",
    "gy": "Gy",
    "gbq": "GBq",
    "cc": "cc",
    "mm": "mm",
    "kg": "kg",
    "percent": "%",
    "h": "h",
    "days": "days",
}
"""What the end of a name says of the unit; longer ends come first."""
_NOTES = ("warnings", "notes", "caveats")
_MOST_ROWS = 60
_MOST_NUMBERS = 8
_LONGEST = 200
_LONGEST_CELL = 60


def record(of: Any) -> str:
    """Show the fields of a result; results within it as tables, its warnings below."""
    facts, parts, notes = [], [], []
    for one in _shown(of):
        value = getattr(of, one.name)
        if one.name in _NOTES and isinstance(value, Sequence) and not isinstance(value, str):
            notes += [note_lines(one.name.capitalize().rstrip("s"), map(str, value))]
        elif isinstance(value, tuple) and value and all(map(is_dataclass, value)):
            parts.append(f"<div><b>{esc(label(one.name)[0])}</b></div>{_table(value)}")
        else:
            facts.append(_fact(one.name, value))
    return box(esc(type(of).__name__), fact_table(facts), *parts, *notes)


def listed(every: Sequence[Any]) -> str:
    """Show results of one kind as one table."""
    if every and all(isinstance(one, Report | Protocol) for one in every):
        return _in_short(every)
    kinds = {type(one).__name__ for one in every}
    title = f"{len(every)} \u00d7 {esc(kinds.pop())}" if len(kinds) == 1 else f"{len(every)} results"
    return box(title, _table(every))


def _in_short(every: Sequence[Report | Protocol]) -> str:
    """Show checks or protocols by what they are and say; each by itself shows its goals."""
    rows = []
    for one in every:
        if isinstance(one, Report):
            said = f"{verdict(one.verdict)} <small>{esc(one.reason, _LONGEST)}</small>"
            rows.append((name(one.protocol["id"]), esc(one.protocol["title"], _LONGEST), said))
        else:
            rows.append((name(one.id), esc(one.title, _LONGEST), f"{len(one.to_dict()['goals'])} goals"))
    return box(f"{len(rows)} \u00d7 {type(every[0]).__name__}", row_table(("Protocol", "Title", ""), rows, left=3))


def _shown(of: Any) -> list[Field[Any]]:
    return [one for one in fields(of) if one.repr and not one.name.startswith("_")]


def label(field: str) -> tuple[str, str]:
    """Part a field's name into words and unit."""
    field = field.replace("alpha_beta", "alpha/beta")
    for end, unit in _UNITS.items():
        if field == end or field.endswith(f"_{end}"):
            rest = field.removesuffix(end).rstrip("_")
            return (rest.replace("_", " ") or end.split("_", maxsplit=1)[0]), unit
    return field.replace("_", " "), ""


def _fact(field: str, value: Any) -> tuple[str, str]:
    words, unit = label(field)
    text = in_a_line(value)
    has_number = bool(unit) and not _is_absent(value) and not isinstance(value, str)
    return words, f"{text} {esc(unit)}" if has_number else text


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, tuple | str) and not value)


def in_a_line(value: Any) -> str:
    """Give a value as HTML in one line."""
    if isinstance(value, np.ndarray | Mapping | tuple | list) or is_dataclass(value):
        return _parts(value)
    match value:
        case None:
            return "\u2013"
        case bool():
            return "yes" if value else "no"
        case float() | np.floating():
            return number(float(value), 5)
        case str():
            return esc(value.replace("_", " ") if value.islower() and " " not in value else value, _LONGEST)
        case _:
            return esc(value, _LONGEST)


def _parts(value: Any) -> str:
    """Give what is made of parts in one line."""
    match value:
        case np.ndarray():
            return _array(value)
        case Mapping():
            every = [_entry(key, one) for key, one in list(value.items())[:_MOST_NUMBERS]]
            return "; ".join(every) + _and_more(len(value) - len(every)) or "none"
        case tuple() | list():
            every = [in_a_line(one) for one in value[:_MOST_NUMBERS]]
            return ", ".join(every) + _and_more(len(value) - len(every)) or "none"
        case Reference():
            return esc(value.text, _LONGEST)
        case _:
            return "; ".join(_entry(one.name, getattr(value, one.name)) for one in _shown(value))


def _entry(key: object, value: Any) -> str:
    """Give name and value in a line of them; a name that says a unit is a field, any other stays as it is."""
    words, text = _fact(str(key), value)
    return f"{esc(words if label(str(key))[1] else key)}: {text}"


def _and_more(more: int) -> str:
    return f" and {more} more" if more > 0 else ""


def _array(values: np.ndarray[Any, Any]) -> str:
    shape = " \u00d7 ".join(map(str, values.shape))
    if not values.size or values.dtype.kind not in "fiu":
        return f"array of {esc(shape)}"
    with np.errstate(invalid="ignore"):
        known = values[np.isfinite(values)]
    if not known.size:
        return f"array of {esc(shape)}, no value known"
    return f"array of {esc(shape)}, {number(float(known.min()))} to {number(float(known.max()))}"


def _table(every: Sequence[Any]) -> str:
    """Show rows of one kind; what none of them has is left out."""
    of_first = [one.name for one in _shown(every[0])] if every and is_dataclass(every[0]) else []
    if not of_first:
        return row_table([""], [[_plain(one)] for one in every[:_MOST_ROWS]]) + _more(every)
    names = [field for field in of_first if not all(_is_absent(getattr(one, field, None)) for one in every)]
    heads = [" ".join(part for part in label(field) if part) for field in names]
    rows = [[_cell(getattr(one, field, None)) for field in names] for one in every[:_MOST_ROWS]]
    return row_table(heads, rows, left=len(heads)) + _more(every)


def _cell(value: Any) -> str:
    """Give a value for a cell, short: results within it by their number, a reference by its key."""
    if isinstance(value, tuple) and value and all(map(is_dataclass, value)):
        return str(len(value))
    if isinstance(value, Reference):
        return esc(value.key)
    return esc(value, _LONGEST_CELL) if isinstance(value, str) and len(value) > _LONGEST_CELL else in_a_line(value)


def _plain(one: Any) -> str:
    return esc(clean(repr(one), _LONGEST), _LONGEST)


def _more(every: Sequence[Any]) -> str:
    more = _and_more(len(every) - _MOST_ROWS)
    return f"<div><small>{more.strip()}</small></div>" if more else ""
