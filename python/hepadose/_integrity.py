"""Whether what makes up a plan belongs together, looked at before any goal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from hepadose._case import Case, StoredDvh
from hepadose._core import Structure
from hepadose._dvh import EndCaps, dvh, dvhs
from hepadose._shown import Shown
from hepadose.errors import FrameOfReferenceError

Finding: TypeAlias = Literal["ok", "doubt", "wrong", "not_checkable"]

_PRESCRIPTION_TOLERANCE_GY = 0.01
"""Room for the rounding of n times d."""
_LOW_OF_BEAMS, _HIGH_OF_BEAMS = 0.8, 2.0
"""A maximum outside these multiples of fractions times summed beam doses is a doubt (ARCHITECTURE, conventions)."""
_VOXELS_ACROSS = 3
"""Voxels across a structure below which its DVH rests on interpolation."""
_MEAN_DIFFERENCE_PERCENT, _MEAN_DIFFERENCE_GY = 1.0, 0.05
"""Difference of a mean dose from the stored one that is worth a look: both have to be exceeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityCheck(Shown):
    """One question to a plan."""

    name: str
    """What is asked."""
    finding: Finding
    """``ok``, ``doubt``, ``wrong``, or ``not_checkable`` for want of facts."""
    text: str
    """What was found, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """Whether what makes up a plan belongs together."""

    checks: tuple[IntegrityCheck, ...]
    """All questions."""

    def _repr_html_(self) -> str:
        from hepadose import _html_what_if  # noqa: PLC0415 - only a notebook needs it

        return _html_what_if.integrity(self)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong or in doubt."""
        return all(check.finding in {"ok", "not_checkable"} for check in self.checks)

    def of(self, name: str) -> tuple[IntegrityCheck, ...]:
        """Give the checks of a name."""
        return tuple(check for check in self.checks if check.name == name)


def plan_integrity(case: Case, *, end_caps: EndCaps = "half_slice") -> Integrity:
    """Look whether the parts of a plan belong together, before any goal is judged.

    Frames of reference and UIDs of structure set and plan; n times d against the total prescription; the dose maximum
    against the beam doses; grid spacing against the smallest structures; the grid's margin around the structures;
    approval status; the mean doses against DVHs that the planning system stored.

    Parameters
    ----------
    case : Case
        Dose, structures and plan.
    end_caps : {"half_slice", "none"}
        As for `dvh`.

    Returns
    -------
    Integrity

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.plan_integrity(hd.Case()).is_clean
    True
    """
    checks = [
        *_frames(case),
        *_structure_set(case),
        *_prescription(case),
        *_maximum(case),
        *_resolution(case),
        *_coverage(case, end_caps),
        *_approval(case),
        *_stored(case, end_caps),
    ]
    return Integrity(checks=tuple(checks))


def _said(name: str, finding: Finding, text: str) -> IntegrityCheck:
    return IntegrityCheck(name=name, finding=finding, text=text)


def _solid(case: Case) -> list[Structure]:
    return [structure for structure in case.structures.all if structure.is_solid]


def _frames(case: Case) -> Iterable[IntegrityCheck]:
    name = "frame of reference"
    frames = {"structures": {one.frame_of_reference for one in case.structures.all} - {None}}
    if case.dose is not None and case.dose.frame_of_reference is not None:
        frames["dose"] = {case.dose.frame_of_reference}
    if case.plan is not None and case.plan.frame_of_reference is not None:
        frames["plan"] = {case.plan.frame_of_reference}
    stated = {who for who, uids in frames.items() if uids}
    if len(stated) < 2:  # noqa: PLR2004 - two things to compare
        yield _said(name, "not_checkable", "fewer than two of dose, structures and plan state one")
    elif len(set().union(*frames.values())) == 1:
        yield _said(name, "ok", f"{', '.join(sorted(stated))} share one")
    else:
        yield _said(
            name, "wrong", f"{', '.join(sorted(stated))} do not share one; register them, or read the right files"
        )


