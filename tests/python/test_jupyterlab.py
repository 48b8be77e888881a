"""The viewer in a real JupyterLab, in a real browser: it draws, answers, and says nothing on the console."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

from browser import Watched, browser
from lab import notebook_server, runs_the_cell, write_notebook

CODE = 'import hepadose as hd\n\nhd.read_case("demo-case").view()'
PICTURE = "document.querySelector('.hepadose-view canvas').toDataURL()"
# How many colours a canvas holds.
COLOURS = """() => {
  const canvas = document.querySelector(".hepadose-view canvas"), size = [canvas.width, canvas.height];
  return new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, ...size).data.buffer)).size;
}"""


def test_the_viewer_works_in_jupyterlab(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path / "demo-case")
    write_notebook(CODE, tmp_path / "view.ipynb")
    with notebook_server(tmp_path) as address, browser() as chromium:
        watched = Watched(chromium.new_page(viewport={"width": 1300, "height": 1100}))
        page = watched.page
        page.set_default_timeout(20_000)
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address.format("view.ipynb"))
        runs_the_cell(page)
        canvas, status = page.locator(".hepadose-view canvas"), page.locator(".hepadose-view [data-status]")
        canvas.wait_for()
        expect(status).to_have_text("axial, 43.0 mm (physical dose)")
        assert page.evaluate(COLOURS) > 100

        # Another slice by keyboard: the dose is there at once, the outlines come from the kernel.
        canvas.focus()
        before = page.evaluate(PICTURE)
        page.keyboard.press("ArrowUp")
        expect(status).to_have_text("axial, 45.0 mm (physical dose)")
        page.wait_for_function(f"old => {PICTURE} !== old", arg=before)
        page.wait_for_function(f"""async () => {{ const one = {PICTURE};
            await new Promise(done => setTimeout(done, 400)); return {PICTURE} === one; }}""")

        # A structure that is hidden is hidden in the slice, and comes back.
        outlined = page.evaluate(PICTURE)
        box = page.locator(".hepadose-view input[data-curve='0']")
        box.uncheck()
        assert page.evaluate(PICTURE) != outlined
        assert not page.locator(".hepadose-view path[data-line='0']").is_visible()
        box.check()
        assert page.evaluate(PICTURE) == outlined

        assert errors == []
        assert "a dialog opened" not in watched.messages
        here = address.partition("/lab/")[0]
        assert [url for url in watched.requests if not url.startswith((here, "data:", "blob:"))] == []
