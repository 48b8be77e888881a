"""DVHs: closed forms, definitions, kinds, refusals, many at once, threads, pickling, JSON."""

import json
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import hepadose as hd
from shapes import box, ramp_dose
from test_golden import cases

# A box from x = 10 to 40 mm: its dose runs evenly from 10 to 40 Gy, its volume is 30 x 20 x 20 mm.
BOX = box("Box", (10, 0, 0), (40, 20, 20), number=4)
SAMPLES: dict[str, Any] = {"dose_gy": [5.0, 20.0, 40.0], "volume_cc": [700.0, 300.0, 200.0]}


@pytest.mark.parametrize("case", cases("critical_volume"))
def test_cold_and_hot_side(case: dict[str, Any]) -> None:
    dvh = hd.Dvh.from_samples(case["dose_gy"], case["volume_cc"], name="Liver")
    threshold, critical = case["threshold_gy"], case["critical_cc"]
    tolerance = case["golden_tolerance"]["abs"]
    assert dvh.volume_cc == pytest.approx(case["total_cc"], abs=tolerance)
    assert dvh[f"V{threshold:g}Gy[cc]"] == pytest.approx(case["v_cc"], abs=tolerance)
    cold = dvh[f"CV{threshold:g}Gy[cc]"]
    assert cold == pytest.approx(case["cv_cc"], abs=tolerance)
    assert (cold >= critical) is case["met"]
    for name, expected in (("DC", case["dc_gy"]), ("D", case["d_gy"])):
        text = f"{name}{critical:g}cc[Gy]"
        if expected is None:
            with pytest.raises(hd.errors.NotEvaluableError, match="asked of a structure of") as caught:
                dvh[text]
            assert caught.value.code == "structure_too_small"
            assert (caught.value.metric, caught.value.structure) == (text, "Liver")
        else:
            assert dvh[text] == pytest.approx(expected, abs=tolerance)


def test_a_ramp_by_its_closed_form() -> None:
    dvh = hd.dvh(ramp_dose(), BOX)
    assert (dvh.name, dvh.number, dvh.kind) == ("Box", 4, hd.DoseKind("physical"))
    assert dvh.volume_cc == pytest.approx(12.0, rel=1e-12)
    assert (dvh.covered_fraction, dvh.covered_cc) == (1.0, dvh.volume_cc)
    assert dvh.mean_gy == pytest.approx(25.0, abs=1e-3)
    assert (dvh.min_gy, dvh.max_gy) == pytest.approx((10.0, 40.0), abs=1e-6)
    for text, expected in (
        ("V25Gy[%]", 50.0),
        ("V2500cGy", 50.0),
        ("v34Gy[cc]", 2.4),
        ("CV16Gy[cc]", 2.4),
        ("D20%", 34.0),
        ("D20%[cGy]", 3400.0),
        ("DC2.4cc[Gy]", 16.0),
        ("Volume", 12.0),
    ):
        assert dvh[text] == pytest.approx(expected, rel=2e-4), text


def test_eqd2_is_converted_at_the_sample() -> None:
    # Mean of D (1 + D / (n ab)) / (1 + 2 / ab) over D evenly from 10 to 40: the integral, with n = 5, ab = 2.5.
    mean = (25 + (40**3 - 10**3) / (3 * 30) / 12.5) / 1.8
    eqd2 = hd.dvh(ramp_dose().eqd2(alpha_beta_gy=2.5), BOX)
    assert eqd2.kind == hd.DoseKind("eqd2", alpha_beta_gy=2.5)
    assert eqd2.mean_eqd2_gy == pytest.approx(mean, rel=1e-4)
    assert eqd2.max_eqd2_gy == pytest.approx(hd.eqd2_gy(40, fractions=5, alpha_beta_gy=2.5), rel=1e-9)
    bed = hd.dvh(ramp_dose().bed(alpha_beta_gy=2.5), BOX)
    assert bed.mean_bed_gy == pytest.approx(1.8 * mean, rel=1e-4)
    assert bed.min_bed_gy == pytest.approx(hd.bed_gy(10, fractions=5, alpha_beta_gy=2.5), rel=1e-9)
    assert bed.max_bed_gy > bed.mean_bed_gy > bed.min_bed_gy
    assert eqd2.max_eqd2_gy > eqd2.mean_eqd2_gy > eqd2.min_eqd2_gy


