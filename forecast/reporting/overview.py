"""The overview: fans of several lines and the breakeven chart on one page, with what made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.analysis import Breakeven
from forecast.errors import ForecastError, Problems, expect
from forecast.picture import checked_panels, finish
from forecast.reporting.canvas import dress, legend_below, quarter_axis
from forecast.reporting.fan import LEVELS, check_fan, draw_fan
from forecast.reporting.probability_chart import plot_breakeven
from forecast.simulation import Simulation
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = ("revenue", "research_and_development", "net_profit")


def plot_overview(
    simulation: Simulation,
    breakeven_result: Breakeven,
    *,
    lines: Sequence[str] = LINES,
    scenario: str | None = None,
    ax: Sequence[Axes] | None = None,
    path: str | Path | None = None,
    since: str | Quarter | None = None,
) -> tuple[Axes, ...]:
    """Draw a fan for each line, under one scenario, and the breakeven chart of all scenarios, two a row.

    ``breakeven_result`` must come from ``simulation``. With ``path`` the figure is also saved as a PNG of 160
    dots an inch, into a folder that exists. ``since`` leaves out older quarters. ``ax``: axes, one a line and one for
    the breakeven chart; the title of the whole then stays their figure's own. Nothing is shown and no display is
    needed. Returns the axes, in that order; their figure can be saved in other formats, ``axes[0].figure.savefig``.
    """
    target = _target(path)
    lines = tuple(lines)
    check_fan(simulation, lines, scenario, since, LEVELS)
    _check_same(simulation, breakeven_result)
    scenario = simulation.names[0] if scenario is None else scenario
    panels = _new_panels(len(lines) + 1) if ax is None else checked_panels(ax, len(lines) + 1)
    fans = [
        draw_fan(panel, simulation, line, scenario, since=since, levels=LEVELS)
        for panel, line in zip(panels, lines, strict=False)
    ]
    for panel, line in zip(panels, lines, strict=False):
        dress(panel, line)
        quarter_axis(panel, min(fan.begin for fan in fans), simulation.quarters[-1])
    if fans:
        known = {label: handle for fan in fans for label, handle in fan.legend.items()}
        legend_below(panels[len(fans) - 1], known, columns=3)
    plot_breakeven(breakeven_result, ax=panels[-1])
    figure = panels[0].figure.figure
    if ax is None:
        figure.suptitle(title_of(simulation, scenario), x=0.01, ha="left", fontsize=11.5, parse_math=False)
    for drawn in (figure,) if ax is None else panels:
        finish(drawn)
    finish(panels[0], target)
    return panels


def _new_panels(count: int) -> tuple[Axes, ...]:
    """So many axes of one new figure, two a row."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows = -(-count // 2)
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    figure = Figure(figsize=(12.5, 4.1 * rows + 0.7), layout=layout)
    panels = figure.subplots(rows, 2, squeeze=False).ravel()
    for panel in panels[count:]:
        panel.remove()
    return tuple(panels[:count])


def title_of(simulation: Simulation, scenario: str) -> str:
    """What made the picture: scenario, as-of date or last quarter of the history, paths, seed, version."""
    company = simulation.company
    if company.as_of is not None:
        known = f"as of {company.as_of}"
    elif company.history is not None:
        known = f"history to {company.history.last}"
    else:
        known = "no history"
    worth = "" if simulation.weights is None else f" worth {simulation.effective_paths:,.0f}"
    made = (f"Scenario '{scenario}'", known, f"{simulation.paths:,} paths{worth}", f"seed {simulation.seed}")
    return "  |  ".join((*made, f"version {simulation.version}"))


def _target(path: str | Path | None) -> Path | None:
    """Where to save, or a refusal of a path that cannot be written as a PNG."""
    if path is None:
        return None
    target = Path(path)
    problems = Problems()
    if target.suffix.lower() != ".png":
        problems.add(
            f"{target.name!r} is not the name of a PNG file. Write '{target.stem}.png', or save the returned "
            "figure with its own savefig."
        )
    if not target.parent.is_dir():
        problems.add(f"the folder {str(target.parent)!r} does not exist. Create it first.")
    problems.raise_if_any(ForecastError, "the overview cannot be saved")
    return target


def _check_same(simulation: Simulation, result: Breakeven) -> None:
    """Refuse a breakeven result that cannot come from this simulation."""
    expect(result, Breakeven, ForecastError, "the breakeven result", "make one: breakeven(simulation, goal)")
    problems = Problems()
    for word, mine, other in (
        ("quarters", _span(simulation.quarters), _span(result.quarters)),
        ("paths", simulation.paths, result.paths),
        ("scenarios", ", ".join(simulation.names), ", ".join(result.by_quarter)),
    ):
        if mine != other:
            problems.add(f"the simulation has the {word} {mine}, the breakeven result {other}.")
    problems.raise_if_any(
        ForecastError,
        "the breakeven result is of another simulation; make it with breakeven(simulation, goal)",
    )


def _span(quarters: Sequence[Quarter]) -> str:
    return f"{quarters[0]} to {quarters[-1]}"
