"""What objects show of themselves in a notebook, what they complete, and how they travel."""

import io
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import hepadose as hd
import hostile
from ct_series import anatomy
from hepadose import _colours, _core, _html, _html_fields, _progress


class Parsed(HTMLParser):
    """Tags, attributes and texts of a fragment; void and unclosed ones show up as a rest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(  # noqa: D102 - as its parent
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"br", "meta", "input", "img"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102 - as its parent
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:  # noqa: D102 - as its parent
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:  # noqa: D102 - as its parent
        self.text += data


@pytest.fixture(scope="module")
def case(demo_folder: Path) -> hd.Case:
    return hd.read_case(demo_folder)


def ct(case: hd.Case) -> hd.ImageSeries:
    """Give a CT of the case's organs."""
    values, grid = anatomy(case, spacing_mm=4.0, slice_mm=8.0)
    return hd.ImageSeries(modality="CT", values=values, grid=grid)


@pytest.fixture(scope="module")
def shown(case: hd.Case, demo_folder: Path) -> dict[str, str]:
    """Every kind of object that shows itself, as HTML."""
    assert case.dose is not None
    activity, (labels, grid, _) = _core.read_demo_activity(demo_folder)
    lesions = hd.y90.lesion_doses(activity, labels, grid, model=hd.y90.LocalDeposition(density_g_per_ml=1.05))
    words: dict[str, Any] = {"device": "glass", "disease": "colorectal-metastases", "dosimetry": "y90-pet"}
    responses = hd.y90.lesion_responses(lesions, prevalence=0.5, **words)
    liver = case.structures["Liver"]
    hostile_dose, every = hostile.case().dose, hostile.case().structures.all
    assert hostile_dose is not None
    things: dict[str, Any] = {
        "Grid": case.dose.grid,
        "DoseGrid": case.dose,
        "EQD2": case.dose.eqd2(alpha_beta_gy=2.5),
        "Structure": liver,
        "Structures": case.structures,
        "Dvh": hd.dvh(case.dose, liver),
        "EQD2 Dvh": hd.dvh(case.dose.eqd2(alpha_beta_gy=2.5), liver),
        "Dvhs": case.dvhs(),
        "Case": case,
        "ActivityMap": activity,
        "ImageSeries": ct(case),
        "hostile ImageSeries": replace(ct(case), warnings=(hostile.NAMES[0],)),
        "Protocol": hd.Protocol("liver-sbrt-5fx"),
        "Report": hd.check(case, "liver-sbrt-5fx"),
        "hostile Case": hostile.case(),
        "hostile Structures": hostile.case().structures,
        "hostile Dvhs": hostile.case().dvhs(),
        "lesions": lesions,
        "responses": responses,
        "hostile table": hd.y90.lesion_table(
            hostile_dose, every, lesions=hostile.NAMES[:2], whole_liver="Liver", lung="GTV", **words
        ),
        "Flips": hd.would_it_flip(case, "liver-sbrt-5fx"),
        "Isotoxic": hd.isotoxic(case, "rtog1112", disease="primary", recalled=True),
        "Isotoxic of nothing": hd.isotoxic(hd.Case(), "tg101-5fx"),
        "Eligibility": hd.eligibility(case, ecog=1),
        "hostile Eligibility": hd.eligibility(hostile.lesions(), ecog=1),
        "Schedules": hd.schedules([10, 3]),
        "hostile Schedules": hd.schedules(10, own=[(name, 50.0, 5) for name in hostile.NAMES]),
        "Remaining": hd.remaining_tolerance(20.0, limit_eqd2_gy=32.0, fractions=5, alpha_beta_gy=2.5),
        "Remaining of a grid": hd.remaining_tolerance(
            case.dose.eqd2(alpha_beta_gy=2.5), limit_eqd2_gy=60, fractions=5, alpha_beta_gy=2.5
        ),
        "Integrity": hd.plan_integrity(case),
        "Comparison": hd.compare(case, ["tg101-5fx", "uk-sabr-2022-5fx"]),
        "hostile Comparison": hd.compare([hostile.case()] * 2, "liver-sbrt-5fx", labels=hostile.NAMES[:2]),
        "checks": hd.check_all(case, ["tg101-5fx", "liver-sbrt-5fx"]),
        "protocols": hd.protocols(),
        "published limits": hd.published_limits(case, "Stomach"),
        "alpha/beta": hd.alpha_beta(),
        "thresholds": hd.y90.thresholds(),
        "parameter sets": hd.ntcp.parameter_sets(),
        "Estimate": hd.ntcp.lkb(hd.dvh(case.dose, liver), parameters="dawson2002-metastases"),
        "Metric": hd.dvh(case.dose, liver).metric("CV15Gy[cc]"),
        "Plan": case.plan,
        "hostile Plan": hd.Plan(label=hostile.NAMES[0], approval_status=hostile.NAMES[2]),
        "Accumulated": hd.accumulate_bed([hd.Course(name="one", dose=case.dose)], alpha_beta_gy=2.5),
        "hostile comparison": hd.y90.compare_doses(hd.dvhs(hostile_dose, every), hd.dvhs(hostile_dose, every)),
    }
    return {name: thing._repr_html_() for name, thing in things.items()}