def test_a_constant_dose_is_exact() -> None:
    grid = hd.Grid(shape=(20, 20, 20), spacing_mm=(3, 3, 3), origin_mm=(-10.3, -9.1, -7.7))
    for dtype in (np.float32, np.float64):
        dose = hd.DoseGrid(np.full(grid.shape, 15, dtype), grid, fractions=3)
        dvh = hd.dvh(dose, box("Liver", (0, 0, 0), (21, 33, 17)))
        assert dvh["V15Gy[%]"] == 100.0
        assert dvh["V15Gy[cc]"] == dvh.volume_cc
        assert dvh["CV15Gy[cc]"] == 0.0
        assert (dvh.min_gy, dvh.mean_gy, dvh.max_gy) == (15.0, 15.0, 15.0)


def test_statistics_under_the_name_of_another_kind() -> None:
    of = {
        "gy": hd.Dvh.from_samples(**SAMPLES),
        "bed_gy": hd.Dvh.from_samples(**SAMPLES, kind=hd.DoseKind("bed", alpha_beta_gy=10)),
        "eqd2_gy": hd.Dvh.from_samples(**SAMPLES, kind=hd.DoseKind("eqd2", alpha_beta_gy=3)),
    }
    for right, dvh in of.items():
        for stem, value in (("min", 5.0), ("mean", 17500 / 1200), ("max", 40.0)):
            assert getattr(dvh, f"{stem}_{right}") == pytest.approx(value, rel=1e-15)
            for wrong in of.keys() - {right}:
                with pytest.raises(hd.errors.WrongKindError, match=f"use '{stem}_{right}'") as caught:
                    getattr(dvh, f"{stem}_{wrong}")
                assert caught.value.use_instead == f"{stem}_{right}"


def test_arrays_in_arrays_out() -> None:
    dvh = hd.Dvh.from_samples(**SAMPLES)
    volumes = dvh.volume_at_dose_cc(np.array([[0, 5], [5.1, 40], [20, 50]]))
    assert volumes.tolist() == [[1200, 1200], [500, 200], [500, 0]]
    assert type(dvh.volume_at_dose_cc(20)) is float
    assert dvh.dose_at_volume_gy([200, 200.5, 1200]).tolist() == [40, 20, 5]
    assert dvh.dose_at_volume_gy(500.0) == 20.0
    with pytest.raises(hd.errors.NotEvaluableError, match="1201 cc asked"):
        dvh.dose_at_volume_gy(np.array([1.0, 1201]))
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(hd.errors.NonPhysicalError, match="volume in cc must be"):
            dvh.dose_at_volume_gy(bad)
    for bad in (-1.0, np.nan):
        with pytest.raises(hd.errors.NonPhysicalError, match="dose in Gy must be"):
            dvh.volume_at_dose_cc([1.0, bad])


def test_the_curve() -> None:
    curve = hd.Dvh.from_samples(**SAMPLES).curve()
    assert curve.dose_gy.tolist() == [5, 20, 40]
    assert curve.volume_cc.tolist() == [1200, 500, 200]
    frame = hd.Dvh.from_samples(**SAMPLES).to_pandas()
    assert frame.to_dict("list") == {"dose_gy": [5, 20, 40], "volume_cc": [1200, 500, 200]}


def test_per_cent_of_a_prescription() -> None:
    dvh = hd.Dvh.from_samples(**SAMPLES, prescription_gy=40)
    assert dvh["V50%[cc]"] == 500.0
    assert dvh["D100%[%]"] == 12.5
    assert dvh.prescription_gy == 40
    without = dvh.with_prescription(None)
    metric = without.metric("v50%")
    assert (metric.name, metric.value, metric.code) == ("V50%[%]", None, "no_prescription")
    assert metric.reason is not None
    assert "prescription_gy=" in metric.reason
    with pytest.raises(hd.errors.NonPhysicalError, match="prescription in Gy"):
        dvh.with_prescription(0.0)


