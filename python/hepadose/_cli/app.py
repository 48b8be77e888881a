"""The commands and their options."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

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
from hepadose._cli.options import (
    EXAMPLES,
    AsJson,
    CaseFolder,
    CaseOptions,
    CheckOptions,
    Covered,
    Prescription,
    ProtocolName,
    SolidOptions,
    protocol_names,
    spread,
    to_write,
)
from hepadose._cli.output import console, print_json
from hepadose._cli.what_if import add_what_if_commands
from hepadose._cli.y90 import add_y90_commands
from hepadose._protocols import mapping_files, not_a_protocol, protocol_of
from hepadose._words import Language

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


@app.command(epilog=f"{EXAMPLES}hepadose demo   |   hepadose demo --out demo-case")
def demo(
    *,
    out: Annotated[Path | None, typer.Option(help="Folder to keep the DICOM files in; else a temporary one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic liver case as DICOM, read it back and tell the whole story."""
    story = run_demo(out)
    if as_json:
        print_json(story.document())
    else:
        show.demo(console(), story)


@app.command(epilog=f"{EXAMPLES}hepadose info patient/   |   hepadose info rtdose.dcm --json")
def info(
    path: Annotated[Path, typer.Argument(help="A folder, or one RTDOSE, RTSTRUCT or RTPLAN file.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a folder or a file holds: doses, structures, plans, doubts."""
    document = case_info(path) if path.is_dir() else file_info(path)
    if as_json:
        print_json(document)
    else:
        show.info(console(), document)


@app.command(
    epilog=f'{EXAMPLES}hepadose dvh patient/   |   hepadose dvh patient/ --metric "D95%[Gy]" --metric "CV15Gy\\[cc]"'
    " --json   |   hepadose dvh patient/ --eqd2 2.5"
)
@spread
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
    solid: SolidOptions,
    min_covered: Covered = 1.0,
    prescription: Prescription = None,
    of_case: CaseOptions,
    as_json: AsJson = False,
) -> None:
    """Calculate the dose-volume histogram of every structure of a case."""
    document = dvhs_document(
        of_case.read(case),
        metrics=metric or [],
        only=structure or [],
        alpha_beta=_alpha_beta(bed, eqd2),
        prescription_gy=prescription,
        between_planes=solid.between_planes,
        end_caps=solid.end_caps,
        max_cap_mm=solid.max_cap_mm,
        preset=solid.preset,
        min_covered=min_covered,
    )
    if as_json:
        print_json(document)
    else:
        show.dvhs(console(), document)


def _alpha_beta(bed: float | None, eqd2: float | None) -> tuple[Literal["bed", "eqd2"], float] | None:
    if bed is not None and eqd2 is not None:
        raise typer.BadParameter("give --bed or --eqd2, not both")
    if bed is not None:
        return "bed", bed
    return None if eqd2 is None else ("eqd2", eqd2)


@app.command(
    epilog=f"{EXAMPLES}hepadose check patient/ --protocol liver-sbrt-5fx   |   hepadose check patient/"
    ' --protocol mine.toml --map "Liver=Hepar" --map GTV=3 --json   |   hepadose check patient/ --protocol'
    " liver-sbrt-5fx --html report.html --lang zh"
)
@spread
def check(  # noqa: PLR0913 - options of a command
    case: CaseFolder,
    *,
    protocol: ProtocolName,
    told: CheckOptions,
    clinical: Annotated[
        bool, typer.Option("--clinical", help="Refuse what is not approved, has expired or is recalled.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", callback=to_write, help="Write the report as one HTML file that opens by itself."),
    ] = None,
    pdf: Annotated[
        Path | None,
        typer.Option(metavar="FILE", callback=to_write, help="Write the same report as PDF (extra: hepadose\\[pdf])."),
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of the written report.")] = "en",
    identifiers: Annotated[
        bool, typer.Option("--identifiers", help="Name plan label and UIDs in the written report.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a case against a protocol: exit code 0 if all mandatory goals are met, else 1."""
    report = hd.check(told.read(case), protocol, fractions=told.fractions, clinical=clinical, **told.keywords())
    if html is not None:
        report.to_html(html, lang=lang, identifiers=identifiers)
    if pdf is not None:
        report.to_pdf(pdf, lang=lang, identifiers=identifiers)
    if as_json:
        print_json(report.to_dict())
    else:
        show.report(console(), report)
        for file in (html, pdf):
            if file is not None:
                show.note(console(), f"Written: {file.name}")
    raise typer.Exit(0 if report.all_mandatory_met else 1)


@app.command(
    epilog=f"{EXAMPLES}hepadose protocols   |   hepadose protocols --show tg101-3fx   |   hepadose protocols"
    " --diff tg101-5fx uk-sabr-2022-5fx"
)
def protocols(
    protocol: Annotated[
        str | None, typer.Argument(help="Show the goals of this one.", autocompletion=protocol_names)
    ] = None,
    *,
    show_id: Annotated[
        str | None, typer.Option("--show", metavar="ID", help="The same.", autocompletion=protocol_names)
    ] = None,
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
        print_json(protocols_document(chosen))
    elif diff is not None:
        show.difference(console(), *chosen)
    else:
        show.protocols(console(), chosen, in_full=wanted is not None)
        for label in mapping_files(folder or []):
            show.note(console(), f"left out: {not_a_protocol(label)}")


def _by_id(every: tuple[hd.Protocol, ...], wanted: str) -> hd.Protocol:
    found = next((one for one in every if one.id == wanted), None)
    try:
        return hd.Protocol(wanted) if found is None else found
    except hd.errors.UnknownProtocolError:
        return protocol_of(wanted, None)  # which says what may have been meant


@app.command(epilog=f"{EXAMPLES}hepadose schedules --alpha-beta 10 --alpha-beta 3")
def schedules(
    *,
    alpha_beta: Annotated[list[float], typer.Option(metavar="GY", help="alpha/beta in Gy. Repeatable.")],
    as_json: AsJson = False,
) -> None:
    """Compare fractionation schedules by BED and EQD2 at one alpha/beta or several."""
    rows = hd.schedules(alpha_beta)
    if as_json:
        print_json(rows.to_dict())
    else:
        show.schedules(console(), rows)


@app.command(epilog=f"{EXAMPLES}hepadose thresholds --json")
def thresholds(*, as_json: AsJson = False) -> None:
    """List the published response thresholds for yttrium-90, with what they hold for."""
    if as_json:
        print_json(thresholds_document())
    else:
        show.thresholds(console())


@y90_app.callback()
def y90() -> None:
    """Hold the commands of yttrium-90."""


@y90_app.command(
    epilog=f"{EXAMPLES}hepadose y90 response 150 --device glass --disease colorectal-metastases --dosimetry y90-pet"
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
        print_json(response_document(found))
    else:
        show.response(console(), found)


add_what_if_commands(app)
add_y90_commands(y90_app)
