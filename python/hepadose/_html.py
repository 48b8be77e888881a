"""What objects show of themselves in a notebook: compact HTML that needs nothing from outside.

Every text is escaped, cut to a length that fits a line, freed of control characters and kept from turning the direction
of what stands beside it. Colours are the page's own, so that light and dark both read.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from hepadose._colours import SAFE, VERDICT, as_hex

if TYPE_CHECKING:
    from hepadose._by_name import ByName
    from hepadose._case import Case
    from hepadose._core import ActivityMap, DoseGrid, Dvh, Grid, Protocol, Structure
    from hepadose._image_series import ImageSeries
    from hepadose._report import LeftOut, Report
    from hepadose.y90 import DeliveredComparison, LesionDose, LesionResponse, LesionRow, LesionTable

LONGEST = 80
VERDICT_WORDS = {
    "met": "\u2713 met",
    "met_applicability_not_confirmed": "\u2713 met, applicability not confirmed",
    "within_uncertainty": "\u2248 within uncertainty of the limit",
    "not_met": "\u2717 not met",
    "not_evaluable": "? not evaluable",
    "unknown": "? unknown",
}
_STYLE = (
    "<style>.hepadose{font-size:13px;line-height:1.4}.hepadose table{border-collapse:collapse;margin:.3em 0}"
    ".hepadose td,.hepadose th{border:0;border-bottom:1px solid rgba(128,128,128,.35);padding:.15em .6em;"
    "text-align:left;background:transparent;vertical-align:top}.hepadose .n{text-align:right;"
    "font-variant-numeric:tabular-nums}.hepadose .v{color:#fff;border-radius:.3em;padding:0 .4em;white-space:nowrap}"
    ".hepadose small{opacity:.8}.hepadose i{display:inline-block;width:.8em;height:.8em;border:1px solid currentColor}"
    "</style>"
)


def clean(text: object, longest: int = LONGEST) -> str:
    """Give a text on one line, without control characters, cut where it is longer than a line holds."""
    whole = str(text)
    kept = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in whole[: 2 * longest])
    kept = " ".join(kept.split())
    if len(whole) > 2 * longest or len(kept) > longest:
        return f"{kept[:longest]}\u2026 ({len(whole):,} characters)"
    return kept


def esc(text: object, longest: int = LONGEST) -> str:
    """Give a text as HTML that is nothing but this text."""
    return escape(clean(text, longest), quote=True)


def name(text: object) -> str:
    """Give a name as HTML, apart from the direction of writing around it."""
    return f"<bdi>{esc(text)}</bdi>"


def verdict(word: str, said: str | None = None) -> str:
    """Give a verdict as a badge that is read without its colour."""
    colour = as_hex(VERDICT.get(word, VERDICT["not_evaluable"]))
    text = VERDICT_WORDS.get(word, word) if said is None else said
    return f'<span class="v" style="background:{colour}">{esc(text)}</span>'


def number(value: float | None, digits: int = 4) -> str:
    """Give a number with so many significant digits; a dash where there is none."""
    return "\u2013" if value is None else esc(f"{value:.{digits}g}")


def fixed(value: float | None, digits: int) -> str:
    """Give a number with so many decimals; a dash where there is none."""
    return "\u2013" if value is None else esc(f"{value:.{digits}f}")


def box(title: str, *parts: str) -> str:
    """Put parts that are HTML below a title, with the style that they share."""
    return f'<div class="hepadose">{_STYLE}<div><b>{title}</b></div>{"".join(parts)}</div>'


def fact_table(rows: Iterable[tuple[str, str]]) -> str:
    """Give a table of label and value; values are HTML."""
    body = "".join(f'<tr><th scope="row">{esc(label)}</th><td>{value}</td></tr>' for label, value in rows)
    return f"<table><tbody>{body}</tbody></table>"


def row_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """Give a table of rows below heads; cells are HTML, those after the first `left` are numbers."""
    head = "".join(
        f'<th scope="col"{"" if i < left else " class=n"}>{esc(column)}</th>' for i, column in enumerate(heads)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{'' if i < left else ' class=n'}>{cell}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def note_lines(title: str, notes: Iterable[str]) -> str:
    """Give texts below a title, each once."""
    return "".join(f"<div><small><b>{title}:</b> {esc(note, 300)}</small></div>" for note in dict.fromkeys(notes))


def _triple(values: Iterable[float], unit: str = "mm") -> str:
    return f"({', '.join(f'{value:g}' for value in values)}) {unit}"


def _where(of: "Grid") -> list[tuple[str, str]]:
    turned = not np.array_equal(of.direction, np.eye(3))
    spacing = _triple(of.spacing_mm) + ("" if of.is_evenly_spaced else ", slices uneven")
    rows = [
        ("voxels (slice, row, column)", esc(" \u00d7 ".join(map(str, of.shape)))),
        ("spacing (x, y, z)", esc(spacing)),
        ("origin (x, y, z)", esc(_triple(of.origin_mm))),
    ]
    if turned:
        rows.append(("direction", esc("; ".join(_triple(row, "") for row in of.direction.round(4)))))
    return rows


def grid(of: "Grid") -> str:
    """Show a grid."""
    return box("Grid", fact_table(_where(of)))


def dose_grid(of: "DoseGrid") -> str:
    """Show a dose: its kind first."""
    fractions = "not stated, or several courses" if of.fractions is None else str(of.fractions)
    facts = [("dose", f"<b>{esc(of.kind)}</b> in Gy"), ("scope", esc(of.scope)), ("fractions", fractions)]
    if of.kind.quantity not in {"bed", "eqd2"}:  # the values of a derived dose are made only when asked for
        values = of.values
        facts.append(("highest", f"{number(float(values.max()), 5)} Gy"))
    return box("DoseGrid", fact_table([*facts, *_where(of.grid)]), note_lines("Warning", of.warnings))


def activity_map(of: "ActivityMap") -> str:
    """Show an activity map."""
    highest = f"{number(float(of.bq_per_ml.max()))} Bq/mL"
    return box("ActivityMap", fact_table([("activity, highest", highest), *_where(of.grid)]))


def image_series(of: "ImageSeries") -> str:
    """Show a CT or MR: what it is of, and where."""
    values = f"{number(float(of.values.min()), 5)} to {number(float(of.values.max()), 5)} {of.unit}".rstrip()
    facts = [("modality", esc(of.modality)), ("values", values), *_where(of.grid)]
    return box("ImageSeries", fact_table(facts), note_lines("Warning", of.warnings))


def _swatch(colour: tuple[int, int, int] | None) -> str:
    return "" if colour is None else f'<i style="background:{as_hex(colour)}"></i> '


def _drawn(of: "Structure") -> str:
    contours = len(of.contours)
    if contours:
        return f"{contours} contours"
    return "no contours" if of.is_solid else "no volume"


def structure(of: "Structure") -> str:
    """Show a structure. Its volume is left to `volume_cc`, which may take a while."""
    facts = [
        ("name", _swatch(of.colour) + name(of.name)),
        ("number", "\u2013" if of.number is None else str(of.number)),
        ("type", esc(of.interpreted_type or "not stated")),
        ("drawn as", _drawn(of)),
    ]
    return box("Structure", fact_table(facts), note_lines("Warning", of.warnings))


def dvh(of: "Dvh") -> str:
    """Show a DVH: volume, minimum, mean, maximum, near-maximum, and the curve as a small drawing."""
    names = ("Volume[cc]", "Min[Gy]", "Mean[Gy]", "Max[Gy]", "D0.035cc[Gy]")
    rows, reasons = [], []
    for metric in map(of.metric, names):
        value = f"{number(metric.value, 5)} {esc(metric.unit)}" if metric.value is not None else "\u2013"
        rows.append((metric.name, value))
        if metric.reason is not None:
            reasons.append(metric.reason)
    head = [("structure", name(of.name)), ("dose", f"<b>{esc(of.kind)}</b>")]
    if of.covered_fraction < 1:
        head.append(("inside the dose grid", f"{100 * of.covered_fraction:.4g} %"))
    return box("Dvh", fact_table([*head, *rows]), _spark(of), note_lines("Not evaluable", reasons))


def _spark(of: "Dvh") -> str:
    """Draw the covered part's cumulative curve, 200 by 60 pixels."""
    dose, volume = of.curve()
    if dose.size < 2 or volume[0] <= 0 or dose[-1] <= 0:  # noqa: PLR2004 - a curve has two ends
        return ""
    keep = np.unique(np.linspace(0, dose.size - 1, 100).astype(int))
    points = " ".join(
        f"{200 * d / dose[-1]:.1f},{60 - 58 * v / volume[0]:.1f}" for d, v in zip(dose[keep], volume[keep], strict=True)
    )
    return (
        '<svg width="202" height="64" viewBox="-1 -2 202 64" role="img" aria-label="cumulative curve">'
        '<path d="M0 0V60H200" fill="none" stroke="currentColor" opacity=".5"/>'
        f'<polyline points="0,2 {points}" fill="none" stroke="{as_hex(SAFE[0])}" stroke-width="1.8"/></svg>'
        f"<div><small>0 to {number(float(dose[-1]))} Gy, {esc(of.kind)}</small></div>"
    )


