"""The report in a real browser: quiet, right, answering to mouse and keyboard, on two pages of paper."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

import hepadose as hd
import hostile
from browser import Watched, browser
from ct_series import case_with_ct


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


class Files(dict[str, tuple[Path, hd.Report]]):
    """Reports of the demo case, of a real plan and of a case that means harm, each written when it is asked for."""

    def __init__(self, make: dict[str, Callable[[], tuple[hd.Report, Literal["en", "zh"]]]], folder: Path) -> None:
        super().__init__()
        self.make, self.folder = make, folder

    def __missing__(self, name: str) -> tuple[Path, hd.Report]:
        report, lang = self.make[name]()
        path = self.folder / f"{name}.html"
        report.to_html(path, lang=lang)
        self[name] = (path, report)
        return self[name]


@pytest.fixture(scope="module")
def files(demo_folder: Path, shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Only the real plan lies outside the repository: where it is absent, its own test skips and no other."""
    demo = hd.check(hd.read_case(demo_folder), "liver-sbrt-5fx")
    folder = tmp_path_factory.mktemp("reports")
    make: dict[str, Callable[[], tuple[hd.Report, Literal["en", "zh"]]]] = {
        "demo": lambda: (demo, "en"),
        "zh": lambda: (demo, "zh"),
        "ct": lambda: (hd.check(case_with_ct(demo_folder, folder / "ct"), "liver-sbrt-5fx"), "en"),
        "brain": lambda: (hd.check(hd.read_case(shared_data("brain-srt")), "liver-sbrt-5fx"), "en"),
        "hostile": lambda: (hd.check(hostile.case(), "liver-sbrt-5fx", prescription_gy=50), "en"),
    }
    return Files(make, folder)


@pytest.fixture
def opened(chromium: Browser, files: Files) -> Iterator[Callable[[str], Watched]]:
    pages = []

    def open_(name: str) -> Watched:
        page = chromium.new_page(viewport={"width": 1150, "height": 900})
        pages.append(page)
        watched = Watched(page)
        watched.opens(files[name][0])
        return watched

    yield open_
    for page in pages:
        page.close()


@pytest.mark.parametrize("name", ["demo", "brain", "hostile", "zh", "ct"])
def test_it_is_quiet_and_prints_on_two_pages(opened: Callable[[str], Watched], files: Files, name: str) -> None:
    watched = opened(name)
    path, report = files[name]
    page = watched.page
    assert page.locator("#goals tbody tr").count() == len(report.results)
    shown = page.locator("#goals tbody tr td:nth-child(4)").all_inner_texts()
    for text, goal in zip(shown, report.results, strict=True):
        assert text.split("\n")[0] == ("\u2013" if goal.value is None else f"{goal.value:.5g} {goal.unit}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 2
    assert path.stat().st_size < 1_000_000
    assert page.locator(".plane image").count() == (6 if name == "ct" else 3)
    watched.is_quiet(path)


@pytest.mark.parametrize("name", ["demo", "brain", "hostile", "zh"])
def test_hovering_shows_the_values_of_the_curves(opened: Callable[[str], Watched], files: Files, name: str) -> None:
    watched = opened(name)
    page = watched.page
    svg = page.locator("#dvh figure > svg")
    place = svg.bounding_box()
    assert place is not None
    svg.hover(position={"x": place["width"] * 0.4, "y": place["height"] * 0.5})
    dose = float(page.locator("[data-said]").inner_text().removesuffix(" Gy"))
    assert 5 < dose < 60
    assert page.locator("[data-cursor]").is_visible()
    # Rows stand in the order of the structure set, then what the check derived; structures without a curve have none.
    case = files[name][1]._case  # noqa: SLF001 - what the report was made of
    assert case is not None
    curves = [dvh for dvh in case.dvhs().all if dvh.volume_cc > 0 and dvh.curve().dose_gy.size]
    shown = [float(one) for one in page.locator("#doses [data-at]").all_inner_texts()]
    assert 0 <= len(shown) - len(curves) <= 1
    for dvh, percent in zip(curves, shown, strict=False):
        assert percent == pytest.approx(100 * float(dvh.volume_at_dose_cc(dose)) / dvh.volume_cc, abs=0.35)
    watched.is_quiet(files[name][0])


@pytest.mark.parametrize(("name", "curves"), [("demo", 19), ("brain", 12), ("hostile", 13), ("zh", 19)])
def test_the_keyboard_reaches_every_control(opened: Callable[[str], Watched], name: str, curves: int) -> None:
    page = opened(name).page
    controls = page.locator("a[href], button, input, select, textarea, [tabindex]").count()
    assert controls == curves + 1  # a box for each curve, and the slider
    reached = []
    for _ in range(controls):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.curve ?? document.activeElement.type"))
    assert set(reached) == {"range", *map(str, range(curves))}
    slider = page.locator("input[type=range]")
    slider.focus()
    before = page.locator("[data-said]").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-said]").inner_text() != before
    assert slider.get_attribute("aria-valuetext") == page.locator("[data-said]").inner_text()
    box = page.locator("input[data-curve='1']")
    box.focus()
    page.keyboard.press("Space")
    assert not page.locator("path[data-line='1']").is_visible()
    page.keyboard.press("Space")
    assert page.locator("path[data-line='1']").is_visible()


def test_it_can_be_read_by_all(opened: Callable[[str], Watched]) -> None:
    page = opened("demo").page
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("table th:not([scope])").count() == 0
    assert page.evaluate("[...document.querySelectorAll('svg[role=img]')].every(one => one.getAttribute('aria-label'))")
    assert page.evaluate("[...document.querySelectorAll('input')].every(one => one.labels.length)")
    # WCAG 2.2 (1.4.3): text stands out from what is behind it by 4.5 to 1.
    low = page.evaluate(
        """() => {
          const rgb = text => text.match(/[\\d.]+/g).map(Number);
          const light = colour => { const [r, g, b] = colour.slice(0, 3).map(v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b; };
          const behind = one => { for (; one; one = one.parentElement) {
            const c = rgb(getComputedStyle(one).backgroundColor); if (c.length === 3 || c[3] > 0) return c; }
            return [255, 255, 255]; };
          return [...document.querySelectorAll('main *:not(svg *)')].filter(one => one.childNodes.length
            && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())).map(one => {
              const a = light(rgb(getComputedStyle(one).color)), b = light(behind(one));
              return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), one.outerHTML.slice(0, 80)]; })
            .filter(([ratio]) => ratio < 4.5);
        }"""
    )
    assert low == []


def test_hostile_names_do_nothing(opened: Callable[[str], Watched], files: Files) -> None:
    watched = opened("hostile")
    page = watched.page
    page.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.mouse.move(300, 600)
    assert page.locator("script").count() == 2
    assert page.locator("#doses").get_by_text(hostile.NAMES[0], exact=True).count() == 1
    watched.is_quiet(files["hostile"][0])


def test_chinese_is_drawn(opened: Callable[[str], Watched]) -> None:
    page = opened("zh").page
    assert page.locator("h1").inner_text() == "\u8ba1\u5212\u6838\u67e5\u62a5\u544a"
    # A font without the characters draws one and the same box for all.
    drawn = page.evaluate(
        """() => { const draw = text => { const c = document.createElement('canvas'); c.width = c.height = 40;
          const ctx = c.getContext('2d'); ctx.font = '30px ' + getComputedStyle(document.body).fontFamily;
          ctx.fillText(text, 0, 32); return c.toDataURL(); };
          return new Set(['\u8ba1', '\u5212', '\u6838', '\u67e5'].map(draw)).size; }"""
    )
    assert drawn == 4
