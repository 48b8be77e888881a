"""Deformable registrations: fields, SimpleITK transforms, DICOM objects, and the courses that they bring together."""

from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

import hepadose as hd
from hepadose import errors, models

sitk: Any = import_module("SimpleITK")
AB = 2.5


def box(shape: tuple[int, int, int], spacing: tuple[float, float, float], direction: object = None) -> hd.Grid:
    """Make a grid around the origin."""
    turned = np.eye(3) if direction is None else np.asarray(direction)
    corner = np.array([-0.5 * step * (n - 1) for step, n in zip(spacing, reversed(shape), strict=True)])
    return hd.Grid(shape=shape, spacing_mm=spacing, origin_mm=turned @ corner, direction=turned)


def centres(grid: hd.Grid) -> NDArray[np.float64]:
    k, j, i = np.indices(grid.shape)
    points: NDArray[np.float64] = np.stack([i, j, k, np.ones_like(i)], axis=-1) @ grid.affine.T
    return points[..., :3]


def turn(degrees: float, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> NDArray[np.float64]:
    """Turn about z, then shift."""
    matrix = np.eye(4)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix[:2, :2] = [[c, -s], [s, c]]
    matrix[:3, 3] = shift
    return matrix


def breathing(grid: hd.Grid) -> NDArray[np.float32]:
    """Move by up to 9 mm along z and 3 mm along x, smoothly."""
    x, _, z = np.moveaxis(centres(grid), -1, 0)
    moved = np.stack([3 * np.cos(z / 30), np.zeros_like(x), 6 + 3 * np.sin(x / 25)], axis=-1)
    return moved.astype(np.float32)


def bell(grid: hd.Grid, fractions: int, frame: str | None = None) -> hd.DoseGrid:
    distance = np.sum((centres(grid) - (5, 0, 4)) ** 2, axis=-1)
    values = 40 * np.exp(-distance / (2 * 20**2)) + 1
    return hd.DoseGrid(values, grid, fractions=fractions, frame_of_reference=frame)


def by_sitk(dose: hd.DoseGrid, transform: Any, grid: hd.Grid) -> NDArray[np.float64]:
    """Resample with SimpleITK alone."""
    like = hd.to_sitk(hd.DoseGrid(np.zeros(grid.shape), grid))
    image = hd.to_sitk(hd.DoseGrid(np.asarray(dose.values_gy, dtype=np.float64), dose.grid))
    return np.asarray(sitk.GetArrayFromImage(sitk.Resample(image, like, transform, sitk.sitkLinear, 0.0)))


@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_a_deformed_course_as_simpleitk_resamples_it(degrees: float) -> None:
    """EQD2 of two courses, one brought by a field on a grid of its own: voxel by voxel as with SimpleITK."""
    plan, field_grid = box((40, 44, 48), (2.5, 2.5, 3.0)), box((15, 15, 15), (8.0, 8.0, 8.0), turn(degrees)[:3, :3])
    reference = box((24, 24, 24), (2.0, 2.5, 2.0))
    field = hd.DisplacementField(vectors_mm=breathing(field_grid), grid=field_grid)
    image = sitk.GetImageFromArray(field.vectors_mm.astype(np.float64), isVector=True)
    image.SetSpacing(field_grid.spacing_mm)
    image.SetOrigin(field_grid.origin_mm)
    image.SetDirection(np.asarray(field_grid.direction).ravel().tolist())
    again = hd.DisplacementField.from_sitk(image)
    np.testing.assert_array_equal(again.vectors_mm, field.vectors_mm)
    assert again.grid == field.grid
    one, two = bell(plan, 5), bell(plan, 20)
    courses = [hd.Course(name="first", dose=one), hd.Course(name="second", dose=two, deformation=field)]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB, reference=reference)
    expected = np.zeros(reference.shape)
    for dose, transform, n in ((one, sitk.Transform(), 5), (two, sitk.DisplacementFieldTransform(image), 20)):
        there = by_sitk(dose, transform, reference)
        expected += there * (there / n + AB) / (2 + AB)
    np.testing.assert_allclose(total.eqd2.values_eqd2_gy, expected, rtol=1e-5)
    assert any("deformable registration of the liver is an estimate" in warning for warning in total.warnings)
    assert not any("folds" in warning for warning in total.warnings)


