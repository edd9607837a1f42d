"""Draws the diagram of docs/architecture.md: nouns in boxes, verbs on the arrows between them.

Run from the project's folder: python docs/images/flow.py
"""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib.figure import Figure

TARGET = Path(__file__).resolve().parent / "flow.svg"
FILE, NOUN, ANSWER, CATALOGUE = "#fbf3d9", "#dcebf7", "#dff1e6", "#f0f0f0"

# name: (column, row, colour)
BOXES = {
    "facts.csv": (0, 4, FILE),
    "Financials": (1, 4, NOUN),
    "History": (2, 4, NOUN),
    "CalibratedModel": (3, 4, NOUN),
    "Simulation": (4, 4, NOUN),
    "model.yaml": (0, 2.5, FILE),
    "Model": (2, 2.5, NOUN),
    "Breakeven, Runway, Honesty": (5, 4, ANSWER),
    "drivers": (2, 1, CATALOGUE),
    "forecasters": (1, 1, CATALOGUE),
    "shocks": (3, 1, CATALOGUE),
    "Scenario": (4, 2.5, NOUN),
    "GoalSeek, Frontier, Bridge, ...": (5, 2.5, ANSWER),
    "charts, report, workbook": (5, 1, FILE),
}
# from, to, verb, where the verb stands relative to the middle of the arrow
ARROWS = [
    ("facts.csv", "Financials", "read_financials", (0, 0.13)),
    ("Financials", "History", "reconcile(Model)", (0, 0.13)),
    ("History", "CalibratedModel", "calibrate", (0, 0.13)),
    ("Model", "CalibratedModel", "", (0, 0)),
    ("model.yaml", "Model", "read_model", (0, 0.13)),
    ("Model", "History", "identities", (-0.2, 0)),
    ("drivers", "Model", "", (0, 0)),
    ("forecasters", "drivers", "Trend", (0, 0.13)),
    ("shocks", "Scenario", "", (0, 0)),
    ("CalibratedModel", "Simulation", "simulate", (0, 0.13)),
    ("Scenario", "Simulation", "", (0, 0)),
    ("Simulation", "Breakeven, Runway, Honesty", "breakeven(Goal)", (0, 0.13)),
    ("Scenario", "GoalSeek, Frontier, Bridge, ...", "goal_seek\n(company, Goal)", (0, 0.02)),
    ("GoalSeek, Frontier, Bridge, ...", "charts, report, workbook", "", (0, 0)),
]
LOOPS = [("Financials", "as_of"), ("Simulation", "condition(View)")]
WIDTH, HEIGHT, ACROSS, UP = 1.5, 0.52, 2.75, 0.95


def place(name):
    column, row, _ = BOXES[name]
    return column * ACROSS, row * UP


def edge(name, towards):
    """Where a straight line from the middle of a box leaves it."""
    (x, y), (to_x, to_y) = place(name), place(towards)
    across, up = to_x - x, to_y - y
    share = min(
        WIDTH / 2 / abs(across) if across else float("inf"),
        HEIGHT / 2 / abs(up) if up else float("inf"),
    )
    return x + across * share, y + up * share


def main():
    mpl.rcParams.update({"svg.hashsalt": "forecast", "svg.fonttype": "path", "font.family": "DejaVu Sans"})
    figure = Figure(figsize=(14.6, 4.2))
    axes = figure.add_axes((0, 0, 1, 1))
    for name, (_, _, colour) in BOXES.items():
        x, y = place(name)
        text = name.replace(", ", ",\n", 1) if len(name) > 18 else name
        box = {"boxstyle": "round,pad=0.02,rounding_size=0.08", "facecolor": colour, "edgecolor": "#4a5a66"}
        axes.add_patch(mpl.patches.FancyBboxPatch((x - WIDTH / 2, y - HEIGHT / 2), WIDTH, HEIGHT, linewidth=0.9, **box))
        axes.text(x, y, text, ha="center", va="center", fontsize=9.5)
    arrow = {"arrowstyle": "-|>", "color": "#4a5a66", "linewidth": 1.0, "shrinkA": 1, "shrinkB": 2}
    for start, end, verb, (right, up) in ARROWS:
        begins, ends = edge(start, end), edge(end, start)
        axes.annotate("", xy=ends, xytext=begins, arrowprops=arrow)
        x, y = (begins[0] + ends[0]) / 2 + right, (begins[1] + ends[1]) / 2 + up
        axes.text(
            x, y, verb, ha="right" if right else "center", va="center", fontsize=8, linespacing=2.1, color="#27343d"
        )
    for name, verb in LOOPS:
        x, y = place(name)
        bow = {**arrow, "connectionstyle": "arc3,rad=-1.1"}
        axes.annotate("", xy=(x + 0.28, y + HEIGHT / 2), xytext=(x - 0.28, y + HEIGHT / 2), arrowprops=bow)
        axes.text(x, y + HEIGHT / 2 + 0.4, verb, ha="center", va="bottom", fontsize=8, color="#27343d")
    axes.set(xlim=(-0.85, 5 * ACROSS + 0.85), ylim=(0.55, 5.15), aspect="equal")
    axes.set_axis_off()
    figure.savefig(TARGET, facecolor="white", metadata={"Date": None, "Creator": None})
    print(TARGET)


if __name__ == "__main__":
    main()
