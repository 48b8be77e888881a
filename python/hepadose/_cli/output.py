"""Where the commands print: tables as wide as the place shows them, JSON as it is."""

import os

import typer
from rich.console import Console

from hepadose._document import Document, to_text

WIDTH = 80


def console() -> Console:
    """Give the console: as wide as the terminal, else as ``COLUMNS`` says, else 80 columns."""
    if Console().is_terminal:
        return Console(highlight=False, soft_wrap=False)
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) > 0 else WIDTH
    return Console(width=width, highlight=False, soft_wrap=False)


def print_json(document: Document) -> None:
    """Print a document as JSON."""
    typer.echo(to_text(document))
