"""Courses added in BED on different grids, tolerance that is left, registrations, schedules."""

import math
from io import BytesIO

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from scipy import ndimage

import hepadose as hd
from hepadose import errors, models
from hepadose._reference import reference_of

AB = 2.5
Points = NDArray[np.float64]


def rotation(degrees: float, shift: tuple[float, float, float]) -> NDArray[np.float64]:
    """Turn about an oblique axis (Rodrigues), then shift."""
    axis = np.array([1.0, 2.0, 3.0]) / math.sqrt(14)
    angle = math.radians(degrees)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    matrix[:3, 3] = shift
    return matrix


def centres(grid: hd.Grid) -> Points:
    k, j, i = np.indices(grid.shape)
    return np.stack([i, j, k, np.ones_like(i)], axis=-1) @ grid.affine.T


def bell(points: Points, centre: tuple[float, float, float], width: float, peak: float) -> NDArray[np.float64]:
    distance = np.sum((points[..., :3] - np.array(centre)) ** 2, axis=-1)
    return np.asarray(peak * np.exp(-distance / (2 * width**2)) + 1.0, dtype=np.float64)


def box(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> hd.Grid:
    """Make a grid around the origin."""
    origin = [-0.5 * step * (n - 1) for step, n in zip(spacing, reversed(shape), strict=True)]
    return hd.Grid(shape=shape, spacing_mm=spacing, origin_mm=origin)


FINE = box((80, 80, 80), (0.5, 0.5, 0.5))
CUBE = hd.Structure.from_mask("Cube", np.ones(FINE.shape, dtype=bool), FINE)


def read_directly(dose: hd.DoseGrid, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read the trilinear interpolant of the stored dose in half-millimetre voxels by scipy."""
    index = centres(FINE) @ (np.linalg.inv(dose.grid.affine) @ np.linalg.inv(matrix)).T
    places = np.moveaxis(index[..., 2::-1], -1, 0)
    return np.asarray(ndimage.map_coordinates(dose.values_gy, places, order=1), dtype=np.float64)


def require_right(total: hd.Accumulated, direct: NDArray[np.float64]) -> None:
    """Hold mean EQD2 and D2% of the cube to 0.1 % of those of its half-millimetre voxels."""
    dvh = hd.dvh(total.eqd2, CUBE)
    assert dvh.mean_eqd2_gy == pytest.approx(np.mean(direct), rel=1e-3)
    assert dvh["D2%[Gy]"] == pytest.approx(np.quantile(direct, 0.98), rel=1e-3)


@pytest.mark.parametrize("degrees", [0.0, 12.0])
@pytest.mark.parametrize("widths", [(25.0, 30.0), (12.0, 16.0)])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_plans_on_two_grids_against_a_direct_computation(
    degrees: float, widths: tuple[float, float], order: tuple[int, int]
) -> None:
    """30 Gy in 5 and 40 Gy in 20 fractions on grids of their own: mean EQD2 and D2% to 0.1 %."""
    first, second = box((44, 48, 52), (2.5, 2.5, 2.5)), box((60, 64, 60), (2.0, 2.0, 2.0))
    matrix = rotation(degrees, (4.0, -3.0, 2.0) if degrees else (0.0, 0.0, 0.0))
    doses = [
        hd.DoseGrid(bell(centres(first), (5, 0, 0), widths[0], 30), first, fractions=5),
        hd.DoseGrid(bell(centres(second), (-8, 4, 0), widths[1], 40), second, fractions=20),
    ]
    one, two = (doses[n] for n in order)
    courses = [
        hd.Course(name="one", dose=one),
        hd.Course(name="two", dose=two, to_reference=matrix if degrees else None),
    ]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB)
    direct = np.zeros(FINE.shape)
    for dose, way in ((one, np.eye(4)), (two, matrix)):
        there = read_directly(dose, way)
        assert dose.fractions is not None
        direct += there * (there / dose.fractions + AB) / (2 + AB)
    require_right(total, direct)
    assert len(total.models) == 2
    warned = any("rigid registration of the liver" in warning for warning in total.warnings)
    assert warned == bool(degrees)
    parts = [hd.dvh(bed, CUBE).mean_bed_gy for bed in total.contributions.values()]
    assert sum(parts) == pytest.approx(hd.dvh(total.bed, CUBE).mean_bed_gy, rel=1e-6)


@pytest.mark.parametrize("steps", [(2.1, 2.6, 3.0), (3.0, 3.0, 3.0)])
@pytest.mark.parametrize("widths", [(20.0, 24.0), (12.0, 16.0)])
def test_spheres_turned_by_37_degrees_against_a_direct_computation(
    steps: tuple[float, float, float], widths: tuple[float, float]
) -> None:
    first, second = box((40, 44, 52), steps), box((50, 50, 50), (2.5, 2.5, 2.5))
    matrix = rotation(37.0, (4.0, -3.0, 2.0))
    beam = hd.DoseGrid(bell(centres(first), (5, 0, 0), widths[0], 30), first, fractions=5)
    absorbed = hd.DoseGrid(bell(centres(second), (-8, 4, 0), widths[1], 60), second)
    spheres = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.1)
    courses = [
        hd.Course(name="SBRT", dose=beam),
        hd.Course(name="SIRT", dose=absorbed, timing=spheres, to_reference=matrix),
    ]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB)
    one, two = read_directly(beam, np.eye(4)), read_directly(absorbed, matrix)
    bed = one * (1 + one / 5 / AB) + two * (1 + 2.5 / 66.6 * two / AB)
    require_right(total, bed / (1 + 2 / AB))


def outer_edges(grid: hd.Grid) -> tuple[Points, Points]:
    """Give the two outer corners of a grid, half a step beyond its first and last centres."""
    centre = grid.voxel_centre_mm
    nk, nj, ni = (n - 1 for n in grid.shape)
    offsets = grid.frame_offsets_mm
    x, y, _ = grid.spacing_mm
    ends = []
    for place, sign, step in (((0, 0, 0), -1, offsets[1] - offsets[0]), ((nk, nj, ni), 1, offsets[-1] - offsets[-2])):
        half = 0.5 * sign * np.array([x, y, step])
        ends.append(np.asarray(centre(*place)) + np.asarray(grid.direction) @ half)
    return ends[0], ends[1]


@pytest.mark.parametrize(
    "offsets", [(0.0, 3.0, 6.0, 10.0, 13.0), (14.0, 10.0, 7.0, 4.0, 0.0), (0.0, 2.0, 4.0, 6.0, 8.0)]
)
def test_the_default_grid_divides_every_step_and_keeps_centres_and_edges(offsets: tuple[float, ...]) -> None:
    turn = rotation(20, (0.0, 0.0, 0.0))[:3, :3]
    grid = hd.Grid(
        shape=(5, 6, 7), spacing_mm=(2.0, 2.6, 3.0), origin_mm=(1, 2, 3), direction=turn, frame_offsets_mm=offsets
    )
    dose = hd.DoseGrid(np.random.default_rng(7).uniform(10, 20, grid.shape), grid, fractions=5)
    courses = [hd.Course(name="a", dose=dose), hd.Course(name="b", dose=uniform(0, 5), to_reference=np.eye(4))]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB, outside="zero")
    made = total.bed.grid
    assert max(*made.spacing_mm[:2], *np.abs(np.diff(made.frame_offsets_mm))) <= 1.0
    for before, after in zip(outer_edges(grid), outer_edges(made), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-9)
    # What the first course has in its own voxels stands in voxels of the sum.
    told = total.provenance["settings"]["reference"]
    assert told["grid"] == "first course, divided"
    nx, ny, _ = told["parts"]
    assert (nx, ny) == (3, 3)
    rows = [int(np.argmin(np.abs(_heights(made) - height))) for height in _heights(grid)]
    found = total.contributions["a"].values_bed_gy[np.ix_(rows, range(1, 18, 3), range(1, 21, 3))]
    np.testing.assert_allclose(found, dose.values_gy * (1 + dose.values_gy / 5 / AB), rtol=1e-6)


def _heights(grid: hd.Grid) -> Points:
    """Give where the frames lie along the normal."""
    normal = np.asarray(grid.direction)[:, 2]
    return np.array([normal @ np.asarray(grid.voxel_centre_mm(k, 0, 0)) for k in range(grid.shape[0])])


def test_courses_of_one_grid_and_a_given_reference_are_taken_as_they_are() -> None:
    one, two = hd.Course(name="a", dose=uniform(30, 5)), hd.Course(name="b", dose=uniform(40, 20))
    total = hd.accumulate_bed([one, two], alpha_beta_gy=AB)
    assert total.bed.grid == one.dose.grid
    assert total.provenance["settings"]["reference"] == {
        "grid": "first course",
        "parts": [1, 1, 1],
        "spacing_mm": [5.0, 5.0, 5.0],
    }
    given = box((3, 3, 3), (5.0, 5.0, 5.0))
    total = hd.accumulate_bed([one, two], alpha_beta_gy=AB, reference=given)
    assert total.bed.grid == given
    assert total.provenance["settings"]["reference"]["grid"] == "given"
    # Turned, one grid is two.
    turned = hd.Course(name="b", dose=uniform(40, 20), to_reference=rotation(5, (0.0, 0.0, 0.0)))
    total = hd.accumulate_bed([one, turned], alpha_beta_gy=AB, outside="zero")
    assert total.bed.shape == (20, 20, 20)
    assert total.provenance["settings"]["reference"]["parts"] == [5, 5, 5]


def test_the_default_grid_has_a_largest_number_of_voxels() -> None:
    courses = [hd.Course(name="a", dose=uniform(30, 5)), hd.Course(name="b", dose=uniform(40, 20))]
    courses[1] = courses[1].moved((1.0, 0.0, 0.0))
    first = courses[0].dose
    free = reference_of(courses, first, None)
    assert (free.parts, free.doubts) == ((5, 5, 5), ())
    bound = reference_of(courses, first, None, largest=64 * 50)
    assert np.prod(bound.grid.shape) == 64 * 45
    assert sorted(bound.parts) == [3, 3, 5]
    (doubt,) = bound.doubts
    assert "steps of 1.25 mm" in doubt
    assert "more than 3200 voxels" in doubt
    assert "give a reference=" in doubt
    assert reference_of(courses, first, None, largest=1).grid == first.grid


def test_a_shifted_course_keeps_its_peak() -> None:
    """Shifted by half a voxel, the sum of two courses of one grid is that of two grids."""
    grid = box((24, 24, 24), (4.0, 4.0, 4.0))
    dose = hd.DoseGrid(bell(centres(grid), (0, 0, 0), 12, 30), grid, fractions=5)
    courses = [hd.Course(name="one", dose=dose), hd.Course(name="two", dose=dose)]
    band = hd.accumulate_bed(courses, alpha_beta_gy=AB).shift_band(CUBE, "D2%[Gy]", course="two", shift_mm=2)
    shift = np.eye(4)
    shift[2, 3] = 2.0
    parts = [read_directly(dose, way) for way in (np.eye(4), shift)]
    direct = np.sum([part * (part / 5 + AB) / (2 + AB) for part in parts], axis=0)
    assert band.lower == pytest.approx(np.quantile(direct, 0.98), rel=1e-3)


def uniform(gy: float, n: int | None, frame: str | None = None) -> hd.DoseGrid:
    grid = box((4, 4, 4), (5.0, 5.0, 5.0))
    return hd.DoseGrid(np.full(grid.shape, gy), grid, fractions=n, frame_of_reference=frame)


def test_external_beam_spheres_and_lutetium_add_as_their_formulas() -> None:
    spheres = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.1)
    lutetium = models.Decay(repair_half_life_h=1.5, effective_half_life_h=50, cycles=4)
    total = hd.accumulate_bed(
        [
            hd.Course(name="SBRT", dose=uniform(30, 5)),
            hd.Course(name="SIRT", dose=uniform(40, None), timing=spheres),
            hd.Course(name="PRRT", dose=uniform(8, None), timing=lutetium, remembered_fraction=0.5),
        ],
        alpha_beta_gy=AB,
    )
    expected = {
        "SBRT": 30 * (1 + 6 / AB),
        "SIRT": 40 * (1 + 2.5 / 66.6 * 40 / AB),
        "PRRT": 0.5 * (8 + 4 * 1.5 / 51.5 * 4 / AB),
    }
    for name, value in expected.items():
        assert total.contributions[name].values_bed_gy[0, 0, 0] == pytest.approx(value, rel=1e-12)
    assert total.bed.values_bed_gy[1, 2, 3] == pytest.approx(sum(expected.values()), rel=1e-12)
    assert total.eqd2.values_eqd2_gy[1, 2, 3] == pytest.approx(sum(expected.values()) / 1.8, rel=1e-12)
    assert total.eqd2.kind == hd.DoseKind("eqd2", alpha_beta_gy=AB)
    assert any("0.5 of it remembered" in model for model in total.models)


def test_frames_of_reference() -> None:
    one, two = uniform(30, 5, "1.2.3"), uniform(40, 20, "1.2.4")
    with pytest.raises(errors.FrameOfReferenceError, match="register it"):
        hd.accumulate_bed([hd.Course(name="a", dose=one), hd.Course(name="b", dose=two)], alpha_beta_gy=AB)
    # The first one names no frame, the others two.
    nameless = hd.Course(name="a", dose=uniform(30, 5))
    others = [hd.Course(name="b", dose=uniform(30, 5, "1.2.3")), hd.Course(name="c", dose=uniform(30, 5, "1.2.9"))]
    with pytest.raises(errors.FrameOfReferenceError, match="c lies in another frame of reference than b"):
        hd.accumulate_bed([nameless, *others], alpha_beta_gy=AB)
    others[1] = hd.Course(name="c", dose=others[1].dose, to_reference=np.eye(4))
    assert len(hd.accumulate_bed([nameless, *others], alpha_beta_gy=AB).contributions) == 3
    registered = hd.Course(name="b", dose=two, to_reference=np.eye(4))
    total = hd.accumulate_bed([hd.Course(name="a", dose=one), registered], alpha_beta_gy=AB)
    assert total.bed.frame_of_reference == "1.2.3"
    sheared = np.eye(4)
    sheared[0, 1] = 0.2
    crooked = hd.Course(name="b", dose=two, to_reference=sheared)
    with pytest.raises(errors.GridError, match="no rigid registration"):
        hd.accumulate_bed([hd.Course(name="a", dose=one), crooked], alpha_beta_gy=AB)


def test_what_is_refused() -> None:
    one = hd.Course(name="a", dose=uniform(30, 5))
    with pytest.raises(ValueError, match="name of its own"):
        hd.accumulate_bed([one, one], alpha_beta_gy=AB)
    with pytest.raises(ValueError, match="one or more"):
        hd.accumulate_bed([], alpha_beta_gy=AB)
    with pytest.raises(errors.FractionsError):
        hd.accumulate_bed([hd.Course(name="a", dose=uniform(30, None))], alpha_beta_gy=AB)
    other = hd.Course(name="a", dose=uniform(30, 5), model=models.LQL(10, threshold_gy=6))
    with pytest.raises(errors.KindMismatchError, match="has alpha/beta 10 Gy"):
        hd.accumulate_bed([other], alpha_beta_gy=AB)
    with pytest.raises(errors.WrongKindOfDoseError):
        uniform(30, 5).remembered(0.5)
    with pytest.raises(errors.WrongKindOfDoseError):
        uniform(30, 5).bed_as_eqd2()


def cube_of(cells: int, shift_mm: float = 0.0) -> hd.Structure:
    grid = hd.Grid(shape=(cells,) * 3, spacing_mm=(5, 5, 5), origin_mm=[-2.5 * (cells - 1) + shift_mm] * 3)
    return hd.Structure.from_mask("Liver", np.ones(grid.shape, dtype=bool), grid)


def test_beyond_the_grid_of_a_course_nothing_is_known_of_the_sum() -> None:
    """Nobody computed the dose there: 0 Gy would make the EQD2 of a structure too low, and what remains too high."""
    small = hd.Course(name="small", dose=uniform(30, 5))
    wide = box((8, 8, 8), (5.0, 5.0, 5.0))
    large = hd.Course(name="large", dose=hd.DoseGrid(np.full(wide.shape, 10.0), wide, fractions=5))
    total = hd.accumulate_bed([large, small], alpha_beta_gy=AB, reference=wide)
    assert any("does not reach 87.5 %" in warning for warning in total.warnings)
    assert any("metrics of structures that reach there are not evaluable" in warning for warning in total.warnings)
    assert total.outside == total.provenance["settings"]["outside"] == "not_evaluable"
    assert total.bed.grid == small.dose.grid
    assert total.bed.warnings == total.eqd2.warnings == total.warnings
    assert {name: bed.grid for name, bed in total.contributions.items()} == dict.fromkeys(
        ("large", "small"), small.dose.grid
    )
    both = 10 * (1 + 2 / AB) + 30 * (1 + 6 / AB)
    np.testing.assert_allclose(total.bed.values_bed_gy, both)
    # Within both grids the sum is known; a structure that leaves one of them has no metric.
    inside, leaves = cube_of(4), cube_of(4, 5.0)
    left = total.remaining(inside, "Mean[Gy]", limit_eqd2_gy=100.0, fractions=5)
    assert left.eqd2_gy == pytest.approx(100 - both / 1.8)
    assert left.warnings == total.warnings
    curve = hd.dvh(total.eqd2, leaves)
    assert curve.covered_fraction == pytest.approx(27 / 64)
    known = {"alpha_beta_gy": hd.Uncertain.uniform(2.0, 3.0)}
    for refused in (
        lambda: curve["Mean[Gy]"],
        lambda: total.remaining(leaves, "D2%[Gy]", limit_eqd2_gy=100.0, fractions=5),
        lambda: total.uncertain_metric(leaves, "Mean[Gy]", uncertain=known, samples=3),
        # Shifted, the small course no longer covers it.
        lambda: total.shift_band(inside, "Mean[Gy]", course="small", shift_mm=5.0),
    ):
        with pytest.raises(errors.NotEvaluableError, match="the dose grid covers"):
            refused()
    found = total.uncertain_metric(inside, "Mean[Gy]", uncertain=known, samples=3)
    assert found.value == pytest.approx(both / 1.8)
    assert found.warnings == total.warnings
    band = total.shift_band(cube_of(2), "Mean[Gy]", course="small", shift_mm=5.0)
    assert band.lower == pytest.approx(both / 1.8)
    assert set(total.warnings) <= set(band.warnings)


def test_zero_beyond_a_grid_is_taken_when_it_is_asked_for_and_said() -> None:
    small = hd.Course(name="small", dose=uniform(30, 5))
    wide = box((8, 8, 8), (5.0, 5.0, 5.0))
    total = hd.accumulate_bed([small], alpha_beta_gy=AB, reference=wide, outside="zero")
    assert total.bed.grid == wide
    assert total.bed.values_bed_gy[0, 0, 0] == 0
    assert total.provenance["settings"]["outside"] == "zero"
    assert any("does not reach 87.5 %" in one and "outside='zero'" in one for one in total.warnings)
    left = total.remaining(cube_of(8), "Mean[Gy]", limit_eqd2_gy=100.0, fractions=5)
    assert any("outside='zero'" in one for one in left.warnings)
    far = hd.Grid(shape=(2, 2, 2), spacing_mm=(5, 5, 5), origin_mm=(100, 0, 0))
    with pytest.raises(errors.GridMismatchError, match="no voxel of the reference"):
        hd.accumulate_bed([small], alpha_beta_gy=AB, reference=far)
    with pytest.raises(ValueError, match="outside must be one of"):
        hd.accumulate_bed([small], alpha_beta_gy=AB, outside="nothing")  # type: ignore[arg-type]


def test_a_frame_of_reference_that_is_not_stated_is_said() -> None:
    one, two = uniform(30, 5, "1.2.3"), uniform(40, 20)
    total = hd.accumulate_bed([hd.Course(name="a", dose=one), hd.Course(name="b", dose=two)], alpha_beta_gy=AB)
    (warning,) = total.warnings
    assert warning.startswith("b: its frame of reference or that of the first course is not stated")
    assert "to_reference=numpy.eye(4)" in warning
    said = hd.Course(name="b", dose=two, to_reference=np.eye(4))
    total = hd.accumulate_bed([hd.Course(name="a", dose=one), said], alpha_beta_gy=AB)
    assert not any("not stated" in warning for warning in total.warnings)
    same = hd.Course(name="b", dose=uniform(40, 20, "1.2.3"))
    assert not hd.accumulate_bed([hd.Course(name="a", dose=one), same], alpha_beta_gy=AB).warnings


def test_shift_band_holds_the_value() -> None:
    grid = box((24, 24, 24), (4.0, 4.0, 4.0))
    dose = hd.DoseGrid(bell(centres(grid), (0, 0, 0), 15, 30), grid, fractions=5)
    courses = [hd.Course(name="one", dose=dose), hd.Course(name="two", dose=dose)]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB)
    inner = box((8, 8, 8), (4.0, 4.0, 4.0))
    cube = hd.Structure.from_mask("Cube", np.ones(inner.shape, dtype=bool), inner)
    band = total.shift_band(cube, "D2%[Gy]", course="two", shift_mm=8)
    assert band.lower < band.value <= band.upper
    with pytest.raises(KeyError):
        total.shift_band(cube, "Mean", course="three", shift_mm=5)


def test_remaining_tolerance_of_a_structure_and_of_voxels() -> None:
    left = hd.remaining_tolerance(20.0, limit_eqd2_gy=32.0, fractions=5, alpha_beta_gy=AB)
    assert left.eqd2_gy == 12
    assert hd.eqd2_gy(left.dose_gy, fractions=5, alpha_beta_gy=AB) == pytest.approx(12)
    over = hd.remaining_tolerance(40.0, limit_eqd2_gy=32.0, fractions=5, alpha_beta_gy=AB)
    assert (over.eqd2_gy, over.dose_gy) == (-8, 0)
    total = hd.accumulate_bed([hd.Course(name="a", dose=uniform(10, 5))], alpha_beta_gy=AB)
    voxels = hd.remaining_tolerance(total.eqd2, limit_eqd2_gy=32.0, fractions=3, alpha_beta_gy=AB)
    assert voxels.eqd2_gy == pytest.approx(np.full((4, 4, 4), 22.0))
    assert hd.eqd2_gy(voxels.dose_gy, fractions=3, alpha_beta_gy=AB) == pytest.approx(np.full((4, 4, 4), 22.0))
    with pytest.raises(errors.KindMismatchError):
        hd.remaining_tolerance(total.bed, limit_eqd2_gy=32.0, fractions=3, alpha_beta_gy=AB)
    with pytest.raises(errors.NonPhysicalError):
        hd.remaining_tolerance(1.0, limit_eqd2_gy=-1.0, fractions=3, alpha_beta_gy=AB)


def registration(matrices: dict[str, list[NDArray[np.float64]]], kind: str = "RIGID") -> bytes:
    """Make a spatial registration object, as pydicom writes it."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.66.1")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Modality = "REG"
    dataset.FrameOfReferenceUID = "1.2.3"
    items = []
    for frame, steps in matrices.items():
        item = Dataset()
        item.FrameOfReferenceUID = frame
        inner = []
        for matrix in steps:
            step = Dataset()
            step.FrameOfReferenceTransformationMatrixType = kind
            step.FrameOfReferenceTransformationMatrix = [f"{value:.10g}" for value in matrix.ravel()]
            inner.append(step)
        outer = Dataset()
        outer.MatrixSequence = Sequence(inner)
        item.MatrixRegistrationSequence = Sequence([outer])
        items.append(item)
    dataset.RegistrationSequence = Sequence(items)
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def test_spatial_registration_of_dicom() -> None:
    turn, shift = rotation(10, (1.0, 2.0, 3.0)), rotation(0, (5.0, 0.0, -2.0))
    found = hd.read_registration(registration({"1.2.3": [np.eye(4)], "1.2.4": [turn, shift]}))
    assert isinstance(found, hd.SpatialRegistration)
    assert found.frame_of_reference == "1.2.3"
    there = found.transform(source="1.2.4", target="1.2.3")
    np.testing.assert_allclose(there, shift @ turn, atol=1e-9)
    back = found.transform(source="1.2.3", target="1.2.4")
    np.testing.assert_allclose(back @ there, np.eye(4), atol=1e-9)
    with pytest.raises(errors.FrameOfReferenceError):
        found.transform(source="9.9", target="1.2.3")
    one, two = uniform(30, 5, "1.2.3"), uniform(40, 20, "1.2.4")
    courses = [hd.Course(name="a", dose=one), hd.Course(name="b", dose=two, to_reference=there)]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB)
    assert "rigid registration" in " ".join(total.warnings)
    # The object itself finds the frames.
    again = hd.accumulate_bed([courses[0], hd.Course(name="b", dose=two, to_reference=found)], alpha_beta_gy=AB)
    np.testing.assert_array_equal(again.bed.values_bed_gy, total.bed.values_bed_gy)
    twice = pydicom.dcmread(BytesIO(registration({"1.2.4": [turn], "1.2.5": [shift]})))
    twice.RegistrationSequence[1].FrameOfReferenceUID = "1.2.4"
    with pytest.raises(errors.DicomError, match="several maps for one frame"):
        hd.read_registration(twice)
    with pytest.raises(errors.DicomError, match="AFFINE"):
        hd.read_registration(registration({"1.2.4": [turn]}, kind="AFFINE"))
    with pytest.raises(errors.DicomError):
        hd.read_registration(b"nothing")
    plain = Dataset()
    plain.Modality = "CT"
    with pytest.raises(errors.WrongModalityError):
        hd.read_registration(plain)


def test_schedules() -> None:
    rows = hd.schedules([10, 3])
    by_id = {row.id: row for row in rows}
    long, short = by_id["rectum-long-course-45"], by_id["rectum-short-course"]
    assert [effect.eqd2_gy for effect in long.effects] == pytest.approx([44.25, 43.2])
    assert [effect.bed_gy for effect in short.effects] == pytest.approx([37.5, 200 / 3])
    assert short.evidence == "primary"
    frame = rows.to_pandas()
    assert len(frame) == 2 * len(rows)
    assert list(frame.columns[-3:]) == ["source", "locator", "evidence"]
    mine = frame[frame["id"] == "rectum-short-course"].iloc[0]
    assert (mine["source"], mine["locator"], mine["evidence"]) == (short.reference.key, short.locator, "primary")
    (own,) = hd.schedules(2.0, own=[("cord", 24.0, 3)])
    assert own.effects[0].eqd2_gy == pytest.approx(60)
    with pytest.raises(errors.NonPhysicalError):
        hd.schedules(0.0)