def protocol(of: "Protocol") -> str:
    """Show the goals of a protocol with their sources."""
    content = of.to_dict()
    rows = [
        (esc(goal["title"]), name(goal["structure"]), esc(goal["metric"]), _levels(goal), _sources(goal))
        for goal in content["goals"]
    ]
    title = f"Protocol {name(of.id)}: {esc(of.title, 160)}, version {esc(of.version)}"
    return box(title, row_table(("Goal", "Structure", "Metric", "Levels", "Source (evidence)"), rows, left=5))


def _levels(goal: dict[str, Any]) -> str:
    return "<br>".join(esc(f"{level['name']}: {level['comparator']} {level['limit']:g}") for level in goal["level"])


def _sources(goal: dict[str, Any]) -> str:
    return "<br>".join(
        esc(f"{source['key']}, {source['locator']} ({source['evidence'].replace('_', ' ')})", 160)
        for source in goal["source"]
    )


def by_name(of: "ByName[Any]") -> str:
    """Show structures or DVHs as one table."""
    every = of.all
    if every and hasattr(every[0], "curve"):
        return box(f"{len(every)} DVHs", _dvh_table(every))
    rows = [
        (
            "\u2013" if one.number is None else str(one.number),
            _swatch(getattr(one, "colour", None)) + name(one.name),
            esc(getattr(one, "interpreted_type", None) or "\u2013"),
            _drawn(one),
        )
        for one in every
    ]
    title = f"{len(rows)} structures"
    table = row_table(("ROI", "Structure", "Type", "Drawn as"), rows, left=4)
    return box(title, table, note_lines("Warning", getattr(of, "warnings", ())))


