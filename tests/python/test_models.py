"""Isoeffect models: golden values, slow NumPy twins of each grid kernel, what is refused."""

import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hepadose as hd
from hepadose import errors, models
from test_golden import cases

Twin = NDArray[np.float64]


@pytest.mark.parametrize("case", cases("time_factor"))
def test_time_factor(case: dict[str, Any]) -> None:
    relative = case["golden_tolerance"]["rel"]
    bed = hd.bed_gy(case["dose_gy"], fractions=case["fractions"], alpha_beta_gy=case["alpha_beta_gy"])
    tumour = models.Repopulation(
        kickoff_days=case["kickoff_days"],
        alpha_per_gy=case["alpha_per_gy"],
        doubling_time_days=case["doubling_time_days"],
    )
    left = tumour.remaining_bed_gy(bed, overall_days=case["overall_days"])
    assert left == pytest.approx(case["bed_gy"], rel=relative, abs=0)
    array = np.array([bed, 0.0])
    assert tumour.remaining_bed_gy(array, overall_days=case["overall_days"]) == pytest.approx(
        [case["bed_gy"], 0.0], rel=relative, abs=0
    )


def test_repopulation_says_its_measure() -> None:
    tumour = models.Repopulation(kickoff_days=21, eqd2_gy_per_day=0.7)
    # A published example: 70 Gy in 47 days in place of 40.
    late, early = (tumour.remaining_eqd2_gy(70.0, overall_days=days) for days in (47.0, 40.0))
    assert 70 - (early - late) == pytest.approx(65.1, abs=1e-9)
    with pytest.raises(ValueError, match="given once"):
        tumour.remaining_bed_gy(70.0, overall_days=47)
    values = np.array([10.0, 80.0], dtype=np.float32)
    assert tumour.remaining_eqd2_gy(values, overall_days=61, out=values) is values
    assert values.tolist() == [0.0, 52.0]


@pytest.mark.parametrize("case", cases("incomplete_repair"))
def test_incomplete_repair(case: dict[str, Any]) -> None:
    relative = case["golden_tolerance"]["rel"]
    timing = models.FractionsADay(
        per_day=case["per_day"], interval_h=case["interval_h"], repair_half_life_h=case["repair_half_life_h"]
    )
    assert timing.incomplete_repair_factor == pytest.approx(case["hm"], rel=relative, abs=0)
    dose = case["fractions"] * case["dose_per_fraction_gy"]
    model = models.LQ(case["alpha_beta_gy"])
    bed = model.bed_gy(dose, fractions=case["fractions"], timing=timing)
    assert bed == pytest.approx(case["bed_gy"], rel=relative, abs=0)
    eqd2 = model.eqd2_gy(dose, fractions=case["fractions"], timing=timing)
    assert eqd2 == pytest.approx(case["eqd2_gy"], rel=relative, abs=0)
    assert model.dose_of_eqd2_gy(eqd2, fractions=case["fractions"], timing=timing) == pytest.approx(dose, rel=1e-13)


@pytest.mark.parametrize("case", cases("protracted_cycles"))
def test_protracted_cycles(case: dict[str, Any]) -> None:
    relative = case["golden_tolerance"]["rel"]
    timing = models.Decay(
        repair_half_life_h=case["repair_half_life_h"], effective_half_life_h=case["effective_half_life_h"]
    )
    assert timing.protraction_factor == pytest.approx(case["g"], rel=relative, abs=0)
    bed = models.bed_cycles_gy(case["cycles_gy"], alpha_beta_gy=case["alpha_beta_gy"], timing=timing)
    assert bed == pytest.approx(case["bed_gy"], rel=relative, abs=0)
    assert hd.eqd2_from_bed_gy(bed, alpha_beta_gy=case["alpha_beta_gy"]) == pytest.approx(
        case["eqd2_gy"], rel=relative, abs=0
    )


@pytest.mark.parametrize("case", cases("lql"))
def test_linear_quadratic_linear(case: dict[str, Any]) -> None:
    relative = case["golden_tolerance"]["rel"]
    dose, n = case["fractions"] * case["dose_per_fraction_gy"], case["fractions"]
    for slope in (None, case["gamma_per_alpha"]):
        model = models.LQL(case["alpha_beta_gy"], threshold_gy=case["threshold_gy"], gamma_per_alpha=slope)
        assert model.slope == pytest.approx(case["gamma_per_alpha"], rel=1e-14)
        assert model.bed_gy(dose, fractions=n) == pytest.approx(case["bed_gy"], rel=relative, abs=0)
        assert model.eqd2_gy(dose, fractions=n) == pytest.approx(case["eqd2_gy"], rel=relative, abs=0)
    lq = models.LQ(case["alpha_beta_gy"]).bed_gy(dose, fractions=n)
    assert lq == pytest.approx(case["bed_lq_gy"], rel=relative, abs=0)


