"""The report as one file: what stands in it, what never does, and its PDF."""

import json
import re
import sys
import zlib
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

import hepadose as hd
import hostile
from hepadose._words import catalogue, speaker
from test_notebook import Parsed

MADE = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def case(demo_folder: Path) -> hd.Case:
    return hd.read_case(demo_folder)


@pytest.fixture(scope="module")
def report(case: hd.Case) -> hd.Report:
    return hd.check(case, "liver-sbrt-5fx")


@pytest.fixture(scope="module")
def html(report: hd.Report) -> str:
    return report.to_html(made=MADE)


def table(html: str, name: str) -> list[list[str]]:
    """Give the rows of a table as texts."""
    (content,) = re.findall(rf'<table id="{name}">(.*?)</table>', html, flags=re.DOTALL)
    rows = re.findall(r"<tr.*?</tr>", content, flags=re.DOTALL)
    return [[Parsed(cell).text for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.DOTALL)] for row in rows]


def test_the_verdict_comes_first(html: str) -> None:
    text = Parsed(html.partition("<main>")[2].partition("</main>")[0]).text
    assert text.index("the mandatory goal is met") < text.index("Goals") < text.index("Dose-volume histogram")
    assert 'data-verdict="met"' in html


def test_the_goals_are_those_of_the_report(html: str, report: hd.Report) -> None:
    heads, *rows = table(html, "goals")
    assert heads == ["Goal", "Structure", "Limit", "Value", "Margin", "Verdict", "Source and evidence"]
    assert len(rows) == len(report.results)
    for row, goal in zip(rows, report.results, strict=True):
        assert goal.title in row[0]
        assert ("(optional)" in row[0]) == (not goal.mandatory)
        assert f"{goal.metric} {goal.comparator} {goal.limit:g} {goal.unit}" in row[2] and goal.dose in row[2]
        assert f"{goal.value:.5g} {goal.unit}" in row[3]
        assert f"{goal.margin:+.4g}" in row[4]
        assert row[5].startswith({"met": "\u2713 met", "not_met": "\u2717 not met"}[goal.verdict])
        assert all(source.locator in row[6] for source in goal.sources)
        assert "read in the source" in row[6]


def test_the_doses_are_those_of_the_dvhs(html: str, case: hd.Case) -> None:
    rows = {row[0].strip(): row for row in table(html, "doses")[1:]}
    liver = case.dvhs()["Liver"]
    expected = [liver.volume_cc, liver.min_gy, liver.mean_gy, liver.max_gy, liver["D2%[Gy]"], liver["D95%[Gy]"]]
    assert [float(cell) for cell in rows["Liver"][1:7]] == pytest.approx(expected, abs=0.05)
    assert "Liver-GTV_1-GTV_2-GTV_3" in rows
    assert "Bladder" not in rows and "Bladder" in html


def test_curves_are_within_a_thousandth(html: str, case: hd.Case) -> None:
    (text,) = re.findall(r'id="dvh-data">(.*?)</script>', html)
    data = json.loads(text)
    liver = case.dvhs()["Liver"]
    curve = data["curves"][1]
    for dose in (5.0, 15.0, 30.0, 55.0):
        upper = next(index for index, one in enumerate(curve["dose"]) if one >= dose)
        (d0, d1), (v0, v1) = curve["dose"][upper - 1 : upper + 1], curve["percent"][upper - 1 : upper + 1]
        drawn = v0 + (v1 - v0) * (dose - d0) / (d1 - d0)
        assert drawn == pytest.approx(100 * float(liver.volume_at_dose_cc(dose)) / liver.volume_cc, abs=0.1)


def test_the_limit_of_the_normal_liver_is_marked(html: str) -> None:
    ((points, title),) = re.findall(r'<polygon points="([^"]+)"[^>]*data-goal><title>(.*?)</title>', html)
    assert "CV15Gy[cc] &gt;= 700: 1132.8 cc, met by 433 cc" in title
    base, other, tip = [tuple(map(float, pair.split(","))) for pair in points.split()]
    assert base[1] == other[1] < tip[1]  # points down: the curve has to pass below


def test_letters_on_a_rim_are_drawn_over_it(html: str) -> None:
    """WeasyPrint does not know paint-order: a stroke that came last would cover the letters in the PDF."""
    planes = html.partition('class="planes"')[2].partition("</section>")[0]
    assert "paint-order" not in planes
    texts = re.findall(r"<text ([^>]*)>([^<]*)</text>", planes)
    # Each stands twice in a row: its rim, then itself in the colour of text.
    assert len(texts) > 20
    for (rim, said), (where, again) in zip(texts[::2], texts[1::2], strict=True):
        assert said == again and 'stroke="#fff"' in rim and "stroke" not in where
        assert rim.startswith(where)