def test_metrics_say_what_they_are() -> None:
    metric = hd.Dvh.from_samples(**SAMPLES, name="Liver").metric("cv15gy[cc]")
    assert (metric.name, metric.structure, metric.value, metric.unit) == ("CV15Gy[cc]", "Liver", 700.0, "cc")
    assert metric.kind == hd.DoseKind("physical")
    assert (metric.reason, metric.code, metric.bounds, metric.uncertainty) == (None, None, None, 0.0)
    assert str(metric) == "CV15Gy[cc] of Liver: 700 cc"
    assert pickle.loads(pickle.dumps(metric)) == metric  # noqa: S301
    with pytest.raises(
        hd.errors.MetricSyntaxError, match="'D95' is not a DVH metric: the volume needs a unit"
    ) as caught:
        hd.Dvh.from_samples(**SAMPLES)["D95"]
    assert caught.value.text == "D95"
    assert isinstance(caught.value, ValueError)


def test_outside_the_grid() -> None:
    half_out = box("Half", (30, 0, 0), (71, 20, 20))
    dvh = hd.dvh(ramp_dose(), half_out)
    # The grid ends with its last voxel, at 51 mm.
    assert dvh.covered_fraction == pytest.approx(21 / 41, rel=1e-6)
    with pytest.raises(hd.errors.NotEvaluableError, match=r"covers 51\.22 % of the structure") as caught:
        _ = dvh.mean_gy
    assert caught.value.code == "not_covered"
    metric = dvh.metric("CV40Gy[cc]")
    assert metric.value is None
    assert metric.bounds == pytest.approx((4.0, 12.0), rel=1e-3)
    assert dvh.covered.volume_cc == dvh.covered_cc
    assert dvh.covered["CV40Gy[cc]"] == pytest.approx(4.0, rel=1e-3)
    assert hd.dvh(ramp_dose(), half_out, min_covered=0.5)["Min"] == pytest.approx(30.0)
    outside = hd.dvh(ramp_dose(), box("Far", (200, 0, 0), (210, 9, 9)))
    assert outside.covered_fraction == 0
    assert outside["Volume"] == pytest.approx(0.81)
    assert outside.metric("Max").code == "not_covered"


def test_what_has_no_value_says_why() -> None:
    empty = hd.dvh(ramp_dose(), hd.Structure.from_contours("Points", []))
    assert empty.volume_cc == 0
    assert empty.metric("Mean").code == "no_volume"
    assert "not evaluable" in repr(empty)
    session = hd.dvh(ramp_dose(scope="session"), BOX)
    assert session.metric("Mean").code == "scope"
    assert session["Volume"] == pytest.approx(12.0)
    unstated = hd.dvh(ramp_dose(kind="unstated"), BOX)
    assert unstated.metric("Mean").code == "kind_unstated"


def test_refusals() -> None:
    with pytest.raises(hd.errors.FrameOfReferenceError, match="different frames of reference"):
        hd.dvh(ramp_dose(frame_of_reference="1.2"), box("B", (0, 0, 0), (9, 9, 9), frame_of_reference="1.3"))
    with pytest.raises(hd.errors.NonPhysicalError, match="min_covered must be between 0 and 1"):
        hd.dvh(ramp_dose(), BOX, min_covered=1.5)
    with pytest.raises(ValueError, match="end_caps"):
        hd.dvh(ramp_dose(), BOX, end_caps="soft")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="between_planes must be prism or shape"):
        hd.dvh(ramp_dose(), BOX, between_planes="soft")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no preset 'xio'; there are eclipse"):
        hd.dvh(ramp_dose(), BOX, preset="xio")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="which it sets"):
        hd.dvh(ramp_dose(), BOX, preset="mim", end_caps="none")
    with pytest.raises(hd.errors.DvhError, match="one volume for each dose"):
        hd.Dvh.from_samples([1.0], [1.0, 2.0])
    with pytest.raises(hd.errors.NonPhysicalError, match="sample dose"):
        hd.Dvh.from_samples([np.nan], [1.0])


