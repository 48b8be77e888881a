"""Dose grids: what comes in, kinds that do not mix, derived values, pickling, equality."""

import pickle
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hepadose as hd

GRID = hd.Grid(shape=(2, 3, 4), spacing_mm=(2, 2, 3), origin_mm=(-4, -3, 0))


def doses(dtype: Any = np.float64) -> NDArray[Any]:
    return np.linspace(0, 46, 24).reshape(2, 3, 4).astype(dtype)


def test_values_come_back_read_only_in_their_precision() -> None:
    for dtype, kept in (
        ("float32", "float32"),
        ("float64", "float64"),
        (">f4", "float32"),
        (">f8", "float64"),
        ("uint16", "float64"),
        ("float16", "float32"),
    ):
        given = doses(dtype)
        dose = hd.DoseGrid(given, GRID, fractions=5)
        assert dose.values_gy.dtype == np.dtype(kept)
        assert np.array_equal(dose.values_gy, given)
        assert dose.values is dose.values_gy
        assert not np.shares_memory(dose.values_gy, given)
        with pytest.raises(ValueError, match="read-only"):
            dose.values_gy[0, 0, 0] = 1
        with pytest.raises(ValueError, match="cannot set WRITEABLE flag"):
            dose.values_gy.flags.writeable = True


def test_any_layout_comes_in() -> None:
    given = doses()
    expected = hd.DoseGrid(given, GRID)
    frozen = given.copy()
    frozen.flags.writeable = False
    wide = np.zeros((2, 3, 8))
    wide[..., ::2] = given
    for same in (np.asfortranarray(given), wide[..., ::2], frozen, given.tolist(), given[::-1][::-1]):
        assert hd.DoseGrid(same, GRID) == expected


def test_only_its_own_arrays_are_taken_without_a_copy() -> None:
    dose = hd.DoseGrid(doses(), GRID, fractions=5)
    again = hd.DoseGrid(dose.values_gy, GRID, fractions=3)
    assert np.shares_memory(again.values_gy, dose.values_gy)
    foreign = doses()
    foreign.flags.writeable = False
    kept = hd.DoseGrid(foreign, GRID)
    foreign.flags.writeable = True
    foreign[0, 0, 0] = np.nan
    assert np.array_equal(kept.values_gy, doses())


@pytest.mark.parametrize(("bad", "what"), [(np.nan, "NaN"), (np.inf, "infinite"), (-0.5, "negative")])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bad_values_are_counted_and_placed(bad: float, what: str, dtype: Any) -> None:
    values = doses(dtype)
    values[1, 2, 3] = values[1, 0, 2] = bad
    with pytest.raises(hd.errors.DoseValueError) as caught:
        hd.DoseGrid(values, GRID)
    assert str(caught.value).startswith(f"2 of 24 dose values are {what} (first at slice 1, row 0, column 2)")
    assert (caught.value.count, caught.value.what, caught.value.index) == (2, what, (1, 0, 2))
    assert isinstance(caught.value, ValueError)


def test_shape_must_be_the_grids_also_when_the_size_agrees() -> None:
    for values in (doses().T, doses()[:1], doses().ravel()):
        with pytest.raises(hd.errors.ShapeError, match="slice, row, column") as caught:
            hd.DoseGrid(values, GRID)
        assert caught.value.got == list(values.shape)
        assert caught.value.expected == [2, 3, 4]


@pytest.mark.parametrize("values", [doses().astype(bool), doses().astype(complex), doses().astype(str), "dose", None])
def test_what_is_no_number_is_a_type_error(values: Any) -> None:
    with pytest.raises(TypeError, match="must be real numbers"):
        hd.DoseGrid(values, GRID)


