"""The command line as a user runs it: in a process of its own, its tables measured, its JSON held against schemas."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest.mock import patch

import jsonschema

import hepadose as hd
from hepadose._cli import main

ROOT = Path(__file__).resolve().parents[2]
HEPADOSE = Path(sys.executable).parent / "hepadose"


def run(
    *arguments: object, expect: int = 0, variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run the command, without variables of its own but those given."""
    command = [str(HEPADOSE), *map(str, arguments)]
    own = ("HEPADOSE_", "_HEPADOSE", "_TYPER", "COLUMNS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)} | {**variables}
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120, env=environment
    )
    assert done.returncode == expect, f"{done.stdout}\n{done.stderr}"
    return done


class Done(NamedTuple):
    """What a command printed."""

    stdout: str
    stderr: str


def run_inside(*arguments: object, expect: int = 0, variables: Mapping[str, str] = MappingProxyType({})) -> Done:
    """Run the command in this process, which is many times sooner, as if its output were piped."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["hepadose", *map(str, arguments)]
    with (
        patch.object(sys, "argv", argv),
        patch.dict(os.environ, {"COLUMNS": "80", **variables}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = main()
    assert code == expect, f"{out.getvalue()}\n{err.getvalue()}"
    return Done(out.getvalue(), err.getvalue())


def schema_of(text: str) -> dict[str, Any]:
    """Check JSON text against its schema and give it."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    content: dict[str, Any] = json.loads(text, parse_constant=refuse)
    name = content["schema"].removeprefix("hepadose/").replace("/", "-")
    schema = json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    assert content["version"] == content["provenance"]["version"] == hd.__version__
    return content


def fits(text: str, columns: int = 80) -> str:
    """Hold that no line is wider than a window."""
    assert max(map(len, text.splitlines())) <= columns, text
    return text
