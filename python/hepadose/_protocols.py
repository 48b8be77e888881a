"""Protocols by id: those that are built in, and files and folders of the user's own."""

import os
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from hepadose import _core
from hepadose._core import Protocol
from hepadose._dicom import read_bytes

VARIABLE = "HEPADOSE_PROTOCOLS"
"""Environment variable: protocol files and folders, separated as in PATH."""

StrPath: TypeAlias = str | PathLike[str]
Files: TypeAlias = list[tuple[str, str]]


def protocols(folders: Iterable[StrPath] = ()) -> tuple[Protocol, ...]:
    """List the protocols that are built in, in ``HEPADOSE_PROTOCOLS`` or in folders.

    Parameters
    ----------
    folders : iterable of path
        Further protocol files, or folders of them (``*.toml``).

    Returns
    -------
    tuple of Protocol

    Raises
    ------
    hepadose.errors.ProtocolError
        A file that is no protocol, with its line.

    Examples
    --------
    >>> import hepadose as hd
    >>> [protocol.id for protocol in hd.protocols()][:2]
    ['liver-conventional', 'liver-sbrt-3fx']
    """
    files = user_files(folders)
    return tuple(Protocol(one, files=files) for one in _core.protocol_ids(files))


def user_files(folders: Iterable[StrPath] = ()) -> Files:
    """Read the protocol files of `folders` and of ``HEPADOSE_PROTOCOLS`` as label and text."""
    named = [Path(entry) for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry]
    found: Files = []
    for path in dict.fromkeys([*named, *map(Path, folders)]):
        every = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        found.extend((one.name, read_bytes(one).decode("utf-8")) for one in every)
    return found


def protocol_of(given: StrPath | Protocol, fractions: int | None) -> Protocol:
    """Give the protocol of an id, a file, or a family and its number of fractions."""
    if isinstance(given, Protocol):
        return given
    if isinstance(given, str) and not given.endswith(".toml"):
        return _core.protocol_for(given, fractions, user_files())
    path = Path(given)
    text = read_bytes(path).decode("utf-8")
    others = [one for one in user_files() if one != (path.name, text)]
    return Protocol.from_toml(text, label=path.name, files=others)
