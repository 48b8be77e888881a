"""The golden values of tests/golden, which the Rust tests read as well."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hepadose as hd

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def cases(name: str) -> list[Any]:
    """One test parameter a case."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    tolerance = golden["tolerance"]
    return [pytest.param(case | {"golden_tolerance": tolerance}, id=case["id"]) for case in golden["cases"]]


@pytest.mark.parametrize("case", cases("bed_eqd2"))
def test_bed_and_eqd2(case: dict[str, Any]) -> None:
    how = {"fractions": case["fractions"], "alpha_beta_gy": case["alpha_beta_gy"]}
    tolerance = case["golden_tolerance"]["abs"]
    for function, name in ((hd.bed_gy, "bed"), (hd.eqd2_gy, "eqd2")):
        got = function(case["dose_gy"], **how)
        assert got == pytest.approx(case[f"{name}_gy"], abs=tolerance, rel=0)
        assert got == pytest.approx(float(Fraction(case[f"{name}_exact"])), abs=tolerance, rel=0)
        array = function(np.full((2, 3), case["dose_gy"]), **how)
        assert array == pytest.approx(np.full((2, 3), case[f"{name}_gy"]), abs=tolerance, rel=0)


@pytest.mark.parametrize("case", cases("published_values"))
def test_values_that_others_published(case: dict[str, Any]) -> None:
    how = {"fractions": case["fractions"], "alpha_beta_gy": case["alpha_beta_gy"]}
    checked = 0
    for function, name in ((hd.bed_gy, "bed_gy"), (hd.eqd2_gy, "eqd2_gy")):
        if name in case:
            assert function(case["dose_gy"], **how) == pytest.approx(case[name], abs=case["tolerance"], rel=0)
            checked += 1
    assert checked


@pytest.mark.parametrize("case", cases("inverse_eqd2"))
def test_dose_that_has_an_eqd2(case: dict[str, Any]) -> None:
    how = {"fractions": case["fractions"], "alpha_beta_gy": case["alpha_beta_gy"]}
    tolerance = case["golden_tolerance"]["rel"]
    for function, name in (
        (hd.isoeffective_dose_gy, "total_dose_gy"),
        (hd.dose_per_fraction_gy, "dose_per_fraction_gy"),
    ):
        assert function(eqd2_gy=case["eqd2_gy"], **how) == pytest.approx(case[name], rel=tolerance, abs=0)
        array = function(np.array([case["eqd2_gy"]]), **how)
        assert array == pytest.approx([case[name]], rel=tolerance, abs=0)


@pytest.mark.parametrize("case", cases("mixed_schedules"))
def test_schedules_whose_fraction_size_changes(case: dict[str, Any]) -> None:
    schedule = [(n, d) for n, d in case["schedule"]]
    tolerance = case["golden_tolerance"]["abs"]
    bed = hd.mixed_bed_gy(schedule, alpha_beta_gy=case["alpha_beta_gy"])
    assert bed == pytest.approx(case["bed_gy"], abs=tolerance, rel=0)
    assert bed == pytest.approx(float(Fraction(case["bed_exact"])), abs=tolerance, rel=0)
    eqd2 = hd.mixed_eqd2_gy(schedule, alpha_beta_gy=case["alpha_beta_gy"])
    assert eqd2 == pytest.approx(case["eqd2_gy"], abs=tolerance, rel=0)
