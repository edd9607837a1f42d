"""Every chart against a stored picture of it, without its text, which each version of matplotlib draws a little
differently; what the text says is tested chart by chart.

After a change that is meant, look at the new pictures: python -m tests.reporting.test_pictures
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text

from .artists import drawn
from .calls import CHARTS

STORED = Path(__file__).parent / "pictures"
ALIKE = 2.0
"""Root mean square of the differences, of 255, at which two pictures still count as one. They are the same to the last
bit in matplotlib 3.8 and 3.11; a chart without one of its artists differs by 3 or more."""

DRAWN = sorted(set(CHARTS) - {"plot_overview"})
"""The overview is made of two of the others."""


def save(name: str, path: Path) -> None:
    """The chart on axes of a fixed place, in the default style, all text hidden."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        figure = Figure(figsize=(3.6, 2.7), dpi=80)
        pair = name == "plot_calibration"
        panels = [figure.add_axes(at) for at in ((0.04, 0.05, 0.44, 0.9), (0.54, 0.05, 0.44, 0.9))[: 1 + pair]]
        if not pair:
            panels[0].set_position((0.04, 0.05, 0.92, 0.9))
        CHARTS[name](ax=tuple(panels) if pair else panels[0])
        for ax in panels:
            if ax.get_legend() is not None:
                ax.get_legend().remove()
        figure.canvas.draw()
        for text in figure.findobj(Text):
            text.set_visible(False)
        figure.savefig(path, metadata={"Software": None})


@pytest.mark.parametrize("name", DRAWN)
def test_the_picture_is_the_stored_one(name, tmp_path):
    save(name, tmp_path / f"{name}.png")
    assert compare_images(str(STORED / f"{name}.png"), str(tmp_path / f"{name}.png"), tol=ALIKE) is None


@pytest.mark.parametrize(
    ("name", "gid"), [("plot_history", "estimated"), ("plot_arr", "gap"), ("plot_segments", "total")]
)
def test_a_chart_that_lacks_something_is_noticed(name, gid, tmp_path, monkeypatch):
    whole = CHARTS[name]

    def lacking(ax):
        whole(ax=ax)
        drawn(ax, gid).remove()

    monkeypatch.setitem(CHARTS, name, lacking)
    save(name, tmp_path / f"{name}.png")
    assert compare_images(str(STORED / f"{name}.png"), str(tmp_path / f"{name}.png"), tol=ALIKE) is not None


def test_every_stored_picture_is_of_a_chart():
    assert sorted(path.stem for path in STORED.glob("*.png")) == DRAWN


if __name__ == "__main__":
    for each in DRAWN:
        save(each, STORED / f"{each}.png")
