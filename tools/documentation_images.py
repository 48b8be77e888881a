"""Writes the pictures of plots, reports and the viewer in docs/images: make images.

Look at them before they are committed. The demonstration case has no CT; pictures on CT have the synthetic one of the
tests.
"""

import io
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "python"))

import hepadose as hd  # noqa: E402 - the path comes first
from browser import browser  # noqa: E402
from ct_series import case_with_ct  # noqa: E402
from hepadose import _core, plot  # noqa: E402
from lab import notebook_server, runs_the_cell, write_notebook  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# The same report gives the same picture.
MADE = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
COLOURS = 256
WIDEST = 1100


def write(name: str, content: bytes) -> None:
    """Write a picture: drawings as PNG of few colours, the grey of a CT as JPEG."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, round(picture.height * WIDEST / picture.width)), Image.Resampling.LANCZOS)
    path = IMAGES / name
    if path.suffix == ".png":
        picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    else:
        picture.save(path, quality=82, subsampling=0, optimize=True)
    print(f"{path.relative_to(ROOT)}: {picture.width} x {picture.height}, {path.stat().st_size / 1000:.0f} kB")


def write_figure(name: str, figure: object) -> None:
    """Write a figure of matplotlib."""
    assert isinstance(figure, Figure)  # noqa: S101 - a script, and for the types
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    write(name, buffer.getvalue())


def plots(plain: hd.Case, on_ct: hd.Case) -> None:
    """Write the plots of the guides."""
    write_figure("planes.png", plot.planes(plain, levels_gy=[10, 25, 40, 50])[0].figure)
    write_figure("planes_on_ct.jpg", plot.planes(on_ct, levels_gy=[10, 25, 40, 50])[0].figure)
    protocol = "uk-sabr-2022-5fx"
    found = hd.would_it_flip(plain, protocol, undrawn="left_out")
    write_figure("flips.png", plot.flips(found, goals=hd.check(plain, protocol, undrawn="left_out")).figure)


def reports(chromium: Browser, plain: hd.Case, on_ct: hd.Case, folder: Path) -> None:
    """Write parts of reports."""
    report = hd.check(plain, "liver-sbrt-5fx")
    page = opened(chromium, report.to_html(made=MADE), folder)
    dvh = page.locator("#dvh figure > svg").bounding_box()
    table = page.locator("#dvh").bounding_box()
    assert dvh is not None  # noqa: S101 - a script, and for the types
    assert table is not None  # noqa: S101 - the same
    page.mouse.move(dvh["x"] + 0.4 * dvh["width"], dvh["y"] + dvh["height"] / 2)
    height = table["y"] + table["height"] + 10
    write("report.png", page.screenshot(clip={"x": 0, "y": 0, "width": 1100, "height": height}, full_page=True))
    page = opened(chromium, report.to_html(lang="zh", made=MADE), folder)
    write("report_zh.png", page.screenshot(clip={"x": 0, "y": 0, "width": 1100, "height": 560}, full_page=True))
    page = opened(chromium, hd.check(on_ct, "liver-sbrt-5fx").to_html(made=MADE), folder)
    write("report_on_ct.jpg", page.locator("section.second").screenshot())


def opened(chromium: Browser, html: str, folder: Path) -> Page:
    """Open a report."""
    (folder / "report.html").write_text(html, encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1100, "height": 900})
    page.goto((folder / "report.html").as_uri())
    return page


def viewer(chromium: Browser, folder: Path) -> None:
    """Write the viewer as JupyterLab shows it, on the synthetic CT."""
    code = 'import hepadose as hd\n\nhd.read_case("case").view()'
    write_notebook(code, folder / "view.ipynb")
    with notebook_server(folder) as address:
        page = chromium.new_page(viewport={"width": 1250, "height": 1750})
        page.goto(address.format("view.ipynb"))
        runs_the_cell(page)
        page.locator(".hepadose-view canvas").wait_for()
        page.add_style_tag(content=".Toastify { display: none; }")
        page.wait_for_timeout(3000)  # outlines and the CT come from the kernel
        place = page.locator(".hepadose-view").bounding_box()
        assert place is not None  # noqa: S101 - for the types
        clip = {"x": place["x"], "y": place["y"], "width": place["width"], "height": 1000.0}
        write("viewer.jpg", page.screenshot(clip=clip))  # type: ignore[arg-type]
        page.close()


def main() -> None:
    """Write all of them."""
    mpl.use("agg")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "demo").mkdir()
        _core.write_demo(folder / "demo")
        on_ct = case_with_ct(folder / "demo", folder / "case", spacing_mm=1.0, slice_mm=3.0)
        plain = hd.read_case(folder / "demo")
        plots(plain, on_ct)
        with browser() as chromium:
            reports(chromium, plain, on_ct, folder)
            viewer(chromium, folder)


if __name__ == "__main__":
    main()
