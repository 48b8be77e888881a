"""The library from Python: families, files of one's own, approval, many at once, a mapping file."""

import os
import pickle
import runpy
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import hepadose as hd
from commands import run_inside, schema_of

GRID = hd.Grid(shape=(12, 12, 20), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
SITE = """
id = "site"
extends = "tg101-3fx"
title = "Ours"
version = "1"
approved_by = "Physics board"
approved_on = "2026-01-10"
expires = "2027-01-09"
drop = ["rectum-d20cc"]
"""


def case(fractions: int) -> hd.Case:
    """Make a case of 1500 cc of liver in 5 Gy, 100 cc of it GTV."""
    masks = []
    for first, voxels in ((0, 1500), (0, 100)):
        mask = np.zeros(GRID.shape, bool)
        mask.reshape(-1)[first : first + voxels] = True
        masks.append(mask)
    structures = [
        hd.Structure.from_mask("Hepar", masks[0], GRID, number=1, interpreted_type="ORGAN"),
        hd.Structure.from_mask("T1", masks[1], GRID, number=2, interpreted_type="GTV"),
    ]
    return hd.Case(dose=hd.DoseGrid(np.full(GRID.shape, 5.0), GRID, fractions=fractions), structures=structures)


def test_a_family_takes_the_member_of_the_case() -> None:
    assert hd.check(case(3), "tg101").protocol["id"] == "tg101-3fx"
    assert hd.check(case(5), "timmerman2022").protocol["id"] == "timmerman2022-5fx"
    with pytest.raises(hd.errors.ProtocolFamilyError, match="none is for 4 fractions; the nearest published are") as no:
        hd.check(case(4), "tg101")
    assert no.value.family == "tg101"
    with pytest.raises(hd.errors.ProtocolFamilyError, match="say which"):
        hd.Protocol("tg101")


def test_files_of_ones_own_by_folder_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "more.toml").write_text('id = "more"\nextends = "site"\ntitle = "More"\nversion = "1"\n')
    assert {"site", "more"} <= {one.id for one in hd.protocols([tmp_path])}
    assert "site" not in {one.id for one in hd.protocols()}
    monkeypatch.setenv(
        "HEPADOSE_PROTOCOLS", os.pathsep.join([str(tmp_path / "site.toml"), str(tmp_path / "more.toml")])
    )
    report = hd.check(case(3), "more")
    assert report.protocol["id"] == "more"
    again = pickle.loads(pickle.dumps(hd.protocols()[-1]))  # noqa: S301
    assert again == hd.protocols()[-1]
    assert hd.check(case(3), tmp_path / "site.toml").protocol["id"] == "site"
    monkeypatch.setenv("HEPADOSE_PROTOCOLS", str(tmp_path))
    (tmp_path / "bad.toml").write_text('id = "bad"\ntitle = 7\n')
    with pytest.raises(hd.errors.ProtocolError, match=r"'bad\.toml', line 2") as caught:
        hd.protocols()
    assert caught.value.line == 2


def test_a_mapping_among_protocols_is_passed_over_and_named_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "names.toml").write_text('Liver = "Hepar"\nGTV = [2]\n')
    monkeypatch.setenv("HEPADOSE_PROTOCOLS", str(tmp_path))
    assert "site" in {one.id for one in hd.protocols()}
    assert hd.check(case(3), "site").protocol["id"] == "site"
    said = r"'names\.toml' holds no protocol but a mapping .* give it as mapping= \(--map-file\)"
    for asked in ("names", tmp_path / "names.toml"):
        with pytest.raises(hd.errors.ProtocolError, match=said):
            hd.check(case(3), asked)
    # What is neither is still refused.
    (tmp_path / "neither.toml").write_text('Liver = "Hepar"\nid = "x"\n')
    with pytest.raises(hd.errors.ProtocolError, match=r"'neither\.toml'"):
        hd.protocols()


