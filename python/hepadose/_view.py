"""The viewer of a notebook: an anywidget that draws with the report's own code and asks nothing of any network."""

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepadose import _svg
from hepadose._case import shown_image
from hepadose._colours import as_hex, dashes, line_colours, wash
from hepadose._core import DoseGrid, Structure
from hepadose._document import missing
from hepadose._html import clean
from hepadose._image_series import ImageSeries, Window
from hepadose._planes import PLANES, Axes, Plane, PlaneName, hottest_point_mm, planes
from hepadose._report_html import dvh_data, dvh_figure
from hepadose._words import Language, speaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hepadose._case import Case

_STEPS = 65535
_FAINT = 0.05
_WORDS = ("plane", "slice", "window", "from", "opacity", "level", "width")
# What a pixel of 16 bits holds where there is no image.
_NO_IMAGE = -32768
_LONGEST = 512
_NORMAL: dict[PlaneName, int] = {"axial": 2, "coronal": 1, "sagittal": 0}


def script() -> str:
    """Give the widget's module: the report's drawing code, then the viewer's."""
    return "\n".join(_asset(name) for name in ("view.js", "widget.js"))


def _asset(name: str) -> str:
    return files("hepadose").joinpath("_web", name).read_text(encoding="utf-8")


class Scene:
    """What the viewer shows of a case.

    Parameters
    ----------
    case : Case
        The case.
    dose : DoseGrid
        The dose, of any kind.
    language : {"en", "zh"}
        Language of the controls.
    window_hu : pair of float, optional
        Level and width that the CT is first shown with.
    """

    def __init__(self, case: "Case", dose: DoseGrid, language: Language, window_hu: Window | None = None) -> None:
        say = speaker(language)
        self._axes = Axes.of(dose.grid)
        self._dose = dose
        self._structures: Sequence[Structure] = case.structures.all
        even, self._positions = _even(self._axes.sorted(dose.values, dose.grid), self._axes)
        highest = float(even.max())
        step = highest / _STEPS if highest > 0 else 1.0
        self.volume = np.rint(even / step).astype("<u2").tobytes()
        found = case.dvhs(None if dose is case.dose else dose).all
        colours = line_colours(self._structures)
        drawn = [_svg.Curve.of(*one) for one in zip(found, colours, dashes(colours), strict=True)]
        curves = [curve for curve in drawn if curve is not None]
        places = {id(curve): index for index, curve in enumerate(curves)}
        names = [structure.name for structure, curve in zip(self._structures, drawn, strict=True) if curve is None]
        self.dvh_html = dvh_figure(curves, [], names, say) if curves else ""
        self.dvh_data = dvh_data(curves, []) if curves else {}
        start = self._axes.along(np.asarray(hottest_point_mm(dose)))
        self._image, why_not = shown_image(case)
        self.meta: dict[str, Any] = {
            "shape": list(even.shape),
            "first_mm": [float(one[0]) for one in self._positions],
            "size_mm": [float(one[1] - one[0]) if one.size > 1 else 1.0 for one in self._positions],
            "start": [int(np.argmin(abs(one - place))) for one, place in zip(self._positions, start, strict=True)],
            "step_gy": step,
            "highest_gy": round(highest, 2),
            "faint_gy": round(_FAINT * highest, 2),
            "kind": str(dose.kind),
            "wash": wash(np.linspace(0, 1, 256)).tolist(),
            "colours": [as_hex(colour) for colour in colours],
            "curve_of": [None if curve is None else places[id(curve)] for curve in drawn],
            "letters": {plane.name: list(plane.letters) for plane in planes(dose)},
            "words": {word: say(f"viewer.{word}") for word in _WORDS}
            | {name: say(f"planes.{name}") for name in PLANES},
            "image": None if self._image is None else self._said_of(self._image, window_hu),
            "image_missing": None if why_not is None else f"{say('image.missing')} {why_not}",
        }

    @staticmethod
    def _said_of(image: ImageSeries, window_hu: Window | None) -> dict[str, Any]:
        level, width = image.window(window_hu)
        return {
            "modality": image.modality,
            "unit": image.unit,
            "level": round(level, 1),
            "width": round(width, 1),
            "none": _NO_IMAGE,
            "warnings": list(image.warnings),
        }

    def image(self, plane: PlaneName, index: int) -> tuple[dict[str, Any], bytes] | None:
        """Give the CT or MR in one slice: its size and where it lies, and values in 16 bits from top to bottom."""
        if self._image is None:
            return None
        cut = self._cut(plane, index)
        values = self._image.in_plane(cut, self._dose, longest=_LONGEST)
        most = np.iinfo(np.int16).max
        held = np.where(np.isnan(values), _NO_IMAGE, np.clip(np.rint(np.nan_to_num(values)), -most, most))
        (left, right), (top, bottom) = _ends(cut.u_mm), _ends(cut.v_mm)
        place = {"rows": values.shape[0], "columns": values.shape[1], "extent": [left, right, top, bottom]}
        return place, held.astype("<i2").tobytes()

    def outlines(self, plane: PlaneName, index: int) -> list[list[list[list[float]]]]:
        """Give the outlines of all structures in one slice, as lines of (u, v) in mm."""
        cut = self._cut(plane, index, self._structures)
        return [[line.round(2).tolist() for line in lines] for lines in cut.outlines]

    def _cut(self, plane: PlaneName, index: int, structures: "Sequence[Structure]" = ()) -> Plane:
        normal = _NORMAL[plane]
        along = np.array([float(np.median(one)) for one in self._positions])
        along[normal] = self._positions[normal][index]
        point = self._axes.directions @ along
        return planes(self._dose, tuple(point), structures, names=[plane], longest=8)[0]


