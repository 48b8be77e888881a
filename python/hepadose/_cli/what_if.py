"""The commands that ask further than a check: what flips a verdict, what dose would pass, whom it is meant for."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

import hepadose as hd
from hepadose._check import ChildPugh
from hepadose._cli import show_what_if as show
from hepadose._cli.options import (
    EXAMPLES,
    AsJson,
    CaseFolder,
    CheckOptions,
    NameOptions,
    PlanOptions,
    PlotFile,
    ProtocolName,
    SolidOptions,
    protocol_names,
    spread,
)
from hepadose._cli.output import console, print_json
from hepadose._document import missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHIFTS_MM = (1.0, 2.0, 3.0)


@spread
def flip(  # noqa: PLR0913 - options of a command
    case: CaseFolder,
    *,
    protocol: ProtocolName,
    shift_mm: Annotated[
        list[float] | None,
        typer.Option(metavar="MM", help="Shift structures by this along x, y and z; 1, 2, 3 if not said. Repeatable."),
    ] = None,
    no_shifts: Annotated[bool, typer.Option("--no-shifts", help="No shifts: the answer comes sooner.")] = False,
    margin_mm: Annotated[
        list[float] | None,
        typer.Option(metavar="MM", help="Also contours larger and smaller by this; slow. Repeatable."),
    ] = None,
    alpha_beta: Annotated[
        list[float] | None,
        typer.Option(metavar="GY", help="Other alpha/beta for goals in BED or EQD2. Repeatable."),
    ] = None,
    told: CheckOptions,
    plot: PlotFile = None,
    as_json: AsJson = False,
) -> None:
    """Check again under the conventions in which systems differ, and name what would flip a verdict.

    Exit code 0 if all mandatory goals are met and no convention flips one of them, else 1.
    """
    if no_shifts and shift_mm:
        raise typer.BadParameter("give --shift-mm or --no-shifts, not both")
    read, how = told.read(case), told.keywords()
    report = hd.check(read, protocol, fractions=told.fractions, **how)
    found = hd.would_it_flip(
        read,
        protocol,
        shifts_mm=() if no_shifts else shift_mm or _SHIFTS_MM,
        margins_mm=margin_mm or (),
        alpha_beta_gy=alpha_beta or (),
        fractions=told.fractions,
        **how,
    )
    if plot is not None:
        _write(lambda plots: plots.flips(found, goals=report), plot)
    if as_json:
        print_json(found.to_dict())
    else:
        show.flips(console(), found, report)
    raise typer.Exit(0 if report.all_mandatory_met and not show.flipped(found, report) else 1)


@spread
def isotoxic(
    case: CaseFolder, *, protocol: ProtocolName, told: CheckOptions, plot: PlotFile = None, as_json: AsJson = False
) -> None:
    """Find the largest scaling of the dose at which all mandatory goals still hold, and what binds it.

    Exit code 0 if there is one and every mandatory goal could be followed, else 1.
    """
    found = hd.isotoxic(told.read(case), protocol, fractions=told.fractions, **told.keywords())
    if plot is not None:
        _write(lambda plots: plots.headroom(found), plot)
    if as_json:
        print_json(found.to_dict())
    else:
        show.isotoxic(console(), found)
    holds = found.scale is not None or found.best_tier_gy is not None
    raise typer.Exit(0 if holds and found.is_complete else 1)


@spread
def eligibility(  # noqa: PLR0913 - options of a command
    case: CaseFolder,
    *,
    protocol: Annotated[
        str,
        typer.Option(
            metavar="ID", help="The protocol whose selection criteria are meant.", autocompletion=protocol_names
        ),
    ] = "crlm-mdt-2024-sbrt",
    survival_months: Annotated[float | None, typer.Option(metavar="MONTHS", help="Expected survival.")] = None,
    ecog: Annotated[int | None, typer.Option(help="ECOG performance status, 0 to 5.")] = None,
    metastases: Annotated[int | None, typer.Option(help="Number of metastases, drawn or not.")] = None,
    child_pugh: Annotated[ChildPugh | None, typer.Option(help="Child-Pugh class.")] = None,
    bowel_threshold_mm: Annotated[
        float | None,
        typer.Option(metavar="MM", help="Distance between tumour and bowel that you ask for; else not judged."),
    ] = None,
    names: NameOptions,
    solid: SolidOptions,
    of_plan: PlanOptions,
    as_json: AsJson = False,
) -> None:
    """Judge a case by the selection criteria of a protocol; diameters and distances to bowel are measured.

    Exit code 0 if all criteria are met, 1 if one is not or is unknown.
    """
    found = hd.eligibility(
        hd.read_case(case, plan=of_plan.plan),
        protocol,
        expected_survival_months=survival_months,
        ecog=ecog,
        metastases=metastases,
        child_pugh=child_pugh,
        bowel_threshold_mm=bowel_threshold_mm,
        mapping=names.mapping(),
        between_planes=solid.between_planes,
        end_caps=solid.end_caps,
        max_cap_mm=solid.max_cap_mm,
        preset=solid.preset,
    )
    if as_json:
        print_json(found.to_dict())
    else:
        show.eligibility(console(), found)
    raise typer.Exit(0 if found.verdict == "met" else 1)


def _write(draw: Callable[[ModuleType], "Axes"], path: Path) -> None:
    """Draw into a file; no window is opened, whatever the machine shows plots with."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - only a chart needs it
    except ImportError as error:
        raise missing("plot", "matplotlib") from error
    mpl.use("agg")
    from hepadose import plot  # noqa: PLC0415 - the same

    figure = draw(plot).get_figure(root=True)
    if figure is not None:  # axes of a new figure have one
        figure.savefig(path, bbox_inches="tight")


def add_what_if_commands(app: typer.Typer) -> None:
    """Add flip, isotoxic and eligibility."""
    app.command(
        epilog=f"{EXAMPLES}hepadose flip patient/ --protocol liver-sbrt-5fx   |   hepadose flip patient/"
        " --protocol tg101-5fx --shift-mm 2 --drawn-only --plot flips.svg   |   hepadose flip patient/"
        ' --protocol mine.toml --map "Liver=Hepar" --no-shifts --json'
    )(flip)
    app.command(
        epilog=f"{EXAMPLES}hepadose isotoxic patient/ --protocol liver-sbrt-5fx   |   hepadose isotoxic patient/"
        " --protocol uk-sabr-2022-5fx --drawn-only --plot headroom.svg   |   hepadose isotoxic patient/"
        " --protocol rtog1112 --disease primary --recalled --json"
    )(isotoxic)
    app.command(
        epilog=f"{EXAMPLES}hepadose eligibility patient/ --ecog 1 --metastases 3 --survival-months 18"
        "   |   hepadose eligibility patient/ --bowel-threshold-mm 10 --json"
    )(eligibility)