def _structure_set(case: Case) -> Iterable[IntegrityCheck]:
    name = "structure set of the plan"
    wanted = None if case.plan is None else case.plan.structure_set_uid
    if wanted is None:
        yield _said(name, "not_checkable", "no plan says which structure set it was made on")
    elif case.structure_set_uid is None:
        yield _said(name, "not_checkable", "the structures do not say which set they are")
    elif case.structure_set_uid == wanted:
        yield _said(name, "ok", "the plan was made on this structure set")
    else:
        yield _said(name, "wrong", "the plan was made on another structure set than the one that was read")


def _prescription(case: Case) -> Iterable[IntegrityCheck]:
    name = "n times d"
    plan = case.plan
    if plan is None or plan.fractions is None or not case.prescriptions_gy:
        yield _said(name, "not_checkable", "no plan states fractions and a prescription bound to a structure")
        return
    for number, total in sorted(case.prescriptions_gy.items()):
        single = total / plan.fractions
        again = round(single, 2) * plan.fractions
        text = f"ROI {number}: {plan.fractions} x {single:.3f} Gy = {total:g} Gy"
        off = abs(again - total) > _PRESCRIPTION_TOLERANCE_GY
        yield _said(name, "doubt" if off else "ok", f"{text}; not a dose to 0.01 Gy a fraction" if off else text)
    if case.dose is not None and case.dose.fractions not in {None, plan.fractions}:
        yield _said(name, "wrong", f"the dose is for {case.dose.fractions} fractions, the plan for {plan.fractions}")


def _maximum(case: Case) -> Iterable[IntegrityCheck]:
    name = "dose maximum"
    total = None if case.plan is None else case.plan.beam_dose_total_gy
    if case.dose is None or not total:
        yield _said(name, "not_checkable", "there is no dose, or no plan states all beam doses")
        return
    highest = float(case.dose.values.max())
    text = f"{highest:.2f} Gy against {total:.2f} Gy of fractions times beam doses"
    fits = _LOW_OF_BEAMS * total <= highest <= _HIGH_OF_BEAMS * total
    yield _said(name, "ok" if fits else "doubt", text)


def _resolution(case: Case) -> Iterable[IntegrityCheck]:
    name = "grid resolution"
    solid = _solid(case)
    if case.dose is None or not solid:
        yield _said(name, "not_checkable", "there is no dose or no structure")
        return
    voxel_mm = max(case.dose.grid.spacing_mm)
    found = False
    for structure in solid:
        # The ball of its volume: a structure of other shape is thinner still.
        across_mm = (6e3 * structure.volume_cc() / np.pi) ** (1 / 3)
        if across_mm < _VOXELS_ACROSS * voxel_mm:
            found = True
            yield _said(
                name, "doubt", f"'{structure.name}' is {across_mm:.1f} mm across as a ball, voxels are {voxel_mm:g} mm"
            )
    if not found:
        yield _said(name, "ok", f"every structure is more than {_VOXELS_ACROSS} voxels of {voxel_mm:g} mm across")


def _coverage(case: Case, end_caps: EndCaps) -> Iterable[IntegrityCheck]:
    name = "grid around the structures"
    if case.dose is None:
        yield _said(name, "not_checkable", "there is no dose")
        return
    try:
        every = dvhs(case.dose, _solid(case), end_caps=end_caps).all
    except FrameOfReferenceError as error:
        yield _said(name, "not_checkable", str(error))
        return
    short = [(one.name, one.covered_fraction) for one in every if one.covered_fraction < 1]
    for structure, covered in short:
        yield _said(name, "doubt", f"the dose grid covers {100 * covered:.2f} % of '{structure}'")
    if not short:
        yield _said(name, "ok", f"the dose grid covers every structure{_margin(case)}")


