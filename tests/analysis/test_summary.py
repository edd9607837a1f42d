"""A summary of many chunks says what all their paths together say, whatever the number of threads."""

import numpy as np
import pytest
from scipy import stats

from forecast.analysis import chunks as module
from forecast.analysis.goal import Goal
from forecast.analysis.sampling import share_interval
from forecast.analysis.summary import summarise
from forecast.errors import GoalError
from forecast.scenario import Scenario
from forecast.shocks import Add
from forecast.simulation import Run, horizon_of, simulate

WON = Goal("profit", at_least=0, over="quarter")
LUCKIER = Scenario("luckier", Add("luck", 0.25, start="2026Q2"))
LINES = {"profit": ("quarter", "cumulative"), "luck": "fiscal_year"}
ASKED = {"lines": LINES, "goals": {"won": WON}, "until": "2026Q4", "seed": 3}
LEVELS = (0.01, 0.1, 0.5, 0.9, 0.99)


@pytest.fixture
def chunks_of_a_hundred(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 100)


def all_paths(company, sizes):
    """Every chunk's profit by quarter, side by side."""
    quarters = horizon_of(company, "2026Q4", 1, 3)
    parts = []
    for chunk, paths in enumerate(sizes):
        run = Run(company, quarters, paths, 3, chunk=chunk)
        parts.append(run.outcome(LUCKIER, ["profit"]).values("profit").copy())
    return np.concatenate(parts, axis=1)


def test_one_chunk_has_the_paths_of_simulate(linear):
    found = summarise(linear(), LUCKIER, **ASKED, paths=800)
    runs = simulate(linear(), LUCKIER, until="2026Q4", paths=800, seed=3)
    assert found.probability("won") == np.mean(WON.inside(runs.outcome()) >= 0)
    for line, over in (("profit", "quarter"), ("profit", "cumulative"), ("luck", "fiscal_year")):
        exact = runs.quantiles(line, levels=LEVELS, over=over)
        near = found.quantiles(line, levels=LEVELS, over=over)
        assert near.index.tolist() == exact.index.tolist()
        assert near.columns.tolist() == list(LEVELS)
        bounds = found.bounds(line, levels=LEVELS, over=over)
        assert (np.abs(near - exact) <= bounds + 1e-12).all(axis=None)
    np.testing.assert_allclose(found.mean("profit")["mean"], runs.values("profit").mean(axis=1), rtol=1e-12)
    textbook = runs.values("profit").std(axis=1, ddof=1) / np.sqrt(runs.paths)
    np.testing.assert_allclose(found.mean("profit")["error"], textbook, rtol=1e-10)


@pytest.mark.usefixtures("chunks_of_a_hundred")
def test_chunks_together_are_all_their_paths(linear):
    found = summarise(linear(), LUCKIER, **ASKED, paths=730)
    values = all_paths(linear(), [91, 91, 91, 92, 91, 91, 91, 92])
    assert values.shape == (4, 730)
    assert found.probability("won") == np.mean((values >= 0).any(axis=0))
    assert found.interval("won") == share_interval(found.probability("won"), 730)
    near, bounds = found.quantiles("profit", levels=LEVELS), found.bounds("profit", levels=LEVELS)
    assert (np.abs(near.to_numpy() - np.quantile(values, LEVELS, axis=1).T) <= bounds.to_numpy() + 1e-12).all()
    total = found.quantiles("profit", levels=[0.5], over="cumulative")[0.5].iloc[-1]
    bound = found.bounds("profit", levels=[0.5], over="cumulative")[0.5].iloc[-1]
    assert abs(total - np.median(values.sum(axis=0))) <= bound + 1e-12
    np.testing.assert_allclose(found.mean("profit")["mean"], values.mean(axis=1), rtol=1e-12)


@pytest.mark.usefixtures("chunks_of_a_hundred")
@pytest.mark.parametrize("sampling", ["random", "latin_hypercube"])
def test_the_number_of_threads_changes_nothing(linear, sampling):
    tables = []
    for threads in (1, 2, 5):
        found = summarise(linear(), LUCKIER, **ASKED, paths=730, threads=threads, sampling=sampling)
        tables.append((found.to_frame(), found.errors("profit"), found.mean("profit"), found.probability("won")))
    for other in tables[1:]:
        for first, second in zip(tables[0][:3], other[:3], strict=True):
            assert first.equals(second)
        assert tables[0][3] == other[3]


def test_a_normal_line_has_its_known_quantiles_and_errors(linear):
    # luck is standard normal; 5 standard errors sqrt(p (1 - p) / n) / density: false-alarm rate 6e-7 each
    found = summarise(linear(), Scenario("base"), lines=["luck"], until="2026Q1", paths=40_000, seed=11)
    levels = np.array([0.1, 0.5, 0.9])
    score = np.array([-1.2815515655446004, 0.0, 1.2815515655446004])
    error = np.sqrt(levels * (1 - levels) / 40_000) * np.sqrt(2 * np.pi) * np.exp(score**2 / 2)
    near = found.quantiles("luck", levels=levels).iloc[0]
    bound = found.bounds("luck", levels=levels).iloc[0]
    assert (np.abs(near - score) < 5 * error + bound).all()
    # twice the reach is spanned by 2 sqrt(n p (1 - p)) paths, so its relative sd is that of as many gaps
    gaps = 2 * np.sqrt(40_000 * levels * (1 - levels))
    assert (np.abs(found.errors("luck", levels=levels).iloc[0] / error - 1) < 5 / np.sqrt(gaps) + 0.05).all()


