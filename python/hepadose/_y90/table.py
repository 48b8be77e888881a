"""The lesion table: volume, dose, D70, V, published response and limits of every region, and a descriptive summary."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hepadose import _core, _html
from hepadose._core import ActivityMap, DoseGrid, Dvh, Structure
from hepadose._document import Document, document, missing
from hepadose._dvh import BetweenPlanes, EndCaps, solid
from hepadose._shown import Shown
from hepadose._y90.calibration import Calibration
from hepadose._y90.constants import value_of
from hepadose._y90.dose import LocalDeposition
from hepadose._y90.limits import Limit, LimitedRegion, limits_of
from hepadose._y90.radionuclide import TC99M, Y90
from hepadose._y90.response import Response, response
from hepadose._y90.thresholds import Context, Device, Disease, Dosimetry, ThresholdSet
from hepadose._y90.uncertainty import UncertainDose, UncertaintyBudget
from hepadose.errors import CalibrationError, NoThresholdsError, RadionuclideError

if TYPE_CHECKING:
    import pandas as pd

Role: TypeAlias = Literal["lesion", "other"] | LimitedRegion
_LUNG_DENSITY = (
    "the lung is given the density of the other regions, so that its dose is too low and no limit is called met; "
    "make the dose by absorbed_dose with density_of_structures, or a table of the lung alone with its own density"
)
_LUNG_UNKNOWN = (
    "with which density the dose of the lung was made is not known; with that of the liver it would be several times "
    "too low, so that no limit is called met; make the dose by absorbed_dose with density_of_structures"
)
# No lung in a body is as dense, in g/mL (about 0.3): a dose made with more is that of another tissue.
_BEYOND_LUNG_G_PER_ML = 0.5
_NEEDS_MODEL = (
    "an activity map needs model=LocalDeposition(density_g_per_ml=..., decay_correction_h=...), and so does a "
    "calibration; a DoseGrid is a dose already and takes none"
)
_LIVER_CONTEXT = "healthy liver"
# How the core begins its doubt about a time that was not given; a calibration has answered it.
_NO_DECAY = "no decay correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionRow(Shown):
    """One region of the table."""

    name: str
    """Its name."""
    role: Role
    """What it is: only a lesion has a stratum, only an organ has limits."""
    volume_cc: float
    """Volume in cubic centimetres."""
    covered_fraction: float
    """Share of the volume that the image covers, 0 to 1."""
    mean_gy: float | None
    """Mean dose in Gy, negative activity included; None with a reason."""
    covered_mean_gy: float | None
    """Mean dose in Gy of the covered part, where there is one."""
    reason: str | None
    """Why there is no mean."""
    d70_gy: float | None
    """Dose in Gy that the hottest 70 % receive at least."""
    v_percent: Mapping[float, float | None]
    """Share in per cent that receives at least each dose in Gy."""
    interval: UncertainDose | None
    """The mean with its uncertainty, where a budget was given."""
    response: Response | None
    """Published stratum and probability; None where none was asked for, or with a reason."""
    response_reason: str | None
    """Why a lesion for which a stratum was asked has none."""
    limits: tuple[Limit, ...]
    """Published limits of an organ, each with the scenario and condition that it holds for."""
    limits_reason: str | None
    """Why there is no limit of an organ."""
    context: tuple[Context, ...]
    """Published numbers to read beside the dose of a normal liver."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""
    dvh: Dvh = field(repr=False)
    """The histogram that D70 and V are read from; voxels of negative activity hold 0 Gy in it."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """All that a person should know of the row: its warnings, and those of its stratum."""
        return self.warnings if self.response is None else (*self.warnings, *self.response.warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionSummary(Shown):
    """The lesions of a patient together. It describes; no threshold of this library is for a patient."""

    lesions: int
    """Number of lesions."""
    evaluable: int
    """How many of them have a mean dose."""
    volume_cc: float
    """Volume of all lesions in cubic centimetres."""
    mean_gy: float | None
    """Mean dose in Gy over the volume of the evaluable lesions."""
    lowest_gy: float | None
    """Lowest mean dose of a lesion in Gy."""
    highest_gy: float | None
    """Highest mean dose of a lesion in Gy."""
    strata: Mapping[str, int]
    """Number of lesions in each published stratum."""
    note: str
    """What it is not."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LesionTable:
    """Doses of all regions of a patient, with what publications say of them."""

    rows: tuple[LesionRow, ...]
    """One for each region, in the order given."""
    summary: LesionSummary
    """The lesions together."""
    thresholds: ThresholdSet | None
    """The thresholds that the lesions were held against."""
    warnings: tuple[str, ...] = ()
    """Doubts about all of it: those of the dose or the calibration that it was made of, and why there are no strata."""
    provenance: dict[str, Any] | None = None
    """What made the dose: calibration, model and constants; None for a dose that does not say."""

    def __repr__(self) -> str:
        said = "without thresholds" if self.thresholds is None else self.thresholds.id
        return f"<LesionTable: {len(self.rows)} regions, {self.summary.lesions} of them lesions; {said}>"

    def __getitem__(self, name: str) -> LesionRow:
        found = [row for row in self.rows if row.name == name]
        if len(found) != 1:
            names = ", ".join(repr(row.name) for row in self.rows)
            raise KeyError(f"{len(found)} rows are named {name!r}; there are {names}")
        return found[0]

    def to_dict(self) -> Document:
        """Give the table as a JSON document, without the histograms."""
        made = self.provenance or {}
        sources = list(made.get("sources", ()))
        sources += [] if self.thresholds is None else [self.thresholds.reference.key]
        sources += [limit.reference.key for row in self.rows for limit in row.limits]
        content = {
            "rows": [_row_document(row) for row in self.rows],
            "summary": asdict(self.summary),
            "thresholds": None if self.thresholds is None else asdict(self.thresholds),
            "warnings": list(self.warnings),
        }
        return document(
            "hepadose/y90-lesions/1",
            content,
            settings=dict(made.get("settings", ())),
            inputs=tuple((one["role"], one["sha256"]) for one in made.get("inputs", ())),
            sources=tuple(dict.fromkeys(sources)),
        )

    def to_pandas(self) -> "pd.DataFrame":
        """Give the table as a pandas DataFrame, one row a region."""
        try:
            import pandas as pd  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise missing("frame", "pandas") from error
        return pd.DataFrame([_flat(row) for row in self.rows])

    def _repr_html_(self) -> str:
        return _html.y90_table(self)


