"""The command line as a user meets it: words, tables, JSON by its schema, exit codes."""

import re
import shutil
import sys
from pathlib import Path

import pydicom
import pytest

import hepadose as hd
from commands import fits, run, schema_of
from hepadose import _cli

GLASS = ("--device", "glass", "--disease", "colorectal-metastases", "--dosimetry", "y90-pet")


def test_version_says_what_it_may_be_used_for() -> None:
    assert run("--version").stdout == f"hepadose {hd.__version__}\nIntended use: {hd.INTENDED_USE}\n"


def test_demo_tells_the_whole_story(tmp_path: Path) -> None:
    text = fits(run("demo", "--out", tmp_path / "case").stdout)
    for part in ("Physical dose", "EQD2", "Yttrium-90", "Constraints", "Verdict: met", "CV15Gy[cc] >= 700"):
        assert part in text
    assert text.index("Physical dose") < text.index("EQD2") < text.index("Verdict")
    assert text.rstrip().endswith("before use.")
    assert {path.name for path in (tmp_path / "case").iterdir()} >= {"rtdose.dcm", "rtstruct.dcm", "rtplan.dcm"}
    assert str(tmp_path) not in text


def test_demo_as_json() -> None:
    content = schema_of(run("demo", "--json").stdout)
    assert content["check"]["verdict"] == "met"
    assert {row["response"]["stratum"] for row in content["y90"]["lesions"]} == {
        "<= 139 Gy",
        "> 139 to <= 189 Gy",
        "> 189 Gy",
    }


def test_info_of_a_folder_and_of_files(demo_folder: Path) -> None:
    (case,) = schema_of(run("info", demo_folder, "--json").stdout)["cases"]
    assert case["plan"]["fractions"] == case["dose"]["fractions"] == 5
    assert len(case["structures"]) == 20
    volumes = {row["name"]: row["volume_cc"] for row in case["structures"]}
    assert volumes["Isocenter"] is None
    assert volumes["Liver"] == pytest.approx(1500, rel=0.02)
    table = fits(run("info", demo_folder).stdout)
    assert "no volume" in table
    for name, part in (("rtdose.dcm", "physical dose"), ("rtstruct.dcm", "Liver"), ("rtplan.dcm", "5 fractions")):
        assert part in fits(run("info", demo_folder / name).stdout)
        schema_of(run("info", demo_folder / name, "--json").stdout)


def test_dvh_lists_every_roi(demo_folder: Path) -> None:
    arguments = ("dvh", demo_folder, "--metric", "D95%[Gy]", "--metric", "cv15gy[cc]", "--metric", "V95%")
    content = schema_of(run(*arguments, "--json").stdout)
    case = hd.read_case(demo_folder)
    assert [row["name"] for row in content["structures"]] == [one.name for one in case.structures.all]
    assert [row["name"] for row in content["structures"] if not row["is_solid"]] == ["Isocenter", "Bladder"]
    rows = {row["name"]: row for row in content["structures"]}
    assert [metric["name"] for metric in rows["Liver"]["metrics"]] == [
        "Min[Gy]", "Mean[Gy]", "Max[Gy]", "D95%[Gy]", "CV15Gy[cc]", "V95%[%]",
    ]  # fmt: skip
    dvhs = case.dvhs()
    for metric in rows["PTV_1"]["metrics"]:
        assert metric["value"] == dvhs["PTV_1"][metric["name"]]
    assert rows["Liver"]["metrics"][5]["code"] == "no_prescription"
    assert all(metric["code"] == "no_volume" for metric in rows["Bladder"]["metrics"])
    assert {row["role"] for row in content["provenance"]["inputs"]} == {"rtdose", "rtstruct", "rtplan"}
    table = fits(run(*arguments).stdout)
    assert "CV15Gy[cc]" in table
    assert "Bladder" in table


