"""Dose-volume reduction, NTCP, TCP and their intervals, against golden values, scipy and mpmath."""

from typing import Any

import mpmath
import numpy as np
import pyradiobiology
import pytest
from scipy import stats

import hepadose as hd
from hepadose import errors, ntcp, tcp
from test_golden import cases

ARRAYS = ([10.0, 30.0], [1.0, 1.0])
OWN: dict[str, Any] = {"basis": "eqd2", "alpha_beta_gy": 2.5}
BINS = {"dose": [3.0, 9.0, 15.0, 30.0, 57.0], "volume": [0.5, 0.2, 0.15, 0.1, 0.05]}


def close(case: dict[str, Any], expected: float) -> Any:
    tolerance = case["golden_tolerance"]
    return pytest.approx(expected, rel=tolerance.get("rel", 0), abs=tolerance.get("abs", 0))


def sbrt(kind: hd.DoseKind | str = "physical") -> hd.Dvh:
    dose = BINS["dose"]
    if kind != "physical":
        dose = [hd.eqd2_gy(value, fractions=3, alpha_beta_gy=2.5) for value in dose]
        return hd.Dvh.from_samples(dose, BINS["volume"], kind=hd.DoseKind("eqd2", alpha_beta_gy=2.5), name="Liver-GTV")
    return hd.Dvh.from_samples(dose, BINS["volume"], fractions=3, name="Liver-GTV")


@pytest.mark.parametrize("case", cases("geud"))
def test_geud(case: dict[str, Any]) -> None:
    got = hd.geud_gy((case["dose_gy"], case["volume"]), a=case["a"])
    assert got == close(case, case["geud_gy"])
    dvh = hd.Dvh.from_samples(case["dose_gy"], case["volume"])
    assert hd.geud_gy(dvh, a=case["a"]) == close(case, case["geud_gy"])


@pytest.mark.parametrize("case", cases("lkb"))
def test_lkb(case: dict[str, Any]) -> None:
    arrays = (np.array(case["dose_gy"]), np.array(case["volume"]))
    own = ntcp.LkbParameters(td50_gy=case["td50_gy"], m=case["m"], n=case["n"], basis="physical")
    found = ntcp.lkb(arrays, parameters=own)
    assert found.probability == close(case, case["ntcp"])
    assert found.equivalent_dose_gy == close(case, case["geud_gy"])
    veff = hd.veff(arrays, n=case["n"], reference_dose_gy=case["reference_dose_gy"])
    assert veff == close(case, case["veff"])
    # A referee for the distribution.
    assert found.probability == pytest.approx(stats.norm.cdf(case["t"]), rel=1e-9, abs=1e-15)
    from_dvh = ntcp.lkb(hd.Dvh.from_samples(*arrays), parameters=own)
    assert from_dvh.probability == close(case, case["ntcp"])


@pytest.mark.parametrize("case", cases("lkb_eqd2"))
def test_every_bin_to_eqd2_first(case: dict[str, Any]) -> None:
    numbers = {name: case[name] for name in ("td50_gy", "m", "n")}
    own = ntcp.LkbParameters(**numbers, basis="eqd2", alpha_beta_gy=case["alpha_beta_gy"])
    dvh = hd.Dvh.from_samples(case["dose_gy"], case["volume"], fractions=case["fractions"])
    found = ntcp.lkb(dvh, parameters=own)
    assert found.probability == close(case, case["ntcp"])
    assert found.equivalent_dose_gy == close(case, case["geud_gy"])
    assert found.mean_gy == close(case, case["mean_gy"])


@pytest.mark.parametrize("case", cases("td50_basis"))
def test_tolerance_doses_by_basis(case: dict[str, Any]) -> None:
    for td50, expected in ((case["td50_gy"], case["td5_gy"]), (case["td50_eqd2_gy"], case["td5_eqd2_gy"])):
        own = ntcp.LkbParameters(td50_gy=td50, m=0.12, n=0.97, basis="eqd2", alpha_beta_gy=2.5)
        assert ntcp.lkb_tolerance_dose_gy(own, probability=0.05) == close(case, expected)
    (row,) = (s for s in ntcp.parameter_sets() if s.numbers == {"td50_gy": case["td50_gy"], "m": 0.12, "n": 0.97})
    basis = row.basis
    assert basis["dose_per_fraction_gy"] == case["dose_per_fraction_gy"]
    scaled = case["td50_gy"] * (basis["dose_per_fraction_gy"] + 2.5) / 4.5
    assert scaled == close(case, case["td50_eqd2_gy"])