def _row_document(row: LesionRow) -> dict[str, Any]:
    content = {name: getattr(row, name) for name in LesionRow.__dataclass_fields__ if name != "dvh"}
    content["v_percent"] = [[limit, share] for limit, share in row.v_percent.items()]
    for name in ("interval", "response"):
        content[name] = None if content[name] is None else asdict(content[name])
    for name in ("limits", "context"):
        content[name] = [asdict(one) for one in content[name]]
    content["warnings"] = list(row.warnings)
    return content


def _flat(row: LesionRow) -> dict[str, Any]:
    found, spread = row.response, row.interval
    return {
        "name": row.name,
        "role": row.role,
        "volume_cc": row.volume_cc,
        "covered_fraction": row.covered_fraction,
        "mean_gy": row.mean_gy,
        "lower_gy": None if spread is None else spread.lower_gy,
        "upper_gy": None if spread is None else spread.upper_gy,
        "d70_gy": row.d70_gy,
        **{f"v{limit:g}gy_percent": share for limit, share in row.v_percent.items()},
        "stratum": None if found is None else found.stratum,
        "likelihood_ratio": None if found is None else found.likelihood_ratio,
        "probability": None if found is None else found.probability,
        "reason": row.reason,
        "warnings": "; ".join(row.doubts),
    }