def test_dvh_of_chosen_structures_kinds_and_settings(demo_folder: Path) -> None:
    arguments = ("dvh", demo_folder, "--eqd2", "2.5", "--structure", "Liver", "--structure", "7", "--end-caps", "none")
    content = schema_of(run(*arguments, "--json").stdout)
    assert [row["name"] for row in content["structures"]] == ["Liver", "PTV_2"]
    assert content["dose"]["kind"] == {"quantity": "eqd2", "alpha_beta_gy": 2.5}
    assert ["end_caps", "none"] in content["provenance"]["settings"]
    assert "EQD2 (alpha/beta 2.5 Gy)" in run(*arguments).stdout
    shaped = ("--between-planes", "shape", "--end-caps", "rounded", "--max-cap-mm", "2")
    content = schema_of(run("dvh", demo_folder, "--structure", "GTV_1", *shaped, "--json").stdout)
    for setting in (["between_planes", "shape"], ["end_caps", "rounded"], ["max_cap_mm", "2.0"]):
        assert setting in content["provenance"]["settings"]
    content = schema_of(run("dvh", demo_folder, "--structure", "GTV_1", "--preset", "proknow", "--json").stdout)
    for setting in (["preset", "proknow"], ["max_cap_mm", "1.5"]):
        assert setting in content["provenance"]["settings"]
    assert "which it sets" in run("dvh", demo_folder, "--preset", "mim", "--end-caps", "none", expect=2).stderr
    assert "BED (alpha/beta 10 Gy)" in run("dvh", demo_folder, "--bed", "10", "--structure", "Liver").stdout
    assert "not both" in run("dvh", demo_folder, "--bed", "10", "--eqd2", "2", expect=2).stderr
    assert "nothing is named 'Spleen'" in run("dvh", demo_folder, "--structure", "Spleen", expect=2).stderr


def test_check_says_yes_and_no_by_its_exit_code(demo_folder: Path) -> None:
    met = schema_of(run("check", demo_folder, "--protocol", "liver-sbrt-5fx", "--json").stdout)
    assert met["all_mandatory_met"]
    assert "Verdict: met" in fits(run("check", demo_folder, "--protocol", "liver-sbrt-5fx").stdout)
    preset = schema_of(run("check", demo_folder, "--protocol", "liver-sbrt-5fx", "--preset", "mim", "--json").stdout)
    assert ["preset", "mim"] in preset["provenance"]["settings"]
    wrong = run("check", demo_folder, "--protocol", "liver-sbrt-3fx", expect=1)
    assert "Verdict: not evaluable" in wrong.stdout
    conventional = ("--prescription", "50", "--fractions", "25")
    unsure = run("check", demo_folder, "--protocol", "liver-conventional", *conventional)
    assert "met, applicability not confirmed" in unsure.stdout
    status = ("--liver-status", "cirrhotic")
    cirrhotic = run("check", demo_folder, "--protocol", "liver-conventional", *conventional, *status, expect=1)
    assert "Verdict: not evaluable" in cirrhotic.stdout


def test_a_check_names_the_dose_of_a_limit(demo_folder: Path, tmp_path: Path) -> None:
    """All doses are in Gy: a limit in EQD2 says so in the table."""
    own = tmp_path / "own.toml"
    goal = (
        '[[goal]]\nid = "{id}"\ntitle = "{id}"\nstructure = "Liver"\nmetric = "Mean[Gy]"\n{dose}'
        'level = [{{ name = "mandatory", comparator = "<=", limit = 99 }}]\n'
        'source = [{{ key = "k", locator = "l", evidence = "primary" }}]\n'
    )
    eqd2 = goal.format(id="late", dose='dose = "eqd2"\nalpha_beta_gy = 3.0\n')
    text = 'id = "own"\ntitle = "Own"\nversion = "1"\n' + goal.format(id="plain", dose="") + eqd2
    own.write_text(text, encoding="utf-8")
    shown = " ".join(run("check", demo_folder, "--protocol", own).stdout.split())
    assert shown.count("EQD2") == 1
    assert "A limit that names no other dose is of physical dose." in shown


def test_check_with_a_mapping(demo_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_folder, tmp_path / "case")
    structures = pydicom.dcmread(demo_folder / "rtstruct.dcm")
    structures.StructureSetROISequence[1].ROIName = "My Liver"
    structures.save_as(tmp_path / "case" / "rtstruct.dcm")
    how = ("check", tmp_path / "case", "--protocol", "liver-sbrt-5fx")
    assert "no ROI is named Liver" in " ".join(run(*how, expect=1).stdout.split())
    assert "Verdict: met" in run(*how, "--map", "Liver=My Liver", "--map", "GTV=3", "--map", "GTV=GTV_2").stdout
    assert "NAME=ROI" in run(*how, "--map", "Liver", expect=2).stderr
    assert "no such ROI" in run(*how, "--map", "Liver=Nobody", expect=2).stderr


