"""What every JSON of hepadose carries, and how files are written."""

import json
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from hepadose._core import INTENDED_USE
from hepadose.errors import MissingExtraError

StrPath: TypeAlias = str | PathLike[str]
Document: TypeAlias = dict[str, Any]


def package_version() -> str:
    """Version of hepadose, from the metadata of the package, which take a fifth of the import time to find."""
    from importlib.metadata import version  # noqa: PLC0415 - only when it is asked for

    return version("hepadose")


def document(
    schema: str,
    content: Mapping[str, Any],
    *,
    settings: Mapping[str, Any] | None = None,
    inputs: tuple[tuple[str, str], ...] = (),
    sources: tuple[str, ...] = (),
) -> Document:
    """Put content into the frame of a schema: version, intended use and what made it."""
    number = package_version()
    provenance = {
        "version": number,
        "inputs": [{"role": role, "sha256": digest} for role, digest in inputs],
        "settings": [[name, str(value)] for name, value in (settings or {}).items()],
        "sources": list(sources),
    }
    frame = {"schema": schema, "version": number, "intended_use": INTENDED_USE}
    return frame | dict(content) | {"provenance": provenance}


def to_text(content: Mapping[str, Any], path: StrPath | None = None) -> str:
    """Write content as JSON: no NaN, readable, the same text for the same content."""
    text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False)
    if path is not None:
        Path(path).write_text(text + "\n", encoding="utf-8")
    return text


def missing(extra: str, package: str) -> MissingExtraError:
    """Name the extra that brings a package which is not there."""
    message = f'{package} is needed for this and not installed; install it with: pip install "hepadose[{extra}]"'
    return MissingExtraError(message, extra=extra, name=package)


def by_text(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Give each text once with all that it is said of: pairs of text and name, in their order."""
    found: dict[str, dict[str, None]] = {}
    for text, name in pairs:
        found.setdefault(text, {})[name] = None
    return {text: list(names) for text, names in found.items()}
