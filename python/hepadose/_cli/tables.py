"""Parts of tables for people: columns, numbers, verdicts, notes."""

import re
from collections.abc import Iterable

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.style import StyleType
from rich.table import Table

from hepadose._report import LeftOut

_COLOURS = {
    "met": "green",
    "met_applicability_not_confirmed": "yellow",
    "within_uncertainty": "yellow",
    "not_met": "red",
    "not_evaluable": "magenta",
    "unknown": "yellow",
}
_VERDICTS = {
    "met": "met",
    "met_applicability_not_confirmed": "met, applicability not confirmed",
    "within_uncertainty": "within uncertainty of the limit",
    "not_met": "not met",
    "not_evaluable": "not evaluable",
    "unknown": "unknown",
}
ABSENT = "-"
_NUMBER = re.compile(r"\(?-?\d[\d.e+-]*\)?")


class _Table(Table):
    """A table whose numbers stay whole, or end in an ellipsis: half a number in a line of its own reads as another."""

    def add_row(self, *cells: RenderableType | None, style: StyleType | None = None, end_section: bool = False) -> None:
        """Add a row; a column that holds a number is not broken, those of text make room."""
        for column, cell in zip(self.columns, cells, strict=False):
            if isinstance(cell, str) and _NUMBER.fullmatch(cell):
                column.no_wrap, column.overflow = True, "ellipsis"
        super().add_row(*cells, style=style, end_section=end_section)


def columns(*names: str, left: int = 1) -> Table:
    """Make a plain table whose first columns are text and whose others are numbers."""
    table = _Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for index, name in enumerate(names):
        table.add_column(escape(name), justify="left" if index < left else "right", overflow="fold")
    return table


def decimals(value: float | None, digits: int = 2) -> str:
    """Give a number with so many decimals, or a dash where there is none."""
    return ABSENT if value is None else f"{value:.{digits}f}"


def significant(value: float | None) -> str:
    """Give a number to five digits, or a dash where there is none."""
    return ABSENT if value is None else f"{value:.5g}"


def verdict(word: str) -> str:
    """Give a verdict in words and colour."""
    return f"[{_COLOURS[word]}]{_VERDICTS[word]}[/]"


def notes(console: Console, title: str, texts: Iterable[str]) -> None:
    """Show texts below a title, each once."""
    for text in dict.fromkeys(texts):
        console.print(f"[bold]{title}:[/] {escape(text)}")


def left_out(console: Console, goals: Iterable[LeftOut]) -> None:
    """Name the goals that a verdict is silent of."""
    for one in goals:
        console.print(f"[dim]Left out: {escape(one.title)}: {escape(one.reason)}[/]")
