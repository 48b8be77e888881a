"""The lesion table, comparison of planned and delivered dose, densities: by hand, and bad input."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import hepadose as hd
from hepadose import y90
from hepadose._y90.limits import is_within, limits_of

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"
GLASS: dict[str, Any] = {"device": "glass", "disease": "colorectal-metastases", "dosimetry": "y90-pet"}
MODEL = y90.LocalDeposition(density_g_per_ml=1.05)
GRID = hd.Grid(shape=(8, 8, 8), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
GY_PER_MBQ = 49.80 / 1.05


def box(name: str, low: int, high: int, grid: hd.Grid = GRID, **about: Any) -> hd.Structure:
    """Make a cube of voxels."""
    mask = np.zeros(grid.shape, bool)
    mask[low:high, low:high, low:high] = True
    return hd.Structure.from_mask(name, mask, grid, **about)


def valid(document: dict[str, Any], schema: str) -> None:
    content = json.loads((SCHEMAS / f"{schema}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(content).validate(json.loads(json.dumps(document, allow_nan=False)))


def table(**change: Any) -> y90.LesionTable:
    """Give the table of a liver of 1 MBq/mL with a tumour of 3.2 MBq/mL far inside."""
    activity = np.full(GRID.shape, 1e6)
    activity[2:6, 2:6, 2:6] = 3.2e6
    tumour, liver = box("Tumour", 3, 5), box("Liver", 0, 8)
    how: dict[str, Any] = {"lesions": ["Tumour"], "normal_liver": "Normal", "whole_liver": "Liver", "lung": "Lung"}
    how |= {"model": MODEL, "prevalence": 0.5, **GLASS, **change}
    regions = [tumour, liver, (liver - box("Margin", 1, 7)).renamed("Normal"), box("Lung", 0, 1)]
    return y90.lesion_table(y90.ActivityMap(activity, GRID), regions, **how)


def test_rows_by_hand() -> None:
    found = table()
    tumour = found["Tumour"]
    assert tumour.mean_gy == pytest.approx(3.2 * GY_PER_MBQ)
    assert tumour.volume_cc == pytest.approx(8.0)
    assert tumour.v_percent == {100.0: 100.0}
    assert tumour.response is not None
    assert (tumour.response.stratum, tumour.response.probability) == ("> 139 to <= 189 Gy", 0.8)
    assert [row.response for row in found.rows[1:]] == [None] * 3
    # Alsultan 2021 and EANM 2022, Table 2; the lung 30 Gy.
    normal = found["Normal"]
    assert normal.mean_gy == pytest.approx(GY_PER_MBQ)
    assert [(one.operator, one.dose_gy, one.within) for one in normal.limits] == [
        ("<", 75.0, True),
        ("<", 50.0, True),
        ("<", 90.0, True),
    ]
    assert [(one.median_gy, one.range_gy) for one in normal.context] == [(63.0, (24.0, 113.0))]
    assert [(one.dose_gy, one.within) for one in found["Lung"].limits] == [(30.0, False)]
    assert found.summary.strata == {"> 139 to <= 189 Gy": 1}
    assert found.summary.mean_gy == tumour.mean_gy
    with pytest.raises(KeyError, match="0 rows are named 'tumour'; there are 'Tumour', 'Liver'"):
        found["tumour"]


def test_a_lung_with_the_density_of_the_liver_is_never_within_its_limit() -> None:
    activity = y90.ActivityMap(np.full(GRID.shape, 4e5), GRID)
    regions = [box("Liver", 2, 8), box("Lung", 0, 1)]
    beside = y90.lesion_table(activity, regions, model=MODEL, lung="Lung")["Lung"]
    assert beside.mean_gy is not None
    assert beside.mean_gy < 30
    assert [one.within for one in beside.limits] == [None]
    assert any("density of the other regions" in one for one in beside.warnings)
    # Alone, the density is that of the lung.
    own = y90.LocalDeposition(density_g_per_ml=0.3, decay_correction_h=0.0)
    alone = y90.lesion_table(activity, regions[1:], model=own, lung="Lung")["Lung"]
    assert [one.within for one in alone.limits] == [False]
    assert not any("density of the other regions" in one for one in alone.warnings)
    little = y90.ActivityMap(np.full(GRID.shape, 1e5), GRID)
    found = y90.lesion_table(little, regions[1:], model=own, lung="Lung")["Lung"]
    assert [one.within for one in found.limits] == [True]


def test_documents_and_views() -> None:
    budget = y90.UncertaintyBudget(calibration=0.05, density=0.02, recovery=0.05, voxel_mm=10, fwhm_mm=6)
    found = table(uncertainty=budget)
    valid(found.to_dict(), "y90-lesions-1")
    frame = found.to_pandas()
    assert frame["name"].tolist() == ["Tumour", "Liver", "Normal", "Lung"]
    assert frame["probability"].tolist()[0] == 0.8
    html = found._repr_html_()
    for text in ("whole liver", "139 to", "Normal &lt; 75 Gy", "eanm2022", "no cut-off for a patient", "24 to 113"):
        assert text in html
    interval = found["Tumour"].interval
    mean = found["Tumour"].mean_gy
    assert mean is not None
    assert interval == y90.dose_uncertainty(mean, volume=0, calibration=0.05, density=0.02, recovery=0.05)
    assert found["Liver"].interval is None


def test_small_lesions_have_wide_intervals() -> None:
    budget = y90.UncertaintyBudget(
        calibration=0.05, density=0.02, recovery=0.05, voxel_mm=2, fwhm_mm=3, volume_exponent=-0.5
    )
    large, small = budget.of(150, 60), budget.of(150, 6)
    assert small.relative > large.relative > 0.07
    spread = y90.volume_uncertainty(6, voxel_mm=2, fwhm_mm=3)
    assert small.relative == pytest.approx(np.sqrt(0.05**2 + 0.02**2 + 0.05**2 + (0.5 * spread) ** 2))


def test_negative_activity_counts() -> None:
    # Noise around 0.5 MBq/mL: the mean keeps what is below 0, the histogram cannot.
    activity = np.where(np.indices(GRID.shape).sum(0) % 2 == 0, 2e6, -1e6)
    image = y90.ActivityMap(activity, GRID)
    (row,) = y90.lesion_table(image, [box("Liver", 2, 6)], model=MODEL).rows
    assert row.mean_gy == pytest.approx(0.5 * GY_PER_MBQ, rel=1e-3)
    assert row.dvh.mean_gy > 0.6 * GY_PER_MBQ
    with pytest.raises(hd.errors.ImageError, match="outweigh"):
        y90.ActivityMap(-np.abs(activity), GRID)


def test_contours_and_masks_agree() -> None:
    activity = y90.ActivityMap(np.random.default_rng(1).uniform(1e6, 5e6, GRID.shape), GRID)
    ring = [[15, 15], [55, 15], [55, 55], [15, 55]]
    drawn = hd.Structure.from_contours("Box", [[[x, y, z] for x, y in ring] for z in (20, 30, 40, 50)])
    mask = box("Box", 2, 6)
    one, other = (y90.lesion_table(activity, [region], model=MODEL).rows[0] for region in (drawn, mask))
    assert one.volume_cc == pytest.approx(other.volume_cc)
    assert one.mean_gy == pytest.approx(other.mean_gy, rel=1e-3)
    shared: dict[str, Any] = {"administered_gbq": 1, "lung_shunt_fraction": 0, "residual_fraction": 0}
    shares = [
        y90.relative_calibration(activity, **shared, reference="perfused_volume", region=region).outside_fraction
        for region in (drawn, mask)
    ]
    assert shares[0] == pytest.approx(shares[1], rel=1e-6)
    inside = activity.bq_per_ml[2:6, 2:6, 2:6].sum() / activity.bq_per_ml.sum()
    assert 1 - shares[1] == pytest.approx(inside, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"model": None}, TypeError, "needs model=LocalDeposition"),
        ({"lesions": ["Tumor"]}, ValueError, "0 regions are named 'Tumor'; there are 'Tumour', 'Liver'"),
        ({"whole_liver": "Tumour"}, ValueError, "said to be lesion and whole_liver"),
        ({"dosimetry": None}, TypeError, "dosimetry is missing"),
        ({"device": "resin"}, hd.errors.NoThresholdsError, "no response threshold for resin"),
        ({"disease": "hcc"}, hd.errors.NoThresholdsError, "its disease is colorectal-metastases"),
        ({"dosimetry": "maa-spect"}, hd.errors.NoThresholdsError, "its dosimetry is y90-pet"),
        ({"prevalence": 2}, hd.errors.NonPhysicalError, "prevalence"),
    ],
)
def test_bad_input(change: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        table(**change)


def test_apart_in_space_and_empty() -> None:
    image = y90.ActivityMap(np.full(GRID.shape, 1e6), GRID, frame_of_reference="1.2")
    away = hd.Grid(shape=GRID.shape, spacing_mm=GRID.spacing_mm, origin_mm=(500, 0, 0))
    (row,) = y90.lesion_table(image, [box("Tumour", 0, 1, away)], model=MODEL, lesions=["Tumour"], **GLASS).rows
    assert (row.mean_gy, row.response) == (None, None)
    assert "covers 0.00 %" in (row.reason or "")
    nothing = hd.Structure.from_mask("Tumour", np.zeros(GRID.shape, bool), GRID)
    with pytest.raises(hd.errors.ImageError, match="'Tumour' is empty"):
        y90.lesion_table(image, [nothing], model=MODEL)
    elsewhere = box("Liver", 0, 4, frame_of_reference="1.3")
    with pytest.raises(hd.errors.FrameOfReferenceError):
        y90.lesion_table(image, [elsewhere], model=MODEL)
    how: dict[str, Any] = {"administered_gbq": 1, "lung_shunt_fraction": 0, "residual_fraction": 0}
    with pytest.raises(hd.errors.FrameOfReferenceError):
        y90.relative_calibration(image, **how, reference="whole_liver", region=elsewhere)
    with pytest.raises(hd.errors.CalibrationError, match="no counts in the whole_liver"):
        y90.relative_calibration(image, **how, reference="whole_liver", region=box("Liver", 0, 4, away))
    with pytest.raises(hd.errors.CalibrationError, match="need their region"):
        y90.relative_calibration(image, **how, reference="perfused_volume")
    with pytest.raises(hd.errors.NonPhysicalError, match="below 1"):
        y90.relative_calibration(image, **(how | {"lung_shunt_fraction": 1.0}), reference="whole_field")
    dose = y90.absorbed_dose(image, density_g_per_ml=1.05)
    with pytest.raises(TypeError, match="takes none"):
        y90.lesion_table(dose, [box("Tumour", 0, 4)], model=MODEL)
    with pytest.raises(hd.errors.NotPhysicalDoseError):
        y90.lesion_table(dose.bed(alpha_beta_gy=10) if dose.fractions else y90.bed(dose, **LIVER), [box("T", 0, 4)])


LIVER: dict[str, Any] = {"alpha_beta_gy": 2.5, "repair_half_life_h": 2.5, "physical_half_life_h": 64.2}


def test_effect_of_a_row_is_that_of_its_voxels() -> None:
    activity = np.random.default_rng(3).uniform(1e6, 4e6, GRID.shape)
    dose = y90.absorbed_dose(y90.ActivityMap(activity, GRID), density_g_per_ml=1.05)
    (row,) = y90.lesion_table(dose, [box("Liver", 1, 7)]).rows
    found = y90.effect(row.dvh, **LIVER, alpha_per_gy=0.01, at_least_gy=[80])
    assert found.mean_gy == pytest.approx(row.mean_gy, rel=1e-4)
    assert found.d70_gy == pytest.approx(row.d70_gy, rel=1e-3)
    assert found.mean_bed_gy > y90.bed_gy(found.mean_gy, **LIVER)
    assert found.eubed_gy is not None
    assert found.eubed_gy < found.mean_bed_gy
    # By mass: where half of the liver is twice as dense its dose counts twice.
    uniform = hd.DoseGrid(np.where(np.arange(8) < 4, 60.0, 30.0) * np.ones(GRID.shape), GRID)
    density = np.where(np.arange(8) < 4, 2.0, 1.0) * np.ones(GRID.shape)
    plain = y90.effect(hd.dvh(uniform, box("Liver", 0, 8)), **LIVER)
    by_mass = y90.effect(hd.dvh(uniform, box("Liver", 0, 8), weights=(density, GRID)), **LIVER)
    assert plain.mean_gy == pytest.approx(45, rel=1e-3)
    assert by_mass.mean_gy == pytest.approx(50, rel=0.01)
    with pytest.raises(TypeError, match="its own weights"):
        y90.effect(row.dvh, **LIVER, weights=[1.0])
    with pytest.raises(hd.errors.NotPhysicalDoseError):
        y90.effect(hd.Dvh.from_samples([1.0], [1.0], kind=hd.DoseKind("bed", alpha_beta_gy=2.5)), **LIVER)


def test_planned_against_delivered() -> None:
    def dvh(name: str, doses: list[float], volumes: list[float]) -> hd.Dvh:
        return hd.Dvh.from_samples(doses, volumes, name=name)

    planned = [dvh("T1", [100.0], [8.0]), dvh("T2", [120.0, 180.0], [1.0, 1.0]), dvh("Gone", [1.0], [1.0])]
    delivered = [dvh("T1", [50.0, 150.0], [2.0, 2.0]), dvh("T2", [60.0, 90.0], [1.0, 1.0]), dvh("New", [1.0], [1.0])]
    found = y90.compare_doses(planned, delivered)
    one, two = found.regions
    assert (one.name, one.ratio, one.dvh_distance_gy) == ("T1", 1.0, 50.0)
    assert one.dvh_overlap == pytest.approx(0.6)
    assert two.ratio == 0.5
    assert two.dvh_overlap == pytest.approx(0.5)
    assert (two.planned_d70_gy, two.delivered_d70_gy) == (120.0, 60.0)
    assert (found.only_planned, found.only_delivered) == (("Gone",), ("New",))
    assert found.pairs_gy == ((100.0, 100.0), (150.0, 75.0))
    valid(found.to_dict(), "y90-comparison-1")
    assert found.to_pandas()["ratio"].tolist() == [1.0, 0.5]
    assert "Gone: only planned" in found._repr_html_()
    # By a trapezoid rule on a fine ladder of doses.
    ladder = np.linspace(0, 200, 400_001)
    p, q = (one.volume_at_dose_cc(ladder) / one.volume_cc for one in (planned[1], delivered[1]))
    assert two.dvh_overlap == pytest.approx(np.minimum(p, q).sum() / np.maximum(p, q).sum(), rel=1e-4)
    with pytest.raises(ValueError, match="no region has the same name"):
        y90.compare_doses(planned, [dvh("Other", [1.0], [1.0])])
    with pytest.raises(ValueError, match="'T1' stands twice"):
        y90.compare_doses([planned[0], planned[0]], delivered)
    empty = y90.compare_doses(planned, [dvh("T1", [], [])])
    assert empty.regions[0].ratio is None
    assert "cannot be used" in (empty.regions[0].reason or "")


def test_density_of_each_structure() -> None:
    image = y90.ActivityMap(np.full(GRID.shape, 1e6), GRID)
    lung = box("Lung", 0, 4)
    density = y90.density_of_structures(GRID, [(lung, 0.3)], elsewhere_g_per_ml=1.05)
    dose = y90.absorbed_dose(image, density_g_per_ml=density)
    assert dose.values_gy[0, 0, 0] == pytest.approx(49.80 / 0.3)
    assert dose.values_gy[7, 7, 7] == pytest.approx(49.80 / 1.05)
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.density_of_structures(GRID, [(lung, -1)], elsewhere_g_per_ml=1.05)


@pytest.mark.parametrize("limit", [30.0, 50.0, 75.0, 90.0])
def test_a_dose_at_its_limit(limit: float) -> None:
    # Exactly at the limit, and next to it by rounding: within "at most", not within "below".
    for dose in (limit, np.nextafter(limit, 0), np.nextafter(limit, 1e3), limit * (1 - 1e-7), limit * (1 + 1e-7)):
        assert is_within(float(dose), "<=", limit)
        assert not is_within(float(dose), "<", limit)
    for operator in ("<", "<="):
        assert is_within(limit * (1 - 1e-5), operator, limit)
        assert not is_within(limit * (1 + 1e-5), operator, limit)
    with pytest.raises(ValueError, match="one of < or <=, got '>'"):
        is_within(1.0, ">", limit)


def test_limits_at_equality_in_a_table() -> None:
    # Single precision puts the mean beside 50 and 30 Gy; both are the limit.
    for kind in (np.float32, np.float64):
        per_bq = GY_PER_MBQ * 1e-6
        liver = y90.ActivityMap(np.full(GRID.shape, 50 / per_bq, kind), GRID)
        row = y90.lesion_table(liver, [box("Liver", 0, 8)], model=MODEL, normal_liver="Liver", **GLASS)["Liver"]
        assert {one.dose_gy: one.within for one in row.limits} == {75.0: True, 50.0: False, 90.0: True}
        model = y90.LocalDeposition(density_g_per_ml=0.3)
        lung = y90.ActivityMap(np.full(GRID.shape, 30 * 0.3 / 49.80e-6, kind), GRID)
        row = y90.lesion_table(lung, [box("Lung", 0, 8)], model=model, lung="Lung")["Lung"]
        assert [one.within for one in row.limits] == [True]


def organs(**setting: Any) -> y90.LesionTable:
    """Give a liver of 1 MBq/mL with every organ named."""
    image = y90.ActivityMap(np.full(GRID.shape, 1e6), GRID)
    roles: dict[str, Any] = {
        "normal_liver": "Normal",
        "perfused_normal_liver": "Perfused",
        "whole_liver": "Whole",
        "lung": "Lung",
    }
    regions = [box(name, 0, 8) for name in roles.values()]
    return y90.lesion_table(image, regions, model=MODEL, **roles, **setting)


# EANM 2022, Tables 2 and 3; Chiesa 2015 and DOSISPHERE-01 for MAA: upper limits alone, an aim is no limit.
LIMITS: list[tuple[tuple[str, str, str], set[tuple[str, float]], set[tuple[str, float]]]] = [
    (("glass", "hcc", "y90-pet"), {("<", 75), ("<", 50), ("<", 90)}, {("<", 120)}),
    (
        ("glass", "hcc", "maa-spect"),
        {("<", 75), ("<", 50), ("<", 90), ("<=", 50), ("<=", 90)},
        {("<", 120), ("<=", 120)},
    ),
    (("glass", "cholangiocarcinoma", "y90-pet"), {("<", 75), ("<", 50), ("<", 90)}, set()),
    (("glass", "colorectal-metastases", "maa-spect"), {("<", 75), ("<", 50), ("<", 90)}, set()),
    (("resin", "hcc", "bremsstrahlung-spect"), {("<", 30), ("<", 40)}, set()),
    (("resin", "colorectal-metastases", "y90-pet"), {("<", 30), ("<", 40)}, set()),
    (("glass", "neuroendocrine-metastases", "y90-pet"), set(), set()),
]


@pytest.mark.parametrize(("words", "normal", "perfused"), LIMITS, ids=["-".join(one[0]) for one in LIMITS])
def test_limits_of_every_setting(
    words: tuple[str, str, str], normal: set[tuple[str, float]], perfused: set[tuple[str, float]]
) -> None:
    setting: dict[str, Any] = dict(zip(("device", "disease", "dosimetry"), words, strict=True))
    found = organs(**setting)
    for name, expected in (("Normal", normal), ("Perfused", perfused)):
        row = found[name]
        assert {(one.operator, one.dose_gy) for one in row.limits} == expected
        assert (row.limits_reason is None) == bool(expected)
        assert all(one.within == is_within(row.mean_gy or 0, one.operator, one.dose_gy) for one in row.limits)
    # No source gives a limit of the whole liver by itself: said, and what there is instead.
    whole = found["Whole"]
    assert whole.limits == ()
    assert "no upper limit of the mean dose of the whole liver is known here for " + ", ".join(words) in str(
        whole.limits_reason
    )
    assert ("there are limits of the normal liver" in str(whole.limits_reason)) == bool(normal)
    assert [one.dose_gy for one in found["Lung"].limits] == [30.0]
    for row in found.rows:
        assert (row.limits_reason is None) == bool(row.limits)
    valid(found.to_dict(), "y90-lesions-1")
    assert "no upper limit of the mean dose of the whole liver" in found._repr_html_()


def test_without_a_setting_the_limits_say_so() -> None:
    found = organs()
    for name in ("Normal", "Perfused", "Whole"):
        assert "say device=, disease= and dosimetry=" in str(found[name].limits_reason)
    assert found["Lung"].limits_reason is None
    words = {"device": "glass", "disease": "hcc", "dosimetry": "bremsstrahlung-spect"}
    with pytest.raises(hd.errors.UnknownWordError):
        organs(**(words | {"disease": "melanoma"}))


def test_lesions_without_published_strata_say_why() -> None:
    words: dict[str, Any] = {"device": "resin", "disease": "hcc", "dosimetry": "y90-pet"}
    found = table(prevalence=None, **words)
    tumour = found["Tumour"]
    assert (tumour.response, found.thresholds) == (None, None)
    assert "no response threshold for resin" in str(tumour.response_reason)
    assert any(one.startswith("no strata: no response threshold for resin") for one in found.warnings)
    assert found["Normal"].limits
    assert found["Liver"].response_reason is None
    assert table(prevalence=None)["Tumour"].response_reason is None
    away = hd.Grid(shape=GRID.shape, spacing_mm=GRID.spacing_mm, origin_mm=(500, 0, 0))
    image = y90.ActivityMap(np.full(GRID.shape, 1e6), GRID)
    (row,) = y90.lesion_table(image, [box("T", 0, 4, away)], model=MODEL, lesions=["T"], **GLASS).rows
    assert row.response_reason == "there is no mean dose"


def test_the_table_hands_on_what_the_dose_says() -> None:
    values = np.full(GRID.shape, 2e6)
    values[0, 0, 0] = -1e3
    image = y90.Image(values=values, grid=GRID, unit="becquerel_per_ml", decay_correction_h=64.1)
    regions = [box("Liver", 2, 7)]
    how: dict[str, Any] = {"model": MODEL}
    dose = y90.absorbed_dose(image.activity_map(), density_g_per_ml=1.05)
    assert len(dose.warnings) == 2
    of_dose = y90.lesion_table(dose, regions)
    assert (of_dose.warnings, of_dose.provenance) == (dose.warnings, dose.provenance)
    # A bare map says that the time was taken as 0; a calibration knows it.
    of_map = y90.lesion_table(image.activity_map(), regions, **how)
    assert (of_map.warnings, of_map.provenance) == (dose.warnings, dose.provenance)
    assert any(one.startswith("no decay correction") for one in of_map.warnings)
    made = y90.absolute_calibration(image, administered_gbq=2.0, residual_fraction=0.01)
    of_calibration = y90.lesion_table(made, regions, **how)
    assert set(of_calibration.warnings) >= set(made.warnings)
    assert any("voxels" in one and "negative" in one for one in of_calibration.warnings)
    assert not any("no decay correction" in one for one in of_calibration.warnings)
    assert of_calibration["Liver"].mean_gy == pytest.approx(4 * GY_PER_MBQ)
    document = of_calibration.to_dict()
    settings = dict(document["provenance"]["settings"])
    assert (settings["image_decay_correction_h"], settings["administered_gbq"]) == ("64.1", "2")
    assert (settings["density_g_per_ml"], settings["residual_fraction"]) == ("1.05", "0.01")
    assert "wjh2015" in document["provenance"]["sources"]
    assert document["warnings"] == list(of_calibration.warnings)
    valid(document, "y90-lesions-1")
    assert "radionuclide of the image is not known" in of_calibration._repr_html_()
    twice = y90.LocalDeposition(density_g_per_ml=1.05, decay_correction_h=64.1)
    with pytest.raises(hd.errors.CalibrationError, match=r"by 64\.1 h once more"):
        y90.lesion_table(made, regions, model=twice)
    with pytest.raises(TypeError, match="and so does a calibration"):
        y90.lesion_table(made, regions)
    frame = y90.lesion_table(dose, [box("Small", 0, 1)]).to_pandas()
    assert "partial volume" in frame["warnings"][0]


def test_a_lung_dose_of_unknown_density_is_never_within_its_limit() -> None:
    image = y90.ActivityMap(np.full(GRID.shape, 1e5), GRID)
    lung, liver = box("Lung", 0, 2), box("Liver", 4, 8)
    density = y90.density_of_structures(GRID, [(lung, 0.3)], elsewhere_g_per_ml=1.05)
    cases = (
        (y90.absorbed_dose(image, density_g_per_ml=density), True, None),
        (y90.absorbed_dose(image, density_g_per_ml=1.05), None, "density of the other regions"),
        (hd.DoseGrid(np.full(GRID.shape, 5.0), GRID), None, "density the dose of the lung was made is not known"),
        (hd.DoseGrid(np.full(GRID.shape, 31.0), GRID), False, "density the dose of the lung was made is not known"),
    )
    for dose, within, said in cases:
        row = y90.lesion_table(dose, [lung, liver], lung="Lung")["Lung"]
        assert [one.within for one in row.limits] == [within]
        assert any("density" in one for one in row.warnings) == (said is not None)
        assert said is None or any(said in one for one in row.warnings)
    # Alone, but as dense as a liver.
    row = y90.lesion_table(image, [lung], model=MODEL, lung="Lung")["Lung"]
    assert [one.within for one in row.limits] == [None]


def test_an_image_of_one_radionuclide_is_not_held_against_another() -> None:
    how: dict[str, Any] = {"model": MODEL, "lesions": ["Tumour"]}
    shared: dict[str, Any] = {"administered_gbq": 1.0, "lung_shunt_fraction": 0.05, "residual_fraction": 0.01}
    for shown, allowed, refused in (("Tc-99m", "maa-spect", "y90-pet"), ("Y-90", "y90-pet", "maa-spect")):
        image = y90.Image(values=np.ones(GRID.shape), grid=GRID, unit="counts", radionuclide=shown)
        made = y90.relative_calibration(image, **shared, reference="whole_field")
        words: dict[str, Any] = {"device": "glass", "disease": "colorectal-metastases"}
        y90.lesion_table(made, [box("Tumour", 2, 6)], **how, **(words | {"dosimetry": allowed}))
        with pytest.raises(hd.errors.RadionuclideError, match=f"but the image is of {shown}; say "):
            y90.lesion_table(made, [box("Tumour", 2, 6)], **how, **(words | {"dosimetry": refused}))


def test_a_mean_below_zero_is_within_no_limit() -> None:
    hcc = {**GLASS, "disease": "hcc"}
    for limits, _ in (limits_of("lung", -0.5, None), limits_of("normal_liver", -0.5, hcc)):
        assert limits
        assert {one.within for one in limits} == {None}


def test_a_dose_made_with_another_density_is_doubted_in_its_stratum() -> None:
    """The published strata hold for doses at the density of soft tissue; a dose knows what it was made with."""
    dose = y90.absorbed_dose(y90.ActivityMap(np.full(GRID.shape, 1e6), GRID), density_g_per_ml=0.3)
    lesion = hd.Structure.from_mask("Lesion", np.ones(GRID.shape, dtype=bool), GRID)
    (row,) = y90.lesion_table(dose, [lesion], lesions=["Lesion"], **GLASS).rows
    assert row.response is not None
    assert any("density" in one for one in row.doubts)