def test_html_is_well_formed_and_needs_nothing(shown: dict[str, str]) -> None:
    for name, html in shown.items():
        parsed = Parsed(html)
        assert parsed.open == [], name
        assert not {"script", "img", "link", "iframe", "object", "image"} & set(parsed.tags), name
        assert not [one for one, _ in parsed.attributes if one.startswith("on") or one in {"src", "href"}], name
        assert "url(" not in html and "@import" not in html, name
        assert len(html) < 40_000, name


@pytest.mark.parametrize("name", ["DoseGrid", "Dvh", "Dvhs", "Case", "Report", "lesions", "responses", "hostile table"])
def test_the_kind_of_a_dose_is_shown(shown: dict[str, str], name: str) -> None:
    assert "physical dose" in Parsed(shown[name]).text


@pytest.mark.parametrize("name", ["EQD2", "EQD2 Dvh"])
def test_the_alpha_beta_of_a_dose_is_shown(shown: dict[str, str], name: str) -> None:
    assert "EQD2 (alpha/beta 2.5 Gy)" in Parsed(shown[name]).text


INPUTS = {
    "Course", "VoxelRoi", "Uncertain", "DisplacementField", "LocalDeposition", "UncertaintyBudget", "BedParameters",
    "LkbParameters", "LogisticParameters", "PoissonParameters", "SerialityParameters", "CriticalVolumeParameters",
}  # fmt: skip
"""What people write and nobody gets back; the repr is what was written."""


@pytest.mark.parametrize("module", [hd, hd.y90, hd.ntcp, hd.tcp], ids=lambda one: one.__name__)
def test_every_public_result_shows_itself(module: ModuleType) -> None:
    public = [getattr(module, name) for name in module.__all__]
    results = [one for one in public if isinstance(one, type) and is_dataclass(one) and one.__name__ not in INPUTS]
    plain = [one.__name__ for one in results if not hasattr(one, "_repr_html_")]
    assert plain == []


def test_results_say_what_they_hold(shown: dict[str, str], case: hd.Case) -> None:
    texts = {name: Parsed(html).text for name, html in shown.items()}
    assert "26\u00a0of\u00a026" in texts["Flips"] and ">= instead of as printed (met)" in texts["Flips"]
    found = hd.isotoxic(case, "rtog1112", disease="primary", recalled=True)
    assert f"{found.scale:.5g}" in texts["Isotoxic"] and "The answer does not hold for" in texts["Isotoxic"]
    assert "? unknown" in texts["Eligibility"] and "11.55" in texts["Eligibility"]
    assert "crlm-mdt-2024" in texts["Schedules"] and "31.25" in texts["Schedules"]
    assert "EQD2 (alpha/beta 2.5 Gy)" in texts["Remaining"] and "11.33 Gy (physical dose)" in texts["Remaining"]
    assert "The limit is exceeded in" in texts["Remaining of a grid"]
    assert texts["Integrity"].index("doubt") < texts["Integrity"].index("ok")
    assert "13.053 Gy" in texts["Comparison"] and "< 25, physical dose" in texts["Comparison"]
    assert "not evaluable" in texts["checks"] and "Liver SBRT in 5 fractions" in texts["checks"]
    image = ct(case)
    assert f"{image.values.min():.5g} to {image.values.max()} HU" in texts["ImageSeries"].replace("\u2212", "-")
    assert "(4, 4, 8) mm" in texts["ImageSeries"]
    assert "Dawson" in texts["alpha/beta"] and "30 \u00d7 Protocol" in texts["protocols"]