def _dvh_table(every: Sequence["Dvh"]) -> str:
    heads = ("Structure", "Dose", "Volume cc", "Min Gy", "Mean Gy", "Max Gy")
    names = ("Volume[cc]", "Min[Gy]", "Mean[Gy]", "Max[Gy]")
    rows = [(name(one.name), esc(one.kind), *(fixed(one.metric(text).value, 2) for text in names)) for one in every]
    return row_table(heads, rows, left=2)


def case(of: "Case") -> str:
    """Show what a case holds."""
    dose = "none" if of.dose is None else f"<b>{esc(of.dose.kind)}</b>, {esc(of.dose.scope)}"
    prescribed = ", ".join(sorted({f"{dose:g} Gy" for dose in of.prescriptions_gy.values()})) or "none stated"
    facts = [
        ("dose", dose),
        ("fractions", "not stated" if of.fractions is None else str(of.fractions)),
        ("plan", "none" if of.plan is None else esc(of.plan.approval_status or "approval not stated")),
        ("prescribed", prescribed),
        ("DVHs stored by the system", str(len(of.stored_dvhs))),
    ]
    names = " \u00b7 ".join(_swatch(one.colour) + name(one.name) for one in of.structures.all) or "none"
    listed = f"<div>{len(of.structures.all)} structures: {names}</div>"
    return box("Case", fact_table(facts), listed, note_lines("Warning", of.warnings))


def left_out(goals: "Iterable[LeftOut]") -> str:
    """Name the goals that a verdict is silent of."""
    return note_lines("Left out, not judged", [f"{one.title}: {one.reason}" for one in goals])


def report(of: "Report") -> str:
    """Show a check: the verdict first, then one row a goal."""
    rows = [
        (
            esc(goal.title) + ("" if goal.mandatory else " <small>(optional)</small>"),
            name(goal.structure_name or goal.structure),
            f"{esc(goal.metric)} {esc(goal.comparator)} {number(goal.limit)}<br><small>{esc(goal.dose)}</small>",
            f"{number(goal.value, 5)} {esc(goal.unit)}" if goal.value is not None else "\u2013",
            number(goal.margin),
            verdict(goal.verdict) + (f"<br><small>{esc(goal.reason, 200)}</small>" if goal.reason else ""),
        )
        for goal in of.results
    ]
    title = f"{name(of.protocol['id'])}: {esc(of.protocol['title'], 160)}"
    said = f"<div>{verdict(of.verdict)} {esc(of.reason, 300)}</div>"
    table = row_table(("Goal", "Structure", "Limit", "Value", "Margin", "Verdict"), rows, left=3)
    from hepadose._core import INTENDED_USE  # noqa: PLC0415 - this module is imported from there

    foot = f"<div><small>{esc(INTENDED_USE, 300)}</small></div>"
    return box(title, said, table, left_out(of.left_out), note_lines("Warning", of.warnings), foot)


