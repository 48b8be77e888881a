"""What becomes of a prepared activity."""

from dataclasses import dataclass

from hepadose._y90.constants import Constant

# Above this many GBq nobody is treated; a number beyond it is most likely in MBq.
_BEYOND_TREATMENT_GBQ = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Shunt, residual and dose constant, as the core reads them."""

    lung_shunt_fraction: float
    residual_fraction: float
    dose_constant_gy_kg_per_gbq: Constant | None


def delivery(shunt: float, residual: float, constant: Constant | None) -> Delivery:
    return Delivery(lung_shunt_fraction=shunt, residual_fraction=residual, dose_constant_gy_kg_per_gbq=constant)


def residual_note(residual: float) -> tuple[str, ...]:
    """Say that a residual of 0 is an assumption: what stays behind gives no dose."""
    if residual != 0:
        return ()
    return ("residual 0 assumed: all that was prepared is taken to have left vial and catheter",)


def units_note(activity_gbq: float) -> tuple[str, ...]:
    """Doubt an activity that nobody is given."""
    if activity_gbq <= _BEYOND_TREATMENT_GBQ:
        return ()
    return (f"{activity_gbq:g} GBq is far beyond any treatment: look whether it is in MBq",)