def _margin(case: Case) -> str:
    """Say which structure comes nearest to an end of the grid, on a grid along the patient's axes."""
    if case.dose is None or not np.allclose(np.abs(case.dose.grid.direction), np.eye(3)):
        return ""
    grid = case.dose.grid
    last = grid.voxel_centre_mm(*(n - 1 for n in grid.shape))
    ends = np.sort([grid.voxel_centre_mm(0, 0, 0), last], axis=0) + np.outer([-0.5, 0.5], grid.spacing_mm)
    near = []
    for structure in _solid(case):
        low, high = structure.bounding_box_mm()
        gap = min(np.min(np.asarray(low) - ends[0]), np.min(ends[1] - np.asarray(high)))
        near.append((float(gap), structure.name))
    if not near:
        return ""
    gap, who = min(near)
    return f"; nearest to its end comes '{who}', {gap:.1f} mm"


def _approval(case: Case) -> Iterable[IntegrityCheck]:
    status = None if case.plan is None else case.plan.approval_status
    if status is None:
        yield _said("approval", "not_checkable", "no plan states it")
    else:
        yield _said("approval", "ok" if status.upper() == "APPROVED" else "doubt", f"the plan is {status.lower()}")


def _stored(case: Case, end_caps: EndCaps) -> Iterable[IntegrityCheck]:
    name = "stored DVHs"
    if case.dose is None or not case.stored_dvhs:
        yield _said(name, "not_checkable", "the planning system stored none")
        return
    prescription = max(case.prescriptions_gy.values(), default=None)
    for stored in case.stored_dvhs:
        structure = None if stored.roi_number is None else case.structures.by_number.get(stored.roi_number)
        if structure is None or not structure.is_solid:
            yield _said(name, "not_checkable", f"ROI {stored.roi_number} of a stored DVH is not among the structures")
            continue
        yield _against(name, case, structure, stored, prescription, end_caps)


def _against(  # noqa: PLR0911, PLR0913, PLR0917 - a structure, its stored DVH and how to look at both
    name: str,
    case: Case,
    structure: Structure,
    stored: StoredDvh,
    prescription: float | None,
    end_caps: EndCaps,
) -> IntegrityCheck:
    if case.dose is None:
        return _said(name, "not_checkable", "there is no dose")
    try:
        ours = dvh(case.dose, structure, end_caps=end_caps)
    except FrameOfReferenceError as error:
        return _said(name, "not_checkable", str(error))
    if ours.covered_fraction < 1:
        return _said(name, "not_checkable", f"'{structure.name}' leaves the dose grid; its mean is not comparable")
    mean = stored.mean_gy
    note = ""
    if mean is None:
        return _said(name, "not_checkable", f"'{structure.name}': the stored mean has no value in Gy")
    if stored.statistics_are_percent:
        note = " (stored as per cent though labelled Gy)"
        if prescription is None and stored.implied_prescription_gy is not None:
            note = f" (stored as per cent of {stored.implied_prescription_gy:g} Gy though labelled Gy)"
    off = ours.mean_gy - mean
    text = f"'{structure.name}': mean {ours.mean_gy:.3f} Gy, stored {mean:.3f} Gy{note}, {off:+.3f} Gy"
    if not _is_off(ours.mean_gy, mean):
        return _said(name, "ok", text)
    other: EndCaps = "none" if end_caps == "half_slice" else "half_slice"
    again = dvh(case.dose, structure, end_caps=other).mean_gy
    if not _is_off(again, mean):
        return _said(
            name, "ok", f"{text}; with end_caps={other!r} it is {again:.3f} Gy: that system caps ends otherwise"
        )
    return _said(name, "doubt", text)


def _is_off(ours_gy: float, stored_gy: float) -> bool:
    off = abs(ours_gy - stored_gy)
    return off > _MEAN_DIFFERENCE_GY and 100 * off > _MEAN_DIFFERENCE_PERCENT * abs(stored_gy)
