"""Code in the documentation and in the notebooks runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "_" not in path.parts[len(ROOT.parts) + 1])
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def code_of(page: Path) -> str:
    """Give all Python blocks of a page, one after the other."""
    return "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the demonstration case, as the pages have it."""
    folder = tmp_path_factory.mktemp("docs")
    hepadose = Path(sys.executable).parent / "hepadose"
    subprocess.run([hepadose, "demo", "--out", "demo-case"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("page", [page for page in PAGES if code_of(page)], ids=lambda page: page.stem)
def test_code_of_a_page_runs(page: Path, folder: Path) -> None:
    code = "import matplotlib; matplotlib.use('agg')\n" + code_of(page)
    command = [sys.executable, "-I", "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_there_are_pages_with_code() -> None:
    assert sum(bool(code_of(page)) for page in PAGES) >= 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_is_committed_with_its_outputs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEPADOSE_PROGRESS", "0")  # a bar comes only where a machine is slow
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert path.stat().st_size < 300_000
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count == number for number, cell in enumerate(cells, start=1))
    shown = [output for cell in cells for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert any("text/html" in output.get("data", {}) for output in shown)
    before, said = [kinds(output) for output in shown], [numbers(output) for output in shown]
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    fresh = [output for cell in cells for output in cell.outputs]
    assert [kinds(output) for output in fresh] == before
    for output, old in zip(fresh, said, strict=True):
        assert numbers(output) == pytest.approx(old, rel=1e-5, abs=1e-6), "run the notebook anew and commit it"


def kinds(output: "nbformat.NotebookNode") -> list[str]:
    """Give what an output is made of."""
    return sorted(output.get("data", {})) or [output.output_type]


def numbers(output: "nbformat.NotebookNode") -> list[float]:
    """Give the numbers of what an output says as text, without hashes and sizes of figures."""
    text = output.get("text", "") + output.get("data", {}).get("text/plain", "")
    text = re.sub(r"[0-9a-f]{16,}|<Figure[^>]*>", "", text)
    return [float(one) for one in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)]


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 3


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_an_example_runs(path: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(path)]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "verdict: met"
    assert 'data-verdict="met"' in (tmp_path / "report.html").read_text(encoding="utf-8")
