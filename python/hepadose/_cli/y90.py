"""The commands of yttrium-90: plan, dose, compare, fit."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

import hepadose as hd
from hepadose._cli.options import EXAMPLES
from hepadose._document import document, to_text

_JSON = typer.Option("--json", help="Print JSON instead of tables.")
_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
# How Python says it, and the options that say it here. What goes to a class, `Image(radionuclide=...)`, stays.
_OPTIONS = (
    (re.compile(r"unit='becquerel_per_ml' or unit='counts'"), "--unit becquerel_per_ml or --unit counts"),
    (re.compile(r"(?<![\w(])unit="), "--unit"),
    (re.compile(r"(?<![\w(])decay_correction_h="), "--hours"),
    (re.compile(r"(?<![\w(])radionuclide="), "--radionuclide"),
    (re.compile(r"use relative calibration"), "use relative calibration: --relative-to with --administered-gbq"),
    (
        re.compile(r"thresholds hold for a device, a disease and a dosimetry; (.*) (?:is|are) missing"),
        r"strata and limits need --device, --disease and --dosimetry; \1 is missing",
    ),
)


def _as_options(text: str) -> str:
    """Say with the options of the command what a message says with arguments of Python."""
    for pattern, said in _OPTIONS:
        text = pattern.sub(said, text)
    return text


@contextmanager
def _errors_name_options() -> Iterator[None]:
    try:
        yield
    except (hd.errors.HepadoseError, TypeError) as error:
        error.args = (_as_options(str(error)), *error.args[1:])
        raise


def _say(content: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(to_text(content))
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in [*lines, hd.INTENDED_USE]:
        console.print(line, markup=False)


def plan(  # noqa: PLR0913 - options of a command
    tumour_dose: Annotated[float, typer.Argument(metavar="GY", help="Wanted mean tumour dose in Gy.")],
    *,
    tumour_kg: Annotated[list[float], typer.Option(help="Mass of a tumour in kg; give it again for each.")],
    tn_ratio: Annotated[list[float], typer.Option(help="T/N by concentration, one for each tumour.")],
    normal_kg: Annotated[float, typer.Option(help="Mass of the perfused normal liver in kg.")],
    lung_shunt: Annotated[float, typer.Option(help="Lung shunt, 0 to below 1.")],
    residual: Annotated[float, typer.Option(help="Residual in vial and catheter, 0 to below 1.")] = 0.0,
    lung_kg: Annotated[float, typer.Option(help="Mass of both lungs in kg.")] = 1.0,
    normal_limit: Annotated[float | None, typer.Option(metavar="GY", help="Limit of normal liver.")] = None,
    lung_limit: Annotated[float | None, typer.Option(metavar="GY", help="Limit of the lung.")] = None,
    constant: Annotated[str | None, typer.Option(help="Dose constant in Gy kg/GBq, or its name.")] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Give the activity for a tumour dose by the partition model, held back by liver and lung."""
    found = hd.y90.plan_activity(
        tumour_dose,
        tumour_mass_kg=tumour_kg,
        tn_ratio=tn_ratio,
        normal_mass_kg=normal_kg,
        lung_shunt_fraction=lung_shunt,
        residual_fraction=residual,
        lung_mass_kg=lung_kg,
        normal_limit_gy=normal_limit,
        lung_limit_gy=lung_limit,
        dose_constant_gy_kg_per_gbq=_number_or_name(constant),
    )
    doses = found.doses
    normal = "none" if doses.normal_gy is None else f"{doses.normal_gy:.1f} Gy"
    lines = [
        f"{found.activity_gbq:.3f} GBq to prepare; decided by {found.limited_by.replace('_', ' ')}",
        f"tumour {', '.join(f'{one:.1f}' for one in doses.tumours_gy)} Gy",
        f"normal liver {normal}, lung {doses.lung_gy:.1f} Gy",
        *(f"Note: {one}" for one in found.notes),
    ]
    if doses.provenance is not None:
        lines += [f"{name}: {value}" for name, value in doses.provenance["settings"]]
    _say(document("hepadose/y90-plan/1", asdict(found), sources=("ho1996",)), lines, as_json=as_json)