def test_presets() -> None:
    presets = hd.presets()
    assert list(presets) == ["eclipse", "raystation", "mim", "mobius", "proknow", "pinnacle", "elements"]
    for name, preset in presets.items():
        assert preset.name == name
        assert preset.references
        assert preset.not_emulated
        # No vendor's document was read.
        assert preset.evidence in {"transcription_1", "recalled"}
        found = hd.dvh(ramp_dose(), BOX, preset=name)  # type: ignore[arg-type]
        settings = found.settings
        assert settings["preset"] == name
        expected = (preset.between_planes, preset.end_caps, preset.max_cap_mm)
        assert (settings["between_planes"], settings["end_caps"], settings["max_cap_mm"]) == expected
        assert ["preset", name] in found.to_dict()["provenance"]["settings"]
    plain = hd.dvh(ramp_dose(), BOX)
    assert plain.settings["preset"] is None
    assert plain.settings["between_planes"] == "prism"
    mobius = hd.dvh(ramp_dose(), BOX, preset="mobius")
    assert np.diff(mobius.curve().dose_gy) == pytest.approx(0.1)
    # Volumes at the edges of bins are exact.
    edges = mobius.curve().dose_gy[1:-1]
    assert mobius.volume_at_dose_cc(edges) == pytest.approx(plain.volume_at_dose_cc(edges))
    assert len(hd.dvh(ramp_dose(), BOX, preset="raystation").curve().dose_gy) == 401


def test_many_at_once_in_order() -> None:
    structures = [box(name, (10 + i, 0, 0), (20 + i, 9, 9), number=i) for i, name in enumerate("ABAC")]
    found = hd.dvhs(ramp_dose(), structures, prescription_gy={1: 20.0})
    assert [dvh.name for dvh in found.values()] == ["A", "B", "A", "C"]
    assert list(found) == ["A", "B", "C"]
    assert found["C"] == hd.dvh(ramp_dose(), structures[3])
    assert found["B"].prescription_gy == 20
    with pytest.raises(hd.errors.UnknownNameError, match="2 are named 'A'; use by_number") as caught:
        found["A"]
    assert caught.value.numbers == (0, 2)
    assert isinstance(caught.value, KeyError)
    assert found.by_number[2].mean_gy == pytest.approx(17.0, abs=1e-3)
    with pytest.raises(KeyError, match="nothing is named 'Z'; there are 'A', 'B', 'C'"):
        found["Z"]
    assert hd.dvhs(ramp_dose(), hd.Structures(structures)) == hd.dvhs(ramp_dose(), structures)
    assert hd.dvhs(ramp_dose(), []).all == ()


def test_same_bits_on_any_number_of_threads() -> None:
    sphere = np.linalg.norm(np.indices((31, 31, 31)) - 15.2, axis=0) < 11.3
    dose = ramp_dose(fractions=3).eqd2(alpha_beta_gy=2.5)
    structures = [hd.Structure.from_mask("S", sphere, dose.grid), BOX, BOX - box("B", (20, 5, 5), (30, 9, 9))]
    results = []
    for threads in (1, 2, 7):
        hd.set_num_threads(threads)
        results.append(pickle.dumps([dvh.curve() for dvh in hd.dvhs(dose, structures).values()]))
    hd.set_num_threads(None)
    assert len(set(results)) == 1


def test_equality_and_pickle() -> None:
    every = [
        hd.Dvh.from_samples(**SAMPLES),
        hd.Dvh.from_samples(**SAMPLES, prescription_gy=30),
        hd.dvh(ramp_dose(), BOX),
        hd.dvh(ramp_dose().bed(alpha_beta_gy=3), BOX, end_caps="none", min_covered=0.9),
        hd.dvh(ramp_dose(), BOX, between_planes="shape", end_caps="rounded", max_cap_mm=0.4),
        hd.dvh(ramp_dose(), BOX, preset="proknow"),
        hd.dvh(ramp_dose(), BOX, preset="raystation"),
        hd.dvh(ramp_dose(), box("Half", (30, 0, 0), (71, 20, 20))),
        hd.dvh(ramp_dose(), hd.Structure.from_contours("E", [])),
    ]
    for index, dvh in enumerate(every):
        again = pickle.loads(pickle.dumps(dvh))  # noqa: S301
        assert again == dvh
        assert again.settings == dvh.settings
        assert again.metric("D50%") == dvh.metric("D50%")
        assert all(dvh != other for other in every[index + 1 :])