@pytest.mark.parametrize("case", cases("lyman1985"))
def test_lyman_1985_table_ii(case: dict[str, Any]) -> None:
    own = ntcp.LkbParameters(td50_gy=case["td50_gy"], m=case["m"], n=case["n"], basis="eqd2", alpha_beta_gy=2.5)
    for probability, key, printed in ((0.5, "td50_v_gy", "published_td50_gy"), (0.05, "td5_v_gy", "published_td5_gy")):
        got = ntcp.lkb_tolerance_dose_gy(own, probability=probability, volume_fraction=case["v"])
        assert got == pytest.approx(case[key], rel=case["golden_tolerance"]["rel"])
        if not case["published_outlier"]:
            assert got == pytest.approx(case[printed], abs=case["golden_tolerance"]["abs_vs_published"])


@pytest.mark.parametrize("case", cases("tcp_poisson"))
def test_poisson_control(case: dict[str, Any]) -> None:
    target = hd.Dvh.from_samples([case["dose_gy"]], [20.0], fractions=case["fractions"])
    found = tcp.poisson(
        target,
        clonogens=case["clonogens"],
        alpha_per_gy=case["alpha_per_gy"],
        alpha_beta_gy=case["alpha_beta_gy"],
    )
    assert found.probability == close(case, case["tcp"])
    assert found.basis == f"BED (alpha/beta {case['alpha_beta_gy']:g} Gy)"


@pytest.mark.parametrize("case", cases("niemierko"))
def test_niemierko(case: dict[str, Any]) -> None:
    own = ntcp.LogisticParameters(d50_gy=case["d50_gy"], gamma50=case["gamma50"], a=1.0, basis="physical")
    for function in (ntcp.logistic, tcp.logistic):
        found = function(([case["eud_gy"]], [1.0]), parameters=own)
        assert found.probability == close(case, case["probability"])


@pytest.mark.parametrize("case", cases("hytec_liver_probit"))
def test_hytec_liver_probit(case: dict[str, Any]) -> None:
    liver = hd.Dvh.from_samples([case["mean_dose_gy"]], [1200.0])
    found = ntcp.lkb(liver, parameters="miften2021-liver")
    assert found.probability == close(case, case["ntcp"])
    assert found.basis == "physical dose at any fractionation"
    assert any("p = 0.10" in warning for warning in found.warnings)


@pytest.mark.parametrize("case", cases("ohri_tcp"))
def test_ohri(case: dict[str, Any]) -> None:
    found = tcp.ohri2021(case["bed10_gy"])
    assert found.probability == close(case, case["tcp"])
    assert found.basis == "BED (alpha/beta 10 Gy)"
    assert found.parameters is not None
    assert (found.parameters.reference.key, found.parameters.locator) == ("ohri2021", "eq. 1")
    assert found.parameters.evidence == "transcription_1"
    assert found.numbers == {"midpoint_gy": 16.0, "scale_gy": 74.0}
    assert any("primary tumours" in warning for warning in found.warnings)
    assert not any("arrays" in warning for warning in found.warnings)
    with pytest.raises(errors.NonPhysicalError):
        tcp.ohri2021(-1.0)


