"""Tables of what flips a verdict, what dose would pass, and whom a treatment is meant for."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape

import hepadose as hd
from hepadose._cli.tables import ABSENT, columns, decimals, left_out, notes, significant, verdict
from hepadose._cli.words import as_options
from hepadose._document import by_text
from hepadose._isotoxic import HOLDS_FOR

_NAMED = 3
_HOLDS = {True: "holds", False: "fails", None: "not evaluable"}


def flipped(found: hd.Flips, report: hd.Report) -> list[str]:
    """Give the ids of mandatory goals that some convention flips."""
    mandatory = {goal.id for goal in report.results if goal.mandatory}
    return [one.id for one in found.goals if one.flipped_by and one.id in mandatory]


def flips(console: Console, found: hd.Flips, report: hd.Report) -> None:
    """Show every goal with its values over all conventions, then what flips it."""
    console.print(f"[bold]{escape(found.protocol)}[/]: a check again under the conventions in which systems differ")
    goals = {goal.id: goal for goal in report.results}
    tried = [one for one in found.goals if one.met_fraction is not None]
    _tried(console, tried, goals)
    for one in tried:
        for group in one.flipped_by:
            changes = [each for each in one.scenarios if each.flips and each.group == group]
            console.print(f"[bold]Flips {escape(one.id)}:[/] {_changes(changes, goals[one.id].unit)}")
    unknown = by_text((f"{each.name}: {each.reason}", one.id) for one in tried for each in one.not_evaluable)
    for reason, ids in unknown.items():
        console.print(f"[dim]Not evaluable for {escape(', '.join(ids))}: {escape(as_options(reason))}[/]")
    reasons = by_text((goal.reason, goal.id) for goal in report.results if goal.reason is not None)
    for reason, ids in reasons.items():
        console.print(f"{escape(', '.join(ids))}: {escape(as_options(reason))}")
    console.print(f"[bold]As checked:[/] {verdict(report.verdict)} - {escape(as_options(report.reason))}")
    left_out(console, found.left_out)
    ids = flipped(found, report)
    said = f"some flip {', '.join(ids)}" if ids else "none that could be tried flips a mandatory goal"
    console.print(f"[bold]Other conventions:[/] {escape(said)}")
    _intended_use(console)


def _tried(console: Console, tried: Sequence[hd.GoalFlips], goals: Mapping[str, hd.GoalResult]) -> None:
    if not tried:
        return
    shown = columns("Goal", "Value", "Lowest", "Highest", "Met in", "Verdict")
    shown.columns[-1].justify = "left"
    for one in tried:
        goal = goals[one.id]
        kind = "" if goal.mandatory else " (optional)"
        limit = f"{goal.metric} {goal.comparator} {goal.limit:g}"
        low, high = one.range or (None, None)
        numbers = (significant(one.value), significant(low), significant(high))
        shown.add_row(f"{escape(one.id)}{kind}\n[dim]{escape(limit)}[/]", *numbers, _met_in(one), verdict(one.verdict))
    console.print(shown)


def _met_in(one: hd.GoalFlips) -> str:
    """Say in how many of the scenarios, the check itself among them, a goal is met."""
    if one.met_fraction is None:
        return ABSENT
    every = 1 + len(one.scenarios)
    return f"{round(one.met_fraction * every)} of {every}"


def _changes(changes: list[hd.Scenario], unit: str) -> str:
    said = [f"{escape(each.name)} ({_with_unit(each.value, unit)}, {verdict(each.verdict)})" for each in changes]
    more = len(said) - _NAMED
    return "; ".join(said[:_NAMED]) + (f"; and {more} more, which --json lists" if more > 0 else "")


def _with_unit(value: float | None, unit: str) -> str:
    return ABSENT if value is None else escape(f"{significant(value)} {'' if unit == '1' else unit}".strip())


def isotoxic(console: Console, found: hd.Isotoxic) -> None:
    """Show the largest scale, what binds it, and where every mandatory goal stops to hold."""
    console.print(f"[bold]{escape(found.protocol)}[/]: the largest dose at which all mandatory goals still hold")
    _followed(console, found)
    for tier in found.tiers:
        goals = "; ".join(_tier_goal(goal) for goal in tier.goals)
        holds = _HOLDS[tier.holds]
        console.print(f"Prescription {tier.prescription_gy:g} Gy (scale {tier.scale:.4g}): {holds}: {escape(goals)}")
    if found.tiers:
        best = "none" if found.best_tier_gy is None else f"{found.best_tier_gy:g} Gy"
        console.print(f"[bold]Highest prescription whose limits hold:[/] {best}")
    for reason, ids in by_text((reason, id_) for id_, reason in found.not_evaluable).items():
        console.print(f"[bold]The answer does not hold for[/] {escape(', '.join(ids))}: {escape(as_options(reason))}")
    if found.scale is None:
        console.print(f"[bold]No largest scale:[/] {escape(as_options(found.reason))}")
    else:
        console.print(f"[bold]Largest scale:[/] {_largest(found)} - {escape(as_options(found.reason))}")
    if found.plateau and found.broken_at is not None:
        console.print(f"The value jumps over its limit there: it no longer holds at {found.broken_at:.7g}.")
    left_out(console, found.left_out)
    console.print(f"[dim]{escape(HOLDS_FOR)}[/]")
    _intended_use(console)


def _followed(console: Console, found: hd.Isotoxic) -> None:
    if not found.goals:
        return
    shown = columns("Goal", "Holds from", "up to", "Title", left=1)
    shown.columns[-1].justify = "left"
    for one in found.goals:
        binds = " [bold](binds)[/]" if one.id == found.binding else ""
        if one.never:
            span = ("at no scale", ABSENT)
        else:
            first = "0" if one.smallest_scale is None else f"{one.smallest_scale:.4f}"
            span = (first, "any" if one.largest_scale is None else f"{one.largest_scale:.4f}")
        shown.add_row(escape(one.id) + binds, *span, escape(one.title))
    console.print(shown)
    console.print("[dim]Scales of the dose; 1 is the plan as it is. The prescription scales along.[/]")


def _largest(found: hd.Isotoxic) -> str:
    said = f"{found.scale:.4f}"
    if found.prescription_gy is None:
        said += ", prescription unknown: say --prescription"
    else:
        fractions = "" if found.fractions is None else f" in {found.fractions} fractions"
        said += f", a prescription of {found.prescription_gy:.2f} Gy{fractions}"
    if found.binding_value is not None and found.binding_limit is not None:
        error = "" if not found.binding_uncertainty else f" \u00b1 {found.binding_uncertainty:.1g}"
        said += f"; value there {significant(found.binding_value)}{error}, limit {found.binding_limit:g}"
    return said


def _tier_goal(goal: dict[str, object]) -> str:
    value, limit = goal["value"], goal["limit"]
    if isinstance(value, float):
        return f"{goal['id']} {significant(value)} ({_HOLDS[bool(goal['holds'])]}, limit {limit:g})"
    return f"{goal['id']}: {as_options(str(goal['reason']))}"


def eligibility(console: Console, found: hd.Eligibility) -> None:
    """Show every criterion with its verdict and how it came about, then the lesions as they are drawn."""
    console.print(f"[bold]{escape(found.protocol)}[/]: whether the treatment is meant for this case")
    if found.criteria:
        shown = columns("Criterion", "Verdict", "Why", left=3)
        for one in found.criteria:
            text = escape(one.text) + (" (advised)" if one.advisable else "")
            shown.add_row(text, verdict(one.verdict), escape(as_options(one.reason)))
        console.print(shown)
    else:
        console.print(
            "The protocol states no selection criteria; of those built in crlm-mdt-2024-sbrt does: leave --protocol out"
        )
    _lesions(console, found.lesions)
    sources = by_text((f"{source['key']}, {source['locator']}", "") for one in found.criteria for source in one.sources)
    notes(console, "Source", sources)
    notes(console, "Warning", (as_options(text) for text in found.warnings))
    console.print(f"[bold]Verdict:[/] {verdict(found.verdict)}")
    _intended_use(console)


def _lesions(console: Console, lesions: Iterable[hd.Lesion]) -> None:
    shown = columns("Lesion", "Volume cc", "3-D mm", "2-D mm", "Parts", "Bowel mm", "Nearest bowel")
    shown.columns[-1].justify = "left"
    for one in lesions:
        near = one.nearest_bowel
        bowel = (ABSENT, "none is drawn") if near is None else (f"{near.distance_mm:.1f}", escape(near.name))
        sizes = (decimals(one.volume_cc), decimals(one.diameter_mm, 1), decimals(one.in_plane_diameter_mm, 1))
        shown.add_row(escape(one.name), *sizes, str(one.parts), *bowel)
    if shown.row_count:
        console.print(shown)
        console.print("[dim]Largest diameters in space and in a plane; distance between the surfaces.[/]")


def _intended_use(console: Console) -> None:
    console.print(f"[dim]{escape(hd.INTENDED_USE)}[/]")
