"""The commands of yttrium-90: words, JSON by its schema, errors in one line."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hepadose._cli.y90 import _as_options

ROOT = Path(__file__).resolve().parents[2]
STATED = ("--unit", "becquerel_per_ml", "--hours", "0", "--radionuclide", "Y-90")
GLASS = ("--device", "glass", "--disease", "colorectal-metastases", "--dosimetry", "y90-pet", "--prevalence", "0.5")


def run(*words: object) -> "subprocess.CompletedProcess[str]":
    """Run `hepadose y90`."""
    hepadose = Path(sys.executable).parent / "hepadose"
    command = [str(hepadose), "y90", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")


def document(*words: object) -> Any:
    """Run with ``--json`` and hold the output against its schema."""
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    name = content["schema"].removeprefix("hepadose/").replace("/", "-")
    schema = json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    return content


def test_plan() -> None:
    words = ("plan", 205, "--tumour-kg", 0.3, "--tn-ratio", 4, "--normal-kg", 1.2, "--lung-shunt", 0.05)
    found = document(*words, "--constant", "gulec2006")
    # y90.md 8.4: 2.607 GBq.
    assert found["activity_gbq"] == pytest.approx(2.607, abs=5e-4)
    assert found["limited_by"] == "tumour_target"
    assert "decided by normal liver" in run(*words, "--normal-limit", 40).stdout
    assert found["notes"][0].startswith("residual 0 assumed")
    assert "Note: residual 0 assumed" in run(*words).stdout
    assert "residual 0" not in run(*words, "--residual", 0.02).stdout
    segment = (*words[:-4], "--normal-kg", 0, *words[-2:])
    assert document(*segment)["doses"]["normal_gy"] is None
    assert "normal liver none, lung" in run(*segment).stdout
    wrong = run(*(words[:-1]), 1.0)
    assert wrong.returncode == 2
    assert "lung shunt fraction" in wrong.stderr


def test_dose_and_compare(activity_files: tuple[Path, Path], tmp_path: Path) -> None:
    image, regions = activity_files
    words = ("dose", image, regions, *STATED, "--lesion", "Tumour", "--normal-liver", "Normal")
    rtdose = tmp_path / "dose.dcm"
    found = document(*words, *GLASS, "--administered-gbq", 0.5, "--write-dose", rtdose)
    normal, tumour = found["table"]["rows"]
    assert tumour["mean_gy"] == pytest.approx(3.2 * 49.80 / 1.05, rel=1e-6)
    assert (tumour["role"], tumour["response"]["probability"]) == ("lesion", 0.8)
    assert [one["within"] for one in normal["limits"]] == [
        one["dose_gy"] > normal["mean_gy"] for one in normal["limits"]
    ]
    held = (216 * 3.2e6 + 784 * 1e6) * 0.125 / 1e9
    assert found["calibration"]["recovery_factor"] == pytest.approx(held / 0.5, rel=1e-6)
    text = run(*words, *GLASS).stdout
    for part in ("Tumour: 8.0 cc, mean 151.8 Gy", "probability of response 0.80", "63 Gy (24 to 113)", "eanm2022"):
        assert part in text
    shared = run(*words, "--administered-gbq", 0.5, "--relative-to", "Tumour").stdout
    assert "Warning: lung shunt 0 assumed: say --lung-shunt" in shared
    assert "lung shunt 0 assumed" not in run(*words, "--administered-gbq", 0.5, "--lung-shunt", 0).stdout
    assert "outside the reference (perfused_volume)" in shared
    compared = document("compare", rtdose, regions, rtdose, regions)
    assert [one["name"] for one in compared["regions"]] == ["Normal", "Tumour"]
    assert [one["ratio"] for one in compared["regions"]] == [1.0, 1.0]
    assert [one["dvh_overlap"] for one in compared["regions"]] == [1.0, 1.0]
    assert "DVH overlap 1.00" in run("compare", rtdose, regions, rtdose, regions).stdout


def test_dose_says_what_limits_and_strata_there_are(activity_files: tuple[Path, Path]) -> None:
    resin = ("--device", "resin", "--disease", "hcc", "--dosimetry", "y90-pet")
    words = ("dose", *activity_files, *STATED, *resin, "--lesion", "Tumour")
    found = document(*words, "--normal-liver", "Normal")
    assert {one["dose_gy"] for one in found["table"]["rows"][0]["limits"]} == {30.0, 40.0}
    text = run(*words, "--whole-liver", "Normal").stdout
    for part in (
        "no limit: no upper limit of the mean dose of the whole liver is known here for resin, hcc, y90-pet",
        "no stratum: no response threshold for resin",
        "Warning: no strata: no response threshold for resin",
    ):
        assert part in text
    assert dict(found["table"]["provenance"]["settings"])["calibration"] == "absolute"
    assert "no response threshold for resin" in run(*words, "--prevalence", 0.5).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "does not say what its values are"),
        (("--unit", "counts"), "relative calibration"),
        (("--unit", "becquerel_per_ml"), "give --hours from administration"),
        ((*STATED, "--administered-gbq", "-1"), "administered activity in GBq must be a finite number above 0, got -1"),
        ((*STATED, "--radionuclide", "F-18"), "say Y-90 or Tc-99m"),
        (
            (*STATED, *GLASS[:5], "maa-spect"),
            "the dosimetry maa-spect is of images of Tc-99m, but the image is of Y-90; say y90-pet",
        ),
        (("--unit", "becquerel_per_ml", "--hours", "0", "--radionuclide", "Tc-99m"), "the image is of Tc-99m"),
        ((*STATED, "--lesion", "Tumor"), "0 regions are named 'Tumor'"),
        ((*STATED, "--relative-to", "Lung", "--administered-gbq", 1), "'Normal', 'Tumour'"),
        ((*STATED, "--device", "resin"), "disease"),
    ],
)
def test_errors_in_one_line(activity_files: tuple[Path, Path], words: tuple[str, ...], said: str) -> None:
    done = run("dose", *activity_files, *words)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say --unit becquerel_per_ml or --unit counts"),
        (("--unit", "kBq/mL"), "--unit is becquerel_per_ml or counts, got 'kBq/mL'"),
        (("--unit", "counts"), "use relative calibration: --relative-to with --administered-gbq"),
        ((*STATED, "--device", "resin"), "need --device, --disease and --dosimetry; disease, dosimetry is missing"),
        ((*STATED, "--density", "1050"), "density in g/mL must be 0.0005 to 25 g/mL, got 1050; give g/mL"),
    ],
)
def test_errors_of_the_dose_name_options(activity_files: tuple[Path, Path], words: tuple[str, ...], said: str) -> None:
    """An option is not an argument of Python: nobody can type unit='counts' there."""
    done = run("dose", *activity_files, *words)
    message = " ".join(done.stderr.split())
    assert done.returncode == 2
    assert said in message
    assert not re.search(r"\b\w+=", message)


def test_warnings_of_the_dose_name_options(activity_files: tuple[Path, Path]) -> None:
    done = run("dose", *activity_files, *STATED[:4])
    assert done.returncode == 0, done.stderr
    assert "look it up and say --radionuclide" in done.stdout
    assert "radionuclide=" not in done.stdout


def test_only_what_can_be_typed_is_an_option() -> None:
    classes = "correct the values and give them as hepadose.y90.Image(radionuclide=...)"
    assert _as_options(f"radionuclide= says Y-90; {classes}") == f"--radionuclide says Y-90; {classes}"
    assert _as_options("decay_correction_h= says 2 h") == "--hours says 2 h"


def test_the_help_says_all_that_there_is() -> None:
    text = " ".join(run("--help").stdout.split())
    for part in (
        "the activity for a wanted dose",
        "the dose of every region from PET or SPECT",
        "published response strata and limits",
        "planned against delivered dose",
        "dose-response of lesions of your own",
    ):
        assert part in text
    for command in ("response", "plan", "dose", "compare", "fit"):
        assert re.search(rf"│ {command} ", text)


def test_fit(tmp_path: Path) -> None:
    table = tmp_path / "lesions.csv"
    rows = ["dose_gy,responded,patient"]
    rows += [f"{50 + 10 * n},{'yes' if n % 3 and n > 4 else 'no'},P{n // 2}" for n in range(16)]
    table.write_text("\n".join(rows), encoding="utf-8")
    found = document("fit", table, "--replicates", 200)
    assert (found["lesions"], found["patients"], found["logistic"]["kind"]) == (16, 8, "fitted")
    assert "area under the curve" in run("fit", table, "--replicates", 200).stdout
    table.write_text("dose_gy,responded\n50,0\n90,0\n110,1\n150,1\n", encoding="utf-8")
    assert document("fit", table, "--replicates", 200)["logistic"]["kind"] == "separated"
    table.write_text("dose,responded\n50,0\n", encoding="utf-8")
    assert "needs the columns" in run("fit", table).stderr
