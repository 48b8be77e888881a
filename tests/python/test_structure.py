"""Structures: volumes by hand, algebra, what is refused, pickling."""

import pickle
from typing import Any

import numpy as np
import pytest

import hepadose as hd
from shapes import box

GRID = hd.Grid(shape=(4, 5, 6), spacing_mm=(2, 3, 5), origin_mm=(0, 0, 0))
SQUARE = [(0, 0, 0), (20, 0, 0), (20, 20, 0), (0, 20, 0)]


def test_volume_of_contours() -> None:
    # 20 x 20 x 10 mm.
    assert box("a", (0, 0, 0), (20, 20, 10)).volume_cc() == pytest.approx(4.0, rel=1e-12)
    # The end planes lie 9 mm apart.
    assert box("a", (0, 0, 0), (20, 20, 10)).volume_cc(end_caps="none") == pytest.approx(3.6, rel=1e-12)
    with pytest.raises(ValueError, match="end_caps must be half_slice, none or rounded, got round"):
        box("a", (0, 0, 0), (20, 20, 10)).volume_cc(end_caps="round")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="between_planes must be prism or shape, got cone"):
        box("a", (0, 0, 0), (20, 20, 10)).volume_cc(between_planes="cone")  # type: ignore[arg-type]
    with pytest.raises(hd.errors.NonPhysicalError, match="max_cap_mm must be a finite number above 0"):
        box("a", (0, 0, 0), (20, 20, 10)).volume_cc(max_cap_mm=0)


def test_volume_of_a_contoured_sphere_by_policy() -> None:
    radius, turn = 12.0, np.linspace(0, 2 * np.pi, 600, endpoint=False)
    planes = np.arange(-11.0, 12.0, 3.0)
    rings = [
        np.column_stack([r * np.cos(turn), r * np.sin(turn), np.full_like(turn, z)])
        for z in planes
        for r in [np.sqrt(radius**2 - z**2)]
    ]
    sphere = hd.Structure.from_contours("Sphere", rings)
    truth = 4 / 3 * np.pi * radius**3 / 1000
    assert sphere.volume_cc(between_planes="shape", end_caps="rounded") == pytest.approx(truth, rel=3e-4)
    # Prisms by hand, with caps of half a slice, of half a millimetre, and none.
    areas = np.pi * (radius**2 - planes**2) / 1000
    inner = 3 * areas.sum() - 1.5 * (areas[0] + areas[-1])
    for caps, height in ((None, 1.5), (0.5, 0.5)):
        expected = inner + height * (areas[0] + areas[-1])
        assert sphere.volume_cc(max_cap_mm=caps) == pytest.approx(expected, rel=3e-5)
    assert sphere.volume_cc(end_caps="none") == pytest.approx(inner, rel=3e-5)
    assert sphere.volume_cc(between_planes="shape", end_caps="none") < truth
    mask = hd.Structure.from_mask("m", np.ones(GRID.shape, bool), GRID)
    assert mask.volume_cc(between_planes="shape", end_caps="rounded") == mask.volume_cc()


def test_an_inner_contour_is_a_hole() -> None:
    inner = [(5, 5, 0), (15, 5, 0), (15, 15, 0), (5, 15, 0)]
    ring = hd.Structure.from_contours("Ring", [SQUARE, inner], slice_spacing_mm=10)
    assert ring.volume_cc() == pytest.approx((400 - 100) * 10 / 1000, rel=1e-12)


def test_a_single_plane_needs_a_thickness() -> None:
    assert hd.Structure.from_contours("a", [SQUARE], slice_spacing_mm=2.5).volume_cc() == pytest.approx(1.0, rel=1e-12)


def test_volume_of_masks() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[1, 2, 3] = mask[2, 2, 2] = True
    voxel_cc = 2 * 3 * 5 / 1000
    assert hd.Structure.from_mask("m", mask, GRID).volume_cc() == pytest.approx(2 * voxel_cc, rel=1e-12)
    for dtype in ("uint8", "int64", "float32", "float64", "float16"):
        assert hd.Structure.from_mask("m", mask.astype(dtype), GRID) == hd.Structure.from_mask("m", mask, GRID)
    half = hd.Structure.from_mask("m", np.where(mask, 0.5, 0), GRID)
    assert half.volume_cc() == pytest.approx(voxel_cc, rel=1e-12)
    fortran = hd.Structure.from_mask("m", np.asfortranarray(mask), GRID)
    assert fortran == hd.Structure.from_mask("m", mask, GRID)


def test_algebra() -> None:
    a, b = box("A", (0, 0, 0), (20, 20, 10)), box("B", (10, 0, 0), (40, 20, 10))
    both = 10 * 20 * 10 / 1000
    for made, name, volume in (
        (a - b, "A-B", 4 - both),
        (a | b, "A|B", 4 + 6 - both),
        (a & b, "A&B", both),
        (a ^ b, "A^B", 4 + 6 - 2 * both),
    ):
        assert made.name == name
        assert made.is_solid
        assert made.contours == []
        assert made.volume_cc() == pytest.approx(volume, rel=1e-9)
    assert (a - b).renamed("Rest").name == "Rest"
    with pytest.raises(TypeError):
        a - 1  # type: ignore[operator]


