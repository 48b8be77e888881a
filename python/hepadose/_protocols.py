"""Protocols by id: those that are built in, and files and folders of the user's own."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from hepadose import _core
from hepadose._core import Protocol
from hepadose._dicom import read_bytes
from hepadose._shown import Listed
from hepadose.errors import MappingError, ProtocolError, UnknownProtocolError

VARIABLE = "HEPADOSE_PROTOCOLS"
"""Environment variable: protocol files and folders, separated as in PATH."""

_KEYS = {"id", "title", "version", "extends", "family", "template", "drop"}
"""What stands in protocols and names no structure."""

StrPath: TypeAlias = str | PathLike[str]
Files: TypeAlias = list[tuple[str, str]]


def protocols(folders: Iterable[StrPath] = ()) -> tuple[Protocol, ...]:
    """List the protocols that are built in, in ``HEPADOSE_PROTOCOLS`` or in folders.

    Parameters
    ----------
    folders : iterable of path
        Further protocol files, or folders of them (``*.toml``). Files that map structures to ROIs are passed over.

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
    return Listed(Protocol(one, files=files) for one in _core.protocol_ids(files))


def user_files(folders: Iterable[StrPath] = ()) -> Files:
    """Read the protocol files of `folders` and of ``HEPADOSE_PROTOCOLS`` as label and text, without mappings."""
    return [(label, text) for label, text in _every_file(folders) if not is_mapping(text)]


def mapping_files(folders: Iterable[StrPath] = ()) -> tuple[str, ...]:
    """Name the files among those of protocols that are mappings of structures, and so no protocols."""
    return tuple(label for label, text in _every_file(folders) if is_mapping(text))


def not_a_protocol(label: str) -> str:
    """Say what a mapping file among protocols is, and where it belongs."""
    return (
        f"'{label}' holds no protocol but a mapping of structures to ROIs; give it as mapping= (--map-file) beside a"
        " protocol"
    )


def is_mapping(text: str) -> bool:
    """Whether a TOML file maps structures to ROIs: it has lines of that form only, and no key of a protocol."""
    try:
        names = {name.lower() for name, _ in _core.parse_mapping(text, "")}
    except MappingError:
        return False
    return bool(names) and not names & _KEYS


def _every_file(folders: Iterable[StrPath]) -> Files:
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
        return _by_id(given, fractions)
    path = Path(given)
    text = read_bytes(path).decode("utf-8")
    if is_mapping(text):
        raise ProtocolError(not_a_protocol(path.name))
    others = [one for one in user_files() if one != (path.name, text)]
    return Protocol.from_toml(text, label=path.name, files=others)


def _by_id(given: str, fractions: int | None) -> Protocol:
    if (label := f"{given}.toml") in mapping_files():
        raise ProtocolError(not_a_protocol(label))
    if os.sep in given:
        raise ProtocolError(f"'{Path(given).name}' is no protocol file; its name must end in .toml")
    files = user_files()
    try:
        return _core.protocol_for(given, fractions, files)
    except UnknownProtocolError as error:
        every = [Protocol(id_, files=files) for id_ in _core.protocol_ids(files)]
        names = {one.id for one in every} | {one.family for one in every if one.family is not None}
        if near := get_close_matches(given, sorted(names), n=3):
            meant = " or ".join(f"'{name}'" for name in near)
            error.args = (f"there is no protocol '{given}'; did you mean {meant}? hepadose protocols lists all",)
        raise