@pytest.mark.usefixtures("chunks_of_a_hundred")
def test_the_error_of_a_mean_comes_from_all_paths(linear):
    # 10,000 standard normal numbers: 9,999 s^2 / sigma^2 is chi-squared; false-alarm rate 1e-6
    found = summarise(linear(), Scenario("base"), lines=["luck"], until="2026Q1", paths=10_000, seed=11)
    low, high = np.sqrt(stats.chi2.ppf([5e-7, 1 - 5e-7], 9_999) / 9_999)
    assert low < found.mean("luck")["error"].iloc[0] / 0.01 < high


@pytest.mark.usefixtures("chunks_of_a_hundred")
def test_the_error_of_a_mean_knows_of_the_latin_hypercube(linear):
    # the mean of 100 strata is off by less than half a stratum in rank: far below 0.1, what random paths have
    found = summarise(
        linear(), Scenario("base"), lines=["luck"], until="2026Q1", paths=1_000, seed=11, sampling="latin_hypercube"
    )
    assert found.mean("luck")["error"].iloc[0] < 0.1 * 1 / np.sqrt(1_000)


def test_the_printed_summary(linear):
    found = summarise(linear(), Scenario("base"), lines=["profit"], goals=WON, until="2026Q1", paths=400, seed=3)
    share = found.probability(WON)
    low, high = found.interval(WON)
    ten, half, ninety = found.quantiles("profit", levels=(0.1, 0.5, 0.9)).iloc[-1]
    error = found.errors("profit", levels=(0.1, 0.5, 0.9)).iloc[-1].max()
    assert str(found) == (
        "400 paths of 'base', seed 3\n"
        f"  probability of profit over the quarter >= 0: {share:.2%} (95 % sampling error {low:.2%} to {high:.2%})\n"
        f"  profit in 2026Q1: {ten:,.4g} to {ninety:,.4g} (80 %), median {half:,.4g}; standard errors up to {error:.2g}"
    )


def test_a_tidy_table(linear):
    found = summarise(linear(), Scenario("base"), **ASKED, paths=50)
    table = found.to_frame(levels=(0.1, 0.9))
    assert table.columns.tolist() == ["line", "over", "quarter", "mean", 0.1, 0.9]
    assert table[["line", "over"]].value_counts().to_dict() == {
        ("profit", "quarter"): 4,
        ("profit", "cumulative"): 4,
        ("luck", "fiscal_year"): 1,
    }


def test_what_cannot_be_summarised_is_refused_together(linear):
    with pytest.raises(GoalError) as caught:
        summarise(
            linear(),
            Scenario("base"),
            lines={"proft": "quarter", "luck": ("yearly", "fiscal_year")},
            goals=[Goal("luk", at_least=0, over="quarter"), Goal("profit", at_least=0, over="quarter", by="2031Q1")],
            until="2026Q2",
            seed=3,
            threads=0,
        )
    assert str(caught.value) == (
        "the summary cannot be made as asked\n"
        "  - there is no line 'proft'. Did you mean 'profit'?\n"
        "  - 'luck' is asked over 'yearly'; use one of quarter, trailing_year, fiscal_year, cumulative.\n"
        "  - 'luck' is asked over 'fiscal_year', of which none ends by 2026Q2. Simulate longer.\n"
        "  - 'probability of luk over the quarter >= 0' looks at 'luk'. Did you mean 'luck'?\n"
        "  - 'probability of profit over the quarter >= 0 by 2031Q1' looks at 2031Q1, outside 2026Q1 to 2026Q2.\n"
        "  - threads is 0; give a whole number from 1 on, or None."
    )
    with pytest.raises(GoalError) as caught:
        summarise(linear(), Scenario("base"), until="2026Q2", seed=3)
    assert str(caught.value) == (
        "the summary cannot be made as asked\n"
        "  - nothing is asked; give lines=['net_profit'] or goals=fc.Goal('net_profit', at_least=0)."
    )


def test_what_was_not_summarised_is_not_known(linear):
    found = summarise(linear(), Scenario("base"), lines="profit", goals={"won": WON}, until="2026Q1", paths=50, seed=3)
    with pytest.raises(GoalError) as caught:
        found.quantiles("profit", over="cumulative")
    assert str(caught.value) == (
        "'profit' over cumulative was not summarised; ask for it beforehand: "
        "summarise(..., lines={'profit': 'cumulative'}). Summarised: profit over quarter."
    )
    with pytest.raises(GoalError) as caught:
        found.probability("wno")
    assert str(caught.value) == "there is no goal 'wno'. Did you mean 'won'?"
    with pytest.raises(GoalError) as caught:
        found.quantiles("profit", levels=[0.0, 0.5])
    assert str(caught.value) == "levels [0.0] lie outside (0, 1); write 0.1 for the 10 % quantile."
