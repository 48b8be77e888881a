"""What belongs to one patient and one plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hepadose import _html
from hepadose._by_name import ByName
from hepadose._core import DoseGrid, Dvh, Structure
from hepadose._dvh import BetweenPlanes, EndCaps, PresetName, dvhs
from hepadose._image_dicom import FolderImage
from hepadose._image_series import ImageSeries, Window
from hepadose._shown import Shown
from hepadose._words import Language
from hepadose.errors import ImageSeriesError, MissingExtraError, SeriesFrameOfReferenceError


class Structures(ByName[Structure]):
    """Structures by name, in the order of their structure set.

    A name that stands twice raises and says its numbers; ``structures.by_number[n]`` always works.

    Parameters
    ----------
    things : iterable of Structure
        The structures.
    label : str, optional
        Label of the structure set.
    warnings : iterable of str
        Doubts that a person should know of.
    """

    def __init__(
        self, things: Iterable[Structure] = (), *, label: str | None = None, warnings: Iterable[str] = ()
    ) -> None:
        super().__init__(things)
        self.label = label
        self.warnings: tuple[str, ...] = tuple(warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamDose(Shown):
    """One beam (or application setup) of a fraction group."""

    number: int
    """Beam number in the plan."""
    dose_gy: float | None = None
    """Beam dose in Gy per fraction, where the plan states it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionGroup(Shown):
    """A group of fractions given alike."""

    number: int
    """Fraction group number."""
    fractions: int | None = None
    """Number of fractions planned."""
    beams: tuple[BeamDose, ...] = ()
    """Its beams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseReference(Shown):
    """A dose reference of a plan: a prescription or a limit."""

    number: int
    """Dose reference number."""
    structure_type: str
    """``POINT``, ``VOLUME``, ``COORDINATES`` or ``SITE``."""
    reference_type: str
    """``TARGET`` or ``ORGAN_AT_RISK``."""
    roi_number: int | None = None
    """ROI that it is bound to."""
    prescription_gy: float | None = None
    """Target prescription dose in Gy."""
    description: str | None = None
    """Free text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Shown):
    """What a plan file says."""

    label: str | None = None
    """Plan label."""
    approval_status: str | None = None
    """``APPROVED``, ``UNAPPROVED`` or ``REJECTED``."""
    fraction_groups: tuple[FractionGroup, ...] = ()
    """Fraction groups."""
    dose_references: tuple[DoseReference, ...] = ()
    """Prescriptions and limits."""
    fractions: int | None = None
    """Number of fractions, when there is one fraction group that states it."""
    beam_dose_total_gy: float | None = None
    """Fractions times beam doses in Gy, where every one is stated."""
    sop_instance_uid: str | None = field(default=None, repr=False)
    """SOP instance UID of the plan."""
    structure_set_uid: str | None = field(default=None, repr=False)
    """SOP instance UID of the structure set that it refers to."""
    frame_of_reference: str | None = field(default=None, repr=False)
    """Frame of reference."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredDvh(Shown):
    """A DVH that the planning system stored in its RTDOSE."""

    roi_number: int | None
    """ROI number that it belongs to (the first where several were combined)."""
    dvh_type: str
    """``CUMULATIVE``, ``DIFFERENTIAL`` or ``NATURAL``."""
    dose_units: str
    """``GY`` or ``RELATIVE``, as labelled."""
    volume_units: str
    """``CM3``, ``PERCENT`` or ``PER_U``."""
    dose: NDArray[np.float64] = field(repr=False)
    """Dose at the end of each bin."""
    volume: NDArray[np.float64] = field(repr=False)
    """Volume at each bin as stored."""
    minimum: float | None
    """Stored minimum, as labelled."""
    mean: float | None
    """Stored mean, as labelled."""
    maximum: float | None
    """Stored maximum, as labelled."""
    statistics_are_percent: bool
    """Whether minimum, mean and maximum are per cent of a prescription although labelled otherwise."""
    implied_prescription_gy: float | None
    """The prescription in Gy that these per cent refer to, as the stored curve implies it."""
    minimum_gy: float | None
    """Minimum in Gy, where the units allow it."""
    mean_gy: float | None
    """Mean in Gy, where the units allow it."""
    maximum_gy: float | None
    """Maximum in Gy, where the units allow it."""


class Case:
    """What belongs to one patient and one plan: dose, structures, plan.

    `read_case` makes it from a folder of DICOM files; make it yourself from what you have.

    Parameters
    ----------
    dose : DoseGrid, optional
        The dose.
    structures : iterable of Structure, or mapping
        The structures.
    plan : Plan, optional
        The plan.
    stored_dvhs : iterable of StoredDvh
        DVHs that the planning system stored.
    structure_set_uid : str, optional
        SOP instance UID of the structure set.
    inputs : iterable of (str, str)
        Role and SHA-256 of what was read.
    warnings : iterable of str
        Doubts that a person should know of.
    image : ImageSeries, optional
        The CT or MR to show the dose on, in the frame of reference of the dose.
    """

    def __init__(  # noqa: PLR0913 - keywords, one a part
        self,
        *,
        dose: DoseGrid | None = None,
        structures: Iterable[Structure] | Mapping[str, Structure] = (),
        plan: Plan | None = None,
        stored_dvhs: Iterable[StoredDvh] = (),
        structure_set_uid: str | None = None,
        inputs: Iterable[tuple[str, str]] = (),
        warnings: Iterable[str] = (),
        image: ImageSeries | None = None,
    ) -> None:
        every = structures.values() if isinstance(structures, Mapping) else structures
        self.dose: DoseGrid | None = dose
        """The dose, where there is one."""
        self.structures: Structures = Structures(every)
        """Structures by name."""
        self.plan = plan
        """The plan, where there is one."""
        self.stored_dvhs: tuple[StoredDvh, ...] = tuple(stored_dvhs)
        """DVHs that the planning system stored in the RTDOSE."""
        self.structure_set_uid = structure_set_uid
        """SOP instance UID of the structure set, where it is known."""
        self.inputs: tuple[tuple[str, str], ...] = tuple(inputs)
        """Role and SHA-256 of what was read."""
        self.warnings: tuple[str, ...] = tuple(warnings)
        """Doubts that a person should know of."""
        self._image: ImageSeries | FolderImage | None = None
        self.image = image

    @property
    def frame_of_reference(self) -> str | None:
        """Frame of reference UID: of the dose, else of the structures or the plan that state one."""
        stated = [None if self.dose is None else self.dose.frame_of_reference]
        stated += [one.frame_of_reference for one in self.structures.all]
        stated.append(None if self.plan is None else self.plan.frame_of_reference)
        return next((one for one in stated if one), None)

    @property
    def image(self) -> ImageSeries | None:
        """The CT or MR in the frame of reference of the case; None where there is none.

        It is read when it is first asked for. `read_case` takes the series that the structure set refers to, and never
        guesses: images that cannot be shown
        raise `hepadose.errors.ImageSeriesError`, which says why. Set it to show another (`read_image_series`) or none.
        """
        return self._image.get() if isinstance(self._image, FolderImage) else self._image

    @image.setter
    def image(self, image: ImageSeries | None) -> None:
        mine = self.frame_of_reference
        if image is not None and mine and image.frame_of_reference not in {None, mine}:
            raise SeriesFrameOfReferenceError(
                "the image lies in another frame of reference than the case; register it first", reason="another_frame"
            )
        self._image = image

    @property
    def _structures(self) -> tuple[Structure, ...]:
        return self.structures.all

    @property
    def fractions(self) -> int | None:
        """Number of fractions of the dose, where one single number is known."""
        return None if self.dose is None else self.dose.fractions

    @property
    def prescriptions_gy(self) -> dict[int, float]:
        """Prescribed doses of targets in Gy by the ROI number they are bound to; the highest of several."""
        found: dict[int, float] = {}
        for reference in self.plan.dose_references if self.plan else ():
            number, dose = reference.roi_number, reference.prescription_gy
            is_target = reference.reference_type.upper() == "TARGET"
            if is_target and number is not None and dose is not None and dose > 0:
                found[number] = max(dose, found.get(number, dose))
        return found

    def dvhs(  # noqa: PLR0913 - keywords, each with a default
        self,
        dose: DoseGrid | None = None,
        *,
        prescription_gy: float | Mapping[int, float] | None = None,
        between_planes: BetweenPlanes | None = None,
        end_caps: EndCaps | None = None,
        max_cap_mm: float | None = None,
        preset: PresetName | None = None,
        min_covered: float = 1.0,
    ) -> ByName[Dvh]:
        """Calculate the DVHs of all structures, as `hepadose.dvhs`.

        Parameters
        ----------
        dose : DoseGrid, optional
            Another dose than the case's own, such as its EQD2.
        prescription_gy : float or mapping of ROI number to float, optional
            What 100 % of dose means; for the case's own dose else the plan's prescriptions.
        between_planes, end_caps, max_cap_mm, preset, min_covered
            As for `hepadose.dvh`.

        Returns
        -------
        mapping of name to Dvh

        Raises
        ------
        ValueError
            The case has no dose and none is given.
        """
        if dose is None:
            dose = self.dose
            prescription_gy = self.prescriptions_gy if prescription_gy is None else prescription_gy
        if dose is None:
            raise ValueError("the case has no dose; give one, or read the RTDOSE with it")
        return dvhs(
            dose,
            self.structures,
            prescription_gy=prescription_gy,
            between_planes=between_planes,
            end_caps=end_caps,
            max_cap_mm=max_cap_mm,
            preset=preset,
            min_covered=min_covered,
        )

    def view(self, dose: DoseGrid | None = None, *, lang: Language = "en", window_hu: Window | None = None) -> Any:
        """Show the case in a notebook: slices to scroll, dose on top, structures to toggle, the DVH beside.

        Where the case has a CT or MR (`image`), the dose lies on it; where there are images that cannot be shown, the
        viewer says why.

        Parameters
        ----------
        dose : DoseGrid, optional
            Another dose than the case's own, such as its EQD2.
        lang : {"en", "zh"}
            Language of the controls.
        window_hu : pair of float, optional
            Level and width of the window that the CT is first shown with; 40 and 400 HU unless stated.

        Returns
        -------
        anywidget.AnyWidget
            It works offline, while the kernel runs.

        Raises
        ------
        hepadose.errors.MissingExtraError
            anywidget is not installed.
        ValueError
            The case has no dose and none is given.
        """
        from hepadose._view import view  # noqa: PLC0415 - it imports what imports this module

        return view(self, dose, lang, window_hu)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Case):
            return NotImplemented
        mine = (self.dose, self.structures, self.plan, self.inputs, self.warnings)
        return mine == (other.dose, other.structures, other.plan, other.inputs, other.warnings)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def _repr_html_(self) -> str:
        return _html.case(self)

    def __repr__(self) -> str:
        plan = "no plan" if self.plan is None else "a plan"
        dose = "no dose" if self.dose is None else str(self.dose.kind)
        return f"<Case: {dose}, {len(self.structures.all)} structures, {plan}, {len(self.warnings)} warnings>"


def shown_image(case: Case) -> tuple[ImageSeries | None, str | None]:
    """Give the image of a case; where images are there that cannot be shown, why, as text."""
    try:
        return case.image, None
    except (ImageSeriesError, MissingExtraError) as error:
        return None, str(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCase(Shown):
    """One of the cases in a folder: readable, or with the error that says why not."""

    plan_label: str | None
    """Label of its plan; None where no plan file is there."""
    plan_uid: str | None = field(repr=False)
    """SOP instance UID of its plan, where it refers to one."""
    error: Exception | None
    """Why it cannot be read."""
    _case: Case | None = field(repr=False)

    @property
    def case(self) -> Case:
        """The case; raises its error where it cannot be read."""
        if self._case is None:
            raise self.error or LookupError("the case cannot be read")
        return self._case