def test_arguments_that_make_no_sense() -> None:
    with pytest.raises(hd.errors.NonPhysicalError, match="fractions must be a whole number of at least 1, got 0"):
        hd.DoseGrid(doses(), GRID, fractions=0)
    with pytest.raises(ValueError, match="one of total, partial, session, multi_plan, unstated, got half"):
        hd.DoseGrid(doses(), GRID, scope="half")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dose kind is"):
        hd.DoseGrid(doses(), GRID, kind="bed")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="positional"):
        hd.DoseGrid(doses(), GRID, 5)  # type: ignore[call-arg]


def test_bed_and_eqd2_in_each_voxel() -> None:
    dose = hd.DoseGrid(
        [[[60.0, 15.0]]], hd.Grid(shape=(1, 1, 2), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0)), fractions=3
    )
    bed = dose.bed(alpha_beta_gy=10)
    # 60 (1 + 20/10), 15 (1 + 5/10).
    assert bed.values_bed_gy.tolist() == [[[180.0, 22.5]]]
    assert bed.kind == hd.DoseKind("bed", alpha_beta_gy=10)
    eqd2 = dose.eqd2(alpha_beta_gy=10)
    assert eqd2.values_eqd2_gy == pytest.approx(np.array([[[150.0, 18.75]]]), rel=1e-15)
    assert eqd2.values_eqd2_gy is eqd2.values
    assert not eqd2.values.flags.writeable


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_grid_and_array_functions_give_the_same_bits(dtype: Any) -> None:
    values = doses(dtype)
    dose = hd.DoseGrid(values, GRID, fractions=5)
    assert dose.eqd2(alpha_beta_gy=2.5).values.dtype == dtype
    assert np.array_equal(dose.eqd2(alpha_beta_gy=2.5).values, hd.eqd2_gy(values, fractions=5, alpha_beta_gy=2.5))
    out = np.empty(GRID.shape, dtype)
    dose.bed(alpha_beta_gy=3).write_values(out)
    assert np.array_equal(out, hd.bed_gy(values, fractions=5, alpha_beta_gy=3))


def test_write_values_needs_a_fitting_array() -> None:
    dose = hd.DoseGrid(doses(), GRID)
    with pytest.raises(TypeError, match="float32 or float64"):
        dose.write_values(np.empty(GRID.shape, np.int64))  # type: ignore[arg-type]
    with pytest.raises(hd.errors.ShapeError):
        dose.write_values(np.empty((2, 3, 5)))
    with pytest.raises(ValueError, match="C-ordered"):
        dose.write_values(np.empty(GRID.shape, order="F"))
    with pytest.raises(ValueError, match="not writeable"):
        dose.write_values(dose.values_gy)


def test_values_under_the_name_of_another_kind() -> None:
    dose = hd.DoseGrid(doses(), GRID, fractions=5)
    for one, right in (
        (dose, "values_gy"),
        (dose.bed(alpha_beta_gy=3), "values_bed_gy"),
        (dose.eqd2(alpha_beta_gy=3), "values_eqd2_gy"),
    ):
        for name in ("values_gy", "values_bed_gy", "values_eqd2_gy"):
            if name == right:
                assert np.array_equal(getattr(one, name), one.values)
                continue
            with pytest.raises(hd.errors.WrongKindError, match=f"no '{name}'; use '{right}'") as caught:
                getattr(one, name)
            assert caught.value.use_instead == right
            assert caught.value.kind == one.kind
            assert isinstance(caught.value, AttributeError)


def test_kinds_do_not_mix() -> None:
    dose = hd.DoseGrid(doses(), GRID, fractions=5)
    ten, three = dose.bed(alpha_beta_gy=10), dose.bed(alpha_beta_gy=3)
    for left, right in ((ten, three), (dose, ten), (ten, dose.eqd2(alpha_beta_gy=10))):
        with pytest.raises(hd.errors.KindMismatchError, match="different kinds do not mix") as caught:
            left + right
        assert (caught.value.kind, caught.value.other) == (left.kind, right.kind)
    with pytest.raises(
        hd.errors.NotPhysicalDoseError, match="only physical dose can be converted to EQD2"
    ) as conversion:
        ten.eqd2(alpha_beta_gy=10)
    assert conversion.value.kind == ten.kind
    stored = hd.DoseGrid(doses(), GRID, fractions=5, kind=hd.DoseKind("eqd2", alpha_beta_gy=2.5))
    with pytest.raises(hd.errors.NotPhysicalDoseError):
        stored.bed(alpha_beta_gy=2.5)
    for kind in ("effective", "unstated"):
        with pytest.raises(hd.errors.NotPhysicalDoseError):
            hd.DoseGrid(doses(), GRID, fractions=5, kind=kind).bed(alpha_beta_gy=2.5)


