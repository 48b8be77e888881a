"""The commands beyond a check: what they show, write and refuse, and that they say what Python says."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import hepadose as hd
from commands import fits, run_inside, schema_of
from test_what_if import own, ramp

BY = ("--protocol", "liver-sbrt-5fx")


@pytest.fixture(scope="module")
def case(demo_folder: Path) -> hd.Case:
    return hd.read_case(demo_folder)


def flat(text: str) -> str:
    """Give a text without line ends and rules."""
    return " ".join(re.sub("[\u2500-\u257f]", " ", text).split())


def test_flip_says_what_python_says(demo_folder: Path, case: hd.Case) -> None:
    options = ("--shift-mm", "3", "--alpha-beta", "5", "--drawn-only", "--end-caps", "none", "--recalled")
    told = schema_of(run_inside("flip", demo_folder, *BY, *options, "--json").stdout)
    found = hd.would_it_flip(
        case, "liver-sbrt-5fx", shifts_mm=[3], alpha_beta_gy=[5], undrawn="left_out", end_caps="none", recalled=True
    )
    assert told == found.to_dict()
    shown = fits(run_inside("flip", demo_folder, *BY, "--no-shifts").stdout)
    for part in (
        "CV15Gy[cc] >= 700",
        "8 of 8",
        "1 of 2",
        "Flips target-bed-consensus: >= instead of as printed (100 Gy, met)",
        "Not evaluable for normal-liver-spared: CTV taken out instead of GTV",
        "As checked: met",
        "none that could be tried flips a mandatory goal",
    ):
        assert part in flat(shown)
    assert flat(shown).endswith(hd.INTENDED_USE)


def test_a_mandatory_goal_that_flips_is_exit_code_1(demo_folder: Path, case: hd.Case, tmp_path: Path) -> None:
    cold = hd.check(case, "liver-sbrt-5fx").results[0].value
    assert cold is not None
    text = (
        'id = "own"\ntitle = "Own"\nversion = "1"\n[[goal]]\nid = "cold"\ntitle = "Cold"\nstructure = "Liver-GTV"\n'
        f'metric = "CV15Gy[cc]"\nlevel = [{{ name = "mandatory", comparator = ">=", limit = {cold - 0.5} }}]\n'
        'source = [{ key = "k", locator = "l", evidence = "primary" }]\n'
    )
    own_file = tmp_path / "own.toml"
    own_file.write_text(text, encoding="utf-8")
    run_inside("check", demo_folder, "--protocol", own_file)
    shown = flat(run_inside("flip", demo_folder, "--protocol", own_file, "--shift-mm", "3", expect=1).stdout)
    assert "Flips cold: end caps none" in shown
    assert "some flip cold" in shown
    assert "As checked: met" in shown
    assert re.search(r"Flips cold: structures moved by .*; structures .*", shown)


def test_isotoxic_says_what_python_says(demo_folder: Path, case: hd.Case) -> None:
    found = hd.isotoxic(case, "liver-sbrt-5fx", prescription_gy=40)
    told = run_inside("isotoxic", demo_folder, *BY, "--prescription", "40", "--json").stdout
    assert schema_of(told) == found.to_dict()
    shown = flat(fits(run_inside("isotoxic", demo_folder, *BY, "--prescription", "40").stdout))
    assert found.prescription_gy is not None
    assert "normal-liver-spared (binds) 0 1.8409" in shown
    assert f"Largest scale: 1.8409, a prescription of {found.prescription_gy:.2f} Gy in 5 fractions" in shown
    assert "limit 700 - normal-liver-spared binds" in shown


def test_isotoxic_shows_tiers_and_what_the_answer_does_not_hold_for(demo_folder: Path) -> None:
    how = ("--protocol", "rtog1112", "--disease", "primary", "--recalled")
    shown = flat(fits(run_inside("isotoxic", demo_folder, *how, expect=1).stdout))
    assert "Prescription 50 Gy (scale 1): fails: liver-gtv-veff-50gy-rx-50" in shown
    assert "Highest prescription whose limits hold: 45 Gy" in shown
    assert "The answer does not hold for esophagus-d0.5cc: no ROI is named Esophagus" in shown
    # The same with what is drawn only: the answer holds.
    left = run_inside("isotoxic", demo_folder, "--protocol", "tg101-5fx", "--drawn-only").stdout
    assert "The answer does not hold" not in left


def test_eligibility_says_what_python_says(demo_folder: Path, case: hd.Case) -> None:
    facts = ("--ecog", "1", "--metastases", "3", "--survival-months", "18", "--bowel-threshold-mm", "10")
    found = hd.eligibility(case, ecog=1, metastases=3, expected_survival_months=18, bowel_threshold_mm=10)
    assert schema_of(run_inside("eligibility", demo_folder, *facts, "--json").stdout) == found.to_dict()
    shown = flat(fits(run_inside("eligibility", demo_folder, *facts, "--map", "Colon=Stomach").stdout))
    assert "Verdict: met" in shown
    assert "Source: crlm-mdt-2024, section 5.3.3" in shown
    unknown = flat(run_inside("eligibility", demo_folder, expect=1).stdout)
    for option in ("--ecog", "--metastases", "--survival-months", "--child-pugh", "--bowel-threshold-mm"):
        assert option in unknown  # where a cell ends, "give" stands in the line before
    none = flat(run_inside("eligibility", demo_folder, "--protocol", "tg101-5fx", expect=1).stdout)
    assert "states no selection criteria" in none


@pytest.mark.parametrize(("command", "suffix"), [("flip", ".svg"), ("isotoxic", ".png"), ("isotoxic", ".pdf")])
def test_a_chart_is_written(command: str, suffix: str, demo_folder: Path, tmp_path: Path) -> None:
    chart = tmp_path / f"chart{suffix}"
    extra = ("--no-shifts",) if command == "flip" else ()
    run_inside(command, demo_folder, *BY, *extra, "--plot", chart)
    start = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}[suffix]
    assert chart.read_bytes().startswith(start)


def test_wrong_words_are_one_line_with_the_remedy(demo_folder: Path, tmp_path: Path) -> None:
    for arguments, said in (
        (("flip", demo_folder), "Missing option '--protocol'"),
        (("flip", demo_folder, "--protocol", "tg102-5fx"), "did you mean 'tg101-5fx'"),
        (("isotoxic", demo_folder, "--protocol", "rtog-1112"), "did you mean 'rtog1112'? hepadose protocols lists all"),
        (("check", demo_folder, "--protocol", tmp_path / "mine"), "'mine' is no protocol file; its name must end in"),
        (("flip", demo_folder, *BY, "--no-shifts", "--shift-mm", "1"), "give --shift-mm or --no-shifts, not both"),
        (("flip", demo_folder, *BY, "--shift-mm", "-1"), "shift in mm must be a finite number above 0"),
        (("flip", demo_folder, *BY, "--plot", "chart.doc"), "a chart is written as .svg, .pdf, .png"),
        (("isotoxic", demo_folder, *BY, "--plot", tmp_path / "no" / "a.svg"), "the folder of the file is not there"),
        (("check", demo_folder, *BY, "--html", tmp_path / "no" / "a.html"), "the folder of the file is not there"),
        (("check", demo_folder, *BY, "--html", tmp_path), "this is a folder; give the name of a file"),
        (("check", demo_folder, *BY, "--lang", "fr"), "'--lang': 'fr' is not one of 'en', 'zh'; see: hepadose check"),
        (
            ("check", demo_folder, *BY, "--map-file", tmp_path / "a.toml"),
            "check that it exists and that you may read it\n",
        ),
        (("protocols", "liver-sbrt5"), "did you mean 'liver-sbrt-5fx'"),
        (
            ("protocols", "--show", "tg101"),
            "'tg101' is a family of protocols: tg101-1fx, tg101-3fx, tg101-5fx; say which",
        ),
        (("protocols", "--diff", "tg101-5fx"), "requires 2 arguments; see: hepadose protocols --help"),
        (("isotoxic", demo_folder, *BY, "--map", "Liver"), "--map is NAME=ROI"),
        (("eligibility", demo_folder, "--ecog", "7"), "ECOG performance status must be 0 to 5"),
        (("eligibility", demo_folder, "--map", "Colon=Nobody"), "no such ROI"),
        (("eligibility", tmp_path), "no RTDOSE, RTSTRUCT or RTPLAN was found"),
        (("eligibility", tmp_path / "nowhere"), "cannot read the folder"),
    ):
        done = run_inside(*arguments, expect=2)
        assert done.stdout == ""
        assert re.fullmatch(r"error: [^\n]+\n", done.stderr), done.stderr
        assert said in done.stderr
        assert str(tmp_path) not in done.stderr


def test_what_a_chart_needs_is_said(demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = run_inside("isotoxic", demo_folder, *BY, "--plot", tmp_path / "a.svg", expect=2)
    assert 'pip install "hepadose[plot]"' in done.stderr


def test_ctrl_c_is_exit_code_130(demo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hd, "would_it_flip", stop)
    done = run_inside("flip", demo_folder, *BY, expect=130)
    assert done == ("", "stopped by Ctrl-C\n")


def test_errors_name_options_not_arguments(demo_folder: Path) -> None:
    shown = flat(run_inside("check", demo_folder, "--protocol", "liver-conventional", expect=1).stdout)
    assert not re.search(r"\b(?:prescription_gy|fractions|dose_scope)=", shown)


def test_what_the_search_came_to() -> None:
    found = hd.isotoxic(ramp(), own("Mean[Gy]", "<=", 13))
    assert found.answer == "prescription"
    assert replace(found, prescription_gy=None).answer == "scale"
    assert hd.isotoxic(ramp(), own("Volume[cc]", ">=", 8)).answer == "unbounded"
    assert hd.isotoxic(ramp(), own("CV15Gy[cc]", ">=", 1e6)).answer == "none"
    assert hd.isotoxic(hd.Case(), "liver-sbrt-5fx").answer == "unbounded"


def test_the_best_number_of_fractions_asks_for_a_prescription_that_is_unknown() -> None:
    """A dose is allowed, so no number of fractions "allows nothing"."""
    case = ramp()
    bare = hd.Case(dose=case.dose, structures=case.structures.all)
    options = {"undrawn": "left_out", "mapping": {"Stomach": 1}}
    with pytest.raises(hd.errors.NotEvaluableError, match=r"prescription is unknown.*give prescription_gy=") as error:
        hd.best_fractions(bare, "timmerman2022", [3, 5], tumour_alpha_beta_gy=10, **options)  # type: ignore[arg-type]
    assert error.value.code == "no_prescription"
    best, found = hd.best_fractions(
        bare,
        "timmerman2022",
        [3, 5],
        tumour_alpha_beta_gy=10,
        prescription_gy=15,
        **options,  # type: ignore[arg-type]
    )
    assert best in found
