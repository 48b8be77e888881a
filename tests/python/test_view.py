"""The viewer: what it is given, and that it draws and answers in a real browser."""

import base64
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import hepadose as hd
from browser import Watched, browser
from ct_series import case_with_ct
from hepadose._planes import planes
from hepadose._view import Scene, _asset, script

# A model as the notebook has it, whose answers are recorded.
MODEL = """
const values = JSON.parse(document.getElementById("values").textContent);
const bytes = Uint8Array.from(atob(values.volume), one => one.charCodeAt(0));
values.volume = new DataView(bytes.buffer);
let listener = null;
// As a notebook hands on binary data: a view into something longer.
const buffers = values.pixels && [new DataView(Uint8Array.from(atob(values.pixels), one => one.charCodeAt(0)).buffer)];
window.asked = [];
const model = {
  get: name => values[name],
  on: (_, call) => { listener = call; },
  off: () => {},
  send: message => { window.asked.push(message); if (message.index === values.index)
    setTimeout(() => listener({ ...message, outlines: values.outlines, image: values.image }, buffers), 0); },
};
widget.render({ model, el: document.getElementById("here") });
"""


@pytest.fixture(scope="module")
def case(demo_folder: Path) -> hd.Case:
    return hd.read_case(demo_folder)


@pytest.fixture(scope="module")
def scene(case: hd.Case) -> Scene:
    assert case.dose is not None
    return Scene(case, case.dose, "en")


@pytest.fixture
def opened(scene: Scene, tmp_path: Path) -> Iterator[tuple[Watched, Path]]:
    with showing(scene, tmp_path) as page:
        yield page


@contextmanager
def showing(scene: Scene, folder: Path) -> Iterator[tuple[Watched, Path]]:
    """Open a page that has the widget's own code and, in place of a notebook, a model that answers for one slice."""
    index = scene.meta["start"][2]
    image = scene.image("axial", index)
    values = {
        "image": None if image is None else image[0],
        "pixels": None if image is None else base64.b64encode(image[1]).decode("ascii"),
        "volume": base64.b64encode(scene.volume).decode("ascii"),
        "meta": scene.meta,
        "dvh_html": scene.dvh_html,
        "dvh_data": scene.dvh_data,
        "index": index,
        "outlines": scene.outlines("axial", index),
    }
    page = folder / "viewer.html"
    page.write_text(
        f"<!DOCTYPE html><meta charset='utf-8'><style>{_asset('widget.css')}</style><div id='here'></div>"
        f"<script type='application/json' id='values'>{json.dumps(values).replace('<', chr(92) + 'u003c')}</script>"
        f"<script type='module'>{script().replace('export default', 'const widget =')}{MODEL}</script>",
        encoding="utf-8",
    )
    with browser() as chromium:
        watched = Watched(chromium.new_page(viewport={"width": 1100, "height": 1000}))
        watched.opens(page)
        yield watched, page


def test_the_volume_is_the_dose(scene: Scene, case: hd.Case) -> None:
    assert case.dose is not None
    sent = np.frombuffer(scene.volume, dtype="<u2").reshape(scene.meta["shape"]) * scene.meta["step_gy"]
    assert np.abs(sent - case.dose.values_gy).max() <= scene.meta["step_gy"] / 2 + 1e-6
    assert scene.meta["kind"] == "physical dose"


def test_outlines_are_those_of_the_planes(scene: Scene, case: hd.Case) -> None:
    assert case.dose is not None
    index = scene.meta["start"][2]
    height = scene.meta["first_mm"][2] + index * scene.meta["size_mm"][2]
    (plane,) = planes(case.dose, (0, 0, height), case.structures.all, names=["axial"])
    assert [[len(line) for line in lines] for lines in scene.outlines("axial", index)] == [
        [len(line) for line in lines] for lines in plane.outlines
    ]


def test_uneven_slices_are_made_even() -> None:
    heights = [0.0, 2.0, 3.0, 7.0]
    grid = hd.Grid(shape=(4, 3, 3), spacing_mm=(2, 2, 2), origin_mm=(0, 0, 10), frame_offsets_mm=heights)
    dose = hd.DoseGrid(np.broadcast_to(np.array(heights)[:, None, None] + 1, grid.shape), grid)
    scene = Scene(hd.Case(dose=dose), dose, "zh")
    sent = np.frombuffer(scene.volume, dtype="<u2").reshape(scene.meta["shape"]) * scene.meta["step_gy"]
    assert sent[:, 0, 0] == pytest.approx(np.arange(8) + 1, abs=1e-3)
    assert scene.meta["size_mm"][2] == 1.0
    assert scene.dvh_html == ""


def test_it_draws_and_answers(opened: tuple[Watched, Path], scene: Scene) -> None:
    watched, file = opened
    page = watched.page
    canvas = page.locator("canvas")
    picture = "document.querySelector('canvas').toDataURL()"
    page.wait_for_timeout(200)
    outlined = page.evaluate(picture)
    assert page.evaluate("asked.length") == 1
    assert page.locator("[data-status]").inner_text() == "axial, 43.0 mm (physical dose)"
    # A structure that is hidden in the DVH is hidden in the plane.
    page.locator("input[data-curve='0']").uncheck()
    assert page.evaluate(picture) != outlined
    page.locator("input[data-curve='0']").check()
    assert page.evaluate(picture) == outlined
    place = canvas.bounding_box()
    assert place is not None
    canvas.hover(position={"x": place["width"] / 2, "y": place["height"] / 2})
    text = page.locator("[data-status]").inner_text()
    assert "Gy (physical dose)" in text
    shown = float(text.split("mm: ")[1].split(" Gy")[0])
    assert page.locator("[data-said]").inner_text() == f"{shown:.2f} Gy"
    canvas.focus()
    page.keyboard.press("ArrowUp")
    assert page.locator("[data-status]").inner_text() == "axial, 45.0 mm (physical dose)"
    assert page.evaluate("asked[asked.length - 1].index") == scene.meta["start"][2] + 1
    page.locator("select").select_option("coronal")
    assert "coronal, -13.0 mm" in page.locator("[data-status]").inner_text()
    page.mouse.wheel(0, 100)
    watched.is_quiet(file)


