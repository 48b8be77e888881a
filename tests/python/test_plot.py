"""Every plot: what stands on its axes, and that it looks as it did when a person looked at it.

``HEPADOSE_WRITE_IMAGES=1`` writes the images anew; look at them before they are committed.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import image as mpimg, pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from numpy.typing import NDArray

import hepadose as hd
import hostile
from ct_series import case_with_ct
from hepadose import _core, plot
from overlaps import overlapping

IMAGES = Path(__file__).parent / "images"
NAMES = ("Liver", "PTV_1", "Stomach", "Kidney_R")


@pytest.fixture(autouse=True)
def clean_figures() -> Iterator[None]:
    mpl.use("agg")
    with mpl.rc_context({"font.family": "DejaVu Sans", "figure.dpi": 50}):
        yield
    plt.close("all")


@pytest.fixture(scope="module")
def case(demo_folder: Path) -> hd.Case:
    return hd.read_case(demo_folder)


@pytest.fixture(scope="module")
def dose(case: hd.Case) -> hd.DoseGrid:
    assert case.dose is not None
    return case.dose


@pytest.fixture(scope="module")
def structures(case: hd.Case) -> list[hd.Structure]:
    liver = case.structures["Liver"]
    for name in ("GTV_1", "GTV_2", "GTV_3"):
        liver -= case.structures[name]
    return [*(case.structures[name] for name in NAMES), liver.renamed("Liver-GTV_1-GTV_2-GTV_3")]


@pytest.fixture(scope="module")
def physical(dose: hd.DoseGrid, structures: list[hd.Structure]) -> hd.ByName[hd.Dvh]:
    return hd.dvhs(dose, structures)


@pytest.fixture(scope="module")
def report(case: hd.Case) -> hd.Report:
    return hd.check(case, "liver-sbrt-5fx")


@pytest.fixture(scope="module")
def lesions(demo_folder: Path) -> hd.y90.LesionResponses:
    activity, (labels, grid, _) = _core.read_demo_activity(demo_folder)
    doses = hd.y90.lesion_doses(activity, labels, grid, model=hd.y90.LocalDeposition(density_g_per_ml=1.05))
    return hd.y90.lesion_responses(doses, device="glass", disease="colorectal-metastases", dosimetry="y90-pet")


def looks_as_before(figure: object, name: str) -> None:
    """Compare blocks of 5 by 5 pixels: fonts of another release may differ, what is drawn may not."""
    assert isinstance(figure, Figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=50)
    path = IMAGES / f"{name}.png"
    if os.environ.get("HEPADOSE_WRITE_IMAGES") == "1":
        path.write_bytes(buffer.getvalue())
    buffer.seek(0)
    new, old = blocks(mpimg.imread(buffer)), blocks(mpimg.imread(path))
    assert new.shape == old.shape
    difference = np.abs(new - old)
    assert difference.mean() < 0.01, f"{name} looks otherwise: {difference.mean():.3f} on average"
    assert (difference > 0.3).mean() < 0.01, f"{name} looks otherwise in {(difference > 0.3).mean():.1%} of its blocks"


def blocks(pixels: NDArray[Any]) -> NDArray[Any]:
    height, width = pixels.shape[0] // 5 * 5, pixels.shape[1] // 5 * 5
    return np.asarray(pixels[:height, :width, :3].reshape(height // 5, 5, width // 5, 5, 3).mean(axis=(1, 3)))


def ends(line: Line2D) -> tuple[float, float]:
    """Give the first point of a line."""
    x, y = (np.asarray(one, dtype=float) for one in line.get_data())
    return float(x[0]), float(y[0])


def legend(ax: Axes) -> list[str]:
    shown = ax.get_legend()
    assert shown is not None
    return [text.get_text() for text in shown.get_texts()]


def test_the_comparison_sees_a_change(physical: hd.ByName[hd.Dvh], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEPADOSE_WRITE_IMAGES", raising=False)
    ax = plot.dvh(physical, plt.subplots(layout="constrained")[1])
    ax.set_xlim(0, 100)
    with pytest.raises(AssertionError, match="looks otherwise"):
        looks_as_before(ax.figure, "dvh_of_others")


def test_dvh(physical: hd.ByName[hd.Dvh], case: hd.Case, report: hd.Report, structures: list[hd.Structure]) -> None:
    ax = plt.subplots(layout="constrained")[1]
    assert plot.dvh(physical, ax, structures=case.structures, goals=report) is ax
    assert ax.get_xlabel() == "Dose in Gy (physical dose)" and ax.get_ylabel() == "Volume in %"
    assert legend(ax) == [one.name for one in structures]
    assert ax.lines[0].get_color() == tuple(part / 255 for part in (165, 90, 42))
    dose, percent = ax.lines[0].get_data()
    liver = physical["Liver"]
    at = np.interp(20.0, np.asarray(dose, dtype=float), np.asarray(percent, dtype=float))
    assert at == pytest.approx(liver["V20Gy[%]"], abs=0.01)
    (bar,) = [line for line in ax.lines if line.get_marker() == "_"]
    assert ends(bar)[0] == 15.0
    whole = physical["Liver-GTV_1-GTV_2-GTV_3"].volume_cc
    assert ends(bar)[1] == pytest.approx(100 * (whole - 700) / whole)
    texts = [one.get_text() for one in ax.texts]
    assert "CV15Gy[cc] >= 700: 1132.8 cc, met by 433 cc" in texts
    (arrow,) = [one for one in ax.texts if isinstance(one, Annotation) and one.arrow_patch is not None]
    assert arrow.get_position() == (0, -22)  # below
    looks_as_before(ax.figure, "dvh")


def test_dvh_of_other_axes(physical: hd.ByName[hd.Dvh]) -> None:
    ax = plot.dvh(physical, volume="cc")
    assert ax.get_ylabel() == "Volume in cc"
    assert ends(ax.lines[0])[1] == pytest.approx(physical["Liver"].volume_cc)
    looks_as_before(ax.figure, "dvh_of_others")


def test_many_goals_are_read_one_by_one(case: hd.Case) -> None:
    report = hd.check(case, "uk-sabr-2022-5fx", undrawn="left_out")
    ax = plot.dvh(case.dvhs(), structures=case.structures, goals=report)
    said = [one for one in ax.texts if "Gy]" in one.get_text()]
    assert len(said) > 8
    assert overlapping(ax.figure, said) == []
    right = ax.get_window_extent().x1
    assert all(one.get_window_extent().x1 <= right + 1 for one in said if not isinstance(one, Annotation))
    # Each says whose limit it is.
    assert all(one.get_text().partition(": ")[0] in case.structures for one in said)
    looks_as_before(ax.figure, "dvh_of_many_goals")


def test_differential_dvh(physical: hd.ByName[hd.Dvh], case: hd.Case, report: hd.Report) -> None:
    ax = plot.dvh(physical, structures=case.structures, differential=True, volume="cc")
    dose, per_gray = (np.asarray(one, dtype=float) for one in ax.lines[0].get_data())
    step = dose[1] - dose[0]
    assert float(np.sum(per_gray[:-1]) * step) == pytest.approx(physical["Liver"].volume_cc, rel=1e-6)
    mean = np.sum(per_gray[:-1] * dose[:-1]) / np.sum(per_gray[:-1])
    assert mean == pytest.approx(physical["Liver"].mean_gy, rel=5e-3)
    looks_as_before(ax.figure, "dvh_differential")
    with pytest.raises(ValueError, match="cumulative"):
        plot.dvh(physical, differential=True, goals=report)


def test_kinds_do_not_share_axes(physical: hd.ByName[hd.Dvh], dose: hd.DoseGrid, case: hd.Case) -> None:
    other = hd.dvh(dose.eqd2(alpha_beta_gy=10), case.structures["Liver"])
    with pytest.raises(ValueError, match="one kind of dose"):
        plot.dvh([physical["Liver"], other])


def test_band(dose: hd.DoseGrid, case: hd.Case) -> None:
    liver = case.structures["Liver"]
    every = [hd.dvh(dose.eqd2(alpha_beta_gy=value), liver) for value in (2.0, 3.0, 4.0)]
    ax = plot.band(every, label="alpha/beta 2 to 4 Gy", central=every[1])
    assert ax.get_xlabel() == "Dose in Gy (EQD2)"
    (area,) = ax.collections
    vertices = area.get_paths()[0].vertices
    corners = np.asarray(vertices)
    near = corners[np.abs(corners[:, 0] - 40) < 1.0]
    low, high = near[:, 1].min(), near[:, 1].max()
    values = [one["V40Gy[%]"] for one in every]
    assert (low, high) == (pytest.approx(min(values), abs=0.2), pytest.approx(max(values), abs=0.2))
    looks_as_before(ax.figure, "band")
    with pytest.raises(ValueError, match="at least one"):
        plot.band([], label="nothing")
    with pytest.raises(ValueError, match="one quantity"):
        plot.band([every[0], hd.dvh(dose, liver)], label="mixed")
    with pytest.raises(ValueError, match="coverage_percent"):
        plot.band(every, label="x", coverage_percent=0)


def test_side_by_side(
    physical: hd.ByName[hd.Dvh], dose: hd.DoseGrid, structures: list[hd.Structure], case: hd.Case, report: hd.Report
) -> None:
    eqd2 = hd.dvhs(dose.eqd2(alpha_beta_gy=2.5), structures)
    left, right = plot.side_by_side(physical, eqd2, structures=case.structures, goals=report)
    assert left.get_xlabel() == "Dose in Gy (physical dose)"
    assert right.get_xlabel() == "Dose in Gy (EQD2 (alpha/beta 2.5 Gy))"
    assert len(left.texts) == 2 and not right.texts  # the goal is one of physical dose
    looks_as_before(left.figure, "side_by_side")


def test_planes(dose: hd.DoseGrid, case: hd.Case) -> None:
    axes = plot.planes(dose, case.structures, levels_gy=[10, 25, 40, 50])
    assert [ax.get_title() for ax in axes] == ["axial, 43.0 mm", "coronal, -13.0 mm", "sagittal, -87.0 mm"]
    letters = [[text.get_text() for text in ax.texts if text.get_fontweight() == "bold"] for ax in axes]
    assert letters == [["R", "L", "A", "P"], ["R", "L", "H", "F"], ["A", "P", "H", "F"]]
    for ax in axes:
        bottom, top = ax.get_ylim()
        assert (bottom > top) == (ax is axes[0])  # in the axial plane y grows downward
        assert ax.get_aspect() == 1.0
        dashed = [one for one in ax.collections if isinstance(one, LineCollection) and np.min(one.get_linewidth()) < 1]
        assert len(dashed) == 4
    bar = axes[0].figure.axes[-1]
    assert bar.get_ylabel() == "Dose in Gy (physical dose)"
    looks_as_before(axes[0].figure, "planes")
    with pytest.raises(ValueError, match="need 3 axes"):
        plot.planes(dose, axes=[plt.subplots()[1]])


def test_planes_on_ct(dose: hd.DoseGrid, case: hd.Case) -> None:
    # Another grid than that of the dose, of coarser and uneven slices, that ends inside it.
    heights = np.array([0.0, 5, 10, 20, 24, 30, 37, 45, 50, 60, 70, 82, 90, 100, 110, 120, 130, 140])
    grid = hd.Grid(
        shape=(heights.size, 80, 100), spacing_mm=(3, 4, 5), origin_mm=(-150, -170, -60), frame_offsets_mm=heights
    )
    z, y, x = np.meshgrid(heights - 60, np.arange(80) * 4 - 170.0, np.arange(100) * 3 - 150.0, indexing="ij")
    ramp = 0.5 * x - y + 2 * z
    chosen = [case.structures[name] for name in ("Body", "Liver", "PTV_1")]
    axes = plot.planes(dose, chosen, ct=(ramp, grid), window_hu=(0, 500), levels_gy=[10, 25, 40])
    for ax, (fixed, across, down) in zip(axes, ((2, 0, 1), (1, 0, 2), (0, 1, 2)), strict=True):
        grey, wash = ax.images
        assert grey.get_extent() == wash.get_extent()
        assert (grey.get_cmap().name, grey.norm.vmin, grey.norm.vmax) == ("gray", -250, 250)
        shown: Any = np.ma.asarray(grey.get_array())
        left, right, bottom, top = grey.get_extent()
        rows, columns = shown.shape
        at = np.zeros((rows, columns, 3))
        at[..., fixed] = float(ax.get_title().split(", ")[1].removesuffix(" mm"))
        at[..., across] = left + (right - left) * (np.arange(columns) + 0.5) / columns
        at[..., down] = (top + (bottom - top) * (np.arange(rows) + 0.5) / rows)[:, np.newaxis]
        low, high = np.array([-150.0, -170, -60]), np.array([147.0, 146, 80])
        inner = ((at >= low) & (at <= high)).all(axis=2)
        expected = 0.5 * at[..., 0] - at[..., 1] + 2 * at[..., 2]
        assert inner.sum() > 1000
        # Linear values come out exactly, whatever the grids.
        assert np.abs(shown - expected)[inner].max() < 1e-6
        outer = ((at < low - 6) | (at > high + 6)).any(axis=2)
        assert np.ma.getmaskarray(shown)[outer].all()
        assert not np.ma.getmaskarray(shown)[inner].any()
    looks_as_before(axes[0].figure, "planes_on_ct")
    with pytest.raises(ValueError, match="the CT has shape"):
        plot.planes(dose, ct=(ramp[1:], grid))
    with pytest.raises(ValueError, match="width above 0"):
        plot.planes(dose, ct=(ramp, grid), window_hu=(40, 0))


def test_planes_of_a_case_lie_on_its_ct(demo_folder: Path, tmp_path: Path) -> None:
    case = case_with_ct(demo_folder, tmp_path)
    assert case.image is not None and case.dose is not None
    axes = plot.planes(case, levels_gy=[10, 25, 40])
    for ax in axes:
        grey, wash = ax.images
        assert (grey.norm.vmin, grey.norm.vmax) == (-160, 240)  # 40 / 400 HU
        assert grey.get_extent() == wash.get_extent()
        # The CT keeps its own pixels, finer than those of the dose where they are.
        assert np.asarray(grey.get_array()).shape >= np.asarray(wash.get_array()).shape
    looks_as_before(axes[0].figure, "planes_of_a_case")
    alone = plot.planes(case, ct=None)
    assert [len(ax.images) for ax in alone] == [1, 1, 1]
    assert [len(ax.images) for ax in plot.planes(case.dose, [], ct=case.image, window_hu=(-600, 1500))] == [2, 2, 2]
    other = replace(case.image, frame_of_reference="1.2.3")
    with pytest.raises(hd.errors.FrameOfReferenceError, match="another frame of reference"):
        plot.planes(case.dose, ct=other)
    with pytest.raises(ValueError, match="no dose"):
        plot.planes(hd.Case())


def test_lesions(lesions: hd.y90.LesionResponses) -> None:
    ax = plot.lesions(lesions)
    heights = [bar.get_height() for bar in ax.patches]  # type: ignore[attr-defined]
    assert heights == [one.lesion.mean_gy for one in lesions]
    assert [ends(line)[1] for line in ax.lines] == [139.0, 189.0]
    assert any("139 Gy: sens. 77 %, spec. 89 %" in text.get_text() for text in ax.texts)
    looks_as_before(ax.figure, "lesions")


def test_schedules() -> None:
    courses = {"SBRT": [(5, 10.0)], "conventional": [(25, 2.0)], "mixed": [(25, 1.8), (3, 6.0)]}
    ax = plot.schedules(courses, alpha_beta_gy=[2.5, 10])
    widths = [bar.get_width() for bar in ax.patches]  # type: ignore[attr-defined]
    # EQD2 = D (d + ab) / (2 + ab): 50 x 12.5 / 4.5, 50, 45 x 4.3 / 4.5 + 18 x 8.5 / 4.5; then at 10 Gy.
    expected = [138.8889, 50, 77.0, 83.3333, 50, 68.25]
    assert widths == pytest.approx(expected, abs=1e-3)
    assert ax.get_xlabel() == "EQD2 in Gy"
    looks_as_before(ax.figure, "schedules")
    with pytest.raises(ValueError, match="at least one"):
        plot.schedules({}, alpha_beta_gy=[10])


def test_evidence(physical: hd.ByName[hd.Dvh]) -> None:
    normal = physical["Liver-GTV_1-GTV_2-GTV_3"].with_prescription(50.0)
    ax = plt.subplots(figsize=(8, 5), layout="constrained")[1]
    few = [hd.Protocol(id_) for id_ in ("liver-sbrt-5fx", "hytec-liver-5fx", "rtog1112", "liver-conventional")]
    plot.evidence(normal, ax, organ="Liver-GTV", among=few)
    points = [line for line in ax.lines if line.get_marker() == "o"]
    ratios = [float(np.asarray(line.get_xdata())[0]) for line in points]
    # HyTEC: DC700cc at most 15 and 17 Gy; RTOG 1112 at its tier of 50 Gy: a mean of at most 13 Gy.
    cold = normal["DC700cc[Gy]"]
    assert ratios == pytest.approx([normal["CV15Gy[cc]"] / 700, cold / 15, cold / 17, normal.mean_gy / 13])
    # A mean below 30 Gy is for up to 3 Gy a fraction, not for 10; five tiers of RTOG 1112 are for other prescriptions.
    assert normal.mean_gy / 30 not in ratios
    assert not [line for line in ax.lines if line.get_marker() == "s"]
    assert "5 fractions" in ax.get_xlabel()
    looks_as_before(ax.figure, "evidence")
    with pytest.raises(ValueError, match="no limit for 'moon'"):
        plot.evidence(normal, organ="moon")


def test_limits_for_other_fractions_say_nothing_of_this_plan(physical: hd.ByName[hd.Dvh]) -> None:
    stomach = physical["Stomach"]
    every = [hd.Protocol("tg101-3fx"), hd.Protocol("tg101-5fx")]
    only = plot.evidence(stomach, organ="Stomach", among=every)
    kinds = [line.get_marker() for line in only.lines if line.get_marker() in {"o", "s"}]
    assert kinds == ["o", "o"]
    both = plot.evidence(
        stomach,
        plt.subplots(figsize=(8, 4), layout="constrained")[1],
        organ="Stomach",
        among=every,
        other_fractions=True,
    )
    grey = [line for line in both.lines if line.get_marker() == "s"]
    assert len(grey) == 2
    assert {line.get_color() for line in grey} == {(92 / 255, 92 / 255, 92 / 255)}
    assert [text.get_text().endswith("[3 fractions]") for text in both.get_yticklabels()] == [False, False, True, True]
    looks_as_before(both.figure, "evidence_of_other_fractions")
    with pytest.raises(ValueError, match="for this plan in 5 fractions"):
        plot.evidence(stomach, organ="Stomach", among=every[:1])
    unknown = hd.Dvh.from_samples([10.0, 20.0], [100.0, 10.0], name="Stomach")
    ax = plot.evidence(unknown, organ="Stomach", among=every)
    assert {line.get_marker() for line in ax.lines if line.get_marker() in {"o", "s"}} == {"s"}
    assert "number of fractions not known" in ax.get_xlabel()


def test_hostile_names_are_drawn() -> None:
    ring = [(0, 0, 0), (9, 0, 0), (9, 9, 0)]
    names = ("_hidden", "$x", "a" * 500, "\u202eturned", "b\nc")
    every = [hd.Dvh.from_samples([1.0, 2.0], [1.0, 1.0], name=name) for name in names]
    ax = plot.dvh(every)
    assert [text.strip("\u200a")[:7] for text in legend(ax)] == ["_hidden", r"\$x", "aaaaaaa", "turned", "b c"]
    plt.gcf().savefig(io.BytesIO(), format="svg")
    assert hd.Structure.from_contours("$", [ring], slice_spacing_mm=1).name == "$"


def test_hostile_lesions_and_protocols_are_drawn() -> None:
    hostile_dose, every = hostile.case().dose, hostile.case().structures.all
    assert hostile_dose is not None
    names = ("$x_{$", hostile.NAMES[0], hostile.NAMES[6])
    renamed = [one.renamed("$x_{$") if one.name == hostile.NAMES[1] else one for one in every]
    table = hd.y90.lesion_table(
        hostile_dose,
        renamed,
        lesions=names,
        whole_liver="Liver",
        device="glass",
        disease="colorectal-metastases",
        dosimetry="y90-pet",
    )
    ax = plot.lesions(table)
    assert [text.get_text()[:12] for text in ax.get_xticklabels()] == ["<script>aler", r"\$x_{\$", "A" * 12]
    plt.gcf().savefig(io.BytesIO(), format="svg")


def test_vector_output(physical: hd.ByName[hd.Dvh]) -> None:
    buffer = io.BytesIO()
    plot.dvh(physical)
    plt.gcf().savefig(buffer, format="pdf")
    assert buffer.getvalue().startswith(b"%PDF")


def test_without_matplotlib_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import hepadose as hd\n"
        "try:\n    from hepadose import plot\n"
        "except hd.errors.MissingExtraError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "hepadose[plot]"' in done.stdout


def five_bins() -> hd.Dvh:
    return hd.Dvh.from_samples([3.0, 9.0, 15.0, 30.0, 57.0], [0.5, 0.2, 0.15, 0.1, 0.05], fractions=3)


def test_a_response_curve_passes_through_its_estimate() -> None:
    known = {"td50_gy": hd.Uncertain.interval(35.4, 30.0, 42.0)}
    liver = hd.ntcp.lkb(five_bins(), parameters="umich-liver-eqd2", uncertain=known, seed=1)
    own = hd.ntcp.CriticalVolumeParameters(d50_gy=41.6, k=1.95, v50=0.497, sigma=0.047, basis="eqd2", alpha_beta_gy=2.5)
    parallel = hd.ntcp.critical_volume(five_bins(), parameters=own)
    ax = plot.response([liver, parallel])
    assert "EQD2, alpha/beta 2.5 Gy" in ax.get_xlabel()
    assert ax.get_ylabel() == "Probability in %"
    curve = next(line for line in ax.get_lines() if "umich" in str(line.get_label()))
    doses, percent = (np.asarray(values, dtype=np.float64) for values in curve.get_data())
    assert np.interp(liver.equivalent_dose_gy or 0.0, doses, percent) == pytest.approx(liver.percent, abs=0.05)
    assert np.interp(35.4, doses, percent) == pytest.approx(50, abs=0.1)
    # The interval of the estimate, as a bar.
    (bar,) = [lines for container in ax.containers for lines in container[2] if lines.get_segments()[0].size]
    assert liver.interval is not None
    ends = np.asarray(bar.get_segments()[0])[:, 1]
    assert ends == pytest.approx([100 * liver.interval.lower, 100 * liver.interval.upper])
    looks_as_before(ax.figure, "response")
    physical = hd.ntcp.lkb(five_bins(), parameters="miften2021-liver")
    with pytest.raises(ValueError, match="one kind of dose"):
        plot.response([liver, physical])
    with pytest.raises(ValueError, match="one kind of dose"):
        plot.response([])


def test_a_tornado_has_its_widest_bar_on_top() -> None:
    known = {"td50_gy": hd.Uncertain.uniform(33, 38), "n": hd.Uncertain.uniform(0.69, 1.3)}
    found = hd.ntcp.lkb(five_bins(), parameters="umich-liver-eqd2", uncertain=known)
    ax = plot.tornado(found.tornado, value=found.probability, factor=100, quantity="NTCP in %")
    assert ax.yaxis_inverted()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == [bar.parameter for bar in found.tornado]
    first = found.tornado[0]
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    ends = sorted(bar.get_x() + bar.get_width() for bar in bars[:2])
    assert ends == pytest.approx(sorted([100 * first.at_low, 100 * first.at_high]))
    looks_as_before(ax.figure, "tornado")
    with pytest.raises(ValueError, match="empty"):
        plot.tornado([], value=0.0, quantity="nothing")


OWN = """
id = "own"
title = "Own"
version = "1"
[[goal]]
id = "liver-mean"
title = "G"
structure = "Liver-GTV"
metric = "Mean[Gy]"
level = [{ name = "mandatory", comparator = "<=", limit = 12.67 }]
source = [{ key = "k", locator = "l", evidence = "primary" }]
[[goal]]
id = "stomach"
title = "G"
structure = "Stomach"
metric = "D0.1cc[Gy]"
level = [{ name = "mandatory", comparator = "<", limit = 22 }]
source = [{ key = "k", locator = "l", evidence = "primary" }]
[[goal]]
id = "cold"
title = "G"
structure = "Liver-GTV"
metric = "CV15Gy[cc]"
level = [{ name = "mandatory", comparator = ">=", limit = 700 }]
source = [{ key = "k", locator = "l", evidence = "primary" }]
[[goal]]
id = "chest-wall"
title = "G"
structure = "Chestwall"
metric = "D0.1cc[Gy]"
level = [{ name = "mandatory", comparator = "<", limit = 40 }]
source = [{ key = "k", locator = "l", evidence = "primary" }]
"""


def x_of(ax: Axes, marker: str) -> list[float]:
    """Give where points of a marker stand across."""
    return [float(np.asarray(line.get_xdata(), dtype=float)[0]) for line in ax.lines if line.get_marker() == marker]


def test_what_flips_is_a_cross(case: hd.Case, report: hd.Report) -> None:
    own = hd.Protocol.from_toml(OWN)
    found, checked = hd.would_it_flip(case, own), hd.check(case, own)
    ax = plot.flips(found, plt.subplots(figsize=(8, 4), layout="constrained")[1], goals=checked)
    limits = {goal.id: goal.limit for goal in checked.results}
    expected = [
        scenario.value / limits[goal.id]
        for goal in found.goals
        for scenario in goal.scenarios
        if scenario.flips and scenario.value is not None
    ]
    assert len(expected) > 5
    assert x_of(ax, "x") == pytest.approx(expected)
    texts = [text.get_text() for text in ax.texts]
    assert "flips: shift" in texts and "not evaluable" in texts
    cold = next(goal for goal in found.goals if goal.id == "cold")
    assert f"none of {len(cold.scenarios)} flips it, {len(cold.not_evaluable)} unknown" in texts
    assert [text for text in texts if text in {"<", ">"}] == ["<", "<", ">"]
    looks_as_before(ax.figure, "flips")
    with pytest.raises(ValueError, match="goals= has no 'liver-mean'"):
        plot.flips(found, goals=report)
    other = hd.check(case, own, end_caps="none")
    with pytest.raises(ValueError, match="another value of 'liver-mean'"):
        plot.flips(found, goals=other)
    # The values are the same, the limits are not: points would stand on the wrong side of 1.
    revised = hd.Protocol.from_toml(
        OWN.replace('version = "1"', 'version = "2"').replace("limit = 700", "limit = 1200")
    )
    assert revised.sha256 != own.sha256
    with pytest.raises(ValueError, match="another revision of"):
        plot.flips(found, goals=hd.check(case, revised))


def test_headroom_has_what_binds_on_top(case: hd.Case) -> None:
    found = hd.isotoxic(case, "uk-sabr-2022-5fx", undrawn="left_out")
    ax = plot.headroom(found, plt.subplots(layout="constrained")[1])
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert found.scale is not None
    assert bars[0].get_width() == pytest.approx(found.scale)
    assert ax.get_yticklabels()[0].get_text() == found.binding
    widths = sorted(one.largest_scale or 0.0 for one in found.goals)
    assert [bar.get_width() for bar in bars] == pytest.approx([min(width, 3.0) for width in widths])
    assert "to 10.1 \u2192" in [text.get_text() for text in ax.texts]
    looks_as_before(ax.figure, "headroom")
    part = plot.headroom(hd.isotoxic(case, hd.Protocol.from_toml(OWN)))
    assert any("not evaluable: no ROI" in text.get_text() for text in part.texts)
    with pytest.raises(ValueError, match="no goal to draw"):
        plot.headroom(replace(found, goals=(), not_evaluable=()))


def test_an_isotoxic_curve(case: hd.Case) -> None:
    _, found = hd.best_fractions(case, "timmerman2022", [1, 3, 5, 8], tumour_alpha_beta_gy=10, undrawn="left_out")
    found[3] = replace(found[3], not_evaluable=(("liver", "not drawn"),), binding="liver")
    never = tuple(replace(one, never=True) for one in found[8].goals)
    found[8] = replace(found[8], scale=None, prescription_gy=None, binding=None, goals=never)
    axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")[1]
    physical_ax, bed_ax = plot.isotoxic(found, axes[0]), plot.isotoxic(found, axes[1], tumour_alpha_beta_gy=10)
    allowed = {n: one.prescription_gy for n, one in sorted(found.items()) if one.prescription_gy is not None}
    for ax, heights in (
        (physical_ax, list(allowed.values())),
        (bed_ax, [dose * (1 + dose / n / 10) for n, dose in allowed.items()]),
    ):
        points = [line for line in ax.lines if line.get_marker() == "o"]
        assert [ends(point)[0] for point in points] == list(allowed)
        assert [ends(point)[1] for point in points] == pytest.approx(heights)
        assert [point.get_markerfacecolor() == (1, 1, 1) for point in points] == [False, True, False]
        assert x_of(ax, "x") == [8]
        assert legend(ax) == ["stomach-d0.035cc", "liver"]
    assert bed_ax.get_ylabel() == "Highest prescription in Gy (BED, alpha/beta 10 Gy)"
    looks_as_before(physical_ax.figure, "isotoxic")
    with pytest.raises(ValueError, match="at least one"):
        plot.isotoxic({})
    # A scale without a prescription allows a dose, and so does a protocol that bounds none: no cross.
    unknown = {5: replace(found[5], prescription_gy=None), 8: replace(found[8], goals=())}
    ax = plot.isotoxic(unknown)
    assert x_of(ax, "x") == []
    assert [text.get_text() for text in ax.texts] == [f"scale {found[5].scale:.3g},\nprescription\nunknown", "open"]


def test_a_dose_response_with_lesions_on_it(lesions: hd.y90.LesionResponses) -> None:
    doses = np.linspace(40.0, 260.0, 23)
    responded = (doses > 150) ^ np.isin(np.arange(23), [3, 8, 9, 14, 15])
    fit = hd.y90.fit_response(doses, responded, seed=1)
    assert isinstance(fit.logistic, hd.y90.LogisticFit)
    ax = plot.dose_response(fit, plt.subplots(layout="constrained")[1], lesions=lesions)
    dose, percent = (np.asarray(one, dtype=float) for one in ax.lines[0].get_data())
    assert np.interp(fit.logistic.d50_gy, dose, percent) == pytest.approx(50, abs=0.05)
    points = [ends(line) for line in ax.lines if line.get_marker() == "o"]
    assert [at for at, _ in points] == [one.lesion.mean_gy for one in lesions]
    for at, height in points:
        assert np.interp(at, dose, percent) == pytest.approx(height, abs=0.05)
    assert x_of(ax, "|") == pytest.approx(fit.logistic.d50_interval_gy)
    assert f"{fit.responded} of 23 lesions" in ax.get_title()
    looks_as_before(ax.figure, "dose_response")


def test_separated_outcomes_have_no_curve(lesions: hd.y90.LesionResponses) -> None:
    fit = hd.y90.fit_response([50, 60, 90, 140, 150, 160], [0, 0, 0, 1, 1, 1], seed=1)
    ax = plot.dose_response(fit, plt.subplots(layout="constrained")[1], lesions=lesions)
    points = {ends(line)[0]: line for line in ax.lines if line.get_marker() == "o"}
    assert legend(ax)[0] == "separated: no curve"
    for dose, point in points.items():
        wanted = 0.0 if dose <= 90 else 100.0 if dose >= 140 else 50.0
        assert ends(point)[1] == wanted
        assert (point.get_markerfacecolor() == (1, 1, 1)) == (wanted == 50.0)
    assert {ends(point)[1] for point in points.values()} == {0.0, 50.0, 100.0}
    looks_as_before(ax.figure, "dose_response_separated")


def test_every_plot_has_an_image(root: Path) -> None:
    """A function of the module that no test here compares with an image is one that nobody looked at."""
    source = Path(__file__).read_text(encoding="utf-8")
    tests = source.split("\ndef test_")[1:]
    for name in plot.__all__:
        assert any(f"plot.{name}(" in test and "looks_as_before(" in test for test in tests), name
    names = {path.stem for path in (root / "tests" / "python" / "images").glob("*.png")}
    assert names == set(re.findall(r'looks_as_before\([\w.\[\]]+, "(\w+)"\)', source))