def test_a_set_says_which_plans_and_organs_it_is_of() -> None:
    """HyTEC's liver fit is of 3 to 6 fractions in physical dose: 30 fractions of the same mean are no such plan."""
    samples = ([13.0], [1200.0])
    for n, is_said in ((3, False), (6, False), (30, True), (None, True)):
        liver = hd.Dvh.from_samples(*samples, name="Liver-GTV", fractions=n)
        found = ntcp.lkb(liver, parameters="miften2021-liver")
        assert found.structure == "Liver-GTV"
        assert any("plans of 3 to 6 fractions" in warning for warning in found.warnings) == is_said
        assert not any("by its name" in warning for warning in found.warnings)
    assert found.parameters is not None
    assert found.parameters.applies_to is not None
    assert found.parameters.applies_to["to_fractions"] == 6
    for name in ("Lung_R", "Liver", "PTV"):
        other = hd.Dvh.from_samples(*samples, name=name, fractions=3)
        (warning,) = (one for one in ntcp.lkb(other, parameters="miften2021-liver").warnings if "by its name" in one)
        assert warning == f"'miften2021-liver' is of Liver-GTV, by its name the DVH is not: '{name}'"
    kidney = hd.Dvh.from_samples([20.0], [150.0], name="Left kidney", fractions=3)
    found = ntcp.lkb(kidney, parameters="lyman1985-kidney", alpha_beta_gy=2.5)
    assert not any("by its name" in warning for warning in found.warnings)
    arrays = ntcp.lkb(samples, parameters="miften2021-liver", fractions=30)
    assert arrays.structure is None
    assert any("says nothing of 30" in warning for warning in arrays.warnings)


@pytest.mark.parametrize(
    "call",
    [
        lambda n: ntcp.lkb(ARRAYS, parameters="umich-liver-eqd2", fractions=n),
        lambda n: ntcp.lkb(ARRAYS, parameters="dawson2002-primary", fractions=n),
        lambda n: ntcp.lkb(ARRAYS, parameters="xu2006-child-pugh-a", fractions=n),
        lambda n: ntcp.lkb(ARRAYS, parameters="cheng2004-liver", fractions=n),
        lambda n: ntcp.lkb(ARRAYS, parameters=ntcp.LkbParameters(td50_gy=40, m=0.1, n=1, **OWN), fractions=n),
        lambda n: ntcp.logistic(
            ARRAYS, parameters=ntcp.LogisticParameters(d50_gy=40, gamma50=2, a=1, **OWN), fractions=n
        ),
        lambda n: ntcp.poisson(ARRAYS, parameters=ntcp.PoissonParameters(d50_gy=40, gamma=2, a=1, **OWN), fractions=n),
        lambda n: ntcp.relative_seriality(
            ARRAYS, parameters=ntcp.SerialityParameters(d50_gy=40, gamma=2, s=1, **OWN), fractions=n
        ),
        lambda n: ntcp.critical_volume(ARRAYS, parameters="jackson1995-liver", fractions=n),
        lambda n: tcp.logistic(
            ARRAYS, parameters=tcp.LogisticParameters(d50_gy=40, gamma50=2, a=-10, **OWN), fractions=n
        ),
        lambda n: tcp.poisson(ARRAYS, clonogens=1e7, alpha_per_gy=0.3, alpha_beta_gy=10, fractions=n),
    ],
)
def test_a_number_of_fractions_is_not_ignored_with_arrays(call: Any) -> None:
    """Arrays are on the basis: physical dose in 3 fractions, taken for EQD2, gave 0.02 % in place of 99.9 %."""
    call(None)
    with pytest.raises(errors.FractionsError, match="leave fractions= out") as caught:
        call(3)
    assert caught.value.reason == "on_basis"


def test_the_remedy_for_arrays_in_fractions_is_a_dvh() -> None:
    with pytest.raises(errors.FractionsError, match=r"Dvh\.from_samples\(dose_gy, volume_cc, fractions=3\)"):
        ntcp.lkb(ARRAYS, parameters="umich-liver-eqd2", fractions=3)
    remedied = hd.Dvh.from_samples(*ARRAYS, fractions=3)
    assert ntcp.lkb(remedied, parameters="umich-liver-eqd2").probability > 0.99