@pytest.mark.parametrize("case", cases("usc"))
def test_universal_survival_curve(case: dict[str, Any]) -> None:
    relative = case["golden_tolerance"]["rel"]
    curve = models.USC(case["alpha_per_gy"], d0_gy=case["d0_gy"], dq_gy=case["dq_gy"])
    dose, n = case["fractions"] * case["dose_per_fraction_gy"], case["fractions"]
    assert curve.transition_dose_gy == pytest.approx(case["transition_dose_gy"], rel=relative, abs=0)
    assert curve.alpha_beta_gy == pytest.approx(case["alpha_beta_gy"], rel=relative, abs=0)
    bed = curve.bed_gy(dose, fractions=n)
    assert bed == pytest.approx(case["bed_gy"], rel=relative, abs=0)
    assert curve.dose_of_bed_gy(bed, fractions=n) == pytest.approx(dose, rel=1e-13)


def twin_lql(dose: Twin, n: int, ab: float, threshold: float) -> Twin:
    """Fraction by fraction, as the paper writes it."""
    d = dose / n
    below = d * (1 + d / ab)
    above = threshold * (1 + threshold / ab) + (1 + 2 * threshold / ab) * (d - threshold)
    return n * np.where(d > threshold, above, below)


def twin_usc(dose: Twin, n: int, alpha: float, d0: float, dq: float) -> Twin:
    """Minus the logarithm of survival over alpha, fraction by fraction."""
    d = dose / n
    beta = (1 - alpha * d0) ** 2 / (4 * d0 * dq)
    survival = np.where(d > 2 * dq / (1 - alpha * d0), np.exp(-(d - dq) / d0), np.exp(-alpha * d - beta * d**2))
    return -n * np.log(survival) / alpha


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_grid_kernels_agree_with_slow_twins(dtype: type[np.floating[Any]]) -> None:
    generator = np.random.default_rng(4)
    dose = generator.uniform(0, 80, (11, 40, 50)).astype(dtype)
    exact = dose.astype(np.float64)
    relative = 1e-12 if dtype is np.float64 else 1e-7
    repair = models.FractionsADay(per_day=2, interval_h=6, repair_half_life_h=1.5)
    phi = 2 ** (-6 / 1.5)
    decay = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.1, cycles=4)
    for got, expected in (
        (models.LQ(10).bed_gy(dose, fractions=5), exact * (1 + exact / 5 / 10)),
        (models.LQL(10, threshold_gy=6.2).bed_gy(dose, fractions=5), twin_lql(exact, 5, 10, 6.2)),
        (models.USC(0.33, d0_gy=1.25, dq_gy=1.8).bed_gy(dose, fractions=5), twin_usc(exact, 5, 0.33, 1.25, 1.8)),
        (models.LQ(3).bed_gy(dose, fractions=30, timing=repair), exact * (1 + (1 + phi) * exact / 30 / 3)),
        (models.LQ(2.5).bed_gy(dose, timing=decay), exact * (1 + 2.5 / 66.6 * exact / 4 / 2.5)),
        (
            hd.eqdx_gy(dose, fractions=5, dose_per_fraction_gy=1.5, alpha_beta_gy=2.5),
            exact * (exact / 5 + 2.5) / (1.5 + 2.5),
        ),
    ):
        assert isinstance(got, np.ndarray)
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=relative, atol=1e-10)
    # An EQD2 by USC is stated by what 2 Gy are worth in that model.
    curve = models.USC(0.33, d0_gy=1.25, dq_gy=1.8)
    scale = 2 / twin_usc(np.array(2.0), 1, 0.33, 1.25, 1.8)
    np.testing.assert_allclose(
        curve.eqd2_gy(dose, fractions=5), scale * twin_usc(exact, 5, 0.33, 1.25, 1.8), rtol=10 * relative
    )


