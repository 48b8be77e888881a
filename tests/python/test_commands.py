"""All commands alike: the table of the documentation, help with examples, widths, completion, progress."""

import os
import pty
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

import hepadose as hd
from commands import HEPADOSE, ROOT, fits, run, run_inside, schema_of
from hepadose._cli.app import app

BASH = shutil.which("bash") or "bash"
GLASS = ("--device", "glass", "--disease", "colorectal-metastases", "--dosimetry", "y90-pet")
PLAN = ("120", "--tumour-kg", "0.3", "--tn-ratio", "4", "--normal-kg", "1.2", "--lung-shunt", "0.05")
FACTS = ("--ecog", "1", "--metastases", "3", "--survival-months", "18", "--bowel-threshold-mm", "10")
BY = ("--protocol", "liver-sbrt-5fx")


def leaves(command: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Give every command that there is, by what is typed."""
    for name, one in getattr(command, "commands", {}).items():
        below = list(leaves(one, (*path, name)))
        yield from below or [" ".join((*path, name))]


COMMANDS = sorted(leaves(typer.main.get_command(app)))


def table() -> dict[str, tuple[str, ...]]:
    """Read the table of docs/commands.md: command to schema and the meaning of exit codes 0 and 1."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `hepadose ([a-z0-9 ]+)` \| `(hepadose/[a-z0-9-]+/\d+)` \| (.*?) \| (.*?) \|$", text, re.MULTILINE
    )
    return {command: tuple(rest) for command, *rest in rows}


@pytest.fixture(scope="module")
def fine(
    demo_folder: Path, activity_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[object, ...]]:
    """Give what each command is told when all is well."""
    csv = tmp_path_factory.mktemp("fit") / "lesions.csv"
    rows = [f"{dose},{int(dose > 120) ^ (dose in {90, 150})}" for dose in range(30, 240, 10)]
    csv.write_text("\n".join(["dose_gy,responded", *rows]), encoding="utf-8")
    dose, structures = demo_folder / "rtdose.dcm", demo_folder / "rtstruct.dcm"
    return {
        "demo": (),
        "info": (demo_folder,),
        "dvh": (demo_folder, "--structure", "Liver"),
        "check": (demo_folder, *BY),
        "flip": (demo_folder, *BY, "--no-shifts"),
        "isotoxic": (demo_folder, *BY),
        "eligibility": (demo_folder, *FACTS),
        "protocols": (),
        "schedules": ("--alpha-beta", "10"),
        "thresholds": (),
        "y90 plan": PLAN,
        "y90 dose": (*activity_files, "--unit", "becquerel_per_ml", "--hours", "0", "--radionuclide", "Y-90"),
        "y90 compare": (dose, structures, dose, structures),
        "y90 response": ("150", *GLASS),
        "y90 fit": (csv, "--replicates", "100"),
    }


def test_the_table_of_the_documentation_lists_the_commands_that_there_are() -> None:
    assert sorted(table()) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_gives_the_schema_and_the_exit_code_of_the_table(
    command: str, fine: dict[str, tuple[object, ...]]
) -> None:
    schema, _, _ = table()[command]
    assert schema_of(run_inside(*command.split(), *fine[command], "--json").stdout)["schema"] == schema
    assert run_inside(*command.split(), "--no-such-option", expect=2).stderr.endswith(
        f"see: hepadose {command} --help\n"
    )


def test_exit_code_1_is_a_no(demo_folder: Path) -> None:
    said_no = {
        "check": (demo_folder, "--protocol", "liver-sbrt-3fx"),
        "flip": (demo_folder, "--protocol", "liver-sbrt-3fx", "--no-shifts"),
        "isotoxic": (demo_folder, "--protocol", "liver-sbrt-3fx"),
        "eligibility": (demo_folder, "--ecog", "3"),
    }
    assert {command for command, (_, _, no) in table().items() if no != "\u2013"} == set(said_no)
    for command, arguments in said_no.items():
        schema_of(run_inside(command, *arguments, "--json", expect=1).stdout)
        run_inside(command, *arguments, expect=1)