def test_a_number_of_fractions_that_the_dose_knows_is_not_overruled() -> None:
    """The same dose in 3 fractions, said to be 30, would have half the EQD2."""
    known = hd.Dvh.from_samples([30.0], [1.0], fractions=3)
    assert ntcp.lkb(known, parameters="umich-liver-eqd2", fractions=3).mean_gy == pytest.approx(30 * 12.5 / 4.5)
    for refused in (
        lambda: ntcp.lkb(known, parameters="umich-liver-eqd2", fractions=30),
        lambda: known.with_fractions(30),
        lambda: known.with_fractions(None),
    ):
        with pytest.raises(errors.FractionsError, match="given in 3 fractions") as caught:
            refused()
        assert caught.value.reason == "known"
    grid = hd.Grid(shape=(2, 2, 2), spacing_mm=(4, 4, 4), origin_mm=(0, 0, 0))
    doses = [hd.DoseGrid(np.full(grid.shape, 20.0), grid, fractions=n) for n in (5, 8, None)]
    box = hd.Structure.from_mask("Liver", np.ones(grid.shape, dtype=bool), grid)
    with pytest.raises(errors.FractionsError, match="sum of courses") as caught:
        ntcp.lkb(hd.dvh(doses[0] + doses[1], box), parameters="umich-liver-eqd2", fractions=5)
    assert caught.value.reason == "mixed"
    # A sum with a dose of unknown fractions knows none.
    assert (doses[0] + doses[2]).fractions is None
    with pytest.raises(errors.BasisError, match="give fractions="):
        ntcp.lkb(hd.dvh(doses[0] + doses[2], box), parameters="umich-liver-eqd2")
    assert hd.dvh(doses[0], box).with_fractions(5).fractions == 5


def test_fractions_have_no_bed_of_a_decaying_source() -> None:
    spheres = hd.models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    grid = hd.Grid(shape=(2, 2, 2), spacing_mm=(4, 4, 4), origin_mm=(0, 0, 0))
    five, eight = (hd.DoseGrid(np.full(grid.shape, 40.0), grid, fractions=n) for n in (5, 8))
    with pytest.raises(errors.FractionsError, match="given in 5 fractions"):
        five.bed(alpha_beta_gy=2.5, timing=spheres)
    for doses in (40.0, np.array([40.0])):
        with pytest.raises(errors.FractionsError, match="given in 5 fractions"):
            hd.models.LQ(2.5).bed_gy(doses, fractions=5, timing=spheres)
    with pytest.raises(errors.FractionsError, match="added in BED"):
        (five + eight).eqd2(alpha_beta_gy=2.5, timing=spheres)
    known = {"alpha_beta_gy": hd.Uncertain.uniform(2, 3)}
    dvh = hd.Dvh.from_samples([40.0], [1.0], fractions=5)
    with pytest.raises(errors.BasisError, match="given in 5 fractions"):
        hd.converted_metric(dvh, "Mean[Gy]", measure="bed", timing=spheres, uncertain=known)


def test_several_fractions_a_day_fill_their_days() -> None:
    twice = hd.models.FractionsADay(per_day=2, interval_h=6, repair_half_life_h=4)
    assert hd.models.LQ(3).bed_gy(60, fractions=40, timing=twice) > 60
    with pytest.raises(errors.NonPhysicalError, match="a multiple of the fractions a day"):
        hd.models.LQ(3).bed_gy(60, fractions=41, timing=twice)