def lesion_table(lesions: Sequence["LesionDose"], responses: Sequence["LesionResponse"] | None = None) -> str:
    """Show lesions, with what a publication says where that was asked."""
    heads = ["Lesion", "Volume cc", "Mean Gy (physical dose)", "Covered %"]
    rows = []
    for index, one in enumerate(lesions):
        mean = number(one.mean_gy) if one.reason is None else f"\u2013<br><small>{esc(one.reason, 160)}</small>"
        row = [str(one.label), number(one.volume_cc), mean, number(100 * one.covered_fraction)]
        found = None if responses is None else responses[index].response
        if found is not None:
            row += [esc(found.stratum), number(found.likelihood_ratio, 3), number(found.probability, 3)]
        elif responses is not None:
            row += ["\u2013"] * 3
        rows.append(row)
    parts = []
    if responses is not None:
        heads += ["Stratum", "Likelihood ratio", "Probability"]
        sets = {one.response.thresholds.id: one.response.thresholds for one in responses if one.response is not None}
        for seen in sets.values():
            words = f"{seen.device}, {seen.disease}, {seen.dosimetry}; {seen.endpoint}; {seen.reference.text}"
            parts.append(f"<div><small>{esc(words, 400)}</small></div>")
    warnings = [f"lesion {lesion.label}: {text}" for lesion in lesions for text in lesion.warnings]
    return box(f"{len(rows)} lesions", row_table(heads, rows), *parts, note_lines("Warning", warnings))


def y90_table(table: "LesionTable") -> str:
    """Show the regions of a radioembolisation with what publications say of them."""
    doses = list(dict.fromkeys(dose for row in table.rows for dose in row.v_percent))
    heads = ["Region", "Role", "Volume cc", "Mean Gy (physical dose)", "D70% Gy", *(f"V{dose:g}Gy %" for dose in doses)]
    if table.thresholds is not None:
        heads += ["Stratum", "Likelihood ratio", "Probability"]
    rows, limits = [], []
    for row in table.rows:
        mean = number(row.mean_gy) if row.reason is None else f"\u2013<br><small>{esc(row.reason, 160)}</small>"
        if row.interval is not None:
            mean += f"<br><small>{number(row.interval.lower_gy)} to {number(row.interval.upper_gy)}</small>"
        cells = [name(row.name), esc(row.role.replace("_", " ")), number(row.volume_cc), mean, number(row.d70_gy)]
        cells += [number(row.v_percent.get(dose)) for dose in doses]
        found = row.response
        if found is not None:
            cells += [esc(found.stratum), number(found.likelihood_ratio, 3), number(found.probability, 3)]
        elif table.thresholds is not None:
            cells += ["\u2013"] * 3
        rows.append(cells)
        limits += _limit_lines(row)
    parts = [note_lines("Limit", limits)]
    if table.thresholds is not None:
        seen = table.thresholds
        words = f"{seen.device}, {seen.disease}, {seen.dosimetry}; {seen.endpoint}; {seen.reference.text}"
        parts.append(f"<div><small>{esc(words, 400)}</small></div>")
    parts.append(f"<div><small>{esc(table.summary.note, 200)}</small></div>")
    warnings = list(table.warnings)
    for row in table.rows:
        warnings += [f"{row.name}: {text}" for text in row.doubts]
    title = f"{len(rows)} regions, {table.summary.lesions} of them lesions"
    return box(title, row_table(heads, rows), *parts, note_lines("Warning", warnings))


def _limit_lines(row: "LesionRow") -> list[str]:
    """Say the limits of an organ, or why there are none, and what to read beside its dose."""
    lines = [] if row.limits_reason is None else [f"{row.name}: {row.limits_reason}"]
    for limit in row.limits:
        when = ", ".join(one for one in (limit.scenario, limit.condition) if one is not None)
        judged = {True: "within", False: "above", None: "not judged"}[limit.within]
        lines.append(f"{row.name} {limit.operator} {limit.dose_gy:g} Gy ({when}; {limit.reference.key}): {judged}")
    for one in row.context:
        spread = "" if one.range_gy is None else f" ({one.range_gy[0]:g} to {one.range_gy[1]:g})"
        lines.append(f"{row.name}: {one.what}: {one.median_gy:g} Gy{spread}")
    return lines


def y90_comparison(found: "DeliveredComparison") -> str:
    """Show planned against delivered doses."""
    heads = ["Region", "Planned Gy (physical dose)", "Delivered Gy", "Ratio", "DVH overlap", "Distance Gy"]
    rows = []
    for one in found.regions:
        doses = [number(one.planned_mean_gy), number(one.delivered_mean_gy), number(one.ratio, 3)]
        if one.reason is not None:
            doses[0] = f"<small>{esc(one.reason, 160)}</small>"
        rows.append([name(one.name), *doses, number(one.dvh_overlap, 3), number(one.dvh_distance_gy)])
    lacking = [f"{one}: only planned" for one in found.only_planned]
    lacking += [f"{one}: only delivered" for one in found.only_delivered]
    return box(
        f"{len(rows)} regions, planned and delivered", row_table(heads, rows), note_lines("Not compared", lacking)
    )
