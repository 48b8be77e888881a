"""Activity models of yttrium-90: golden values, inverses, what open calculators get wrong, refusals."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hepadose as hd
from hepadose import y90

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "golden" / "y90_planning.json").read_text(encoding="utf-8")
)
DELIVERY = ("lung_shunt_fraction", "residual_fraction", "dose_constant_gy_kg_per_gbq")
MASSES: dict[str, Any] = {"tumour_mass_kg": 0.3, "normal_mass_kg": 1.2, "tn_ratio": 4}


def part(case: dict[str, Any], *names: str) -> dict[str, Any]:
    """Take arguments out of a case."""
    return {name: case[name] for name in names}


def differs(found: float, case: dict[str, Any]) -> None:
    """Hold a result away from the wrong value that somebody prints."""
    if "wrong_gbq" in case:
        assert abs(found / case["wrong_gbq"] - 1) > 0.05


@pytest.mark.parametrize("case", GOLDEN["mird"], ids=lambda case: case["id"])
def test_mird(case: dict[str, Any]) -> None:
    how = part(case, "mass_kg", *DELIVERY)
    found = y90.mird_activity_gbq(case["dose_gy"], **how)
    assert found == pytest.approx(case["activity_gbq"], abs=case["abs"])
    assert y90.mird_dose_gy(found, **how) == pytest.approx(case["dose_gy"])
    differs(found, case)


@pytest.mark.parametrize("case", GOLDEN["lung"], ids=lambda case: case["id"])
def test_lung(case: dict[str, Any]) -> None:
    how = part(case, "lung_mass_kg", *DELIVERY)
    found = y90.lung_dose_gy(case["activity_gbq"], **how)
    assert found == pytest.approx(case["lung_gy"], abs=case["abs"])
    assert y90.lung_activity_gbq(found, **how) == pytest.approx(case["activity_gbq"])


@pytest.mark.parametrize("case", GOLDEN["bsa"], ids=lambda case: case["id"])
def test_body_surface(case: dict[str, Any]) -> None:
    body = part(case, "height_m", "weight_kg")
    volumes = part(case, "tumour_in_treated_ml", "treated_volume_ml", "liver_volume_ml")
    assert y90.body_surface_m2(**body) == pytest.approx(case["surface_m2"], abs=0.0005)
    found = y90.bsa_activity_gbq(**body, **volumes)
    assert found == pytest.approx(case["activity_gbq"], abs=case["abs"])
    assert y90.bsa_activity_gbq(**body, **volumes, residual_fraction=0.2) == pytest.approx(found / 0.8)


@pytest.mark.parametrize("case", GOLDEN["partition"], ids=lambda case: case["id"])
def test_partition(case: dict[str, Any]) -> None:
    how = part(case, "tumour_mass_kg", "normal_mass_kg", "tn_ratio", *DELIVERY)
    found = y90.partition(case["activity_gbq"], **how)
    for name, tolerance in case["abs"].items():
        assert getattr(found, name) == pytest.approx(case[name], abs=tolerance)
    activity = y90.partition_activity_gbq(case["tumour_gy"], **how)
    assert activity == pytest.approx(case["activity_gbq"], abs=case["inverse_abs"])
    differs(activity, case)
    assert found.provenance is not None
    assert str(case["dose_constant_gy_kg_per_gbq"]) in dict(found.provenance["settings"])["dose_constant"]


@pytest.mark.parametrize("case", GOLDEN["bed_wrong"], ids=lambda case: case["id"])
def test_bed_that_others_get_wrong(case: dict[str, Any]) -> None:
    how = part(case, "alpha_beta_gy", "physical_half_life_h")
    found = y90.bed_gy(case["dose_gy"], repair_half_life_h=math.log(2) / case["repair_rate_per_h"], **how)
    assert found == pytest.approx(case["bed_gy"], abs=case["abs"])
    if "wrong_gy" in case:
        assert abs(found - case["wrong_gy"]) > 1


def test_swapped_repair_times_and_alpha_beta_are_other_numbers() -> None:
    # One thesis swaps the repair half-lives of tumour and liver and takes alpha/beta 10 for both (y90.md section 7).
    right = y90.bed_gy(40, alpha_beta_gy=2.5, repair_half_life_h=2.5, physical_half_life_h=64.2)
    wrong = y90.bed_gy(40, alpha_beta_gy=10, repair_half_life_h=1.5, physical_half_life_h=64.2)
    assert right == pytest.approx(64.0, abs=0.05)
    assert wrong < 45
    sets = {one.name: one for one in y90.bed_parameters()}
    liver, tumour = sets["cremonesi2008-liver"], sets["cremonesi2008-tumour"]
    assert (liver.alpha_beta_gy.value, liver.repair_half_life_h.value) == (2.5, 2.5)
    assert (tumour.alpha_beta_gy.value, tumour.repair_half_life_h.value) == (10.0, 1.5)


def test_constants_by_name() -> None:
    how: dict[str, Any] = {**MASSES, "lung_shunt_fraction": 0.05}
    by_name = y90.partition_activity_gbq(205, **how, dose_constant_gy_kg_per_gbq="gulec2006")
    assert by_name == y90.partition_activity_gbq(205, **how, dose_constant_gy_kg_per_gbq=49.67)
    default = y90.partition_activity_gbq(205, **how)
    assert default == y90.partition_activity_gbq(205, **how, dose_constant_gy_kg_per_gbq="physics")
    with pytest.raises(hd.errors.UnknownWordError, match="say one of physics, gulec2006, rounded"):
        y90.partition_activity_gbq(205, **how, dose_constant_gy_kg_per_gbq="exact")
    assert y90.named_constants()["half_life_h"]["cremonesi2008"].value == 64.2


def test_several_tumours_and_volumes() -> None:
    how: dict[str, Any] = {"normal_mass_kg": 1.0, "lung_shunt_fraction": 0.0}
    found = y90.partition(2.0, tumour_mass_kg=[0.1, 0.2], tn_ratio=[5, 2], **how)
    assert found.normal_gy is not None
    assert found.tumours_gy[0] == pytest.approx(5 * found.normal_gy)
    assert found.tumour_gy == pytest.approx(2 * found.normal_gy)
    assert sum(found.tumours_gbq) + found.normal_gbq + found.lung_gbq == pytest.approx(2.0)
    activity = y90.partition_activity_gbq(100, tumour_mass_kg=[0.1, 0.2], tn_ratio=[5, 2], **how)
    again = y90.partition(activity, tumour_mass_kg=[0.1, 0.2], tn_ratio=[5, 2], **how)
    assert min(again.tumours_gy) == pytest.approx(100)
    with pytest.raises(ValueError, match="one ratio for each tumour"):
        y90.partition(2.0, tumour_mass_kg=[0.1, 0.2], tn_ratio=5, **how)
    half = y90.PerfusedVolume(
        activity_gbq=1.0, tumour_mass_kg=0.15, normal_mass_kg=0.6, tn_ratio=4, lung_shunt_fraction=0.05
    )
    whole = y90.partition(2.0, **MASSES, lung_shunt_fraction=0.05)
    both = y90.partition_volumes([half, half], unperfused_normal_mass_kg=0.0)
    assert both.perfused_normal_gy == pytest.approx(whole.normal_gy)
    assert both.lung_gy == pytest.approx(whole.lung_gy)
    assert both.volumes[0].tumour_gy == pytest.approx(whole.tumour_gy)


def test_limits() -> None:
    how: dict[str, Any] = {**MASSES, "lung_shunt_fraction": 0.05}
    found = y90.plan_activity(205, **how, normal_limit_gy=40, lung_limit_gy=2)
    assert found.limited_by == "lung"
    assert found.doses.lung_gy == pytest.approx(2)
    assert found.for_normal_gbq is not None
    assert found.activity_gbq < found.for_normal_gbq < found.for_tumour_gbq
    free = y90.plan_activity(205, **(how | {"lung_shunt_fraction": 0.0}), lung_limit_gy=2)
    assert (free.limited_by, free.for_lung_gbq) == ("tumour_target", None)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"tn_ratio": 0}, "concentration ratio must be a finite number above 0, got 0"),
        ({"tn_ratio": -1}, "concentration ratio"),
        ({"lung_shunt_fraction": 1.0}, "lung shunt fraction must be at least 0 and below 1, got 1"),
        ({"lung_shunt_fraction": 5.0}, "below 1, got 5"),
        ({"residual_fraction": -0.1}, "residual fraction"),
        ({"tumour_mass_kg": 0}, "tumour mass"),
        ({"dose_constant_gy_kg_per_gbq": 0}, "dose constant"),
    ],
)
def test_refusals(change: dict[str, Any], match: str) -> None:
    how: dict[str, Any] = {**MASSES, "lung_shunt_fraction": 0.05, **change}
    with pytest.raises(hd.errors.NonPhysicalError, match=match):
        y90.partition(2.0, **how)
    with pytest.raises(hd.errors.NonPhysicalError, match=match):
        y90.partition_activity_gbq(120, **how)


def test_parts_and_wholes() -> None:
    body: dict[str, Any] = {"height_m": 1.7, "weight_kg": 70}
    with pytest.raises(hd.errors.PlanningError, match="more than the treated volume"):
        y90.bsa_activity_gbq(**body, tumour_in_treated_ml=901, treated_volume_ml=900, liver_volume_ml=1500)
    with pytest.raises(hd.errors.PlanningError, match="more than the liver"):
        y90.bsa_activity_gbq(**body, tumour_in_treated_ml=10, treated_volume_ml=1501, liver_volume_ml=1500)
    with pytest.raises(hd.errors.NonPhysicalError, match="metres, not centimetres"):
        y90.body_surface_m2(height_m=170, weight_kg=70)
    with pytest.raises(hd.errors.PlanningError, match="neither tumour nor normal"):
        y90.partition(1.0, tumour_mass_kg=[], tn_ratio=[], normal_mass_kg=0, lung_shunt_fraction=0)


def test_lung_from_images() -> None:
    assert y90.lung_mass_from_ct_kg(np.full(2000, -700.0), voxel_volume_ml=1.0) == pytest.approx(0.6)
    assert y90.lung_shunt_from_spect(lung_counts=1, liver_counts=3) == 0.25
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.lung_shunt_from_spect(lung_counts=1, liver_counts=0)


def test_laws_of_the_partition_model() -> None:
    # y90.md 8.15: linear in the activity, the same concentration at T/N 1, limits without shunt and residual.
    how: dict[str, Any] = {**MASSES, "lung_shunt_fraction": 0.1, "residual_fraction": 0.05}
    one, two = y90.partition(1.3, **how), y90.partition(2.6, **how)
    for name in ("tumour_gy", "normal_gy", "lung_gy"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))
    even = y90.partition(1.3, **(how | {"tn_ratio": 1}))
    assert even.tumour_gy == pytest.approx(even.normal_gy)
    plain = y90.partition(1.3, **(how | {"tn_ratio": 1, "lung_shunt_fraction": 0.0, "residual_fraction": 0.0}))
    assert plain.lung_gy == 0
    assert plain.normal_gy == pytest.approx(
        y90.mird_dose_gy(1.3, mass_kg=1.5, lung_shunt_fraction=0, residual_fraction=0)
    )
    # All energy lands somewhere: k times the net activity.
    assert one.tumour_gy is not None
    assert one.normal_gy is not None
    landed = one.tumour_gy * 0.3 + one.normal_gy * 1.2 + one.lung_gy * 1.0
    assert landed == pytest.approx(49.80 * 1.3 * 0.95)


def test_tissue_that_is_not_there_has_no_dose() -> None:
    how: dict[str, Any] = {"lung_shunt_fraction": 0.05, "residual_fraction": 0.01}
    segment = y90.partition(2.0, tumour_mass_kg=0.3, tn_ratio=4, normal_mass_kg=0, **how)
    assert segment.normal_gy is None
    assert segment.tumour_gy == pytest.approx(49.80 * 2.0 * 0.99 * 0.95 / 0.3)
    assert any("no normal liver was given" in one for one in segment.notes)
    bare = y90.partition(2.0, tumour_mass_kg=[], tn_ratio=[], normal_mass_kg=1.2, **how)
    assert (bare.tumour_gy, bare.tumours_gy) == (None, ())
    assert bare.normal_gy == pytest.approx(49.80 * 2.0 * 0.99 * 0.95 / 1.2)
    assert bare.notes == ("no tumour was given, so there is no tumour dose",)
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(hd.errors.NonPhysicalError, match="tumour mass in kg"):
            y90.partition(2.0, tumour_mass_kg=wrong, tn_ratio=4, normal_mass_kg=1.2, **how)
    with pytest.raises(hd.errors.NonPhysicalError, match="normal liver mass in kg"):
        y90.partition(2.0, tumour_mass_kg=0.3, tn_ratio=4, normal_mass_kg=math.nan, **how)
    with pytest.raises(TypeError):
        y90.partition(2.0, tumour_mass_kg=None, tn_ratio=4, normal_mass_kg=1.2, **how)  # type: ignore[arg-type]
    volume = y90.PerfusedVolume(
        activity_gbq=1.0, tumour_mass_kg=0.15, normal_mass_kg=0.0, tn_ratio=4, lung_shunt_fraction=0.05
    )
    both = y90.partition_volumes([volume], unperfused_normal_mass_kg=0.6)
    assert (both.volumes[0].normal_gy, both.perfused_normal_gy, both.whole_normal_gy) == (None, None, 0.0)
    assert "residual 0 assumed" in both.volumes[0].notes[0]


def test_a_residual_of_0_is_said_to_be_assumed() -> None:
    how: dict[str, Any] = {**MASSES, "lung_shunt_fraction": 0.05}
    assumed = y90.partition(2.0, **how)
    assert [one for one in assumed.notes if "residual 0 assumed" in one]
    assert assumed.provenance is not None
    assert dict(assumed.provenance["settings"])["residual_fraction"] == "0"
    assert y90.partition(2.0, **how, residual_fraction=0.02).notes == ()
    assert "residual 0 assumed" in y90.plan_activity(120, **how, normal_limit_gy=40, lung_limit_gy=30).notes[0]


def test_limits_that_hold_nothing_back_are_said() -> None:
    how: dict[str, Any] = {"tumour_mass_kg": 0.3, "tn_ratio": 4, "residual_fraction": 0.02}
    idle = y90.plan_activity(
        120, normal_mass_kg=0, lung_shunt_fraction=0, normal_limit_gy=40, lung_limit_gy=30, **how
    ).notes
    assert any("40 Gy of the normal liver holds nothing back" in one for one in idle)
    assert any("30 Gy of the lung holds nothing back" in one for one in idle)
    free = y90.plan_activity(120, normal_mass_kg=1.2, lung_shunt_fraction=0.05, **how).notes
    assert free == (
        "no limit of the normal liver was set, so it does not hold the activity back",
        "no limit of the lung was set, so it does not hold the activity back",
    )
    held = y90.plan_activity(
        120, normal_mass_kg=1.2, lung_shunt_fraction=0.05, normal_limit_gy=40, lung_limit_gy=30, **how
    )
    assert held.notes == ()
    for mass in (0, 1.2):
        for name in ("normal_limit_gy", "lung_limit_gy"):
            for wrong in (-1.0, math.nan):
                limits: dict[str, Any] = {name: wrong}
                with pytest.raises(hd.errors.NonPhysicalError, match="limit in Gy"):
                    y90.plan_activity(120, normal_mass_kg=mass, lung_shunt_fraction=0, **limits, **how)


def test_units_are_doubted() -> None:
    how: dict[str, Any] = {"lung_shunt_fraction": 0.05, "residual_fraction": 0.02}
    assert "look whether it is in MBq" in y90.partition(2000.0, **MASSES, **how).notes[0]
    assert y90.partition(2.0, **MASSES, **how).notes == ()
    model = y90.LocalDeposition(density_g_per_ml=1.05, dose_constant_gy_kg_per_gbq="exact")
    grid = hd.Grid(shape=(2, 2, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    image, liver = y90.ActivityMap(np.ones(grid.shape), grid), np.ones(grid.shape, bool)
    with pytest.raises(hd.errors.UnknownWordError, match="say one of physics, gulec2006, rounded"):
        y90.lesion_table(image, [hd.Structure.from_mask("Liver", liver, grid)], model=model)


SHARES: dict[str, Any] = {"lung_shunt_fraction": 0.05, "residual_fraction": 0.02}
VOLUME: dict[str, Any] = {"activity_gbq": 1.0, "tn_ratio": 4, "lung_shunt_fraction": 0.05}


@pytest.mark.parametrize(
    ("call", "quantity", "value"),
    [
        (lambda: y90.mird_activity_gbq(110, mass_kg=930, **SHARES), "treated mass in kg", 930),
        (lambda: y90.mird_dose_gy(2, mass_kg=930, **SHARES), "treated mass in kg", 930),
        (
            lambda: y90.partition(2, tumour_mass_kg=300, tn_ratio=4, normal_mass_kg=1.2, **SHARES),
            "tumour mass in kg",
            300,
        ),
        (
            lambda: y90.partition(2, tumour_mass_kg=0.3, tn_ratio=4, normal_mass_kg=1200, **SHARES),
            "normal liver mass in kg",
            1200,
        ),
        (
            lambda: y90.partition(2, tumour_mass_kg=0.3, tn_ratio=4, normal_mass_kg=1.2, lung_mass_kg=1000, **SHARES),
            "lung mass in kg",
            1000,
        ),
        (
            lambda: y90.partition_activity_gbq(
                205, tumour_mass_kg=[0.1, 300], tn_ratio=[4, 4], normal_mass_kg=1200, **SHARES
            ),
            "tumour mass in kg",
            300,
        ),
        (
            lambda: y90.plan_activity(205, tumour_mass_kg=0.3, tn_ratio=4, normal_mass_kg=1200, **SHARES),
            "normal liver mass in kg",
            1200,
        ),
        (
            lambda: y90.partition_volumes(
                [y90.PerfusedVolume(tumour_mass_kg=150, normal_mass_kg=0.6, **VOLUME)], unperfused_normal_mass_kg=0.6
            ),
            "tumour mass in kg",
            150,
        ),
        (
            lambda: y90.partition_volumes(
                [y90.PerfusedVolume(tumour_mass_kg=0.15, normal_mass_kg=0.6, **VOLUME)], unperfused_normal_mass_kg=600
            ),
            "unperfused normal liver mass in kg",
            600,
        ),
        (
            lambda: y90.tn_ratio_from_activity_ratio(1, tumour_mass_kg=0.2, normal_mass_kg=1000),
            "normal liver mass in kg",
            1000,
        ),
        (lambda: y90.lung_dose_gy(2.5, lung_shunt_fraction=0.05, lung_mass_kg=1000), "lung mass in kg", 1000),
        (lambda: y90.lung_activity_gbq(30, lung_shunt_fraction=0.05, lung_mass_kg=1000), "lung mass in kg", 1000),
    ],
)
def test_masses_in_grams_are_refused(call: Any, quantity: str, value: float) -> None:
    """930 g, taken for 930 kg, asked for a thousand times the activity."""
    most = 10 if quantity.startswith("lung") else 20
    said = f"^{quantity} must be at most {most} kg, got {value}; give kg, not g or mL$"
    with pytest.raises(hd.errors.NonPhysicalError, match=said) as caught:
        call()
    assert (caught.value.quantity, caught.value.value) == (quantity, value)


def test_the_heaviest_masses_pass() -> None:
    assert y90.mird_dose_gy(2, mass_kg=20, **SHARES) > 0
    assert y90.lung_dose_gy(2, lung_shunt_fraction=0.05, lung_mass_kg=10) > 0
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.mird_dose_gy(2, mass_kg=20.001, **SHARES)
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.lung_dose_gy(2, lung_shunt_fraction=0.05, lung_mass_kg=10.001)


@pytest.mark.parametrize("density", [1050.0, 1050, 26.0, 0.0004, np.float32(1050)])
def test_densities_in_another_unit_are_refused(density: float) -> None:
    grid = hd.Grid(shape=(2, 2, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    image = y90.ActivityMap(np.ones(grid.shape), grid)
    box = hd.Structure.from_mask("Liver", np.ones(grid.shape, bool), grid)
    one_voxel = np.full(grid.shape, 1.05)
    one_voxel[1, 0, 1] = density
    words: dict[str, Any] = {"device": "glass", "disease": "colorectal-metastases", "dosimetry": "y90-pet"}
    for call in (
        lambda: y90.LocalDeposition(density_g_per_ml=density),
        lambda: y90.absorbed_dose(image, density_g_per_ml=density),
        lambda: y90.absorbed_dose(image, density_g_per_ml=density, method="kernel"),
        lambda: y90.absorbed_dose(image, density_g_per_ml=one_voxel),
        lambda: y90.kernel(spacing_mm=(3, 3, 3), density_g_per_ml=density),
        lambda: y90.density_of_structures(grid, [(box, density)], elsewhere_g_per_ml=1.05),
        lambda: y90.density_of_structures(grid, [(box, 1.05)], elsewhere_g_per_ml=density),
        lambda: y90.density_from_hounsfield([0.0], points=[(-1000, 0.0012), (0, density)]),
        lambda: y90.response(190, **words, density_g_per_ml=density),
    ):
        with pytest.raises(hd.errors.NonPhysicalError, match=r"density in g/mL must be .*; give g/mL, not") as caught:
            call()
        assert caught.value.value == pytest.approx(float(density))
    for least_and_most in (0.0005, 25.0, 0.0012):
        assert y90.LocalDeposition(density_g_per_ml=least_and_most).density_g_per_ml == least_and_most


def test_volumes_carry_their_record() -> None:
    volume = y90.PerfusedVolume(
        activity_gbq=1.0, tumour_mass_kg=0.15, normal_mass_kg=0.6, tn_ratio=4, lung_shunt_fraction=0.05
    )
    found = y90.partition_volumes([volume], unperfused_normal_mass_kg=0.6, dose_constant_gy_kg_per_gbq="gulec2006")
    provenance = found.volumes[0].provenance
    assert provenance is not None
    settings = dict(provenance["settings"])
    assert settings["residual_fraction"] == "0"
    assert "49.67" in settings["dose_constant"]