def test_the_basis_is_converted_or_refused_and_never_mistaken() -> None:
    for dvh in (sbrt(), sbrt("eqd2")):
        assert ntcp.lkb(dvh, parameters="umich-liver-eqd2").percent == pytest.approx(10.67, abs=0.005)
        found = ntcp.lkb(dvh, parameters="dawson2002-primary")
        assert found.percent == pytest.approx(10.77, abs=0.1)
        assert found.basis == "dose in 1.5 Gy fractions (EQD1.5, alpha/beta 2.5 Gy)"
    with pytest.raises(errors.BasisError, match="physical dose at any fractionation") as caught:
        ntcp.lkb(sbrt("eqd2"), parameters="miften2021-liver")
    assert caught.value.kind == hd.DoseKind("eqd2", alpha_beta_gy=2.5)
    for name in ("lyman1985-liver", "burman1991-liver"):
        with pytest.raises(errors.BasisError, match="alpha_beta_gy="):
            ntcp.lkb(sbrt(), parameters=name)
        found = ntcp.lkb(sbrt(), parameters=name, alpha_beta_gy=2.5)
        assert found.basis == "dose in 2 Gy fractions (EQD2, alpha/beta 2.5 Gy)"
        assert found.mean_gy == pytest.approx(29.0666667)
    with pytest.raises(ValueError, match=r"belongs to alpha/beta 2\.5 Gy"):
        ntcp.lkb(sbrt(), parameters="dawson2002-primary", alpha_beta_gy=3)
    with pytest.raises(errors.BasisError, match="give fractions="):
        ntcp.lkb(hd.Dvh.from_samples([30.0], [1.0]), parameters="dawson2002-primary")
    other = hd.Dvh.from_samples([30.0], [1.0], kind=hd.DoseKind("bed", alpha_beta_gy=3))
    with pytest.raises(errors.BasisError, match="one alpha/beta only"):
        ntcp.lkb(other, parameters="dawson2002-primary")


def test_recalled_sets_say_so() -> None:
    found = ntcp.lkb(sbrt(), parameters="burman1991-liver", alpha_beta_gy=2.5)
    assert "recalled" in str(found)
    assert "recalled" in found.warnings[0]
    assert found.parameters is not None
    assert found.parameters.is_recalled
    # A basis that is only recalled is said as well.
    assert "recalled" in str(ntcp.lkb(sbrt(), parameters="dawson2002-primary"))
    assert "recalled" not in str(ntcp.lkb(sbrt(), parameters="umich-liver-eqd2"))
    with pytest.raises(errors.UnknownParametersError, match="dawson2002-metastases"):
        ntcp.lkb(sbrt(), parameters="dawson")
    with pytest.raises(errors.UnknownParametersError):
        ntcp.logistic(sbrt(), parameters="dawson2002-primary")


def test_tails_against_mpmath() -> None:
    mpmath.mp.dps = 40
    for dose in (8.0, 12.0, 16.0, 20.0):
        own = ntcp.LkbParameters(td50_gy=45.8, m=0.12, n=0.97, basis="physical")
        arrays = ([dose, 1.5 * dose, 0.0], [3.0, 2.0, 5.0])
        a = 1 / mpmath.mpf("0.97")
        share = [mpmath.mpf(v) / 10 for v in (3, 2)]
        geud = sum(v * mpmath.mpf(d) ** a for v, d in zip(share, (dose, 1.5 * dose), strict=True)) ** (1 / a)
        t = (geud - mpmath.mpf("45.8")) / (mpmath.mpf("0.12") * mpmath.mpf("45.8"))
        expected = float(mpmath.ncdf(t))
        got = ntcp.lkb(arrays, parameters=own).probability
        assert got == pytest.approx(expected, rel=1e-11, abs=0)
        assert got < 1e-8
    assert ntcp.lkb(([7.4], [1.0]), parameters=own).probability < 1e-11


def test_seriality_poisson_and_critical_volume_against_plain_formulas() -> None:
    dose, volume = np.array([5.0, 20.0, 35.0, 50.0]), np.array([0.4, 0.3, 0.2, 0.1])
    serial = ntcp.SerialityParameters(d50_gy=40, gamma=2, s=0.7, basis="physical")
    p = 2.0 ** -np.exp(np.e * 2 * (1 - dose / 40))
    expected = (1 - np.prod((1 - p**0.7) ** volume)) ** (1 / 0.7)
    assert ntcp.relative_seriality((dose, volume), parameters=serial).probability == pytest.approx(expected, rel=1e-12)
    curve = ntcp.PoissonParameters(d50_gy=40, gamma=2, a=4, basis="physical")
    eud = np.sum(volume * dose**4) ** 0.25
    expected = 2.0 ** -np.exp(np.e * 2 * (1 - eud / 40))
    assert ntcp.poisson((dose, volume), parameters=curve).probability == pytest.approx(expected, rel=1e-12)
    parallel = ntcp.CriticalVolumeParameters(d50_gy=41.6, k=1.95, v50=0.497, sigma=0.047, basis="physical")
    lost = np.sum(volume / (1 + (41.6 / dose) ** 1.95))
    expected = stats.norm.cdf((lost - 0.497) / 0.047)
    got = ntcp.critical_volume((dose, volume), parameters=parallel).probability
    assert got == pytest.approx(expected, rel=1e-9)