def test_schedules() -> None:
    content = schema_of(run("schedules", "--alpha-beta", "10", "--alpha-beta", "3", "--json").stdout)
    rows = {row["id"]: [effect["eqd2_gy"] for effect in row["effects"]] for row in content["schedules"]}
    assert rows["rectum-short-course"] == pytest.approx([31.25, 40.0])
    table = run("schedules", "--alpha-beta", "2.5").stdout
    assert "BED 2.5" in table
    assert "by LQ" in table
    run("schedules", "--alpha-beta", "0", expect=2)


def test_protocols_and_thresholds(tmp_path: Path) -> None:
    content = schema_of(run("protocols", "--json").stdout)
    assert [one["id"] for one in content["protocols"]] == [protocol.id for protocol in hd.protocols()]
    assert "liver-sbrt-5fx" in fits(run("protocols").stdout)
    one = fits(run("protocols", "liver-conventional").stdout)
    assert "(primary)" in one
    assert "1.8 to 2.2 Gy a fraction" in one
    for name in ("3fx", "4fx", "5fx", "6fx"):
        assert f"{name[0]} fractions" in run("protocols", f"liver-sbrt-{name}").stdout
    content = schema_of(run("thresholds", "--json").stdout)
    assert [cut_off["dose_gy"] for cut_off in content["thresholds"][0]["cut_offs"]] == [139, 189]
    assert "> 139 Gy" in fits(run("thresholds").stdout)
    (tmp_path / "mine.toml").write_text('id = "mine"\ntitle = "Mine"\nversion = "1"\nextends = "liver-sbrt-5fx"\n')
    assert "there is no protocol 'mine'" in run("protocols", "mine", expect=2).stderr


def test_protocols_show_ids_whole_and_what_sources_print(tmp_path: Path) -> None:
    lines = fits(run("protocols").stdout).splitlines()
    first = {line.split()[0] for line in lines if line.strip()}
    assert first >= {protocol.id for protocol in hd.protocols()}
    shown = fits(run("protocols", "--show", "liver-sbrt-5fx").stdout)
    goals = hd.Protocol("liver-sbrt-5fx").to_dict()["goals"]
    assert {goal["id"] for goal in goals} <= set(shown.splitlines())
    flat = " ".join(shown.split())
    assert "CV15Gy[cc] mandatory >= 700" in flat
    assert "section 5.3.3 (primary); prints CV15Gy[cc] > 700" in flat
    (tmp_path / "names.toml").write_text('Liver = "Hepar"\n')
    flat = " ".join(run("protocols", "--folder", tmp_path).stdout.split())
    assert "left out: 'names.toml' holds no protocol but a mapping of structures to ROIs" in flat


def test_a_reason_is_said_once_and_caveats_name_their_goals(demo_folder: Path) -> None:
    shown = run("check", demo_folder, "--protocol", "rtog1112", "--recalled", expect=1).stdout
    flat = " ".join(shown.split())
    assert flat.count("the limit is for the disease kind 'primary'; confirm that, or say --disease") == 1
    assert "Caveat: liver-gtv-veff-50gy-rx-50: Veff with n = 1" in flat


def test_y90_response() -> None:
    content = schema_of(run("y90", "response", "150", *GLASS, "--prevalence", "0.5", "--json").stdout)
    assert (content["stratum"], content["likelihood_ratio"], content["probability"]) == ("> 139 to <= 189 Gy", 4.0, 0.8)
    assert content["provenance"]["sources"] == ["alsultan2021"]
    assert "no probability without --prevalence" in fits(run("y90", "response", "150", *GLASS).stdout)
    assert "probability of response 80.0 %" in run("y90", "response", "150", *GLASS, "--prevalence", "0.5").stdout
    resin = ("--device", "resin", *GLASS[2:])
    assert "no response threshold for resin" in run("y90", "response", "150", *resin, expect=2).stderr
    for left_out in (0, 2, 4):
        rest = GLASS[:left_out] + GLASS[left_out + 2 :]
        assert GLASS[left_out] in run("y90", "response", "150", *rest, expect=2).stderr


