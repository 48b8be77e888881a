"""Lines of equal value, planes of a dose, and what stands where on a dose-volume curve."""

import itertools

import numpy as np
import pytest

import hepadose as hd
from hepadose._colours import SAFE, as_hex, dashes, line_colours, luminance, readable, wash
from hepadose._isolines import isolines, thinned
from hepadose._label_places import Box, label_places
from hepadose._markers import goal_label, marker
from hepadose._planes import PLANES, Axes, finer, hottest_point_mm, planes
from hepadose._report import GoalResult


def test_a_circle_is_found() -> None:
    u, v = np.linspace(-10, 10, 81), np.linspace(10, -10, 81)
    (line,) = isolines(u, v, u[np.newaxis, :] ** 2 + v[:, np.newaxis] ** 2, 49.0)
    assert np.allclose(line[0], line[-1])
    # Linear interpolation of a parabola over steps h of a quarter errs by at most h^2 / (8 r) a cell.
    assert np.abs(np.hypot(line[:, 0], line[:, 1]) - 7).max() < 0.25**2 / (8 * 7) * 2
    x, y = line[:-1].T
    area = 0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    assert area == pytest.approx(np.pi * 49, rel=2e-3)


def test_saddles_and_holes_close() -> None:
    values = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=float)
    lines = isolines(np.arange(4.0), np.arange(4.0), values, 0.4)
    assert all(np.allclose(line[0], line[-1]) for line in lines)
    assert len(lines) == 1  # the middle of the saddle lies above: one body
    assert len(isolines(np.arange(4.0), np.arange(4.0), values, 0.6)) == 2
    assert isolines(np.arange(4.0), np.arange(4.0), values, 2.0) == []


def test_cells_that_are_not_finite_hold_no_line() -> None:
    values = np.tile(np.arange(5.0), (5, 1))
    values[2, 2] = np.nan
    lines = isolines(np.arange(5.0), np.arange(5.0), values, 1.5)
    assert len(lines) == 2
    assert all(np.allclose(line[:, 0], 1.5) for line in lines)


def test_thinning_keeps_to_its_tolerance() -> None:
    x = np.linspace(0, 1, 2001)
    y = np.exp(-5 * x)
    keep = thinned(x, y, 1e-3)
    assert 5 < keep.size < 60
    assert keep[0] == 0 and keep[-1] == 2000
    scaled = np.stack([x, (y - y.min()) / np.ptp(y)], axis=1)
    begin, end = scaled[keep[:-1]], scaled[keep[1:]]
    which = np.clip(np.searchsorted(keep, np.arange(2001), side="right") - 1, 0, keep.size - 2)
    along, off = (end - begin)[which], scaled - begin[which]
    distance = np.abs(along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0]) / np.hypot(*along.T)
    assert 2e-4 < distance.max() <= 1e-3


def ramp(direction: list[list[float]], offsets: list[float] | None = None) -> hd.DoseGrid:
    """Make a dose that is 30 + 0.1 x + 0.2 y + 0.3 z of the patient position, on any grid."""
    shape = (7, 9, 11)
    grid = hd.Grid(
        shape=shape, spacing_mm=(4, 5, 6), origin_mm=(3, -7, 11), direction=direction, frame_offsets_mm=offsets
    )
    centres = [grid.voxel_centre_mm(k, j, i) for k, j, i in np.ndindex(shape)]
    return hd.DoseGrid((30 + np.array(centres) @ [0.1, 0.2, 0.3]).reshape(shape), grid)


@pytest.mark.parametrize(
    ("direction", "offsets"),
    [
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], None),
        ([[-1, 0, 0], [0, 1, 0], [0, 0, -1]], None),
        ([[0, 0, 1], [1, 0, 0], [0, 1, 0]], None),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, -3, -7, -12, -14, -20, -25]),
        ([[1, 0, 0], [0, 0, 1], [0, -1, 0]], [0, 3, 7, 12, 14, 20, 25]),
    ],
)
def test_every_pixel_has_the_dose_of_its_place(direction: list[list[float]], offsets: list[float] | None) -> None:
    dose = ramp(direction, offsets)
    axes = Axes.of(dose.grid)
    assert not axes.is_oblique
    middle = np.array([float(np.mean(one)) for one in axes.positions])
    for plane in planes(dose, tuple(middle)):
        place = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}[plane.name]
        u, v = np.meshgrid(plane.u_mm, plane.v_mm)
        point = np.zeros((*u.shape, 3))
        point[..., place[0]], point[..., place[1]], point[..., place[2]] = u, v, middle[place[2]]
        expected = 30 + point @ np.array([0.1, 0.2, 0.3])
        inside = np.ones(u.shape, dtype=bool)
        for axis, at in ((place[0], u), (place[1], v)):
            inside &= (at >= axes.positions[axis][0]) & (at <= axes.positions[axis][-1])
        assert inside.any()
        assert np.allclose(plane.dose_gy[inside], expected[inside], atol=1e-9)
        assert np.all(np.diff(plane.u_mm) > 0)
        assert (plane.v_mm[-1] > plane.v_mm[0]) == (plane.name == "axial")


