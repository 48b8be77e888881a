"""Tables for people: they fit 80 columns."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

import hepadose as hd
from hepadose._cli.tables import ABSENT, columns, decimals, left_out, notes, significant, verdict
from hepadose._cli.words import as_options
from hepadose._document import Document, by_text

if TYPE_CHECKING:
    from hepadose._cli.demo import Story

_METRICS_A_TABLE = 4
_RATIOS_A_TABLE = 2
_WHOLE_ID = 40
_EVIDENCE = ("recalled", "transcription_1", "transcriptions_2plus", "primary")


def _metric(metric: Mapping[str, Any]) -> str:
    """Give a value, or in parentheses that of the covered part where the whole has none."""
    if metric["value"] is None and metric["covered_value"] is not None:
        return f"({metric['covered_value']:.2f})"
    return decimals(metric["value"])


def note(console: Console, text: str) -> None:
    """Show what to know beside a table."""
    console.print(f"[dim]{escape(text)}[/]")


def _kind(kind: Mapping[str, Any]) -> str:
    return str(hd.DoseKind(kind["quantity"], alpha_beta_gy=kind["alpha_beta_gy"]))


def _dose(dose: Mapping[str, Any]) -> str:
    voxels = " x ".join(map(str, dose["shape"]))
    spacing = " x ".join(f"{step:g}" for step in dose["spacing_mm"])
    fractions = "fractions not stated" if dose["fractions"] is None else f"{dose['fractions']} fractions"
    return (
        f"{_kind(dose['kind'])}, {dose['scope']}, {fractions}, {voxels} voxels of {spacing} mm, "
        f"maximum {dose['max_gy']:.2f} Gy"
    )


def dvhs(console: Console, document: Document) -> None:
    """Show the DVHs of a case."""
    console.print(escape(_dose(document["dose"])))
    dvh_rows(console, document["structures"])
    notes(console, "Warning", document["warnings"])
    console.print(f"[dim]{escape(document['intended_use'])}[/]")


def dvh_rows(console: Console, structures: Sequence[Mapping[str, Any]]) -> None:
    """Show volume, minimum, mean and maximum, then the other metrics, then why some have no value."""
    table = columns("ROI", "Structure", "Volume cc", "Min Gy", "Mean Gy", "Max Gy", left=2)
    for row in structures:
        statistics = [_metric(metric) for metric in row["metrics"][:3]]
        number = ABSENT if row["number"] is None else str(row["number"])
        table.add_row(number, escape(row["name"]), decimals(row["volume_cc"]), *statistics)
    console.print(table)
    names = [metric["name"] for metric in structures[0]["metrics"][3:]] if structures else []
    for start in range(0, len(names), _METRICS_A_TABLE):
        chosen = slice(3 + start, 3 + start + _METRICS_A_TABLE)
        table = columns("Structure", *names[start : start + _METRICS_A_TABLE])
        for row in structures:
            table.add_row(escape(row["name"]), *(_metric(metric) for metric in row["metrics"][chosen]))
        console.print(table)
    _reasons(console, structures)


def _reasons(console: Console, structures: Sequence[Mapping[str, Any]]) -> None:
    found: dict[str, list[str]] = {}
    for row in structures:
        for metric in row["metrics"]:
            if metric["reason"] is not None:
                found.setdefault(metric["reason"], []).append(row["name"])
    for reason, names in found.items():
        console.print(f"[dim]{escape(', '.join(dict.fromkeys(names)))}: {escape(reason)}[/]")


def info(console: Console, document: Document) -> None:
    """Show what a folder or a file holds."""
    for case in document["cases"]:
        plan = case["plan_label"]
        console.print("[bold]Without a plan[/]" if plan is None else f"[bold]Plan {escape(plan)}[/]")
        if case["error"] is not None:
            console.print(f"[red]cannot be read:[/] {escape(case['error'])}")
            continue
        if case["plan"] is not None:
            console.print(escape(_plan(case["plan"])))
        console.print("no dose" if case["dose"] is None else escape(_dose(case["dose"])))
        console.print(f"{case['stored_dvhs']} DVHs stored by the planning system")
        if case["structures"]:
            table = columns("ROI", "Structure", "Type", "Contours", "Volume cc", left=3)
            for row in case["structures"]:
                number = ABSENT if row["number"] is None else str(row["number"])
                volume = decimals(row["volume_cc"]) if row["is_solid"] else "no volume"
                kind = row["interpreted_type"] or ABSENT
                table.add_row(number, escape(row["name"]), escape(kind), str(row["contours"]), volume)
            console.print(table)
        notes(console, "Warning", case["warnings"])


def _plan(plan: Mapping[str, Any]) -> str:
    fractions = "fractions not stated" if plan["fractions"] is None else f"{plan['fractions']} fractions"
    doses = sorted({one["prescription_gy"] for one in plan["dose_references"] if one["prescription_gy"] is not None})
    prescribed = ", ".join(f"{dose:g} Gy" for dose in doses) or "no prescription"
    return f"{plan['approval_status'] or 'approval not stated'}, {fractions}, prescribed: {prescribed}"


_PHYSICAL = "physical dose"


def report(console: Console, found: hd.Report) -> None:
    """Show a check: one row a goal, then what was used and what to read beside."""
    console.print(f"[bold]{escape(str(found.protocol['id']))}[/]: {escape(str(found.protocol['title']))}")
    table = columns("Goal", "Limit", "Value", "Margin", "Verdict")
    table.columns[-1].justify = "left"
    for goal in found.results:
        kind = "" if goal.mandatory else " (optional)"
        limit = f"{goal.metric} {goal.comparator} {goal.limit:g}"
        if goal.dose != _PHYSICAL:
            limit += f"\n{goal.dose}"
        margin = significant(goal.margin)
        table.add_row(
            escape(goal.title) + kind, escape(limit), _value(goal), margin, verdict(goal.verdict) + _levels(goal)
        )
    console.print(table)
    if found.results:
        console.print("[dim]A limit that names no other dose is of physical dose.[/]")
    reasons = by_text((goal.reason, goal.title) for goal in found.results if goal.reason is not None)
    for reason, titles in reasons.items():
        console.print(f"{escape('; '.join(titles))}: {escape(as_options(reason))}")
    if any("no ROI is named" in (goal.reason or "") for goal in found.results):
        console.print(
            'Drawn under another name? Say so: --map "Stomach=Gaster", or --map-file; hepadose info lists ROIs.'
        )
    left_out(console, found.left_out)
    for point in found.risk_points:
        plan = ABSENT if point.plan_value is None else f"{significant(point.plan_value)} {point.unit}"
        where = f"{point.structure} {point.metric} {point.value:g} {point.unit}"
        console.print(f"[dim]{escape(where)}: {escape(point.risk)}; this plan {plan}[/]")
    for used in found.structures:
        console.print(f"[bold]Structure:[/] {escape(_used(used))}")
    _sources(console, found)
    of_goals = by_text((text, goal.id) for goal in found.results for text in goal.caveats)
    caveats = [f"{', '.join(ids)}: {text}" for text, ids in of_goals.items()]
    notes(console, "Caveat", [*(caveat.text for caveat in found.caveats), *caveats])
    notes(console, "Warning", found.warnings)
    console.print(f"[bold]Verdict:[/] {verdict(found.verdict)} - {escape(found.reason)}")
    console.print(f"[dim]{escape(hd.INTENDED_USE)}[/]")


def _sources(console: Console, found: hd.Report) -> None:
    goals = by_text(
        (f"{source.key}, {source.locator} ({source.evidence.replace('_', ' ')})", goal.id)
        for goal in found.results
        for source in goal.sources
    )
    for said, ids in goals.items():
        console.print(f"[dim]{escape(said)}: {escape(', '.join(ids))}[/]")


def _value(goal: hd.GoalResult) -> str:
    if goal.value is None:
        return ABSENT
    unit = "" if goal.unit == "1" else f" {goal.unit}"
    error = "" if not goal.uncertainty else f"\n\u00b1 {goal.uncertainty:.1g}"
    return f"{significant(goal.value)}{unit}{error}"


def _levels(goal: hd.GoalResult) -> str:
    missed = [level.name.replace("_", " ") for level in goal.levels if level.verdict == "not_met"]
    return f", {', '.join(missed)} not" if missed and goal.verdict != "not_met" else ""


def _used(used: hd.StructureUsed) -> str:
    text = f"{used.role} = {used.name} ({used.origin}), {used.volume_cc:.1f} cc"
    if used.subtracted:
        parts = ", ".join(f"{one.name} ({one.volume_inside_cc:.2f} cc inside)" for one in used.subtracted)
        text += f"; taken out: {parts}"
    return text


def protocols(console: Console, wanted: Sequence[hd.Protocol], *, in_full: bool) -> None:
    """List protocols, or show one in full."""
    table = columns("Protocol", "Title", "Goals", "Seen", left=2)
    table.columns[-1].justify = "left"
    # Ids are copied: they stay whole where the window holds them.
    table.columns[0].no_wrap = max((len(protocol.id) for protocol in wanted), default=0) <= _WHOLE_ID
    for protocol in wanted:
        goals = protocol.to_dict()["goals"]
        worst = min((evidence(goal) for goal in goals), key=_EVIDENCE.index).replace("_", " ")
        recalled = sum(evidence(goal) == "recalled" for goal in goals)
        count = f"{len(goals)}" if recalled == 0 else f"{len(goals)} ({recalled} recalled)"
        table.add_row(escape(protocol.id), escape(protocol.title), count, worst)
    console.print(table)
    if not in_full:
        return
    for protocol in wanted:
        content = protocol.to_dict()
        console.print(f"Applies to: {escape(_applies_to(content['applies_to']))}")
        for goal in content["goals"]:
            _goal(console, goal)
        notes(console, "Doubt", content["doubts"])
        notes(console, "Caveat", (caveat["text"] for caveat in content["caveats"]))


def evidence(goal: Mapping[str, Any]) -> str:
    """Give how well the best source of a goal was seen."""
    return str(max((source["evidence"] for source in goal["source"]), key=_EVIDENCE.index))


def difference(console: Console, one: hd.Protocol, other: hd.Protocol) -> None:
    """Show the goals of two protocols side by side, those of one structure and metric in one line."""
    limits: list[dict[tuple[str, str], str]] = []
    for protocol in (one, other):
        found: dict[tuple[str, str], str] = {}
        for goal in protocol.to_dict()["goals"]:
            key = (goal["structure"], goal["metric"])
            text = ", ".join(f"{level['name']} {level['comparator']} {level['limit']:g}" for level in goal["level"])
            found[key] = f"{found[key]}; {text}" if key in found else text
        limits.append(found)
    table = columns("Structure", "Metric", one.id, other.id, left=4)
    for key in sorted({**limits[0], **limits[1]}):
        left, right = (found.get(key, ABSENT) for found in limits)
        mark = "" if left == right else "[bold]"
        table.add_row(escape(key[0]), escape(key[1]), f"{mark}{escape(left)}", f"{mark}{escape(right)}")
    console.print(table)


def _applies_to(applies_to: Mapping[str, Any]) -> str:
    low, high = applies_to["fractions_min"], applies_to["fractions_max"]
    parts = [applies_to["disease"]]
    if low is not None or high is not None:
        span = f"{low}" if low == high else f"{low or 1} to {high or 'any number of'}"
        parts.append(f"{span} fractions")
    low, high = applies_to["dose_per_fraction_min_gy"], applies_to["dose_per_fraction_max_gy"]
    if low is not None or high is not None:
        parts.append(f"{low:g} to {high:g} Gy a fraction")
    if applies_to["liver"] is not None:
        parts.append(f"liver {applies_to['liver'].replace('_', ' ')}")
    if applies_to["child_pugh"]:
        parts.append(f"Child-Pugh {' or '.join(applies_to['child_pugh'])}")
    parts.extend(applies_to[name] for name in ("disease_kind", "sex") if applies_to[name])
    low, high = applies_to["prescription_min_gy"], applies_to["prescription_max_gy"]
    if low is not None or high is not None:
        span = f"{low:g}" if low == high else f"{low or 0:g} to {high or float('inf'):g}"
        parts.append(f"{span} Gy prescribed")
    return ", ".join(part for part in parts if part) or "not stated"


def _goal(console: Console, goal: Mapping[str, Any]) -> None:
    levels = ", ".join(f"{level['name']} {level['comparator']} {level['limit']:g}" for level in goal["level"])
    console.print(f"[bold]{escape(goal['id'])}[/]")
    console.print(f"  {escape(goal['title'])} ({escape(goal['structure'])}): {escape(goal['metric'])} {levels}")
    if any(goal["applies_to"].values()):
        console.print(f"  for {escape(_applies_to(goal['applies_to']))}")
    for source in goal["source"]:
        seen = source["evidence"].replace("_", " ")
        text = hd.references().get(source["key"])
        named = source["key"] if text is None else text.text
        where = f", seen in {source['seen_in']}" if source["seen_in"] else ""
        printed = f"; prints {escape(as_printed(source))}" if source["printed"] else ""
        console.print(f"  [dim]{escape(named)}; {escape(source['locator'])} ({seen}{escape(where)}){printed}[/]")
    notes(console, "  Caveat", goal["caveats"])


def as_printed(source: Mapping[str, Any]) -> str:
    """Give the limit as a source prints it, which need not be that of the goal."""
    printed = source["printed"]
    return f"{printed['metric']} {printed['comparator']} {printed['limit']:g}"


def schedules(console: Console, rows: hd.Schedules) -> None:
    """Show schedules with BED and EQD2, and the model that they are by."""
    ratios = [f"{effect.alpha_beta_gy:g}" for effect in rows[0].effects] if rows else []
    for start in range(0, len(ratios), _RATIOS_A_TABLE):
        chosen = slice(start, start + _RATIOS_A_TABLE)
        table = columns(
            "Schedule", "Dose", *(f"{what} {ratio}" for ratio in ratios[chosen] for what in ("BED", "EQD2")), "Seen in"
        )
        for row in rows:
            numbers = [f"{value:.2f}" for effect in row.effects[chosen] for value in (effect.bed_gy, effect.eqd2_gy)]
            sizes = f"{row.fractions} x {row.dose_per_fraction_gy:g} Gy"
            table.add_row(escape(row.id), sizes, *numbers, row.evidence.replace("_", " "))
        console.print(table)
    console.print("[dim]BED and EQD2 in Gy with their alpha/beta, by LQ: complete repair, no repopulation.[/]")


def thresholds(console: Console) -> None:
    """Show all response thresholds."""
    for one in hd.y90.thresholds():
        console.print(f"[bold]{escape(one.title)}[/]")
        dosimetry = one.dosimetry or "dosimetry not said"
        console.print(f"{one.device}, {one.disease}, {dosimetry}; {escape(one.metric)}; {escape(one.endpoint)}")
        table = columns("Dose", "Sensitivity %", "Specificity %", "Seen in")
        for cut_off in one.cut_offs:
            dose = f"{cut_off.operator} {cut_off.dose_gy:g} Gy"
            rates = (f"{cut_off.sensitivity_percent:g}", f"{cut_off.specificity_percent:g}")
            table.add_row(dose, *rates, cut_off.evidence.replace("_", " "))
        if one.cut_offs:
            console.print(table)
        for asked in one.recommendations:
            end = "" if asked.to_gy is None else f" to {asked.to_gy:g}"
            when = "" if asked.condition is None else f", {asked.condition}"
            limit = f"{asked.operator} {asked.dose_gy:g}{end} Gy{when} ({asked.evidence.replace('_', ' ')})"
            console.print(f"  {escape(asked.scenario)}: {escape(asked.region)} {escape(limit)}")
        console.print(f"[dim]{escape(one.reference.text)}; {escape(one.locator)}[/]")
        notes(console, "Caveat", one.caveats)


def response(console: Console, found: hd.y90.Response) -> None:
    """Show what a publication says of a mean lesion dose."""
    one = found.thresholds
    console.print(f"{found.dose_gy:g} Gy mean lesion dose: stratum [bold]{escape(found.stratum)}[/]")
    console.print(f"likelihood ratio {found.likelihood_ratio:.3g} for: {escape(one.endpoint)}")
    if found.probability is None:
        console.print("no probability without --prevalence")
    else:
        before, after = 100 * (found.prevalence or 0.0), 100 * found.probability
        console.print(f"probability of response {after:.1f} % (before the dose was known {before:g} %)")
        console.print(f"[dim]{escape(found.interval_reason)}[/]")
    console.print(f"[dim]{escape(one.reference.text)}; {escape(one.locator)}[/]")
    notes(console, "Caveat", one.caveats)
    console.print(f"[dim]{escape(hd.INTENDED_USE)}[/]")


def demo(console: Console, story: "Story") -> None:
    """Tell the story of the demo."""
    document = story.document()
    console.print(f"[bold]hepadose {hd.__version__}[/]: a synthetic liver SBRT case, written and read back")
    console.print(f"Files: {', '.join(story.files)}")
    console.print(escape(_plan(document["plan"])))
    console.print(escape(_dose(document["dose"])))
    console.print("\n[bold]Physical dose[/]")
    dvh_rows(console, document["physical"])
    console.print("\n[bold]EQD2[/], converted from the physical dose in every point")
    table = columns("Structure", "alpha/beta Gy", "Min Gy", "Mean Gy", "Max Gy")
    for row in document["eqd2"]:
        statistics = [_metric(metric) for metric in row["metrics"][:3]]
        table.add_row(escape(row["name"]), f"{row['kind']['alpha_beta_gy']:g}", *statistics)
    console.print(table)
    console.print("[dim]alpha/beta as cited by: hepadose.alpha_beta()[/]")
    console.print("\n[bold]Yttrium-90[/], another patient's treatment in the same liver")
    _y90(console, story)
    console.print("\n[bold]Constraints[/]")
    report(console, story.report)


def _y90(console: Console, story: "Story") -> None:
    settings = ", ".join(f"{name} {value}" for name, value in story.model.provenance()["settings"])
    console.print(f"Local deposition: {escape(settings)}")
    table = columns("Lesion", "Volume cc", "Mean Gy", "Stratum", "Likelihood ratio")
    for name, one in zip(story.lesion_names, story.lesions, strict=True):
        found = one.response
        stratum = ("-", "-") if found is None else (found.stratum, f"{found.likelihood_ratio:.3g}")
        table.add_row(escape(name), decimals(one.lesion.volume_cc), decimals(one.lesion.mean_gy, 1), *stratum)
    console.print(table)
    console.print("[dim]Strata for glass microspheres, colorectal metastases, yttrium-90 PET: hepadose thresholds[/]")
