"""Protocols of other programs: PlanScoreCard JSON and constraint tables in CSV, read as TOML protocols."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepadose import _core
from hepadose._core import Protocol
from hepadose._dicom import read_bytes
from hepadose._protocols import StrPath, user_files
from hepadose._shown import Shown
from hepadose.errors import MetricSyntaxError, ProtocolError

_LIMIT = re.compile(r"^\s*(<=|>=|<|>|≤|≥)?\s*([-+]?[0-9]*\.?[0-9]+)\s*(gy|cgy|cc|cm3|cm³|ml|%)?\s*$", re.IGNORECASE)
_SIGNS = {"≤": "<=", "≥": ">="}
_SOURCE_COUNTS_EQUAL_AS_COLD = "the source counts 'equal or less' as CV; here CV is the volume that receives less"
_COLUMNS = ("structure", "metric", "goal")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedProtocol(Shown):
    """A protocol of another program, with what to know of the reading."""

    protocol: Protocol
    """The protocol."""
    toml: str
    """The same as a file of one's own, to be reviewed, cited and approved."""
    warnings: tuple[str, ...]
    """What could not be taken over, or means something else there."""


@dataclass(frozen=True, slots=True)
class _Goal:
    structure: str
    metric: str
    levels: tuple[tuple[str, str, float], ...]
    note: str = ""


def import_protocol(path: StrPath, *, id: str | None = None) -> ImportedProtocol:  # noqa: A002 - the word of protocols
    """Read a PlanScoreCard JSON or a constraint CSV as a protocol.

    A PlanScoreCard scores a metric along a line: its best point is read as the optimal limit; the point flagged as
    variation, where there is one, as the acceptable variation, else the point of the lowest score as the mandatory
    limit. A CSV has the columns Structure, Metric, Goal and, where there are any, Variation and Priority: priority 1 is
    mandatory, others are optional.

    Parameters
    ----------
    path : path
        The file; ``.json`` or ``.csv``.
    id : str, optional
        Id of the protocol; else of the file's name.

    Returns
    -------
    ImportedProtocol

    Raises
    ------
    hepadose.errors.ProtocolError
        A file that holds no goal that can be read, or is of another format; with its line.
    """
    path = Path(path)
    if path.suffix.lower() not in {".json", ".csv"}:
        message = f"'{path.name}': a protocol is imported from .json (PlanScoreCard) or .csv, got '{path.suffix}'"
        raise ProtocolError(message)
    text = read_bytes(path).decode("utf-8-sig")
    own = id or re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-") or "imported"
    read = _scorecard if path.suffix.lower() == ".json" else _table
    title, goals, warnings = read(text, path.name)
    if not goals:
        raise ProtocolError(f"'{path.name}' holds no goal that can be read: {'; '.join(warnings) or 'it is empty'}")
    if any(goal.metric.startswith("CV") for goal in goals):
        warnings.append(_SOURCE_COUNTS_EQUAL_AS_COLD)
    toml = _written(own, title or own, goals, path.name)
    protocol = Protocol.from_toml(toml, label=f"{own}.toml", files=user_files())
    return ImportedProtocol(protocol=protocol, toml=toml, warnings=tuple(warnings))


def goal_strings(protocol: Protocol) -> tuple[str, ...]:
    """Write the goals of a protocol as TG-263 strings, such as ``Liver-GTV CV15Gy[cc] >= 700 (mandatory)``.

    Parameters
    ----------
    protocol : Protocol
        The protocol.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.goal_strings(hd.Protocol("liver-sbrt-5fx"))[0]
    'Liver-GTV CV15Gy[cc] >= 700 (mandatory)'
    """
    return tuple(
        f"{goal['structure']} {goal['metric']} {level['comparator']} {level['limit']:g} ({level['name']})"
        for goal in protocol.to_dict()["goals"]
        for level in goal["level"]
    )


def _scorecard(text: str, label: str) -> tuple[str, list[_Goal], list[str]]:
    try:
        card = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"'{label}', line {error.lineno}: {error.msg}; give the JSON that PlanScoreCard saves"
        raise ProtocolError(message, line=error.lineno) from error
    templates = card.get("ScoreTemplates") if isinstance(card, Mapping) else None
    if not isinstance(templates, Sequence):
        raise ProtocolError(f"'{label}' has no ScoreTemplates; give the JSON that PlanScoreCard saves")
    goals, warnings = [], []
    for number, template in enumerate(templates, start=1):
        try:
            goals.append(_scored(template))
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            warnings.append(f"ScoreTemplates[{number}] was not taken over: {what}")
    return str(card.get("TemplateName") or ""), goals, warnings


