"""BED and EQD2 for numbers and arrays: types, precisions, layouts, ``out=`` and refusals."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hepadose as hd

BULK: list[Any] = [hd.bed_gy, hd.eqd2_gy, hd.isoeffective_dose_gy, hd.dose_per_fraction_gy]
HOW: dict[str, Any] = {"fractions": 3, "alpha_beta_gy": 10}


def doses() -> NDArray[np.float64]:
    return np.linspace(0, 60, 2 * 3 * 4).reshape(2, 3, 4)


def test_number_in_float_out() -> None:
    values: list[Any] = [60, 60.0, np.float64(60), np.float32(60), np.int16(60), np.array(60.0)]
    for value in values:
        bed = hd.bed_gy(value, **HOW)
        assert type(bed) is float
        assert bed == 180.0
    assert hd.eqd2_from_bed_gy(180.0, alpha_beta_gy=10) == pytest.approx(150.0, rel=1e-15)


@pytest.mark.parametrize("function", BULK)
@pytest.mark.parametrize("dtype", ["float32", "float64", ">f4", ">f8", "float16", "int32", "uint16"])
def test_precision_is_kept(function: Callable[..., Any], dtype: str) -> None:
    values = doses().astype(dtype)
    result = function(values, **HOW)
    single = values.dtype.kind == "f" and values.dtype.itemsize <= 4
    assert result.dtype == (np.float32 if single else np.float64)
    assert result.shape == values.shape
    each = [function(float(value), **HOW) for value in values.ravel()]
    assert result.ravel() == pytest.approx(each, rel=1e-6 if single else 1e-14)


@pytest.mark.parametrize("function", BULK)
def test_any_layout(function: Callable[..., Any]) -> None:
    values = doses()
    expected = function(values, **HOW)
    for view in (np.asfortranarray(values), values[::1], np.ascontiguousarray(values.T).T):
        assert np.array_equal(function(view, **HOW), expected)
    assert np.array_equal(function(values[:, ::-2], **HOW), expected[:, ::-2])
    assert np.array_equal(function(values.tolist(), **HOW), expected)
    values.flags.writeable = False
    assert np.array_equal(function(values, **HOW), expected)
    assert function(np.empty((0, 3)), **HOW).shape == (0, 3)


@pytest.mark.parametrize("function", BULK)
def test_out(function: Callable[..., Any]) -> None:
    values = doses()
    expected = function(values, **HOW)
    out = np.empty_like(values)
    assert function(values, **HOW, out=out) is out
    assert np.array_equal(out, expected)
    strided = np.empty((2, 3, 8))[..., ::2]
    assert function(values, **HOW, out=strided) is strided
    assert np.array_equal(strided, expected)
    overlapping = values.copy()
    assert np.array_equal(function(overlapping, **HOW, out=overlapping[:]), expected)
    in_place = values.copy()
    assert function(in_place, **HOW, out=in_place) is in_place
    assert np.array_equal(in_place, expected)


def test_out_that_does_not_fit() -> None:
    values = doses()
    with pytest.raises(TypeError, match="float64"):
        hd.bed_gy(values, **HOW, out=np.empty(values.shape, np.float32))
    with pytest.raises(ValueError, match=re.escape("shape (2, 3, 4)")):
        hd.bed_gy(values, **HOW, out=np.empty(24))
    frozen = np.empty_like(values)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="writeable"):
        hd.bed_gy(values, **HOW, out=frozen)
    with pytest.raises(TypeError, match="single number"):
        hd.bed_gy(60.0, **HOW, out=values)  # type: ignore[call-overload]


@pytest.mark.parametrize("function", BULK)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -1.0])
def test_a_bad_value_anywhere_is_refused(function: Callable[..., Any], bad: float) -> None:
    with pytest.raises(hd.errors.NonPhysicalError, match="Gy must be"):
        function(bad, **HOW)
    values = np.ones(300_000)
    values[222_222] = bad
    out = np.zeros_like(values)
    with pytest.raises(hd.errors.NonPhysicalError, match="Gy must be") as caught:
        function(values, **HOW, out=out)
    assert np.array_equal(caught.value.value, bad, equal_nan=True)
    assert np.isnan(out).all(), "nothing half-made is left"


def test_parameters_that_are_not_physical() -> None:
    with pytest.raises(hd.errors.NonPhysicalError) as caught:
        hd.bed_gy(60, fractions=0, alpha_beta_gy=10)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value) == "the number of fractions must be a whole number of at least 1, got 0"
    assert caught.value.quantity == "the number of fractions"
    assert caught.value.value == 0
    assert caught.value.allowed == "a whole number of at least 1"
    with pytest.raises(hd.errors.NonPhysicalError, match="got -3"):
        hd.bed_gy(60, fractions=-3, alpha_beta_gy=10)
    for alpha_beta in (0, -2.0, np.nan, np.inf):
        with pytest.raises(hd.errors.NonPhysicalError, match="alpha/beta in Gy must be a finite number above 0"):
            hd.eqd2_gy(doses(), fractions=3, alpha_beta_gy=alpha_beta)
        with pytest.raises(hd.errors.NonPhysicalError, match="alpha/beta in Gy must be a finite number above 0"):
            hd.mixed_bed_gy([(1, 1.0)], alpha_beta_gy=alpha_beta)


@pytest.mark.parametrize("fractions", [2.5, "3", True, None])
def test_fractions_are_whole_numbers(fractions: Any) -> None:
    with pytest.raises(TypeError, match="fractions must be a whole number"):
        hd.bed_gy(60, fractions=fractions, alpha_beta_gy=10)


@pytest.mark.parametrize(
    "values", ["60", np.array([True]), np.array([1j]), np.array(["a"]), np.array([object()]), None]
)
def test_values_that_are_no_numbers(values: Any) -> None:
    with pytest.raises(TypeError, match="must be real numbers"):
        hd.bed_gy(values, **HOW)


def test_masks_and_kinds_are_not_lost_on_the_way() -> None:
    masked: Any = np.ma.array([1.0, 2.0], mask=[True, False])
    with pytest.raises(TypeError, match="masked array"):
        hd.bed_gy(masked, **HOW)
    grid = hd.Grid(shape=(1, 1, 1), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0))
    dose: Any = hd.DoseGrid(np.ones((1, 1, 1)), grid, fractions=3)
    with pytest.raises(TypeError, match=re.escape("dose.bed(alpha_beta_gy=...)")):
        hd.bed_gy(dose, **HOW)


def test_alpha_beta_values_are_cited_and_never_a_default() -> None:
    rows = hd.alpha_beta()
    assert {row.alpha_beta_gy for row in rows if row.tissue == "Normal liver"} == {2.5}
    for row in rows:
        assert row.cited.unit == "Gy"
        assert row.cited.reference.text
        assert row.cited.locator
        assert row.cited.evidence in {"primary", "transcriptions_2plus", "transcription_1", "recalled"}
    with pytest.raises(TypeError, match="alpha_beta_gy"):
        hd.bed_gy(60, fractions=3)  # type: ignore[call-overload]


def test_same_bits_on_any_number_of_threads() -> None:
    values = np.random.default_rng(1).uniform(0, 80, 1_000_003)
    results = []
    for threads in (1, 2, 7):
        hd.set_num_threads(threads)
        results.append(hd.eqd2_gy(values, fractions=5, alpha_beta_gy=2.5).tobytes())
    hd.set_num_threads(None)
    assert len(set(results)) == 1