@pytest.mark.parametrize("width", [1250, 1090, 880, 640, 360])
def test_no_column_is_cut_off(opened: tuple[Watched, Path], width: int) -> None:
    """A cell of JupyterLab is as wide as its window leaves it: what does not fit goes below, or scrolls."""
    page = opened[0].page
    page.set_viewport_size({"width": width, "height": 900})
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.hepadose-view *')].filter(one =>
          one.getBoundingClientRect().right > window.innerWidth && !one.closest('.dvh > *'))
          .map(one => one.outerHTML)"""
    )
    assert wide == []
    beside = page.evaluate("getComputedStyle(document.querySelector('.dvh')).gridTemplateColumns").split()
    # The table needs about 480 px in JupyterLab's own style.
    assert len(beside) == 1 or all(float(one.removesuffix("px")) >= 500 for one in beside)
    assert len(beside) == (2 if width > 1050 else 1)
    for excess in page.evaluate(
        "[...document.querySelectorAll('.dvh > *')].map(one => one.scrollWidth - one.clientWidth)"
    ):
        assert excess <= 0 or width < 700
    overflow = page.evaluate("[...document.querySelectorAll('.dvh > *')].map(one => getComputedStyle(one).overflowX)")
    assert set(overflow) == {"auto"}


def test_the_widget_answers_the_notebook(case: hd.Case) -> None:
    pytest.importorskip("anywidget")
    widget = case.view(lang="zh")
    sent: list[object] = []
    widget.send = sent.append
    widget._handle_custom_msg({"plane": "coronal", "index": 60}, [])  # noqa: SLF001 - what the notebook calls
    (message,) = sent
    assert isinstance(message, dict)
    assert (message["plane"], message["index"]) == ("coronal", 60)
    assert len(message["outlines"]) == len(case.structures.all)
    assert repr(widget) == "<Viewer of physical dose, 20 structures>"
    with pytest.raises(ValueError, match="no dose"):
        hd.Case().view()


def test_without_anywidget_the_extra_is_named(case: hd.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(hd.errors.MissingExtraError, match=r"hepadose\[notebook\]"):
        case.view()


@pytest.fixture(scope="module")
def on_ct(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    case = case_with_ct(demo_folder, tmp_path_factory.mktemp("ct"))
    assert case.dose is not None
    return Scene(case, case.dose, "en", (50, 500))


def test_the_image_of_a_slice_is_the_series_there(on_ct: Scene, scene: Scene) -> None:
    assert scene.image("axial", 3) is None and scene.meta["image"] is None
    said = {"modality": "CT", "unit": "HU", "level": 50.0, "width": 500.0, "none": -32768, "warnings": []}
    assert on_ct.meta["image"] == said
    for plane, index in (("axial", 92), ("coronal", 59), ("sagittal", 57)):
        found = on_ct.image(plane, index)  # type: ignore[arg-type]
        assert found is not None
        place, content = found
        pixels = np.frombuffer(content, "<i2").reshape(place["rows"], place["columns"])
        left, right, top, bottom = place["extent"]
        # Twice as wide in mm is twice as many pixels: of 2 mm in the plane of the CT and no coarser elsewhere.
        assert place["columns"] == pytest.approx((right - left) / 2, abs=1)
        assert place["rows"] == pytest.approx(abs(bottom - top) / 2, abs=1)
        # This CT leaves the dose grid free at the patient's sides.
        assert (pixels == -32768).any() == (plane != "sagittal")
        assert (pixels < -900).any() and ((pixels > 60) & (pixels < 160)).any()


def test_it_draws_the_dose_on_the_image(on_ct: Scene, tmp_path: Path) -> None:
    with showing(on_ct, tmp_path) as (watched, file):
        page = watched.page
        page.wait_for_timeout(200)
        row = "[...document.querySelector('canvas').getContext('2d').getImageData(0, 100, 80, 1).data]"
        pixels = np.array(page.evaluate(row)).reshape(80, 4)
        # Outside the body there is air: black, and no dose on it. Beyond the CT there is nothing.
        assert pixels[70].tolist() == [0, 0, 0, 255]
        assert pixels[6].tolist() == [243, 244, 246, 255]
        picture = "document.querySelector('canvas').toDataURL()"
        before = page.evaluate(picture)
        page.get_by_label("Window level HU").fill("-600")
        page.keyboard.press("Tab")
        assert page.evaluate(picture) != before
        place = page.locator("canvas").bounding_box()
        assert place is not None
        page.locator("canvas").hover(position={"x": place["width"] / 2, "y": place["height"] / 2})
        text = page.locator("[data-status]").inner_text()
        assert re.search(r"mm: [\d.]+ Gy \(physical dose\), CT -?\d+ HU$", text)
        watched.is_quiet(file)


def test_images_that_cannot_be_shown_are_said(demo_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    case_with_ct(demo_folder, folder)
    (folder / "ct" / "020.dcm").unlink()
    case = hd.read_case(folder)
    assert case.dose is not None
    scene = Scene(case, case.dose, "en")
    assert scene.image("axial", 3) is None
    with showing(scene, tmp_path) as (watched, file):
        note = watched.page.locator(".note").inner_text()
        assert note.startswith("Images are there and not shown: about 1 slices are missing")
        watched.is_quiet(file)
