"""Planned against delivered dose, learned from pairs."""

from collections.abc import Iterable
from dataclasses import dataclass

from hepadose import _core
from hepadose._shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredModel(Shown):
    """Agreement of planned and delivered dose: their ratio is taken as log-normal and the same at all doses."""

    pairs: int
    """Pairs learned from."""
    ratio: float
    """Geometric mean of delivered over planned."""
    log_deviation: float
    """Standard deviation of the logarithm of delivered over planned."""
    ratio_lower: float
    """Lower 95 % limit of agreement of a single ratio."""
    ratio_upper: float
    """Upper 95 % limit of agreement of a single ratio."""

    def probability_at_least(self, planned_gy: float, limit_gy: float) -> float:
        """Give the probability that the delivered dose is at least a limit, by the predictive t distribution.

        Parameters
        ----------
        planned_gy, limit_gy : float
            Planned dose and limit in Gy, both above 0.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            Doses that are not above 0.
        """
        return _core.y90_delivered_probability(self, planned_gy, limit_gy)

    def interval_gy(self, planned_gy: float, *, confidence: float = 0.95) -> tuple[float, float]:
        """Give the interval that holds the delivered dose with this probability.

        Parameters
        ----------
        planned_gy : float
            Planned dose in Gy, above 0.
        confidence : float
            Probability, above 0 and below 1.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            A dose that is not above 0, a confidence outside 0 to 1.
        """
        return _core.y90_delivered_interval_gy(self, planned_gy, confidence)


def predict_delivered(pairs: Iterable[tuple[float, float]]) -> DeliveredModel:
    """Learn how planned (MAA) and delivered (PET) dose agree from a department's own pairs.

    Parameters
    ----------
    pairs : iterable of (planned, delivered)
        Doses in Gy of the same lesions or of the same normal livers, at least 3 pairs, all above 0.

    Returns
    -------
    DeliveredModel
        With it, the probability that the delivered dose reaches a tumour's aim or stays below a liver's limit.

    Raises
    ------
    hepadose.errors.FitError
        Fewer than 3 pairs, doses that are not above 0.

    Examples
    --------
    >>> import hepadose as hd
    >>> model = hd.y90.predict_delivered([(100, 50), (100, 100), (50, 100), (200, 210)])
    >>> model.pairs, round(model.probability_at_least(200, 120), 2)
    (4, 0.77)
    """
    return DeliveredModel(**_core.y90_predict_delivered([(float(one), float(two)) for one, two in pairs]))