def test_a_transform_of_simpleitk_is_read_where_it_is_needed() -> None:
    plan, reference = box((40, 44, 48), (2.5, 2.5, 3.0)), box((20, 20, 20), (2.5, 2.5, 2.5))
    euler = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.1, -0.05, 0.2, (4.0, -3.0, 2.0))
    field = hd.DisplacementField.from_sitk(euler, reference)
    course = hd.Course(name="turned", dose=bell(plan, 5), deformation=field)
    total = hd.accumulate_bed([course], alpha_beta_gy=AB, reference=reference)
    there = by_sitk(course.dose, euler, reference)
    np.testing.assert_allclose(total.bed.values_bed_gy, there * (1 + there / 5 / AB), rtol=1e-5)
    with pytest.raises(ValueError, match="give the grid"):
        hd.DisplacementField.from_sitk(euler)
    with pytest.raises(ValueError, match="three components"):
        hd.DisplacementField.from_sitk(sitk.Image([4, 4, 4], sitk.sitkFloat32))


def test_a_shifted_field_moves_the_dose() -> None:
    plan, reference = box((40, 44, 48), (2.5, 2.5, 3.0)), box((20, 20, 20), (2.5, 2.5, 2.5))
    field_grid = box((15, 15, 15), (8.0, 8.0, 8.0))
    field = hd.DisplacementField(
        vectors_mm=breathing(field_grid), grid=field_grid, before=turn(5, (1, 0, 0)), after=turn(-5, (0, 2, 0))
    )
    course = hd.Course(name="second", dose=bell(plan, 20), deformation=field)
    shift = (2.5, -5.0, 2.5)
    here = hd.accumulate_bed([course], alpha_beta_gy=AB, reference=reference).bed.values_bed_gy
    moved = hd.accumulate_bed([course.moved(shift)], alpha_beta_gy=AB, reference=reference).bed.values_bed_gy
    # One voxel along x and z, two back along y.
    np.testing.assert_allclose(moved[1:, :-2, 1:], here[:-1, 2:, :-1], rtol=1e-5)
    total = hd.accumulate_bed([hd.Course(name="first", dose=bell(plan, 5)), course], alpha_beta_gy=AB)
    cube = hd.Structure.from_mask("Cube", np.ones(reference.shape, dtype=bool), reference)
    band = total.shift_band(cube, "D2%[Gy]", course="second", shift_mm=5)
    assert band.lower < band.value < band.upper


def test_what_is_not_known_is_counted_and_what_folds_is_said() -> None:
    grid = box((8, 8, 8), (5.0, 5.0, 5.0))
    vectors = np.zeros((8, 8, 8, 3), dtype=np.float32)
    vectors[0] = np.nan
    dose = hd.DoseGrid(np.full(grid.shape, 20.0), grid, fractions=5)
    holes = hd.DisplacementField(vectors_mm=vectors, grid=grid)
    total = hd.accumulate_bed([hd.Course(name="a", dose=dose, deformation=holes)], alpha_beta_gy=AB, reference=grid)
    assert total.bed.shape == (7, 8, 8)
    assert total.bed.values_bed_gy.min() == pytest.approx(20 * (1 + 4 / AB))
    assert any("does not reach 12.5 %" in warning for warning in total.warnings)
    zero = hd.accumulate_bed(
        [hd.Course(name="a", dose=dose, deformation=holes)], alpha_beta_gy=AB, reference=grid, outside="zero"
    )
    assert zero.bed.values_bed_gy[0].max() == 0
    folding = np.zeros((8, 8, 8, 3), dtype=np.float32)
    folding[..., 0] = -1.5 * centres(grid)[..., 0]
    folded = hd.DisplacementField(vectors_mm=folding, grid=grid)
    assert folded.folded_fraction == 1
    total = hd.accumulate_bed([hd.Course(name="a", dose=dose, deformation=folded)], alpha_beta_gy=AB)
    assert any("folds in 100 %" in warning for warning in total.warnings)
    assert "up to 26.2 mm" in repr(folded)
    # Turned by 180 degrees beforehand, x becomes -x: the same slope of -1.5 no longer folds, one of 1.5 does.
    half = np.diag([-1.0, -1.0, 1.0, 1.0])
    assert hd.DisplacementField(vectors_mm=folding, grid=grid, before=half).folded_fraction == 0
    assert hd.DisplacementField(vectors_mm=-folding, grid=grid, before=half).folded_fraction == 1
    assert hd.DisplacementField(vectors_mm=-folding, grid=grid).folded_fraction == 0
    flat = hd.DisplacementField(vectors_mm=np.zeros((1, 8, 8, 3), dtype=np.float32), grid=box((1, 8, 8), (5, 5, 5)))
    assert flat.folded_fraction == 0
    with pytest.raises(ValueError, match="must be of shape"):
        hd.DisplacementField(vectors_mm=np.zeros((8, 8, 3), dtype=np.float32), grid=grid)
    endless = hd.DisplacementField(vectors_mm=np.full((8, 8, 8, 3), np.inf, dtype=np.float32), grid=grid)
    with pytest.raises(errors.GridError, match="infinite"):
        hd.accumulate_bed([hd.Course(name="a", dose=dose, deformation=endless)], alpha_beta_gy=AB)