def test_units_and_absent_numbers_of_fields(case: hd.Case) -> None:
    assert _html_fields.label("mean_bed_gy") == ("mean", "Gy BED")
    assert _html_fields.label("eqd2_gy") == ("eqd2", "Gy EQD2")
    assert _html_fields.label("activity_gbq") == ("activity", "GBq")
    assert _html_fields.label("verdict") == ("verdict", "")
    assert _html_fields.label("alpha_beta_gy") == ("alpha/beta", "Gy")
    entries = _html_fields.in_a_line({"td50_gy": 39.8, "GTV_1": 2, "<b>": None})
    assert entries == "td50: 39.8 Gy; GTV_1: 2; &lt;b&gt;: \u2013"
    lacking = case.dvhs()["Bladder"].metric("Mean[Gy]")
    assert lacking.reason is not None
    text = Parsed(lacking._repr_html_()).text
    assert "\u2013" in text and lacking.reason in text and "nan" not in text


def test_badges_read_on_their_colour_and_nothing_else_fixes_one(shown: dict[str, str]) -> None:
    """Light and dark pages: text takes the page's colour, badges bring both of theirs (WCAG 2.2: 4.5 to 1)."""
    for colour in _colours.VERDICT.values():
        assert 1.05 / (_colours.luminance(colour) + 0.05) >= 4.5
    for name, html in shown.items():
        style = html.split("</style>", maxsplit=1)[0]
        assert re.findall(r"[{;]color:([^;}]*)", style) == ["#fff"], name
        assert not re.search(r'style="[^"]*(?<!-)color:(?!#)', html.split("</style>", maxsplit=1)[1]), name


def test_hostile_names_are_text(shown: dict[str, str]) -> None:
    once = {"hostile Comparison", "hostile Plan", "hostile ImageSeries"}  # they hold one of the names each
    for name in [one for one in shown if one.startswith("hostile")]:
        text = Parsed(shown[name]).text
        assert "<script>alert(1)</script>" in text, name
        assert name in once or "\u2026 (65,5" in text, name
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", shown[name])


def test_numbers_in_a_table_are_those_of_the_object(shown: dict[str, str], case: hd.Case) -> None:
    assert case.dose is not None
    liver = hd.dvh(case.dose, case.structures["Liver"])
    assert f"{liver.mean_gy:.2f}" in Parsed(shown["Dvhs"]).text
    report = hd.check(case, "liver-sbrt-5fx")
    assert f"{report.results[0].value:.5g} cc" in Parsed(shown["Report"]).text
    assert "\u2713 met" in shown["Report"]


def test_cleaning_of_a_text() -> None:
    assert _html.clean("a\tb\r\n c") == "a b c"
    assert _html.clean("x" * 100, 80) == "x" * 80 + "\u2026 (100 characters)"
    assert _html.esc("<a href='x'>&\"") == "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;"


def test_names_and_metrics_complete(case: hd.Case) -> None:
    assert case.dose is not None
    assert "Liver" in case.structures._ipython_key_completions_()
    twice = hd.Case(structures=[case.structures["Liver"]] * 2 + [case.structures["Colon"]])
    assert twice.structures._ipython_key_completions_() == ["Colon"]
    dvh = hd.dvh(case.dose, case.structures["GTV_1"])
    offered = dvh._ipython_key_completions_()
    assert "CV15Gy[cc]" in offered and "V95%[%]" not in offered
    prescribed = dvh.with_prescription(50.0)
    assert "V95%[%]" in prescribed._ipython_key_completions_()
    for metric in prescribed._ipython_key_completions_():
        assert prescribed.metric(metric).value is not None or prescribed.metric(metric).code == "structure_too_small"