def test_it_needs_nothing_else(html: str) -> None:
    assert not re.search(r"""(?:src|href|action)=["'](?!data:)""", html)
    assert "@import" not in html and "http:" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "default-src 'none'" in html
    assert len(html) < 1_000_000


def test_no_identifier_unless_asked(report: hd.Report, case: hd.Case, html: str) -> None:
    plan = case.plan
    assert plan is not None and plan.label and plan.sop_instance_uid
    assert "RT Plan Label" not in html
    secrets = [plan.sop_instance_uid, str(plan.frame_of_reference), str(plan.structure_set_uid)]
    assert not [one for one in secrets if one in html]
    told = report.to_html(identifiers=True)
    assert f"RT Plan Label: <bdi>{plan.label}</bdi>" in told and plan.sop_instance_uid in told
    own = report.to_html(identifiers={"Study": "<A & B>"})
    assert "Study: <bdi>&lt;A &amp; B&gt;</bdi>" in own and plan.sop_instance_uid not in own


def test_what_makes_it_traceable(html: str, report: hd.Report) -> None:
    document = report.to_dict()
    for needed in (
        hd.INTENDED_USE,
        f"hepadose {hd.__version__}",
        document["protocol"]["sha256"],
        "2026-11-25 12:00 UTC",
        *(one["sha256"] for one in document["provenance"]["inputs"]),
        *(one["text"] for one in document["references"]),
    ):
        assert needed in Parsed(html).text


def test_the_same_check_gives_the_same_file(report: hd.Report, html: str) -> None:
    assert report.to_html(made=MADE) == html


def test_goals_that_were_left_out_are_named(case: hd.Case) -> None:
    left = hd.check(case, "uk-sabr-2022-5fx", undrawn="left_out")
    assert left.left_out
    for shown in (left.to_html(lang="en"), left.to_html(lang="zh"), left._repr_html_()):
        for one in left.left_out:
            assert escape(one.title) in shown, one.id
    assert 'id="left-out"' in left.to_html()


def test_hostile_names_stay_names() -> None:
    report = hd.check(hostile.case(), "liver-sbrt-5fx", prescription_gy=50)
    html = report.to_html(made=MADE)
    parsed = Parsed(html.replace("<!DOCTYPE html>", ""))
    assert parsed.tags.count("script") == 2  # the data and our own script
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in parsed.text
    assert not re.search("[\u202a-\u202e\x00-\x08\x1b]", html)
    assert len(html) < 400_000


def test_chinese(report: hd.Report) -> None:
    html = report.to_html(lang="zh", made=MADE)
    assert '<html lang="zh-Hans">' in html
    assert "\u8ba1\u5212\u6838\u67e5\u62a5\u544a" in html and "\u2713 \u7b26\u5408" in html
    assert '<span lang="en">Normal liver that receives less than 15 Gy</span>' in html
    with pytest.raises(ValueError, match="lang must be one of en, zh"):
        report.to_html(lang="de")  # type: ignore[arg-type]


def test_the_catalogue_is_whole() -> None:
    for section, words in catalogue().items():
        for word, both in words.items():
            assert len(both) == 2 and all(both), f"{section}.{word}"
            assert both[0].isascii(), f"{section}.{word}"
    assert speaker("en")("use.text") == hd.INTENDED_USE


def test_a_case_of_nothing_has_a_report() -> None:
    html = hd.check(hd.Case(), "liver-sbrt-5fx").to_html()
    assert 'data-verdict="not_evaluable"' in html
    assert 'id="dvh"' not in html


def test_it_is_written_where_asked(report: hd.Report, html: str, tmp_path: Path) -> None:
    report.to_html(tmp_path / "report.html", made=MADE)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html


def test_pdf_has_two_pages(report: hd.Report, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", exc_type=ImportError)
    content = report.to_pdf(tmp_path / "report.pdf", made=MADE)
    assert (tmp_path / "report.pdf").read_bytes() == content
    assert content.startswith(b"%PDF")
    objects = b"".join(unpacked(one) for one in re.findall(rb"stream\r?\n(.*?)endstream", content, flags=re.DOTALL))
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", objects + content)) == 2


def unpacked(stream: bytes) -> bytes:
    """Give what a stream of a PDF holds, as far as it is deflated."""
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def test_without_weasyprint_the_extra_is_named(report: hd.Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(hd.errors.MissingExtraError, match=r"hepadose\[pdf\]"):
        report.to_pdf()
