"""Each extra alone: without it a typed error names the pip command, and that very command makes the feature work."""

import email
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from environments import Environment, install, outside, run
from hepadose import _core
from test_courses import registration

READ = "import hepadose as hd; case = hd.read_case('demo-case'); report = hd.check(case, 'liver-sbrt-5fx')\n"
# What each extra is for, and the last line that it prints.
FEATURES = {
    "dicom": ("print(type(hd.read_registration('registration.dcm')).__name__)", "SpatialRegistration"),
    "frame": ("print(len(report.to_pandas()) == len(report.results))", "True"),
    "images": ("print(hd.to_sitk(case.dose).GetSize() == case.dose.grid.shape[::-1])", "True"),
    "notebook": ("print(type(case.view()).__mro__[-2].__name__)", "HasDescriptors"),
    "pdf": ("report.to_pdf('report.pdf'); print(open('report.pdf', 'rb').read(5).decode())", "%PDF-"),
    "plot": (
        (
            "from hepadose import plot\nimport matplotlib.figure\n"
            "print(isinstance(plot.dvh(case.dvhs(), goals=report).figure, matplotlib.figure.Figure))"
        ),
        "True",
    ),
    "xarray": (
        (
            "array = hd.to_xarray(case.dose)\n"
            "print(array.dims, array.shape == case.dose.grid.shape, array.attrs['units'], array.name)"
        ),
        "('z', 'y', 'x') True Gy physical",
    ),
}
ASK = "import warnings; warnings.simplefilter('ignore')  # what others warn of is theirs to mend\n"
CAUGHT = """
import sys
import hepadose.errors
try:
    exec(sys.argv[1])
except hepadose.errors.MissingExtraError as error:
    print(error.extra, error, sep="\\n")
    sys.exit(3)
"""


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the wheel alone."""
    return install(tmp_path_factory.mktemp("bare") / "env", wheel)


@pytest.fixture
def alone(bare: Environment, tmp_path: Path) -> Environment:
    """Give a copy of that environment, with a case beside it."""
    shutil.copytree(bare.folder, tmp_path / "env", symlinks=True)
    (tmp_path / "demo-case").mkdir()
    _core.write_demo(tmp_path / "demo-case")
    (tmp_path / "registration.dcm").write_bytes(registration({"1.2.3": [np.eye(4)], "1.2.4": [np.eye(4)]}))
    return Environment(tmp_path / "env")


def command_of(message: str, extra: str) -> list[str]:
    """Give the words of the pip command that a message names."""
    (command,) = re.findall(r'pip install "[^"]+"', message)
    words = shlex.split(command)
    assert words == ["pip", "install", f"hepadose[{extra}]"]
    return words[2:]


def ask(environment: Environment, code: str) -> subprocess.CompletedProcess[str]:
    command = [str(environment.python), "-c", CAUGHT, code]
    variables = outside(MPLBACKEND="agg")
    return subprocess.run(
        command, cwd=environment.folder.parent, env=variables, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("extra", FEATURES)
def test_an_extra_alone(extra: str, alone: Environment) -> None:
    code, last = FEATURES[extra]
    without = ask(alone, READ + code)
    assert without.returncode == 3, without.stderr
    named, message = without.stdout.splitlines()
    assert named == extra
    alone.install(*command_of(message, extra))
    assert "hepadose" in alone.packages()
    having = ask(alone, ASK + READ + code)
    if extra == "pdf" and "Pango" in having.stdout and os.environ.get("HEPADOSE_REQUIRE_BROWSER") != "1":
        pytest.skip("the system's Pango is absent (tests/install_browser.sh installs it on Debian, as root)")
    assert having.returncode == 0, having.stdout + having.stderr
    assert having.stdout.splitlines()[-1] == last


def test_the_command_line_alone(alone: Environment) -> None:
    command = [str(alone.python), "-c", "import sys; from hepadose._cli import main; sys.exit(main())", "info"]
    place, variables = alone.folder.parent, outside()
    done = subprocess.run(
        [*command, "demo-case"], cwd=place, env=variables, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    alone.install(*command_of(done.stderr, "cli"))
    assert "PTV_1" in run(*command, "demo-case", cwd=place)
    assert not {"pandas", "pydicom", "matplotlib"} & alone.packages()


def test_every_extra_is_tried(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
    extras = set(email.message_from_bytes(archive.read(name)).get_all("Provides-Extra", []))
    # "all" is the sum of the others; nothing asks for "cohort" yet.
    assert extras - {"all", "cohort"} == {*FEATURES, "cli"}
    assert "cohort" not in {path.stem.strip("_") for path in Path(sys.modules["hepadose"].__path__[0]).rglob("*.py")}
