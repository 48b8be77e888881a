"""The way of a new user: the first page followed to the letter, in an environment with nothing but the wheel."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import hepadose as hd
from browser import Watched, browser
from environments import Environment, outside, run, tool

PAGE = Path("docs") / "first-steps.md"
BLOCK = re.compile(r"```(sh|python)\n(.*?)```", flags=re.DOTALL)
ENVIRONMENT = "hepadose-env"


@dataclass(frozen=True)
class Walked:
    """What following the page left behind."""

    folder: Path
    said: list[str]

    @property
    def environment(self) -> Environment:
        """The environment that the page makes."""
        return Environment(self.folder / ENVIRONMENT)


@pytest.fixture(scope="module")
def walked(root: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Run all shell blocks of the page in one shell, in a folder that holds the wheel."""
    if os.name == "nt":
        pytest.skip("the page's commands are for a POSIX shell")
    pytest.importorskip("ensurepip", reason="Debian's Python makes no environments without its package python3-venv")
    folder = tmp_path_factory.mktemp("new-user")
    shutil.copy(wheel, folder)
    blocks = [code for language, code in BLOCK.findall((root / PAGE).read_text(encoding="utf-8")) if language == "sh"]
    mark = "-- end of a block --"
    script = f"\necho '{mark}'\n".join(["set -eu", *blocks])
    path = f"{tool('python3').parent}{os.pathsep}{os.environ['PATH']}"
    said = run("bash", "-c", script, cwd=folder, PATH=path, PIP_NO_COMPILE="1")
    return Walked(folder, said.split(mark))


def test_the_page_installs_what_it_uses_and_no_more(walked: Walked) -> None:
    packages = walked.environment.packages()
    assert {"hepadose", "numpy", "typer", "rich", "matplotlib", "anywidget"} <= packages
    assert not {"pandas", "pydicom", "scipy", "SimpleITK", "simpleitk", "weasyprint", "dask"} & packages


def test_demo_and_check_tell_the_same_verdict(walked: Walked) -> None:
    demo, check = walked.said[-2], walked.said[-1]
    assert "Verdict: met" in demo
    assert "Verdict: met" in check
    assert "Written: report.html" in check
    assert {path.suffix for path in (walked.folder / "demo-case").iterdir()} >= {".dcm"}


def test_python_of_the_page_runs(root: Path, walked: Walked) -> None:
    blocks = BLOCK.findall((root / PAGE).read_text(encoding="utf-8"))
    code = "\n".join(code for language, code in blocks if language == "python")
    away = walked.folder / "python"
    away.mkdir()
    shutil.copytree(walked.folder / "demo-case", away / "demo-case")
    said = run(walked.environment.python, "-W", "error", "-c", code, cwd=away)
    assert said.splitlines()[-1].startswith("met - ")
    assert 'data-verdict="met"' in (away / "report.html").read_text(encoding="utf-8")


def test_the_report_opens_in_a_browser(walked: Walked) -> None:
    file = walked.folder / "report.html"
    expected = hd.check(hd.read_case(walked.folder / "demo-case"), "liver-sbrt-5fx")
    with browser() as started:
        page = started.new_page(viewport={"width": 1150, "height": 900})
        watched = Watched(page)
        watched.opens(file)
        assert page.locator("[data-verdict]").first.get_attribute("data-verdict") == expected.verdict
        assert page.locator("table").first.is_visible()
        assert page.locator("svg").first.is_visible()
        text = page.locator("body").inner_text()
        watched.is_quiet(file)
    for goal in expected.results:
        assert goal.title in text
    assert "Not a medical device" in text


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("check", "demo-case"), "see: hepadose check --help"),
        (("check", "demo-case", "--protocol", "liver"), "did you mean 'hytec-liver'? hepadose protocols lists all"),
        (("check", "empty", "--protocol", "liver-sbrt-5fx"), "check that they are DICOM"),
        (("check", "absent", "--protocol", "liver-sbrt-5fx"), "check that it exists"),
        (
            ("check", "demo-case", "--protocol", "liver-sbrt-5fx", "--html", "no/r.html"),
            "the folder of the file is not there",
        ),
        (("check", "demo-case", "--protocol", "liver-sbrt-5fx", "--pdf", "r.pdf"), 'pip install "hepadose[pdf]"'),
    ],
)
def test_a_stumble_ends_in_one_line_with_the_remedy(walked: Walked, arguments: tuple[str, ...], remedy: str) -> None:
    (walked.folder / "empty").mkdir(exist_ok=True)
    command = [str(walked.environment.scripts / "hepadose"), *arguments]
    done = subprocess.run(command, cwd=walked.folder, env=outside(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert remedy in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