def test_frames_of_reference_must_agree() -> None:
    a = box("A", (0, 0, 0), (20, 20, 10), frame_of_reference="1.2.3")
    assert (a - box("B", (0, 0, 0), (9, 9, 9))).frame_of_reference == "1.2.3"
    with pytest.raises(hd.errors.FrameOfReferenceError, match="'A' and 'B' are in different frames"):
        a - box("B", (0, 0, 0), (9, 9, 9), frame_of_reference="4.5.6")


def test_what_is_known_of_a_structure() -> None:
    about: dict[str, Any] = {"number": 7, "interpreted_type": "GTV", "colour": (255, 0, 10)}
    gtv = box("GTV 1", (0, 0, 0), (9, 9, 9), frame_of_reference="1.2.3", **about)
    assert (gtv.name, gtv.number, gtv.interpreted_type) == ("GTV 1", 7, "GTV")
    assert gtv.colour == (255, 0, 10)
    assert gtv.frame_of_reference == "1.2.3"
    assert repr(gtv) == "<Structure 'GTV 1': number 7, GTV, 9 contours on 9 planes>"
    assert [ring.shape for ring in gtv.contours] == [(4, 3)] * 9
    bare = hd.Structure.from_mask("m", np.zeros(GRID.shape), GRID)
    assert (bare.number, bare.interpreted_type, bare.colour, bare.frame_of_reference) == (None, None, None, None)


def test_nothing_drawn_takes_no_space() -> None:
    nothing: list[list[Any]] = [[], [[(0, 0, 0)]], [[]], [np.empty((0, 3))]]
    for contours in nothing:
        empty = hd.Structure.from_contours("Empty", contours)
        assert not empty.is_solid
        assert empty.volume_cc() == 0


@pytest.mark.parametrize(
    ("contours", "message"),
    [
        ([[(0, 0, 0), (1, 0, 0), (1, 1, np.nan)]], "not finite"),
        ([[(0, 0, 0), (10, 0, 0), (10, 10, 5), (0, 10, 0)]], "not flat"),
        ([SQUARE, [(0, 0, 0), (0, 10, 0), (0, 10, 10), (0, 0, 10)]], "not flat|different orientation"),
    ],
)
def test_contours_that_cannot_be(contours: Any, message: str) -> None:
    with pytest.raises(hd.errors.StructureError, match=message) as caught:
        hd.Structure.from_contours("Liver", contours)
    assert caught.value.structure == "Liver"
    assert isinstance(caught.value, ValueError)


def test_arrays_that_are_no_contours_or_masks() -> None:
    with pytest.raises(ValueError, match=r"\(N, 3\) array"):
        hd.Structure.from_contours("a", [np.zeros((4, 2))])
    with pytest.raises(TypeError, match="real numbers"):
        hd.Structure.from_contours("a", [[("x", "y", "z")]])
    with pytest.raises(hd.errors.ShapeError, match="slice, row, column"):
        hd.Structure.from_mask("m", np.zeros((6, 5, 4)), GRID)
    with pytest.raises(hd.errors.StructureError, match="outside 0 to 1"):
        hd.Structure.from_mask("m", np.full(GRID.shape, 2), GRID)
    with pytest.raises(hd.errors.StructureError, match="outside 0 to 1"):
        hd.Structure.from_mask("m", np.full(GRID.shape, np.nan), GRID)
    with pytest.raises(TypeError, match="covered fractions"):
        hd.Structure.from_mask("m", np.full(GRID.shape, "x"), GRID)


def tilted() -> hd.Structure:
    """Contours on planes that no axis of the patient is normal to."""
    turn, _ = np.linalg.qr(np.vander((1.0, 2.0, 4.0)))
    return hd.Structure.from_contours("T", [np.array([(0, 0, z), (9, 0, z), (5, 7, z)]) @ turn for z in (0, 2, 4)])


def test_equality_and_pickle() -> None:
    a, b = box("A", (0, 0, 0), (20, 20, 10), number=3, colour=(1, 2, 3)), box("B", (10, 0, 0), (40, 20, 10))
    mask = hd.Structure.from_mask("M", np.linspace(0, 1, 120).reshape(GRID.shape), GRID, interpreted_type="ORGAN")
    every = [a, b, a - b, (a | b) & a, mask, tilted(), hd.Structure.from_contours("E", [])]
    for index, one in enumerate(every):
        for protocol in (2, 5):
            again = pickle.loads(pickle.dumps(one, protocol))  # noqa: S301
            assert again == one
            assert again.volume_cc() == one.volume_cc()
            assert (again.number, again.colour) == (one.number, one.colour)
        assert all(one != other for other in every[index + 1 :])
    assert a != a.renamed("C")
    assert a != "A"
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)


def test_a_forged_pickle_is_refused() -> None:
    restore, (name, about, shape) = box("A", (0, 0, 0), (20, 20, 10)).__reduce__()
    kind, (axes, positions, *rest), spacing = shape
    with pytest.raises(ValueError, match="stack of contours"):
        restore(name, about, (kind, (axes, positions[::-1].copy(), *rest), spacing))
    with pytest.raises(ValueError, match="kind of a pickled structure"):
        restore(name, about, ("ghost",))