def test_courses_add_in_bed() -> None:
    one, two = hd.DoseGrid(doses(), GRID, fractions=3), hd.DoseGrid(doses(np.float32), GRID, fractions=5)
    physical = one + two
    assert physical.fractions is None
    assert np.array_equal(physical.values_gy, 2 * doses())
    with pytest.raises(hd.errors.FractionsError, match="courses must be added in BED") as caught:
        physical.bed(alpha_beta_gy=10)
    assert caught.value.reason == "mixed"
    bed = sum([one.bed(alpha_beta_gy=10), two.bed(alpha_beta_gy=10)])
    assert isinstance(bed, hd.DoseGrid)
    expected = hd.bed_gy(doses(), fractions=3, alpha_beta_gy=10)
    expected = expected + hd.bed_gy(doses(np.float32).astype(float), fractions=5, alpha_beta_gy=10)
    assert bed.values_bed_gy == pytest.approx(expected, rel=1e-14)
    assert (one + one).fractions == 3


def test_what_cannot_be_converted_says_why() -> None:
    dose = hd.DoseGrid(doses(), GRID)
    with pytest.raises(hd.errors.FractionsError, match="fractions is not known") as caught:
        dose.bed(alpha_beta_gy=10)
    assert caught.value.reason == "unstated"
    assert dose.with_fractions(3).bed(alpha_beta_gy=10) == hd.DoseGrid(doses(), GRID, fractions=3).bed(alpha_beta_gy=10)
    beam = hd.DoseGrid(doses(), GRID, fractions=3, scope="partial")
    with pytest.raises(hd.errors.ScopeError, match="not the dose of the whole treatment") as partial:
        beam.eqd2(alpha_beta_gy=10)
    assert partial.value.scope == "partial"
    assert beam.with_scope("total").eqd2(alpha_beta_gy=10).kind.quantity == "eqd2"
    for error in (caught.value, partial.value):
        assert isinstance(error, hd.errors.ConversionError)
    with pytest.raises(hd.errors.NonPhysicalError):
        dose.with_fractions(3).bed(alpha_beta_gy=0)


def test_places_must_agree_to_add() -> None:
    dose = hd.DoseGrid(doses(), GRID, fractions=3, frame_of_reference="1.2.3")
    moved = hd.Grid(shape=GRID.shape, spacing_mm=GRID.spacing_mm, origin_mm=(0, 0, 0))
    with pytest.raises(hd.errors.GridMismatchError, match="same voxels"):
        dose + hd.DoseGrid(doses(), moved, fractions=3)
    with pytest.raises(hd.errors.FrameOfReferenceError, match="frames of reference"):
        dose + hd.DoseGrid(doses(), GRID, fractions=3, frame_of_reference="4.5.6")
    with pytest.raises(TypeError, match="unsupported operand"):
        dose + 1  # type: ignore[operator]


def test_numpy_does_not_take_it_apart() -> None:
    dose: Any = hd.DoseGrid(doses(), GRID, fractions=3)
    with pytest.raises(TypeError):
        np.add(dose, dose)
    with pytest.raises(TypeError):
        doses() * dose
    with pytest.raises(TypeError, match="use its 'values_gy'"):
        np.asarray(dose)
    with pytest.raises(TypeError, match="use its 'values_bed_gy'"):
        np.mean(dose.bed(alpha_beta_gy=3))