def registration(field: hd.DisplacementField, source: str, numbers: bytes | None = None) -> bytes:
    """Make a deformable spatial registration, as pydicom writes it, with an item for the registered frame itself."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.66.3")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Modality = "REG"
    dataset.FrameOfReferenceUID = "1.2.3"
    own = Dataset()
    own.SourceFrameOfReferenceUID = "1.2.3"
    item = Dataset()
    item.SourceFrameOfReferenceUID = source
    for name, matrix in (("Pre", field.before), ("Post", field.after)):
        step = Dataset()
        step.FrameOfReferenceTransformationMatrixType = "RIGID"
        step.FrameOfReferenceTransformationMatrix = [f"{value:.12g}" for value in np.asarray(matrix).ravel()]
        setattr(item, f"{name}DeformationMatrixRegistrationSequence", Sequence([step]))
    grid = Dataset()
    grid.ImagePositionPatient = [float(value) for value in field.grid.origin_mm]
    grid.ImageOrientationPatient = np.asarray(field.grid.direction)[:, :2].T.ravel().tolist()
    grid.GridDimensions = list(reversed(field.grid.shape))
    grid.GridResolution = list(field.grid.spacing_mm)
    grid.VectorGridData = field.vectors_mm.tobytes() if numbers is None else numbers
    item.DeformableRegistrationGridSequence = Sequence([grid])
    dataset.DeformableRegistrationSequence = Sequence([own, item])
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def test_deformable_registration_of_dicom() -> None:
    """The standard's own equation (PS3.3, C.20.3.1.1), at the centre of each voxel of the field."""
    where = box((10, 11, 12), (6.0, 5.0, 4.0), turn(90)[:3, :3])
    before, after = turn(8, (1.0, 2.0, 3.0)), turn(-8, (0.0, -1.0, 2.0))
    field = hd.DisplacementField(vectors_mm=breathing(where), grid=where, before=before, after=after)
    found = hd.read_registration(registration(field, "1.2.4"))
    assert isinstance(found, hd.DeformableRegistration)
    assert list(found.to_source) == ["1.2.4"]
    again = found.field(source="1.2.4", target="1.2.3")
    np.testing.assert_array_equal(again.vectors_mm, field.vectors_mm)
    assert again.grid == field.grid
    # A dose that is linear in space, so that its value says where a point went.
    plan = box((60, 60, 60), (3.0, 3.0, 3.0))
    slopes = np.array([0.1, -0.2, 0.15])
    dose = hd.DoseGrid(centres(plan) @ slopes + 60, plan, fractions=5, frame_of_reference="1.2.4")
    first = hd.DoseGrid(np.zeros(where.shape), where, fractions=5, frame_of_reference="1.2.3")
    courses = [hd.Course(name="new", dose=first), hd.Course(name="old", dose=dose, deformation=found)]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB, reference=where)
    points = centres(where) @ before[:3, :3].T + before[:3, 3] + field.vectors_mm
    there = (points @ after[:3, :3].T + after[:3, 3]) @ slopes + 60
    bed = total.contributions["old"].values_bed_gy
    np.testing.assert_allclose(bed, there * (1 + there / 5 / AB), rtol=1e-6)
    with pytest.raises(errors.FrameOfReferenceError, match="does not lead"):
        found.field(source="1.2.3", target="1.2.4")
    nameless = hd.DoseGrid(np.ones(plan.shape), plan, fractions=5)
    with pytest.raises(errors.FrameOfReferenceError, match="does not say its frame"):
        hd.accumulate_bed(
            [hd.Course(name="new", dose=first), hd.Course(name="old", dose=nameless, deformation=found)],
            alpha_beta_gy=AB,
        )
    twice = pydicom.dcmread(BytesIO(registration(field, "1.2.4")))
    twice.DeformableRegistrationSequence.append(twice.DeformableRegistrationSequence[1])
    with pytest.raises(errors.DicomError, match="several maps for one frame"):
        hd.read_registration(twice)
    with pytest.raises(errors.DicomError, match="in place of 3960"):
        hd.read_registration(registration(field, "1.2.4", numbers=b"\0" * 12))
    both = hd.Course(name="old", dose=dose, deformation=found, to_reference=np.eye(4))
    with pytest.raises(ValueError, match="two registrations"):
        hd.accumulate_bed([hd.Course(name="new", dose=first), both], alpha_beta_gy=AB)
    with pytest.raises(TypeError, match="resolved by accumulate_bed"):
        courses[1].moved((1.0, 0.0, 0.0))
    assert total.shift_band(
        hd.Structure.from_mask("Cube", np.ones((4, 4, 4), dtype=bool), box((4, 4, 4), (3, 3, 3))),
        "Mean[Gy]",
        course="old",
        shift_mm=3,
    ).upper > dvh_mean(total)