def test_dvh_of_a_grid_as_its_voxels() -> None:
    """A binned, continuous DVH gives the gEUD of its voxels to a small share: both describe the same dose."""
    generator = np.random.default_rng(9)
    grid = hd.Grid(shape=(24, 24, 24), spacing_mm=(4, 4, 4), origin_mm=(0, 0, 0))
    k, j, i = np.indices(grid.shape)
    values = 50 * np.exp(-((k - 12) ** 2 + (j - 10) ** 2 + (i - 11) ** 2) / 90) + generator.uniform(0, 0.5, grid.shape)
    dose = hd.DoseGrid(values, grid, fractions=5)
    box = hd.Structure.from_mask("Liver", np.ones(grid.shape, dtype=bool), grid)
    dvh = hd.dvh(dose, box)
    assert hd.geud_gy(dvh, a=1) == pytest.approx(dvh.mean_gy, rel=2e-5)
    # The refined lattice: eight points a voxel, trilinear, each of the same volume.
    for a in (1.03, 4.0):
        assert hd.geud_gy(dvh, a=a) == pytest.approx(np.mean(values**a) ** (1 / a), rel=0.02)
    found = ntcp.lkb(dvh, parameters="dawson2002-metastases")
    eqd2 = ntcp.lkb(hd.dvh(dose.eqd2(alpha_beta_gy=2.5), box), parameters="dawson2002-metastases")
    assert found.probability == pytest.approx(eqd2.probability, rel=1e-3)


def test_eqd2_at_the_sample_is_not_eqd2_between_voxels() -> None:
    """Between voxels of 30 and 40 Gy in 3 fractions: 110 Gy at the sample, 112 Gy from an EQD2 grid."""
    grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(4, 4, 4), origin_mm=(0, 0, 0))
    dose = hd.DoseGrid(np.array([[[30.0, 40.0]]]), grid, fractions=3)
    half = hd.Structure.from_mask(
        "Thin",
        np.ones((1, 1, 1), dtype=bool),
        hd.Grid(shape=(1, 1, 1), spacing_mm=(0.02, 1, 1), origin_mm=(2, 0, 0)),
    )
    at_sample = hd.dvh(dose.eqd2(alpha_beta_gy=2.5), half).mean_eqd2_gy
    kind = hd.DoseKind("eqd2", alpha_beta_gy=2.5)
    interpolated = hd.dvh(hd.DoseGrid(dose.eqd2(alpha_beta_gy=2.5).values_eqd2_gy, grid, kind=kind), half).mean_eqd2_gy
    assert at_sample == pytest.approx(35 * (35 / 3 + 2.5) / 4.5, abs=1e-3)
    assert interpolated == pytest.approx((30 * 12.5 + 40 * (40 / 3 + 2.5)) / 9, abs=1e-3)
    assert interpolated - at_sample == pytest.approx(1.85, abs=0.01)


def test_intervals_are_seeded_and_thread_free() -> None:
    uncertain = {
        "td50_gy": hd.Uncertain.interval(35.4, 30.0, 42.0),
        "m": hd.Uncertain.uniform(0.1, 0.2),
        "alpha_beta_gy": hd.Uncertain.triangular(1.5, 2.5, 4.0),
    }
    own = ntcp.LkbParameters(td50_gy=35.4, m=0.12, n=0.97, basis="eqd2", alpha_beta_gy=2.5)

    def run(threads: int, seed: int = 5) -> ntcp.Estimate:
        hd.set_num_threads(threads)
        try:
            return ntcp.lkb(sbrt(), parameters=own, uncertain=uncertain, samples=500, seed=seed)
        finally:
            hd.set_num_threads(None)

    one = run(1)
    assert one.interval is not None
    assert (one.interval.samples, one.interval.seed) == (500, 5)
    assert one.to_dict()["interval"]["seed"] == 5
    assert one == run(2) == run(7)
    assert one != run(1, seed=6)
    assert one.interval is not None
    assert one.interval.lower < one.probability < one.interval.upper
    widths = [abs(bar.at_high - bar.at_low) for bar in one.tornado]
    assert widths == sorted(widths, reverse=True)
    assert {bar.parameter for bar in one.tornado} == set(uncertain)


