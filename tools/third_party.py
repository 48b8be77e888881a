"""Write THIRD-PARTY-LICENSES.txt: what the wheel is compiled from, with every licence text. Run by: make licences."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "THIRD-PARTY-LICENSES.txt"
_NAMES = ("LICENSE", "LICENCE", "COPYING", "UNLICENSE", "NOTICE")


def compiled_in() -> list[dict[str, Any]]:
    """Give the packages of other people that the extension module is compiled from, by name."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    found = json.loads(done.stdout)
    packages = {one["id"]: one for one in found["packages"]}
    nodes = {one["id"]: one for one in found["resolve"]["nodes"]}
    seen: set[str] = set()
    todo = [one["id"] for one in found["packages"] if one["name"] == "hepadose-python"]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += [one["pkg"] for one in nodes[at]["deps"] if any(kind["kind"] is None for kind in one["dep_kinds"])]
    others = [packages[one] for one in seen if one not in found["workspace_members"]]
    return sorted(others, key=lambda one: (one["name"], one["version"]))


def alternatives(expression: str) -> list[set[str]]:
    """Give the sets of licences of which each alone suffices: ``(A OR B) AND C`` is {A, C} or {B, C}."""
    choices: list[set[str]] = [set()]
    for part in expression.split(" AND "):
        options = part.strip("() ").replace("/", " OR ").split(" OR ")
        choices = [chosen | {option.strip()} for chosen in choices for option in options]
    return choices


def refused(packages: list[dict[str, Any]]) -> list[str]:
    """Give the packages whose licence deny.toml does not allow, or that it bans."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    allowed, banned = set(rules["licenses"]["allow"]), {one["crate"] for one in rules["bans"]["deny"]}
    return [
        f"{one['name']} {one['version']}: {one['license']}"
        for one in packages
        if one["name"] in banned
        or not any(choice <= allowed for choice in alternatives(one["license"] or "none stated"))
    ]


def text(packages: list[dict[str, Any]]) -> str:
    """Give the whole file: the list, then each licence text once with those that carry it."""
    bodies: dict[str, list[str]] = {}
    lines = ["The compiled part of hepadose contains these packages of the Rust community:", ""]
    for one in packages:
        label = f"{one['name']} {one['version']}"
        lines.append(f"  {label}: {one['license']}")
        folder = Path(one["manifest_path"]).parent
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.name.upper().startswith(_NAMES):
                body = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip()
                body = "\n".join(line.rstrip() for line in body.split("\n"))
                bodies.setdefault(body, []).append(label)
    for body, labels in sorted(bodies.items(), key=lambda item: item[1]):
        lines += ["", "=" * 79, ", ".join(dict.fromkeys(labels)), "=" * 79, "", body]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the file, or say which packages may not be used."""
    packages = compiled_in()
    wrong = refused(packages)
    if wrong:
        print("not allowed by deny.toml:", *wrong, sep="\n  ", file=sys.stderr)
        return 1
    OUT.write_text(text(packages), encoding="utf-8")
    print(f"{OUT.name}: {len(packages)} packages, {OUT.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
