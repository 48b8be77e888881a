"""Empty environments for the tests, and commands that run in them."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

# What would change how pip and Python behave in an environment that is not ours.
OURS = {"PIP_CONSTRAINT", "PYTHONPATH", "VIRTUAL_ENV"}


def outside(**extra: str) -> dict[str, str]:
    """Give the variables of this process without those that belong to the project's own environment."""
    return {key: value for key, value in os.environ.items() if key not in OURS} | extra


def run(*command: str | Path, cwd: Path, **extra_environment: str) -> str:
    """Run a command to its end, show its whole output where it fails, and give its standard output."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=outside(**extra_environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


def tool(name: str) -> Path:
    """Give a program of the environment in which the tests run."""
    return Path(sys.executable).parent / name


@dataclass(frozen=True)
class Environment:
    """An environment of its own, with hepadose and what it asked for."""

    folder: Path

    @property
    def scripts(self) -> Path:
        """The folder of its programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.scripts / "python"

    def install(self, *requirements: str | Path) -> None:
        """Install wheels; nothing is compiled."""
        pip = (sys.executable, "-m", "pip", "--python", self.python)
        run(*pip, "install", "--only-binary", ":all:", "--no-compile", *requirements, cwd=self.folder)

    def packages(self) -> set[str]:
        """Names of all installed distributions."""
        listing = run(sys.executable, "-m", "pip", "--python", self.python, "list", "--format", "json", cwd=self.folder)
        return {package["name"] for package in json.loads(listing)}


def install(folder: Path, *requirements: str | Path) -> Environment:
    """Make an empty environment and install into it."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    environment = Environment(folder)
    environment.install(*requirements)
    return environment
