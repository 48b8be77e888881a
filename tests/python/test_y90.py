"""Yttrium-90: published values, local deposition by hand, lesions, refusals."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hepadose as hd
from hepadose import y90

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
GRID = hd.Grid(shape=(2, 2, 3), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
GLASS: dict[str, Any] = {"device": "glass", "disease": "colorectal-metastases", "dosimetry": "y90-pet"}
MODEL = y90.LocalDeposition(density_g_per_ml=1.05, decay_correction_h=0.0)


def golden(name: str) -> dict[str, Any]:
    """Read golden values."""
    content: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return content


def test_strata_of_alsultan_2021() -> None:
    values = golden("y90_thresholds")
    for case in values["cases"]:
        found = y90.response(case["dose_gy"], **values["setting"], prevalence=case.get("prevalence"))
        assert found.stratum == case["stratum"]
        assert found.likelihood_ratio == pytest.approx(case["likelihood_ratio"], abs=values["tolerance"]["abs"])
        if "probability" in case:
            assert found.probability == pytest.approx(case["probability"], abs=values["tolerance"]["abs"])
        else:
            assert found.probability is None


def test_bed_of_cremonesi_2008() -> None:
    values = golden("y90_bed")
    for case in values["cases"]:
        parameters = values["parameters"][case["tissue"]]
        how = {name: parameters[name] for name in ("alpha_beta_gy", "repair_half_life_h")}
        how["physical_half_life_h"] = case["physical_half_life_h"]
        tolerance = values["tolerance"]["abs"]
        assert y90.bed_gy(case["dose_gy"], **how) == pytest.approx(case["bed_gy"], abs=tolerance)
        array = y90.bed_gy(np.full((2, 2), case["dose_gy"], np.float32), **how)
        assert array.dtype == np.float32
        assert array == pytest.approx(np.full((2, 2), case["bed_gy"]), abs=tolerance)


def test_bed_needs_its_parameters() -> None:
    with pytest.raises(TypeError, match="repair_half_life_h"):
        y90.bed_gy(40.0, alpha_beta_gy=2.5)  # type: ignore[call-overload]
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.bed_gy(-1.0, alpha_beta_gy=2.5, repair_half_life_h=2.5)
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.bed_gy(np.array([1.0, np.nan]), alpha_beta_gy=2.5, repair_half_life_h=2.5)
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.bed_gy(40.0, alpha_beta_gy=2.5, repair_half_life_h=0)
    default = y90.bed_gy(40.0, alpha_beta_gy=2.5, repair_half_life_h=2.5)
    stated = y90.constants()["half_life_h"].value
    assert default == y90.bed_gy(40.0, alpha_beta_gy=2.5, repair_half_life_h=2.5, physical_half_life_h=stated)


@pytest.mark.parametrize(
    "change",
    [{"device": "resin"}, {"disease": "hcc"}, {"dosimetry": "maa-spect"}, {"dosimetry": "bremsstrahlung-spect"}],
)
def test_thresholds_are_not_carried_over(change: dict[str, str]) -> None:
    with pytest.raises(hd.errors.NoThresholdsError, match="no response threshold for") as caught:
        y90.response(150.0, **(GLASS | change))
    for name, word in (GLASS | change).items():
        assert getattr(caught.value, name) == word
    with pytest.raises(hd.errors.NoThresholdsError):
        y90.lesion_responses([], **(GLASS | change))


def test_device_disease_and_dosimetry_are_required() -> None:
    for name in GLASS:
        with pytest.raises(TypeError, match=name):
            y90.response(150.0, **{key: word for key, word in GLASS.items() if key != name})
    with pytest.raises(hd.errors.UnknownWordError, match="'plastic' is no device; say one of glass, resin") as caught:
        y90.response(150.0, **(GLASS | {"device": "plastic"}))
    assert (caught.value.what, caught.value.got) == ("device", "plastic")
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.response(-1.0, **GLASS)
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.response(150.0, **GLASS, prevalence=1.5)


def test_local_deposition_by_hand() -> None:
    activity = np.array([[[1e6, 2e6, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, -1e5]]], np.float32)
    image = y90.ActivityMap(activity, GRID)
    dose = y90.absorbed_dose(image, density_g_per_ml=1.05, decay_correction_h=0)
    # 49.8 Gy kg/GBq, 1 MBq/mL in 1.05 g/mL.
    assert dose.values_gy[0, 0, 0] == pytest.approx(49.80 / 1.05, rel=1e-4)
    assert dose.values_gy.dtype == np.float32
    assert dose.values_gy[1, 1, 2] == 0
    assert dose.kind == hd.DoseKind("physical")
    assert dose.fractions is None
    assert any("negative" in warning for warning in dose.warnings)
    assert dose.provenance is not None
    settings = dict(dose.provenance["settings"])
    assert settings["density_g_per_ml"] == "1.05"
    assert pickle.loads(pickle.dumps(dose)).provenance == dose.provenance  # noqa: S301
    later = y90.absorbed_dose(image, density_g_per_ml=1.05, decay_correction_h=64.1, half_life_h=64.1)
    assert later.values_gy[0, 0, 0] == pytest.approx(2 * dose.values_gy[0, 0, 0], rel=1e-6)
    other = y90.absorbed_dose(image, density_g_per_ml=1.0, decay_correction_h=0, dose_constant_gy_kg_per_gbq=50.0)
    assert other.values_gy[0, 0, 1] == pytest.approx(100.0)
    with pytest.raises(TypeError, match="density_g_per_ml"):
        y90.absorbed_dose(image, decay_correction_h=0)  # type: ignore[call-arg]
    with pytest.raises(hd.errors.NonPhysicalError):
        y90.absorbed_dose(image, density_g_per_ml=0, decay_correction_h=0)
    with pytest.raises(ValueError, match="local_deposition"):
        y90.absorbed_dose(image, density_g_per_ml=1, decay_correction_h=0, method="monte_carlo")  # type: ignore[arg-type]


def test_activity_maps() -> None:
    image = y90.ActivityMap(np.ones(GRID.shape), GRID, frame_of_reference="1.2")
    assert image.grid == GRID
    assert not image.bq_per_ml.flags.writeable
    assert pickle.loads(pickle.dumps(image)) == image  # noqa: S301
    assert image != y90.ActivityMap(np.ones(GRID.shape), GRID)
    assert "Bq/mL" in repr(image)
    with pytest.raises(hd.errors.ImageError, match="NaN or infinite"):
        y90.ActivityMap(np.full(GRID.shape, np.nan), GRID)
    with pytest.raises(hd.errors.ImageError, match="negative activity outweighs"):
        y90.ActivityMap(np.full(GRID.shape, -1.0), GRID)
    with pytest.raises(hd.errors.ShapeError):
        y90.ActivityMap(np.ones((3, 2, 2)), GRID)


def test_lesions_of_activity_and_of_dose() -> None:
    activity = np.array([[[3e6, 4e6, 0], [0, 0, 0]], [[1e6, 0, 0], [0, 0, -1e5]]])
    labels = np.array([[[1, 1, 0], [0, 0, 0]], [[7, 7, 0], [0, 0, 0]]], np.uint8)
    image = y90.ActivityMap(activity, GRID)
    first, second = y90.lesion_doses(image, labels, GRID, model=MODEL)
    assert (first.label, first.voxels) == (1, 2)
    assert first.volume_cc == pytest.approx(2.0)
    assert first.mean_gy == pytest.approx(3.5 * 49.80 / 1.05, rel=1e-4)
    assert (second.label, second.zero_voxels) == (7, 1)
    dose = y90.absorbed_dose(image, density_g_per_ml=1.05, decay_correction_h=0)
    assert [one.mean_gy for one in y90.lesion_doses(dose, labels, GRID)] == pytest.approx(
        [first.mean_gy, second.mean_gy]
    )
    responses = y90.lesion_responses((first, second), **GLASS, prevalence=0.5)
    assert [one.response.stratum for one in responses if one.response] == ["> 139 to <= 189 Gy", "<= 139 Gy"]
    with pytest.raises(TypeError, match="model="):
        y90.lesion_doses(image, labels, GRID)
    with pytest.raises(TypeError, match="is a dose already"):
        y90.lesion_doses(dose, labels, GRID, model=MODEL)
    with pytest.raises(TypeError, match="whole numbers"):
        y90.lesion_doses(dose, labels.astype(float), GRID)
    with pytest.raises(ValueError, match="between 0"):
        y90.lesion_doses(dose, labels.astype(np.int16) - 1, GRID)
    with pytest.raises(hd.errors.ImageError, match="holds only 0"):
        y90.lesion_doses(dose, np.zeros_like(labels), GRID)
    with pytest.raises(hd.errors.ShapeError):
        y90.lesion_doses(dose, labels[:1], GRID)


def test_a_lesion_beyond_the_image() -> None:
    larger = hd.Grid(shape=(2, 2, 6), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    labels = np.zeros(larger.shape, np.int64)
    labels[0, 0, :] = 1
    (lesion,) = y90.lesion_doses(y90.ActivityMap(np.full(GRID.shape, 1e6), GRID), labels, larger, model=MODEL)
    assert lesion.mean_gy is None
    assert "covers 50.00 %" in (lesion.reason or "")
    assert lesion.covered_mean_gy == pytest.approx(49.80 / 1.05, rel=1e-4)
    (found,) = y90.lesion_responses([lesion], **GLASS)
    assert found.response is None


def test_constants_and_thresholds_are_cited() -> None:
    for cited in y90.constants().values():
        assert cited.reference.text
        assert cited.evidence in {"primary", "transcriptions_2plus", "transcription_1", "recalled"}
    only = y90.thresholds()[0]
    assert [(one.operator, one.dose_gy) for one in only.cut_offs] == [(">", 139.0), (">", 189.0)]
    assert only.reference.key == "alsultan2021"
    assert only.caveats
    assert only.context
    every = y90.thresholds()
    assert len({one.id for one in every}) == len(every)
    assert {one.device for one in y90.thresholds(device="resin")} == {"resin"}
    glass = y90.thresholds(device="glass", disease="colorectal-metastases")
    assert [one.id for one in glass] == ["alsultan2021-glass-mcrc", "eanm2022-glass-mcrc"]
    # EANM 2022, Table 2: tumour at least 189 Gy; normal liver below 75 Gy, 50 or 90 by bilirubin.
    asked = [(one.region, one.operator, one.dose_gy) for one in glass[1].recommendations]
    assert ("tumour", ">=", 189.0) in asked
    assert [dose for region, _, dose in asked if region == "whole normal liver"] == [75.0, 50.0, 90.0]
    for found in every:
        assert found.recommendations or found.cut_offs
        assert found.reference.text != found.reference.key
    assert {one.alpha_beta_gy.value for one in y90.bed_parameters()} >= {2.5, 10.0}
    for one in y90.bed_parameters():
        assert one.repair_half_life_h.unit == "h"


def test_sums_with_external_beam() -> None:
    # y90.md section 5 (after Abbott 2020): 12 Gy in 3 fractions and 40 Gy of yttrium-90: BED 95.19, EQD2 52.88 Gy.
    dose = hd.DoseGrid(np.full(GRID.shape, 40.0), GRID)
    how: dict[str, Any] = {"alpha_beta_gy": 2.5, "repair_half_life_h": 2.5, "physical_half_life_h": 64.2}
    coarse = hd.Grid(shape=(2, 2, 2), spacing_mm=(30, 30, 30), origin_mm=(-10, -10, -10))
    spheres = hd.models.Decay(repair_half_life_h=2.5, effective_half_life_h=64.2)
    sirt = hd.Course(name="SIRT", dose=dose, timing=spheres)
    beam = hd.Course(name="SBRT", dose=hd.DoseGrid(np.full(coarse.shape, 12.0), coarse, fractions=3))
    total = hd.accumulate_bed([sirt, beam], alpha_beta_gy=2.5, reference=GRID)
    assert total.bed.values_bed_gy == pytest.approx(np.full(GRID.shape, 95.19), abs=0.005)
    assert total.eqd2.values_eqd2_gy == pytest.approx(np.full(GRID.shape, 52.88), abs=0.005)
    # One BED of a falling dose rate: that of numbers, of grids, and of courses.
    own = y90.bed(dose, **how)
    assert own.values_bed_gy == pytest.approx(total.contributions["SIRT"].values_bed_gy, rel=1e-15)
    assert own.values_bed_gy == pytest.approx(np.full(GRID.shape, y90.bed_gy(40.0, **how)), rel=1e-15)
    assert own.models == total.contributions["SIRT"].models
    by_name = y90.bed(dose, **(how | {"physical_half_life_h": "cremonesi2008"}))
    assert np.array_equal(by_name.values_bed_gy, own.values_bed_gy)
    with pytest.raises(hd.errors.KindMismatchError):
        _ = own + y90.bed(dose, **(how | {"alpha_beta_gy": 10}))
    with pytest.raises(hd.errors.NotPhysicalDoseError):
        y90.bed(own, **how)
    with pytest.raises(hd.errors.ConversionError, match="given in 5 fractions"):
        y90.bed(hd.DoseGrid(np.full(GRID.shape, 50.0), GRID, fractions=5), **how)


def test_mean_bed_is_at_least_the_bed_of_the_mean() -> None:
    values = np.random.default_rng(0).uniform(0, 100, GRID.shape)
    bed = y90.bed(hd.DoseGrid(values, GRID), alpha_beta_gy=2.5, repair_half_life_h=2.5)
    whole = hd.Structure.from_mask("Liver", np.ones(GRID.shape, bool), GRID)
    mean = hd.dvh(hd.DoseGrid(values, GRID), whole).mean_gy
    assert hd.dvh(bed, whole).mean_bed_gy > y90.bed_gy(mean, alpha_beta_gy=2.5, repair_half_life_h=2.5)


# y90.md section 5, EANM 2022 as read there: Table 2 for glass, Table 3 for resin (after Levillain 2021).
EANM: dict[str, set[tuple[str, str, str, float]]] = {
    "eanm2022-glass-hcc": {
        ("segmentectomy", "perfused volume", ">", 400),
        ("lobectomy", "perfused volume", ">=", 140),
        ("lobectomy", "perfused normal liver", ">=", 88),
        ("lobectomy", "whole normal liver", "<", 75),
        ("unilobar", "perfused normal liver", "<", 120),
        ("bilobar", "whole normal liver", "<", 50),
        ("bilobar", "whole normal liver", "<", 90),
        ("all", "tumour", ">=", 205),
    },
    "eanm2022-glass-icc": {("segmentectomy", "perfused volume", ">", 400), ("all", "tumour", ">=", 260)},
    "eanm2022-glass-mcrc": {("segmentectomy", "perfused volume", ">", 400), ("all", "tumour", ">=", 189)},
    "eanm2022-resin-hcc": {
        ("segmentectomy", "perfused volume", ">", 150),
        ("lobectomy", "perfused normal liver", ">", 70),
        ("unilobar", "normal liver", "<", 40),
        ("bilobar", "normal liver", "<", 30),
        ("bilobar", "normal liver", "<", 40),
    },
    "eanm2022-resin-icc": {("segmentectomy", "perfused volume", ">", 150), ("unilobar", "normal liver", "<", 40)},
    "eanm2022-resin-mcrc": {("segmentectomy", "perfused volume", ">", 150), ("unilobar", "normal liver", "<", 40)},
}


@pytest.mark.parametrize("name", EANM)
def test_tables_of_eanm_2022(name: str) -> None:
    (found,) = [one for one in y90.thresholds() if one.id == name]
    rows = {(one.scenario, one.region, one.operator, one.dose_gy) for one in found.recommendations}
    assert rows >= EANM[name]
    assert found.reference.key == "eanm2022"


def test_numbers_of_lesions_where_they_are_known() -> None:
    sets = {one.id: one for one in y90.thresholds()}
    counts = {name: (one.patients, one.lesions) for name, one in sets.items() if one.lesions is not None}
    # y90.md section 6: Levillain 2018 24 patients and 57 lesions, Willowson 2017 22 and 63, Dewaraja 2020 28 and 89.
    assert counts == {
        "dewaraja2020-glass-mixed": (28, 89),
        "levillain2018-resin-mcrc-39": (24, 57),
        "levillain2018-resin-mcrc-60": (24, 57),
        "willowson2017-resin-mcrc": (22, 63),
    }
    limits = [(one.operator, one.dose_gy) for one in sets["chiesa2015-glass-hcc"].recommendations]
    assert limits == [("<=", 50.0), ("<=", 90.0)]