def _number_or_name(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


@_errors_name_options()
def dose(  # noqa: PLR0913 - options of a command
    image: Annotated[Path, typer.Argument(help="PET series, NM file, NRRD or NIfTI.")],
    regions: Annotated[Path, typer.Argument(help="RTSTRUCT, DICOM SEG, .seg.nrrd or label map.")],
    *,
    unit: Annotated[str | None, typer.Option(help="becquerel_per_ml or counts, where the file does not say.")] = None,
    administered_gbq: Annotated[float | None, typer.Option(help="Prepared activity in GBq.")] = None,
    relative_to: Annotated[
        str | None, typer.Option(help="Relative calibration: whole_field, or the name of a region.")
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(help="Hours from administration to the moment of the image's activity, where the file is silent."),
    ] = None,
    radionuclide: Annotated[str | None, typer.Option(help="Y-90 or Tc-99m, where the file does not say.")] = None,
    lung_shunt: Annotated[float | None, typer.Option(help="Lung shunt, 0 to below 1; 0 if not said.")] = None,
    residual: Annotated[float, typer.Option(help="Residual, 0 to below 1.")] = 0.0,
    density: Annotated[float, typer.Option(help="Density in g/mL.")] = 1.05,
    at_least: Annotated[list[float] | None, typer.Option(metavar="GY", help="V at this dose; again for each.")] = None,
    lesion: Annotated[list[str] | None, typer.Option(help="Name of a region that is a lesion; again for each.")] = None,
    normal_liver: Annotated[str | None, typer.Option(help="Name of the normal liver.")] = None,
    perfused_normal_liver: Annotated[str | None, typer.Option(help="Name of the perfused normal liver.")] = None,
    whole_liver: Annotated[str | None, typer.Option(help="Name of the whole liver.")] = None,
    lung: Annotated[str | None, typer.Option(help="Name of the lung.")] = None,
    device: Annotated[str | None, typer.Option(help="glass or resin, for strata.")] = None,
    disease: Annotated[str | None, typer.Option(help="What was treated.")] = None,
    dosimetry: Annotated[str | None, typer.Option(help="The image that the dose comes from.")] = None,
    prevalence: Annotated[float | None, typer.Option(help="Share of lesions that respond, 0 to 1.")] = None,
    write_dose: Annotated[Path | None, typer.Option(help="Write the dose as RTDOSE to this file.")] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Calibrate an image, deposit its dose and list every region: volume, mean, D70, V100, stratum, limits."""
    read = hd.y90.read_image(image, unit=unit, decay_correction_h=hours, radionuclide=radionuclide)  # type: ignore[arg-type]
    every = _structures(regions)
    how: dict[str, Any] = {"lung_shunt_fraction": lung_shunt or 0.0, "residual_fraction": residual}
    if relative_to is None:
        if read.unit == "becquerel_per_ml" and read.decay_correction_h is None:
            raise typer.BadParameter(
                "the file does not say when its activity is stated; give --hours from administration to that moment, "
                "0 for an image that was corrected to the administration"
            )
        made = hd.y90.absolute_calibration(read, administered_gbq=administered_gbq, **how)
    else:
        if administered_gbq is None:
            raise typer.BadParameter("--relative-to needs --administered-gbq")
        how |= _reference(relative_to, every)
        made = hd.y90.relative_calibration(read, administered_gbq=administered_gbq, **how)
    model = hd.y90.LocalDeposition(density_g_per_ml=density, decay_correction_h=0.0)
    words: dict[str, Any] = {"device": device, "disease": disease, "dosimetry": dosimetry, "prevalence": prevalence}
    organs: dict[str, Any] = {
        "normal_liver": normal_liver,
        "perfused_normal_liver": perfused_normal_liver,
        "whole_liver": whole_liver,
        "lung": lung,
    }
    table = hd.y90.lesion_table(
        made,
        every,
        model=model,
        lesions=lesion or (),
        at_least_gy=at_least or (100.0,),
        **organs,
        **words,
    )
    if write_dose is not None:
        hd.write_rtdose(hd.y90.absorbed_dose(made.activity, density_g_per_ml=density), write_dose)
    calibration = {name: getattr(made, name) for name in type(made).__dataclass_fields__ if name != "activity"}
    assumed = ["lung shunt 0 assumed: say --lung-shunt"] if administered_gbq is not None and lung_shunt is None else []
    calibration["warnings"] = list(dict.fromkeys([*read.warnings, *made.warnings, *assumed]))
    content = {"calibration": calibration, "model": model.provenance(), "table": table.to_dict()}
    lines = [f"calibration: {made.factor:.6g} Bq/mL a unit, {made.field_gbq:.3f} GBq in the field"]
    if made.recovery_factor is not None:
        lines.append(f"recovery factor {made.recovery_factor:.3f}; outside the reference {made.outside_fraction:.1%}")
    doubts = dict.fromkeys([*calibration["warnings"], *table.warnings])
    lines += [f"Warning: {_as_options(one)}" for one in doubts]
    lines += [_row(row) for row in table.rows]
    if table.summary.lesions:
        lines.append(_summary(table.summary))
    _say(document("hepadose/y90-dose/1", content), lines, as_json=as_json)


def compare(
    planned_dose: Annotated[Path, typer.Argument(help="RTDOSE of the planned dose (MAA).")],
    planned_regions: Annotated[Path, typer.Argument(help="Its RTSTRUCT, DICOM SEG, .seg.nrrd or label map.")],
    delivered_dose: Annotated[Path, typer.Argument(help="RTDOSE of the delivered dose (PET).")],
    delivered_regions: Annotated[Path, typer.Argument(help="Its RTSTRUCT, DICOM SEG, .seg.nrrd or label map.")],
    *,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Compare planned with delivered dose of every region that both name: ratio and overlap of the histograms."""
    planned, delivered = (
        hd.dvhs(hd.read_rtdose(dose), _structures(regions))
        for dose, regions in ((planned_dose, planned_regions), (delivered_dose, delivered_regions))
    )
    found = hd.y90.compare_doses(planned, delivered)
    lines = [
        f"{one.name}: {one.reason}"
        if one.planned_mean_gy is None or one.delivered_mean_gy is None
        else f"{one.name}: planned {one.planned_mean_gy:.1f} Gy, delivered {one.delivered_mean_gy:.1f} Gy,"
        f" ratio {'none' if one.ratio is None else f'{one.ratio:.2f}'}, DVH overlap {one.dvh_overlap:.2f}"
        for one in found.regions
    ]
    lines += [f"{name}: only planned" for name in found.only_planned]
    lines += [f"{name}: only delivered" for name in found.only_delivered]
    _say(found.to_dict(), lines, as_json=as_json)


def _structures(path: Path) -> tuple[hd.Structure, ...]:
    """Read the closed structures of an RTSTRUCT, or those of a segmentation."""
    try:
        found = hd.read_rtstruct(path)
    except (hd.errors.NotDicomError, hd.errors.WrongModalityError):
        found = hd.read_segmentation(path)
    return tuple(one for one in found.all if one.is_solid)


def _reference(name: str, regions: tuple[hd.Structure, ...]) -> dict[str, Any]:
    if name == "whole_field":
        return {"reference": name}
    wanted = [one for one in regions if one.name == name]
    if len(wanted) != 1:
        names = ", ".join(repr(one.name) for one in regions)
        raise typer.BadParameter(f"--relative-to is whole_field or one of {names}, got {name!r}")
    kind = "whole_liver" if "liver" in name.lower() else "perfused_volume"
    return {"reference": kind, "region": wanted[0]}


def _row(row: hd.y90.LesionRow) -> str:
    mean = "no mean" if row.mean_gy is None else f"mean {row.mean_gy:.1f} Gy"
    d70 = "" if row.d70_gy is None else f", D70 {row.d70_gy:.1f} Gy"
    shares = "".join(f", V{limit:g} {share:.1f} %" for limit, share in row.v_percent.items() if share is not None)
    text = f"{row.name}: {row.volume_cc:.1f} cc, {mean}{d70}{shares}"
    if row.response is not None:
        text += f"; {row.response.stratum}"
        if row.response.probability is not None:
            text += f", probability of response {row.response.probability:.2f}"
    judged = {True: "within", False: "above", None: "not judged against"}
    limits = [
        f"{judged[one.within]} {one.operator} {one.dose_gy:g} Gy"
        f" ({', '.join(filter(None, (one.scenario, one.condition)))}; {one.reference.key})"
        for one in row.limits
    ]
    beside = [
        f"{one.what}: {one.median_gy:g} Gy" + (f" ({one.range_gy[0]:g} to {one.range_gy[1]:g})" if one.range_gy else "")
        for one in row.context
    ]
    lacking = [f"no stratum: {row.response_reason}"] if row.response_reason is not None else []
    lacking += [f"no limit: {row.limits_reason}"] if row.limits_reason is not None else []
    return "\n  ".join([text, *limits, *lacking, *beside, *(f"Warning: {warning}" for warning in row.doubts)])


def _summary(found: hd.y90.LesionSummary) -> str:
    if found.mean_gy is None:
        return f"{found.lesions} lesions, none with a mean dose. {found.note}"
    strata = "".join(f"; {count} at {stratum}" for stratum, count in found.strata.items())
    return (
        f"{found.lesions} lesions, {found.volume_cc:.1f} cc; {found.evaluable} of them evaluable:"
        f" mean {found.mean_gy:.1f} Gy, {found.lowest_gy:.1f} to {found.highest_gy:.1f} Gy{strata}. {found.note}"
    )


def fit(
    table: Annotated[Path, typer.Argument(help="CSV with the columns dose_gy, responded and, if known, patient.")],
    *,
    specificity: Annotated[float, typer.Option(help="Specificity at which a threshold is wanted.")] = 0.9,
    replicates: Annotated[int, typer.Option(help="Bootstrap replicates.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Fit the response of a department's own lesions: logistic curve, ROC, thresholds with intervals."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = {"dose_gy", "responded"} - set(rows[0] if rows else {})
    if missing:
        raise typer.BadParameter(f"the table needs the columns {', '.join(sorted(missing))} and at least one row")
    words = [row["responded"].strip().lower() for row in rows]
    if unknown := sorted(set(words) - set(_WORDS)):
        raise typer.BadParameter(f"responded is 1 or 0, true or false, yes or no, got {unknown[0]!r}")
    found = hd.y90.fit_response(
        [float(row["dose_gy"]) for row in rows],
        [_WORDS[word] for word in words],
        patient=[row["patient"] for row in rows] if "patient" in rows[0] else None,
        specificity=specificity,
        replicates=replicates,
        seed=seed,
    )
    lines = [f"{found.lesions} lesions, {found.responded} responded; area under the curve {found.auc:.3f}"]
    if isinstance(found.logistic, hd.y90.LogisticFit):
        lines.append(f"D50 {found.logistic.d50_gy:.1f} Gy, 95 % {_range(found.logistic.d50_interval_gy)}")
    else:
        step = found.logistic
        lines.append(f"dose parts the outcomes without error between {step.lower_gy:g} and {step.upper_gy:g} Gy")
    for name, one in (("Youden", found.youden), (f"specificity {specificity:g}", found.at_specificity)):
        limit = "none" if one.threshold_gy is None else f">= {one.threshold_gy:.1f} Gy"
        lines.append(
            f"{name}: {limit}, 95 % {_range(one.interval_gy)}; sensitivity {one.sensitivity:.2f},"
            f" specificity {one.specificity:.2f}"
        )
    lines += [f"Warning: {one}" for one in found.warnings]
    content = asdict(found)
    content["logistic"]["kind"] = "fitted" if isinstance(found.logistic, hd.y90.LogisticFit) else "separated"
    _say(document("hepadose/y90-fit/1", content, sources=("delong1988",)), lines, as_json=as_json)


def _range(bounds: tuple[float | None, float | None]) -> str:
    low, high = ("open" if one is None else f"{one:.1f}" for one in bounds)
    return f"{low} to {high}"


_COMMANDS: dict[Callable[..., None], str] = {
    plan: "hepadose y90 plan 120 --tumour-kg 0.3 --tn-ratio 4 --normal-kg 1.2 --lung-shunt 0.05   |   hepadose y90 plan"
    " 205 --tumour-kg 0.2 --tn-ratio 5 --tumour-kg 0.1 --tn-ratio 3 --normal-kg 1.2 --lung-shunt 0.03 --normal-limit 40"
    " --json",
    dose: "hepadose y90 dose pet/ rtstruct.dcm --administered-gbq 1.4 --lesion Tumour   |   hepadose y90 dose"
    " activity.nrrd regions.seg.nrrd --unit becquerel_per_ml --hours 0 --radionuclide Y-90 --lesion Tumour"
    " --normal-liver Normal --write-dose dose.dcm",
    compare: "hepadose y90 compare maa_dose.dcm maa_rtstruct.dcm pet_dose.dcm pet_rtstruct.dcm --json",
    fit: "hepadose y90 fit lesions.csv   |   hepadose y90 fit lesions.csv --specificity 0.95 --seed 7 --json",
}
"""Commands and their examples."""


def add_y90_commands(app: typer.Typer) -> None:
    """Add plan, dose, compare and fit beside response."""
    for command, examples in _COMMANDS.items():
        app.command(epilog=f"{EXAMPLES}{examples}")(command)
