"""The commands and their options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer
from rich.console import Console

import hepadose as hd
from hepadose._cli import show
from hepadose._cli.demo import run_demo
from hepadose._cli.documents import (
    case_info,
    dvhs_document,
    file_info,
    protocols_document,
    response_document,
    thresholds_document,
)
from hepadose._cli.y90 import add_y90_commands
from hepadose._document import Document, to_text
from hepadose._protocols import mapping_files, not_a_protocol

_EXAMPLES = "Examples: "
app = typer.Typer(
    name="hepadose",
    help="Radiotherapy dosimetry of the liver: DVH, BED and EQD2, constraints, yttrium-90.",
    epilog="Examples: hepadose demo   |   hepadose check patient/ --protocol liver-sbrt-5fx --html report.html\n\n"
    "Exit code 0: all mandatory goals are met. 1: one is not met or not evaluable. 2: an error.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
y90_app = typer.Typer(
    help="Yttrium-90: the activity for a wanted dose, the dose of every region from PET or SPECT, published response "
    "strata and limits, planned against delivered dose, and the dose-response of lesions of your own.",
    epilog="Examples: hepadose y90 plan 120 --tumour-kg 0.3 --tn-ratio 4 --normal-kg 1.2 --lung-shunt 0.05   |   "
    "hepadose y90 dose pet/ regions.seg.nrrd --administered-gbq 1.4   |   hepadose y90 response 150 --device glass "
    "--disease colorectal-metastases --dosimetry y90-pet",
    no_args_is_help=True,
)
app.add_typer(y90_app, name="y90")


class BetweenPlanes(StrEnum):
    """What a structure is between contour planes."""

    PRISM = "prism"
    SHAPE = "shape"


class EndCaps(StrEnum):
    """What happens beyond the end planes of contours."""

    HALF_SLICE = "half_slice"
    NONE = "none"
    ROUNDED = "rounded"


class Preset(StrEnum):
    """Systems whose rules can be taken."""

    ECLIPSE = "eclipse"
    RAYSTATION = "raystation"
    MIM = "mim"
    MOBIUS = "mobius"
    PROKNOW = "proknow"
    PINNACLE = "pinnacle"
    ELEMENTS = "elements"


class LiverStatus(StrEnum):
    """What is known of the liver."""

    UNKNOWN = "unknown"
    NORMAL_NON_CIRRHOTIC = "normal_non_cirrhotic"
    IMPAIRED_NON_CIRRHOTIC = "impaired_non_cirrhotic"
    CIRRHOTIC = "cirrhotic"


class Lang(StrEnum):
    """Language of a written report."""

    EN = "en"
    ZH = "zh"


class Disease(StrEnum):
    """Primary liver cancer or metastases."""

    PRIMARY = "primary"
    METASTASES = "metastases"


class ChildPugh(StrEnum):
    """Child-Pugh class."""

    A = "A"
    B = "B"
    C = "C"


class Sex(StrEnum):
    """Sex, where a critical volume depends on it."""

    FEMALE = "female"
    MALE = "male"


class Scope(StrEnum):
    """How much of the treatment a dose grid holds."""

    TOTAL = "total"
    PARTIAL = "partial"
    SESSION = "session"
    MULTI_PLAN = "multi_plan"


class DoseType(StrEnum):
    """What the dose of a file without DoseType is."""

    PHYSICAL = "physical"
    EFFECTIVE = "effective"


CaseFolder: TypeAlias = Annotated[
    Path, typer.Argument(help="Folder with RTDOSE, RTSTRUCT and RTPLAN files, any names.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
PlanName: TypeAlias = Annotated[
    str | None, typer.Option("--plan", help="Label or UID of the plan to take, where there are several.")
]
Between: TypeAlias = Annotated[
    BetweenPlanes | None, typer.Option(help="Between contour planes; prism unless said otherwise.")
]
Caps: TypeAlias = Annotated[
    EndCaps | None, typer.Option(help="Beyond the end planes of contours; half_slice unless said otherwise.")
]
MaxCap: TypeAlias = Annotated[float | None, typer.Option("--max-cap-mm", metavar="MM", help="The longest cap.")]
PresetOption: TypeAlias = Annotated[
    Preset | None, typer.Option(help="The rules of a known system instead of these three.")
]
Covered: TypeAlias = Annotated[
    float, typer.Option(help="Share of a structure that the dose grid must cover for relative metrics, 0 to 1.")
]
Prescription: TypeAlias = Annotated[
    float | None, typer.Option(metavar="GY", help="Prescribed total dose; else as the plan says.")
]
Fractions: TypeAlias = Annotated[int | None, typer.Option(help="Number of fractions; else as the plan says.")]
DoseScope: TypeAlias = Annotated[
    Scope | None, typer.Option(help="How much of the treatment the dose holds, if you know better than the file.")
]
DoseKindOption: TypeAlias = Annotated[
    DoseType | None, typer.Option("--dose-type", help="What the dose is, for a file that states no DoseType.")
]


def _version(wanted: bool) -> None:  # noqa: FBT001 - a callback of typer
    if wanted:
        typer.echo(f"hepadose {hd.__version__}\nIntended use: {hd.INTENDED_USE}")
        raise typer.Exit


@app.callback()
def options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print version and intended use.")
    ] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Print the traceback of an error.")] = False,
) -> None:
    """Hold the options that come before a command."""


def _console() -> Console:
    return Console(width=None if Console().is_terminal else show.WIDTH, highlight=False, soft_wrap=False)


def _print_json(document: Document) -> None:
    typer.echo(to_text(document))


@app.command(epilog=f"{_EXAMPLES}hepadose demo   |   hepadose demo --out demo-case")
def demo(
    *,
    out: Annotated[Path | None, typer.Option(help="Folder to keep the DICOM files in; else a temporary one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic liver case as DICOM, read it back and tell the whole story."""
    story = run_demo(out)
    if as_json:
        _print_json(story.document())
    else:
        show.demo(_console(), story)


