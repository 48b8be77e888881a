"""How results show themselves in a notebook: those without a form of their own as a table of their fields."""

from typing import TypeVar

T = TypeVar("T")


class Shown:
    """A result whose fields are shown as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from hepadose import _html_fields  # noqa: PLC0415 - only a notebook needs it

        return _html_fields.record(self)


class Listed(tuple[T, ...]):
    """Results that are shown as one table, a row each."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from hepadose import _html_fields  # noqa: PLC0415 - the same

        return _html_fields.listed(self)
