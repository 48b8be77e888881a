"""The wheel and the sdist, built and installed into empty environments as a user would.

Both builds share the Cargo target directory of the project, so that only the sdist's own copy of the crates is compiled
again.
"""

import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from environments import Environment, install, run, tool

# The oldest numpy that pyproject.toml allows; it has no wheels for Python 3.13 and later.
NUMPY_FLOOR = "numpy==1.26.*" if sys.version_info < (3, 13) else "numpy"
REPORT_MODULES = """
import json, sys
import numpy  # its own extension modules register names of their own
before = set(sys.modules)
import hepadose
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps({"version": hepadose.__version__, "file": hepadose.__file__,
                  "foreign": sorted(loaded - set(sys.stdlib_module_names))}))
"""


@pytest.fixture(scope="module")
def version(root: Path) -> str:
    """Read the one version number."""
    cargo = tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8"))
    number: str = cargo["workspace"]["package"]["version"]
    return number


@pytest.fixture(scope="module")
def sdist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist from the working tree."""
    out = tmp_path_factory.mktemp("sdist")
    run(tool("maturin"), "sdist", "--out", out, cwd=root)
    (path,) = out.iterdir()
    return path


@pytest.fixture(scope="module")
def wheel_of_sdist(sdist: Path, target: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel from the sdist alone.

    The place is always the same, so that Cargo's target directory does not grow; fresh time stamps (tar -m) make Cargo
    compile what is really there.
    """
    place = target / "packaging"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    run("tar", "-xzmf", sdist, "-C", place, cwd=place)
    (unpacked,) = place.iterdir()
    out = tmp_path_factory.mktemp("wheel-of-sdist")
    options = ("--no-build-isolation", "--no-deps", "--no-cache-dir", "--wheel-dir", out)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run(sys.executable, "-m", "pip", "wheel", *options, unpacked, cwd=out, CARGO_TARGET_DIR=str(target), PATH=path)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def from_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the wheel beside the oldest numpy that is allowed."""
    return install(tmp_path_factory.mktemp("env") / "wheel", wheel, NUMPY_FLOOR)


@pytest.fixture(scope="module")
def from_sdist(wheel_of_sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install what the sdist built, beside the newest numpy."""
    return install(tmp_path_factory.mktemp("env") / "sdist", wheel_of_sdist, "numpy")


@pytest.fixture(params=["from_wheel", "from_sdist"])
def environment(request: pytest.FixtureRequest) -> Environment:
    """Give each of the two environments in turn."""
    chosen: Environment = request.getfixturevalue(request.param)
    return chosen


def test_import_needs_numpy_alone(environment: Environment, version: str) -> None:
    assert environment.packages() == {"hepadose", "numpy"}
    command = (environment.python, "-I", "-W", "error", "-c", REPORT_MODULES)
    seen = json.loads(run(*command, cwd=environment.folder))
    assert seen["version"] == version
    assert set(seen["foreign"]) <= {"hepadose", "numpy"}
    assert Path(seen["file"]).is_relative_to(environment.folder)


def test_command_line_without_its_extra_names_it(from_wheel: Environment) -> None:
    command = [str(from_wheel.python.parent / "hepadose"), "--version"]
    done = subprocess.run(command, cwd=from_wheel.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "hepadose[cli]" in done.stderr
    assert "Traceback" not in done.stderr


def test_wheel_serves_every_python_from_3_11(wheel: Path, version: str) -> None:
    assert re.fullmatch(rf"hepadose-{re.escape(version)}-cp311-abi3-\w+\.whl", wheel.name)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is a matter of Linux")
def test_the_tag_is_the_glibc_that_the_wheel_needs(wheel: Path) -> None:
    """A second opinion on what maturin wrote; `make wheel` sets the glibc that it must be content with."""
    said = run(tool("auditwheel"), "show", wheel, cwd=wheel.parent)
    (needed,) = re.findall(r'following platform tag:\s+"(manylinux_\d+_\d+_\w+)"', said)
    (tag,) = re.findall(r"abi3-(manylinux_\d+_\d+_\w+)\.whl", wheel.name)
    assert tag == needed
    allowed = os.environ.get("HEPADOSE_GLIBC")
    if allowed is not None:
        major, minor = map(int, re.findall(r"\d+", tag)[:2])
        assert (major, minor) <= tuple(map(int, allowed.split(".")))


def test_wheel_holds_the_package_and_nothing_else(wheel: Path, version: str) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    info = f"hepadose-{version}.dist-info"
    expected = {"hepadose/__init__.py", "hepadose/py.typed"}
    expected |= {f"hepadose/_web/{name}" for name in ("report.css", "view.js", "widget.css", "widget.js", "words.toml")}
    licences = {f"{info}/licenses/{name}" for name in ("LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-LICENSES.txt")}
    assert expected | licences <= names
    assert [name for name in names if re.fullmatch(r"hepadose/_core\.(abi3\.so|pyd)", name)]
    foreign = {name for name in names if not name.startswith(("hepadose/", f"{info}/"))}
    assert not foreign
    assert not {name for name in names if name.endswith((".rs", ".dcm", ".nrrd", ".pyc"))}


def test_wheel_says_what_it_is_compiled_from(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (bill,) = [name for name in archive.namelist() if name.endswith(".cyclonedx.json")]
    content = json.loads(archive.read(bill))
    assert content["bomFormat"] == "CycloneDX"
    names = {one["name"] for one in content["components"]}
    assert {"pyo3", "numpy", "rayon", "dicom-object", "i_overlay"} <= names
    assert all(one.get("version") for one in content["components"])


def test_metadata_asks_for_numpy_alone(wheel: Path, version: str) -> None:
    content = zipfile.ZipFile(wheel).read(f"hepadose-{version}.dist-info/METADATA")
    metadata = email.message_from_bytes(content)
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(required) == 1
    assert required[0].startswith("numpy")
    assert metadata["License-Expression"] == "MIT OR Apache-2.0"
    extras = {"all", "cli", "cohort", "dicom", "frame", "images", "notebook", "pdf", "plot", "xarray"}
    assert set(metadata.get_all("Provides-Extra", [])) == extras


def test_sdist_holds_what_a_rebuild_needs(sdist: Path, version: str) -> None:
    with tarfile.open(sdist) as archive:
        names = {member.name.removeprefix(f"hepadose-{version}/") for member in archive.getmembers()}
    needed = {
        *("Cargo.lock", "Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "pyproject.toml"),
        *("python/Cargo.toml", "python/hepadose/__init__.py", "python/hepadose/py.typed", "python/src/lib.rs"),
        "src/lib.rs",
    }
    assert needed <= names


def test_sdist_holds_no_data_and_nothing_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    built = (".dcm", ".nrrd", ".npy", ".so", ".pyd", ".pyc", ".whl")
    assert not [name for name in names if name.endswith(built)]
    assert not [name for name in names if {"shared", "target", ".venv"} & set(Path(name).parts)]