def lesion_table(  # noqa: PLR0913 - what a threshold holds for is explicit
    source: ActivityMap | DoseGrid | Calibration,
    structures: Iterable[Structure] | Mapping[str, Structure],
    *,
    model: LocalDeposition | None = None,
    lesions: Iterable[str] = (),
    normal_liver: str | None = None,
    perfused_normal_liver: str | None = None,
    whole_liver: str | None = None,
    lung: str | None = None,
    at_least_gy: Iterable[float] = (100.0,),
    device: Device | None = None,
    disease: Disease | None = None,
    dosimetry: Dosimetry | None = None,
    prevalence: float | None = None,
    thresholds: str | None = None,
    uncertainty: UncertaintyBudget | None = None,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
) -> LesionTable:
    """Give volume, mean, D70, V, the published response and the published limits of every region.

    Everything of a region comes from one histogram of its contours or mask, whatever its grid. The mean counts negative
    activity, which reconstruction leaves behind; the histogram has 0 Gy there.

    Parameters
    ----------
    source : ActivityMap, DoseGrid or Calibration
        The activity, or a dose. A calibration, whose activity is that at administration, hands its warnings and its
        record on; so does a dose.
    structures : iterable of Structure, or mapping
        The regions: from an RTSTRUCT, a DICOM SEG, a ``.seg.nrrd`` or a label map (see `hepadose.read_rtstruct` and
        `hepadose.read_segmentation`), or combinations such as ``liver - tumour``.
    model : LocalDeposition, optional
        The model and its constants; required for an activity map or a calibration, and for nothing else.
    lesions : iterable of str
        Names of the regions that are lesions: only they get a stratum, for it means nothing for liver or lung.
    normal_liver, perfused_normal_liver, whole_liver, lung : str, optional
        Names of the organs. They get the published limits for the device and the disease (the lung: 30 Gy for one
        treatment), each with scenario and condition; which one holds is for the reader. Where none is known the row
        says why (`limits_reason`). The normal liver gets the published median and range beside it.
    at_least_gy : iterable of float
        Doses for which V is wanted.
    device, disease, dosimetry, prevalence, thresholds : optional
        As for `response`; without a device there are no strata. Where no strata are published for the three the organs
        still have their limits, the lesions say why they have no stratum, and a warning repeats it; with a prevalence
        or the name of thresholds it is an error. The constants of `model` are held against those of the thresholds.
    uncertainty : UncertaintyBudget, optional
        What the uncertainty of each lesion's mean is made of.
    between_planes, end_caps : optional
        How contours become a solid, as for `hepadose.dvh`.

    Returns
    -------
    LesionTable

    Raises
    ------
    hepadose.errors.NoThresholdsError
        As `response`, where a prevalence or the name of thresholds is given.
    hepadose.errors.CalibrationError
        A calibration with a model that corrects for decay once more.
    hepadose.errors.RadionuclideError
        A calibration of technetium-99m with another dosimetry than that of MAA, or of yttrium-90 with that.
    hepadose.errors.ImageError
        An empty region.
    hepadose.errors.FrameOfReferenceError
        Image and region in different frames of reference.
    ValueError
        A name of no region, or of two; one region in two roles.
    TypeError
        An activity map without a model, a dose with one; a device without disease and dosimetry.

    Examples
    --------
    >>> import numpy as np, hepadose as hd
    >>> grid = hd.Grid(shape=(6, 6, 6), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    >>> image = hd.y90.ActivityMap(np.full(grid.shape, 3.2e6), grid)
    >>> tumour = hd.Structure.from_mask("Tumour", np.ones(grid.shape, bool), grid)
    >>> table = hd.y90.lesion_table(
    ...     image, [tumour], model=hd.y90.LocalDeposition(density_g_per_ml=1.05), lesions=["Tumour"],
    ...     device="glass", disease="colorectal-metastases", dosimetry="y90-pet", prevalence=0.5,
    ... )
    >>> round(table["Tumour"].mean_gy, 1), table["Tumour"].response.probability
    (151.8, 0.8)
    """
    every = list(structures.values() if isinstance(structures, Mapping) else structures)
    organs: dict[LimitedRegion, str | None] = {
        "normal_liver": normal_liver,
        "perfused_normal_liver": perfused_normal_liver,
        "whole_liver": whole_liver,
        "lung": lung,
    }
    roles = _roles([one.name for one in every], lesions, organs)
    by_name: dict[str, LimitedRegion] = {name: organ for organ, name in organs.items() if name is not None}
    setting = _setting(device, disease, dosimetry)
    asked: dict[str, Any] = {"prevalence": prevalence, "thresholds": thresholds}
    if model is not None:
        asked["dose_constant_gy_kg_per_gbq"] = value_of(
            "dose_constant_gy_kg_per_gbq", model.dose_constant_gy_kg_per_gbq
        )
        asked["density_g_per_ml"] = model.density_g_per_ml
    elif isinstance(source, DoseGrid) and (single := _single_density(source.provenance)) is not None:
        asked["density_g_per_ml"] = single
    # Refuses the words before anything is computed.
    published, no_strata = _published(setting, asked)
    if isinstance(source, Calibration) and setting is not None:
        _same_image(source.radionuclide, setting["dosimetry"])
    if (model is None) != isinstance(source, DoseGrid):
        raise TypeError(_NEEDS_MODEL)
    doses = [float(one) for one in at_least_gy]
    policy = solid(between_planes, end_caps, None, None)
    warnings, provenance = _made(source, model)
    if no_strata is not None:
        warnings = (*warnings, f"no strata: {no_strata}")
    activity = source.activity if isinstance(source, Calibration) else source
    found = _core.y90_structure_doses(activity, model, every, policy)

    def row(structure: Structure, curve: Dvh, about: dict[str, Any]) -> LesionRow:
        role = roles.get(structure.name, "other")
        mean = about["mean_gy"]
        lesion_gy = mean if role == "lesion" and mean is not None and mean >= 0 else None
        organ = by_name.get(structure.name)
        doubt = _lung_doubt(provenance, is_alone=len(every) == 1) if organ == "lung" else None
        if doubt is not None:
            about = about | {"warnings": (*about["warnings"], doubt)}
        limits, no_limits = (
            ((), None) if organ is None else limits_of(organ, mean, setting, is_too_low=doubt is not None)
        )
        return LesionRow(
            **about,
            name=structure.name,
            role=role,
            dvh=curve,
            d70_gy=curve.metric("D70%[Gy]").value,
            v_percent={dose: curve.metric(f"V{dose:g}Gy[%]").value for dose in doses},
            interval=uncertainty.of(lesion_gy, about["volume_cc"]) if lesion_gy and uncertainty else None,
            response=response(lesion_gy, **setting, **asked)
            if lesion_gy is not None and setting and published
            else None,
            response_reason=_no_response(mean, no_strata) if role == "lesion" and setting is not None else None,
            limits=limits,
            limits_reason=no_limits,
            context=_liver_context(published) if role == "normal_liver" else (),
        )

    rows = tuple(row(structure, *one) for structure, one in zip(every, found, strict=True))
    return LesionTable(
        rows=rows,
        summary=_summary(rows, published),
        thresholds=published,
        warnings=warnings,
        provenance=provenance,
    )


