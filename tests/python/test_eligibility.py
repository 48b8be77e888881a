"""Selection criteria: what is measured on known shapes, what is stated, what stays unknown."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import hepadose as hd

FACTS: dict[str, Any] = {"expected_survival_months": 18, "ecog": 1, "metastases": 1, "bowel_threshold_mm": 10}


def disc(name: str, kind: str, radius_mm: float, x_mm: float, planes: int, number: int) -> hd.Structure:
    """Draw an upright cylinder of planes 2 mm apart around (x, 0) as a polygon of 360 corners."""
    angle = np.arange(360) * np.pi / 180
    ring = np.column_stack([x_mm + radius_mm * np.cos(angle), radius_mm * np.sin(angle), np.zeros(360)])
    rings = [ring + np.array([0, 0, 2.0 * plane]) for plane in range(planes)]
    return hd.Structure.from_contours(name, rings, number=number, interpreted_type=kind)


def case(*structures: hd.Structure) -> hd.Case:
    return hd.Case(structures=list(structures))


def criterion(found: hd.Eligibility, fact: str) -> hd.CriterionResult:
    return next(one for one in found.criteria if one.fact == fact)


def test_diameters_and_the_distance_to_bowel_are_measured(root: Path, tmp_path: Path) -> None:
    # 40 mm across and 28 mm high: 48.8 mm corner to corner. The colon begins 12 mm beside it.
    plan = case(
        disc("GTV1", "GTV", 20, 0, 14, 1),
        disc("Colon", "ORGAN", 8, 40, 14, 2),
        disc("Duodenum", "ORGAN", 8, 90, 14, 3),
        disc("Bowel_Small", "ORGAN", 8, 120, 14, 4),
    )
    found = hd.eligibility(plan, **FACTS)
    (lesion,) = found.lesions
    assert lesion.in_plane_diameter_mm == pytest.approx(40, rel=1e-4)
    assert lesion.diameter_mm == pytest.approx(np.hypot(40, 28), rel=1e-3)
    assert lesion.volume_cc == pytest.approx(np.pi * 20**2 * 28 / 1000, rel=1e-3)
    assert lesion.nearest_bowel is not None
    assert lesion.nearest_bowel.name == "Colon"
    assert lesion.nearest_bowel.distance_mm == pytest.approx(12, abs=0.01)
    assert [one.verdict for one in found.criteria] == ["met", "met", "met", "met", "met", "unknown"]
    # Child-Pugh is advised and does not decide.
    assert criterion(found, "child_pugh").advisable
    assert found.verdict == "met"
    assert found.warnings == ()
    content = json.loads(found.to_json(tmp_path / "eligibility.json"))
    schema = json.loads((root / "docs" / "schema" / "eligibility-1.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(content, schema)
    assert content == found.to_dict()


def test_what_nobody_stated_is_unknown_and_one_refusal_decides() -> None:
    plan = case(disc("GTV1", "GTV", 20, 0, 10, 1))
    found = hd.eligibility(plan)
    assert {one.fact: one.verdict for one in found.criteria} == {
        "expected_survival_months": "unknown",
        "ecog": "unknown",
        "metastases": "unknown",
        "diameter_mm": "met",
        "bowel_distance_mm": "unknown",
        "child_pugh": "unknown",
    }
    assert found.verdict == "unknown"
    assert "give ecog=" in criterion(found, "ecog").reason
    assert "no bowel is drawn" in criterion(found, "bowel_distance_mm").reason
    assert "1 gross tumour volumes are drawn" in criterion(found, "metastases").reason
    assert hd.eligibility(plan, **FACTS | {"ecog": 2}).verdict == "not_met"
    # "More than 12 months" is strict.
    assert hd.eligibility(plan, expected_survival_months=12).verdict == "not_met"
    assert criterion(hd.eligibility(plan, child_pugh="B"), "child_pugh").verdict == "not_met"
    assert hd.eligibility(plan, child_pugh="B").verdict == "unknown"


def test_a_diameter_on_both_sides_of_the_limit_is_not_decided() -> None:
    # 45 mm across and 30 mm high: 54 mm corner to corner.
    tilted = hd.eligibility(case(disc("GTV1", "GTV", 22.5, 0, 15, 1)))
    found = criterion(tilted, "diameter_mm")
    assert found.verdict == "unknown"
    assert "largest diameter 45.0 mm in a plane, 54.1 mm in space, on both sides" in found.reason
    large = hd.eligibility(case(disc("GTV1", "GTV", 26, 0, 3, 1)))
    assert criterion(large, "diameter_mm").verdict == "not_met"


def test_the_distance_is_judged_only_against_a_threshold_of_ones_own() -> None:
    plan = case(
        disc("GTV1", "GTV", 10, 0, 5, 1),
        disc("Bowel_Small", "ORGAN", 10, 26, 5, 2),
        disc("Duodenum", "ORGAN", 10, 60, 5, 3),
        disc("Colon", "ORGAN", 10, 90, 5, 4),
    )
    measured = criterion(hd.eligibility(plan), "bowel_distance_mm")
    assert measured.verdict == "unknown"
    assert measured.value == pytest.approx(6, abs=0.01)
    assert "give bowel_threshold_mm=" in measured.reason
    for threshold, verdict in ((5, "met"), (7, "not_met")):
        assert criterion(hd.eligibility(plan, bowel_threshold_mm=threshold), "bowel_distance_mm").verdict == verdict
    # Of bowel that is drawn in part only, near is near, and far proves nothing.
    part = case(disc("GTV1", "GTV", 10, 0, 5, 1), disc("Bowel_Small", "ORGAN", 10, 26, 5, 2))
    far = criterion(hd.eligibility(part, bowel_threshold_mm=5), "bowel_distance_mm")
    assert far.verdict == "unknown"
    assert far.value == pytest.approx(6, abs=0.01)
    assert "which may not be all: no ROI is named Duodenum; no ROI is named Bowel_Large" in far.reason
    assert criterion(hd.eligibility(part, bowel_threshold_mm=7), "bowel_distance_mm").verdict == "not_met"
    # Nor does a bowel whose contours have a gap, or a tumour of which a lesion is not drawn.
    gap = [points for points in disc("Colon", "ORGAN", 10, 90, 12, 4).contours if not 8 <= points[0][2] <= 14]
    holed = case(*plan.structures.all[:3], hd.Structure.from_contours("Colon", gap, number=4))
    assert criterion(hd.eligibility(holed, bowel_threshold_mm=5), "bowel_distance_mm").verdict == "unknown"
    fewer = hd.eligibility(plan, bowel_threshold_mm=5, metastases=2)
    assert criterion(fewer, "bowel_distance_mm").verdict == "unknown"
    assert criterion(fewer, "diameter_mm").verdict == "unknown"
    assert "2 metastases are stated and 1 gross" in criterion(fewer, "diameter_mm").reason
    assert criterion(hd.eligibility(plan, metastases=1), "diameter_mm").verdict == "met"
    # Which ROI is bowel can be said.
    named = case(disc("GTV1", "GTV", 10, 0, 5, 1), disc("Darm", "ORGAN", 10, 26, 5, 2))
    assert criterion(hd.eligibility(named), "bowel_distance_mm").value is None
    mapped = criterion(hd.eligibility(named, mapping={"Colon": "Darm"}), "bowel_distance_mm")
    assert mapped.value == pytest.approx(6, abs=0.01)


def test_counts_that_disagree_and_lesions_in_parts_are_said() -> None:
    two = case(disc("GTV1", "GTV", 10, 0, 5, 1), disc("GTV2", "GTV", 10, 60, 5, 2))
    assert "3 metastases are stated and 2 gross tumour volumes are drawn" in hd.eligibility(two, metastases=3).warnings
    both = [points for one in two.structures.all for points in one.contours]
    joined = case(hd.Structure.from_contours("GTV", both, number=1, interpreted_type="GTV"))
    found = hd.eligibility(joined)
    assert found.lesions[0].parts == 2
    assert any("2 parts that do not touch" in one for one in found.warnings)
    # Both together span 80 mm, each of them 20 mm: which is a lesion of its own is not known.
    diameter = criterion(found, "diameter_mm")
    assert diameter.verdict == "unknown"
    assert diameter.value == pytest.approx(80.6, abs=0.2)
    assert "over parts that do not touch" in diameter.reason
    # What spans them all and is small enough, is small enough for each.
    near = [points for x in (0, 12) for points in disc("GTV", "GTV", 5, x, 5, 1).contours]
    small = hd.eligibility(case(hd.Structure.from_contours("GTV", near, number=1, interpreted_type="GTV")))
    assert small.lesions[0].parts == 2
    assert criterion(small, "diameter_mm").verdict == "met"


def test_a_lesion_with_a_gap_in_its_contours_may_be_larger() -> None:
    whole = disc("GTV1", "GTV", 10, 0, 12, 1)
    kept = [points for points in whole.contours if not 8 <= points[0][2] <= 14]
    found = hd.eligibility(case(hd.Structure.from_contours("GTV1", kept, number=1, interpreted_type="GTV")))
    assert found.lesions[0].doubts
    assert criterion(found, "diameter_mm").verdict == "unknown"
    assert criterion(hd.eligibility(case(whole)), "diameter_mm").verdict == "met"


def test_facts_that_are_none_are_refused() -> None:
    with pytest.raises(hd.errors.NonPhysicalError, match="ECOG performance status"):
        hd.eligibility(hd.Case(), ecog=6)
    with pytest.raises(hd.errors.NonPhysicalError, match="expected survival"):
        hd.eligibility(hd.Case(), expected_survival_months=-1)
    with pytest.raises(hd.errors.NonPhysicalError, match="distance to bowel"):
        hd.eligibility(hd.Case(), bowel_threshold_mm=0)


def test_a_protocol_without_criteria_and_one_of_ones_own() -> None:
    assert hd.eligibility(hd.Case(), "tg101-3fx").verdict == "unknown"
    assert hd.eligibility(hd.Case(), "tg101-3fx").criteria == ()
    text = """
id = "own"
title = "Own"
version = "1"
extends = "liver-sbrt-5fx"
[[eligibility.criterion]]
fact = "diameter_mm"
text = "at most 3 cm"
bound = [{ comparator = "<=", limit = 30 }]
source = [{ key = "Department", locator = "page 1", evidence = "primary" }]
"""
    protocol = hd.Protocol.from_toml(text, label="own.toml")
    assert hd.eligibility(case(disc("GTV1", "GTV", 20, 0, 5, 1)), protocol).verdict == "not_met"
    assert hd.eligibility(case(disc("GTV1", "GTV", 10, 0, 5, 1)), protocol).verdict == "met"
    wrong = text.replace('bound = [{ comparator = "<=", limit = 30 }]\n', "")
    with pytest.raises(hd.errors.ProtocolError, match=r"'own\.toml', line 6: eligibility: diameter_mm: every number"):
        hd.Protocol.from_toml(wrong, label="own.toml")