@pytest.mark.parametrize("command", ["", "y90", *COMMANDS])
def test_help_has_examples_that_begin_with_the_command_and_loses_no_bracket(command: str) -> None:
    text = " ".join(re.sub("[\u2500-\u257f]", " ", fits(run_inside(*command.split(), "--help").stdout)).split())
    assert f"Examples: hepadose {command}".rstrip() in text
    if command not in {"", "y90"}:
        assert "--json" in text
    found = typer.main.get_command(app)
    for word in command.split():
        found = found.commands[word]  # type: ignore[attr-defined]
    for brackets in re.findall(
        r"\[[A-Za-z]+\]", " ".join([found.epilog or "", *(getattr(one, "help", None) or "" for one in found.params)])
    ):
        assert brackets in text


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("command", COMMANDS)
def test_tables_fit_the_window_and_hold_no_colours(
    command: str, columns: int, fine: dict[str, tuple[object, ...]]
) -> None:
    text = run_inside(*command.split(), *fine[command], variables={"COLUMNS": str(columns)}).stdout
    assert "\x1b" not in text
    if not command.startswith("y90"):  # their lines are of text and end where they end
        fits(text, columns)


def test_numbers_in_a_narrow_table_stay_whole() -> None:
    text = run("schedules", "--alpha-beta", "10", "--alpha-beta", "3", variables={"COLUMNS": "60"}).stdout
    assert "112.50" in text and "162.00" in text
    four = run_inside("schedules", *(word for ratio in "2345" for word in ("--alpha-beta", ratio))).stdout
    assert fits(four).count("Schedule") == 2


def complete(*words: str, **variables: str) -> list[str]:
    """Give what bash is told for the last word."""
    asked = {"COMP_WORDS": " ".join(("hepadose", *words)), "COMP_CWORD": str(len(words))}
    done = run_inside(variables={"_HEPADOSE_COMPLETE": "complete_bash", **asked, **variables})
    return done.stdout.split()


def test_bash_completes_commands_options_words_and_protocols() -> None:
    script = run("--show-completion", "bash").stdout
    assert "complete -o default -F _hepadose_completion hepadose" in script
    checked = subprocess.run([BASH, "-n"], input=script, text=True, check=False, capture_output=True)
    assert checked.returncode == 0, checked.stderr
    assert complete("fl") == ["flip"]
    assert {"check", "flip", "isotoxic", "eligibility", "y90"} <= set(complete(""))
    assert complete("flip", "case", "--shift") == ["--shift-mm"]
    assert complete("check", "case", "--end-caps", "") == ["half_slice", "none", "rounded"]
    ids = [one.id for one in hd.protocols()]
    for command in ("check", "flip", "isotoxic", "eligibility"):
        assert complete(command, "case", "--protocol", "tg101") == ["tg101-1fx", "tg101-3fx", "tg101-5fx", "tg101"]
        assert set(complete(command, "case", "--protocol", "")) >= set(ids)
    assert complete("protocols", "liver-sbrt-6") == ["liver-sbrt-6fx"]
    assert complete("protocols", "--show", "rtog") == ["rtog1112"]


def test_bash_completes_through_its_own_function(tmp_path: Path) -> None:
    """The script in a real bash, as after Tab."""
    (tmp_path / "completion.sh").write_text(run("--show-completion", "bash").stdout, encoding="utf-8")
    asked = (
        "source completion.sh; COMP_WORDS=(hepadose check case --protocol rtog); COMP_CWORD=4; _hepadose_completion"
        ' hepadose; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = os.environ | {"PATH": f"{HEPADOSE.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [BASH, "-c", asked], cwd=tmp_path, env=environment, text=True, check=True, capture_output=True
    )
    assert done.stdout.split() == ["rtog1112"]


def test_completion_goes_on_where_a_file_of_ones_own_is_broken(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("id = ", encoding="utf-8")
    assert complete("check", "case", "--protocol", "rtog", HEPADOSE_PROTOCOLS=str(tmp_path)) == ["rtog1112"]


def test_progress_is_on_standard_error_of_a_terminal_only(demo_folder: Path) -> None:
    """Shifts of a large protocol take longer than a second."""
    arguments = ("flip", str(demo_folder), "--protocol", "uk-sabr-2022-5fx", "--drawn-only", "--shift-mm", "2")
    here, there = pty.openpty()
    with subprocess.Popen([str(HEPADOSE), *arguments], stdout=subprocess.PIPE, stderr=there, text=True) as process:
        os.close(there)
        said = b""
        try:
            while piece := os.read(here, 4096):
                said += piece
        except OSError:  # Linux: the other side is closed
            pass
        os.close(here)
        assert process.stdout is not None
        shown = process.stdout.read()
    assert re.search(rb"\[#*\.*\] \d+ of \d+, \d+ s \(Ctrl-C stops\)", said), said
    assert "Ctrl-C" not in shown
    assert "uk-sabr-2022-5fx" in shown
    assert run(*arguments).stderr == ""
