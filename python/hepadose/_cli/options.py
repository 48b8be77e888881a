"""What commands ask for, each option said once; `spread` gives a command the options of such a group."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_type_hints

import typer

import hepadose as hd
from hepadose import _core
from hepadose._check import CheckKeywords, ChildPugh, Disease, LiverStatus, Sex
from hepadose._dvh import BetweenPlanes, EndCaps, PresetName

EXAMPLES = "Examples: "
_CHARTS = (".svg", ".pdf", ".png")
_READING = "Which plan, and what its dose is"
_NAMES = "Which ROI is what"
_SOLIDS = "How structures and doses are counted"
_KNOWN = "What is known, and which goals count"
Scope: TypeAlias = Literal["total", "partial", "session", "multi_plan"]
DoseMeaning: TypeAlias = Literal["physical", "effective"]
RoiNames: TypeAlias = dict[str, list[str | int]]


def protocol_names(incomplete: str = "") -> list[str]:
    """Give the ids and families of protocols that begin so, for completion."""
    try:
        every = hd.protocols()
    except (hd.errors.HepadoseError, OSError):  # a broken file of the user's own must not end the completion
        every = tuple(hd.Protocol(id_) for id_ in _core.protocol_ids())
    names = dict.fromkeys([*(one.id for one in every), *(one.family for one in every if one.family is not None)])
    return [name for name in names if name.startswith(incomplete)]


def to_write(path: Path | None) -> Path | None:
    """Refuse a file that could not be written, before anything is calculated for it."""
    if path is not None and path.is_dir():
        raise typer.BadParameter("this is a folder; give the name of a file")
    if path is not None and not path.parent.is_dir():
        raise typer.BadParameter("the folder of the file is not there; make it, or name another")
    return path


def _chart(path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in _CHARTS:
        raise typer.BadParameter(f"a chart is written as {', '.join(_CHARTS)}; give a file name that ends so")
    return to_write(path)


CaseFolder: TypeAlias = Annotated[
    Path, typer.Argument(help="Folder with RTDOSE, RTSTRUCT and RTPLAN files, any names.")
]
ProtocolName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--protocol",
        metavar="ID",
        help="Id of a protocol or a family (see: hepadose protocols), or a TOML file.",
        autocompletion=protocol_names,
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
PlotFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        callback=_chart,
        help="Write the chart: .svg, .pdf or .png by its name (extra: hepadose\\[plot]).",
    ),
]
Fractions: TypeAlias = Annotated[
    int | None, typer.Option(rich_help_panel=_READING, help="Number of fractions; else as the plan says.")
]
Prescription: TypeAlias = Annotated[
    float | None,
    typer.Option(rich_help_panel=_READING, metavar="GY", help="Prescribed total dose; else as the plan says."),
]
Covered: TypeAlias = Annotated[
    float,
    typer.Option(
        rich_help_panel=_SOLIDS, help="Share of a structure that the dose grid must cover for relative metrics, 0 to 1."
    ),
]


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """Which plan of a folder is meant."""

    plan: Annotated[
        str | None,
        typer.Option(rich_help_panel=_READING, help="Label or UID of the plan to take, where there are several."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class CaseOptions(PlanOptions):
    """What a folder is read with."""

    fractions: Fractions = None
    dose_scope: Annotated[
        Scope | None,
        typer.Option(
            rich_help_panel=_READING, help="How much of the treatment the dose holds, if you know better than the file."
        ),
    ] = None
    dose_type: Annotated[
        DoseMeaning | None,
        typer.Option(rich_help_panel=_READING, help="What the dose is, for a file that states no DoseType."),
    ] = None

    def read(self, folder: Path) -> hd.Case:
        """Read the case of a folder."""
        return hd.read_case(
            folder, plan=self.plan, fractions=self.fractions, dose_scope=self.dose_scope, dose_type=self.dose_type
        )


@dataclass(frozen=True, kw_only=True)
class SolidOptions:
    """What a structure is between and beyond its contours."""

    between_planes: Annotated[
        BetweenPlanes | None,
        typer.Option(rich_help_panel=_SOLIDS, help="Between contour planes; prism unless said otherwise."),
    ] = None
    end_caps: Annotated[
        EndCaps | None,
        typer.Option(
            rich_help_panel=_SOLIDS, help="Beyond the end planes of contours; half_slice unless said otherwise."
        ),
    ] = None
    max_cap_mm: Annotated[
        float | None, typer.Option(rich_help_panel=_SOLIDS, metavar="MM", help="The longest cap.")
    ] = None
    preset: Annotated[
        PresetName | None,
        typer.Option(rich_help_panel=_SOLIDS, help="The rules of a known system instead of these three."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class NameOptions:
    """Which ROI is what."""

    roles: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            rich_help_panel=_NAMES,
            metavar="NAME=ROI",
            help="Which ROI is Liver, Stomach, a GTV, ... Repeatable.",
        ),
    ] = None
    map_file: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=_NAMES, metavar="FILE", help='TOML file of such names: Liver = "Hepar", GTV = [3, "T2"].'
        ),
    ] = None

    def mapping(self) -> RoiNames | Path | None:
        """Give names and their ROIs, or the file that says them."""
        if self.map_file is not None and self.roles:
            raise typer.BadParameter("give --map or --map-file, not both")
        return _mapping(self.roles or []) if self.map_file is None else self.map_file


def _mapping(entries: list[str]) -> RoiNames:
    mapping: RoiNames = {}
    for entry in entries:
        role, equals, roi = entry.partition("=")
        if not (role.strip() and equals and roi.strip()):
            raise typer.BadParameter(f"--map is NAME=ROI, such as Liver=Hepar or GTV=3, got '{entry}'")
        roi = roi.strip()
        mapping.setdefault(role.strip(), []).append(int(roi) if roi.isdecimal() else roi)
    return mapping


@dataclass(frozen=True, kw_only=True)
class CheckOptions(SolidOptions, CaseOptions, NameOptions):
    """What a check is told beside case and protocol; its further questions are told the same."""

    prescription: Prescription = None
    disease: Annotated[
        Disease | None, typer.Option(rich_help_panel=_KNOWN, help="What is treated, where limits differ by it.")
    ] = None
    liver_status: Annotated[LiverStatus, typer.Option(rich_help_panel=_KNOWN, help="What is known of the liver.")] = (
        "unknown"
    )
    child_pugh: Annotated[ChildPugh | None, typer.Option(rich_help_panel=_KNOWN, help="Child-Pugh class.")] = None
    sex: Annotated[Sex | None, typer.Option(rich_help_panel=_KNOWN, help="Sex, where a limit depends on it.")] = None
    recalled: Annotated[
        bool, typer.Option("--recalled", rich_help_panel=_KNOWN, help="Count goals that rest on memory alone.")
    ] = False
    drawn_only: Annotated[
        bool, typer.Option("--drawn-only", rich_help_panel=_KNOWN, help="Leave out goals whose structure nobody drew.")
    ] = False
    convert: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=_KNOWN, metavar="GY", help="Convert limits for other fractions at this alpha/beta (LQ)."
        ),
    ] = None
    tolerance_percent: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=_SOLIDS,
            metavar="PERCENT",
            help="Make DVHs finer until their error is below this share of the volume.",
        ),
    ] = None
    min_covered: Covered = 1.0

    def keywords(self) -> CheckKeywords:
        """Give them as `hepadose.check` takes them beside `fractions`."""
        return {
            "mapping": self.mapping(),
            "liver_status": self.liver_status,
            "disease": self.disease,
            "child_pugh": self.child_pugh,
            "sex": self.sex,
            "prescription_gy": self.prescription,
            "recalled": self.recalled,
            "undrawn": "left_out" if self.drawn_only else "not_evaluable",
            "convert_alpha_beta_gy": self.convert,
            "between_planes": self.between_planes,
            "end_caps": self.end_caps,
            "max_cap_mm": self.max_cap_mm,
            "preset": self.preset,
            "min_covered": self.min_covered,
            "tolerance_percent": self.tolerance_percent,
        }


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, for each parameter that is a group of options, the options of that group."""
    groups: dict[str, Any] = {}
    parameters: list[Parameter] = []
    for parameter in signature(command, eval_str=True).parameters.values():
        if is_dataclass(parameter.annotation):
            groups[parameter.name] = parameter.annotation
            parameters += _options_of(parameter.annotation)
        else:
            parameters.append(parameter)
    # Options of a group stand where the group stood; an option that has no default may follow one that has.
    positional = [one for one in parameters if one.kind is not Parameter.KEYWORD_ONLY]
    named = [one for one in parameters if one.kind is Parameter.KEYWORD_ONLY]

    @wraps(command)
    def run(*args: Any, **given: Any) -> None:
        made = {
            name: group(**{one.name: given.pop(one.name) for one in fields(group)}) for name, group in groups.items()
        }
        command(*args, **given, **made)

    run.__signature__ = Signature([*positional, *named])  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in (*positional, *named)}
    return run


def _options_of(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(
            one.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(group)
    ]
