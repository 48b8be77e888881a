"""What is compiled in: allowed by deny.toml, listed with its licence text, never out of the network."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import third_party


@pytest.fixture(scope="module")
def packages() -> list[dict[str, Any]]:
    return third_party.compiled_in()


def test_every_package_may_be_used(packages: list[dict[str, Any]]) -> None:
    assert len(packages) > 50
    assert third_party.refused(packages) == []


def test_a_package_that_may_not_is_named() -> None:
    bad: list[dict[str, Any]] = [
        {"name": "viral", "version": "1", "license": "GPL-3.0-only"},
        {"name": "openssl-sys", "version": "1", "license": "MIT"},
        {"name": "unsaid", "version": "1", "license": None},
        {"name": "both", "version": "1", "license": "(MIT OR GPL-3.0-only) AND GPL-2.0-only"},
        {"name": "good", "version": "1", "license": "MIT/GPL-3.0-only"},
    ]
    assert [one.split()[0] for one in third_party.refused(bad)] == ["viral", "openssl-sys", "unsaid", "both"]


def test_licences_of_an_expression() -> None:
    assert third_party.alternatives("(MIT OR Apache-2.0) AND IJG") == [{"MIT", "IJG"}, {"Apache-2.0", "IJG"}]
    assert third_party.alternatives("BSD-3-Clause/MIT") == [{"BSD-3-Clause"}, {"MIT"}]


def test_the_file_in_the_wheel_lists_them(root: Path, packages: list[dict[str, Any]]) -> None:
    listed = (root / "THIRD-PARTY-LICENSES.txt").read_text(encoding="utf-8").partition("=" * 79)[0]
    missing = {one["name"] for one in packages if f"  {one['name']} " not in listed}
    # Written anew before a release; a package or two may be younger than it.
    assert len(missing) <= len(packages) // 20, f"run 'make licences': not listed are {sorted(missing)}"


def test_import_loads_nothing_slow() -> None:
    """Hold what import loads, not its time, which docs/performance.md has from a quiet machine."""
    import subprocess  # noqa: PLC0415 - one test needs it

    slow = [
        "matplotlib",
        "pandas",
        "scipy",
        "rich",
        "xarray",
        "anywidget",
        "weasyprint",
        "SimpleITK",
        "pydicom",
        "typer",
        "importlib.metadata",
        "hepadose.ntcp",
        "hepadose.tcp",
        "hepadose.y90",
        "hepadose.plot",
    ]
    loaded = f"({set(slow)!r} - before) & set(sys.modules)"
    code = f"import numpy, sys; before = set(sys.modules); import hepadose; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
