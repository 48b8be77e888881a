"""Published values of alpha/beta."""

from dataclasses import dataclass

from hepadose import _core
from hepadose._citations import Cited, cited
from hepadose._shown import Listed, Shown


@dataclass(frozen=True, slots=True)
class AlphaBeta(Shown):
    """A published alpha/beta: listed for choice, never a default."""

    tissue: str
    """Tissue and endpoint."""
    cited: Cited
    """The value in Gy with its source."""

    @property
    def alpha_beta_gy(self) -> float:
        """The value in Gy."""
        return self.cited.value


def alpha_beta() -> tuple[AlphaBeta, ...]:
    """List published alpha/beta values, each with its source and how it was seen.

    Returns
    -------
    tuple of AlphaBeta

    Examples
    --------
    >>> import hepadose as hd
    >>> {row.alpha_beta_gy for row in hd.alpha_beta() if row.tissue == "Normal liver"}
    {2.5}
    """
    return Listed(AlphaBeta(row["tissue"], cited(row["value"])) for row in _core.alpha_beta())
