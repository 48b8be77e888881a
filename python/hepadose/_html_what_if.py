"""What flips, what would pass, who is eligible, what belongs together and what is compared, as a notebook shows it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hepadose._html import box, esc, fact_table, left_out, name, note_lines, number, row_table, verdict
from hepadose._isotoxic import HOLDS_FOR

if TYPE_CHECKING:
    from hepadose._compare import Comparison
    from hepadose._eligibility import Eligibility
    from hepadose._flip import Flips
    from hepadose._integrity import Integrity
    from hepadose._isotoxic import Isotoxic
    from hepadose._remaining import Remaining
    from hepadose._schedules import Schedules

_HOLDS = {True: "met", False: "not_met", None: "not_evaluable"}
_FINDINGS = {"ok": "met", "doubt": "within_uncertainty", "wrong": "not_met", "not_checkable": "not_evaluable"}
_LONG = 300


def flips(of: "Flips") -> str:
    """Show every goal over all conventions, and what flips it."""
    rows = []
    for one in of.goals:
        low, high = one.range or (None, None)
        tried = 1 + len(one.scenarios)
        met = "\u2013" if one.met_fraction is None else f"{round(one.met_fraction * tried)}\u00a0of\u00a0{tried}"
        changed = [f"{each.name} ({each.verdict.replace('_', ' ')})" for each in one.scenarios if each.flips]
        said = "; ".join(changed[:3]) + (f"; and {len(changed) - 3} more" if len(changed) > 3 else "")  # noqa: PLR2004
        by = ", ".join(word.replace("_", " ") for word in one.flipped_by) or "nothing tried"
        rows.append(
            (
                esc(one.title),
                verdict(one.verdict),
                f"{esc(by)}<br><small>{esc(said, _LONG)}</small>" if said else esc(by),
                esc(f"{'' if one.unit == '1' else one.unit}, {one.dose}".strip(", ")),
                number(one.value, 5),
                number(low, 5),
                number(high, 5),
                met,
            )
        )
    heads = ("Goal", "As checked", "Flipped by", "Unit, dose", "Value", "Lowest", "Highest", "Met in")
    unknown = [f"{one.id}: {each.name}: {each.reason}" for one in of.goals for each in one.not_evaluable]
    shown = [*unknown[:6], *([f"and {len(unknown) - 6} more"] if len(unknown) > 6 else [])]  # noqa: PLR2004
    title = f"Would it flip? {name(of.protocol)} under other conventions"
    return box(title, row_table(heads, rows, left=4), note_lines("Not evaluable", shown), left_out(of.left_out))


def isotoxic(of: "Isotoxic") -> str:
    """Show the largest scale of the dose, what binds it, and over which scales every goal holds."""
    scale = "none" if of.scale is None else f"<b>{number(of.scale, 5)}</b>"
    if of.prescription_gy is not None:
        fractions = "" if of.fractions is None else f" in {of.fractions} fractions"
        scale += f": {number(of.prescription_gy, 5)} Gy (physical dose){fractions}"
    elif of.scale is not None:
        scale += ", prescription unknown"
    facts = [("largest scale of the dose", scale), ("why", esc(of.reason, _LONG))]
    if of.best_tier_gy is not None:
        facts.append(("highest prescription whose limits hold", f"{number(of.best_tier_gy)} Gy"))
    rows = []
    for one in of.goals:
        binds = " <b>binds</b>" if one.id == of.binding else ""
        first = "\u2013" if one.never else number(one.smallest_scale or 0.0, 5)
        last = "at no scale" if one.never else ("any" if one.largest_scale is None else number(one.largest_scale, 5))
        rows.append((esc(one.title) + binds, first, last))
    goals = row_table(("Goal", "Holds from", "up to"), rows) if rows else ""
    tiers = [(f"{number(one.prescription_gy)} Gy", number(one.scale), verdict(_HOLDS[one.holds])) for one in of.tiers]
    shown = row_table(("Prescription", "Scale", "Its limits"), tiers, left=1) if tiers else ""
    lacking = [f"{one}: {reason}" for one, reason in of.not_evaluable]
    title = f"Isotoxic dose by {name(of.protocol)}"
    lacking_notes = note_lines("The answer does not hold for", lacking)
    foot = f"<div><small>{esc(HOLDS_FOR, _LONG)}</small></div>"
    return box(title, fact_table(facts), goals, shown, lacking_notes, left_out(of.left_out), foot)


def eligibility(of: "Eligibility") -> str:
    """Show every criterion with its verdict and reason, then the lesions as they are drawn."""
    rows = [
        (
            esc(one.text, 160) + (" <small>(advised)</small>" if one.advisable else ""),
            verdict(one.verdict),
            esc(one.reason, _LONG),
            "<br>".join(esc(f"{source['key']}, {source['locator']}", 160) for source in one.sources),
        )
        for one in of.criteria
    ]
    lesions = []
    for one in of.lesions:
        near = one.nearest_bowel
        bowel = ("none is drawn", "\u2013") if near is None else (name(near.name), number(near.distance_mm))
        sizes = (number(one.volume_cc), number(one.diameter_mm), number(one.in_plane_diameter_mm))
        lesions.append((name(one.name), bowel[0], bowel[1], *sizes, str(one.parts)))
    heads = ("Lesion", "Nearest bowel", "at mm", "Volume cc", "Diameter mm", "in plane mm", "Parts")
    parts = [row_table(("Criterion", "Verdict", "Why", "Source"), rows, left=4) if rows else "no criteria"]
    parts += [row_table(heads, lesions, left=2)] if lesions else []
    title = f"Eligible? {name(of.protocol)}: {verdict(of.verdict)}"
    return box(title, *parts, note_lines("Warning", of.warnings))


def schedules(of: "Schedules") -> str:
    """Show schedules with BED and EQD2 at every alpha/beta."""
    ratios = [effect.alpha_beta_gy for effect in of[0].effects] if of else []
    heads = ["Schedule", "Source (evidence)", "Dose"]
    heads += [f"{what} Gy (alpha/beta {ratio:g} Gy)" for ratio in ratios for what in ("BED", "EQD2")]
    rows = [
        [
            esc(one.title),
            esc(f"{one.reference.key}, {one.locator} ({one.evidence.replace('_', ' ')})", 160),
            f"{one.fractions}\u00a0\u00d7\u00a0{number(one.dose_per_fraction_gy)}\u00a0Gy",
            *(f"{value:.2f}" for effect in one.effects for value in (effect.bed_gy, effect.eqd2_gy)),
        ]
        for one in of
    ]
    foot = "<div><small>LQ: complete repair, no repopulation.</small></div>"
    return box(f"{len(rows)} schedules", row_table(heads, rows, left=2), foot)


def remaining(of: "Remaining") -> str:
    """Show what of a tolerance is left, of a number or over a grid."""
    facts = [
        ("limit", f"{number(of.limit_eqd2_gy, 5)} Gy EQD2 (alpha/beta {number(of.alpha_beta_gy)} Gy)"),
        ("left", f"<b>{_span(of.eqd2_gy)} Gy</b> EQD2"),
        (f"dose in {of.fractions} fractions that uses it up", f"{_span(of.dose_gy)} Gy (physical dose)"),
    ]
    exceeded = int(np.count_nonzero(np.asarray(of.eqd2_gy) < 0))
    if exceeded:
        where = "The limit is exceeded." if np.ndim(of.eqd2_gy) == 0 else f"The limit is exceeded in {exceeded} voxels."
        facts.append(("", f"<b>{esc(where)}</b>"))
    return box("Remaining tolerance", fact_table(facts), note_lines("Warning", of.warnings))


def _span(values: Any) -> str:
    every = np.asarray(values, dtype=np.float64)
    if every.ndim == 0:
        return number(float(every), 5)
    known = every[np.isfinite(every)]
    if not known.size:
        return "\u2013"
    return f"{number(float(known.min()), 5)} to {number(float(known.max()), 5)}"


def integrity(of: "Integrity") -> str:
    """Show every question to a plan with what was found, what is wrong first."""
    order = ("wrong", "doubt", "ok", "not_checkable")
    words = {"ok": "\u2713 ok", "doubt": "\u2248 doubt", "wrong": "\u2717 wrong", "not_checkable": "? not checkable"}
    rows = [
        (esc(one.name), verdict(_FINDINGS[one.finding], words[one.finding]), esc(one.text, _LONG))
        for one in sorted(of.checks, key=lambda one: order.index(one.finding))
    ]
    title = "The plan belongs together" if of.is_clean else "Not all of the plan belongs together"
    return box(title, row_table(("Question", "Finding", "What was found"), rows, left=3))


def comparison(of: "Comparison") -> str:
    """Show goals side by side, those on whose verdict the checks differ marked."""
    heads = ["Structure", "Metric", *of.labels]
    rows = []
    for goal in of.goals:
        mark = "<b>\u2260</b> " if goal.verdicts_differ else ""
        cells = [_compared(goal.results, at, goal.differences[at]) for at in range(len(of.labels))]
        rows.append([mark + name(goal.structure), esc(goal.metric), *cells])
    said = [name(label) + f": {verdict(one.verdict)}" for label, one in zip(of.labels, of.reports, strict=True)]
    return box(
        f"{len(of.reports)} checks side by side",
        *(f"<div>{one}</div>" for one in said),
        row_table(heads, rows, left=len(heads)),
    )


def _compared(results: Sequence[Any], at: int, difference: float | None) -> str:
    one = results[at]
    if one is None:
        return "\u2013"
    value = "\u2013" if one.value is None else f"{number(one.value, 5)} {esc(one.unit)}"
    change = f" <small>({difference:+.4g})</small>" if at and results[0] is not None and difference else ""
    limit = f"<small>{esc(one.comparator)} {number(one.limit)}, {esc(one.dose)}</small>"
    return f"{value}{change}<br>{limit}<br>{verdict(one.verdict)}"