@app.command(epilog=f"{_EXAMPLES}hepadose info patient/   |   hepadose info rtdose.dcm --json")
def info(
    path: Annotated[Path, typer.Argument(help="A folder, or one RTDOSE, RTSTRUCT or RTPLAN file.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a folder or a file holds: doses, structures, plans, doubts."""
    document = case_info(path) if path.is_dir() else file_info(path)
    if as_json:
        _print_json(document)
    else:
        show.info(_console(), document)


@app.command(
    epilog=f'{_EXAMPLES}hepadose dvh patient/   |   hepadose dvh patient/ --metric "D95%[Gy]" --metric "CV15Gy[cc]"'
    " --json   |   hepadose dvh patient/ --eqd2 2.5"
)
def dvh(  # noqa: PLR0913 - options of a command
    case: CaseFolder,
    *,
    metric: Annotated[
        list[str] | None, typer.Option(help='What to read beside volume, min, mean and max: "D95%[Gy]". Repeatable.')
    ] = None,
    structure: Annotated[
        list[str] | None, typer.Option(help="Only structures of this name or number. Repeatable.")
    ] = None,
    bed: Annotated[float | None, typer.Option(metavar="GY", help="Show BED at this alpha/beta.")] = None,
    eqd2: Annotated[float | None, typer.Option(metavar="GY", help="Show EQD2 at this alpha/beta.")] = None,
    between_planes: Between = None,
    end_caps: Caps = None,
    max_cap_mm: MaxCap = None,
    preset: PresetOption = None,
    min_covered: Covered = 1.0,
    prescription: Prescription = None,
    fractions: Fractions = None,
    plan: PlanName = None,
    dose_scope: DoseScope = None,
    dose_type: DoseKindOption = None,
    as_json: AsJson = False,
) -> None:
    """Calculate the dose-volume histogram of every structure of a case."""
    found = _read(case, plan, fractions, dose_scope, dose_type)
    document = dvhs_document(
        found,
        metrics=metric or [],
        only=structure or [],
        alpha_beta=_alpha_beta(bed, eqd2),
        prescription_gy=prescription,
        between_planes=None if between_planes is None else between_planes.value,
        end_caps=None if end_caps is None else end_caps.value,
        max_cap_mm=max_cap_mm,
        preset=None if preset is None else preset.value,
        min_covered=min_covered,
    )
    if as_json:
        _print_json(document)
    else:
        show.dvhs(_console(), document)


def _alpha_beta(bed: float | None, eqd2: float | None) -> tuple[Literal["bed", "eqd2"], float] | None:
    if bed is not None and eqd2 is not None:
        raise typer.BadParameter("give --bed or --eqd2, not both")
    if bed is not None:
        return "bed", bed
    return None if eqd2 is None else ("eqd2", eqd2)


def _in_a_folder(file: Path | None) -> Path | None:
    """Refuse a file that cannot be written, before the work and not after it."""
    if file is not None and not file.parent.is_dir():
        raise typer.BadParameter("its folder does not exist; make it first, or give a file in a folder that is there")
    return file


def _read(
    case: Path, plan: str | None, fractions: int | None, scope: Scope | None, dose_type: DoseType | None
) -> hd.Case:
    return hd.read_case(
        case,
        plan=plan,
        fractions=fractions,
        dose_scope=None if scope is None else scope.value,
        dose_type=None if dose_type is None else dose_type.value,
    )


@app.command(
    epilog=f"{_EXAMPLES}hepadose check patient/ --protocol liver-sbrt-5fx   |   hepadose check patient/"
    ' --protocol mine.toml --map "Liver=Hepar" --map GTV=3 --json   |   hepadose check patient/ --protocol'
    " liver-sbrt-5fx --html report.html --lang zh"
)
def check(  # noqa: PLR0913 - options of a command
    case: CaseFolder,
    *,
    protocol: Annotated[
        str,
        typer.Option(
            help="Id of a protocol or a family (see: hepadose protocols), or a TOML file.",
            autocompletion=lambda: [one.id for one in hd.protocols()],
        ),
    ],
    roles: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NAME=ROI", help="Which ROI is Liver, Stomach, a GTV, ... Repeatable."),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option(help='TOML file of such names: Liver = "Hepar", GTV = [3, "T2"].')
    ] = None,
    liver_status: Annotated[LiverStatus, typer.Option(help="What is known of the liver.")] = LiverStatus.UNKNOWN,
    disease: Annotated[Disease | None, typer.Option(help="What is treated, where limits differ by it.")] = None,
    child_pugh: Annotated[ChildPugh | None, typer.Option(help="Child-Pugh class.")] = None,
    sex: Annotated[Sex | None, typer.Option(help="Sex, where a limit depends on it.")] = None,
    recalled: Annotated[bool, typer.Option("--recalled", help="Count goals that rest on memory alone.")] = False,
    drawn_only: Annotated[
        bool, typer.Option("--drawn-only", help="Leave out goals whose structure nobody drew.")
    ] = False,
    convert: Annotated[
        float | None,
        typer.Option(metavar="GY", help="Convert limits for other fractions at this alpha/beta (LQ)."),
    ] = None,
    clinical: Annotated[
        bool, typer.Option("--clinical", help="Refuse what is not approved, has expired or is recalled.")
    ] = False,
    tolerance_percent: Annotated[
        float | None,
        typer.Option(metavar="PERCENT", help="Make DVHs finer until their error is below this share of the volume."),
    ] = None,
    between_planes: Between = None,
    end_caps: Caps = None,
    max_cap_mm: MaxCap = None,
    preset: PresetOption = None,
    min_covered: Covered = 1.0,
    prescription: Prescription = None,
    fractions: Fractions = None,
    plan: PlanName = None,
    dose_scope: DoseScope = None,
    dose_type: DoseKindOption = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", callback=_in_a_folder, help="Write the report as one HTML file that opens by itself."
        ),
    ] = None,
    pdf: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", callback=_in_a_folder, help="Write the same report as PDF (extra: hepadose[pdf])."
        ),
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the written report.")] = Lang.EN,
    identifiers: Annotated[
        bool, typer.Option("--identifiers", help="Name plan label and UIDs in the written report.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a case against a protocol: exit code 0 if all mandatory goals are met, else 1."""
    report = hd.check(
        _read(case, plan, fractions, dose_scope, dose_type),
        protocol,
        mapping=_mappings(roles or [], map_file),
        liver_status=liver_status.value,
        disease=None if disease is None else disease.value,
        child_pugh=None if child_pugh is None else child_pugh.value,
        sex=None if sex is None else sex.value,
        recalled=recalled,
        undrawn="left_out" if drawn_only else "not_evaluable",
        convert_alpha_beta_gy=convert,
        clinical=clinical,
        prescription_gy=prescription,
        fractions=fractions,
        between_planes=None if between_planes is None else between_planes.value,
        end_caps=None if end_caps is None else end_caps.value,
        max_cap_mm=max_cap_mm,
        preset=None if preset is None else preset.value,
        min_covered=min_covered,
        tolerance_percent=tolerance_percent,
    )
    if html is not None:
        report.to_html(html, lang=lang.value, identifiers=identifiers)
    if pdf is not None:
        report.to_pdf(pdf, lang=lang.value, identifiers=identifiers)
    if as_json:
        _print_json(report.to_dict())
    else:
        show.report(_console(), report)
        for file in (html, pdf):
            if file is not None:
                show.note(_console(), f"Written: {file.name}")
    raise typer.Exit(0 if report.all_mandatory_met else 1)


def _mappings(entries: list[str], file: Path | None) -> dict[str, list[str | int]] | Path | None:
    if file is not None and entries:
        raise typer.BadParameter("give --map or --map-file, not both")
    return _mapping(entries) if file is None else file


def _mapping(entries: list[str]) -> dict[str, list[str | int]]:
    mapping: dict[str, list[str | int]] = {}
    for entry in entries:
        role, equals, roi = entry.partition("=")
        if not (role.strip() and equals and roi.strip()):
            raise typer.BadParameter(f"--map is ROLE=ROI, such as Liver=Hepar or GTV=3, got '{entry}'")
        roi = roi.strip()
        mapping.setdefault(role.strip(), []).append(int(roi) if roi.isdecimal() else roi)
    return mapping


@app.command(
    epilog=f"{_EXAMPLES}hepadose protocols   |   hepadose protocols --show tg101-3fx   |   hepadose protocols"
    " --diff tg101-5fx uk-sabr-2022-5fx"
)
def protocols(
    protocol: Annotated[str | None, typer.Argument(help="Show the goals of this one.")] = None,
    *,
    show_id: Annotated[str | None, typer.Option("--show", metavar="ID", help="The same.")] = None,
    diff: Annotated[
        tuple[str, str] | None, typer.Option("--diff", metavar="A B", help="Goals of two protocols side by side.")
    ] = None,
    folder: Annotated[
        list[Path] | None, typer.Option(help="Further protocol files or folders; also HEPADOSE_PROTOCOLS. Repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the protocols, the goals of one with their sources, or two side by side."""
    wanted = protocol if show_id is None else show_id
    every = hd.protocols(folder or [])
    ids = [wanted] if diff is None else list(diff)
    chosen = every if wanted is None and diff is None else tuple(_by_id(every, str(one)) for one in ids)
    if as_json:
        _print_json(protocols_document(chosen))
    elif diff is not None:
        show.difference(_console(), *chosen)
    else:
        show.protocols(_console(), chosen, in_full=wanted is not None)
        for label in mapping_files(folder or []):
            show.note(_console(), f"left out: {not_a_protocol(label)}")


def _by_id(every: tuple[hd.Protocol, ...], wanted: str) -> hd.Protocol:
    found = next((one for one in every if one.id == wanted), None)
    return hd.Protocol(wanted) if found is None else found


@app.command(epilog=f"{_EXAMPLES}hepadose schedules --alpha-beta 10 --alpha-beta 3")
def schedules(
    *,
    alpha_beta: Annotated[list[float], typer.Option(metavar="GY", help="alpha/beta in Gy. Repeatable.")],
    as_json: AsJson = False,
) -> None:
    """Compare fractionation schedules by BED and EQD2 at one alpha/beta or several."""
    rows = hd.schedules(alpha_beta)
    if as_json:
        _print_json(rows.to_dict())
    else:
        show.schedules(_console(), rows)


@app.command(epilog=f"{_EXAMPLES}hepadose thresholds --json")
def thresholds(*, as_json: AsJson = False) -> None:
    """List the published response thresholds for yttrium-90, with what they hold for."""
    if as_json:
        _print_json(thresholds_document())
    else:
        show.thresholds(_console())


@y90_app.callback()
def y90() -> None:
    """Hold the commands of yttrium-90."""


@y90_app.command(
    epilog=f"{_EXAMPLES}hepadose y90 response 150 --device glass --disease colorectal-metastases --dosimetry y90-pet"
    " --prevalence 0.4"
)
def response(  # noqa: PLR0913 - options of a command
    dose: Annotated[float, typer.Argument(metavar="DOSE", help="Mean absorbed dose of the lesion in Gy.")],
    *,
    device: Annotated[str, typer.Option(help="glass or resin.")],
    disease: Annotated[str, typer.Option(help="What was treated, such as colorectal-metastases.")],
    dosimetry: Annotated[str, typer.Option(help="The image that the dose comes from, such as y90-pet.")],
    prevalence: Annotated[
        float | None, typer.Option(help="Share of lesions that respond whatever their dose, 0 to 1.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give the published response stratum of a mean lesion dose."""
    words: Any = {"device": device, "disease": disease, "dosimetry": dosimetry}
    found = hd.y90.response(dose, **words, prevalence=prevalence)
    if as_json:
        _print_json(response_document(found))
    else:
        show.response(_console(), found)


add_y90_commands(y90_app)
