"""Checks against protocols: verdicts by hand, mappings, small livers, what is not evaluable."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hepadose as hd

# One voxel is one cubic centimetre.
GRID = hd.Grid(shape=(12, 12, 20), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
MINE = """
id = "mine"
title = "Mine"
version = "1"

[[goal]]
id = "cold"
title = "Coldest 700 cc"
structure = "normal-liver"
metric = "DC700cc[Gy]"
levels = []
"""


def region(name: str, voxels: int, first: int = 0, **about: Any) -> hd.Structure:
    """Make a structure of some voxels in C order."""
    mask = np.zeros(GRID.shape, bool)
    mask.reshape(-1)[first : first + voxels] = True
    return hd.Structure.from_mask(name, mask, GRID, **about)


def case(liver_cc: int, cold_cc: int, fractions: int = 5, **about: Any) -> hd.Case:
    """Make a case whose normal liver has 5 Gy in its first part and 20 Gy in the rest; 100 cc of GTV come after."""
    values = np.full(GRID.shape, 20.0)
    values.reshape(-1)[:cold_cc] = 5.0
    structures = [
        region("Liver", liver_cc + 100, number=1, interpreted_type="ORGAN"),
        region("GTV", 100, liver_cc, number=2, interpreted_type="GTV"),
    ]
    return hd.Case(dose=hd.DoseGrid(values, GRID, fractions=fractions), structures=structures, **about)


def spared(report: hd.Report) -> hd.GoalResult:
    """Find the goal of the spared volume."""
    (goal,) = [goal for goal in report.results if goal.metric == "CV15Gy[cc]"]
    return goal


def test_enough_liver_is_spared() -> None:
    report = hd.check(case(1500, 900), "liver-sbrt-5fx", prescription_gy=50)
    goal = spared(report)
    # The dose rises between voxel centres, so the cold part loses some of its edge.
    assert goal.value == pytest.approx(900, rel=0.06)
    assert goal.margin == pytest.approx((goal.value or 0) - 700)
    assert (goal.verdict, goal.comparator, goal.limit, goal.unit) == ("met", ">=", 700.0, "cc")
    assert report.verdict == "met"
    assert report.all_mandatory_met
    assert report.fractions == 5
    assert report.prescriptions_gy == (50.0,)
    (used,) = report.structures
    assert used.origin == "derived"
    assert used.volume_cc == pytest.approx(1500)
    assert [(one.name, one.number) for one in used.subtracted] == [("GTV", 2)]
    assert used.subtracted[0].volume_inside_cc == pytest.approx(100)
    assert {source.key for source in goal.sources} >= {"project"}


def test_bed_of_50_gy_in_5_separates_above_from_at_least() -> None:
    report = hd.check(case(1500, 900), "liver-sbrt-5fx", prescription_gy=50)
    verdicts = {goal.comparator: goal.verdict for goal in report.results if not goal.mandatory}
    assert verdicts == {">": "not_met", ">=": "met"}


def test_too_little_liver_is_spared() -> None:
    report = hd.check(case(1500, 500), "liver-sbrt-3fx", fractions=3)
    assert spared(report).verdict == report.verdict == "not_met"
    assert not spared(report).unsatisfiable
    assert not report.all_mandatory_met


def test_a_liver_under_700_cc_never_passes() -> None:
    report = hd.check(case(690, 690), "liver-sbrt-5fx")
    assert spared(report).verdict == "not_met"
    assert spared(report).unsatisfiable
    text = MINE.replace("levels = []", '[[goal.level]]\nname = "mandatory"\ncomparator = "<"\nlimit = 15.0\n')
    text += '[[goal.source]]\nkey = "mine"\nlocator = "here"\nevidence = "primary"\n'
    other = hd.check(case(690, 690), hd.Protocol.from_toml(text))
    assert other.results[0].metric == "DC700cc[Gy]"
    assert other.results[0].verdict == "not_met"
    assert other.results[0].unsatisfiable
    dose = hd.DoseGrid(np.full(GRID.shape, 5.0), GRID)
    normal = hd.dvh(dose, region("Liver-GTV", 690))
    assert normal.metric("DC700cc").code == "structure_too_small"


def test_conventional_depends_on_the_liver() -> None:
    conventional = case(1500, 1500, fractions=25)
    how: dict[str, Any] = {"prescription_gy": 50.0}
    unknown = hd.check(conventional, "liver-conventional", **how)
    assert unknown.verdict == "met_applicability_not_confirmed"
    assert unknown.all_mandatory_met
    normal = hd.check(conventional, "liver-conventional", liver_status="normal_non_cirrhotic", **how)
    assert normal.verdict == "met"
    cirrhotic = hd.check(conventional, "liver-conventional", liver_status="cirrhotic", **how)
    assert cirrhotic.verdict == "not_evaluable"
    assert not cirrhotic.all_mandatory_met
    with pytest.raises(ValueError, match="'good' is no liver status; say unknown"):
        hd.check(conventional, "liver-conventional", liver_status="good")  # type: ignore[arg-type]


def test_fractions_outside_the_range_are_not_evaluable() -> None:
    report = hd.check(case(1500, 900), "liver-sbrt-3fx")
    assert report.verdict == "not_evaluable"
    assert "fraction" in (spared(report).reason or "")
    with pytest.raises(hd.errors.NonPhysicalError, match="number of fractions"):
        hd.check(case(1500, 900), "liver-sbrt-3fx", fractions=0)


def test_a_liver_that_is_not_found_is_named() -> None:
    report = hd.check(hd.Case(dose=case(1500, 900).dose, structures=[region("Brain", 9)]), "liver-sbrt-5fx")
    assert report.verdict == "not_evaluable"
    reason = spared(report).reason or ""
    assert "Liver-GTV" in reason
    assert "no ROI is named Liver" in reason


def test_mappings_by_name_and_number() -> None:
    named = case(1500, 900)
    hepar = [named.structures["Liver"].renamed("Hepar"), named.structures["GTV"].renamed("T1")]
    plan = hd.Case(dose=named.dose, structures=hepar)
    for mapping in ({"Liver": "Hepar", "GTV": "T1"}, {"liver": 1, "gtv": [2]}, {"Liver": "Hepar", "GTV": ["T1"]}):
        report = hd.check(plan, "liver-sbrt-5fx", mapping=mapping)  # type: ignore[arg-type]
        assert spared(report).value == spared(hd.check(named, "liver-sbrt-5fx")).value
    for wrong, message in (
        ({"Liver": "Nobody"}, "names ROI 'Nobody' for Liver, and the case has no such ROI"),
        ({"-": "Hepar"}, "is no structure; give a name after TG-263"),
        ({"Liver": [1, 2]}, "only GTV, CTV, ITV, PTV and structures of several parts take several ROIs"),
    ):
        with pytest.raises(hd.errors.MappingError, match=message):
            hd.check(plan, "liver-sbrt-5fx", mapping=wrong)
    # A slip is said.
    report = hd.check(plan, "liver-sbrt-5fx", mapping={"Spleen": "Hepar"})
    assert "the mapping names Spleen, which no goal of this protocol asks for" in report.warnings


def test_protocols_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\ntitle = "Mine"\nversion = "1"\nextends = "liver-sbrt-5fx"\n')
    report = hd.check(case(1500, 900), path)
    assert report.protocol["id"] == "mine"
    assert hd.check(case(1500, 900), str(path)) == report
    protocol = hd.Protocol.from_toml(path.read_text(), label="mine.toml")
    assert hd.check(case(1500, 900), protocol) == report
    for one in (protocol, hd.Protocol("liver-conventional")):
        again = pickle.loads(pickle.dumps(one))  # noqa: S301
        assert again == one
        assert hash(again) == hash(one)
        assert again.to_dict() == one.to_dict()
    with pytest.raises(
        hd.errors.UnknownProtocolError, match="there is no protocol 'nope'; there are liver-conventional"
    ):
        hd.check(case(1500, 900), "nope")
    path.write_text('id = "mine"\ntitle = "Mine"\nversion = "1"\ncolour = "red"\n')
    with pytest.raises(hd.errors.ProtocolError, match=r"mine\.toml") as caught:
        hd.check(case(1500, 900), path)
    assert str(tmp_path) not in str(caught.value)
    path.write_text(MINE.replace("levels = []", ""))
    with pytest.raises(hd.errors.ProtocolError, match="level"):
        hd.check(case(1500, 900), path)


def test_built_in_protocols_cite_their_sources() -> None:
    protocols = {protocol.id: protocol for protocol in hd.protocols()}
    assert list(protocols)[:5] == ["liver-conventional", *(f"liver-sbrt-{n}fx" for n in (3, 4, 5, 6))]
    assert len(protocols) == 30
    for protocol in protocols.values():
        assert protocol.title
        assert protocol.version
        for goal in protocol.to_dict()["goals"]:
            assert goal["source"]
            for source in goal["source"]:
                assert source["key"] in hd.references()
                assert source["locator"]


def test_a_report_as_table_and_json(tmp_path: Path) -> None:
    report = hd.check(case(1500, 900), "liver-sbrt-5fx")
    content = json.loads(report.to_json(tmp_path / "report.json"))
    assert json.loads((tmp_path / "report.json").read_text()) == content == report.to_dict()
    assert content["schema"] == "hepadose/check/1"
    assert content["intended_use"] == hd.INTENDED_USE
    table = report.to_pandas()
    assert list(table["verdict"]) == [goal.verdict for goal in report.results]
    assert table["metric"].iloc[0] == "CV15Gy[cc]"
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301
    assert {reference.key for reference in report.references} == set(content["provenance"]["sources"])


def test_warnings_of_dose_and_case_reach_the_report() -> None:
    report = hd.check(case(1500, 900, warnings=["look twice"]), "liver-sbrt-5fx")
    assert "look twice" in report.warnings
