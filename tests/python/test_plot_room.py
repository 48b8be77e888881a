"""Plots of much, and on dark paper: nothing lies on anything, and all is read."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import hepadose as hd
from hepadose import _core, plot
from hepadose._colours import luminance
from hepadose.plot._axes import ink, is_dark, rgb
from overlaps import overlapping


@pytest.fixture(autouse=True)
def clean_figures() -> Iterator[None]:
    mpl.use("agg")
    yield
    plt.close("all")


def names(ax: Axes) -> list[str]:
    shown = ax.get_legend()
    assert shown is not None
    return [text.get_text() for text in shown.get_texts()]


LONG = [f"{number:02d}_an_organ_at_risk_whose_name_is_as_long_as_some_systems_let" for number in range(60)]


def test_sixty_long_names_cover_nothing() -> None:
    many = [hd.Dvh.from_samples(np.linspace(1, 20 + n, 50), np.full(50, 1.0), name=name) for n, name in enumerate(LONG)]
    ax = plot.dvh(many)
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()  # a warning that the axes collapsed would be an error here
    assert [text[:2] for text in names(ax)] == [name[:2] for name in LONG]
    shown = ax.get_legend()
    assert shown is not None
    assert not shown.get_window_extent().overlaps(ax.get_window_extent())
    assert figure.bbox.padded(2).contains(*shown.get_window_extent().min)
    assert figure.bbox.padded(2).contains(*shown.get_window_extent().max)
    # In a figure of somebody else what does not fit is counted.
    for own in (plt.subplots()[1], plt.subplots(layout="constrained")[1]):
        plot.dvh(many, own)
        assert own.figure.get_size_inches().tolist() == [6.4, 4.8]  # type: ignore[union-attr]
        own.figure.draw_without_rendering()  # type: ignore[union-attr]
        *named, last = names(own)
        assert last == f"and {60 - len(named)} more"
        box = own.get_legend()
        assert box is not None and own.figure.bbox.padded(2).contains(*box.get_window_extent().max)
    left, right = plot.side_by_side(many, many)
    assert left.get_legend() is None and len(names(right)) == 60


def test_many_schedules_lie_apart() -> None:
    ax = plot.schedules({name: [(5 + n, 10.0)] for n, name in enumerate(LONG[:20])}, alpha_beta_gy=[2.5, 3, 10])
    assert overlapping(ax.figure, list(ax.get_yticklabels())) == []
    assert overlapping(ax.figure, list(ax.texts)) == []


def texts_of(figure: object) -> list[Text]:
    assert isinstance(figure, Figure)
    return [one for one in figure.findobj(Text) if one.get_text().strip() and one.get_visible()]


def test_plots_are_read_on_dark_paper(demo_folder: Path) -> None:
    case, own = hd.read_case(demo_folder), hd.Protocol("liver-sbrt-5fx")
    report, physical = hd.check(case, own), case.dvhs()
    activity, (labels, grid, _) = _core.read_demo_activity(demo_folder)
    doses = hd.y90.lesion_doses(activity, labels, grid, model=hd.y90.LocalDeposition(density_g_per_ml=1.05))
    lesions = hd.y90.lesion_responses(doses, device="glass", disease="colorectal-metastases", dosimetry="y90-pet")
    fit = hd.y90.fit_response([50, 60, 90, 140, 150, 160], [0, 0, 1, 0, 1, 1], seed=1)
    with plt.style.context("dark_background"):
        drawn = [
            plot.dvh(physical, structures=case.structures, goals=report),
            plot.planes(case, names=["axial"])[0],
            plot.evidence(physical["Stomach"], organ="Stomach", among=[hd.Protocol("tg101-5fx")]),
            plot.flips(hd.would_it_flip(case, own), goals=report),
            plot.headroom(hd.isotoxic(case, own)),
            plot.lesions(lesions),
            plot.dose_response(fit, lesions=lesions),
        ]
        for ax in drawn:
            assert is_dark(ax) and ink(ax) == "white"
            for one in texts_of(ax.figure):
                red, green, blue = (round(255 * part) for part in mpl.colors.to_rgb(one.get_color()))
                if one.get_color() != "black":  # on a bar
                    assert (luminance((red, green, blue)) + 0.05) / 0.05 >= 4.5, one.get_text()
            for line in ax.lines:
                if line.get_linestyle() != "None" and line.get_alpha() is None:
                    red, green, blue = (round(255 * part) for part in mpl.colors.to_rgb(line.get_color()))
                    assert (luminance((red, green, blue)) + 0.05) / 0.05 >= 3
    light = plt.subplots()[1]
    assert not is_dark(light) and rgb(light, (0, 105, 76)) == (0, 105 / 255, 76 / 255)