def test_errors_are_one_line_on_stderr_with_exit_code_2(demo_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "note.dcm").write_text("no DICOM")
    for arguments, message in (
        (("dvh", tmp_path / "nowhere"), "cannot read the folder"),
        (("dvh", tmp_path), "no RTDOSE, RTSTRUCT or RTPLAN was found"),
        (("info", tmp_path / "nothing.dcm"), "No such file or directory"),
        (("info", tmp_path / "note.dcm"), "not a DICOM file"),
        (("dvh", demo_folder, "--metric", "Dmax"), "write Max for the highest dose"),
        (("dvh", demo_folder, "--min-covered", "2"), "min_covered must be between 0 and 1"),
        (("dvh", demo_folder, "--eqd2", "0"), "alpha/beta in Gy must be a finite number above 0"),
        (("dvh", demo_folder, "--fractions", "0"), "number of fractions must be a whole number of at least 1"),
        (("check", demo_folder, "--protocol", "nope"), "there are liver-conventional"),
        (("check", demo_folder, "--protocol", tmp_path / "none.toml"), "No such file or directory"),
    ):
        done = run(*arguments, expect=2)
        assert done.stdout == ""
        assert re.fullmatch(r"error: [^\n]+\n", done.stderr), done.stderr
        assert message in done.stderr
        assert str(tmp_path) not in done.stderr
    assert "No such command" in run("frobnicate", expect=2).stderr


def test_an_uncaught_error_exits_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("hepadose._cli.app.app", fail)
    monkeypatch.setattr(sys, "argv", ["hepadose", "demo"])
    assert _cli.main() == 2
    assert capsys.readouterr().err == (
        "error: ZeroDivisionError, which should not happen; run it again with --debug and report what it prints\n"
    )
    monkeypatch.setattr(sys, "argv", ["hepadose", "--debug", "demo"])
    assert _cli.main() == 2
    assert "Traceback" in capsys.readouterr().err


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in run("--debug", "dvh", tmp_path, expect=2).stderr


def test_outputs_name_no_patient(demo_folder: Path) -> None:
    patient = pydicom.dcmread(demo_folder / "rtdose.dcm")
    private = (str(patient.PatientName), patient.PatientID, patient.StudyInstanceUID, str(demo_folder))
    for arguments in (
        ("info", demo_folder),
        ("info", demo_folder, "--json"),
        ("dvh", demo_folder, "--json"),
        ("check", demo_folder, "--protocol", "liver-sbrt-5fx", "--json"),
    ):
        text = run(*arguments).stdout
        assert not [word for word in private if word in text]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check",), "error: Missing argument 'case'; see: hepadose check --help"),
        (("chek",), "error: No such command 'chek'. Did you mean 'check'?; see: hepadose --help"),
        (("dvh", ".", "--end-caps", "round"), "see: hepadose dvh --help"),
        (("y90", "response", "many"), "see: hepadose y90 response --help"),
    ],
)
def test_a_wrong_word_is_one_line_with_the_remedy(arguments: tuple[str, ...], said: str) -> None:
    text = run(*arguments, expect=2).stderr
    assert said in text
    assert text.count("\n") == 1


def test_no_colours_where_nobody_looks(demo_folder: Path) -> None:
    assert "\x1b" not in run("check", demo_folder, "--protocol", "liver-sbrt-5fx").stdout
    assert "\x1b" not in run("check", "--help").stdout


def test_check_writes_the_report(demo_folder: Path, tmp_path: Path) -> None:
    html = tmp_path / "report.html"
    said = run("check", demo_folder, "--protocol", "liver-sbrt-5fx", "--html", html, "--lang", "zh").stdout
    assert said.endswith("Written: report.html\n")
    text = html.read_text(encoding="utf-8")
    assert 'data-verdict="met"' in text
    assert '<html lang="zh-Hans">' in text
    assert "RT Plan Label" not in text
    run("check", demo_folder, "--protocol", "liver-sbrt-5fx", "--html", html, "--identifiers")
    assert "RT Plan Label" in html.read_text(encoding="utf-8")
    schema_of(run("check", demo_folder, "--protocol", "liver-sbrt-5fx", "--html", html, "--json").stdout)


@pytest.mark.parametrize("option", ["--html", "--pdf"])
def test_a_report_for_a_folder_that_is_not_there_is_refused_before_the_work(option: str, tmp_path: Path) -> None:
    command = ("check", tmp_path / "no-case", "--protocol", "liver-sbrt-5fx", option, tmp_path / "no" / "report")
    text = run(*command, expect=2).stderr
    assert f"'{option}': the folder of the file is not there" in text
    assert str(tmp_path) not in text