def test_interval_against_a_plain_simulation() -> None:
    """Half a million draws of numpy for one parameter of each distribution."""
    generator = np.random.default_rng(2)
    own = ntcp.LkbParameters(td50_gy=35.4, m=0.12, n=1.0, basis="physical")
    draws = {
        "uniform": (hd.Uncertain.uniform(30, 40), generator.uniform(30, 40, 500_000)),
        "triangular": (hd.Uncertain.triangular(30, 33, 40), generator.triangular(30, 33, 40, 500_000)),
    }
    for uncertain, td50 in draws.values():
        expected = np.quantile(stats.norm.cdf((30 - td50) / (0.12 * td50)), [0.025, 0.5, 0.975])
        found = ntcp.lkb(([30.0], [1.0]), parameters=own, uncertain={"td50_gy": uncertain}, samples=20_000).interval
        assert found is not None
        assert [found.lower, found.median, found.upper] == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    ("n_fractions", "n", "m", "td50"), [(3, 0.97, 0.12, 35.4), (5, 0.35, 0.3, 49.4), (30, 1.1, 0.28, 40.5)]
)
def test_lkb_from_physical_dose_against_pyradiobiology(n_fractions: int, n: float, m: float, td50: float) -> None:
    """An independent package, from the physical dose to the complication (its Poisson curves are of another form)."""
    generator = np.random.default_rng(n_fractions)
    dose, volume = generator.uniform(0.5, 55.0, 40), generator.uniform(0.1, 5.0, 40)
    quantity = pyradiobiology.DoseType
    model = pyradiobiology.LKB(pyradiobiology.Dose.gy(td50, quantity.EQD2), m, n)
    bag = pyradiobiology.DoseBag.create(dose, pyradiobiology.DoseUnit.GY, quantity.PHYSICAL_DOSE)
    expected = model.response_from_pysical_dose(bag, volume, pyradiobiology.Dose.gy(2.5), n_fractions)
    own = ntcp.LkbParameters(td50_gy=td50, m=m, n=n, basis="eqd2", alpha_beta_gy=2.5)
    dvh = hd.Dvh.from_samples(dose, volume, fractions=n_fractions)
    assert ntcp.lkb(dvh, parameters=own).probability == pytest.approx(expected, rel=1e-9)


def test_converted_metrics_with_an_uncertain_alpha_beta() -> None:
    known = {"alpha_beta_gy": hd.Uncertain.uniform(2, 3)}
    found = hd.converted_metric(sbrt(), "D5%[Gy]", measure="eqd2", uncertain=known)
    assert found.value == pytest.approx(hd.eqd2_gy(57.0, fractions=3, alpha_beta_gy=2.5))
    low, high = (hd.eqd2_gy(57.0, fractions=3, alpha_beta_gy=ab) for ab in (2.975, 2.025))
    assert [found.interval.lower, found.interval.upper] == pytest.approx([low, high], rel=0.01)
    assert "LQ (alpha/beta 2.5 Gy)" in str(found)
    (bar,) = found.tornado
    assert [bar.at_low, bar.at_high] == pytest.approx([high, low])
    # In another model two numbers are uncertain; the table has the wider one first.
    linear = hd.models.LQL(2.5, threshold_gy=6.0)
    both = known | {"threshold_gy": hd.Uncertain.uniform(4, 10)}
    found = hd.converted_metric(sbrt(), "D5%[Gy]", measure="eqd2", model=linear, uncertain=both)
    assert found.value == pytest.approx(linear.eqd2_gy(57.0, fractions=3))
    widths = [abs(bar.at_high - bar.at_low) for bar in found.tornado]
    assert widths == sorted(widths, reverse=True)
    assert {bar.parameter for bar in found.tornado} == set(both)
    with pytest.raises(errors.BasisError):
        hd.converted_metric(sbrt("eqd2"), "Mean[Gy]", measure="bed", uncertain=known)
    with pytest.raises(errors.RadiobiologyError, match="prescription"):
        hd.converted_metric(sbrt(), "V95%[%]", measure="bed", uncertain=known)
    with pytest.raises(errors.RadiobiologyError, match="cannot be uncertain"):
        hd.converted_metric(sbrt(), "Mean[Gy]", measure="bed", uncertain=known | {"d0_gy": known["alpha_beta_gy"]})


