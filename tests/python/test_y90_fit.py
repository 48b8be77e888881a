"""Dose-response of own lesions against statsmodels, scikit-learn and scipy; planned and delivered; uncertainty."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as statsmodels
from scipy import optimize, stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve

import hepadose as hd
from hepadose import y90


def lesions(seed: int, n: int = 90) -> tuple[Any, Any, Any]:
    """Doses of a clustered department, with ties."""
    random = np.random.default_rng(seed)
    dose = np.round(random.gamma(4, 40, n), 0)
    responded = random.random(n) < 1 / (1 + np.exp(-(dose - 150) / 40))
    return dose, responded, np.arange(n) // 3


@pytest.mark.parametrize("seed", range(5))
def test_statsmodels_has_the_same_curve(seed: int) -> None:
    dose, responded, _ = lesions(seed)
    found = y90.fit_response(dose, responded, replicates=100).logistic
    assert isinstance(found, y90.LogisticFit)
    model = statsmodels.Logit(responded.astype(float), statsmodels.add_constant(dose))
    referee = model.fit(disp=0, tol=1e-12, maxiter=200)
    assert found.intercept == pytest.approx(referee.params[0], rel=1e-6)
    assert found.slope_per_gy == pytest.approx(referee.params[1], rel=1e-6)
    assert found.intercept_standard_error == pytest.approx(referee.bse[0], rel=1e-6)
    assert found.slope_standard_error_per_gy == pytest.approx(referee.bse[1], rel=1e-6)
    assert found.log_likelihood == pytest.approx(referee.llf, rel=1e-9)
    assert found.null_log_likelihood == pytest.approx(referee.llnull, rel=1e-9)
    assert found.d50_gy == pytest.approx(-referee.params[0] / referee.params[1], rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_has_the_same_curve_and_corners(seed: int) -> None:
    dose, responded, _ = lesions(seed)
    found = y90.fit_response(dose, responded, replicates=100)
    false_positive, true_positive, limits = roc_curve(responded, dose, drop_intermediate=False)
    assert [one[0] for one in found.roc[1:]] == limits[1:].tolist()
    assert [one[1] for one in found.roc] == true_positive.tolist()
    assert np.array([1 - one[2] for one in found.roc]) == pytest.approx(false_positive, abs=1e-15)
    assert found.auc == pytest.approx(roc_auc_score(responded, dose), abs=1e-14)
    scaled = (dose - dose.mean()) / dose.std()
    referee = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    referee.fit(scaled[:, None], responded)
    assert isinstance(found.logistic, y90.LogisticFit)
    assert found.logistic.slope_per_gy == pytest.approx(referee.coef_[0, 0] / dose.std(), rel=1e-6)


def test_profile_intervals_are_where_the_likelihood_says() -> None:
    dose, responded, _ = lesions(3)
    found = y90.fit_response(dose, responded, replicates=100).logistic
    assert isinstance(found, y90.LogisticFit)

    def likelihood(intercept: float, slope: float) -> float:
        eta = intercept + slope * dose
        return float(-np.logaddexp(0, np.where(responded, -eta, eta)).sum())

    drop = stats.chi2.ppf(0.95, 1) / 2
    for end in found.d50_interval_gy:
        assert end is not None
        best = optimize.minimize_scalar(
            lambda slope, end=end: -likelihood(-slope * end, slope), bounds=(0, 0.2), options={"xatol": 1e-12}
        )
        assert found.log_likelihood + best.fun == pytest.approx(drop, abs=1e-6)
    for end in found.slope_interval_per_gy:
        assert end is not None
        best = optimize.minimize_scalar(
            lambda intercept, end=end: -likelihood(intercept, end), bounds=(-20, 5), options={"xatol": 1e-12}
        )
        assert found.log_likelihood + best.fun == pytest.approx(drop, abs=1e-6)
    for end in found.intercept_interval:
        assert end is not None
        best = optimize.minimize_scalar(
            lambda slope, end=end: -likelihood(end, slope), bounds=(-0.1, 0.2), options={"xatol": 1e-12}
        )
        assert found.log_likelihood + best.fun == pytest.approx(drop, abs=1e-6)
    assert found.d50_interval_gy[0] < found.d50_gy < found.d50_interval_gy[1]  # type: ignore[operator]


def test_delong_by_the_definition() -> None:
    dose, responded, _ = lesions(1)
    found = y90.fit_response(dose, responded, replicates=100)
    psi = np.sign(dose[responded][:, None] - dose[~responded][None, :]) / 2 + 0.5
    assert found.auc == pytest.approx(psi.mean(), abs=1e-14)
    variance = psi.mean(1).var(ddof=1) / psi.shape[0] + psi.mean(0).var(ddof=1) / psi.shape[1]
    assert found.auc_standard_error == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_thresholds_bootstrap_and_warnings() -> None:
    dose, responded, patient = lesions(2)
    found = y90.fit_response(dose, responded, patient=patient, seed=5, replicates=500, specificity=0.8)
    again = y90.fit_response(dose, responded, patient=[f"P{one}" for one in patient], seed=5, replicates=500,
                             specificity=0.8)  # fmt: skip
    assert found == again
    assert found.patients == 30
    assert found.at_specificity.specificity >= 0.8
    assert found.youden.interval_gy[0] <= found.youden.threshold_gy <= found.youden.interval_gy[1]  # type: ignore[operator]
    assert any("clustered" in one for one in found.warnings)
    assert any("same data" in one for one in found.warnings)
    threads = hd.num_threads()
    try:
        hd.set_num_threads(1)
        assert y90.fit_response(dose, responded, patient=patient, seed=5, replicates=500, specificity=0.8) == found
    finally:
        hd.set_num_threads(threads)


def test_separation_and_refusals() -> None:
    step = y90.fit_response([50, 90, 110, 150], [0, 0, 1, 1], replicates=100)
    assert step.logistic == y90.Separation(quasi=False, rising=True, lower_gy=90, upper_gy=110)
    assert step.youden.threshold_gy == 110
    with pytest.raises(hd.errors.FitError, match="0 of 3 lesions responded"):
        y90.fit_response([1, 2, 3], [0, 0, 0])
    with pytest.raises(hd.errors.FitError, match="same dose"):
        y90.fit_response([2, 2, 2], [0, 1, 0])
    with pytest.raises(hd.errors.FitError, match="one for each lesion"):
        y90.fit_response([1, 2, 3], [0, 1])
    with pytest.raises(hd.errors.FitError, match="finite numbers"):
        y90.fit_response([1, np.nan, 3], [0, 1, 1])
    with pytest.raises(hd.errors.FitError, match="replicates must be at least 100"):
        y90.fit_response([1, 3, 2], [0, 1, 1], replicates=10)


def test_planned_and_delivered() -> None:
    random = np.random.default_rng(0)
    planned = random.uniform(50, 300, 25)
    delivered = planned * np.exp(random.normal(-0.1, 0.3, 25))
    model = y90.predict_delivered(zip(planned, delivered, strict=True))
    logs = np.log(delivered / planned)
    scale = logs.std(ddof=1) * np.sqrt(1 + 1 / 25)
    expected = stats.t.sf((np.log(120 / 200) - logs.mean()) / scale, 24)
    assert model.probability_at_least(200, 120) == pytest.approx(expected, rel=1e-10)
    low, high = model.interval_gy(200)
    expected_ends = 200 * np.exp(logs.mean() + scale * stats.t.ppf([0.025, 0.975], 24))
    assert [low, high] == pytest.approx(expected_ends, rel=1e-10)
    with pytest.raises(hd.errors.FitError, match="at least 3"):
        y90.predict_delivered([(1, 1), (2, 2)])


def test_uncertainty_of_a_dose() -> None:
    how: dict[str, Any] = {
        "volume": 0.1,
        "calibration": 0.05,
        "density": 0.02,
        "recovery": 0.04,
        "volume_exponent": -1,
    }
    first = y90.dose_uncertainty(150, **how)
    assert first.relative == pytest.approx(np.sqrt(0.1**2 + 0.05**2 + 0.02**2 + 0.04**2))
    drawn = y90.dose_uncertainty(150, **how, samples=200_000, seed=1)
    assert drawn.relative == pytest.approx(first.relative, rel=0.03)
    assert (drawn.lower_gy, drawn.upper_gy) == pytest.approx((first.lower_gy, first.upper_gy), rel=0.02)
    assert drawn == y90.dose_uncertainty(150, **how, samples=200_000, seed=1)
    with pytest.raises(hd.errors.NonPhysicalError, match="below 1"):
        y90.dose_uncertainty(150, **(how | {"density": 2}))


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (float("nan"), "nan"),
        (np.float32("nan"), "nan"),
        (2, "2"),
        (0.5, "0.5"),
        (-1, "-1"),
        (None, "None"),
        ("0", "'0'"),
        ("no", "'no'"),
        (pd.NA, "<NA>"),
        (1 + 0j, "1"),
    ],
)
def test_only_certain_outcomes_are_outcomes(odd: Any, said: str) -> None:
    """A missing response counted as a response, since NaN is true."""
    dose = [50, 60, 70, 150, 160, 170]
    for place in (2, 4):
        responded: list[Any] = [0, 1, 0, 1, 1, 0]
        responded[place] = odd
        with pytest.raises(
            hd.errors.FitError, match=f"responded {place} is .*{said}.*; it must be True or False, 1 or 0"
        ):
            y90.fit_response(dose, responded, replicates=100)
    with pytest.raises(hd.errors.FitError, match="responded 2 is "):
        y90.fit_response(dose, [0, 1, odd, odd, 1, 0], replicates=100)


def test_a_masked_value_is_not_used() -> None:
    dose, responded = [50.0, 60, 70, 150, 160, 170], [0, 1, 0, 1, 1, 0]
    mask = [False, False, False, True, False, False]
    with pytest.raises(hd.errors.FitError, match="responded 3 is None"):
        y90.fit_response(dose, np.ma.masked_array(responded, mask), replicates=100)
    with pytest.raises(hd.errors.FitError, match="dose 3 is NaN Gy"):
        y90.fit_response(np.ma.masked_array(dose, mask), responded, replicates=100)


def test_every_way_to_say_yes_and_no_is_the_same() -> None:
    dose, responded = [50, 60, 70, 150, 160, 170], [0, 1, 0, 1, 1, 0]
    expected = y90.fit_response(dose, responded, replicates=100)
    for same in (
        [bool(one) for one in responded],
        np.array(responded, bool),
        np.array(responded, np.uint8),
        np.array(responded, np.float32),
        pd.Series(responded, dtype="boolean"),
        [np.bool_(one) for one in responded],
    ):
        assert y90.fit_response(dose, same, replicates=100) == expected


@pytest.mark.parametrize(("odd", "said"), [(float("nan"), "NaN"), (-1.0, "-1"), (float("inf"), "inf"), (None, "NaN")])
def test_doses_that_are_none_are_named(odd: float | None, said: str) -> None:
    dose: list[Any] = [50, 60, odd, 150, odd, 170]
    with pytest.raises(hd.errors.FitError, match=f"dose 2 is {said} Gy; doses must be finite numbers of at least 0"):
        y90.fit_response(dose, [0, 1, 0, 1, 1, 0], replicates=100)
