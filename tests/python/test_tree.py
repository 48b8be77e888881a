"""What must not stand in any tracked file: registry addresses and paths of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

# Written in pieces, or this file would name them itself.
HOSTS = ("pypi" + ".org", "python" + "hosted.org", "crates" + ".io", "npm" + "js.org", "deb." + "debian.org")
MACHINE_PATH = re.compile(r"(?<![\w.$)}])/(?:root|work)(?:/|\b)")
# Cargo writes the name of its index into every lock file.
MAY_NAME_HOSTS = {"Cargo.lock"}


def tracked_files(root: Path) -> list[Path]:
    """All files that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout
    names = [name for name in listing.split("\0") if name]
    return [root / name for name in names if (root / name).is_file()]


def objections(name: str, text: str) -> list[str]:
    """Every line of a text that names a registry's host or a path of one machine."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if name not in MAY_NAME_HOSTS and any(host in line.lower() for host in HOSTS):
            found.append(f"{name}:{number}: names a registry's host")
        if MACHINE_PATH.search(line):
            found.append(f"{name}:{number}: names a path of one machine")
    return found


def test_no_tracked_file_names_a_registry_or_this_machine(root: Path) -> None:
    files = tracked_files(root)
    assert root / "Cargo.toml" in files
    found = []
    for file in files:
        content = file.read_bytes()
        if b"\0" not in content[:8192]:
            found += objections(str(file.relative_to(root)), content.decode("utf-8"))
    assert not found, "\n".join(found)


def test_no_tracked_lock_file_of_other_tools(root: Path) -> None:
    names = {file.name for file in tracked_files(root)}
    assert not names & {"uv.lock", "poetry.lock", "pdm.lock", "package-lock.json"}


@pytest.mark.parametrize(
    "line",
    [f"url = https://{HOSTS[0]}/simple", "cd /wo" + "rk/main", 'path = "/ro' + 'ot/.cargo"'],
)
def test_offenders_are_found(line: str) -> None:
    assert len(objections("some.toml", line)) == 1


@pytest.mark.parametrize("line", ["../shared/data", "network/work", "$(CURDIR)/work", "{root}/work", "a/root-finder"])
def test_innocents_are_left_alone(line: str) -> None:
    assert not objections("some.toml", line)
