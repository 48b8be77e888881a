"""What NTCP and TCP share: parameters with their dose basis, and the estimate that comes back."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from hepadose import _core
from hepadose._citations import Evidence, Reference, reference
from hepadose._core import Dvh
from hepadose._dose_volume import Source
from hepadose._shown import Shown
from hepadose._uncertainty import Interval, Named, TornadoBar, arguments_of, bars
from hepadose.errors import FractionsError

CONTROL = frozenset({"poisson_tcp", "logistic_in_bed"})
"""Models of tumour control alone."""
ARRAYS = "the arrays were taken to be on the basis of the parameters"
"""What is said of a dose that no DVH brings along."""
_EQDX = re.compile(r"eqd(\d+(?:\.\d+)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameters:
    """Numbers of one's own, with the dose that they are stated in."""

    model: ClassVar[str]
    basis: str
    """``"physical"`` at any fractionation, ``"eqd2"`` (or ``"eqd1.5"``, ...), ``"bed"``."""
    alpha_beta_gy: float | None = None
    """The alpha/beta in Gy that belongs to EQD2 or BED."""

    def numbers(self) -> dict[str, float]:
        """Give the numbers of the model by name."""
        return {
            field.name: float(getattr(self, field.name))
            for field in fields(self)
            if field.name not in {"basis", "alpha_beta_gy"}
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LkbParameters(_Parameters):
    """Numbers of the Lyman-Kutcher-Burman model."""

    model: ClassVar[str] = "lkb"
    td50_gy: float
    """TD50 of the whole organ in Gy."""
    m: float
    """Slope."""
    n: float
    """Volume exponent; gEUD has ``a = 1/n``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticParameters(_Parameters):
    """Numbers of Niemierko's logistic model."""

    model: ClassVar[str] = "logistic"
    d50_gy: float
    """Dose of 50 % in Gy: TD50 or TCD50."""
    gamma50: float
    """Slope there."""
    a: float
    """Exponent of the equivalent uniform dose; negative for targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonParameters(_Parameters):
    """Numbers of the Poisson curve in the equivalent uniform dose."""

    model: ClassVar[str] = "poisson"
    d50_gy: float
    """Dose of 50 % in Gy."""
    gamma: float
    """Greatest normalised slope."""
    a: float
    """Exponent of the equivalent uniform dose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialityParameters(_Parameters):
    """Numbers of the relative seriality model."""

    model: ClassVar[str] = "relative_seriality"
    d50_gy: float
    """Dose of 50 % in Gy."""
    gamma: float
    """Greatest normalised slope."""
    s: float
    """Relative seriality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalVolumeParameters(_Parameters):
    """Numbers of the critical-volume model."""

    model: ClassVar[str] = "critical_volume"
    d50_gy: float
    """Dose in Gy that half of the subunits do not survive."""
    k: float
    """Slope."""
    v50: float
    """Share whose loss half of the patients do not tolerate, 0 to 1."""
    sigma: float
    """Spread of that share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonTcpParameters(_Parameters):
    """Numbers of Poisson control, in BED."""

    model: ClassVar[str] = "poisson_tcp"
    clonogens: float
    """Clonogens in the target."""
    alpha_per_gy: float
    """alpha in 1/Gy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSet(Shown):
    """A published set of parameters."""

    id: str
    """Its name."""
    model: str
    """The model it is for."""
    organ: str
    """Organ, by its TG-263 name where there is one."""
    endpoint: str
    """What is counted as the event."""
    numbers: Mapping[str, float]
    """The numbers of the model by name."""
    evidence: Evidence
    """How the numbers were seen: ``recalled`` were not seen in any text."""
    basis: Mapping[str, Any]
    """The dose that they are stated in."""
    basis_evidence: Evidence
    """How that was seen."""
    reference: Reference
    """The publication."""
    locator: str
    """Table, figure or section."""
    applies_to: Mapping[str, Any] | None
    """The plans that it was made from (``from_fractions``, ``to_fractions``, ``locator``, ``evidence``), where the
    source says so."""
    notes: tuple[str, ...]
    """What a reader has to know."""

    @property
    def is_recalled(self) -> bool:
        """Whether the numbers or their basis were not seen in any text."""
        return "recalled" in {self.evidence, self.basis_evidence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Shown):
    """A probability and how it came about."""

    probability: float
    """The probability with the numbers as they stand, 0 to 1."""
    equivalent_dose_gy: float | None
    """Equivalent uniform dose in Gy on the basis, for the models that use one."""
    mean_gy: float
    """Mean dose in Gy on the basis."""
    basis: str
    """The dose that both are stated in."""
    model: str
    """The model."""
    numbers: Mapping[str, float]
    """Its numbers by name."""
    parameters: ParameterSet | None
    """The published set, where one was used."""
    interval: Interval | None
    """Where the probability lies, where uncertainties were given."""
    tornado: tuple[TornadoBar, ...]
    """What each uncertain number does by itself, the widest first."""
    structure: str | None
    """Name of the structure of the DVH; None for arrays."""
    warnings: tuple[str, ...]
    """What a reader has to know: evidence, then another organ or number of fractions than the set is of."""

    def to_dict(self) -> dict[str, Any]:
        """Give all fields by name, with those that they hold."""
        return asdict(self)

    @property
    def percent(self) -> float:
        """The probability in per cent."""
        return 100 * self.probability

    def __float__(self) -> float:
        return self.probability

    def __str__(self) -> str:
        name = self.model if self.parameters is None else self.parameters.id
        mark = (
            " (recalled, not seen in any text)" if self.parameters is not None and self.parameters.is_recalled else ""
        )
        where = ""
        if self.interval is not None:
            low, high = 100 * self.interval.lower, 100 * self.interval.upper
            where = f", {low:.4g} to {high:.4g} % ({100 * self.interval.level:g} % of the draws)"
        return f"{self.percent:.4g} % by {name}{mark} in {self.basis}{where}"


def parameter_set(row: Mapping[str, Any]) -> ParameterSet:
    """Make a set of its plain dictionary."""
    response = dict(row["response"])
    return ParameterSet(
        id=row["id"],
        model=response.pop("model"),
        organ=row["organ"],
        endpoint=row["endpoint"],
        numbers=response,
        evidence=row["evidence"],
        basis=row["basis"],
        basis_evidence=row["basis_evidence"],
        reference=reference(row["source"]),
        locator=row["locator"],
        applies_to=row["applies_to"],
        notes=tuple(row["notes"]),
    )


def basis_arguments(basis: str, alpha_beta_gy: float | None) -> tuple[str, float | None, float | None]:
    """Give a basis as the core takes it."""
    match = _EQDX.fullmatch(basis)
    if match is not None:
        return "eqdx", float(match[1]), alpha_beta_gy
    return basis, None, alpha_beta_gy


def _set_basis(chosen: ParameterSet, alpha_beta_gy: float | None) -> tuple[str, float | None, float | None]:
    basis = chosen.basis
    own = basis.get("alpha_beta_gy")
    if alpha_beta_gy is not None and (own is not None or basis["quantity"] not in {"eqdx", "bed"}):
        said = "has no place for an alpha/beta" if own is None else f"belongs to alpha/beta {own:g} Gy"
        raise ValueError(
            f"the basis of '{chosen.id}' {said}; to change it, state parameters of your own with their basis"
        )
    quantity = str(basis["quantity"])
    if quantity == "physical_in_fractions":
        return quantity, basis["from_gy"], basis["to_gy"]
    return quantity, basis.get("dose_per_fraction_gy"), own if own is not None else alpha_beta_gy


def _refuse_unused_fractions(basis: str, fractions: int | None) -> None:
    """Refuse a number of fractions that nothing would be done with: arrays are never converted."""
    if fractions is None or basis == "physical":
        return
    remedy = "leave fractions= out where the arrays are on the basis already"
    if basis in {"eqdx", "bed"}:
        remedy = f"of physical dose make Dvh.from_samples(dose_gy, volume_cc, fractions={fractions}), or " + remedy
    raise FractionsError(
        f"fractions={fractions} with arrays would do nothing: arrays are taken to be on the basis of the parameters, "
        f"which is not physical dose at any fractionation; {remedy}",
        reason="on_basis",
    )


def estimate(  # noqa: PLR0913 - what the public functions take
    source: Source,
    parameters: "str | _Parameters",
    model: str,
    *,
    alpha_beta_gy: float | None,
    fractions: int | None,
    uncertain: Named | None,
    samples: int,
    seed: int,
) -> Estimate:
    """Bring the dose to the basis of the parameters and ask the model."""
    chosen: ParameterSet | None = None
    warnings: list[str] = []
    if isinstance(parameters, str):
        chosen = parameter_set(_core.parameter_set(parameters, model))
        numbers, basis = dict(chosen.numbers), _set_basis(chosen, alpha_beta_gy)
        if chosen.is_recalled:
            warnings.append(
                f"'{chosen.id}' or its dose basis is recalled, not seen in any text: check it against the paper"
            )
        warnings.extend(_core.parameter_set_doubts(source, (chosen.id, model), fractions))
        warnings.extend(chosen.notes)
    else:
        if parameters.model != model:
            raise TypeError(f"{type(parameters).__name__} are numbers of the model {parameters.model}, not of {model}")
        if alpha_beta_gy is not None:
            raise ValueError("parameters of your own carry their alpha_beta_gy themselves")
        numbers, basis = parameters.numbers(), basis_arguments(parameters.basis, parameters.alpha_beta_gy)
    if not isinstance(source, Dvh):
        _refuse_unused_fractions(basis[0], fractions)
        warnings.append(ARRAYS)
    unknown = arguments_of(uncertain or {})
    found = _core.estimate(source, (model, list(numbers.items())), basis, fractions, unknown, (samples, seed))
    return Estimate(
        probability=found["probability"],
        equivalent_dose_gy=found["equivalent_dose_gy"],
        mean_gy=found["mean_gy"],
        basis=found["basis_words"],
        model=model,
        numbers=numbers,
        parameters=chosen,
        interval=None if found["interval"] is None else Interval(**found["interval"], samples=samples, seed=seed),
        tornado=bars(found["tornado"]),
        structure=source.name if isinstance(source, Dvh) else None,
        warnings=tuple(warnings),
    )