def _ends(along: NDArray[np.float64]) -> tuple[float, float]:
    """Give where the first pixel begins and the last one ends."""
    half = float(along[1] - along[0]) / 2 if along.size > 1 else 0.5
    return float(along[0]) - half, float(along[-1]) + half


def _even(
    values: NDArray[np.float64], axes: Axes
) -> tuple[NDArray[np.float64], tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Give values on even steps along every axis, linear in between where they were uneven."""
    positions = list(axes.positions)
    for axis, along in enumerate(positions):
        steps = np.diff(along)
        if steps.size == 0 or np.allclose(steps, steps[0], rtol=1e-4):
            continue
        even = np.linspace(along[0], along[-1], 1 + round((along[-1] - along[0]) / float(steps.min())))
        low = np.clip(np.searchsorted(along, even, side="right") - 1, 0, along.size - 2)
        share = np.clip((even - along[low]) / steps[low], 0, 1)
        moved = np.moveaxis(values, 2 - axis, -1)
        values = np.moveaxis(moved[..., low] * (1 - share) + moved[..., low + 1] * share, -1, 2 - axis)
        positions[axis] = even
    return values, (positions[0], positions[1], positions[2])


def view(case: "Case", dose: DoseGrid | None, language: Language, window_hu: Window | None = None) -> Any:
    """Make the widget.

    Raises
    ------
    hepadose.errors.MissingExtraError
        anywidget is not installed.
    ValueError
        The case has no dose and none is given.
    """
    try:
        import anywidget  # noqa: PLC0415 - an extra
        import traitlets  # noqa: PLC0415 - comes with it
    except ImportError as error:
        raise missing("notebook", "anywidget") from error
    shown = case.dose if dose is None else dose
    if shown is None:
        raise ValueError("the case has no dose; give one, or read the RTDOSE with it")
    scene = Scene(case, shown, language, window_hu)

    kind = clean(shown.kind)

    class Viewer(anywidget.AnyWidget):
        """Slices of a dose with outlines, and the DVH beside them."""

        _esm = script()
        _css = _asset("widget.css")
        volume = traitlets.Bytes().tag(sync=True)
        meta = traitlets.Dict().tag(sync=True)
        dvh_html = traitlets.Unicode().tag(sync=True)
        dvh_data = traitlets.Dict().tag(sync=True)

        def __repr__(self) -> str:
            return f"<Viewer of {kind}, {len(case.structures.all)} structures>"

    widget = Viewer(volume=scene.volume, meta=scene.meta, dvh_html=scene.dvh_html, dvh_data=scene.dvh_data)

    def answer(_: Any, asked: Any, __: Any) -> None:
        plane, index = asked["plane"], int(asked["index"])
        message: dict[str, Any] = {"plane": plane, "index": index, "outlines": scene.outlines(plane, index)}
        image = scene.image(plane, index)
        if image is None:
            widget.send(message)
        else:
            widget.send(message | {"image": image[0]}, buffers=[image[1]])

    widget.on_msg(answer)
    return widget
