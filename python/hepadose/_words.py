"""The catalogue of what the report and the viewer say, in each language."""

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, get_args

Language: TypeAlias = Literal["en", "zh"]
_COLUMNS: dict[str, int] = {"en": 0, "zh": 1}
HTML_LANGUAGE: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}


@cache
def catalogue() -> dict[str, dict[str, list[str]]]:
    """Read the catalogue."""
    text = files("hepadose").joinpath("_web", "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def speaker(language: Language) -> Callable[[str], str]:
    """Give a function that says a key such as ``goals.heading`` in a language.

    Raises
    ------
    ValueError
        A language that is not in the catalogue.
    """
    if language not in _COLUMNS:
        raise ValueError(f"lang must be one of {', '.join(get_args(Language))}, got {language!r}")
    words, column = catalogue(), _COLUMNS[language]

    def say(key: str) -> str:
        section, _, word = key.partition(".")
        return words[section][word][column]

    return say