def test_everything_travels(case: hd.Case) -> None:
    assert case.dose is not None
    liver = case.structures["Liver"]
    things = [
        case.dose.grid,
        case.dose,
        case.dose.kind,
        case.dose.eqd2(alpha_beta_gy=2.5),
        liver,
        liver - case.structures["GTV_1"],
        hd.dvh(case.dose, liver),
        hd.Protocol("liver-sbrt-5fx"),
        case.structures,
        case,
    ]
    for thing in things:
        assert pickle.loads(pickle.dumps(thing)) == thing, type(thing)  # noqa: S301 - our own bytes


def test_a_report_travels_without_the_patients_dose(case: hd.Case) -> None:
    report = hd.check(case, "liver-sbrt-5fx")
    sent = pickle.dumps(report)
    assert len(sent) < 50_000
    back = pickle.loads(sent)  # noqa: S301 - our own bytes
    assert back == report
    assert 'id="dvh"' in report.to_html()
    assert 'id="dvh"' not in back.to_html()
    assert 'id="dvh"' in back.to_html(case=case)


class _Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class _Seen:
    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []
        self.cleared = 0

    def show(self, done: int, total: int, seconds: float) -> None:
        assert seconds >= 1
        self.shown.append((done, total))

    def clear(self) -> None:
        self.cleared += 1


def test_a_bar_comes_after_a_second_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seen = _Clock(), _Seen()
    monkeypatch.setattr(_progress, "time", clock)
    watcher = _progress.Watcher(seen)
    for tenth in range(16):
        clock.now = 100 + 0.1 * tenth
        watcher.tell(tenth, 20)
    assert seen.shown[0] == (10, 20)
    assert 2 <= len(seen.shown) <= 4
    watcher.close()
    assert seen.cleared == 1


def test_a_short_call_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seen = _Clock(), _Seen()
    monkeypatch.setattr(_progress, "time", clock)
    watcher = _progress.Watcher(seen)
    watcher.tell(3, 20)
    watcher.close()
    assert (seen.shown, seen.cleared) == ([], 0)


@pytest.fixture
def as_before() -> Iterator[Callable[[bool | None], None]]:
    yield hd.set_progress
    hd.set_progress(None)


def test_who_looks_decides(as_before: Callable[[bool | None], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert _progress.watch() is None
    as_before(True)  # noqa: FBT003 - the call under test
    assert _progress.watch() is not None
    as_before(None)
    monkeypatch.setenv("HEPADOSE_PROGRESS", "1")
    assert _progress.watch() is not None
    monkeypatch.setenv("HEPADOSE_PROGRESS", "0")
    assert _progress.watch() is None


def test_a_real_call_is_watched() -> None:
    code = (
        "import numpy as np, hepadose as hd; from hepadose import _progress\n"
        "_progress._AFTER_S = 0.0\n"
        "grid = hd.Grid(shape=(200, 200, 200), spacing_mm=(2, 2, 2), origin_mm=(0, 0, 0))\n"
        "k, j, i = np.indices(grid.shape)\n"
        "dose = hd.DoseGrid(k**2 / 900 + j / 10 + i / 10, grid)\n"
        "angle = np.linspace(0, 2 * np.pi, 400)[:-1]\n"
        "ring = np.stack([200 + 190 * np.cos(angle), 200 + 190 * np.sin(angle), 0 * angle], axis=1)\n"
        "organ = hd.Structure.from_contours('Organ', [ring + [0, 0, z] for z in range(2, 390, 2)])\n"
        "hd.dvhs(dose, [organ] * 3)\n"
    )
    environment = {"HEPADOSE_PROGRESS": "1", "HEPADOSE_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    counts = [(int(a), int(b)) for a, b in re.findall(rb"(\d+) of (\d+), \d+ s", done.stderr)]
    assert counts
    assert all(0 <= count <= total for count, total in counts)
    assert counts == sorted(counts)
    assert done.stderr.endswith(b"\r")


def test_the_small_curve_falls(shown: dict[str, str]) -> None:
    (points,) = re.findall(r'polyline points="([^"]+)"', shown["Dvh"])
    heights = [float(pair.split(",")[1]) for pair in points.split()]
    assert heights == sorted(heights)
    assert np.isclose(heights[-1], 60, atol=0.1)