def _published(setting: Mapping[str, Any] | None, asked: Mapping[str, Any]) -> tuple[ThresholdSet | None, str | None]:
    """Give the thresholds of a setting, or why there are none; a wrong word is an error in any case."""
    if setting is None:
        return None, None
    try:
        return response(0.0, **setting, **asked).thresholds, None
    except NoThresholdsError as error:
        if asked["prevalence"] is not None or asked["thresholds"] is not None:
            raise
        return None, str(error)


def _same_image(radionuclide: str | None, dosimetry: Dosimetry) -> None:
    """Refuse to hold an image of one radionuclide against what was derived with another."""
    allowed = TC99M if dosimetry == "maa-spect" else Y90
    if radionuclide not in {None, allowed}:
        raise RadionuclideError(
            f"the dosimetry {dosimetry} is of images of {allowed}, but the image is of {radionuclide}; say "
            f"{'maa-spect' if radionuclide == TC99M else 'y90-pet or bremsstrahlung-spect'}",
            radionuclide=radionuclide,
            allowed=(allowed,),
        )


def _no_response(mean_gy: float | None, no_strata: str | None) -> str | None:
    if no_strata is not None:
        return no_strata
    if mean_gy is None:
        return "there is no mean dose"
    return "the mean dose is negative" if mean_gy < 0 else None