def _scored(template: Mapping[str, Any]) -> _Goal:
    structure = template["Structure"]
    name = structure.get("TemplateStructureId") or structure.get("StructureId") if structure else None
    if not name:
        raise ValueError("it names no structure")
    metric = _scored_metric(template)
    points = sorted(
        (point["PointX"], point["Score"], point.get("Variation", False)) for point in template["ScorePoints"]
    )
    if len({score for _, score, _ in points}) < 2:  # noqa: PLR2004 - a curve has two ends
        raise ValueError("its score does not depend on the value")
    falls = points[0][1] > points[-1][1]
    sign = "<=" if falls else ">="
    nearest = min if falls else max
    lowest, highest = min(score for _, score, _ in points), max(score for _, score, _ in points)
    # Of several points of one score the one nearest to the rest of the line.
    best = (max if falls else min)(x for x, score, _ in points if score == highest)
    worst = nearest(x for x, score, _ in points if score == lowest)
    variation = [x for x, _, is_variation in points if is_variation]
    bound = ("acceptable_variation", sign, float(variation[0])) if variation else ("mandatory", sign, float(worst))
    target = ("per_protocol" if variation else "optimal", sign, float(best))
    return _Goal(str(name), metric, (target, bound) if target[2] != bound[2] else (bound,))


def _scored_metric(template: Mapping[str, Any]) -> str:
    kind, unit = template["MetricType"], str(template.get("OutputUnit") or "")
    value, of = template.get("InputValue"), str(template.get("InputUnit") or "")
    simple = {"MinDose": "Min", "MaxDose": "Max", "MeanDose": "Mean", "Volume": "Volume"}
    if kind in simple:
        text = f"{simple[kind]}[{unit or of}]"
    elif kind == "DoseAtVolume":
        text = f"D{value:g}{of}[{unit}]"
    elif kind == "VolumeAtDose":
        text = f"V{value:g}{of}[{unit}]"
    else:
        raise ValueError(f"the metric type {kind} has no counterpart here")
    return _core.metric_name(text)


def _table(text: str, label: str) -> tuple[str, list[_Goal], list[str]]:
    rows = csv.DictReader(io.StringIO(text))
    names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    lacking = [column for column in _COLUMNS if column not in names]
    if lacking:
        message = f"'{label}', line 1: the column {lacking[0].capitalize()} is missing; give Structure, Metric, Goal"
        raise ProtocolError(message, line=1)
    goals, warnings = [], []
    for row in rows:
        cells = {column: (row.get(name) or "").strip() for column, name in names.items()}
        if not any(cells.values()):
            continue
        try:
            goals.append(_tabled(cells))
        except (MetricSyntaxError, ValueError) as error:
            warnings.append(f"line {rows.line_num} was not taken over: {error}")
    return "", goals, warnings


def _tabled(cells: Mapping[str, str]) -> _Goal:
    if not cells["structure"]:
        raise ValueError("it names no structure")
    sign, goal, unit = _limit(cells["goal"])
    text = cells["metric"] if "[" in cells["metric"] or not unit else f"{cells['metric']}[{unit}]"
    metric = _core.metric_name(text)
    priority = cells.get("priority", "")
    name = "mandatory" if priority in {"", "1"} else "optional"
    levels = [(name, sign, goal)]
    if cells.get("variation"):
        other, variation, _ = _limit(cells["variation"], sign)
        levels = [("per_protocol", sign, goal), ("acceptable_variation", other, variation)]
        if name == "optional":
            levels = [("optional", sign, goal)]
    return _Goal(cells["structure"], metric, tuple(levels), f"priority {priority}" if priority else "")


def _limit(text: str, sign: str | None = None) -> tuple[str, float, str]:
    found = _LIMIT.match(text)
    if found is None or (found[1] is None and sign is None):
        raise ValueError(f"'{text}' is no limit; write for example <= 30 or >= 700 cc")
    own = found[1] or sign or ""
    return _SIGNS.get(own, own), float(found[2]), (found[3] or "").replace("cm³", "cc")


def _written(own: str, title: str, goals: Iterable[_Goal], label: str) -> str:
    quoted = json.dumps
    parts = [f'id = {quoted(own)}\ntitle = {quoted(title, ensure_ascii=False)}\nversion = "1"\n']
    seen: dict[str, int] = {}
    for number, goal in enumerate(goals, start=1):
        base = re.sub(r"[^a-z0-9.]+", "-", f"{goal.structure}-{goal.metric.split('[')[0]}".lower()).strip("-")
        seen[base] = seen.get(base, 0) + 1
        one = base if seen[base] == 1 else f"{base}-{seen[base]}"
        levels = ", ".join(
            f'{{ name = "{name}", comparator = "{sign}", limit = {limit} }}' for name, sign, limit in goal.levels
        )
        heading = quoted(f"{goal.structure}: {goal.metric}", ensure_ascii=False)
        where = quoted(f"goal {number}" + (f", {goal.note}" if goal.note else ""), ensure_ascii=False)
        parts.append(
            f"[[goal]]\nid = {quoted(one, ensure_ascii=False)}\ntitle = {heading}\n"
            f"structure = {quoted(goal.structure, ensure_ascii=False)}\nmetric = {quoted(goal.metric)}\n"
            f"level = [{levels}]\nsource = [{{ key = {quoted(label, ensure_ascii=False)}, locator = {where}, "
            f'evidence = "transcription_1" }}]\n'
        )
    return "\n".join(parts)