def dvh_mean(total: hd.Accumulated) -> float:
    """Give the mean EQD2 of the cube in the middle."""
    cube = hd.Structure.from_mask("Cube", np.ones((4, 4, 4), dtype=bool), box((4, 4, 4), (3, 3, 3)))
    return hd.dvh(total.eqd2, cube).mean_eqd2_gy


def test_a_sum_with_uncertain_numbers() -> None:
    """Uniform doses: the interval is that of the formula, drawn by numpy."""
    grid = box((4, 4, 4), (5.0, 5.0, 5.0))
    spheres = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    courses = [
        hd.Course(name="SBRT", dose=hd.DoseGrid(np.full(grid.shape, 20.0), grid, fractions=5)),
        hd.Course(name="SIRT", dose=hd.DoseGrid(np.full(grid.shape, 40.0), grid), timing=spheres),
    ]
    total = hd.accumulate_bed(courses, alpha_beta_gy=AB)
    inner = box((2, 2, 2), (5.0, 5.0, 5.0))
    cube = hd.Structure.from_mask("Cube", np.ones(inner.shape, dtype=bool), inner)
    known = {
        "alpha_beta_gy": hd.Uncertain.uniform(2.0, 3.0),
        "SIRT.repair_half_life_h": hd.Uncertain.uniform(1.5, 4.0),
        "SIRT.remembered_fraction": hd.Uncertain.uniform(0.5, 1.0),
    }
    found = total.uncertain_metric(cube, "Mean[Gy]", uncertain=known, samples=400)

    def eqd2(ab: Any, repair: Any, remembered: Any) -> Any:
        return (20 * (1 + 4 / ab) + remembered * 40 * (1 + repair / (repair + 64.2) * 40 / ab)) / (1 + 2 / ab)

    generator = np.random.default_rng(4)
    draws = (generator.uniform(low, high, 200_000) for low, high in ((2, 3), (1.5, 4), (0.5, 1)))
    assert found.value == pytest.approx(eqd2(AB, 2.5, 1.0), rel=1e-6)
    assert (found.interval.samples, found.interval.seed, found.interval.level) == (400, 0, 0.95)
    plain = found.to_dict()
    assert plain["interval"]["samples"] == 400
    assert plain["tornado"][0]["parameter"] == "SIRT.remembered_fraction"
    narrow = total.uncertain_metric(cube, "Mean[Gy]", uncertain=known, samples=400, level=0.5)
    assert narrow.interval.level == 0.5
    assert narrow.tornado[0].low == pytest.approx(0.625)
    assert narrow.interval.lower > found.interval.lower
    with pytest.raises(ValueError, match="level must be"):
        total.uncertain_metric(cube, "Mean[Gy]", uncertain=known, level=95)
    expected = np.quantile(eqd2(*draws), [0.025, 0.5, 0.975])
    assert [found.interval.lower, found.interval.median, found.interval.upper] == pytest.approx(expected, rel=0.02)
    assert found.tornado[0].parameter == "SIRT.remembered_fraction"
    assert found.tornado[0].at_low == pytest.approx(eqd2(AB, 2.5, 0.5125), rel=1e-6)
    with pytest.raises(KeyError):
        total.uncertain_metric(cube, "Mean[Gy]", uncertain={"PRRT.cycles": hd.Uncertain.uniform(1, 2)})
    left = total.remaining(cube, "Mean[Gy]", limit_eqd2_gy=60.0, fractions=5)
    assert left.eqd2_gy == pytest.approx(60 - found.value)
    with pytest.raises(ValueError, match="needs a dose"):
        total.remaining(cube, "V20Gy[cc]", limit_eqd2_gy=60.0, fractions=5)
