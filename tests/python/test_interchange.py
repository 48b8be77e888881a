"""Protocols of other programs, and checks side by side."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hepadose as hd

GRID = hd.Grid(shape=(12, 12, 20), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))


def case(dose_gy: float) -> hd.Case:
    """Make a case of 1500 cc of liver, 100 cc of it GTV, and 60 cc of stomach in one dose in five fractions."""
    parts = (("Liver", "ORGAN", 0, 1500), ("GTV", "GTV", 0, 100), ("Stomach", "ORGAN", 1600, 60))
    structures = []
    for number, (name, kind, first, voxels) in enumerate(parts, start=1):
        mask = np.zeros(GRID.shape, bool)
        mask.reshape(-1)[first : first + voxels] = True
        structures.append(hd.Structure.from_mask(name, mask, GRID, number=number, interpreted_type=kind))
    return hd.Case(dose=hd.DoseGrid(np.full(GRID.shape, dose_gy), GRID, fractions=5), structures=structures)


def template(structure: str, kind: str, points: list[tuple[float, float, bool]], **about: Any) -> dict[str, Any]:
    """Write a metric as PlanScoreCard saves it."""
    scored = [{"PointX": x, "Score": score, "Variation": variation} for x, score, variation in points]
    return {"Structure": {"TemplateStructureId": structure}, "MetricType": kind, "ScorePoints": scored} | about


def test_a_scorecard_becomes_a_protocol(tmp_path: Path) -> None:
    card = {
        "TemplateName": "Liver card",
        "ScoreTemplates": [
            template("Liver-GTV", "MeanDose", [(10, 5, False), (15, 0, False)], OutputUnit="Gy"),
            template(
                "Stomach",
                "DoseAtVolume",
                [(20, 3, False), (28, 1, True), (30, 0, False)],
                InputValue=0.5,
                InputUnit="cc",
                OutputUnit="Gy",
            ),
            template(
                "PTV",
                "VolumeAtDose",
                [(90, 0, False), (95, 4, False)],
                InputValue=95.0,
                InputUnit="%",
                OutputUnit="%",
            ),
            template("PTV", "ConformationNumber", [(0, 0, False), (1, 1, False)]),
        ],
    }
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    imported = hd.import_protocol(path)
    assert hd.goal_strings(imported.protocol) == (
        "Liver-GTV Mean[Gy] <= 10 (optimal)",
        "Liver-GTV Mean[Gy] <= 15 (mandatory)",
        "Stomach D0.5cc[Gy] <= 20 (per_protocol)",
        "Stomach D0.5cc[Gy] <= 28 (acceptable_variation)",
        "PTV V95%[%] >= 95 (optimal)",
        "PTV V95%[%] >= 90 (mandatory)",
    )
    (warning,) = imported.warnings
    assert "ScoreTemplates[4]" in warning
    assert "ConformationNumber has no counterpart" in warning
    assert hd.Protocol.from_toml(imported.toml).to_dict() == imported.protocol.to_dict()
    report = hd.check(case(12), imported.protocol, prescription_gy=12)
    mean = report.results[0]
    assert (mean.verdict, mean.best_level_met) == ("met", "mandatory")
    path.write_text('{\n"ScoreTemplates": oops}')
    with pytest.raises(hd.errors.ProtocolError, match=r"'card\.json', line 2") as caught:
        hd.import_protocol(path)
    assert caught.value.line == 2


def test_a_table_becomes_a_protocol(tmp_path: Path) -> None:
    path = tmp_path / "our goals.csv"
    path.write_text(
        "Structure,Metric,Goal,Variation,Priority\n"
        "Liver-GTV,CV15Gy[cc],>= 700,,1\n"
        "Stomach,D0.035cc,<22.2 Gy,,1\n"
        "Stomach,D10cc[Gy],<= 10,<= 13,1\n"
        "Kidneys,Mean[Gy],≤ 12,,2\n"
        "Heart,Dmax,< 30 Gy,,1\n"
        "Liver,Mean[Gy],thirty,,1\n"
    )
    imported = hd.import_protocol(path)
    assert imported.protocol.id == "our-goals"
    assert hd.goal_strings(imported.protocol) == (
        "Liver-GTV CV15Gy[cc] >= 700 (mandatory)",
        "Stomach D0.035cc[Gy] < 22.2 (mandatory)",
        "Stomach D10cc[Gy] <= 10 (per_protocol)",
        "Stomach D10cc[Gy] <= 13 (acceptable_variation)",
        "Kidneys Mean[Gy] <= 12 (optional)",
    )
    assert any("line 6" in one and "near-maximum" in one for one in imported.warnings)
    assert any("line 7" in one and "'thirty' is no limit" in one for one in imported.warnings)
    assert any("'equal or less' as CV" in one for one in imported.warnings)
    path.write_text("Structure,Goal\nLiver,< 30\n")
    with pytest.raises(hd.errors.ProtocolError, match="the column Metric is missing"):
        hd.import_protocol(path)
    with pytest.raises(hd.errors.ProtocolError, match=r"imported from \.json"):
        hd.import_protocol(tmp_path / "goals.xml")


def test_two_plans_side_by_side() -> None:
    found = hd.compare([case(12), case(16)], "uk-sabr-2022-5fx", labels=["a", "b"], undrawn="left_out")
    assert found.labels == ("a", "b")
    mean = next(goal for goal in found.goals if (goal.structure, goal.metric) == ("Liver-GTV", "Mean[Gy]"))
    assert mean.differences == pytest.approx((0, 4))
    assert [result.verdict for result in mean.results if result] == ["met", "not_met"]
    assert mean.verdicts_differ
    table = found.to_pandas()
    assert list(table.columns)[:3] == ["structure", "metric", "a value"]
    with pytest.raises(ValueError, match="1 labels for 2 plans"):
        hd.compare([case(1), case(2)], "uk-sabr-2022-5fx", labels=["a"])


def test_one_plan_under_two_protocols_and_every_limit_of_an_organ() -> None:
    found = hd.compare(case(20), ["tg101-5fx", "uk-sabr-2022-5fx"], undrawn="left_out")
    assert found.labels == ("tg101-5fx", "uk-sabr-2022-5fx")
    limits = hd.published_limits(case(20), "Stomach")
    d10cc = [(one.protocol, one.limit, one.verdict) for one in limits if one.metric == "D10cc[Gy]"]
    # The sources disagree: 18 Gy in one, 25 Gy in the other.
    assert d10cc == [("tg101-5fx", 18.0, "not_met"), ("uk-sabr-2022-5fx", 25.0, "met")]
    assert all(one.value == pytest.approx(20) for one in limits)
    assert {one.evidence for one in limits} <= {"primary", "transcriptions_2plus", "transcription_1"}
