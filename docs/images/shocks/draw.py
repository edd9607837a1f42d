"""Draws the pictures of the scenario handbook: each shock on one invented line, against the same line without it.

Run from the project's folder: python docs/images/shocks/draw.py
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import forecast as fc
from forecast.reporting.canvas import COLOURS, INK, PALE, quarter_axis

HERE = Path(__file__).parent
UNTIL = "2028Q4"
COMPANY = fc.calibrate(
    fc.Model(
        fc.drivers.Growth("sales", growth=0.025, persistence=0.0, momentum=0.025, volatility=0.02, start=97.5),
        fc.drivers.Formula("cash = cash[-1] + sales - 115"),
    ),
    fc.History.from_frame(
        pd.DataFrame({"sales": [90.0, 93.0, 95.0, 97.5], "cash": [60.0] * 4}, index=[f"2025Q{n}" for n in (1, 2, 3, 4)])
    ),
)
S = fc.shocks
PICTURES = {
    "set": ("Set('sales', 140, start='2027Q1')", S.Set("sales", 140.0, start="2027Q1")),
    "scale": ("Scale('sales', 1.2, start='2027Q1', ramp=4)", S.Scale("sales", 1.2, start="2027Q1", ramp=4)),
    "add": ("Add('sales', -20, start='2027Q1', lasts=4)", S.Add("sales", -20.0, start="2027Q1", lasts=4)),
    "ramp": ("Ramp('sales', 150, start='2027Q1', ramp=6)", S.Ramp("sales", 150.0, start="2027Q1", ramp=6)),
    "pulse": ("Pulse('sales', 0.3, start='2027Q1', decay=2)", S.Pulse("sales", 0.3, start="2027Q1", decay=2.0)),
    "delay": ("Delay('sales', 3, start='2027Q1')", S.Delay("sales", 3.0, start="2027Q1")),
    "cap": ("Cap('sales', 118, start='2026Q3')", S.Cap("sales", 118.0, start="2026Q3")),
    "floor": ("Floor('sales', 118)", S.Floor("sales", 118.0)),
    "hold": ("Hold('sales', start='2027Q1')", S.Hold("sales", start="2027Q1")),
    "grow": ("Grow('sales', 0.25, start='2027Q1')", S.Grow("sales", 0.25, start="2027Q1")),
    "replace": (
        "Replace('sales', Path('sales', planned={...}), start='2027Q1')",
        S.Replace(
            "sales",
            fc.drivers.Path(
                "sales", value=100.0, planned={f"{y}Q{q}": 5.0 * q for y in (2027, 2028) for q in (1, 2, 3, 4)}
            ),
            start="2027Q1",
        ),
    ),
    "uncertain": (
        "Scale('sales', triangular(0.7, 0.8, 0.95),\n      probability=0.3, start='2026Q3..2027Q4')",
        S.Scale("sales", fc.triangular(0.7, 0.8, 0.95), start="2026Q3..2027Q4", probability=0.3),
    ),
    "when": ("When('cash < 20', Scale('sales', 1.2))", fc.When("cash < 20", S.Scale("sales", 1.2))),
}


def draw(name: str, title: str, shock: object) -> None:
    """One picture: medians as lines, 80 % of the paths as bands, three single paths of the shocked line."""
    base = fc.Scenario("base")
    runs = fc.simulate(COMPANY, [base, base.but("shocked", shock)], until=UNTIL, paths=2_000, seed=7)
    figure = Figure(figsize=(6.4, 2.9), layout="constrained")
    ax = figure.subplots()
    places = [quarter.ordinal for quarter in runs.quarters]
    for scenario, colour, dash, label in (
        ("base", INK, (4, 2), "without"),
        ("shocked", COLOURS[0], (), "with the shock"),
    ):
        low, middle, high = runs.quantiles("sales", scenario, levels=(0.1, 0.5, 0.9)).to_numpy().T
        if scenario == "shocked":
            ax.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0, label="80 % of its paths")
        ax.plot(places, middle, color=colour, linewidth=2, dashes=dash or (None, None), label=f"median {label}")
    if name in {"uncertain", "when"}:
        moved = np.flatnonzero((runs.values("sales", "shocked") != runs.values("sales", "base")).any(axis=0))[:2]
        for path in moved:
            ax.plot(
                places,
                runs.values("sales", "shocked")[:, path],
                color=COLOURS[1],
                linewidth=1,
                label="single paths" if path == moved[0] else None,
            )
    ax.set_title(title, loc="left", fontsize=9.5, family="monospace")
    ax.set_ylabel("sales, million a quarter", fontsize=9)
    ax.grid(axis="y", color=PALE, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8.5)
    quarter_axis(ax, runs.quarters[0], runs.quarters[-1])
    ax.legend(fontsize=8.5, frameon=False, loc="upper left")
    figure.savefig(HERE / f"{name}.png", dpi=100)


if __name__ == "__main__":
    for name, (title, shock) in PICTURES.items():
        draw(name, title, shock)
        print(HERE / f"{name}.png")