def test_letters_are_those_of_the_standard() -> None:
    letters = {plane.name: plane.letters for plane in planes(ramp([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), (20, 10, 30))}
    assert letters == {
        "axial": ("R", "L", "A", "P"),
        "coronal": ("R", "L", "H", "F"),
        "sagittal": ("A", "P", "H", "F"),
    }


def test_the_point_is_the_hottest_voxel_unless_stated() -> None:
    dose = ramp([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert hottest_point_mm(dose) == (43.0, 33.0, 47.0)
    assert [plane.position_mm for plane in planes(dose)] == [47.0, 33.0, 43.0]
    with pytest.raises(ValueError, match="inside the dose grid"):
        planes(dose, (0, 0, 500))


def test_a_turned_grid_says_so() -> None:
    turn = np.deg2rad(10)
    turned = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    dose = ramp(turned)
    assert Axes.of(dose.grid).is_oblique
    assert [plane.dose_gy.size > 0 for plane in planes(dose)] == [True] * 3


def test_a_box_is_outlined_in_all_planes() -> None:
    dose = hd.DoseGrid(np.ones((20, 20, 20)), hd.Grid(shape=(20,) * 3, spacing_mm=(5,) * 3, origin_mm=(0, 0, 0)))
    ring = [(20, 30), (60, 30), (60, 50), (20, 50)]
    box = hd.Structure.from_contours("Box", [[(x, y, z) for x, y in ring] for z in np.arange(30.0, 61, 5)])
    spans = {"axial": ((20, 60), (30, 50)), "coronal": ((20, 60), (27.5, 62.5)), "sagittal": ((30, 50), (27.5, 62.5))}
    for plane in planes(dose, (40, 40, 45), [box]):
        ((line,),) = plane.outlines
        assert np.allclose(line[0], line[-1])
        for axis, (low, high) in enumerate(spans[plane.name]):
            assert line[:, axis].min() == pytest.approx(low, abs=0.7)
            assert line[:, axis].max() == pytest.approx(high, abs=0.7)
    assert all(plane.outlines == ((),) for plane in planes(dose, (80, 80, 80), [box]))


def test_a_hole_and_a_gap_are_outlined() -> None:
    dose = hd.DoseGrid(np.ones((30, 20, 20)), hd.Grid(shape=(30, 20, 20), spacing_mm=(5,) * 3, origin_mm=(0, 0, 0)))

    def square(half: float, z: float) -> list[tuple[float, float, float]]:
        return [(50 + a * half, 50 + b * half, z) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]

    heights = [*np.arange(20.0, 41, 5), *np.arange(80.0, 101, 5)]
    shell = hd.Structure.from_contours("Shell", [square(h, float(z)) for z in heights for h in (30, 10)])
    coronal = planes(dose, (50, 50, 30), [shell], names=["coronal"])[0].outlines[0]
    # Two stacks, each of a left and a right bar.
    assert len(coronal) == 4
    assert sorted({round(float(line[:, 1].min())) for line in coronal}) == pytest.approx([17.5, 77.5], abs=1)
    assert len(planes(dose, (50, 50, 30), [shell], names=["axial"])[0].outlines[0]) == 2


def goal(
    metric: str, comparator: str, limit: float, value: float | None = 1.0, dose: str = "physical dose"
) -> GoalResult:
    """Make a result of a goal on the structure Organ."""
    unit = metric.partition("[")[2].rstrip("]")
    margin = None if value is None else (limit - value if comparator.startswith("<") else value - limit)
    return GoalResult(
        id="x", title="X", structure="organ", structure_name="Organ", metric=metric, dose=dose, value=value,
        lower_bound=None, upper_bound=None, uncertainty=None, unit=unit, mandatory=True, comparator=comparator,
        limit=limit, margin=margin, margin_percent=None, verdict="met", evidence="primary",
        unsatisfiable=False, reason=None, best_level_met=None, levels=(),
        endpoint=None, caveats=(), sources=(),
    )  # fmt: skip


ORGAN = hd.Dvh.from_samples([10.0, 20.0, 30.0, 40.0], [250.0] * 4, name="Organ", prescription_gy=40.0)


@pytest.mark.parametrize(
    ("metric", "comparator", "limit", "dose_gy", "volume_cc", "side"),
    [
        ("V20Gy[%]", "<=", 30, 20, 300, "below"),
        ("V20Gy[cc]", ">=", 300, 20, 300, "above"),
        ("CV15Gy[cc]", ">=", 700, 15, 300, "below"),
        ("CV15Gy[cc]", "<", 700, 15, 300, "above"),
        ("D95%[Gy]", ">=", 35, 35, 950, "right"),
        ("D0.035cc[Gy]", "<=", 38, 38, 0.035, "left"),
        ("D2%[cGy]", "<=", 3800, 38, 20, "left"),
        ("DC700cc[Gy]", "<=", 15, 15, 300, "left"),
        ("V95%[%]", ">=", 98, 38, 980, "above"),
        ("D98%[%]", ">=", 95, 38, 980, "right"),
        ("Mean[Gy]", "<=", 13, 13, 500, "left"),
        ("Max[Gy]", "<", 60, 60, 0, "left"),
        ("Min[Gy]", ">", 5, 5, 1000, "right"),
    ],
)
def test_a_goal_stands_where_its_limit_is(
    metric: str, comparator: str, limit: float, dose_gy: float, volume_cc: float, side: str
) -> None:
    placed = marker(goal(metric, comparator, limit), ORGAN)
    assert placed is not None
    assert (placed.dose_gy, placed.volume_cc) == pytest.approx((dose_gy, volume_cc))
    assert str(placed.side) == side


def test_goals_that_are_no_point_of_this_curve_are_left_out() -> None:
    assert marker(goal("V20Gy[%]", "<=", 30, dose="EQD2 (alpha/beta 2.5 Gy)"), ORGAN) is None
    assert marker(goal("PrescriptionBED[Gy]", ">", 100), ORGAN) is None
    assert marker(goal("V95%[%]", ">=", 98), ORGAN.with_prescription(None)) is None
    assert marker(goal("V20Gy[cc]", "<=", 2000), ORGAN) is None


def test_a_label_says_by_how_much() -> None:
    assert goal_label(goal("V20Gy[%]", "<=", 30, 24.5)) == "V20Gy[%] <= 30: 24.5 %, met by 5.5 %"
    assert goal_label(goal("V20Gy[%]", "<=", 30, 34)) == "V20Gy[%] <= 30: 34 %, missed by 4 %"
    assert goal_label(goal("V20Gy[%]", "<=", 30, None)) == "V20Gy[%] <= 30: not evaluable"


def test_colours_stand_out_from_white() -> None:
    assert luminance((255, 255, 255)) == pytest.approx(1)
    assert luminance((0, 0, 0)) == 0
    for colour in ((255, 255, 0), (255, 255, 255), (0, 255, 255), *SAFE):
        assert 1.05 / (luminance(readable(colour)) + 0.05) >= 3
    assert readable((0, 0, 128)) == (0, 0, 128)


def test_colours_of_structures() -> None:
    ring = [(0, 0, 0), (1, 0, 0), (1, 1, 0)]
    plain = [hd.Structure.from_contours(name, [ring], slice_spacing_mm=1) for name in "ab"]
    red = hd.Structure.from_contours("c", [ring], slice_spacing_mm=1, colour=(200, 0, 0))
    colours = line_colours([plain[0], red, plain[1]])
    assert colours[1] == (200, 0, 0)
    assert colours[0] == readable(SAFE[0]) and colours[2] == readable(SAFE[1])
    assert dashes([(200, 0, 0), (0, 0, 200), (201, 1, 1)]) == ["", "", "6 3"]
    assert as_hex((0, 15, 255)) == "#000fff"


def test_the_wash_rises_in_lightness() -> None:
    steps = wash(np.linspace(0, 1, 21))
    lightness = [luminance((int(r), int(g), int(b))) for r, g, b in steps]
    assert lightness == sorted(lightness)
    assert len(PLANES) == 3


def test_labels_stand_on_their_lines_and_on_nothing_else() -> None:
    turn = np.linspace(0, 2 * np.pi, 60)
    rings = [[np.stack([50 + r * np.cos(turn), 50 + r * np.sin(turn)], axis=1)] for r in (6.0, 8.0, 10.0, 40.0)]
    frame, letter = Box(0, 100, 0, 100), Box(80, 100, 40, 60)
    places = label_places(rings, [9.0] * 4, 4.0, frame, [letter])
    boxes = [Box.around(*place, 9.0, 4.0) for place in places if place is not None]
    assert len(boxes) == 4
    for (ring,), place in zip(rings, places, strict=True):
        assert place is not None and np.min(np.hypot(*(ring - place).T)) < 1e-9
    assert not any(one.meets(other) for one, other in itertools.combinations([*boxes, letter], 2))
    assert all(frame.holds(box) for box in boxes)
    # No room is no label.
    assert label_places([rings[0]] * 9, [9.0] * 9, 4.0, frame).count(None) >= 4
    assert label_places([rings[3]], [9.0], 4.0, Box(45, 55, 45, 55)) == [None]


def test_a_finer_raster_covers_the_same() -> None:
    dose = ramp([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    for plane in planes(dose):
        fine = finer(plane, 0.5, 64)
        for old, new in ((plane.u_mm, fine.u_mm), (plane.v_mm, fine.v_mm)):
            assert old.size < new.size <= 64
            ends = [one[[0, -1]] + np.array([-0.5, 0.5]) * (one[1] - one[0]) for one in (old, new)]
            assert np.allclose(ends[0], ends[1])
        assert finer(plane, 1e9, 64).u_mm.size == plane.u_mm.size
