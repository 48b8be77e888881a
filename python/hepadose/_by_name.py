"""Things by name, in order, where a name may stand more than once."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import ClassVar, Generic, Protocol, TypeVar

from hepadose import _html
from hepadose.errors import UnknownNameError


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def number(self) -> int | None: ...


T = TypeVar("T", bound=_Named)


class _All(ValuesView[T]):
    """All things in order, those of one name too."""

    _mapping: "ByName[T]"

    def __iter__(self) -> Iterator[T]:
        return iter(self._mapping.all)

    def __len__(self) -> int:
        return len(self._mapping.all)


class _Pairs(ItemsView[str, T]):
    """All names and things in order, those of one name too."""

    _mapping: "ByName[T]"

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return ((one.name, one) for one in self._mapping.all)

    def __len__(self) -> int:
        return len(self._mapping.all)


class ByName(Mapping[str, T], Generic[T]):
    """A mapping of names to things, in their order.

    A name that stands once gives its thing; a name that stands several times raises and says which numbers there are.
    `by_number`, `all`, `values` and `items` give every one.
    """

    def __init__(self, things: Iterable[T] = ()) -> None:
        self._all = tuple(things)
        self._names: dict[str, list[T]] = {}
        for one in self._all:
            self._names.setdefault(one.name, []).append(one)

    @property
    def all(self) -> tuple[T, ...]:
        """Every one, in order."""
        return self._all

    @property
    def by_number(self) -> dict[int, T]:
        """Every one that has a number, by it."""
        return {one.number: one for one in self._all if one.number is not None}

    def __getitem__(self, name: str) -> T:
        found = self._names.get(name, [])
        if len(found) == 1:
            return found[0]
        numbers = tuple(one.number for one in found)
        if found:
            message = f"{len(found)} are named '{name}'; use by_number, their numbers are {numbers}"
        else:
            message = f"nothing is named '{name}'; there are {', '.join(map(repr, self._names)) or 'no names'}"
        raise UnknownNameError(message, name=name, numbers=numbers)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def values(self) -> ValuesView[T]:
        """Give every one in order, those of one name too."""
        return _All(self)

    def items(self) -> ItemsView[str, T]:
        """Give every name and thing in order, those of one name too."""
        return _Pairs(self)

    def __eq__(self, other: object) -> bool:
        return self._all == other._all if isinstance(other, ByName) else NotImplemented

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def _repr_html_(self) -> str:
        return _html.by_name(self)

    def _ipython_key_completions_(self) -> list[str]:
        """Give the names to complete after ``[``: those that stand once."""
        return [name for name, found in self._names.items() if len(found) == 1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(one.name for one in self._all)}>"
