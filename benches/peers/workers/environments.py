"""Environments of other DVH calculators, each its own, made where they are missing; what cannot be had is said."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORKERS = Path(__file__).resolve().parent
ROOT = WORKERS.parents[2]
HOME = ROOT / ".venv" / "peers"


@dataclass(frozen=True)
class Peer:
    """A calculator: what it is called, which Python runs it, which script asks it."""

    name: str
    python: Path
    worker: Path

    def run(self, structures: Path, dose: Path) -> dict[str, Any]:
        """Calculate every DVH of a plan in a fresh process."""
        command = [self.python, self.worker, structures, dose]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own script
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        result["figures"] = {int(number): found for number, found in result["figures"].items()}
        return result


def peers() -> tuple[list[Peer], list[str]]:
    """Give hepadose and the peers that this machine can have, and why each other one is absent."""
    found = [Peer("hepadose", Path(sys.executable), WORKERS / "ours.py")]
    absent = []
    wanted = [
        ("dicompyler-core", sys.executable, ["dicompyler-core==0.5.6", "pydicom<3", "numpy"], "dicompyler.py"),
        ("pydcm", _python312(), ["pydcm==0.5.0", "numpy"], "pydcm_rt.py"),
    ]
    for name, python, packages, worker in wanted:
        if python is None:
            absent.append(f"{name}: needs Python 3.12, which was not found")
            continue
        try:
            found.append(Peer(name, _environment(name, python, packages), WORKERS / worker))
        except subprocess.CalledProcessError as error:
            absent.append(f"{name}: its environment could not be made ({error})")
    if shutil.which("plastimatch") is None:
        absent.append("plastimatch: not installed (Debian has it as a package)")
    return found, absent


def _python312() -> str | None:
    """Find a Python 3.12 that runs: on the path, or among those of pyenv."""
    candidates = [shutil.which("python3.12")]
    candidates += [str(path) for path in sorted(Path.home().glob(".pyenv/versions/3.12*/bin/python3.12"))]
    for candidate in filter(None, candidates):
        done = subprocess.run([candidate, "-c", ""], check=False, capture_output=True)  # noqa: S603 - a Python
        if done.returncode == 0:
            return candidate
    return None


def _environment(name: str, python: str, packages: list[str]) -> Path:
    """Make an environment without pip and fill it from outside; a marker says that it is complete."""
    folder = HOME / name
    inside, marker = folder / "bin" / "python", folder / "complete"
    if marker.exists() and marker.read_text(encoding="utf-8").split("\n") == packages:
        return inside
    subprocess.run([python, "-m", "venv", "--without-pip", "--clear", folder], check=True)  # noqa: S603 - a Python
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", inside, "install"]
    subprocess.run([*pip, *packages], check=True)  # noqa: S603 - pip
    marker.write_text("\n".join(packages), encoding="utf-8")
    return inside