def test_json_has_no_nan_and_gives_reasons(tmp_path: Any) -> None:
    dvh = hd.dvh(ramp_dose(), box("Half", (30, 0, 0), (71, 20, 20), number=2))
    text = dvh.to_json(tmp_path / "dvh.json", metrics=["V20Gy[cc]", "V95%"])
    content = json.loads(text)
    assert json.loads((tmp_path / "dvh.json").read_text()) == content == dvh.to_dict(metrics=["V20Gy[cc]", "V95%"])
    assert content["schema"] == "hepadose/dvh/1"
    assert content["version"] == hd.__version__
    assert ["end_caps", "half_slice"] in content["provenance"]["settings"]
    metrics = {metric["name"]: metric for metric in content["metrics"]}
    assert list(metrics) == ["Min[Gy]", "Mean[Gy]", "Max[Gy]", "V20Gy[cc]", "V95%[%]"]
    assert metrics["Mean[Gy]"]["value"] is None
    assert "covers" in metrics["Mean[Gy]"]["reason"]
    assert metrics["Mean[Gy]"]["covered_value"] == pytest.approx(dvh.covered.mean_gy)
    assert metrics["V95%[%]"]["code"] == "no_prescription"
    assert "curve" not in dvh.to_dict(curve=False)


def test_a_missing_extra_is_named() -> None:
    code = """
import sys
sys.modules["pandas"] = None
import hepadose as hd
try:
    hd.Dvh.from_samples([1.0], [1.0]).to_pandas()
except hd.errors.MissingExtraError as error:
    print(error.extra, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("frame ")
    assert 'pip install "hepadose[frame]"' in done.stdout


def test_parts_of_one_plan_add_up() -> None:
    grid = hd.Grid(shape=(20, 24, 24), spacing_mm=(3.0, 3.0, 3.0), origin_mm=(-34.5, -34.5, -28.5))
    z, y, x = np.ogrid[-28.5:29:3, -34.5:35:3, -34.5:35:3]
    dose = hd.DoseGrid(40 * np.exp(-(x**2 + y**2 + z**2) / 900), grid, fractions=5)

    def disc(name: str, centre: float, radius: float) -> hd.Structure:
        turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        rings = [[(centre + radius * np.cos(a), radius * np.sin(a), h) for a in turn] for h in range(-12, 13, 3)]
        return hd.Structure.from_contours(name, rings)

    liver, tumour = disc("Liver", 0, 25), disc("GTV", 8, 9)
    part, rest, whole = (hd.dvh(dose, one, plan=liver) for one in (liver & tumour, liver - tumour, liver))
    both = part + rest
    levels = [f"V{level}Gy[cc]" for level in range(1, 40)]
    summed = np.array([part[level] + rest[level] for level in levels])
    assert np.abs(summed - [whole[level] for level in levels]).max() <= 1e-9 * whole.volume_cc
    assert both["Mean[Gy]"] == (rest + part)["Mean[Gy]"]
    assert [both[level] for level in levels] == [(rest + part)[level] for level in levels]
    assert both["Mean[Gy]"] == pytest.approx(hd.dvh(dose, liver)["Mean[Gy]"], rel=1e-5)
    with pytest.raises(hd.errors.DvhError, match="only DVHs that were sampled on one plan"):
        part + hd.dvh(dose, liver - tumour)
    with pytest.raises(hd.errors.DvhError, match="overlap"):
        part + whole
    with pytest.raises(hd.errors.DvhError, match="lie outside"):
        hd.dvh(dose, liver, plan=tumour)
    with pytest.raises(hd.errors.DvhError, match="weights and a plan"):
        hd.dvh(dose, tumour, plan=liver, weights=(np.ones(grid.shape), grid))
    with pytest.raises(TypeError):
        part + 1  # type: ignore[operator]
