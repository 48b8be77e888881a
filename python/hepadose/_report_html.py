"""The report of a check as one HTML file that needs nothing else: no server, no font, no network."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepadose import _svg
from hepadose._case import shown_image
from hepadose._colours import VERDICT, as_hex, dashes, line_colours
from hepadose._document import by_text, package_version
from hepadose._dvh import dvhs
from hepadose._html import esc, fixed, number
from hepadose._image_series import ImageSeries, Window, grey
from hepadose._markers import GoalMarker, markers, structures_of
from hepadose._planes import Axes, Plane, planes
from hepadose._svg_planes import letter_size, plane_svg
from hepadose._words import HTML_LANGUAGE, Language, speaker

if TYPE_CHECKING:
    from hepadose._case import Case
    from hepadose._core import DoseGrid, Dvh, Structure
    from hepadose._report import GoalResult, Report

_SIGNS = {
    "met": "\u2713",
    "met_applicability_not_confirmed": "\u2713",
    "within_uncertainty": "\u2248",
    "not_met": "\u2717",
    "not_evaluable": "?",
}
_METRICS = ("Min[Gy]", "Mean[Gy]", "Max[Gy]", "D2%[Gy]", "D95%[Gy]")
_PERCENT_OF_PRESCRIPTION = (107.0, 95.0, 80.0, 50.0, 20.0)
_DASH = "\u2013"
_DOT = " \u00b7 "


def page(  # noqa: PLR0913, PLR0917 - as the public call has them
    report: "Report",
    case: "Case | None",
    language: Language,
    identifiers: bool | Mapping[str, str],  # noqa: FBT001 - as the public call has it
    made: datetime,
    window_hu: Window | None = None,
) -> str:
    """Write the whole file."""
    return _Page(report, case, language, identifiers, made, window_hu).html()


@dataclass(frozen=True)
class _Figures:
    """What is drawn of a case."""

    curves: tuple[_svg.Curve, ...]
    without_curve: tuple[str, ...]
    placed: tuple[tuple[GoalMarker, "Dvh"], ...]
    planes: tuple[Plane, ...]
    outlined: tuple["Structure", ...]
    highest_gy: float
    levels_gy: tuple[float, ...]
    kind: str
    oblique: bool
    image: "_Backdrop | None"
    image_missing: str | None

    @classmethod
    def of(cls, report: "Report", case: "Case", window_hu: Window | None) -> "_Figures | None":
        dose = case.dose
        if dose is None:
            return None
        structures = [*case.structures.all, *structures_of(case, report.structures)]
        found = dvhs(dose, structures, prescription_gy=case.prescriptions_gy, **report._dvh_options).all  # noqa: SLF001 - one module's own
        colours = line_colours(structures)
        drawn = [
            (structure, _svg.Curve.of(dvh, colour, dash))
            for structure, dvh, colour, dash in zip(structures, found, colours, dashes(colours), strict=True)
        ]
        curves = tuple(curve for _, curve in drawn if curve is not None)
        placed = [(marker, curve.dvh) for curve in curves for marker in markers(report.results, curve.dvh)]
        outlined = tuple(structure for structure in case.structures.all if structure.contours)
        highest = float(dose.values.max())
        full = max(report.prescriptions_gy, default=highest)
        levels = tuple(dict.fromkeys(round(full * percent / 100, 1) for percent in _PERCENT_OF_PRESCRIPTION))
        cuts = tuple(planes(dose, None, outlined))
        image, why_not = shown_image(case)
        return cls(
            curves=curves,
            without_curve=tuple(structure.name for structure, curve in drawn if curve is None),
            placed=tuple(placed),
            planes=cuts,
            outlined=outlined,
            highest_gy=highest,
            levels_gy=tuple(level for level in levels if 0 < level < highest),
            kind=str(dose.kind),
            oblique=Axes.of(dose.grid).is_oblique,
            image=None if image is None else _Backdrop.of(image, cuts, dose, window_hu),
            image_missing=why_not,
        )


@dataclass(frozen=True)
class _Backdrop:
    """The grey below the dose in each plane."""

    series: ImageSeries
    window: Window
    pixels: tuple[NDArray[np.uint8], ...]

    @classmethod
    def of(cls, series: ImageSeries, cuts: Sequence[Plane], dose: "DoseGrid", window_hu: Window | None) -> "_Backdrop":
        window = series.window(window_hu)
        return cls(series, window, tuple(grey(series.in_plane(one, dose), window) for one in cuts))


class _Page:
    def __init__(  # noqa: PLR0913, PLR0917 - as `page` has them
        self,
        report: "Report",
        case: "Case | None",
        language: Language,
        identifiers: bool | Mapping[str, str],  # noqa: FBT001 - as the public call has it
        made: datetime,
        window_hu: Window | None,
    ) -> None:
        self.report, self.case, self.identifiers, self.made = report, case, identifiers, made
        self.language: Language = language
        self.say = speaker(language)
        self.figures = None if case is None else _Figures.of(report, case, window_hu)

    def html(self) -> str:
        style, script = _asset("report.css"), self._script()
        digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
        policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
        title = f"{self.say('report.title')}: {esc(self.report.protocol['id'])}"
        body = "\n".join(
            part
            for part in (
                self._head(),
                self._goals(),
                self._dvh(),
                self._planes(),
                self._notes(),
                self._origin(),
                self._use(),
            )
            if part
        )
        return (
            f'<!DOCTYPE html>\n<html lang="{HTML_LANGUAGE[self.language]}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta name="generator" content="hepadose {esc(package_version())}">\n'
            f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
            f"{self._data()}<script>{script}</script>\n</body>\n</html>\n"
        )

    def _script(self) -> str:
        start = (
            'const dvhRoot = document.getElementById("dvh");\n'
            'if (dvhRoot) attachDvh(dvhRoot, JSON.parse(document.getElementById("dvh-data").textContent));\n'
        )
        return _asset("view.js") + start

    def _data(self) -> str:
        if self.figures is None or not self.figures.curves:
            return ""
        text = json.dumps(dvh_data(self.figures.curves, [marker for marker, _ in self.figures.placed]))
        safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        return f'<script type="application/json" id="dvh-data">{safe}</script>\n'

    def _core(self, text: object, longest: int = 400) -> str:
        """Give what the core or a protocol says, marked as English where the page is not."""
        return esc(text, longest) if self.language == "en" else f'<span lang="en">{esc(text, longest)}</span>'

    def _badge(self, word: str) -> str:
        colour = as_hex(VERDICT.get(word, VERDICT["not_evaluable"]))
        sign = _SIGNS.get(word, "")
        return f'<span class="badge" style="background:{colour}">{sign} {esc(self.say(f"verdict.{word}"))}</span>'

    def _head(self) -> str:
        say, report = self.say, self.report
        fractions = say("report.fractions_unknown")
        if report.fractions is not None:
            fractions = f"{report.fractions} {say('report.fractions')}"
        prescribed = say("report.prescribed_unknown")
        if report.prescriptions_gy:
            doses = ", ".join(f"{dose:g} Gy" for dose in report.prescriptions_gy)
            prescribed = f"{say('report.prescribed')}: {doses}"
        parts = [
            (
                f"{say('report.protocol')}: <b>{esc(report.protocol['id'])}</b>, "
                f"{self._core(report.protocol['title'])}, "
                f"{say('report.version')} {esc(report.protocol['version'])}"
            ),
            fractions,
            prescribed,
        ]
        plan = None if self.case is None else self.case.plan
        if plan is not None and plan.approval_status:
            parts.append(f"{say('report.approval')}: {esc(plan.approval_status)}")
        parts.append(f"{say('report.made')}: <time>{esc(self.made.strftime('%Y-%m-%d %H:%M %Z').strip())}</time>")
        colour = as_hex(VERDICT.get(report.verdict, VERDICT["not_evaluable"]))
        return (
            f"<header><h1>{say('report.title')}</h1>\n"
            f'<div class="verdict" style="border-left-color:{colour}" data-verdict="{esc(report.verdict)}">'
            f"<b>{say('report.verdict')}</b> {self._badge(report.verdict)} "
            f"<span>{self._core(report.reason)}</span></div>\n"
            f"<p>{_DOT.join(parts)}</p>{self._who()}</header>"
        )

    def _who(self) -> str:
        """Give identifiers, and only where they were asked for."""
        rows: dict[str, str] = {}
        plan = None if self.case is None else self.case.plan
        if isinstance(self.identifiers, Mapping):
            rows = dict(self.identifiers)
        elif self.identifiers and plan is not None:
            known = {
                "RT Plan Label": plan.label,
                "SOP Instance UID": plan.sop_instance_uid,
                "Structure Set UID": plan.structure_set_uid,
                "Frame of Reference UID": plan.frame_of_reference,
            }
            rows = {label: value for label, value in known.items() if value}
        if not rows:
            return ""
        listed = _DOT.join(f"{esc(label)}: <bdi>{esc(value)}</bdi>" for label, value in rows.items())
        return f'<p class="small"><b>{self.say("origin.identifiers")}:</b> {listed}</p>'

    def _goals(self) -> str:
        say, report = self.say, self.report
        numbered = {reference.key: index for index, reference in enumerate(report.references, start=1)}
        rows = "\n".join(self._goal(goal, numbered) for goal in report.results)
        if not rows:
            return f"<section><h2>{say('goals.heading')}</h2><p>{say('goals.none')}</p>{self._left_out()}</section>"
        heads = "".join(
            f'<th scope="col"{" class=n" if key in {"value", "margin"} else ""}>{say(f"goals.{key}")}</th>'
            for key in ("goal", "structure", "limit", "value", "margin", "verdict", "source")
        )
        return (
            f'<section><h2>{say("goals.heading")}</h2>\n<table id="goals"><thead><tr>{heads}</tr></thead>'
            f"<tbody>\n{rows}\n</tbody></table>{self._left_out()}</section>"
        )

    def _left_out(self) -> str:
        """Name the goals that were not judged: a verdict is silent of them."""
        reasons = by_text((one.reason, one.title) for one in self.report.left_out)
        if not reasons:
            return ""
        lines = "".join(
            f"<li>{self._core('; '.join(titles), 2000)}: {self._core(reason)}</li>"
            for reason, titles in reasons.items()
        )
        return f'<div id="left-out"><h3>{self.say("goals.left_out")}</h3><ul>{lines}</ul></div>'

    def _goal(self, goal: "GoalResult", numbered: Mapping[str, int]) -> str:
        say = self.say
        title = self._core(goal.title) + ("" if goal.mandatory else f" ({say('goals.optional')})")
        structure = f"<bdi>{esc(goal.structure_name or goal.structure)}</bdi>"
        limit = f"{esc(goal.metric)} {esc(goal.comparator)} {number(goal.limit)} {esc(goal.unit)}"
        limit += f'<br><span class="small">{self._core(goal.dose)}</span>'
        value = _DASH if goal.value is None else f"{number(goal.value, 5)} {esc(goal.unit)}"
        if goal.value is not None and goal.uncertainty is not None:
            value += f'<br><span class="small">\u00b1 {number(goal.uncertainty, 2)}</span>'
        if goal.value is None and goal.lower_bound is not None and goal.upper_bound is not None:
            value = f"{number(goal.lower_bound)} {_DASH} {number(goal.upper_bound)} {esc(goal.unit)}"
        margin = _DASH if goal.margin is None else f"{goal.margin:+.4g}"
        percent = next((one.margin_percent for one in goal.levels if one.limit == goal.limit), None)
        if percent is not None:
            margin += f'<br><span class="small">{percent:+.3g} %</span>'
        verdict = self._badge(goal.verdict)
        if goal.reason:
            verdict += f'<br><span class="small">{self._core(goal.reason)}</span>'
        sources = "<br>".join(
            f"[{numbered.get(one.key, '?')}] {self._core(one.locator)} "
            f'<span class="small">({say(f"evidence.{one.evidence}")})</span>'
            for one in goal.sources
        )
        cells = (structure, limit, value, margin, verdict, sources)
        numeric = {2, 3}
        return (
            f'<tr data-goal="{esc(goal.id)}"><th scope="row">{title}</th>'
            + "".join(f"<td{' class=n' if index in numeric else ''}>{cell}</td>" for index, cell in enumerate(cells))
            + "</tr>"
        )

    def _dvh(self) -> str:
        figures = self.figures
        if figures is None or not figures.curves:
            return ""
        return f"<section>{dvh_figure(figures.curves, figures.placed, figures.without_curve, self.say)}</section>"

    def _planes(self) -> str:
        figures, say = self.figures, self.say
        if figures is None:
            return ""
        colours, names = line_colours(figures.outlined), [one.name for one in figures.outlined]
        drawn = []
        below = [None] * len(figures.planes) if figures.image is None else figures.image.pixels
        size = letter_size(figures.planes)
        for plane, pixels in zip(figures.planes, below, strict=True):
            label = f"{say(f'planes.{plane.name}')}, {plane.position_mm:.1f} mm"
            svg = plane_svg(plane, colours, names, figures.levels_gy, figures.highest_gy, label, size, pixels)
            drawn.append(f'<figure class="plane">{svg}<figcaption>{esc(label)}</figcaption></figure>')
        # Columns as wide as the planes are, so that a millimetre is as long in each.
        widths = " ".join(
            f"minmax(0,{max(float(abs(plane.u_mm[-1] - plane.u_mm[0])), 1.0):.0f}fr)" for plane in figures.planes
        )
        levels = ", ".join(f"{level:g}" for level in figures.levels_gy)
        note = f"{say('planes.isodose')}: {levels} ({esc(figures.kind)})"
        if figures.oblique:
            note += f". {say('planes.oblique')}"
        note += "".join(f"<br>{text}" for text in self._image_notes(figures))
        return (
            f'<section class="second"><h2>{say("planes.heading")}</h2>\n'
            f'<div class="planes" style="grid-template-columns:{widths}">{"".join(drawn)}</div>'
            f'<p class="small">{note}</p></section>'
        )

    def _image_notes(self, figures: _Figures) -> Iterator[str]:
        """Say what the dose lies on, or why on nothing although images are there."""
        say = self.say
        if figures.image_missing is not None:
            yield f"<b>{say('notes.warning')}:</b> {say('image.missing')} {self._core(figures.image_missing)}"
        if figures.image is None:
            return
        series, (level, width) = figures.image.series, figures.image.window
        unit = f" {series.unit}" if series.unit else ""
        yield (
            f"{say(f'image.{series.modality}')}, {say('image.slices')}: {len(series.values)}; "
            f"{say('image.window')}: {level:g} / {width:g}{unit}. {say('image.shown_only')}"
        )
        for text in series.warnings:
            yield f"<b>{say('notes.warning')}:</b> {self._core(text)}"

    def _notes(self) -> str:
        say, report = self.say, self.report
        warnings = [*report.warnings, *(text for used in report.structures for text in used.warnings)]
        caveats = [one.text for one in report.caveats]
        noted = [(say("notes.warning"), warnings), (say("notes.caveat"), caveats)]
        lines = [
            f"<li><b>{word}:</b> {self._core(text)}</li>" for word, texts in noted for text in dict.fromkeys(texts)
        ]
        of_goals = by_text((text, goal.id) for goal in report.results for text in goal.caveats)
        lines += [
            f"<li><b>{say('notes.caveat')}:</b> {esc(', '.join(ids), 400)}: {self._core(text)}</li>"
            for text, ids in of_goals.items()
        ]
        listed = f"<ul>{''.join(lines)}</ul>" if lines else f"<p>{say('notes.none')}</p>"
        used = "".join(f"<li>{self._used(one)}</li>" for one in report.structures)
        structures = f"<h3>{say('notes.structures')}</h3><ul>{used}</ul>" if used else ""
        return f"<section><h2>{say('notes.heading')}</h2>{listed}{structures}</section>"

    def _used(self, used: Any) -> str:
        say = self.say
        text = (
            f"{esc(used.role)} = <bdi>{esc(used.name)}</bdi> ({say(f'notes.{used.origin}')}), {used.volume_cc:.1f} cc"
        )
        if used.subtracted:
            parts = ", ".join(
                f"<bdi>{esc(one.name)}</bdi> ({one.volume_inside_cc:.2f} cc)" for one in used.subtracted[:20]
            )
            more = f", \u2026 ({len(used.subtracted)})" if len(used.subtracted) > 20 else ""  # noqa: PLR2004 - a line
            text += f"; {say('notes.taken_out')}: {parts}{more}"
        return text

    def _origin(self) -> str:
        say, report = self.say, self.report
        provenance = report.to_dict()["provenance"]
        settings = ", ".join(f"{esc(name)} {esc(value)}" for name, value in provenance["settings"]) or _DASH
        hashes = [(one["role"], one["sha256"]) for one in provenance["inputs"]]
        backdrop = None if self.figures is None else self.figures.image
        if backdrop is not None and backdrop.series.sha256 is not None:
            hashes.append((backdrop.series.modality, backdrop.series.sha256))
        inputs = _list(f"{esc(role)}: <span class=hash>{esc(digest)}</span>" for role, digest in hashes)
        protocol = f"{esc(report.protocol['id'])}: <span class=hash>{esc(report.protocol['sha256'])}</span>"
        references = _list(
            (self._core(one.text) + (f", doi:{esc(one.doi)}" if one.doi else "") for one in report.references),
            "ol",
        )
        return (
            f"<section><h2>{say('origin.heading')}</h2>\n"
            f"<h3>{say('origin.references')}</h3>{references}"
            f'<p class="small"><b>{say("origin.settings")}:</b> {settings}</p>'
            f'<p class="small"><b>{say("origin.software")}:</b> hepadose '
            f"{esc(report.to_dict()['version'])}; {protocol}</p>"
            f"<h3>{say('origin.inputs')}</h3>{inputs}</section>"
        )

    def _use(self) -> str:
        english = self.report.to_dict()["intended_use"]
        own = "" if self.language == "en" else f"{self.say('use.text')}<br>"
        return f"<footer><b>{self.say('use.heading')}:</b> {own}{self._core(english)}</footer>"


def _list(items: Iterable[str], tag: str = "ul") -> str:
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f"<{tag}>{listed}</{tag}>" if listed else f"<p>{_DASH}</p>"


def dvh_data(curves: Sequence[_svg.Curve], placed: Sequence[GoalMarker]) -> dict[str, Any]:
    """Give what `attachDvh` of view.js needs."""
    return {
        "curves": [curve.data() for curve in curves],
        "max_gy": _svg.highest_gy(curves, placed),
        "box": _svg.BOX,
    }


def dvh_figure(
    curves: Sequence[_svg.Curve],
    placed: Sequence[tuple[GoalMarker, "Dvh"]],
    without_curve: Sequence[str],
    say: _svg.Say,
) -> str:
    """Write the DVH with its slider and its table of structures; `attachDvh` makes it answer."""
    end = _svg.highest_gy(curves, [marker for marker, _ in placed])
    rows = []
    for index, curve in enumerate(curves):
        dvh = curve.dvh
        dash = f' stroke-dasharray="{curve.dash}"' if curve.dash else ""
        swatch = (
            f'<svg width="22" height="8" aria-hidden="true" style="width:22px;flex:none"><path d="M0 4H22" '
            f'stroke="{as_hex(curve.colour)}" stroke-width="3"{dash}/></svg>'
        )
        name = f'<bdi title="{esc(dvh.name)}">{esc(dvh.name, 60)}</bdi>'
        box = f'<input class="screen" type="checkbox" checked data-curve="{index}">'
        values = [fixed(dvh.metric("Volume[cc]").value, 1), *(fixed(dvh.metric(text).value, 2) for text in _METRICS)]
        cells = "".join(f'<td class="n">{value}</td>' for value in values)
        rows.append(
            f'<tr><th scope="row"><label>{box}{swatch}{name}</label></th>{cells}'
            f'<td class="n screen" data-at="{index}"></td></tr>'
        )
    heads = "".join(
        f'<th scope="col" class="n">{say(f"dvh.{key}")}</th>'
        for key in ("volume_cc", "min", "mean", "max", "d2", "d95")
    )
    left_out = ""
    if without_curve:
        names = ", ".join(f"<bdi>{esc(one, 40)}</bdi>" for one in without_curve[:40])
        left_out = f" {say('dvh.left_out')} {names}."
    marked = f" {say('dvh.marker')}" if placed else ""
    cursor = say("dvh.cursor")
    return (
        f"<h2>{say('dvh.heading')}</h2>\n"
        f'<div class="dvh" id="dvh"><figure>{_svg.dvh_svg(curves, placed, say)}'
        f'<label class="screen small">{cursor}: <span data-said aria-live="polite"></span>'
        f'<input type="range" min="0" max="{end:.4f}" step="{end / 500:.6f}" value="{end / 2:.4f}" '
        f'aria-label="{cursor}">'
        f"</label><figcaption>{marked}{left_out}</figcaption></figure>\n"
        f'<table id="doses"><thead><tr><th scope="col">{say("dvh.structure")}</th>{heads}'
        f'<th scope="col" class="n screen">{say("dvh.v_at")}</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _asset(name: str) -> str:
    return files("hepadose").joinpath("_web", name).read_text(encoding="utf-8")