def test_clinical_use_asks_for_an_approval_that_holds(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    report = hd.check(case(3), path, clinical=date(2026, 11, 25))
    assert report.protocol["approval"] == {
        "approved_by": "Physics board",
        "approved_on": "2026-01-10",
        "expires": "2027-01-09",
        "approved_sha256": None,
    }
    with pytest.raises(hd.errors.NotClinicalError, match="expired on 2027-01-09"):
        hd.check(case(3), path, clinical=date(2027, 11, 25))
    with pytest.raises(hd.errors.NotClinicalError, match="nobody approved it") as caught:
        hd.check(case(3), "tg101-3fx", clinical=True)
    assert caught.value.id == "tg101-3fx"


def test_a_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text('Liver = "Hepar"\nGTV = [2]\n')
    by_file = hd.check(case(5), "liver-sbrt-5fx", mapping=path)
    assert by_file.results == hd.check(case(5), "liver-sbrt-5fx", mapping={"Liver": "Hepar", "GTV": "T1"}).results
    assert by_file.results[0].value == pytest.approx(1400, rel=1e-6)
    path.write_text('Liver = "Hepar"\nGTV = 2.5\n')
    with pytest.raises(hd.errors.MappingError, match=r"'names\.toml', line 2.*write lines such as"):
        hd.check(case(5), "liver-sbrt-5fx", mapping=path)


def test_all_protocols_at_once() -> None:
    reports = hd.check_all(case(5), mapping={"Liver": "Hepar", "GTV": "T1"}, undrawn="left_out", prescription_gy=50)
    assert [report.protocol["id"] for report in reports] == [one.id for one in hd.protocols()]
    by_id = {report.protocol["id"]: report for report in reports}
    assert by_id["uk-sabr-2022-5fx"].verdict == "met"
    assert by_id["tg101-3fx"].verdict == "not_evaluable"
    tier = {goal.id: goal for goal in by_id["rtog1112"].results}["liver-gtv-veff-50gy-rx-50"]
    # Mean over prescription: 5 of 50 Gy.
    assert tier.value == pytest.approx(10.0)
    left = {one.id: one.reason for one in by_id["tg101-5fx"].left_out}
    assert left["stomach-d10cc"] == "no ROI is named Stomach"
    with pytest.raises(ValueError, match="undrawn must be not_evaluable or left_out"):
        hd.check(case(5), "tg101", undrawn="forgotten")  # type: ignore[arg-type]


def test_facts_are_words_that_are_checked() -> None:
    report = hd.check(case(3), "quantec-liver-sbrt-3fx", mapping={"Liver": "Hepar", "GTV": "T1"}, disease="primary")
    ids = {goal.id for goal in report.results}
    assert "liver-gtv-mean-primary" in ids
    assert "liver-gtv-mean-metastases" not in ids
    with pytest.raises(ValueError, match="'D' is no Child-Pugh class; say A or B or C"):
        hd.check(case(3), "tg101", child_pugh="D")  # type: ignore[arg-type]


def test_the_table_of_the_docs_is_the_library(root: Path) -> None:
    scope = runpy.run_path(str(root / "docs" / "validation" / "make_protocols.py"))
    assert scope["table"]() == (root / "docs" / "validation" / "protocols.md").read_text(encoding="utf-8")


def test_the_table_of_the_docs_says_what_each_source_prints(root: Path) -> None:
    text = (root / "docs" / "validation" / "protocols.md").read_text(encoding="utf-8")
    (row,) = [
        line
        for line in text.split("## liver-sbrt-5fx")[1].split("\n## ")[0].splitlines()
        if "CV15Gy" in line and "crlm-mdt-2024" in line
    ]
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert cells[2] == "mandatory >= 700"
    assert cells[-2:] == ["CV15Gy[cc] > 700", "primary"]


def test_the_site_protocol_of_the_docs_runs(root: Path) -> None:
    page = (root / "docs" / "guides" / "protocol.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in page.split("```toml")[1:]]
    protocol = hd.Protocol.from_toml(blocks[0], label="docs")
    mean = next(goal for goal in protocol.to_dict()["goals"] if goal["id"] == "liver-gtv-mean")
    assert [level["limit"] for level in mean["level"]] == [12, 14]
    assert hd.check(case(5), protocol, mapping={"Liver": "Hepar", "GTV": 2}, undrawn="left_out").verdict == "met"


GOAL = (
    '\n[[goal]]\nid = "g"\ntitle = "G"\nstructure = "{structure}"\nmetric = "{metric}"\n'
    'level = [{{ name = "mandatory", comparator = "{comparator}", limit = {limit} }}]\n'
    'source = [{{ key = "k", locator = "l", evidence = "primary" }}]\n'
)
TOP = 'id = "own"\ntitle = "Own"\nversion = "1"\n'


def of_goal(structure: str, metric: str, comparator: str, limit: float) -> hd.Protocol:
    goal = GOAL.format(structure=structure, metric=metric, comparator=comparator, limit=limit)
    return hd.Protocol.from_toml(TOP + goal, label="own.toml")


@pytest.mark.parametrize(
    ("structure", "metric", "comparator", "limit", "remedy"),
    [
        ("Liver", "CV15Gy[cc]", "<=", 700, "write CV15Gy[cc] >= 700"),
        ("Liver-GTV", "CV15Gy[cc]", "<", 700, "write CV15Gy[cc] >= 700"),
        ("Lungs", "V20Gy[%]", ">=", 30, "write V20Gy[%] <= 30"),
        ("Duodenum", "D0.035cc[Gy]", ">", 32, "write D0.035cc[Gy] <= 32"),
        ("Liver", "DC700cc[Gy]", ">=", 15, "write DC700cc[Gy] <= 15"),
        ("Kidney_L", "Mean[Gy]", ">=", 10, "write Mean[Gy] <= 10"),
        ("SpinalCord_PRV05", "Max[Gy]", ">=", 20, "write Max[Gy] <= 20"),
        ("Liver-GTV", "Veff(50Gy)[%]", ">=", 25, "write Veff(50Gy)[%] <= 25"),
        ("PTV", "PaddickCI", "<=", 0.8, "write PaddickCI >= 0.8"),
        ("PTV", "R50", ">=", 4, "write R50 <= 4"),
    ],
)
def test_a_limit_on_the_side_that_nobody_means_is_refused(
    structure: str, metric: str, comparator: str, limit: float, remedy: str
) -> None:
    with pytest.raises(hd.errors.ProtocolError, match=r"'own\.toml', line 5: goal 'g': ") as caught:
        of_goal(structure, metric, comparator, limit)
    assert remedy in str(caught.value)
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("structure", "metric", "comparator", "limit"),
    [
        ("Liver", "CV15Gy[cc]", ">=", 700),
        ("Liver-GTV", "Volume[cc]", ">=", 1000),
        ("CTV_Liver", "D95%[Gy]", ">=", 8),
        ("PTV", "D95%[Gy]", ">=", 50),
        ("PTV", "D2%[Gy]", "<=", 60),
        ("GTV", "CV47.5Gy[cc]", "<=", 0.5),
        ("PTV", "V110%[%]", "<=", 5),
        ("PTV", "RTOGCI", "<=", 1.2),
        ("target", "PrescriptionBED[Gy]", ">=", 100),
        ("Ring_2cm", "V25Gy[cc]", "<=", 5),
    ],
)
def test_limits_that_people_mean_are_read_without_a_doubt(
    structure: str, metric: str, comparator: str, limit: float
) -> None:
    goal = GOAL.format(structure=structure, metric=metric, comparator=comparator, limit=limit)
    bed = 'dose = "physical"\nalpha_beta_gy = 10.0\n' if metric.startswith("Prescription") else ""
    text = TOP + goal.replace("level =", f"{bed}level =")
    assert hd.Protocol.from_toml(text, label="own.toml").to_dict()["doubts"] == []


@pytest.mark.parametrize(
    ("structure", "metric", "comparator", "limit", "doubt"),
    [
        ("PTV", "CV50Gy[%]", ">=", 90, "keeps dose away from PTV, a target"),
        ("PTV", "V95%[%]", "<=", 5, "keeps dose away from PTV, a target"),
        ("GTV", "Min[Gy]", "<=", 20, "keeps dose away from GTV, a target"),
        ("Boost_area", "CV50Gy[cc]", "<=", 1, "asks for dose in Boost_area, which no table knows"),
    ],
)
def test_a_limit_that_few_mean_is_a_doubt_in_the_report_and_where_it_is_shown(
    structure: str, metric: str, comparator: str, limit: float, doubt: str, tmp_path: Path
) -> None:
    protocol = of_goal(structure, metric, comparator, limit)
    (said,) = protocol.to_dict()["doubts"]
    assert said.startswith("g: ") and doubt in said
    assert said in hd.check(case(3), protocol).warnings
    goal = GOAL.format(structure=structure, metric=metric, comparator=comparator, limit=limit)
    (tmp_path / "own.toml").write_text(TOP + goal, encoding="utf-8")
    shown = run_inside("protocols", "--folder", tmp_path, "--show", "own").stdout
    assert f"Doubt: {said}" in " ".join(shown.split())
    schema_of(run_inside("protocols", "--folder", tmp_path, "--show", "own", "--json").stdout)


def test_a_doubt_is_no_part_of_what_was_approved() -> None:
    """Hashes of content stay those of before."""
    content = hd.Protocol("liver-sbrt-5fx")
    assert content.to_dict()["doubts"] == []
    assert content.sha256 == LIVER_SBRT_5FX


LIVER_SBRT_5FX = "3513e175dc211ed8adec821e3bd14e4a0d713d0b13d1309484bc19ed2f555d0b"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('version = "1"', 'version = ""', 5, "version is empty"),
        ('version = "1"', 'version = " "', 5, "version is empty"),
        ('title = "Ours"', 'title = ""', 4, "title is empty"),
        ('expires = "2027-01-09"', 'approved_sha256 = "abc"', 8, "'abc' is no SHA-256 of 64 hexadecimal digits"),
        ('expires = "2027-01-09"', f'approved_sha256 = "{"g" * 64}"', 8, "is no SHA-256"),
    ],
)
def test_empty_words_and_hashes_that_are_none_are_refused(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(hd.errors.ProtocolError, match=rf"'site\.toml', line {line}: .*{said}") as caught:
        hd.Protocol.from_toml(SITE.replace(old, new), label="site.toml")
    assert caught.value.line == line


def test_a_hash_without_an_approval_is_refused() -> None:
    with pytest.raises(hd.errors.ProtocolError, match=r"line 4: approved_sha256 stands without an approval"):
        hd.Protocol.from_toml(
            f'{TOP}approved_sha256 = "{"0" * 64}"\nextends = "liver-sbrt-5fx"\n'.replace('"own"', '"other"'),
            label="own.toml",
        )