def test_equality_and_pickle() -> None:
    physical = hd.DoseGrid(doses(np.float32), GRID, fractions=5, frame_of_reference="1.2.3")
    other = hd.DoseGrid(doses(), GRID, fractions=3)
    every = [
        physical,
        other,
        hd.DoseGrid(doses(), GRID),
        hd.DoseGrid(doses(), GRID, fractions=5, scope="session"),
        hd.DoseGrid(doses(), GRID, kind=hd.DoseKind("eqd2", alpha_beta_gy=2.5)),
        physical.bed(alpha_beta_gy=10),
        physical.eqd2(alpha_beta_gy=10),
        physical + other,
        physical.bed(alpha_beta_gy=10) + other.bed(alpha_beta_gy=10),
    ]
    for index, dose in enumerate(every):
        for protocol in (2, 5):
            again = pickle.loads(pickle.dumps(dose, protocol))  # noqa: S301
            assert again == dose
            assert np.array_equal(again.values, dose.values)
            assert again.values.dtype == dose.values.dtype
            assert not again.values.flags.writeable
        assert all(dose != later for later in every[index + 1 :])
    assert physical != "dose"
    assert physical != hd.DoseGrid(doses(np.float32) * np.float32(1.01), GRID, fractions=5, frame_of_reference="1.2.3")
    with pytest.raises(TypeError, match="unhashable"):
        hash(physical)


def test_a_forged_pickle_is_looked_at() -> None:
    dose = hd.DoseGrid(doses(), GRID, fractions=5)
    restore, (state, warnings) = dose.__reduce__()
    grid, [(values, *rest)], *others = state
    bad = np.array(values)
    bad[0, 0, 0] = np.nan
    with pytest.raises(hd.errors.DoseValueError):
        restore((grid, [(bad, *rest)], *others), warnings)


def test_one_line_repr_with_units_and_without_identifiers() -> None:
    dose = hd.DoseGrid(doses(), GRID, fractions=5, frame_of_reference="1.2.840.99")
    assert repr(dose) == (
        "<DoseGrid: physical dose in Gy, 2 x 3 x 4 voxels (slice, row, column) of 2 x 2 x 3 mm (x, y, z), "
        "5 fractions, the total dose>"
    )
    assert "EQD2 (alpha/beta 2.5 Gy) in Gy" in repr(dose.eqd2(alpha_beta_gy=2.5))
    assert dose.frame_of_reference == "1.2.840.99"
    assert dose.warnings == ()
    assert dose.grid == GRID
    assert dose.shape == GRID.shape
    assert dose.scope == "total"


def test_kinds() -> None:
    bed = hd.DoseKind("bed", alpha_beta_gy=10)
    assert (bed.quantity, bed.alpha_beta_gy, str(bed)) == ("bed", 10.0, "BED (alpha/beta 10 Gy)")
    assert eval(repr(bed), {"DoseKind": hd.DoseKind}) == bed  # noqa: S307
    assert {bed: 1}[hd.DoseKind("bed", alpha_beta_gy=10.0)] == 1
    assert bed != hd.DoseKind("bed", alpha_beta_gy=3)
    assert pickle.loads(pickle.dumps(bed)) == bed  # noqa: S301
    assert hd.DoseKind("physical").alpha_beta_gy is None
    for quantity, alpha_beta in (("bed", None), ("physical", 10), ("dose", None)):
        with pytest.raises(ValueError, match=re.escape(f"'{quantity}' with")):
            hd.DoseKind(quantity, alpha_beta_gy=alpha_beta)  # type: ignore[arg-type]
    with pytest.raises(hd.errors.NonPhysicalError):
        hd.DoseKind("eqd2", alpha_beta_gy=0)


def test_errors_survive_pickling() -> None:
    with pytest.raises(hd.errors.DoseValueError) as caught:
        hd.DoseGrid(-doses(), GRID)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert str(again) == str(caught.value)
    assert vars(again) == vars(caught.value)
