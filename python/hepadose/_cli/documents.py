"""What the commands give as JSON; the tables show the same."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import hepadose as hd
from hepadose._document import Document, document
from hepadose._dvh import BetweenPlanes, EndCaps, PresetName, kind_dict, rows


def dvhs_document(  # noqa: PLR0913 - options of a command
    case: hd.Case,
    *,
    metrics: Sequence[str],
    only: Sequence[str] = (),
    alpha_beta: tuple[Literal["bed", "eqd2"], float] | None = None,
    prescription_gy: float | None = None,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
    min_covered: float = 1.0,
) -> Document:
    """Give the DVHs of a case, every ROI listed, those without contours marked."""
    if case.dose is None:
        raise ValueError("there is no RTDOSE in the folder; a DVH needs one")
    dose = _converted(case.dose, alpha_beta)
    plan_doses = case.prescriptions_gy if alpha_beta is None else None
    dvhs = hd.dvhs(
        dose,
        _chosen(case.structures, only),
        prescription_gy=plan_doses if prescription_gy is None else prescription_gy,
        between_planes=between_planes,
        end_caps=end_caps,
        max_cap_mm=max_cap_mm,
        preset=preset,
        min_covered=min_covered,
    )
    structures = [
        _drawn(None if dvh.number is None else case.structures.by_number[dvh.number]) | rows(dvh, metrics)
        for dvh in dvhs.all
    ]
    content = {"dose": dose_dict(dose), "structures": structures, "warnings": [*dose.warnings, *case.warnings]}
    settings = dvhs.all[0].settings if dvhs.all else {}
    return document("hepadose/dvhs/1", content, settings=settings, inputs=case.inputs)


def _drawn(structure: hd.Structure | None) -> dict[str, Any]:
    """Say what is known of how a structure was drawn."""
    if structure is None:
        return {"is_solid": True, "warnings": []}
    return {"is_solid": structure.is_solid, "warnings": structure.warnings}


def _converted(dose: hd.DoseGrid, alpha_beta: tuple[Literal["bed", "eqd2"], float] | None) -> hd.DoseGrid:
    match alpha_beta:
        case None:
            return dose
        case "bed", value:
            return dose.bed(alpha_beta_gy=value)
        case _, value:
            return dose.eqd2(alpha_beta_gy=value)


def _chosen(structures: hd.Structures, only: Sequence[str]) -> list[hd.Structure]:
    if not only:
        return list(structures.all)
    found = []
    for word in only:
        by_number = structures.by_number.get(int(word)) if word.isdecimal() else None
        found.append(by_number or structures[word])
    return found


def dose_dict(dose: hd.DoseGrid) -> dict[str, Any]:
    """Say what a dose is and where."""
    return {
        "kind": kind_dict(dose.kind),
        "scope": dose.scope,
        "fractions": dose.fractions,
        "shape": list(dose.shape),
        "spacing_mm": list(dose.grid.spacing_mm),
        "origin_mm": list(dose.grid.origin_mm),
        "direction": dose.grid.direction.tolist(),
        "is_evenly_spaced": dose.grid.is_evenly_spaced,
        "max_gy": float(dose.values.max()),
    }


def structure_dict(structure: hd.Structure) -> dict[str, Any]:
    """Say what a structure is."""
    return {
        "name": structure.name,
        "number": structure.number,
        "interpreted_type": structure.interpreted_type,
        "is_solid": structure.is_solid,
        "contours": len(structure.contours),
        "volume_cc": structure.volume_cc() if structure.is_solid else None,
    }


def plan_dict(plan: hd.Plan) -> dict[str, Any]:
    """Say what a plan says, without identifiers."""
    return {
        "label": plan.label,
        "approval_status": plan.approval_status,
        "fractions": plan.fractions,
        "beam_dose_total_gy": plan.beam_dose_total_gy,
        "fraction_groups": [asdict(group) for group in plan.fraction_groups],
        "dose_references": [asdict(one) for one in plan.dose_references],
    }


def _case_dict(case: hd.Case) -> dict[str, Any]:
    return {
        "dose": None if case.dose is None else dose_dict(case.dose),
        "structures": [structure_dict(structure) for structure in case.structures.all],
        "plan": None if case.plan is None else plan_dict(case.plan),
        "stored_dvhs": len(case.stored_dvhs),
        "warnings": [*(case.dose.warnings if case.dose else ()), *case.warnings],
        "inputs": [{"role": role, "sha256": digest} for role, digest in case.inputs],
        "error": None,
    }


def case_info(folder: Path) -> Document:
    """Say what a folder holds, case by case; one that cannot be read says why."""
    cases = []
    for found in hd.read_cases(folder):
        if found.error is None:
            cases.append({"plan_label": found.plan_label} | _case_dict(found.case))
        else:
            cases.append({"plan_label": found.plan_label} | _case_dict(hd.Case()) | {"error": str(found.error)})
    return document("hepadose/info/1", {"cases": cases})


def file_info(path: Path) -> Document:
    """Say what one file holds."""
    content = path.read_bytes()
    try:
        case = hd.Case(dose=hd.read_rtdose(content), stored_dvhs=hd.stored_dvhs(content))
    except hd.errors.WrongModalityError:
        try:
            structures = hd.read_rtstruct(content)
            case = hd.Case(structures=structures, warnings=structures.warnings)
        except hd.errors.WrongModalityError:
            case = hd.Case(plan=hd.read_rtplan(content))
    label = None if case.plan is None else case.plan.label
    return document("hepadose/info/1", {"cases": [{"plan_label": label} | _case_dict(case)]})


def response_document(response: hd.y90.Response) -> Document:
    """Give a response with its thresholds and source."""
    return document("hepadose/y90-response/1", asdict(response), sources=(response.thresholds.reference.key,))


def protocols_document(protocols: Iterable[hd.Protocol]) -> Document:
    """Give protocols with goals, levels and sources."""
    every = [protocol.to_dict() for protocol in protocols]
    keys = {source["key"] for protocol in every for goal in protocol["goals"] for source in goal["source"]}
    return document("hepadose/protocols/1", {"protocols": every}, sources=tuple(sorted(keys)))


def thresholds_document() -> Document:
    """Give all response thresholds."""
    every = hd.y90.thresholds()
    keys = tuple(sorted({one.reference.key for one in every}))
    return document("hepadose/thresholds/1", {"thresholds": [asdict(one) for one in every]}, sources=keys)