def _made(
    source: ActivityMap | DoseGrid | Calibration, model: LocalDeposition | None
) -> tuple[tuple[str, ...], dict[str, Any] | None]:
    """Give warnings and record of the dose, and of the calibration that it was made of."""
    if isinstance(source, DoseGrid):
        return source.warnings, source.provenance
    if model is None:
        raise TypeError(_NEEDS_MODEL)
    if not isinstance(source, Calibration):
        dose = _core.absorbed_dose(source, model, None, None)
        return dose.warnings, dose.provenance
    if model.decay_correction_h != 0:
        raise CalibrationError(
            f"the activity of a calibration is that at administration, but the model corrects it for decay by "
            f"{model.decay_correction_h:g} h once more; 0 is allowed; leave decay_correction_h out"
        )
    dose = _core.absorbed_dose(source.activity, model, None, None)
    own = dose.provenance or {}
    provenance = {
        "version": own["version"],
        "inputs": [*source.provenance["inputs"], *own["inputs"]],
        "settings": [*source.provenance["settings"], *own["settings"]],
        "sources": list(dict.fromkeys([*source.provenance["sources"], *own["sources"]])),
    }
    answered = (one for one in dose.warnings if not one.startswith(_NO_DECAY))
    return tuple(dict.fromkeys([*source.warnings, *answered])), provenance


def _lung_doubt(provenance: Mapping[str, Any] | None, *, is_alone: bool) -> str | None:
    """Doubt the dose of a lung that was made with the density of something else.

    One density cannot be that of the lung and of what lies beside it.
    """
    if _density(provenance) is None:
        return _LUNG_UNKNOWN
    single = _single_density(provenance)
    if single is None or (is_alone and single <= _BEYOND_LUNG_G_PER_ML):
        return None
    return _LUNG_DENSITY


def _density(provenance: Mapping[str, Any] | None) -> str | None:
    """Give the density that a dose was made with, as its record says it."""
    density: str | None = dict((provenance or {}).get("settings", ())).get("density_g_per_ml")
    return density


def _single_density(provenance: Mapping[str, Any] | None) -> float | None:
    """Give that density in g/mL where one was taken for all; None where each voxel has its own, or nobody knows."""
    try:
        return float(_density(provenance) or "")
    except ValueError:
        return None


def _setting(device: Device | None, disease: Disease | None, dosimetry: Dosimetry | None) -> dict[str, Any] | None:
    words = {"device": device, "disease": disease, "dosimetry": dosimetry}
    absent = [name for name, word in words.items() if word is None]
    if len(absent) == len(words):
        return None
    if absent:
        raise TypeError(f"thresholds hold for a device, a disease and a dosimetry; {', '.join(absent)} is missing")
    return words


def _roles(names: list[str], lesions: Iterable[str], organs: Mapping[LimitedRegion, str | None]) -> dict[str, Role]:
    wanted: list[tuple[str, Role]] = [(name, "lesion") for name in lesions]
    wanted.extend((name, role) for role, name in organs.items() if name is not None)
    roles: dict[str, Role] = {}
    for name, role in wanted:
        if names.count(name) != 1:
            there = ", ".join(map(repr, names))
            raise ValueError(f"{names.count(name)} regions are named {name!r}; there are {there}")
        if name in roles:
            raise ValueError(f"the region {name!r} is said to be {roles[name]} and {role}; say one")
        roles[name] = role
    return roles


def _liver_context(published: ThresholdSet | None) -> tuple[Context, ...]:
    return () if published is None else tuple(one for one in published.context if _LIVER_CONTEXT in one.what)


def _summary(rows: tuple[LesionRow, ...], published: ThresholdSet | None) -> LesionSummary:
    lesions = [row for row in rows if row.role == "lesion"]
    known = [(row.mean_gy, row.volume_cc) for row in lesions if row.mean_gy is not None]
    volume = sum(cc for _, cc in known)
    means = [mean for mean, _ in known]
    note = "A description: thresholds are for lesions, and no cut-off for a patient is published."
    if published is not None and any("clustered" in one for one in published.caveats):
        note += " Same-data cut-off, lesions clustered in patients."
    return LesionSummary(
        lesions=len(lesions),
        evaluable=len(known),
        volume_cc=sum(row.volume_cc for row in lesions),
        mean_gy=sum(mean * cc for mean, cc in known) / volume if volume > 0 else None,
        lowest_gy=min(means, default=None),
        highest_gy=max(means, default=None),
        strata=dict(Counter(row.response.stratum for row in lesions if row.response is not None)),
        note=note,
    )