def test_alpha_beta_of_each_voxel_and_of_each_structure() -> None:
    generator = np.random.default_rng(5)
    dose = generator.uniform(0, 60, (7, 8, 9))
    labels = generator.integers(0, 3, dose.shape).astype(np.uint8)
    table = [2.5, 10.0, 3.0]
    per_voxel = np.array(table)[labels]
    for function, scale in ((hd.bed_gy, np.ones(dose.shape)), (hd.eqd2_gy, 1 + 2 / per_voxel)):
        expected = dose * (1 + dose / 5 / per_voxel) / scale
        np.testing.assert_allclose(function(dose, fractions=5, alpha_beta_gy=per_voxel), expected, rtol=1e-13)
        np.testing.assert_allclose(
            function(dose, fractions=5, alpha_beta_gy=table, labels=labels), expected, rtol=1e-13
        )
        place = dose.copy()
        assert function(place, fractions=5, alpha_beta_gy=per_voxel, out=place) is place
        np.testing.assert_allclose(place, expected, rtol=1e-13)
    with pytest.raises(errors.NonPhysicalError):
        hd.bed_gy(dose, fractions=5, alpha_beta_gy=np.zeros_like(dose))
    with pytest.raises(ValueError, match="of shape"):
        hd.bed_gy(dose, fractions=5, alpha_beta_gy=per_voxel[0])
    with pytest.raises(ValueError, match="label 2 has no alpha/beta"):
        hd.bed_gy(dose, fractions=5, alpha_beta_gy=table[:2], labels=labels)


def grid_dose(n: int | None) -> hd.DoseGrid:
    grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(2, 2, 2), origin_mm=(0, 0, 0))
    return hd.DoseGrid(np.array([[[60.0, 15.0]]]), grid, fractions=n)


def test_grids_carry_their_model() -> None:
    curve = models.USC(0.33, d0_gy=1.25, dq_gy=1.8)
    bed = grid_dose(3).bed(model=curve)
    assert bed.values_bed_gy[0, 0, 0] == pytest.approx(132.36363636363637, rel=1e-12)
    assert bed.kind == hd.DoseKind("bed", alpha_beta_gy=curve.alpha_beta_gy)
    assert bed.models == (f"{curve}, 3 fractions",)
    assert str(curve) in repr(bed)
    again = pickle.loads(pickle.dumps(bed))  # noqa: S301 - made here
    assert again == bed
    assert again.models == bed.models
    source = grid_dose(None)
    decay = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    liver = source.bed(alpha_beta_gy=2.5, timing=decay)
    assert liver.values_bed_gy[0, 0, 0] == pytest.approx(60 * (1 + 2.5 / 66.7 * 60 / 2.5), rel=1e-12)
    total = liver + grid_dose(3).bed(alpha_beta_gy=2.5)
    assert len(total.models) == 2
    with pytest.raises(errors.FractionsError):
        source.bed(alpha_beta_gy=2.5)
    with pytest.raises(TypeError, match="not both"):
        source.bed(alpha_beta_gy=2.5, model=curve)


def test_dvhs_sample_the_model_and_say_it() -> None:
    grid = hd.Grid(shape=(3, 3, 3), spacing_mm=(5, 5, 5), origin_mm=(-5, -5, -5))
    dose = hd.DoseGrid(np.full(grid.shape, 60.0), grid, fractions=3)
    box = hd.Structure.from_mask("Box", np.ones(grid.shape, dtype=bool), grid)
    model = models.LQL(10, threshold_gy=6.2)
    dvh = hd.dvh(dose.bed(model=model), box)
    assert dvh.mean_bed_gy == pytest.approx(122.868, abs=1e-9)
    assert dvh.models == (f"{model}, 3 fractions",)
    physical = hd.dvh(dose, box)
    assert physical.fractions == 3
    assert physical.models == ()
    assert pickle.loads(pickle.dumps(dvh)) == dvh  # noqa: S301 - made here
    assert dvh.to_dict()["models"] == list(dvh.models)


def test_what_is_refused() -> None:
    decay = models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    with pytest.raises(errors.ModelError, match="use the linear-quadratic model") as caught:
        models.LQL(10, threshold_gy=6).bed_gy(60.0, timing=decay)
    assert caught.value.model == "LQ-L"
    with pytest.raises(errors.NonPhysicalError, match="alpha D0"):
        models.USC(1.0, d0_gy=1.25, dq_gy=1.8).bed_gy(60.0, fractions=3)
    with pytest.raises(ValueError, match="fractions"):
        models.LQ(10).bed_gy(60.0)
    with pytest.raises(errors.NonPhysicalError):
        models.LQ(10).bed_gy(np.array([1.0, -1.0]), fractions=3)
    with pytest.raises(errors.NonPhysicalError):
        models.LQ(0).bed_gy(1.0, fractions=3)


def test_inverse_solutions() -> None:
    assert hd.fractions_for_eqd2(40, dose_per_fraction_gy=5, alpha_beta_gy=3) == pytest.approx(5)
    total = hd.refractionated_dose_gy(60, fractions=3, to_fractions=5, alpha_beta_gy=10)
    assert hd.bed_gy(total, fractions=5, alpha_beta_gy=10) == pytest.approx(180)
    eqd15 = hd.eqdx_gy(48.0, fractions=16, dose_per_fraction_gy=1.5, alpha_beta_gy=2.5)
    assert eqd15 == pytest.approx(48 * 5.5 / 4)