def test_an_uncertain_bed_against_numpy() -> None:
    """Forty gray of yttrium-90 with uncertain repair and alpha/beta, drawn by numpy."""
    spheres = hd.models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    known = {"alpha_beta_gy": hd.Uncertain.uniform(2, 3), "repair_half_life_h": hd.Uncertain.triangular(1, 2.5, 5)}
    found = hd.uncertain_effect(40.0, measure="bed", timing=spheres, uncertain=known, samples=40_000)
    generator = np.random.default_rng(3)
    ab, repair = generator.uniform(2, 3, 500_000), generator.triangular(1, 2.5, 5, 500_000)
    expected = np.quantile(40 * (1 + repair / (repair + 64.2) * 40 / ab), [0.025, 0.5, 0.975])
    interval = found.interval
    assert [interval.lower, interval.median, interval.upper] == pytest.approx(expected, rel=0.01)
    assert found.tornado[0].parameter == "repair_half_life_h"
    assert found == hd.uncertain_effect(40.0, measure="bed", timing=spheres, uncertain=known, samples=40_000)
    assert found.interval != hd.uncertain_effect(40.0, measure="bed", timing=spheres, uncertain=known, seed=1).interval
    with pytest.raises(errors.RadiobiologyError, match="give a model"):
        hd.uncertain_effect(40.0, measure="bed", timing=spheres, uncertain={})
    with pytest.raises(ValueError, match="fractions"):
        hd.uncertain_effect(40.0, measure="bed", uncertain={"alpha_beta_gy": hd.Uncertain.uniform(2, 3)})
    with pytest.raises(ValueError, match="nothing is uncertain"):
        hd.uncertain_effect(40.0, measure="bed", model=hd.models.LQ(3), fractions=5, uncertain={})


def test_what_is_refused() -> None:
    own = ntcp.LkbParameters(td50_gy=35.4, m=0.12, n=0.97, basis="eqd2")
    with pytest.raises(errors.BasisError, match="alpha_beta_gy="):
        ntcp.lkb(sbrt(), parameters=own)
    with pytest.raises(errors.NonPhysicalError):
        ntcp.lkb(([1.0], [1.0]), parameters=ntcp.LkbParameters(td50_gy=-1, m=0.1, n=1, basis="physical"))
    with pytest.raises(errors.RadiobiologyError, match="one volume for each dose"):
        hd.geud_gy(([1.0], [1.0, 2.0]), a=1)
    with pytest.raises(errors.RadiobiologyError, match="no volume"):
        hd.geud_gy(([1.0], [0.0]), a=1)
    with pytest.raises(errors.NonPhysicalError):
        hd.geud_gy(([1.0], [1.0]), a=0)
    logistic = ntcp.LogisticParameters(d50_gy=40, gamma50=3, a=3, basis="physical")
    with pytest.raises(TypeError, match="of the model logistic"):
        ntcp.lkb(sbrt(), parameters=logistic)  # type: ignore[arg-type]
    with pytest.raises(errors.RadiobiologyError, match="cannot be uncertain"):
        ntcp.lkb(sbrt(), parameters="umich-liver-eqd2", uncertain={"gamma": hd.Uncertain.uniform(1, 2)})
    with pytest.raises(ValueError, match="basis must be"):
        ntcp.lkb(sbrt(), parameters=ntcp.LkbParameters(td50_gy=35, m=0.1, n=1, basis="something"))
